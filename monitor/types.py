"""The values that pass between the floors. All frozen; the words are those of docs/glossary.md."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Region(StrEnum):
    """Where on the page a block stands."""

    MAIN = "main"
    HEADER = "header"
    NAV = "nav"
    FOOTER = "footer"
    ASIDE = "aside"
    POPUP = "popup"
    DATA = "data"  # not shown as text: title, meta description, JSON-LD offers, document links


class BlockKind(StrEnum):
    """What a block is in the document."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST_ITEM = "list_item"
    TABLE_ROW = "table_row"
    DEFINITION = "definition"
    BUTTON = "button"
    LABEL = "label"
    CAPTION = "caption"
    IMAGE_ALT = "image_alt"
    QUOTE = "quote"
    TITLE = "title"
    META = "meta"
    OFFER = "offer"
    DOCUMENT = "document"  # the target of a link to a PDF or office file


@dataclass(frozen=True, slots=True)
class Block:
    """One visible unit of text.

    `text` is what a reader sees (NFC, white space folded to single spaces); `key` is its comparison form (quotes,
    dashes, case of headings, list markers … folded; equal keys mean "the same text"). `path` are the headings above
    it, outermost first. `cells` pairs header and cell for table rows ("" where a column has no header).
    `boilerplate` is the reason why the block is not compared, or None; `main` is trafilatura's opinion, a label only.
    `article` numbers the article on an archive page that the block belongs to, or None.
    """

    text: str
    key: str
    kind: BlockKind
    region: Region
    path: tuple[str, ...] = ()
    cells: tuple[tuple[str, str], ...] = ()
    boilerplate: str | None = None
    main: bool = False
    level: int = 0
    article: int | None = None


@dataclass(frozen=True, slots=True)
class PageText:
    """The ordered blocks of one capture, made by one version of the extractor.

    `compared_sha256` is the digest of what is compared: the keys of every block that is neither boilerplate nor
    volatile, regardless of order. Equal digests mean: no new snapshot. `findings` are odd things that were seen
    (removed control characters, an undeclared encoding …), one line each.
    """

    extractor: str
    language: str
    title: str
    blocks: tuple[Block, ...]
    compared_sha256: str
    encoding: str = "utf-8"
    findings: tuple[str, ...] = ()


class Family(StrEnum):
    CLAIM = "claim"
    PRICE = "price"
    DISCLAIMER = "disclaimer"


class Kind(StrEnum):
    """Kinds of statement; each belongs to one family (`FAMILY_OF`)."""

    EFFICACY = "efficacy"
    SAFETY = "safety"
    INDICATION = "indication"
    TREATMENT = "treatment"
    EVIDENCE = "evidence"
    REGULATORY = "regulatory"
    TESTIMONIAL = "testimonial"
    URGENCY = "urgency"
    STANDING = "standing"
    AMOUNT = "amount"
    TERMS = "terms"
    OUTCOME = "outcome"
    STATUS = "status"
    RISK = "risk"


FAMILY_OF: dict[Kind, Family] = {
    **dict.fromkeys(
        (
            Kind.EFFICACY,
            Kind.SAFETY,
            Kind.INDICATION,
            Kind.TREATMENT,
            Kind.EVIDENCE,
            Kind.REGULATORY,
            Kind.TESTIMONIAL,
            Kind.URGENCY,
            Kind.STANDING,
        ),
        Family.CLAIM,
    ),
    Kind.AMOUNT: Family.PRICE,
    Kind.TERMS: Family.PRICE,
    Kind.OUTCOME: Family.DISCLAIMER,
    Kind.STATUS: Family.DISCLAIMER,
    Kind.RISK: Family.DISCLAIMER,
}


class Direction(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    STRENGTHENED = "strengthened"
    WEAKENED = "weakened"
    INCREASED = "increased"
    DECREASED = "decreased"
    CHANGED = "changed"
    MOVED = "moved"


class Severity(StrEnum):
    """How much a change matters; `SEVERITIES` lists them from the least."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


SEVERITIES = (Severity.LOW, Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL)


@dataclass(frozen=True, slots=True)
class Price:
    """One price: amounts in whole units of `currency` (ISO 4217; None where unknown), `low == high` for one amount,
    None for an open end. `discount_pct` has the percentage in `low`; `free` is 0 to 0 without a currency.
    `span` is the slice of the text that it was read from; `service` what is sold, as written."""

    low: float | None
    high: float | None
    currency: str | None
    qualifier: str
    unit: str | None = None
    span: tuple[int, int] = (0, 0)
    service: str = ""


@dataclass(frozen=True, slots=True)
class Cue:
    """A word or phrase that a rule went by: its text, its category in the lexicon, and its span in the sentence."""

    text: str
    category: str
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence, table row or list item recognised as a claim, a price or a disclaimer.

    One sentence can carry several statements, one per kind. `key` identifies its wording (folded); `strength` orders
    wordings of the same statement (higher says more); `values` are its numbers by name ("percent", "patients",
    "cells", "years" …); `terms` its canonical concepts (conditions, cell sources, bodies …), sorted.
    """

    kind: Kind
    text: str
    key: str
    block: int  # index into the PageText's blocks
    region: Region
    path: tuple[str, ...]
    language: str
    rule: str
    strength: float = 0.0
    negated: bool = False
    absolute: bool = False
    subgroup: bool = False
    values: tuple[tuple[str, float], ...] = ()
    terms: tuple[str, ...] = ()
    prices: tuple[Price, ...] = ()
    cues: tuple[Cue, ...] = ()
    confidence: float = 1.0

    @property
    def family(self) -> Family:
        return FAMILY_OF[self.kind]


@dataclass(frozen=True, slots=True)
class Change:
    """What a watchdog is told: one statement that is new, gone, or says something else.

    `before` and `after` are the sentences as shown ("" where there is none). `reason` says why in one line for
    people ("hedge dropped: may help → helps"); `rule` names the rule and `cues` what it went by.
    `fingerprint` (hex) is equal for the same change found again on another look or another page of the site.
    """

    kind: Kind
    direction: Direction
    severity: Severity
    before: str
    after: str
    region: Region
    path: tuple[str, ...]
    reason: str
    rule: str
    fingerprint: str
    cues: tuple[Cue, ...] = ()
    confidence: float = 1.0
    places: int = 1
    context: str = ""

    @property
    def family(self) -> Family:
        return FAMILY_OF[self.kind]


class NoticeKind(StrEnum):
    ARTICLE_IN = "article_in"
    ARTICLE_OUT = "article_out"
    DOCUMENT_CHANGED = "document_changed"
    ROTATED_OUT = "rotated_out"  # a wording that took turns with others is shown no more
    ACCEPTED = "accepted"  # a held look (shrunk, another language, other text) that kept coming is the page now


@dataclass(frozen=True, slots=True)
class Notice:
    """Worth a line in a digest, but not a change: an article that entered or left, a brochure replaced."""

    kind: NoticeKind
    text: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that differs between two page texts of the same extractor version."""

    text_changed: bool
    changes: tuple[Change, ...]
    notices: tuple[Notice, ...] = ()
