"""What a changed price means: direction and severity by the taxonomy, and the line that people read."""

from __future__ import annotations

import pytest

from monitor.compare.price_changes import compare_price_statements, compare_terms, format_amount, relative_change
from monitor.meaning.prices import find_prices
from monitor.meaning.terms import find_terms
from monitor.types import Kind, Price, Region, Statement


def statement(text: str, language: str, kind: Kind = Kind.AMOUNT) -> Statement:
    return Statement(
        kind=kind, text=text, key=text.casefold(), block=0, region=Region.MAIN, path=(), language=language, rule="test",
        prices=find_prices(text, language), cues=find_terms(text, language) if kind is Kind.TERMS else (),
    )  # fmt: skip


def change(before: str, after: str, language: str) -> str:
    """ "direction severity" of the change, "" for none."""
    found = compare_price_statements(statement(before, language), statement(after, language))
    return f"{found[0]} {found[1]}" if found else ""


CHANGES = [
    # amounts: a quarter is the line between medium and high
    ("en", "Single joint from £4,995", "Single joint from £5,495", "increased medium"),
    ("en", "The programme costs $25,000.", "The programme costs $2,500.", "decreased high"),
    ("en", "$4,000", "$5,000", "increased high"),
    ("en", "$4,000", "$4,999", "increased medium"),
    ("en", "$4,000", "$3,000", "decreased high"),
    ("da", "20.000-100.000 DKK", "25.000-120.000 DKK", "increased high"),
    ("da", "20.000-100.000 DKK", "20.000-120.000 DKK", "increased medium"),
    ("da", "20.000-100.000 DKK", "15.000-75.000 DKK", "decreased high"),
    ("es", "Una rodilla: 3.900 €", "Una rodilla: desde 2.900 €", "decreased high"),
    ("fr", "Programme : 18 500 €", "Programme : 13 500 €", "decreased high"),
    ("en", "Most people pay between five and eight thousand dollars.",
     "Most people pay between five and eight thousand dollars, our fee is now nine thousand dollars.",
     "increased high"),
    ("en", "$9,000", "Was $9,000, now $7,500", "decreased medium"),
    # currency, unit, qualifier
    ("en", "Total: $12,500", "Total: £12,500", "changed high"),
    ("da", "Fra 2.000 kr. per behandling", "Fra 2.000 € per behandling", "changed high"),
    ("es", "Paquete: $14,900 USD", "Paquete: $14,900 MXN", "changed high"),
    ("nl", "Prijs: € 11.750", "Prijs: vanaf € 11.750", "changed medium"),
    ("nl", "€ 5.000 per knie", "€ 5.000 per behandeling", "changed medium"),
    ("nl", "€ 5.000", "€ 5.000 per knie", "changed medium"),
    ("en", "$9,000", "$199/month", "changed medium"),
    ("en", "$9,000", "price on request", "removed medium"),
    ("en", "about $5,000", "$5,000", "changed medium"),
    # free and paid
    ("en", "Free consultation", "Consultation $250", "increased high"),
    ("nl", "Consult: € 95", "Consult: gratis", "decreased high"),
    # prices that come and go beside others
    ("en", "Knee $5,000", "Knee $5,000, hip $6,000, shoulder $7,000", "added medium"),
    ("en", "Knee $5,000, hip €6,000", "Knee $5,000", "removed medium"),
    # several: the gravest is told
    ("en", "Knee $5,000, hip $6,000", "Knee $5,100, hip $9,000", "increased high"),
    # the same in other words
    ("en", "The fee is $5,000 per knee.", "The fee is USD 5,000.00 per knee.", ""),
    ("en", "$5,000", "five thousand dollars", ""),
    ("en", "$5k-$8k", "between $5,000 and $8,000", ""),
    ("nl", "€ 12.950,-", "12.950 euro", ""),
    ("fr", "150 €", "150,00 €", ""),
    ("en", "Knee $5,000, hip $6,000", "Hip $6,000, knee $5,000", ""),
    ("en", "now $7,500", "$7,500", ""),
    ("en", "Was $9,000, now $7,500", "$7,500", ""),
    ("da", "20.000 til 100.000 kr.", "mellem 20.000 og 100.000 DKK", ""),
]  # fmt: skip


