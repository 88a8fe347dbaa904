"""`subscribe`, `subscriptions …` and `alerts …` as somebody types them, rightly and wrongly, on a real store."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from typer.testing import CliRunner

from monitor.alerts.plan import queue_changes
from monitor.alerts.sender import deliver_due
from monitor.cli.main import app
from monitor.config import Config
from monitor.errors import ClinicwatchError, UsageError
from monitor.store.outbox import list_alerts
from monitor.store.subscriptions import add_subscription, list_subscriptions
from tests.db.rows import NOW, add_change, add_clinic, add_page
from tests.unit.test_alerts_bounces import group, report

Run = Callable[..., str]
DUE = NOW + timedelta(minutes=5)


@pytest.fixture
def run(database: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Calls the command line; its output, or the error that it ends with raised."""
    monkeypatch.setenv("CLINICWATCH_DATABASE_URL", database)

    def call(*words: str) -> str:
        done = CliRunner().invoke(app, list(words))
        if isinstance(done.exception, ClinicwatchError):
            raise done.exception
        assert done.exit_code == 0, done.output
        return done.output

    return call


@pytest.fixture
def page(engine: Engine) -> int:
    with engine.begin() as connection:
        return add_page(connection, add_clinic(connection), "https://clinic.example/a")


def queue(engine: Engine, config: Config, page: int, **change: Any) -> int:
    with engine.begin() as connection:
        (alert,) = queue_changes(connection, config, page, [add_change(connection, page, **change)], NOW)
        return alert


EVERYTHING = (
    *("--clinic", "stemedix", "--country", "US", "--page", "clinic.example", "--language", "en", "--family", "claim"),
    *("--kind", "efficacy", "--direction", "added", "--word", "guarant*", "--severity", "medium"),
    *("--delivery", "weekly", "--deliver", "critical=immediate", "--timezone", "Europe/Copenhagen"),
    *("--quiet", "22:00-07:00", "--hourly", "3", "--mail-language", "da", "--heartbeat", "weekly", "--name", "Anna"),
)


def test_every_option_is_kept_shown_exported_and_imported(run: Run, engine: Engine, page: int, tmp_path: Path) -> None:
    run("subscribe", "anna@example.org", *EVERYTHING, "--confirmed")
    with engine.begin() as connection:
        (before,) = list_subscriptions(connection)
    shown = run("subscriptions", "show", "anna@example.org")
    for word in ("guarant*", "Europe/Copenhagen", "22:00-07:00", "immediate", "weekly", "da"):
        assert word in shown
    file = tmp_path / "all.toml"
    run("subscriptions", "export", str(file))
    run("unsubscribe", "anna@example.org")
    assert "1 added" in run("subscriptions", "import", str(file), "--confirmed")
    with engine.begin() as connection:
        (after,) = list_subscriptions(connection)
    assert (after.filters, after.preferences, after.name) == (before.filters, before.preferences, before.name)
    again = tmp_path / "again.toml"
    run("subscriptions", "export", str(again))
    assert again.read_bytes() == file.read_bytes()
    assert "0 added, 0 changed" in run("subscriptions", "import", str(file))


