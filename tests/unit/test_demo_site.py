"""The loopback clinic: it serves the seeds whole, changes on every request what real sites change, and edits hit."""

from __future__ import annotations

import gzip
import html
import re
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import html as lxml_html

from monitor.demo.articles import Part, read_article, reorder_paragraphs, split_archive
from monitor.demo.edits import Edit, reworded, script
from monitor.demo.pages import Answer, Clinic, ClinicState, Rewording, after_serving, load_clinics, render_page
from monitor.demo.site import Clinics

SEEDS = Path(__file__).parents[2] / "seeds"
CLINICS = {clinic.slug: clinic for clinic in load_clinics()}
PAGES = [(clinic, path) for clinic in CLINICS.values() for path in clinic.paths]
EDITS = [edit for act in script() for edit in act]
START = ClinicState()


def seed_of(clinic: Clinic) -> str:
    return (SEEDS / clinic.seed).read_text(encoding="utf-8")


def page(clinic: Clinic, path: str = "", state: ClinicState = START, request: int = 1) -> str:
    return render_page(clinic, path or clinic.path, seed_of(clinic), state, request)


def visible(page: str) -> str:
    """The text of all elements but scripts and styles, white space folded."""
    tree = lxml_html.fromstring(page)
    for element in tree.xpath("//script | //style"):
        element.drop_tree()
    return " ".join(" ".join(tree.itertext()).split())


def words(text: str) -> str:
    return " ".join(text.split())


def seed_lines(clinic: Clinic) -> list[str]:
    """The lines of the seed without list markers; what an extraction had glued together, apart again."""
    text = seed_of(clinic).replace("esenLun", "es\nen\nLun").replace("información.plugin", "información.\nplugin")
    lines = [re.sub(r"^\s*[•-]\s+", "", line).strip() for line in text.splitlines()]
    return [words(line) for line in lines if line]


@pytest.mark.parametrize("clinic", CLINICS.values(), ids=CLINICS)
def test_every_line_of_the_seed_is_on_the_page(clinic: Clinic) -> None:
    text = visible(page(clinic))
    lines = seed_lines(clinic)
    assert [line for line in lines if line not in text] == []
    assert len(lines) > 20


@pytest.mark.parametrize("clinic", CLINICS.values(), ids=CLINICS)
def test_no_line_of_the_seed_is_there_oftener_than_in_the_seed(clinic: Clinic) -> None:
    text = visible(page(clinic))
    lines = [line for line in seed_lines(clinic) if len(line) > 60]
    assert {line for line in lines if text.count(line) != lines.count(line)} == set()


def test_each_article_of_the_archive_has_a_page_with_the_footer_disclaimer() -> None:
    clinic = CLINICS["stemedix"]
    articles = split_archive(seed_of(clinic))
    assert len(articles) == len(clinic.posts) == 6
    for article, post in zip(articles, clinic.posts, strict=True):
        text = visible(page(clinic, post.path))
        assert all(words(line) in text for line in article.splitlines())
        assert words(clinic.disclaimer) in text
        others = [other for other in articles if other is not article]
        assert not any(words(other.splitlines()[0]) in text for other in others)


@pytest.mark.parametrize(("clinic", "path"), PAGES, ids=[path for _, path in PAGES])
def test_the_page_has_what_such_pages_have(clinic: Clinic, path: str) -> None:
    tree = lxml_html.fromstring(page(clinic, path))
    assert page(clinic, path).startswith("<!DOCTYPE html>")
    assert tree.get("lang", "").startswith(clinic.language)
    for where in (
        "//head/title",
        "//header//nav//li",
        "//*[contains(@class, 'cookie-banner')]//button",
        "//*[contains(@class, 'newsletter-popup')]",
        "//nav[contains(@class, 'breadcrumbs')]",
        "//main//article//h1 | //main//h1",
        "//main//article//p",
        "//main//table//td",
        "//aside//blockquote",
        "//aside//*[contains(@class, 'related-posts')]//li",
        "//footer//*[contains(@class, 'opening-hours')]//li",
        "//footer//*[contains(@class, 'disclaimer')]",
    ):
        assert tree.xpath(where), where


def test_every_request_brings_another_nonce_token_counter_and_testimonial() -> None:
    clinic = CLINICS["dermamed"]
    first, second = page(clinic, request=1), page(clinic, request=2)
    for pattern in (r'nonce="(\w+)"', r'name="_csrf" value="(\w+)"', r'class="views">([^<]+)', r"<blockquote>([^<]+)"):
        before, after = re.search(pattern, first), re.search(pattern, second)
        assert before is not None
        assert after is not None
        assert before[1] != after[1], pattern
    assert page(clinic, request=1) == first


def changed_lines(before: str, after: str) -> tuple[set[str], set[str]]:
    """Text lines of the page that went and that came."""
    old, new = ({line.strip() for line in text.splitlines()} for text in (before, after))
    return old - new, new - old


@pytest.mark.parametrize("edit", [edit for edit in EDITS if edit.expects.wanted], ids=lambda edit: edit.name)
def test_an_edit_changes_its_words_on_its_pages_and_nothing_else(edit: Edit) -> None:
    clinic = CLINICS[edit.clinic]
    state = edit.change(START)
    for path in clinic.paths:
        gone, come = changed_lines(page(clinic, path), page(clinic, path, state))
        if path not in edit.pages:
            assert gone == come == set()
            continue
        assert 1 <= len(gone | come) <= 10
        for wanted in edit.expects.wanted:
            assert any(wanted.words in html.unescape(line) for line in gone | come)


