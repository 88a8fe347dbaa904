"""Figures: what is stored and what happens (`stats`), and whether all is well (`health`)."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, text

from crawler.browser_process import find_problem
from monitor.config import Config
from monitor.errors import SchemaError
from monitor.store.engine import check_schema
from monitor.store.feedback import RuleCount, count_by_rule, count_mutes
from monitor.store.learned import HeldBack, count_held_back, count_lessons
from monitor.store.pages import CRASHES_TO_QUARANTINE

WORKER_SILENCE = timedelta(minutes=2)  # a worker that wrote no heartbeat for so long is dead or stuck
OVERDUE = timedelta(minutes=15)  # a page that was due so long ago and not looked at
QUEUED = timedelta(minutes=30)  # an alert that should have gone out so long ago
LOW_DISK_BYTES = 500_000_000
LOW_DISK_SHARE = 0.03


@dataclass(frozen=True, slots=True)
class PageCount:
    """How many pages are in this state and had this outcome last (None: no visit yet)."""

    state: str
    outcome: str | None
    pages: int


@dataclass(frozen=True, slots=True)
class DayCount:
    """Visits that started on one day (UTC), and how many of them saw the page."""

    day: date
    visits: int
    good: int


@dataclass(frozen=True, slots=True)
class ChangeCount:
    """How many changes are of this severity and in this state."""

    severity: str
    state: str
    changes: int


@dataclass(frozen=True, slots=True)
class BodyFigures:
    """Bodies in one role (`capture`: what was served or rendered; `screenshot`; `text`: page texts): their bytes,
    and what they take."""

    role: str
    bodies: int
    size_bytes: int
    stored_bytes: int

    @property
    def stored_per_body(self) -> float:
        """Bytes in the table for one version; 0 where there is none."""
        return self.stored_bytes / self.bodies if self.bodies else 0.0


@dataclass(frozen=True, slots=True)
class QueueFigures:
    """The outbox: alerts by state, and since when the oldest that is due waits (None: nothing is due)."""

    queued: int
    sent: int
    failed: int
    dropped: int
    oldest_due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Stats:
    """What is stored, and what happened of late."""

    taken_at: datetime
    clinics: int
    snapshots: int
    statements: int
    records: int
    database_bytes: int
    pages: tuple[PageCount, ...]
    visits_per_day: tuple[DayCount, ...]
    changes: tuple[ChangeCount, ...]
    bodies: tuple[BodyFigures, ...]
    queue: QueueFigures
    due_pages: int
    held_back: HeldBack
    lessons: dict[str, int]
    false_alarms: tuple[RuleCount, ...] = ()
    mutes: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that should be well: its name, whether it is, and what was found in one line."""

    name: str
    is_well: bool
    finding: str


@dataclass(frozen=True, slots=True)
class Health:
    """All checks; well when every one is."""

    checks: tuple[Check, ...]

    @property
    def is_well(self) -> bool:
        return all(check.is_well for check in self.checks)

    @property
    def problems(self) -> tuple[str, ...]:
        return tuple(f"{check.name}: {check.finding}" for check in self.checks if not check.is_well)


_TOTALS = text("""
    SELECT now() AS taken_at,
           (SELECT count(*) FROM clinic) AS clinics,
           (SELECT count(*) FROM snapshot) AS snapshots,
           (SELECT count(*) FROM statement) AS statements,
           (SELECT number FROM chain_head) AS records,
           pg_database_size(current_database()) AS database_bytes,
           (SELECT count(*) FROM page WHERE state = 'active' AND next_visit_at <= now()) AS due_pages
""")
_PAGES = text("""
    SELECT page.state, last.outcome, count(*) AS pages
      FROM page LEFT JOIN LATERAL
           (SELECT outcome FROM visit WHERE page_id = page.id ORDER BY started_at DESC, id DESC LIMIT 1) AS last ON true
     GROUP BY page.state, last.outcome ORDER BY page.state, last.outcome
""")
_DAYS = text("""
    SELECT (started_at AT TIME ZONE 'UTC')::date AS day, count(*) AS visits,
           count(*) FILTER (WHERE outcome IN ('ok', 'unchanged')) AS good
      FROM visit WHERE started_at >= now() - make_interval(days => :days)
     GROUP BY day ORDER BY day
""")
_CHANGES = text("SELECT severity, state, count(*) AS changes FROM change GROUP BY 1, 2 ORDER BY 1, 2")
# octet_length of a value that is stored out of line and uncompressed is in its pointer: nothing is fetched
_BODIES = text("""
    SELECT role, count(*) AS bodies, coalesce(sum(size), 0)::bigint AS size_bytes,
           coalesce(sum(octet_length(data)), 0)::bigint AS stored_bytes
      FROM (SELECT 'capture' AS role, body_sha256 AS sha256 FROM capture
             UNION SELECT 'capture', raw_body_sha256 FROM capture
             UNION SELECT 'screenshot', screenshot_sha256 FROM capture
             UNION SELECT 'text', text_sha256 FROM snapshot
             UNION SELECT 'text', text_sha256 FROM former_text) AS used
      JOIN body USING (sha256)
     GROUP BY role ORDER BY role
""")
_QUEUE = text("""
    SELECT count(*) FILTER (WHERE state = 'queued') AS queued, count(*) FILTER (WHERE state = 'sent') AS sent,
           count(*) FILTER (WHERE state = 'failed') AS failed, count(*) FILTER (WHERE state = 'dropped') AS dropped,
           min(send_after) FILTER (WHERE state = 'queued' AND send_after <= now()) AS oldest_due_at
      FROM alert
""")
_QUARANTINED = text("""
    SELECT url FROM page WHERE state = 'active' AND extract_crashes >= :crashes ORDER BY url
""")
_RENDERED = text("SELECT count(*) FROM page WHERE state = 'active' AND settings ->> 'render' = 'browser'")
_HEALTH = text("""
    SELECT now() AS now,
           (SELECT max(seen_at) FROM worker) AS worker_seen_at,
           (SELECT count(*) FROM page WHERE state = 'active') AS active,
           (SELECT count(*) FROM page JOIN host ON host.id = page.host_id
             WHERE state = 'active' AND greatest(next_visit_at, next_request_at) < now() - :overdue) AS overdue
""")


