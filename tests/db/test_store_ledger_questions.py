"""Since when does this page say that, how was it worded over time, and what does the whole clinic claim?"""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, Engine, text

from monitor.store.history import list_clinic_statements
from monitor.store.pages import add_clinic, add_page, get_clinic
from monitor.store.sightings import Since, phrase_pattern, since_when
from monitor.store.wordings import Rewording, join_wordings, list_threads
from monitor.types import Kind
from tests.db.observed import claim, find_change, hour, miss, see, see_again

OFFER = "We treat spinal cord injury with stem cells."
WEAK, STRONG = "It may help 80 % of patients.", "It helps 90% of patients."
NOTE = "This treatment is “not a cure”."


@pytest.fixture
def page_id(engine: Engine) -> int:
    """A page that made its claim stronger after a failed look, and took it back."""
    with engine.begin() as connection:
        page = add_page(connection, add_clinic(connection, "a", "A").id, "https://a.example/1").id
        see(connection, page, hour(0), [OFFER])
        see(connection, page, hour(6), [OFFER, WEAK, NOTE], [claim(WEAK), claim(NOTE, Kind.OUTCOME)])
        miss(connection, page, hour(12), "timeout.connect")
        see(connection, page, hour(18), [OFFER, STRONG], [claim(STRONG)])
        find_change(connection, page, None, hour(18), STRONG)
        connection.execute(text("UPDATE change SET before = :words"), {"words": WEAK})
        see(connection, page, hour(24), [OFFER, WEAK], [claim(WEAK)])
        see_again(connection, page, hour(30))
    return page


def asked(engine: Engine, page_id: int, phrase: str) -> Since:
    with engine.begin() as connection:
        return since_when(connection, page_id, "https://a.example/1", phrase)


@pytest.mark.parametrize(
    ("phrase", "first", "number", "not_yet", "gone"),
    [
        ("80%", hour(6), 2, hour(0), None),
        ("80 %", hour(6), 2, hour(0), None),
        ("MAY help", hour(6), 2, hour(0), None),
        ("90%", hour(18), 3, hour(6), hour(24)),  # the look at hour 12 failed: it proves nothing
        ('"not a cure"', hour(6), 2, hour(0), hour(18)),
        ("stem-cells", hour(0), 1, None, None),
        ("inj*", hour(0), 1, None, None),
    ],
)
def test_since_when_a_page_says_it(
    engine: Engine, page_id: int, phrase: str, first: object, number: int, not_yet: object, gone: object
) -> None:
    answer = asked(engine, page_id, phrase)
    assert (answer.first_seen_at, answer.first_number, answer.not_yet_at) == (first, number, not_yet)
    assert (answer.stands, answer.gone_at) == (gone is None, gone)


@pytest.mark.parametrize("phrase", ["70%", "180%", "0%", "may help patients", "cell", "", "  ", "*", "'; DROP TABLE"])
def test_what_was_never_said(engine: Engine, page_id: int, phrase: str) -> None:
    answer = asked(engine, page_id, phrase)
    assert (answer.sightings, answer.first_seen_at, answer.stands) == ((), None, False)


def test_each_stretch_is_told_once(engine: Engine, page_id: int) -> None:
    sightings = asked(engine, page_id, "80%").sightings
    assert [(one.source, one.first_seen_at, one.gone_at) for one in sightings] == [
        ("statement", hour(6), hour(18)),
        ("statement", hour(24), None),
    ]


def test_text_that_was_there_before_it_was_a_statement_counts(engine: Engine) -> None:
    with engine.begin() as connection:
        page = add_page(connection, add_clinic(connection, "a", "A").id, "https://a.example/1").id
        see(connection, page, hour(0), [WEAK])
        see(connection, page, hour(6), [WEAK, OFFER], [claim(WEAK)])
    answer = asked(engine, page, "80%")
    assert (answer.first_seen_at, answer.first_number) == (hour(0), 1)
    assert [one.source for one in answer.sightings] == ["passage", "statement"]


def test_another_pages_words_are_not_this_ones(engine: Engine, page_id: int) -> None:
    with engine.begin() as connection:
        other = add_page(connection, get_clinic(connection, "a").id, "https://a.example/2").id
        see(connection, other, hour(1), ["Only here."])
    assert asked(engine, page_id, "only here").sightings == ()
    assert asked(engine, other, "only here").first_seen_at == hour(1)


@pytest.mark.parametrize(
    ("phrase", "words", "is_there"),
    [
        ("80", "80.5", False),
        ("80", "1.80", False),
        ("80", "80.", True),
        ("20.000", "20.000-100.000", True),
        ("100.000", "20.000-100.000", True),
        ("no cure", "nocure", False),
        ("(FDA)", "by the (fda) and", True),
        ("cure", "securely", False),
        ("$5,000", "only $5,000!", True),
    ],
)
def test_a_phrase_is_whole_words_in_their_order(phrase: str, words: str, is_there: bool) -> None:
    pattern = phrase_pattern(phrase)
    assert pattern is not None
    assert bool(pattern.search(words)) is is_there


def wordings(connection: Connection, page_id: int) -> list[list[str]]:
    return [[one.text for one in thread.wordings] for thread in list_threads(connection, page_id)]


def test_a_statement_and_its_wordings_over_time(engine: Engine, page_id: int) -> None:
    with engine.begin() as connection:
        assert wordings(connection, page_id) == [[WEAK, STRONG], [WEAK], [NOTE]]
        (first, *_) = list_threads(connection, page_id)
        assert [(one.first_seen_at, one.gone_at) for one in first.wordings] == [
            (hour(6), hour(18)),
            (hour(18), hour(24)),
        ]
        find_change(connection, page_id, None, hour(24), WEAK)
        connection.execute(text("UPDATE change SET before = :old WHERE after = :new"), {"old": STRONG, "new": WEAK})
        assert wordings(connection, page_id) == [[WEAK, STRONG, WEAK], [NOTE]]


def test_joining_loses_and_doubles_nothing(engine: Engine, page_id: int) -> None:
    with engine.begin() as connection:
        entries = [one for thread in list_threads(connection, page_id) for one in thread.wordings]
    every = {one.text for one in entries}
    changes = [Rewording(Kind.EFFICACY, a, b, n, n + 1) for a in every for b in every for n in range(5)]
    joined = [one.id for thread in join_wordings(entries, changes) for one in thread.wordings]
    assert sorted(joined) == sorted(one.id for one in entries)


def test_what_a_clinic_claims_on_all_its_pages(engine: Engine, page_id: int) -> None:
    with engine.begin() as connection:
        clinic = get_clinic(connection, "a").id
        other = add_page(connection, clinic, "https://a.example/0").id
        see(connection, other, hour(3), [STRONG], [claim(STRONG), claim(NOTE, Kind.OUTCOME)])
        elsewhere = add_page(connection, add_clinic(connection, "b", "B").id, "https://b.example/0").id
        see(connection, elsewhere, hour(3), [STRONG], [claim(STRONG)])

        def claimed(**how: object) -> list[tuple[str, str]]:
            found = list_clinic_statements(connection, clinic, (Kind.EFFICACY,), **how)  # type: ignore[arg-type]
            return [(one.page_url[-1], one.text) for one in found]

        assert claimed() == [("0", STRONG), ("1", WEAK)]
        assert claimed(at=hour(2)) == []
        assert claimed(at=hour(20)) == [("0", STRONG), ("1", STRONG)]
        assert claimed(gone=True) == [("0", STRONG), ("1", WEAK), ("1", STRONG), ("1", WEAK)]
