"""The door to the crawler: a reactor for the process, a resident engine in it, and `fetch`.

    def main() -> Result:
        async with open_crawler(settings) as crawler:
            return await crawler.fetch(Target("https://clinic.example/"))
    run(main)

Scrapy's engine takes requests one by one from a queue and lives as long as the process (a reactor cannot be started
twice). Its middlewares are left out: what they do is done here, per look, with a reason for every end.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Final, TypeVar

from scrapy import signals
from scrapy.crawler import AsyncCrawlerRunner
from twisted.internet import asyncioreactor

from crawler.browser import Renderer
from crawler.connection import resolve
from crawler.exchange import Answer, Ask
from crawler.faults import FaultError
from crawler.guard import AddressGuard, guarded
from crawler.look import Budget, Look, request_headers
from crawler.outcomes import Outcome
from crawler.politeness import Turns
from crawler.robots import ALLOW_ALL, MAX_BYTES, Robots
from crawler.robots_cache import RobotsCache, robots_target
from crawler.settings import CrawlSettings, SettingsError
from crawler.spider import PageSpider
from crawler.tls import client_context
from crawler.types import Headers, Result, Target
from crawler.urls import WebUrl, parse_url

T = TypeVar("T")

logger = logging.getLogger(__name__)

_BACKSTOP_S: Final = 5.0  # an engine that has not answered this long after the deadline is broken
_STOP_S: Final = 10.0

_ENGINE: Final[dict[str, Any]] = {
    "TWISTED_REACTOR_ENABLED": True,  # reactorless mode rejects 10 KB headers and latin-1 header bytes
    "DOWNLOAD_HANDLERS_BASE": {},
    "DOWNLOAD_HANDLERS": dict.fromkeys(("http", "https"), "crawler.handler.HttpHandler"),
    "SCHEDULER": "crawler.spider.Fifo",
    "LOG_FORMATTER": "crawler.spider.SilentFormatter",
    "STATS_CLASS": "scrapy.statscollectors.DummyStatsCollector",
    "DOWNLOADER_MIDDLEWARES_BASE": {},
    "SPIDER_MIDDLEWARES_BASE": {},
    "EXTENSIONS_BASE": {},
    "REMOTE_CONTROL_ENABLED": False,  # on by default, and executes what is posted to it
    "TELNETCONSOLE_ENABLED": False,
    "HTTPPROXY_ENABLED": False,  # proxies of the environment would dial past the guard
    "HTTPCACHE_ENABLED": False,
    "COOKIES_ENABLED": False,
    "DOWNLOAD_VERIFY_CERTIFICATES": True,
    "ROBOTSTXT_OBEY": False,  # crawler.robots does, with a time to live
    "RETRY_ENABLED": False,
    "REDIRECT_ENABLED": False,
    "DOWNLOAD_DELAY": 0,
    "CONCURRENT_ITEMS": 1,  # the engine starts as many tasks for each response, although there are no items
    "CONCURRENT_REQUESTS": 0,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 1 << 30,  # bounded by Crawler
    "LOG_ENABLED": False,
}


def run(main: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run `main()` on the asyncio reactor and return (or raise) what it does. Once per process.

    An interrupt cancels `main` and is raised when it has ended, as with asyncio.run.
    """
    if "twisted.internet.reactor" in sys.modules:
        raise RuntimeError("a reactor has run in this process already, and cannot run twice")
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    asyncioreactor.install(loop)  # type: ignore[no-untyped-call]
    from twisted.internet import reactor  # noqa: PLC0415 - importing it earlier would install another one

    installed: Any = reactor
    begun: list[asyncio.Task[T]] = []
    is_interrupted = threading.Event()

    def interrupt(task: asyncio.Task[T]) -> None:
        is_interrupted.set()
        task.cancel()

    def begin() -> None:
        task = loop.create_task(main())
        task.add_done_callback(lambda _: installed.stop())
        begun.append(task)
        if threading.current_thread() is threading.main_thread():
            loop.add_signal_handler(signal.SIGINT, interrupt, task)

    installed.callWhenRunning(begin)
    try:
        installed.run(installSignalHandlers=False)
        loop.run_until_complete(_wind_up(loop))
        if is_interrupted.is_set() and begun[0].cancelled():
            raise KeyboardInterrupt
        return begun[0].result()
    finally:
        asyncio.set_event_loop(None)
        loop.close()


async def _wind_up(loop: asyncio.AbstractEventLoop) -> None:
    """End what is left of tasks, generators and threads, as asyncio.run does."""
    left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
    await loop.shutdown_asyncgens()
    await loop.shutdown_default_executor()


