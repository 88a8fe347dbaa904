"""How a statement was worded over time: the ledger's rows, joined by the changes that made one into the next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sqlalchemy import Connection, text

from monitor.store.history import LedgerEntry, list_statements
from monitor.types import Kind

_REWORDED = text("""
    SELECT change.kind, change.before, change.after, old.number AS before_number, new.number AS after_number
      FROM change JOIN snapshot AS old ON old.id = before_snapshot_id JOIN snapshot AS new ON new.id = after_snapshot_id
     WHERE change.page_id = :page AND change.before <> '' AND change.after <> '' AND change.before <> change.after
     ORDER BY after_number, change.id
""")


@dataclass(frozen=True, slots=True)
class Rewording:
    """One wording became another between two versions."""

    kind: Kind
    before: str
    after: str
    before_number: int
    after_number: int


@dataclass(frozen=True, slots=True)
class Thread:
    """One statement and its wordings, the oldest first; each is a stretch of time with its text and values."""

    kind: Kind
    wordings: tuple[LedgerEntry, ...]


def list_threads(connection: Connection, page_id: int) -> tuple[Thread, ...]:
    """Everything a page ever stated, each statement with its wordings over time."""
    rows = connection.execute(_REWORDED, {"page": page_id})
    changes = [Rewording(Kind(row.kind), row.before, row.after, row.before_number, row.after_number) for row in rows]
    return join_wordings(list_statements(connection, page_id, gone=True), changes)


def join_wordings(entries: Sequence[LedgerEntry], changes: Iterable[Rewording]) -> tuple[Thread, ...]:
    """The entries in threads, in the order of the entries that they begin with.

    A rewording joins the last stretch of the old words that ended before it with the first of the new words that
    came with it. One that comes back in the same words continues its thread. No entry is lost or stands twice.
    """
    after: dict[int, LedgerEntry] = {}
    taken: set[int] = set()
    said: dict[tuple[Kind, str], list[LedgerEntry]] = {}
    for entry in sorted(entries, key=lambda one: (one.first_seen_at, one.id)):
        said.setdefault((entry.kind, entry.text), []).append(entry)

    def join(old: LedgerEntry | None, new: LedgerEntry | None) -> None:
        if old and new and old.id not in after and new.id not in taken and old.first_seen_at < new.first_seen_at:
            after[old.id] = new
            taken.add(new.id)

    for one in changes:
        olds = [e for e in said.get((one.kind, one.before), ()) if e.first_number <= one.before_number]
        news = [e for e in said.get((one.kind, one.after), ()) if e.first_number >= one.after_number]
        join(olds[-1] if olds else None, news[0] if news else None)
    for stretches in said.values():
        for old, new in pairwise(stretches):
            join(old, new)
    return tuple(Thread(entry.kind, _follow(entry, after)) for entry in entries if entry.id not in taken)


def _follow(entry: LedgerEntry, after: dict[int, LedgerEntry]) -> tuple[LedgerEntry, ...]:
    found = [entry]
    while (following := after.get(found[-1].id)) is not None:
        found.append(following)
    return tuple(found)
