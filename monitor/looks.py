"""Two looks before an alert: which changes are new, which were seen again, and which were not there after all.

Pure. A change is pending until enough looks agree, each a visit of its own. It is judged against the snapshot that
it was found against (its base), never against the look before: what is no longer different from there is withdrawn.
New changes are found against the *settled* snapshot, the newest one without open changes. Hence, per look:

    pending, and still different from its base  → one more look agrees; confirmed when enough do
    pending, no longer different                → superseded by a new change of the same words, else withdrawn
                                                  (flicker, where that happened before)
    different from the settled snapshot, unknown → new, pending
    mailed, but no longer so                    → what replaced it since the last look is new, found against that look
    nothing pending any more                    → settled: the newest snapshot is what comparisons start from

A change that came and went before must be seen by one more look for each time it did (rotating blocks, A/B tests).
On a page that does not settle, comparisons start from the look before (`max_flicker_looks`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from monitor.types import Change


@dataclass(frozen=True, slots=True)
class LookRules:
    """How many looks must agree, and after how many unsettled ones a page counts as flickering."""

    looks: int
    max_flicker_looks: int


@dataclass(frozen=True, slots=True)
class OpenChange:
    """A change since the settled snapshot: pending, or mailed already. `before_snapshot_id` is its base."""

    id: int
    state: str
    before_snapshot_id: int
    fingerprint: str
    kind: str
    direction: str
    before: str
    after: str
    looks: int
    detected_at: datetime

    @property
    def pending(self) -> bool:
        return self.state == "pending"


@dataclass(frozen=True, slots=True)
class Look:
    """What one good look brought.

    `found` holds the differences between each base and now: by snapshot id, for the settled snapshot and for the base
    of every open change. `since_last` are those since the newest snapshot (before this look). `recurrences` says how
    often a change of that fingerprint was settled on this page before.
    """

    open_changes: tuple[OpenChange, ...]
    found: Mapping[int, tuple[Change, ...]]
    since_last: tuple[Change, ...]
    settled_id: int
    newest_id: int
    unsettled_looks: int = 0
    recurrences: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NewChange:
    """A change that no look saw before, and the snapshot that it was found against."""

    base_id: int
    change: Change


@dataclass(frozen=True, slots=True)
class Settlement:
    """What follows from a look: ids of pending changes by what becomes of them, and the new ones.

    `agreed` are seen again (one look more), `confirmed` are those of them that have enough looks now. `settled`:
    nothing is pending, so the newest snapshot is the one to compare with. `rebase` is the snapshot to compare with
    meanwhile.
    """

    agreed: tuple[int, ...] = ()
    confirmed: tuple[int, ...] = ()
    withdrawn: tuple[int, ...] = ()
    superseded: tuple[int, ...] = ()
    flickered: tuple[int, ...] = ()
    added: tuple[NewChange, ...] = ()
    added_are_confirmed: bool = False
    settled: bool = True
    rebase: int | None = None


def looks_needed(fingerprint: str, recurrences: Mapping[str, int], rules: LookRules) -> int:
    """How many looks must agree on this change."""
    if rules.looks == 1:
        return 1
    return rules.looks + min(recurrences.get(fingerprint, 0), rules.max_flicker_looks)


def agree(open_changes: Iterable[OpenChange], recurrences: Mapping[str, int], rules: LookRules) -> Settlement:
    """A look that found the newest snapshot's text again: it agrees with all that is pending."""
    pending = [change for change in open_changes if change.pending]
    confirmed = _confirmed(pending, recurrences, rules)
    return Settlement(
        agreed=tuple(change.id for change in pending),
        confirmed=confirmed,
        settled=len(confirmed) == len(pending),
    )


