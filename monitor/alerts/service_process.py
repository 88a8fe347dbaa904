"""The process in which Apprise sends one message: JSON in on standard input, JSON out on standard output.

In: `url`, and unless only the URL is to be checked, `title`, `body` and `permits`. Out: `state` "known", "taken",
"unknown" (no URL of Apprise's), "refused" (an address or a deed that is not allowed) or "failed", and the `problem`.

Nothing imports this module: it is the program of that process, and Apprise is an optional extra.
The guard is an audit hook: it sees every connection of this process at the moment of dialling, whichever library makes
it, and cannot be taken out again.
"""

from __future__ import annotations

import json
import logging
import socket
import sys
from collections.abc import Callable, Collection
from typing import Any

import apprise

from crawler.guard import is_public

_DIALS = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_DEEDS = frozenset(
    {
        *("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.forkpty"),
        *("pty.spawn", "os.startfile", "socket.bind", "syslog.openlog", "syslog.syslog", "webbrowser.open"),
    }
)
# what Apprise says to this machine's own desktop and log
_LOCAL = frozenset({"dbus", "qt", "kde", "glib", "gnome", "macosx", "windows", "syslog"})


class NotAllowedError(OSError):
    """This process tried what it must not. To the libraries it is a connection that fails."""


def make_guard(permits: Collection[str], refused: list[str]) -> Callable[[str, tuple[Any, ...]], None]:
    """An audit hook that lets public addresses and `permits` ("ip:port") be dialled, and no program be started.

    What it refuses is put down in `refused` as well: libraries catch all kinds of errors.
    """

    def refuse(what: str) -> None:
        refused.append(what)
        raise NotAllowedError(what)

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event in _DEEDS:
            refuse(f"{event} is not allowed")
        if event not in _DIALS:
            return
        door, address = arguments[0], arguments[1]
        if address is None:  # a connected socket: judged when it was connected
            return
        if door.family not in (socket.AF_INET, socket.AF_INET6) or not isinstance(address, tuple):
            refuse("only the internet may be dialled")
        if not is_public(str(address[0])) and f"{address[0]}:{address[1]}" not in permits:
            refuse(f"{address[0]}:{address[1]} may not be dialled")

    return hook


class _LastWords(logging.Handler):
    """Keeps the last warning, which Apprise writes without the secrets of the URL."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.words = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.words = record.getMessage()


def answer(job: dict[str, Any]) -> dict[str, str]:
    """Do what `job` says, and say what came of it."""
    if job["url"].partition(":")[0].lower() in _LOCAL:
        return {"state": "refused", "problem": "nothing is told to this machine itself"}
    service = apprise.Apprise.instantiate(job["url"], suppress_exceptions=True)
    if service is None:
        return {"state": "unknown", "problem": "this URL names no service that it knows"}
    if "body" not in job:
        return {"state": "known"}
    refused: list[str] = []
    last = _LastWords()
    logging.getLogger("apprise").addHandler(last)
    sys.addaudithook(make_guard(job["permits"], refused))
    try:
        taken = service.notify(title=job["title"], body=job["body"], body_format=apprise.NotifyFormat.TEXT)
    except Exception as error:  # a hundred plugins: what one of them lets through is no reason to say nothing
        taken, last.words = False, f"{type(error).__name__}: {error}"
    if taken:
        return {"state": "taken"}
    if refused:
        return {"state": "refused", "problem": refused[0]}
    return {"state": "failed", "problem": last.words or "the service did not take it"}


if __name__ == "__main__":
    json.dump(answer(json.load(sys.stdin)), sys.stdout)
