"""What a mail shows, in the order in which it shows it: clean words ready for both parts. Pure.

Every string here that came from a page has passed `alerts.clean`; the templates only place it (and escape it).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from urllib.parse import quote, urlsplit

from monitor.alerts.catalogue import FALLBACK, Catalogue, catalogue
from monitor.alerts.clean import clean_line, quote_text, unlink
from monitor.alerts.filters import RANK, is_status
from monitor.alerts.links import Links
from monitor.alerts.subject import group_changes, short_url
from monitor.alerts.summary import describe_chain, describe_figures, describe_lead, describe_remark, describe_status
from monitor.alerts.wording import (
    describe_change,
    describe_filters,
    describe_looks,
    describe_place,
    describe_price_change,
    describe_source,
    label_change,
    utc,
)
from monitor.compare.words import diff_words
from monitor.store.alert_contents import AlertContents, Evidence, MailChange, MailNotice, MailPage
from monitor.store.preferences import Filters

MAX_ITEMS = 25  # changes shown in full
MAX_PAGES = 100  # that an item names one by one
MAX_NOTICES = 60  # shown one by one
MAX_PLACES = 20  # pages whose evidence is shown
DIFF_CHARS = 8_000  # of a sentence, before and after
MAX_PRICES = 6  # old → new, of one sentence
CONTEXT_CHARS = 400
NO_BREAK_SPACE = "\u00a0"
KEEP_CHARS = 160  # of unchanged words on each side of a changed one
SHORT_SHA = 12
LABELS = ("before", "after", "price", "context", "where", "pages", "why", "looks")

Part = tuple[Literal["=", "-", "+"], str]


@dataclass(frozen=True, slots=True)
class Side:
    """One side's evidence in words."""

    name: str
    version: int
    source: str
    last_seen: str
    sha256: str
    short: str


@dataclass(frozen=True, slots=True)
class Proof:
    """Where an item stands: the page, both captures, and the commands (or the names and links) of the stored copies."""

    page: str
    url: str
    link: str
    sides: tuple[Side, Side]
    looks: str
    commands: tuple[str, ...]
    copies: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """One change. `before` and `after` are parts of the sentence, marked; () where there is none. `severity` is the
    glossary's word, `severity_word` the mail's. `alarm` and `mute` are links, "" where there are no web pages."""

    number: str
    severity: str
    severity_word: str
    label: str
    clause: str
    before: tuple[Part, ...]
    after: tuple[Part, ...]
    context: str
    path: tuple[str, ...]
    place: str
    prices: tuple[str, ...]
    reason: str
    looks: str
    language: str
    pages: tuple[str, ...]
    more_pages: int
    proofs: tuple[Proof, ...]
    alarm: str = ""
    mute: str = ""


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """One notice: what happened to which page, when."""

    page: str
    link: str
    url: str
    words: str
    text: str
    detail: str
    when: str


@dataclass(frozen=True, slots=True)
class Section:
    """The items of one page, or of several pages of one site. `proofs` are shown once, after the items."""

    title: str
    clinic: str
    url: str
    link: str
    items: tuple[Item, ...]
    proofs: tuple[Proof, ...]


@dataclass(frozen=True, slots=True)
class MailView:
    """A whole mail."""

    lead: str
    severity: str
    sections: tuple[Section, ...]
    notices: tuple[NoticeLine, ...]
    more_notices: int
    left_out: int
    later: tuple[str, ...]
    figures: str
    chain: str
    about: str
    remark: str
    label_width: int


def make_view(contents: AlertContents, links: Links | None = None, most: int = MAX_ITEMS) -> MailView:
    """Everything that the mail for `contents` says, in its language; with `links`, where its owner can answer it.
    Of more than `most` changes the worst are shown."""
    say = catalogue(contents.subscription.preferences.language)
    groups = group_changes(contents.changes)
    shown = groups[:most]
    worst = max((each.severity for each in contents.changes), key=RANK.__getitem__, default="")
    return MailView(
        lead=describe_lead(say, contents, groups),
        severity=worst,
        sections=tuple(_sections(_Maker(say, contents, links), shown)),
        notices=tuple(_notice_line(say, each, contents.page(each.page_id)) for each in contents.notices[:MAX_NOTICES]),
        more_notices=max(0, len(contents.notices) - MAX_NOTICES),
        left_out=len(groups) - len(shown),
        later=_later(say, contents.late),
        figures=describe_figures(say, contents.figures),
        chain=describe_chain(say, contents.figures),
        about=describe_subscription(say, contents.subscription.filters),
        remark=describe_remark(say, contents),
        label_width=max(len(say(f"mail.{name}")) for name in LABELS) + 2,
    )


