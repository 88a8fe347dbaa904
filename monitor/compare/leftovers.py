"""Statements without a partner: really new or gone, or said elsewhere in other words?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from monitor.compare.align import OPPOSITE, Unit, contains, window
from monitor.compare.changes import Finding, compare_statements
from monitor.compare.severity import severity_of
from monitor.types import FAMILY_OF, SEVERITIES, BlockKind, Direction, Family, Kind, PageText, Severity, Statement

_SPLIT = 75.0  # so many of the words of one sentence in another: it was split or merged
_PAINS = frozenset(f"condition:{part}" for part in ("joint", "knee", "hip", "shoulder", "back", "neuralgia"))
_MOST_PAIRS = 40_000  # of one kind that are all looked at
_REACH = 40  # statements either way, where there are more
_WEAK = 0.7  # statements less certain than this count only where nothing else is said


@dataclass(frozen=True, slots=True)
class Leftover:
    """A statement of `unit` whose kind the sentence that took its place (`partner`) does not have."""

    statement: Statement
    unit: Unit
    partner: Unit | None
    is_listed: bool = False


def settle_leftovers(
    removed: list[Leftover],
    added: list[Leftover],
    *,
    old: Sequence[Statement],
    new: Sequence[Statement],
    before: PageText,
    after: PageText,
) -> list[Finding]:
    """Findings for what was added and removed, after all that only changed its place or its words is taken out."""
    removed = [item for item in removed if item.statement.kind is not Kind.TESTIMONIAL]
    added = [item for item in added if item.statement.kind is not Kind.TESTIMONIAL]
    findings: list[Finding] = []
    removed, added = _matched(removed, added, findings)
    flipped = _flips(removed, added)
    if not removed and not added:
        return findings
    was, now = Said(old), Said(new)
    removed = _mattering(removed, flipped, now)
    added = _mattering(added, flipped, was)
    gone = [_gone(item, now, denied=id(item) in flipped.denied) for item in removed]
    come = [_come(item, was, firm=id(item) in flipped.firm, denied=id(item) in flipped.denied) for item in added]
    findings += _gathered(_softened(gone, old, new), removed, before)
    findings += _gathered(_softened(come, new, old), added, after)
    return findings


def _matched(
    removed: list[Leftover], added: list[Leftover], findings: list[Finding]
) -> tuple[list[Leftover], list[Leftover]]:
    """Take out what stands on both sides: the same in other words, or one sentence split or merged."""
    candidates = []
    for i, j in _comparable(removed, added):
        if (score := _likeness(removed[i], added[j])) > 0:
            candidates.append((-score, i + j, i, j))
    used_removed: set[int] = set()
    used_added: set[int] = set()
    for _, _, i, j in sorted(candidates):
        if i in used_removed or j in used_added:
            continue
        used_removed.add(i)
        used_added.add(j)
        finding = compare_statements(removed[i].statement, added[j].statement)
        if finding is not None:
            findings.append(finding)
    return (
        [item for i, item in enumerate(removed) if i not in used_removed],
        [item for j, item in enumerate(added) if j not in used_added],
    )


def _comparable(removed: list[Leftover], added: list[Leftover]) -> Iterator[tuple[int, int]]:
    """The pairs of one kind; where both sides have hundreds, those at about the same place among them."""
    by_kind: dict[Kind, list[int]] = {}
    for j, come in enumerate(added):
        by_kind.setdefault(come.statement.kind, []).append(j)
    mine: dict[Kind, list[int]] = {}
    for i, gone in enumerate(removed):
        mine.setdefault(gone.statement.kind, []).append(i)
    for kind, left in mine.items():
        right = by_kind.get(kind, [])
        for at, i in enumerate(left):
            for to in window(at, len(left), len(right), pairs=_MOST_PAIRS, reach=_REACH):
                yield i, right[to]


def _likeness(gone: Leftover, come: Leftover) -> float:
    """0 where the two are not the same statement."""
    left, right = gone.statement, come.statement
    words = contains(left.key, right.key)
    family = FAMILY_OF[left.kind]
    if family is Family.PRICE:
        return words if left.prices == right.prices or words >= _SPLIT else 0.0
    same = left.terms == right.terms and left.strength == right.strength and left.values == right.values
    if family is Family.DISCLAIMER:
        return 100.0 + words if same else words if words >= _SPLIT else 0.0
    if same and (left.terms or left.values) and words >= 45:
        return 100.0 + words
    return words if words >= _SPLIT else 0.0


class Said:
    """What a page says, to be asked for often: its wordings, prices and concepts by kind, its lists of risks."""

    def __init__(self, statements: Sequence[Statement]) -> None:
        self.keys = {(s.kind, s.key) for s in statements}
        self.prices = {(s.kind, s.prices) for s in statements if s.prices}
        self.kinds_terms = {(s.kind, term) for s in statements for term in s.terms}
        self.terms = {term for _, term in self.kinds_terms}
        self.risks = {s.path for s in statements if s.kind is Kind.RISK}


@dataclass(frozen=True, slots=True)
class _Flips:
    """By id of the leftover: claims that count no more, promises of what was denied, disclaimers now denied."""

    dropped: frozenset[int]
    firm: frozenset[int]
    denied: frozenset[int]
    claims: frozenset[int]

    def keeps(self, item: Leftover) -> bool:
        return id(item) not in self.dropped

    def has(self, item: Leftover) -> bool:
        """Is it one of the two halves of a flip?"""
        return id(item) in self.claims


def _flips(removed: list[Leftover], added: list[Leftover]) -> _Flips:
    """A disclaimer turned into its opposite is two changes: it is gone, and the claim is new.

    Of several claims in the new wording the opposite one counts. What was denied and is now promised is absolute.
    """
    dropped: set[int] = set()
    firm: set[int] = set()
    denied: set[int] = set()
    kept: set[int] = set()
    for losers, winners in ((removed, added), (added, removed)):
        by_place: dict[tuple[int, int], list[Leftover]] = {}
        for item in winners:
            by_place.setdefault((id(item.unit), id(item.partner)), []).append(item)
        for gone in losers:
            opposite = OPPOSITE.get(gone.statement.kind)
            if opposite is None or gone.partner is None:
                continue
            there = by_place.get((id(gone.partner), id(gone.unit)), [])
            claims = [item for item in there if FAMILY_OF[item.statement.kind] is Family.CLAIM]
            matching = [item for item in claims if item.statement.kind in opposite and _denies(item, gone)]
            matching = [item for item in matching if item.statement.rule != "evidence.study"]
            dropped.update(id(item) for item in claims if item not in matching and _was_there(item))
            if matching:
                best = max(matching, key=lambda item: (item.statement.absolute, item.statement.strength))
                denied.add(id(gone))
                kept.add(id(best))
                dropped.update(id(item) for item in claims if item is not best)
                if gone.statement.kind is not Kind.STATUS and losers is removed and best.statement.strength >= 1:
                    firm.add(id(best))
    return _Flips(frozenset(dropped), frozenset(firm), frozenset(denied), frozenset(kept))


# Of these limits the opposite is a claim of one kind only.
_DENIED_BY = {"status:no_evidence": Kind.EVIDENCE, "status:not_approved": Kind.REGULATORY}


def _denies(claim: Leftover, gone: Leftover) -> bool:
    if gone.statement.kind is not Kind.STATUS:
        return True
    kinds = {_DENIED_BY[term] for term in gone.statement.terms if term in _DENIED_BY}
    return claim.statement.kind in kinds if kinds else claim.statement.kind is Kind.REGULATORY


def _was_there(claim: Leftover) -> bool:
    """Did the words of the claim stand in the sentence before, kept from being one by the disclaimer beside them?"""
    words = claim.partner.key if claim.partner else ""
    return bool(claim.statement.cues) and all(cue.text.casefold() in words for cue in claim.statement.cues)


def _mattering(items: list[Leftover], flipped: _Flips, other: Said) -> list[Leftover]:
    together: dict[int, dict[Kind, Statement]] = {}
    for item in items:
        together.setdefault(id(item.unit), {})[item.statement.kind] = item.statement
    return [
        item
        for item in items
        if flipped.keeps(item) and (flipped.has(item) or _matters(item, together[id(item.unit)], other))
    ]


def _matters(item: Leftover, together: dict[Kind, Statement], other: Said) -> bool:
    """Is the statement new (or gone) for the reader of the page, and not a part of another one?"""
    statement = item.statement
    family = FAMILY_OF[statement.kind]
    if family is Family.DISCLAIMER:
        return True
    if (statement.kind, statement.key) in other.keys:
        return False
    if family is Family.PRICE:
        return (statement.kind, statement.prices) not in other.prices
    fresh = [term for term in statement.terms if term not in other.terms]
    return _CLAIM_MATTERS.get(statement.kind, _always)(statement, together, fresh)


def _always(statement: Statement, together: dict[Kind, Statement], fresh: list[str]) -> bool:
    return True


def _indication_matters(statement: Statement, together: dict[Kind, Statement], fresh: list[str]) -> bool:
    if not any(term.startswith("condition:") for term in fresh):
        return False
    efficacy = together.get(Kind.EFFICACY)
    if efficacy is not None and all(term in _PAINS for term in fresh if term.startswith("condition:")):
        return False  # "say goodbye to knee pain": what is relieved, no disease on offer
    return statement.rule != "indication.named" or efficacy is None or not _has_effect(efficacy)


def _efficacy_matters(statement: Statement, together: dict[Kind, Statement], fresh: list[str]) -> bool:
    if statement.confidence < _WEAK and not statement.absolute:
        return False
    if statement.absolute or _has_effect(statement) or statement.values:
        return True
    indication = together.get(Kind.INDICATION)
    return indication is None or not any(term.startswith("condition:") for term in fresh)


def _has_effect(statement: Statement) -> bool:
    return any(term.startswith("effect:") for term in statement.terms)


def _treatment_matters(statement: Statement, together: dict[Kind, Statement], fresh: list[str]) -> bool:
    others = together.keys() - {Kind.TREATMENT}
    if others and not statement.values and all(term == "source:own" for term in statement.terms):
        return False  # "because the cells are your own": the reason of another claim
    if any(term.startswith(("source:", "route:")) for term in fresh):
        return True
    return bool(statement.values) and not others


def _evidence_matters(statement: Statement, together: dict[Kind, Statement], fresh: list[str]) -> bool:
    if statement.confidence >= _WEAK and statement.strength >= 2.5:
        return True
    return Kind.EFFICACY not in together and statement.confidence >= _WEAK


def _certain(statement: Statement, together: dict[Kind, Statement], fresh: list[str]) -> bool:
    return statement.confidence >= _WEAK


_CLAIM_MATTERS = {
    Kind.INDICATION: _indication_matters,
    Kind.EFFICACY: _efficacy_matters,
    Kind.TREATMENT: _treatment_matters,
    Kind.EVIDENCE: _evidence_matters,
    Kind.REGULATORY: _certain,
}


def _says_less(item: Leftover, other: Said) -> bool:
    """Was it a part of a longer warning that goes on: half of a sentence of limits, one of a list of risks?"""
    statement = item.statement
    if FAMILY_OF[statement.kind] is not Family.DISCLAIMER:
        return False
    if item.partner is not None:
        return any(FAMILY_OF[kind] is Family.DISCLAIMER for kind in item.partner.kinds & item.unit.kinds)
    listed = statement.kind is Kind.RISK and item.is_listed
    return listed and statement.path in other.risks


def _gone(item: Leftover, new: Said, *, denied: bool = False) -> Finding:
    statement = item.statement
    severity = severity_of(statement.kind, Direction.REMOVED, statement, None)
    reason = f"{statement.kind} statement removed"
    if _says_less(item, new) and not denied:
        reason = _because(f"{statement.kind} statement dropped, others stand beside it", statement)
        direction = Direction.WEAKENED
        severity = severity_of(statement.kind, direction, statement, None)
        return Finding(statement.kind, direction, severity, statement, None, reason, statement.rule)
    if FAMILY_OF[statement.kind] is Family.DISCLAIMER and not is_statutory(statement):
        if statement.subgroup:
            severity, reason = Severity.HIGH, f"{reason}; it limited a subgroup"
        elif not denied and _stands_elsewhere(statement, new):
            severity, reason = Severity.HIGH, f"{reason}; the same meaning still stands elsewhere on the page"
    return Finding(
        statement.kind, Direction.REMOVED, severity, statement, None, _because(reason, statement), statement.rule
    )


def _come(item: Leftover, old: Said, *, firm: bool, denied: bool = False) -> Finding:
    statement = replace(item.statement, absolute=True) if firm else item.statement
    if _says_less(item, old) and not denied:
        reason = _because(f"{statement.kind} statement added beside others", statement)
        direction = Direction.STRENGTHENED
        severity = severity_of(statement.kind, direction, None, statement)
        return Finding(statement.kind, direction, severity, None, statement, reason, statement.rule)
    severity = severity_of(statement.kind, Direction.ADDED, None, statement)
    reason = _because(f"{statement.kind} statement added", statement)
    return Finding(statement.kind, Direction.ADDED, severity, None, statement, reason, statement.rule)


def _softened(findings: list[Finding], own: Sequence[Statement], other: Sequence[Statement]) -> list[Finding]:
    """An urging sentence that goes while another in its paragraph stays: the clinic urges less, not no more."""
    still = {s.key for s in other if s.kind is Kind.URGENCY}
    beside = {s.block for s in own if s.kind is Kind.URGENCY and s.key in still}
    settled = []
    for finding in findings:
        statement = finding.before or finding.after
        if finding.kind is Kind.URGENCY and statement is not None and statement.block in beside:
            direction = Direction.WEAKENED if finding.before else Direction.STRENGTHENED
            severity = severity_of(finding.kind, direction, finding.before, finding.after)
            reason = f"{finding.reason}; another one stands beside it"
            settled.append(replace(finding, direction=direction, severity=severity, reason=reason))
        else:
            settled.append(finding)
    return settled


def _because(reason: str, statement: Statement) -> str:
    cue = next(iter(statement.cues), None)
    return f"{reason}: ‘{cue.text}’" if cue else reason


def is_statutory(statement: Statement) -> bool:
    """A notice that the law requires: that the FDA has not (yet) approved the product."""
    return "status:not_approved" in statement.terms and "body:fda" in statement.terms


def _stands_elsewhere(statement: Statement, new: Said) -> bool:
    """Do all of its limits stand on the new page, in whatever words?"""
    prefix = f"{statement.kind}:"
    wanted = {(statement.kind, term) for term in statement.terms if term.startswith(prefix)}
    return bool(wanted) and wanted <= new.kinds_terms


def _gathered(findings: list[Finding], items: list[Leftover], page: PageText) -> list[Finding]:
    """One change for each block, kind and direction; items of one list that follow each other are one too."""
    groups: list[list[Finding]] = []
    ends: dict[tuple[Kind, int], list[Finding]] = {}  # by kind and the block that its last item stands in
    for finding, item in zip(findings, items, strict=True):
        kind, block = finding.kind, item.unit.block
        end = next(
            (n for n in (block, block - 1, block + 1) if (kind, n) in ends and _together(n, block, kind, page)), -1
        )
        group = ends.pop((kind, end), None)
        if group is None:
            group = []
            groups.append(group)
        group.append(finding)
        ends[kind, block] = group
    return [_merged(group) for group in groups]


def _together(first: int, second: int, kind: Kind, page: PageText) -> bool:
    if first == second:
        return True
    left, right = page.blocks[first], page.blocks[second]
    lists = left.kind is right.kind and left.kind is BlockKind.LIST_ITEM and left.path == right.path
    return lists and abs(first - second) == 1 and FAMILY_OF[kind] is not Family.PRICE


def _merged(group: list[Finding]) -> Finding:
    def whole(statements: list[Statement]) -> Statement | None:
        texts = list(dict.fromkeys(s.text for s in statements))
        return replace(statements[0], text=" ".join(texts)) if statements else None

    worst = max(group, key=lambda finding: SEVERITIES.index(finding.severity))
    return replace(
        worst,
        before=whole([finding.before for finding in group if finding.before]),
        after=whole([finding.after for finding in group if finding.after]),
    )
