"""Two page texts → what changed in meaning, by the taxonomy (docs/taxonomy.md).

blocks by key ─► sentences that differ ─► paired ─► statements compared ─► left over: added, removed
                                                            └► merged (one change a block, kind and direction;
                                                               identical ones in several places are one)
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from monitor.compare.align import Unit, changed_blocks, drop_identical, pair_units, units_of
from monitor.compare.articles import rotated_articles
from monitor.compare.changes import Finding, compare_limits, compare_statements
from monitor.compare.documents import changed_documents
from monitor.compare.leftovers import Leftover, settle_leftovers
from monitor.compare.places import find_moved
from monitor.compare.testimonials import compare_stories
from monitor.meaning.lexicon import Lexicons
from monitor.meaning.sentences import split_sentences
from monitor.meaning.statements import find_statements
from monitor.text.keys import fold
from monitor.text.learned import Learned
from monitor.types import BlockKind, Change, Comparison, Cue, Direction, Kind, PageText, Region, Statement

_CONTEXT = 240  # characters
_STUDIED = 2.5  # strength of evidence from which it is news beside the benefit: a controlled trial, an ethics approval


@dataclass(frozen=True, slots=True)
class Sides:
    """Both pages with their statements."""

    before: PageText
    after: PageText
    old: tuple[Statement, ...]
    new: tuple[Statement, ...]


def compare_pages(
    before: PageText,
    after: PageText,
    lexicons: Lexicons,
    before_statements: tuple[Statement, ...] | None = None,
    after_statements: tuple[Statement, ...] | None = None,
) -> Comparison:
    """Everything that `after` says differently from `before`; both must be of the same extractor version.

    Statements found before can be passed in; otherwise they are found here.
    """
    old = find_statements(before, lexicons) if before_statements is None else before_statements
    new = find_statements(after, lexicons) if after_statements is None else after_statements
    gone, come, notices = rotated_articles(before.blocks, after.blocks)
    sides = Sides(
        before,
        after,
        tuple(s for s in old if s.block not in gone),
        tuple(s for s in new if s.block not in come),
    )
    findings = find_changes(sides, lexicons)
    changes = tuple(_change(group, sides) for group in _by_place(findings))
    text_changed = before.compared_sha256 != after.compared_sha256 or bool(changes)
    return Comparison(text_changed, changes, notices + changed_documents(before.blocks, after.blocks))


def find_changes(sides: Sides, lexicons: Lexicons) -> list[Finding]:
    """The findings in the order of the pages, not yet gathered over places."""
    gone, come = changed_blocks(sides.before.blocks, sides.after.blocks)
    old_units = units_of(sides.before, sides.old, gone)
    new_units = units_of(sides.after, sides.new, come)
    old_units, new_units = drop_identical(old_units, new_units)
    findings: list[Finding] = []
    removed: list[Leftover] = []
    added: list[Leftover] = []
    pairs = pair_units(old_units, new_units)
    for old, new in pairs:
        _compare_units(old, new, findings, removed, added)
    paired = {id(unit) for pair in pairs for unit in pair}
    removed += _alone(old_units, paired, sides.before)
    added += _alone(new_units, paired, sides.after)
    findings += settle_leftovers(removed, added, old=sides.old, new=sides.new, before=sides.before, after=sides.after)
    turning = _tells_in_turns(sides.before, lexicons), _tells_in_turns(sides.after, lexicons)
    findings += compare_stories(sides.old, sides.new, turning)
    findings += find_moved(sides.before, sides.after, old=sides.old, new=sides.new, lexicons=lexicons)
    return sorted(findings, key=_order)


def _tells_in_turns(page: PageText, lexicons: Lexicons) -> bool:
    """Do blocks that history proved to rotate tell stories? They are not compared, but then no story is a first one."""
    blocks = tuple(replace(block, boilerplate=None) for block in page.blocks if block.boilerplate == Learned.ROTATING)
    found = find_statements(replace(page, blocks=blocks), lexicons) if blocks else ()
    return any(statement.kind is Kind.TESTIMONIAL for statement in found)


def _alone(units: list[Unit], paired: set[int], page: PageText) -> list[Leftover]:
    return [
        Leftover(statement, unit, None, page.blocks[unit.block].kind is BlockKind.LIST_ITEM)
        for unit in units
        if id(unit) not in paired
        for statement in unit.statements
    ]


def _compare_units(
    old: Unit, new: Unit, findings: list[Finding], removed: list[Leftover], added: list[Leftover]
) -> None:
    left = {statement.kind: statement for statement in old.statements}
    right = {statement.kind: statement for statement in new.statements}
    _match_free(left, right)
    _match_free(right, left)
    limits = (left.get(Kind.OUTCOME), right.get(Kind.OUTCOME))
    own: list[Finding] = []
    for kind, statement in left.items():
        if kind in right:
            if _turns_over(kind, left, right):
                removed.append(Leftover(statement, old, new))
                continue
            if _turns_over(kind, right, left):
                added.append(Leftover(right[kind], new, old))
                continue
            finding = None if kind is Kind.TESTIMONIAL else compare_statements(statement, right[kind])
            if finding is None and kind is Kind.EFFICACY:
                finding = compare_limits(statement, right[kind], *limits)
            if finding is not None:
                own.append(finding)
        elif not _is_proof_of(statement, left, right):
            removed.append(Leftover(statement, old, new))
    more = any(finding.kind in (Kind.EFFICACY, Kind.SAFETY) for finding in own)
    findings += [one for one in own if not (more and one.kind is Kind.EVIDENCE and one.rule.endswith("evidence"))]
    added.extend(
        Leftover(statement, new, old)
        for kind, statement in right.items()
        if kind not in left and not _is_proof_of(statement, left, right)
    )


def _is_proof_of(statement: Statement, left: dict[Kind, Statement], right: dict[Kind, Statement]) -> bool:
    """Does "proven" only strengthen what both sentences claim? ("may slow" → "is proven to slow")"""
    is_little = statement.kind is Kind.EVIDENCE and statement.strength < _STUDIED
    return is_little and not left.keys().isdisjoint({Kind.EFFICACY, Kind.SAFETY} & right.keys())


def _match_free(paid: dict[Kind, Statement], free: dict[Kind, Statement]) -> None:
    """What cost a sum on one side and is free on the other is one price that changed, no term of sale."""
    terms = free.get(Kind.TERMS)
    if Kind.AMOUNT not in paid or Kind.AMOUNT in free or Kind.TERMS in paid or terms is None:
        return
    if terms.prices and all(price.qualifier == "free" for price in terms.prices):
        free[Kind.AMOUNT] = replace(free.pop(Kind.TERMS), kind=Kind.AMOUNT)


_PROMISED = frozenset({"outcome:not_cure", "outcome:no_guarantee"})


def _turns_over(kind: Kind, left: dict[Kind, Statement], right: dict[Kind, Statement]) -> bool:
    """Is what one wording denies promised by the other, though a smaller limit stays in the same sentence?"""
    if kind is not Kind.OUTCOME:
        return False
    lost = _PROMISED.intersection(left[kind].terms) - set(right[kind].terms)
    return bool(lost) and Kind.EFFICACY in right and right[Kind.EFFICACY].absolute and Kind.EFFICACY not in left


def _order(finding: Finding) -> tuple[int, str, str]:
    statement = finding.after or finding.before
    return (statement.block if statement else 0, finding.kind, finding.direction)


def _by_place(findings: list[Finding]) -> list[list[Finding]]:
    """Identical findings in several places, together."""
    groups: dict[tuple[object, ...], list[Finding]] = {}
    for finding in findings:
        identity: tuple[object, ...] = finding.signature or (
            finding.before.key if finding.before else "",
            finding.after.key if finding.after else "",
        )
        groups.setdefault((finding.kind, finding.direction, identity), []).append(finding)
    return list(groups.values())


def _change(group: list[Finding], sides: Sides) -> Change:
    first = group[0]
    statement = first.after or first.before
    before = first.before.text if first.before else ""
    after = first.after.text if first.after else ""
    worst = max((finding.severity for finding in group), key=_rank)
    page = sides.after if first.after else sides.before
    return Change(
        kind=first.kind,
        direction=first.direction,
        severity=worst,
        before=before,
        after=after,
        region=statement.region if statement else Region.MAIN,
        path=statement.path if statement else (),
        reason=first.reason,
        rule=first.rule,
        fingerprint=fingerprint(first.kind, first.direction, before, after),
        cues=_cues(first),
        confidence=min(s.confidence for s in (first.before, first.after) if s is not None),
        places=len(group),
        context=_context(statement, page),
    )


def _cues(finding: Finding) -> tuple[Cue, ...]:
    statements: Iterable[Statement | None] = (finding.before, finding.after)
    return tuple(dict.fromkeys(cue for s in statements if s is not None for cue in s.cues))


def _rank(severity: object) -> int:
    return ("low", "medium", "high", "critical").index(str(severity))


def fingerprint(kind: Kind, direction: Direction, before: str, after: str) -> str:
    """SHA-256 (hex) of what a change says: equal for the same change on another look or page."""
    parts = "\x00".join((kind, direction, fold(before), fold(after)))
    return hashlib.sha256(parts.encode("utf-8", "surrogatepass")).hexdigest()


def _context(statement: Statement | None, page: PageText) -> str:
    """The sentence before the statement in its block, or the one after it."""
    if statement is None or not 0 <= statement.block < len(page.blocks):
        return ""
    sentences, places = _sentences(page.blocks[statement.block].text, statement.language)
    if statement.text not in places or len(sentences) < 2:
        return ""
    index = places[statement.text]
    return sentences[index - 1 if index else 1][:_CONTEXT]


@lru_cache(maxsize=16)  # many changes may stand in one long block
def _sentences(text: str, language: str) -> tuple[list[str], dict[str, int]]:
    """The sentences of a block, and where each stands first."""
    sentences = split_sentences(text, language)
    return sentences, {sentence: index for index, sentence in reversed(list(enumerate(sentences)))}
