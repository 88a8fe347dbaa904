"""The inside of a worker process (see process.py): take jobs from the channel until it closes."""

from __future__ import annotations

import fcntl
import gc
import importlib
import os
import pickle
import resource
import signal
import sys
import traceback
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any, Final

_CHILD_SIGNALS: Final = (signal.SIGINT, signal.SIGHUP)


def main(channel_fd: int, lifeline_fd: int) -> int:
    """Serve jobs; returns the exit code."""
    for number in _CHILD_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    _die_with_parent(lifeline_fd)
    channel = Connection(channel_fd)
    with suppress(EOFError, OSError):
        memory_bytes, preload = channel.recv()
        for module in preload:
            importlib.import_module(module)
        _limit_memory(memory_bytes)
        channel.send("ready")
        gc.collect()
        gc.freeze()  # what is loaded by now stays: no collection need look at it again
        while True:
            _limit_cpu(channel.recv())
            request = channel.recv_bytes()
            answer = _answer(request)
            channel.send_bytes(answer)
            if answer == _MEMORY:
                return 1
    return 0


_MEMORY: Final = pickle.dumps(("memory", None))


def _answer(request: bytes) -> bytes:
    """The pickled answer to a pickled job."""
    try:
        job, args = pickle.loads(request)  # noqa: S301  # from the parent, over a private socket
        module, _, name = job.partition(":")
        value = getattr(importlib.import_module(module), name)(*args)
        return pickle.dumps(("value", value), pickle.HIGHEST_PROTOCOL)
    except MemoryError:
        return _MEMORY
    except Exception as error:
        return _pickle_error(error)


def _pickle_error(error: Exception) -> bytes:
    """The exception as itself where that survives the way, else as a RuntimeError with its words."""
    note = "".join(traceback.format_exception(error)).rstrip()
    error.add_note(f"in the worker:\n{note}")
    error.__cause__ = error.__context__ = None
    try:
        answer = pickle.dumps(("error", error), pickle.HIGHEST_PROTOCOL)
        pickle.loads(answer)  # noqa: S301  # our own
    except Exception:
        return pickle.dumps(("error", RuntimeError(f"{type(error).__name__}: {error}\n{note}")))
    return answer


def _limit_memory(memory_bytes: int) -> None:
    """Cap the address space, where the system can (Linux; macOS refuses)."""
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, resource.getrlimit(resource.RLIMIT_AS)[1]))
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _limit_cpu(cpu_s: float) -> None:
    """Allow `cpu_s` more seconds of CPU; then the kernel sends SIGXCPU, which ends the process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(used.ru_utime + used.ru_stime + cpu_s) + 1
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _die_with_parent(lifeline_fd: int) -> None:
    """Have the kernel send SIGIO, which ends the process, when the parent's end of the lifeline closes."""
    signal.signal(signal.SIGIO, signal.SIG_DFL)
    fcntl.fcntl(lifeline_fd, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(lifeline_fd, fcntl.F_SETFL, fcntl.fcntl(lifeline_fd, fcntl.F_GETFL) | os.O_ASYNC)
    if not os.get_blocking(lifeline_fd):
        os.set_blocking(lifeline_fd, True)


def _arguments(argv: list[str]) -> tuple[Any, ...]:
    return tuple(int(value) for value in argv[1:3])


if __name__ == "__main__":
    sys.exit(main(*_arguments(sys.argv)))
