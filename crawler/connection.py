"""A connection to a server: dialled, secured, used for one request at a time, and closed with a reason."""

from __future__ import annotations

import asyncio
import errno
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, cast

from OpenSSL import SSL
from twisted.internet import error as net
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint, TCP6ClientEndpoint, wrapClientTLS
from twisted.internet.interfaces import IHandshakeListener
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from crawler.faults import FaultError
from crawler.guard import AddressRefusedError
from crawler.http1 import ResponseParser
from crawler.tls import TlsSession, describe, tls_info
from crawler.types import TlsInfo
from crawler.urls import Origin, is_address


@implementer(IHandshakeListener)
class HttpConnection(Protocol):
    """An HTTP/1.1 client connection. `ready` fires when a request may be sent; `request` gives the whole response."""

    transport: Any  # Twisted's: TCP, or TLS over TCP

    def __init__(self, loop: asyncio.AbstractEventLoop, tls: TlsSession | None = None) -> None:
        self.ready: asyncio.Future[None] = loop.create_future()
        self.is_open = False
        self._is_lost = False
        self.address: str | None = None
        self.tls_info: TlsInfo | None = None
        self._loop, self._tls = loop, tls
        self._parser: ResponseParser | None = None
        self._done: asyncio.Future[None] | None = None
        self._on_bytes: Callable[[], None] = lambda: None

    # What the handler calls

    def request(self, data: bytes, parser: ResponseParser, on_bytes: Callable[[], None]) -> asyncio.Future[None]:
        """Send `data` and let `parser` read the response; `on_bytes` is called whenever some of it has come.

        The future is done when the response is whole, and fails with FaultError.
        """
        self._parser, self._on_bytes, self._done = parser, on_bytes, self._loop.create_future()
        if self.is_open and self.transport is not None:
            self.transport.write(data)
        else:
            self._done.set_exception(FaultError("conn.closed", "the connection was closed before the request"))
        return self._done

    def abort(self) -> None:
        """Close at once, whatever is under way."""
        self.is_open = False
        self._fail(FaultError("conn.closed", "given up"))
        if self.transport is not None and not self._is_lost:
            self.transport.abortConnection()

    # What Twisted calls

    def connectionMade(self) -> None:  # noqa: N802 - Twisted's name
        peer = self.transport.getPeer()
        self.address = f"[{peer.host}]:{peer.port}" if ":" in peer.host else f"{peer.host}:{peer.port}"
        self.transport.setTcpNoDelay(True)
        self.is_open = True
        if self._tls is None:
            _settle(self.ready)

    def handshakeCompleted(self) -> None:  # noqa: N802 - Twisted's name
        """The chain is verified; now the name, then requests may be sent."""
        assert self._tls is not None
        handle = self.transport.getHandle()
        try:
            self._tls.verify_name(handle)
        except FaultError as fault:
            _settle(self.ready, fault)
            self.abort()
            return
        self.tls_info = tls_info(handle)
        _settle(self.ready)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        if self._parser is None or self._done is None or self._done.done():
            self.abort()  # an answer that nobody asked for
            return
        try:
            self._parser.feed(data)
        except FaultError as fault:
            self._fail(fault)
            self.abort()
            return
        self._on_bytes()
        if self._parser.is_complete:
            if not self._parser.is_persistent:
                self.is_open = False
                self.transport.loseConnection()
            _settle(self._done)

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802 - Twisted's name
        self.is_open, self._is_lost = False, True
        problem = reason.value or net.ConnectionDone()
        if not self.ready.done():
            self._handshake_failed(problem)
        if self._done is None or self._done.done() or self._parser is None:
            return
        try:
            self._judge_end(self._parser, problem)
        except FaultError as fault:
            self._fail(fault)
        else:
            _settle(self._done)

    def _handshake_failed(self, problem: BaseException) -> None:
        if self._tls is None:  # cannot be: without TLS a connection is ready when it is made
            _settle(self.ready, FaultError("conn.closed", describe(problem)))
        else:
            _settle(self.ready, self._tls.fault(problem))

    def _judge_end(self, parser: ResponseParser, problem: BaseException) -> None:
        """The connection has ended before the response was known to be whole. Raises FaultError if it is not."""
        if isinstance(problem, net.ConnectionDone):
            parser.close()
            return
        if isinstance(problem, SSL.Error):
            raise FaultError("tls.handshake", describe(problem))  # a client certificate wanted, say
        if self._tls is None or parser.head is None:
            raise FaultError("conn.reset", "the connection was reset")
        # Twisted says ConnectionLost for TCP's reset and for a TLS connection that ends without a closing message
        raise FaultError("tls.truncated", "the TLS connection was cut")

    def _fail(self, fault: FaultError) -> None:
        if self._done is not None:
            _settle(self._done, fault)


