"""Passages: the compared blocks of a page's versions, kept as text so that they can be searched.

Like the ledger of statements, a row is one unbroken stretch of time in which the passage stood. The texts themselves
are stored compressed (`bodies`), where no index reaches; a version adds only the passages that are new in it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, insert, text

from monitor.store.tables import passage
from monitor.types import Block

_STANDING = text("SELECT id, key FROM passage WHERE page_id = :page_id AND gone_at IS NULL")
_GONE = text("UPDATE passage SET gone_at = :seen_at WHERE id = ANY(:ids)")


def update_passages(
    connection: Connection, page_id: int, snapshot_id: int, seen_at: datetime, blocks: Sequence[Block]
) -> None:
    """Enter the blocks of a new snapshot that are compared: what is new, and what no longer stands."""
    present: dict[bytes, Block] = {}
    for block in blocks:
        if block.boilerplate is None and block.key:
            present.setdefault(hashlib.sha256(block.key.encode("utf-8", "surrogatepass")).digest(), block)
    standing = {bytes(row.key): row.id for row in connection.execute(_STANDING, {"page_id": page_id})}
    if gone := [row_id for key, row_id in standing.items() if key not in present]:
        connection.execute(_GONE, {"ids": gone, "seen_at": seen_at})
    fresh = [
        {
            "page_id": page_id,
            "key": key,
            "text": block.text.encode("utf-8", "replace").decode("utf-8").replace("\0", "\ufffd"),
            "region": str(block.region),
            "first_snapshot_id": snapshot_id,
            "first_seen_at": seen_at,
        }
        for key, block in present.items()
        if key not in standing
    ]
    if fresh:
        connection.execute(insert(passage), fresh)
