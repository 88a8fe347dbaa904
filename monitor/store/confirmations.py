"""Double opt-in: a subscription waits until its owner, and nobody else, says yes.

pending ──mail with a token──► the owner presses the button ──► active
             │ only the token's SHA-256 is kept, it is good once, and for some days
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, Select, insert, select, update

from monitor.errors import NotFoundError, UsageError
from monitor.store import tables
from monitor.store.outbox import AlertIntent, lock_outbox, queue_alerts
from monitor.store.subscriptions import Subscription, get_subscription, set_subscription_state

VALID_FOR = timedelta(days=7)
ASK_AGAIN_AFTER = timedelta(hours=1)  # nobody's mailbox is filled by pressing a button
GROUP = "confirm:"
_confirmation = tables.confirmation


@dataclass(frozen=True, slots=True)
class Confirmation:
    """One question to an owner."""

    id: int
    subscription_id: int
    expires_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose token it is and what it is still good for: it can be used, it was (or another was), or it is too old."""

    subscription: Subscription
    state: Literal["open", "used", "expired"]


def ask_to_confirm(connection: Connection, subscription: Subscription, domain: str, now: datetime) -> int:
    """Queue the mail that asks the owner of a pending subscription; returns the alert's id. Raises UsageError.

    The token is made with the mail, by who sends it; earlier questions stay good until they expire.
    """
    if subscription.state != "pending":
        raise UsageError(f"subscription {subscription.id} is {subscription.state}; it does not wait to be confirmed")
    values = {"subscription_id": subscription.id, "asked_at": now, "expires_at": now + VALID_FOR}
    id_ = connection.execute(insert(_confirmation).values(**values).returning(_confirmation.c.id)).scalar_one()
    lock_outbox(connection)
    intent = AlertIntent(subscription.id, "confirmation", f"{GROUP}{id_}", now)
    return queue_alerts(connection, [intent], domain, now)[subscription.id, intent.group_key]


def get_confirmation(connection: Connection, group_key: str) -> Confirmation:
    """The confirmation that the alert with this group key asks for. Raises NotFoundError."""
    number = group_key.removeprefix(GROUP)
    row = connection.execute(_query().where(_confirmation.c.id == int(number))).first() if number.isdigit() else None
    if row is None:
        raise NotFoundError("confirmation", group_key)
    return Confirmation(**row._mapping)


def record_token(connection: Connection, confirmation_id: int, token_sha256: bytes) -> None:
    """Keep the hash of the token whose mail is on its way."""
    table = _confirmation
    connection.execute(update(table).where(table.c.id == confirmation_id).values(token_sha256=token_sha256))


def find_open(connection: Connection, token_sha256: bytes, now: datetime) -> Subscription | None:
    """The subscription that the token would confirm at `now`; None where it is unknown, used, or too old."""
    query = _query().where(
        _confirmation.c.token_sha256 == token_sha256,
        _confirmation.c.used_at.is_(None),
        _confirmation.c.expires_at > now,
    )
    row = connection.execute(query.with_for_update()).first()
    if row is None:
        return None
    subscription = get_subscription(connection, str(row.subscription_id))
    return None if subscription.state == "ended" else subscription


def find_asked(connection: Connection, token_sha256: bytes, now: datetime) -> Asked | None:
    """What the token is good for at `now`; None where it is unknown or its subscription has ended. Changes nothing."""
    row = connection.execute(_query().where(_confirmation.c.token_sha256 == token_sha256)).first()
    if row is None:
        return None
    subscription = get_subscription(connection, str(row.subscription_id))
    if subscription.state == "ended":
        return None
    if row.used_at is not None or subscription.state != "pending":
        return Asked(subscription, "used")
    return Asked(subscription, "open" if row.expires_at > now else "expired")


def ask_again(connection: Connection, token_sha256: bytes, domain: str, now: datetime) -> Subscription:
    """Queue another question to the owner of a token that is too old, at most one an hour. Raises NotFoundError."""
    asked = find_asked(connection, token_sha256, now)
    if asked is None or asked.state != "expired":
        raise NotFoundError("expired confirmation", "")
    table, id_ = _confirmation, asked.subscription.id
    connection.execute(  # two presses at once are one
        select(tables.subscription.c.id).where(tables.subscription.c.id == id_).with_for_update()
    )
    of_late = select(table.c.id).where(table.c.subscription_id == id_, table.c.asked_at > now - ASK_AGAIN_AFTER)
    if connection.execute(of_late).first() is None:
        ask_to_confirm(connection, asked.subscription, domain, now)
    return asked.subscription


def confirm(connection: Connection, token_sha256: bytes, now: datetime) -> Subscription:
    """Use up the token: its subscription becomes active. Raises NotFoundError for one that is not good."""
    subscription = find_open(connection, token_sha256, now)
    if subscription is None:
        raise NotFoundError("open confirmation", "", "the code was used, or is too old")
    table = _confirmation
    connection.execute(update(table).where(table.c.token_sha256 == token_sha256).values(used_at=now))
    if subscription.state == "pending":
        set_subscription_state(connection, subscription.id, "active")
    return get_subscription(connection, str(subscription.id))


def _query() -> Select[Any]:
    return select(*(_confirmation.c[name] for name in ("id", "subscription_id", "expires_at", "used_at")))
