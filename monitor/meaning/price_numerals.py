"""Which numbers of a text could be sums of money? Numerals with their multipliers, and number words."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.meaning.currencies import CODES, SYMBOLS, word_marks
from monitor.meaning.numbers import VAGUE, WORDS, SpokenNumber, parse_numeral, read_words, scales_after_digits
from monitor.meaning.price_tokens import NUMBER, SYMBOL, WORD, Tokens

MAX_AMOUNT = 1e12


@dataclass(frozen=True, slots=True)
class Amount:
    """A number that could be money: its tokens, value, the multiplier in it, and how it was written."""

    start: int
    end: int
    value: float
    scale: float = 1.0
    spoken: bool = False
    grouped: bool = False  # with a thousands mark
    stroke: bool = False

    @property
    def bare(self) -> float:
        return self.value / self.scale

    @property
    def looks_like_year(self) -> bool:
        return not self.grouped and not self.spoken and self.scale == 1 and 1900 <= self.value <= 2100


def read_amounts(tokens: Tokens, language: str, *, spoken: bool) -> list[Amount]:
    """Every number that could be money, left to right; number words only when asked for (they cost more)."""
    amounts, at = [], 0
    codes = (
        [language, "en"] if language in WORDS and language != "en" else [language] if language in WORDS else [*WORDS]
    )
    while at < len(tokens):
        amount = None
        if tokens.kinds[at] == NUMBER:
            amount = _numeral(tokens, at, language)
        elif spoken and tokens.kinds[at] == WORD:
            amount = _spoken(tokens, at, codes)
        if amount is not None:
            amounts.append(amount)
        at = amount.end if amount is not None else at + 1
    return amounts


def _spoken(tokens: Tokens, at: int, codes: list[str]) -> Amount | None:
    """The number in words at `at`, in the language that reads the most of it."""
    if at and tokens.words[at - 1] == "of" and at > 1 and tokens.words[at - 2] in VAGUE:
        return None
    if at + 1 < len(tokens) and tokens.words[at + 1] == "'":  # l'…, d'… are no numbers
        return None
    found: SpokenNumber | None = None
    for code in codes:
        reading = read_words(tokens.words, at, code)
        if reading is not None and (found is None or reading.words > found.words):
            found = reading
    if found is None or (at and tokens.words[at - 1] in VAGUE and found.value == found.scale):
        return None
    return Amount(at, at + found.words, found.value, found.scale, spoken=True)


def _numeral(tokens: Tokens, at: int, language: str) -> Amount | None:
    raw = tokens.words[at]
    value = parse_numeral(raw)
    if value is None or _is_clock_or_fraction(tokens, at):
        return None
    grouped = (value >= 1000 and not raw.split(".")[0].split(",")[0].isdigit()) or (
        value >= 1000 and len(raw) > 4 and (not raw.isdigit())
    )
    end, scale = at + 1, 1.0
    multiplier = scales_after_digits(language).get(tokens.words[end]) if end < len(tokens) else None
    if multiplier is not None and _is_scale(tokens, end, value, language):
        scale, end = multiplier, end + 1
    elif (
        end < len(tokens)
        and tokens.words[end] == "m"
        and tokens.is_glued(end)
        and at
        and (tokens.kinds[at - 1] == SYMBOL)
    ):
        scale, end = 1e6, end + 1
    if scale >= 1e6 and value >= 1000:  # "1.250 mio." has decimals
        value /= 1000
    value *= scale
    return Amount(at, end, value, scale, False, grouped, at in tokens.strokes) if value < MAX_AMOUNT else None


def _is_scale(tokens: Tokens, at: int, value: float, language: str) -> bool:
    word = tokens.words[at]
    if word == "k":
        after = tokens.words[at + 1] if at + 1 < len(tokens) else ""
        return tokens.is_glued(at) or (value < 1000 and (after in SYMBOLS or after in word_marks() or after in "-.,"))
    if word == "mil":  # slang for a million in English: thousands only before a currency, as in Spanish
        after = tokens.words[at + 1] if at + 1 < len(tokens) else ""
        return language in ("es", "") or after in SYMBOLS or after in word_marks() or after.upper() in CODES
    return not (word == "mn" and value >= 1000)


def _is_clock_or_fraction(tokens: Tokens, at: int) -> bool:
    """09:00, 12/2024: numbers glued to numbers by a colon or slash."""

    def joins(between: int, beyond: int, first: int) -> bool:
        return (
            0 <= between < len(tokens)
            and 0 <= beyond < len(tokens)
            and tokens.words[between] in (":", "/")
            and tokens.kinds[beyond] == NUMBER
            and tokens.is_glued(first)
            and tokens.is_glued(first + 1)
        )

    return joins(at + 1, at + 2, at + 1) or joins(at - 1, at - 2, at - 1)