@asynccontextmanager
async def open_crawler(settings: CrawlSettings) -> AsyncIterator[Crawler]:
    """Start the engine, guard the reactor, give the crawler; on the way out give up what is under way and stop.

    Needs the reactor that `run` installs. Raises SettingsError.
    """
    from twisted.internet import reactor  # noqa: PLC0415 - importing it earlier would install another one

    if settings.proxy:
        raise SettingsError("proxy", "proxies are not supported: the guard could not see the address behind one")
    for name in ("scrapy", "twisted"):
        logging.getLogger(name).setLevel(logging.WARNING)
    guard = AddressGuard(settings.permits, frozenset(settings.ports), has_contact=bool(settings.contact))
    context = client_context(settings.ca_file)
    engine = AsyncCrawlerRunner(_ENGINE).create_crawler(PageSpider)
    ready = asyncio.Event()

    def note_ready(**_: Any) -> None:
        ready.set()

    engine.signals.connect(note_ready, signals.engine_started, weak=False)
    with guarded(reactor, guard):
        task = asyncio.ensure_future(engine.crawl_async(settings, context))
        started = asyncio.ensure_future(ready.wait())
        await asyncio.wait([task, started], return_when=asyncio.FIRST_COMPLETED)
        if not started.done():
            started.cancel()
            await task
        spider = engine.spider
        assert isinstance(spider, PageSpider)
        crawler = Crawler(settings, guard, spider)
        try:
            yield crawler
        finally:
            crawler.give_up()
            await crawler.renderer.close()
            if not task.done():
                await engine.stop_async()
            await asyncio.wait([task], timeout=_STOP_S)


class Crawler:
    """Fetches pages: one request at a time and a pause per origin, `settings.concurrency` origins side by side."""

    def __init__(self, settings: CrawlSettings, guard: AddressGuard, spider: PageSpider) -> None:
        self.settings, self.guard = settings, guard
        self._spider = spider
        self._turns = Turns()
        self._free = asyncio.Semaphore(settings.concurrency)
        self._robots = RobotsCache(settings, self._ask_for_robots)
        self._under_way: set[asyncio.Future[Answer]] = set()
        self.renderer = Renderer(settings, guard)

    async def fetch(self, target: Target) -> Result:
        """Look at `target` once. Exactly one Result, whatever happens; raises nothing but CancelledError."""
        look = Look(self, target)
        result = await look.run()
        if target.rendering is None or result.outcome is not Outcome.OK:
            return result
        return await self._render(result, look.left_s)

    async def _render(self, result: Result, left_s: float) -> Result:
        """The page as a browser shows it; meanwhile nobody else asks its host for anything."""
        began = asyncio.get_running_loop().time()
        try:
            async with self._turns.turn(parse_url(result.exchange.final_url).origin, 0.0):
                rendered = await self.renderer.render(result, left_s)
        except Exception as error:
            logger.exception("rendering of %s failed inside the crawler", result.target.url)
            rendered = replace(
                result, outcome=Outcome.FETCH_ERROR, reason="internal", detail=f"{type(error).__name__}: {error}"
            )
        took_s = asyncio.get_running_loop().time() - began
        return replace(rendered, exchange=replace(rendered.exchange, duration_s=rendered.exchange.duration_s + took_s))

    async def robots_of(self, url: WebUrl, budget: Budget) -> Robots:
        """The rules of `url`'s origin. Raises FaultError where the host cannot be reached at all."""
        return await self._robots.get(url, budget) if self.settings.robots else ALLOW_ALL

    async def addresses_of(self, host: str) -> list[str]:
        """What a name stands for. Raises FaultError `dns`."""
        return await asyncio.wait_for(resolve(host, self.settings.pinned_hosts), self.settings.connect_timeout_s)

    async def _ask_for_robots(self, url: WebUrl, budget: Budget) -> Answer:
        headers = request_headers(robots_target(url), url, url, self.settings)
        ask = _ask(url, headers, MAX_BYTES, keep_prefix=True)
        return await self._send(ask, budget, self.settings.delay_s)

    async def ask(
        self, url: WebUrl, headers: Headers, budget: Budget, delay_s: float, *, is_fresh: bool = False
    ) -> Answer:
        """One request, in its turn. Raises TimeoutError where the budget is spent before it could begin."""
        ask = _ask(url, headers, self.settings.max_wire_bytes, is_fresh=is_fresh)
        return await self._send(ask, budget, delay_s)

    async def _send(self, ask: Ask, budget: Budget, delay_s: float) -> Answer:
        loop = asyncio.get_running_loop()
        async with self._turns.turn(ask.url.origin, delay_s), self._free:
            if budget.left_s <= 0:
                raise TimeoutError
            began = loop.time()
            ask.deadline = began + budget.left_s
            budget.attempts += 1
            self._under_way.add(ask.reply)
            try:
                self._spider.asks.put_nowait(ask)
                async with asyncio.timeout(budget.left_s + _BACKSTOP_S):
                    return await ask.reply
            except TimeoutError as error:
                raise FaultError("internal", "the engine did not answer") from error
            finally:
                ask.reply.cancel()
                self._under_way.discard(ask.reply)
                budget.spent_s += loop.time() - began

    def give_up(self) -> None:
        """Let every request that is under way end now."""
        for reply in list(self._under_way):
            reply.cancel()


def _ask(url: WebUrl, headers: Headers, max_bytes: int, *, keep_prefix: bool = False, is_fresh: bool = False) -> Ask:
    reply: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
    return Ask(url, headers, max_bytes, reply, keep_prefix, is_fresh)
