"""What the history of a page or site has proved to be noise, as labels on top of the extractor's.

Three kinds. `site`: stands on most pages of the site, in the same part of the page. `rotating`: one of several known
wordings that take turns (testimonials, A/B tests). `volatile`: the same words with other numbers on every look
(counters, nonces, dates). The labels are put on for a comparison only; what is stored, searched and counted in the
ledger is the page as it was read. Who decides what is learned: `monitor.compare.noise`.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import lru_cache
from typing import Final

from monitor.text.cues import find_cue, has_disclaimer, has_price
from monitor.text.dates import DATE
from monitor.text.keys import compared_digest
from monitor.types import Block, PageText, Region

_WEEKDAY: Final = (
    "mon(?:day)?|tue(?:sday)?|wed(?:nesday)?|thu(?:rsday)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?|maandag|dinsdag"
    "|woensdag|donderdag|vrijdag|zaterdag|zondag|mandag|tirsdag|onsdag|torsdag|fredag|lørdag|søndag|lunes|martes"
    "|miércoles|jueves|viernes|sábado|domingo|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|lundi|mardi"
    "|mercredi|jeudi|vendredi|samedi|dimanche"
)
_CHANGING: Final = re.compile(
    rf"{DATE.pattern}|\b(?:{_WEEKDAY})\b\.?|[^\W\d_]*\d(?:[\w.,:/'-]*\w)?", re.IGNORECASE
)  # dates, days of the week, and words with a digit in them
_SPACES: Final = re.compile(r"#(?:[ ,]*#)+")
_WORD: Final = re.compile(r"[^\W\d_]{3,}")


class Learned(StrEnum):
    """Why a block is held back."""

    SITE = "site"
    ROTATING = "rotating"
    VOLATILE = "volatile"


Reason = tuple[Learned, bytes]
"""A lesson by its kind and digest."""


@dataclass(frozen=True, slots=True)
class Lessons:
    """What is known of one page. Digests are SHA-256: of keys, for `volatile` of templates; the latter and `site`
    with the part of the page that they hold for."""

    site: frozenset[tuple[bytes, str]] = frozenset()
    rotating: frozenset[bytes] = frozenset()
    volatile: frozenset[tuple[bytes, str]] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.site or self.rotating or self.volatile)


@dataclass(frozen=True, slots=True)
class Labelled:
    """A page text with learned labels, and the lesson behind each: by the number of its block."""

    page_text: PageText
    reasons: Mapping[int, Reason] = field(default_factory=dict)

    def is_same(self, other: Labelled) -> bool:
        """Is what is compared the same in both?"""
        return self.page_text.compared_sha256 == other.page_text.compared_sha256


@dataclass(frozen=True, slots=True)
class Noise:
    """What lessons did on one look: those without which more would differ (`held`), and those met on the page."""

    held: tuple[Reason, ...] = ()
    met: tuple[Reason, ...] = ()


def digest_of(words: str) -> bytes:
    """SHA-256 of a folded wording or template."""
    return hashlib.sha256(words.encode("utf-8", "surrogatepass")).digest()


@lru_cache(maxsize=20_000)  # the same blocks come again on the next look
def template_of(key: str) -> str | None:
    """The folded wording with "#" for its numbers and dates; None where it has none, or hardly a word else."""
    masked = _SPACES.sub("#", _CHANGING.sub("#", key.casefold()))
    return masked if "#" in masked and _WORD.search(masked) else None


def may_rotate(text: str) -> bool:
    """May a wording that takes turns with others be held back? Never a price, a disclaimer or a word of a regulator:
    whether these stand or not is told each time."""
    return find_cue(text) not in ("price", "regulator") and not has_disclaimer(text)


def may_vary(text: str) -> bool:
    """May other numbers in this wording be held back?"""
    return "%" not in text and not has_price(text) and not has_disclaimer(text)


def label_learned(page_text: PageText, lessons: Lessons) -> Labelled:
    """`page_text` with the blocks labelled that `lessons` name, and its digest without them."""
    if not lessons:
        return Labelled(page_text)
    reasons: dict[int, Reason] = {}
    for number, block in enumerate(page_text.blocks):
        if block.boilerplate is None and (reason := _reason(block, lessons)) is not None:
            reasons[number] = reason
    return _with_labels(page_text, reasons)


def label_pair(before: PageText, after: PageText, lessons: Lessons) -> tuple[Labelled, Labelled]:
    """Both texts of a comparison labelled.

    A counter is noise only where both of them show it: one that is gone, or new, is told like anything else.
    """
    one, other = label_learned(before, lessons), label_learned(after, lessons)
    counters = _counters(one) ^ _counters(other)
    if not counters:
        return one, other
    return tuple(  # type: ignore[return-value]  # of two comes a pair
        _with_labels(page_text, {n: reason for n, reason in labelled.reasons.items() if reason not in counters})
        for page_text, labelled in ((before, one), (after, other))
    )


def _counters(labelled: Labelled) -> set[Reason]:
    return {reason for reason in labelled.reasons.values() if reason[0] is Learned.VOLATILE}


def _with_labels(page_text: PageText, reasons: Mapping[int, Reason]) -> Labelled:
    if not reasons:
        return Labelled(page_text)
    blocks = tuple(
        replace(block, boilerplate=str(reasons[number][0])) if number in reasons else block
        for number, block in enumerate(page_text.blocks)
    )
    return Labelled(replace(page_text, blocks=blocks, compared_sha256=compared_digest(blocks)), reasons)


def noise_between(before: Labelled, after: Labelled) -> Noise:
    """What the lessons hold back between the two texts, and which of them the second one shows; each once."""
    gone, come = _by_key(before), _by_key(after)
    held = dict.fromkeys(reason for _, reason in (*(gone - come), *(come - gone)))
    return Noise(tuple(held), tuple(dict.fromkeys(after.reasons.values())))


def _by_key(labelled: Labelled) -> Counter[tuple[str, Reason]]:
    blocks = labelled.page_text.blocks
    return Counter((blocks[number].key, reason) for number, reason in labelled.reasons.items())


def _reason(block: Block, lessons: Lessons) -> Reason | None:
    """The lesson that names the block; cue words decide last."""
    if block.region is Region.DATA:
        return None
    digest, region = digest_of(block.key), str(block.region)
    if (digest, region) in lessons.site:
        return Learned.SITE, digest
    if digest in lessons.rotating and may_rotate(block.text):
        return Learned.ROTATING, digest
    if lessons.volatile and (template := template_of(block.key)) is not None:
        digest = digest_of(template)
        if (digest, region) in lessons.volatile and may_vary(block.text):
            return Learned.VOLATILE, digest
    return None
