"""Notices: what deserves a line in a digest and is no change of meaning."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, insert

from monitor.store import tables
from monitor.store.visits import clean_text


def record_notice(
    connection: Connection,
    page_id: int,
    *,
    visit_id: int | None,
    kind: str,
    words: str,
    noticed_at: datetime,
    detail: str = "",
) -> int:
    """Write a notice and return its id. `kind` is a NoticeKind, an outcome, "recovered", "moved", "certificate"."""
    row = {
        "page_id": page_id,
        "visit_id": visit_id,
        "kind": kind,
        "text": clean_text(words),
        "detail": clean_text(detail),
        "noticed_at": noticed_at,
    }
    return int(connection.execute(insert(tables.notice).returning(tables.notice.c.id), row).scalar_one())
