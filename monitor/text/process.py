"""Jobs in worker processes that can be killed: limits on CPU, memory and wall time around anything a page may trigger.

    run("package.module:function", *args) ─► idle worker ─► result, or the exception that the job raised
                                                  └─ too long, too much memory, died ─► killed, replaced, ExtractError

A worker is a fresh interpreter (`python -m monitor.text.worker`), started ahead and kept warm. Parent and worker talk
in length-prefixed pickles over a socket pair. A second pipe, on which nothing is ever written, is the lifeline: it
closes when the parent dies, and the kernel then ends the worker even in the middle of a C function. The limits are
against accidents, not a sandbox.
"""

from __future__ import annotations

import asyncio
import logging
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing import Pipe
from types import TracebackType
from typing import Any, Final, Self

from monitor.errors import ExtractError

_START_S: Final = 60.0  # a worker that has not answered by then will not
_STOP_S: Final = 2.0
_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one job may use. `cpu_s` and `wall_s` count per job, `memory_bytes` is the worker's address space.

    A worker is replaced after `max_jobs` jobs, so that what leaks somewhere below stays small.
    """

    processes: int = 1
    cpu_s: float = 20.0
    wall_s: float = 30.0
    memory_bytes: int = 1_500_000_000
    max_jobs: int = 2000


class KillablePool:
    """A pool of workers that run jobs by name. Thread-safe; a context manager, warm when entered.

    `preload` names modules that each worker imports before its first job.
    """

    def __init__(self, limits: Limits | None = None, preload: tuple[str, ...] = ()) -> None:
        self.limits = limits or Limits()
        self._preload = preload
        self._idle: queue.LifoQueue[_Worker | None] = queue.LifoQueue()
        self._workers: set[_Worker] = set()
        self._lock = threading.Lock()
        self._threads: ThreadPoolExecutor | None = None
        self._closed = True
        self.restarts = 0

    def __enter__(self) -> Self:
        self._closed = False
        self._threads = ThreadPoolExecutor(self.limits.processes, thread_name_prefix="extract")
        started = [self._start() for _ in range(self.limits.processes)]
        for worker in started:
            self._idle.put(worker)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End every worker, busy ones included. Closing twice is closing once."""
        with self._lock:
            self._closed = True
            workers, self._workers = list(self._workers), set()
        for worker in workers:
            worker.stop()
        for _ in range(self.limits.processes):
            self._idle.put(None)
        if self._threads is not None:
            self._threads.shutdown(wait=True, cancel_futures=True)
            self._threads = None

    def run(self, job: str, *args: Any) -> Any:
        """What the function `job` ("package.module:function") returns for `args`, computed in a worker.

        Waits for an idle worker. Exceptions of the job are raised as themselves, with the worker's traceback as a
        note. Raises ExtractError: `parse.timeout` (CPU or wall), `parse.memory`, `parse.crash`.
        """
        request = pickle.dumps((job, args), pickle.HIGHEST_PROTOCOL)
        worker = self._take()
        try:
            kind, value = worker.ask(request, self.limits)
        except BaseException:
            self._replace(worker)
            raise
        if kind == "memory" or worker.jobs >= self.limits.max_jobs:
            self._replace(worker)
        else:
            self._give_back(worker)
        if kind == "memory":
            raise ExtractError("parse.memory", f"{job} needs more than {self.limits.memory_bytes} bytes")
        if kind == "error":
            raise value
        return value

    async def run_async(self, job: str, *args: Any) -> Any:
        """Like `run`, without holding up the event loop. A job that is cancelled runs on to its end or limit."""
        if self._threads is None:
            raise RuntimeError("the pool is not open")
        return await asyncio.get_running_loop().run_in_executor(self._threads, self.run, job, *args)

    def _take(self) -> _Worker:
        if self._closed:
            raise RuntimeError("the pool is not open")
        worker = self._idle.get()
        if worker is None:
            self._idle.put(None)
            raise RuntimeError("the pool was closed")
        if worker.process.poll() is not None:  # died while idle: nobody's job was lost
            self._forget(worker)
            return self._start()
        return worker

    def _give_back(self, worker: _Worker) -> None:
        if not self._closed:
            self._idle.put(worker)

    def _replace(self, worker: _Worker) -> None:
        """Kill a worker; its successor starts warming up at once."""
        self._forget(worker)
        if not self._closed:
            self.restarts += 1
            self._idle.put(self._start())

    def _start(self) -> _Worker:
        worker = _Worker(self.limits, self._preload)
        with self._lock:
            if not self._closed:
                self._workers.add(worker)
                return worker
        worker.stop()
        raise RuntimeError("the pool was closed")

    def _forget(self, worker: _Worker) -> None:
        with self._lock:
            self._workers.discard(worker)
        worker.stop()


class _Worker:
    """One worker process, seen from the parent."""

    def __init__(self, limits: Limits, preload: tuple[str, ...]) -> None:
        self.jobs = 0
        self._ready = False
        self._channel, theirs = Pipe()
        lifeline, self._lifeline = os.pipe()
        try:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "monitor.text.worker", str(theirs.fileno()), str(lifeline)],
                stdin=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(), lifeline),
                env=_environment(),
                start_new_session=True,  # Ctrl-C is the parent's to answer
            )
        except BaseException:
            self._channel.close()
            os.close(self._lifeline)
            raise
        finally:
            theirs.close()
            os.close(lifeline)
        self._channel.send((limits.memory_bytes, preload))

    def ask(self, request: bytes, limits: Limits) -> tuple[str, Any]:
        """Send a job and wait for its answer: ("value", …), ("error", exception) or ("memory", None)."""
        if not self._ready:
            self._receive(time.monotonic() + _START_S, "start")
            self._ready = True
        self.jobs += 1
        try:
            self._channel.send(limits.cpu_s)
            self._channel.send_bytes(request)
        except OSError:
            raise self._death() from None
        answer: tuple[str, Any] = self._receive(time.monotonic() + limits.wall_s, f"{limits.wall_s:g} s wall time")
        return answer

    def _receive(self, deadline: float, limit: str) -> Any:
        try:
            if not self._channel.poll(max(0.0, deadline - time.monotonic())):
                raise ExtractError("parse.timeout", limit)
            return self._channel.recv()
        except (EOFError, OSError):
            raise self._death() from None

    def _death(self) -> ExtractError:
        """Why the worker is gone, in the words of `crawler.outcomes`."""
        try:
            code = self.process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            return ExtractError("parse.crash", "the worker hung up")
        if hasattr(signal, "SIGXCPU") and code == -signal.SIGXCPU:
            return ExtractError("parse.timeout", "CPU time")
        if code == -signal.SIGKILL:
            return ExtractError("parse.memory", "killed from outside, as systems do that run out of memory")
        return ExtractError("parse.crash", f"signal {-code}" if code < 0 else f"exit {code}")

    def stop(self) -> None:
        """Kill the process and close what it held."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._channel.close()
        if self._lifeline >= 0:
            os.close(self._lifeline)
            self._lifeline = -1


def _environment() -> dict[str, str]:
    """The parent's environment with its import path; numeric libraries get one thread, for threads reserve memory."""
    path = os.pathsep.join(entry or os.getcwd() for entry in sys.path)
    single = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return {**os.environ, **single, "PYTHONPATH": path}
