"""What the loopback site does wrong, by name: a path /name makes it do so."""

from __future__ import annotations

import gzip
import socket
import zlib

import brotli
import zstandard

from tests.hostile.clinic import SIBLING
from tests.hostile.site import BEHAVIOURS, LAST_MODIFIED, PAGE, Visit, behaviour


def answers(name: str, data: bytes, *, reset: bool = False) -> None:
    """A behaviour that sends `data` and closes."""

    async def act(visit: Visit) -> None:
        await visit.send(data)
        if reset:
            visit.reset()
        else:
            visit.close()

    BEHAVIOURS["/" + name] = act


def statuses(*codes: int) -> None:
    for code in codes:
        BEHAVIOURS[f"/status_{code}"] = lambda visit, code=code: visit.page(status=f"{code} Status")  # type: ignore[misc]


def redirects(name: str, location: str | bytes, status: int = 302) -> None:
    """A redirect; {site} and {canary} in the location stand for "host:port"."""

    async def act(visit: Visit) -> None:
        text = location if isinstance(location, bytes) else visit.site.fill(location).encode()
        await visit.page(b"moved", f"{status} Found", Location=text)

    BEHAVIOURS["/" + name] = act


def encoded(name: str, coding: bytes, body: bytes) -> None:
    BEHAVIOURS["/" + name] = lambda visit: visit.page(body, Content_Encoding=coding)


def typed(name: str, content_type: bytes, body: bytes) -> None:
    BEHAVIOURS["/" + name] = lambda visit: visit.page(body, Content_Type=content_type)


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"