@pytest.mark.parametrize("edit", [edit for edit in EDITS if edit.expects.wanted], ids=lambda edit: edit.name)
def test_the_words_that_an_edit_replaces_are_in_the_seed(edit: Edit) -> None:
    for rewording in edit.change(START).rewordings:
        assert rewording.old in seed_of(CLINICS[edit.clinic])


def test_the_price_is_raised_in_the_table_and_in_the_prose() -> None:
    clinic = CLINICS["cosmolaser"]
    edit = next(edit for edit in EDITS if edit.name == "price")
    text = visible(page(clinic, state=edit.change(START)))
    assert not re.search(r"(?<!\d)20\.000|100\.000", text)
    assert text.count("25.000-120.000 DKK") == 3
    assert "mellem 25.000 og 120.000 kroner" in text


@pytest.mark.parametrize("clinic", CLINICS.values(), ids=CLINICS)
def test_noise_touches_banner_menu_testimonials_order_and_date_only(clinic: Clinic) -> None:
    noisy = next(edit for edit in EDITS if edit.name == "noise").change(START)
    before, after = visible(page(clinic)), visible(page(clinic, state=noisy))
    around = [*clinic.banner.splitlines(), clinic.updated, *clinic.testimonials]
    gone = {line for line in seed_lines(clinic) if line in before and line not in after}
    assert gone <= {words(line) for line in around}
    for added in (*clinic.banner_after.splitlines(), clinic.menu_added, clinic.updated_after):
        assert words(added) in after
        assert words(added) not in before
    assert any(line in after for line in seed_lines(clinic))


def test_reordered_paragraphs_are_the_same_paragraphs() -> None:
    article = read_article(seed_of(CLINICS["stamcelinstituut"]))
    moved = reorder_paragraphs(article)
    assert moved != article
    assert sorted(moved.parts, key=repr) == sorted(article.parts, key=repr)
    assert reorder_paragraphs(replace(article, parts=())) == replace(article, parts=())


@pytest.mark.parametrize(
    ("line", "following", "kind"),
    [
        ("De behandeling", "Voor een effectieve behandeling …", "heading"),
        ("Hvad koster Stamcellebehandling?", "Prisen ligger …", "heading"),
        ("Ze merken onder andere:", "• verbetering", "paragraph"),
        ("- Pris: 20.000-100.000 DKK per behandling", "x", "list"),
        (" • het elimineren van cellulair afval;", "x", "list"),
        ("Immunomodulation: MSCs regulate the immune response at the site.", "x", "paragraph"),
        ("Aviso", "", "paragraph"),
    ],
)
def test_lines_are_read_as_what_they_were(line: str, following: str, kind: str) -> None:
    assert read_article(f"{line}\n{following}", titled=False).parts[0].kind == kind


def test_list_items_that_follow_each_other_are_one_list() -> None:
    assert read_article("T\nLead:\n• a\n\n• b\nEnd.").parts == (
        Part("paragraph", ("Lead:",)),
        Part("list", ("a", "b")),
        Part("paragraph", ("End.",)),
    )


def test_a_wall_comes_down_after_its_requests() -> None:
    state = ClinicState(answers={"/a": (Answer.WALL, 2), "/b": (Answer.GONE, None)})
    assert after_serving(state, "/c") is state
    assert after_serving(state, "/b") is state
    once = after_serving(state, "/a")
    assert once.answers["/a"] == (Answer.WALL, 1)
    assert "/a" not in after_serving(once, "/a").answers


@pytest.fixture
def site() -> Clinics:
    return Clinics(SEEDS)


def test_answers_by_host_path_and_state(site: Clinics) -> None:
    clinic = CLINICS["stemedix"]
    path = clinic.posts[0].path
    assert site.reply(clinic.host, path, {}).status == 200
    assert site.reply(f"{clinic.host}:8080", path, {}).status == 200
    assert site.reply(clinic.host, "/nowhere", {}).status == 404
    assert b"Disallow: /cart" in site.reply(clinic.host, "/robots.txt", {}).body
    assert clinic.name.encode() in site.reply("127.0.0.1", "/", {}).body
    site.change("stemedix", lambda state: replace(state, answers={path: (Answer.WALL, 1)}))
    assert b"Checking your browser" in site.reply(clinic.host, path, {}).body
    assert site.reply(clinic.host, path, {}).status == 200
    assert [seen.status for seen in site.served] == [200, 200, 200, 200]
    assert {seen.revision for seen in site.served} == {0, 1}


def test_one_site_sends_validators_and_believes_them(site: Clinics) -> None:
    clinic = CLINICS["dermamed"]
    etag = dict(site.reply(clinic.host, clinic.path, {}).headers)["ETag"]
    again = site.reply(clinic.host, clinic.path, {"if-none-match": etag})
    assert (again.status, again.body) == (304, b"")
    site.change("dermamed", reworded(Rewording("not a cure", "no cure")))
    assert site.reply(clinic.host, clinic.path, {"if-none-match": etag}).status == 200
    other = CLINICS["acidta"]
    assert "ETag" not in dict(site.reply(other.host, other.path, {}).headers)


def test_one_site_compresses_for_those_who_can_read_it(site: Clinics) -> None:
    clinic = CLINICS["cosmolaser"]
    plain = site.reply(clinic.host, clinic.path, {})
    packed = site.reply(clinic.host, clinic.path, {"accept-encoding": "br, gzip"})
    assert b"Stamcellebehandling" in plain.body
    assert dict(packed.headers)["Content-Encoding"] == "gzip"
    assert b"Stamcellebehandling" in gzip.decompress(packed.body)
