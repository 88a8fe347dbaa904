"""Sentences of a block: sentencex, and what it does not know of clinics' pages.

It is asked about one block at a time. Pieces that start with a small letter or a digit after an abbreviation belong to
the sentence before them ("approx. 5,000", "pr. behandling", "bzw. …").
"""

from __future__ import annotations

import re
from functools import lru_cache

import sentencex

_MAX = 20_000  # longer blocks are cut at white space first: sentencex slows down on them
_ABBREVIATION = re.compile(
    r"(?:^|[\s(])(?:approx|ca|incl|excl|inkl|ekskl|exkl|evt|fx|pr|kr|mio|mrd|tlf|nr|no|vs|bzw|ggf|usw|etc|u\.a|z\.b|"
    r"d\.h|e\.g|i\.e|o\.a|d\.w\.z|bijv|v\.a|m\.m|bl\.a|dvs|p\.ej|ej|aprox|env|min|max|maks|dr|prof|sr|sra|"
    r"dra|st|inc|ltd|fig|et al|resp|std|tel|tél|art|vol|mg|ml)\.$",
    re.IGNORECASE,
)
_QUOTE = re.compile("[\"'“”„‘’«»‹›()]")
_MOST_QUOTES = 400  # in one piece; sentencex looks for the partner of each, at the cost of their square
_CROWDED = 1_000  # characters of a piece that is full of them
_LONGEST = 12  # characters of an abbreviation, with what stands before it


def split_sentences(text: str, language: str) -> list[str]:
    """The sentences of one block, without white space at their ends; joined they hold every word of `text`."""
    if len(text) <= _CROWDED:
        return list(_split(text, language))
    found: list[str] = []
    for piece in _pieces(text, _MAX):
        crowded = len(_QUOTE.findall(piece)) > _MOST_QUOTES
        for part in _pieces(piece, _CROWDED) if crowded else (piece,):
            found.extend(_split(part, language))
    return found


def _pieces(text: str, most: int) -> list[str]:
    """Cuts of at most `most` characters, at white space where there is any."""
    pieces = []
    while len(text) > most:
        cut = text.rfind(" ", most // 2, most)
        cut = cut if cut > 0 else most
        pieces.append(text[:cut])
        text = text[cut:]
    return [*pieces, text]


@lru_cache(maxsize=8192)
def _split(text: str, language: str) -> tuple[str, ...]:
    if len(text) < 400 and not re.search(r"[.!?…:]\s", text):
        stripped = text.strip()
        return (stripped,) if stripped else ()
    joined: list[str] = []
    for line in text.split("\n"):
        start = len(joined)
        for piece in sentencex.segment(language, line):
            part = piece.strip()
            if not part:
                continue
            if len(joined) > start and _goes_on(joined[-1], part):
                joined[-1] = f"{joined[-1]} {part}"
            else:
                joined.append(part)
    return tuple(joined)


def _goes_on(before: str, after: str) -> bool:
    if not before.endswith("."):
        return after[0].islower() and not before.endswith(("!", "?", ":", ";", "…", "”", '"', "»"))
    if after[0].islower():
        return True
    return bool(_ABBREVIATION.search(before, max(0, len(before) - _LONGEST))) and not before.endswith(" no.")
