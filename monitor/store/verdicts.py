"""What people say of what was told: this change was a false alarm, that one was right, and here one was missed.

The rows are those of the table `feedback`, which subscribers' answers stand in as well. A change has one verdict from
the command line; giving another replaces it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from monitor.errors import NotFoundError
from monitor.store.changes import StoredChange, list_changes_by_id
from monitor.store.snapshots import Snapshot
from monitor.store.tables import change, clinic, feedback, page, snapshot
from monitor.store.visits import clean_text
from monitor.types import FAMILY_OF, Direction, Family, Kind, Severity

MAX_NOTE_CHARS = 2_000


class Verdict(StrEnum):
    """What somebody found when they looked at a change, or at what stood where none was told."""

    FALSE_ALARM = "false_alarm"
    MISSED = "missed"
    OK = "ok"


@dataclass(frozen=True, slots=True)
class MissedChange:
    """What should have been told; `before` and `after` are words of the two versions ("" where there are none)."""

    kind: Kind
    direction: Direction
    severity: Severity
    before: str = ""
    after: str = ""

    @property
    def family(self) -> Family:
        return FAMILY_OF[self.kind]


@dataclass(frozen=True, slots=True)
class Feedback:
    """One verdict. `source` is "mail" (a subscriber) or "cli". It is about `change`, or about what was `missed`
    between two versions of the page, or, where something was missed beside a change, names both."""

    id: int
    verdict: Verdict
    note: str
    source: str
    given_at: datetime
    page_id: int
    page_url: str
    clinic_slug: str
    before_snapshot_id: int
    after_snapshot_id: int
    before_number: int
    after_number: int
    change: StoredChange | None
    missed: MissedChange | None


_before, _after = snapshot.alias("before_snapshot"), snapshot.alias("after_snapshot")


def mark_change(connection: Connection, change_id: int, verdict: Verdict, note: str, now: datetime) -> None:
    """Keep what was found of a change (`false_alarm` or `ok`), in place of what was said before.

    Raises NotFoundError.
    """
    if not list_changes_by_id(connection, [change_id]):
        raise NotFoundError("change", str(change_id), "`clinicwatch changes` lists them")
    told = {"kind": str(verdict), "words": clean_text(note[:MAX_NOTE_CHARS]), "given_at": now}
    statement = insert(feedback).values(change_id=change_id, **told)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["change_id"],
            index_where=feedback.c.subscription_id.is_(None) & (feedback.c.kind != "missed"),
            set_=told,
        )
    )


def unmark_change(connection: Connection, change_id: int) -> int:
    """Take back what the command line said of a change; how many verdicts that were."""
    wrong = feedback.c.subscription_id.is_(None) & (feedback.c.change_id == change_id)
    return connection.execute(delete(feedback).where(wrong)).rowcount


def mark_missed(
    connection: Connection,
    versions: tuple[Snapshot, Snapshot],
    missed: MissedChange,
    note: str,
    now: datetime,
    *,
    beside: int | None = None,
) -> None:
    """Keep that a change between two versions of a page was not told; `beside` is a change that was."""
    before, after = versions
    details = {name: clean_text(str(value)) for name, value in asdict(missed).items()}
    values = {
        "change_id": beside,
        "kind": str(Verdict.MISSED),
        "words": clean_text(note[:MAX_NOTE_CHARS]),
        "given_at": now,
        "page_id": after.page_id,
        "before_snapshot_id": before.id,
        "after_snapshot_id": after.id,
        "missed": details,
    }
    connection.execute(insert(feedback).values(**values))


def list_feedback(connection: Connection, verdict: Verdict | None = None) -> tuple[Feedback, ...]:
    """What was said, in the order in which it was said."""
    rows = connection.execute(_listed(verdict)).all()
    ids = [row.change_id for row in rows if row.change_id is not None]
    known = {one.id: one for one in list_changes_by_id(connection, ids)}
    return tuple(_feedback(row, known.get(row.change_id)) for row in rows)


def _listed(verdict: Verdict | None) -> Select[Any]:
    told = change.alias("told")
    query = (
        select(
            feedback,
            page.c.id.label("of_page"),
            page.c.url,
            clinic.c.slug,
            _before.c.id.label("before_id"),
            _after.c.id.label("after_id"),
            _before.c.number.label("before_number"),
            _after.c.number.label("after_number"),
        )
        .select_from(feedback)
        .outerjoin(told, told.c.id == feedback.c.change_id)
        .join(page, page.c.id == func.coalesce(feedback.c.page_id, told.c.page_id))
        .join(clinic, clinic.c.id == page.c.clinic_id)
        .join(_before, _before.c.id == func.coalesce(feedback.c.before_snapshot_id, told.c.before_snapshot_id))
        .join(_after, _after.c.id == func.coalesce(feedback.c.after_snapshot_id, told.c.after_snapshot_id))
        .order_by(feedback.c.given_at, feedback.c.id)
    )
    return query if verdict is None else query.where(feedback.c.kind == str(verdict))


def _feedback(row: Row[Any], about: StoredChange | None) -> Feedback:
    return Feedback(
        id=row.id,
        verdict=Verdict(row.kind),
        note=row.words,
        source="cli" if row.subscription_id is None else "mail",
        given_at=row.given_at,
        page_id=row.of_page,
        page_url=row.url,
        clinic_slug=row.slug,
        before_snapshot_id=row.before_id,
        after_snapshot_id=row.after_id,
        before_number=row.before_number,
        after_number=row.after_number,
        change=about,
        missed=_missed(row.missed) if row.missed else None,
    )


def _missed(stored: dict[str, str]) -> MissedChange:
    return MissedChange(
        Kind(stored["kind"]),
        Direction(stored["direction"]),
        Severity(stored["severity"]),
        stored.get("before", ""),
        stored.get("after", ""),
    )
