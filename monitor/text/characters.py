"""What to do with characters that nobody sees: remove them, and say so where they are odd."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from typing import Final

SOFT_HYPHEN: Final = "\u00ad"
_ICONS: Final = "\ue000-\uf8ff"  # private use: the glyphs of icon fonts
_ODD: Final = {
    "NUL": "\x00",
    "control character": "\x01-\x08\x0b\x0e-\x1b\x7f-\x84\x86-\x9f",
    "lone surrogate": "\ud800-\udfff",
    "zero-width character": "\u180e\u200b-\u200d\u2060-\u2064\ufeff\ufff9-\ufffb",
    "bidi control": "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069",
    "tag character": "\U000e0000-\U000e007f",
}
_UNSEEN: Final = re.compile(f"[{SOFT_HYPHEN}{_ICONS}{''.join(_ODD.values())}]")
_NAMES: Final = tuple((name, re.compile(f"[{members}]")) for name, members in _ODD.items())


def clean(text: str, removed: Counter[str]) -> str:
    """`text` as NFC with white space folded to single spaces, without the characters that nobody sees.

    Counts in `removed` what was taken out and is odd (soft hyphens and icon glyphs are not).
    """
    if text.isascii():
        if not text.isprintable() and _UNSEEN.search(text):
            text = _remove(text, removed)
        return " ".join(text.split())
    if _UNSEEN.search(text):
        text = _remove(text, removed)
    return unicodedata.normalize("NFC", " ".join(text.split()))


def describe(removed: Counter[str]) -> tuple[str, ...]:
    """One finding for each kind of removed character, in a stable order."""
    return tuple(f"removed {count} × {name}" for name, count in sorted(removed.items()) if count)


def decode_address(encoded: str) -> str:
    """The mail address that Cloudflare hid in `data-cfemail`: hex, each byte xor the first; "" where it is none."""
    try:
        raw = bytes.fromhex(encoded)
    except ValueError:
        return ""
    return bytes(byte ^ raw[0] for byte in raw[1:]).decode("utf-8", "replace") if len(raw) > 1 else ""


def _remove(text: str, removed: Counter[str]) -> str:
    for found in _UNSEEN.findall(text):
        for name, members in _NAMES:
            if members.match(found):
                removed[name] += 1
                break
    return _UNSEEN.sub("", text)
