"""Finds the cues of a lexicon in a sentence: one pass, whatever the number of cues.

Cues are sequences of word patterns, kept in a trie. A word is looked up once per process (its patterns are cached), so
that a pass costs a few dictionary look-ups a word. Words are compared without case and without accents, except the
ring and the tilde, which make other words ("år"/"ar", "año"/"ano").
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

GAP = "*"  # one to three words
LOOSE = "**"  # up to four words
_SKIPS = {GAP: (1, 3), LOOSE: (0, 4)}
_KEPT_MARKS = frozenset("\u030a\u0303")  # ring and tilde
_CIRCUMFLEX = frozenset({"sûr", "sûre", "sûrs", "sûres"})
_TOKEN = re.compile(r"\d+(?:[.,\u00a0\u202f']\d+)*|[^\W\d_]+?(?=n['’]t\b)|n['’]t\b|[^\W\d_]+|[^\w\s]")
_CACHE_LIMIT = 60_000
_HYPHENS = frozenset("-\u2010\u2011\u00ad")


@lru_cache(maxsize=65_536)
def fold_word(word: str) -> str:
    """The form in which words are compared: no case, no accents (but å and ñ stay)."""
    plain = word.casefold()
    if plain in ("n't", "n’t"):
        return "not"  # "isn't suitable" is "is not suitable"
    if plain.isascii():
        return plain
    if plain in _CIRCUMFLEX:
        return plain  # French "sûr" (safe) is not "sur" (on)
    marks = unicodedata.normalize("NFD", plain)
    kept = "".join(c for c in marks if not unicodedata.combining(c) or c in _KEPT_MARKS)
    return unicodedata.normalize("NFC", kept)


class Token(NamedTuple):
    """A word, number or mark of a sentence: its folded form, and its slice of the sentence."""

    fold: str
    start: int
    end: int
    is_word: bool
    is_upper: bool


def tokenize(text: str) -> list[Token]:
    """Words, numbers and marks of `text` in order. Hyphens are no tokens: "stem-cell" is "stem cell"."""
    tokens = []
    for match in _TOKEN.finditer(text):
        fold, is_word, is_upper = _known_word(match[0])
        start, end = match.span()
        if not is_word and match[0] in _HYPHENS and not _stands_free(text, start, end):
            continue
        tokens.append(_new_token(Token, (fold, start, end, is_word, is_upper)))
    return tokens


_new_token = tuple.__new__  # a third of the time of Token(…)


@lru_cache(maxsize=65_536)
def _known_word(raw: str) -> tuple[str, bool, bool]:
    """Folded form, is it a word, is it in capitals."""
    is_word = raw[0].isalnum()
    return fold_word(raw), is_word, is_word and raw.isupper()


def _stands_free(text: str, start: int, end: int) -> bool:
    """A dash with white space on both sides parts clauses; any other joins words."""
    return text[start - 1 : start].isspace() and text[end : end + 1].isspace()


@dataclass(frozen=True, slots=True)
class Entry:
    """One cue. `level` is its place on the category's scale, `concept` the meaning that cues of all languages share."""

    cue: str
    category: str
    kind: str = "*"
    concept: str = ""
    weight: int = 2
    level: float | None = None
    match: str = "phrase"
    case: bool = False  # only where the text has it in capitals (ALS, MS, ELA)
    line: int = 0


class Hit(NamedTuple):
    """A cue found: the tokens `first` to `last` (inclusive); `at` are the tokens that its words stand on."""

    entry: Entry
    first: int
    last: int
    at: tuple[int, ...]

    @property
    def category(self) -> str:
        return self.entry.category


@dataclass(slots=True)
class _Node:
    edges: dict[str, _Node] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    gaps: list[tuple[int, int, _Node]] = field(default_factory=list)

    def child(self, label: str) -> _Node:
        if label in _SKIPS:
            low, high = _SKIPS[label]
            for known_low, known_high, node in self.gaps:
                if (known_low, known_high) == (low, high):
                    return node
            node = _Node()
            self.gaps.append((low, high, node))
            return node
        return self.edges.setdefault(label, _Node())


