"""The proxy between the browser and the web: what it carries, what it does not, and to whom."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager

import pytest

from crawler.forward_proxy import ForwardProxy, open_proxy
from crawler.guard import AddressGuard
from crawler.settings import CrawlSettings

pytestmark = pytest.mark.system

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nKeep-Alive: timeout=60\r\nConnection: keep-alive\r\n\r\nhi"


@pytest.fixture
def forbidden() -> Iterator[socket.socket]:
    """A port that is open, and must not be knocked at."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        door.setblocking(False)
        yield door


def port_of(door: socket.socket) -> int:
    return int(door.getsockname()[1])


def was_visited(door: socket.socket) -> bool:
    try:
        door.accept()[0].close()
    except BlockingIOError:
        return False
    return True


@asynccontextmanager
async def site(serve: Serve) -> AsyncIterator[int]:
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


@asynccontextmanager
async def proxy_to(*ports: int, **more: object) -> AsyncIterator[ForwardProxy]:
    permits = tuple(f"127.0.0.1:{port}" for port in ports)
    values = {"contact": "a@b.example", "connect_timeout_s": 2.0, "idle_timeout_s": 1.0, **more}
    settings = CrawlSettings(allow_addresses=permits, **values)  # type: ignore[arg-type]
    guard = AddressGuard(settings.permits, frozenset(settings.ports), has_contact=True)
    async with open_proxy(guard, settings) as proxy:
        yield proxy


