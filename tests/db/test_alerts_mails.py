"""From rows to mails: what is loaded, shown and previewed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from db.rows import NOW, add_change, add_clinic, add_notice, add_page, add_snapshot, add_visit
from sqlalchemy import Engine

from monitor.alerts.plan import queue_baseline_report, queue_changes, queue_notices
from monitor.alerts.preview import preview_change, render_alert
from monitor.config import Config
from monitor.errors import NotFoundError, UsageError
from monitor.store import claims, tables
from monitor.store.alert_contents import load_contents
from monitor.store.outbox import drop_alert, get_alert, list_alerts, retry_alert
from monitor.store.subscriptions import add_subscription

URL = "https://stemedix.com/spinal-cord-injury"


def test_a_mail_carries_the_evidence_of_its_captures(engine: Engine, config: Config) -> None:
    with engine.begin() as connection:
        page = add_page(connection, add_clinic(connection), URL)
        add_subscription(connection, "a@example.org", name="Anna")
        queue_changes(connection, config, page, [add_change(connection, page)], NOW)
        (alert,) = list_alerts(connection)
        (change,) = load_contents(connection, alert.id).changes
        mail = render_alert(connection, config, alert.id)
    assert (change.old.version, change.new.version) == (1, 2)
    assert change.old.captured_at == NOW - timedelta(days=2)
    assert mail["To"] == "Anna <a@example.org>"
    assert mail["Subject"] == "[CRITICAL] disclaimer/status removed | stemedix.com/spinal-cord-injury (en)"
    assert mail["Message-ID"] == alert.message_id
    text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    for words in (change.old.body_sha256, change.new.body_sha256, f"clinicwatch diff {page} 1 2", f"<{URL}>"):
        assert str(words) in text


def test_a_baseline_is_called_imported_text(engine: Engine, config: Config) -> None:
    with engine.begin() as connection:
        clinic = add_clinic(connection)
        page = add_page(connection, clinic, URL)
        connection.execute(tables.snapshot.update().where(tables.snapshot.c.number == 1).values(number=7))
        add_snapshot(connection, page, 1, NOW - timedelta(days=30), baseline=True)
        add_subscription(connection, "a@example.org")
        queue_baseline_report(connection, config, clinic, [add_change(connection, page)], NOW)
        mail = render_alert(connection, config, list_alerts(connection)[0].id)
    text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "version 1, imported text; capture time and headers unknown" in text
    assert "differs from the imported text in 1 statement" in text
    assert "it is not evidence" in text


def test_a_digest_says_what_was_done_and_held_back(engine: Engine, config: Config) -> None:
    with engine.begin() as connection:
        page = add_page(connection, add_clinic(connection), URL)
        add_subscription(connection, "a@example.org")
        queue_changes(connection, config, page, [add_change(connection, page, severity="medium")], NOW)
        (alert,) = list_alerts(connection)
        for hours, outcome in ((1, "ok"), (2, "unchanged"), (3, "fetch_error"), (30, "ok")):
            add_visit(connection, page, alert.send_after - timedelta(hours=hours), outcome)
        settled = {"settled_at": alert.send_after - timedelta(hours=1)}
        add_change(connection, page, state="withdrawn", before="Flaky.", **settled)
        add_change(connection, page, state="flicker", before="Rotating.", **settled)
        figures = load_contents(connection, alert.id).figures
        text = render_alert(connection, config, alert.id).get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert figures is not None
    # the page's own two snapshots were captured before and within the day
    assert (figures.failed_visits, figures.pages, figures.withdrawn, figures.flickering) == (1, 1, 1, 1)
    assert "1 of them without a readable page" in text


def test_a_status_mail(engine: Engine, config: Config) -> None:
    with engine.begin() as connection:
        page = add_page(connection, add_clinic(connection), URL)
        add_subscription(connection, "a@example.org")
        queue_notices(connection, config, page, [add_notice(connection, page, "gone", "404 on 3 visits")], NOW)
        mail = render_alert(connection, config, list_alerts(connection)[0].id)
    assert mail["Subject"] == "[GONE] page is gone | stemedix.com/spinal-cord-injury (en)"
    text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert text.startswith("Stemedix: stemedix.com/spinal-cord-injury is gone.")


def test_a_preview_queues_nothing(engine: Engine, config: Config) -> None:
    with engine.begin() as connection:
        page = add_page(connection, add_clinic(connection), URL)
        change = add_change(connection, page, state="pending", looks=1, settled_at=None)
        mail = preview_change(connection, config, change)
        assert list_alerts(connection) == []
        with pytest.raises(NotFoundError):
            preview_change(connection, config, change + 1)
    text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert mail["Subject"].startswith("[CRITICAL] disclaimer/status removed")
    assert "1 look so far; not confirmed yet" in text


def test_alerts_by_hand(engine: Engine, config: Config) -> None:
    with engine.begin() as connection:
        page = add_page(connection, add_clinic(connection), URL)
        add_subscription(connection, "a@example.org")
        queue_changes(connection, config, page, [add_change(connection, page)], NOW)
        (alert,) = list_alerts(connection)
        assert (alert.page_url, alert.clinic, alert.address, alert.changes) == (URL, "stemedix", "a@example.org", 1)
        assert drop_alert(connection, alert.id, "a false alarm").last_error == "a false alarm"
        with pytest.raises(UsageError, match="dropped"):
            drop_alert(connection, alert.id)
        assert retry_alert(connection, alert.id, NOW).state == "queued"
        claim = claims.claim_alert(connection, "test", NOW + timedelta(days=3650), 600)
        assert claim is not None
        with pytest.raises(UsageError, match="being sent"):
            drop_alert(connection, alert.id)
        claims.settle_sent(connection, claim, NOW)
        with pytest.raises(UsageError, match="not sent twice"):
            retry_alert(connection, alert.id, NOW)
        with pytest.raises(NotFoundError):
            get_alert(connection, 12345)
        assert list_alerts(connection, state="queued") == []
        assert [each.id for each in list_alerts(connection, state="sent")] == [alert.id]
