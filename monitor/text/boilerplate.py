"""Labels: which blocks are not compared, and why. A label takes nothing away, and cue words have the last word."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from monitor.text.cues import find_cue, has_disclaimer, has_price
from monitor.text.draft import Draft
from monitor.text.phrases import PRIVACY_TITLE, RELATED_HEADING, find_phrase
from monitor.types import BlockKind, Region

_LINKED: Final = 0.8  # a block is a link when this share of its characters is
_MENU_WORDS: Final = 9
_STATEMENT_WORDS: Final = 4
_TOO_LARGE: Final = 0.5  # a container with more of the page's text than this is the page, whatever it is called
_MAX_RELATED: Final = 40
_TEASER_WORDS: Final = 45
_ADDRESS_WORDS: Final = 20
_STREET: Final = re.compile(
    r"\b(?:street|st\.|avenue|ave\.?|road|rd\.|suite|blvd|boulevard|drive|lane|floor|straat|laan|weg|plein|gade|vej|allé|calle|avenida|av\.|plaza"
    r"|straße|str\.|platz|rue|place|p\.? ?o\.? box|postbus|\w+(?:straat|laan|plein|gade|vej|straße|strasse))\b",
    re.IGNORECASE,
)
_POSTCODE: Final = re.compile(r"\b(?:\d{4}\s?[A-Z]{2}|\d{4,5}(?:-\d{4})?|[A-Z]{1,2}\d{1,2}[A-Z]?\s\d[A-Z]{2})\b")
_HINTS_FOR_LINKS: Final = frozenset(("menu", "related", "toc", "pagination", "breadcrumb", "language", "share", "skip"))
_HINTS_THAT_HOLD: Final = frozenset(("struck",))


def label(drafts: Sequence[Draft], containers: Mapping[int, int], title: str = "") -> None:
    """Set `boilerplate` on each draft that is not to be compared, and undo regions of containers that are the page.

    `containers` has the characters of text of each numbered container (see blocks.Walked).
    """
    total = sum(len(draft.text) for draft in drafts)
    whole_page = {number for number, size in containers.items() if size > _TOO_LARGE * total}
    policy = PRIVACY_TITLE.search(title) is not None
    related = _related(drafts)
    for position, draft in enumerate(drafts):
        in_popup = draft.region is Region.POPUP and draft.popup in whole_page
        if in_popup or (draft.region is Region.NAV and draft.hint == "menu" and draft.hinted in whole_page):
            draft.region = Region.MAIN
        if draft.region is Region.DATA:
            if draft.kind in (BlockKind.TITLE, BlockKind.META) and find_cue(draft.text) is None:
                draft.boilerplate = "unseen"
            continue
        hint = None if draft.hinted in whole_page and draft.hint != "noscript" else draft.hint
        reason = _reason(draft, hint, policy) or ("related" if position in related else None)
        if reason is not None and not _speaks(draft, reason):
            draft.boilerplate = reason
    _label_consent_buttons(drafts)


def _label_consent_buttons(drafts: Sequence[Draft]) -> None:
    """A button of a consent banner is part of it, whatever it says ("OK")."""
    banners = {draft.popup for draft in drafts if draft.popup and draft.boilerplate == "consent"}
    for draft in drafts:
        if draft.popup in banners and draft.boilerplate is None and draft.kind is BlockKind.BUTTON:
            draft.boilerplate = None if _speaks(draft, "consent") else "consent"


def _reason(draft: Draft, hint: str | None, policy: bool) -> str | None:
    """Why the block might be boilerplate: by its container, its words, or because it is nothing but a link."""
    words = draft.text.count(" ") + 1
    link = draft.link_chars >= _LINKED * len(draft.text)
    if hint == "menu":
        if link or words <= _MENU_WORDS or draft.kind is BlockKind.BUTTON:
            return hint
    elif hint == "byline":
        if words <= 20:
            return hint
    elif hint == "related":
        if link or words <= _TEASER_WORDS:
            return hint
    elif hint is not None:
        return hint
    if draft.social_chars >= _LINKED * len(draft.text) and words <= _MENU_WORDS:
        return "share"
    by_words = _by_words(draft, words, policy)
    if by_words is not None:
        return by_words
    if link and draft.region in (Region.NAV, Region.HEADER, Region.FOOTER, Region.ASIDE) and words <= 2 * _MENU_WORDS:
        return "menu"
    return None


def _by_words(draft: Draft, words: int, policy: bool) -> str | None:
    reason = find_phrase(draft.text, words, parts=not policy or draft.region is Region.POPUP)
    if reason is None and words <= _ADDRESS_WORDS and draft.region is not Region.MAIN:
        return "address" if _POSTCODE.search(draft.text) and _STREET.search(draft.text) else None
    return reason


def _related(drafts: Sequence[Draft]) -> set[int]:
    """Positions of what stands below a heading such as "Related posts", the heading included."""
    found: set[int] = set()
    at = 0
    while at < len(drafts):
        draft = drafts[at]
        at += 1
        if draft.text.count(" ") > 6 or draft.region is Region.DATA or not _is_heading(draft):
            continue
        if not RELATED_HEADING.fullmatch(draft.text):
            continue
        end = at
        while end < len(drafts) and end - at < _MAX_RELATED and _belongs(drafts[end], draft):
            end += 1
        found.update(range(at - 1, end))
        at = end
    return found


def _is_heading(draft: Draft) -> bool:
    return draft.kind is BlockKind.HEADING or (
        draft.kind is BlockKind.PARAGRAPH and draft.text.count(" ") < 5 and not draft.link_chars
    )


def _belongs(draft: Draft, heading: Draft) -> bool:
    """Is the block an entry of the list below `heading`: a link, or a teaser near one?"""
    if draft.region is not heading.region or draft.text.count(" ") >= _TEASER_WORDS:
        return False
    if draft.kind is BlockKind.HEADING:
        return draft.level > heading.level or draft.link_chars > 0
    return draft.link_chars > 0 or draft.kind in (BlockKind.IMAGE_ALT, BlockKind.BUTTON)


def _speaks(draft: Draft, reason: str) -> bool:
    """Does the block say something that no label may hide?

    Links are names of other pages, so only a price or a whole disclaimer counts in them. What is struck out is not
    said any more.
    """
    if reason in _HINTS_THAT_HOLD:
        return False
    text = draft.text
    if draft.link_chars >= _LINKED * len(text) or reason in _HINTS_FOR_LINKS:
        return has_price(text) or (text.count(" ") >= _STATEMENT_WORDS and has_disclaimer(text))
    return find_cue(text) is not None