async def say(proxy: ForwardProxy, words: bytes) -> bytes:
    """All that the proxy answers to `words` until it hangs up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    writer.write(words)
    try:
        return await asyncio.wait_for(reader.read(), 10)
    finally:
        writer.close()


class Told:
    """A site that remembers what it was told, and answers with `answer`."""

    def __init__(self, answer: bytes = OK, *, body: int = 0) -> None:
        self.heads: list[bytes] = []
        self.bodies: list[bytes] = []
        self._answer, self._body = answer, body

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                self.heads.append(await reader.readuntil(b"\r\n\r\n"))
                self.bodies.append(await reader.readexactly(self._body))
                writer.write(self._answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


def test_a_request_in_the_clear_is_passed_on_as_a_server_expects_it() -> None:
    async def scene() -> None:
        told = Told(body=4)
        async with site(told) as port, proxy_to(port) as proxy:
            request = (
                f"POST http://127.0.0.1:{port}/a?b=c HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nProxy-Connection: keep-alive"
                "\r\nProxy-Authorization: Basic x\r\nCookie: k=v\r\nContent-Length: 4\r\n\r\nbody"
            )
            answer = await say(proxy, request.encode())
        (head,) = told.heads
        assert head.startswith(b"POST /a?b=c HTTP/1.1\r\n")
        assert b"Cookie: k=v" in head
        assert b"Connection: close" in head
        assert b"proxy-" not in head.lower()
        assert told.bodies == [b"body"]
        assert answer.endswith(b"\r\n\r\nhi")
        assert b"Connection: close" in answer
        assert b"keep-alive" not in answer.lower()

    asyncio.run(scene())


def test_a_second_request_on_the_same_connection_reaches_nobody(forbidden: socket.socket) -> None:
    """It may be meant for another host, and would arrive at the first."""

    async def scene() -> None:
        told = Told()
        async with site(told) as port, proxy_to(port) as proxy:
            first = f"GET http://127.0.0.1:{port}/1 HTTP/1.1\r\nHost: x\r\n\r\n"
            second = f"GET http://127.0.0.1:{port_of(forbidden)}/2 HTTP/1.1\r\nHost: y\r\nCookie: secret\r\n\r\n"
            answer = await say(proxy, (first + second).encode())
        assert len(told.heads) == 1
        assert answer.count(b"HTTP/1.1") == 1

    asyncio.run(scene())
    assert not was_visited(forbidden)


def test_interim_answers_are_passed_over() -> None:
    async def scene() -> bytes:
        early = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + OK
        async with site(Told(early)) as port, proxy_to(port) as proxy:
            return await say(proxy, f"GET http://127.0.0.1:{port}/ HTTP/1.1\r\nHost: x\r\n\r\n".encode())

    assert asyncio.run(scene()).startswith(b"HTTP/1.1 200 OK")


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "0x7f.1", "2130706433", "[::ffff:127.0.0.1]", "rebound.test"]
)
@pytest.mark.parametrize("method", ["CONNECT", "GET"])
def test_what_must_not_be_dialled_is_refused_and_remembered(forbidden: socket.socket, host: str, method: str) -> None:
    port = port_of(forbidden)

    async def scene() -> tuple[bytes, list[str]]:
        # another address is permitted on the same port, so that only the address can be what is refused
        pinned = {"dns_hosts": ("rebound.test=127.0.0.1",), "ports": (80, 443, port)}
        async with proxy_to(1, **pinned) as proxy:
            target = f"{host}:{port}" if method == "CONNECT" else f"http://{host}:{port}/"
            return await say(proxy, f"{method} {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode()), proxy.refusals

    answer, refusals = asyncio.run(scene())
    assert answer.startswith(b"HTTP/1.1 403 Forbidden")
    assert [words.split()[0] for words in refusals] == ["ssrf.private_ip"]
    assert not was_visited(forbidden)


@pytest.mark.parametrize(
    "words",
    [
        b"GET ftp://127.0.0.1/ HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET https://127.0.0.1/ HTTP/1.1\r\n\r\n",
        b"nonsense\r\n\r\n",
        b"CONNECT : HTTP/1.1\r\n\r\n",
        b"\xff\xfe \x00 \r\n\r\n",
        b"x" * 400_000,
    ],
)
def test_what_is_no_request_to_a_proxy_ends_the_connection(words: bytes) -> None:
    async def scene() -> bytes:
        async with proxy_to(1) as proxy:
            return await say(proxy, words)

    try:
        answer = asyncio.run(scene())
    except ConnectionResetError:  # hung up before all of it was read
        return
    assert answer == b"" or answer.startswith((b"HTTP/1.1 502", b"HTTP/1.1 403"))


def test_a_tunnel_carries_bytes_both_ways_and_counts_them() -> None:
    async def scene() -> tuple[bytes, int]:
        async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write((await reader.readexactly(5)).upper())
            await writer.drain()
            writer.close()

        async with site(echo) as port, proxy_to(port) as proxy:
            answer = await say(proxy, f"CONNECT 127.0.0.1:{port} HTTP/1.1\r\n\r\nhello".encode())
            return answer, proxy.wire_bytes

    answer, counted = asyncio.run(scene())
    assert answer == b"HTTP/1.1 200 Connection established\r\n\r\nHELLO"
    assert counted == 10


def test_what_is_over_its_size_is_cut_and_nothing_more_is_dialled() -> None:
    async def scene() -> tuple[int, bytes]:
        async def pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                for _ in range(100):
                    writer.write(b"x" * 100_000)
                    await writer.drain()
            except ConnectionError:
                pass
            writer.close()

        async with site(pour) as port, proxy_to(port, browser_max_bytes=500_000) as proxy:
            request = f"CONNECT 127.0.0.1:{port} HTTP/1.1\r\n\r\n".encode()
            came = await say(proxy, request)
            assert proxy.is_spent
            return len(came), await say(proxy, request)

    came, then = asyncio.run(scene())
    assert came < 700_000
    assert then.startswith(b"HTTP/1.1 502")


def test_a_silent_server_is_given_up() -> None:
    async def scene() -> bytes:
        async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read()
            writer.close()

        async with site(silent) as port, proxy_to(port) as proxy:
            return await say(proxy, f"GET http://127.0.0.1:{port}/ HTTP/1.1\r\nHost: x\r\n\r\n".encode())

    assert asyncio.run(scene()) == b""
