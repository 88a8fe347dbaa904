"""robots.txt, one request at a time, pauses, retries, fairness, and what nobody foresaw."""

from __future__ import annotations

import itertools
import time

import pytest
from system.crawler_process import Child, Start, canary, quick, site, start, town, verdict, wait_until

from tests.hostile.robots import ROBOTS, robots
from tests.hostile.site import Site, Town, Visit

pytestmark = pytest.mark.system

__all__ = ["canary", "site", "start", "town"]  # fixtures


@pytest.mark.parametrize("name", ROBOTS)
def test_robots(name: str, town: Town, canary: Site, start: Start) -> None:
    answer, expected = ROBOTS[name]
    site = town.open(Site(robots=answer, canary=canary.port))
    result = start(site).fetch(f"http://127.0.0.1:{site.port}/page")
    assert verdict(result) == expected, result["detail"]
    visited = [path for path, _ in site.requests if path == "/page"]
    assert len(visited) == (1 if expected == "ok" else 0)
    assert canary.connections == 0


def test_robots_are_kept_for_their_time(town: Town, start: Start) -> None:
    site = town.open(Site())
    child = start(site, robots_ttl_s=3600.0)
    for _ in range(3):
        child.fetch(f"http://127.0.0.1:{site.port}/page")
    assert [path for path, _ in site.requests].count("/robots.txt") == 1
    other = start(site, robots_ttl_s=0.0)
    for _ in range(3):
        other.fetch(f"http://127.0.0.1:{site.port}/page")
    assert [path for path, _ in site.requests].count("/robots.txt") == 4


def test_robots_of_a_redirects_origin_are_asked_too(town: Town, start: Start) -> None:
    closed = town.open(Site(robots=robots(b"User-agent: *\nDisallow: /")))

    async def to_closed(visit: Visit) -> None:
        await visit.page(b"", "404 Not Found")

    site = town.open(Site(robots=to_closed))
    child = start(site, closed)
    result = child.fetch(f"http://127.0.0.1:{site.port}/to_port?{closed.port}")
    assert verdict(result) == "refused:robots.disallow"
    assert [path for path, _ in closed.requests] == ["/robots.txt"]


def test_one_request_at_a_time_and_a_pause_per_host(town: Town, start: Start) -> None:
    site = town.open(Site())
    child = start(site, delay_s=0.1, deadline_s=5.0)
    numbers = [child.send(f"http://127.0.0.1:{site.port}/page{number}") for number in range(5)]
    assert all(verdict(child.wait(number)["result"]) == "ok" for number in numbers)
    times = [moment for _, moment in site.requests]
    assert site.most_active == 1
    assert min(later - earlier for earlier, later in itertools.pairwise(times)) >= 0.095


def test_a_crawl_delay_lengthens_the_pause_up_to_the_limit(town: Town, start: Start) -> None:
    site = town.open(Site(robots=robots(b"User-agent: *\nCrawl-delay: 60")))
    child = start(site, max_crawl_delay_s=0.3)
    for number in range(2):
        child.fetch(f"http://127.0.0.1:{site.port}/page{number}")
    times = [moment for _, moment in site.requests]
    assert all(0.29 <= later - earlier < 5 for earlier, later in itertools.pairwise(times))


def test_passing_faults_are_tried_again(town: Town, start: Start) -> None:
    site = town.open(Site())
    result = start(site, retries=2).fetch(f"http://127.0.0.1:{site.port}/flaky")
    assert verdict(result) == "ok"
    assert [path for path, _ in site.requests].count("/flaky") == 3
    assert result["exchange"]["attempts"] > 1


def test_a_site_that_drips_does_not_delay_the_others(town: Town, start: Start) -> None:
    drips = [town.open(Site()) for _ in range(5)]
    honest = [town.open(Site()) for _ in range(10)]
    child = start(*drips, *honest, deadline_s=4.0, concurrency=8)
    slow = [child.send(f"http://127.0.0.1:{slow_site.port}/drip") for slow_site in drips]
    began = time.monotonic()
    for number in [child.send(f"http://127.0.0.1:{good_site.port}/page") for good_site in honest]:
        assert verdict(child.wait(number)["result"]) == "ok"
    assert time.monotonic() - began < 3.0
    assert {verdict(child.wait(number)["result"]) for number in slow} == {"fetch_error:timeout.total"}


def test_a_look_can_be_cancelled_and_the_host_is_free_at_once(town: Town, start: Start) -> None:
    site = town.open(Site())
    child = start(site, idle_timeout_s=20.0, deadline_s=20.0)
    number = child.send(f"http://127.0.0.1:{site.port}/silence")
    wait_until(lambda: any(path == "/silence" for path, _ in site.requests))
    child.cancel(number)
    assert child.wait(number).get("cancelled")
    began = time.monotonic()
    assert verdict(child.fetch(f"http://127.0.0.1:{site.port}/page")) == "ok"
    assert time.monotonic() - began < 5.0


def test_what_nobody_foresaw_is_a_result_too(town: Town, site: Site) -> None:
    child = Child(**quick(site))
    result = child.fetch(f"http://127.0.0.1:{site.port}/page", headers=[["X-A", "b\r\nX-Evil: c"]])
    assert verdict(result) == "fetch_error:internal"
    assert verdict(child.fetch(f"http://127.0.0.1:{site.port}/page")) == "ok"
    assert child.close() == 0
    assert "line break in the request header" in child.errors, "it is logged"
    assert not any("X-Evil" in path for path, _ in site.requests)
