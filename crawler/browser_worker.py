"""The inside of the browser's process: Playwright and Chromium, one page at a time (see browser_process.py).

    goto (the document is the crawler's answer) ─► load ─► settle ─► click ─► settle ─► wait_for ─► document ─► picture

Every page gets a context of its own: no cookies, cache or storage of another visit. What a page loads besides its
document goes through the crawler's proxy, and through nothing else: names resolve to nothing here, WebRTC has no UDP.
"""

from __future__ import annotations

import asyncio
import base64
import fcntl
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any, Final, Literal

from crawler.rendering import RenderAnswer, RenderJob, decode_job

try:
    from playwright.async_api import Browser, BrowserContext, Page, Playwright, Request, Route, async_playwright
    from playwright.async_api import Error as PlaywrightError
    from playwright.async_api import TimeoutError as PlaywrightTimeoutError
except ImportError:  # the extra `browser` is not installed: the parent says so before it starts this
    if __name__ == "__main__":
        sys.exit("playwright is not installed")

_State = Literal["load", "domcontentloaded", "networkidle"]

NOWHERE: Final = "http://127.0.0.1:9"  # what the browser asks for on its own account goes to the discard port
ARGUMENTS: Final = (
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-quic",
    "--disable-domain-reliability",
    "--dns-prefetch-disable",
    "--no-pings",
    "--js-flags=--max-old-space-size=768",
)
VIEWPORT: Final[Any] = {"width": 1280, "height": 900}
CLICK_S: Final = 3.0  # for a consent button to be there; on many looks it is not
PICTURE_S: Final = 10.0
LAUNCH_S: Final = 30.0
MAX_PICTURE_HEIGHT: Final = 12_000
QUALITIES: Final = (100, 60)  # without loss, which for text is the smaller one too; with loss where photos are many
ENOUGH_PICTURE_BYTES: Final = 1_500_000
RELOADS: Final = 3  # consent tools reload the page
_DROPPED: Final = frozenset(
    (
        *("content-encoding", "content-length", "transfer-encoding", "connection", "keep-alive", "trailer", "upgrade"),
        *("content-disposition", "refresh", "alt-svc", "nel", "report-to", "reporting-endpoints", "clear-site-data"),
    )
)
# Text in open shadow trees is visible, but no part of outerHTML: it is written where it is shown. Runs in a world of
# its own, where a page's scripts have replaced nothing.
_SERIALISE: Final = """(() => {
  const limit = %d, root = document.documentElement;
  if (!root) return "";
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT);
  let shadows = false;
  for (let node = root; node && !shadows; node = walker.nextNode()) shadows = !!node.shadowRoot;
  let copy = root;
  if (shadows) {
    const blank = document.implementation.createHTMLDocument("");
    const shown = node => {
      if (node.shadowRoot) return node.shadowRoot.childNodes;
      if (node.localName === "slot") {
        const given = node.assignedNodes({flatten: true});
        if (given.length) return given;
      }
      return node.childNodes;
    };
    copy = blank.importNode(root, false);
    const open = [[root, copy]];
    while (open.length) {
      const [from, to] = open.pop();
      for (const child of shown(from)) {
        const whole = child.localName === "template";
        const made = blank.importNode(child, whole);
        to.appendChild(made);
        if (!whole && child.nodeType === 1) open.push([child, made]);
      }
    }
  }
  const type = document.doctype ? "<!DOCTYPE html>" : "";
  const text = type + copy.outerHTML;
  return text.length > limit ? null : text;
})()"""


class _StoppedError(Exception):
    """The rendering ends here, with a word of the vocabulary, and with what was seen until then."""

    def __init__(self, reason: str, detail: str, document: bytes = b"", screenshot: bytes = b"") -> None:
        super().__init__(detail)
        self.reason, self.detail = reason, detail
        self.document, self.screenshot = document, screenshot


