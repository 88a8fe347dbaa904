"""What changed in a price? Directions and severities of the taxonomy's two price rows.

Amounts decide first, then currency, unit and qualifier; the same price in another format or in words is no change.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from monitor.meaning.terms import find_terms
from monitor.types import Cue, Direction, Price, Severity, Statement

LARGE_CHANGE = 0.25
"""From this relative change on a price change is high (evaluation taxonomy, "price amount")."""

SIDE_QUALIFIERS = frozenset({"discount_pct", "discount_abs", "deposit", "covered", "was"})
"""Sums about the terms of a sale, not what the treatment costs."""

_SAME_QUALIFIER = {"now": "exact"}
_UNIT_NAMES = {
    "per_treatment": "per treatment",
    "per_session": "per session",
    "per_joint": "per joint",
    "per_injection": "per injection",
    "per_month": "per month",
    "per_package": "per package",
    "per_person": "per person",
}
_QUALIFIER_NAMES = {
    "from": "from ", "upto": "up to ", "approx": "about ", "was": "was ", "now": "now ", "deposit": "deposit ",
    "discount_pct": "discount ", "discount_abs": "discount ",
}  # fmt: skip

PriceChange = tuple[Direction, Severity, str]
"""Direction, severity, and the reason in one line for people."""


@dataclass(frozen=True, slots=True)
class _Pair:
    """The same price before and after; None on one side where it is new or gone."""

    before: Price | None
    after: Price | None


def compare_price_statements(before: Statement, after: Statement) -> PriceChange | None:
    """The change between two price statements that are the same statement, or None where they say the same.

    Of several changed prices the gravest is told; every changed pair stands in the reason.
    """
    old, new = _effective(before.prices), _effective(after.prices)
    found = [
        (change, pair)
        for pair in _pair_up(old, new)
        if (change := _compare(pair, after.language or before.language)) is not None
    ]
    if not found:
        return None
    changes = [change for change, _ in found]
    worst = max(changes, key=lambda change: (_RANK[change[1]], _DIRECTION_RANK.get(change[0], 0)))
    reasons = list(dict.fromkeys([worst[2], *(change[2] for change in changes)]))
    return worst[0], worst[1], "; ".join(reasons[:4])


_RANK = {severity: rank for rank, severity in enumerate(Severity)}
_DIRECTION_RANK = {Direction.INCREASED: 2, Direction.DECREASED: 2, Direction.CHANGED: 1}


def _effective(prices: Sequence[Price]) -> list[Price]:
    """The prices that a patient would pay: without "was" where a "now" stands beside it, and without equal twins."""
    has_now = any(price.qualifier == "now" for price in prices)
    kept = [price for price in prices if not (price.qualifier == "was" and has_now)]
    return list({_key(price): price for price in kept}.values())


def _key(price: Price) -> tuple[object, ...]:
    return price.low, price.high, price.currency, _qualifier(price), price.unit, price.service.casefold()


def _qualifier(price: Price) -> str:
    return _SAME_QUALIFIER.get(price.qualifier, price.qualifier)


def _value(price: Price) -> tuple[object, ...]:
    """What makes two prices equal, whatever the format and wherever in the sentence."""
    return price.low, price.high, price.currency, _qualifier(price), price.unit


# --- pairing ---------------------------------------------------------------------------------------------------------


def _pair_up(old: list[Price], new: list[Price]) -> list[_Pair]:
    """Pairs prices: equal ones first (they drop out), then by service, role, and at last by order."""
    equal = Counter(map(_value, old)) & Counter(map(_value, new))
    rest_old, rest_new = _without(old, equal.copy()), _without(new, equal.copy())
    pairs: list[_Pair] = []
    for test in (_same_service, _same_role, _both_sums):
        for price in list(rest_old):
            twin = next((other for other in rest_new if test(price, other)), None)
            if twin is not None:
                rest_old.remove(price)
                rest_new.remove(twin)
                pairs.append(_Pair(price, twin))
    # A sum that came beside one that stayed is measured against it: "most pay 5-8, our fee is now 9 thousand".
    for price in rest_new:
        pairs.append(_Pair(_superseded(price, old), price))
    for price in rest_old:
        pairs.append(_Pair(price, _superseded(price, new)))
    return pairs


def _without(prices: list[Price], equal: Counter[tuple[object, ...]]) -> list[Price]:
    rest = []
    for price in prices:
        if equal[_value(price)] > 0:
            equal[_value(price)] -= 1
        else:
            rest.append(price)
    return rest


def _same_service(one: Price, other: Price) -> bool:
    return bool(one.service) and one.service.casefold() == other.service.casefold() and _same_role(one, other)


def _same_role(one: Price, other: Price) -> bool:
    """Both what is paid, or both of one kind of term; per month is another role than once."""
    if (one.unit == "per_month") != (other.unit == "per_month"):
        return False
    return _role(one) == _role(other)


def _both_sums(one: Price, other: Price) -> bool:
    return one.qualifier not in SIDE_QUALIFIERS and other.qualifier not in SIDE_QUALIFIERS


def _role(price: Price) -> str:
    if price.qualifier in SIDE_QUALIFIERS - {"was"}:
        return "discount" if price.qualifier.startswith("discount") else price.qualifier
    return "instalment" if price.qualifier == "instalment" else "sum"


def _superseded(price: Price, others: list[Price]) -> Price | None:
    """The only sum of the other side, where this one takes its place: a "now", or one sum beside a range of others."""
    if price.qualifier in SIDE_QUALIFIERS or price.low is None:
        return None
    sums = [other for other in others if _role(other) == "sum" and other.currency == price.currency]
    if len(sums) != 1 or sums[0].low is None:
        return None
    return sums[0] if "now" in (price.qualifier, sums[0].qualifier) or sums[0].qualifier == "range" else None


# --- one pair --------------------------------------------------------------------------------------------------------


def _compare(pair: _Pair, language: str) -> PriceChange | None:
    old, new = pair.before, pair.after
    if old is None or new is None:
        return _only_one_side(old, new, language)
    line = f"{describe(old, language)} → {describe(new, language)}"
    if _role(old) != "sum" and _role(old) == _role(new) and _role(old) != "instalment":
        return Direction.CHANGED, Severity.MEDIUM, line
    if (old.qualifier == "free") != (new.qualifier == "free"):
        direction = Direction.INCREASED if old.qualifier == "free" else Direction.DECREASED
        return (direction, Severity.HIGH, line) if _is_sum(old) and _is_sum(new) else _changed(line)
    if old.currency and new.currency and old.currency != new.currency:
        return Direction.CHANGED, Severity.HIGH, f"{line} (currency)"
    if "on_request" in (old.qualifier, new.qualifier) and old.qualifier != new.qualifier:
        return (Direction.REMOVED if new.qualifier == "on_request" else Direction.ADDED), Severity.MEDIUM, line
    if old.unit and new.unit and old.unit != new.unit:
        return _changed(f"{line} (unit)")
    if (old.unit == "per_month") != (new.unit == "per_month"):
        return _changed(f"{line} (unit)")
    return _compare_amounts(old, new, line)


def _changed(line: str) -> PriceChange:
    return Direction.CHANGED, Severity.MEDIUM, line


def _is_sum(price: Price) -> bool:
    return price.low is not None or price.high is not None


def _compare_amounts(old: Price, new: Price, line: str) -> PriceChange | None:
    change = relative_change(old, new)
    if change:
        direction = Direction.INCREASED if change > 0 else Direction.DECREASED
        severity = Severity.HIGH if abs(change) >= LARGE_CHANGE - 1e-9 else Severity.MEDIUM
        return direction, severity, f"{line} ({_percent(change)})"
    if _qualifier(old) != _qualifier(new):
        return _changed(line)
    return _changed(f"{line} (unit)") if old.unit != new.unit else None


def relative_change(old: Price, new: Price) -> float:
    """The relative change that decides: of the two ends of a range, the one that moved more (+0.25 is 25 % up).

    An open end ("from", "up to") is not compared; where the two have no end in common, their only ends are.
    """
    ends = [(a, b) for a, b in ((old.low, new.low), (old.high, new.high)) if a is not None and b is not None]
    if not ends:
        ends = [
            (a, b)
            for a in (old.low if old.low is not None else old.high,)
            for b in (new.low if new.low is not None else new.high,)
            if a is not None and b is not None
        ]
    changes = [(b - a) / a if a else (1.0 if b > a else 0.0) for a, b in ends]
    return max(changes, key=abs, default=0.0)


def _only_one_side(old: Price | None, new: Price | None, language: str) -> PriceChange | None:
    price = old or new
    if price is None:
        return None
    direction, word = (Direction.ADDED, "new") if old is None else (Direction.REMOVED, "no longer told")
    severity = Severity.MEDIUM if direction is Direction.ADDED or _role(price) == "sum" else Severity.LOW
    return direction, severity, f"{word}: {describe(price, language)}"


# --- words for people ------------------------------------------------------------------------------------------------


def describe(price: Price, language: str = "en") -> str:
    """A price in one format: "from 20.000–100.000 DKK per treatment", thousands marked as the language does."""
    if price.qualifier == "free":
        return "free"
    if price.qualifier in ("on_request", "covered") and not price.low:
        return {"on_request": "price on request", "covered": "covered"}[price.qualifier]
    mark = "%" if price.qualifier == "discount_pct" else price.currency or ""
    ends = [format_amount(end, language) for end in dict.fromkeys((price.low, price.high)) if end is not None]
    parts = [_QUALIFIER_NAMES.get(price.qualifier, "") + "–".join(ends), mark]
    if price.unit:
        parts.append(_UNIT_NAMES.get(price.unit, price.unit))
    return " ".join(filter(None, parts))


def format_amount(amount: float, language: str) -> str:
    """20000 → "20,000" in English, "20.000" in Danish, Dutch, Spanish and German, "20 000" in French."""
    text = f"{amount:,.0f}" if amount == int(amount) else f"{amount:,.2f}"
    if language[:2] in ("da", "nl", "es", "de"):
        return text.translate(str.maketrans(",.", ".,"))
    return text.replace(",", "\u202f").replace(".", ",") if language[:2] == "fr" else text


def _percent(change: float) -> str:
    size = abs(change) * 100
    return f"{'+' if change > 0 else '−'}{size:.{0 if size >= 1 else 1}f} %"


# --- terms -----------------------------------------------------------------------------------------------------------


_TERM_NAMES = {
    "coverage": "covered", "coverage_not": "not covered", "coverage_partly": "partly covered",
    "coverage_fully": "fully covered", "refund_not": "not refundable", "discount_not": "no discount",
    "finance_not": "no finance", "instalment": "instalments", "instalment_not": "no instalments",
    "deposit_not": "no deposit", "free_not": "not free",
}  # fmt: skip


def compare_terms(before: Statement, after: Statement) -> PriceChange | None:
    """The change between two statements of price terms, or None where they say the same in other words."""
    old, new = _terms(before), _terms(after)
    if old == new:
        return None
    said = [f"{_terms_line(old - new)} → {_terms_line(new - old)}"] if old - new and new - old else []
    gone = [f"no longer: {_terms_line(old - new)}"] if old - new and not new - old else []
    came = [f"new: {_terms_line(new - old)}"] if new - old and not old - new else []
    return Direction.CHANGED, Severity.MEDIUM, "terms: " + "; ".join([*said, *gone, *came])


def _terms(statement: Statement) -> frozenset[str]:
    """What the terms say, apart from the words: categories with their denial or degree, sums and percentages."""
    cues: Sequence[Cue] = [cue for cue in statement.cues if cue.category.startswith("terms_")]
    cues = cues or find_terms(statement.text, statement.language)
    categories = {_TERM_NAMES.get(name := cue.category.removeprefix("terms_"), name) for cue in cues}
    sums = {describe(price, statement.language) for price in statement.prices}
    return frozenset(categories | sums | _numbers(statement))


def _numbers(statement: Statement) -> set[str]:
    return {f"{name} {value:g}" for name, value in statement.values if name in ("months", "percent", "years", "days")}


def _terms_line(terms: frozenset[str]) -> str:
    return ", ".join(sorted(terms))
