"""What looks teach: steps of the transaction in `monitor.ingest` that keep and count lessons on noise.

    a look with other bytes ─► lessons met, blocks held back: counted
    a new version ─► wordings that take turns, numbers that differ each time ─► lessons of the page
                 └─► once a day: what stands on most pages of the site ─► lessons of the site

What is decided is decided by `monitor.compare.noise`. An unchanged page comes nowhere near this.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from monitor.compare.noise import (
    SITE_PAGES,
    SITE_SHARE,
    TURNS,
    Lesson,
    Stretch,
    concerns,
    covers,
    learn_from_page,
    learn_from_site,
)
from monitor.looks import PendingChange, Settlement
from monitor.prepare import Reading
from monitor.settling import Step
from monitor.store.learned import (
    MOST_LESSONS,
    first_seen_at,
    forget_lessons,
    is_site_due,
    list_known,
    list_looks,
    list_said,
    list_shared,
    list_stretches,
    list_told,
    record_lessons,
    record_noise,
    replace_site_lessons,
)
from monitor.store.pending import list_pending
from monitor.text.learned import Learned

HISTORY = timedelta(days=30)  # how far back a page's history teaches
FORGET = timedelta(days=60)  # a wording that no look showed for so long takes no turns any more
SITE_EVERY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Learnt:
    """What a new version taught: pending changes that were turns of known wordings (`flickered`) or have a claim in a
    wording that takes turns and was never told (`told`), and wordings that are shown no more."""

    flickered: tuple[int, ...] = ()
    told: tuple[int, ...] = ()
    ended: tuple[str, ...] = ()

    @property
    def settlement(self) -> Settlement:
        return Settlement(confirmed=self.told, flickered=self.flickered)

    @property
    def settled(self) -> int:
        """How many changes wait no longer."""
        return len(self.flickered) + len(self.told)


def count_noise(step: Step, reading: Reading) -> int | None:
    """Count what lessons held back on this look; returns how many blocks that were, None where nothing was."""
    if reading.noise is None:
        return None
    record_noise(step.connection, step.page, reading.noise, step.now)
    return len(reading.noise.held) or None


def learn(step: Step, number: int) -> Learnt:
    """Learn from the page's history up to version `number`, just written, and from its site's."""
    connection, page = step.connection, step.page
    _learn_from_site(step)
    if number < TURNS:
        return Learnt()
    forgotten = forget_lessons(connection, page.id, step.now - FORGET)
    ended = tuple(f"last shown {met_at:%Y-%m-%d}: {text}" for kind, text, met_at in forgotten if kind == _ROTATING)
    since = step.now - HISTORY
    stretches = list_stretches(connection, page.id, since)
    if sum(1 for one in stretches if one.until is not None) < TURNS - 1:
        return Learnt(ended=ended)
    known = list_known(connection, page.id)
    if len(known) >= MOST_LESSONS:
        return Learnt(ended=ended)
    looks, said = list_looks(connection, page.id, since), list_said(connection, page.id, since)
    lessons = learn_from_page(stretches, looks, said, known)[: MOST_LESSONS - len(known)]
    fresh = record_lessons(connection, page.host_id, page.id, lessons, step.now)
    if not fresh:
        return Learnt(ended=ended)
    flickered, told = _settle(list_pending(connection, page.id), fresh, _untold(step, fresh, stretches))
    return Learnt(flickered, told, ended)


_ROTATING = str(Learned.ROTATING)


def _settle(
    pending: Sequence[PendingChange], lessons: Sequence[Lesson], untold: Sequence[Lesson]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The pending changes that are mere turns, and those to be told although they are: once for each wording."""
    flickered, told = [], []
    for change in pending:
        if change.after and any(covers(lesson, change.after) for lesson in untold):
            told.append(change.id)
        elif concerns(lessons, change.before, change.after):
            flickered.append(change.id)
    return tuple(flickered), tuple(told)


def _untold(step: Step, lessons: Sequence[Lesson], stretches: Sequence[Stretch]) -> list[Lesson]:
    """The lessons whose wording nobody was told of, and that the page did not have from the beginning."""
    beginning = first_seen_at(step.connection, step.page.id)
    from_the_beginning = [one.text for one in stretches if beginning is not None and one.since <= beginning]
    known = [*list_told(step.connection, step.page.id), *from_the_beginning]
    return [lesson for lesson in lessons if not any(covers(lesson, words) for words in known)]


def _learn_from_site(step: Step) -> None:
    connection, host_id = step.connection, step.page.host_id
    if not is_site_due(connection, host_id, step.now, step.now - SITE_EVERY, SITE_PAGES):
        return
    pages, shared, statements = list_shared(connection, host_id, SITE_PAGES)
    least = math.ceil(max(SITE_PAGES, SITE_SHARE * pages))
    lessons = learn_from_site([one for one in shared if one[3] >= least], pages, statements)
    replace_site_lessons(connection, host_id, lessons, step.now)
