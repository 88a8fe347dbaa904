"""TLS: whom the crawler believes, and the reason for each failure."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from datetime import timedelta

import pytest
from system.crawler_process import Start, body_of, start, town, verdict

from tests.hostile.certificates import Authority
from tests.hostile.site import PAGE, Site, Town

pytestmark = pytest.mark.system

__all__ = ["start", "town"]  # fixtures


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