class Matcher:
    """All cues of one language, ready to be found."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._root = _Node()
        self._exact: set[str] = set()
        self._starts: dict[int, set[str]] = {}
        self._ends: dict[int, set[str]] = {}
        self._parts: set[str] = set()
        self._known: dict[str, tuple[tuple[str, ...], tuple[_Node, ...]]] = {}
        for entry in entries:
            self._add(entry)

    def _add(self, entry: Entry) -> None:
        node = self._root
        for label in patterns_of(entry):
            node = node.child(label)
            stem = label.strip("*")
            if label in _SKIPS:
                continue
            if label.startswith("*") and label.endswith("*"):
                self._parts.add(stem)
            elif label.startswith("*"):
                self._ends.setdefault(len(stem), set()).add(stem)
            elif label.endswith("*"):
                self._starts.setdefault(len(stem), set()).add(stem)
            else:
                self._exact.add(label)
        node.entries.append(entry)

    def labels(self, word: str) -> tuple[str, ...]:
        """The patterns of this lexicon that `word` (folded) satisfies."""
        return self._look_up(word)[0]

    def _look_up(self, word: str) -> tuple[tuple[str, ...], tuple[_Node, ...]]:
        """The patterns that `word` satisfies, and where the cues that it can begin go on."""
        known = self._known.get(word)
        if known is not None:
            return known
        found = [word] if word in self._exact else []
        found += [f"{word[:n]}*" for n, stems in self._starts.items() if word[:n] in stems and len(word) >= n]
        found += [f"*{word[-n:]}" for n, stems in self._ends.items() if word[-n:] in stems and len(word) >= n]
        found += [f"*{part}*" for part in self._parts if part in word]
        edges = self._root.edges
        known = tuple(found), tuple(edges[name] for name in found if name in edges)
        if len(self._known) > _CACHE_LIMIT:
            self._known.clear()
        if len(word) < 64:
            self._known[word] = known
        return known

    def find_all(self, tokens: Sequence[Token]) -> list[Hit]:
        """Every cue in `tokens`, overlaps included."""
        known = [self._look_up(token[0]) for token in tokens]
        labels = [names for names, _ in known]
        hits: list[Hit] = []
        for first, (_, nodes) in enumerate(known):
            for node in nodes:
                self._walk(node, tokens, labels, (first,), hits)
        return hits

    def _walk(
        self,
        node: _Node,
        tokens: Sequence[Token],
        labels: list[tuple[str, ...]],
        at: tuple[int, ...],
        hits: list[Hit],
    ) -> None:
        last = at[-1]
        for entry in node.entries:
            if not entry.case or all(tokens[i].is_upper for i in at):
                hits.append(Hit(entry, at[0], last, at))
        if not node.edges and not node.gaps:
            return
        position = last + 1
        if node.edges and position < len(labels):
            for name in labels[position]:
                if (child := node.edges.get(name)) is not None:
                    self._walk(child, tokens, labels, (*at, position), hits)
        for gap in node.gaps:
            self._walk_gap(gap, tokens, labels, at, hits)

    def _walk_gap(
        self,
        gap: tuple[int, int, _Node],
        tokens: Sequence[Token],
        labels: list[tuple[str, ...]],
        at: tuple[int, ...],
        hits: list[Hit],
    ) -> None:
        low, high, node = gap
        for position in range(at[-1] + 1, min(at[-1] + 2 + high, len(labels))):
            if position - at[-1] - 1 >= low:
                for name in labels[position]:
                    if (child := node.edges.get(name)) is not None:
                        self._walk(child, tokens, labels, (*at, position), hits)
            if not tokens[position].is_word:
                return


def patterns_of(entry: Entry) -> list[str]:
    """The word patterns of a cue: "x" a word, "x*" a start, "*x" an end, "*x*" a part, "*" and "**" gaps."""
    patterns = []
    for chunk in entry.cue.split():
        if chunk in _SKIPS:
            patterns.append(chunk)
            continue
        front, back = chunk.startswith("*"), chunk.endswith("*")
        words = [token.fold for token in tokenize(chunk.strip("*"))]
        if not words:
            continue
        if front:
            words[0] = f"*{words[0]}"
        if back:
            words[-1] = f"{words[-1]}*"
        patterns += words
    if entry.match == "prefix" and patterns and not patterns[-1].endswith("*"):
        patterns[-1] += "*"
    return patterns


def longest(hits: Iterable[Hit]) -> list[Hit]:
    """Of overlapping cues the one with most words; of equals the longer, then the heavier, then the first."""
    listed = list(hits)
    if len(listed) < 2:
        return listed
    taken: set[int] = set()
    chosen: list[Hit] = []
    for hit in sorted(listed, key=lambda h: (-len(h.at), h.first - h.last, -h.entry.weight, h.first, h.entry.line)):
        if taken.isdisjoint(hit.at):
            chosen.append(hit)
            taken.update(hit.at)
    return sorted(chosen, key=lambda h: h.first)