@pytest.mark.parametrize(("language", "before", "after", "expected"), CHANGES)
def test_changes(language: str, before: str, after: str, expected: str) -> None:
    assert change(before, after, language) == expected


_OPPOSITE = {"increased": "decreased", "decreased": "increased", "added": "removed", "removed": "added"}


@pytest.mark.parametrize(("language", "before", "after", "expected"), CHANGES)
def test_backwards_a_change_has_the_opposite_direction(language: str, before: str, after: str, expected: str) -> None:
    direction = expected.partition(" ")[0]
    assert change(after, before, language).partition(" ")[0] == _OPPOSITE.get(direction, direction)


@pytest.mark.parametrize(
    ("language", "before", "after", "reason"),
    [
        ("da", "20.000-100.000 DKK", "25.000-120.000 DKK", "20.000–100.000 DKK → 25.000–120.000 DKK (+25 %)"),
        ("en", "from £4,995 per joint", "from £5,495 per joint",
         "from 4,995 GBP per joint → from 5,495 GBP per joint (+10 %)"),
        ("en", "$12,500", "£12,500", "12,500 USD → 12,500 GBP (currency)"),
        ("fr", "18 500 €", "13 500 €", "18\u202f500 EUR → 13\u202f500 EUR (−27 %)"),
        ("en", "Free consultation", "Consultation $250", "free → 250 USD"),
        ("nl", "€ 5.000 per knie", "€ 5.000 per behandeling", "5.000 EUR per joint → 5.000 EUR per treatment (unit)"),
    ],
)  # fmt: skip
def test_the_reason_is_a_line_for_people(language: str, before: str, after: str, reason: str) -> None:
    found = compare_price_statements(statement(before, language), statement(after, language))
    assert found is not None
    assert found[2] == reason


def test_the_larger_relative_change_of_a_range_decides() -> None:
    old = Price(20_000, 100_000, "DKK", "range")
    assert relative_change(old, Price(22_000, 99_000, "DKK", "range")) == pytest.approx(0.10)
    assert relative_change(old, Price(20_000, 60_000, "DKK", "range")) == pytest.approx(-0.40)
    assert relative_change(old, Price(25_000, None, "DKK", "from")) == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("amount", "language", "expected"),
    [(20_000, "da", "20.000"), (1_250.5, "en", "1,250.50"), (1_250.5, "de", "1.250,50"), (18_500, "fr", "18\u202f500")],
)
def test_amounts_are_shown_as_the_language_writes_them(amount: float, language: str, expected: str) -> None:
    assert format_amount(amount, language) == expected


TERM_CHANGES = [
    ("nl", "De behandeling wordt niet vergoed door de zorgverzekeraar.",
     "De behandeling wordt in veel gevallen vergoed door de zorgverzekeraar.",
     "terms: not covered → covered, partly covered"),
    ("da", "Behandlingen er dækket af det offentlige i særlige tilfælde.",
     "Behandlingen er ikke dækket af det offentlige.",
     "terms: covered, partly covered → not covered"),
    ("en", "The deposit is refundable.", "The deposit is non-refundable.", "terms: refund → not refundable"),
    ("en", "Save 20% on PRP", "Save 30% on PRP", "terms: discount 20 % → discount 30 %"),
    ("en", "A deposit of $500 is due.", "A deposit of $900 is due.", "terms: deposit 500 USD → deposit 900 USD"),
    ("de", "Die Krankenkassen übernehmen die Kosten nicht.",
     "Die Kosten werden von der Krankenkasse nicht übernommen.", None),
    ("en", "Most insurers do not cover this treatment.", "This treatment is not covered by insurance.", None),
    ("en", "We accept Medicare.", "Medicare is accepted.", None),
]  # fmt: skip


@pytest.mark.parametrize(("language", "before", "after", "reason"), TERM_CHANGES)
def test_terms_change_or_say_the_same(language: str, before: str, after: str, reason: str | None) -> None:
    found = compare_terms(statement(before, language, Kind.TERMS), statement(after, language, Kind.TERMS))
    if reason is None:
        assert found is None
    else:
        assert found is not None
        assert (found[0], found[1], found[2]) == ("changed", "medium", reason)
