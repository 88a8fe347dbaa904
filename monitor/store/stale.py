"""Versions whose stored text was made by another extractor version than it would be made by today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from monitor.store.visits import header_of

_STALE = text("""
    SELECT id FROM snapshot
     WHERE page_id = :page_id AND capture_id IS NOT NULL AND extractor <> :extractor
     ORDER BY number DESC
""")
_LOCKED = text("""
    SELECT host.id FROM host JOIN page ON page.host_id = host.id WHERE page.id = :page_id FOR UPDATE OF host
""")
_ONE = text("""
    SELECT snapshot.id, snapshot.page_id, snapshot.extractor, snapshot.text_sha256, snapshot.created_at,
           snapshot.last_seen_at, capture.body_sha256, capture.response_headers, capture.final_url,
           page.snapshot_id = snapshot.id AS is_newest
      FROM snapshot JOIN capture ON capture.id = snapshot.capture_id JOIN page ON page.id = snapshot.page_id
     WHERE snapshot.id = :snapshot_id
""")


@dataclass(frozen=True, slots=True)
class StaleText:
    """A version, where its bytes are, and with which extractor its text was made."""

    snapshot_id: int
    page_id: int
    extractor: str
    text_sha256: bytes
    body_sha256: bytes
    content_type: str
    final_url: str
    created_at: datetime
    last_seen_at: datetime
    is_newest: bool


def list_stale(connection: Connection, page_id: int, extractor: str) -> Sequence[int]:
    """Ids of the page's versions that were not made by `extractor`, the newest first: the next look needs that one.

    Baselines have no bytes to be read again.
    """
    return connection.execute(_STALE, {"page_id": page_id, "extractor": extractor}).scalars().all()


def get_stale(connection: Connection, snapshot_id: int) -> StaleText:
    """One version as it is now."""
    row = connection.execute(_ONE, {"snapshot_id": snapshot_id}).one()
    return StaleText(
        snapshot_id=row.id,
        page_id=row.page_id,
        extractor=row.extractor,
        text_sha256=bytes(row.text_sha256),
        body_sha256=bytes(row.body_sha256),
        content_type=header_of(row.response_headers, b"content-type"),
        final_url=row.final_url,
        created_at=row.created_at,
        last_seen_at=row.last_seen_at,
        is_newest=bool(row.is_newest),
    )


def hold_looks(connection: Connection, page_id: int) -> None:
    """Until the transaction ends, no look at the page's host is written (`leases.hold_fence` waits)."""
    connection.execute(_LOCKED, {"page_id": page_id})
