"""What a mail shows, in the order in which it shows it: clean words ready for both parts. Pure.

Every string here that came from a page has passed `alerts.clean`; the templates only place it (and escape it).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote, urlsplit

from monitor.alerts.clean import clean_line, quote_text, unlink
from monitor.alerts.filters import RANK, is_status
from monitor.alerts.subject import group_changes, short_url
from monitor.alerts.wording import (
    STATUS_WORDS,
    count,
    describe_change,
    describe_looks,
    describe_period,
    describe_place,
    describe_source,
    list_words,
    utc,
)
from monitor.compare.words import diff_words
from monitor.store.alert_contents import AlertContents, Evidence, MailChange, MailNotice, MailPage, PeriodFigures

MAX_ITEMS = 25  # changes shown in full; Gmail cuts a mail at 102 KB
MAX_PLACES = 20  # pages that an item names one by one
DIFF_CHARS = 8_000  # of a sentence, before and after
CONTEXT_CHARS = 400
KEEP_CHARS = 160  # of unchanged words on each side of a changed one
SHORT_SHA = 12

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
    """Where an item stands: the page, both captures, and the commands that show the stored copies."""

    page: str
    url: str
    link: str
    sides: tuple[Side, Side]
    looks: str
    commands: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """One change. `before` and `after` are parts of the sentence, marked; () where there is none."""

    number: str
    severity: str
    label: str
    clause: str
    before: tuple[Part, ...]
    after: tuple[Part, ...]
    context: str
    path: tuple[str, ...]
    place: str
    reason: str
    looks: str
    language: str
    pages: tuple[str, ...]
    more_pages: int
    proofs: tuple[Proof, ...]


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
    left_out: int
    later: tuple[str, ...]
    figures: str
    about: str
    remark: str


def make_view(contents: AlertContents) -> MailView:
    """Everything that the mail for `contents` says."""
    groups = group_changes(contents.changes)
    shown = groups[:MAX_ITEMS]
    worst = max((each.severity for each in contents.changes), key=RANK.__getitem__, default="")
    return MailView(
        lead=_lead(contents, groups),
        severity=worst,
        sections=tuple(_sections(contents, shown)),
        notices=tuple(_notice_line(each, contents.page(each.page_id)) for each in contents.notices),
        left_out=len(groups) - len(shown),
        later=tuple(short_url(page.url) for page in contents.late),
        figures=_figures(contents.figures),
        about=_about(contents),
        remark=_remark(contents),
    )


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


def _sections(contents: AlertContents, groups: Sequence[list[MailChange]]) -> Iterable[Section]:
    """A section for each page, and one for what stands on several pages of a site; in the order of their worst."""
    by_place: dict[tuple[int, ...], list[Item]] = {}
    for group in groups:
        page_ids = tuple(sorted({change.page_id for change in group}))
        by_place.setdefault(page_ids, []).append(_item(contents, group))
    for page_ids, items in by_place.items():
        first = contents.page(page_ids[0])
        one = len(page_ids) == 1
        host = short_url(first.url).partition("/")[0]
        proofs = {(proof.link or proof.page, proof.commands): proof for item in items for proof in item.proofs}
        yield Section(
            title=short_url(first.url) if one else f"{host}: {count(len(page_ids), 'page')}",
            clinic=quote_text(first.clinic_name, 100),
            url=clean_line(first.url) if one else "",
            link=live_link(first.url) if one else "",
            items=tuple(items),
            proofs=tuple(proofs.values())[:MAX_PLACES],
        )


def _item(contents: AlertContents, group: Sequence[MailChange]) -> Item:
    change = group[0]
    pages = [contents.page(page_id) for page_id in sorted({each.page_id for each in group})]
    before, after = mark_sentences(change.before, change.after)
    context = quote_text(change.context, CONTEXT_CHARS)
    looks = list(dict.fromkeys(describe_looks(each) for each in group))
    return Item(
        number=", ".join(f"#{each.id}" for each in group[:3]) + (" …" if len(group) > 3 else ""),
        severity=change.severity,
        label=f"{change.family}/{change.kind} {change.direction}",
        clause=describe_change(change),
        before=before,
        after=after,
        context="" if clean_line(change.context) in (clean_line(change.before), clean_line(change.after)) else context,
        path=tuple(quote_text(each, 120) for each in change.path[-4:]),
        place=describe_place(change),
        reason=quote_text(change.reason, 300),
        looks="; ".join(looks),
        language=clean_line(pages[0].language, 12),
        pages=tuple(short_url(page.url) for page in pages[:MAX_PLACES]) if len(pages) > 1 else (),
        more_pages=max(0, len(pages) - MAX_PLACES),
        proofs=tuple(_proof(each, contents.page(each.page_id)) for each in group),
    )


def _proof(change: MailChange, page: MailPage) -> Proof:
    old, new = change.old.version, change.new.version
    return Proof(
        page=short_url(page.url),
        url=clean_line(page.url),
        link=live_link(page.url),
        sides=(_side("Before", change.old), _side("After", change.new)),
        looks=describe_looks(change),
        commands=(
            f"clinicwatch show {page.id} --version {old}",
            f"clinicwatch show {page.id} --version {new}",
            f"clinicwatch diff {page.id} {old} {new}",
        ),
    )


def _side(name: str, evidence: Evidence) -> Side:
    sha256 = evidence.body_sha256 or ""
    return Side(
        name=name,
        version=evidence.version,
        source=describe_source(evidence) + (f" ({quote_text(evidence.source, 80)})" if evidence.source else ""),
        last_seen=utc(evidence.last_seen_at) if evidence.captured_at else "",
        sha256=sha256,
        short=sha256[:SHORT_SHA],
    )


def _notice_line(notice: MailNotice, page: MailPage) -> NoticeLine:
    return NoticeLine(
        page=short_url(page.url),
        link=live_link(page.url),
        url=clean_line(page.url),
        words="" if is_status(notice.kind) and notice.text else _status_words(notice.kind),
        text=quote_text(notice.text, 300),
        detail=quote_text(notice.detail, 300),
        when=utc(notice.noticed_at),
    )


def _status_words(kind: str) -> str:
    return STATUS_WORDS.get(kind, clean_line(kind, 40))


def _lead(contents: AlertContents, groups: Sequence[Sequence[MailChange]]) -> str:
    clinics = list(dict.fromkeys(quote_text(page.clinic_name, 100) for page in contents.pages))
    who = list_words(clinics) or "Clinicwatch"
    if contents.alert.kind == "digest":
        return _digest_lead(contents, groups)
    if contents.alert.kind == "status" and contents.notices:
        newest = max(contents.notices, key=lambda each: each.id)
        page = contents.page(newest.page_id)
        return f"{who}: {short_url(page.url)} {_status_words(newest.kind)}."
    if not groups:
        return f"{who}: nothing is left to tell."
    pages = {change.page_id for change in contents.changes}
    where = short_url(contents.pages[0].url)
    if len(pages) > 1:
        where = f"{count(len(pages), 'page')} of {where.partition('/')[0]}"
    if contents.alert.kind == "baseline":
        told = count(len(groups), "statement")
        return f"{who}: the first live look at {where} differs from the imported text in {told}."
    more = f", and {count(len(groups) - 1, 'more change')}" if len(groups) > 1 else ""
    return f"{who}: on {where}, {describe_change(groups[0][0])}{more}."


def _digest_lead(contents: AlertContents, groups: Sequence[Sequence[MailChange]]) -> str:
    told = [count(len(groups), "change")] if groups else []
    told += [count(len(contents.notices), "notice")] if contents.notices else []
    pages, clinics = len(contents.pages), len({page.clinic_id for page in contents.pages})
    return f"{list_words(told)} on {count(pages, 'page')} of {count(clinics, 'clinic')}."


def _remark(contents: AlertContents) -> str:
    changes = contents.changes
    if changes and all(each.state == "unrepeated" for each in changes):
        return "Seen once; the page could not be read again since. Please check before you act on it."
    if any(each.old.kind == "baseline" for each in changes):
        return (
            "The text before is an imported copy whose capture time and headers are unknown; it is not evidence, and "
            "the change may have happened at any time before the first live look."
        )
    return ""


def _figures(figures: PeriodFigures | None) -> str:
    if figures is None:
        return ""
    return (
        f"In {describe_period(figures.until - figures.since)}: {count(figures.visits, 'visit')} to "
        f"{count(figures.pages, 'page')}, {figures.failed_visits} of them without a readable page. Held back as noise: "
        f"{count(figures.withdrawn, 'change')} that a second look no longer saw, {figures.flickering} that flickered."
    )


def _about(contents: AlertContents) -> str:
    filters = contents.subscription.filters
    names = ("clinics", "pages", "languages", "families", "kinds", "directions")
    parts = [f"{name}: {', '.join(words)}" for name in names if (words := getattr(filters, name))]
    if filters.severity != "low":
        parts.append(f"{filters.severity} and worse")
    return unlink(clean_line("; ".join(parts), 300)) or "everything"
