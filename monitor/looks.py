"""Two looks before an alert: which changes are new, which were seen again, and which were not there after all.

Pure. What watchdogs know of a page and what it said on the last look differ by exactly the pending changes. So a look
that brings another text is judged in two ways: each pending change against the snapshot that it was found against
(its *base*: what watchdogs know), and everything else against the newest snapshot.

    pending, and still different from its base → one more look agrees; confirmed when enough do
    pending, no longer so                      → superseded where its words differ from the base in another way (that is
                                                 a new change from the same base), else withdrawn
    different from the newest snapshot         → new, pending, unless it only takes back or goes on with one of those

A change that came and went before must be seen by one more look for each time that it did (A/B tests, rotating
blocks): it is not mailed while it flickers, and not lost when it stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from monitor.types import Change


@dataclass(frozen=True, slots=True)
class LookRules:
    """How many looks must agree, and how many more at most where a change flickers."""

    looks: int
    max_flicker_looks: int


@dataclass(frozen=True, slots=True)
class PendingChange:
    """A change that waits for another look. `base_id` is the snapshot that it starts from."""

    id: int
    base_id: int
    fingerprint: str
    kind: str
    before: str
    after: str
    looks: int
    detected_at: datetime


@dataclass(frozen=True, slots=True)
class Look:
    """What one good look brought.

    `found` holds the differences between each base and now, by snapshot id: for the newest snapshot (before this
    look) and for the base of every pending change. `recurrences` says how often a change of that fingerprint was
    settled on this page before.
    """

    pending: tuple[PendingChange, ...]
    found: Mapping[int, tuple[Change, ...]]
    newest_id: int
    recurrences: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NewChange:
    """A change that no look saw before, and the snapshot that it was found against."""

    base_id: int
    change: Change


@dataclass(frozen=True, slots=True)
class Settlement:
    """What follows from a look: ids of pending changes by what becomes of them, and the new ones.

    `agreed` are seen again (one look more), `confirmed` are those of them that have enough looks now.
    `added_are_confirmed`: one look is enough.
    """

    agreed: tuple[int, ...] = ()
    confirmed: tuple[int, ...] = ()
    withdrawn: tuple[int, ...] = ()
    superseded: tuple[int, ...] = ()
    flickered: tuple[int, ...] = ()
    added: tuple[NewChange, ...] = ()
    added_are_confirmed: bool = False

    @property
    def still_pending(self) -> int:
        """How many changes wait for another look."""
        waiting = len(self.agreed) - len(self.confirmed)
        return waiting if self.added_are_confirmed else waiting + len(self.added)


def looks_needed(fingerprint: str, recurrences: Mapping[str, int], rules: LookRules) -> int:
    """How many looks must agree on this change."""
    if rules.looks == 1:
        return 1
    return rules.looks + min(recurrences.get(fingerprint, 0), rules.max_flicker_looks)


def agree(pending: Iterable[PendingChange], recurrences: Mapping[str, int], rules: LookRules) -> Settlement:
    """A look that found the newest snapshot's text again: it agrees with all that is pending."""
    pending = tuple(pending)
    return Settlement(agreed=tuple(change.id for change in pending), confirmed=_confirmed(pending, recurrences, rules))


def reconcile(look: Look, rules: LookRules) -> Settlement:
    """Judge every pending change by a look that brought another text, and find the new ones."""
    seen = {base: {change.fingerprint for change in changes} for base, changes in look.found.items()}
    standing = [change for change in look.pending if change.fingerprint in seen[change.base_id]]
    lost = [change for change in look.pending if change.fingerprint not in seen[change.base_id]]
    known = {change.fingerprint for change in standing}
    since_last = look.found[look.newest_id]
    instead = {old.id: _instead(old, look.found[old.base_id], since_last) for old in lost}
    added = [
        NewChange(old.base_id, change) for old in lost for change in instead[old.id] if change.fingerprint not in known
    ]
    added += [
        NewChange(look.newest_id, change)
        for change in since_last
        if change.fingerprint not in known and not any(_accounted(change, old, instead[old.id]) for old in lost)
    ]
    gone = [old.id for old in lost if not instead[old.id]]
    flickered = tuple(old.id for old in lost if old.id in gone and look.recurrences.get(old.fingerprint))
    return Settlement(
        agreed=tuple(change.id for change in standing),
        confirmed=_confirmed(standing, look.recurrences, rules),
        withdrawn=tuple(number for number in gone if number not in flickered),
        superseded=tuple(old.id for old in lost if instead[old.id]),
        flickered=flickered,
        added=_unique(added),
        added_are_confirmed=rules.looks == 1,
    )


def _confirmed(pending: Iterable[PendingChange], recurrences: Mapping[str, int], rules: LookRules) -> tuple[int, ...]:
    return tuple(
        change.id for change in pending if change.looks + 1 >= looks_needed(change.fingerprint, recurrences, rules)
    )


def _instead(old: PendingChange, from_base: Iterable[Change], since_last: Iterable[Change]) -> tuple[Change, ...]:
    """The differences from the base that a lost pending change's words have now, if any."""
    went_to = {change.after for change in since_last if _goes_on(change, old) and change.after}
    return tuple(
        change
        for change in from_base
        if str(change.kind) == old.kind
        and ((old.before and change.before == old.before) or (change.after and change.after in went_to))
    )


def _accounted(change: Change, old: PendingChange, instead: tuple[Change, ...]) -> bool:
    """Does `change`, since the last look, only take back the lost pending one, or go on to what stands instead?"""
    if str(change.kind) != old.kind:
        return False
    taken_back = change.after == old.before
    goes_on = any(other.after == change.after for other in instead)
    if old.after:
        return change.before == old.after and (taken_back or goes_on)
    return not change.before and (taken_back or goes_on)


def _goes_on(change: Change, old: PendingChange) -> bool:
    """Does `change` start from the words that the pending one ended with?"""
    return str(change.kind) == old.kind and bool(old.after) and change.before == old.after


def _unique(changes: Iterable[NewChange]) -> tuple[NewChange, ...]:
    by_fingerprint: dict[str, NewChange] = {}
    for new in changes:
        by_fingerprint.setdefault(new.change.fingerprint, new)
    return tuple(by_fingerprint.values())
