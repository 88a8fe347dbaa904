"""kill -9 of a sender at every step: nothing is lost, and nothing comes twice but what the server took unsettled."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from db.rows import NOW, add_change, add_clinic, add_page
from sqlalchemy import Engine, text
from system.smtp_sink import Sink, open_sink
from system.test_alerts_delivery import DUE, body, over_smtp

from monitor.alerts.plan import queue_changes
from monitor.alerts.sender import deliver_due
from monitor.config import Config
from monitor.store.confirmations import ask_to_confirm
from monitor.store.outbox import list_alert_changes, list_alerts
from monitor.store.preferences import Preferences
from monitor.store.subscriptions import add_subscription, list_subscriptions

pytestmark = pytest.mark.system

MOST_STEPS = 400
Stage = Callable[[Engine, Config], None]


@dataclass(frozen=True)
class Nursery:
    """The process that forks senders which die at their n-th step."""

    process: asyncio.subprocess.Process

    async def run(self, n: int, now: datetime) -> int:
        """The signal that ended the sender of this round; 0: none."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{n} {now.isoformat()}\n".encode())
        return int(await asyncio.wait_for(self.process.stdout.readline(), 60))


@asynccontextmanager
async def open_nursery(config: Config) -> AsyncIterator[Nursery]:
    words = [sys.executable, "-m", "system.sender_nursery", msgspec.json.encode(config, enc_hook=str).decode()]
    process = await asyncio.create_subprocess_exec(
        *words,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
    )
    try:
        yield Nursery(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await asyncio.wait_for(process.wait(), 30)


def empty(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("TRUNCATE clinic, host, body, subscription, alert RESTART IDENTITY CASCADE"))


def two_of_one_page(engine: Engine, config: Config) -> None:
    """Two mails about one page, whose order must stand, and one about another."""
    with engine.begin() as connection:
        add_subscription(connection, "good@example.org")
        clinic = add_clinic(connection)
        page = add_page(connection, clinic, "https://clinic.example/a")
        queue_changes(connection, config, page, [add_change(connection, page, before="First.")], NOW)
        connection.execute(text("UPDATE alert SET attempts = 1"))  # tried before: what comes now cannot join it
        queue_changes(connection, config, page, [add_change(connection, page, before="Second.")], NOW)
        other = add_page(connection, clinic, "https://other.example/b")
        queue_changes(connection, config, other, [add_change(connection, other, before="Elsewhere.")], NOW)


def every_answer(engine: Engine, config: Config) -> None:
    """One who takes mails, one who is greylisted, one who is refused for good, and is suspended for it."""
    with engine.begin() as connection:
        for name in ("good", "busy", "gone"):
            add_subscription(connection, f"{name}@example.org")
        connection.execute(text("UPDATE subscription SET bounces = 2 WHERE address LIKE 'gone%'"))
        page = add_page(connection, add_clinic(connection), "https://clinic.example/a")
        queue_changes(connection, config, page, [add_change(connection, page, before="First.")], NOW)


def every_kind_of_round(engine: Engine, config: Config) -> None:
    """More than somebody wants in an hour, a digest that comes in any case, and one who is asked to confirm."""
    with engine.begin() as connection:
        told = Preferences(hourly=1, heartbeat="daily")
        add_subscription(connection, "good@example.org", preferences=told)
        asked = add_subscription(connection, "new@example.org", confirmed=False)
        ask_to_confirm(connection, asked, "localhost", NOW)
        clinic = add_clinic(connection)
        for number in range(3):
            page = add_page(connection, clinic, f"https://clinic.example/{number}")
            queue_changes(connection, config, page, [add_change(connection, page)], NOW)


def answer(recipient: str) -> str | None:
    return {"busy": "451 4.7.1 later", "gone": "550 5.1.1 no such user"}.get(recipient.partition("@")[0])


@pytest.mark.parametrize("stage", [two_of_one_page, every_answer, every_kind_of_round])
def test_killed_at_every_step_nothing_is_lost(engine: Engine, config: Config, stage: Stage) -> None:
    """The sender dies at its first step, its second, … until it lives to its end; each time the next one takes over."""

    async def main() -> int:
        async with open_sink(Sink(at_rcpt=answer)) as sink:
            smtp = over_smtp(config, sink.port)
            async with open_nursery(smtp) as nursery:
                for n in range(1, MOST_STEPS):
                    empty(engine)
                    stage(engine, config)
                    if await killed_and_taken_over(engine, smtp, sink, nursery, n) == 0:
                        return n
        raise AssertionError("the sender never came to its end")

    steps = asyncio.run(main())
    assert steps > 30, "the steps are not seen any more"


async def killed_and_taken_over(engine: Engine, smtp: Config, sink: Sink, nursery: Nursery, n: int) -> int:
    sink.mails.clear()
    told = pairs(engine)
    ended = await nursery.run(n, DUE)
    assert ended in (0, signal.SIGKILL), n
    taken = sink.ids()
    unsettled = {each for each in taken if each not in sent(engine)}
    await take_over(engine, smtp)
    found = Counter(sink.ids())
    twice = {each for each, count in found.items() if count > 1}
    assert max(found.values()) <= 2, n
    assert twice == unsettled, f"step {n}: twice only, and always, what was taken and not settled"
    assert len(twice) <= 1
    assert set(found) == sent(engine), n
    assert pairs(engine) >= told, f"step {n}: a change is lost"
    assert in_order(sink), n
    return ended


def pairs(engine: Engine) -> set[tuple[int, int]]:
    """Who is or was told of what: (subscription, change), dropped alerts aside."""
    with engine.begin() as connection:
        standing = {each.id: each for each in list_alerts(connection, limit=1000) if each.state != "dropped"}
        changes = list_alert_changes(connection, standing)
    return {(standing[alert].subscription_id, change) for alert, ids in changes.items() for change in ids}


def sent(engine: Engine) -> set[str]:
    with engine.begin() as connection:
        return {each.message_id for each in list_alerts(connection, state="sent", limit=1000)}


async def take_over(engine: Engine, smtp: Config) -> None:
    """Rounds of the next sender, hour by hour, until nothing that is due within a day waits; busy ones answer again."""
    now = DUE + timedelta(seconds=smtp.alerts.claim_s + 1)
    for _ in range(40):  # a killed sender's transaction may hold its row for a moment
        await deliver_due(engine, smtp, now, "next")
        with engine.begin() as connection:
            left = [each for each in list_alerts(connection, state="queued", limit=1000) if each.kind != "digest"]
            busy = [each for each in left if each.address.startswith("busy")]
            if len(left) == len(busy):
                assert {each.last_error for each in busy} <= {"451 4.7.1 later"}
                gone = [each for each in list_subscriptions(connection) if each.address.startswith("gone")]
                assert {each.state for each in gone} <= {"suspended"}
                return
        now += timedelta(hours=1)
    raise AssertionError("alerts wait for ever")


def in_order(sink: Sink) -> bool:
    """Whether the first copy of the page's first mail came before the first copy of its second."""
    told = [mail for mail in sink.mails if mail["To"] == "good@example.org"]
    words = [body(mail) for mail in told if "First." in str(mail) or "Second." in str(mail)]
    return "Second." not in words or words.index("First.") < words.index("Second.")
