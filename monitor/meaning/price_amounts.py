"""Sums of money in a text: numerals and number words, the currency marks beside them, and ranges.

The grammar, over tokens:

    money   = mark* amount mark* | amount stroke        (MXN $180,000 · $ 12,500 USD · 12.950,-)
    amount  = numeral scale? | number words             (15k · 5 mil · five thousand)
    range   = money to money | between money and money  (only one end needs a mark; 5-8k and 20-30.000 share a scale)
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, replace

from monitor.meaning.currencies import Mark, Side, is_member, read_code, words_of
from monitor.meaning.price_marks import PlacedMark, find_marks
from monitor.meaning.price_numerals import Amount, read_amounts
from monitor.meaning.price_tokens import DASH, WORD, Tokens
from monitor.meaning.price_words import BETWEEN, FILLERS, OR_WORDS, PRICE_WORDS, connector_table, unit_table

STROKE = Mark(",-")
"""The money stroke: a mark whose currency is the language's."""

_WEIGHT_WORDS = words_of(
    "lose lost losing weigh weighs weight weighed gained overweight lbs kg body pund afvallen perder peso perdre "
    "poids "
    "abnehmen gewicht"
)
_COUNTED = words_of("patients patient pacientes patiënten patienter patienten cases people years")


@dataclass(frozen=True, slots=True)
class Money:
    """One sum or range: tokens `start` to `end`, ends of the range, and the mark's meaning (None: none, header only).

    `fell` marks the halves of "from $9,000 to $7,500": "was" and "now".
    """

    start: int
    end: int
    low: float
    high: float
    meaning: str | None
    amount: Amount
    fell: str = ""

    @property
    def is_range(self) -> bool:
        return self.low != self.high


