"""A real Chromium without a window, driven over a pipe (the DevTools protocol): no driver and no network.

Everything but this machine's loopback is unreachable for it, and every address that a page asks for is remembered.
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Literal

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PLACES = (
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
)
ANSWER_S = 30.0
FLAGS = (
    "--headless=new",
    "--remote-debugging-pipe",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    "about:blank",
)

Scheme = Literal["light", "dark"]


class BrowserError(Exception):
    """The browser said no, or nothing."""


def find_chromium() -> str | None:
    """The browser that CLINICWATCH_CHROMIUM names, or one that is installed."""
    if named := os.environ.get("CLINICWATCH_CHROMIUM"):
        return named
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    return found or next((str(path) for path in PLACES if path.is_file()), None)


@dataclass
class Tab:
    """One page. `asked` are the addresses that were asked for, `said` what went wrong on the page's console."""

    browser: Browser
    session: str
    asked: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def open(self, url: str, width: int, scheme: Scheme, *, height: int = 800, mobile: bool = False) -> None:
        """Go to `url` in a window of `width` CSS pixels, and wait until everything of it is there."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile}
        self.ask("Emulation.setDeviceMetricsOverride", **size)
        self.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.asked.clear()
        self.said.clear()
        answer = self.ask("Page.navigate", url=url)
        if answer.get("errorText"):
            raise BrowserError(f"{url}: {answer['errorText']}")
        self.wait("Page.loadEventFired")

    def evaluate(self, script: str) -> Any:
        """The value of a JavaScript expression in the page."""
        answer = self.ask("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise BrowserError(str(answer["exceptionDetails"]))
        return answer["result"].get("value")

    def click(self, selector: str) -> None:
        """Press what `selector` finds, and wait for the page that follows."""
        self.evaluate(f"document.querySelector({json.dumps(selector)}).click()")
        self.wait("Page.loadEventFired")

    def picture(self, path: Path, width: int, height: int | None = None) -> None:
        """The page from its top, `height` pixels of it or all, as a PNG."""
        tall = height or int(self.evaluate("Math.ceil(document.documentElement.getBoundingClientRect().height)"))
        clip = {"x": 0, "y": 0, "width": width, "height": tall, "scale": 1}
        answer = self.ask("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)
        path.write_bytes(base64.b64decode(answer["data"]))

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        return self.browser.ask(method, self.session, **params)

    def wait(self, event: str) -> None:
        self.browser.wait(event, self.session)


@dataclass
class Browser:
    """The process and its two pipes: messages are JSON, ended by a NUL."""

    process: subprocess.Popen[bytes]
    out: int
    into: int
    tabs: dict[str, Tab] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))
    _rest: bytes = b""
    _seen: list[tuple[str, str]] = field(default_factory=list)

    def new_tab(self) -> Tab:
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.tabs[session] = tab = Tab(self, session)
        for domain in ("Page", "Network", "Runtime", "Log"):
            tab.ask(f"{domain}.enable")
        return tab

    def ask(self, method: str, session: str = "", **params: Any) -> dict[str, Any]:
        """The answer to one command. What happens meanwhile is kept. Raises BrowserError."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": params} | ({"sessionId": session} if session else {})
        if method in ("Page.navigate", "Runtime.evaluate"):
            self._seen.clear()
        os.write(self.out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._read()
            if answer.get("id") == number:
                if "error" in answer:
                    raise BrowserError(f"{method}: {answer['error']}")
                return dict(answer["result"])

    def wait(self, event: str, session: str) -> None:
        while (session, event) not in self._seen:
            self._read()

    def _read(self) -> dict[str, Any]:
        until = time.monotonic() + ANSWER_S
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self.into], [], [], max(0.0, until - time.monotonic()))
            if not ready or not (chunk := os.read(self.into, 1 << 20)):
                raise BrowserError("the browser does not answer")
            self._rest += chunk
        raw, _, self._rest = self._rest.partition(b"\0")
        message: dict[str, Any] = json.loads(raw)
        if "method" in message:
            self._note(message)
        return message

    def _note(self, message: dict[str, Any]) -> None:
        session, params = message.get("sessionId", ""), message["params"]
        self._seen.append((session, message["method"]))
        if (tab := self.tabs.get(session)) is None:
            return
        if message["method"] == "Network.requestWillBeSent":
            tab.asked.append(params["request"]["url"])
        elif message["method"] == "Log.entryAdded":
            tab.said.append(params["entry"]["text"])
        elif message["method"] == "Runtime.exceptionThrown":
            tab.said.append(str(params["exceptionDetails"]))


@contextlib.contextmanager
def open_browser(program: str) -> Iterator[Browser]:
    """A browser with a profile of its own, gone at the end."""
    command = [program, *FLAGS] if os.geteuid() else [program, "--no-sandbox", *FLAGS]
    with tempfile.TemporaryDirectory(prefix="cw", ignore_cleanup_errors=True) as profile:
        theirs_in, out = os.pipe()
        into, theirs_out = os.pipe()
        high = [fcntl.fcntl(each, fcntl.F_DUPFD, 20) for each in (theirs_in, theirs_out)]

        def as_3_and_4() -> None:
            os.dup2(high[0], 3)
            os.dup2(high[1], 4)

        process = subprocess.Popen(
            [*command[:1], f"--user-data-dir={profile}", *command[1:]],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=as_3_and_4,  # noqa: PLW1509 - nothing but dup2
            pass_fds=(3, 4),
        )
        for each in (theirs_in, theirs_out, *high):
            os.close(each)
        browser = Browser(process, out, into)
        try:
            yield browser
        finally:
            with contextlib.suppress(BrowserError, OSError):
                browser.ask("Browser.close")
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)
            process.kill()
            process.wait()
            os.close(out)
            os.close(into)
