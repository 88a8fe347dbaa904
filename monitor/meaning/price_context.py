"""What the words around a sum of money make of it: its qualifier and its unit.

Words before an amount are read backwards as a chain ("save up to", "now from only"), words after it forwards; a chain
never crosses into the next amount.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.meaning.numbers import parse_numeral
from monitor.meaning.price_amounts import Money
from monitor.meaning.price_tokens import DASH, NUMBER, Tokens
from monitor.meaning.price_words import (
    FILLERS,
    TAX_WORDS,
    UNIT_HEADS,
    after_table,
    before_table,
    unit_nouns,
    unit_table,
)
from monitor.meaning.unpriced_words import PERCENT_WORDS

_MONTHLY = ("month", "maand", "måned", "mensual", "monat", "mensuel")
_MAX_FILLERS = 5
CLAUSE_ENDS = frozenset(".;!?|•\n")
_DEPOSIT_REACH = 8
"""How many words a "deposit" may stand away from its sum in the same clause."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A price in the making: token span, ends, what was said of it."""

    start: int
    end: int
    low: float | None
    high: float | None
    meaning: str | None
    qualifier: str
    unit: str | None = None


class ContextReader:
    """Reads qualifiers and units around the sums of one text."""

    def __init__(self, tokens: Tokens, language: str, sums: Sequence[Money], heading: frozenset[str]) -> None:
        """`heading` are the qualifiers and units that the column header gives."""
        self.tokens, self.language, self.sums, self.heading = tokens, language[:2], sums, heading
        self._before, self._after, self._units = before_table(self.language), after_table(), unit_table(self.language)

    def readings(self) -> list[Reading]:
        """Every sum with its qualifier and unit, in order; "was" and "now" settled between neighbours."""
        found = [self._read(index) for index in range(len(self.sums))]
        return _pair_was_and_now(found)

    def _read(self, index: int) -> Reading:
        money = self.sums[index]
        left = self.sums[index - 1].end if index else 0
        right = self.sums[index + 1].start if index + 1 < len(self.sums) else len(self.tokens)
        cues, start = self._cues_before(money.start, left)
        after, unit, end = self._cues_after(money, right)
        unit = (
            unit
            or self._unit_before(start, left)
            or next(iter(sorted(u for u in self.heading if u[:4] == "per_")), None)
        )
        if self._has_deposit_nearby(start, left, end, right, bool(cues)):
            after.append("deposit")
        if self._is_times(start, left, money.end, right):
            cues.append("instalment")
        qualifier = money.fell or _decide(cues, after, unit, money.is_range, self.heading)
        if qualifier == "instalment" and unit is None and self._says_monthly(start, money.start):
            unit = "per_month"
        low, high = _open_ends(money.low, money.high, qualifier)
        if low == high == 0 and qualifier == "exact":
            return Reading(start, end, 0, 0, None, "free", unit)
        return Reading(start, end, low, high, money.meaning, qualifier, unit)

    def _says_monthly(self, start: int, end: int) -> bool:
        """ "12 monthly payments of $500"."""
        return any(word.startswith(_MONTHLY) for word in self.tokens.words[start:end])

    def _cues_before(self, start: int, left: int) -> tuple[list[str], int]:
        """Qualifiers right before a token, nearest first, and where the chain begins."""
        cues: list[str] = []
        at, begin, skipped, words = start, start, 0, self.tokens.words
        while at > left and skipped <= _MAX_FILLERS:
            found = self._before.match_before(self.tokens, at)
            if found is not None and found[1] >= left:
                if not self._is_about_another(found[0], found[1], left):
                    cues.append(found[0])
                at = begin = found[1]
            elif words[at - 1] in FILLERS:
                at, skipped = at - 1, skipped + 1
            else:
                break
        return cues, begin

    def _is_about_another(self, cue: str, at: int, left: int) -> bool:
        """In "10 % discount: $4,500" the discount is the percentage's; in "45 min. 1.200 kr." min. are minutes."""
        before = at - 1
        if before < left:
            return False
        is_minutes = self.tokens.words[at] == "min" and self.tokens.kinds[before] == NUMBER
        return is_minutes or (cue == "discount" and self.tokens.words[before] in PERCENT_WORDS)

    def _cues_after(self, money: Money, right: int) -> tuple[list[str], str | None, int]:
        """Qualifiers and the unit right after a sum, and where they end."""
        cues: list[str] = []
        unit: str | None = None
        tokens, at, end, skipped = self.tokens, money.end, money.end, 0
        while at < right and skipped <= 2:
            found_unit, found = self._unit_at(at, right), self._after.match_at(tokens, at)
            if found_unit is not None and (found_unit[1] < right or right == len(tokens) or tokens.words[at] != "/"):
                unit, at = unit or found_unit[0], found_unit[1]
                end = at
            elif found is not None and (found[1] < right or right == len(tokens)):
                cues.append(found[0])
                at = end = found[1]
            elif tokens.words[at] == "+" and self._is_open_plus(at):
                cues.append("from")
                at = end = at + 1
            elif tokens.words[at] in _AFTER_FILLERS:
                at, skipped = at + 1, skipped + 1
            else:
                break
        return cues, unit, end

    def _is_open_plus(self, at: int) -> bool:
        """ "$5,000+" is open above; "£6,500 +VAT" is not."""
        following = self.tokens.words[at + 1] if at + 1 < len(self.tokens) else ""
        return self.tokens.is_glued(at) and following not in TAX_WORDS and not self.tokens.is_glued(at + 1)

    def _unit_at(self, at: int, right: int) -> tuple[str, int] | None:
        """The unit that starts at a token; up to two words may stand inside ("per treated knee")."""
        found = self._units.match_at(self.tokens, at)
        if found is not None and found[1] <= right:
            return found
        if at < right and self.tokens.words[at] in UNIT_HEADS:
            for noun in range(at + 2, min(at + 4, right)):
                unit = unit_nouns().get(self.tokens.words[noun])
                if unit is not None:
                    return unit, noun + 1
        return None

    def _unit_before(self, start: int, left: int) -> str | None:
        """ "Per knee: $5,000"."""
        at = start
        while at > left and (self.tokens.words[at - 1] in FILLERS or self.tokens.kinds[at - 1] == DASH):
            at -= 1
        found = self._units.match_before(self.tokens, at)
        if found is None or found[1] < left or self.tokens.words[found[1]] not in UNIT_HEADS - {"/"}:
            return None
        return found[0]

    def _has_deposit_nearby(self, start: int, left: int, end: int, right: int, qualified: bool) -> bool:
        words = self.tokens.words
        if not qualified:
            at = max(left, start - _DEPOSIT_REACH)
            for stop in range(start - 1, at - 1, -1):
                if words[stop] in CLAUSE_ENDS or words[stop] in (",", "("):
                    at = stop + 1
                    break
            if any(meaning == "deposit" for meaning, *_ in self._before.find(self.tokens, at, start)):
                return True
        stop = min(right, end + 4)
        for at in range(end, stop):
            if words[at] in CLAUSE_ENDS or words[at] in (",", "+", "and", "en", "og", "y", "und", "et"):
                stop = at
                break
        return any(meaning == "deposit" and words[start:] for meaning, *_ in self._after.find(self.tokens, end, stop))

    def _is_times(self, start: int, left: int, end: int, right: int) -> bool:
        """ "12 x € 250", "3 × $1,500", "999 kr. x 12"."""
        tokens = self.tokens
        if end + 1 < right and tokens.words[end] in ("x", "×") and tokens.kinds[end + 1] == NUMBER:
            return True
        return (
            start - 2 >= left
            and tokens.words[start - 1] in ("x", "×", "*", "fois")
            and tokens.kinds[start - 2] == NUMBER
            and 2 <= (parse_numeral(tokens.words[start - 2]) or 0) <= 120
        )


