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


def _tags(names: str) -> frozenset[str]:
    return frozenset(names.split())


_MAX_ELEMENTS: Final = 30_000  # beyond, trafilatura's time grows with the square of their number
_ENOUGH_CHARS: Final = 25  # shorter texts must be a whole line of trafilatura's, longer ones a part of its text
_LINES: Final = frozenset(("body", "p", "head", "item", "list", "row", "table", "quote", "lb", "code", "div"))
_NO_CONTENT: Final = _tags(
    "script style svg noscript template iframe select nav footer button head img input picture source"
)
_NO_STRUCTURE: Final = _tags(  # trafilatura takes these tags away itself, after copying them
    "strong b em i u font small big tt abbr acronym bdi bdo cite data dfn ins mark sup sub var kbd samp tbody thead "
    "tfoot"
)


def mark_main(drafts: Sequence[Draft], root: html.HtmlElement) -> str | None:
    """Set `main` on the blocks that trafilatura keeps; the tree is spent afterwards.

    `fast=True` is its most stable mode: no second extractor whose verdict one added sentence can flip.
    Returns a finding where trafilatura failed; then no block is marked.
    """
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    if root.xpath("count(//*)") > _MAX_ELEMENTS:
        return f"main content not labelled: more than {_MAX_ELEMENTS} elements"
    etree.strip_elements(root, *_NO_CONTENT, with_tail=False)  # trafilatura copies the tree several times
    etree.strip_tags(root, *_NO_STRUCTURE)
    try:
        document = trafilatura.bare_extraction(
            root, fast=True, include_comments=False, with_metadata=False, output_format="txt"
        )
    except Exception as error:  # a label is worth no page: whatever goes wrong in there is a finding
        return f"main content not labelled: {type(error).__name__}"
    if not isinstance(document, Document) or document.body is None:
        return None
    whole, alone = _read_kept(document.body)
    for draft in drafts:
        if draft.region is not Region.DATA:
            letters = _squeeze(draft.text)
            draft.main = letters in alone or (len(letters) >= _ENOUGH_CHARS and letters in whole)
    return None


def _read_kept(body: etree._Element) -> tuple[str, frozenset[str]]:
    """All letters that trafilatura kept, and those of each line: what stands between two line breaks or blocks."""
    lines = [""]
    for element in body.iter():
        breaks = element.tag in _LINES
        if text := element.text:
            if breaks:
                lines.append(text)
            else:
                lines[-1] += text
        if tail := element.tail:
            if breaks:
                lines.append(tail)
            else:
                lines[-1] += tail
    kept = [_squeeze(line) for line in lines]
    return "".join(kept), frozenset(kept)


def _squeeze(line: str) -> str:
    """The line without its white space, and without the bars that part cells and the marks before items."""
    return "".join(line.replace("|", " ").lstrip("-* ").split())
