"""The resident spider: one engine for the life of the process, fed from a queue, one reply for each request."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from typing import Any

from OpenSSL import SSL
from scrapy import Request, Spider
from scrapy.core.scheduler import BaseScheduler
from scrapy.http import Response
from scrapy.logformatter import LogFormatter
from twisted.python.failure import Failure

from crawler.exchange import Answer, Ask
from crawler.settings import CrawlSettings


class Fifo(BaseScheduler):
    """First in, first out, in memory. Order, delay and once-only are decided where visits are, not here."""

    def __init__(self) -> None:
        self._requests: deque[Request] = deque()

    def has_pending_requests(self) -> bool:
        return bool(self._requests)

    def enqueue_request(self, request: Request) -> bool:
        self._requests.append(request)
        return True

    def next_request(self) -> Request | None:
        return self._requests.popleft() if self._requests else None


class SilentFormatter(LogFormatter):
    """No line per response: what became of a visit is the caller's to log."""

    def crawled(self, request: Request, response: Response, spider: Spider) -> None:  # type: ignore[override]
        return None


class PageSpider(Spider):
    """Turns every `Ask` that is put into `asks` into a request, and its answer into the ask's reply.

    None in the queue ends the spider.
    """

    name = "pages"

    def __init__(self, crawl_settings: CrawlSettings, tls_context: SSL.Context) -> None:
        super().__init__()
        self.crawl_settings, self.tls_context = crawl_settings, tls_context
        self.asks: asyncio.Queue[Ask | None] = asyncio.Queue()

    async def start(self) -> AsyncIterator[Any]:
        """Scrapy's source of requests."""
        while (ask := await self.asks.get()) is not None:
            if not ask.reply.done():
                yield Request(
                    ask.url.url,
                    self.parse,
                    errback=self.failed,
                    dont_filter=True,
                    meta={"ask": ask, "download_slot": ""},
                )

    def parse(self, response: Response, **kwargs: Any) -> None:
        """The handler's answer has come through the engine."""
        assert response.request is not None
        answer: Answer = response.request.meta["answer"]
        ask: Ask = response.request.meta["ask"]
        if not ask.reply.done():
            ask.reply.set_result(answer)

    def failed(self, failure: Failure) -> None:
        """Something broke inside (never the network: that is an answer)."""
        ask: Ask = failure.request.meta["ask"]  # type: ignore[attr-defined]
        if not ask.reply.done():
            error = failure.value
            ask.reply.set_exception(error if isinstance(error, Exception) else RuntimeError(repr(error)))
