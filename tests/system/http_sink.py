"""A real HTTP server on loopback for webhooks and services, as slow and as odd as a test wants it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

TAKEN = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
Answer = Callable[[asyncio.StreamWriter], Coroutine[Any, Any, None]]


@dataclass(frozen=True)
class Request:
    """What came in."""

    line: str
    headers: dict[str, str]
    body: bytes


def saying(answer: bytes) -> Answer:
    """Answers with these bytes."""

    async def say(writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await writer.drain()

    return say


def status(code: int, *headers: str) -> Answer:
    lines = [f"HTTP/1.1 {code} Odd", "Content-Length: 0", "Connection: close", *headers]
    return saying(("\r\n".join(lines) + "\r\n\r\n").encode())


async def never(writer: asyncio.StreamWriter) -> None:
    """Answers not at all, until the other side has gone."""
    with suppress(ConnectionError):
        await writer.wait_closed()


async def for_ever(writer: asyncio.StreamWriter) -> None:
    """Says "100 Continue", again and again: no single read takes long."""
    while not writer.is_closing():
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        await writer.drain()
        await asyncio.sleep(0.005)


@dataclass
class HttpSink:
    """Keeps the requests that came, and answers by `answer`."""

    answer: Answer = field(default_factory=lambda: saying(TAKEN))
    port: int = 0
    requests: list[Request] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            line, *lines = head.rstrip().split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (each.partition(":") for each in lines)}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            self.requests.append(Request(line, headers, body))
            watched = asyncio.create_task(self._until_gone(reader, writer))
            await self.answer(writer)
            watched.cancel()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _until_gone(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()


@asynccontextmanager
async def open_http_sink(sink: HttpSink | None = None) -> AsyncIterator[HttpSink]:
    sink = sink or HttpSink()
    server = await asyncio.start_server(sink.serve, "127.0.0.1", 0)
    sink.port = server.sockets[0].getsockname()[1]
    try:
        yield sink
    finally:
        server.close()
        await asyncio.sleep(0)