def read_stats(connection: Connection, days: int = 14) -> Stats:
    """The figures as this transaction sees them; visits of the last `days` days, by day."""
    totals = connection.execute(_TOTALS).one()
    return Stats(
        taken_at=totals.taken_at,
        clinics=totals.clinics,
        snapshots=totals.snapshots,
        statements=totals.statements,
        records=totals.records or 0,
        database_bytes=totals.database_bytes,
        pages=tuple(PageCount(row.state, row.outcome, row.pages) for row in connection.execute(_PAGES)),
        visits_per_day=tuple(
            DayCount(row.day, row.visits, row.good) for row in connection.execute(_DAYS, {"days": days})
        ),
        changes=tuple(ChangeCount(row.severity, row.state, row.changes) for row in connection.execute(_CHANGES)),
        bodies=tuple(
            BodyFigures(row.role, row.bodies, row.size_bytes, row.stored_bytes) for row in connection.execute(_BODIES)
        ),
        queue=_queue(connection),
        due_pages=totals.due_pages,
        held_back=count_held_back(connection, totals.taken_at - timedelta(days=days)),
        lessons=count_lessons(connection),
        false_alarms=tuple(count_by_rule(connection)),
        mutes=count_mutes(connection),
    )


def check_health(engine: Engine, config: Config) -> Health:
    """Whether the schema fits, a worker lives, pages are looked at in time, alerts go out, and the disk has room.

    By the database's clock. Without the right schema nothing else is asked.
    """
    try:
        check_schema(engine)
    except SchemaError as error:
        return Health((Check("schema", False, str(error)),))
    with engine.connect() as connection:
        row = connection.execute(_HEALTH, {"overdue": OVERDUE}).one()
        queue = _queue(connection)
        quarantined = list(connection.execute(_QUARANTINED, {"crashes": CRASHES_TO_QUARANTINE}).scalars())
        rendered = count_rendered(connection)
    return Health(
        (
            Check("schema", True, "fits this program"),
            _worker(row.worker_seen_at, row.now),
            Check(
                "pages", row.overdue == 0, f"{row.active} active, {row.overdue} overdue by more than {_span(OVERDUE)}"
            ),
            _reading(quarantined),
            *_browser(rendered),
            _outbox(queue, row.now),
            *_disks(_places(config)),
        )
    )


def _queue(connection: Connection) -> QueueFigures:
    row: Any = connection.execute(_QUEUE).one()
    return QueueFigures(row.queued, row.sent, row.failed, row.dropped, row.oldest_due_at)


def _worker(seen_at: datetime | None, now: datetime) -> Check:
    if seen_at is None:
        return Check("worker", False, "none was ever started: `clinicwatch run`")
    silence = now - seen_at
    return Check("worker", silence <= WORKER_SILENCE, f"last heartbeat {_span(silence)} ago")


def count_rendered(connection: Connection) -> int:
    """How many active pages are to be rendered by a browser."""
    return int(connection.execute(_RENDERED).scalar_one())


def _reading(quarantined: Sequence[str]) -> Check:
    """Pages that reading had to be ended on; said, but no fault of the service."""
    if not quarantined:
        return Check("reading", True, "no page in quarantine")
    more = f" and {len(quarantined) - 1} more" if len(quarantined) > 1 else ""
    return Check("reading", True, f"{len(quarantined)} in quarantine: {quarantined[0]}{more}")


def _browser(rendered: int) -> tuple[Check, ...]:
    """Whether what pages are rendered with is there; nothing where none is."""
    if not rendered:
        return ()
    problem = find_problem()
    return (Check("browser", problem is None, problem or f"{rendered} pages are rendered"),)


def _outbox(queue: QueueFigures, now: datetime) -> Check:
    if queue.oldest_due_at is None:
        return Check("outbox", True, f"nothing due, {queue.queued} waiting for their time")
    waiting = now - queue.oldest_due_at
    return Check("outbox", waiting <= QUEUED, f"{queue.queued} queued, the oldest due for {_span(waiting)}")


def _places(config: Config) -> tuple[Path, ...]:
    """Where this machine writes: the outbox, and the embedded database."""
    outbox = config.path(config.alerts.outbox_directory)
    return (outbox,) if config.database_url else (config.path(config.store.directory), outbox)


def _disks(places: Sequence[Path]) -> tuple[Check, ...]:
    """One check for each file system among the places."""
    checks: dict[int, Check] = {}
    for place in places:
        there = next(path for path in (place, *place.parents) if path.exists())
        usage = shutil.disk_usage(there)
        is_well = usage.free >= LOW_DISK_BYTES and usage.free >= LOW_DISK_SHARE * usage.total
        finding = f"{usage.free / 1e9:.1f} GB of {usage.total / 1e9:.1f} GB free at {place}"
        checks.setdefault(os.stat(there).st_dev, Check("disk", is_well, finding))
    return tuple(checks.values())


def _span(span: timedelta) -> str:
    seconds = max(span.total_seconds(), 0)
    for unit, length in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"
