"""The concepts that a sentence names: diseases, cell sources, routes, effects, risks, authorities.

A concept is the same word in all six languages and for every synonym ("MS", "multiple sclerose", "esclerosis
múltiple" are `condition:ms`), so that comparing concepts is comparing what is said and not how.
"""

from __future__ import annotations

from collections.abc import Iterable

from monitor.meaning.matcher import Hit
from monitor.meaning.reading import Reading

DONOR_SOURCES = frozenset({"donor", "cord", "placenta", "exosome", "embryonic", "animal"})
OWN_SOURCES = frozenset({"own", "fat", "marrow", "peripheral"})
_LIST_CHUNK_WORDS = 5
_OUTSIDERS = ("treatment_word", "unit", "quantifier", "offer", "group", "efficacy", "hedge", "negation", "noise")


def terms_of(reading: Reading, *categories: str, clauses: Iterable[int] | None = None) -> tuple[str, ...]:
    """The concepts of these categories as "category:concept", sorted; negated ones are left out."""
    within = None if clauses is None else frozenset(clauses)
    found = {
        f"{hit.category}:{hit.entry.concept}"
        for hit in reading.of(*categories)
        if hit.entry.concept and not reading.is_negated(hit) and (within is None or reading.clause(hit) in within)
    }
    return tuple(sorted(found))


def listed_unknown(reading: Reading, after: Hit) -> tuple[str, ...]:
    """Members of a list of diseases that no lexicon knows, as "condition:=words".

    Only in a list with a disease that is known: "We treat lupus, scleromyxedema and MS".
    """
    known = {i for hit in reading.of("condition") for i in range(hit.first, hit.last + 1)}
    other = {i for hit in reading.of(*_OUTSIDERS) for i in range(hit.first, hit.last + 1)}
    joins = {hit.first for hit in reading.of("join")}
    clause = reading.clause(after)
    chunks: list[list[int]] = [[]]
    for index in range(after.last + 1, len(reading.tokens)):
        if reading.clauses[index] != clause:
            break
        if index in joins or not reading.tokens[index].is_word:
            chunks.append([])
        else:
            chunks[-1].append(index)
    commas = sum(t.fold == "," for t, c in zip(reading.tokens, reading.clauses, strict=True) if c == clause)
    if not commas or len(chunks) < 3 or not any(known.intersection(chunk) for chunk in chunks):
        return ()
    unknown = [
        chunk
        for chunk in chunks
        if 0 < len(chunk) <= _LIST_CHUNK_WORDS and known.isdisjoint(chunk) and other.isdisjoint(chunk)
    ]
    return tuple(sorted("condition:=" + " ".join(reading.tokens[i].fold for i in chunk) for chunk in unknown))


def names_treatment(reading: Reading) -> bool:
    """Is a treatment (and not only the clinic) named?"""
    return any(hit.entry.concept != "clinic" for hit in reading.of("treatment_word")) or reading.has("source")


def source_class(terms: Iterable[str]) -> str:
    """ "donor" where any source is another's (or a product made of it), "own" where all are the patient's, else ""."""
    sources = {term.partition(":")[2] for term in terms if term.startswith("source:")}
    if sources & DONOR_SOURCES:
        return "donor"
    return "own" if sources & OWN_SOURCES else ""
