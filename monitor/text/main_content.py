"""Which blocks are main content, in trafilatura's opinion. A label: a block that changes label has not changed."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from typing import Final

import trafilatura
from lxml import html

from monitor.text.draft import Draft
from monitor.types import Region

_ENOUGH_CHARS: Final = 25  # shorter texts must be a whole line of trafilatura's, longer ones a part of its text
_NOT_LETTERS: Final = re.compile(r"[\s|•*-]+")


def mark_main(drafts: Sequence[Draft], root: html.HtmlElement) -> str | None:
    """Set `main` on the blocks that trafilatura keeps; the tree is spent afterwards.

    `fast=True` is its most stable mode: no second extractor whose verdict one added sentence can flip.
    Returns a finding where trafilatura failed; then no block is marked.
    """
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    try:
        document = trafilatura.bare_extraction(root, fast=True, include_comments=False, with_metadata=False)
    except Exception as error:  # a label is worth no page: whatever goes wrong in there is a finding
        return f"main content not labelled: {type(error).__name__}"
    if document is None or not document.text:
        return None
    lines = {_NOT_LETTERS.sub("", line) for line in document.text.splitlines()}
    whole = "".join(_NOT_LETTERS.sub("", line) for line in document.text.splitlines())
    for draft in drafts:
        if draft.region is not Region.DATA:
            letters = _NOT_LETTERS.sub("", draft.text)
            draft.main = letters in lines or (len(letters) >= _ENOUGH_CHARS and letters in whole)
    return None
