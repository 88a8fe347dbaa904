"""Text of pages made fit for mails: pure.

Pages are hostile. What goes into a header is one line without control characters and without anything that a mail
library decodes (an encoded word in a page's title can become a second header on Python 3.11.7); what goes into a
body has nothing that steers a terminal or a reader's eye, and no address that a mail client would make clickable.
"""

from __future__ import annotations

import re

WORD_JOINER = "\u2060"
HEADER_INPUT_CHARS = 2_000  # of a 64 KB title nobody reads more, and it is cut before anything slow sees it

_LINE_BREAKS = re.compile("[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+")
# C0 and C1 controls, soft hyphen, zero-width and bidi controls, invisible operators, BOM, interlinear marks, tags
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\U000e0000-\U000e0fff]"
)
_SURROGATES = re.compile("[\ud800-\udfff]")
_SPACES = re.compile(r"[^\S\n]+")
_ENCODED_WORD = re.compile(r"=(?=\?)")

# Where clients look for links: a scheme's colon, a host's dot, an address's at-sign. Times (10:30) stay as they are.
_SCHEME = re.compile(r"(?<=[A-Za-z+.-]):(?=\S)|(?<=\d):(?=[^\s\d])")
_HOST_DOT = re.compile(r"(?<=\S)([.\u3002\uff0e\uff61])(?=[^\W_])")
_AT = re.compile(r"(?<=\S)([@\uff20])(?=\S)")


def clean_text(text: str, limit: int | None = None) -> str:
    """`text` without control, bidi and zero-width characters and lone surrogates, its line breaks as newlines, runs
    of spaces single; cut to `limit` characters with an ellipsis."""
    if limit is not None:
        text = text[: 8 * limit]
    text = _INVISIBLE.sub("", _LINE_BREAKS.sub("\n", _SURROGATES.sub("\ufffd", text)))
    text = _SPACES.sub(" ", text).strip()
    return text if limit is None else shorten(text, limit)


def clean_line(text: str, limit: int | None = None) -> str:
    """`clean_text` on one line."""
    cut = text if limit is None else text[: 8 * limit]
    line = " ".join(clean_text(cut).split())
    return line if limit is None else shorten(line, limit)


def clean_header(text: str, limit: int = 200) -> str:
    """`clean_line` in which nothing looks like an encoded word: safe as (part of) a header's value."""
    line = clean_line(text[:HEADER_INPUT_CHARS])
    return shorten(_ENCODED_WORD.sub("= ", line), limit)


def quote_text(text: str, limit: int) -> str:
    """Text of a page for a body: clean, on one line, and with every host, URL and mail address broken by word joiners,
    so that no client turns the page's words into links. Prices and decimals stay as they are."""
    return unlink(clean_line(text, limit))


def unlink(text: str) -> str:
    """`text` with word joiners where a mail client would see a link begin."""
    text = _SCHEME.sub(f":{WORD_JOINER}", text)
    text = _HOST_DOT.sub(_break_dot, text)
    return _AT.sub(rf"{WORD_JOINER}\1{WORD_JOINER}", text)


def shorten(text: str, limit: int) -> str:
    """The first `limit` characters of `text`, the last of them an ellipsis where something was cut."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def _break_dot(match: re.Match[str]) -> str:
    text, start, end = match.string, match.start(), match.end()
    between_digits = text[start - 1].isdigit() and text[end].isdigit()
    return match[1] if between_digits and not _is_address(text, start) else f"{match[1]}{WORD_JOINER}"


_ADDRESS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}(?!\.?\d)")


def _is_address(text: str, dot: int) -> bool:
    """Whether the dot at `dot` stands in an IPv4 address (1.2.3.4), which clients link after a scheme."""
    start = dot
    while start > 0 and dot - start < 16 and (text[start - 1].isdigit() or text[start - 1] == "."):
        start -= 1
    return _ADDRESS.match(text, start) is not None
