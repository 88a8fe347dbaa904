"""What a negation reaches, after NegEx: forward to the end of its clause; in Dutch, Danish and German back as well.

A clause ends at a mark or at a word that turns the sentence ("but", "although", "which"). "and" and a comma end the
reach of a negation too, but no clause. Two negations of the same words cancel each other.
Source: Chapman et al. 2001, doi:10.1006/jbin.2001.1029; for Dutch Afzal et al. 2014, doi:10.1186/s12859-014-0373-3.
"""

from __future__ import annotations

from collections.abc import Sequence

from monitor.meaning.matcher import Hit, Token

_MARKS = frozenset(";:.?!()[]–—-|•…")
_REACH = 14  # words; a negation says nothing about what stands farther off
_LATE = frozenset({"niet", "nicht", "ikke", "ej", "pas", "inte", "nie", "nooit", "aldrig", "niemals"})


def clause_numbers(tokens: Sequence[Token], hits: Sequence[Hit]) -> list[int]:
    """The clause that each token stands in, counted from 0."""
    turns = {hit.first for hit in hits if hit.category == "clause"}
    numbers: list[int] = []
    current = 0
    for index, token in enumerate(tokens):
        if index in turns and numbers and numbers[-1] == current:
            current += 1
        numbers.append(current)
        if token.fold in _MARKS and index + 1 < len(tokens):
            current += 1
    return numbers


def negated_tokens(
    tokens: Sequence[Token], hits: Sequence[Hit], clauses: Sequence[int], language: str
) -> frozenset[int]:
    """The indexes of the tokens that an odd number of negations reaches; in French and Spanish, that any reaches."""
    joins = {hit.first for hit in hits if hit.category == "join"}
    points = [hit for hit in hits if hit.category in _NEGATABLE]
    counts: dict[int, int] = {}
    for negation in hits:
        if negation.category != "negation":
            continue
        reached = _forward(negation.last, tokens, clauses, joins)
        late = tokens[negation.last].fold in _LATE
        if late and not any(hit.first in reached for hit in points):
            reached |= _backward(negation.first, tokens, clauses, joins)
        for index in reached:
            counts[index] = counts.get(index, 0) + 1
    if language in _CONCORD:
        return frozenset(counts)
    return frozenset(index for index, count in counts.items() if count % 2)


_OR = frozenset({"or", "of", "eller", "o", "u", "oder", "ou", "ni", "nor", "noch"})  # "no pain or swelling": neither
_CONCORD = frozenset({"fr", "es"})  # "ne … pas", "no … ningún": two words, one negation
_NEGATABLE = frozenset(
    {"efficacy", "cure", "guarantee", "safety", "evidence", "regulatory", "disc_status", "disc_risk"}
)


def _forward(last: int, tokens: Sequence[Token], clauses: Sequence[int], joins: set[int]) -> set[int]:
    reached: set[int] = set()
    for index in range(last + 1, min(last + 1 + _REACH, len(tokens))):
        joined = reached and (index in joins or tokens[index].fold == ",") and tokens[index].fold not in _OR
        if clauses[index] != clauses[last] or joined:
            break
        reached.add(index)
    return reached


def _backward(first: int, tokens: Sequence[Token], clauses: Sequence[int], joins: set[int]) -> set[int]:
    reached: set[int] = set()
    for index in range(first - 1, max(first - 1 - _REACH, -1), -1):
        if clauses[index] != clauses[first] or index in joins or tokens[index].fold == ",":
            break
        reached.add(index)
    return reached
