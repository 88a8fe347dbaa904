"""Delivery through a real SMTP server that is slow, refuses, drops the connection, or is away."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from db.rows import NOW, add_change, add_clinic, add_page
from sqlalchemy import Engine
from system.smtp_sink import Sink, free_port, open_sink

from monitor.alerts.plan import queue_changes
from monitor.alerts.preview import send_test
from monitor.alerts.sender import DeliveryReport, deliver_due
from monitor.config import Config
from monitor.errors import ConfigError, DeliveryError
from monitor.store import claims, tables
from monitor.store.outbox import drop_alert, list_alerts, retry_alert
from monitor.store.subscriptions import add_subscription, list_subscriptions, set_subscription_state

pytestmark = pytest.mark.system

DUE = NOW + timedelta(minutes=5)


def over_smtp(config: Config, port: int, **given: Any) -> Config:
    values = {"host": "127.0.0.1", "port": port, "security": "none", "timeout_s": 5.0} | given
    smtp = msgspec.structs.replace(config.alerts.smtp, **values)
    return msgspec.structs.replace(config, alerts=msgspec.structs.replace(config.alerts, smtp=smtp))


def with_alerts(config: Config, **given: Any) -> Config:
    return msgspec.structs.replace(config, alerts=msgspec.structs.replace(config.alerts, **given))


def queue(engine: Engine, config: Config, *addresses: str, pages: int = 1) -> list[int]:
    """An alert about each of `pages` new pages for each address; returns their ids."""
    with engine.begin() as connection:
        known = {each.address for each in list_subscriptions(connection)}
        for address in addresses:
            if address not in known:
                add_subscription(connection, address)
        count = len(list_alerts(connection, limit=10_000))
        clinic = add_clinic(connection, f"clinic-{count}", "Clinic")
        ids: list[int] = []
        for number in range(pages):
            page = add_page(connection, clinic, f"https://clinic-{count}.example/page-{number}")
            ids += queue_changes(connection, config, page, [add_change(connection, page)], NOW)
        return ids


def states(engine: Engine) -> dict[int, tuple[str, int]]:
    with engine.begin() as connection:
        return {each.id: (each.state, each.attempts) for each in list_alerts(connection, limit=10_000)}


def deliver(engine: Engine, config: Config, now: datetime, sink: Sink | None = None) -> tuple[Sink, DeliveryReport]:
    """One round against a sink that is there only for it."""

    async def main() -> tuple[Sink, DeliveryReport]:
        async with open_sink(sink) as opened:
            report = await deliver_due(engine, over_smtp(config, opened.port), now, "test")
            return opened, report

    return asyncio.run(main())


def test_delivered_over_one_connection_and_settled(engine: Engine, config: Config) -> None:
    ids = queue(engine, config, "a@example.org", "b@example.org", pages=3)
    sink, report = deliver(engine, config, DUE)
    assert report == DeliveryReport(sent=6)
    assert states(engine) == dict.fromkeys(ids, ("sent", 1))
    assert Counter(sink.addresses()) == {"a@example.org": 3, "b@example.org": 3}
    assert len(set(sink.ids())) == 6
    assert sink.connections == 1
    again, report = deliver(engine, config, DUE + timedelta(days=1))
    assert (again.mails, report) == ([], DeliveryReport())


def test_nothing_goes_before_its_time(engine: Engine, config: Config) -> None:
    queue(engine, config, "a@example.org")
    sink, report = deliver(engine, config, NOW)
    assert (sink.mails, report, sink.connections) == ([], DeliveryReport(), 0)


def test_greylisted_then_taken(engine: Engine, config: Config) -> None:
    (alert,) = queue(engine, config, "a@example.org")
    sink = Sink(at_rcpt=lambda address: "451 4.7.1 come back later")
    _, report = deliver(engine, config, DUE, sink)
    assert report == DeliveryReport(later=1)
    with engine.begin() as connection:
        (found,) = list_alerts(connection)
    assert found.state == "queued"
    assert found.last_error == "451 4.7.1 come back later"
    assert timedelta(seconds=45) <= found.send_after - DUE <= timedelta(seconds=80)
    sink, report = deliver(engine, config, found.send_after)
    assert report == DeliveryReport(sent=1)
    assert states(engine) == {alert: ("sent", 2)}


def test_one_refused_mail_does_not_stop_the_others(engine: Engine, config: Config) -> None:
    queue(engine, config, "bad@example.org", "good@example.org", pages=2)

    def refuse(address: str) -> str | None:
        return "550 5.1.1 no such user" if address.startswith("bad") else None

    sink, report = deliver(engine, config, DUE, Sink(at_rcpt=refuse))
    assert report == DeliveryReport(sent=2, failed=2)
    assert set(sink.addresses()) == {"good@example.org"}
    with engine.begin() as connection:
        failed = list_alerts(connection, state="failed")
    assert {each.last_error for each in failed} == {"550 5.1.1 no such user"}


def test_an_address_that_bounces_three_times_is_suspended_until_resumed(engine: Engine, config: Config) -> None:
    queue(engine, config, "bad@example.org", pages=5)
    _, report = deliver(engine, config, DUE, Sink(at_rcpt=lambda address: "550 5.1.1 no such user"))
    assert report == DeliveryReport(failed=3)
    with engine.begin() as connection:
        (subscription,) = list_subscriptions(connection)
        assert (subscription.state, subscription.suspended_reason) == ("suspended", "550 5.1.1 no such user")
        set_subscription_state(connection, subscription.id, "active")
    _, report = deliver(engine, config, DUE + timedelta(hours=1))
    assert report == DeliveryReport(sent=2)


def test_bounces_count_only_in_a_row(engine: Engine, config: Config) -> None:
    queue(engine, config, "shaky@example.org", pages=6)
    answers = iter(["550 5.1.1 no", "550 5.1.1 no", None, "550 5.1.1 no", "550 5.1.1 no", None])
    _, report = deliver(engine, config, DUE, Sink(at_rcpt=lambda address: next(answers)))
    assert report == DeliveryReport(sent=2, failed=4)
    with engine.begin() as connection:
        assert list_subscriptions(connection)[0].state == "active"


def test_content_refused_for_good_is_no_bounce(engine: Engine, config: Config) -> None:
    queue(engine, config, "a@example.org", pages=4)
    _, report = deliver(engine, config, DUE, Sink(at_data=lambda address: "554 5.7.1 looks like spam"))
    assert report == DeliveryReport(failed=4)
    with engine.begin() as connection:
        assert list_subscriptions(connection)[0].state == "active"


def test_connection_lost_after_data_goes_again_as_the_same_mail(engine: Engine, config: Config) -> None:
    (alert,) = queue(engine, config, "a@example.org")
    sink, report = deliver(engine, config, DUE, Sink(after_data=lambda address: ""))
    assert report == DeliveryReport(later=1)
    with engine.begin() as connection:
        (found,) = list_alerts(connection)
    assert "it may have arrived" in found.last_error
    sink.after_data = lambda address: None
    sink, report = deliver(engine, config, found.send_after, sink)
    assert report == DeliveryReport(sent=1)
    assert len(sink.mails) == 2
    assert len(set(sink.ids())) == 1
    assert sink.mails[0].as_bytes() == sink.mails[1].as_bytes()
    assert states(engine) == {alert: ("sent", 2)}


def test_the_connection_dies_and_the_next_mail_takes_a_new_one(engine: Engine, config: Config) -> None:
    queue(engine, config, "a@example.org", "b@example.org")
    answers: list[str | None] = [""]
    sink, report = deliver(engine, config, DUE, Sink(after_data=lambda address: answers.pop() if answers else None))
    assert report == DeliveryReport(sent=1, later=1)
    assert sink.connections == 2


def test_a_server_that_is_away_and_comes_back(engine: Engine, config: Config) -> None:
    ids = queue(engine, config, "a@example.org", pages=3)
    away = over_smtp(config, free_port())
    now, tries = DUE, []
    for _ in range(8):
        tries.append(asyncio.run(deliver_due(engine, away, now, "test")).later)
        now += timedelta(seconds=1)
    assert tries == [1, 1, 1, 0, 0, 0, 0, 0]  # one try a round finds out; then all wait for their next
    assert {state for state, _ in states(engine).values()} == {"queued"}
    sink, report = deliver(engine, config, now + timedelta(hours=2))
    assert report == DeliveryReport(sent=3)
    assert len(set(sink.ids())) == len(ids) == 3


def test_given_up_after_five_days(engine: Engine, config: Config) -> None:
    (alert,) = queue(engine, config, "a@example.org")
    away = over_smtp(config, free_port())
    now, tries = DUE, 0
    while states(engine)[alert][0] == "queued" and tries < 200:
        asyncio.run(deliver_due(engine, away, now, "test"))
        with engine.begin() as connection:
            now = list_alerts(connection)[0].send_after
        tries += 1
    with engine.begin() as connection:
        (found,) = list_alerts(connection)
    assert (found.state, "given up after" in found.last_error) == ("failed", True)
    assert timedelta(days=4, hours=22) < now - DUE < timedelta(days=5)
    assert 100 < tries < 200
    with engine.begin() as connection:
        retry_alert(connection, alert, now)
    _, report = deliver(engine, config, now)
    assert report == DeliveryReport(sent=1)


def test_a_slow_server_cannot_hold_an_alert_beyond_its_claim(engine: Engine, config: Config) -> None:
    queue(engine, config, "a@example.org")
    config = with_alerts(config, claim_s=0.5)

    async def main() -> DeliveryReport:
        stall = asyncio.Event()

        async def never(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"220 slow.example.org\r\n")
            await stall.wait()
            writer.close()

        async with await asyncio.start_server(never, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            report = await deliver_due(engine, over_smtp(config, port), DUE, "test")
            stall.set()
            return report

    assert asyncio.run(main()) == DeliveryReport(later=1)


def test_mails_about_a_page_keep_their_order(engine: Engine, config: Config) -> None:
    """The first waits for its next try; the second, due already, waits for the first."""
    with engine.begin() as connection:
        add_subscription(connection, "a@example.org")
        clinic = add_clinic(connection)
        page = add_page(connection, clinic, "https://clinic.example/a")
        other = add_page(connection, clinic, "https://other.example/b")
        queue_changes(connection, config, page, [add_change(connection, page, before="First.")], NOW)
    busy = Sink(at_rcpt=lambda address: "451 busy")
    deliver(engine, config, DUE, busy)
    with engine.begin() as connection:
        queue_changes(connection, config, page, [add_change(connection, page, before="Second.")], NOW)
        queue_changes(connection, config, other, [add_change(connection, other, before="Elsewhere.")], NOW)
    sink, _ = deliver(engine, config, DUE + timedelta(seconds=10))
    assert [body(mail) for mail in sink.mails] == ["Elsewhere."]
    sink, _ = deliver(engine, config, DUE + timedelta(minutes=5))
    assert [body(mail) for mail in sink.mails] == ["First.", "Second."]


def body(mail: Any) -> str:
    text = mail.get_body(("plain",)).get_content()
    return next(word for word in ("First.", "Second.", "Elsewhere.") if word in text)


def test_a_row_that_cannot_be_rendered_is_passed_over(engine: Engine, config: Config) -> None:
    poison, good = queue(engine, config, "a@example.org", pages=2)
    with engine.begin() as connection:
        table = tables.alert
        connection.execute(table.update().where(table.c.id == poison).values(message_id="<a\r\nBcc: x@y>"))
    _, report = deliver(engine, config, DUE)
    assert report == DeliveryReport(sent=1, failed=1)
    with engine.begin() as connection:
        (failed,) = list_alerts(connection, state="failed")
    assert failed.id == poison
    assert failed.last_error.startswith("cannot be rendered: ValueError")
    assert states(engine)[good] == ("sent", 1)


def test_a_bad_sender_address_stops_the_round_and_not_the_alerts(engine: Engine, config: Config) -> None:
    (alert,) = queue(engine, config, "a@example.org")
    with pytest.raises(ConfigError, match=r"alerts\.sender"):
        deliver(engine, with_alerts(config, sender="nobody"), DUE)
    assert states(engine) == {alert: ("queued", 0)}


def test_wrong_credentials_are_nobody_s_bounce(engine: Engine, config: Config) -> None:
    queue(engine, config, "a@example.org")

    async def main() -> DeliveryReport:
        async with open_sink(auth_require_tls=False, authenticator=lambda *_: False) as sink:
            smtp = over_smtp(config, sink.port, username="u", password="wrong")
            return await deliver_due(engine, smtp, DUE, "test")

    assert asyncio.run(main()) == DeliveryReport(later=1)
    with engine.begin() as connection:
        (found,) = list_alerts(connection)
    assert found.state == "queued"
    assert "no mail server at 127.0.0.1" in found.last_error


def test_starttls_is_demanded_not_hoped_for(engine: Engine, config: Config) -> None:
    queue(engine, config, "a@example.org")

    async def main() -> tuple[Sink, DeliveryReport]:
        async with open_sink() as sink:
            smtp = over_smtp(config, sink.port, security="starttls")
            return sink, await deliver_due(engine, smtp, DUE, "test")

    sink, report = asyncio.run(main())
    assert (sink.mails, report) == ([], DeliveryReport(later=1))


def test_a_certificate_that_nobody_vouches_for_is_refused(engine: Engine, config: Config, tmp_path: Path) -> None:
    queue(engine, config, "a@example.org")
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost"]
    subprocess.run([*command, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    async def main() -> tuple[Sink, DeliveryReport]:
        async with open_sink(tls_context=context) as sink:
            smtp = over_smtp(config, sink.port, security="starttls")
            return sink, await deliver_due(engine, smtp, DUE, "test")

    sink, report = asyncio.run(main())
    assert (sink.mails, report) == ([], DeliveryReport(later=1))


def test_several_senders_share_the_outbox(engine: Engine, config: Config) -> None:
    queue(engine, config, "a@example.org", "b@example.org", pages=10)

    async def main() -> tuple[Sink, list[DeliveryReport]]:
        async with open_sink() as sink:
            smtp = over_smtp(config, sink.port)
            rounds = (deliver_due(engine, smtp, DUE, f"sender-{n}") for n in range(4))
            return sink, await asyncio.gather(*rounds)

    sink, reports = asyncio.run(main())
    assert sum(each.sent for each in reports) == 20
    assert max(Counter(sink.ids()).values()) == 1


def test_without_a_server_mails_are_files(engine: Engine, config: Config) -> None:
    ids = queue(engine, config, "a@example.org", pages=2)
    report = asyncio.run(deliver_due(engine, config, DUE, "test"))
    directory = config.path(config.alerts.outbox_directory)
    files = sorted(path.name for path in directory.iterdir())
    assert report == DeliveryReport(sent=2)
    assert len(files) == 2
    assert all(name.startswith("20261121T093000Z-") and name.endswith(".eml") for name in files)
    with engine.begin() as connection:  # as if we had been killed before it was settled
        connection.execute(tables.alert.update().values(state="queued", sent_at=None))
    before = {path.name: path.read_bytes() for path in directory.iterdir()}
    asyncio.run(deliver_due(engine, config, DUE + timedelta(hours=1), "test"))
    assert {path.name: path.read_bytes() for path in directory.iterdir()} == before
    assert states(engine) == dict.fromkeys(ids, ("sent", 2))


def test_a_directory_that_cannot_be_written_keeps_the_alerts(engine: Engine, config: Config, tmp_path: Path) -> None:
    (alert,) = queue(engine, config, "a@example.org")
    (tmp_path / "file").write_text("")
    blocked = with_alerts(config, outbox_directory=str(tmp_path / "file" / "outbox"))
    assert asyncio.run(deliver_due(engine, blocked, DUE, "test")) == DeliveryReport(later=1)
    assert states(engine) == {alert: ("queued", 1)}


def test_a_test_mail(config: Config) -> None:
    async def main() -> Sink:
        async with open_sink() as sink:
            await send_test(over_smtp(config, sink.port), "a@example.org", NOW)
            return sink

    sink = asyncio.run(main())
    assert sink.mails[0]["Subject"] == "[TEST] Clinicwatch can send mail"
    with pytest.raises(DeliveryError, match="no mail server"):
        asyncio.run(send_test(over_smtp(config, free_port()), "a@example.org", NOW))


def test_what_is_dropped_is_not_sent(engine: Engine, config: Config) -> None:
    first, second = queue(engine, config, "a@example.org", pages=2)
    with engine.begin() as connection:
        drop_alert(connection, first)
    sink, _ = deliver(engine, config, DUE)
    assert len(sink.mails) == 1
    assert states(engine) == {first: ("dropped", 0), second: ("sent", 1)}


def test_a_claim_that_ran_out_cannot_settle(engine: Engine, config: Config) -> None:
    queue(engine, config, "a@example.org")
    with engine.begin() as connection:
        old = claims.claim_alert(connection, "slow", DUE, 60)
    with engine.begin() as connection:
        assert claims.claim_alert(connection, "other", DUE + timedelta(seconds=59), 60) is None
        new = claims.claim_alert(connection, "other", DUE + timedelta(seconds=61), 60)
    assert old is not None
    assert new is not None
    with engine.begin() as connection:
        assert not claims.settle_failed(connection, old, "too late")
        assert claims.settle_sent(connection, new, DUE)


def test_every_way_to_fail_at_once(engine: Engine, config: Config) -> None:
    """A day with a server in a different mood every round: everything arrives in the end, in order per page."""
    ids = queue(engine, config, "a@example.org", "b@example.org", pages=4)
    moods: list[Callable[[Sink], None]] = [
        lambda sink: setattr(sink, "at_rcpt", lambda address: "450 4.2.1 busy"),
        lambda sink: setattr(sink, "at_data", lambda address: "421 shutting down"),
        lambda sink: setattr(sink, "after_data", lambda address: ""),
        lambda sink: None,
    ]
    arrived: list[str] = []
    now = DUE
    for number in range(24):
        sink = Sink()
        moods[number % 4](sink)
        deliver(engine, config, now, sink)
        arrived += sink.ids()
        now += timedelta(hours=1)
    assert {state for state, _ in states(engine).values()} == {"sent"}
    assert len(set(arrived)) == len(ids)
