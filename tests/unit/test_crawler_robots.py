"""What a robots.txt allows."""

from __future__ import annotations

import pytest

from crawler.robots import MAX_BYTES, Robots, parse_robots, read_robots

PRODUCT = "Clinicwatch"
URL = "https://clinic.example/stem-cells?x=1"


@pytest.mark.parametrize(
    ("body", "allowed"),
    [
        (b"", True),
        (b"User-agent: *\nDisallow: /", False),
        (b"User-agent: *\nDisallow: /stem", False),
        (b"User-agent: *\nDisallow: /other", True),
        (b"User-agent: *\nDisallow:", True),
        (b"User-agent: *\nDisallow: /\nAllow: /stem-cells", True),
        (b"User-agent: clinicwatch\nDisallow: /", False),
        (b"User-agent: CLINICWATCH\nDisallow: /\n\nUser-agent: *\nAllow: /", False),
        (b"User-agent: Clinicwatch\nAllow: /\n\nUser-agent: *\nDisallow: /", True),
        (b"User-agent: otherbot\nDisallow: /", True),
        (b"User-agent: *\nDisallow: /*?x=", False),
        (b"User-agent: *\nDisallow: /*.pdf$", True),
        (b"\xef\xbb\xbfUser-agent: *\r\nDisallow: /\r\n", False),
        (b"User-agent: *\rDisallow: /\r", False),
        (b"# comment\nUser-agent: * # all\nDisallow: / # everything", False),
        (b"<html><body>Disallow: nothing here</body></html>", True),
        (b"\xff\xfe\x00\x01\x02", True),
        (b"Disallow: /", True),  # belongs to no group
    ],
)
def test_rules(body: bytes, allowed: bool) -> None:
    assert parse_robots(body, PRODUCT).is_allowed(URL, PRODUCT) is allowed


@pytest.mark.parametrize(
    ("status", "allowed", "unreachable"),
    [
        (200, False, ""),
        (404, True, ""),
        (401, True, ""),
        (403, True, ""),
        (410, True, ""),
        (429, True, ""),
        (500, False, "status 500"),
        (503, False, "status 503"),
        (304, False, "status 304"),
        (None, False, "no answer"),
    ],
)
def test_statuses(status: int | None, allowed: bool, unreachable: str) -> None:
    robots = read_robots(status, b"User-agent: *\nDisallow: /", PRODUCT)
    assert robots.is_allowed(URL, PRODUCT) is allowed
    assert robots.unreachable == unreachable


@pytest.mark.parametrize(
    ("body", "delay_s"),
    [
        (b"User-agent: *\nCrawl-delay: 10", 10.0),
        (b"User-agent: *\nCrawl-delay: 0.5", 0.5),
        (b"User-agent: *\nCrawl-delay: ten", 0.0),
        (b"User-agent: *\nCrawl-delay: -3", 0.0),
        (b"User-agent: *\nDisallow:", 0.0),
        (b"User-agent: clinicwatch\nCrawl-delay: 7\n\nUser-agent: *\nCrawl-delay: 1", 7.0),
    ],
)
def test_crawl_delay(body: bytes, delay_s: float) -> None:
    assert parse_robots(body, PRODUCT).crawl_delay_s == delay_s


def test_what_stands_beyond_the_limit_is_not_read() -> None:
    padding = b"# " + b"x" * 98 + b"\n"
    late = padding * (MAX_BYTES // len(padding) + 1) + b"User-agent: *\nDisallow: /\n"
    early = b"User-agent: *\nDisallow: /\n" + padding * 6000
    assert parse_robots(late, PRODUCT).is_allowed(URL, PRODUCT)
    assert not parse_robots(early, PRODUCT).is_allowed(URL, PRODUCT)


def test_unreachable_means_disallow() -> None:
    assert not Robots(unreachable="status 500").is_allowed(URL, PRODUCT)
