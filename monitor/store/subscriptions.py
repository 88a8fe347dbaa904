"""Who gets which changes, and how.

Subscriptions come from people (`source` "cli") or from the configuration ("config": kept in step with the file by
`subscription_files`). Every function takes an open connection and leaves the transaction to its caller.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, func, insert, not_, or_, select, update
from sqlalchemy.engine import Row

from monitor.errors import NotFoundError, UsageError
from monitor.store import tables
from monitor.store.outbox import lock_outbox
from monitor.store.preferences import (
    EVERYTHING,
    USUAL,
    Filters,
    Preferences,
    check_address,
    check_filters,
    check_preferences,
    check_service,
    check_webhook,
    masked_service,
    read_filters,
    stored_filters,
    stored_preferences,
)

BOUNCES_BEFORE_SUSPENSION = 3
LATE_BOUNCE = timedelta(days=7)  # RFC 5321 4.5.4.1: servers try for four to five days before they send a mail back
BY_OWNER = "its owner ended it"
STANDING = ("pending", "active", "paused", "suspended")
"""The states of subscriptions that have not ended."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """One address and what it wants. `token` names the subscription in links and mails that go to its owner.

    Of a webhook, `address` is its URL, and `secret` signs what is posted to it; of a service through Apprise, `secret`
    is the URL, and `address` its mask.
    """

    id: int
    address: str
    name: str
    source: str
    state: str
    filters: Filters
    preferences: Preferences
    token: str
    bounces: int = 0
    suspended_reason: str = ""
    created_at: datetime = field(default=datetime.min.replace(tzinfo=UTC))
    channel: str = "mail"
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Listener:
    """What it takes to decide whether, and how soon, a subscription is told of something."""

    id: int
    filters: Filters
    preferences: Preferences


def add_subscription(
    connection: Connection,
    address: str,
    filters: Filters = EVERYTHING,
    preferences: Preferences = USUAL,
    *,
    name: str = "",
    source: str = "cli",
    channel: str = "mail",
    confirmed: bool = True,
) -> Subscription:
    """Add a subscription: active, or pending until its owner confirms it (`confirmations`).

    Raises UsageError for a bad address, filter or preference, NotFoundError for a clinic.
    """
    check_preferences(preferences)
    check_filters(filters)
    if source == "cli" and (unknown := unknown_clinics(connection, filters.clinics)):
        raise NotFoundError("clinic", unknown[0])
    values = {
        **_addressed(address, channel),
        "name": " ".join(name.split()),
        "filters": stored_filters(filters),
        "source": source,
        "channel": channel,
        "token": secrets.token_urlsafe(18),
        "state": "active" if confirmed else "pending",
        "confirmed_at": func.now() if confirmed else None,
        **stored_preferences(preferences),
    }
    row = connection.execute(insert(tables.subscription).values(**values).returning(tables.subscription)).one()
    return read_subscription(row)


def change_subscription(
    connection: Connection, subscription_id: int, filters: Filters, preferences: Preferences
) -> Subscription:
    """Give a subscription other filters and preferences; its token and its mails' threads stay. Raises UsageError."""
    check_preferences(preferences)
    values = {"filters": stored_filters(check_filters(filters)), **stored_preferences(preferences)}
    table = tables.subscription
    changed = update(table).where(table.c.id == subscription_id).values(**values).returning(table)
    if (row := connection.execute(changed).first()) is None:
        raise NotFoundError("subscription", str(subscription_id))
    return read_subscription(row)


def _addressed(address: str, channel: str) -> dict[str, str]:
    """The columns `address` and `secret`. An Apprise URL is all secret: what is shown is its mask."""
    if channel == "apprise":
        return {"address": masked_service(check_service(address)), "secret": check_service(address)}
    if channel == "webhook":
        return {"address": check_webhook(address), "secret": _new_secret()}
    return {"address": check_address(address), "secret": ""}