def reconcile(look: Look, rules: LookRules) -> Settlement:
    """Judge every open change by a look that brought another text, and find the new ones."""
    seen = {base: {change.fingerprint for change in changes} for base, changes in look.found.items()}
    pending = [change for change in look.open_changes if change.pending]
    standing = [change for change in pending if change.fingerprint in seen[change.before_snapshot_id]]
    lost = [change for change in pending if change.fingerprint not in seen[change.before_snapshot_id]]
    mailed = [change for change in look.open_changes if not change.pending]
    undone = [change for change in mailed if change.fingerprint not in seen[change.before_snapshot_id]]
    known = {change.fingerprint for change in standing}
    known |= {change.fingerprint for change in mailed if change not in undone}
    flickering = look.unsettled_looks >= rules.max_flicker_looks
    added = _since_last(look, known, lost) if flickering else _since_settled(look, known, undone)
    superseded = tuple(old.id for old in lost if any(_replaces(new.change, old) for new in added))
    gone = [change for change in lost if change.id not in superseded]
    flickered = tuple(change.id for change in gone if flickering or look.recurrences.get(change.fingerprint, 0))
    confirmed = _confirmed(standing, look.recurrences, rules)
    at_once = rules.looks == 1
    settled = len(confirmed) == len(standing) and (at_once or not added)
    return Settlement(
        agreed=tuple(change.id for change in standing),
        confirmed=confirmed,
        withdrawn=tuple(change.id for change in gone if change.id not in flickered),
        superseded=superseded,
        flickered=flickered,
        added=added,
        added_are_confirmed=at_once,
        settled=settled,
        rebase=look.newest_id if flickering and not settled else None,
    )


def _confirmed(pending: Iterable[OpenChange], recurrences: Mapping[str, int], rules: LookRules) -> tuple[int, ...]:
    return tuple(
        change.id for change in pending if change.looks + 1 >= looks_needed(change.fingerprint, recurrences, rules)
    )


def _since_settled(look: Look, known: set[str], undone: list[OpenChange]) -> tuple[NewChange, ...]:
    """New against the settled snapshot; where a mailed change was undone, what undid it instead."""
    pending = {change.fingerprint for change in look.open_changes if change.pending}
    undoing = [
        change
        for change in look.since_last
        if change.fingerprint not in pending and any(_undoes(change, mailed) for mailed in undone)
    ]
    retold = {
        (mailed.kind, mailed.before)
        for mailed in undone
        if mailed.before and any(_undoes(change, mailed) for change in undoing)
    }
    fresh = [
        change
        for change in look.found[look.settled_id]
        if change.fingerprint not in known and (str(change.kind), change.before) not in retold
    ]
    return _unique([*_from(look.settled_id, fresh), *_from(look.newest_id, undoing)])


def _since_last(look: Look, known: set[str], lost: list[OpenChange]) -> tuple[NewChange, ...]:
    """New against the look before, on a page that does not settle; a pending change taken back is no news."""
    taken_back = {(change.kind, change.after, change.before) for change in lost}
    fresh = [
        change
        for change in look.since_last
        if change.fingerprint not in known and (str(change.kind), change.before, change.after) not in taken_back
    ]
    return _unique(_from(look.newest_id, fresh))


def _from(base_id: int, changes: Iterable[Change]) -> list[NewChange]:
    return [NewChange(base_id, change) for change in changes]


def _unique(changes: Iterable[NewChange]) -> tuple[NewChange, ...]:
    by_fingerprint: dict[str, NewChange] = {}
    for new in changes:
        by_fingerprint.setdefault(new.change.fingerprint, new)
    return tuple(by_fingerprint.values())


def _replaces(new: Change, old: OpenChange) -> bool:
    """Does `new` tell of the same words as the pending change that is no longer seen?"""
    if str(new.kind) != old.kind:
        return False
    return new.before == old.before if old.before else new.after == old.after


def _undoes(new: Change, mailed: OpenChange) -> bool:
    """Does `new` go on from where the mailed change ended, or bring back what it took away?"""
    if str(new.kind) != mailed.kind:
        return False
    return new.before == mailed.after if mailed.after else new.after == mailed.before
