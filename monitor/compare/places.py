"""Disclaimers that kept their words and lost their place: from the main text to below the newsletter line, or back."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.compare.changes import Finding
from monitor.compare.severity import severity_of
from monitor.meaning.lexicon import Lexicons
from monitor.meaning.reading import read_sentence
from monitor.types import FAMILY_OF, Block, Direction, Family, PageText, Region, Statement

_MAIN_REGIONS = frozenset({Region.MAIN, Region.HEADER})
_FURNITURE = 200  # characters; a longer block that nobody labelled is content, whatever words it holds


def find_moved(
    before: PageText,
    after: PageText,
    *,
    old: Sequence[Statement],
    new: Sequence[Statement],
    lexicons: Lexicons,
) -> list[Finding]:
    """One finding for each block of disclaimers whose words are all there, in a place that is seen less or more."""
    old_best = _prominence(before, old, lexicons)
    new_best = _prominence(after, new, lexicons)
    findings: list[Finding] = []
    blocks: set[int] = set()
    for statement in old:
        if FAMILY_OF[statement.kind] is not Family.DISCLAIMER or statement.block in blocks:
            continue
        was, now = old_best.get(statement.key), new_best.get(statement.key)
        if was is None or now is None or was[0] == now[0]:
            continue
        blocks.add(statement.block)
        severity = severity_of(statement.kind, Direction.MOVED, statement, now[1])
        way = "to a less prominent place" if now[0] > was[0] else "back to the main text"
        findings.append(
            Finding(
                statement.kind, Direction.MOVED, severity, statement, now[1], f"same words, moved {way}", "moved.place"
            )
        )
    return findings


def _prominence(
    page: PageText, statements: Sequence[Statement], lexicons: Lexicons
) -> dict[str, tuple[int, Statement]]:
    """For each wording of a disclaimer its most prominent place: 0 in the main text, 1 outside or below it."""
    disclaimers = [s for s in statements if FAMILY_OF[s.kind] is Family.DISCLAIMER]
    if not disclaimers:
        return {}
    bearing = {s.block for s in disclaimers}
    tail = _tail(page.blocks, bearing, page.language, lexicons)
    best: dict[str, tuple[int, Statement]] = {}
    for statement in disclaimers:
        block = page.blocks[statement.block]
        place = 0 if block.region in _MAIN_REGIONS and statement.block < tail else 1
        if statement.key not in best or place < best[statement.key][0]:
            best[statement.key] = (place, statement)
    return best


def _tail(blocks: Sequence[Block], bearing: set[int], language: str, lexicons: Lexicons) -> int:
    """Where the page's furniture starts: the first cookie, newsletter or copyright line after the last content."""
    tail = len(blocks)
    for index in range(len(blocks) - 1, -1, -1):
        if is_furniture(blocks[index], language, lexicons):
            tail = index
        elif index not in bearing:
            break
    return tail


def is_furniture(block: Block, language: str, lexicons: Lexicons) -> bool:
    """Does the block belong to the site rather than to what the page says?"""
    if block.boilerplate is not None or block.region in (Region.FOOTER, Region.POPUP, Region.NAV):
        return True
    if len(block.text) > _FURNITURE:
        return False
    return read_sentence(block.text, lexicons.get(language)).has("noise")
