"""Numbers with a unit: rates, counts, doses, durations. (Prices are read elsewhere.)

A rate is a percentage however it is written: "80 %", "four in five", "two thirds".
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from monitor.meaning.matcher import Hit, Token
from monitor.meaning.reading import Reading

_GROUPS = re.compile(r"\d{1,3}(?:[.,'\u00a0\u202f]\d{3})+")
_DIGITS = re.compile(r"\d")
_NEAR = 3  # words between a number and its unit: "50 viable stem cells"
_EACH = frozenset(["per", "pr", "pro", "por", "par", "je", "hver"])  # "5,000 per injection" counts no injections
_CURRENCY = re.compile(r"[€$£¥]|\b(?:eur|euros?|usd|dollars?|dólares|dkk|kr|kroner|chf|gbp|pounds?)\b", re.IGNORECASE)
_MOST = 60  # quantities of one sentence; more is a table of figures


@dataclass(frozen=True, slots=True)
class Quantity:
    """`value` in base units: percent, days, cells … `unit` is the concept of the unit; tokens `first` to `last`."""

    value: float
    unit: str
    first: int
    last: int


def read_number(text: str) -> float | None:
    """The number that a token of digits stands for; groups of three are thousands, whatever the mark."""
    if not text or not _DIGITS.match(text):
        return None
    if _GROUPS.fullmatch(text):
        return float(re.sub(r"\D", "", text))
    plain = re.sub(r"['\u00a0\u202f]", "", text).replace(",", ".")
    if plain.count(".") > 1:
        plain = plain.replace(".", "")
    try:
        return float(plain[:30])
    except ValueError:
        return None


def find_quantities(reading: Reading) -> list[Quantity]:
    """Every quantity of the sentence, in order."""
    numbers = _numbers(reading)
    if not numbers and not reading.has("ratio"):
        return []
    units = {hit.first: hit for hit in reading.of("unit")}
    found = [*_ratios(reading, numbers)]
    taken = {index for quantity in found for index in range(quantity.first, quantity.last + 1)}
    for first, (value, last) in sorted(numbers.items()):
        if first in taken or _is_money(reading, first, last):
            continue
        quantity = _with_unit(value, first, last, units, reading.tokens)
        if quantity is not None:
            found.append(quantity)
        if len(found) >= _MOST:
            break
    return sorted(found, key=lambda q: q.first)


def _is_money(reading: Reading, first: int, last: int) -> bool:
    """Does a currency stand beside the number? "€4,900 and takes three days" are no 4,900 days."""
    before = reading.text[: reading.tokens[first].start].rstrip()[-8:]
    after = reading.text[reading.tokens[last].end :].lstrip()[:8]
    signs = _CURRENCY.finditer(before)
    return any(found.end() == len(before) for found in signs) or _CURRENCY.match(after) is not None


def _numbers(reading: Reading) -> dict[int, tuple[float, int]]:
    """First token → (value, last token) of every number in digits or words."""
    numbers: dict[int, tuple[float, int]] = {}
    for hit in reading.of("number"):
        numbers[hit.first] = (hit.entry.level or 0.0, hit.last)
    for index, token in enumerate(reading.tokens):
        value = read_number(token.fold) if token.fold[:1].isdecimal() else None
        if value is not None:
            numbers[index] = (value, index)
    return numbers


def _ratios(reading: Reading, numbers: dict[int, tuple[float, int]]) -> list[Quantity]:
    found = []
    for hit in reading.of("ratio"):
        if hit.entry.concept == "fraction":
            found.append(Quantity(hit.entry.level or 0.0, "percent", hit.first, hit.last))
            continue
        before = next(
            (n for n in numbers.items() if n[1][1] in (hit.first - 1, _before_noun(reading, hit.first))), None
        )
        after = numbers.get(hit.last + 1)
        if before is None or after is None:
            continue
        part, whole = before[1][0], after[0]
        if 0 < part < whole <= 1000 and whole >= 2:
            found.append(Quantity(round(100 * part / whole, 1), "percent", before[0], after[1]))
    return found


def _before_noun(reading: Reading, index: int) -> int:
    """Where the number of "un patient sur trois", "one patient in five" ends: in front of the noun that it counts."""
    for hit in reading.of("unit"):
        if hit.entry.concept == "patients" and hit.last == index - 1:
            return hit.first - 1
    return -1


def _with_unit(
    value: float, first: int, last: int, units: dict[int, Hit], tokens: tuple[Token, ...]
) -> Quantity | None:
    index, steps = last + 1, 0
    while index < len(tokens) and steps <= _NEAR:
        hit = units.get(index)
        if hit is not None:
            factor = hit.entry.level or 1.0
            if hit.entry.concept != "multiplier":
                return Quantity(value * factor, hit.entry.concept, first, hit.last)
            value, index = value * factor, hit.last + 1
            continue
        if not tokens[index].is_word or tokens[index].fold[0].isdigit() or tokens[index].fold in _EACH:
            return None
        index, steps = index + 1, steps + 1
    return None
