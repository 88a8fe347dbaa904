"""Who gets which changes, and how.

Subscriptions come from people (`source` "cli") or from the configuration ("config": kept in step with the file by
`sync_subscriptions`). Every function takes an open connection and leaves the transaction to its caller.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import Connection, and_, func, insert, not_, or_, select, update
from sqlalchemy.engine import Row

from monitor.config import Config, SubscriptionConfig
from monitor.errors import ConfigError, NotFoundError, UsageError
from monitor.store import tables
from monitor.store.outbox import lock_outbox
from monitor.types import Direction, Family, Kind, Severity

DELIVERIES = ("default", "immediate", "daily", "weekly")
BOUNCES_BEFORE_SUSPENSION = 3

_LOCAL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"(?P<local>{_LOCAL})@(?P<domain>{_LABEL}(?:\.{_LABEL})*)")


@dataclass(frozen=True, slots=True)
class Filters:
    """What a subscription wants to hear of; an empty tuple means everything.

    `clinics` are slugs; `pages` ids, URLs or parts of URLs; `severity` is the least that is mailed.
    """

    clinics: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    directions: tuple[str, ...] = ()
    severity: str = "low"


_EVERYTHING = Filters()
_FILTER_NAMES = frozenset(each.name for each in fields(Filters))


@dataclass(frozen=True, slots=True)
class Subscription:
    """One address and what it wants. `token` names the subscription in links and mails that go to its owner."""

    id: int
    address: str
    name: str
    source: str
    state: str
    filters: Filters
    delivery: str
    timezone: str
    token: str
    bounces: int = 0
    suspended_reason: str = ""
    created_at: datetime = field(default=datetime.min.replace(tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What `sync_subscriptions` did. `unknown_clinics` are slugs in filters that no clinic has (yet)."""

    added: int = 0
    changed: int = 0
    ended: int = 0
    unknown_clinics: tuple[str, ...] = ()


def check_address(address: str) -> str:
    """The address as it is stored: ASCII, one local part, one domain (IDNA-encoded), no comments and no quotes.

    Raises UsageError. A strict subset of RFC 5321 on purpose: what it refuses (quoted local parts, comments,
    address literals) nobody has, and mail libraries disagree about.
    """
    local, _, domain = address.strip().rpartition("@")
    try:
        domain = domain.encode("idna").decode("ascii") if not domain.isascii() else domain
    except UnicodeError as error:
        raise UsageError(f"not a mail address: {address!r}: {error}") from error
    candidate = f"{local}@{domain}"
    if len(candidate) > 254 or len(local) > 64 or not _ADDRESS.fullmatch(candidate):
        raise UsageError(f"not a mail address: {address!r}; expected somebody@example.org")
    return candidate


def check_timezone(name: str) -> tzinfo:
    """The time zone called `name`; "UTC" works without a zone database. Raises UsageError."""
    if name in {"UTC", "Etc/UTC"}:
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UsageError(f"no time zone {name!r}; expected a name like Europe/Amsterdam") from error


def check_filters(filters: Filters) -> Filters:
    """`filters`, if every word in it means something. Raises UsageError naming the field and the word."""
    allowed: dict[str, list[str]] = {
        "families": [member.value for member in Family],
        "kinds": [member.value for member in Kind],
        "directions": [member.value for member in Direction],
    }
    for name, words in allowed.items():
        for value in getattr(filters, name):
            if value not in words:
                raise UsageError(f"{name}: no {value!r}; one of {', '.join(words)}")
    if filters.severity not in [member.value for member in Severity]:
        raise UsageError(f"severity: no {filters.severity!r}; one of {', '.join(Severity)}")
    return filters


def add_subscription(
    connection: Connection,
    address: str,
    filters: Filters = Filters(),
    *,
    name: str = "",
    delivery: str = "default",
    timezone: str = "UTC",
    source: str = "cli",
) -> Subscription:
    """Add an active subscription. Raises UsageError for a bad address or filter, NotFoundError for a clinic."""
    if delivery not in DELIVERIES:
        raise UsageError(f"delivery: no {delivery!r}; one of {', '.join(DELIVERIES)}")
    check_timezone(timezone)
    check_filters(filters)
    if source == "cli" and (unknown := unknown_clinics(connection, filters.clinics)):
        raise NotFoundError("clinic", unknown[0])
    values = {
        "address": check_address(address),
        "name": " ".join(name.split()),
        "filters": _stored(filters),
        "delivery": delivery,
        "timezone": timezone,
        "source": source,
        "token": secrets.token_urlsafe(18),
    }
    row = connection.execute(insert(tables.subscription).values(**values).returning(tables.subscription)).one()
    return _subscription(row)


def unknown_clinics(connection: Connection, slugs: Iterable[str]) -> tuple[str, ...]:
    """Those of `slugs` that no clinic has."""
    wanted = sorted(set(slugs))
    if not wanted:
        return ()
    known = connection.scalars(select(tables.clinic.c.slug).where(tables.clinic.c.slug.in_(wanted))).all()
    return tuple(slug for slug in wanted if slug not in known)


def list_subscriptions(
    connection: Connection, *, states: tuple[str, ...] = ("active", "paused", "suspended")
) -> list[Subscription]:
    """The subscriptions in one of `states`, oldest first."""
    table = tables.subscription
    query = select(table).where(table.c.state.in_(states)).order_by(table.c.id)
    return [_subscription(row) for row in connection.execute(query)]


def list_interested(connection: Connection, clinic: str, language: str) -> list[Subscription]:
    """The active subscriptions whose clinic and language filters let a page of `clinic` (slug) in `language` through.

    The other filters are for `alerts.filters`; these two keep most of ten thousand rows in the database.
    """
    table = tables.subscription
    wanted = and_(*(_lets_through(key, value) for key, value in (("clinics", clinic), ("languages", language))))
    query = select(table).where(table.c.state == "active", wanted).order_by(table.c.id)
    return [_subscription(row) for row in connection.execute(query)]


