"""A loopback site that misbehaves on demand: a path names what goes wrong, everything is counted."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
import threading
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from tests.hostile.clinic import Clinic

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


@dataclass
class Site:
    """A server on a free port of the loopback. `robots` answers /robots.txt; None means 404.

    With a `clinic`, paths that it calls healthy do not misbehave.
    """

    robots: Behaviour | None = None
    clinic: Clinic | None = None
    tls: ssl.SSLContext | None = None
    greeting: bytes = b""
    hangs_up: str | None = None  # "close" or "reset": what becomes of every connection before a word is said
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
        self.hang_up()
        await asyncio.sleep(0)

    def hang_up(self) -> None:
        """Drop every connection."""
        for writer in list(self._writers):
            writer.transport.abort()

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
            if self.greeting or self.hangs_up:
                writer.write(self.greeting)
                if self.hangs_up == "reset":
                    await reader.read(1)  # earlier, the client may not have seen the connection at all
                    Visit("", b"", self, writer).reset()
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
        elif self.clinic and (body := self.clinic.healthy(name)) is not None:
            await visit.page(body)
        elif name.startswith("/page"):
            await visit.page()
        elif name.startswith("/no-such-page") and self.clinic:
            await visit.page(self.clinic.missing())
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

    def call(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something in the thread of the sites, to its end."""
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

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
