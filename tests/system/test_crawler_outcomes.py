"""Whatever a site does: one typed outcome. A real crawler in a process of its own, a real site on the loopback."""

from __future__ import annotations

import base64
import itertools
import json
import queue
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from system.crawler_certificates import Authority
from system.crawler_site import PAGE, Site, Town, Visit

pytestmark = pytest.mark.system

HERE = Path(__file__).parent
NAMES = ("clinic.test", "www.clinic.test", "inner.clinic.test", "other.test", "canary.test", "wrong.test")


class Child:
    """The process that holds the crawler."""

    def __init__(self, **settings: Any) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-X", "dev", "-W", "error", str(HERE / "crawler_child.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._numbers = itertools.count(1)
        self._answers: dict[int, dict[str, Any]] = {}
        self._arrived: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self.errors = ""
        self._readers = [threading.Thread(target=self._read), threading.Thread(target=self._read_errors)]
        for reader in self._readers:
            reader.start()
        self._write({"settings": settings})

    def _write(self, message: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(message) + "\n")
        self._process.stdin.flush()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._arrived.put(json.loads(line))
        self._arrived.put(None)

    def _read_errors(self) -> None:
        assert self._process.stderr is not None
        self.errors = self._process.stderr.read()

    def send(self, url: str, **target: Any) -> int:
        number = next(self._numbers)
        self._write({"id": number, "target": {"url": url, **target}})
        return number

    def cancel(self, number: int) -> None:
        self._write({"id": next(self._numbers), "cancel": number})

    def wait(self, number: int, timeout_s: float = 30.0) -> dict[str, Any]:
        """The message for `number`."""
        end = time.monotonic() + timeout_s
        while number not in self._answers:
            message = self._arrived.get(timeout=max(0.01, end - time.monotonic()))
            if message is None:
                raise AssertionError(f"the crawler's process ended: {self.errors}")
            assert message["id"] not in self._answers, "two answers for one target"
            self._answers[message["id"]] = message
        return self._answers[number]

    def fetch(self, url: str, **target: Any) -> dict[str, Any]:
        result: dict[str, Any] = self.wait(self.send(url, **target))["result"]
        return result

    def close(self) -> int:
        assert self._process.stdin is not None
        self._process.stdin.close()
        code = self._process.wait(20)
        for reader in self._readers:
            reader.join(10)
        for stream in (self._process.stdout, self._process.stderr):
            assert stream is not None
            stream.close()
        return code


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    town = Town()
    yield town
    town.close()


@pytest.fixture(scope="module")
def canary(town: Town) -> Site:
    """What must never be reached."""
    return town.open(Site())


@pytest.fixture(scope="module")
def site(town: Town, canary: Site) -> Site:
    return town.open(Site(canary=canary.port))


def quick(*sites: Site, **settings: Any) -> dict[str, Any]:
    """Settings for sites on the loopback: no delay, short times."""
    return {
        "contact": "test@clinicwatch.example",
        "allow_addresses": [f"127.0.0.1:{site.port}" for site in sites],
        "dns_hosts": [f"{name}=127.0.0.1" for name in NAMES],
        "delay_s": 0.0,
        "connect_timeout_s": 0.5,
        "idle_timeout_s": 0.5,
        "deadline_s": 1.5,
        "retries": 0,
        "retry_backoff_s": 0.01,
        "max_redirects": 5,
        "max_wire_bytes": 2_000_000,
        "max_decoded_bytes": 4_000_000,
        "max_retry_after_s": 3600.0,
        **settings,
    }


