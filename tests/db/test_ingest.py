"""The transaction of a look, as stories of what happens to a page: what is stored, what is raised, when."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from crawler.outcomes import Outcome
from monitor.config import Config
from monitor.errors import LeaseLostError
from monitor.ingest import record_look
from monitor.store.records import verify_chain
from monitor.text.process import KillablePool, Limits
from tests.db.world import CLAIM, DISCLAIMER, PRICE, STORY, Site, World


@pytest.fixture(scope="module")
def pool() -> Iterator[KillablePool]:
    with KillablePool(Limits(cpu_s=20, wall_s=30), preload=("monitor.prepare",)) as opened:
        yield opened


@pytest.fixture
def world(engine: Engine, config: Config, pool: KillablePool) -> World:
    return World(engine, config, pool)


def nothing(site: Site) -> Site:
    return site


def only_the_nonce(site: Site) -> Site:
    return replace(site, nonce="2ab41")


def price_raised(site: Site) -> Site:
    return site.reworded("$5,000", "$7,500")


def disclaimer_removed(site: Site) -> Site:
    return site.without(DISCLAIMER)


def rate_raised(site: Site) -> Site:
    return site.reworded("80%", "90%")


Event = Callable[[Site], Site]


@pytest.mark.parametrize(
    ("event", "raised"),
    [
        (nothing, []),
        (only_the_nonce, []),
        (price_raised, [("price/amount", "increased")]),
        (disclaimer_removed, [("disclaimer/outcome", "removed")]),
        (rate_raised, [("claim/efficacy", "strengthened")]),
    ],
)
def test_an_event_is_pending_once_and_confirmed_by_the_second_look(
    world: World, event: Event, raised: list[tuple[str, str]]
) -> None:
    page, site = world.add_page(), Site()
    world.see(page, site)
    assert world.changes() == []
    site = event(site)
    first = world.see(page, site)
    assert world.changes() == [(*one, "pending") for one in raised]
    assert first.next_purpose == ("second_look" if raised else "scheduled")
    second = world.see(page, site)
    assert world.changes() == [(*one, "confirmed") for one in raised]
    assert len(second.confirmed) == len(raised)
    assert second.next_purpose == "scheduled"
    assert all(looks == 2 for (looks,) in world.rows("SELECT looks FROM change"))


def test_every_look_is_one_visit_and_one_link_of_the_chain(world: World) -> None:
    page = world.add_page()
    world.see(page, Site())
    world.see(page, Site())
    world.see(page, replace(Site(), nonce="x"))
    world.see(page, price_raised(Site()))
    world.fail(page, "http.404", status=404, body=b"gone")
    world.fail(page, "timeout.connect")
    outcomes = [row[0] for row in world.rows("SELECT outcome FROM visit ORDER BY id")]
    assert outcomes == ["ok", "unchanged", "ok", "ok", "gone", "fetch_error"]
    assert world.rows("SELECT count(*) FROM capture") == [(4,)]  # all that came with a body, but the same bytes
    assert [row[0] for row in world.rows("SELECT number FROM snapshot ORDER BY id")] == [1, 2]
    with world.engine.connect() as connection:
        report = verify_chain(connection)
    assert report.is_whole
    assert report.records == 6


def test_unchanged_writes_one_row_and_says_what_it_agrees_with(world: World) -> None:
    page = world.add_page()
    first = world.see(page, Site())
    bodies = world.count("body")
    seen_at = world.at
    second = world.see(page, Site())
    assert second.outcome is Outcome.UNCHANGED
    assert (world.count("capture"), world.count("snapshot"), world.count("body")) == (1, 1, bodies)
    assert world.rows("SELECT snapshot_id, capture_id FROM visit ORDER BY id")[1] == (first.snapshot_id, None)
    assert world.rows("SELECT last_seen_at FROM snapshot") == [(seen_at,)]


def test_not_modified_agrees_with_what_is_pending(world: World) -> None:
    page = world.add_page()
    world.see(page, Site())
    world.see(page, price_raised(Site()))
    same = world.answer(page, b"", status=304)
    world.record(page, replace(same, outcome=Outcome.UNCHANGED))
    assert world.changes() == [("price/amount", "increased", "confirmed")]
    assert world.page(page).settled == world.page(page).newest


def test_a_flip_is_withdrawn(world: World) -> None:
    page = world.add_page()
    for site in (Site(), price_raised(Site()), Site()):
        report = world.see(page, site)
    assert world.changes() == [("price/amount", "increased", "withdrawn")]
    assert report.next_purpose == "scheduled"
    assert world.count("snapshot") == 3  # A, B, A are three versions


def test_an_edit_in_two_steps_is_told_as_it_ends(world: World) -> None:
    page = world.add_page()
    last = Site().reworded("$5,000", "$9,000")
    for site in (Site(), price_raised(Site()), last, last):
        world.see(page, site)
    assert world.changes() == [("price/amount", "increased", "superseded"), ("price/amount", "increased", "confirmed")]
    assert world.rows("SELECT before, after FROM change WHERE state = 'confirmed'") == [
        (PRICE, PRICE.replace("$5,000", "$9,000"))
    ]


def test_a_removed_disclaimer_is_told_although_the_page_goes_dark(world: World) -> None:
    page = world.add_page()
    world.see(page, Site())
    world.see(page, disclaimer_removed(Site()))
    for _ in range(2):
        report = world.fail(page, "http.404", status=404, body=b"<h1>Not found</h1>")
        assert report.unrepeated == ()
        assert report.next_purpose == "second_look"
    report = world.fail(page, "http.404", status=404, body=b"<h1>Not found</h1>")
    assert len(report.unrepeated) == 1
    assert world.changes() == [("disclaimer/outcome", "removed", "unrepeated")]
    assert [row[0] for row in world.rows("SELECT kind FROM notice")] == ["gone"]
    world.see(page, disclaimer_removed(Site()))
    assert len(world.changes()) == 1
    assert [row[0] for row in world.rows("SELECT kind FROM notice ORDER BY id")] == ["gone", "recovered"]


def test_what_waits_too_long_for_a_second_look_is_told(world: World) -> None:
    page = world.add_page()
    world.see(page, Site())
    world.see(page, disclaimer_removed(Site()))
    world.at += timedelta(days=2)
    assert len(world.fail(page, "dns").unrepeated) == 1


def test_a_bad_visit_is_never_a_change(world: World) -> None:
    page = world.add_page()
    first = world.see(page, Site())
    for reason, status in (("http.503", 503), ("conn.refused", None), ("http.403", 403), ("robots.disallow", None)):
        world.fail(page, reason, status=status, body=b"<p>no</p>" if status else b"")
    assert world.changes() == []
    after = world.page(page)
    assert after.newest is not None
    assert after.newest.id == first.snapshot_id
    assert after.failures == 4
    assert world.see(page, Site()).outcome is Outcome.UNCHANGED
    assert world.page(page).failures == 0


def test_an_episode_is_told_once_at_its_beginning_and_end(world: World) -> None:
    page = world.add_page()
    world.see(page, Site())
    for _ in range(6):
        world.fail(page, "http.403", status=403, body=b"denied")
    world.see(page, Site())
    world.see(page, Site())
    assert [row[0] for row in world.rows("SELECT kind FROM notice ORDER BY id")] == ["blocked", "recovered"]


def test_a_truncated_page_proves_nothing_gone(world: World) -> None:
    page = world.add_page()
    world.see(page, Site())
    short = world.answer(page, Site().html()[:900])
    world.record(page, replace(short, outcome=Outcome.OK_TRUNCATED, reason="truncated"))
    assert world.changes() == []
    assert world.count("snapshot") == 1
    assert world.count("capture") == 2


def test_a_page_that_shrinks_is_held_until_it_stays_so(world: World) -> None:
    page = world.add_page()
    world.see(page, Site())
    short = replace(Site(), paragraphs=(STORY[0], CLAIM))
    for _ in range(2):
        report = world.see(page, short)
        assert (report.outcome, report.reason, report.next_purpose) == (Outcome.BLOCKED, "shrunk", "second_look")
    report = world.see(page, short)
    assert report.outcome is Outcome.OK
    assert ("disclaimer/outcome", "removed", "pending") in world.changes()
    world.see(page, short)
    assert ("disclaimer/outcome", "removed", "confirmed") in world.changes()


def test_a_wall_is_evidence_and_no_version(world: World) -> None:
    page = world.add_page()
    world.see(page, Site())
    wall = b"<html><head><title>Just a moment...</title></head><body><h1>Checking your browser</h1></body></html>"
    report = world.record(page, world.answer(page, wall))
    assert (report.outcome, report.reason) == (Outcome.BLOCKED, "waf")
    assert world.count("capture") == 2
    assert world.count("snapshot") == 1
    assert "waf+" in world.rows("SELECT detail FROM visit ORDER BY id DESC LIMIT 1")[0][0]


def test_one_look_confirms_at_once_where_it_is_asked_to(world: World) -> None:
    page = world.add_page()
    world.see(page, Site())
    report = world.see(page, price_raised(Site()), looks_needed=1)
    assert len(report.confirmed) == 1
    assert report.pending == 0
    assert world.changes() == [("price/amount", "increased", "confirmed")]


def test_a_worker_that_lost_its_lease_writes_nothing(world: World) -> None:
    page_id = world.add_page()
    world.see(page_id, Site())
    before = [world.count(table) for table in ("visit", "capture", "snapshot", "change", "record", "body")]
    slow = world.claim(page_id, "slow worker", lease_s=0.001)
    page = world.page(page_id)
    result = world.answer(page_id, price_raised(Site()).html())
    prepared = world.prepare(page, result)
    deadline = time.monotonic() + 5
    while world.rows("SELECT 1 FROM host WHERE lease_until > clock_timestamp()"):
        assert time.monotonic() < deadline
    world.claim(page_id, "quick worker")
    with pytest.raises(LeaseLostError):
        record_look(world.engine, world.config, page, result, prepared, purpose="scheduled", lease=slow)
    after = [world.count(table) for table in ("visit", "capture", "snapshot", "change", "record", "body")]
    assert after == before


@dataclass
class _Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("step", ["put_body", "record_snapshot", "update_ledger", "record_page", "append_record"])
def test_a_look_that_ends_in_the_middle_leaves_no_trace(
    world: World, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    page_id = world.add_page()
    world.see(page_id, Site())
    tables = ("visit", "capture", "snapshot", "statement", "change", "record", "body")
    before = [world.count(table) for table in tables]

    def die(*_: object, **__: object) -> None:
        raise _Killed

    with monkeypatch.context() as patched:
        patched.setattr(f"monitor.ingest.{step}", die)
        with pytest.raises(_Killed):
            world.see(page_id, price_raised(Site()))
    assert [world.count(table) for table in tables] == before
    with world.engine.begin() as connection:
        connection.execute(text("UPDATE host SET lease_until = NULL"))
    world.see(page_id, price_raised(Site()))
    assert world.changes() == [("price/amount", "increased", "pending")]
    with world.engine.connect() as connection:
        assert verify_chain(connection).is_whole


def test_siblings_with_the_same_words_are_looked_at_now(world: World) -> None:
    lost, keeps, other = (world.add_page(f"https://clinic.example/{name}") for name in ("lost", "keeps", "other"))
    elsewhere = world.add_page("https://elsewhere.example/keeps")
    for page in (lost, keeps, elsewhere):
        world.see(page, Site())
    world.see(other, disclaimer_removed(Site()))
    world.at += timedelta(hours=1)
    report = world.see(lost, disclaimer_removed(Site()))
    assert report.siblings == 1
    due = world.rows("SELECT id FROM page WHERE next_purpose = 'sibling' AND next_visit_at <= :at", at=world.at)
    assert due == [(keeps,)]
    world.see(keeps, disclaimer_removed(Site()))
    assert world.rows("SELECT purpose FROM visit WHERE page_id = :id ORDER BY id DESC LIMIT 1", id=keeps) == [
        ("sibling",)
    ]


def test_the_ledger_knows_since_when_and_until_when(world: World) -> None:
    page = world.add_page()
    first_at = world.at
    world.see(page, Site())
    world.see(page, Site())
    last_seen = world.at - timedelta(minutes=10)
    gone_at = world.at
    world.see(page, disclaimer_removed(Site()))
    back_at = world.at
    world.see(page, Site())
    query = "SELECT first_seen_at, last_seen_at, gone_at FROM statement WHERE text = :words ORDER BY id"
    rows = world.rows(query, words=DISCLAIMER)
    assert rows == [(first_at, last_seen, gone_at), (back_at, back_at, None)]


def test_hostile_text_is_stored_clean(world: World) -> None:
    page = world.add_page()
    body = Site().html().replace(b"Main Street", b"Main \x00Street &#xd800; &#x202e;5&#0;")
    report = world.record(page, world.answer(page, body))
    assert report.outcome is Outcome.OK
    answer = world.answer(page, b"")
    world.record(page, replace(answer, outcome=Outcome.FETCH_ERROR, reason="conn.reset", detail="a\x00b\ud800"))
    assert world.rows("SELECT detail FROM visit ORDER BY id DESC LIMIT 1") == [("a\ufffdb\ufffd",)]


def test_another_way_of_reading_is_no_change(world: World) -> None:
    """A new extractor version, or other selectors: the old capture is read again, and nothing is raised."""
    page = world.add_page()
    site = replace(Site(), footer="Prices from $99. Results may vary.")
    world.see(page, site)
    with world.engine.begin() as connection:
        connection.execute(text("""UPDATE page SET settings = '{"selector": ["main"]}'"""))
    report = world.see(page, replace(site, nonce="other bytes"))
    assert world.changes() == []
    assert not report.is_new_snapshot
    ((extractor, number),) = world.rows("SELECT extractor, number FROM snapshot")
    assert "+" in extractor
    assert number == 1
    world.see(page, price_raised(site))
    assert world.changes() == [("price/amount", "increased", "pending")]
    gone = world.rows("SELECT text FROM statement WHERE gone_at IS NOT NULL ORDER BY text")
    assert ("Results may vary.",) in gone


def test_a_page_that_cannot_be_read_is_one_bad_visit_and_then_left_alone(world: World) -> None:
    page = world.add_page()
    world.see(page, Site())
    picture = b"\x89PNG\r\n\x1a\n" + bytes(500)
    report = world.record(page, world.answer(page, picture))
    assert (report.outcome, report.reason) == (Outcome.UNSUPPORTED, "type.image")
    with world.engine.begin() as connection:
        connection.execute(text("UPDATE page SET extract_crashes = 2, visits = 3"))
    report = world.see(page, price_raised(Site()))
    assert (report.outcome, report.reason) == (Outcome.EXTRACT_ERROR, "parse.crash")
    with world.engine.begin() as connection:
        connection.execute(text("UPDATE page SET visits = 10"))
    assert world.see(page, price_raised(Site())).outcome is Outcome.OK
    assert world.page(page).extract_crashes == 0


def test_retry_after_leaves_the_whole_host_alone(world: World) -> None:
    page = world.add_page()
    result = replace(
        world.answer(page, b"slow down", status=429),
        outcome=Outcome.FETCH_ERROR,
        reason="rate_limited",
        retry_after_s=7200.0,
    )
    at = world.at
    report = world.record(page, result)
    assert report.next_visit_at - at >= timedelta(hours=2)
    assert world.rows("SELECT next_request_at > now() + interval '119 minutes' FROM host") == [(True,)]
