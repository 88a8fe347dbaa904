"""Scrapy's download handler for http and https: one request out, one typed answer back.

Scrapy's own handler throws away what an observer needs (header order, request headers as sent, which phase timed out,
where the stream was cut); this one keeps it. It never raises for what a server does: every end is an Answer.

    resolve ─► dial (guarded) ─► handshake ─► request ─► headers ─► body ─► decode
       each step has its own time limit and reason, all of them together the deadline
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from OpenSSL import SSL
from scrapy import Request
from scrapy.core.downloader.handlers.base import BaseDownloadHandler
from scrapy.http import Response

from crawler.connection import HttpConnection, dial, resolve
from crawler.encodings import content_codings, decode_body
from crawler.exchange import Answer, Ask
from crawler.faults import DecodingError, Fault, FaultError
from crawler.http1 import ResponseParser
from crawler.settings import CrawlSettings
from crawler.urls import Origin

KEEP_ALIVE_S: Final = 15.0  # shorter than the wait for a second look: that one gets a fresh connection


@dataclass(slots=True)
class _Clock:
    """The running time limit of an exchange: the phase's or the deadline, whichever is first."""

    timeout: asyncio.Timeout
    deadline: float
    phase: str = "timeout.total"

    def begin(self, phase: str, limit_s: float) -> None:
        """From now on at most `limit_s` seconds, else the exchange ends with the reason `phase`."""
        self.phase = phase
        self.extend(limit_s)

    def extend(self, limit_s: float) -> None:
        self.timeout.reschedule(min(self.deadline, asyncio.get_running_loop().time() + limit_s))

    def give_up(self, reply: asyncio.Future[Answer]) -> None:
        """Nobody waits for the answer any more: let the exchange end now, by its own way out."""
        if reply.cancelled():
            self.timeout.reschedule(asyncio.get_running_loop().time())

    def expired(self) -> Fault:
        is_total = asyncio.get_running_loop().time() >= self.deadline
        return Fault("timeout.total" if is_total else self.phase, "the deadline passed" if is_total else "no progress")


