"""Atom feeds (RFC 4287) of changes: pure. What a page says is text in them, never markup."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from monitor.alerts.catalogue import Catalogue
from monitor.alerts.clean import clean_line, quote_text
from monitor.alerts.subject import short_url
from monitor.alerts.view import live_link
from monitor.alerts.wording import describe_change, describe_looks, label_change
from monitor.compare.words import mark_words
from monitor.store.alert_contents import MailChange, MailPage
from monitor.store.feeds import Told

CONTENT_TYPE = "application/atom+xml; charset=utf-8"
ENTRIES = 50
ATOM = "http://www.w3.org/2005/Atom"
FIRST_YEAR = "2026"  # of the tag URIs (RFC 4151); it must never change
QUOTE_CHARS = 4_000


@dataclass(frozen=True, slots=True)
class About:
    """A feed: its title, its name (part of its id, which never changes), and the URL where it is."""

    title: str
    name: str
    url: str


def render_feed(about: About, told: Told, say: Catalogue) -> bytes:
    """The feed, newest entry first. An entry's id names the change, so it is the same one in every feed."""
    host = urlsplit(about.url).hostname or "localhost"
    ET.register_namespace("", ATOM)
    feed = ET.Element(f"{{{ATOM}}}feed", {"{http://www.w3.org/XML/1998/namespace}lang": say.language})
    newest = max((_moment(change) for change, _ in told), default=datetime(2026, 1, 1, tzinfo=UTC))
    _add(feed, "id", f"tag:{host},{FIRST_YEAR}:clinicwatch/{clean_line(about.name, 300)}")
    _add(feed, "title", clean_line(about.title, 200))
    _add(feed, "updated", _time(newest))
    _add(_add(feed, "author"), "name", "Clinicwatch")
    if about.url.startswith("http"):  # without a base URL it is not known where it is
        _add(feed, "link", rel="self", type="application/atom+xml", href=about.url)
    for change, page in told:
        _entry(feed, change, page, host, say)
    content: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return content


def _entry(feed: ET.Element, change: MailChange, page: MailPage, host: str, say: Catalogue) -> None:
    entry = _add(feed, "entry")
    severity = say.word("severity", change.severity).upper()
    _add(entry, "id", f"tag:{host},{FIRST_YEAR}:clinicwatch/change/{change.id}")
    _add(entry, "title", f"[{severity}] {label_change(say, change)} | {short_url(page.url)}")
    _add(entry, "updated", _time(_moment(change)))
    if link := live_link(page.url):
        _add(entry, "link", "", rel="alternate", href=link)
    for word in (change.severity, change.family, f"{change.family}/{change.kind}", change.direction):
        _add(entry, "category", "", term=word)
    clause = describe_change(say, change)
    marked = mark_words(quote_text(change.before, QUOTE_CHARS), quote_text(change.after, QUOTE_CHARS))
    facts = f"{quote_text(change.reason, 300)} · {describe_looks(say, change)}"
    words = f"{quote_text(page.clinic_name, 100)}: {clause}.\n\n{marked}\n\n{facts}"
    _add(entry, "content", words, type="text")


def _add(parent: ET.Element, name: str, words: str = "", **attributes: str) -> ET.Element:
    child = ET.SubElement(parent, f"{{{ATOM}}}{name}", attributes)
    child.text = words or None
    return child


def _moment(change: MailChange) -> datetime:
    return change.settled_at or change.detected_at


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