def _later(say: Catalogue, pages: Sequence[MailPage]) -> tuple[str, ...]:
    more = (say("mail.and_more", n=len(pages) - MAX_PAGES),) if len(pages) > MAX_PAGES else ()
    return tuple(short_url(page.url) for page in pages[:MAX_PAGES]) + more


def mark_sentences(before: str, after: str) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    """Both sentences as parts, what differs marked; long unchanged stretches are cut."""
    old, new = quote_text(before, DIFF_CHARS), quote_text(after, DIFF_CHARS)
    if not old or not new:
        return ((("-", old),) if old else (), (("+", new),) if new else ())
    parts = diff_words(old, new)
    return _one_side(parts, "-"), _one_side(parts, "+")


def live_link(url: str) -> str:
    """`url` (ours, from the watchlist) as it may stand in an href; "" for what is not http or https."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return ""
    return quote(clean_line(url), safe=":/?#[]@!$&'()*+,;=%~-._")


def _one_side(parts: Sequence[Part], mark: Literal["-", "+"]) -> tuple[Part, ...]:
    """The parts of one sentence, with the spaces around marked words left outside the marks."""
    side: list[Part] = []
    for op, text in parts:
        if op == "=":
            side.append(("=", _elide(text)))
        elif op == mark:
            core = text.strip()
            lead, tail = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
            side += [("=", lead), (mark, core), ("=", tail)] if core else [("=", text)]
    return tuple(part for part in side if part[1])


def _elide(text: str) -> str:
    if len(text) <= 2 * KEEP_CHARS + 40:
        return text
    return f"{text[:KEEP_CHARS].rstrip()} … {text[-KEEP_CHARS:].lstrip()}"


@dataclass(frozen=True, slots=True)
class _Maker:
    """What every item is made with."""

    say: Catalogue
    contents: AlertContents
    links: Links | None


def _sections(make: _Maker, groups: Sequence[list[MailChange]]) -> Iterable[Section]:
    """A section for each page, and one for what stands on several pages of a site; by clinic, the worst first."""
    by_place: dict[tuple[int, ...], list[Item]] = {}
    for group in groups:
        page_ids = tuple(sorted({change.page_id for change in group}))
        by_place.setdefault(page_ids, []).append(_item(make, group))
    # clinic by clinic: the clinic of the worst change first, then its other pages, then the next clinic
    clinics = list(dict.fromkeys(make.contents.page(page_ids[0]).clinic_id for page_ids in by_place))
    for page_ids in sorted(by_place, key=lambda ids: clinics.index(make.contents.page(ids[0]).clinic_id)):
        items = by_place[page_ids]
        first = make.contents.page(page_ids[0])
        one = len(page_ids) == 1
        host = short_url(first.url).partition("/")[0]
        proofs = {(proof.link or proof.page, proof.commands): proof for item in items for proof in item.proofs}
        yield Section(
            title=short_url(first.url) if one else f"{host}: {make.say.count(len(page_ids), 'page')}",
            clinic=quote_text(first.clinic_name, 100),
            url=clean_line(first.url) if one else "",
            link=live_link(first.url) if one else "",
            items=tuple(items),
            proofs=tuple(proofs.values())[:MAX_PLACES],
        )


def _item(make: _Maker, group: Sequence[MailChange]) -> Item:
    say, contents, links = make.say, make.contents, make.links
    change = group[0]
    pages = [contents.page(page_id) for page_id in sorted({each.page_id for each in group})]
    before, after = mark_sentences(change.before, change.after)
    prices = _prices(say, change)
    context = quote_text(change.context, CONTEXT_CHARS)
    return Item(
        number=", ".join(f"#{each.id}" for each in group[:3]) + (" …" if len(group) > 3 else ""),
        severity=change.severity,
        severity_word=say.word("severity", change.severity),
        label=label_change(say, change),
        clause=describe_change(say, change),
        before=before,
        after=after,
        context="" if clean_line(change.context) in (clean_line(change.before), clean_line(change.after)) else context,
        path=tuple(quote_text(each, 120) for each in change.path[-4:]),
        place=describe_place(say, change),
        prices=prices,
        reason=_reason(change, bool(prices)),
        looks="; ".join(dict.fromkeys(describe_looks(say, each) for each in group)),
        language=clean_line(pages[0].language, 12),
        pages=tuple(short_url(page.url) for page in pages[:MAX_PAGES]) if len(pages) > 1 else (),
        more_pages=max(0, len(pages) - MAX_PAGES),
        proofs=tuple(_proof(say, each, contents.page(each.page_id), links) for each in group),
        alarm=links.link("alarm", contents.subscription, change.id) if links else "",
        mute=links.link("mute", contents.subscription, change.id) if links else "",
    )


def _prices(say: Catalogue, change: MailChange) -> tuple[str, ...]:
    """A price's old and new amounts with currency, unit and percent, one line for each that changed."""
    if change.rule.partition(".")[0] != "price" or " → " not in change.reason:
        return ()
    lines = (describe_price_change(say, quote_text(each, 200)) for each in change.reason.split("; ")[:MAX_PRICES])
    return tuple(line.replace(" %", f"{NO_BREAK_SPACE}%") for line in lines)


