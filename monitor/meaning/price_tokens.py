"""The words, numerals and marks of a text, as the price grammar reads them. One regular expression, linear time."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from monitor.meaning.currencies import SYMBOLS, words_of
from monitor.meaning.numbers import SPACES

DASHES = "-–—−‐‑‒―"

_TOKEN = re.compile(
    rf"""
    (?P<number> (?: \d{{1,3}}(?:[{SPACES}]\d{{3}})+(?!\d)(?:[.,]\d{{1,2}}(?!\d))? | \d+(?:[.,'’´]\d+)* )
                (?P<stroke> [.,](?:[{DASHES}]{{1,2}}|=)(?!\d) )? )
  | (?P<symbol> [{re.escape("".join(SYMBOLS))}万萬] )
  | (?P<letters> (?:[^\W\d_]\.){{2,}}(?:[^\W\d_](?!\w))? )
  | (?P<word> [^\W\d_]+ )
  | (?P<dash> [{DASHES}]+ )
  | (?P<other> \S )
    """,
    re.VERBOSE,
)

ABBREVIATIONS = words_of(
    "ca kr dkr pr rp bs gs approx max min md mdr maks aprox env mtl inkl excl incl exkl ekskl zzgl fr rs mio mill "
    "dhs pct beh stk evt eur usd tkr c sfr tsd p mln nr resp est avg vejl cca can ul sess tys mth руб р грн млн "
    "тыс dkk mthly pers ab cir prox dep int kn chf nis"
)
"""Words whose full stop belongs to them ("kr. 2.000", "ca. 5.000")."""

NUMBER, WORD, SYMBOL, DASH, OTHER = range(5)


@dataclass(slots=True)
class Tokens:
    """A text in tokens, side by side: `kinds`, lower-case `words` (letters without their dots: "p.p." is "pp"),
    spans `starts` and `ends` in `text`, and the indices of numerals with a money stroke (",-") in `strokes`."""

    text: str
    kinds: list[int] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    strokes: set[int] = field(default_factory=set)

    def __len__(self) -> int:
        return len(self.words)

    def raw(self, at: int) -> str:
        return self.text[self.starts[at] : self.ends[at]]

    def is_glued(self, at: int) -> bool:
        """Does token `at` follow the one before it without a space?"""
        return 0 < at < len(self.words) and self.starts[at] == self.ends[at - 1]

    def add(self, kind: int, word: str, start: int, end: int) -> None:
        self.kinds.append(kind)
        self.words.append(word)
        self.starts.append(start)
        self.ends.append(end)


def tokenize(text: str) -> Tokens:
    """The tokens of a text. Full stops of abbreviations are swallowed, apostrophes and dashes are made one form."""
    tokens = Tokens(text)
    for match in _TOKEN.finditer(text):
        start, end, group = match.start(), match.end(), match.lastgroup
        word = match.group()
        if group == "number" or match.start("number") >= 0:
            if match.start("stroke") >= 0:
                tokens.strokes.add(len(tokens))
                word = text[start : match.start("stroke")]
            tokens.add(NUMBER, word, start, end)
        elif group == "word":
            tokens.add(WORD, word.lower(), start, end)
        elif group == "letters":
            tokens.add(WORD, word.replace(".", "").lower(), start, end)
        elif group == "dash":
            tokens.add(DASH, "-", start, end)
        elif group == "symbol":
            tokens.add(SYMBOL if word in SYMBOLS else WORD, word, start, end)
        elif not (word == "." and tokens.words and tokens.words[-1] in ABBREVIATIONS and tokens.ends[-1] == start):
            tokens.add(OTHER, "'" if word in "’‘´`ʼ" else word, start, end)
        else:
            tokens.ends[-1] = end
    return tokens


class PhraseTable:
    """Phrases with a meaning, found forwards from a token or backwards from one; the longest wins."""

    def __init__(self, phrases: Mapping[str, str]) -> None:
        """`phrases`: meaning → phrases joined by "|", in lower case."""
        self._forwards: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        self._backwards: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for meaning, joined in phrases.items():
            for phrase in filter(None, map(str.strip, joined.split("|"))):
                words = tuple(tokenize(phrase).words)
                self._forwards.setdefault(words[0], []).append((words, meaning))
                self._backwards.setdefault(words[-1], []).append((words, meaning))
        for found in (*self._forwards.values(), *self._backwards.values()):
            found.sort(key=lambda pair: -len(pair[0]))

    def key_words(self) -> frozenset[str]:
        """The longest word of each phrase: a text with none of them has none of the phrases."""
        phrases = (phrase for found in self._forwards.values() for phrase, _ in found)
        return frozenset(max(phrase, key=len) for phrase in phrases)

    def match_at(self, tokens: Tokens, at: int) -> tuple[str, int] | None:
        """(meaning, end) of the longest phrase that starts at token `at`."""
        words = tokens.words
        if at >= len(words):
            return None
        for phrase, meaning in self._forwards.get(words[at], ()):
            if len(phrase) == 1 or tuple(words[at : at + len(phrase)]) == phrase:
                return meaning, at + len(phrase)
        return None

    def match_before(self, tokens: Tokens, end: int) -> tuple[str, int] | None:
        """(meaning, start) of the longest phrase whose last word is right before token `end`."""
        words = tokens.words
        if end <= 0:
            return None
        for phrase, meaning in self._backwards.get(words[end - 1], ()):
            size = len(phrase)
            if size == 1 or (end >= size and tuple(words[end - size : end]) == phrase):
                return meaning, end - size
        return None

    def find(self, tokens: Tokens, start: int = 0, end: int | None = None) -> Iterator[tuple[str, int, int]]:
        """(meaning, start, end) of every phrase in a range of tokens, left to right, without overlaps."""
        at, stop = start, len(tokens) if end is None else end
        while at < stop:
            found = self.match_at(tokens, at)
            if found is None:
                at += 1
            else:
                yield found[0], at, found[1]
                at = found[1]
