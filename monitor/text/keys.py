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
_TABLE: Final = str.maketrans(
    {
        **dict.fromkeys("“”„‟«»″〝〞＂", '"'),
        **dict.fromkeys("‘’‚‛‹›´`′ʼ＇", "'"),
        **dict.fromkeys("‐‑‒–—―−﹘﹣－⁃", "-"),
        **dict.fromkeys("•●○◦▪▫■□‣∙·⋅►▶▸➤➢✓✔✅☑✗➔→»❯❱⟩", "•"),
        **dict.fromkeys("™®©℠", " "),
        **dict.fromkeys("\u00ad\u180e\u200b\u200c\u200d\u2060\ufeff\u200e\u200f", ""),
        "⁄": "/",
        "\u00a0": " ",
    }
)
_MARKER: Final = re.compile(r"(?:(?:[•*+-]|[-o](?=\s[A-Z])|\(?(?:\d{1,3}|[a-zA-Z]|[ivx]{1,4})[.)])(?:\s+|$))+")
_TRAILING_ARROW: Final = re.compile(r"[\s•>]+$")
_BEFORE: Final = re.compile(r"\s+([,.;:!?%)\]}])")
_AFTER: Final = re.compile(r"([(\[{])\s+")
_DASH: Final = re.compile(r"\s*-\s+|\s+-\s*")
_BULLET: Final = re.compile(r"\s*[•|]\s*")
_CURRENCY: Final = re.compile(r"([€$£])\s+(?=\d)|(?<=\d)\s+(?=[€£])")
_TRACKING: Final = re.compile(
    r"(?<=[?&])(?:utm_\w+|fbclid|gclid|gclsrc|dclid|msclkid|mc_[ce]id|igshid|_ga|_gl|yclid|hs\w*Tracking|_hs\w+|ref"
    r"|spm|ver|v|cb|ts|nonce|_wpnonce|phpsessid|sid|jsessionid)=[^&#\s]*&?",
    re.IGNORECASE,
)
_LEFT_OVER: Final = re.compile(r"[?&]+(?=$|[#\s])")


def fold(text: str) -> str:
    """The comparison form of `text`; folding twice is folding once."""
    for _ in range(4):
        folded = _fold(text)
        if folded == text:
            break
        text = folded
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
    """SHA-256 (hex) of what is compared: the sorted multiset of keys, so that re-ordering is nothing.

    A disclaimer counts with the part of the page that it stands in: one that leaves the main text for the footer has
    moved, and that is a change.
    """
    items = []
    for block in blocks:
        if block.boilerplate is None and block.key:
            aside = block.region is not Region.MAIN and has_disclaimer(block.text)
            items.append(f"{block.key}\x00{block.region}" if aside else block.key)
    items.sort()
    return hashlib.sha256("\x01".join(items).encode("utf-8", "surrogatepass")).hexdigest()


def _fold(text: str) -> str:
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text.translate(_TABLE)).translate(_TABLE)
    text = " ".join(text.split())
    if "?" in text or "&" in text:
        text = fold_address(text)
    text = fold_dates(text)
    if (marker := _MARKER.match(text)) and marker.end() < len(text):
        text = text[marker.end() :]
    text = _AFTER.sub(r"\1", _BEFORE.sub(r"\1", text))
    if "-" in text:
        text = _DASH.sub("-", text)
    if not text.isascii() or "|" in text or "$" in text:
        text = _CURRENCY.sub(lambda match: match[1] or "", _BULLET.sub(" ", text))
    text = _TRAILING_ARROW.sub("", text).strip()
    if len(text) <= _HEADING_CHARS and not text.endswith("."):
        text = text.casefold()
    return text
