"""One look at one page, from its URL to its one Result.

robots.txt ─► request (again, after a passing fault) ─► redirect? ─┬─ no ─► verdict
    ▲                                                              │ yes, and it may be followed
    └──────────────────────────────────────────────────────────────┘
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, Protocol

from crawler.encodings import ACCEPT_ENCODING
from crawler.exchange import Answer
from crawler.faults import Fault, FaultError
from crawler.guard import AddressGuard
from crawler.redirects import REDIRECTS, judge_redirect
from crawler.robots import Robots
from crawler.settings import CrawlSettings
from crawler.types import Exchange, Headers, Hop, Result, Target
from crawler.urls import BadUrlError, WebUrl, is_address, join_url, parse_url
from crawler.verdict import Verdict, is_passing, judge, refuse

logger = logging.getLogger(__name__)

_ACCEPT: Final = b"text/html,application/xhtml+xml,application/pdf;q=0.9,text/plain;q=0.9,*/*;q=0.5"
_OURS: Final = frozenset(
    (
        *("host", "connection", "content-length", "transfer-encoding", "accept-encoding", "te", "upgrade"),
        *("if-none-match", "if-modified-since", "range"),
    )
)


class Asker(Protocol):
    """What a look needs of the crawler."""

    settings: CrawlSettings
    guard: AddressGuard

    async def ask(
        self, url: WebUrl, headers: Headers, budget: Budget, delay_s: float, *, is_fresh: bool = False
    ) -> Answer:
        """One request, in its turn. Raises TimeoutError where the budget is spent before it could begin."""
        ...

    async def robots_of(self, url: WebUrl, budget: Budget) -> Robots:
        """The rules of `url`'s origin. Raises FaultError where the host cannot be reached at all."""
        ...

    async def addresses_of(self, host: str) -> list[str]:
        """What a name stands for. Raises FaultError `dns`."""
        ...


@dataclass(slots=True)
class Budget:
    """The seconds that a look may spend on the network; waiting for its turn at a host does not count."""

    total_s: float
    spent_s: float = 0.0
    attempts: int = 0
    retries: int = 0

    @property
    def left_s(self) -> float:
        return max(0.0, self.total_s - self.spent_s)


@dataclass(slots=True)
class _Trail:
    """What a look has gone through so far."""

    started_at: datetime
    began: float
    start: WebUrl
    here: WebUrl
    hops: list[Hop] = field(default_factory=list)
    passed: set[str] = field(default_factory=set)
    answer: Answer | None = None


class Look:
    """Visits a target once."""

    def __init__(self, asker: Asker, target: Target) -> None:
        self._asker, self._target = asker, target
        self._settings = asker.settings
        self._budget = Budget(asker.settings.deadline_s)

    @property
    def left_s(self) -> float:
        """Seconds of the deadline that are not spent."""
        return self._budget.left_s

    async def run(self) -> Result:
        """The one Result. Raises only CancelledError: what nobody foresaw is `internal`, and logged."""
        started_at, began = datetime.now(UTC), asyncio.get_running_loop().time()
        try:
            start = parse_url(self._target.url)
        except BadUrlError as error:
            exchange = Exchange(self._target.url, started_at, 0.0, attempts=0)
            return _result(self._target, refuse(error.reason, error.problem), exchange)
        trail = _Trail(started_at, began, start, start)
        try:
            verdict = await self._visit(trail)
        except FaultError as fault:
            verdict = refuse(fault.reason, fault.detail)
        except TimeoutError:
            verdict = refuse("timeout.total", "the deadline passed")
        except Exception as error:
            logger.exception("visit of %s failed inside the crawler", self._target.url)
            verdict = refuse("internal", f"{type(error).__name__}: {error}")
        return _result(self._target, verdict, self._exchange(trail))

    async def _visit(self, trail: _Trail) -> Verdict:
        if not is_address(trail.start.host) and self._asker.guard.needs_contact(trail.start.port):
            return refuse("no_contact", "crawler.contact is empty: only crawler.allow_addresses are visited")
        while True:
            robots = await self._asker.robots_of(trail.here, self._budget)
            if refusal := self._robots_refusal(robots, trail.here):
                return refusal
            headers = request_headers(self._target, trail.start, trail.here, self._settings)
            verdict = await self._ask_patiently(trail, headers, self._delay(robots))
            answer = trail.answer
            if answer is None or answer.fault or answer.status not in REDIRECTS:
                return verdict
            location = answer.first(b"location")
            step = await self._judge_redirect(trail, location)
            if isinstance(step, Fault):
                return refuse(step.reason, step.detail)
            trail.hops.append(Hop(trail.here.url, answer.status, (location or b"").decode("latin-1")))
            trail.here = step

    def _robots_refusal(self, robots: Robots, url: WebUrl) -> Verdict | None:
        if robots.is_allowed(url.url, self._settings.product):
            return None
        if robots.unreachable:
            return refuse("robots.unreachable", f"{url.scheme}://{url.authority}/robots.txt: {robots.unreachable}")
        return refuse("robots.disallow", f"robots.txt of {url.authority} disallows {url.target[:200]}")

    def _delay(self, robots: Robots) -> float:
        return max(self._settings.delay_s, min(robots.crawl_delay_s, self._settings.max_crawl_delay_s))

    async def _judge_redirect(self, trail: _Trail, location: bytes | None) -> WebUrl | Fault:
        trail.passed.add(trail.here.url)
        step = judge_redirect(
            trail.start,
            trail.here,
            location,
            passed=trail.passed,
            max_redirects=self._settings.max_redirects,
            allow_hosts=self._target.allow_hosts,
            guard=self._asker.guard,
        )
        if isinstance(step, Fault) and step.reason in ("redirect.offsite", "ssrf.port"):
            return await self._name_danger(trail.here, location or b"") or step
        return step

    async def _name_danger(self, here: WebUrl, location: bytes) -> Fault | None:
        """Of a redirect that is not followed, the worse thing that may be true: that it aims at an inner address."""
        url = join_url(here, location)
        try:
            addresses = await self._asker.addresses_of(url.host)
        except (FaultError, TimeoutError):
            return None
        reasons = {self._asker.guard.refusal(address, url.port) for address in addresses}
        aimed = sorted(reason for reason in reasons if reason and reason.startswith("ssrf."))
        return Fault(aimed[0], f"redirect to {url.url[:200]}") if aimed else None

    async def _ask_patiently(self, trail: _Trail, headers: Headers, delay_s: float) -> Verdict:
        """Ask for where the trail has come to, again after a passing fault. The last answer stays in the trail."""

        async def ask() -> Verdict:
            is_fresh = self._target.fresh_connection
            trail.answer = await self._asker.ask(trail.here, headers, self._budget, delay_s, is_fresh=is_fresh)
            return judge(
                trail.answer,
                was_conditional=is_conditional(headers),
                now=datetime.now(UTC),
                max_retry_after_s=self._settings.max_retry_after_s,
            )

        return await retry(ask, self._settings, self._budget)

    def _exchange(self, trail: _Trail) -> Exchange:
        duration_s = asyncio.get_running_loop().time() - trail.began
        answer = trail.answer
        if answer is None or answer.url != trail.here:
            return Exchange(
                trail.here.url, trail.started_at, duration_s, self._budget.attempts, redirects=tuple(trail.hops)
            )
        return Exchange(
            final_url=answer.url.url,
            started_at=trail.started_at,
            duration_s=duration_s,
            attempts=self._budget.attempts,
            status=answer.status,
            request_headers=answer.request_headers,
            response_headers=answer.headers,
            body=answer.body,
            wire_bytes=answer.wire_bytes,
            redirects=tuple(trail.hops),
            address=answer.address,
            tls=answer.tls,
            http_version=answer.http_version,
        )


