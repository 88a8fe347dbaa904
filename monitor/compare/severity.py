"""How much a change matters: the table of the taxonomy (docs/taxonomy.md), one row a kind."""

from __future__ import annotations

from monitor.types import Direction, Kind, Severity, Statement

LOW, MEDIUM, HIGH, CRITICAL = Severity.LOW, Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL
_UP = (Direction.STRENGTHENED, Direction.INCREASED)
_DOWN = (Direction.WEAKENED, Direction.DECREASED)

# kind: added, up, down, removed, other
_TABLE: dict[Kind, tuple[Severity, Severity, Severity, Severity, Severity]] = {
    Kind.EFFICACY: (HIGH, HIGH, MEDIUM, MEDIUM, MEDIUM),
    Kind.SAFETY: (HIGH, HIGH, MEDIUM, MEDIUM, MEDIUM),
    Kind.EVIDENCE: (HIGH, HIGH, MEDIUM, MEDIUM, MEDIUM),
    Kind.INDICATION: (HIGH, HIGH, MEDIUM, MEDIUM, HIGH),
    Kind.TREATMENT: (MEDIUM, MEDIUM, LOW, LOW, MEDIUM),
    Kind.REGULATORY: (HIGH, CRITICAL, MEDIUM, MEDIUM, HIGH),
    Kind.TESTIMONIAL: (MEDIUM, CRITICAL, MEDIUM, LOW, MEDIUM),
    Kind.URGENCY: (MEDIUM, HIGH, LOW, LOW, MEDIUM),
    Kind.STANDING: (MEDIUM, MEDIUM, LOW, LOW, LOW),
    Kind.AMOUNT: (MEDIUM, MEDIUM, MEDIUM, MEDIUM, MEDIUM),
    Kind.TERMS: (MEDIUM, MEDIUM, MEDIUM, LOW, MEDIUM),
    Kind.OUTCOME: (MEDIUM, MEDIUM, HIGH, CRITICAL, MEDIUM),
    Kind.STATUS: (MEDIUM, MEDIUM, HIGH, CRITICAL, MEDIUM),
    Kind.RISK: (MEDIUM, MEDIUM, HIGH, CRITICAL, MEDIUM),
}
_ABSOLUTE = frozenset({Kind.EFFICACY, Kind.SAFETY, Kind.EVIDENCE})


def severity_of(kind: Kind, direction: Direction, before: Statement | None, after: Statement | None) -> Severity:
    """The severity of a change of one statement; what depends on the rest of the page is decided in pages.py."""
    added, up, down, removed, other = _TABLE[kind]
    if direction is Direction.ADDED:
        return _added(kind, after, added)
    if direction in _UP:
        absolute = after is not None and after.absolute
        return CRITICAL if kind in _ABSOLUTE and absolute else up
    if direction in _DOWN:
        return down
    return removed if direction is Direction.REMOVED else other


def _added(kind: Kind, after: Statement | None, plain: Severity) -> Severity:
    if after is None:
        return plain
    if kind in _ABSOLUTE and after.absolute:
        return CRITICAL
    if kind is Kind.REGULATORY and after.absolute:
        return CRITICAL
    if kind is Kind.URGENCY and "urgency:therapeutic" in after.terms:
        return HIGH
    return plain
