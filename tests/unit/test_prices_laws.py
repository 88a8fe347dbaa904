"""Laws of the price reader: it never fails, its spans are true, and its time grows with the text and no faster."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.meaning.numbers import WORDS, parse_numeral, read_words
from monitor.meaning.prices import find_prices
from monitor.meaning.terms import find_terms

LANGUAGES = ("en", "nl", "da", "es", "de", "fr", "", "sv")
_SCRAPS = (
    "$ € £ kr kr. DKK USD EUR , - – . ,- % 5 12.500 1.250,50 3 900 1'250 k mio to til tot a à bis between "
    "and mellem og from fra vanaf ab desde up per knee pr. behandling / month was now free gratis deposit "
    "save off five thousand cinq mille fünf tausend elfduizend ( ) : ; + x \u202f \u00a0 U.S. R$ 万 円 "
    "insurance covered not"
)
SCRAPS = st.sampled_from(_SCRAPS.split(" "))
TEXTS = st.one_of(
    st.text(max_size=80), st.lists(SCRAPS, max_size=30).map(" ".join), st.lists(SCRAPS, max_size=30).map("".join)
)


@settings(max_examples=400, deadline=None)
@given(TEXTS, st.sampled_from(LANGUAGES), st.sampled_from(["", "Price (USD)", "Prijs in €", "Discount"]))
def test_any_text_gives_prices_with_true_spans(text: str, language: str, header: str) -> None:
    for price in find_prices(text, language, header):
        start, end = price.span
        assert 0 <= start < end <= len(text)
        assert price.low is None or price.low >= 0
        assert price.low is None or price.high is None or price.low <= price.high
        assert price.currency is None or (len(price.currency) == 3 and price.currency.isupper())
        assert price.qualifier != "range" or (price.low is not None and price.high is not None)


@settings(max_examples=200, deadline=None)
@given(TEXTS, st.sampled_from(LANGUAGES))
def test_any_text_gives_terms_with_true_spans(text: str, language: str) -> None:
    for cue in find_terms(text, language):
        assert text[cue.start : cue.end] == cue.text
        assert cue.category.startswith("terms_")


GROUPED = {
    "comma": lambda n: f"{n:,}",
    "dot": lambda n: f"{n:,}".replace(",", "."),
    "space": lambda n: f"{n:,}".replace(",", " "),
    "narrow space": lambda n: f"{n:,}".replace(",", "\u202f"),
    "apostrophe": lambda n: f"{n:,}".replace(",", "’"),
    "plain": str,
}


@pytest.mark.parametrize("style", GROUPED)
@settings(max_examples=60, deadline=None)
@given(number=st.integers(min_value=1000, max_value=999_999_999))
def test_thousands_are_read_by_groups_of_three_whatever_the_mark(style: str, number: int) -> None:
    written = GROUPED[style](number)
    assert parse_numeral(written) == number
    for text in (f"€ {written}", f"{written} €", f"EUR {written}", f"{written} euro"):
        (price,) = find_prices(text, "nl")
        assert (price.low, price.high, price.currency) == (number, number, "EUR"), text


@settings(max_examples=60, deadline=None)
@given(st.integers(min_value=1000, max_value=99_999), st.integers(min_value=1, max_value=99))
def test_cents_follow_any_thousands_mark(whole: int, cents: int) -> None:
    value = whole + cents / 100
    grouped = f"{whole:,}"
    for thousands, decimal in ((",", "."), (".", ","), (" ", ",")):
        written = f"{grouped.replace(',', thousands)}{decimal}{cents:02}"
        assert parse_numeral(written) == pytest.approx(value)


@settings(max_examples=100, deadline=None)
@given(
    st.integers(min_value=1, max_value=400).map(lambda n: n * 1000),
    st.integers(min_value=1, max_value=400).map(lambda n: n * 1000),
)
def test_a_range_is_the_same_however_it_is_written(one: int, other: int) -> None:
    low, high = sorted((one, other))
    if low == high:
        return
    english = [f"${low:,} to ${high:,}", f"${low:,}-${high:,}", f"between ${low:,} and ${high:,}",
               f"${low:,} – {high:,}",
               f"USD {low}-{high}", f"from ${low:,} to ${high:,}", f"${low // 1000}k-${high // 1000}k"]  # fmt: skip
    for text in english:
        (price,) = find_prices(text, "en")
        assert (price.low, price.high, price.currency, price.qualifier) == (low, high, "USD", "range"), text


@pytest.mark.parametrize("language", WORDS)
def test_small_numbers_in_words_have_one_value_each(language: str) -> None:
    for word, value in WORDS[language].small.items():
        parts = word.replace("-", " - ").split()
        reading = read_words(parts, 0, language)
        assert reading is not None, word
        assert reading.value == value, word


SIZE = 100_000
HOSTILE = {
    "digits": "1",
    "digits and dots": "1.",
    "groups of three": "111 ",
    "only marks": "$",
    "letters": "a",
    "number words": "five ",
    "a compound": "duizend",
    "ranges": "$1-",
    "percent": "1%",
    "qualifiers": "was ",
    "save": "save ",
    "free": "free ",
    "cover": "covered by insurance ",
}
"""What a hostile page could send, over and over."""

SECONDS = 20
"""Of CPU for `SIZE` characters, on a slow and busy machine; in quadratic time it would be hours."""


@pytest.mark.parametrize("name", HOSTILE)
def test_any_amount_of_anything_is_read_in_bounded_time(name: str) -> None:
    text = HOSTILE[name] * (SIZE // len(HOSTILE[name]))
    language = "nl" if name == "a compound" else "en"
    started = time.process_time()
    for hostile in (text, f"€{text}", f"{text} dollars"):
        find_prices(hostile, language)
    find_terms(text, language)
    assert time.process_time() - started < SECONDS


def test_a_sentence_without_a_price_costs_next_to_nothing() -> None:
    sentence = (
        "These cells are especially attractive for medical use because they are easy to obtain, do not cause pain "
        "or harm to the donor and come from fat tissue."
    )
    find_prices(sentence, "en")
    best = min(_seconds(lambda: find_prices(sentence, "en"), 200) for _ in range(7))
    assert best < 30e-6, f"{best * 1e6:.1f} µs"


def _seconds(work: object, times: int) -> float:
    started = time.process_time()
    for _ in range(times):
        work()  # type: ignore[operator]
    return (time.process_time() - started) / times
