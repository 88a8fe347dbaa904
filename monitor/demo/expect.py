"""What an edit must lead to, and whether it did. Pure: facts in, judgement out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from crawler.outcomes import Outcome
from monitor.types import Direction, Family, Kind, Severity

MAILED: Final = frozenset({"confirmed", "unrepeated"})
"""States of a change that watchdogs are told of."""
UNDECIDED: Final = "pending"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A change that must be raised on every page that the edit touches; `words` stand in its before or after."""

    family: Family
    direction: Direction
    kind: Kind | None
    severity: Severity
    words: str


@dataclass(frozen=True, slots=True)
class Expectation:
    """What must come of an edit.

    `wanted`: the changes; any other change on these pages is one too many, but for further sentences with the same
    family and direction. Where changes are wanted, exactly `mails` mails tell of them. `outcomes`: what the visits
    of each page end in, in this order. `status_mails`: mails about the page's state,
    `status_mails_before` of them before the edit is undone. `looks_after`: visits that each page must have had in all.
    """

    label: str
    wanted: tuple[Wanted, ...] = ()
    mails: int = 1
    outcomes: tuple[Outcome, ...] = ()
    status_mails: int = 0
    status_mails_before: int = 0
    looks_after: int = 1


@dataclass(frozen=True, slots=True)
class SeenVisit:
    url: str
    started_at: datetime
    outcome: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class SeenChange:
    id: int
    url: str
    detected_at: datetime
    family: str
    kind: str
    direction: str
    severity: str
    before: str
    after: str
    state: str
    looks: int


