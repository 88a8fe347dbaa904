"""Requests, retries, turns and settings: what needs no network."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from crawler.look import Budget, backoff_s, is_conditional, request_headers, retry
from crawler.politeness import Turns
from crawler.settings import CrawlSettings, SettingsError
from crawler.types import Target
from crawler.urls import parse_url
from crawler.verdict import Verdict, refuse
from monitor.config import CrawlerConfig

START = parse_url("https://clinic.example/stem-cells")
NAMED = CrawlSettings(contact="a@b.example")
QUICK = CrawlSettings(retry_backoff_s=0.0, retries=2)


def headers(target: Target, url: str = START.url, settings: CrawlSettings | None = None) -> dict[str, str]:
    return {
        name.decode(): value.decode()
        for name, value in request_headers(target, START, parse_url(url), settings or NAMED)
    }


def test_the_configuration_and_the_settings_have_the_same_fields() -> None:
    assert CrawlSettings(**msgspec.structs.asdict(CrawlerConfig())) == CrawlSettings()


def test_a_request_says_who_asks() -> None:
    sent = headers(Target(START.url))
    assert sent["User-Agent"] == "Clinicwatch/0.1 (+a@b.example)"
    assert next(iter(sent)) == "Host"
    assert sent["Host"] == "clinic.example"
    assert "Cookie" not in sent


def test_without_a_contact_the_brackets_are_left_out() -> None:
    assert CrawlSettings().identity == "Clinicwatch/0.1"
    assert CrawlSettings(user_agent="Watch/1 {contact}").identity == "Watch/1"


def test_own_headers_stay_with_their_origin() -> None:
    target = Target(START.url, headers=(("Authorization", "secret"), ("Cookie", "a=1"), ("Accept", "text/html")))
    assert headers(target)["Authorization"] == "secret"
    assert headers(target)["Accept"] == "text/html"
    for other in ("http://clinic.example/x", "https://www.clinic.example/x", "https://clinic.example:8443/x"):
        sent = headers(target, other)
        assert "Authorization" not in sent
        assert "Cookie" not in sent


def test_headers_that_frame_the_request_are_ours() -> None:
    target = Target(
        START.url, headers=(("Host", "evil"), ("Accept-Encoding", "x"), ("If-None-Match", "y"), ("Range", "0-1"))
    )
    sent = headers(target)
    assert sent["Host"] == "clinic.example"
    assert sent["Accept-Encoding"] == "gzip, deflate, br, zstd"
    assert not {"If-None-Match", "Range"} & set(sent)


def test_a_line_break_in_a_header_is_refused() -> None:
    with pytest.raises(ValueError, match="line break"):
        headers(Target(START.url, headers=(("X-A", "b\r\nX-Evil: c"),)))


def test_validators_go_to_the_url_that_gave_them() -> None:
    target = Target(START.url, etag=b'"v1"', last_modified=b"Sun, 03 May 2026 12:00:00 GMT")
    sent = headers(target)
    assert (sent["If-None-Match"], sent["If-Modified-Since"]) == ('"v1"', "Sun, 03 May 2026 12:00:00 GMT")
    assert "If-None-Match" not in headers(target, "https://clinic.example/moved")
    moved = Target(START.url, etag=b'"v1"', validators_url="https://clinic.example/moved")
    assert "If-None-Match" not in headers(moved)
    assert headers(moved, "https://clinic.example/moved")["If-None-Match"] == '"v1"'


def test_conditional_requests_are_known_by_their_validators() -> None:
    assert is_conditional(request_headers(Target(START.url, etag=b'"v"'), START, START, QUICK))
    assert not is_conditional(request_headers(Target(START.url), START, START, QUICK))


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("allow_addresses", {"allow_addresses": ("127.0.0.1",)}),
        ("allow_addresses", {"allow_addresses": ("localhost:80",)}),
        ("allow_addresses", {"allow_addresses": ("127.0.0.1:99999",)}),
        ("dns_hosts", {"dns_hosts": ("name",)}),
        ("dns_hosts", {"dns_hosts": ("=1.1.1.1",)}),
        ("dns_hosts", {"dns_hosts": ("name=other",)}),
        ("user_agent", {"user_agent": "{contact}"}),
        ("user_agent", {"user_agent": "A\r\nB"}),
    ],
)
def test_settings_that_cannot_be_used_name_their_key(key: str, values: dict[str, object]) -> None:
    with pytest.raises(SettingsError) as error:
        CrawlSettings(**values)  # type: ignore[arg-type]
    assert error.value.key == key


def test_permits_and_pinned_hosts_are_read() -> None:
    settings = CrawlSettings(allow_addresses=("127.0.0.1:81", "[::1]:82"), dns_hosts=("Clinic.Test=127.0.0.1",))
    assert settings.permits == {("127.0.0.1", 81), ("::1", 82)}
    assert settings.pinned_hosts == {"clinic.test": "127.0.0.1"}


class Answers:
    """Gives the verdicts that it was told, in order, and remembers how often it was asked."""

    def __init__(self, *reasons: str | None) -> None:
        self.reasons, self.asked = list(reasons), 0

    async def __call__(self) -> Verdict:
        self.asked += 1
        reason = self.reasons.pop(0)
        if reason == "budget":
            raise TimeoutError
        return refuse(reason) if reason else Verdict("ok")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("reasons", "asked", "final"),
    [
        ([None], 1, None),
        (["conn.reset", None], 2, None),
        (["conn.reset", "http.502", None], 3, None),
        (["conn.reset", "conn.reset", "conn.reset"], 3, "conn.reset"),
        (["http.404"], 1, "http.404"),
        (["rate_limited"], 1, "rate_limited"),
        (["conn.reset", "http.404"], 2, "http.404"),
        (["timeout.headers", "timeout.total"], 2, "timeout.headers"),
        (["timeout.headers", "budget"], 2, "timeout.headers"),
    ],
)
def test_passing_faults_are_tried_again(reasons: list[str | None], asked: int, final: str | None) -> None:
    answers = Answers(*reasons)
    verdict = asyncio.run(retry(answers, QUICK, Budget(45.0)))
    assert (answers.asked, verdict.reason) == (asked, final)


def test_no_try_begins_that_the_deadline_would_not_wait_for() -> None:
    answers = Answers("conn.reset")
    budget = Budget(45.0, spent_s=44.9)
    assert asyncio.run(retry(answers, CrawlSettings(retry_backoff_s=2.0), budget)).reason == "conn.reset"
    assert answers.asked == 1


def test_the_pause_doubles_and_is_jittered() -> None:
    assert [backoff_s(2.0, count, 0.0) for count in range(3)] == [2.0, 4.0, 8.0]
    assert backoff_s(2.0, 1, 1.0) == 2.0


def test_turns_of_an_origin_do_not_overlap_and_others_do_not_wait() -> None:
    async def main() -> tuple[int, int]:
        turns, here, most, elsewhere = Turns(), 0, 0, 0

        async def visit(host: str) -> None:
            nonlocal here, most, elsewhere
            async with turns.turn(("http", host, 80), 0.0):
                if host == "one":
                    here += 1
                    most = max(most, here)
                    await asyncio.sleep(0)
                    here -= 1
                else:
                    elsewhere += here

        await asyncio.gather(*(visit(host) for host in ["one", "two"] * 10))
        return most, elsewhere

    most, elsewhere = asyncio.run(main())
    assert most == 1
    assert elsewhere > 0


def test_the_pause_counts_from_the_end_of_the_last_turn() -> None:
    async def main() -> float:
        turns, loop = Turns(), asyncio.get_running_loop()
        async with turns.turn(("http", "one", 80), 0.05):
            await asyncio.sleep(0.05)
            ended = loop.time()
        async with turns.turn(("http", "one", 80), 0.05):
            return loop.time() - ended

    assert asyncio.run(main()) >= 0.049