def test_a_filter_can_be_taken_away_again(run: Run, engine: Engine, page: int) -> None:
    run("subscribe", "a@example.org", *EVERYTHING, "--confirmed")
    narrow = ("clinic", "country", "page", "language", "family", "kind", "direction", "word", "quiet", "heartbeat")
    run("subscriptions", "change", "a@example.org", *(word for name in narrow for word in (f"--{name}", "none")))
    with engine.begin() as connection:
        (found,) = list_subscriptions(connection)
    assert found.filters.severity == "medium"
    assert not any(getattr(found.filters, name) for name in ("clinics", "countries", "pages", "languages", "words"))
    assert (found.preferences.quiet, found.preferences.heartbeat) == ("", "")


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("subscribe", "nobody"), "not a mail address"),
        (("subscribe", "a@example.org", "--family", "prices"), "families: no 'prices'"),
        (("subscribe", "a@example.org", "--clinic", "nowhere"), "no clinic 'nowhere'"),
        (("subscribe", "a@example.org", "--country", "Holland"), "countries: not 'HOLLAND'"),
        (("subscribe", "a@example.org", "--language", "english"), "languages: not 'english'"),
        (("subscribe", "a@example.org", "--deliver", "low"), "not 'low'; expected something like low=daily"),
        (("subscribe", "a@example.org", "--deliver", "low=hourly"), "delivery of low: no 'hourly'"),
        (("subscribe", "a@example.org", "--timezone", "CEST"), "no time zone 'CEST'"),
        (("subscribe", "a@example.org", "--quiet", "22-7"), "quiet hours: not '22-7'"),
        (("subscribe", "a@example.org", "--hourly", "1001"), "mails per hour"),
        (("subscribe", "a@example.org", "--mail-language", "fr"), "language of the mail: no 'fr'"),
        (("subscribe", "a@example.org", "--heartbeat", "hourly"), "heartbeat: no 'hourly'"),
        (("subscribe", "https://h.example/", "--webhook", "--apprise"), "not both"),
        (("subscribe", "https://user@h.example/", "--webhook"), "not a webhook"),
        (("subscribe", "no url", "--apprise"), "not an Apprise URL"),
        (("subscriptions", "pause", "nobody@example.org"), "no subscription 'nobody@example.org'"),
        (("subscriptions", "ask", "99"), "no subscription '99'"),
        (("subscriptions", "import", "/no/such/file.toml"), "cannot be read"),
        (("alerts", "list", "--state", "lost"), "state: no 'lost'"),
        (("alerts", "list", "--to", "nobody@example.org"), "no subscription 'nobody@example.org'"),
        (("alerts", "bounces", "/no/such/maildir"), "cannot be read: No such file"),
        (("alerts", "show", "99"), "no alert '99'"),
        (("alerts", "retry", "99"), "no alert '99'"),
        (("alerts", "drop", "99"), "no alert '99'"),
        (("alerts", "preview", "99"), "no change '99'"),
        (("alerts", "test", "nobody"), "not a mail address"),
        (("alerts", "test", "a@example.org", "--language", "fr"), "language of the mail: no 'fr'"),
    ],
)
def test_what_is_typed_wrongly_is_said_and_changes_nothing(
    run: Run, engine: Engine, words: tuple[str, ...], problem: str
) -> None:
    with pytest.raises(ClinicwatchError) as refused:
        run(*words)
    assert problem in str(refused.value)
    with engine.begin() as connection:
        assert list_subscriptions(connection) == []


def test_preview_says_which_language_and_where_it_cannot_write(
    run: Run, engine: Engine, page: int, tmp_path: Path
) -> None:
    with engine.begin() as connection:
        change = add_change(connection, page)
    file = tmp_path / "mail.html"
    assert "Subject: [CRITICAL]" in run("alerts", "preview", str(change), "--html", str(file))
    assert "not approved by the FDA" in file.read_text()
    with pytest.raises(UsageError, match="language of the mail: no 'xx'"):
        run("alerts", "preview", str(change), "--language", "xx")
    with pytest.raises(UsageError, match="cannot be written"):
        run("alerts", "preview", str(change), "--html", str(tmp_path / "no" / "mail.html"))
    with pytest.raises(UsageError, match="cannot be written"):
        run("subscriptions", "export", str(tmp_path / "no" / "all.toml"))


def test_an_alert_is_listed_shown_dropped_and_retried(run: Run, engine: Engine, config: Config, page: int) -> None:
    with engine.begin() as connection:
        add_subscription(connection, "a@example.org")
        add_subscription(connection, "https://hook.example/x", channel="webhook")
        add_subscription(connection, "tgram://123:secret/42/", channel="apprise")
        alerts = queue_changes(connection, config, page, [add_change(connection, page)], NOW)
    listed = [json.loads(line) for line in run("alerts", "list", "--json").splitlines()]
    assert [each["id"] for each in listed] == sorted(alerts, reverse=True)
    assert len(run("alerts", "list", "--to", "a@example.org", "--json").splitlines()) == 1
    mail, hook, service = (run("alerts", "show", str(alert)) for alert in alerts)
    assert "state: queued, not tried yet; due 2026-11-21" in mail
    assert "not approved by the FDA" in mail
    assert json.loads(hook[hook.index("{") :])["changes"][0]["family"] == "disclaimer"
    assert "[-The treatment is not approved by the FDA.-]" in service
    assert "secret" not in service
    assert "dropped" in run("alerts", "drop", str(alerts[0]), "--why", "wrong")
    assert "queued" in run("alerts", "retry", str(alerts[0]))
    with pytest.raises(UsageError, match="not a mail address"):
        run("alerts", "test", "https://hook.example/x")


