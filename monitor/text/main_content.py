"""Which blocks are main content, in trafilatura's opinion. A label: a block that changes label has not changed."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Final

import trafilatura
from lxml import etree, html
from trafilatura.metadata import Document

from monitor.text.draft import Draft
from monitor.types import Region

_MAX_ELEMENTS: Final = 30_000  # beyond, trafilatura's time grows with the square of their number
_ENOUGH_CHARS: Final = 25  # shorter texts must be a whole line of trafilatura's, longer ones a part of its text
_NO_CONTENT: Final = ("script", "style", "svg", "noscript", "template", "iframe", "select", "nav", "footer", "button")


def mark_main(drafts: Sequence[Draft], root: html.HtmlElement) -> str | None:
    """Set `main` on the blocks that trafilatura keeps; the tree is spent afterwards.

    `fast=True` is its most stable mode: no second extractor whose verdict one added sentence can flip.
    Returns a finding where trafilatura failed; then no block is marked.
    """
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    if root.xpath("count(//*)") > _MAX_ELEMENTS:
        return f"main content not labelled: more than {_MAX_ELEMENTS} elements"
    etree.strip_elements(root, *_NO_CONTENT, with_tail=False)  # trafilatura copies the tree several times
    try:
        document = trafilatura.bare_extraction(root, fast=True, include_comments=False, with_metadata=False)
    except Exception as error:  # a label is worth no page: whatever goes wrong in there is a finding
        return f"main content not labelled: {type(error).__name__}"
    if not isinstance(document, Document) or not document.text:
        return None
    lines = [_squeeze(line) for line in document.text.splitlines()]
    whole, alone = "".join(lines), frozenset(lines)
    for draft in drafts:
        if draft.region is not Region.DATA:
            letters = _squeeze(draft.text)
            draft.main = letters in alone or (len(letters) >= _ENOUGH_CHARS and letters in whole)
    return None


def _squeeze(line: str) -> str:
    """The line without its white space and without the marks that trafilatura puts before items and between cells."""
    return "".join(line.replace("|", " ").lstrip("-* ").split())
