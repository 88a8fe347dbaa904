"""The comparison form of a text: what may differ without anything having been said.

Equal keys mean the same text. Folded are typographic quotes, dashes, spaces, ligatures and widths (NFKC), soft
hyphens and zero-width characters, trade marks, list markers, the spaces around punctuation, tracking parameters of
addresses, the ways to write a date, and the case of what looks like a heading: a short text without a full stop. That
is judged by the words alone and not by the markup, so that plain text and HTML of one article have the same keys.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from monitor.text.cues import has_disclaimer
from monitor.text.dates import fold_dates
from monitor.types import Block, Region

_HEADING_CHARS: Final = 120
_PASSES: Final = 4  # what one rule leaves may be food for another: "- 1. text"
_SENTENCE: Final = re.compile(r"(?<=[.!?]) (?=[A-ZÀ-Þ¿¡\"'(])")
_PLAIN: Final = {
    char: plain
    for chars, plain in (
        ("“”„‟«»″〝〞＂", '"'),
        ("‘’‚‛‹›´`′ʼ＇", "'"),
        ("‐‑‒–—―−﹘﹣－⁃", "-"),
        ("•●○◦▪▫■□‣∙·⋅►▶▸➤➢✓✔✅☑✗➔→❯❱⟩", "•"),
        ("™®©℠", " "),
        ("\u00ad\u180e\u200b\u200c\u200d\u2060\ufeff\u200e\u200f", ""),
        ("⁄", "/"),
    )
    for char in chars
}
_FANCY: Final = re.compile("[" + "".join(_PLAIN) + "]")
_MARKER: Final = re.compile(r"(?:(?:[•*+-]|[-o](?=\s[A-Z])|\(?(?:\d{1,3}|[a-zA-Z]|[ivx]{1,4})[.)])(?:\s+|$))+")
_TRAILING: Final = " •>;,"
_SPACE: Final = re.compile(r" (?:(?=[,.;:!?%)\]}-])|(?<=[(\[{-] )|(?<=[€$£] )(?=\d)|(?<=\d )(?=[€£]))")
_BULLET: Final = re.compile(r" *[•|] *")
_TRACKING: Final = re.compile(
    r"(?<=[?&])(?:utm_\w+|fbclid|gclid|gclsrc|dclid|msclkid|mc_[ce]id|igshid|_ga|_gl|yclid|hs\w*Tracking|_hs\w+|ref"
    r"|spm|ver|v|cb|ts|nonce|_wpnonce|phpsessid|sid|jsessionid)=[^&#\s]*&?",
    re.IGNORECASE,
)
_LEFT_OVER: Final = re.compile(r"[?&]+(?=$|[#\s])")


def fold(text: str) -> str:
    """The comparison form of `text`; folding twice is folding once."""
    for _ in range(_PASSES):
        before, text = text, _fold(text)
        if text == before or (text.isascii() and text == _fold_case(before)):
            break
    return text


def fold_address(url: str) -> str:
    """`url` without the parameters that follow readers around or burst caches."""
    if "?" not in url:
        return url
    return _LEFT_OVER.sub("", _TRACKING.sub("", url))


def is_compared(block: Block) -> bool:
    """Is the block part of what is compared?"""
    return block.boilerplate is None


def compared_digest(blocks: Iterable[Block]) -> str:
    """SHA-256 (hex) of what is compared: the sentences of the blocks' keys, sorted.

    So re-ordering is nothing, nor is cutting a paragraph in two; of two equal sentences, one that goes counts. A
    disclaimer counts with the part of the page that it stands in: one that leaves the main text for the footer has
    moved, and that is a change.
    """
    sentences: list[str] = []
    for block in blocks:
        if block.boilerplate is None and block.key:
            place = f"\x00{block.region}" if block.region is not Region.MAIN and has_disclaimer(block.text) else ""
            sentences.extend(_fold_case(sentence) + place for sentence in _SENTENCE.split(block.key))
    sentences.sort()
    return hashlib.sha256("\x01".join(sentences).encode("utf-8", "surrogatepass")).hexdigest()


def _close_up(text: str) -> str:
    """`text` without the spaces around punctuation that typesetters and markup put in or leave out."""
    return _SPACE.sub("", text)


def _fold(text: str) -> str:
    if not text.isascii():
        text = _FANCY.sub(_to_plain, unicodedata.normalize("NFKC", _FANCY.sub(_to_plain, text)))
    text = " ".join(text.split())
    if "?" in text or "&" in text:
        text = fold_address(text)
    text = fold_dates(text)
    if (marker := _MARKER.match(text)) and marker.end() < len(text):
        text = text[marker.end() :]
    text = _close_up(text)
    if "•" in text or "|" in text:
        text = _BULLET.sub(" ", text)
    text = text.rstrip(_TRAILING)
    return _fold_case(text)


def _to_plain(match: re.Match[str]) -> str:
    return _PLAIN[match[0]]


def _fold_case(text: str) -> str:
    return text.casefold() if len(text) <= _HEADING_CHARS and not text.endswith(".") else text