def _new_secret() -> str:
    """A secret as Standard Webhooks writes it."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode("ascii")


def unknown_clinics(connection: Connection, slugs: Iterable[str]) -> tuple[str, ...]:
    """Those of `slugs` that no clinic has."""
    wanted = sorted(set(slugs))
    if not wanted:
        return ()
    known = connection.scalars(select(tables.clinic.c.slug).where(tables.clinic.c.slug.in_(wanted))).all()
    return tuple(slug for slug in wanted if slug not in known)


def list_declined(connection: Connection) -> frozenset[str]:
    """The addresses (lower case) whose owners ended a subscription that the configuration declares."""
    table = tables.subscription
    query = select(func.lower(table.c.address)).where(
        table.c.state == "ended", table.c.source == "config", table.c.suspended_reason == BY_OWNER
    )
    return frozenset(connection.scalars(query))


def list_subscriptions(connection: Connection, *, states: tuple[str, ...] = STANDING) -> list[Subscription]:
    """The subscriptions in one of `states`, oldest first."""
    table = tables.subscription
    query = select(table).where(table.c.state.in_(states)).order_by(table.c.id)
    return [read_subscription(row) for row in connection.execute(query)]


def list_interested(connection: Connection, clinic: str, language: str, country: str) -> list[Listener]:
    """The active subscriptions whose filters let a page of `clinic` (slug), in `language` and `country`, through.

    The other filters are for `alerts.filters`; these three keep most of ten thousand rows in the database. Those that
    ask for the same and are told alike come as one row, and share their values.
    """
    table = tables.subscription
    asked = (("clinics", clinic), ("languages", language), ("countries", country))
    wanted = and_(*(_lets_through(key, value) for key, value in asked))
    alike = [table.c[name] for name in ("filters", *(each.name for each in fields(Preferences)))]
    query = select(func.array_agg(table.c.id).label("ids"), *alike).where(table.c.state == "active", wanted)
    found = []
    for row in connection.execute(query.group_by(*alike)):
        filters, preferences = read_filters(row.filters), _read_preferences(row)
        found += [Listener(id_, filters, preferences) for id_ in row.ids]
    return sorted(found, key=lambda each: each.id)


def get_subscription(connection: Connection, name: str) -> Subscription:
    """The subscription with this id or token, or the only one of this address that has not ended.

    Raises NotFoundError, or UsageError where an address has several.
    """
    table = tables.subscription
    number = int(name) if name.isascii() and name.isdecimal() and len(name) < 19 else -1
    query = select(table).where(or_(table.c.token == name, table.c.id == number))
    if (row := connection.execute(query).first()) is not None:
        return read_subscription(row)
    query = select(table).where(func.lower(table.c.address) == name.strip().lower(), table.c.state != "ended")
    found = [read_subscription(row) for row in connection.execute(query.order_by(table.c.id))]
    if len(found) > 1:
        raise UsageError(f"{name} has {len(found)} subscriptions: {', '.join(str(each.id) for each in found)}")
    if not found:
        raise NotFoundError("subscription", name)
    return found[0]


def set_subscription_state(connection: Connection, subscription_id: int, state: str, reason: str = "") -> None:
    """Pause, resume ("active": forgets bounces) or end a subscription; the queued alerts of an ended one are dropped.

    `reason` says why, where there is something to say. Raises NotFoundError where there is none.
    """
    table = tables.subscription
    values: dict[str, Any] = {"state": state, "suspended_reason": reason}
    if state == "active":
        confirmed_at = func.coalesce(table.c.confirmed_at, func.now())
        values |= {"bounces": 0, "confirmed_at": confirmed_at}
    if state == "ended":
        lock_outbox(connection)  # nobody queues for it meanwhile; and alerts before subscriptions, as a sender settles
        connection.execute(
            update(tables.alert)
            .where(tables.alert.c.subscription_id == subscription_id, tables.alert.c.state == "queued")
            .values(state="dropped", last_error="the subscription has ended", claimed_by=None, claimed_until=None)
        )
    found = connection.execute(update(table).where(table.c.id == subscription_id).values(**values))
    if found.rowcount == 0:
        raise NotFoundError("subscription", str(subscription_id))


def end_subscription(connection: Connection, name: str) -> Subscription:
    """End the subscription called `name` (as in `get_subscription`); what was sent to it stays on record."""
    subscription = get_subscription(connection, name)
    set_subscription_state(connection, subscription.id, "ended")
    return subscription


def record_bounce(connection: Connection, address: str, problem: str) -> bool:
    """Count a hard bounce of `address`; after the third in a row its subscriptions are suspended. Returns whether."""
    table = tables.subscription
    of_address = func.lower(table.c.address) == address.lower()
    counted = update(table).where(of_address, table.c.state == "active").values(bounces=table.c.bounces + 1)
    connection.execute(counted)
    suspended = connection.execute(
        update(table)
        .where(of_address, table.c.state == "active", table.c.bounces >= BOUNCES_BEFORE_SUSPENSION)
        .values(state="suspended", suspended_reason=problem)
    )
    return suspended.rowcount > 0


def forget_bounces(connection: Connection, address: str, now: datetime) -> None:
    """A mail to `address` was taken at `now`: the bounces were not in a row.

    Where a relay takes everything and mails come back days later, its yes says little: they are not forgotten while
    one came back that was sent within `LATE_BOUNCE`.
    """
    table, alert = tables.subscription, tables.alert
    came_back = select(alert.c.id).where(
        alert.c.subscription_id == table.c.id, alert.c.state == "failed", alert.c.sent_at > now - LATE_BOUNCE
    )
    of_address = func.lower(table.c.address) == address.lower()
    connection.execute(update(table).where(of_address, table.c.bounces > 0, ~came_back.exists()).values(bounces=0))


def _lets_through(key: str, value: str) -> Any:
    column = tables.subscription.c.filters
    return or_(not_(column.has_key(key)), column[key].contains([value]))


def read_subscription(row: Row[Any]) -> Subscription:
    """A row of `subscription` as a value."""
    return Subscription(
        id=row.id,
        address=row.address,
        name=row.name,
        source=row.source,
        state=row.state,
        filters=read_filters(row.filters),
        preferences=_read_preferences(row),
        token=row.token,
        bounces=row.bounces,
        suspended_reason=row.suspended_reason,
        created_at=row.created_at,
        channel=row.channel,
        secret=row.secret,
    )


def _read_preferences(row: Row[Any]) -> Preferences:
    return Preferences(
        delivery=row.delivery,
        deliveries=tuple(sorted(row.deliveries.items())) if row.deliveries else (),
        timezone=row.timezone,
        quiet=row.quiet,
        hourly=row.hourly,
        language=row.language,
        heartbeat=row.heartbeat,
    )


def list_without_heartbeat(connection: Connection) -> list[Subscription]:
    """The active subscriptions that want a digest in any case, and have none waiting."""
    table, alert = tables.subscription, tables.alert
    waiting = select(alert.c.id).where(
        alert.c.subscription_id == table.c.id,
        alert.c.group_key == func.concat("digest:", table.c.heartbeat),
        alert.c.state == "queued",
    )
    wanting = and_(table.c.state == "active", table.c.heartbeat != "", table.c.channel == "mail")
    query = select(table).where(wanting, ~waiting.exists()).order_by(table.c.id)
    return [read_subscription(row) for row in connection.execute(query)]
