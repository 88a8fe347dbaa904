"""Pages as a browser shows them: what the crawler was answered is opened in Chromium, and becomes a document again.

    Look ─► 200, HTML ─► Chromium in its own process ─► document, screenshot ─► the same Result, `rendered`
                            └─ everything else that the page asks for: ForwardProxy ─► guard

The site's answer is fetched by the crawler as ever (robots.txt, manners, redirects, TLS, sizes), and the browser gets
those bytes: it never asks for the page itself, and what is kept as evidence is what was rendered.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Collection
from dataclasses import replace
from typing import Final

from crawler.browser_process import BrowserProcess, find_problem
from crawler.content import sniff
from crawler.faults import FaultError
from crawler.forward_proxy import ForwardProxy, open_proxy
from crawler.guard import AddressGuard
from crawler.outcomes import Outcome, outcome_of
from crawler.redirects import judge_redirect
from crawler.rendering import RenderAnswer, RenderJob
from crawler.settings import CrawlSettings
from crawler.types import Headers, Rendered, Rendering, Result
from crawler.urls import parse_url

_LOG: Final = logging.getLogger(__name__)

PAGES_PER_BROWSER: Final = 100
_LEAST_S: Final = 1.0  # with less of the deadline left, no page is opened


class Renderer:
    """Renders one page at a time. The browser is started when one is needed, and ended when none has been for long."""

    def __init__(self, settings: CrawlSettings, guard: AddressGuard) -> None:
        self._settings, self._guard = settings, guard
        self._turn = asyncio.Lock()
        self._process: BrowserProcess | None = None
        self._idle: asyncio.TimerHandle | None = None
        self._ending: set[asyncio.Future[None]] = set()

    async def render(self, result: Result, left_s: float) -> Result:
        """`result` with the document that a browser makes of it, or with the reason why there is none.

        What is not an HTML page with status 200 comes back as it is. `left_s`: seconds of the look's deadline.
        """
        rendering = result.target.rendering
        if rendering is None or result.outcome is not Outcome.OK or not _is_html(result):
            return result
        if problem := find_problem():
            return _failed(result, "internal", problem)
        async with self._turn:
            self._keep_awake()
            try:
                async with open_proxy(self._guard, self._settings) as proxy:
                    job = _job(result, rendering, proxy.port, left_s, self._settings)
                    answer = await self._ask(job, result.exchange.body)
                    return judge_rendering(result, answer, proxy, self._guard)
            except FaultError as fault:
                self._end()
                return _failed(result, fault.reason, fault.detail)
            except BaseException:
                self._end()
                raise
            finally:
                self._idle = asyncio.get_running_loop().call_later(self._settings.browser_idle_s, self._end)

    async def close(self) -> None:
        """End the browser."""
        self._keep_awake()
        self._end()
        await asyncio.gather(*self._ending)

    async def _ask(self, job: RenderJob, body: bytes) -> RenderAnswer:
        """Raises FaultError."""
        if job.deadline_s < _LEAST_S:
            raise FaultError("timeout.total", "no time is left to render the page")
        process = await self._browser()
        answer = await asyncio.to_thread(process.render, job, body)
        if answer.is_stuck or process.pages >= PAGES_PER_BROWSER:
            self._end()
        return answer

    async def _browser(self) -> BrowserProcess:
        """The browser, started where there is none, or where it has died meanwhile. Raises FaultError."""
        if self._process is not None and self._process.process.poll() is not None:
            self._end()
        if self._process is None:
            if self._settings.browser_sandbox and os.geteuid() == 0:
                _LOG.warning("the browser runs without its sandbox, for this is root: use another account")
            self._process = await asyncio.to_thread(BrowserProcess, self._settings)
            await asyncio.to_thread(self._process.wait_ready)
        return self._process

    def _keep_awake(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None

    def _end(self) -> None:
        """Let the browser go; it is ended in a thread, for that may take a moment."""
        process, self._process = self._process, None
        if process is None:
            return
        loop = asyncio.get_running_loop()

        def end() -> None:
            process.kill()
            process.stop()

        done: asyncio.Future[None] = loop.run_in_executor(None, end)
        self._ending.add(done)
        done.add_done_callback(self._ending.discard)


def judge_rendering(result: Result, answer: RenderAnswer, proxy: ForwardProxy, guard: AddressGuard) -> Result:
    """What a rendering means: the page, or one reason. Pure but for the proxy's counts."""
    notes = [f"rendered by {answer.browser}", *answer.notes, *(f"refused: {words}" for words in proxy.refusals)]
    rendered = Rendered(result.exchange.body, answer.screenshot)
    if answer.document:
        exchange = replace(result.exchange, body=answer.document, rendered=rendered)
        result = replace(result, exchange=exchange)
    result = replace(result, detail="; ".join((*([result.detail] if result.detail else []), *notes)))
    if answer.left_for:
        reason, detail = _left(result, answer.left_for, guard)
        return _failed(result, reason, detail)
    if answer.reason:
        return _failed(result, answer.reason, answer.detail)
    if proxy.is_spent:
        return _failed(result, "too_large.wire", f"the page loads more than {proxy.wire_bytes} bytes")
    return result


def _left(result: Result, url: str, guard: AddressGuard) -> tuple[str, str]:
    """Why a script or a click is not followed to `url`: as for a redirect, else as for a meta refresh."""
    start, here = parse_url(result.target.url), parse_url(result.exchange.final_url)
    allowed: Collection[str] = result.target.allow_hosts
    step = judge_redirect(start, here, url.encode(), passed=(), max_redirects=1, allow_hosts=allowed, guard=guard)
    reason = getattr(step, "reason", "redirect.meta")
    return reason, f"a script or a click leads to {url[:200]}"


def _failed(result: Result, reason: str, detail: str) -> Result:
    words = "; ".join(part for part in (detail, result.detail) if part)
    return replace(result, outcome=outcome_of(reason), reason=reason, detail=" ".join(words.split())[:1000])


def _is_html(result: Result) -> bool:
    exchange = result.exchange
    header = next((value for name, value in exchange.response_headers if name.lower() == b"content-type"), None)
    return sniff(exchange.body, header) in ("html", "text") and not (header or b"").lower().startswith(b"text/plain")


def _job(result: Result, rendering: Rendering, port: int, left_s: float, settings: CrawlSettings) -> RenderJob:
    exchange = result.exchange
    return RenderJob(
        url=exchange.final_url,
        status=exchange.status or 200,
        headers=_texts(exchange.response_headers),
        click=rendering.click,
        wait_for=rendering.wait_for,
        language=rendering.language,
        user_agent=settings.identity,
        proxy_port=port,
        deadline_s=left_s,
        settle_s=settings.browser_settle_s,
        wait_for_s=settings.browser_wait_for_s,
        max_chars=settings.max_decoded_bytes,
    )


def _texts(headers: Headers) -> tuple[tuple[str, str], ...]:
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers)