def _reason(change: MailChange, is_told: bool) -> str:
    """What the rule went by (unless that `is_told` elsewhere), and its name: what can be muted."""
    rule = clean_line(change.rule, 80)
    words = "" if is_told else clean_line(change.reason, 300)
    return unlink(f"{words} ({rule})" if words and rule else words or rule)


def _proof(say: Catalogue, change: MailChange, page: MailPage, links: Links | None) -> Proof:
    old, new = change.old.version, change.new.version
    return Proof(
        page=short_url(page.url),
        url=clean_line(page.url),
        link=live_link(page.url),
        sides=(
            _side(say, "mail.before", change.old, change.old.last_seen_at),
            _side(say, "mail.after", change.new, _seen_again(change)),
        ),
        looks=describe_looks(say, change),
        commands=(
            f"clinicwatch show {page.id} --version {old}",
            f"clinicwatch show {page.id} --version {new}",
            f"clinicwatch diff {page.id} {old} {new}",
        ),
        copies=_copies(say, links, page.id, old, new) if links and links.history else (),
    )


def _copies(say: Catalogue, links: Links, page_id: int, old: int, new: int) -> tuple[tuple[str, str], ...]:
    """Both versions and what differs, by name and link."""
    return (
        (say("mail.version", number=old), links.version(page_id, old)),
        (say("mail.version", number=new), links.version(page_id, new)),
        (say("mail.difference"), links.difference(page_id, old, new)),
    )


def _seen_again(change: MailChange) -> datetime | None:
    """The look that agreed. Not when the new version was last seen: it may stand still, and a mail that has to go twice
    must say the same twice."""
    return change.settled_at if change.state == "confirmed" and change.looks > 1 else None


def _side(say: Catalogue, name: str, evidence: Evidence, seen: datetime | None) -> Side:
    sha256 = evidence.body_sha256 or ""
    source = describe_source(say, evidence)
    return Side(
        name=say(name),
        version=evidence.version,
        source=source + (f" ({quote_text(evidence.source, 80)})" if evidence.source else ""),
        last_seen=say("source.last_seen", when=utc(seen)) if evidence.captured_at and seen else "",
        sha256=sha256,
        short=sha256[:SHORT_SHA],
    )


def _notice_line(say: Catalogue, notice: MailNotice, page: MailPage) -> NoticeLine:
    # a status is stored in English words that say it all: "cannot be fetched: dns (3 looks in a row)"
    told_whole = is_status(notice.kind) and bool(notice.text) and say.language == FALLBACK
    rest = notice.text.partition(": ")[2] if is_status(notice.kind) else ""
    return NoticeLine(
        page=short_url(page.url),
        link=live_link(page.url),
        url=clean_line(page.url),
        words="" if told_whole else describe_status(say, notice.kind),
        text=quote_text(notice.text if say.language == FALLBACK else rest or notice.text, 300),
        detail=quote_text(notice.detail, 300),
        when=utc(notice.noticed_at),
    )


def describe_subscription(say: Catalogue, filters: Filters) -> str:
    """What a subscription asks for, clean and on one line."""
    return unlink(clean_line(describe_filters(say, filters), 300))
