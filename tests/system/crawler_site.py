"""A loopback site that misbehaves on demand: a path names what goes wrong, everything is counted."""

from __future__ import annotations

import asyncio
import gzip
import socket
import ssl
import struct
import threading
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import brotli
import zstandard

PAGE = (
    b"<!DOCTYPE html><html><head><title>Clinic</title></head><body>"
    + b"<p>Stem cells may help. It is not a cure.</p>" * 200
    + b"</body></html>"
)
LAST_MODIFIED = b"Sun, 03 May 2026 12:00:00 GMT"


@dataclass
class Visit:
    """One request as it arrived."""

    path: str
    head: bytes
    site: Site
    writer: asyncio.StreamWriter

    def header(self, name: str) -> str | None:
        for line in self.head.decode("latin-1").split("\r\n")[1:]:
            key, _, value = line.partition(":")
            if key.lower() == name.lower():
                return value.strip()
        return None

    async def send(self, *parts: bytes) -> None:
        for part in parts:
            self.writer.write(part)
            await self.writer.drain()

    async def page(self, body: bytes = PAGE, status: str = "200 OK", **headers: bytes) -> None:
        """A proper answer. Header names are written with `_` for `-`."""
        fields = {"Content-Type": b"text/html; charset=utf-8", "Content-Length": str(len(body)).encode()}
        fields |= {name.replace("_", "-"): value for name, value in headers.items()}
        lines = b"".join(name.encode() + b": " + value + b"\r\n" for name, value in fields.items())
        await self.send(b"HTTP/1.1 " + status.encode() + b"\r\n" + lines + b"\r\n" + body)

    def close(self) -> None:
        self.writer.close()

    def reset(self) -> None:
        """End the connection with RST instead of FIN."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


Behaviour = Callable[[Visit], Awaitable[None]]
BEHAVIOURS: dict[str, Behaviour] = {}


def behaviour(function: Behaviour) -> Behaviour:
    """Registers a behaviour under its name: /its_name."""
    BEHAVIOURS["/" + function.__name__] = function
    return function


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
redirects("to_404", "/status_404")
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


@dataclass
class Site:
    """A server on a free port of the loopback. `robots` answers /robots.txt; None means 404."""

    robots: Behaviour | None = None
    tls: ssl.SSLContext | None = None
    greeting: bytes = b""
    port: int = 0
    canary: int = 0
    requests: list[tuple[str, float]] = field(default_factory=list)
    connections: int = 0
    active: int = 0
    most_active: int = 0
    flaky: int = 0

    async def start(self) -> None:
        self.stopped = asyncio.Event()
        self._writers: set[asyncio.StreamWriter] = set()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        self.stopped.set()
        self._server.close()
        for writer in list(self._writers):
            writer.transport.abort()
        await asyncio.sleep(0)

    def fill(self, text: str) -> str:
        for name, value in {
            "{port}": str(self.port),
            "{canary}": f"127.0.0.1:{self.canary}",
            "{canary_port}": str(self.canary),
        }.items():
            text = text.replace(name, value)
        return text

    async def drip(self, visit: Visit) -> None:
        while not self.stopped.is_set():
            await visit.send(b"x")
            await asyncio.sleep(0.05)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.add(writer)
        try:
            if self.greeting:
                writer.write(self.greeting)
                return
            while not writer.is_closing():
                head = await reader.readuntil(b"\r\n\r\n")
                path = head.split()[1].decode("latin-1")
                self.requests.append((path, asyncio.get_running_loop().time()))
                self.active += 1
                self.most_active = max(self.most_active, self.active)
                try:
                    await self._behave(Visit(path, head, self, writer))
                finally:
                    self.active -= 1
        except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            pass
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _behave(self, visit: Visit) -> None:
        name = visit.path.partition("?")[0]
        if name == "/robots.txt":
            await (self.robots(visit) if self.robots else visit.page(b"", "404 Not Found"))
        elif name.startswith("/page"):
            await visit.page()
        else:
            await BEHAVIOURS.get(name, lambda visit: visit.page(status="404 Not Found"))(visit)


class Town:
    """Sites in a thread of their own, so that tests may wait for the crawler in the meantime."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="town", daemon=True)
        self._sites: list[Site] = []
        self._thread.start()

    def open(self, site: Site) -> Site:
        asyncio.run_coroutine_threadsafe(site.start(), self._loop).result(10)
        self._sites.append(site)
        return site

    def close(self) -> None:
        for site in self._sites:
            asyncio.run_coroutine_threadsafe(site.stop(), self._loop).result(10)
        asyncio.run_coroutine_threadsafe(self._drain(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _drain(self) -> None:
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
