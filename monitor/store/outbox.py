"""The outbox: alerts on their way. Queue (with the change, in its transaction), claim with a lease, send, settle.

    queued ──claim──► queued, claimed ──250──► sent
      ▲                 │      │  └──5xx, or five days of trying──► failed
      └──4xx, no answer─┘      └──the sender died: the lease runs out, and the same mail goes again

What was never claimed may still be joined by further changes; afterwards its contents stand, so that a mail sent
twice is the same. Claiming and settling are in `store.claims`.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    DateTime,
    Select,
    Text,
    and_,
    bindparam,
    cast,
    delete,
    func,
    literal,
    or_,
    select,
    tuple_,
)
from sqlalchemy import insert as plain_insert
from sqlalchemy import update as plain_update
from sqlalchemy.dialects.postgresql import ARRAY, insert

from monitor.errors import NotFoundError, UsageError
from monitor.store import tables

STATES = ("queued", "sent", "failed", "dropped")
OUTBOX_LOCK = 0x6F757462  # "outb": one transaction at a time queues alerts

_alert, _join, _noted = tables.alert, tables.alert_change, tables.alert_notice
Group = tuple[int, str]
"""Subscription id and group key: what an alert that waits is found by."""


@dataclass(frozen=True, slots=True)
class AlertIntent:
    """An alert that should be: joined to the one that waits under (`subscription_id`, `group_key`), else queued.

    `send_after` is for a new one; one that waits keeps its time, unless the intent is to `postpone` it.
    """

    subscription_id: int
    kind: str
    group_key: str
    send_after: datetime
    change_ids: tuple[int, ...] = ()
    notice_ids: tuple[int, ...] = ()
    page_id: int | None = None
    clinic_id: int | None = None
    postpone: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """An alert that may still be joined."""

    alert_id: int
    created_at: datetime
    send_after: datetime


@dataclass(frozen=True, slots=True)
class AlertSummary:
    """One line of `clinicwatch alerts`."""

    id: int
    kind: str
    state: str
    group_key: str
    address: str
    subscription_id: int
    page_url: str | None
    clinic: str | None
    changes: int
    notices: int
    message_id: str
    created_at: datetime
    send_after: datetime
    attempts: int
    first_tried_at: datetime | None
    claimed: bool
    sent_at: datetime | None
    last_error: str


def lock_outbox(connection: Connection) -> None:
    """Let one transaction at a time queue alerts, until it ends.

    Queueing reads what others queued (does an alert wait? was the change mailed?) and then writes; under this one
    lock there is no second order to take locks in, so nothing to deadlock with. It is held for the milliseconds to
    the commit, and only by transactions that confirm a change.
    """
    connection.execute(select(func.pg_advisory_xact_lock(OUTBOX_LOCK)))


def list_alerted(connection: Connection, change_ids: Sequence[int]) -> frozenset[tuple[int, int]]:
    """(subscription id, change id) of those of `change_ids` that already stand in an alert, whatever became of it."""
    query = (
        select(_alert.c.subscription_id, _join.c.change_id)
        .join(_join, _join.c.alert_id == _alert.c.id)
        .where(_join.c.change_id.in_(change_ids))
    )
    return frozenset((row.subscription_id, row.change_id) for row in connection.execute(query))


def list_alerted_notices(connection: Connection, notice_ids: Sequence[int]) -> frozenset[tuple[int, int]]:
    """(subscription id, notice id) of those of `notice_ids` that already stand in an alert."""
    query = (
        select(_alert.c.subscription_id, _noted.c.notice_id)
        .join(_noted, _noted.c.alert_id == _alert.c.id)
        .where(_noted.c.notice_id.in_(notice_ids))
    )
    return frozenset((row.subscription_id, row.notice_id) for row in connection.execute(query))


def list_waiting(connection: Connection, group_keys: Collection[str]) -> dict[Group, Waiting]:
    """The alerts under `group_keys` that may be joined, locked against being claimed until the transaction ends."""
    query = (
        select(_alert.c.id, _alert.c.subscription_id, _alert.c.group_key, _alert.c.created_at, _alert.c.send_after)
        .where(_alert.c.group_key.in_(group_keys), _joinable())
        .order_by(_alert.c.id)
        .with_for_update()
    )
    return {
        (row.subscription_id, row.group_key): Waiting(row.id, row.created_at, row.send_after)
        for row in connection.execute(query)
    }


def queue_alerts(
    connection: Connection, intents: Sequence[AlertIntent], domain: str, now: datetime
) -> dict[Group, int]:
    """Join each intent to the alert that waits under its group, or queue a new one; returns the alerts' ids.

    `domain` ends the new Message-IDs. The caller holds the outbox lock and names every group once.
    """
    waiting = list_waiting(connection, {intent.group_key for intent in intents})
    ids = {group: each.alert_id for group, each in waiting.items()}
    fresh = [intent for intent in intents if (intent.subscription_id, intent.group_key) not in ids]
    ids |= _insert_alerts(connection, fresh, domain, now)
    _postpone(connection, [(ids[i.subscription_id, i.group_key], i.send_after) for i in intents if i.postpone])
    named = [(ids[intent.subscription_id, intent.group_key], intent) for intent in intents]
    _attach(connection, _join, "change_id", [(id_, intent.change_ids) for id_, intent in named])
    _attach(connection, _noted, "notice_id", [(id_, intent.notice_ids) for id_, intent in named])
    return {(intent.subscription_id, intent.group_key): id_ for id_, intent in named}


def attach_late_changes(connection: Connection, pairs: Sequence[tuple[int, int]]) -> None:
    """Write (alert id, change id) pairs into the record of alerts whose mails are made: they stay as they were."""
    if pairs:
        values = [{"alert_id": alert_id, "change_id": change_id, "late": True} for alert_id, change_id in pairs]
        connection.execute(insert(_join).values(values).on_conflict_do_nothing())


def detach_changes(connection: Connection, pairs: Sequence[tuple[int, int]], why: str) -> None:
    """Take (alert id, change id) pairs out of alerts that wait; an alert left without contents is dropped."""
    if not pairs:
        return
    connection.execute(delete(_join).where(tuple_(_join.c.alert_id, _join.c.change_id).in_(pairs)))
    empty = (
        plain_update(_alert)
        .where(
            _alert.c.id.in_({alert_id for alert_id, _ in pairs}),
            ~select(_join.c.alert_id).where(_join.c.alert_id == _alert.c.id).exists(),
            ~select(_noted.c.alert_id).where(_noted.c.alert_id == _alert.c.id).exists(),
        )
        .values(state="dropped", last_error=why)
    )
    connection.execute(empty)


def check_state(state: str) -> str:
    """A state of alerts. Raises UsageError."""
    if state not in STATES:
        raise UsageError(f"state: no {state!r}; one of {', '.join(STATES)}")
    return state


def list_alerts(
    connection: Connection,
    *,
    state: str | None = None,
    subscription_id: int | None = None,
    alert_id: int | None = None,
    limit: int = 100,
) -> list[AlertSummary]:
    """Alerts, newest first."""
    query = _summaries().order_by(_alert.c.id.desc()).limit(limit)
    if state is not None:
        query = query.where(_alert.c.state == state)
    if subscription_id is not None:
        query = query.where(_alert.c.subscription_id == subscription_id)
    if alert_id is not None:
        query = query.where(_alert.c.id == alert_id)
    return [AlertSummary(**row._mapping) for row in connection.execute(query)]


def list_alert_changes(connection: Connection, alert_ids: Collection[int]) -> dict[int, tuple[int, ...]]:
    """The ids of the changes that stand in each of these alerts; an alert without any is left out."""
    rows = connection.execute(
        select(_join.c.alert_id, func.array_agg(_join.c.change_id).label("change_ids"))
        .where(_join.c.alert_id.in_(alert_ids))
        .group_by(_join.c.alert_id)
    )
    return {row.alert_id: tuple(sorted(row.change_ids)) for row in rows}


def get_alert(connection: Connection, alert_id: int) -> AlertSummary:
    """One alert. Raises NotFoundError."""
    found = list_alerts(connection, alert_id=alert_id)
    if not found:
        raise NotFoundError("alert", str(alert_id))
    return found[0]


def retry_alert(connection: Connection, alert_id: int, now: datetime) -> AlertSummary:
    """Send a failed, dropped or waiting alert at the next chance. Raises NotFoundError, or UsageError if it was sent.

    Its days of trying begin anew; its Message-ID stays.
    """
    alert = get_alert(connection, alert_id)
    if alert.state == "sent":
        raise UsageError(f"alert {alert_id} was sent at {alert.sent_at:%Y-%m-%d %H:%M} UTC; it is not sent twice")
    if alert.changes + alert.notices == 0 and alert.kind not in ("digest", "confirmation"):
        raise UsageError(f"alert {alert_id} is empty: {alert.last_error}")
    values = {"state": "queued", "send_after": now, "first_tried_at": None}
    connection.execute(plain_update(_alert).where(_alert.c.id == alert_id, _alert.c.state != "sent").values(**values))
    return get_alert(connection, alert_id)


def drop_alert(connection: Connection, alert_id: int, why: str = "dropped by hand") -> AlertSummary:
    """Never send a queued or failed alert. Raises NotFoundError, or UsageError where it is sent or on its way."""
    alert = get_alert(connection, alert_id)
    values = {"state": "dropped", "last_error": why, "claimed_by": None, "claimed_until": None}
    free = or_(_alert.c.claimed_by.is_(None), _alert.c.claimed_until < func.now())
    dropped = connection.execute(
        plain_update(_alert)
        .where(_alert.c.id == alert_id, _alert.c.state.in_(("queued", "failed")), free)
        .values(**values)
    )
    if dropped.rowcount == 0:
        raise UsageError(f"alert {alert_id} is {'being sent' if alert.claimed else alert.state}; it cannot be dropped")
    return replace(alert, state="dropped", last_error=why)


def _joinable() -> Any:
    return and_(_alert.c.state == "queued", _alert.c.attempts == 0, _alert.c.claimed_by.is_(None))


def _insert_alerts(
    connection: Connection, intents: Sequence[AlertIntent], domain: str, now: datetime
) -> dict[Group, int]:
    if not intents:
        return {}
    columns: dict[str, tuple[Any, list[Any]]] = {
        "subscription_id": (BigInteger, [each.subscription_id for each in intents]),
        "kind": (Text, [each.kind for each in intents]),
        "group_key": (Text, [each.group_key for each in intents]),
        "page_id": (BigInteger, [each.page_id for each in intents]),
        "clinic_id": (BigInteger, [each.clinic_id for each in intents]),
        "message_id": (Text, [f"<clinicwatch.{secrets.token_hex(12)}@{domain}>" for _ in intents]),
        "send_after": (DateTime(timezone=True), [each.send_after for each in intents]),
    }
    rows = _unnest(columns).add_columns(literal(now, DateTime(timezone=True)))
    statement = plain_insert(_alert).from_select([*columns, "created_at"], rows)
    returned = statement.returning(_alert.c.id, _alert.c.subscription_id, _alert.c.group_key)
    return {(row.subscription_id, row.group_key): row.id for row in connection.execute(returned)}


def _unnest(columns: Mapping[str, tuple[Any, Sequence[Any]]]) -> Select[Any]:
    """Rows from one array a column: ten thousand rows are one short statement and one round trip."""
    rows = _rows(columns, "given")
    return select(*(rows.c[name] for name in columns))


def _rows(columns: Mapping[str, tuple[Any, Sequence[Any]]], name: str) -> Any:
    arrays = [cast(list(values), ARRAY(kind)) for kind, values in columns.values()]
    return func.unnest(*arrays).table_valued(*columns, name=name).render_derived()


def _postpone(connection: Connection, due: Sequence[tuple[int, datetime]]) -> None:
    if due:
        statement = plain_update(_alert).where(_alert.c.id == bindparam("alert_id"))
        values = [{"alert_id": alert_id, "after": after} for alert_id, after in due]
        connection.execute(statement.values(send_after=bindparam("after")), values)


def _attach(connection: Connection, table: Any, column: str, contents: Sequence[tuple[int, tuple[int, ...]]]) -> None:
    """Write what stands in each alert. Thousands of alerts have the same few contents: each is sent once."""
    numbers: dict[tuple[int, ...], int] = {}
    holders = [(alert_id, numbers.setdefault(ids, len(numbers))) for alert_id, ids in contents if ids]
    if not holders:
        return
    members = [(number, id_) for ids, number in numbers.items() for id_ in ids]
    alerts, of_alerts = zip(*holders, strict=True)
    of_members, ids = zip(*members, strict=True)
    held = _rows({"alert_id": (BigInteger, alerts), "number": (BigInteger, of_alerts)}, "held")
    had = _rows({"number": (BigInteger, of_members), column: (BigInteger, ids)}, "had")
    pairs = select(held.c.alert_id, had.c[column]).join(had, held.c.number == had.c.number)
    connection.execute(insert(table).from_select(["alert_id", column], pairs).on_conflict_do_nothing())


def _summaries() -> Select[Any]:
    def count(table: Any) -> Any:
        return select(func.count()).where(table.c.alert_id == _alert.c.id).scalar_subquery()

    return (
        select(
            *(_alert.c[name] for name in ("id", "kind", "state", "group_key", "subscription_id", "message_id")),
            *(_alert.c[name] for name in ("created_at", "send_after", "attempts", "first_tried_at")),
            *(_alert.c[name] for name in ("sent_at", "last_error")),
            tables.subscription.c.address,
            tables.page.c.url.label("page_url"),
            cast(tables.clinic.c.slug, Text).label("clinic"),
            count(_join).label("changes"),
            count(_noted).label("notices"),
            _alert.c.claimed_by.is_not(None).label("claimed"),
        )
        .join(tables.subscription, tables.subscription.c.id == _alert.c.subscription_id)
        .outerjoin(tables.page, tables.page.c.id == _alert.c.page_id)
        .outerjoin(tables.clinic, tables.clinic.c.id == func.coalesce(_alert.c.clinic_id, tables.page.c.clinic_id))
    )
