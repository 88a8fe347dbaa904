"""Characters to an element tree, however broken they are."""

from __future__ import annotations

import re
from typing import Final

from lxml import etree, html

from monitor.errors import ExtractError

MAX_ELEMENTS: Final = 400_000
_UNREADABLE: Final = re.compile("[\x00\ud800-\udfff]")
# libxml2 drops everything that lies deeper than 2,048 elements; then containers are flattened to line breaks
_CONTAINERS: Final = re.compile(
    r"</?(?:div|span|font|center|section|article|main|b|i|u|em|strong|big|small|a|ul|ol|li|dl|dd|dt|blockquote|p|table"
    r"|tbody|tr|td|th|form|nav|aside|header|footer|label|figure)\b[^>]*>",
    re.IGNORECASE,
)
_ANY_TAG: Final = re.compile(r"</?(?!script\b|style\b|template\b|title\b|noscript\b)[a-z][^>]*>", re.IGNORECASE)


def parse_document(text: str) -> tuple[html.HtmlElement, tuple[str, ...]]:
    """The root element of `text` and findings.

    Raises ExtractError: `parse.crash` where nothing could be parsed, `parse.entities`/`too_large.text` where the tree
    is out of all proportion.
    """
    findings: tuple[str, ...] = ()
    if not _is_readable(text):
        findings += (f"removed {len(_UNREADABLE.findall(text))} × NUL or lone surrogate from the markup",)
        text = _UNREADABLE.sub("", text)
    for attempt in (None, _CONTAINERS, _ANY_TAG):
        if attempt is not None:
            text = attempt.sub("<br>", text)
        root, too_deep = _parse(text)
        if not too_deep:
            break
    if attempt is not None:
        findings += ("nested deeper than 2,048 elements; containers were flattened",)
    return root, findings


def _is_readable(text: str) -> bool:
    """Is there neither NUL nor lone surrogate? (A pattern takes ten times as long to say so.)"""
    if "\x00" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _parse(text: str) -> tuple[html.HtmlElement, bool]:
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    if not text.strip():
        text = "<html><body></body></html>"
    try:
        root = html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except etree.ParserError:
        root = html.document_fromstring(b"<html><body></body></html>")
    except etree.XMLSyntaxError as error:
        raise ExtractError("parse.crash", str(error)) from error
    return root, any(entry.type_name in ("ERR_RESOURCE_LIMIT", "ERR_INTERNAL_ERROR") for entry in parser.error_log)
