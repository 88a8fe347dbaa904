"""The browser's process, seen from the crawler: started, asked, bounded, and ended with everything that it started.

    crawler ─socket pair─► python -m crawler.browser_worker ─► Playwright's driver ─► Chromium and its processes
        └─lifeline: closes when the crawler dies, however it dies; the worker ends, and the others with it

Chromium leaves the process group of its parent, so its processes are found by their parents, from the one we started.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from importlib.util import find_spec
from multiprocessing import Pipe
from pathlib import Path
from typing import Final

from crawler.faults import FaultError
from crawler.rendering import RenderAnswer, RenderJob, encode_job
from crawler.settings import CrawlSettings

NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
START_S: Final = 40.0
_STOP_S: Final = 5.0
_GRACE_S: Final = 5.0  # the worker keeps the deadline itself; one that has not by then is killed
_LOOK_S: Final = 0.25  # between two looks at the browser's memory
_PASSED_ON: Final = frozenset(
    ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "XDG_CACHE_HOME", "PLAYWRIGHT_BROWSERS_PATH", "FONTCONFIG_PATH")
)


def find_problem() -> str | None:
    """Why no page can be rendered here, and what to do about it, in one line; None where the extra is installed."""
    if find_spec("playwright") is None:
        return (
            "render = 'browser' needs the extra `browser`: pip install 'clinicwatch[browser]' (from a checkout: "
            ".venv/bin/python -m pip install -e '.[browser]'), and a Chromium (crawler.browser_executable)"
        )
    return None


def find_executable(configured: str) -> str:
    """The configured browser; else "", Playwright's own, where that is downloaded; else the system's Chromium."""
    if configured:
        return configured
    places = (
        os.environ.get("PLAYWRIGHT_BROWSERS_PATH", ""),
        "~/.cache/ms-playwright",
        "~/Library/Caches/ms-playwright",
    )
    if any(next(Path(place).expanduser().glob("chromium*-*"), None) for place in places if place):
        return ""
    return next((path for name in NAMES if (path := shutil.which(name))), "")


class BrowserProcess:
    """One browser, warm from its start to `stop`. Its methods block, and are called from one thread at a time; only
    `kill` may be called from another."""

    def __init__(self, settings: CrawlSettings) -> None:
        self._memory_bytes = settings.browser_memory_bytes
        self.pages = 0
        self._directory = tempfile.mkdtemp(prefix="clinicwatch-browser-")
        self._errors = Path(self._directory, "errors")
        self._channel, theirs = Pipe()
        lifeline, self._lifeline = os.pipe()
        self._ending = threading.Lock()
        self._ended = False
        sandbox = "sandbox" if settings.browser_sandbox and os.geteuid() != 0 else "none"
        command = [sys.executable, "-m", "crawler.browser_worker", str(theirs.fileno()), str(lifeline)]
        try:
            with self._errors.open("wb") as errors:
                self.process = subprocess.Popen(
                    [*command, find_executable(settings.browser_executable), sandbox],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=errors,
                    pass_fds=(theirs.fileno(), lifeline),
                    env=_environment(self._directory),
                    start_new_session=True,
                )
        except BaseException:
            self._release()
            raise
        finally:
            theirs.close()
            os.close(lifeline)

    def wait_ready(self) -> None:
        """Raises FaultError `internal` where the browser does not start."""
        first = self._receive(time.monotonic() + START_S)
        if first != b"ready":
            answer = RenderAnswer.of_parts(first, self._channel.recv_bytes(), self._channel.recv_bytes())
            raise FaultError(answer.reason, answer.detail)

    def render(self, job: RenderJob, body: bytes) -> RenderAnswer:
        """Render one page. Raises FaultError: `parse.timeout`, `parse.memory`, `parse.crash`."""
        self.pages += 1
        deadline = time.monotonic() + job.deadline_s + _GRACE_S
        try:
            self._channel.send_bytes(encode_job(job))
            self._channel.send_bytes(body)
            head = self._receive(deadline)
            return RenderAnswer.of_parts(head, self._channel.recv_bytes(), self._channel.recv_bytes())
        except (OSError, EOFError, ValueError) as error:
            raise self._death() from error

    def _receive(self, deadline: float) -> bytes:
        """The next message, while the browser keeps to its memory and its time."""
        try:
            while not self._channel.poll(_LOOK_S):
                if time.monotonic() > deadline:
                    raise FaultError("parse.timeout", "the browser did not answer")
                if (used := memory_of(self.process.pid)) > self._memory_bytes:
                    raise FaultError("parse.memory", f"the browser uses {used / 1e6:.0f} MB")
            return self._channel.recv_bytes()
        except (OSError, EOFError) as error:
            raise self._death() from error

    def _death(self) -> FaultError:
        """That the process is gone, with the last that it said."""
        said = b""
        with suppress(OSError):
            said = self._errors.read_bytes()[-2000:]
        last = next((line for line in reversed(said.decode("utf-8", "replace").splitlines()) if line.strip()), "")
        return FaultError("parse.crash", f"the browser's process ended: {last.strip()[:200]}".rstrip(": "))

    def stop(self) -> None:
        """End the browser: kindly where it answers, and then for certain. Stopping twice is stopping once."""
        with self._ending:
            if self._ended:
                return
            self._ended = True
            family = descendants(self.process.pid)
            self._channel.close()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(_STOP_S if self.process.poll() is None else 0)
            self._kill(family)
            self._release()

    def kill(self) -> None:
        """End the browser at once; whoever waits for an answer gets a FaultError."""
        self._kill(descendants(self.process.pid))

    def _kill(self, family: list[int]) -> None:
        """The worker's own group, and all that it has started."""
        family = list(dict.fromkeys((*family, *descendants(self.process.pid))))
        if self.process.poll() is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
        for pid in family:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(_STOP_S)

    def _release(self) -> None:
        with suppress(OSError):
            self._channel.close()
        os.close(self._lifeline)
        shutil.rmtree(self._directory, ignore_errors=True)


