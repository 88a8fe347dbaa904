"""A process that forks senders, each of which kills itself at its n-th step: `python sender_nursery.py CONFIG`.

A line in: `n` and the moment of the round. A line out: the number of the signal that ended the sender, 0 where it came
to its end alive. Steps are what the database and the mail server can tell apart: before every statement that writes or
locks and before every commit, before and after every command of SMTP. Nothing of this is in the product.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from datetime import datetime
from typing import Any

import aiosmtplib
import msgspec
from sqlalchemy import Engine, event

from monitor.alerts.sender import deliver_due
from monitor.config import Config
from monitor.store.engine import open_engine

COMMANDS = ("connect", "mail", "rcpt", "data", "rset", "quit")


class Countdown:
    """Kills this process when it was called for the n-th time."""

    def __init__(self, n: int) -> None:
        self.left = n

    def __call__(self, *_: Any) -> None:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def make_killable(engine: Engine, step: Countdown) -> None:
    @event.listens_for(engine, "before_cursor_execute")
    def before_statement(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if not statement.lstrip().startswith("SELECT") or "FOR UPDATE" in statement or "_lock" in statement:
            step()

    event.listen(engine, "commit", step)
    for name in COMMANDS:
        setattr(aiosmtplib.SMTP, name, stepping(getattr(aiosmtplib.SMTP, name), step))


def stepping(real: Any, step: Countdown) -> Any:
    async def wrapped(*args: Any, **kwargs: Any) -> Any:
        step()
        result = await real(*args, **kwargs)
        step()
        return result

    return wrapped


def sender(config: Config, n: int, now: datetime) -> None:
    engine = open_engine(config)
    make_killable(engine, Countdown(n))
    asyncio.run(deliver_due(engine, config, now, f"sender-{n}"))


def main(config: Config) -> None:
    for line in sys.stdin:
        n, moment = line.split()
        child = os.fork()
        if child == 0:
            os.dup2(2, 1)  # logs are no answers
            try:
                sender(config, int(n), datetime.fromisoformat(moment))
            finally:
                sys.stderr.flush()
                os._exit(int(sys.exc_info()[0] is not None))
        _, status = os.waitpid(child, 0)
        print(os.WTERMSIG(status) if os.WIFSIGNALED(status) else -os.WEXITSTATUS(status), flush=True)


if __name__ == "__main__":
    main(msgspec.json.decode(sys.argv[1], type=Config, dec_hook=lambda kind, value: kind(value)))
