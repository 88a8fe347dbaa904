"""What the words around a sum of money make of it: its qualifier, its unit, and prices that need no sum.

Words before an amount are read backwards as a chain ("save up to", "now from only"), words after it forwards; a chain
never crosses into the next amount.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from monitor.meaning.numbers import parse_numeral
from monitor.meaning.price_amounts import Money
from monitor.meaning.price_tokens import DASH, NUMBER, WORD, PhraseTable, Tokens
from monitor.meaning.price_words import (
    CHEAPER,
    DISCOUNT_ENDINGS,
    FILLERS,
    FREE_ADJECTIVES_BEFORE,
    FREE_BREAKERS,
    FREE_SERVICES,
    FULLY,
    GIVEAWAYS,
    NEGATIONS,
    ON_REQUEST_WITH_PRICE_ONLY,
    PAYERS,
    PERCENT_WORDS,
    PRICE_WORDS,
    SALE_WORDS,
    TAX_WORDS,
    THAN,
    UNIT_HEADS,
    after_table,
    before_table,
    covered_table,
    free_table,
    on_request_table,
    unit_nouns,
    unit_table,
)

_MAX_FILLERS = 5
_CLAUSE_ENDS = frozenset(".;!?|•\n")
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
        if self._is_times(start, left):
            cues.append("instalment")
        qualifier = money.fell or _decide(cues, after, unit, money.is_range, self.heading)
        low, high = _open_ends(money.low, money.high, qualifier)
        if low == high == 0 and qualifier == "exact":
            return Reading(start, end, 0, 0, None, "free", unit)
        return Reading(start, end, low, high, money.meaning, qualifier, unit)

    def _cues_before(self, start: int, left: int) -> tuple[list[str], int]:
        """Qualifiers right before a token, nearest first, and where the chain begins."""
        cues: list[str] = []
        at, begin, skipped, words = start, start, 0, self.tokens.words
        while at > left and skipped <= _MAX_FILLERS:
            found = self._before.match_before(self.tokens, at)
            if found is not None and found[1] >= left:
                if not (found[0] == "discount" and found[1] > left and words[found[1] - 1] in PERCENT_WORDS):
                    cues.append(found[0])
                at = begin = found[1]
            elif words[at - 1] in FILLERS:
                at, skipped = at - 1, skipped + 1
            else:
                break
        return cues, begin

    def _cues_after(self, money: Money, right: int) -> tuple[list[str], str | None, int]:
        """Qualifiers and the unit right after a sum, and where they end."""
        cues: list[str] = []
        unit: str | None = None
        tokens, at, end, skipped = self.tokens, money.end, money.end, 0
        while at < right and skipped <= 2:
            found_unit, found = self._unit_at(at, right), self._after.match_at(tokens, at)
            if found_unit is not None:
                unit, at = unit or found_unit[0], found_unit[1]
                end = at
            elif found is not None and found[1] <= right:
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
        if found is None or found[1] < left or self.tokens.words[found[1]] not in UNIT_HEADS:
            return None
        return found[0]

    def _has_deposit_nearby(self, start: int, left: int, end: int, right: int, qualified: bool) -> bool:
        words = self.tokens.words
        if not qualified:
            at = max(left, start - _DEPOSIT_REACH)
            for stop in range(start - 1, at - 1, -1):
                if words[stop] in _CLAUSE_ENDS or words[stop] in (",", "("):
                    at = stop + 1
                    break
            if any(meaning == "deposit" for meaning, *_ in self._before.find(self.tokens, at, start)):
                return True
        stop = min(right, end + 4)
        for at in range(end, stop):
            if words[at] in _CLAUSE_ENDS or words[at] in (",", "+", "and", "en", "og", "y", "und", "et"):
                stop = at
                break
        return any(meaning == "deposit" and words[start:] for meaning, *_ in self._after.find(self.tokens, end, stop))

    def _is_times(self, start: int, left: int) -> bool:
        """ "12 x € 250", "3 × $1,500"."""
        tokens = self.tokens
        return (
            start - 2 >= left
            and tokens.words[start - 1] in ("x", "×", "*")
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
    for qualifier in ("from", "upto", "approx"):
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


# --- prices without a sum --------------------------------------------------------------------------------------------


def find_percent_discounts(tokens: Tokens, language: str, heading: frozenset[str]) -> Iterator[Reading]:
    """ "Save 20%", "30 % de descuento", "op til 15 % rabat": low and high are percent. Other percentages are no prices."""
    table = before_table(language[:2])
    for at in range(1, len(tokens)):
        if tokens.words[at] not in PERCENT_WORDS or tokens.kinds[at - 1] != NUMBER:
            continue
        high = parse_numeral(tokens.words[at - 1])
        start, low = at - 1, high
        if at >= 3 and tokens.kinds[at - 2] == DASH and tokens.kinds[at - 3] == NUMBER:
            lower = parse_numeral(tokens.words[at - 3])
            start, low = (at - 3, lower) if lower is not None and high is not None and lower < high else (start, low)
        if high is None or not 0 < high <= 100:
            continue
        begin = _discount_before(tokens, table, start)
        end = _discount_after(tokens, at + 1)
        if begin is not None or end is not None or "discount_abs" in heading:
            yield Reading(start if begin is None else begin, end or at + 1, low, high, None, "discount_pct")


def _discount_before(tokens: Tokens, table: PhraseTable, start: int) -> int | None:
    """Where a discount cue begins that runs up to the percentage, or None."""
    at, skipped = start, 0
    if at and tokens.kinds[at - 1] == DASH and tokens.is_glued(at):
        return at - 1 if not SALE_WORDS.isdisjoint(tokens.words) and not tokens.is_glued(at - 1) else None
    while at > 0 and skipped <= _MAX_FILLERS:
        found = table.match_before(tokens, at)
        if found is not None and found[0] == "discount":
            return found[1]
        if found is not None and found[0] in ("upto", "approx", "from", "on_top"):
            at = found[1]
        elif _ends_in_discount(tokens.words[at - 1]):
            return at - 1
        elif tokens.words[at - 1] in FILLERS:
            at, skipped = at - 1, skipped + 1
        else:
            return None
    return None


def _discount_after(tokens: Tokens, at: int) -> int | None:
    """Where a discount cue ends that follows the percentage (one word may stand between), or None."""
    for gap in (0, 1, 2):
        word = tokens.words[at + gap] if at + gap < len(tokens) else ""
        found = after_table().match_at(tokens, at + gap)
        end = at + gap + 1 if _ends_in_discount(word) else found[1] if found and found[0] == "discount" else None
        if end is not None:
            if gap and not _ends_in_discount(tokens.words[end - 1]):
                return None
            following = tokens.words[end : end + 2]
            if word in CHEAPER and following and following[0] in THAN:
                return None
            is_medical = tokens.words[end - 1] == "réduction" and following and following[0] in ("de", "des", "du", "d")
            return None if is_medical else end
        if not word or tokens.kinds[at + gap] != WORD or word in THAN:
            return None
    return None


def _ends_in_discount(word: str) -> bool:
    """Discounts in compounds: vroegboekkorting, sommerrabat, Frühbucherrabatt."""
    return word.endswith(DISCOUNT_ENDINGS)


def find_free(tokens: Tokens, language: str) -> Iterator[Reading]:
    """ "Free consultation", "gratis", "sans frais": a service that costs nothing; not free parking, not pain-free."""
    last = -10
    for meaning, start, end in free_table(language[:2]).find(tokens):
        if start - last < 4 or _is_given_away(tokens, start, end) or _is_negated(tokens, start):
            continue
        if meaning == "maybe" and not _is_free_of_charge(tokens, start, end):
            continue
        last = end
        yield Reading(start, end, 0, 0, None, "free")


def _is_negated(tokens: Tokens, start: int) -> bool:
    return not NEGATIONS.isdisjoint(tokens.words[max(0, start - 2) : start])


def _near(tokens: Tokens, start: int, end: int, step: int, reach: int) -> list[str]:
    """The words beside a span on one side, nearest first, up to a comma, "and" or the end of the clause."""
    words: list[str] = []
    at = end if step > 0 else start - 1
    while 0 <= at < len(tokens) and len(words) < reach:
        word = tokens.words[at]
        if word in _CLAUSE_ENDS or word in (",", "and", "en", "og", "y", "und", "et", "&", "(", ")"):
            break
        words.append(word)
        at += step
    return words


def _is_given_away(tokens: Tokens, start: int, end: int) -> bool:
    """Is it a brochure, a parking place or a call that is free?"""
    after, before = _near(tokens, start, end, 1, 4), _near(tokens, start, end, -1, 4)
    nearest = next((word for word in after if word in GIVEAWAYS or word in FREE_SERVICES), None)
    if nearest is not None:
        return nearest in GIVEAWAYS
    if any(
        word.endswith(("parkeren", "parkering", "parkplätze", "parkeerplaats", "broschüre"))
        for word in (*after, *before)
    ):
        return True
    return not GIVEAWAYS.isdisjoint(before) or bool(before[:1] and before[0] in ("bel", "ring", "llame", "appelez"))


def _is_free_of_charge(tokens: Tokens, start: int, end: int) -> bool:
    """Does English "free" mean that a service costs nothing here?"""
    before = tokens.words[start - 1] if start else ""
    after = tokens.words[end] if end < len(tokens) else ""
    hyphenated = (before == "-" and tokens.is_glued(start)) or (after == "-" and tokens.is_glued(end))
    if hyphenated or before in FREE_ADJECTIVES_BEFORE or after in FREE_BREAKERS:
        return False
    if not FREE_SERVICES.isdisjoint(_near(tokens, start, end, 1, 4)):
        return True
    closes = not after or after in _CLAUSE_ENDS or after in (",", ")", "(", "with", "when", "if", "-")
    return closes and (
        not before or before in (":", "-", "=", "is", "are", "for", "completely", "totally", "always", "(")
    )


def find_covered(tokens: Tokens, has_free: bool) -> Iterator[Reading]:
    """ "Fully covered by your insurer": low and high are 0 where nothing is left to pay, None where that is open."""
    if PAYERS.isdisjoint(tokens.words):
        return
    for _, start, end in covered_table().find(tokens):
        window = tokens.words[max(0, start - 4) : end + 3]
        if not NEGATIONS.isdisjoint(window) and not ("no" in window and has_free):
            continue
        full = has_free or not FULLY.isdisjoint(tokens.words[max(0, start - 3) : end + 3])
        yield Reading(start, end, 0 if full else None, 0 if full else None, None, "covered")
        return


def find_on_request(tokens: Tokens) -> Iterator[Reading]:
    """ "Price on request", "Preis auf Anfrage", "pris efter aftale": a price that is not told."""
    for _, start, end in on_request_table().find(tokens):
        phrase = " ".join(tokens.words[start:end])
        if phrase in ON_REQUEST_WITH_PRICE_ONLY and len(tokens) > 3 and PRICE_WORDS.isdisjoint(tokens.words):
            continue
        yield Reading(start, end, None, None, None, "on_request")
        return
