"""What is read back: versions, visits, the ledger at a time, and the search."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Connection, Engine, text

from crawler.outcomes import Outcome
from monitor.errors import BodyCorruptError, NotFoundError
from monitor.store.bodies import get_body, put_body
from monitor.store.history import list_statements, list_visits, search_statements
from monitor.store.pages import add_clinic, add_page
from monitor.store.snapshots import get_capture, get_snapshot, list_captures, list_snapshots, load_page_text
from monitor.types import Family, Kind
from tests.db.observed import claim, hour, miss, page_text, see, see_again

OFFER = "We treat spinal cord injury with stem cells."
WEAK, STRONG = "It may help 80% of patients.", "It helps 90% of patients."
NOTE = "This treatment is not approved."


@pytest.fixture
def page_id(engine: Engine) -> int:
    """A page that said one thing, failed, said another, and then the first again."""
    with engine.begin() as connection:
        page = add_page(connection, add_clinic(connection, "a", "A").id, "https://a.example/1").id
        see(connection, page, hour(0), [OFFER, WEAK, NOTE], [claim(WEAK), claim(NOTE, Kind.STATUS)], ["Home About"])
        see_again(connection, page, hour(6))
        miss(connection, page, hour(12), "timeout.connect")
        see(connection, page, hour(18), [OFFER, STRONG], [claim(STRONG)])
        see(connection, page, hour(24), [OFFER, WEAK, NOTE], [claim(WEAK), claim(NOTE, Kind.STATUS)])
        see_again(connection, page, hour(30))
    return page


def test_versions_are_numbered_and_a_return_is_a_version_of_its_own(engine: Engine, page_id: int) -> None:
    with engine.begin() as connection:
        first, second, third = list_snapshots(connection, page_id)
        assert (first.number, second.number, third.number) == (1, 2, 3)
        assert first.compared_sha256 == third.compared_sha256 != second.compared_sha256
        assert (first.created_at, first.last_seen_at) == (hour(0), hour(6))
        assert third.last_seen_at == hour(30)
        assert (first.kind, first.final_url, first.title) == ("live", f"https://a.example/{page_id}/", "Treatments")


@pytest.mark.parametrize(
    ("wanted", "number"),
    [
        ({}, 3),
        ({"number": 2}, 2),
        ({"at": hour(0)}, 1),
        ({"at": hour(17.9)}, 1),
        ({"at": hour(18)}, 2),
        ({"at": hour(1000)}, 3),
    ],
)
def test_a_version_is_found_by_number_and_by_time(
    engine: Engine, page_id: int, wanted: dict[str, int], number: int
) -> None:
    with engine.begin() as connection:
        assert get_snapshot(connection, page_id, **wanted).number == number  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"number": 4}, "no snapshot 'version 4'; versions 1 to 3 are stored, the first of 2026-05-01 00:00 UTC"),
        ({"number": 0}, "no snapshot 'version 0'"),
        ({"at": hour(0) - timedelta(seconds=1)}, "no snapshot 'version at 2026-04-30T23:59:59"),
    ],
)
def test_a_version_that_is_not_there_tells_what_is(
    engine: Engine, page_id: int, wanted: dict[str, int], message: str
) -> None:
    with engine.begin() as connection, pytest.raises(NotFoundError) as caught:
        get_snapshot(connection, page_id, **wanted)  # type: ignore[arg-type]
    assert message in str(caught.value)


def test_a_page_without_versions_says_so(engine: Engine) -> None:
    with engine.begin() as connection:
        page = add_page(connection, add_clinic(connection, "a", "A").id, "https://a.example/1").id
        with pytest.raises(NotFoundError, match="the page has no version yet"):
            get_snapshot(connection, page)


def test_text_and_evidence_come_back(engine: Engine, page_id: int) -> None:
    with engine.begin() as connection:
        snapshot = get_snapshot(connection, page_id, number=2)
        assert load_page_text(connection, snapshot.text_sha256) == page_text([OFFER, STRONG])
        assert snapshot.capture_id is not None
        capture = get_capture(connection, snapshot.capture_id)
        assert get_body(connection, capture.body_sha256) == f"{OFFER}\n{STRONG}".encode()
        assert capture.redirects == ((f"https://a.example/{page_id}", 301, f"https://a.example/{page_id}/"),)
        assert capture.response_headers == b"Content-Type: text/html"
        assert [one.captured_at for one in list_captures(connection, page_id)] == [hour(0), hour(18), hour(24)]
        with pytest.raises(NotFoundError, match="no capture '999'"):
            get_capture(connection, 999)


def test_a_body_that_is_no_page_text_is_told(engine: Engine) -> None:
    with engine.begin() as connection:
        sha256 = put_body(connection, b"{}")
        with pytest.raises(BodyCorruptError):
            load_page_text(connection, sha256)


def test_every_visit_is_in_the_history_newest_first(engine: Engine, page_id: int) -> None:
    with engine.begin() as connection:
        visits = list_visits(connection, page_id)
        assert [visit.started_at for visit in visits] == [hour(n) for n in (30, 24, 18, 12, 6, 0)]
        assert [visit.snapshot_number for visit in visits] == [3, 3, 2, None, 1, 1]
        assert (visits[3].outcome, visits[3].reason) == (Outcome.FETCH_ERROR, "timeout.connect")
        assert len(list_visits(connection, page_id, limit=2)) == 2
        assert len(list_visits(connection, page_id, since=hour(12))) == 4
        assert [visit.id for visit in list_visits(connection, page_id, outcomes=[Outcome.FETCH_ERROR])] == [
            visits[3].id
        ]


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (hour(-1), []),
        (hour(0), [WEAK, NOTE]),
        (hour(17), [WEAK, NOTE]),
        (hour(18), [STRONG]),
        (hour(23), [STRONG]),
        (hour(24), [WEAK, NOTE]),
        (None, [WEAK, NOTE]),
    ],
)
def test_what_the_page_said_at_a_time(engine: Engine, page_id: int, at: object, said: list[str]) -> None:
    with engine.begin() as connection:
        assert [one.text for one in list_statements(connection, page_id, at=at)] == said  # type: ignore[arg-type]


def test_since_when_and_until_when(engine: Engine, page_id: int) -> None:
    with engine.begin() as connection:
        said = list_statements(connection, page_id, gone=True, families=[Family.CLAIM])
    assert [(one.text, one.first_seen_at, one.last_seen_at, one.gone_at) for one in said] == [
        (WEAK, hour(0), hour(6), hour(18)),
        (STRONG, hour(18), hour(18), hour(24)),
        (WEAK, hour(24), hour(30), None),
    ]
    assert [(one.first_number, one.last_number) for one in said] == [(1, 1), (2, 2), (3, 3)]
    assert (said[0].values, said[0].rule, said[0].path) == ((("percent", 80.0),), "test.rule", ("Treatments",))


def found(connection: Connection, words: str, **where: object) -> list[tuple[str, str]]:
    return [(hit.source, hit.text) for hit in search_statements(connection, words, **where)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("words", "texts"),
    [
        ("90%", [("statement", STRONG)]),
        ("HELPS patients", [("statement", STRONG)]),
        ("spinal cord", [("passage", OFFER)]),
        ('"cord spinal"', []),
        ('"stem cells"', [("passage", OFFER)]),
        ("approved", [("statement", NOTE), ("statement", NOTE)]),  # it went and came back
        ("inj*", [("passage", OFFER)]),
        ("spin* cells", [("passage", OFFER)]),
        ("injury or approved", [("statement", NOTE), ("statement", NOTE), ("passage", OFFER)]),
        ("stem -spinal", []),
        ("home", []),  # boilerplate
        ("nothing of it", []),
        ("", []),
        ("*", []),
        ("'; DROP TABLE page; --", []),
        ("a:b & (c | !d) <-> \\ \0 :*", []),
        ("\ud800", []),
    ],
)
def test_search(engine: Engine, page_id: int, words: str, texts: list[tuple[str, str]]) -> None:
    with engine.begin() as connection:
        assert found(connection, words) == texts


def test_search_tells_where_and_when_and_marks_the_words(engine: Engine, page_id: int) -> None:
    with engine.begin() as connection:
        (hit,) = search_statements(connection, "helps 90")
        assert hit.marked("[", "]") == "It [helps] [90]% of patients."
        assert (hit.page_id, hit.clinic_slug, hit.page_url) == (page_id, "a", "https://a.example/1")
        assert (hit.kind, hit.first_number, hit.first_seen_at, hit.gone_at) == (Kind.EFFICACY, 2, hour(18), hour(24))
        (offer,) = search_statements(connection, "spinal")
        assert (offer.first_seen_at, offer.gone_at, offer.kind) == (hour(0), None, None)


def test_search_within_a_clinic_and_a_page(engine: Engine, page_id: int) -> None:
    with engine.begin() as connection:
        other = add_page(connection, add_clinic(connection, "b", "B").id, "https://b.example/1").id
        see(connection, other, hour(40), [OFFER])
        assert len(found(connection, "spinal")) == 2
        assert len(found(connection, "spinal", clinic_slug="b")) == 1
        assert len(found(connection, "spinal", page_id=page_id)) == 1
        assert found(connection, "spinal", clinic_slug="c") == []
        assert len(found(connection, "spinal", limit=1)) == 1


def test_the_better_match_comes_first(engine: Engine, page_id: int) -> None:
    near, far = "cure paralysis", "cure many kinds of other things, among them perhaps at times also paralysis"
    with engine.begin() as connection:
        see(connection, page_id, hour(50), [far, near])
        assert found(connection, "cure paralysis") == [("passage", near), ("passage", far)]


def test_a_passage_of_a_megabyte_is_stored_and_found(engine: Engine, page_id: int) -> None:
    long = "beginning " + " ".join(f"word{number}" for number in range(120_000))
    with engine.begin() as connection:
        see(connection, page_id, hour(60), [long], [claim(long)])
        assert found(connection, "beginning word7")[0] == ("statement", long)


def test_the_search_uses_its_indexes(engine: Engine, page_id: int) -> None:
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        for table in ("statement", "passage"):
            plan = connection.execute(
                text(
                    f"EXPLAIN SELECT id FROM {table} WHERE to_tsvector('simple', left(text, 100000))"
                    " @@ websearch_to_tsquery('simple', 'spinal')"
                )
            ).scalars()
            assert f"{table}_text_idx" in " ".join(plan)