class MoneyReader:
    """Puts marks to amounts and amounts to ranges. One per text; `fallback` is the header's mark, if any."""

    def __init__(self, tokens: Tokens, language: str, fallback: str | None = None) -> None:
        self.tokens, self.language, self.fallback = tokens, language[:2], fallback
        self.marks = find_marks(tokens, language)
        self._by_start = {placed.start: placed for placed in self.marks}
        self._by_end = {placed.end: placed for placed in self.marks}
        has_any = bool(self.marks or fallback or tokens.strokes)
        self.amounts = read_amounts(tokens, self.language, spoken=bool(self.marks)) if has_any else []
        self._starts = [amount.start for amount in self.amounts]
        self._used: set[int] = set()
        self._priced = not PRICE_WORDS.isdisjoint(tokens.words)

    def read(self) -> list[Money]:
        """The sums and ranges of the text, left to right."""
        sums = [self._attach(index) for index in range(len(self.amounts))]
        return list(self._lists(list(self._ranges(sums))))

    def _attach(self, index: int) -> Money:
        """The amount with its marks; `meaning` None where it has none."""
        amount = self.amounts[index]
        before, start = self._mark_before(amount)
        after, end = self._mark_after(amount, index, before)
        marks = [placed for placed in (before, after) if placed is not None]
        if marks and not all(self._believes(amount, placed) for placed in marks):
            marks, start, end = [], amount.start, amount.end
        self._used.update(placed.start for placed in marks)
        value, meaning = amount.value, self._meaning(marks)
        if marks and self.tokens.words[marks[-1].start] == "tkr":
            value *= 1000
        if meaning is None and amount.stroke:
            meaning = STROKE.meaning
        return Money(start, end, value, value, meaning, amount)

    def _meaning(self, marks: list[PlacedMark]) -> str | None:
        if not marks:
            return None
        if len(marks) == 2 and is_member(marks[0].mark.meaning, marks[1].mark.meaning):
            return marks[0].mark.meaning
        return marks[-1].mark.meaning if len(marks) == 2 and _is_class(marks[0].mark.meaning) else marks[0].mark.meaning

    def _mark_before(self, amount: Amount) -> tuple[PlacedMark | None, int]:
        tokens, end = self.tokens, amount.start
        placed = self._by_end.get(end)
        if placed is None and end and tokens.words[end - 1] == ":":  # Price (USD): 12,500
            end -= 2 if end > 1 and tokens.words[end - 2] == ")" else 1
            placed = self._by_end.get(end)
            if placed is not None and not (placed.mark.symbol or read_code(tokens.raw(placed.start))):
                placed = None
            if placed is not None:
                return placed, amount.start
        if placed is None or placed.start in self._used or Side.BEFORE not in placed.mark.side:
            return None, amount.start
        further = self._by_end.get(placed.start)  # MXN $180,000
        if (
            further is not None
            and further.start not in self._used
            and (is_member(further.mark.meaning, placed.mark.meaning))
        ):
            self._used.add(placed.start)
            return further, further.start
        return placed, placed.start

    def _mark_after(self, amount: Amount, index: int, before: PlacedMark | None) -> tuple[PlacedMark | None, int]:
        tokens, at = self.tokens, amount.end
        placed = self._by_start.get(at)
        closing = 0
        if placed is None and at + 1 < len(tokens):
            if tokens.kinds[at] == DASH and tokens.is_glued(at) and tokens.is_glued(at + 1):
                placed = self._by_start.get(at + 1)  # a 5,000-dollar treatment
                placed = placed if placed is not None and tokens.kinds[at + 1] == WORD else None
            elif tokens.words[at] == "(":
                placed = self._by_start.get(at + 1)
                closes = placed is not None and placed.end < len(tokens) and tokens.words[placed.end] == ")"
                placed, closing = (placed, 1) if closes else (None, 0)
            elif amount.scale >= 1e6 and tokens.words[at] in ("de", "d"):  # 2 millones de pesos, un million d'euros
                placed = self._by_start.get(at + (2 if tokens.words[at + 1] == "'" else 1))
        if (
            placed is None
            or Side.AFTER not in placed.mark.side
            or not self._belongs_left(amount, placed, index, before)
        ):
            return None, at
        end = placed.end + closing
        further = self._by_start.get(placed.end)  # 5 000 $ CA, 12,500 $ USD
        if further is not None and is_member(further.mark.meaning, placed.mark.meaning):
            return further, further.end
        return placed, end

    def _belongs_left(self, amount: Amount, placed: PlacedMark, index: int, before: PlacedMark | None) -> bool:
        """Does a mark between two amounts belong to the left one?"""
        following = self.amounts[index + 1] if index + 1 < len(self.amounts) else None
        contested = following is not None and following.start == placed.end and Side.BEFORE in placed.mark.side
        if before is not None:
            if placed.mark.meaning == before.mark.meaning:
                return not contested and not placed.mark.symbol
            return is_member(placed.mark.meaning, before.mark.meaning) or is_member(
                before.mark.meaning, placed.mark.meaning
            )
        if not contested or following is None:
            return True
        glued_left, glued_right = self.tokens.is_glued(placed.start), self.tokens.is_glued(placed.end)
        if glued_left != glued_right:
            return glued_left
        if self._by_start.get(following.end) is not None:
            return True
        if placed.mark.meaning in ("$", "£"):
            return False
        return not amount.looks_like_year and (amount.grouped or amount.stroke or amount.value >= 100)

    def _believes(self, amount: Amount, placed: PlacedMark) -> bool:
        """Is it money, and not a year, a weight, a scan or patients with a disease of the same letters?"""
        tokens = self.tokens
        after = tokens.words[amount.end] if amount.end < len(tokens) else ""
        if after == "%":
            return False
        is_word = not placed.mark.symbol and tokens.raw(placed.start) != placed.mark.meaning
        if is_word and placed.end <= amount.start and amount.looks_like_year:  # Euro 2024
            return self._priced
        if amount.spoken and amount.scale == 1 and amount.value < 10 and placed.mark.meaning != "USD":
            return self._priced
        if not placed.mark.weak:
            return True
        if not _WEIGHT_WORDS.isdisjoint(tokens.words) and placed.mark.meaning == "GBP":
            return False
        following = tokens.words[placed.end] if placed.end < len(tokens) else ""
        if following in _COUNTED:
            return False
        return amount.value >= 100 and (
            amount.grouped or amount.stroke or amount.spoken or amount.value >= 1000 or self._priced
        )

    # --- ranges ------------------------------------------------------------------------------------------------------

    def _ranges(self, sums: list[Money]) -> Iterator[Money]:
        """Joins neighbours that are the two ends of a range."""
        at = 0
        while at < len(sums):
            joined = self._join(sums[at], sums[at + 1]) if at + 1 < len(sums) else None
            if joined is None:
                yield sums[at]
                at += 1
            else:
                yield from joined
                at += 2

    def _join(self, first: Money, second: Money) -> tuple[Money, ...] | None:
        link = self._link(first, second)
        if link is None or not _same_money(first.meaning, second.meaning):
            return None
        if first.meaning is None and second.meaning is None and self.fallback is None:
            return None
        low, high = self._inherit(first, second, link)
        if link == "for" and low <= high:
            return None
        meaning = first.meaning if first.meaning not in (None, STROKE.meaning) else second.meaning or first.meaning
        fell = link == "to" and low > high and first.meaning and second.meaning
        if fell or link in ("for", "arrow"):
            return (
                replace(first, meaning=meaning, fell="was"),
                replace(second, meaning=meaning, fell="now"),
            )
        if low >= high or not self._is_plausible(first, second, low, high, link):
            return None
        return (Money(first.start, second.end, low, high, meaning, second.amount),)

    def _link(self, first: Money, second: Money) -> str | None:
        """What joins two sums: "dash", "to", "and" (after a between), "for" and "arrow" (old and new price), or None.

        A unit may stand before it.
        """
        tokens, at, stop = self.tokens, first.end, second.start
        if stop - at > 8 or stop <= at:
            return None
        unit = unit_table(self.language).match_at(tokens, at)
        if unit is not None and unit[1] < stop:
            at = unit[1]
        if tokens.kinds[at] == DASH:
            if stop - at == 1:
                return "dash"
            at += 1  # tien- en vijftienduizend
        if stop - at == 1 and tokens.words[at] in ("→", "➔", "⇒", "➜", "►"):
            return "arrow"  # $6,500 → $4,995
        if tokens.words[at] == "voor" and first.start and tokens.words[first.start - 1] == "van":
            return "for"  # Dutch: van € 9.000 voor € 7.500
        found = connector_table(self.language).match_at(tokens, at)
        if found is None:
            return None
        meaning, end = found
        while end < stop and tokens.words[end] in FILLERS:
            end += 1
        if end != stop:
            return None
        if meaning == "and" and not self._is_between(first.start):
            return None
        return meaning

    def _is_between(self, start: int) -> bool:
        return not BETWEEN.isdisjoint(self.tokens.words[max(0, start - 4) : start])

    def _inherit(self, first: Money, second: Money, link: str) -> tuple[float, float]:
        """The ends of a range, where the first leaves its thousands to the second: 5-8k, 20-30.000, five and eight
        thousand."""
        low, high, a, b = first.low, second.high, first.amount, second.amount
        own = second.meaning is not None and second.start < b.start  # a mark of its own before it: $5 – $8,000
        if b.scale > 1 and a.scale == 1 and a.value <= b.bare and (not own or first.meaning is None):
            return low * b.scale, high
        tight = link != "dash" or (self.tokens.is_glued(first.end) and self.tokens.is_glued(second.start))
        shares = (
            b.grouped and b.scale == 1 and high % 1000 == 0 and low < 1000 and low < high / 1000 and low == int(low)
        )
        if shares and tight and not own and not a.grouped:
            return low * 1000, high
        return low, high

    def _is_plausible(self, first: Money, second: Money, low: float, high: float, link: str) -> bool:
        """Is the end without a mark an end of the range, and not a year, an option number or a count?"""
        if first.meaning is not None and second.meaning is not None:
            return True
        if first.meaning is None and second.meaning is None:
            return low >= high / 100
        after = self.tokens.words[second.end] if second.end < len(self.tokens) else ""
        if second.meaning is None:
            return (
                after != "%" and after not in _COUNTED and not (second.amount.looks_like_year and first.amount.grouped)
            )
        if first.amount.looks_like_year and second.amount.grouped:
            return False
        if second.start < second.amount.start and low < 100:  # Option 3 – $5,000
            return False
        spaced = link == "dash" and not self.tokens.is_glued(first.end)
        return low >= high / 100 and not (spaced and low < 100)

    # --- lists -------------------------------------------------------------------------------------------------------

    def _lists(self, sums: list[Money]) -> Iterator[Money]:
        """Gives an amount without a mark the one of its neighbour in a list ("5.000 of 8.000 euro"); drops the "
        "rest."""
        following: Money | None = None
        kept: list[Money] = []
        for money in reversed(sums):
            settled = money
            if money.meaning is None and following is not None and self._is_listed(money, following):
                settled = replace(money, meaning=following.meaning)
            if settled.meaning is None and self.fallback is not None and self._is_cell(settled):
                settled = replace(settled, meaning=self.fallback)
            following = settled if settled.meaning is not None else None
            if settled.meaning is not None:
                kept.append(settled)
        return reversed(kept)

    def _is_listed(self, money: Money, following: Money) -> bool:
        between = self.tokens.words[money.end : following.start]
        marked_after = following.start == following.amount.start
        large = money.amount.grouped or (money.low >= 1000 and not money.amount.looks_like_year)
        return len(between) == 1 and between[0] in OR_WORDS and marked_after and large

    def _is_cell(self, money: Money) -> bool:
        """Under a header with a currency: is the number the price, and not a percentage, dose or count?"""
        after = self.tokens.words[money.end] if money.end < len(self.tokens) else ""
        return (
            after != "%"
            and (money.low >= 10 or money.amount.stroke)
            and len(self.tokens) <= 24
            and not (
                after in _COUNTED or (after.isalpha() and after not in FILLERS and self.tokens.is_glued(money.end))
            )
        )

    def number_at(self, start: int) -> Amount | None:
        """The amount that starts at a token, if one does."""
        index = bisect_left(self._starts, start)
        return self.amounts[index] if index < len(self.amounts) and self._starts[index] == start else None


def _is_class(meaning: str) -> bool:
    return not (len(meaning) == 3 and meaning.isupper())


def _same_money(first: str | None, second: str | None) -> bool:
    if first is None or second is None or STROKE.meaning in (first, second):
        return True
    return first == second or is_member(first, second) or is_member(second, first)