def _settle(future: asyncio.Future[None], fault: FaultError | None = None) -> None:
    """Finish `future` unless it is finished already."""
    if future.done():
        return
    if fault is None:
        future.set_result(None)
    else:
        future.set_exception(fault)
        future.exception()  # looked at: nobody may be waiting any more


class _Dialling(Factory):
    noisy = False

    def __init__(self, connection: HttpConnection) -> None:
        self._connection = connection

    def buildProtocol(self, addr: Any) -> HttpConnection:  # noqa: N802 - Twisted's name
        return self._connection


async def resolve(host: str, pinned: dict[str, str]) -> list[str]:
    """The addresses of `host`, IPv4 first, at most three; `pinned` names are not looked up.

    No cache of our own: the process lives for months, names move. Raises FaultError `dns`.
    """
    if host in pinned:
        return [pinned[host]]
    if is_address(host):
        return [host]
    loop = asyncio.get_running_loop()
    found: asyncio.Future[list[str]] = loop.create_future()
    threading.Thread(target=_look_up, args=(host, loop, found), name=f"dns {host}", daemon=True).start()
    try:
        addresses = await found
    except (OSError, UnicodeError) as error:
        raise FaultError("dns", f"{host}: {getattr(error, 'strerror', None) or error}") from error
    return sorted(dict.fromkeys(addresses), key=lambda address: ":" in address)[:3]


def _look_up(host: str, loop: asyncio.AbstractEventLoop, found: asyncio.Future[list[str]]) -> None:
    """Ask the system's resolver, in a thread of its own: in a pool, a few names whose servers are silent would keep
    all others waiting, and the process from ending."""

    def tell(addresses: list[str], error: Exception | None) -> None:
        if found.done():
            return
        if error:
            found.set_exception(error)
        else:
            found.set_result(addresses)

    addresses: list[str] = []
    problem: Exception | None = None
    try:
        addresses = [str(entry[4][0]) for entry in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError) as error:
        problem = error
    with suppress(RuntimeError):  # the loop is closed: nobody waits any more
        loop.call_soon_threadsafe(tell, addresses, problem)


async def dial(reactor: Any, origin: Origin, address: str, context: SSL.Context, timeout_s: float) -> HttpConnection:
    """Connect to `address` for `origin`; for https the handshake is still to come (`ready`).

    Raises FaultError: `ssrf.*`, `no_contact`, `conn.refused`, `conn.reset`, `timeout.connect`.
    """
    scheme, host, port = origin
    session = TlsSession(context, host) if scheme == "https" else None
    connection = HttpConnection(asyncio.get_running_loop(), session)
    kind = TCP6ClientEndpoint if ":" in address else TCP4ClientEndpoint
    endpoint: Any = kind(reactor, address, port, timeout=max(timeout_s, 0.001))
    if session is not None:
        endpoint = wrapClientTLS(cast(Any, session), endpoint)
    dialling: Deferred[Any] = endpoint.connect(_Dialling(connection))
    try:
        await dialling.asFuture(asyncio.get_running_loop())
    except AddressRefusedError as refused:
        raise FaultError(refused.reason, f"{host}: {refused.host}:{refused.port} must not be visited") from refused
    except (net.TimeoutError, net.TCPTimedOutError) as error:
        raise FaultError("timeout.connect", f"{host}: {address}:{port} did not answer") from error
    except (net.ConnectError, OSError) as error:
        was_reset = getattr(error, "osError", getattr(error, "errno", None)) == errno.ECONNRESET
        raise FaultError(
            "conn.reset" if was_reset else "conn.refused", f"{host}: {address}:{port}: {describe(error)}"
        ) from error
    return connection
