"""The chain of records: whatever is edited, dropped, swapped, inserted or cut off is found."""

from __future__ import annotations

import hashlib
import json
import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, insert, text

from crawler.outcomes import Outcome
from crawler.types import Exchange, Hop, Result, Target, TlsInfo
from monitor.errors import NotFoundError, StoreError
from monitor.evidence.chain import canonical_json, visit_record
from monitor.store.pages import add_clinic, add_page
from monitor.store.records import append_record, get_record, verify_chain
from monitor.store.tables import visit

NOW = datetime(2026, 5, 3, 12, 0, 0, 123456, tzinfo=UTC)


def looked(number: int) -> Result:
    """The result of a look: every third one failed."""
    target = Target("https://a.example/page")
    started = NOW + timedelta(hours=number)
    if number % 3 == 2:
        return Result(target, Outcome.FETCH_ERROR, "timeout.connect", Exchange(target.url, started, 15.0), "no answer")
    exchange = Exchange(
        "https://a.example/page/",
        started,
        0.25,
        status=200,
        request_headers=((b"User-Agent", b"Clinicwatch/0.1"),),
        response_headers=((b"Content-Type", b"text/html"), (b"X-Odd", b"caf\xe9\x00\xff"), (b"X-Odd", b"")),
        redirects=(Hop("https://a.example/page", 301, "/page/"),),
        address="192.0.2.1:443",
        tls=TlsInfo("ab" * 32, NOW + timedelta(days=90)),
    )
    return Result(target, Outcome.OK, None, exchange)


def record_look(connection: Connection, page_id: int, number: int) -> int:
    """One visit and its record, as ingest writes them; the visit's id."""
    result = looked(number)
    values = {
        "page_id": page_id,
        "started_at": result.exchange.started_at,
        "duration_ms": 250,
        "purpose": "scheduled",
        "outcome": str(result.outcome),
        "reason": result.reason,
        "http_status": result.exchange.status,
    }
    visit_id = connection.execute(insert(visit).values(values).returning(visit.c.id)).scalar_one()
    body = hashlib.sha256(b"a page").digest() if result.exchange.status else None
    content = visit_record(
        visit_id=visit_id, page_id=page_id, purpose="scheduled", result=result, body_sha256=body, extractor="1"
    )
    append_record(connection, visit_id, content)
    return int(visit_id)


@pytest.fixture
def page_id(engine: Engine) -> int:
    with engine.begin() as connection:
        return add_page(connection, add_clinic(connection, "a", "A").id, "https://a.example/page").id


@pytest.fixture
def chain(engine: Engine, page_id: int) -> list[int]:
    """The visits of a chain of five records."""
    visits = []
    for number in range(5):
        with engine.begin() as connection:
            visits.append(record_look(connection, page_id, number))
    return visits


def test_an_empty_chain_is_whole(engine: Engine) -> None:
    with engine.begin() as connection:
        report = verify_chain(connection)
    assert (report.is_whole, report.records, report.head_sha256) == (True, 0, "00" * 32)


def test_each_record_names_the_one_before_and_failed_looks_are_links_too(engine: Engine, chain: list[int]) -> None:
    previous = "00" * 32
    with engine.begin() as connection:
        for number, visit_id in enumerate(chain, start=1):
            record = get_record(connection, visit_id)
            said = json.loads(record.content)
            assert (said["number"], said["previous"], said["visit"]["visit"]) == (number, previous, visit_id)
            assert canonical_json(said) == record.content
            assert hashlib.sha256(record.content).hexdigest() == record.sha256
            previous = record.sha256
        failed = json.loads(get_record(connection, chain[2]).content)["visit"]
        assert (failed["outcome"], failed["reason"], failed["body_sha256"]) == ("fetch_error", "timeout.connect", None)
        report = verify_chain(connection)
    assert (report.is_whole, report.records, report.head_sha256) == (True, 5, previous)


def test_a_record_holds_every_byte_of_the_headers(engine: Engine, chain: list[int]) -> None:
    with engine.begin() as connection:
        said = json.loads(get_record(connection, chain[0]).content)["visit"]
    sent_back = tuple((name.encode("latin-1"), value.encode("latin-1")) for name, value in said["response_headers"])
    assert sent_back == looked(0).exchange.response_headers
    assert said["started_at"] == "2026-05-03T12:00:00.123456Z"
    assert said["user_agent"] == "Clinicwatch/0.1"


