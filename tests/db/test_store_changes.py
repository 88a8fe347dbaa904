"""Changes by filter, and what a reader has not seen yet, whoever commits when."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import Engine, text

from monitor.errors import NotFoundError
from monitor.store.changes import (
    ANY,
    ChangeFilter,
    ChangeState,
    get_change,
    list_changes,
    list_changes_by_id,
    new_changes,
)
from monitor.store.pages import add_clinic, add_page
from monitor.types import Direction, Family, Kind, Severity
from tests.db.observed import confirm, find_change, hour, see


@pytest.fixture
def pages(engine: Engine) -> tuple[int, int]:
    """Two pages of two clinics, each with two versions."""
    made = []
    with engine.begin() as connection:
        for slug in ("a", "b"):
            page = add_page(connection, add_clinic(connection, slug, slug.upper()).id, f"https://{slug}.example/").id
            see(connection, page, hour(0), ["before"])
            see(connection, page, hour(6), ["after"])
            made.append(page)
    return made[0], made[1]


@pytest.fixture
def found(engine: Engine, pages: tuple[int, int]) -> None:
    one, other = pages
    with engine.begin() as connection:
        find_change(connection, one, None, hour(6), "cure", severity=Severity.CRITICAL)
        find_change(connection, one, None, hour(7), "price", kind=Kind.AMOUNT, direction=Direction.INCREASED)
        risk = find_change(connection, other, None, hour(8), "risk", kind=Kind.RISK, direction=Direction.REMOVED)
        find_change(connection, other, None, hour(9), "urgent", kind=Kind.URGENCY, severity=Severity.LOW)
        confirm(connection, other, risk, hour(10))


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (ChangeFilter(), ["urgent", "risk", "price", "cure"]),
        (ChangeFilter(clinic_slug="a"), ["price", "cure"]),
        (ChangeFilter(clinic_slug="nobody"), []),
        (ChangeFilter(families=(Family.PRICE, Family.DISCLAIMER)), ["risk", "price"]),
        (ChangeFilter(kinds=(Kind.EFFICACY,)), ["cure"]),
        (ChangeFilter(directions=(Direction.REMOVED,)), ["risk"]),
        (ChangeFilter(severity=Severity.HIGH), ["risk", "price", "cure"]),
        (ChangeFilter(severity=Severity.CRITICAL), ["cure"]),
        (ChangeFilter(since=hour(7), until=hour(9)), ["risk", "price"]),
        (ChangeFilter(states=(ChangeState.CONFIRMED,)), ["risk"]),
        (ChangeFilter(clinic_slug="b", families=(Family.CLAIM,), severity=Severity.LOW), ["urgent"]),
    ],
)
def test_changes_by_filter_newest_first(engine: Engine, found: None, wanted: ChangeFilter, words: list[str]) -> None:
    with engine.begin() as connection:
        assert [change.after for change in list_changes(connection, wanted)] == words


def test_a_change_with_where_and_when(engine: Engine, found: None, pages: tuple[int, int]) -> None:
    with engine.begin() as connection:
        (risk,) = list_changes(connection, ChangeFilter(kinds=(Kind.RISK,)))
        assert get_change(connection, risk.id) == risk
        assert (risk.page_id, risk.page_url, risk.clinic_slug) == (pages[1], "https://b.example/", "b")
        assert (risk.before_number, risk.after_number, risk.path) == (1, 2, ("Costs",))
        assert (risk.state, risk.detected_at, risk.settled_at) == (ChangeState.CONFIRMED, hour(8), hour(10))
        assert [one.id for one in list_changes_by_id(connection, [risk.id, 999, risk.id - 1])] == [risk.id - 1, risk.id]
        assert len(list_changes(connection, ChangeFilter(page_id=pages[0]), limit=1)) == 1
        with pytest.raises(NotFoundError, match="no change '999'"):
            get_change(connection, 999)


def new(engine: Engine, reader: str = "me", wanted: ChangeFilter = ANY) -> list[str]:
    with engine.begin() as connection:
        return [change.after for change in new_changes(connection, reader, wanted)]


def test_each_reader_gets_each_settled_change_once(engine: Engine, pages: tuple[int, int]) -> None:
    page = pages[0]
    with engine.begin() as connection:
        ids = [find_change(connection, page, None, hour(6), words) for words in ("one", "two", "three", "four", "five")]
    assert new(engine) == []
    with engine.begin() as connection:
        confirm(connection, page, ids[2], hour(7))
        confirm(connection, page, ids[0], hour(7))
        confirm(connection, page, ids[1], hour(7), "withdrawn")
    assert new(engine) == ["three", "one"]
    assert new(engine) == []
    with engine.begin() as connection:
        confirm(connection, page, ids[3], hour(6.5), "unrepeated")  # its clock is behind
    assert new(engine) == ["four"]
    assert new(engine, "another") == ["three", "one", "four"]


def test_a_change_that_one_look_confirms_is_new_too(engine: Engine, pages: tuple[int, int]) -> None:
    with engine.begin() as connection:
        visit = see(connection, pages[0], hour(9), ["later"])
        find_change(connection, pages[0], visit, hour(9), "at once", state="confirmed")
        find_change(connection, pages[0], None, hour(9), "baseline report", state="confirmed")
    assert new(engine) == ["at once", "baseline report"]


def test_the_mark_moves_with_the_transaction(engine: Engine, found: None) -> None:
    with engine.connect() as connection:
        assert [change.after for change in new_changes(connection, "me")] == ["risk"]
        connection.rollback()
    assert new(engine) == ["risk"]


def test_what_a_filter_holds_back_is_read(engine: Engine, found: None) -> None:
    assert new(engine, wanted=ChangeFilter(clinic_slug="a")) == []
    assert new(engine) == []


def test_what_commits_late_is_not_skipped(engine: Engine, pages: tuple[int, int]) -> None:
    """The change of the writer that began first gets the lower id and the earlier time, and commits last."""
    one, other = pages
    with engine.begin() as connection:
        slow = find_change(connection, one, None, hour(6), "slow")
        quick = find_change(connection, other, None, hour(6), "quick")
    slow_writer = engine.connect()
    slow_writer.execute(text("SELECT 1"))
    slow_writer.execute(text("UPDATE change SET looks = looks + 1 WHERE id = :id"), {"id": slow})
    with engine.begin() as connection:
        confirm(connection, other, quick, hour(8))
    assert new(engine) == ["quick"]
    confirm(slow_writer, one, slow, hour(7))
    assert new(engine) == []
    slow_writer.commit()
    slow_writer.close()
    assert new(engine) == ["slow"]


def test_writers_and_a_reader_at_once_lose_and_double_nothing(engine: Engine, pages: tuple[int, int]) -> None:
    each, read = 15, []
    done = threading.Event()

    def write(page: int, name: str) -> None:
        for number in range(each):
            with engine.begin() as connection:
                change = find_change(connection, page, None, hour(6), f"{name}{number}")
                confirm(connection, page, change, hour(7 + number % 3))

    def follow() -> None:
        while not done.is_set():
            read.extend(new(engine))

    writers = [threading.Thread(target=write, args=(page, name)) for page in pages for name in (f"{page}x", f"{page}y")]
    follower = threading.Thread(target=follow)
    for thread in (follower, *writers):
        thread.start()
    for thread in writers:
        thread.join(60)
    done.set()
    follower.join(60)
    read.extend(new(engine))
    assert sorted(read) == sorted(f"{page}{name}{number}" for page in pages for name in "xy" for number in range(each))


def test_one_reader_in_two_places_shares_what_is_new(engine: Engine, found: None) -> None:
    barrier, read = threading.Barrier(2), []

    def ask() -> None:
        barrier.wait(10)
        read.extend(new(engine))

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert read == ["risk"]
