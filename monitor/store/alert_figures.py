"""What a digest says of the time that it covers: the line by which a watcher that fell asleep is noticed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select, text

from monitor.store import tables
from monitor.store.outbox import AlertSummary

LATE_S = 900.0  # a page is overdue when its cadence is over for so long
SETTLED = timedelta(minutes=15)  # no visit takes so long: what began before is on record
MOST_NAMED = 10  # failing pages that a digest names
_TOLD_OF = ("withdrawn", "flicker", "confirmed", "unrepeated")
_change = tables.change

# From rows that never change, so that a digest which goes twice says the same twice.
_PAGES = text("""
    SELECT count(*) FILTER (WHERE outcome NOT IN ('ok', 'unchanged', 'ok_truncated')) AS failing,
           count(*) FILTER (WHERE coalesce(started_at, created_at)
                                  + make_interval(secs => 1.5 * coalesce(cadence_s, :cadence_s) + :late_s)
                                  < :until) AS overdue
      FROM page LEFT JOIN LATERAL
           (SELECT outcome, started_at FROM visit WHERE page_id = page.id AND started_at < :until
             ORDER BY started_at DESC, id DESC LIMIT 1) AS last ON true
     WHERE state = 'active' AND created_at < :until
""")
_FAILING = text("""
    SELECT page.id, page.url, last.outcome, last.reason
      FROM page JOIN LATERAL
           (SELECT outcome, reason FROM visit WHERE page_id = page.id AND started_at < :until
             ORDER BY started_at DESC, id DESC LIMIT 1) AS last ON true
     WHERE state = 'active' AND created_at < :until AND outcome NOT IN ('ok', 'unchanged', 'ok_truncated')
     ORDER BY page.id LIMIT :most
""")
_HEAD = text("""
    SELECT record.number, record.sha256 FROM record JOIN visit ON visit.id = record.visit_id
     WHERE visit.started_at < :before ORDER BY record.number DESC LIMIT 1
""")


@dataclass(frozen=True, slots=True)
class FailingPage:
    """A page whose last look was a bad one, and what it ended in."""

    url: str
    outcome: str
    reason: str


@dataclass(frozen=True, slots=True)
class PeriodFigures:
    """What was looked at, and what was held back, in the time that a digest covers; and which pages, at its end, had
    a bad look last (`failing_pages`, the first of them in `failing`) or none for longer than their cadence allows
    (`overdue_pages`). `held` counts, look by look, blocks that history has shown to be noise. `records` are the
    links of the chain that stood by then, `head_sha256` (hex) the digest of the last of them."""

    since: datetime
    until: datetime
    visits: int
    failed_visits: int
    pages: int
    withdrawn: int
    flickering: int
    failing_pages: int = 0
    overdue_pages: int = 0
    confirmed: int = 0
    held: int = 0
    failing: tuple[FailingPage, ...] = ()
    records: int = 0
    head_sha256: str = ""


def load_figures(connection: Connection, alert: AlertSummary, cadence_s: float) -> PeriodFigures:
    """What the daemon did in the day or week before the digest was first tried.

    It ends a little earlier, so that what was under way then is in none: a second try says the same.
    """
    until = (alert.first_tried_at or alert.send_after) - SETTLED
    period = timedelta(days=7 if alert.group_key == "digest:weekly" else 1)
    since = until - period
    visit = tables.visit
    good = visit.c.outcome.in_(("ok", "unchanged", "ok_truncated"))
    seen = connection.execute(
        select(
            func.count().label("visits"),
            func.count().filter(~good).label("failed"),
            func.count(visit.c.page_id.distinct()).label("pages"),
            func.coalesce(func.sum(visit.c.held), 0).label("held"),
        ).where(visit.c.started_at >= since, visit.c.started_at < until)
    ).one()
    settled = select(_change.c.state, func.count().label("number")).where(
        _change.c.settled_at >= since, _change.c.settled_at < until, _change.c.state.in_(_TOLD_OF)
    )
    ended = {row.state: row.number for row in connection.execute(settled.group_by(_change.c.state))}
    moment = {"until": until, "cadence_s": cadence_s, "late_s": LATE_S}
    pages = connection.execute(_PAGES, moment).one()
    failing = connection.execute(_FAILING, {"until": until, "most": MOST_NAMED}).all()
    head = connection.execute(_HEAD, {"before": until}).first()
    return PeriodFigures(
        since=since,
        until=until,
        visits=seen.visits,
        failed_visits=seen.failed,
        pages=seen.pages,
        withdrawn=ended.get("withdrawn", 0),
        flickering=ended.get("flicker", 0),
        confirmed=ended.get("confirmed", 0) + ended.get("unrepeated", 0),
        held=seen.held,
        failing=tuple(FailingPage(row.url, row.outcome, row.reason or "") for row in failing),
        failing_pages=pages.failing,
        overdue_pages=pages.overdue,
        records=head.number if head else 0,
        head_sha256=bytes(head.sha256).hex() if head else "",
    )
