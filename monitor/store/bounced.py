"""Mails that the server took, and that came back later."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection, select, update

from monitor.store import tables
from monitor.store.subscriptions import record_bounce

CLOCKS_APART = timedelta(minutes=10)  # between us and who writes the report


class Settled(StrEnum):
    """What a report came to."""

    FAILED = "failed"
    SUSPENDED = "failed, and its address is suspended"
    KNOWN = "known before"
    OLD = "older than the last try"
    UNKNOWN = "about no mail that was sent"
    OTHER_ADDRESS = "about another address"


def settle_bounced(
    connection: Connection,
    message_id: str,
    addresses: Collection[str],
    problem: str,
    *,
    bounced: bool,
    reported_at: datetime | None,
) -> Settled:
    """A report says that the mail with `message_id` did not reach one of `addresses` (lower case): the alert failed.

    `bounced` counts it against the address. The same report again changes nothing, and neither does one that is
    older than the mail's last try.
    """
    alert, subscription = tables.alert, tables.subscription
    row = connection.execute(
        select(alert.c.id, alert.c.state, alert.c.sent_at, subscription.c.address)
        .join(subscription, subscription.c.id == alert.c.subscription_id)
        .where(alert.c.message_id == message_id, alert.c.sent_at.is_not(None), subscription.c.channel == "mail")
        .with_for_update(of=alert)
    ).first()
    if row is None:
        return Settled.UNKNOWN
    if row.address.lower() not in addresses:
        return Settled.OTHER_ADDRESS
    if row.state != "sent":
        return Settled.KNOWN
    if reported_at is not None and reported_at < row.sent_at - CLOCKS_APART:
        return Settled.OLD
    values = {"state": "failed", "last_error": f"came back: {problem}"[:500]}
    connection.execute(update(alert).where(alert.c.id == row.id).values(**values))
    if bounced and record_bounce(connection, row.address, problem):
        return Settled.SUSPENDED
    return Settled.FAILED
