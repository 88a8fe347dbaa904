"""Where are the currency marks of a text? Symbols with their prefixes (US$, A$, $US), codes and words."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.meaning.currencies import SYMBOLS, Mark, Side, read_code, read_dollar_prefix, word_marks
from monitor.meaning.price_tokens import NUMBER, SYMBOL, WORD, Tokens

_DOLLAR_SUFFIXES = {"us": "USD", "ca": "CAD", "can": "CAD", "au": "AUD", "nz": "NZD", "hk": "HKD", "mx": "MXN"}
"""What may stand after "$": 5 000 $ CA, $US, $MX."""


@dataclass(frozen=True, slots=True)
class PlacedMark:
    """A currency mark and the tokens that it takes."""

    start: int
    end: int
    mark: Mark


def find_marks(tokens: Tokens, language: str) -> list[PlacedMark]:
    """The currency marks of a text, left to right, longest first."""
    marks, at, known = [], 0, word_marks()
    while at < len(tokens):
        placed = None
        if tokens.kinds[at] == SYMBOL:
            placed = _symbol_mark(tokens, at)
        elif tokens.kinds[at] == WORD:
            placed = _word_mark(tokens, at, known, language)
        if placed is None:
            at += 1
            continue
        marks.append(placed)
        at = placed.end
    return marks


def _symbol_mark(tokens: Tokens, at: int) -> PlacedMark:
    meaning, start, end = SYMBOLS[tokens.words[at]], at, at + 1
    if meaning == "$":
        if at and tokens.kinds[at - 1] == WORD and (tokens.is_glued(at) or len(tokens.words[at - 1]) > 1):
            prefixed = read_dollar_prefix(tokens.raw(at - 1).replace(".", ""))
            glued = tokens.is_glued(at) or tokens.raw(at - 1).isupper()
            if prefixed and glued:
                meaning, start = prefixed, at - 1
        suffixed = _DOLLAR_SUFFIXES.get(tokens.words[end]) if end < len(tokens) else None
        if suffixed and tokens.raw(end).isupper() and ((at and tokens.kinds[at - 1] == NUMBER) or tokens.is_glued(end)):
            meaning, end = suffixed, end + 1  # 5 000 $ CA, $US
        elif start < at and tokens.is_glued(end) and tokens.words[end : end + 1] == ["s"]:
            end += 1  # U$S
    elif meaning == "£" and at and tokens.is_glued(at) and tokens.words[at - 1] == "e":
        meaning, start = "EGP", at - 1
    return PlacedMark(start, end, Mark(meaning, symbol=True))


def _word_mark(
    tokens: Tokens, at: int, known: dict[str, tuple[tuple[tuple[str, ...], Mark], ...]], language: str
) -> PlacedMark | None:
    word, raw = tokens.words[at], tokens.raw(at).rstrip(".")
    if word in ("b", "s") and raw.isupper() and at + 1 < len(tokens) and tokens.words[at + 1] == "/":
        end = at + 3 if at + 2 < len(tokens) and tokens.words[at + 2] == "." else at + 2
        if end < len(tokens) and tokens.kinds[end] == NUMBER and tokens.is_glued(at + 1):
            return PlacedMark(at, end, Mark("PAB" if word == "b" else "PEN", Side.BEFORE))
    code = read_code(raw)
    if code is not None:
        return PlacedMark(at, at + 1, code)
    for phrase, mark in known.get(word, ()):
        end = at + len(phrase)
        if tuple(tokens.words[at:end]) == phrase and _is_cased(word, raw, language):
            return PlacedMark(at, end, mark)
    return None


def _is_cased(word: str, raw: str, language: str) -> bool:
    """Do short marks stand in their usual case, and in a language where they are no other word?"""
    if word in ("r", "rm"):
        return raw.isupper() and language[:2] in ("en", "", "nl", "da", "de")
    if word in ("tl", "mn", "jd", "qr", "le"):
        return raw.isupper()
    if word in ("bs", "gs", "q", "l"):
        return raw[0].isupper() and language[:2] == "es"
    if word in ("dt", "da"):
        return raw.isupper() and language[:2] == "fr"
    if word in ("ft", "fr"):
        return raw[0].isupper()
    return True
