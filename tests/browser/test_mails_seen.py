"""Mails in a real browser: read on a phone and on a desk, by day and by night, and with the style element dropped."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from browser.chromium import Scheme, Tab
from browser.look import find_faults, read_texts
from browser.pictures import DOCS, PICTURES
from browser.samples import SAMPLES, html_of, sample_html
from lxml import html as lxml_html
from unit.hostile_words import HOSTILE, hostile_mail

from monitor.alerts.render import render_mail

PHONE, DESK = 360, 1100
WINDOWS: list[tuple[int, Scheme]] = [(PHONE, "light"), (PHONE, "dark"), (DESK, "light"), (DESK, "dark")]


def show(tab: Tab, html: str, folder: Path, width: int, scheme: Scheme) -> str:
    """Open the HTML part as a file; returns its URL."""
    file = folder / "mail.html"
    file.write_text(html, encoding="utf-8", errors="surrogatepass")
    tab.open(file.as_uri(), width, scheme, mobile=width < 500)
    return file.as_uri()


@pytest.mark.parametrize(("width", "scheme"), WINDOWS)
@pytest.mark.parametrize("name", SAMPLES)
def test_a_mail_reads_well(tab: Tab, tmp_path: Path, name: str, width: int, scheme: Scheme) -> None:
    url = show(tab, sample_html(name), tmp_path, width, scheme)
    assert find_faults(tab) == []
    assert tab.asked == [url], "a mail loads nothing"


@pytest.mark.parametrize("name", SAMPLES)
def test_a_mail_reads_well_without_its_style_element(tab: Tab, tmp_path: Path, name: str) -> None:
    """Some webmailers drop it; what is inlined must do, on a phone too."""
    bare = re.sub(r"(?s)<style.*?</style>", "", sample_html(name)).replace("color-scheme", "x-scheme")
    show(tab, bare, tmp_path, PHONE, "light")
    assert find_faults(tab) == []


def test_night_is_dark_and_day_is_light(tab: Tab, tmp_path: Path) -> None:
    grounds = {}
    for scheme in ("light", "dark"):
        show(tab, sample_html("immediate"), tmp_path, PHONE, scheme)  # type: ignore[arg-type]
        colour = tab.evaluate("getComputedStyle(document.querySelector('.cell').closest('.sheet')).backgroundColor")
        grounds[scheme] = sum(map(int, re.findall(r"\d+", colour)[:3])) / 3
    assert grounds["light"] > 230
    assert grounds["dark"] < 60


def test_what_changed_is_seen_without_colour(tab: Tab, tmp_path: Path) -> None:
    show(tab, sample_html("immediate"), tmp_path, PHONE, "light")
    said = tab.evaluate("document.body.innerText")
    assert "therapy [-may help-] patients" in said
    assert "therapy {+helps+} patients" in said


@pytest.mark.parametrize("name", SAMPLES)
def test_the_text_part_says_all_that_is_seen(tab: Tab, tmp_path: Path, name: str) -> None:
    """Every run of text of the HTML part stands in the text part as well; nothing but its order and layout differs."""
    message = render_mail(SAMPLES[name]())
    show(tab, html_of(message), tmp_path, DESK, "light")
    plain = message.get_body(("plain",))
    assert plain is not None
    said = re.sub(r"\W+", "", str(plain.get_content())).casefold()
    seen = {re.sub(r"\W+", "", each.words).casefold() for each in read_texts(tab)}
    words_of_links = {"clinicwatch", "bekræft", "endthissubscription"}  # the text part shows the address instead
    assert {each for each in seen if each not in said} <= words_of_links


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_nothing_that_a_page_wrote_runs_loads_or_breaks_the_layout(tab: Tab, tmp_path: Path, text: str) -> None:
    url = show(tab, html_of(hostile_mail(text)), tmp_path, PHONE, "light")
    assert (tab.asked, tab.said) == ([url], [])
    assert tab.evaluate("document.scripts.length + document.images.length + document.forms.length") == 0
    assert tab.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.parametrize("name", SAMPLES)
def test_the_html_is_plain_and_named(name: str) -> None:
    document = lxml_html.fromstring(sample_html(name))
    root = document.getroottree().getroot()
    assert root.get("lang") in ("en", "nl", "es", "da")
    assert document.findtext(".//title")
    for table in document.iter("table"):
        assert table.get("role") == "presentation"
    assert all("alt" in image.attrib for image in document.iter("img"))
    assert not {each.tag for each in document.iter()} & {"script", "img", "link", "iframe", "form", "svg", "base"}
    links = [each.get("href") for each in document.iter("a")]
    assert all(link.startswith(("https://", "mailto:")) for link in links)
    assert len(sample_html(name).encode()) < 102_000, "Gmail cuts there"


def test_the_check_sees_what_is_wrong(tab: Tab, tmp_path: Path) -> None:
    bad = (
        "<meta name='viewport' content='width=device-width'>"
        "<body style='background:#fff'><p style='color:#8a8a8a'>pale</p><p style='font-size:9px'>tiny</p>"
        "<div style='width:900px'>wide</div><input><a href='#' style='display:block;height:9px'>low</a>"
        "<p style='color:#fff;background:rgba(0,0,0,.2)'>glass</p><p style='color:#777;display:none'>hidden</p>"
    )
    show(tab, bad, tmp_path, PHONE, "light")
    faults = " | ".join(find_faults(tab))
    for words in ("contrast 3.45: pale", "type of 9 px: tiny", "wider than the window", "without a name: <input>"):
        assert words in faults
    assert re.search(r"contrast 1\.\d+: glass", faults)
    assert "small target: <a" in faults
    assert "hidden" not in faults


def test_the_pictures_in_docs_are_there_and_small() -> None:
    files = [DOCS / f"{name}.png" for name in PICTURES]
    assert all(file.read_bytes().startswith(b"\x89PNG") for file in files)
    assert sum(file.stat().st_size for file in files) < 600_000
    assert all(f"docs/{file.name}" in (DOCS.parent / "README.md").read_text(encoding="utf-8") for file in files[:3])
