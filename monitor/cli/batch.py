"""Answer lines of JSON with lines of JSON, in order, by the killable process: `--batch`.

Lines are read while answers are still being made, so all cores work; an answer is written as soon as it and all before
it are there, so that a program which writes one line and waits for its answer gets it.
"""

from __future__ import annotations

import json
import queue
import sys
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import IO

from monitor.cli.output import to_json
from monitor.errors import UsageError

Answer = dict[str, object]
Waiting = queue.Queue[tuple[str, Future[Answer]] | None]


def open_lines(path: Path) -> IO[str]:
    """The lines of `path`, "-" for standard input. Raises UsageError."""
    if str(path) == "-":
        sys.stdin.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
        return sys.stdin
    try:
        return path.open(encoding="utf-8", errors="replace")
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from error


def _error(line: str, error: Exception) -> Answer:
    try:
        request = json.loads(line)
    except (ValueError, RecursionError):
        request = None
    identity = request.get("id") if isinstance(request, dict) else None
    return {"id": identity, "error": str(error) or type(error).__name__}


def answer_lines(lines: Iterable[str], answer: Callable[[str], Answer], out: IO[str], at_once: int) -> int:
    """Write one answer for each line that is not blank, in order; `at_once` are worked on side by side.

    A line whose `answer` raises is answered with {"id", "error"}, and the run goes on. Returns how many did.
    """
    waiting: Waiting = queue.Queue(maxsize=4 * at_once)
    failed = [0]

    def write() -> None:
        while (item := waiting.get()) is not None:
            line, future = item
            try:
                row = future.result()
            except Exception as error:
                failed[0] += 1
                row = _error(line, error)
            print(to_json(row), file=out, flush=True)

    writer = threading.Thread(target=_until_broken(write, waiting), name="answers")
    writer.start()
    try:
        with ThreadPoolExecutor(at_once, thread_name_prefix="ask") as askers:
            for line in lines:
                if line.strip():
                    waiting.put((line, askers.submit(answer, line)))
    finally:
        waiting.put(None)
        writer.join()
    return failed[0]


def _until_broken(
    write: Callable[[], None], waiting: queue.Queue[tuple[str, Future[Answer]] | None]
) -> Callable[[], None]:
    """`write`, but when nobody reads the answers any more the rest of the queue is emptied instead of blocking."""

    def run() -> None:
        try:
            write()
        except BrokenPipeError:
            while waiting.get() is not None:
                pass

    return run
