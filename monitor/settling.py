"""What a look makes of pending changes, written: seen again, withdrawn, confirmed and queued for the outbox.

Steps of the transaction in `monitor.ingest`; what is decided is decided by `monitor.looks`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from crawler.types import Result
from monitor import looks
from monitor.alerts.plan import queue_baseline_report, queue_changes
from monitor.config import Config
from monitor.looks import Look, LookRules, PendingChange, Settlement
from monitor.prepare import Prepared, Reading
from monitor.store.notices import record_notice
from monitor.store.pending import (
    bring_siblings_forward,
    count_look,
    count_recurrences,
    from_baseline,
    list_pending,
    record_changes,
    settle_changes,
)
from monitor.store.visits import PageForVisit
from monitor.types import Change

REMEMBER_FLICKER = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Step:
    """What every step of the transaction is about."""

    connection: Connection
    config: Config
    page: PageForVisit
    result: Result
    prepared: Prepared
    purpose: str
    now: datetime
    rules: LookRules


@dataclass(frozen=True, slots=True)
class FoundChange:
    """A change as it was just written."""

    id: int
    state: str
    change: Change


def reconcile(step: Step, reading: Reading) -> Settlement:
    """Judge what is pending by a look that brought another text, and find what is new."""
    page = step.page
    if page.newest is None:
        return Settlement()
    pending = list_pending(step.connection, page.id) if page.pending else ()
    found = {base: comparison.changes for base, comparison in reading.comparisons.items()}
    return looks.reconcile(Look(pending, found, page.newest.id, _recurrences(step, pending)), step.rules)


def _recurrences(step: Step, pending: Sequence[PendingChange]) -> dict[str, int]:
    fingerprints = [change.fingerprint for change in pending]
    return count_recurrences(step.connection, step.page.id, fingerprints, step.now - REMEMBER_FLICKER)


def record_added(step: Step, visit_id: int, snapshot_id: int, settlement: Settlement) -> tuple[FoundChange, ...]:
    """Write the changes that this look saw for the first time."""
    state = "confirmed" if settlement.added_are_confirmed else "pending"
    found: list[FoundChange] = []
    for base in dict.fromkeys(new.base_id for new in settlement.added):
        changes = [new.change for new in settlement.added if new.base_id == base]
        ids = record_changes(
            step.connection,
            step.page.id,
            changes,
            before_snapshot_id=base,
            after_snapshot_id=snapshot_id,
            visit_id=None if step.page.snapshot_is_baseline else visit_id,
            state=state,
            detected_at=step.now,
        )
        found += [FoundChange(number, state, change) for number, change in zip(ids, changes, strict=True)]
    return tuple(found)


def bring_siblings(step: Step, changes: Sequence[FoundChange]) -> int:
    """Look at once where the words that left (or changed) here still stand: a site changes its footer everywhere."""
    words = [found.change.before for found in changes if found.change.before]
    recently = step.now - timedelta(seconds=step.config.schedule.second_look_s)
    return bring_siblings_forward(step.connection, step.page, words, step.now, recently)


def record_notices(step: Step, reading: Reading, visit_id: int) -> tuple[int, ...]:
    """Articles that came or went since the last look, documents replaced."""
    newest = step.page.newest
    if newest is None:
        return ()
    return tuple(
        record_notice(
            step.connection,
            step.page.id,
            visit_id=visit_id,
            kind=str(notice.kind),
            words=notice.text,
            noticed_at=step.now,
            detail=notice.detail,
        )
        for notice in reading.comparisons[newest.id].notices
    )


def agree(step: Step, visit_id: int) -> Settlement:
    """One more look at the newest snapshot's text: it agrees with all that is pending."""
    pending = list_pending(step.connection, step.page.id)
    settlement = looks.agree(pending, _recurrences(step, pending), step.rules)
    settle(step, visit_id, settlement, ())
    return settlement


def settle(step: Step, visit_id: int, settlement: Settlement, added: Sequence[FoundChange]) -> None:
    """Write what became of the pending changes, and queue what is certain now."""
    connection = step.connection
    count_look(connection, settlement.agreed)
    for state, ids in (
        ("confirmed", settlement.confirmed),
        ("withdrawn", settlement.withdrawn),
        ("superseded", settlement.superseded),
        ("flicker", settlement.flickered),
    ):
        settle_changes(connection, ids, state, visit_id, step.now)
    _queue(step, [*settlement.confirmed, *(found.id for found in added if found.state == "confirmed")])


def _queue(step: Step, change_ids: Sequence[int]) -> None:
    if not change_ids:
        return
    of_baseline = from_baseline(step.connection, change_ids)
    ordinary = [number for number in change_ids if number not in of_baseline]
    if of_baseline:
        queue_baseline_report(step.connection, step.config, step.page.clinic_id, sorted(of_baseline), step.now)
    if ordinary:
        queue_changes(step.connection, step.config, step.page.id, ordinary, step.now)


def give_up(step: Step, visit_id: int) -> tuple[int, ...]:
    """Settle pending changes that no second look could repeat, if it is time: they are mailed as seen once.

    Returns their ids, () while there is hope.
    """
    page, schedule = step.page, step.config.schedule
    if not page.pending:
        return ()
    pending = list_pending(step.connection, page.id)
    waited = step.now - min(change.detected_at for change in pending)
    tried = page.second_look_failures + 1
    if tried < schedule.second_look_tries and waited < timedelta(seconds=schedule.second_look_give_up_s):
        return ()
    unrepeated = tuple(change.id for change in pending)
    settle_changes(step.connection, unrepeated, "unrepeated", visit_id, step.now)
    _queue(step, unrepeated)
    return unrepeated
