"""Figures that are cheap enough to be asked for every few seconds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, text

from monitor.store.feedback import count_false_alarms

OVERDUE = timedelta(minutes=15)

_SINGLE = text("""
    SELECT now() AS taken_at,
           (SELECT number FROM chain_head) AS visits,
           (SELECT max(started_at) FROM visit) AS last_visit_at,
           (SELECT max(seen_at) FROM worker) AS worker_seen_at,
           (SELECT count(*) FROM page JOIN host ON host.id = page.host_id
             WHERE state = 'active' AND greatest(next_visit_at, next_request_at) < now() - :overdue) AS overdue_pages,
           (SELECT count(*) FROM page WHERE state = 'active' AND failures > 0) AS failing_pages,
           (SELECT min(send_after) FROM alert WHERE state = 'queued' AND send_after <= now()) AS oldest_due_at,
           (SELECT max(sent_at) FROM alert WHERE state = 'sent') AS last_sent_at,
           (SELECT min(first_tried_at) FROM alert
             WHERE state = 'queued' AND attempts > 0 AND last_error <> 'quiet hours') AS oldest_tried_at,
           pg_database_size(current_database()) AS database_bytes
""")
_GROUPS = {
    "pages": text("SELECT state AS label, count(*) AS number FROM page GROUP BY 1 ORDER BY 1"),
    "changes": text("SELECT severity || '/' || state AS label, count(*) AS number FROM change GROUP BY 1 ORDER BY 1"),
    "alerts": text("SELECT state AS label, count(*) AS number FROM alert GROUP BY 1 ORDER BY 1"),
    "subscriptions": text("SELECT state AS label, count(*) AS number FROM subscription GROUP BY 1 ORDER BY 1"),
    "outcomes_day": text("""
        SELECT outcome AS label, count(*) AS number FROM visit
         WHERE started_at >= now() - interval '1 day' GROUP BY 1 ORDER BY 1"""),
}


@dataclass(frozen=True, slots=True)
class Metrics:
    """The service's figures at one moment; the mappings count rows by their label ("severity/state" for changes)."""

    taken_at: datetime
    visits: int
    last_visit_at: datetime | None
    worker_seen_at: datetime | None
    overdue_pages: int
    failing_pages: int
    oldest_due_at: datetime | None
    last_sent_at: datetime | None
    oldest_tried_at: datetime | None
    database_bytes: int
    pages: dict[str, int]
    changes: dict[str, int]
    alerts: dict[str, int]
    subscriptions: dict[str, int]
    outcomes_day: dict[str, int]
    false_alarms: dict[str, int]


def read_metrics(connection: Connection) -> Metrics:
    """The figures as this transaction sees them."""
    single: dict[str, Any] = connection.execute(_SINGLE, {"overdue": OVERDUE}).one()._asdict()
    groups: dict[str, Any] = {
        name: {row.label: row.number for row in connection.execute(query)} for name, query in _GROUPS.items()
    }
    return Metrics(**single, **groups, false_alarms=count_false_alarms(connection))
