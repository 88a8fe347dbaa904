"""A forward proxy on loopback for the browser: whatever a rendered page asks for is dialled here, or not at all.

    Chromium ─► 127.0.0.1 (this) ─► resolve ─► guard ─► dial the very address that was judged
                                                  └─ refused: 403, and remembered

A name is looked up once and the address that came out is judged and dialled, so there is nothing to rebind. One proxy
lives as long as one rendering, and counts what it carries.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final, TypeVar

from crawler.connection import resolve
from crawler.faults import FaultError
from crawler.guard import AddressGuard
from crawler.settings import CrawlSettings
from crawler.urls import BadUrlError, WebUrl, parse_url

_T = TypeVar("_T")
_LOG: Final = logging.getLogger(__name__)
_HEAD_BYTES: Final = 262_144
_CHUNK: Final = 65_536
_KEPT_REFUSALS: Final = 20
_HOP_BY_HOP: Final = frozenset((b"connection", b"keep-alive", b"upgrade", b"te", b"trailer"))
_STATUS: Final = re.compile(rb"HTTP/1\.[01] (\d{3})")


@dataclass(frozen=True, slots=True)
class _Request:
    """A request as the browser sends it to a proxy."""

    method: bytes
    url: WebUrl
    lines: tuple[bytes, ...]  # header lines

    @property
    def is_tunnel(self) -> bool:
        return self.method == b"CONNECT"

    @property
    def length(self) -> int:
        """Bytes of the body that follows. Raises FaultError where that is not said in bytes."""
        fields = dict(_field(line) for line in self.lines)
        if b"transfer-encoding" in fields:
            raise FaultError("bad_http.header", "a request body of unknown length")
        value = fields.get(b"content-length", b"0")
        if not value.isdigit():
            raise FaultError("bad_http.content_length", "a request's length is no number")
        return int(value)


class ForwardProxy:
    """What is carried for one rendering. `refusals` are the distinct "reason host:port" that were not dialled."""

    def __init__(self, guard: AddressGuard, settings: CrawlSettings) -> None:
        self.port = 0
        self.wire_bytes = 0
        self.refusals: list[str] = []
        self._guard, self._settings = guard, settings
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def is_spent(self) -> bool:
        """Has the page loaded more than it may? Then nothing more is carried."""
        return self.wire_bytes > self._settings.browser_max_bytes

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection of the browser to its end."""
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._serve(reader, writer)
        except (FaultError, TimeoutError, OSError, EOFError, asyncio.LimitOverrunError):
            pass  # the browser learns of it from the connection's end
        except asyncio.CancelledError:
            pass  # by `close`; asyncio's streams take a cancelled server task for a fault
        except Exception:
            _LOG.exception("a connection of the browser failed inside the proxy")
        finally:
            self._tasks.discard(task)
            writer.close()

    async def close(self) -> None:
        """End every connection."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = _read_request(await self._within(reader.readuntil(b"\r\n\r\n")))
            up_reader, up_writer = await self._dial(request.url)
        except (FaultError, BadUrlError) as fault:
            status = b"403 Forbidden" if fault.reason.startswith(("ssrf.", "no_contact")) else b"502 Bad Gateway"
            writer.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            await writer.drain()
            return
        try:
            if request.is_tunnel:
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                await self._tunnel((reader, writer), (up_reader, up_writer))
            else:
                await self._forward(request, (reader, writer), (up_reader, up_writer))
        finally:
            up_writer.close()

    async def _dial(self, url: WebUrl) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection to an address of `url` that may be dialled. Raises FaultError."""
        if self.is_spent:
            raise FaultError("too_large.wire", "the page has loaded all that it may")
        if not self._guard.is_port_possible(url.port):
            raise self._refused("ssrf.port", url)
        limit_s = self._settings.connect_timeout_s
        fault = FaultError("dns", f"{url.host} has no address")
        for address in await asyncio.wait_for(resolve(url.host, self._settings.pinned_hosts), limit_s):
            if reason := self._guard.refusal(address, url.port):
                fault = self._refused(reason, url)
                continue
            try:
                return await asyncio.wait_for(asyncio.open_connection(address, url.port, limit=_HEAD_BYTES), limit_s)
            except (OSError, TimeoutError) as error:
                fault = FaultError("conn.refused", f"{url.host}: {error}")
        raise fault

    def _refused(self, reason: str, url: WebUrl) -> FaultError:
        words = f"{reason} {url.host}:{url.port}"
        if words not in self.refusals and len(self.refusals) < _KEPT_REFUSALS:
            self.refusals.append(words)
        return FaultError(reason, f"{url.host}:{url.port} must not be visited")

    async def _tunnel(
        self,
        browser: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        server: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> None:
        ways = [
            asyncio.ensure_future(self._carry(browser[0], server[1])),
            asyncio.ensure_future(self._carry(server[0], browser[1])),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)

    async def _forward(
        self,
        request: _Request,
        browser: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        server: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> None:
        """One request in the clear, and its answer; then both connections end, so that no second request, which may
        be meant for another host, can follow on them."""
        length = request.length
        kept = [line for line in request.lines if not _is_hop_by_hop(line)]
        first = request.method + b" " + request.url.target.encode("ascii") + b" HTTP/1.1"
        server[1].write(b"\r\n".join((first, *kept, b"Connection: close", b"", b"")))
        while length > 0 and (data := await self._within(browser[0].read(min(length, _CHUNK)))):
            length -= len(data)
            self._count(data)
            server[1].write(data)
            await server[1].drain()
        head = await self._answer_head(server[0])
        lines = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
        kept = [line for line in lines[1:] if not _is_hop_by_hop(line)]
        browser[1].write(b"\r\n".join((lines[0], *kept, b"Connection: close", b"", b"")))
        await self._carry(server[0], browser[1])

    async def _answer_head(self, reader: asyncio.StreamReader) -> bytes:
        """The head of the final answer; interim ones (1xx) are passed over. Raises EOFError, FaultError."""
        while True:
            head = await self._within(reader.readuntil(b"\r\n\r\n"))
            self._count(head)
            status = _STATUS.match(head)
            if status is None or not status[1].startswith(b"1"):
                return head

    async def _carry(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        """Bytes from one side to the other until the source ends, or nothing comes, or the page is over its size."""
        with suppress(OSError, TimeoutError):
            while not self.is_spent and (data := await self._within(source.read(_CHUNK))):
                self._count(data)
                sink.write(data)
                await sink.drain()

    def _count(self, data: bytes) -> None:
        self.wire_bytes += len(data)

    async def _within(self, waiting: Awaitable[_T]) -> _T:
        return await asyncio.wait_for(waiting, self._settings.idle_timeout_s)


def _field(line: bytes) -> tuple[bytes, bytes]:
    name, _, value = line.partition(b":")
    return name.strip().lower(), value.strip()


def _is_hop_by_hop(line: bytes) -> bool:
    name = _field(line)[0]
    return name in _HOP_BY_HOP or name.startswith(b"proxy-")


def _read_request(head: bytes) -> _Request:
    """The request that begins with `head`. Raises FaultError and BadUrlError."""
    first, *lines = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
    words = first.split(b" ")
    if len(words) != 3:
        raise FaultError("bad_http.status_line", "no request line")
    method, target = words[0], words[1].decode("latin-1")
    if method != b"CONNECT" and not target.lower().startswith("http://"):
        raise FaultError("redirect.scheme", "only http in the clear; the rest comes through tunnels")
    url = parse_url(f"https://{target}/" if method == b"CONNECT" else target)
    return _Request(method, url, tuple(lines))


@asynccontextmanager
async def open_proxy(guard: AddressGuard, settings: CrawlSettings) -> AsyncIterator[ForwardProxy]:
    """A proxy that listens on a free port of 127.0.0.1 while it is open."""
    proxy = ForwardProxy(guard, settings)
    server = await asyncio.start_server(proxy.take, "127.0.0.1", 0, limit=_HEAD_BYTES)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        await proxy.close()