def test_pause_sends_nothing_new_and_resume_begins_again(run: Run, engine: Engine, config: Config, page: int) -> None:
    run("subscribe", "a@example.org", "--confirmed")
    run("subscriptions", "pause", "a@example.org")
    with engine.begin() as connection:
        assert queue_changes(connection, config, page, [add_change(connection, page)], NOW) == ()
    with pytest.raises(UsageError, match="is paused"):
        run("subscriptions", "pause", "a@example.org")
    run("subscriptions", "resume", "a@example.org")
    assert queue(engine, config, page, before="Not proven.") > 0


# --- mails that come back --------------------------------------------------------------------------------------------


def came_back(message_id: str, address: str = "anna@example.org", status: str = "5.1.1") -> bytes:
    fields = group("failed", status, Original_Recipient=f"rfc822;{address}")
    words = report(fields, returned=f"Message-ID: {message_id}\n\n")
    return words.replace(b"21 Nov 2026 10:00", b"22 Nov 2026 10:00")


def sent_ids(engine: Engine) -> list[str]:
    with engine.begin() as connection:
        return [each.message_id for each in reversed(list_alerts(connection, state="sent"))]


def test_mails_that_come_back_fail_and_three_suspend(run: Run, engine: Engine, config: Config, tmp_path: Path) -> None:
    """Through a relay that takes everything: its yes to the later ones does not forget the bounces."""
    run("subscribe", "anna@example.org", "--confirmed")
    with engine.begin() as connection:
        clinic = add_clinic(connection)
        pages = [add_page(connection, clinic, f"https://clinic.example/{number}") for number in range(3)]
    for number, page in enumerate(pages):
        queue(engine, config, page)
        asyncio.run(deliver_due(engine, config, DUE + timedelta(minutes=number), "test"))
        (tmp_path / f"{number}.eml").write_bytes(came_back(sent_ids(engine)[-1]))
        told = run("alerts", "bounces", str(tmp_path))
        assert ("1 failed" in told, "suspended" in told) == (True, number == 2)
    assert "3 known before" in run("alerts", "bounces", str(tmp_path))
    with engine.begin() as connection:
        (subscription,) = list_subscriptions(connection)
        failed = list_alerts(connection, state="failed")
    assert (subscription.state, subscription.suspended_reason) == ("suspended", "5.1.1 550 no such user")
    assert {each.last_error for each in failed} == {"came back: 5.1.1 550 no such user"}
    run("subscriptions", "resume", "anna@example.org")
    assert "queued" in run("alerts", "retry", str(failed[0].id))


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda own: came_back(own, "somebody@else.example").replace(b"Anna@Example.org", b"x@y.example"), "another"),
        (lambda own: came_back("<clinicwatch.ffffffffffffffffffffffff@localhost>"), "no mail that was sent"),
        (lambda own: came_back(own).replace(b"22 Nov 2026", b"20 Nov 2026"), "older than the last try"),
        (lambda own: came_back(own, status="4.4.7"), "no bounce"),
        (lambda own: b"From: a@b\n\nYour mail could not be delivered", "none"),
    ],
)
def test_what_only_looks_like_a_bounce_changes_nothing(
    run: Run, engine: Engine, config: Config, page: int, tmp_path: Path, make: Callable[[str], bytes], told: str
) -> None:
    run("subscribe", "anna@example.org", "--confirmed")
    queue(engine, config, page)
    asyncio.run(deliver_due(engine, config, DUE, "test"))
    (own,) = sent_ids(engine)
    (tmp_path / "mail.eml").write_bytes(make(own))
    assert told in run("alerts", "bounces", str(tmp_path / "mail.eml"))
    assert sent_ids(engine) == [own]


def test_a_full_mailbox_fails_the_mail_and_not_the_address(
    run: Run, engine: Engine, config: Config, page: int, tmp_path: Path
) -> None:
    run("subscribe", "anna@example.org", "--confirmed")
    queue(engine, config, page)
    asyncio.run(deliver_due(engine, config, DUE, "test"))
    (tmp_path / "mail.eml").write_bytes(came_back(sent_ids(engine)[0], status="5.2.2"))
    assert "1 failed" in run("alerts", "bounces", str(tmp_path))
    with engine.begin() as connection:
        (subscription,) = list_subscriptions(connection)
    assert (subscription.bounces, sent_ids(engine)) == (0, [])
