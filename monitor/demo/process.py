"""The daemon as the demo runs it: the real one, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from monitor.demo.stage import DemoError

STOP_S: Final = 15.0  # the daemon promises to end within 10 s
_TAIL_LINES: Final = 15


class Daemon:
    """`clinicwatch run` with the demo's configuration; what it says is appended to `log`.

    It has a session of its own, so that Ctrl-C in the terminal reaches the demo alone, which then stops it.
    """

    def __init__(self, config: Path, log: Path, environ: Mapping[str, str]) -> None:
        self._command = [sys.executable, "-m", "monitor.cli.main", "--config", str(config), "run"]
        self._log = log
        self._environ = dict(environ)
        self._process: subprocess.Popen[bytes] | None = None
        self.sessions: list[int] = []  # of every start, oldest first

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it. Does nothing where it runs."""
        if self.is_running:
            return
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._environ,
                start_new_session=True,
            )

    def check(self) -> None:
        """Raises DemoError, with the end of its log, where it is not running."""
        if self._process is not None and not self.is_running:
            raise DemoError(f"the daemon ended with exit code {self._process.returncode}:\n{self.tail()}")

    def stop(self) -> int:
        """Ask it to end (SIGTERM), wait, and return its exit code; -9 where it did not end in time."""
        if self._process is None:
            return 0
        if self.is_running:
            self._process.terminate()
        try:
            return self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            return self.kill()

    def kill(self) -> int:
        """End it without a word (SIGKILL), as a power cut would."""
        if self._process is None:
            return 0
        self._process.kill()
        return self._process.wait()

    def tail(self) -> str:
        """The last lines of its log."""
        text = self._log.read_text(encoding="utf-8", errors="replace") if self._log.exists() else ""
        return "\n".join(text.splitlines()[-_TAIL_LINES:])
