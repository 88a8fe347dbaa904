"""What does it cost? Prices in a sentence, table cell or list item, in six languages and the currencies of the world.

    text ─► tokens ─► amounts + marks ─► sums and ranges ─► qualifier, unit, service ─► Price
            price_tokens   price_amounts                     price_context

An amount needs a currency mark beside it (or in its column header). Exceptions: a percentage off, "free", "price on
request", and cover by an insurer. Doses, years, telephone numbers, counts and other percentages are no prices.
Linear in the length of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache

from monitor.meaning.currencies import (
    ANYCASE_CODES,
    SYMBOLS,
    codes_as_written,
    money_stroke_currency,
    resolve,
    word_marks,
)
from monitor.meaning.price_amounts import STROKE, MoneyReader
from monitor.meaning.price_context import ContextReader, Reading, settle_worth
from monitor.meaning.price_marks import find_marks
from monitor.meaning.price_service import service_of
from monitor.meaning.price_subjects import CONTACT_WORDS, is_elsewhere
from monitor.meaning.price_tokens import DASHES, Tokens, tokenize
from monitor.meaning.price_words import before_table, unit_table
from monitor.meaning.unpriced import find_covered, find_free, find_on_request, find_percentages
from monitor.meaning.unpriced_words import PERCENT_WORDS, covered_table, free_table, on_request_table
from monitor.types import Price

_SYMBOL = re.compile(f"[{re.escape(''.join(SYMBOLS))}%]")
_STROKE_OR_PREFIX = re.compile(rf"\d[.,][{DASHES}=]|\b[BS]/")
_DIGIT = re.compile(r"\d")
_WORD = re.compile(r"[^\W\d_]+")


def find_prices(text: str, language: str = "", header: str = "") -> tuple[Price, ...]:
    """The prices of a text, in order.

    `language` is the page's ("da", "en-AU", "" for unknown): it decides what "$" and "kr" mean where nothing else
    does. `header` is the column header of a table cell and may hold the currency, a unit or a qualifier. Spans are
    slices of `text`.
    """
    if not (_has_trigger(text, language) or header):
        return ()
    tokens = tokenize(text)
    fallback, heading = _read_header(header, language)
    money = MoneyReader(tokens, language, fallback)
    readings = ContextReader(tokens, language, money.read(), heading).readings()
    readings.extend(find_percentages(tokens, language, heading))
    readings.extend(_unpriced(tokens, language))
    readings = settle_worth(readings)
    readings.sort(key=lambda reading: reading.start)
    present = {placed.mark.meaning for placed in money.marks}
    meanings = {reading.meaning for reading in readings}
    currencies = {meaning: _currency(meaning, present, tokens, language) for meaning in meanings}
    prices = (_price(tokens, readings, index, currencies) for index in range(len(readings)))
    return tuple(price for price, said in _with_words(prices, text) if not is_elsewhere(price.service, said))


def _with_words(prices: Iterable[Price], text: str) -> Iterator[tuple[Price, str]]:
    """Each price with the words between it and the one before."""
    end = 0
    for price in prices:
        yield price, text[end : price.span[0]]
        end = price.span[1]


@cache
def _triggers(language: str) -> frozenset[str]:
    """Words without which a text has no price."""
    tables = (free_table(language), on_request_table(), covered_table())
    keys: frozenset[str] = frozenset().union(*(table.key_words() for table in tables))
    return keys | CONTACT_WORDS | _currency_words() | PERCENT_WORDS | {"cent", "ciento"}


@cache
def _currency_words() -> frozenset[str]:
    """Words that can only be a currency beside a number; those of one or two letters need a digit in the text."""
    return frozenset(word for word in word_marks() if len(word) > 2) | {code.lower() for code in ANYCASE_CODES}


def _has_trigger(text: str, language: str) -> bool:
    """Is there anything that could be a price? Decides in a few microseconds for most sentences."""
    if _SYMBOL.search(text) is not None:
        return True
    words = _WORD.findall(text)
    lowered = list(map(str.lower, words))
    if not _triggers(language[:2]).isdisjoint(lowered):
        return True
    if _DIGIT.search(text) is None:
        return False
    if not (codes_as_written().isdisjoint(words) and word_marks().keys().isdisjoint(lowered)):
        return True
    return _STROKE_OR_PREFIX.search(text) is not None


def _read_header(header: str, language: str) -> tuple[str | None, frozenset[str]]:
    """(currency meaning, qualifiers and units) that a column header gives to its cells."""
    if not header:
        return None, frozenset()
    tokens = tokenize(header)
    marks = find_marks(tokens, language)
    said = {
        "discount_abs" if meaning == "discount" else meaning for meaning, *_ in before_table(language[:2]).find(tokens)
    }
    said |= {meaning for meaning, *_ in unit_table(language[:2]).find(tokens)}
    strong = [placed.mark.meaning for placed in marks if not placed.mark.weak]
    return (strong[0] if strong else None), frozenset(said)


def _unpriced(tokens: Tokens, language: str) -> list[Reading]:
    """Free, covered and on request: of free and covered in one text, the cover says more."""
    free = list(find_free(tokens, language))
    covered = list(find_covered(tokens, bool(free)))
    return [*(covered or free), *find_on_request(tokens)]


def _currency(meaning: str | None, present: set[str], tokens: Tokens, language: str) -> str | None:
    if meaning is None:
        return None
    if meaning == STROKE.meaning:
        return money_stroke_currency(language)
    return resolve(meaning, present, tokens.words, language)


def _price(tokens: Tokens, readings: list[Reading], index: int, currencies: dict[str | None, str | None]) -> Price:
    """The reading at `index` as a price, with the service named between its neighbours."""
    reading = readings[index]
    span = (tokens.starts[reading.start], tokens.ends[reading.end - 1])
    left = tokens.ends[readings[index - 1].end - 1] if index else 0
    right = tokens.starts[readings[index + 1].start] if index + 1 < len(readings) else len(tokens.text)
    return Price(
        low=reading.low,
        high=reading.high,
        currency=currencies[reading.meaning],
        qualifier=reading.qualifier,
        unit=reading.unit,
        span=span,
        service=service_of(tokens.text, span, left, right),
    )
