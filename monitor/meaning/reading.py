"""A sentence with its cues found, its clauses parted and its negations resolved: what the recognisers work on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from monitor.meaning.lexicon import Lexicon
from monitor.meaning.matcher import Hit, Token, tokenize
from monitor.meaning.negation import clause_numbers, negated_tokens
from monitor.types import Cue

MAX_TOKENS = 600  # of a longer sentence only the start is read: no writer makes one, only a broken page


@dataclass(frozen=True)
class Reading:
    """One sentence as the recognisers see it. `hits` are the cues in order; `negated` the tokens under a negation."""

    text: str
    language: str
    tokens: tuple[Token, ...]
    hits: tuple[Hit, ...]
    clauses: tuple[int, ...]
    negated: frozenset[int]

    def of(self, *categories: str) -> list[Hit]:
        """The hits of these categories, in order."""
        known = self._by_category
        if len(categories) == 1:
            return known.get(categories[0], [])
        return [hit for category in categories if category in known for hit in known[category]]

    def has(self, *categories: str) -> bool:
        return not self._by_category.keys().isdisjoint(categories)

    def is_negated(self, hit: Hit) -> bool:
        return hit.last in self.negated

    def clause(self, hit: Hit) -> int:
        return self.clauses[hit.first]

    def cue(self, hit: Hit) -> Cue:
        start, end = self.tokens[hit.first].start, self.tokens[hit.last].end
        return Cue(self.text[start:end], hit.category, start, end)

    def cues(self, hits: Iterable[Hit]) -> tuple[Cue, ...]:
        return tuple(self.cue(hit) for hit in sorted(hits, key=lambda h: h.first))

    @property
    def is_question(self) -> bool:
        return self.text.rstrip(" \"'”»").endswith("?")

    @cached_property
    def _by_category(self) -> dict[str, list[Hit]]:
        found: dict[str, list[Hit]] = {}
        for hit in self.hits:
            found.setdefault(hit[0].category, []).append(hit)
        return found


def read_sentence(text: str, lexicon: Lexicon) -> Reading:
    """Find the cues of `lexicon` in one sentence, its clauses, and what is negated."""
    tokens = tokenize(text[: MAX_TOKENS * 20])[:MAX_TOKENS]
    hits = lexicon.find(tokens)
    clauses = clause_numbers(tokens, hits)
    negated = negated_tokens(tokens, hits, clauses, lexicon.language)
    return Reading(text, lexicon.language, tuple(tokens), tuple(hits), tuple(clauses), negated)
