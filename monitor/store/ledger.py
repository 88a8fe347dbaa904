"""The ledger: every statement a page ever made, with when it was first seen, last seen, and gone.

A row is one unbroken stretch of time in which the statement stood; one that comes back opens a new row. While a
statement stands, its last version and last look are those of the page's newest snapshot; the row's own columns are
brought up when it goes, so that a new version costs no write for each of the hundreds of statements that it leaves.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlalchemy import Connection, insert, text

from monitor.store import tables
from monitor.store.visits import clean_text
from monitor.types import Statement

_STANDING = text("SELECT id, key FROM statement WHERE page_id = :page_id AND gone_at IS NULL")
_GONE = text("""
    UPDATE statement SET gone_at = :seen_at, last_snapshot_id = snapshot.id, last_seen_at = snapshot.last_seen_at
      FROM page JOIN snapshot ON snapshot.id = page.snapshot_id
     WHERE page.id = statement.page_id AND statement.id = ANY(:ids)
""")


@dataclass(frozen=True, slots=True)
class LedgerUpdate:
    """How many statements appeared, stayed and went with one snapshot."""

    appeared: int
    stayed: int
    gone: int


def statement_key(statement: Statement) -> bytes:
    """The SHA-256 of kind and folded wording: what makes two statements the same row."""
    return hashlib.sha256(f"{statement.kind}\0{statement.key}".encode("utf-8", "surrogatepass")).digest()


def update_ledger(
    connection: Connection,
    page_id: int,
    snapshot_id: int,
    seen_at: datetime,
    statements: Iterable[Statement],
    *,
    first_seen_at: datetime | None = None,
) -> LedgerUpdate:
    """Enter the statements of a snapshot: what is new, and what no longer stands. The page must still name the
    snapshot before it as its newest.

    `first_seen_at` dates new rows where the snapshot is older than this look (it was read again).
    """
    present: dict[bytes, Statement] = {}
    for statement in statements:
        present.setdefault(statement_key(statement), statement)
    standing = {bytes(row.key): row.id for row in connection.execute(_STANDING, {"page_id": page_id})}
    gone = [row_id for key, row_id in standing.items() if key not in present]
    fresh = [statement for key, statement in present.items() if key not in standing]
    if gone:
        connection.execute(_GONE, {"ids": gone, "seen_at": seen_at})
    if fresh:
        connection.execute(
            insert(tables.statement), [_row(page_id, snapshot_id, first_seen_at or seen_at, one) for one in fresh]
        )
    return LedgerUpdate(appeared=len(fresh), stayed=len(standing) - len(gone), gone=len(gone))


def _row(page_id: int, snapshot_id: int, seen_at: datetime, statement: Statement) -> dict[str, object]:
    return {
        "page_id": page_id,
        "family": str(statement.family),
        "kind": str(statement.kind),
        "key": statement_key(statement),
        "text": clean_text(statement.text),
        "language": statement.language,
        "region": str(statement.region),
        "path": [clean_text(heading) for heading in statement.path],
        "details": {
            "rule": statement.rule,
            "strength": statement.strength,
            "negated": statement.negated,
            "absolute": statement.absolute,
            "subgroup": statement.subgroup,
            "values": dict(statement.values),
            "terms": list(statement.terms),
            "prices": msgspec.to_builtins(statement.prices),
            "cues": msgspec.to_builtins(statement.cues),
            "confidence": statement.confidence,
        },
        "first_snapshot_id": snapshot_id,
        "last_snapshot_id": snapshot_id,
        "first_seen_at": seen_at,
        "last_seen_at": seen_at,
    }
