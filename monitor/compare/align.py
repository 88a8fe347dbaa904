"""What of one page stands where on the other: blocks by key, then sentences by likeness.

Only what carries a statement on either side is aligned; the rest of a page's text cannot raise a change. Every rule is
symmetric, so that swapping the pages swaps the answer.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from monitor.types import FAMILY_OF, Block, Family, Kind, PageText, Statement

_DIGITS = re.compile(r"\d+(?:[.,\u00a0\u202f']\d+)*")
_ALIKE = 70.0  # the same sentence, wherever it stands
_LIKELY = 50.0  # the same sentence, if it stands in the same place or says the same kind of thing
_POSSIBLE = 24.0  # if both
_POOL = 400  # units a side that are compared across the page; beyond that only within their hunk
_HUNK = 400  # pairs in one hunk that are all looked at
_WINDOW = 8  # sentences

# A disclaimer that turns into its opposite is this kind of claim.
OPPOSITE: dict[Kind, frozenset[Kind]] = {
    Kind.OUTCOME: frozenset({Kind.EFFICACY}),
    Kind.STATUS: frozenset({Kind.REGULATORY, Kind.EVIDENCE}),
    Kind.RISK: frozenset({Kind.SAFETY}),
}


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
    """Which sentence became which: the most alike first; a sentence has one partner at most."""
    candidates = sorted(_candidates(before, after), key=lambda c: (-c[0], c[1] + c[2], abs(c[1] - c[2])))
    used_before: set[int] = set()
    used_after: set[int] = set()
    pairs = []
    for _, i, j in candidates:
        if i not in used_before and j not in used_after:
            used_before.add(i)
            used_after.add(j)
            pairs.append((i, j))
    return [(before[i], after[j]) for i, j in sorted(pairs)]


def _candidates(before: list[Unit], after: list[Unit]) -> list[tuple[float, int, int]]:
    if not before or not after:
        return []
    masked_before = [_DIGITS.sub("#", unit.key) for unit in before]
    masked_after = [_DIGITS.sub("#", unit.key) for unit in after]
    near = _near_pairs(before, after)
    found = []
    for i, j, score in _alike_pairs(masked_before, masked_after, near):
        old, new, alike = before[i], after[j], score
        close = (i, j) in near
        if close and alike < _ALIKE:
            alike = max(alike, fuzz.token_sort_ratio(masked_before[i], masked_after[j]))
        related = are_related(old, new)
        limit = _POSSIBLE if close and related else _LIKELY if close or related else _ALIKE
        if alike >= limit:
            found.append((alike + 12 * close + 8 * related + fuzz.ratio(old.key, new.key) / 10, i, j))
    return found


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
                for to, j in enumerate(right):
                    if len(left) * len(right) <= _HUNK or abs(at * len(right) - to * len(left)) <= _WINDOW * max(
                        len(left), len(right)
                    ):
                        pairs.add((i, j))
    return pairs


def _alike_pairs(before: list[str], after: list[str], near: set[tuple[int, int]]) -> Iterable[tuple[int, int, float]]:
    """Pairs that may be the same sentence, with their likeness; across a very large page only those near."""
    if len(before) > _POOL or len(after) > _POOL:
        for i, j in sorted(near):
            yield i, j, fuzz.ratio(before[i], after[j])
        return
    scores = process.cdist(before, after, scorer=fuzz.ratio, score_cutoff=_POSSIBLE)
    likely = {(int(i), int(j)) for i, j in zip(*(scores >= _LIKELY).nonzero(), strict=True)}
    for i, j in sorted(likely | near):
        yield i, j, float(scores[i][j])


def are_related(old: Unit, new: Unit) -> bool:
    """Do the two say the same kind of thing, or its opposite? Two disclaimers must limit the same."""
    shared = old.kinds & new.kinds
    if any(FAMILY_OF[kind] is not Family.DISCLAIMER for kind in shared):
        return True
    if any(_limits(old, kind) & _limits(new, kind) for kind in shared):
        return True
    return any(OPPOSITE.get(k, frozenset()) & new.kinds for k in old.kinds) or any(
        OPPOSITE.get(k, frozenset()) & old.kinds for k in new.kinds
    )


def _limits(unit: Unit, kind: Kind) -> set[str]:
    return {term for s in unit.statements if s.kind is kind for term in s.terms if term.startswith(f"{kind}:")}


def contains(whole: str, part: str) -> float:
    """How much of the words of `part` stand in `whole`, 0 to 100, in any order."""
    return fuzz.token_set_ratio(whole, part)
