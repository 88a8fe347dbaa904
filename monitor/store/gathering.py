"""When more is due than a subscription wants in an hour: the rest goes into one mail."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, bindparam, select, text, update

from monitor.store import tables
from monitor.store.outbox import AlertIntent, lock_outbox, queue_alerts

HOUR = timedelta(hours=1)
_alert, _join, _noted = tables.alert, tables.alert_change, tables.alert_notice

# Of what is due and was never tried, so many go by themselves as are left of the hour's mails, less one for the mail
# that gathers the rest. What is on its way counts as sent. Digests are gathered already, and come as they are.
_EXCESS = text("""
    WITH due AS (
        SELECT alert.id, subscription_id, hourly,
               row_number() OVER (PARTITION BY subscription_id ORDER BY send_after, alert.id) AS place,
               count(*) OVER (PARTITION BY subscription_id) AS waiting
          FROM alert JOIN subscription ON subscription.id = subscription_id
         WHERE alert.state = 'queued' AND attempts = 0 AND claimed_by IS NULL AND send_after <= :now
           AND kind IN ('changes', 'site', 'status', 'baseline')
           AND hourly > 0 AND subscription.state = 'active' AND channel <> 'webhook'
    ), used AS (
        SELECT of.subscription_id, sent.mails + tried.mails AS mails, sent.oldest
          FROM (SELECT DISTINCT subscription_id FROM due) AS of
         CROSS JOIN LATERAL (
               SELECT count(*) AS mails, min(sent_at) AS oldest FROM alert
                WHERE subscription_id = of.subscription_id AND state = 'sent' AND sent_at > :since
                  AND kind NOT IN ('digest', 'confirmation')) AS sent
         CROSS JOIN LATERAL (
               SELECT count(*) AS mails FROM alert
                WHERE subscription_id = of.subscription_id AND state = 'queued' AND attempts > 0
                  AND kind NOT IN ('digest', 'confirmation')) AS tried
    )
    SELECT due.id, subscription_id, CASE WHEN used.mails < hourly THEN NULL ELSE used.oldest END AS full_since
      FROM due JOIN used USING (subscription_id)
     WHERE waiting > greatest(hourly - used.mails, 0) AND place > greatest(hourly - used.mails - 1, 0)
     ORDER BY subscription_id, due.id
""")


def gather_excess(connection: Connection, domain: str, now: datetime) -> int:
    """Put what is due at `now` beyond the subscriptions' mails per hour into one alert each; returns how many moved.

    The alert that gathers goes when the hour has room again, and may be joined until then. The alerts that moved are
    dropped, and say where they went.
    """
    moment = {"now": now, "since": now - HOUR}
    if connection.execute(_EXCESS, moment).first() is None:
        return 0
    lock_outbox(connection)
    rows = connection.execute(_EXCESS, moment).all()
    contents = {column: _contents(connection, column, [row.id for row in rows]) for column in (_join, _noted)}
    intents = []
    for subscription_id, group in groupby(rows, key=lambda row: row.subscription_id):
        members = list(group)
        full_since = members[0].full_since
        ids = [row.id for row in members]
        intents.append(
            AlertIntent(
                subscription_id,
                "gathered",
                "gathered",
                now if full_since is None else max(now, full_since + HOUR),
                change_ids=tuple(sorted({each for id_ in ids for each in contents[_join].get(id_, ())})),
                notice_ids=tuple(sorted({each for id_ in ids for each in contents[_noted].get(id_, ())})),
            )
        )
    gathered = queue_alerts(connection, intents, domain, now)
    moved = [
        {"moved": row.id, "why": f"gathered into alert {gathered[row.subscription_id, 'gathered']}"} for row in rows
    ]
    if moved:
        drop = update(_alert).where(_alert.c.id == bindparam("moved"))
        connection.execute(drop.values(state="dropped", last_error=bindparam("why")), moved)
    return len(moved)


def _contents(connection: Connection, table: Any, alert_ids: list[int]) -> dict[int, tuple[int, ...]]:
    """What stands in each of these alerts, by alert; late changes are no part of a mail."""
    column = table.c.change_id if table is _join else table.c.notice_id
    query = select(table.c.alert_id, column.label("id")).where(table.c.alert_id.in_(alert_ids))
    if table is _join:
        query = query.where(~_join.c.late)
    found: dict[int, tuple[int, ...]] = {}
    for row in connection.execute(query):
        found[row.alert_id] = (*found.get(row.alert_id, ()), row.id)
    return found
