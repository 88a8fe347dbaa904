"""Changes as people ask for them: by clinic, page, kind and weight, and what is new since a reader last asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, bindparam, func, select, update
from sqlalchemy.dialects.postgresql import insert

from monitor.errors import NotFoundError
from monitor.store.tables import capture, chain_head, change, clinic, page, reader, record, snapshot
from monitor.types import SEVERITIES, Cue, Direction, Family, Kind, Region, Severity


class ChangeState(StrEnum):
    """pending until enough looks agree; then one of the others for good."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    UNREPEATED = "unrepeated"  # seen once; the page could not be read again since
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"
    FLICKER = "flicker"


REPORTED = (ChangeState.CONFIRMED, ChangeState.UNREPEATED)
"""The states in which a change is told to people."""


@dataclass(frozen=True, slots=True)
class StoredChange:
    """A change with where it was seen: page, clinic, and the numbers of the versions before and after."""

    id: int
    page_id: int
    page_url: str
    clinic_slug: str
    family: Family
    kind: Kind
    direction: Direction
    severity: Severity
    before: str
    after: str
    context: str
    region: Region
    path: tuple[str, ...]
    reason: str
    rule: str
    cues: tuple[Cue, ...]
    confidence: float
    places: int
    fingerprint: str
    state: ChangeState
    looks: int
    detected_at: datetime
    settled_at: datetime | None
    before_number: int
    after_number: int
    before_snapshot_id: int
    after_snapshot_id: int


@dataclass(frozen=True, slots=True)
class ChangeFilter:
    """Which changes: empty and None mean any. `severity` is the least; `since` and `until` bound `detected_at`."""

    clinic_slug: str | None = None
    page_id: int | None = None
    families: tuple[Family, ...] = ()
    kinds: tuple[Kind, ...] = ()
    directions: tuple[Direction, ...] = ()
    severity: Severity = Severity.LOW
    since: datetime | None = None
    until: datetime | None = None
    states: tuple[ChangeState, ...] = ()


ANY = ChangeFilter()

_before, _after = snapshot.alias("before_snapshot"), snapshot.alias("after_snapshot")
_CHANGES = select(
    change,
    page.c.url,
    clinic.c.slug,
    _before.c.number.label("before_number"),
    _after.c.number.label("after_number"),
).select_from(
    change.join(page, page.c.id == change.c.page_id)
    .join(clinic, clinic.c.id == page.c.clinic_id)
    .join(_before, _before.c.id == change.c.before_snapshot_id)
    .join(_after, _after.c.id == change.c.after_snapshot_id)
)
# The visit whose transaction settled a change; a baseline report names none, but its later snapshot has a capture.
_settled_by = func.coalesce(
    change.c.settled_visit_id,
    select(capture.c.visit_id).where(capture.c.id == _after.c.capture_id).scalar_subquery(),
)
_NEW = (
    _CHANGES.join(record, record.c.visit_id == _settled_by)
    .where(record.c.number > bindparam("read"), record.c.number <= bindparam("head"))
    .where(change.c.state.in_(REPORTED))
    .order_by(record.c.number, change.c.id)
)


def list_changes(
    connection: Connection, wanted: ChangeFilter = ANY, *, limit: int | None = None
) -> tuple[StoredChange, ...]:
    """The changes that the filter lets through, the newest first."""
    statement = _CHANGES.where(*_conditions(wanted)).order_by(change.c.detected_at.desc(), change.c.id.desc())
    return tuple(_change(row) for row in connection.execute(statement.limit(limit)))


def get_change(connection: Connection, change_id: int) -> StoredChange:
    """One change. Raises NotFoundError."""
    row = connection.execute(_CHANGES.where(change.c.id == bindparam("change")), {"change": change_id}).first()
    if row is None:
        raise NotFoundError("change", str(change_id))
    return _change(row)


def list_changes_by_id(connection: Connection, change_ids: Sequence[int]) -> tuple[StoredChange, ...]:
    """These changes, in the order of their ids; unknown ids are passed over."""
    statement = _CHANGES.where(change.c.id == func.any(bindparam("ids"))).order_by(change.c.id)
    return tuple(_change(row) for row in connection.execute(statement, {"ids": list(change_ids)}))


def new_changes(connection: Connection, reader_name: str, wanted: ChangeFilter = ANY) -> tuple[StoredChange, ...]:
    """What was confirmed (or given up on) since this reader last asked, in the order in which that was written.

    The reader's mark moves in this transaction, past what the filter holds back too. A reader's first call gives all.

    Nothing is skipped, whatever is written meanwhile: ids and times are given before a transaction commits, so a
    mark among them would jump over what commits late. But whoever settles a change also appends to the chain of
    records, holding its head until the commit: record numbers become visible in their order and without a gap.
    """
    connection.execute(insert(reader).values(name=reader_name).on_conflict_do_nothing())
    mark = select(reader.c.record_number).where(reader.c.name == reader_name).with_for_update()
    read = connection.execute(mark).scalar_one()
    head = connection.execute(select(chain_head.c.number)).scalar_one()
    found = connection.execute(_NEW.where(*_conditions(wanted)), {"read": read, "head": head}).all()
    moved = update(reader).where(reader.c.name == reader_name).values(record_number=head, seen_at=func.now())
    connection.execute(moved)
    return tuple(_change(row) for row in found)


def _conditions(wanted: ChangeFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    for column, values in (
        (change.c.family, wanted.families),
        (change.c.kind, wanted.kinds),
        (change.c.direction, wanted.directions),
        (change.c.state, wanted.states),
    ):
        if values:
            conditions.append(column.in_([str(value) for value in values]))
    if wanted.clinic_slug is not None:
        conditions.append(clinic.c.slug == wanted.clinic_slug)
    if wanted.page_id is not None:
        conditions.append(change.c.page_id == wanted.page_id)
    if wanted.since is not None:
        conditions.append(change.c.detected_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(change.c.detected_at < wanted.until)
    if wanted.severity != SEVERITIES[0]:
        heavy = SEVERITIES[SEVERITIES.index(wanted.severity) :]
        conditions.append(change.c.severity.in_([str(one) for one in heavy]))
    return conditions


def _change(row: Row[Any]) -> StoredChange:
    return StoredChange(
        id=row.id,
        page_id=row.page_id,
        page_url=row.url,
        clinic_slug=row.slug,
        family=Family(row.family),
        kind=Kind(row.kind),
        direction=Direction(row.direction),
        severity=Severity(row.severity),
        before=row.before,
        after=row.after,
        context=row.context,
        region=Region(row.region),
        path=tuple(row.path),
        reason=row.reason,
        rule=row.rule,
        cues=tuple(Cue(**cue) for cue in row.cues),
        confidence=row.confidence,
        places=row.places,
        fingerprint=bytes(row.fingerprint).hex(),
        state=ChangeState(row.state),
        looks=row.looks,
        detected_at=row.detected_at,
        settled_at=row.settled_at,
        before_number=row.before_number,
        after_number=row.after_number,
        before_snapshot_id=row.before_snapshot_id,
        after_snapshot_id=row.after_snapshot_id,
    )