def descendants(pid: int) -> list[int]:
    """The processes that `pid` and its children started, as far as they live. [] where the system does not say."""
    parents = _parents()
    found, fresh = [], [pid]
    while fresh:
        fresh = [child for child, parent in parents.items() if parent in fresh]
        found.extend(fresh)
    return found


def memory_of(pid: int) -> int:
    """Bytes that `pid` and its descendants have for themselves (resident, not shared); 0 where the system does not
    say, as on macOS."""
    page = os.sysconf("SC_PAGE_SIZE")
    total = 0
    for one in (pid, *descendants(pid)):
        with suppress(OSError, ValueError, IndexError):
            words = Path(f"/proc/{one}/statm").read_text().split()
            total += (int(words[1]) - int(words[2])) * page
    return total


def _parents() -> dict[int, int]:
    """Every process and its parent."""
    if Path("/proc/self/stat").exists():
        parents = {}
        for entry in os.listdir("/proc"):
            if entry.isdigit():
                with suppress(OSError, IndexError, ValueError):
                    stat = Path(f"/proc/{entry}/stat").read_text(errors="replace")
                    parents[int(entry)] = int(stat.rpartition(")")[2].split()[1])
        return parents
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=False).stdout
    return {int(pid): int(parent) for pid, parent in (line.split() for line in listed.splitlines())}


def _environment(directory: str) -> dict[str, str]:
    """What the browser needs to know; no secrets, no proxies. Its profile is in `directory`, and goes with it."""
    kept = {name: value for name, value in os.environ.items() if name in _PASSED_ON}
    path = os.pathsep.join(entry or os.getcwd() for entry in sys.path)
    return {**kept, "PYTHONPATH": path, "TMPDIR": directory, "XDG_CONFIG_HOME": directory}
