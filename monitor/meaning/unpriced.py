"""Prices without an amount: percentages off, free, covered by an insurer, on request."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from monitor.meaning.currencies import words_of
from monitor.meaning.numbers import parse_numeral
from monitor.meaning.price_context import CLAUSE_ENDS, Reading
from monitor.meaning.price_subjects import find_asking
from monitor.meaning.price_tokens import DASH, NUMBER, WORD, PhraseTable, Tokens
from monitor.meaning.price_words import FILLERS, PRICE_WORDS, after_table, before_table
from monitor.meaning.unpriced_words import (
    CHEAPER,
    DISCOUNT_ENDINGS,
    FREE_ADJECTIVES_BEFORE,
    FREE_BREAKERS,
    FREE_SERVICES,
    FULLY,
    GIVEAWAYS,
    NEGATIONS,
    ON_REQUEST_WITH_PRICE_ONLY,
    PAYERS,
    PERCENT_PHRASES,
    PERCENT_WORDS,
    SALE_WORDS,
    THAN,
    covered_table,
    free_table,
    on_request_table,
)

_PHRASE_ENDS = words_of(
    ", and en og y und et & ( ) to on for about with before to bij met med con mit avec before after"
)
_MAX_FILLERS = 5


def find_percentages(tokens: Tokens, language: str, heading: frozenset[str]) -> Iterator[Reading]:
    """ "Save 20%", "op til 15 % rabat", "a 25% deposit": low and high are percent. Other percentages are no prices."""
    table = before_table(language[:2])
    for start, stop in _percentages(tokens):
        low, high = parse_numeral(tokens.words[start]), parse_numeral(tokens.words[stop.number])
        if low is None or high is None or not 0 < high <= 100:
            continue
        begin = _discount_before(tokens, table, start)
        if begin is not None and tokens.words[begin] == "réduction" and tokens.words[stop.end : stop.end + 1] in _OF:
            continue  # … de la douleur
        end = _discount_after(tokens, stop.end)
        if begin is not None or end is not None or "discount_abs" in heading:
            yield Reading(start if begin is None else begin, end or stop.end, low, high, None, "discount_pct")
        elif (deposit := _deposit_around(tokens, table, start, stop.end)) is not None:
            yield Reading(*deposit, low, high, None, "deposit")


_OF = (["de"], ["des"], ["du"], ["d"], ["dans"], ["chez"])


@dataclass(frozen=True, slots=True)
class _Stop:
    """The end of a percentage: the token of its last numeral, and where its percent sign ends."""

    number: int
    end: int


def _percentages(tokens: Tokens) -> Iterator[tuple[int, _Stop]]:
    """(first token, stop) of every percentage and range of percentages: 20 %, 10-20%, 20 per cent."""
    for at in range(1, len(tokens)):
        if tokens.kinds[at - 1] != NUMBER:
            continue
        two_words = tuple(tokens.words[at : at + 2]) in PERCENT_PHRASES
        if not two_words and tokens.words[at] not in PERCENT_WORDS:
            continue
        start = at - 1
        joins = (
            at >= 3
            and tokens.kinds[at - 3] == NUMBER
            and tokens.words[at - 2] in ("-", "to", "tot", "til", "a", "bis", "à")
        )
        if joins and (parse_numeral(tokens.words[at - 3]) or 1e9) < (parse_numeral(tokens.words[at - 1]) or 0):
            start = at - 3
        yield start, _Stop(at - 1, at + 1 + two_words)


def _deposit_around(tokens: Tokens, table: PhraseTable, start: int, end: int) -> tuple[int, int] | None:
    """The span with its cue of a percentage that is a deposit ("aanbetaling van 25%", "30 % d'acompte"), or None."""
    at = start
    while at > 0 and start - at <= _MAX_FILLERS:
        found = table.match_before(tokens, at)
        if found is not None and found[0] == "deposit":
            return found[1], end
        if found is not None and found[0] in ("upto", "approx", "from"):
            at = found[1]
        elif tokens.words[at - 1] in FILLERS:
            at -= 1
        else:
            break
    for gap in (0, 1):
        after = after_table().match_at(tokens, end + gap)
        if after is not None and after[0] == "deposit":
            return start, after[1]
    return None


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


_SURCHARGES = ("supplément", "addition", "adicional", "extra", "ekstra", "caché", "oculto", "hidden", "zusätz")
"""After "without costs": further costs, so that there are others."""


def find_free(tokens: Tokens, language: str) -> Iterator[Reading]:
    """ "Free consultation", "gratis", "sans frais": a service that costs nothing; not free parking, not pain-free."""
    last = -10
    for meaning, start, end in free_table(language[:2]).find(tokens):
        if start - last < 4 or (end < len(tokens) and tokens.words[end].startswith(_SURCHARGES)):
            continue
        if _is_given_away(tokens, start, end) or _is_negated(tokens, start):
            continue
        if meaning == "maybe" and not _is_free_of_charge(tokens, start, end):
            continue
        last = end
        yield Reading(start, end, 0, 0, None, "free")


def _is_negated(tokens: Tokens, start: int) -> bool:
    return not NEGATIONS.isdisjoint(tokens.words[max(0, start - 2) : start])


def _near(tokens: Tokens, start: int, end: int, step: int, reach: int) -> list[str]:
    """The words beside a span on one side, nearest first, up to a comma, conjunction, preposition or clause's end."""
    words: list[str] = []
    at = end if step > 0 else start - 1
    while 0 <= at < len(tokens) and len(words) < reach:
        word = tokens.words[at]
        if word in CLAUSE_ENDS or word in _PHRASE_ENDS:
            break
        words.append(word)
        at += step
    return words


def _is_given_away(tokens: Tokens, start: int, end: int) -> bool:
    """Is it a brochure, a parking place or a call that is free?"""
    after, before = _near(tokens, start, end, 1, 4), _near(tokens, start, end, -1, 4)
    if not GIVEAWAYS.isdisjoint(after) or not FREE_SERVICES.isdisjoint(after):
        return not GIVEAWAYS.isdisjoint(after)
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
    skipped = end + 1 if after == "," else end  # a free, no-obligation consultation
    if not FREE_SERVICES.isdisjoint(_near(tokens, start, skipped, 1, 4)):
        return True
    closes = not after or after in CLAUSE_ENDS or after in (",", ")", "(", "with", "when", "if", "-")
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
        around = [*tokens.words[:start], *tokens.words[end:]]
        if phrase in ON_REQUEST_WITH_PRICE_ONLY and any(map(str.isalnum, around)) and PRICE_WORDS.isdisjoint(around):
            continue
        yield Reading(start, end, None, None, None, "on_request")
        return
    asking = None if NUMBER in tokens.kinds else find_asking(tokens.text)
    if asking is not None:
        inside = [at for at, start in enumerate(tokens.starts) if asking[0] <= start < asking[1]]
        yield Reading(inside[0], inside[-1] + 1, None, None, None, "on_request")
