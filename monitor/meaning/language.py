"""Which language a piece of text is in, of those that are configured.

Function words decide for most blocks in microseconds; py3langid (limited to the allowed languages) is asked only where
they leave a doubt, because its model takes a second to load. Short text has no language of its own.
"""

from __future__ import annotations

import re
from functools import lru_cache

from py3langid import langid

_SHORT = 25  # fewer letters say nothing: "MS", "Contact"
_ASK = 60  # below this the model guesses too
_CLEAR = 2  # this many function words ahead of the next language is no accident
_WORD = re.compile(r"[^\W\d_]+")
_SAMPLE = 1500

_FUNCTION_WORDS: dict[str, frozenset[str]] = {
    "en": frozenset(
        [
            "the",
            "and",
            "of",
            "to",
            "is",
            "are",
            "with",
            "for",
            "that",
            "this",
            "your",
            "you",
            "our",
            "we",
            "by",
            "from",
            "be",
            "or",
            "as",
            "it",
            "can",
            "may",
            "not",
            "has",
            "have",
            "which",
            "these",
            "their",
            "will",
            "was",
            "were",
            "an",
            "at",
        ]
    ),
    "nl": frozenset(
        [
            "de",
            "het",
            "een",
            "en",
            "van",
            "in",
            "is",
            "zijn",
            "met",
            "voor",
            "dat",
            "deze",
            "uw",
            "u",
            "wij",
            "we",
            "ons",
            "onze",
            "door",
            "uit",
            "worden",
            "wordt",
            "of",
            "als",
            "kan",
            "niet",
            "heeft",
            "hebben",
            "die",
            "bij",
            "naar",
            "om",
            "ook",
            "aan",
            "er",
            "geen",
        ]
    ),
    "da": frozenset(
        [
            "og",
            "en",
            "et",
            "af",
            "er",
            "med",
            "for",
            "at",
            "den",
            "det",
            "de",
            "din",
            "du",
            "vi",
            "vores",
            "til",
            "fra",
            "bliver",
            "eller",
            "som",
            "kan",
            "ikke",
            "har",
            "der",
            "på",
            "om",
            "også",
            "men",
            "ved",
            "efter",
            "ingen",
            "i",
        ]
    ),
    "es": frozenset(
        [
            "el",
            "la",
            "los",
            "las",
            "un",
            "una",
            "y",
            "de",
            "del",
            "es",
            "son",
            "con",
            "para",
            "que",
            "este",
            "esta",
            "su",
            "usted",
            "nuestro",
            "por",
            "desde",
            "o",
            "como",
            "puede",
            "no",
            "ha",
            "han",
            "en",
            "se",
            "al",
            "lo",
            "más",
            "sin",
        ]
    ),
    "de": frozenset(
        [
            "der",
            "die",
            "das",
            "ein",
            "eine",
            "und",
            "von",
            "ist",
            "sind",
            "mit",
            "für",
            "dass",
            "diese",
            "ihr",
            "sie",
            "wir",
            "unser",
            "durch",
            "aus",
            "werden",
            "wird",
            "oder",
            "als",
            "kann",
            "nicht",
            "hat",
            "haben",
            "bei",
            "nach",
            "zu",
            "auch",
            "den",
            "dem",
            "im",
            "keine",
        ]
    ),
    "fr": frozenset(
        [
            "le",
            "la",
            "les",
            "un",
            "une",
            "et",
            "de",
            "des",
            "du",
            "est",
            "sont",
            "avec",
            "pour",
            "que",
            "ce",
            "cette",
            "votre",
            "vous",
            "nous",
            "notre",
            "par",
            "ou",
            "comme",
            "peut",
            "ne",
            "pas",
            "a",
            "ont",
            "dans",
            "sur",
            "au",
            "aux",
            "qui",
            "l",
            "d",
            "en",
        ]
    ),
}


@lru_cache(maxsize=4)
def _identifier(allowed: tuple[str, ...]) -> langid.LanguageIdentifier:
    identifier = langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE, norm_probs=True)
    known = set(identifier.labels)
    identifier.set_languages([language for language in allowed if language in known])
    return identifier


@lru_cache(maxsize=4)
def _languages_of(allowed: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Function word → those of the allowed languages that it belongs to."""
    words = frozenset().union(*(_FUNCTION_WORDS.get(language, ()) for language in allowed))
    return {word: tuple(name for name in allowed if word in _FUNCTION_WORDS.get(name, ())) for word in words}


def detect_language(text: str, allowed: tuple[str, ...], fallback: str) -> str:
    """The language of `text`, one of `allowed`; `fallback` where the text does not tell."""
    if len(allowed) < 2 or len(text) < _SHORT:
        return fallback
    words = _WORD.findall(text[:_SAMPLE].casefold())
    counts = dict.fromkeys(allowed, 0)
    for languages in filter(None, map(_languages_of(allowed).get, words)):
        for language in languages:
            counts[language] += 1
    scores = sorted(((count, language) for language, count in counts.items()), reverse=True)
    (best, language), (second, _) = scores[0], scores[1]
    if best >= _CLEAR and best >= second + _CLEAR:
        return language
    if any(score == best and name == fallback for score, name in scores) or len(text) < _ASK:
        return fallback if fallback in allowed or best == second else language
    guess, certainty = _identifier(allowed).classify(text[:_SAMPLE])
    return str(guess) if certainty > 0.9 else fallback
