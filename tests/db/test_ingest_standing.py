"""What is told of a page besides its changes: moved, certificate, believed after all, robots; and its validators."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from crawler.outcomes import Outcome
from crawler.types import Hop, Result, TlsInfo
from monitor.alerts.filters import is_status
from monitor.config import Config
from monitor.ingest import LookReport
from monitor.text.process import KillablePool, Limits
from tests.db.world import DISCLAIMER, STORY, Site, World


@pytest.fixture(scope="module")
def pool() -> Iterator[KillablePool]:
    with KillablePool(Limits(cpu_s=20, wall_s=30), preload=("monitor.prepare",)) as opened:
        yield opened


@pytest.fixture
def world(engine: Engine, config: Config, pool: KillablePool) -> World:
    return World(engine, config, pool)


def answered(world: World, page_id: int, site: Site, **exchange: object) -> LookReport:
    """A look whose exchange had these particulars."""
    result = world.answer(page_id, site.html())
    return world.record(page_id, replace(result, exchange=replace(result.exchange, **exchange)))  # type: ignore[arg-type]


def notices(world: World) -> list[tuple[str, str]]:
    return [(kind, words) for kind, words in world.rows("SELECT kind, text FROM notice ORDER BY id")]


def test_a_page_that_moved_for_good_is_told_once(world: World) -> None:
    page_id = world.add_page()
    there = "https://clinic.example/new"
    hops = (Hop("https://clinic.example/treatment", 301, there),)
    reports = [answered(world, page_id, Site(), redirects=hops, final_url=there) for _ in range(5)]
    assert [len(report.notices) for report in reports] == [0, 0, 1, 0, 0]
    assert notices(world) == [("moved", f"moved for good to {there}: watch it there")]
    assert is_status("moved")


def test_a_certificate_that_ends_is_told_once_and_its_successor_is_not(world: World) -> None:
    page_id = world.add_page()

    def tls(name: str, days: float) -> TlsInfo:
        return TlsInfo(name * 64, world.at + timedelta(days=days))

    for info in (tls("a", 20), *(tls("a", 9 - number) for number in range(4)), tls("b", 90), tls("b", 89)):
        answered(world, page_id, Site(), tls=info)
    assert [kind for kind, _ in notices(world)] == ["certificate"]
    assert "2026-05" in notices(world)[0][1]


def test_a_page_that_stays_short_is_believed_and_said_so(world: World) -> None:
    page_id = world.add_page()
    world.see(page_id, Site())
    short = Site(paragraphs=(STORY[0], DISCLAIMER))
    reports = [world.see(page_id, replace(short, nonce=str(number))) for number in range(4)]
    assert [(str(one.outcome), one.reason) for one in reports] == [("blocked", "shrunk")] * 2 + [("ok", None)] * 2
    assert [kind for kind, _ in notices(world)] == ["accepted"]
    assert "more than half" in notices(world)[0][1]
    assert not is_status("accepted")
    assert reports[2].changes, "what is gone is told as changes, for a second look to confirm"
    assert reports[3].confirmed


def test_a_page_that_is_short_once_is_not_believed(world: World) -> None:
    page_id = world.add_page()
    world.see(page_id, Site())
    short = Site(paragraphs=(STORY[0], DISCLAIMER))
    for number in range(3):
        assert world.see(page_id, replace(short, nonce=str(number))).reason == "shrunk"
        assert world.see(page_id, Site(nonce=str(number))).outcome is Outcome.OK
    assert notices(world) == []
    assert world.count("change") == 0


def test_robots_that_forbid_a_page_are_told_once_and_so_is_their_end(world: World) -> None:
    page_id = world.add_page()
    world.see(page_id, Site())
    for _ in range(5):
        world.fail(page_id, "robots.disallow")
    world.see(page_id, Site())
    assert [kind for kind, _ in notices(world)] == ["refused", "recovered"]
    assert notices(world)[0][1].startswith("robots.txt forbids")


def test_a_refusal_says_what_its_page_says(world: World) -> None:
    page_id = world.add_page()
    world.see(page_id, Site())
    words = {
        b"<title>403</title><h1>Access from your country has been blocked</h1>": "geo_block",
        b"<title>Log in</title><h1>Log in</h1><input type=password>": "login",
        b"<title>403 Forbidden</title><h1>Forbidden</h1><p>You don't have permission.</p>": "http.403",
        b"\x89PNG\r\n\x1a\n": "http.403",
    }
    for body, reason in words.items():
        report = world.fail(page_id, "http.403", status=403, body=body)
        assert (report.outcome, report.reason) == (Outcome.BLOCKED, reason)


def validators(world: World, page_id: int) -> tuple[bytes | None, str | None]:
    page = world.page(page_id)
    return page.etag, page.validators_url


def test_validators_are_kept_with_the_url_that_gave_them(world: World) -> None:
    page_id = world.add_page()
    url = "https://clinic.example/treatment"
    world.see(page_id, Site())
    assert validators(world, page_id) == (b'"1"', url)
    not_modified = world.answer(page_id, b"", status=304)
    silent: Result = replace(not_modified, exchange=replace(not_modified.exchange, response_headers=()))
    world.record(page_id, replace(silent, outcome=Outcome.UNCHANGED))
    assert validators(world, page_id) == (b'"1"', url), "a 304 need not repeat them"
    world.fail(page_id, "http.500", status=500)
    assert validators(world, page_id) == (b'"1"', url)
    answered(world, page_id, Site(nonce="2"), response_headers=((b"Content-Type", b"text/html"),))
    assert validators(world, page_id) == (None, url), "the old one belongs to another text"
    answered(world, page_id, Site(nonce="3"), final_url=url + "/new", response_headers=((b"ETag", b'"n"'),))
    assert validators(world, page_id) == (b'"n"', url + "/new")