@dataclass(frozen=True, slots=True)
class SeenAlert:
    """A row of the outbox; `url` is the page's, None for one that names several pages or a clinic."""

    id: int
    kind: str
    state: str
    created_at: datetime
    message_id: str
    url: str | None
    change_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """What the store holds, oldest first, and the Message-IDs of the mails that were received, in order."""

    visits: tuple[SeenVisit, ...] = ()
    changes: tuple[SeenChange, ...] = ()
    alerts: tuple[SeenAlert, ...] = ()
    received: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment of the story: its time, and the ids of the changes and alerts that were there already."""

    at: datetime
    changes: frozenset[int] = frozenset()
    alerts: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Judgement:
    """`missing` is what has not come (yet); `unwanted` what should never have. The rest is for the table."""

    missing: tuple[str, ...]
    unwanted: tuple[str, ...]
    raised: str
    looks: str
    mails: int

    @property
    def ok(self) -> bool:
        return not self.missing and not self.unwanted


def mark_of(facts: Facts, at: datetime) -> Mark:
    """Where a story stands at a moment: `facts` were read just then."""
    return Mark(at, frozenset(change.id for change in facts.changes), frozenset(alert.id for alert in facts.alerts))


def facts_of(facts: Facts, urls: Iterable[str], begin: Mark, end: Mark | None = None) -> Facts:
    """The part of `facts` that an edit of `urls` led to: made at `begin`, with nothing else happening until `end`.

    Visits count from the edit on; one that was under way at that moment may have seen either page. Changes and alerts
    are those that were not there before, whenever the look that found them began.
    """
    pages = frozenset(urls)
    changes = tuple(
        change
        for change in facts.changes
        if change.url in pages and change.id not in begin.changes and (end is None or change.id in end.changes)
    )
    ids = {change.id for change in changes}
    alerts = tuple(
        alert
        for alert in facts.alerts
        if not ids.isdisjoint(alert.change_ids)
        or (
            not alert.change_ids
            and alert.url in pages
            and alert.id not in begin.alerts
            and (end is None or alert.id in end.alerts)
        )
    )
    visits = tuple(
        visit
        for visit in facts.visits
        if visit.url in pages and begin.at <= visit.started_at and (end is None or visit.started_at < end.at)
    )
    sent = {alert.message_id for alert in alerts}
    return Facts(visits, changes, alerts, tuple(received for received in facts.received if received in sent))


def judge(expectation: Expectation, urls: Iterable[str], facts: Facts) -> Judgement:
    """Hold what an edit of `urls` led to (`facts`, from `facts_of`) against what it must lead to."""
    pages = tuple(urls)
    changes = [change for change in facts.changes if change.state in MAILED]
    missing = [
        *_missing_changes(expectation, pages, changes),
        *_missing_visits(expectation, pages, facts.visits),
        *_undecided(facts.changes),
        *_missing_mails(expectation, changes, facts),
    ]
    unwanted = [*_unwanted_changes(expectation, changes), *_unwanted_mails(expectation, facts)]
    return Judgement(
        tuple(missing),
        tuple(unwanted),
        _raised(changes, facts),
        ", ".join(str(looks) for looks in sorted({change.looks for change in changes})) or "–",
        len(facts.received),
    )


def is_standing(expectation: Expectation, urls: Iterable[str], facts: Facts) -> bool:
    """Has everything been seen that must be seen before the edit is undone: all outcomes but the last, and mails?"""
    pages = tuple(urls)
    mails = sum(alert.message_id in facts.received for alert in facts.alerts if not alert.change_ids)
    seen = all(not _missing_outcomes(expectation.outcomes[:-1], page, facts.visits) for page in pages)
    return seen and mails >= expectation.status_mails_before


def unexplained(facts: Facts, explained: Iterable[Facts]) -> tuple[str, ...]:
    """Changes and mails that belong to no edit at all."""
    parts = tuple(explained)
    changes = {change.id for part in parts for change in part.changes}
    alerts = {alert.id for part in parts for alert in part.alerts}
    known = {alert.message_id for alert in facts.alerts}
    return (
        *(_line(change) for change in facts.changes if change.id not in changes and change.state in MAILED),
        *(f"{alert.kind} mail without an edit" for alert in facts.alerts if alert.id not in alerts),
        *(f"mail {received} without an alert" for received in facts.received if received not in known),
    )


def _matches(change: SeenChange, wanted: Wanted) -> bool:
    return (
        _is_alike(change, wanted)
        and change.severity == wanted.severity
        and (wanted.kind is None or change.kind == wanted.kind)
        and wanted.words in f"{change.before}\n{change.after}"
    )


def _is_alike(change: SeenChange, wanted: Wanted) -> bool:
    return change.family == wanted.family and change.direction == wanted.direction


def _missing_changes(expectation: Expectation, pages: tuple[str, ...], changes: list[SeenChange]) -> list[str]:
    return [
        f"{wanted.family} {wanted.direction} ({wanted.severity}, “{wanted.words}”) on {page}"
        for wanted in expectation.wanted
        for page in pages
        if not any(change.url == page and _matches(change, wanted) for change in changes)
    ]


def _missing_visits(expectation: Expectation, pages: tuple[str, ...], visits: tuple[SeenVisit, ...]) -> list[str]:
    missing = []
    for page in pages:
        count = sum(visit.url == page for visit in visits)
        if count < expectation.looks_after:
            missing.append(f"visit {count + 1} of {page}")
        missing.extend(
            f"outcome {outcome} of {page}" for outcome in _missing_outcomes(expectation.outcomes, page, visits)
        )
    return missing


def _missing_outcomes(outcomes: tuple[Outcome, ...], page: str, visits: tuple[SeenVisit, ...]) -> tuple[Outcome, ...]:
    """What is left of `outcomes` after the visits of `page` have been gone through in order."""
    left = list(outcomes)
    for visit in visits:
        seen = Outcome.OK if visit.outcome == Outcome.UNCHANGED else visit.outcome
        if visit.url == page and left and seen == left[0]:
            left.pop(0)
    return tuple(left)


def _undecided(changes: tuple[SeenChange, ...]) -> list[str]:
    return [f"the next look at: {_line(change)}" for change in changes if change.state == UNDECIDED]


def _missing_mails(expectation: Expectation, changes: list[SeenChange], facts: Facts) -> list[str]:
    arrived = [alert for alert in facts.alerts if alert.message_id in facts.received]
    told = {change for alert in arrived for change in alert.change_ids}
    missing = [f"mail about: {_line(change)}" for change in changes if change.id not in told]
    status = sum(not alert.change_ids for alert in arrived)
    if status < expectation.status_mails:
        missing.append(f"status mail {status + 1} of {expectation.status_mails}")
    return missing


def _unwanted_changes(expectation: Expectation, changes: list[SeenChange]) -> list[str]:
    return [_line(change) for change in changes if not any(_is_alike(change, wanted) for wanted in expectation.wanted)]


def _unwanted_mails(expectation: Expectation, facts: Facts) -> list[str]:
    about_changes = sum(bool(alert.change_ids) for alert in facts.alerts)
    status = len(facts.alerts) - about_changes
    allowed = expectation.mails if expectation.wanted else 0
    unwanted = []
    if about_changes > allowed:
        unwanted.append(f"{about_changes} mails about changes instead of {allowed}")
    if status > expectation.status_mails:
        unwanted.append(f"{status} status mails instead of {expectation.status_mails}")
    if len(facts.received) != len(set(facts.received)):
        unwanted.append("a mail came twice")
    return unwanted


def _raised(changes: list[SeenChange], facts: Facts) -> str:
    kinds: dict[str, set[str]] = {}
    for change in changes:
        what = f"{change.family}/{change.kind} {change.direction} ({change.severity})"
        kinds.setdefault(what, set()).add(change.url)
    lines = [f"{kind} on {len(pages)} pages" if len(pages) > 1 else kind for kind, pages in kinds.items()]
    bad = {
        visit.outcome: visit.reason for visit in facts.visits if visit.outcome not in (Outcome.OK, Outcome.UNCHANGED)
    }
    lines += [f"{outcome} ({reason})" for outcome, reason in bad.items()]
    lines += [f"{alert.kind} alert" for alert in facts.alerts if not alert.change_ids]
    return "; ".join(lines) or "nothing"


def _line(change: SeenChange) -> str:
    words = change.after or change.before
    return f"{change.family}/{change.kind} {change.direction} ({change.severity}) on {change.url}: {words[:80]}"
