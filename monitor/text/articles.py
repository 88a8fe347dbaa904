"""Articles on archive pages as units: which block belongs to which.

In HTML the page says so: several `<article>` elements (or what themes call one) side by side. Small ones are teasers of
articles where each heading is a link and none names a price: packages and stories stand in cards too. Where neither
says so, as in plain text, an article ends with its source line, or with the call to book that closes a clinic's own.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from monitor.text.cues import has_price
from monitor.text.draft import Draft
from monitor.types import BlockKind, Region

_MIN_ARTICLES: Final = 2
_MIN_CHARS: Final = 400
_MIN_TEASERS: Final = 3
_MIN_TEASER_CHARS: Final = 60
_LINKED: Final = 0.8
_SOURCE: Final = re.compile(
    r"^(?:sources?|references?|bron(?:nen|vermelding)?|referenties|literatuur|kilder?|referencer|litteratur|fuentes?"
    r"|referencias|bibliografía|quellen?|literatur|quellenangaben?|références?|bibliographie)\s*:"
    r"|\bPMID\s*:\s*\d{6,}|\bdoi\s*:\s*10\.\d{4,}",
    re.IGNORECASE,
)
_CALL_HEADING: Final = re.compile(
    r"^(?:start|begin|take|schedule|book|contact|get started|ready to|discover|learn more|next steps?"  # en
    r"|maak|plan|boek|neem contact|klaar|ontdek|volgende stap|meer weten"  # nl
    r"|kom i gang|begynd|tag|bestil|book|kontakt|klar til|næste skridt|vil du vide"  # da
    r"|empiece|comience|da el|dé el|agende|agenda|reserve|contacte|contacta|contáctenos|descubra|próximos? pasos?"  # es
    r"|beginnen|vereinbaren|buchen|kontaktieren|kontakt|bereit|nächste schritte|erfahren sie"  # de
    r"|commencez|prenez|réservez|contactez|découvrez|prêt|prochaines? étapes?)\b.{0,80}$",  # fr
    re.IGNORECASE,
)
_CALL: Final = re.compile(
    r"\b(?:contact|call|reach out to|speak with|get in touch with|schedule|neem contact|bel|maak een afspraak|kontakt"
    r"|ring til|bestil|contacte|contacta|llame|llámenos|agende|reserve|kontaktieren|rufen|vereinbaren|contactez"
    r"|appelez|prenez)\b[^.]{0,60}"
    r"\b(?:us|our|today|team|now|consultation|ons|onze|vandaag|nu|afspraak|consult|os|vores|i dag|konsultation"
    r"|nosotros|nuestro|nuestra|hoy|consulta|cita|uns|unser\w*|heute|jetzt|termin|beratung|nous|notre|aujourd.hui"
    r"|rendez-vous|consultation)\b",
    re.IGNORECASE,
)


def number_articles(drafts: Sequence[Draft]) -> None:
    """Renumber the articles that the markup names; forget them where the page is not an archive of several."""
    found: dict[int, list[Draft]] = defaultdict(list)
    for draft in drafts:
        if draft.article is not None and draft.boilerplate is None and draft.region is Region.MAIN:
            found[draft.article].append(draft)
    chosen = [number for number, blocks in found.items() if _size(blocks) >= _MIN_CHARS]
    if len(chosen) < _MIN_ARTICLES:
        teasers = [number for number, blocks in found.items() if _is_teaser(blocks)]
        chosen = teasers if len(teasers) >= _MIN_TEASERS and len(teasers) == len(found) else []
    numbers = {old: new for new, old in enumerate(chosen, start=1)}
    for draft in drafts:
        draft.article = numbers.get(draft.article) if draft.article is not None else None
    if not found:
        find_articles([draft for draft in drafts if draft.region is Region.MAIN])


def _size(blocks: Sequence[Draft]) -> int:
    return sum(len(draft.text) for draft in blocks)


def _is_teaser(blocks: Sequence[Draft]) -> bool:
    """A linked heading and some words: the beginning of an article that stands elsewhere."""
    headings = [draft for draft in blocks if draft.kind is BlockKind.HEADING]
    if not headings or _size(blocks) < _MIN_TEASER_CHARS or any(has_price(draft.text) for draft in blocks):
        return False
    return all(draft.link_chars >= _LINKED * len(draft.text) for draft in headings)


def find_articles(drafts: Sequence[Draft]) -> None:
    """Number the articles of a text by their ends; nothing where there are fewer than two ends."""
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
