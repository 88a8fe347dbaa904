"""What a page's history proves to be noise: wordings that take turns, and numbers that differ on every look. Pure.

Time is counted in good looks at the page, never in hours: a text that an editor put back after three days stood for a
dozen looks, one that the server draws by lot stands for one or two. A lesson is certain enough to hold changes back;
it never holds back prices, disclaimers and words of regulators (`monitor.text.learned`), nor a wording that is new.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from statistics import median

from monitor.text.cues import find_cue
from monitor.text.keys import fold
from monitor.text.learned import Learned, digest_of, may_rotate, may_vary, template_of
from monitor.types import FAMILY_OF, Family, Kind

TURNS = 3  # times that a wording must have stood, away in between
TURN_LOOKS = 4  # a turn, and a pause, are no longer than this, in the middle of all
WORDINGS = 4  # of one template
WORDING_LOOKS = 2  # looks that each of them stood for, in the middle of all
_COUNTER_CHARS = 300  # a counter is a line; a long text with other numbers is an edit
SITE_SHARE = 0.6  # of a site's pages
SITE_PAGES = 3  # at least

_NEVER_TURNS = frozenset({Kind.REGULATORY})
_MAY_COUNT = frozenset({Kind.TREATMENT, Kind.STANDING, Kind.URGENCY, Kind.EVIDENCE})  # "12,345 patients treated"


@dataclass(frozen=True, slots=True)
class Stretch:
    """One unbroken time in which a wording stood on the page; `until` is the first look without it, None: it stands.

    `key` is the SHA-256 of the folded wording.
    """

    key: bytes
    text: str
    region: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Said:
    """A statement that stood on the page, now or before: what no lesson may hold back depends on its kind."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class Lesson:
    """One block that is noise from now on. `key` as in `monitor.text.learned.Lessons`; `evidence` is for people."""

    kind: Learned
    key: bytes
    text: str
    region: str
    evidence: str


def learn_from_page(
    stretches: Sequence[Stretch],
    looks: Sequence[datetime],
    said: Collection[Said],
    known: Collection[tuple[Learned, bytes]] = (),
) -> tuple[Lesson, ...]:
    """The lessons of one page's recent history that are not `known` yet; `looks` are the good looks of that time, in
    order."""
    return (*_turns(stretches, looks, said, known), *_counters(stretches, looks, said, known))


def learn_from_site(
    shared: Iterable[tuple[bytes, str, str, int]], pages: int, statements: Collection[str]
) -> tuple[Lesson, ...]:
    """What of the blocks that several pages of a site share (key, text, region, pages) is boilerplate of the site.

    `statements` are the texts of statements on these pages; a block that holds one stays compared on every page.
    """
    from_pages = max(SITE_PAGES, SITE_SHARE * pages)
    return tuple(
        Lesson(Learned.SITE, key, text, region, f"on {count} of {pages} pages of the site")
        for key, text, region, count in shared
        if count >= from_pages and may_be_site_wide(text) and not any(one in text for one in statements)
    )


def concerns(lessons: Iterable[Lesson], before: str, after: str) -> bool:
    """Does a change of these words (either may be "") say no more than that learned blocks took turns?"""
    known = tuple(lessons)
    sides = [side for side in (before, after) if side]
    return bool(known) and all(any(covers(lesson, side) for lesson in known) for side in sides)


def covers(lesson: Lesson, words: str) -> bool:
    """Are these words (a sentence, or a whole block) a part of what the lesson holds back?"""
    text, words = _folded(lesson.text), _folded(words)
    if lesson.kind is not Learned.VOLATILE:
        return words in text
    return (template_of(words) or words) in (template_of(text) or text)


def _turns(
    stretches: Sequence[Stretch],
    looks: Sequence[datetime],
    said: Collection[Said],
    known: Collection[tuple[Learned, bytes]],
) -> list[Lesson]:
    """Wordings that came, went and came back so often and so soon that nobody edits them."""
    by_key: dict[bytes, list[Stretch]] = defaultdict(list)
    for stretch in stretches:
        by_key[stretch.key].append(stretch)
    lessons = []
    for key, times in by_key.items():
        if len(times) < TURNS or (Learned.ROTATING, key) in known:
            continue
        times.sort(key=lambda one: one.since)
        spans = [_looks_between(looks, one.since, one.until) for one in times if one.until is not None]
        spans += [
            _looks_between(looks, one.until, following.since)
            for one, following in pairwise(times)
            if one.until is not None
        ]
        text = times[-1].text
        if median(spans) <= TURN_LOOKS and may_rotate(text) and not _is_weighty(_kinds(text, said)):
            evidence = f"came and went: it stood {len(times)} times, {_count(median(spans), 'look')} at a time"
            lessons.append(Lesson(Learned.ROTATING, key, text, times[-1].region, evidence))
    return lessons


def _counters(
    stretches: Sequence[Stretch],
    looks: Sequence[datetime],
    said: Collection[Said],
    known: Collection[tuple[Learned, bytes]],
) -> list[Lesson]:
    """Templates whose numbers were others on nearly every look."""
    by_template: dict[tuple[str, str], list[Stretch]] = defaultdict(list)
    for stretch in stretches:
        if len(stretch.text) <= _COUNTER_CHARS and (template := template_of(_folded(stretch.text))) is not None:
            by_template[template, stretch.region].append(stretch)
    lessons = []
    for (template, region), times in by_template.items():
        wordings = {one.key for one in times}
        spans = [_looks_between(looks, one.since, one.until) for one in times if one.until is not None]
        if len(wordings) < WORDINGS or len(spans) < WORDINGS - 1 or median(spans) > WORDING_LOOKS:
            continue
        if (Learned.VOLATILE, digest_of(template)) in known:
            continue
        last = max(times, key=lambda one: one.since)
        if all(may_vary(one.text) for one in times) and _kinds(last.text, said) <= _MAY_COUNT:
            evidence = f"{len(wordings)} wordings that differ in numbers only, {_count(median(spans), 'look')} each"
            lessons.append(Lesson(Learned.VOLATILE, digest_of(template), last.text, region, evidence))
    return lessons


@lru_cache(maxsize=20_000)  # asked again on every version for as long as history teaches
def _folded(text: str) -> str:
    return fold(text).casefold()


def may_be_site_wide(text: str) -> bool:
    """May a block be called the site's, and not compared on its pages? Not where it has a cue of any kind."""
    return find_cue(text) is None


def _looks_between(looks: Sequence[datetime], since: datetime, until: datetime) -> int:
    """Good looks from `since` until before `until`; at least the one that found it."""
    return max(bisect_left(looks, until) - bisect_left(looks, since), 1)


def _kinds(text: str, said: Collection[Said]) -> set[Kind]:
    return {one.kind for one in said if one.text in text}


def _is_weighty(kinds: set[Kind]) -> bool:
    return bool(kinds & _NEVER_TURNS) or any(FAMILY_OF[kind] is not Family.CLAIM for kind in kinds)


def _count(number: float, unit: str) -> str:
    return f"{number:g} {unit}" if number == 1 else f"{number:g} {unit}s"
