"""URLs, sites and home pages."""

from __future__ import annotations

import pytest

from crawler.sites import is_same_site, site_of
from crawler.urls import BadUrlError, is_home, join_url, parse_url


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://Example.COM", "https://example.com/"),
        ("http://example.com:80/a#frag", "http://example.com/a"),
        ("https://example.com:8443/a?b=c", "https://example.com:8443/a?b=c"),
        ("  https://example.com/a b\n", "https://example.com/a%20b"),
        ("https://example.com/sti/behandling-æøå", "https://example.com/sti/behandling-%C3%A6%C3%B8%C3%A5"),
        ("https://example.com/a%20b%2Fc", "https://example.com/a%20b%2Fc"),
        ("https://user:secret@example.com/", "https://example.com/"),
        ("https://bücher.de/", "https://xn--bcher-kva.de/"),
        ("http://example.com./x", "http://example.com/x"),
        ("http:\\\\example.com\\a", "http://example.com/a"),
        ("http:/example.com/a", "http://example.com/a"),
        ("http://[2606:4700::1111]:8080/", "http://[2606:4700::1111]:8080/"),
        ("http://example.com//double", "http://example.com//double"),
        # the many ways to write 127.0.0.1
        ("http://2130706433/", "http://127.0.0.1/"),
        ("http://0x7f000001/", "http://127.0.0.1/"),
        ("http://0177.0.0.1/", "http://127.0.0.1/"),
        ("http://127.1/", "http://127.0.0.1/"),
        ("http://１２７.０.０.１/", "http://127.0.0.1/"),
        ("http://①②⑦.⓪.⓪.①/", "http://127.0.0.1/"),
        ("http://clinic.com@169.254.169.254/", "http://169.254.169.254/"),
    ],
)
def test_a_url_is_read_as_browsers_do(text: str, url: str) -> None:
    assert parse_url(text).url == url
    assert parse_url(url).url == url  # reading is idempotent


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("ftp://example.com/", "redirect.scheme"),
        ("file:///etc/passwd", "redirect.scheme"),
        ("javascript:alert(1)", "redirect.scheme"),
        ("data:text/html,x", "redirect.scheme"),
        ("gopher://example.com/", "redirect.scheme"),
        ("", "redirect.scheme"),
        ("/relative", "redirect.scheme"),
        ("http://", "redirect.bad_url"),
        ("http://exa mple.com/", "redirect.bad_url"),
        ("http://example.com:99999/", "redirect.bad_url"),
        ("http://example.com:0/", "redirect.bad_url"),
        ("http://example.com:http/", "redirect.bad_url"),
        ("http://[::1", "redirect.bad_url"),
        ("http://256.256.256.256/", "redirect.bad_url"),
        ("http://exa\x00mple.com/", "redirect.bad_url"),
        ("http://example.com/" + "a" * 9000, "redirect.url_too_long"),
    ],
)
def test_what_cannot_be_asked_for_has_a_reason(text: str, reason: str) -> None:
    with pytest.raises(BadUrlError) as error:
        parse_url(text)
    assert error.value.reason == reason


@pytest.mark.parametrize(
    ("location", "url"),
    [
        (b"/new", "https://clinic.example/new"),
        (b"new?x=1", "https://clinic.example/a/new?x=1"),
        (b"?page=2", "https://clinic.example/a/b?page=2"),
        (b"//other.example/x", "https://other.example/x"),
        (b"\\\\other.example\\x", "https://other.example/x"),
        (b"https:/\\other.example/", "https://other.example/"),
        (b"/sti/\xc3\xa6", "https://clinic.example/sti/%C3%A6"),
        (b"/sti/\xe6", "https://clinic.example/sti/%C3%A6"),  # latin-1
        (b" /spaces ", "https://clinic.example/spaces"),
        (b"../up", "https://clinic.example/up"),
    ],
)
def test_a_location_is_joined_to_its_page(location: bytes, url: str) -> None:
    assert join_url(parse_url("https://clinic.example/a/b"), location).url == url


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("clinic.com", "www.clinic.com", True),
        ("shop.clinic.com", "clinic.com", True),
        ("clinic.com.au", "dermamed.com.au", False),
        ("www.dermamed.com.au", "dermamed.com.au", True),
        ("clinic.co.uk", "other.co.uk", False),
        ("one.wixsite.com", "two.wixsite.com", False),  # one builder, two sites
        ("clinic.com", "clinic.net", False),
        ("clinic.com", "clinic.com.evil.com", False),
        ("127.0.0.1", "127.0.0.1", True),
        ("127.0.0.1", "127.0.0.2", False),
        ("localhost", "localhost", True),
        ("inner.clinic.test", "clinic.test", True),  # a domain that is on no list
        ("other.test", "clinic.test", False),
    ],
)
def test_sites_are_registrable_domains(one: str, other: str, same: bool) -> None:
    assert is_same_site(one, other) is same
    assert is_same_site(other, one) is same


def test_a_host_without_public_suffix_is_its_own_site() -> None:
    assert site_of("intranet") == "intranet"


@pytest.mark.parametrize(
    "url", ["/", "/?utm_source=x", "/index.html", "/index.php", "/en/", "/en", "/nl-be/", "/?lang=en", "/home"]
)
def test_home_pages(url: str) -> None:
    assert is_home(parse_url("https://clinic.example" + url))


@pytest.mark.parametrize("url", ["/?p=123", "/?page_id=7", "/stem-cells", "/en/stem-cells", "/index", "/abc/"])
def test_other_pages(url: str) -> None:
    assert is_home(parse_url("https://clinic.example" + url)) is (url == "/index")