Start = Callable[..., Child]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts crawlers, and sees that each of them ends well."""
    children: list[Child] = []

    def begin(*sites: Site, **settings: Any) -> Child:
        children.append(Child(**quick(*sites, **settings)))
        return children[-1]

    yield begin
    for child in children:
        assert child.close() == 0, child.errors
        assert child.errors == ""


@pytest.fixture(scope="module")
def child(site: Site) -> Iterator[Child]:
    child = Child(**quick(site))
    yield child
    assert child.close() == 0, child.errors
    assert child.errors == ""


def body_of(result: dict[str, Any]) -> bytes:
    return base64.b64decode(result["exchange"]["body"]["b64"])


def verdict(result: dict[str, Any]) -> str:
    return ":".join(filter(None, (result["outcome"], result["reason"])))


OUTCOMES = {
    "status_200": "ok",
    "page": "ok",
    "gzip": "ok",
    "br": "ok",
    "zstd": "ok",
    "deflate": "ok",
    "close_delimited": "ok",
    "coding_is_charset": "ok",
    "big_headers": "ok",
    "hints": "ok",
    "plain": "ok",
    "pdf": "ok",
    "to_page": "ok",
    "to_page_308": "ok",
    "relative": "ok",
    "to_same_site": "ok",
    "sets_cookie": "ok",
    "closes_after": "ok",
    **{
        f"status_{code}": f"fetch_error:http.{code}" for code in (201, 202, 203, 204, 205, 206, 300, 305, 400, 402, 405)
    },
    **{f"status_{code}": f"fetch_error:http.{code}" for code in (418, 500, 501, 502, 503, 504, 520, 999)},
    **{f"status_{code}": f"blocked:http.{code}" for code in (401, 403, 451)},
    **{f"status_{code}": f"gone:http.{code}" for code in (404, 410)},
    "status_429": "fetch_error:rate_limited",
    "to_404": "gone:http.404",
    "challenge": "blocked:waf",
    "always_304": "fetch_error:not_modified_without_validator",
    "empty_reply": "fetch_error:empty_reply",
    "half_head": "fetch_error:conn.closed",
    "reset_in_head": "fetch_error:conn.reset",
    "reset_in_body": "fetch_error:conn.reset",
    "reset_close_delimited": "fetch_error:conn.reset",
    "no_status_line": "fetch_error:bad_http.status_line",
    "ssh": "fetch_error:bad_http.status_line",
    "bad_header": "fetch_error:bad_http.header",
    "nul_header": "fetch_error:bad_http.header",
    "length_long": "fetch_error:truncated",
    "length_short": "fetch_error:bad_http.content_length",
    "length_letters": "fetch_error:bad_http.content_length",
    "length_two": "fetch_error:bad_http.content_length",
    "chunked_bad": "fetch_error:bad_http.chunked",
    "chunked_cut": "fetch_error:truncated",
    "chunked_without_end": "fetch_error:truncated",
    "gzip_cut": "fetch_error:bad_http.encoding",
    "gzip_without_checksum": "fetch_error:bad_http.encoding",
    "br_cut": "fetch_error:bad_http.encoding",
    "zstd_cut": "fetch_error:bad_http.encoding",
    "not_gzip": "fetch_error:bad_http.encoding",
    "unknown_coding": "fetch_error:bad_http.encoding",
    "gzip_bomb": "fetch_error:too_large.decoded",
    "br_bomb": "fetch_error:too_large.decoded",
    "zstd_bomb": "fetch_error:too_large.decoded",
    "double_bomb": "fetch_error:too_large.decoded",
    "too_large": "fetch_error:too_large.wire",
    "announced_too_large": "fetch_error:too_large.wire",
    "too_many_headers": "fetch_error:too_large.headers",
    "silence": "fetch_error:timeout.headers",
    "drip_head": "fetch_error:timeout.headers",
    "stall_in_body": "fetch_error:timeout.idle",
    "drip": "fetch_error:timeout.total",
    "png": "unsupported:type.image",
    "png_as_html": "unsupported:type.mismatch",
    "zip": "unsupported:type.archive",
    "json": "unsupported:type.json",
    "rss": "unsupported:type.xml",
    "multipart": "unsupported:type.multipart",
    "empty_body": "blocked:empty",
    "white_body": "blocked:empty",
    "meta_refresh": "refused:redirect.meta",
    "refresh_header": "refused:redirect.refresh",
    "no_location": "fetch_error:redirect.no_location",
    "to_self": "fetch_error:redirect.loop",
    "ping": "fetch_error:redirect.loop",
    "chain": "fetch_error:redirect.too_many",
    "to_bad_url": "fetch_error:redirect.bad_url",
    "to_long_url": "fetch_error:redirect.url_too_long",
    "to_ftp": "refused:redirect.scheme",
    "to_file": "refused:redirect.scheme",
    "to_other_site": "refused:redirect.offsite",
    "via_localhost": "refused:redirect.offsite",
    "to_home": "blocked:redirect.home",
    "to_ssh_port": "refused:ssrf.private_ip",
    "to_metadata": "refused:ssrf.private_ip",
    "to_canary": "refused:ssrf.private_ip",
    "to_canary_localhost": "refused:ssrf.private_ip",
    "to_canary_decimal": "refused:ssrf.private_ip",
    "to_canary_hex": "refused:ssrf.private_ip",
    "to_canary_mapped": "refused:ssrf.private_ip",
    "to_canary_v6": "refused:ssrf.private_ip",
    "to_canary_user": "refused:ssrf.private_ip",
    "to_canary_backslash": "refused:ssrf.private_ip",
    "to_canary_name": "refused:ssrf.private_ip",
    "to_canary_same_site": "refused:ssrf.private_ip",
    "to_canary_scheme_less": "refused:ssrf.private_ip",
}


@pytest.mark.parametrize("name", OUTCOMES)
def test_every_misbehaviour_has_its_outcome(name: str, child: Child, site: Site, canary: Site) -> None:
    result = child.fetch(f"http://clinic.test:{site.port}/{name}")
    assert verdict(result) == OUTCOMES[name], result["detail"]
    assert result["detail"] or result["outcome"] in ("ok", "unchanged")
    assert canary.connections == 0
    healthy = child.fetch(f"http://clinic.test:{site.port}/page_after_{name}")
    assert verdict(healthy) == "ok", "a fault must not touch the next page of its host"
    assert body_of(healthy) == PAGE


@pytest.mark.parametrize("name", ["page", "gzip", "br", "zstd", "deflate", "close_delimited", "to_page"])
def test_the_body_is_exact(name: str, child: Child, site: Site) -> None:
    assert body_of(child.fetch(f"http://clinic.test:{site.port}/{name}")) == PAGE


def test_the_exchange_is_told_in_full(child: Child, site: Site) -> None:
    exchange = child.fetch(f"http://clinic.test:{site.port}/to_same_site")["exchange"]
    assert exchange["final_url"] == f"http://www.clinic.test:{site.port}/status_200"
    assert exchange["redirects"] == [
        {
            "url": f"http://clinic.test:{site.port}/to_same_site",
            "status": 302,
            "location": f"http://www.clinic.test:{site.port}/status_200",
        }
    ]
    assert (exchange["status"], exchange["http_version"]) == (200, "1.1")
    assert exchange["address"] == f"127.0.0.1:{site.port}"
    assert exchange["wire_bytes"] == len(PAGE)
    assert 0 < exchange["duration_s"] < 5
    assert exchange["started_at"].endswith("+00:00")


def test_the_request_is_told_as_it_was_sent(child: Child, site: Site) -> None:
    result = child.fetch(
        f"http://clinic.test:{site.port}/echo", headers=[["X-Own", "yes"], ["Authorization", "Basic x"]]
    )
    sent = [tuple(base64.b64decode(part["b64"]) for part in pair) for pair in result["exchange"]["request_headers"]]
    expected = b"GET /echo HTTP/1.1\r\n" + b"\r\n".join(name + b": " + value for name, value in sent)
    assert body_of(result) == b"<pre>" + expected + b"\r\n\r\n</pre>"
    assert (b"X-Own", b"yes") in sent
    assert (b"User-Agent", b"Clinicwatch/0.1 (+test@clinicwatch.example)") in sent


def test_own_headers_do_not_follow_a_redirect_to_another_host(child: Child, site: Site) -> None:
    result = child.fetch(f"http://clinic.test:{site.port}/to_secret", headers=[["Authorization", "secret"]])
    assert verdict(result) == "ok"
    assert b"Host: www.clinic.test" in body_of(result)
    assert b"secret" not in body_of(result)


def test_a_permitted_host_may_be_redirected_to(child: Child, site: Site) -> None:
    result = child.fetch(f"http://clinic.test:{site.port}/to_other_site", allow_hosts=["other.test"])
    assert verdict(result) == "ok"


@pytest.mark.parametrize(
    "validators", [{"etag": '"v1"'}, {"last_modified": "Sun, 03 May 2026 12:00:00 GMT"}], ids=["etag", "date"]
)
def test_validators_are_sent_and_304_is_unchanged(validators: dict[str, str], child: Child, site: Site) -> None:
    result = child.fetch(f"http://clinic.test:{site.port}/validated", **validators)
    assert verdict(result) == "unchanged"
    assert (result["exchange"]["status"], body_of(result)) == (304, b"")
    assert verdict(child.fetch(f"http://clinic.test:{site.port}/validated", etag='"old"')) == "ok"
    assert verdict(child.fetch(f"http://clinic.test:{site.port}/validated")) == "ok"


@pytest.mark.parametrize(
    ("name", "seconds"), [("rate_limited", 120.0), ("rate_limited_long", 3600.0), ("maintenance", 3600.0)]
)
def test_retry_after_is_read_and_bounded(name: str, seconds: float, child: Child, site: Site) -> None:
    result = child.fetch(f"http://clinic.test:{site.port}/{name}")
    assert (verdict(result), result["retry_after_s"]) == ("fetch_error:rate_limited", seconds)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://nowhere.invalid/", "fetch_error:dns"),
        ("http://127.0.0.1:{closed}/", "fetch_error:conn.refused"),
        ("http://127.0.0.1:{canary}/", "refused:ssrf.private_ip"),
        ("http://0.0.0.0:{canary}/", "refused:ssrf.private_ip"),
        ("http://[::1]:{canary}/", "refused:ssrf.private_ip"),
        ("http://localhost:{canary}/", "refused:ssrf.private_ip"),
        ("http://canary.test:{canary}/", "refused:ssrf.private_ip"),
        ("ftp://clinic.test/", "refused:redirect.scheme"),
        ("not a url", "refused:redirect.scheme"),
        ("http://", "fetch_error:redirect.bad_url"),
    ],
)
def test_targets_that_give_nothing(url: str, expected: str, start: Start, site: Site, canary: Site) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        child = start(site, allow_addresses=[f"127.0.0.1:{site.port}", f"127.0.0.1:{port}"])
        result = child.fetch(url.format(closed=port, canary=canary.port, site=site.port))
    assert verdict(result) == expected, result["detail"]
    assert canary.connections == 0


def test_a_host_that_does_not_answer_at_all(start: Start) -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        address = full.getsockname()
        fillers = [socket.socket() for _ in range(3)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(address)
        child = start(allow_addresses=[f"127.0.0.1:{address[1]}"])
        result = child.fetch(f"http://127.0.0.1:{address[1]}/")
        for filler in fillers:
            filler.close()
    assert verdict(result) == "fetch_error:timeout.connect"


def test_a_server_that_never_finishes_the_handshake(start: Start) -> None:
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen(5)
        port = mute.getsockname()[1]
        child = start(allow_addresses=[f"127.0.0.1:{port}"])
        assert verdict(child.fetch(f"https://127.0.0.1:{port}/")) == "fetch_error:timeout.tls"


def test_without_a_contact_only_permitted_addresses_are_visited(start: Start, site: Site) -> None:
    child = start(site, contact="", dns_hosts=["public.test=93.184.216.34"])
    assert verdict(child.fetch(f"http://127.0.0.1:{site.port}/page")) == "ok"
    assert verdict(child.fetch("http://public.test/")) == "refused:no_contact"


def robots(body: bytes, status: str = "200 OK", **headers: bytes) -> Callable[[Visit], Any]:
    async def act(visit: Visit) -> None:
        filled = {name: visit.site.fill(value.decode()).encode() for name, value in headers.items()}
        await visit.page(body, status, Content_Type=b"text/plain", **filled)

    return act


async def robots_silence(visit: Visit) -> None:
    await visit.site.stopped.wait()


async def robots_reset(visit: Visit) -> None:
    visit.reset()


async def robots_moved(visit: Visit) -> None:
    if visit.path.endswith("?moved"):
        await visit.page(b"User-agent: *\nDisallow: /page")
    else:
        await visit.page(b"", "301 Moved", Location=b"/robots.txt?moved")


async def robots_loop(visit: Visit) -> None:
    await visit.page(b"", "301 Moved", Location=b"/robots.txt")


async def robots_too_large(visit: Visit) -> None:
    await visit.page(b"User-agent: *\nDisallow: /page\n" + b"# padding\n" * 100_000)


ROBOTS: dict[str, tuple[Any, str]] = {
    "none": (None, "ok"),
    "allowed": (robots(b"User-agent: *\nDisallow: /other"), "ok"),
    "disallowed": (robots(b"User-agent: *\nDisallow: /page"), "refused:robots.disallow"),
    "disallowed by name": (robots(b"User-agent: clinicwatch\nDisallow: /"), "refused:robots.disallow"),
    "forbidden": (robots(b"", "403 Forbidden"), "ok"),
    "unauthorized": (robots(b"", "401 Unauthorized"), "ok"),
    "error": (robots(b"", "500 Oops"), "refused:robots.unreachable"),
    "unavailable": (robots(b"", "503 Oops"), "refused:robots.unreachable"),
    "silent": (robots_silence, "refused:robots.unreachable"),
    "reset": (robots_reset, "refused:robots.unreachable"),
    "moved": (robots_moved, "refused:robots.disallow"),
    "loop": (robots_loop, "ok"),
    "to canary": (robots(b"", "302 Found", Location=b"http://{canary}/robots.txt"), "refused:robots.unreachable"),
    "too large": (robots_too_large, "refused:robots.disallow"),
    "html": (robots(b"<html>no such page</html>"), "ok"),
}


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
    slow = [child.send(f"http://127.0.0.1:{site.port}/drip") for site in drips]
    began = time.monotonic()
    for number in [child.send(f"http://127.0.0.1:{site.port}/page") for site in honest]:
        assert verdict(child.wait(number)["result"]) == "ok"
    assert time.monotonic() - began < 3.0
    assert {verdict(child.wait(number)["result"]) for number in slow} == {"fetch_error:timeout.total"}


def test_a_look_can_be_cancelled_and_the_host_is_free_at_once(town: Town, start: Start) -> None:
    site = town.open(Site())
    child = start(site, idle_timeout_s=20.0, deadline_s=20.0)
    number = child.send(f"http://127.0.0.1:{site.port}/silence")
    while not any(path == "/silence" for path, _ in site.requests):
        time.sleep(0.01)
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


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("certificates"), "test-authority")


def test_a_private_authority_is_trusted_when_it_is_named(town: Town, authority: Authority, start: Start) -> None:
    site = town.open(Site(tls=authority.server("clinic.test")))
    child = start(site, ca_file=str(authority.file))
    result = child.fetch(f"https://clinic.test:{site.port}/page")
    assert verdict(result) == "ok", result["detail"]
    assert body_of(result) == PAGE
    assert len(result["exchange"]["tls"]["certificate_sha256"]) == 64
    assert result["exchange"]["tls"]["not_after"].endswith("+00:00")
    assert verdict(child.fetch(f"https://127.0.0.1:{site.port}/page")) == "ok"
    assert verdict(start(site).fetch(f"https://clinic.test:{site.port}/page")) == "fetch_error:tls.untrusted"


@pytest.mark.parametrize(
    ("server", "expected"),
    [
        (lambda a: a.server("clinic.test", timedelta(days=-20), timedelta(days=-10)), "tls.expired"),
        (lambda a: a.server("clinic.test", timedelta(days=10), timedelta(days=20)), "tls.not_yet_valid"),
        (lambda a: a.server("clinic.test", self_signed=True), "tls.self_signed"),
        (lambda a: a.server("wrong.test"), "tls.hostname"),
        (lambda a: Authority(a.directory, "stranger").server("clinic.test"), "tls.untrusted"),
    ],
    ids=["expired", "not yet valid", "self-signed", "wrong name", "unknown authority"],
)
def test_tls_failures_have_their_reason(
    server: Callable[[Authority], ssl.SSLContext], expected: str, town: Town, authority: Authority, start: Start
) -> None:
    site = town.open(Site(tls=server(authority)))
    result = start(site, ca_file=str(authority.file)).fetch(f"https://clinic.test:{site.port}/page")
    assert verdict(result) == f"fetch_error:{expected}", result["detail"]
    assert site.requests == []


@pytest.mark.parametrize(
    "greeting", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x15\x03\x01\x00\x02\x02\x28"], ids=["http", "alert"]
)
def test_a_server_that_speaks_no_tls(greeting: bytes, town: Town, start: Start) -> None:
    site = town.open(Site(greeting=greeting))
    assert verdict(start(site).fetch(f"https://127.0.0.1:{site.port}/page")) == "fetch_error:tls.handshake"


def test_a_tls_connection_that_is_cut_is_no_end(town: Town, authority: Authority, start: Start) -> None:
    site = town.open(Site(tls=authority.server("clinic.test")))
    child = start(site, ca_file=str(authority.file))
    assert verdict(child.fetch(f"https://clinic.test:{site.port}/cut_without_goodbye")) == "fetch_error:tls.truncated"
    assert verdict(child.fetch(f"https://clinic.test:{site.port}/close_delimited")) == "ok"


def test_memory_stays_bounded(child: Child, site: Site) -> None:
    for name in ("gzip_bomb", "br_bomb", "zstd_bomb", "double_bomb", "too_large"):
        child.fetch(f"http://clinic.test:{site.port}/{name}")
    message = child.wait(child.send(f"http://clinic.test:{site.port}/page"))
    assert message["memory_kb"] < 300_000