class HttpHandler(BaseDownloadHandler):
    """Takes requests whose meta holds an `Ask` and puts the `Answer` in their reply."""

    lazy = False

    def __init__(self, crawler: Any) -> None:
        super().__init__(crawler)
        from twisted.internet import reactor  # noqa: PLC0415 - the reactor exists only once it is installed

        self._reactor = reactor
        self._settings: CrawlSettings = crawler.spider.crawl_settings
        self._context: SSL.Context = crawler.spider.tls_context
        self._closed = False
        self._idle: dict[Origin, tuple[HttpConnection, asyncio.TimerHandle]] = {}

    async def download_request(self, request: Request) -> Response:
        """Scrapy's entrance: the answer travels in the request's meta."""
        answer = await self.exchange(request.meta["ask"])
        request.meta["answer"] = answer
        return Response(request.url, status=answer.status or 0, request=request)

    async def close(self) -> None:
        """Drop the idle connections, keep none from now on."""
        self._closed = True
        for origin in list(self._idle):
            if connection := self._take_idle(origin):
                connection.abort()

    async def exchange(self, ask: Ask) -> Answer:
        """Send the request of `ask` and give what came of it; never raises for what happens on the network."""
        answer = Answer(ask.url, datetime.now(UTC), ask.headers)
        clock = None
        try:
            async with asyncio.timeout_at(ask.deadline) as timeout:
                clock = _Clock(timeout, ask.deadline)
                ask.reply.add_done_callback(clock.give_up)
                await self._converse(ask, answer, clock)
        except TimeoutError:
            answer.fault = clock.expired() if clock else Fault("timeout.total", "the deadline passed")
        except FaultError as fault:
            answer.fault = fault.fault
        finally:
            if clock:
                ask.reply.remove_done_callback(clock.give_up)
        return answer

    async def _converse(self, ask: Ask, answer: Answer, clock: _Clock) -> None:
        connection = self._take_idle(ask.url.origin)
        if connection and ask.is_fresh:
            connection.abort()
        elif connection:
            try:
                await self._respond(connection, ask, answer, clock)
                return
            except FaultError as fault:  # servers close idle connections at any time: that is no fault of theirs
                if answer.status is not None or fault.reason not in ("empty_reply", "conn.closed", "conn.reset"):
                    raise
        connection = await self._connect(ask, clock)
        await self._respond(connection, ask, answer, clock)

    async def _connect(self, ask: Ask, clock: _Clock) -> HttpConnection:
        """A fresh connection, ready for a request. The addresses of a name are tried in turn."""
        loop = asyncio.get_running_loop()
        limit_s = self._settings.connect_timeout_s
        clock.begin("dns", limit_s)
        addresses = await resolve(ask.url.host, self._settings.pinned_hosts)
        clock.begin("timeout.connect", limit_s)
        end = loop.time() + limit_s
        fault = FaultError("dns", f"{ask.url.host} has no address")
        for count, address in enumerate(addresses):
            share_s = (end - loop.time()) / (len(addresses) - count)
            try:
                connection = await dial(self._reactor, ask.url.origin, address, self._context, share_s)
            except FaultError as failed:
                fault = failed
                continue
            try:
                clock.begin("timeout.tls", limit_s)
                await connection.ready
            except BaseException:
                connection.abort()
                raise
            return connection
        raise fault

    async def _respond(self, connection: HttpConnection, ask: Ask, answer: Answer, clock: _Clock) -> None:
        """Send the request over `connection`, read the response into `answer`, keep the connection if it can serve on.

        Raises FaultError.
        """
        answer.address, answer.tls = connection.address, connection.tls_info
        parser = ResponseParser(self._settings.max_header_bytes, ask.max_body_bytes, keep_prefix=ask.keep_prefix)
        limit_s = self._settings.idle_timeout_s
        clock.begin("timeout.headers", limit_s)

        def watch_progress() -> None:
            if parser.head is not None:
                clock.begin("timeout.idle", limit_s)

        try:
            await connection.request(_render(ask), parser, watch_progress)
        except FaultError as fault:
            connection.abort()
            self._record(parser, answer, quiet=True)
            if not (ask.keep_prefix and fault.reason == "too_large.wire"):
                raise
        except BaseException:
            connection.abort()
            self._record(parser, answer, quiet=True)
            raise
        else:
            self._keep_idle(ask.url.origin, connection)
            self._record(parser, answer, quiet=ask.keep_prefix)

    def _record(self, parser: ResponseParser, answer: Answer, *, quiet: bool) -> None:
        """Write what the parser has read into `answer`. `quiet`: a body that cannot be decoded whole is no fault."""
        if (head := parser.head) is None:
            return
        answer.status, answer.http_version, answer.headers = head.status, head.version, head.headers
        for name, value in head.headers:
            answer.fields.setdefault(name.lower(), []).append(value)
        answer.wire_bytes = parser.wire_bytes
        codings = content_codings(answer.fields.get(b"content-encoding", ()))
        try:
            answer.body = decode_body(parser.body, codings, self._settings.max_decoded_bytes)
        except DecodingError as fault:
            answer.body = fault.prefix
            if not quiet:
                raise

    # Idle connections: at most one per origin, because requests of an origin come one at a time

    def _take_idle(self, origin: Origin) -> HttpConnection | None:
        connection, timer = self._idle.pop(origin, (None, None))
        if timer is not None:
            timer.cancel()
        return connection if connection is not None and connection.is_open else None

    def _keep_idle(self, origin: Origin, connection: HttpConnection) -> None:
        if not connection.is_open or self._closed:
            return
        if previous := self._take_idle(origin):
            previous.abort()
        timer = asyncio.get_running_loop().call_later(KEEP_ALIVE_S, self._expire, origin)
        self._idle[origin] = (connection, timer)

    def _expire(self, origin: Origin) -> None:
        if connection := self._take_idle(origin):
            connection.abort()


def _render(ask: Ask) -> bytes:
    """The bytes of the request."""
    lines = [b"GET " + ask.url.target.encode("ascii") + b" HTTP/1.1"]
    lines += [name + b": " + value for name, value in ask.headers]
    return b"\r\n".join(lines) + b"\r\n\r\n"
