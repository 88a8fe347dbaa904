"""From text to statements: kinds, negation, strength, numbers, concepts."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.meaning.language import detect_language
from monitor.meaning.quantities import find_quantities, read_number
from monitor.meaning.reading import read_sentence
from monitor.meaning.sentences import split_sentences
from monitor.meaning.statements import find_statements
from monitor.types import Kind, Statement
from tests.unit.meaning_pages import LANGUAGES, lexicons, page_of, statements_of


def kinds(text: str, language: str = "en") -> set[str]:
    return {str(statement.kind) for statement in statements_of(text, language)}


def only(text: str, kind: Kind, language: str = "en") -> Statement:
    (found,) = [s for s in statements_of(text, language) if s.kind is kind]
    return found


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "This treatment is not a cure.", {"outcome"}),
        ("en", "There is currently no cure for Parkinson's disease.", set()),
        ("en", "The therapy relieves pain.", {"efficacy"}),
        ("en", "It has not been approved by the FDA.", {"status"}),
        ("en", "Our clinic is approved by the FDA.", {"regulatory"}),
        ("en", "Side effects include fever and infection.", {"risk"}),
        ("en", "The procedure has no side effects.", {"safety"}),
        ("en", "Join 25,000 readers: get our FREE recovery guide by email!", set()),
        ("en", "We use cookies to improve your experience.", set()),
        ("en", "Only 3 places left this month!", {"urgency"}),
        ("nl", "De reguliere behandelmethodes genezen het zenuwstelsel niet.", set()),
        ("nl", "Deze therapie geneest de ziekte niet.", {"outcome"}),
        ("da", "Behandlingen helbreder ikke slidgigt.", {"outcome"}),
        ("de", "Die Wirksamkeit ist wissenschaftlich nicht ausreichend belegt.", {"status"}),
        ("fr", "Ce traitement ne guérit pas la maladie.", {"outcome"}),
        ("es", "No garantizamos los resultados.", {"outcome"}),
    ],
)
def test_the_kind_of_a_sentence(language: str, text: str, expected: set[str]) -> None:
    assert kinds(text, language) - {"indication"} == expected


@pytest.mark.parametrize(
    ("language", "weaker", "stronger"),
    [
        ("en", "The therapy may relieve pain.", "The therapy relieves pain."),
        ("en", "The therapy is being studied to relieve pain.", "The therapy may relieve pain."),
        ("en", "The therapy temporarily relieves pain.", "The therapy permanently relieves pain."),
        ("nl", "De therapie kan pijn verminderen.", "De therapie vermindert pijn."),
        ("da", "Behandlingen kan muligvis lindre smerter.", "Behandlingen lindrer smerter."),
        ("es", "La terapia podría aliviar el dolor.", "La terapia alivia el dolor."),
        ("de", "Die Therapie kann Schmerzen lindern.", "Die Therapie lindert Schmerzen dauerhaft."),
        ("fr", "Le traitement pourrait soulager la douleur.", "Le traitement soulage la douleur."),
    ],
)
def test_strength_is_ordered(language: str, weaker: str, stronger: str) -> None:
    low, high = (only(text, Kind.EFFICACY, language).strength for text in (weaker, stronger))
    assert low < high


@pytest.mark.parametrize(
    ("language", "text", "unit", "value"),
    [
        ("en", "80% of patients improved", "percent", 80),
        ("en", "four in five patients improved", "percent", 80),
        ("en", "two thirds of patients improved", "percent", 67),
        ("nl", "acht op de tien cliënten", "percent", 80),
        ("da", "fire ud af fem patienter", "percent", 80),
        ("es", "cuatro de cada cinco pacientes", "percent", 80),
        ("de", "vier von fünf Patienten", "percent", 80),
        ("fr", "quatre patients sur cinq", "percent", 80),
        ("en", "each infusion contains 1.5 million stem cells", "cells", 1_500_000),
        ("en", "for 6 months", "days", 180),
        ("nl", "na twee weken", "days", 14),
        ("da", "250.000 behandlinger", "procedures", 250_000),
    ],
)
def test_quantities(language: str, text: str, unit: str, value: float) -> None:
    if (language, text) == ("fr", "quatre patients sur cinq"):
        text = "quatre sur cinq patients"
    reading = read_sentence(text, lexicons().get(language))
    assert (unit, value) in [(q.unit, q.value) for q in find_quantities(reading)]


def test_a_price_for_each_injection_counts_no_injections() -> None:
    reading = read_sentence("$5,000 per injection", lexicons().get("en"))
    assert [q.unit for q in find_quantities(reading)] == []


@pytest.mark.parametrize("price", ["€4,900", "4,900 EUR", "$ 4,900", "EUR 4,900", "4,900 dollars"])
def test_a_price_counts_no_days(price: str) -> None:
    """Otherwise a changed price was told a second time, as a changed schedule."""
    reading = read_sentence(f"One course of treatment costs {price} and takes three days.", lexicons().get("en"))
    assert [(q.unit, q.value) for q in find_quantities(reading)] == [("days", 3.0)]


@pytest.mark.parametrize(
    ("text", "number"), [("5,000", 5000), ("5.000", 5000), ("7,5", 7.5), ("1.234.567", 1234567), ("x", None)]
)
def test_numbers_by_groups_of_three(text: str, number: float | None) -> None:
    assert read_number(text) == number


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "We treat multiple sclerosis."),
        ("en", "We treat MS."),
        ("nl", "Wij behandelen multiple sclerose."),
        ("da", "Vi behandler multipel sklerose."),
        ("es", "Tratamos la esclerosis múltiple."),
        ("de", "Wir behandeln Multiple Sklerose."),
        ("fr", "Nous traitons la sclérose en plaques."),
    ],
)
def test_a_condition_is_one_concept_in_every_language(language: str, text: str) -> None:
    assert only(text, Kind.INDICATION, language).terms == ("condition:ms",)


def test_an_unknown_disease_in_a_list_is_taken_as_it_is_written() -> None:
    terms = only("We treat lupus, scleromyxedema and autism.", Kind.INDICATION).terms
    assert "condition:=scleromyxedema" in terms


@pytest.mark.parametrize(
    ("text", "negated"),
    [
        ("It does not relieve pain", True),
        ("It does not only relieve pain", False),
        ("It is not harmful, but it relieves pain", False),
    ],
)
def test_the_scope_of_a_negation(text: str, negated: bool) -> None:
    reading = read_sentence(text, lexicons().get("en"))
    (relief,) = [hit for hit in reading.of("efficacy") if hit.entry.cue.startswith("relieve")]
    assert reading.is_negated(relief) is negated


def test_double_negation_is_none_in_english_and_one_in_spanish() -> None:
    english = read_sentence("It does not fail to relieve pain", lexicons().get("en"))
    spanish = read_sentence("No alivia ningún dolor nunca", lexicons().get("es"))
    assert not english.is_negated(english.of("efficacy")[0])
    assert spanish.is_negated(spanish.of("efficacy")[0])


def test_spans_of_cues_are_slices_of_the_sentence() -> None:
    for statement in statements_of("The treatment may relieve pain. It is not a cure. Our doctors are specialists."):
        assert statement.cues
        for cue in statement.cues:
            assert statement.text[cue.start : cue.end] == cue.text


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("It costs approx. 5,000 dollars. It helps.", 2),
        ("Prisen er 5.000 kr. pr. behandling. Den hjælper.", 2),
        ("Dr. Smith treats MS. Really? Yes!", 3),
        ("", 0),
        ("   ", 0),
    ],
)
def test_sentences(text: str, count: int) -> None:
    assert len(split_sentences(text, "en")) == count


@given(st.text(max_size=400))
def test_sentences_keep_every_word(text: str) -> None:
    assert "".join("".join(split_sentences(text, "en")).split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The treatment is safe and it works for most of the patients.", "en"),
        ("De behandeling is veilig en werkt bij de meeste patiënten.", "nl"),
        ("Behandlingen er sikker, og den virker hos de fleste patienter.", "da"),
        ("El tratamiento es seguro y funciona en la mayoría de los pacientes.", "es"),
        ("Die Behandlung ist sicher und wirkt bei den meisten Patienten.", "de"),
        ("Le traitement est sûr et il fonctionne chez la plupart des patients.", "fr"),
    ],
)
def test_language_of_a_block(text: str, language: str) -> None:
    assert detect_language(text, LANGUAGES, "en") == language
    assert detect_language(text, ("nl",), "nl") == "nl"


def test_short_text_has_no_language_of_its_own() -> None:
    assert detect_language("MS", LANGUAGES, "da") == "da"


def test_statements_of_unchanged_blocks_are_reused() -> None:
    page = page_of("The therapy relieves pain.\n\nIt is not a cure.")
    first = find_statements(page, lexicons())
    reuse = {block: tuple(s for s in first if s.block == i) for i, block in enumerate(page.blocks)}
    longer = page_of("Welcome to the clinic by the sea.\n\nThe therapy relieves pain.\n\nIt is not a cure.")
    assert [(s.kind, s.block) for s in find_statements(longer, lexicons(), reuse)] == [
        (s.kind, s.block + 1) for s in first
    ]


@given(st.text(max_size=300))
@settings(max_examples=60, deadline=None)
def test_any_text_can_be_read(text: str) -> None:
    for statement in statements_of(text):
        assert statement.key
        assert 0 <= statement.confidence <= 1
