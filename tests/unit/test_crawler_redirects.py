"""Where redirects, Refresh headers and meta refreshes may lead."""

from __future__ import annotations

import pytest

from crawler.faults import Fault
from crawler.guard import AddressGuard
from crawler.redirects import judge_redirect, meta_refresh, refresh_target
from crawler.urls import parse_url

GUARD = AddressGuard(permits=frozenset({("127.0.0.1", 8001), ("127.0.0.1", 8002)}))


def follow(location: bytes | None, start: str = "https://www.clinic.com/stem-cells", **options: object) -> str:
    """The URL that is followed, or the reason why not."""
    url = parse_url(start)
    settings: dict[str, object] = {
        "passed": {url.url},
        "max_redirects": 5,
        "allow_hosts": (),
        "guard": GUARD,
        **options,
    }
    step = judge_redirect(url, url, location, **settings)  # type: ignore[arg-type]
    return step.reason if isinstance(step, Fault) else step.url


@pytest.mark.parametrize(
    ("location", "result"),
    [
        (b"/therapy", "https://www.clinic.com/therapy"),
        (b"https://clinic.com/stem-cells", "https://clinic.com/stem-cells"),
        (b"https://shop.clinic.com/stem-cells", "https://shop.clinic.com/stem-cells"),
        (b"http://www.clinic.com/stem-cells", "http://www.clinic.com/stem-cells"),
        (b"/stem-cells/?p=1", "https://www.clinic.com/stem-cells/?p=1"),
        (b"https://other.com/stem-cells", "redirect.offsite"),
        (b"//other.com/stem-cells", "redirect.offsite"),
        (b"https://clinic.com.evil.com/x", "redirect.offsite"),
        (b"/", "redirect.home"),
        (b"https://clinic.com", "redirect.home"),
        (b"/index.php", "redirect.home"),
        (b"/en/", "redirect.home"),
        (b"/?utm_source=404", "redirect.home"),
        (b"/?p=99", "https://www.clinic.com/?p=99"),
        (b"/wp-login.php?redirect_to=%2Fstem-cells", "login"),
        (b"/account/sign-in", "login"),
        (b"/404", "soft404"),
        (b"/page-not-found/", "soft404"),
        (b"/error404.html", "soft404"),
        (b"/maintenance.html", "maintenance"),
        (b"/captcha?back=x", "captcha"),
        (b"/login-to-our-clinic-story", "https://www.clinic.com/login-to-our-clinic-story"),
        (b"/stem-cells", "redirect.loop"),
        (b"/stem-cells#part", "redirect.loop"),
        (None, "redirect.no_location"),
        (b"", "redirect.no_location"),
        (b"  ", "redirect.no_location"),
        (b"ftp://www.clinic.com/x", "redirect.scheme"),
        (b"javascript:alert(1)", "redirect.scheme"),
        (b"file:///etc/passwd", "redirect.scheme"),
        (b"http://[bad", "redirect.bad_url"),
        (b"http://www.clinic.com:99999/", "redirect.bad_url"),
        (b"/" + b"a" * 9000, "redirect.url_too_long"),
        (b"http://169.254.169.254/latest/meta-data/", "ssrf.private_ip"),
        (b"http://127.0.0.1:6379/", "ssrf.private_ip"),
        (b"http://2130706433/", "ssrf.private_ip"),
        (b"http://0x7f.1/", "ssrf.private_ip"),
        (b"http://%31%32%37.0.0.1/", "ssrf.private_ip"),
        (b"http://[::1]/", "ssrf.private_ip"),
        (b"http://[::ffff:10.0.0.1]/", "ssrf.private_ip"),
        (b"http:\\\\10.0.0.1\\x", "ssrf.private_ip"),
        (b"http://clinic.com@10.0.0.1/", "ssrf.private_ip"),
        (b"http://8.8.8.8:22/", "ssrf.port"),
        (b"https://www.clinic.com:22/x", "ssrf.port"),
        (b"https://8.8.8.8/x", "redirect.offsite"),
    ],
)
def test_locations(location: bytes | None, result: str) -> None:
    assert follow(location) == result


def test_a_home_page_may_lead_to_another_home_page() -> None:
    assert follow(b"/en/", start="https://clinic.com/") == "https://clinic.com/en/"


def test_a_page_about_the_landing_may_move() -> None:
    assert follow(b"/nl/login", start="https://clinic.com/login") == "https://clinic.com/nl/login"


def test_hosts_can_be_permitted_by_name() -> None:
    assert follow(b"https://booking.example/x", allow_hosts=("Booking.example",)) == "https://booking.example/x"


def test_another_port_of_the_same_host_is_the_same_site() -> None:
    assert follow(b"http://127.0.0.1:8002/x", start="http://127.0.0.1:8001/y") == "http://127.0.0.1:8002/x"
    assert follow(b"http://127.0.0.1:8003/x", start="http://127.0.0.1:8001/y") == "ssrf.private_ip"


def test_the_number_of_redirects_is_limited() -> None:
    passed = {f"https://www.clinic.com/{number}" for number in range(5)}
    assert follow(b"/next", passed=passed) == "https://www.clinic.com/next"
    assert follow(b"/next", passed=passed | {"https://www.clinic.com/5"}) == "redirect.too_many"


HERE = parse_url("https://clinic.com/stem-cells")


@pytest.mark.parametrize(
    ("value", "target"),
    [
        (b"0; url=/new", "https://clinic.com/new"),
        (b"0;URL='/new'", "https://clinic.com/new"),
        (b'5; url="https://other.com/"', "https://other.com/"),
        (b"0,/new", "https://clinic.com/new"),
        (b"0 url=/new", "https://clinic.com/new"),
        (b"; url=/new", "https://clinic.com/new"),
        (b"3", None),
        (b"300", None),
        (b"0; url=/stem-cells", None),
        (b"0; url=", None),
        (b"600; url=/logout", None),
        (b"soon", None),
        (b"", None),
        (b"0; url=javascript:void(0)", None),
    ],
)
def test_refresh_values(value: bytes, target: str | None) -> None:
    found = refresh_target(value, HERE)
    assert (found.url if found else None) == target


@pytest.mark.parametrize(
    ("body", "is_sent_on"),
    [
        (b'<meta http-equiv="refresh" content="0; url=/new">', True),
        (b"<META HTTP-EQUIV=REFRESH CONTENT='0;url=/new'>", True),
        (b'<meta content="0; url=/new" http-equiv="Refresh" />', True),
        (b'<meta http-equiv="refresh" content="60">', False),
        (b'<meta http-equiv="refresh" content="0; url=https://clinic.com/stem-cells">', False),
        (b'<!-- <meta http-equiv="refresh" content="0; url=/new"> -->', False),
        (b'<noscript><meta http-equiv="refresh" content="0; url=/no-js"></noscript>', False),
        (b'<script>x = \'<meta http-equiv="refresh" content="0; url=/new">\'</script>', False),
        (b"<p>The refresh of cells. http-equiv refresh</p>", False),
        (b'<meta name="refresh" content="0; url=/new">', False),
        (b"<!-- " * 20_000 + b"refresh", False),
    ],
)
def test_meta_refresh(body: bytes, is_sent_on: bool) -> None:
    assert (meta_refresh(body, HERE) is not None) is is_sent_on