_AFTER_FILLERS = frozenset({",", "(", ")", "de", "i", "non", "nonrefundable", "net", "netto", "only", "-", "as", "a"})


def _decide(cues: list[str], after: list[str], unit: str | None, is_range: bool, heading: frozenset[str]) -> str:
    """One qualifier from all that was said; what the sum is for outranks how exact it is."""
    said = {*cues, *after}
    for qualifier, name in (("discount", "discount_abs"), ("deposit", "deposit"), ("instalment", "instalment")):
        if qualifier in said:
            return name
    if unit == "per_month":
        return "instalment"
    timing = next((cue for cue in (*cues, *after) if cue in ("was", "now")), None)
    if timing:
        return timing
    if is_range:
        return "range"
    for qualifier in ("worth", "from", "upto", "approx"):
        if qualifier in said:
            return qualifier
    return next(
        (q for q in ("discount_abs", "deposit", "was", "now", "from", "upto", "approx") if q in heading), "exact"
    )


def _open_ends(low: float, high: float, qualifier: str) -> tuple[float | None, float | None]:
    if qualifier == "from":
        return low, None
    return (None, high) if qualifier == "upto" else (low, high)


def _pair_was_and_now(found: list[Reading]) -> list[Reading]:
    """Of two sums, the one beside a "was" is "now", and the one before a lower "now" is "was"."""
    if len(found) != 2 or found[0].meaning != found[1].meaning:
        return found
    first, second = found
    pair = (first.qualifier, second.qualifier)
    if pair in (("was", "exact"), ("exact", "was")):
        return [_as(reading, "now") if reading.qualifier == "exact" else reading for reading in found]
    if pair == ("exact", "now") and (first.low or 0) > (second.low or 0):
        return [_as(first, "was"), second]
    return found


def _as(reading: Reading, qualifier: str) -> Reading:
    return Reading(reading.start, reading.end, reading.low, reading.high, reading.meaning, qualifier, reading.unit)


def settle_worth(readings: list[Reading]) -> list[Reading]:
    """ "Worth $250" is what something did cost where another price stands beside it, and a price where none does."""
    other = "was" if len(readings) > 1 else "exact"
    return [_as(reading, other) if reading.qualifier == "worth" else reading for reading in readings]
