"""Articles on archive pages as units: which block belongs to which.

In HTML the page says so: several `<article>` elements (or what themes call one) side by side. In plain text an article
ends with its source line, or with the call to book that closes a clinic's own articles.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from monitor.text.draft import Draft
from monitor.types import BlockKind, Region

_MIN_ARTICLES: Final = 2
_MIN_CHARS: Final = 400
_SOURCE: Final = re.compile(
    r"^(?:source|sources|reference|bron|kilde|fuente|quelle)s?\s*:|\bPMID\s*:\s*\d{6,}|\bdoi\s*:\s*10\.\d{4,}",
    re.IGNORECASE,
)
_CALL_HEADING: Final = re.compile(
    r"^(?:start|begin|take|schedule|book|contact|get started|ready to|discover|learn more|next steps?)\b.{0,80}$",
    re.IGNORECASE,
)
_CALL: Final = re.compile(
    r"\b(?:contact|call|reach out to|speak with|get in touch with|schedule)\b[^.]{0,60}"
    r"\b(?:us|our|today|team|now|consultation)\b",
    re.IGNORECASE,
)


def number_articles(drafts: Sequence[Draft]) -> None:
    """Renumber the articles that the markup names; forget them where the page is not an archive of several."""
    sizes: dict[int, int] = defaultdict(int)
    for draft in drafts:
        if draft.article is not None and draft.boilerplate is None and draft.region is Region.MAIN:
            sizes[draft.article] += len(draft.text)
    large = [number for number, size in sizes.items() if size >= _MIN_CHARS]
    numbers = {old: new for new, old in enumerate(large, start=1)} if len(large) >= _MIN_ARTICLES else {}
    for draft in drafts:
        draft.article = numbers.get(draft.article) if draft.article is not None else None


def find_articles(drafts: Sequence[Draft]) -> None:
    """Number the articles of a plain text by their ends; nothing where there are fewer than two ends."""
    ends = [
        position
        for position, draft in enumerate(drafts)
        if draft.boilerplate is None and draft.kind is BlockKind.PARAGRAPH and _ends_article(drafts, position)
    ]
    if len(ends) < _MIN_ARTICLES:
        return
    start = 0
    for number, end in enumerate(ends, start=1):
        for draft in drafts[start : end + 1]:
            if draft.boilerplate is None:
                draft.article = number
        start = end + 1


def _ends_article(drafts: Sequence[Draft], position: int) -> bool:
    text = drafts[position].text
    if _SOURCE.search(text):
        return True
    before = drafts[position - 1] if position else None
    return (
        before is not None
        and before.kind is BlockKind.HEADING
        and _CALL_HEADING.match(before.text) is not None
        and _CALL.search(text) is not None
    )
