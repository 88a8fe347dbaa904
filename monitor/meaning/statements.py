"""Page text → statements: every sentence, list item and table row that claims, prices or disclaims something.

Blocks are read one by one and what was found is kept (bounded, per process), so that the unchanged blocks of a page
cost one look-up each.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from threading import Lock

from monitor.meaning.claims import find_claims
from monitor.meaning.disclaimers import find_disclaimers
from monitor.meaning.draft import Draft, Setting, is_item
from monitor.meaning.language import detect_language
from monitor.meaning.lexicon import Lexicon, Lexicons
from monitor.meaning.matcher import Hit
from monitor.meaning.prices import find_prices
from monitor.meaning.quantities import find_quantities
from monitor.meaning.reading import Reading, read_sentence
from monitor.meaning.sentences import split_sentences
from monitor.meaning.terms import find_terms
from monitor.text.keys import fold, is_compared
from monitor.types import Block, BlockKind, Kind, PageText, Price, Region, Statement

Reuse = Mapping[Block, tuple[Statement, ...]]
_DOSES = frozenset({"cells", "sessions"})  # said of the treatment, even beside how many minutes it takes
_TERM_QUALIFIERS = frozenset({"discount_pct", "discount_abs", "deposit", "instalment", "covered"})
_SILENT = frozenset({BlockKind.TITLE, BlockKind.META, BlockKind.DOCUMENT})
_SHORT_LINE = 80  # characters; a line that short without a full stop stands for itself, like a list item
_SIGNED = re.compile(
    r"[–—-]\s*[^\W\d_][\w'’.]*(?:\s[^\W\d_][\w'’.]*){0,2}(?:,\s*(?:\d{1,3}|[^\W\d_][\w\s]{1,20}))?\.?$"
)
_QUOTES = ('"', "“", "„", "«", "‘", "'")
_STORY_CHARS = 800
_REMEMBERED = 50_000  # blocks


# What of a block decides what is found in it, and the lexicons' digest.
_Place = tuple[str, BlockKind, Region, tuple[str, ...], tuple[tuple[str, str], ...], str, str]
_memory: dict[_Place, tuple[Statement, ...]] = {}
_lock = Lock()


def find_statements(page: PageText, lexicons: Lexicons, reuse: Reuse | None = None) -> tuple[Statement, ...]:
    """The statements of every compared block of `page`, in document order.

    `reuse` maps blocks to statements found before with the same lexicons (their `block` number may be another one);
    blocks that are not in it are looked up in the memory of this process, then read.
    """
    found: list[Statement] = []
    for number, block in enumerate(page.blocks):
        if not is_compared(block) or block.kind in _SILENT:
            continue
        known = reuse.get(block) if reuse is not None else None
        statements = known if known is not None else _remembered(number, block, page.language, lexicons)
        found.extend(s if s.block == number else replace(s, block=number) for s in statements)
    return tuple(found)


def _remembered(number: int, block: Block, language: str, lexicons: Lexicons) -> tuple[Statement, ...]:
    place = (block.text, block.kind, block.region, block.path, block.cells, language, lexicons.digest)
    known = _memory.get(place)
    if known is not None:
        return known
    statements = tuple(replace(s, block=number) for s in read_block(block, language, lexicons))
    with _lock:
        _memory[place] = statements
        if len(_memory) > _REMEMBERED:
            for oldest in list(_memory)[: _REMEMBERED // 4]:
                del _memory[oldest]
    return statements


def read_block(block: Block, page_language: str, lexicons: Lexicons, number: int = 0) -> list[Statement]:
    """The statements of one block, the one at `number` of its page."""
    language = detect_language(block.text, lexicons.languages, page_language)
    lexicon = lexicons.get(language)
    setting = setting_of(block, lexicon)
    sentences = [block.text] if is_item(block) and len(block.text) < 200 else split_sentences(block.text, language)
    found: list[Statement] = []
    for sentence in dict.fromkeys(sentences):  # said twice in one block is said once
        reading = read_sentence(sentence, lexicon)
        cells = block.cells if len(sentences) == 1 else ()
        prices = _prices(reading, cells)
        drafts = [*prices, *(draft for draft in _meanings(reading, setting) if not prices or not _is_price_talk(draft))]
        if drafts:
            key = fold(sentence).casefold()
            found.extend(_statement(draft, reading, (block, number), key) for draft in drafts)
    return found


def _meanings(reading: Reading, setting: Setting) -> list[Draft]:
    quantities = find_quantities(reading)
    disclaimers = find_disclaimers(reading, setting, quantities)
    claims = find_claims(reading, setting, quantities, disclaimers)
    if any(_is_noise(hit) for hit in reading.of("noise")):
        claims = [claim for claim in claims if claim.absolute and claim.kind is not Kind.REGULATORY]
    elif reading.has("noise"):
        claims = [claim for claim in claims if claim.kind is not Kind.TREATMENT or dict(claim.values).keys() & _DOSES]
    return [*disclaimers, *claims]


def _is_noise(hit: Hit) -> bool:
    """Of the site, not of the clinic: a word of links only where it leads the line or is more than "related"."""
    if hit.entry.concept == "links":
        return hit.first == 0 or len(hit.at) > 1
    return hit.entry.concept != "logistics"


def _is_price_talk(draft: Draft) -> bool:
    """Where prices rise and most people pay, nobody is healed."""
    effects = any(term.startswith("effect:") for term in draft.terms)
    return draft.kind is Kind.EFFICACY and not draft.absolute and not effects


def _prices(reading: Reading, cells: tuple[tuple[str, str], ...]) -> list[Draft]:
    prices = _find_prices(reading, cells)
    amounts = tuple(price for price in prices if price.qualifier not in _TERM_QUALIFIERS and not _is_gift(price))
    others = tuple(price for price in prices if price not in amounts)
    drafts = []
    if amounts:
        drafts.append(Draft(kind=Kind.AMOUNT, rule="price.amount", prices=amounts))
    noise = any(hit.entry.concept != "logistics" for hit in reading.of("noise"))
    cues = () if noise else find_terms(reading.text, reading.language)
    if cues or (others and not noise):
        terms = tuple(sorted({cue.category for cue in cues}))
        drafts.append(Draft(kind=Kind.TERMS, rule="price.terms", prices=others, cues=cues, terms=terms))
    return drafts


def _is_gift(price: Price) -> bool:
    return price.qualifier == "free"


def _find_prices(reading: Reading, cells: tuple[tuple[str, str], ...]) -> tuple[Price, ...]:
    if not cells:
        return find_prices(reading.text, reading.language)
    service = cells[0][1]
    found: list[Price] = []
    for header, cell in cells:
        found.extend(replace(p, service=p.service or service) for p in find_prices(cell, reading.language, header))
    return tuple(found)


def _statement(draft: Draft, reading: Reading, place: tuple[Block, int], key: str) -> Statement:
    block, number = place
    return Statement(
        kind=draft.kind,
        text=reading.text,
        key=key,
        block=number,
        region=block.region,
        path=block.path,
        language=reading.language,
        rule=draft.rule,
        strength=draft.strength,
        negated=draft.negated,
        absolute=draft.absolute,
        subgroup=draft.subgroup,
        values=draft.values,
        terms=draft.terms,
        prices=draft.prices,
        cues=draft.cues,
        confidence=draft.confidence,
    )


def setting_of(block: Block, lexicon: Lexicon) -> Setting:
    """What the headings above a block say about it; the nearest two count."""
    risks = offers = results = stories = disease = links = status = False
    for heading in block.path[-2:]:
        reading = read_sentence(heading[:200], lexicon)
        risks |= any(not reading.is_negated(hit) for hit in reading.of("disc_risk"))
        stories |= any(hit.entry.concept == "heading" for hit in reading.of("testimonial"))
        links |= _is_link_list(reading)
        offers |= reading.has("offer")
        results |= reading.has("efficacy", "evidence")
        disease |= reading.has("disease_fact") and not reading.has("treatment_word", "source")
        status |= reading.has("disc_status", "regulatory")
    lone = len(block.text) <= _SHORT_LINE and not block.text.rstrip().endswith((".", "!", "?", ":"))
    return Setting(
        is_item=is_item(block) or lone,
        is_heading=block.kind is BlockKind.HEADING,
        risks=risks,
        offers=offers and not risks and not disease,
        results=results and not risks,
        stories=stories,
        signed=_is_signed(block),
        disease=disease,
        links=links,
        status=status,
    )


def _is_link_list(reading: Reading) -> bool:
    """Is the heading one over links ("Related articles"), and not "Sources of the cells", "Related conditions"?"""
    links = {at for hit in reading.of("noise") if hit.entry.concept == "links" for at in hit.at}
    words = sum(token.is_word for token in reading.tokens)
    return 2 * len(links) >= words > 0 and not reading.has("treatment_word", "source", "condition")


def _is_signed(block: Block) -> bool:
    """Is the block what somebody said: a quotation, or a line with a name and an age under it?"""
    text = block.text.strip()
    if len(text) > _STORY_CHARS:
        return False
    signature = _SIGNED.search(text[-80:])
    quoted = text.startswith(_QUOTES) or block.kind is BlockKind.QUOTE
    return signature is not None and (quoted or signature.group()[-1].isdigit())
