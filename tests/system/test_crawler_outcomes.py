"""Whatever a site does: one typed outcome. A real crawler in a process of its own, a real site on the loopback."""

from __future__ import annotations

import base64
import socket

import pytest
from system.crawler_process import Child, Start, body_of, canary, child, site, start, town, verdict

from tests.hostile.outcomes import OUTCOMES
from tests.hostile.site import PAGE, Site

pytestmark = pytest.mark.system

__all__ = ["canary", "child", "site", "start", "town"]  # fixtures


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


def test_a_fresh_connection_can_be_asked_for(child: Child, site: Site) -> None:
    url = f"http://clinic.test:{site.port}/page"
    child.fetch(url)
    before = site.connections
    child.fetch(url)
    assert site.connections == before, "kept alive"
    child.fetch(url, fresh_connection=True)
    assert site.connections == before + 1


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


def test_memory_stays_bounded(child: Child, site: Site) -> None:
    for name in ("gzip_bomb", "br_bomb", "zstd_bomb", "double_bomb", "too_large"):
        child.fetch(f"http://clinic.test:{site.port}/{name}")
    message = child.wait(child.send(f"http://clinic.test:{site.port}/page"))
    assert message["memory_kb"] < 300_000
