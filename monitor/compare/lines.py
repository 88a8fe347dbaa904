"""Two page texts side by side, block by block, for people: what `clinicwatch diff` and the mails' links show.

This is a picture of the text, not a judgement: what a difference means is said by `compare.pages`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from rapidfuzz import fuzz

from monitor.compare.words import diff_words
from monitor.types import Block, PageText

_SAME_BLOCK = 50.0  # of 100: blocks less alike than this are one gone and one new, not one reworded
_AHEAD = 60  # blocks that are looked at for one that was reworded
_MOST = 4_000  # characters; longer blocks are told by their start and their end

Words = tuple[tuple[Literal["=", "-", "+"], str], ...]


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One block of either text, or one that both have. `mark` is "=", "-", "+", or "~" for one that was reworded.

    `before` and `after` are the blocks as shown ("" where there is none); `words` has the pieces of a reworded one.
    """

    mark: Literal["=", "-", "+", "~"]
    before: str
    after: str
    words: Words = ()


def diff_lines(before: PageText, after: PageText, *, boilerplate: bool = False) -> tuple[DiffLine, ...]:
    """The blocks of both texts in order; those labelled boilerplate only if asked for."""
    old = [block for block in before.blocks if boilerplate or block.boilerplate is None]
    new = [block for block in after.blocks if boilerplate or block.boilerplate is None]
    matcher = SequenceMatcher(None, [block.key for block in old], [block.key for block in new], autojunk=False)
    lines: list[DiffLine] = []
    for tag, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        if tag == "equal":
            pairs = zip(old[old_from:old_to], new[new_from:new_to], strict=True)
            lines.extend(DiffLine("=", left.text, right.text) for left, right in pairs)
        else:
            lines.extend(_replaced(old[old_from:old_to], new[new_from:new_to]))
    return tuple(lines)


def _replaced(old: Sequence[Block], new: Sequence[Block]) -> Iterator[DiffLine]:
    """The blocks of one hunk, in order: each old one with the first new one behind the last pair that is like it."""
    position = 0
    for left in old:
        ahead = range(position, min(len(new), position + _AHEAD))
        partner = next((at for at in ahead if _is_reworded(left.key, new[at].key)), None)
        if partner is None:
            yield DiffLine("-", left.text, "")
            continue
        yield from (DiffLine("+", "", right.text) for right in new[position:partner])
        yield DiffLine("~", left.text, new[partner].text, tuple(diff_words(left.text, new[partner].text)))
        position = partner + 1
    yield from (DiffLine("+", "", right.text) for right in new[position:])


def _is_reworded(before: str, after: str) -> bool:
    """Are the two so alike that one is the other, edited? The cost grows with the product of the lengths."""
    if max(len(before), len(after)) <= 2 * _MOST:
        return fuzz.ratio(before, after) >= _SAME_BLOCK
    start = fuzz.ratio(before[:_MOST], after[:_MOST])
    return max(start, fuzz.ratio(before[-_MOST:], after[-_MOST:])) >= _SAME_BLOCK


def with_context(lines: Sequence[DiffLine], around: int) -> tuple[tuple[int, DiffLine], ...]:
    """The lines that differ and `around` equal ones on both sides, with their indexes: a gap is a jump of the index."""
    differing = [index for index, line in enumerate(lines) if line.mark != "="]
    near = {at for index in differing for at in range(index - around, index + around + 1)}
    return tuple((index, line) for index, line in enumerate(lines) if index in near)
