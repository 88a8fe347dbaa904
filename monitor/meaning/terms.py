"""On what terms is it sold? Discounts, finance, instalments, deposits, refunds and cover, in six languages.

Each cue names its category: `terms_discount`, `terms_finance`, `terms_instalment`, `terms_deposit`, `terms_refund`,
`terms_coverage`, `terms_free`; the same with `_not` where the clause denies it ("not covered by insurance", "no
refunds"), and `terms_coverage_partly` / `_fully` where a degree is given. Brochures, newsletters and parking places
are free everywhere and are no terms.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from itertools import islice

from monitor.meaning.price_tokens import tokenize
from monitor.meaning.term_words import (
    BODY_DEPOSITS,
    COVERING,
    DENIALS,
    FULLY,
    LANGUAGES,
    PARTLY,
    PAYERS,
    PSEUDO_DENIALS,
    SELF_PAY,
    TERMS,
    ByLanguage,
)
from monitor.meaning.unpriced import find_free
from monitor.types import Cue

_CLAUSE_BREAK = re.compile(r"[;.!?|\n]\s|\b(?:but|maar|men|pero|sino|aber|sondern|mais|however|echter|dog)\b")
_CLAUSE_REACH = 300
MAX_CUES = 200
"""A sentence has a handful of cues; this bounds the work on text that is none."""
_TABLES: dict[str, ByLanguage] = {
    "covering": COVERING, "payers": PAYERS, "self_pay": SELF_PAY, "denials": DENIALS, "pseudo": PSEUDO_DENIALS,
    "fully": FULLY, "partly": PARTLY,
}  # fmt: skip
_DENIAL_REACH = 30
"""A denial of discounts and deposits stands close before them ("no deposit"): so many characters."""


def find_terms(text: str, language: str) -> tuple[Cue, ...]:
    """The cues of price terms in a sentence, in order; () where it states none.

    English cues count in every language (clinics mix it in); an unknown language looks for all six.
    """
    lowered = _lower(text)
    matches = islice(_pattern(language[:2]).finditer(lowered), MAX_CUES)
    found = [_cue(lowered, language, match) for match in matches]
    cues = [cue for cue in found if cue is not None]
    cues.extend(_coverage(lowered, language))
    cues = _with_durations(cues)
    cues.extend(_free(lowered, language))
    cues.sort(key=lambda cue: (cue.start, -cue.end))
    return tuple(replace(cue, text=text[cue.start : cue.end]) for cue in _without_overlaps(cues))


def _lower(text: str) -> str:
    """Lower case of the same length, so that spans stay true ("İ" would grow)."""
    lowered = text.lower()
    return lowered if len(lowered) == len(text) else "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def _with_durations(cues: list[Cue]) -> list[Cue]:
    """ "Over 12 months" is a term of instalments beside finance, and otherwise a claim about time."""
    if any(cue.category.startswith(("terms_finance", "terms_instalment")) for cue in cues):
        return [replace(cue, category=cue.category.replace("duration", "instalment")) for cue in cues]
    return [cue for cue in cues if not cue.category.startswith("terms_duration")]


@cache
def _codes(language: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((language, "en"))) if language in LANGUAGES else LANGUAGES


@cache
def _pattern(language: str) -> re.Pattern[str]:
    """All term cues of a language but cover, one named group a category."""
    groups = [
        f"(?P<{category}>{'|'.join(by_language[code] for code in _codes(language))})"
        for category, by_language in TERMS.items()
    ]
    return _bounded("|".join(groups))


@cache
def _words(language: str, table: str) -> re.Pattern[str]:
    """One of the vocabularies of cover and denial, for a language."""
    return _bounded("|".join(_TABLES[table][code] for code in _codes(language)))


def _bounded(alternatives: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{alternatives})(?!\w)")


def _clause(text: str, start: int, end: int) -> tuple[int, int]:
    """The clause around a span; a negation reaches no further."""
    left, right = max(0, start - _CLAUSE_REACH), min(len(text), end + _CLAUSE_REACH)
    for match in _CLAUSE_BREAK.finditer(text, left, right):
        if match.end() <= start:
            left = match.end()
        elif match.start() >= end:
            right = match.start()
            break
    return left, right


def _cue(text: str, language: str, match: re.Match[str]) -> Cue | None:
    category, start, end = match.lastgroup or "", match.start(), match.end()
    if category == "deposit" and not BODY_DEPOSITS.isdisjoint(
        [*text[max(0, start - 25) : start].split()[-1:], *text[end : end + 25].split()[:2]]
    ):
        return None
    if category.endswith("_not"):
        return Cue(match.group(), f"terms_{category}", start, end)
    left, _ = _clause(text, start, end)
    before = _words(language[:2], "pseudo").sub(" ", text[max(left, start - _DENIAL_REACH) : start])
    denied = _words(language[:2], "denials").search(before) is not None
    return Cue(match.group(), f"terms_{category}{'_not' if denied else ''}", start, end)


def _coverage(text: str, language: str) -> list[Cue]:
    """Who pays: a verb of cover and a payer in one clause; "self-pay" alone says that nobody else does."""
    code = language[:2]
    cues = [
        Cue(m.group(), "terms_coverage_not", m.start(), m.end())
        for m in islice(_words(code, "self_pay").finditer(text), MAX_CUES)
    ]
    if _words(code, "payers").search(text) is None:
        return cues
    for match in islice(_words(code, "covering").finditer(text), MAX_CUES):
        left, right = _clause(text, match.start(), match.end())
        payer = _words(code, "payers").search(text, left, right)
        if payer is None:
            continue
        start, end = min(match.start(), payer.start()), max(match.end(), payer.end())
        clause = text[left:right]
        if _words(code, "denials").search(_words(code, "pseudo").sub(" ", clause)):
            degree = "_not"
        elif _words(code, "partly").search(clause):
            degree = "_partly"
        else:
            degree = "_fully" if _words(code, "fully").search(clause) else ""
        cues.append(Cue(text[start:end], f"terms_coverage{degree}", start, end))
    return cues


_MAYBE_FREE = re.compile(
    r"free|gra[tc]i|kostenlos|kostenfrei|unentgelt|kostelo|charge|compliment|no.cost|sin c|beregning|vederlag|"
    r"omkostning|sans frais|offert|ohne kosten|zonder kosten",
)


def _free(text: str, language: str) -> list[Cue]:
    if not _MAYBE_FREE.search(text):
        return []
    tokens = tokenize(text)
    spans = [(tokens.starts[free.start], tokens.ends[free.end - 1]) for free in find_free(tokens, language)]
    return [Cue(text[start:end], "terms_free", start, end) for start, end in spans]


def _without_overlaps(cues: list[Cue]) -> list[Cue]:
    kept: list[Cue] = []
    for cue in cues:
        if not kept or cue.start >= kept[-1].end:
            kept.append(cue)
    return kept