class _Rendering:
    """One page on its way."""

    def __init__(self, job: RenderJob, body: bytes) -> None:
        self._job, self._body = job, body
        self._served = 0
        self._pending: set[Request] = set()
        self.left_for = ""
        self.notes: list[str] = []
        self.phase = "loading"

    async def run(self, context: BrowserContext) -> tuple[bytes, bytes]:
        """Document and screenshot. Raises _StoppedError, TimeoutError of the deadline, PlaywrightError."""
        await context.route("**/*", self._route)
        page = await context.new_page()
        self._watch(context, page)
        await page.goto(self._job.url, wait_until="domcontentloaded", timeout=0)
        self._check_left()
        await self._settle(page, "load")
        self.phase = "clicking"
        for selector in self._job.click:
            await self._click(page, selector)
        self.phase = "waiting"
        for selector in self._job.wait_for:
            await self._wait_for(page, selector)
        self.phase = "reading"
        self._check_left()
        document = await self._read(page)
        self.phase = "picturing"
        return document, await self._picture(page)

    @property
    def is_loading(self) -> bool:
        """Is something of the page still awaited from the network?"""
        return bool(self._pending)

    def _watch(self, context: BrowserContext, page: Page) -> None:
        page.on("request", self._begun)
        page.on("requestfinished", self._over)
        page.on("requestfailed", self._over)
        page.on("dialog", lambda dialog: _background(dialog.dismiss()))
        context.on("page", lambda other: _background(other.close()) if other is not page else None)

    def _begun(self, request: Request) -> None:
        self._pending.add(request)

    def _over(self, request: Request) -> None:
        self._pending.discard(request)

    async def _route(self, route: Route) -> None:
        """The document is what the crawler was answered; the page must not go elsewhere; the rest goes its way."""
        request = route.request
        with suppress(PlaywrightError):
            if not (request.is_navigation_request() and request.frame.parent_frame is None):
                await (route.abort() if request.resource_type == "media" else route.continue_())
            elif _bare(request.url) == _bare(self._job.url) and request.method == "GET" and self._served <= RELOADS:
                self._served += 1
                await route.fulfill(status=self._job.status, headers=_headers(self._job.headers), body=self._body)
            else:
                self.left_for = self.left_for or request.url
                await route.abort()

    def _check_left(self) -> None:
        if self.left_for:
            raise _StoppedError("redirect.meta", f"the page goes to {self.left_for[:200]}")

    async def _settle(self, page: Page, state: _State) -> None:
        """Wait until the page has loaded and the network is still; not for ever, for some never are."""
        states: tuple[_State, ...] = (state, "networkidle")
        for one in states:
            try:
                await page.wait_for_load_state(one, timeout=self._job.settle_s * 1000)
            except PlaywrightTimeoutError:
                self.notes.append(f"still loading after {self._job.settle_s:g} s")
                return

    async def _click(self, page: Page, selector: str) -> None:
        try:
            await page.locator(_css(selector)).first.click(timeout=CLICK_S * 1000)
        except PlaywrightTimeoutError:
            self.notes.append(f"nothing to click at {selector}")
            return
        await self._settle(page, "domcontentloaded")

    async def _wait_for(self, page: Page, selector: str) -> None:
        limit_s = self._job.wait_for_s
        try:
            await page.wait_for_selector(_css(selector), state="attached", timeout=limit_s * 1000)
        except PlaywrightTimeoutError:
            self._check_left()
            seen = await self._read(page), await self._picture(page)
            raise _StoppedError("js_shell", f"{selector} did not appear within {limit_s:g} s", *seen) from None

    async def _read(self, page: Page) -> bytes:
        """The document, serialised. Raises _StoppedError where it is too large."""
        session = await page.context.new_cdp_session(page)
        tree = await session.send("Page.getFrameTree")
        world = await session.send(
            "Page.createIsolatedWorld", {"frameId": tree["frameTree"]["frame"]["id"], "worldName": "clinicwatch"}
        )
        answer = await session.send(
            "Runtime.evaluate",
            {
                "expression": _SERIALISE % self._job.max_chars,
                "contextId": world["executionContextId"],
                "returnByValue": True,
            },
        )
        text = answer["result"].get("value")
        if "exceptionDetails" in answer:
            raise _StoppedError("parse.crash", "the document cannot be serialised")
        if text is None:
            raise _StoppedError("too_large.decoded", f"the document has more than {self._job.max_chars} characters")
        return b"\xef\xbb\xbf" + str(text).encode("utf-8", "replace")

    async def _picture(self, page: Page) -> bytes:
        """The page from its top as WebP; b"" where none can be taken, which spoils nothing."""
        try:
            async with asyncio.timeout(PICTURE_S):
                session = await page.context.new_cdp_session(page)
                metrics = await session.send("Page.getLayoutMetrics")
                height = min(max(int(metrics["cssContentSize"]["height"]), VIEWPORT["height"]), MAX_PICTURE_HEIGHT)
                clip = {"x": 0, "y": 0, "width": VIEWPORT["width"], "height": height, "scale": 1}
                picture = b""
                for quality in QUALITIES:
                    wanted = {"format": "webp", "quality": quality, "captureBeyondViewport": True, "clip": clip}
                    picture = base64.b64decode((await session.send("Page.captureScreenshot", wanted))["data"])
                    if len(picture) <= ENOUGH_PICTURE_BYTES:
                        break
                return picture
        except (PlaywrightError, TimeoutError) as error:
            self.notes.append(f"no screenshot: {_line(error)}")
            return b""


_tasks: set[asyncio.Future[Any]] = set()


def _background(work: Any) -> None:
    """Start what an event asks for; the browser may be gone before it is done."""

    async def quietly() -> None:
        with suppress(PlaywrightError):
            await work

    task = asyncio.ensure_future(quietly())
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)


