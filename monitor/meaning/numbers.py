"""How much is written here? Numerals with any thousands mark, and numbers in words in six languages.

Thousands and decimal marks are told apart by groups of three digits, never by locale: Danish, Dutch, Spanish and
English writers mix both conventions on one page. All functions are linear in their input and pure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

MAX_DIGITS = 15
"""Longer runs of digits are identifiers, not amounts (and floats would round them)."""

SPACES = " \u00a0\u2009\u202f"
APOSTROPHES = "'’´`"

_APOSTROPHE_MILLIONS = re.compile(r"[1-9]\d{0,2}['’´]\d{3}[.,]\d{3}")  # 12'000.000 in Colombia and Chile
_INDIAN = re.compile(r"[1-9]\d?(?:,\d\d)+,\d{3}(?:\.\d{1,2})?")


def parse_numeral(text: str) -> float | None:
    """The value of a numeral as written ("12.950", "1,250.50", "1 200", "1'250.00", "3,50,000"), or None.

    A mark followed by exactly three digits separates thousands; by one or two digits, decimals. A numeral that fits
    no reading ("1.23.4", "085 130") is no amount.
    """
    digits = sum(map(str.isdigit, text))
    if not digits or digits > MAX_DIGITS:
        return None
    if _INDIAN.fullmatch(text):
        return float(text.replace(",", ""))
    if _APOSTROPHE_MILLIONS.fullmatch(text):
        return float(re.sub(r"\D", "", text))
    plain = text
    for mark in SPACES + APOSTROPHES:
        if mark in plain:
            parts = _unmark(plain, mark)
            if parts is None:
                return None
            plain = parts
    return _dots_and_commas(plain)


def _unmark(text: str, mark: str) -> str | None:
    """`text` without the thousands mark, or None where the groups are not of three digits."""
    head, *groups = text.split(mark)
    whole_groups = [*groups[:-1], re.split("[.,]", groups[-1], maxsplit=1)[0]]
    if not is_leading_group(head) or any(len(group) != 3 or not group.isdigit() for group in whole_groups):
        return None
    return text.replace(mark, "")


def is_leading_group(head: str) -> bool:
    """Can these digits stand before a thousands mark? One to three, without a leading zero."""
    return head.isdigit() and len(head) <= 3 and not head.startswith("0")


def _dots_and_commas(text: str) -> float | None:
    marks = [char for char in text if char in ".,"]
    if not marks:
        return float(text)
    last = marks[-1]
    head, _, tail = text.rpartition(last)
    if len(set(marks)) == 2:  # the last mark is the decimal one, and stands once
        other = marks[0]
        whole = _unmark(head, other) if last not in head else None
        return float(f"{whole}.{tail}") if whole is not None and len(tail) <= 2 else None
    if len(tail) == 3 and is_leading_group(text.split(last, 1)[0]):
        whole = _unmark(text, last)
        return float(whole) if whole is not None else None
    is_decimal = len(marks) == 1 and len(tail) <= 3 and (head == "0" or not head.startswith("0"))
    return float(f"{head}.{tail}") if is_decimal else None


# --- words ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NumberWords:
    """The numerals of one language: `small` are values below 100, `hundreds` words worth a hundred (or several),
    `scales` thousands and millions; `glue` are the words that may stand inside a number ("and", "y", "et");
    `compounds`: words are written together (elfduizend, femogtyve)."""

    small: dict[str, int]
    hundreds: dict[str, int]
    scales: dict[str, int]
    glue: frozenset[str]
    compounds: bool = False


def _count(words: str, start: int = 1) -> dict[str, int]:
    """{"one": 1, "two": 2 …}; alternatives are joined by "/"."""
    return {word: value for value, group in enumerate(words.split(), start) for word in group.split("/")}


def _tens(words: str, start: int = 20) -> dict[str, int]:
    return {word: start + 10 * step for step, group in enumerate(words.split()) for word in group.split("/")}


def _joined(units: dict[str, int], tens: dict[str, int], glue: Sequence[str]) -> dict[str, int]:
    """Units before tens, written together: five-and-twenty as in vijfentwintig, femogtyve, fünfundzwanzig."""
    return {
        f"{unit}{join}{ten}": value + ten_value
        for unit, value in units.items()
        if value < 10
        for ten, ten_value in tens.items()
        for join in glue
    }


_EN_SMALL = _count(
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
) | _tens("twenty thirty forty/fourty fifty sixty seventy eighty ninety")

_NL_UNITS = _count(
    "een/één/eén twee drie vier vijf zes zeven acht negen tien elf twaalf dertien veertien vijftien zestien "
    "zeventien achttien negentien"
)
_NL_TENS = _tens("twintig dertig veertig vijftig zestig zeventig tachtig negentig")

_DA_UNITS = _count(
    "en/et/én/ét to tre fire fem seks syv otte ni ti elleve/elve tolv tretten fjorten femten seksten sytten atten "
    "nitten"
)
_DA_TENS = _tens("tyve tredive/tredve fyrre/fyrretyve halvtreds tres halvfjerds firs halvfems")

_DE_UNITS = _count(
    "ein/eins/eine zwei/zwo drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn "
    "siebzehn achtzehn neunzehn"
)
_DE_TENS = _tens("zwanzig dreißig/dreissig vierzig fünfzig sechzig siebzig achtzig neunzig")

_ES_SMALL = _count(
    "uno/un/una dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince "
    "dieciséis/dieciseis diecisiete dieciocho diecinueve veinte veintiuno/veintiún/veintiun veintidós/veintidos "
    "veintitrés/veintitres veinticuatro veinticinco veintiséis/veintiseis veintisiete veintiocho veintinueve"
) | _tens("treinta cuarenta cincuenta sesenta setenta ochenta noventa", 30)
_ES_HUNDREDS = {"cien": 100, "ciento": 100} | {
    stem + ending: value
    for stem, value in {
        "doscient": 200, "trescient": 300, "cuatrocient": 400, "quinient": 500, "seiscient": 600,
        "setecient": 700, "ochocient": 800, "novecient": 900,
    }.items()
    for ending in ("os", "as")
}  # fmt: skip

_FR_UNITS = _count(
    "un/une deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept dix-huit "
    "dix-neuf"
)
_FR_SMALL = (
    _FR_UNITS
    | _tens("vingt trente quarante cinquante soixante septante huitante/octante nonante")
    | {"quatre-vingt": 80, "quatre-vingts": 80}
    | {f"soixante-{word}": 60 + value for word, value in _FR_UNITS.items() if value >= 10}
    | {f"quatre-vingt-{word}": 80 + value for word, value in _FR_UNITS.items()}
)

WORDS: dict[str, NumberWords] = {
    "en": NumberWords(
        _EN_SMALL, {"hundred": 100}, {"thousand": 1000, "million": 10**6, "grand": 1000}, frozenset({"and"})
    ),
    "nl": NumberWords(
        _NL_UNITS | _NL_TENS | _joined(_NL_UNITS, _NL_TENS, ("en", "ën")),
        {"honderd": 100}, {"duizend": 1000, "miljoen": 10**6}, frozenset(), compounds=True,
    ),
    "da": NumberWords(
        _DA_UNITS | _DA_TENS | _joined(_DA_UNITS, _DA_TENS, ("og",)),
        {"hundrede": 100, "hundred": 100},
        {"tusinde": 1000, "tusind": 1000, "million": 10**6, "millioner": 10**6},
        frozenset({"og"}), compounds=True,
    ),
    "es": NumberWords(
        _ES_SMALL, _ES_HUNDREDS, {"mil": 1000, "millón": 10**6, "millon": 10**6, "millones": 10**6}, frozenset({"y"})
    ),
    "de": NumberWords(
        _DE_UNITS | _DE_TENS | _joined(_DE_UNITS, _DE_TENS, ("und",)),
        {"hundert": 100}, {"tausend": 1000, "million": 10**6, "millionen": 10**6}, frozenset(), compounds=True,
    ),
    "fr": NumberWords(
        _FR_SMALL, {"cent": 100, "cents": 100}, {"mille": 1000, "million": 10**6, "millions": 10**6}, frozenset({"et"})
    ),
}  # fmt: skip

_SCALE_ABBREVIATIONS: dict[str, float] = {
    "k": 1e3, "tsd": 1e3, "t€": 1e3, "tys": 1e3, "тыс": 1e3, "mio": 1e6, "mln": 1e6, "mill": 1e6,
    "mn": 1e6, "млн": 1e6, "juta": 1e6, "ribu": 1e3, "lakh": 1e5, "lakhs": 1e5, "lac": 1e5, "crore": 1e7,
    "crores": 1e7, "万": 1e4, "萬": 1e4, "bn": 1e9, "billion": 1e9, "mrd": 1e9, "miljard": 1e9, "milliarder": 1e9,
    "milliarden": 1e9, "milliards": 1e9,
}  # fmt: skip
_SCALE_PLURALS: dict[str, float] = {"millions": 1e6, "thousands": 1e3, "miljoenen": 1e6}


HALVES: dict[str, dict[str, float]] = {
    "en": {
        "half a": 0.5,
        "one and a half": 1.5,
        "two and a half": 2.5,
        "three and a half": 3.5,
        "four and a half": 4.5,
    },
    "nl": {"een half": 0.5, "een halve": 0.5, "anderhalf": 1.5, "anderhalve": 1.5, "twee en een half": 2.5},
    "da": {"en halv": 0.5, "halvanden": 1.5, "halvandet": 1.5, "to en en halv": 2.5, "to en halv": 2.5},
    "es": {"medio": 0.5},
    "de": {"eine halbe": 0.5, "anderthalb": 1.5, "eineinhalb": 1.5, "zweieinhalb": 2.5, "dreieinhalb": 3.5},
    "fr": {"un demi": 0.5},
}
"""Before a thousand or million ("half a million")."""

_HALF_AFTER = {"en": ("and", "a", "half"), "es": ("y", "medio"), "fr": ("et", "demi")}
"""After one ("un millón y medio")."""

VAGUE = frozenset(
    {"couple", "few", "several", "tens", "hundreds", "dozens", "many", "paar", "enkele", "flere", "par", "nogle",
     "varios", "unos", "algunos", "einige", "mehrere", "quelques", "plusieurs", "some", "tiental", "pocos"}
)  # fmt: skip
"""Before a thousand these say: no number was given ("several thousand dollars")."""


@lru_cache(maxsize=16)
def scales_after_digits(language: str) -> dict[str, float]:
    """The words that multiply a numeral before them ("5 mil", "15k", "1,2 Mio."); "m" is left to the grammar."""
    scales = dict(_SCALE_ABBREVIATIONS) | _SCALE_PLURALS
    for code, words in WORDS.items():
        for word, value in words.scales.items():
            scales[word] = float(value)
        if code == language:
            scales |= {word: float(value) for word, value in words.hundreds.items() if value == 100}
    return scales


@lru_cache(maxsize=4096)
def _compound(word: str, language: str) -> tuple[int, str] | None:
    """(value, largest part) of a number written as one word: vijfentwintigduizend → (25000, "scale")."""
    words = WORDS[language]
    if word in words.small:
        return words.small[word], "small"
    for parts, kind in ((words.scales, "scale"), (words.hundreds, "hundred")):
        for part, size in parts.items():
            if part in word and len(word) <= 60:
                value = _around(word, part, size, language)
                if value is not None:
                    return value, kind
    return None


def _around(word: str, part: str, size: int, language: str) -> int | None:
    """The value of `word`, which has the multiplier `part` in it: what stands before times it, plus what follows."""
    head, _, tail = word.partition(part)
    before = _compound(head, language) if head else (1, "")
    rest = tail.removeprefix("og").removeprefix("und").removeprefix("en")
    after = _compound(rest, language) if rest else (0, "")
    if before is None or after is None or before[0] >= (100 if size == 100 else 1000) or after[0] >= size:
        return None
    return before[0] * size + after[0]


@dataclass(frozen=True, slots=True)
class SpokenNumber:
    """A number in words: its value, the multiplier it ends on (1 where none), and how many words it took."""

    value: float
    scale: float
    words: int


class _Accumulator:
    """Adds the words of a number up; refuses a word that does not continue it ("five eight")."""

    def __init__(self) -> None:
        self.total = 0.0  # what the scales so far closed
        self.current = 0.0  # since the last scale
        self.room = float("inf")  # what comes next must be smaller than this
        self.floor = float("inf")  # the last scale; scales descend
        self.scale = 1.0

    def add(self, value: float) -> bool:
        if value <= 0 or value >= self.room:
            return False
        self.current += value
        self.room = 10 if value % 10 == 0 and value >= 20 else (100 if value % 100 == 0 else 1)
        self.scale = 1.0
        return True

    def hundred(self, size: float) -> bool:
        if size > 100:
            return self.add(size) and self._open(100)
        if self.current >= 100 or (self.total and self.current >= 10) or (self.current and self.room == 100):
            return False
        self.current = (self.current or 1) * size
        self.scale = 100.0
        return self._open(100)

    def multiply(self, size: float) -> bool:
        if size >= self.floor or (self.current == 0 and self.total):
            return False
        self.total += (self.current or 1) * size
        self.current, self.floor, self.scale = 0.0, size, size
        return self._open(size)

    def _open(self, room: float) -> bool:
        self.room = room
        return True

    @property
    def value(self) -> float:
        return self.total + self.current


def read_words(words: Sequence[str], start: int, language: str) -> SpokenNumber | None:
    """The number in words that starts at `words[start]` (lower case), the longest reading, or None.

    "a thousand" and a bare "thousand" are 1000; glue ("and", "y", "et") counts only inside the number. A hyphen is
    its own word "-": it joins what composes ("twenty-five"), and ends the number where it doesn't ("five-eight").
    """
    lexicon = WORDS.get(language)
    if lexicon is None:
        return None
    half = _read_half(words, start, language, lexicon)
    if half is not None:
        return half
    sums, end, at = _Accumulator(), start, start
    while at < len(words) and at - start < 24:
        taken = _take(sums, lexicon, language, words, at)
        if taken:
            at = end = at + taken
        elif end > start and at == end and words[at] in lexicon.glue | {"-"} and _may_glue(sums, words[at], language):
            at += 1
        else:
            break
    if end == start:
        return None
    suffix = _HALF_AFTER.get(language, ())
    if suffix and sums.scale >= 1000 and tuple(words[end : end + len(suffix)]) == suffix:
        return SpokenNumber(sums.value + sums.scale / 2, sums.scale, end + len(suffix) - start)
    return SpokenNumber(sums.value, sums.scale, end - start)


def _read_half(words: Sequence[str], start: int, language: str, lexicon: NumberWords) -> SpokenNumber | None:
    """ "Half a million", "anderhalf miljoen", "zweieinhalbtausend" written apart."""
    for phrase, value in HALVES.get(language, {}).items():
        parts = phrase.split()
        scale = words[start + len(parts)] if start + len(parts) < len(words) else ""
        if words[start] == parts[0] and scale in lexicon.scales and list(words[start : start + len(parts)]) == parts:
            size = float(lexicon.scales[scale])
            return SpokenNumber(value * size, size, len(parts) + 1)
    return None


def _may_glue(sums: _Accumulator, glue: str, language: str) -> bool:
    """May the number go on after this word? English "and" follows a hundred or thousand; "y", "et" follow tens."""
    if glue == "-":
        return True
    if language == "fr" and sums.current % 100 == 60:  # soixante et onze
        sums.room = 20
        return True
    return sums.room == 10 if language in ("es", "fr") else sums.room >= 100


def _take(sums: _Accumulator, lexicon: NumberWords, language: str, words: Sequence[str], at: int) -> int:
    """Adds what stands at `at` to the sums; how many words that were (0: none fits)."""
    word = words[at]
    if language == "fr":
        for length in (7, 5, 3):  # quatre - vingt - dix - sept
            joined = "".join(words[at : at + length])
            if joined in lexicon.small and "-" in joined:
                return length if sums.add(lexicon.small[joined]) else 0
    if word in ("a", "an") and language == "en":
        following = words[at + 1] if at + 1 < len(words) else ""
        fits = sums.value == 0 and (following in lexicon.scales or following in lexicon.hundreds)
        return 1 if fits else 0
    if word in lexicon.small:
        return int(sums.add(lexicon.small[word]))
    if word in lexicon.hundreds:
        return int(sums.hundred(lexicon.hundreds[word]))
    if word in lexicon.scales:
        return int(sums.multiply(lexicon.scales[word]))
    return int(_take_compound(sums, language, word)) if lexicon.compounds else 0


def _take_compound(sums: _Accumulator, language: str, word: str) -> bool:
    found = _compound(word, language)
    if found is None:
        return False
    value, kind = found
    if kind == "scale" and value % 1000 == 0 and value < 10**6:  # elfduizend [vijfhonderd]
        sums.add(value // 1000) if sums.value == 0 else None
        return sums.multiply(1000) if sums.current else False
    if kind == "hundred" and value % 100 == 0:
        return sums.add(value) and sums._open(100)
    return sums.add(value)
