"""Digests that come though nothing changed, for those who want to be sure that somebody still watches."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from monitor.alerts.digest import next_digest, parse_digest_time, wait_out_quiet
from monitor.alerts.filters import Delivery
from monitor.alerts.headers import parse_mailbox
from monitor.config import Config
from monitor.store import outbox
from monitor.store.outbox import AlertIntent
from monitor.store.subscriptions import list_without_heartbeat

if TYPE_CHECKING:
    from sqlalchemy import Connection


def queue_heartbeats(connection: Connection, config: Config, now: datetime) -> int:
    """Queue the next digest of every subscription that wants one in any case and has none waiting; returns how many.

    It is an ordinary digest: what changes until it is due joins it.
    """
    wanting = list_without_heartbeat(connection)
    if not wanting:
        return 0
    outbox.lock_outbox(connection)
    at = parse_digest_time(config.alerts.digest_time)
    intents = []
    for each in list_without_heartbeat(connection):
        told = each.preferences
        due = wait_out_quiet(next_digest(now, Delivery(told.heartbeat), at, told.timezone), told)
        intents.append(AlertIntent(each.id, "digest", f"digest:{told.heartbeat}", due))
    outbox.queue_alerts(connection, intents, parse_mailbox(config.alerts.sender).domain, now)
    return len(intents)
