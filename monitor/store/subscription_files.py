"""Subscriptions as TOML declares them: the configuration's own, and files for import and export.

One that the configuration declares is confirmed by who wrote it there, and kept in step with the file. An import adds
what it does not know; it ends nothing.
"""

from __future__ import annotations

import json
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import msgspec
from sqlalchemy import Connection, update

from monitor.config import Config, SubscriptionConfig
from monitor.errors import ConfigError, UsageError
from monitor.store import tables
from monitor.store.preferences import (
    LIST_FILTERS,
    Filters,
    Preferences,
    check_address,
    check_filters,
    check_preferences,
    check_service,
    check_webhook,
    stored_filters,
    stored_preferences,
)
from monitor.store.subscriptions import (
    Subscription,
    add_subscription,
    list_declined,
    list_subscriptions,
    set_subscription_state,
    unknown_clinics,
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One subscription as a file declares it, checked."""

    address: str
    name: str
    filters: Filters
    preferences: Preferences
    channel: str = "mail"


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What was brought in step. `unknown_clinics` are slugs in filters that no clinic has (yet), `declined` the
    addresses of entries whose owners ended them."""

    added: int = 0
    changed: int = 0
    ended: int = 0
    unknown_clinics: tuple[str, ...] = ()
    declined: tuple[str, ...] = ()


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    subscriptions: tuple[SubscriptionConfig, ...] = ()


def sync_subscriptions(connection: Connection, config: Config) -> SyncReport:
    """Keep the subscriptions of source "config" in step with the configuration file.

    One that stands there unchanged keeps its row (and its pause or suspension); an entry whose address stays but
    whose filters changed changes its row, so that its mails stay one thread; what left the file ends. What its owner
    ended stays ended, whatever the file says.
    Raises ConfigError naming the entry.
    """
    declined = list_declined(connection)
    entries = _read_entries(config.subscriptions, "clinicwatch.toml")
    wanted = [each for each in entries if each.address.lower() not in declined]
    standing = {each.id: each for each in list_subscriptions(connection) if each.source == "config"}
    for entry in list(wanted):
        same = next((id_ for id_, each in standing.items() if entry_of(each) == entry), None)
        if same is not None:
            wanted.remove(entry)
            del standing[same]
    changed = added = 0
    for entry in wanted:
        known = next((each for each in standing.values() if _key(entry_of(each)) == _key(entry)), None)
        if known is None:
            _add(connection, entry, source="config")
            added += 1
        else:
            del standing[known.id]
            _change(connection, known, entry)
            changed += 1
    for gone in standing:
        set_subscription_state(connection, gone, "ended")
    slugs = {slug for each in config.subscriptions for slug in each.clinics}
    refused = tuple(sorted(declined & {each.address.lower() for each in entries}))
    return SyncReport(added, changed, len(standing), unknown_clinics(connection, slugs), refused)


def read_subscriptions(path: Path) -> tuple[Entry, ...]:
    """The entries of a TOML file of `[[subscriptions]]`, as `write_subscriptions` makes it. Raises ConfigError."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        declared = msgspec.convert(raw, _File, strict=True).subscriptions
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(path, "", f"cannot be read as TOML: {error}") from error
    except msgspec.ValidationError as error:
        message, _, where = str(error).partition(" - at `$")
        raise ConfigError(path, where.strip("`."), message) from error
    return tuple(_read_entries(declared, path))


def take_subscriptions(
    connection: Connection, entries: Sequence[Entry], *, confirmed: bool
) -> tuple[SyncReport, tuple[Subscription, ...]]:
    """Add those of `entries` that no subscription has, and change those whose address has exactly one.

    Returns what was done, and the new ones: active where `confirmed`, else mails are pending until their owners answer.
    """
    standing: dict[tuple[str, str], list[Subscription]] = defaultdict(list)
    for each in list_subscriptions(connection):
        if each.source != "config":
            standing[_key(entry_of(each))].append(each)
    added: list[Subscription] = []
    changed = 0
    for entry in entries:
        of_address = standing[_key(entry)]
        if any(entry_of(each) == entry for each in of_address):
            continue
        if len(of_address) == 1 and of_address[0] not in added:
            _change(connection, of_address[0], entry)
            changed += 1
        else:
            asked = entry.channel == "mail" and not confirmed
            of_address.append(_add(connection, entry, source="cli", confirmed=not asked))
            added.append(of_address[-1])
    return SyncReport(len(added), changed), tuple(added)


def write_subscriptions(subscriptions: Iterable[Subscription]) -> str:
    """The subscriptions as TOML, defaults left out; `read_subscriptions` reads it back."""
    tables_ = ["\n".join(["[[subscriptions]]", *_lines(entry_of(each))]) for each in subscriptions]
    return "\n\n".join(tables_) + "\n" if tables_ else ""


def entry_of(each: Subscription) -> Entry:
    """A subscription as a file would declare it."""
    address = each.secret if each.channel == "apprise" else each.address
    return Entry(address, each.name, each.filters, each.preferences, each.channel)


def _read_entries(declared: Iterable[SubscriptionConfig], path: Path | str) -> list[Entry]:
    entries: list[Entry] = []
    for index, each in enumerate(declared):
        try:
            entry = _entry(each)
        except UsageError as error:
            raise ConfigError(path, f"subscriptions[{index}]", str(error)) from error
        if entry not in entries:
            entries.append(entry)
    return entries


def _entry(declared: SubscriptionConfig) -> Entry:
    filters = Filters(**{each.name: getattr(declared, each.name) for each in fields(Filters)})
    names = {each.name for each in fields(Preferences)} - {"deliveries", "language"}
    preferences = Preferences(
        **{name: getattr(declared, name) for name in names},
        deliveries=tuple(sorted(declared.deliveries.items())),
        language=declared.mail_language,
    )
    address = _CHECKS[declared.channel](declared.address)
    name = " ".join(declared.name.split())
    return Entry(address, name, check_filters(filters), check_preferences(preferences), declared.channel)


_CHECKS: dict[str, Callable[[str], str]] = {
    "mail": check_address,
    "webhook": check_webhook,
    "apprise": check_service,
}


def _lines(entry: Entry) -> list[str]:
    filters, told, usual = entry.filters, entry.preferences, Preferences()
    values: dict[str, object] = {"address": entry.address, "name": entry.name, "channel": entry.channel}
    values |= {name: list(getattr(filters, name)) for name in LIST_FILTERS}
    values |= {"severity": filters.severity, "deliveries": dict(told.deliveries), "mail_language": told.language}
    values |= {name: getattr(told, name) for name in ("delivery", "timezone", "quiet", "hourly", "heartbeat")}
    default = {"channel": "mail", "severity": "low", "mail_language": usual.language, "delivery": usual.delivery}
    default |= {"timezone": usual.timezone}
    return [
        f"{name} = {_toml(value)}"
        for name, value in values.items()
        if (name == "hourly" and value != usual.hourly) or (name != "hourly" and value and value != default.get(name))
    ]


def _toml(value: object) -> str:
    """A value as TOML; JSON's strings, lists and numbers are TOML's too, but for DEL."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml(each)}" for key, each in value.items()) + " }"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _add(connection: Connection, entry: Entry, *, source: str, confirmed: bool = True) -> Subscription:
    return add_subscription(
        connection,
        entry.address,
        entry.filters,
        entry.preferences,
        name=entry.name,
        source=source,
        channel=entry.channel,
        confirmed=confirmed,
    )


def _key(entry: Entry) -> tuple[str, str]:
    """What makes two entries speak of the same subscription: mail addresses are told apart without regard to case."""
    return entry.channel, entry.address.lower() if entry.channel == "mail" else entry.address


def _change(connection: Connection, known: Subscription, entry: Entry) -> None:
    values = {
        "address": entry.address if entry.channel == "mail" else known.address,
        "name": entry.name,
        "filters": stored_filters(entry.filters),
        **stored_preferences(entry.preferences),
    }
    connection.execute(update(tables.subscription).where(tables.subscription.c.id == known.id).values(**values))
