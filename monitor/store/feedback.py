"""What people answer: false alarms, and what they do not want to hear of again."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, Connection, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from monitor.store import tables

MuteKind = Literal["rule", "block", "page"]
Mutes = Mapping[int, frozenset[tuple[str, str]]]
"""Subscription id → (kind, value) pairs that it does not want to hear of."""

MAX_WORDS_CHARS = 2_000

_mute, _feedback = tables.mute, tables.feedback


@dataclass(frozen=True, slots=True)
class Mute:
    """One thing that a subscription does not want to hear of."""

    id: int
    subscription_id: int
    kind: str
    value: str
    label: str
    change_id: int | None
    muted_at: datetime


@dataclass(frozen=True, slots=True)
class FalseAlarm:
    """A change that somebody called a false alarm: a subscriber, or (None) whoever marked it on the command line."""

    change_id: int
    subscription_id: int | None
    rule: str
    family: str
    kind: str
    direction: str
    severity: str
    before: str
    after: str
    words: str
    given_at: datetime


@dataclass(frozen=True, slots=True)
class RuleCount:
    """How many of the changes that a rule raised, and people were told of, were called false alarms."""

    rule: str
    false_alarms: int
    told: int


def block_value(page_id: int, region: str, path: Sequence[str]) -> str:
    """What names a part of a page: the page, the region, and the headings above."""
    return "\n".join((str(page_id), region, *path))


def add_mute(
    connection: Connection,
    subscription_id: int,
    kind: MuteKind,
    value: str,
    *,
    label: str,
    change_id: int | None,
    now: datetime,
) -> None:
    """Mute something for a subscription; doing it again does nothing."""
    values = {"subscription_id": subscription_id, "kind": kind, "value": value, "label": label[:500]}
    statement = insert(_mute).values(**values, change_id=change_id, muted_at=now)
    connection.execute(statement.on_conflict_do_nothing())


def remove_mute(connection: Connection, subscription_id: int, mute_id: int) -> None:
    """Hear of it again; one that is not there, or another's, is left alone."""
    connection.execute(delete(_mute).where(_mute.c.id == mute_id, _mute.c.subscription_id == subscription_id))


def list_mutes(connection: Connection, subscription_id: int) -> list[Mute]:
    """What a subscription muted, oldest first."""
    query = select(_mute).where(_mute.c.subscription_id == subscription_id).order_by(_mute.c.id)
    return [Mute(**row._mapping) for row in connection.execute(query)]


def load_mutes(connection: Connection, subscription_ids: Collection[int]) -> dict[int, frozenset[tuple[str, str]]]:
    """What each of these subscriptions muted; those that muted nothing are left out."""
    if not connection.scalar(select(select(_mute.c.id).exists())):  # ten thousand ids need not travel
        return {}
    found: dict[int, set[tuple[str, str]]] = {}
    query = select(_mute.c.subscription_id, _mute.c.kind, _mute.c.value)
    for row in connection.execute(query.where(_mute.c.subscription_id.in_(list(subscription_ids)))):
        found.setdefault(row.subscription_id, set()).add((row.kind, row.value))
    return {subscription_id: frozenset(pairs) for subscription_id, pairs in found.items()}


def add_false_alarm(connection: Connection, subscription_id: int, change_id: int, words: str, now: datetime) -> None:
    """Keep that a subscriber called the change a false alarm; said again, the newer words stand."""
    values = {"subscription_id": subscription_id, "change_id": change_id, "kind": "false_alarm"}
    told = {"words": words[:MAX_WORDS_CHARS], "given_at": now}
    statement = insert(_feedback).values(**values, **told)
    connection.execute(
        statement.on_conflict_do_update(index_elements=["subscription_id", "change_id", "kind"], set_=told)
    )


def list_false_alarms(connection: Connection, limit: int = 1_000) -> list[FalseAlarm]:
    """Changes that were called false alarms, newest first, with what made them: cases for the evaluation."""
    change = tables.change
    names = ("rule", "family", "kind", "direction", "severity", "before", "after")
    query = (
        select(
            *(_feedback.c[name] for name in ("change_id", "subscription_id", "words", "given_at")),
            *(change.c[name] for name in names),
        )
        .join(change, change.c.id == _feedback.c.change_id)
        .where(_feedback.c.kind == "false_alarm")
        .order_by(_feedback.c.given_at.desc(), _feedback.c.id.desc())
    )
    return [FalseAlarm(**row._mapping) for row in connection.execute(query.limit(limit))]


def count_false_alarms(connection: Connection) -> dict[str, int]:
    """Changes called false alarms, by the rule that raised them; each change once."""
    return {each.rule: each.false_alarms for each in count_by_rule(connection)}


def count_by_rule(connection: Connection) -> list[RuleCount]:
    """The rules whose changes were called false alarms, the worst first."""
    change = tables.change
    called = select(_feedback.c.change_id).where(_feedback.c.kind == "false_alarm")
    wrong = change.alias("wrong")
    rules = select(wrong.c.rule).where(wrong.c.id.in_(called))
    number = func.count().filter(change.c.id.in_(called))
    query = (
        select(change.c.rule, number.label("false_alarms"), func.count().label("told"))
        .where(change.c.rule.in_(rules), _was_told())
        .group_by(change.c.rule)
        .order_by(number.desc(), change.c.rule)
    )
    return [RuleCount(**row._mapping) for row in connection.execute(query)]


def _was_told() -> ColumnElement[bool]:
    """A change that was confirmed, or one that somebody gave a verdict on: it was seen in some other way."""
    change = tables.change
    judged = select(_feedback.c.change_id).where(_feedback.c.change_id.is_not(None))
    return change.c.state.in_(("confirmed", "unrepeated")) | change.c.id.in_(judged)


def count_mutes(connection: Connection) -> dict[str, int]:
    """Mutes by kind."""
    query = select(_mute.c.kind, func.count().label("number")).group_by(_mute.c.kind).order_by(_mute.c.kind)
    return {row.kind: row.number for row in connection.execute(query)}