EDITED = "replace(convert_from(content, 'UTF8'), 'timeout.connect', 'timeout.tls')"
TAMPERING = {
    "content edited": ("UPDATE record SET content = content || ' ' WHERE number = 3", 3, "does not hash"),
    "digest edited": (
        "UPDATE record SET sha256 = decode(repeat('ab', 32), 'hex') WHERE number = 3",
        3,
        "does not hash",
    ),
    "content and digest edited": (
        f"UPDATE record SET content = convert_to({EDITED}, 'UTF8'), sha256 = sha256(convert_to({EDITED}, 'UTF8'))"
        " WHERE number = 3",
        3,
        "the visit's row says otherwise: reason 'timeout.connect' ≠ 'timeout.tls'",
    ),
    "content, digest and visit edited": (
        f"UPDATE record SET content = convert_to({EDITED}, 'UTF8'), sha256 = sha256(convert_to({EDITED}, 'UTF8'))"
        " WHERE number = 3; UPDATE visit SET reason = 'timeout.tls' WHERE reason = 'timeout.connect'",
        4,
        "does not name the record before it",
    ),
    "not a record": (
        "UPDATE record SET content = 'x', sha256 = sha256('x') WHERE number = 2",
        2,
        "the content is no record",
    ),
    "a visit's outcome edited": (
        "UPDATE visit SET outcome = 'ok', reason = NULL WHERE id = (SELECT visit_id FROM record WHERE number = 3)",
        3,
        "outcome 'ok' ≠ 'fetch_error'",
    ),
    "a visit's time edited": (
        "UPDATE visit SET started_at = started_at - interval '1s' "
        "WHERE id = (SELECT visit_id FROM record WHERE number = 1)",
        1,
        "started_at '2026-05-03T11:59:59.123456Z'",
    ),
    "first deleted": ("DELETE FROM record WHERE number = 1", 1, "record 1 is missing"),
    "one in the middle deleted": ("DELETE FROM record WHERE number = 3", 3, "record 3 is missing"),
    "deleted and renumbered": (
        "DELETE FROM record WHERE number = 3; UPDATE record SET number = number - 1 WHERE number > 3;"
        "UPDATE chain_head SET number = 4",
        3,
        "does not name the record before it",
    ),
    "last deleted": ("DELETE FROM record WHERE number = 5", 5, "ends with record 4, but its head names record 5"),
    "last deleted, head set back": (
        "DELETE FROM record WHERE number = 5;"
        "UPDATE chain_head SET number = 4, sha256 = (SELECT sha256 FROM record WHERE number = 4)",
        5,
        "has no record",
    ),
    "two swapped": (
        "UPDATE record SET number = -2 WHERE number = 2; UPDATE record SET number = 2 WHERE number = 3;"
        "UPDATE record SET number = 3 WHERE number = -2",
        2,
        "does not name the record before it",
    ),
    "head edited": ("UPDATE chain_head SET sha256 = sha256('x')", 6, "but its head names"),
    "head deleted": ("DELETE FROM chain_head", 6, "but its head names nothing"),
    "a visit written beside the chain": (
        "INSERT INTO visit (page_id, started_at, duration_ms, purpose, outcome)"
        " SELECT page_id, started_at, 1, 'manual', 'ok' FROM visit LIMIT 1",
        6,
        "has no record",
    ),
}


@pytest.mark.parametrize(("statements", "number", "problem"), TAMPERING.values(), ids=TAMPERING)
def test_tampering_is_found_where_it_is(
    engine: Engine, chain: list[int], statements: str, number: int, problem: str
) -> None:
    with engine.begin() as connection:
        for statement in statements.split(";"):
            connection.execute(text(statement))
        report = verify_chain(connection)
    assert report.first_break is not None
    assert report.first_break.number == number
    assert problem in report.first_break.problem
    assert report.records == number - 1


def test_an_edited_byte_anywhere_is_found(engine: Engine, chain: list[int]) -> None:
    with engine.begin() as connection:
        content = get_record(connection, chain[1]).content
    for place in range(0, len(content), 29):
        with engine.connect() as connection:
            edited = bytes([*content[:place], content[place] ^ 1, *content[place + 1 :]])
            connection.execute(text("UPDATE record SET content = :edited WHERE number = 2"), {"edited": edited})
            report = verify_chain(connection)
            assert report.first_break is not None
            assert report.first_break.number == 2
            connection.rollback()


def test_writers_at_once_make_one_chain(engine: Engine, page_id: int) -> None:
    def write(first: int) -> None:
        for number in range(first, first + 8):
            with engine.begin() as connection:
                record_look(connection, page_id, number)

    threads = [threading.Thread(target=write, args=(8 * worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    with engine.begin() as connection:
        report = verify_chain(connection)
    assert (report.is_whole, report.records) == (True, 32)


def test_a_visit_has_one_record_and_a_rolled_back_one_leaves_no_gap(engine: Engine, page_id: int) -> None:
    with engine.connect() as connection:
        record_look(connection, page_id, 0)
        connection.rollback()
    with engine.begin() as connection:
        visit_id = record_look(connection, page_id, 1)
        assert verify_chain(connection).records == 1
        with pytest.raises(NotFoundError, match="no record of visit"):
            get_record(connection, visit_id + 1)


def test_without_a_head_nothing_is_appended(engine: Engine, page_id: int) -> None:
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM chain_head"))
        with pytest.raises(StoreError, match="chain_head was emptied"):
            record_look(connection, page_id, 0)
