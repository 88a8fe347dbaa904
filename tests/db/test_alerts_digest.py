"""Digests from the store: what they say, when they come, and when none comes."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, update

from monitor.alerts.digest import next_digest, parse_digest_time, wait_out_quiet
from monitor.alerts.filters import Delivery
from monitor.alerts.plan import queue_changes, queue_notices
from monitor.alerts.preview import render_alert
from monitor.alerts.sender import deliver_due
from monitor.config import Config
from monitor.store import tables
from monitor.store.outbox import list_alerts
from monitor.store.preferences import Preferences
from monitor.store.subscriptions import add_subscription
from tests.db.rows import NOW, add_change, add_clinic, add_notice, add_page, add_visit

TOMORROW = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)


def words(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return " ".join(str(part.get_content()).split())


def the_digest(engine: Engine, config: Config) -> EmailMessage:
    with engine.begin() as connection:
        (alert,) = list_alerts(connection)
        return render_alert(connection, config, alert.id)


def test_by_clinic_and_page_the_worst_first_and_what_was_held_back_and_why(engine: Engine, config: Config) -> None:
    """Two clinics whose pages alternate by severity: each clinic stays together, that of the worst change first."""
    with engine.begin() as connection:
        add_subscription(connection, "a@example.org", preferences=Preferences(delivery="daily"))
        one, two = add_clinic(connection, "one", "One"), add_clinic(connection, "two", "Two")
        places = {
            "https://one.example/high": (one, "high"),
            "https://two.example/critical": (two, "critical"),
            "https://one.example/low": (one, "low"),
            "https://two.example/medium": (two, "medium"),
        }
        for url, (clinic, severity) in places.items():
            page = add_page(connection, clinic, url)
            change = add_change(connection, page, severity=severity, before=f"Words of {url[8:]} here.")
            queue_changes(connection, config, page, [change], NOW)
        for state in ("withdrawn", "withdrawn", "flicker", "superseded"):
            add_change(connection, page, state=state, before=f"{state} words")
        failing = add_page(connection, one, "https://one.example/failing")
        queue_notices(connection, config, failing, [add_notice(connection, failing, "blocked", "is blocked")], NOW)
        bad = add_visit(connection, failing, NOW, "blocked")
        connection.execute(update(tables.visit).where(tables.visit.c.id == bad).values(reason="http.403", held=3))
        add_page(connection, one, "https://one.example/overdue")
        connection.execute(update(tables.visit).values(started_at=NOW - timedelta(hours=1)))
        connection.execute(
            update(tables.visit).where(tables.visit.c.page_id == failing + 1).values(started_at=NOW - timedelta(days=3))
        )
    told = words(the_digest(engine, config))
    places_told = [told.index(f"= {url[8:]} (") for url in places]
    assert sorted(places_told) == [places_told[1], places_told[3], places_told[0], places_told[2]]
    assert "one.example/failing (http.403)" in told
    assert "failing now: 1; overdue: 6" in told
    assert "2 changes that a second look no longer saw, 1 that flickered" in told
    assert "3 parts of pages that history has shown" in told
    assert "Confirmed by a second look: 4 changes." in told
    assert told.startswith("4 changes and 1 notice on 5 pages of 2 clinics.")


def test_nothing_to_say_nothing_sent_but_a_heartbeat_where_one_is_wanted(engine: Engine, config: Config) -> None:
    with engine.begin() as connection:
        add_subscription(connection, "quiet@example.org", preferences=Preferences(delivery="daily"))
        add_subscription(connection, "beat@example.org", preferences=Preferences(heartbeat="daily"))
        add_page(connection, add_clinic(connection), "https://clinic.example/a")
    sent = [
        asyncio.run(deliver_due(engine, config, TOMORROW + timedelta(days=day, minutes=minute), "test")).sent
        for day in range(-1, 3)
        for minute in (1, 2)
    ]
    assert sent == [0, 0, 1, 0, 1, 0, 1, 0]
    with engine.begin() as connection:
        assert {each.address for each in list_alerts(connection)} == {"beat@example.org"}
        told = render_alert(connection, config, list_alerts(connection, state="sent")[0].id)
    assert told["Subject"] == "[DAILY] nothing changed"
    assert "Pages that are failing now: 0; overdue: 1." in words(told)


@pytest.mark.parametrize(
    ("now", "delivery", "at", "zone", "due"),
    [
        # the hour that is skipped: by as much later; the one that is repeated: at its first
        ("2027-03-27 12:00", Delivery.DAILY, "02:30", "Europe/Copenhagen", "2027-03-28 01:30"),
        ("2026-10-24 12:00", Delivery.DAILY, "02:30", "Europe/Copenhagen", "2026-10-25 00:30"),
        ("2026-10-25 00:45", Delivery.DAILY, "02:30", "Europe/Copenhagen", "2026-10-26 01:30"),
        # seven is seven on both sides of the change
        ("2027-03-27 05:00", Delivery.DAILY, "07:00", "Europe/Amsterdam", "2027-03-27 06:00"),
        ("2027-03-27 06:00", Delivery.DAILY, "07:00", "Europe/Amsterdam", "2027-03-28 05:00"),
        ("2027-03-22 07:00", Delivery.WEEKLY, "07:00", "Europe/Amsterdam", "2027-03-29 05:00"),
        # where Monday begins while it is Sunday elsewhere, and half hours
        ("2026-11-21 09:30", Delivery.WEEKLY, "07:00", "Pacific/Kiritimati", "2026-11-22 17:00"),
        ("2026-11-21 09:30", Delivery.DAILY, "07:00", "Asia/Kathmandu", "2026-11-22 01:15"),
        ("2026-11-21 09:30", Delivery.DAILY, "07:00", "America/Los_Angeles", "2026-11-21 15:00"),
        ("2026-11-21 09:30", Delivery.DAILY, "07:00", "No/Such_Zone", "2026-11-22 07:00"),
        # a day that a place left out, when it crossed the date line
        ("2011-12-29 20:00", Delivery.DAILY, "07:00", "Pacific/Apia", "2011-12-30 17:00"),
    ],
)
def test_when_a_digest_comes(now: str, delivery: Delivery, at: str, zone: str, due: str) -> None:
    found = next_digest(datetime.fromisoformat(f"{now}+00:00"), delivery, parse_digest_time(at), zone)
    assert found == datetime.fromisoformat(f"{due}+00:00")


ZONES = ("Europe/Copenhagen", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "UTC")
MOMENTS = st.integers(1_230_768_000, 1_956_528_000).map(lambda second: datetime.fromtimestamp(second, UTC))


@given(MOMENTS, st.sampled_from(ZONES), st.times().map(lambda time: time.replace(second=0, microsecond=0, fold=0)))
def test_a_daily_digest_comes_once_a_day(now: datetime, zone: str, at: object) -> None:
    """After any moment within 24 hours and what clocks are moved; and then again about a day later."""
    due = next_digest(now, Delivery.DAILY, at, zone)  # type: ignore[arg-type]
    after = next_digest(due, Delivery.DAILY, at, zone)  # type: ignore[arg-type]
    assert timedelta(0) < due - now <= timedelta(hours=50)
    assert timedelta(hours=22) <= after - due <= timedelta(hours=50)
    assert after.astimezone(ZoneInfo(zone)).date() > due.astimezone(ZoneInfo(zone)).date()


@given(MOMENTS, st.sampled_from(ZONES), st.sampled_from(("22:00-07:00", "00:00-06:30", "01:30-02:30", "12:00-11:00")))
def test_quiet_hours_end_and_are_not_begun_anew(moment: datetime, zone: str, quiet: str) -> None:
    """What waits for their end goes then: the end is never quiet itself, and never more than a day away."""
    told = Preferences(timezone=zone, quiet=quiet)
    end = wait_out_quiet(moment, told)
    assert moment <= end <= moment + timedelta(hours=49)
    assert wait_out_quiet(end, told) == end
