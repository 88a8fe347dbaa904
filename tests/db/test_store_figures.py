"""Figures and health: what is counted, and what makes a service unwell."""

from __future__ import annotations

from collections import namedtuple
from datetime import date

import msgspec
import pytest
from sqlalchemy import Engine, text

from monitor.config import Config
from monitor.store import figures
from monitor.store.figures import check_health, read_stats
from monitor.store.pages import PageState, add_clinic, add_page, set_page_state
from tests.db.observed import confirm, find_change, hour, miss, see, see_again


@pytest.fixture
def watched(engine: Engine) -> int:
    """Three pages: one with two versions and a change, one that fails, one that is paused; the first one's id."""
    with engine.begin() as connection:
        clinic = add_clinic(connection, "a", "A").id
        pages = [add_page(connection, clinic, f"https://a.example/{name}").id for name in ("good", "bad", "paused")]
        see(connection, pages[0], hour(0), ["one"] * 50)
        see(connection, pages[0], hour(6), ["two"] * 50)
        see_again(connection, pages[0], hour(30))
        miss(connection, pages[1], hour(30), "dns")
        set_page_state(connection, pages[2], PageState.PAUSED)
        confirm(connection, pages[0], find_change(connection, pages[0], None, hour(6), "two"), hour(31))
        connection.execute(text("UPDATE page SET next_visit_at = now() + interval '1h'"))
    return pages[0]


def test_stats_of_a_small_world(engine: Engine, watched: int) -> None:
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE visit SET started_at = started_at - (timestamptz '2026-05-03' - date_trunc('day', now()))")
        )
        today = connection.execute(text("SELECT date_trunc('day', now())::date")).scalar_one()
        stats = read_stats(connection, days=30)
    assert (stats.clinics, stats.snapshots, stats.records, stats.due_pages) == (1, 2, 5, 0)
    assert [(one.state, one.outcome, one.pages) for one in stats.pages] == [
        ("active", "fetch_error", 1),
        ("active", "ok", 1),
        ("paused", None, 1),
    ]
    assert [(one.day, one.visits, one.good) for one in stats.visits_per_day] == [
        (date.fromordinal(today.toordinal() - 2), 2, 2),
        (date.fromordinal(today.toordinal() - 1), 3, 2),
    ]
    assert [(one.severity, one.state, one.changes) for one in stats.changes] == [("high", "confirmed", 1)]
    captures, texts = stats.bodies
    assert (captures.role, captures.bodies, captures.size_bytes) == ("capture", 2, 2 * 199)
    assert 0 < captures.stored_per_body < 199
    assert (texts.role, texts.bodies) == ("text", 2)
    assert (stats.queue.queued, stats.queue.oldest_due_at) == (0, None)
    assert stats.database_bytes > 1_000_000


def test_stats_of_an_empty_store(engine: Engine) -> None:
    with engine.begin() as connection:
        stats = read_stats(connection)
    assert (stats.clinics, stats.records, stats.pages, stats.visits_per_day, stats.bodies) == (0, 0, (), (), ())


@pytest.fixture
def well(engine: Engine, watched: int) -> Engine:
    """The world with a worker that lives."""
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO worker (name, started_at, seen_at) VALUES ('w', now(), now())"))
    return engine


def test_a_service_that_is_well(well: Engine, config: Config) -> None:
    health = check_health(well, config)
    assert health.problems == ()
    assert [check.name for check in health.checks] == ["schema", "worker", "pages", "reading", "outbox", "disk"]


def test_pages_in_quarantine_are_named(well: Engine, config: Config) -> None:
    with well.begin() as connection:
        connection.execute(text("UPDATE page SET extract_crashes = 2 WHERE url LIKE '%bad'"))
    health = check_health(well, config)
    (found,) = [check.finding for check in health.checks if check.name == "reading"]
    assert health.is_well, "the service does what it should"
    assert found.startswith("1 in quarantine: http")
    assert found.endswith("bad")


@pytest.mark.parametrize("problem", [None, "needs the extra"])
def test_pages_to_render_need_what_renders_them(
    well: Engine, config: Config, monkeypatch: pytest.MonkeyPatch, problem: str | None
) -> None:
    with well.begin() as connection:
        connection.execute(text("""UPDATE page SET settings = '{"render": "browser"}' WHERE url LIKE '%bad'"""))
    monkeypatch.setattr("monitor.store.figures.find_problem", lambda: problem)
    health = check_health(well, config)
    assert health.problems == (() if problem is None else (f"browser: {problem}",))


ALERT = """
    INSERT INTO subscription (address, token) VALUES ('me@example.org', 't');
    INSERT INTO alert (subscription_id, kind, group_key, message_id, send_after)
    SELECT id, 'changes', 'g', 'm', now() - interval '{age}' FROM subscription
"""


@pytest.mark.parametrize(
    ("event", "problem"),
    [
        ("DELETE FROM worker", "worker: none was ever started: `clinicwatch run`"),
        ("UPDATE worker SET seen_at = now() - interval '1 hour'", "worker: last heartbeat 60 min ago"),
        (
            "UPDATE page SET next_visit_at = now() - interval '1 hour' WHERE url LIKE '%bad';"
            "UPDATE host SET next_request_at = now() - interval '1 hour'",
            "pages: 2 active, 1 overdue by more than 15 min",
        ),
        (ALERT.format(age="3 hours"), "outbox: 1 queued, the oldest due for 3 h"),
        ("UPDATE alembic_version SET version_num = '9999'", "schema: the database is newer than this program"),
    ],
)
def test_what_makes_a_service_unwell(well: Engine, config: Config, event: str, problem: str) -> None:
    with well.begin() as connection:
        for statement in event.split(";"):
            connection.execute(text(statement))
    health = check_health(well, config)
    assert not health.is_well
    (found,) = health.problems
    assert found.startswith(problem)


@pytest.mark.parametrize(
    "event",
    [
        "UPDATE page SET next_visit_at = now() - interval '10 min'",
        "UPDATE page SET next_visit_at = now() - interval '9 days' WHERE state = 'paused'",
        # the server asked us to stay away
        "UPDATE page SET next_visit_at = now() - interval '1 hour';"
        "UPDATE host SET next_request_at = now() + interval '1 hour'",
        ALERT.format(age="1 min"),
        ALERT.format(age="-1 hour"),
        "INSERT INTO worker (name, started_at, seen_at) VALUES ('dead', now(), now() - interval '9 days')",
    ],
)
def test_what_does_not(well: Engine, config: Config, event: str) -> None:
    with well.begin() as connection:
        for statement in event.split(";"):
            connection.execute(text(statement))
    assert check_health(well, config).problems == ()


Usage = namedtuple("Usage", "total used free")


@pytest.mark.parametrize(
    ("usage", "is_well"),
    [
        (Usage(10**12, 9 * 10**11, 10**11), True),
        (Usage(10**12, 99 * 10**10, 10**10), False),
        (Usage(10**9, 6 * 10**8, 4 * 10**8), False),
    ],
    ids=["a tenth is free", "a hundredth is free", "400 MB are free"],
)
def test_a_disk_that_runs_full(
    well: Engine, config: Config, monkeypatch: pytest.MonkeyPatch, usage: Usage, is_well: bool
) -> None:
    monkeypatch.setattr(figures.shutil, "disk_usage", lambda _path: usage)
    embedded = msgspec.structs.replace(config, database_url="")
    health = check_health(well, embedded)
    assert health.is_well is is_well
    assert len([check for check in health.checks if check.name == "disk"]) == 1  # one file system, one line