def _result(target: Target, verdict: Verdict, exchange: Exchange) -> Result:
    return Result(
        target,
        verdict.outcome,
        verdict.reason,
        exchange,
        " ".join(verdict.detail.split()),
        verdict.retry_after_s,
        verdict.signals,
    )


def request_headers(target: Target, start: WebUrl, url: WebUrl, settings: CrawlSettings) -> Headers:
    """The headers of a request for `url`, exactly as they are sent.

    The target's own headers go to its own origin only, its validators only to the URL that gave them: a date that one
    document gave can make another look unchanged.
    """
    own = {name.lower(): (name, value) for name, value in target.headers} if url.origin == start.origin else {}
    lines: dict[str, tuple[str, str | bytes]] = {
        "host": ("Host", url.authority),
        "user-agent": ("User-Agent", settings.identity),
        "accept": ("Accept", _ACCEPT),
        **{name: pair for name, pair in own.items() if name not in _OURS},
        "accept-encoding": ("Accept-Encoding", ACCEPT_ENCODING),
    }
    if url.url == (_normal_url(target.validators_url) if target.validators_url else start.url):
        if target.etag:
            lines["if-none-match"] = ("If-None-Match", target.etag)
        if target.last_modified:
            lines["if-modified-since"] = ("If-Modified-Since", target.last_modified)
    lines["connection"] = ("Connection", "keep-alive")
    return tuple((_header_bytes(name), _header_bytes(value)) for name, value in lines.values())


def _normal_url(url: str) -> str:
    try:
        return parse_url(url).url
    except BadUrlError:
        return ""


def _header_bytes(text: str | bytes) -> bytes:
    """A header's name or value for the wire. Raises ValueError for what would begin another line."""
    data = text.encode("utf-8") if isinstance(text, str) else text
    if any(char in data for char in b"\r\n\x00"):
        raise ValueError(f"line break in the request header {data[:80]!r}")
    return data


def is_conditional(headers: Headers) -> bool:
    """Does a request with these headers carry a validator?"""
    return any(name in (b"If-None-Match", b"If-Modified-Since") for name, _ in headers)


async def retry(ask: Callable[[], Awaitable[Verdict]], settings: CrawlSettings, budget: Budget) -> Verdict:
    """Ask, and again after a pause while the fault is a passing one and retries and budget allow.

    When the deadline ends a later try, the verdict of the try before stands: it is the cause.
    """
    verdict = await ask()
    while is_passing(verdict.reason) and budget.retries < settings.retries:
        pause_s = backoff_s(settings.retry_backoff_s, budget.retries, random.random())  # noqa: S311 - no secret
        if pause_s >= budget.left_s:
            break
        budget.retries += 1
        budget.spent_s += pause_s
        await asyncio.sleep(pause_s)
        try:
            again = await ask()
        except TimeoutError:
            break
        if again.reason == "timeout.total":
            break
        verdict = again
    return verdict


def backoff_s(first_s: float, count: int, chance: float) -> float:
    """The pause before the try after `count` retries: doubling, with up to a half taken off by `chance` (0 to 1)."""
    return first_s * 2.0**count * (1 - chance / 2)
