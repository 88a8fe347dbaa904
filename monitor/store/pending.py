"""Changes on their way to being certain: found, seen again, settled; and the sibling pages worth a look meanwhile."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection, insert, select, text

from monitor.looks import PendingChange
from monitor.store import tables
from monitor.store.visits import PageForVisit, clean_text
from monitor.types import Change

_PENDING = text("""
    SELECT id, before_snapshot_id, fingerprint, kind, before, after, looks, detected_at
      FROM change WHERE page_id = :page_id AND state = 'pending' ORDER BY id
""")


def list_pending(connection: Connection, page_id: int) -> tuple[PendingChange, ...]:
    """The page's changes that wait for another look, the oldest first."""
    return tuple(
        PendingChange(
            id=row.id,
            base_id=row.before_snapshot_id,
            fingerprint=bytes(row.fingerprint).hex(),
            kind=row.kind,
            before=row.before,
            after=row.after,
            looks=row.looks,
            detected_at=row.detected_at,
        )
        for row in connection.execute(_PENDING, {"page_id": page_id})
    )


def record_changes(
    connection: Connection,
    page_id: int,
    changes: Sequence[Change],
    *,
    before_snapshot_id: int,
    after_snapshot_id: int,
    visit_id: int | None,
    state: str,
    detected_at: datetime,
) -> tuple[int, ...]:
    """Write changes that were seen for the first time and return their ids, in order.

    `visit_id` is None for a baseline report. A `state` other than pending is settled by the same visit.
    """
    if not changes:
        return ()
    settled = None if state == "pending" else detected_at
    rows = [
        {
            **_change_row(change),
            "page_id": page_id,
            "before_snapshot_id": before_snapshot_id,
            "after_snapshot_id": after_snapshot_id,
            "state": state,
            "detected_at": detected_at,
            "settled_at": settled,
            "first_visit_id": visit_id,
            "settled_visit_id": visit_id if settled else None,
        }
        for change in changes
    ]
    statement = insert(tables.change).returning(tables.change.c.id, sort_by_parameter_order=True)
    return tuple(connection.execute(statement, rows).scalars())


def _change_row(change: Change) -> dict[str, object]:
    return {
        "family": str(change.family),
        "kind": str(change.kind),
        "direction": str(change.direction),
        "severity": str(change.severity),
        "before": clean_text(change.before),
        "after": clean_text(change.after),
        "context": clean_text(change.context),
        "region": str(change.region),
        "path": [clean_text(heading) for heading in change.path],
        "reason": clean_text(change.reason),
        "rule": change.rule,
        "cues": msgspec.to_builtins(change.cues),
        "confidence": change.confidence,
        "places": change.places,
        "fingerprint": bytes.fromhex(change.fingerprint),
    }


_SEEN_AGAIN = text("UPDATE change SET looks = looks + 1 WHERE id = ANY(:ids)")
_SETTLE = text("""
    UPDATE change SET state = :state, settled_at = :settled_at, settled_visit_id = :visit_id WHERE id = ANY(:ids)
""")


def count_look(connection: Connection, change_ids: Sequence[int]) -> None:
    """One more look agrees with these changes."""
    if change_ids:
        connection.execute(_SEEN_AGAIN, {"ids": list(change_ids)})


def settle_changes(
    connection: Connection, change_ids: Sequence[int], state: str, visit_id: int, settled_at: datetime
) -> None:
    """Give pending changes their final state."""
    if change_ids:
        row = {"ids": list(change_ids), "state": state, "visit_id": visit_id, "settled_at": settled_at}
        connection.execute(_SETTLE, row)


_BRING_FORWARD = text("""
    UPDATE page SET next_visit_at = :now, next_purpose = 'sibling'
     WHERE host_id = :host_id AND id <> :page_id AND state = 'active' AND next_visit_at > :now
       AND id IN (SELECT other.page_id FROM statement AS mine
                    JOIN statement AS other ON other.key = mine.key AND other.kind = mine.kind
                   WHERE mine.page_id = :page_id AND mine.text = ANY(:words) AND other.gone_at IS NULL)
       AND NOT EXISTS (SELECT FROM visit WHERE visit.page_id = page.id AND visit.started_at > :seen_since)
""")


def bring_siblings_forward(
    connection: Connection, page: PageForVisit, words: Sequence[str], now: datetime, seen_since: datetime
) -> int:
    """Plan a look, now, at the host's other pages where a statement in these words still stands.

    Pages looked at after `seen_since` are left alone, so that a page which keeps the statement is not looked at once
    for every sibling that lost it. Returns how many were brought forward.
    """
    if not words:
        return 0
    row = {
        "host_id": page.host_id,
        "page_id": page.id,
        "words": [clean_text(word) for word in words],
        "now": now,
        "seen_since": seen_since,
    }
    return connection.execute(_BRING_FORWARD, row).rowcount


_RECURRENCES = text("""
    SELECT fingerprint, count(*) AS times FROM change
     WHERE page_id = :page_id AND fingerprint = ANY(:fingerprints) AND state <> 'pending' AND detected_at > :since
     GROUP BY fingerprint
""")


def count_recurrences(
    connection: Connection, page_id: int, fingerprints: Iterable[str], since: datetime
) -> dict[str, int]:
    """How often changes of these fingerprints were settled on the page since then: what comes and goes."""
    wanted = [bytes.fromhex(one) for one in set(fingerprints)]
    if not wanted:
        return {}
    rows = connection.execute(_RECURRENCES, {"page_id": page_id, "fingerprints": wanted, "since": since})
    return {bytes(row.fingerprint).hex(): row.times for row in rows}


def from_baseline(connection: Connection, change_ids: Sequence[int]) -> frozenset[int]:
    """Those of the changes that start from a baseline: they are told in a baseline report."""
    if not change_ids:
        return frozenset()
    statement = (
        select(tables.change.c.id)
        .join(tables.snapshot, tables.snapshot.c.id == tables.change.c.before_snapshot_id)
        .where(tables.change.c.id.in_(change_ids), tables.snapshot.c.kind == "baseline")
    )
    return frozenset(connection.execute(statement).scalars())
