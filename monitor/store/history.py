"""What happened to a page, and what it said when: visits, and the ledger of statements."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, func, or_, select

from crawler.outcomes import Outcome
from monitor.store.search import SearchHit, search_statements
from monitor.store.tables import change, page, snapshot, statement, visit
from monitor.types import Family, Kind, Price, Region

__all__ = [
    "LedgerEntry",
    "SearchHit",
    "Visit",
    "list_clinic_statements",
    "list_statements",
    "list_visits",
    "search_statements",
]


@dataclass(frozen=True, slots=True)
class Visit:
    """One look at a page. `snapshot_number` is the version that it made or met; `changes` those it saw first."""

    id: int
    page_id: int
    started_at: datetime
    duration_ms: int
    purpose: str
    outcome: Outcome
    reason: str | None
    http_status: int | None
    detail: str
    capture_id: int | None
    snapshot_number: int | None
    changes: int


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One unbroken stretch of time in which a page made a statement.

    Seen first at `first_seen_at` (version `first_number`) and last at `last_seen_at`; `gone_at` is the first look that
    no longer had it, None while it stands.
    """

    id: int
    page_id: int
    page_url: str
    family: Family
    kind: Kind
    text: str
    language: str
    region: Region
    path: tuple[str, ...]
    rule: str
    strength: float
    values: tuple[tuple[str, float], ...]
    terms: tuple[str, ...]
    prices: tuple[Price, ...]
    first_number: int
    last_number: int
    first_seen_at: datetime
    last_seen_at: datetime
    gone_at: datetime | None


_VISITS = (
    select(
        visit,
        snapshot.c.number.label("snapshot_number"),
        select(func.count())
        .select_from(change)
        .where(change.c.page_id == visit.c.page_id, change.c.first_visit_id == visit.c.id)
        .scalar_subquery()
        .label("changes"),
    )
    .select_from(visit.outerjoin(snapshot, snapshot.c.id == visit.c.snapshot_id))
    .where(visit.c.page_id == bindparam("page"))
    .order_by(visit.c.started_at.desc(), visit.c.id.desc())
)
_first, _last, _newest = (snapshot.alias(name) for name in ("first_snapshot", "last_snapshot", "newest_snapshot"))
# While a statement stands, every look that agrees with the page's newest version has seen it.
_LEDGER = (
    select(
        statement,
        page.c.url,
        _first.c.number.label("first_number"),
        func.coalesce(_newest.c.number, _last.c.number).label("last_number"),
        func.greatest(statement.c.last_seen_at, _newest.c.last_seen_at).label("seen_at"),
    )
    .select_from(
        statement.join(_first, _first.c.id == statement.c.first_snapshot_id)
        .join(_last, _last.c.id == statement.c.last_snapshot_id)
        .join(page, page.c.id == statement.c.page_id)
        .outerjoin(_newest, and_(_newest.c.id == page.c.snapshot_id, statement.c.gone_at.is_(None)))
    )
    .order_by(statement.c.family, statement.c.kind, statement.c.first_seen_at, statement.c.id)
)


def list_visits(
    connection: Connection,
    page_id: int,
    *,
    since: datetime | None = None,
    outcomes: Sequence[Outcome] = (),
    limit: int | None = 100,
) -> tuple[Visit, ...]:
    """The page's visits, the newest first; failed ones too."""
    statement = _VISITS.limit(limit)
    if since is not None:
        statement = statement.where(visit.c.started_at >= since)
    if outcomes:
        statement = statement.where(visit.c.outcome.in_([str(outcome) for outcome in outcomes]))
    return tuple(_visit(row) for row in connection.execute(statement, {"page": page_id}))


def list_statements(
    connection: Connection,
    page_id: int,
    *,
    at: datetime | None = None,
    families: Sequence[Family] = (),
    gone: bool = False,
) -> tuple[LedgerEntry, ...]:
    """What the page says now, or what it said `at` that time (aware); with `gone`, all that it ever said."""
    wanted = _LEDGER.where(statement.c.page_id == bindparam("page"), *_standing(at, gone))
    if families:
        wanted = wanted.where(statement.c.family.in_([str(family) for family in families]))
    return tuple(_entry(row) for row in connection.execute(wanted, {"page": page_id}))


def list_clinic_statements(
    connection: Connection,
    clinic_id: int,
    kinds: Collection[Kind],
    *,
    at: datetime | None = None,
    gone: bool = False,
) -> tuple[LedgerEntry, ...]:
    """What all pages of a clinic say now, or said `at` that time, or with `gone` ever said: these kinds, by page."""
    pages = select(page.c.id).where(page.c.clinic_id == bindparam("clinic"))
    wanted = _LEDGER.where(
        statement.c.page_id.in_(pages),
        statement.c.kind.in_([str(kind) for kind in kinds]),
        *_standing(at, gone),
    )
    found = [_entry(row) for row in connection.execute(wanted, {"clinic": clinic_id})]
    return tuple(sorted(found, key=lambda entry: entry.page_url))


def _standing(at: datetime | None, gone: bool) -> list[ColumnElement[bool]]:
    if at is not None:
        return [statement.c.first_seen_at <= at, or_(statement.c.gone_at.is_(None), statement.c.gone_at > at)]
    return [] if gone else [statement.c.gone_at.is_(None)]


def _visit(row: Row[Any]) -> Visit:
    return Visit(
        id=row.id,
        page_id=row.page_id,
        started_at=row.started_at,
        duration_ms=row.duration_ms,
        purpose=row.purpose,
        outcome=Outcome(row.outcome),
        reason=row.reason,
        http_status=row.http_status,
        detail=row.detail,
        capture_id=row.capture_id,
        snapshot_number=row.snapshot_number,
        changes=row.changes,
    )


def _entry(row: Row[Any]) -> LedgerEntry:
    details = row.details
    return LedgerEntry(
        id=row.id,
        page_id=row.page_id,
        page_url=row.url,
        family=Family(row.family),
        kind=Kind(row.kind),
        text=row.text,
        language=row.language,
        region=Region(row.region),
        path=tuple(row.path),
        rule=details.get("rule", ""),
        strength=details.get("strength", 0.0),
        values=tuple(details.get("values", {}).items()),
        terms=tuple(details.get("terms", ())),
        prices=msgspec.convert(details.get("prices", []), tuple[Price, ...]),
        first_number=row.first_number,
        last_number=row.last_number,
        first_seen_at=row.first_seen_at,
        last_seen_at=row.seen_at,
        gone_at=row.gone_at,
    )
