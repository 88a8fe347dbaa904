"""An alert in a sender's hands: claimed with a lease, then settled by whoever holds the claim.

`attempts` counts claims and is the fence: only the claim that has the row's number may settle it, so a sender that
was away while its lease ran out changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, and_, func, or_, select, update

from monitor.store import tables
from monitor.store.preferences import CHANNELS

_alert = tables.alert


@dataclass(frozen=True, slots=True)
class Claim:
    """An alert that this sender holds until its lease ends. `attempt` counts from 1 and fences the settling."""

    alert_id: int
    subscription_id: int
    worker: str
    attempt: int
    first_tried_at: datetime


def claim_alert(
    connection: Connection,
    worker: str,
    now: datetime,
    lease_s: float,
    *,
    leased_from: datetime | None = None,
    channels: Collection[str] = CHANNELS,
    without: Collection[int] = (),
) -> Claim | None:
    """Take the alert that has waited longest of those due at `now`; None where there is none.

    The lease begins at `leased_from`, the caller's clock when it runs ahead of `now`. Only subscriptions of `channels`
    are served, and none of `without` (ids).

    Alerts of one subscription about the same page (or of the same group) go in the order in which they were queued:
    a later one is not taken before the earlier is settled.
    """
    row = connection.execute(_due(now, channels, without)).first()
    if row is None:
        return None
    moment = leased_from or now
    values = {
        "claimed_by": worker,
        "claimed_until": moment + timedelta(seconds=lease_s),
        "attempts": _alert.c.attempts + 1,
        "first_tried_at": func.coalesce(_alert.c.first_tried_at, moment),
    }
    taken = connection.execute(
        update(_alert)
        .where(_alert.c.id == row.id)
        .values(**values)
        .returning(_alert.c.id, _alert.c.subscription_id, _alert.c.attempts, _alert.c.first_tried_at)
    ).one()
    return Claim(taken.id, taken.subscription_id, worker, taken.attempts, taken.first_tried_at)


def settle_sent(connection: Connection, claim: Claim, now: datetime) -> bool:
    """The server took the mail. False where the claim had run out and somebody else holds the alert now."""
    return _settle(connection, claim, {"state": "sent", "sent_at": now, "last_error": ""})


def settle_later(connection: Connection, claim: Claim, problem: str, again_at: datetime) -> bool:
    """Try again at `again_at`. False as for `settle_sent`."""
    return _settle(connection, claim, {"send_after": again_at, "last_error": problem})


def settle_failed(connection: Connection, claim: Claim, problem: str) -> bool:
    """Give the alert up, with the reason. False as for `settle_sent`."""
    return _settle(connection, claim, {"state": "failed", "last_error": problem})


def _due(now: datetime, channels: Collection[str], without: Collection[int]) -> Select[Any]:
    earlier = _alert.alias("earlier")
    same_thread = or_(earlier.c.group_key == _alert.c.group_key, earlier.c.page_id == _alert.c.page_id)
    blocked = select(earlier.c.id).where(
        earlier.c.subscription_id == _alert.c.subscription_id,
        earlier.c.state == "queued",
        earlier.c.id < _alert.c.id,
        same_thread,
    )
    state = tables.subscription.c.state
    asked = and_(state == "pending", _alert.c.kind == "confirmation")
    active = select(tables.subscription.c.id).where(
        tables.subscription.c.id == _alert.c.subscription_id,
        tables.subscription.c.channel.in_(channels),
        tables.subscription.c.id.not_in(without),
        or_(state == "active", asked),
    )
    return (
        select(_alert.c.id)
        .where(
            _alert.c.state == "queued",
            _alert.c.send_after <= now,
            or_(_alert.c.claimed_by.is_(None), _alert.c.claimed_until <= now),
            active.exists(),
            ~blocked.exists(),
        )
        .order_by(_alert.c.send_after, _alert.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


def _settle(connection: Connection, claim: Claim, values: Mapping[str, Any]) -> bool:
    held = and_(
        _alert.c.id == claim.alert_id,
        _alert.c.state == "queued",
        _alert.c.claimed_by == claim.worker,
        _alert.c.attempts == claim.attempt,
    )
    freed = {"claimed_by": None, "claimed_until": None}
    return connection.execute(update(_alert).where(held).values(**freed, **values)).rowcount == 1
