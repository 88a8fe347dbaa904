"""The same statement before and after: does it say more, less, something else, or the same in other words?

Only what a statement *means* is compared (its concepts, numbers, strength), never its wording.
"""

from __future__ import annotations

from dataclasses import dataclass

from rapidfuzz import fuzz

from monitor.compare.price_changes import compare_price_statements, compare_terms
from monitor.compare.severity import severity_of
from monitor.compare.words import changed_words
from monitor.meaning.conditions import source_class
from monitor.meaning.strength import UNSTATED_SHARE
from monitor.types import FAMILY_OF, Direction, Family, Kind, Severity, Statement

_NOTICEABLE = 0.4  # of strength; synonyms lie closer together
_SHARE_WORDS = 8.0  # percentage points, where one side is a word
_SAME_BUT = 70.0  # similarity from which a word more or less is meant, and no rewording


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference in meaning. `signature` is equal for the same difference in another sentence."""

    kind: Kind
    direction: Direction
    severity: Severity
    before: Statement | None
    after: Statement | None
    reason: str
    rule: str
    signature: tuple[object, ...] = ()


def compare_statements(before: Statement, after: Statement) -> Finding | None:
    """What changed between two wordings of one statement; None if they mean the same."""
    if FAMILY_OF[before.kind] is Family.PRICE:
        return _price(before, after)
    if before.key == after.key:
        return None
    if FAMILY_OF[before.kind] is Family.DISCLAIMER:
        verdict = _disclaimer(before, after)
    else:
        verdict = _CLAIMS[before.kind](before, after)
    if verdict is None:
        return None
    direction, why, signature = verdict
    severity = _severity(before.kind, direction, before, after)
    words = changed_words(before.text, after.text)
    return Finding(
        before.kind,
        direction,
        severity,
        before,
        after,
        f"{why}: {words}" if words else why,
        f"{before.kind}.{direction}.{why.replace(' ', '_')}",
        signature,
    )


def compare_limits(
    before: Statement, after: Statement, old_limit: Statement | None, new_limit: Statement | None
) -> Finding | None:
    """A benefit whose sentence no longer says for whom it is smaller says more, though its own words are the same."""
    was = old_limit is not None and old_limit.subgroup
    now = new_limit is not None and new_limit.subgroup
    if was == now:
        return None
    direction = _way(was - now)
    severity = severity_of(before.kind, direction, before, after)
    reason = "limit to a subgroup " + ("dropped" if was else "added")
    return Finding(before.kind, direction, severity, before, after, reason, f"efficacy.{direction}.subgroup")


Verdict = tuple[Direction, str, tuple[object, ...]]


def _price(before: Statement, after: Statement) -> Finding | None:
    compare = compare_terms if before.kind is Kind.TERMS else compare_price_statements
    verdict = compare(before, after)
    if verdict is None:
        return None
    direction, severity, reason = verdict
    signature = (_amounts(before), _amounts(after)) if before.prices and after.prices else ()
    return Finding(
        before.kind, direction, severity, before, after, reason, f"price.{before.kind}.{direction}", signature
    )


def _amounts(statement: Statement) -> tuple[object, ...]:
    return tuple(sorted(((p.low or 0, p.high or 0, p.currency or "", p.qualifier) for p in statement.prices), key=str))


def _severity(kind: Kind, direction: Direction, before: Statement, after: Statement) -> Severity:
    if kind is Kind.TREATMENT and direction in (Direction.CHANGED, Direction.ADDED):
        if source_class(before.terms) != "donor" and source_class(after.terms) == "donor":
            return Severity.HIGH
        if "route:spinal" in after.terms and "route:spinal" not in before.terms:
            return Severity.HIGH
    return severity_of(kind, direction, before, after)


def _way(difference: float) -> Direction:
    return Direction.STRENGTHENED if difference > 0 else Direction.WEAKENED


def _value(statement: Statement, name: str) -> float | None:
    return dict(statement.values).get(name)


def _share(before: Statement, after: Statement, unstated: float = UNSTATED_SHARE) -> Verdict | None:
    old, new = _value(before, "share"), _value(after, "share")
    if old is None and new is None:
        return None
    exact = bool(_value(before, "exact") and _value(after, "exact"))
    left, right = unstated if old is None else old, unstated if new is None else new
    if abs(right - left) < (0.5 if exact else _SHARE_WORDS):
        return None
    return _way(right - left), "rate" if exact else "quantifier", ("share", old, new)


def _strength(before: Statement, after: Statement, why: str = "wording") -> Verdict | None:
    difference = after.strength - before.strength
    if abs(difference) < _NOTICEABLE:
        return None
    return _way(difference), why, ()


def _absolute(before: Statement, after: Statement) -> Verdict | None:
    if before.absolute == after.absolute:
        return None
    return _way(after.absolute - before.absolute), "absolute", ()


def _terms(before: Statement, after: Statement, prefix: str) -> tuple[set[str], set[str]]:
    old = {term for term in before.terms if term.startswith(prefix)}
    new = {term for term in after.terms if term.startswith(prefix)}
    return old - new, new - old


def _efficacy(before: Statement, after: Statement) -> Verdict | None:
    for verdict in (
        _absolute(before, after),
        _share(before, after),
        _strength(before, after),
        _number(before, after, "times"),
        _number(before, after, "days"),
        _sooner(before, after),
    ):
        if verdict is not None:
            return verdict
    lost, gained = _terms(before, after, "effect:")
    if bool(lost) != bool(gained) and _alike(before, after) >= _SAME_BUT:
        return _way(len(gained) - len(lost)), "effects", (tuple(sorted(lost)), tuple(sorted(gained)))
    return None


def _number(before: Statement, after: Statement, name: str) -> Verdict | None:
    old, new = _value(before, name), _value(after, name)
    if old is None or new is None or old == new:
        return None
    return _way(new - old), name, (name, old, new)


def _sooner(before: Statement, after: Statement) -> Verdict | None:
    """A benefit that comes in fewer days is a greater one."""
    old, new = _value(before, "onset"), _value(after, "onset")
    return None if old is None or new is None or old == new else (_way(old - new), "onset", ("onset", old, new))


def _alike(before: Statement, after: Statement) -> float:
    return max(fuzz.ratio(before.key, after.key), fuzz.token_sort_ratio(before.key, after.key))


def _safety(before: Statement, after: Statement) -> Verdict | None:
    return _absolute(before, after) or _strength(before, after)


def _indication(before: Statement, after: Statement) -> Verdict | None:
    lost, gained = _terms(before, after, "condition:")
    signature = (tuple(sorted(lost)), tuple(sorted(gained)))
    if gained and not lost:
        return Direction.ADDED, "new indication", signature
    if lost and not gained:
        return Direction.REMOVED, "indication dropped", signature
    if lost and gained:
        return Direction.CHANGED, "indication replaced", signature
    return None


def _treatment(before: Statement, after: Statement) -> Verdict | None:
    for name in ("cells", "sessions", "ml"):
        old, new = _value(before, name), _value(after, name)
        if old is not None and new is not None and old != new:
            return Direction.INCREASED if new > old else Direction.DECREASED, name, (name, old, new)
    if (verdict := _number(before, after, "times")) is not None:
        return verdict
    old, new = _value(before, "days"), _value(after, "days")
    if old is not None and new is not None and old != new:
        return Direction.CHANGED, "schedule", ("days", old, new)
    if before.rule == after.rule == "treatment.mechanism" and (verdict := _strength(before, after)) is not None:
        return verdict
    for prefix, why in (("source:", "cell source"), ("route:", "route")):
        lost, gained = _terms(before, after, prefix)
        if prefix == "source:" and lost and gained and source_class(before.terms) == source_class(after.terms) == "own":
            lost, gained = lost - {"source:own"}, gained - {"source:own"}
        signature = (tuple(sorted(lost)), tuple(sorted(gained)))
        if lost and gained:
            return Direction.CHANGED, why, signature
        if gained:
            return Direction.ADDED, why, signature
        if lost:
            return Direction.REMOVED, why, signature
    return None


def _evidence(before: Statement, after: Statement) -> Verdict | None:
    old, new = _value(before, "patients"), _value(after, "patients")
    if old is not None and new is not None and old != new:
        return _way(new - old), "patients", ("patients", old, new)
    return _strength(before, after, "evidence")


def _regulatory(before: Statement, after: Statement) -> Verdict | None:
    if (verdict := _strength(before, after, "status")) is not None:
        return verdict
    for prefix in ("basis:", "body:"):
        lost, gained = _terms(before, after, prefix)
        if lost and gained:
            return Direction.CHANGED, "legal basis", (tuple(sorted(lost)), tuple(sorted(gained)))
        if (lost or gained) and prefix == "body:" and _alike(before, after) >= _SAME_BUT:
            return _way(len(gained) - len(lost)), "authority", (tuple(sorted(lost)), tuple(sorted(gained)))
    return None


def _urgency(before: Statement, after: Statement) -> Verdict | None:
    if before.terms != after.terms:
        return _way(1.0 if "urgency:therapeutic" in after.terms else -1.0), "kind", ()
    return _strength(before, after)


def _standing(before: Statement, after: Statement) -> Verdict | None:
    if dict(before.values) != dict(after.values) and before.values and after.values:
        return Direction.CHANGED, "count", (before.values, after.values)
    return _strength(before, after)


def _testimonial(before: Statement, after: Statement) -> Verdict | None:
    return _absolute(before, after)


def _disclaimer(before: Statement, after: Statement) -> Verdict | None:
    lost, gained = _terms(before, after, f"{before.kind}:")
    items_lost, items_gained = _terms(before, after, "risk_item:")
    verdict = _share(before, after)
    if verdict is not None and (before.kind is not Kind.RISK or verdict[1] == "rate"):
        return verdict  # "some of the risks are …" says nothing of how many have them
    difference = after.strength - before.strength
    if abs(difference) >= _NOTICEABLE and not (lost and gained and abs(difference) < 1):
        return _way(difference), "wording", ()
    for old, new, why in ((lost, gained, "limits"), (items_lost, items_gained, "risks")):
        if bool(old) != bool(new):
            return _way(len(new) - len(old)), why, (tuple(sorted(old)), tuple(sorted(new)))
    return None


_CLAIMS = {
    Kind.EFFICACY: _efficacy,
    Kind.SAFETY: _safety,
    Kind.INDICATION: _indication,
    Kind.TREATMENT: _treatment,
    Kind.EVIDENCE: _evidence,
    Kind.REGULATORY: _regulatory,
    Kind.URGENCY: _urgency,
    Kind.STANDING: _standing,
    Kind.TESTIMONIAL: _testimonial,
}
