"""Feeds by RFC 4287, with whatever pages write; metrics with whatever labels there are; languages of readers."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from prometheus_client.parser import text_string_to_metric_families
from unit.alert_mails import CLAIM, NOW, change, page
from unit.hostile_words import HOSTILE
from unit.test_ping import WELL

from monitor.alerts.catalogue import catalogue
from monitor.web.feeds import CONTENT_TYPE, About, render_feed
from monitor.web.language import pick_language
from monitor.web.metrics import render_metrics

ATOM = {"a": "http://www.w3.org/2005/Atom"}
ABOUT = About("Changes on pages of Stemedix", "clinic/stemedix", "https://watch.example.org/feeds/stemedix.atom")


def check_atom(raw: bytes) -> list[Any]:
    """Raises AssertionError where RFC 4287, section 4, is not kept; returns the entries."""
    feed = etree.fromstring(raw, etree.XMLParser(resolve_entities=False, no_network=True))
    assert feed.tag == "{http://www.w3.org/2005/Atom}feed"
    assert {etree.QName(each).namespace for each in feed.iter()} == {ATOM["a"]}
    entries = feed.findall("a:entry", ATOM)
    for each in (feed, *entries):
        for name in ("id", "title", "updated"):
            assert len(each.findall(f"a:{name}", ATOM)) == 1
        assert urlsplit(each.findtext("a:id", None, ATOM)).scheme == "tag"
        moment = each.findtext("a:updated", None, ATOM)
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", moment)
        assert datetime.fromisoformat(moment) <= NOW
        assert len(each.findall("a:content", ATOM)) == (0 if each is feed else 1)
        alternates = [link.get("href") for link in each.findall("a:link[@rel='alternate']", ATOM)]
        assert all(urlsplit(link).scheme in ("http", "https") for link in alternates)
        assert all(category.get("term") for category in each.findall("a:category", ATOM))
    assert feed.findtext("a:author/a:name", None, ATOM)
    assert feed.find("a:link[@rel='self']", ATOM).get("href") == ABOUT.url
    ids = [each.findtext("a:id", None, ATOM) for each in entries]
    assert len(set(ids)) == len(ids)
    return list(entries)


def test_a_feed_is_by_the_book() -> None:
    told = ((change(2, **CLAIM), page()), (change(1, settled_at=None), page(1, "ftp://not.linked/")))
    entries = check_atom(render_feed(ABOUT, told, catalogue("en")))
    assert [each.findtext("a:title", None, ATOM) for each in entries] == [
        "[HIGH] claim/efficacy strengthened | stemedix.com/spinal-cord-injury",
        "[CRITICAL] disclaimer/status removed | not.linked",
    ]
    words = entries[0].findtext("a:content", None, ATOM)
    assert "Stem cell therapy [-may help-] {+helps+} patients" in words
    assert "2 looks agree" in words
    assert check_atom(render_feed(ABOUT, (), catalogue("da"))) == []
    assert CONTENT_TYPE == "application/atom+xml; charset=utf-8"


def test_ids_and_bytes_stay_while_nothing_changes() -> None:
    told = ((change(2, **CLAIM), page()), (change(1), page()))
    first, again = (render_feed(ABOUT, told, catalogue("en")) for _ in range(2))
    assert first == again
    elsewhere = replace(ABOUT, name="subscription/7", url="https://watch.example.org/feed/7/x")
    other = etree.fromstring(render_feed(elsewhere, told[:1], catalogue("nl")))
    own = etree.fromstring(first)
    assert other.findtext("a:entry/a:id", None, ATOM) == own.findtext("a:entry/a:id", None, ATOM)
    assert other.findtext("a:id", None, ATOM) != own.findtext("a:id", None, ATOM)
    newer = ((change(3, settled_at=NOW - timedelta(minutes=1)), page()), *told)
    assert etree.fromstring(render_feed(ABOUT, newer, catalogue("en"))).findtext("a:updated", None, ATOM) != (
        own.findtext("a:updated", None, ATOM)
    )


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.sampled_from(HOSTILE), st.text(st.characters(codec=None), max_size=80)))
def test_what_pages_write_is_text_in_a_feed(text: str) -> None:
    odd = change(1, before=text, after=f"{text} more", reason=text, rule=text)
    about = replace(ABOUT, title=text or "x")
    raw = render_feed(about, ((odd, page(clinic_name=text)),), catalogue("en"))
    (entry,) = check_atom(raw)
    content = entry.find("a:content", ATOM)
    assert content.get("type") == "text"
    assert not re.search(r"[\u202a-\u202e\u2066-\u2069\u200b-\u200f\x7f-\x9f]", content.text)
    assert len(raw) < 100_000


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.text(min_size=1, max_size=20), st.integers(0, 10**12), max_size=4))
def test_metrics_of_any_label_are_read_back(numbers: dict[str, int]) -> None:
    shown = render_metrics(replace(WELL, false_alarms=numbers))
    families = {family.name: family for family in text_string_to_metric_families(shown)}
    samples = families["clinicwatch_false_alarms"].samples if numbers else []
    assert {each.labels["rule"]: each.value for each in samples} == numbers


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("nl", "nl"),
        ("nl-BE,nl;q=0.9,en;q=0.1", "nl"),
        ("en;q=0.4, da;q=0.5", "da"),
        ("de, fr;q=0.9", "en"),
        ("de, es;q=0.1", "es"),
        ("nl;q=0", "en"),
        ("nl;q=2, da;q=nan, es;q=-1", "en"),
        ("*", "en"),
        (",;q=,;;", "en"),
        ("ES-419", "es"),
        ("x" * 100_000 + ",nl", "en"),
    ],
)
def test_the_readers_language(header: str, language: str) -> None:
    assert pick_language(header) == language


@given(st.text())
def test_any_header_gives_a_language(header: str) -> None:
    assert pick_language(header) in ("en", "nl", "da", "es")