def get_subscription(connection: Connection, name: str) -> Subscription:
    """The subscription with this id or token, or the only one of this address that has not ended.

    Raises NotFoundError, or UsageError where an address has several.
    """
    table = tables.subscription
    number = int(name) if name.isascii() and name.isdecimal() and len(name) < 19 else -1
    query = select(table).where(or_(table.c.token == name, table.c.id == number))
    if (row := connection.execute(query).first()) is not None:
        return _subscription(row)
    query = select(table).where(func.lower(table.c.address) == name.strip().lower(), table.c.state != "ended")
    found = [_subscription(row) for row in connection.execute(query.order_by(table.c.id))]
    if len(found) > 1:
        raise UsageError(f"{name} has {len(found)} subscriptions: {', '.join(str(each.id) for each in found)}")
    if not found:
        raise NotFoundError("subscription", name)
    return found[0]


def set_subscription_state(connection: Connection, subscription_id: int, state: str) -> None:
    """Pause, resume ("active": forgets bounces) or end a subscription; the queued alerts of an ended one are dropped.

    Raises NotFoundError where there is none.
    """
    table = tables.subscription
    values: dict[str, Any] = {"state": state}
    if state == "active":
        values |= {"bounces": 0, "suspended_reason": ""}
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


def forget_bounces(connection: Connection, address: str) -> None:
    """A mail to `address` was taken: the bounces were not in a row."""
    table = tables.subscription
    of_address = func.lower(table.c.address) == address.lower()
    connection.execute(update(table).where(of_address, table.c.bounces > 0).values(bounces=0))


def sync_subscriptions(connection: Connection, config: Config) -> SyncReport:
    """Keep the subscriptions of source "config" in step with the configuration file.

    One that stands there unchanged keeps its row (and its pause or suspension); an entry whose address stays but
    whose filters changed changes its row, so that its mails stay one thread; what left the file ends.
    Raises ConfigError naming the entry.
    """
    wanted = _read_entries(config)
    listed = list_subscriptions(connection)
    standing = {each.id: each for each in listed if each.source == "config"}
    for entry in list(wanted):
        same = next((id_ for id_, each in standing.items() if _entry_of(each) == entry), None)
        if same is not None:
            wanted.remove(entry)
            del standing[same]
    changed = added = 0
    for entry in wanted:
        known = next((id_ for id_, each in standing.items() if each.address.lower() == entry[0].lower()), None)
        if known is None:
            _add_entry(connection, entry)
            added += 1
        else:
            del standing[known]
            _change_entry(connection, known, entry)
            changed += 1
    for gone in standing:
        set_subscription_state(connection, gone, "ended")
    slugs = {slug for each in config.subscriptions for slug in each.clinics}
    return SyncReport(added, changed, len(standing), unknown_clinics(connection, slugs))


_Entry = tuple[str, str, Filters, str, str]  # address, name, filters, delivery, time zone


def _read_entries(config: Config) -> list[_Entry]:
    entries: list[_Entry] = []
    for index, each in enumerate(config.subscriptions):
        try:
            entry = _entry(each)
        except UsageError as error:
            raise ConfigError("clinicwatch.toml", f"subscriptions[{index}]", str(error)) from error
        if entry not in entries:
            entries.append(entry)
    return entries


def _entry(declared: SubscriptionConfig) -> _Entry:
    names = [each.name for each in fields(Filters)]
    filters = check_filters(Filters(**{name: getattr(declared, name) for name in names}))
    check_timezone(declared.timezone)
    name = " ".join(declared.name.split())
    return check_address(declared.address), name, filters, declared.delivery, declared.timezone


def _entry_of(each: Subscription) -> _Entry:
    return each.address, each.name, each.filters, each.delivery, each.timezone


def _add_entry(connection: Connection, entry: _Entry) -> None:
    address, name, filters, delivery, timezone = entry
    add_subscription(connection, address, filters, name=name, delivery=delivery, timezone=timezone, source="config")


def _change_entry(connection: Connection, subscription_id: int, entry: _Entry) -> None:
    address, name, filters, delivery, timezone = entry
    values = {
        "address": address,
        "name": name,
        "filters": _stored(filters),
        "delivery": delivery,
        "timezone": timezone,
    }
    connection.execute(update(tables.subscription).where(tables.subscription.c.id == subscription_id).values(**values))


def _lets_through(key: str, value: str) -> Any:
    column = tables.subscription.c.filters
    return or_(not_(column.has_key(key)), column[key].contains([value]))


def _stored(filters: Filters) -> dict[str, Any]:
    """Only what narrows: an empty list or the lowest floor is left out, so that the JSON stays small."""
    values = {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(filters).items()}
    return {name: value for name, value in values.items() if value and (name, value) != ("severity", "low")}


def read_filters(stored: dict[str, Any]) -> Filters:
    """The filters as `subscription.filters` holds them; keys of a newer program are passed over."""
    if not stored:
        return _EVERYTHING
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in stored.items()
        if name in _FILTER_NAMES
    }
    return Filters(**values)


def _subscription(row: Row[Any]) -> Subscription:
    return Subscription(
        id=row.id,
        address=row.address,
        name=row.name,
        source=row.source,
        state=row.state,
        filters=read_filters(row.filters),
        delivery=row.delivery,
        timezone=row.timezone,
        token=row.token,
        bounces=row.bounces,
        suspended_reason=row.suspended_reason,
        created_at=row.created_at,
    )