def _bare(url: str) -> str:
    return url.partition("#")[0]


def _css(selector: str) -> str:
    return f"css={selector}"


def _headers(headers: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """Response headers as the browser is to see them; of one name several lines are one."""
    joined: dict[str, str] = {}
    for name, value in headers:
        key = name.lower()
        if key not in _DROPPED:
            glue = "\n" if key == "set-cookie" else ", "
            joined[key] = f"{joined[key]}{glue}{value}" if key in joined else value
    return joined


def _line(error: BaseException) -> str:
    return " ".join(str(error).partition("\n")[0].split())[:200] or type(error).__name__


async def render(browser: Browser, job: RenderJob, body: bytes) -> RenderAnswer:
    """Render one page. Raises nothing."""
    rendering = _Rendering(job, body)
    version = f"Chromium {browser.version}"

    def failed(reason: str, detail: str, *, is_stuck: bool = False, **more: Any) -> RenderAnswer:
        notes = tuple(dict.fromkeys(rendering.notes))
        return RenderAnswer(reason, detail, rendering.left_for, notes, version, is_stuck, **more)

    context = None
    try:
        async with asyncio.timeout(job.deadline_s):
            context = await _new_context(browser, job)
            document, screenshot = await rendering.run(context)
        return failed("", "", document=document, screenshot=screenshot)
    except _StoppedError as stopped:
        return failed(stopped.reason, stopped.detail, document=stopped.document, screenshot=stopped.screenshot)
    except TimeoutError:
        awaited = rendering.phase == "loading" and rendering.is_loading
        reason = "timeout.total" if awaited else "parse.timeout"
        return failed(reason, f"the deadline passed while the browser was {rendering.phase}", is_stuck=True)
    except PlaywrightError as error:
        if rendering.left_for:
            return failed("redirect.meta", f"the page goes to {rendering.left_for[:200]}")
        is_crash = not browser.is_connected() or "crash" in str(error).lower()
        return failed("parse.crash" if is_crash else "internal", f"browser: {_line(error)}", is_stuck=True)
    finally:
        if context is not None:
            with suppress(PlaywrightError, TimeoutError):
                async with asyncio.timeout(2.0):
                    await context.close()


async def _new_context(browser: Browser, job: RenderJob) -> BrowserContext:
    language = job.language or "en"
    return await browser.new_context(
        proxy={"server": f"http://127.0.0.1:{job.proxy_port}", "bypass": "<-loopback>"},
        user_agent=job.user_agent,
        locale=language,
        timezone_id="UTC",
        viewport=VIEWPORT,
        reduced_motion="reduce",
        service_workers="block",
        accept_downloads=False,
        permissions=[],
    )


async def _launch(playwright: Playwright, settings: Mapping[str, Any]) -> Browser:
    executable = settings["executable"]
    return await playwright.chromium.launch(
        executable_path=executable or None,
        args=list(ARGUMENTS),
        proxy={"server": NOWHERE},
        chromium_sandbox=bool(settings["sandbox"]),
        handle_sigint=False,
        handle_sigterm=False,
        handle_sighup=False,
        timeout=LAUNCH_S * 1000,
    )


async def serve(channel: Connection, settings: Mapping[str, Any]) -> int:
    """Render what comes over `channel` until it closes; returns the exit code."""
    async with async_playwright() as playwright:
        try:
            browser = await _launch(playwright, settings)
        except PlaywrightError as error:
            _answer(channel, RenderAnswer("internal", f"the browser does not start: {_line(error)}", is_stuck=True))
            return 1
        with suppress(EOFError, OSError):
            channel.send_bytes(b"ready")
            while True:
                job = decode_job(await asyncio.to_thread(channel.recv_bytes))
                answer = await render(browser, job, channel.recv_bytes())
                _answer(channel, answer)
                if answer.is_stuck or not browser.is_connected():
                    os._exit(1)  # what hangs would hang the way out as well; the parent ends what is left
        await browser.close()
    return 0


def _answer(channel: Connection, answer: RenderAnswer) -> None:
    for part in answer.parts():
        channel.send_bytes(part)


def _die_with_parent(lifeline: int) -> None:
    """Have the kernel send SIGIO, which ends the process, when the parent's end of the lifeline closes. Playwright's
    driver ends with this process, and the browser with its driver."""
    signal.signal(signal.SIGIO, signal.SIG_DFL)
    fcntl.fcntl(lifeline, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(lifeline, fcntl.F_SETFL, fcntl.fcntl(lifeline, fcntl.F_GETFL) | os.O_ASYNC)


def main(channel_fd: int, lifeline_fd: int, executable: str, sandbox: str) -> int:
    """Serve renderings; returns the exit code."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    _die_with_parent(lifeline_fd)
    settings = {"executable": executable, "sandbox": sandbox == "sandbox"}
    return asyncio.run(serve(Connection(channel_fd), settings))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]))
