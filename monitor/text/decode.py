"""Bytes to characters, as browsers do it.

https://encoding.spec.whatwg.org and https://html.spec.whatwg.org/#determining-the-character-encoding: a byte-order
mark wins over the header, the header over a `<meta>` in the first 1,024 bytes; what nobody declared is UTF-8 where it
is valid UTF-8, else what a later `<meta>` says, else windows-1252. Text that was encoded twice is repaired only where
it cannot be anything else.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Final

import webencodings

_PRESCAN_BYTES: Final = 1024
_LATE_BYTES: Final = 65_536  # a `<meta>` further down changes what a browser guessed; here, where it was no UTF-8
_CHARSET: Final = re.compile(r"""charset\s*=\s*["']?\s*([^\s"';,>]+)""", re.IGNORECASE)
_META: Final = re.compile(rb"<meta[\s/][^>]*?charset\s*=\s*[\"']?\s*([^\s\"'/>;]+)", re.IGNORECASE)
_COMMENT: Final = re.compile(rb"<!--.*?(?:-->|\Z)", re.DOTALL)
_BOMS: Final = ((b"\xef\xbb\xbf", "utf-8"), (b"\xfe\xff", "utf-16be"), (b"\xff\xfe", "utf-16le"))

# windows-1252 as browsers read it: the five bytes that Python leaves undefined are C1 controls
_WINDOWS_1252: Final = {
    byte: bytes([byte]).decode("cp1252") for byte in range(0x80, 0xA0) if byte not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)
}
_TO_BYTE: Final = {ord(char): byte for byte, char in _WINDOWS_1252.items()}
_TAIL: Final = "[\u0080-\u00bf" + "".join(re.escape(char) for char in _WINDOWS_1252.values()) + "]"
# What UTF-8 of two, three and four bytes looks like when it is read as windows-1252, by its first character: the
# leads of Latin letters, punctuation, Greek, Cyrillic and emoji. A literal first character makes the search fast.
_MOJIBAKE: Final = {
    lead: re.compile(lead + _TAIL + {"â": "{2}", "ï": "{2}", "ð": "{3}"}.get(lead, "")) for lead in "ÂÃÄÅÎÏÐÑâïð"
}
_CERTAIN_PAIRS: Final = 2


@dataclass(frozen=True, slots=True)
class Decoded:
    """The characters of a body, the WHATWG name of the encoding they were read with, and what was odd."""

    text: str
    encoding: str
    findings: tuple[str, ...] = ()


def decode(body: bytes, content_type: str, *, markup: bool = True) -> Decoded:
    """Decode `body`; `content_type` is the header's value, "" where there was none.

    `markup` is False for plain text, where no `<meta>` counts. Never fails: what cannot be read is U+FFFD, and said.
    """
    encoding, source, offset = _declared(body, content_type, markup)
    findings = []
    if encoding is None:
        encoding = "utf-8" if _is_utf8(body) else "windows-1252"
        if not body.isascii():
            findings.append(f"encoding not declared; read as {encoding}")
    text = _decode(body[offset:], encoding)
    if (broken := text.count("\ufffd")) and encoding == "utf-8" and not body.count(b"\xef\xbf\xbd") >= broken:
        findings.append(f"{broken} characters are not valid {encoding} ({source})")
    text, repaired = repair_double_encoding(text)
    if repaired:
        findings.append(f"repaired {repaired} characters that were encoded twice")
    return Decoded(text, encoding, tuple(findings))


def repair_double_encoding(text: str) -> tuple[str, int]:
    """`text` with UTF-8 that was read as windows-1252 undone ("Ã©" to "é"), and how many characters that were.

    Certain is a sequence of three or more; a pair only where pairs occur at least twice and their first character
    never stands alone (Portuguese "MANHÃ" does), because then it is no letter of this text.
    """
    if text.isascii():
        return text, 0
    patterns = [pattern for lead, pattern in _MOJIBAKE.items() if lead in text]
    found = [match for pattern in patterns for match in pattern.finditer(text) if _undo(match[0]) is not None]
    if not found:
        return text, 0
    leads = Counter(match[0][0] for match in found)
    alone = {lead for lead, count in leads.items() if text.count(lead) > count}
    pairs = sum(len(match[0]) == 2 and match[0][0] not in alone for match in found)
    repaired = 0

    def replace(match: re.Match[str]) -> str:
        nonlocal repaired
        undone = _undo(match[0])
        certain = len(match[0]) > 2 or (pairs >= _CERTAIN_PAIRS and match[0][0] not in alone)
        if undone is None or not certain:
            return match[0]
        repaired += 1
        return undone

    for pattern in patterns:
        text = pattern.sub(replace, text)
    return text, repaired


def _declared(body: bytes, content_type: str, markup: bool) -> tuple[str | None, str, int]:
    """The declared encoding (WHATWG name), who declared it, and the length of the byte-order mark."""
    for mark, name in _BOMS:
        if body.startswith(mark):
            return name, "byte-order mark", len(mark)
    if (found := _CHARSET.search(content_type)) and (encoding := webencodings.lookup(found[1])):
        return encoding.name, "header", 0
    if body.startswith(b"<\0?\0x\0"):
        return "utf-16le", "first bytes", 0
    if body.startswith(b"\0<\0?\0x"):
        return "utf-16be", "first bytes", 0
    if markup and (declared := _meta_encoding(body[:_PRESCAN_BYTES])):
        return declared, "meta", 0
    if markup and not body.isascii() and not _is_utf8(body) and (declared := _meta_encoding(body[:_LATE_BYTES])):
        return declared, "late meta", 0
    return None, "guess", 0


def _meta_encoding(start: bytes) -> str | None:
    """What the first `<meta>` that names an encoding says; one that names none is passed over."""
    for meta in _META.finditer(_COMMENT.sub(b"", start)):
        encoding = webencodings.lookup(meta[1].decode("ascii", "replace"))
        if encoding is not None:
            return _meta_name(encoding.name)
    return None


def _meta_name(name: str) -> str:
    """What a `<meta>` can mean: it was readable as ASCII, so it cannot be UTF-16."""
    return {"utf-16le": "utf-8", "utf-16be": "utf-8", "x-user-defined": "windows-1252"}.get(name, name)


def _decode(body: bytes, name: str) -> str:
    if name == "windows-1252":
        return body.decode("latin-1").translate(_WINDOWS_1252)
    encoding = webencodings.lookup(name)
    return str(encoding.codec_info.decode(body, "replace")[0])


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data" and not body[: error.start].isascii()  # a cut prefix
    return True


def _undo(sequence: str) -> str | None:
    raw = bytes(_TO_BYTE.get(ord(char), ord(char) & 0xFF) for char in sequence)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return None
