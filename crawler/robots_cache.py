"""The rules of each origin, fetched when they are needed and kept for a time (Scrapy keeps them for ever)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from crawler.exchange import Answer
from crawler.faults import FaultError
from crawler.look import Budget, retry
from crawler.redirects import REDIRECTS
from crawler.robots import ALLOW_ALL, MAX_REDIRECTS, Robots, read_robots
from crawler.settings import CrawlSettings
from crawler.types import Target
from crawler.urls import BadUrlError, Origin, WebUrl, join_url, parse_url
from crawler.verdict import Verdict, refuse

_KEPT: Final = 4_096

AskFor = Callable[[WebUrl, Budget], Awaitable[Answer]]
"""One request for a robots.txt, in its turn."""


class RobotsCache:
    """Gives the rules of an origin; two who need the same ones at once cause one fetch.

    What was unreachable is not kept: the next look asks again.
    """

    def __init__(self, settings: CrawlSettings, ask_for: AskFor) -> None:
        self._settings, self._ask_for = settings, ask_for
        self._kept: dict[Origin, tuple[Robots, float]] = {}
        self._locks: dict[Origin, asyncio.Lock] = {}

    async def get(self, url: WebUrl, budget: Budget) -> Robots:
        """The rules for `url`. Raises FaultError where the host cannot even be connected to, TimeoutError where the
        budget is spent."""
        if (robots := self._find(url.origin)) is not None:
            return robots
        lock = self._locks.setdefault(url.origin, asyncio.Lock())
        try:
            async with lock:
                if (robots := self._find(url.origin)) is None:
                    robots = await self._fetch(url, budget)
                    if not robots.unreachable:
                        self._keep(url.origin, robots)
                return robots
        finally:
            if not lock.locked():
                self._locks.pop(url.origin, None)

    def _find(self, origin: Origin) -> Robots | None:
        robots, until = self._kept.get(origin, (None, 0.0))
        return robots if asyncio.get_running_loop().time() < until else None

    def _keep(self, origin: Origin, robots: Robots) -> None:
        now = asyncio.get_running_loop().time()
        if len(self._kept) >= _KEPT:
            self._kept = {key: value for key, value in self._kept.items() if value[1] > now}
        self._kept[origin] = (robots, now + self._settings.robots_ttl_s)

    async def _fetch(self, url: WebUrl, budget: Budget) -> Robots:
        here = parse_url(f"{url.scheme}://{url.authority}/robots.txt")
        for hop in range(MAX_REDIRECTS + 1):
            answer = await self._ask_patiently(here, budget)
            if answer.fault and answer.status is None:
                if hop == 0 and answer.address is None:  # nothing was sent: the page could not be asked for either
                    raise FaultError(answer.fault.reason, answer.fault.detail)
                return Robots(unreachable=f"{answer.fault.reason}: {answer.fault.detail}")
            if answer.status not in REDIRECTS:
                if answer.fault and answer.status is not None and 200 <= answer.status < 300:
                    return Robots(unreachable=f"{answer.fault.reason}: {answer.fault.detail}")
                return read_robots(answer.status, answer.body, self._settings.product)
            try:
                here = join_url(here, answer.first(b"location") or b"")
            except BadUrlError as error:
                return Robots(unreachable=f"redirect: {error.problem}")
        return ALLOW_ALL  # "MAY assume that the robots.txt file is unavailable" (RFC 9309, 2.3.1.2)

    async def _ask_patiently(self, url: WebUrl, budget: Budget) -> Answer:
        answers: list[Answer] = []

        async def ask() -> Verdict:
            answers.append(await self._ask_for(url, budget))
            return _worth_another_try(answers[-1])

        await retry(ask, self._settings, budget)
        return answers[-1]


def robots_target(url: WebUrl) -> Target:
    """robots.txt is asked for without the page's own headers and validators."""
    return Target(url.url)


def _worth_another_try(answer: Answer) -> Verdict:
    if answer.fault:
        return refuse(answer.fault.reason, answer.fault.detail)
    return refuse(f"http.{answer.status}")
