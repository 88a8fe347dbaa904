"""What a mail server can say at each step of SMTP, and what becomes of the alert, its address, and the other mails."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult
from db.rows import add_change, add_clinic, add_page
from hostile.certificates import Authority
from sqlalchemy import Engine
from system.smtp_sink import Sink, free_port, open_sink
from system.test_alerts_delivery import DUE, body, deliver, over_smtp, queue, states

from monitor.alerts.plan import queue_changes
from monitor.alerts.sender import DeliveryReport, deliver_due
from monitor.config import Config
from monitor.errors import ConfigError
from monitor.store.outbox import list_alerts
from monitor.store.subscriptions import add_subscription, list_subscriptions

pytestmark = pytest.mark.system


def unless_good(reply: str) -> Any:
    return lambda address: None if address.startswith("good") else reply


@dataclass(frozen=True)
class Case:
    """A server's answer, and what the alert to bad@example.org comes to. `bounces` are counted against the address."""

    sink: dict[str, Any]
    state: str
    error: str
    bounces: int = 0
    good: str = "sent"


CASES = {
    "4xx at MAIL": Case(
        {"at_mail": lambda _: "451 4.3.0 full"}, "queued", "the server refuses our mail: 451", 0, "queued"
    ),
    "5xx at MAIL": Case(
        {"at_mail": lambda _: "550 5.7.1 who"}, "queued", "the server refuses our mail: 550", 0, "queued"
    ),
    "4xx at RCPT": Case({"at_rcpt": unless_good("450 4.2.1 busy")}, "queued", "450 4.2.1 busy"),
    "5xx at RCPT": Case({"at_rcpt": unless_good("550 5.1.1 no such user")}, "failed", "550 5.1.1 no such user", 1),
    "5xx at RCPT, no status": Case({"at_rcpt": unless_good("553 no")}, "failed", "553 no", 1),
    "4xx at DATA": Case({"at_data": unless_good("452 4.3.1 disk full")}, "queued", "452 4.3.1 disk full"),
    "5xx at DATA": Case({"at_data": unless_good("554 5.7.1 spam")}, "failed", "554 5.7.1 spam"),
    "5xx at DATA, of the address": Case({"at_data": unless_good("550 5.1.1 gone")}, "failed", "550 5.1.1 gone", 1),
    "421 at RCPT": Case({"at_rcpt": unless_good("421 4.3.2 closing")}, "queued", "421 4.3.2 closing"),
    "gone after DATA": Case({"after_data": unless_good("")}, "queued", "it may have arrived"),
    "4xx after DATA, taken": Case({"after_data": unless_good("451 4.3.0 oops")}, "queued", "451 4.3.0 oops"),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_every_answer_at_every_step(engine: Engine, config: Config, case: Case) -> None:
    """One address is answered so, first; the other's mail goes all the same, in the same round."""
    bad, good = queue(engine, config, "bad@example.org", "good@example.org")
    deliver(engine, config, DUE, Sink(**case.sink))
    with engine.begin() as connection:
        found = {each.id: each for each in list_alerts(connection)}
        bounces = {each.address: each.bounces for each in list_subscriptions(connection)}
    assert (found[bad].state, found[good].state) == (case.state, case.good)
    assert case.error in found[bad].last_error
    assert bounces == {"bad@example.org": case.bounces, "good@example.org": 0}
    if case.state == "queued":
        sink, report = deliver(engine, config, DUE + timedelta(hours=2))
        assert report.failed == report.later == 0
        assert {state for state, _ in states(engine).values()} == {"sent"}
        assert found[bad].message_id in sink.ids()


def test_away_for_an_hour(engine: Engine, config: Config) -> None:
    """A round every minute against a closed port; when it opens, everything comes, once, in order per page."""
    with engine.begin() as connection:
        for name in ("a", "b"):
            add_subscription(connection, f"{name}@example.org")
        clinic = add_clinic(connection)
        pages = [add_page(connection, clinic, f"https://clinic.example/{number}") for number in range(3)]
    away = over_smtp(config, free_port())
    rounds = 0
    for minute in range(60):
        now = DUE + timedelta(minutes=minute)
        if minute in (0, 30):
            with engine.begin() as connection:
                for page in pages:
                    change = add_change(connection, page, before="First." if minute == 0 else "Second.")
                    queue_changes(connection, config, page, [change], now)
        rounds += asyncio.run(deliver_due(engine, away, now, "test")).later
    arrived: list[Any] = []
    for quarter in range(8):
        sink, report = deliver(engine, config, DUE + timedelta(minutes=60 + 15 * quarter))
        assert report.later == report.failed == 0
        arrived += sink.mails
    assert {state for state, _ in states(engine).values()} == {"sent"}
    assert len(arrived) == len({mail["Message-ID"] for mail in arrived}) == 12
    for address in ("a@example.org", "b@example.org"):
        for number in range(3):
            told = [body(mail) for mail in arrived if mail["To"] == address and f"/{number} " in mail["Subject"]]
            assert told == ["First.", "Second."]
    assert rounds < 60, "one try a round at most, and none while all wait"


def test_a_slow_server_that_answers_gets_its_mail_once(engine: Engine, config: Config) -> None:
    """Every reply comes in single bytes, with a turn of the loop between them."""
    queue(engine, config, "a@example.org")

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while not reader.at_eof():
            data = await reader.read(65536)
            for byte in data:
                writer.write(bytes([byte]))
                await writer.drain()
                await asyncio.sleep(0)
        writer.close()

    async def main() -> tuple[Sink, DeliveryReport]:
        async with open_sink() as sink:

            async def between(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                there, back = await asyncio.open_connection("127.0.0.1", sink.port)
                async with asyncio.TaskGroup() as group:
                    group.create_task(drip(there, writer))
                    group.create_task(forward(reader, back))

            async with await asyncio.start_server(between, "127.0.0.1", 0) as server:
                port = server.sockets[0].getsockname()[1]
                return sink, await deliver_due(engine, over_smtp(config, port), DUE, "test")

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.close()

    sink, report = asyncio.run(main())
    assert report == DeliveryReport(sent=1)
    assert len(sink.mails) == 1


@asynccontextmanager
async def guarded_sink(directory: Path, host: str, *, tls: bool = False, password: str = "") -> AsyncIterator[Sink]:
    """A sink with a certificate of our own authority for `host`: STARTTLS, or TLS from the first byte."""
    context = Authority(directory, "authority").server(host)
    options: dict[str, Any] = {"ssl": context} if tls else {"tls_context": context, "require_starttls": True}
    if password:

        def check(*given: Any) -> AuthResult:
            return AuthResult(success=given[-1].password == password.encode(), handled=False)

        # of TLS from the first byte aiosmtpd knows nothing: it would take the account for sent in the clear
        options |= {"authenticator": check, "auth_required": not tls, "auth_require_tls": not tls}
    async with open_sink(**options) as sink:
        yield sink


def guarded(config: Config, directory: Path, port: int, **given: Any) -> Config:
    return over_smtp(config, port, host="localhost", ca_file=str(directory / "authority.pem"), **given)


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS", "ignore:auth_require_tls == False")
@pytest.mark.parametrize(
    ("security", "host", "password", "given", "error"),
    [
        ("starttls", "localhost", "secret", "secret", ""),
        ("starttls", "localhost", "secret", "wrong", "535 5.7.8"),
        ("starttls", "localhost", "secret", "", "530 5.7.0"),
        ("starttls", "elsewhere.example", "", "", "ertificate"),
        ("tls", "localhost", "secret", "secret", ""),
        ("tls", "localhost", "secret", "wrong", "535 5.7.8"),
        ("tls", "elsewhere.example", "", "", "ertificate"),
    ],
)
def test_our_own_authority_and_account(
    engine: Engine,
    config: Config,
    tmp_path: Path,
    *,
    security: str,
    host: str,
    password: str,
    given: str,
    error: str,
) -> None:
    (alert,) = queue(engine, config, "a@example.org")

    async def main() -> tuple[Sink, DeliveryReport]:
        async with guarded_sink(tmp_path, host, tls=security == "tls", password=password) as sink:
            account = {"username": "clinicwatch", "password": given} if given else {}
            smtp = guarded(config, tmp_path, sink.port, security=security, **account)
            return sink, await deliver_due(engine, smtp, DUE, "test")

    sink, report = asyncio.run(main())
    with engine.begin() as connection:
        (found,) = list_alerts(connection)
        (subscription,) = list_subscriptions(connection)
    assert report == (DeliveryReport(later=1) if error else DeliveryReport(sent=1))
    assert Counter(sink.addresses()) == ({} if error else {"a@example.org": 1})
    assert error in found.last_error
    assert (found.id, subscription.bounces) == (alert, 0)
    assert given not in found.last_error or not given


def test_an_authority_that_cannot_be_read_stops_the_round(engine: Engine, config: Config, tmp_path: Path) -> None:
    (alert,) = queue(engine, config, "a@example.org")
    (tmp_path / "bad.pem").write_text("no certificate")
    for name in ("bad.pem", "missing.pem"):
        with pytest.raises(ConfigError, match=r"alerts\.smtp\.ca_file"):
            asyncio.run(deliver_due(engine, over_smtp(config, 1, ca_file=str(tmp_path / name)), DUE, "test"))
    assert states(engine) == {alert: ("queued", 0)}
