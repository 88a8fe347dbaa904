"""What of one page stands where on the other: blocks by key, then sentences by likeness.

Only what carries a statement on either side is aligned; the rest of a page's text cannot raise a change. Every rule is
symmetric, so that swapping the pages swaps the answer.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz, process

from monitor.types import FAMILY_OF, Block, Family, Kind, PageText, Statement

_DIGITS = re.compile(r"\d+(?:[.,\u00a0\u202f']\d+)*")
_ALIKE = 70.0  # the same sentence, wherever it stands
_LIKELY = 50.0  # the same sentence, if it stands in the same place or says the same kind of thing
_POSSIBLE = 24.0  # if both
_BONUS = 30.0  # at most, for sentences in one place that say the same kind of thing in the same words
_SURE = 118.0  # no two sentences apart reach more: 100, and 18 of the bonus
_POOL = 400  # units a side that are compared across the page; beyond that only within their hunk
_HUNK = 400  # pairs in one hunk that are all looked at
_WINDOW = 8  # sentences

# A disclaimer that turns into its opposite is this kind of claim.
OPPOSITE: dict[Kind, frozenset[Kind]] = {
    Kind.OUTCOME: frozenset({Kind.EFFICACY}),
    Kind.STATUS: frozenset({Kind.REGULATORY, Kind.EVIDENCE}),
    Kind.RISK: frozenset({Kind.SAFETY}),
}
_LIMITS = frozenset({Kind.OUTCOME, Kind.STATUS})
_DISCLAIMERS = frozenset(kind for kind in Kind if FAMILY_OF[kind] is Family.DISCLAIMER)


@dataclass(frozen=True, slots=True)
class Unit:
    """A sentence (list item, table row) with the statements in it. `hunk` are the unchanged blocks around its block."""

    block: int
    key: str
    text: str
    statements: tuple[Statement, ...]
    kinds: frozenset[Kind]
    before_key: str = ""
    after_key: str = ""


def changed_blocks(before: Sequence[Block], after: Sequence[Block]) -> tuple[set[int], set[int]]:
    """The indexes of the compared blocks that have no partner of the same key on the other side."""
    return _without_partner(before, after), _without_partner(after, before)


def _without_partner(blocks: Sequence[Block], others: Sequence[Block]) -> set[int]:
    left = Counter(block.key for block in others if block.boilerplate is None)
    alone = set()
    for index, block in enumerate(blocks):
        if block.boilerplate is not None:
            continue
        if left[block.key] > 0:
            left[block.key] -= 1
        else:
            alone.add(index)
    return alone


def units_of(page: PageText, statements: Iterable[Statement], changed: set[int]) -> list[Unit]:
    """The sentences with statements in the changed blocks, in order."""
    grouped: dict[tuple[int, str], list[Statement]] = {}
    for statement in statements:
        if statement.block in changed:
            grouped.setdefault((statement.block, statement.key), []).append(statement)
    around = _neighbours(page.blocks, changed)
    return [
        Unit(block, key, found[0].text, tuple(found), frozenset(s.kind for s in found), *around.get(block, ("", "")))
        for (block, key), found in grouped.items()
    ]


def _neighbours(blocks: Sequence[Block], changed: set[int]) -> dict[int, tuple[str, str]]:
    """The keys of the unchanged blocks before and after each changed one: both sides of a hunk share at least one."""
    around: dict[int, list[str]] = {}
    last = "^"
    for index, block in enumerate(blocks):
        if index in changed:
            around[index] = [last, "$"]
        elif block.boilerplate is None:
            last = block.key
    following = "$"
    for index in range(len(blocks) - 1, -1, -1):
        if index in changed:
            around[index][1] = following
        elif blocks[index].boilerplate is None:
            following = blocks[index].key
    return {index: (pair[0], pair[1]) for index, pair in around.items()}


def drop_identical(before: list[Unit], after: list[Unit]) -> tuple[list[Unit], list[Unit]]:
    """What is left when sentences that stand on both sides, if in another block, are taken out."""
    return _less(before, after), _less(after, before)


def _less(units: list[Unit], others: list[Unit]) -> list[Unit]:
    spare = Counter(unit.key for unit in others)
    left = []
    for unit in units:
        if spare[unit.key] > 0:
            spare[unit.key] -= 1
        else:
            left.append(unit)
    return left


def pair_units(before: list[Unit], after: list[Unit]) -> list[tuple[Unit, Unit]]:
    """Which sentence became which: the most alike first; a sentence has one partner at most.

    Nearly equal sentences in one place are better pairs than any two apart could be: they are made first, and what is
    left of a page that was edited all over is small enough to be looked at pair by pair.
    """
    if not before or not after:
        return []
    masked = [_DIGITS.sub("#", unit.key) for unit in before], [_DIGITS.sub("#", unit.key) for unit in after]
    likeness = _likeness_of_near(masked, sorted(_near_pairs(before, after)))
    sure = [pair for pair, score in likeness.items() if score >= _SURE - _BONUS]
    made = _made({}, (c for c in _candidates(before, after, sure, likeness, likeness) if -c[0] > _SURE))
    taken = set(made.values())
    near = {pair: alike for pair, alike in likeness.items() if pair[0] not in made and pair[1] not in taken}
    left = [i for i in range(len(before)) if i not in made], [j for j in range(len(after)) if j not in taken]
    is_small = len(before) <= _POOL and len(after) <= _POOL
    alike = near | {pair: score for pair, score in _far_alike(masked, left) if pair not in near} if is_small else near
    made = _made(made, _candidates(before, after, alike, alike, near))
    return [(before[i], after[j]) for i, j in sorted(made.items())]


_Pair = tuple[int, int]
_Candidate = tuple[float, int, int, int, int]


def _made(made: dict[int, int], candidates: Iterable[_Candidate]) -> dict[int, int]:
    """`made` with the best of the candidates added, each sentence with one partner."""
    made, taken = dict(made), set(made.values())
    for _, _, _, i, j in sorted(candidates):
        if i not in made and j not in taken:
            made[i] = j
            taken.add(j)
    return made


def _candidates(
    before: list[Unit],
    after: list[Unit],
    pairs: Iterable[_Pair],
    likeness: Mapping[_Pair, float],
    near: Collection[_Pair],
) -> Iterator[_Candidate]:
    """Those of the pairs that may be one sentence; sorted, the best come first, and of equals those less apart."""
    for i, j in pairs:
        old, new, alike = before[i], after[j], likeness[i, j]
        if alike < _POSSIBLE:
            continue
        related = are_related(old, new)
        close = (i, j) in near and (related or not _limit_other_things(old, new))
        limit = _POSSIBLE if close and related else _LIKELY if close or related else _ALIKE
        if alike >= limit:
            score = alike + 12 * close + 8 * related + fuzz.ratio(old.key, new.key) / 10
            yield -score, i + j, abs(i - j), i, j


def _likeness_of_near(masked: tuple[list[str], list[str]], pairs: list[_Pair]) -> dict[_Pair, float]:
    """How alike the sentences of one place are, 0 to 100, in whatever order their words stand; 0 for hardly."""
    found = dict(zip(pairs, _ratios(*masked, pairs), strict=True))
    unsure = [pair for pair, score in found.items() if score < _ALIKE]
    olds, news = ([" ".join(sorted(key.split())) for key in side] for side in masked)
    found.update(
        (pair, max(found[pair], score)) for pair, score in zip(unsure, _ratios(olds, news, unsure), strict=True)
    )
    return found


def _far_alike(masked: tuple[list[str], list[str]], left: tuple[list[int], list[int]]) -> Iterator[tuple[_Pair, float]]:
    """The pairs of the sentences `left` that are alike wherever they stand, and how much."""
    olds, news = left
    if olds and news:
        scores = process.cdist(
            [masked[0][i] for i in olds], [masked[1][j] for j in news], scorer=fuzz.ratio, score_cutoff=_LIKELY
        )
        for at, to in zip(*(axis.tolist() for axis in scores.nonzero()), strict=True):
            yield (olds[at], news[to]), float(scores[at][to])


def _near_pairs(before: list[Unit], after: list[Unit]) -> set[tuple[int, int]]:
    """Pairs in the same hunk; in a long hunk only those at about the same place in it."""
    pairs: set[tuple[int, int]] = set()
    for side in ("before_key", "after_key"):
        hunks: dict[str, list[int]] = {}
        for j, unit in enumerate(after):
            hunks.setdefault(getattr(unit, side), []).append(j)
        mine: dict[str, list[int]] = {}
        for i, unit in enumerate(before):
            mine.setdefault(getattr(unit, side), []).append(i)
        for key, left in mine.items():
            right = hunks.get(key, [])
            for at, i in enumerate(left):
                pairs.update((i, right[to]) for to in window(at, len(left), len(right)))
    return pairs


def window(at: int, many: int, others: int, *, pairs: int = _HUNK, reach: int = _WINDOW) -> range:
    """Which of `others` stand about where number `at` of `many` does, `reach` to a side; all, if that is few pairs."""
    if many * others <= pairs:
        return range(others)
    reach *= max(many, others)
    return range(max(0, -((reach - at * others) // many)), min(others, (at * others + reach) // many + 1))


def _ratios(before: Sequence[str], after: Sequence[str], pairs: Sequence[tuple[int, int]]) -> list[float]:
    """The likeness of each pair, 0 to 100; 0 where it is too small to matter."""
    if not pairs:
        return []
    found = process.cpdist(
        [before[i] for i, _ in pairs], [after[j] for _, j in pairs], scorer=fuzz.ratio, score_cutoff=_POSSIBLE
    )
    return [float(score) for score in found]


def are_related(old: Unit, new: Unit) -> bool:
    """Do the two say the same kind of thing, or its opposite? Two disclaimers must limit the same."""
    shared = old.kinds & new.kinds
    if shared - _DISCLAIMERS:
        return True
    if any(_limits(old, kind) & _limits(new, kind) for kind in shared):
        return True
    return _are_opposed(old.kinds, new.kinds) or _are_opposed(new.kinds, old.kinds)


def _limit_other_things(old: Unit, new: Unit) -> bool:
    """Do both limit and claim nothing? One limit does not become the other because it stands there; a risk may."""
    return bool(old.kinds & new.kinds) and (old.kinds | new.kinds) <= _LIMITS


@lru_cache(maxsize=4096)
def _are_opposed(limits: frozenset[Kind], claims: frozenset[Kind]) -> bool:
    return any(OPPOSITE.get(kind, frozenset()) & claims for kind in limits)


def _limits(unit: Unit, kind: Kind) -> set[str]:
    return {term for s in unit.statements if s.kind is kind for term in s.terms if term.startswith(f"{kind}:")}


def contains(whole: str, part: str) -> float:
    """How much of the words of `part` stand in `whole`, 0 to 100, in any order."""
    return fuzz.token_set_ratio(whole, part)