statuses(200, 201, 202, 203, 204, 205, 206, 300, 305, 400, 401, 402, 403, 404, 405, 410, 418, 429, 451)
statuses(500, 501, 502, 503, 504, 520, 999)
answers("empty_reply", b"")
answers("half_head", HEAD + b"X-A")
answers("no_status_line", b"<html><body>HTTP 0.9</body></html>")
answers("ssh", b"SSH-2.0-OpenSSH_9.6\r\n")
answers("bad_header", HEAD + b"no colon here\r\n\r\n" + PAGE)
answers("nul_header", HEAD + b"X-A: a\x00b\r\n\r\n" + PAGE)
answers("close_delimited", HEAD + b"\r\n" + PAGE)
answers("length_long", HEAD + b"Content-Length: 99999\r\n\r\n" + PAGE)
answers("length_short", HEAD + b"Content-Length: 100\r\n\r\n" + PAGE)
answers("length_letters", HEAD + b"Content-Length: many\r\n\r\n" + PAGE)
answers("length_two", HEAD + b"Content-Length: 10\r\nContent-Length: 20\r\n\r\n" + PAGE)
answers("chunked_bad", CHUNKED + b"zz\r\n" + PAGE)
answers("chunked_cut", CHUNKED + b"ffff\r\n" + PAGE)
answers("chunked_without_end", CHUNKED + b"%x\r\n" % len(PAGE) + PAGE + b"\r\n")
answers("reset_in_head", HEAD, reset=True)
answers("reset_in_body", HEAD + b"Content-Length: 99999\r\n\r\n" + PAGE, reset=True)
answers("reset_close_delimited", HEAD + b"\r\n" + PAGE, reset=True)
answers("big_headers", HEAD + b"X-Big: " + b"x" * 10_000 + b"\r\nX-Sted: K\xf8benhavn\r\nContent-Length: 2\r\n\r\nhi")
answers("too_many_headers", HEAD + b"X-A: b\r\n" * 20_000 + b"\r\n")
answers("announced_too_large", HEAD + b"Content-Length: 999999999\r\n\r\n")
answers("hints", b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n" + HEAD + b"Content-Length: 2\r\n\r\nhi")

encoded("gzip", b"gzip", gzip.compress(PAGE))
encoded("br", b"br", brotli.compress(PAGE))
encoded("zstd", b"zstd", zstandard.compress(PAGE))
encoded("deflate", b"deflate", zlib.compress(PAGE))
encoded("gzip_cut", b"gzip", gzip.compress(PAGE)[:-30])
encoded("gzip_without_checksum", b"gzip", gzip.compress(PAGE)[:-8])
encoded("br_cut", b"br", brotli.compress(PAGE)[:-10])
encoded("zstd_cut", b"zstd", zstandard.compress(PAGE)[:-10])
encoded("not_gzip", b"gzip", PAGE)
encoded("unknown_coding", b"sdch", PAGE)
encoded("coding_is_charset", b"utf-8", PAGE)
encoded("gzip_bomb", b"gzip", gzip.compress(bytes(50_000_000)))
encoded("br_bomb", b"br", brotli.compress(bytes(50_000_000), quality=5))
encoded("zstd_bomb", b"zstd", zstandard.compress(bytes(50_000_000)))
encoded("double_bomb", b"gzip, gzip", gzip.compress(gzip.compress(bytes(50_000_000))))

typed("png", b"image/png", b"\x89PNG\r\n\x1a\n" + bytes(100))
typed("png_as_html", b"text/html", b"\x89PNG\r\n\x1a\n" + bytes(100))
typed("zip", b"application/zip", b"PK\x03\x04" + bytes(100))
typed("json", b"application/json", b'{"a": 1}')
typed("rss", b"application/rss+xml", b"<rss/>")
typed("multipart", b"multipart/mixed; boundary=b", b"--b\r\n\r\nx\r\n--b--")
typed("pdf", b"application/pdf", b"%PDF-1.7\n" + bytes(100))
typed("plain", b"text/plain", b"Prices: 20.000 DKK")
typed("empty_body", b"text/html", b"")
typed("white_body", b"text/html", b" \r\n \t")
typed(
    "meta_refresh", b"text/html", b'<html><head><meta http-equiv="refresh" content="0; url=/status_200"></head></html>'
)

redirects("to_page", "/status_200", 301)
redirects("to_page_308", "/status_200", 308)
redirects("relative", "status_200")
redirects("via_localhost", "http://localhost:{port}/status_200")
redirects("to_same_site", "http://www.clinic.test:{port}/status_200")
redirects("to_other_site", "http://other.test:{port}/status_200")
redirects("to_home", "/")
redirects("to_self", "/to_self")
redirects("ping", "/pong")
redirects("pong", "/ping")
redirects("to_ftp", "ftp://clinic.test/x")
redirects("to_file", "file:///etc/passwd")
redirects("to_bad_url", "http://[::bad/")
redirects("to_long_url", "/" + "a" * 9000)
redirects("to_404", "/no_page_here")
redirects("to_canary", "http://{canary}/")
redirects("to_canary_localhost", "http://localhost:{canary_port}/")
redirects("to_canary_decimal", "http://2130706433:{canary_port}/")
redirects("to_canary_hex", "http://0x7f.1:{canary_port}/")
redirects("to_canary_mapped", "http://[::ffff:127.0.0.1]:{canary_port}/")
redirects("to_canary_v6", "http://[::1]:{canary_port}/")
redirects("to_canary_user", "http://clinic.test@{canary}/")
redirects("to_canary_backslash", "http:\\\\{canary}\\")
redirects("to_canary_name", "http://canary.test:{canary_port}/")
redirects("to_canary_same_site", "http://inner.clinic.test:{canary_port}/")
redirects("to_canary_scheme_less", "//{canary}/")
redirects("to_metadata", "http://169.254.169.254/latest/meta-data/")
redirects("to_ssh_port", "http://clinic.test:22/")
redirects("to_secret", "http://www.clinic.test:{port}/echo")


@behaviour
async def no_location(visit: Visit) -> None:
    await visit.page(b"", "302 Found")


@behaviour
async def chain(visit: Visit) -> None:
    number = int(visit.path.rpartition("=")[2]) if "=" in visit.path else 0
    await visit.page(b"", "302 Found", Location=b"/chain?n=%d" % (number + 1))


@behaviour
async def echo(visit: Visit) -> None:
    await visit.page(b"<pre>" + visit.head + b"</pre>")


@behaviour
async def refresh_header(visit: Visit) -> None:
    await visit.page(Refresh=b"0; url=/status_200")


@behaviour
async def validated(visit: Visit) -> None:
    """Answers 304 to its own validators, as it should."""
    if visit.header("If-None-Match") == '"v1"' or visit.header("If-Modified-Since") == LAST_MODIFIED.decode():
        await visit.send(b'HTTP/1.1 304 Not Modified\r\nETag: "v1"\r\n\r\n')
    else:
        await visit.page(ETag=b'"v1"', Last_Modified=LAST_MODIFIED)


@behaviour
async def always_304(visit: Visit) -> None:
    await visit.send(b"HTTP/1.1 304 Not Modified\r\n\r\n")


@behaviour
async def rate_limited(visit: Visit) -> None:
    await visit.page(b"slow down", "429 Too Many Requests", Retry_After=b"120")


@behaviour
async def rate_limited_long(visit: Visit) -> None:
    await visit.page(b"slow down", "429 Too Many Requests", Retry_After=b"99999999")


@behaviour
async def maintenance(visit: Visit) -> None:
    await visit.page(b"back soon", "503 Service Unavailable", Retry_After=b"Sun, 03 May 2099 12:00:00 GMT")


@behaviour
async def challenge(visit: Visit) -> None:
    await visit.page(b"<title>Just a moment...</title>", "403 Forbidden", cf_mitigated=b"challenge")


@behaviour
async def silence(visit: Visit) -> None:
    await visit.site.stopped.wait()


@behaviour
async def stall_in_body(visit: Visit) -> None:
    await visit.send(HEAD + b"Content-Length: 99999\r\n\r\n" + PAGE)
    await visit.site.stopped.wait()


@behaviour
async def drip(visit: Visit) -> None:
    """A byte now and then, for ever: never idle, never done."""
    await visit.send(HEAD + b"Content-Length: 99999\r\n\r\n")
    await visit.site.drip(visit)


@behaviour
async def drip_head(visit: Visit) -> None:
    await visit.send(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    await visit.site.drip(visit)


@behaviour
async def too_large(visit: Visit) -> None:
    """More than is allowed, without saying how much."""
    await visit.send(HEAD + b"\r\n", *[b"x" * 65_536] * 40)
    visit.close()


@behaviour
async def flaky(visit: Visit) -> None:
    """Fails on every first and second request."""
    visit.site.flaky += 1
    if visit.site.flaky % 3:
        visit.reset()
    else:
        await visit.page()


@behaviour
async def sets_cookie(visit: Visit) -> None:
    if visit.header("Cookie"):
        await visit.page(status="500 Cookies were kept")
    else:
        await visit.page(Set_Cookie=b"session=1")


@behaviour
async def closes_after(visit: Visit) -> None:
    """A good answer that promises to serve on, and a connection that is closed all the same."""
    await visit.page()
    visit.close()


@behaviour
async def to_port(visit: Visit) -> None:
    """A redirect to the port that the query names."""
    port = visit.path.partition("?")[2]
    await visit.page(b"", "302 Found", Location=f"http://127.0.0.1:{port}/page".encode())


@behaviour
async def cut_without_goodbye(visit: Visit) -> None:
    """The end of the TCP connection (an orderly one) without the end of the TLS connection."""
    await visit.send(HEAD + b"\r\n" + PAGE)
    visit.writer.get_extra_info("socket").shutdown(socket.SHUT_WR)
    await visit.site.stopped.wait()


redirects("to_unknown_name", "http://gone.clinic.test:{port}/page")
redirects("to_public_port", "http://93.184.216.34:8022/")
redirects("to_login", "/wp-login.php?redirect_to=%2Fto_login")
redirects("to_not_found", "/404.html")
redirects("to_maintenance", "/maintenance.html")
redirects("to_captcha", "/captcha?next=1")
redirects("to_language_home", "/en/")
redirects("to_index", "/index.php")


@behaviour
async def other_page_of_the_site(visit: Visit) -> None:
    """Another page of the same clinic, that is watched too."""
    await visit.page(SIBLING)
