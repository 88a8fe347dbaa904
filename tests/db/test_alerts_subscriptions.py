"""Subscriptions: adding, ending, and keeping those of the configuration in step."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from db.rows import NOW, add_change, add_clinic, add_page
from sqlalchemy import Engine, select

from monitor.alerts.plan import queue_changes
from monitor.config import Config, SubscriptionConfig
from monitor.errors import ConfigError, NotFoundError, UsageError
from monitor.store import tables
from monitor.store.outbox import list_alerts
from monitor.store.subscriptions import (
    Filters,
    SyncReport,
    add_subscription,
    end_subscription,
    get_subscription,
    list_interested,
    list_subscriptions,
    set_subscription_state,
    sync_subscriptions,
)


def declaring(config: Config, *entries: dict[str, Any]) -> Config:
    return msgspec.structs.replace(config, subscriptions=tuple(SubscriptionConfig(**each) for each in entries))


def test_what_is_added_is_read_back(engine: Engine) -> None:
    filters = Filters(
        clinics=("stemedix",),
        pages=("1", "spinal"),
        languages=("en",),
        families=("claim",),
        kinds=("efficacy",),
        directions=("added",),
        severity="high",
    )
    with engine.begin() as connection:
        add_clinic(connection)
        added = add_subscription(
            connection, "a@example.org", filters, name="A  B\n", delivery="daily", timezone="Europe/Copenhagen"
        )
        (found,) = list_subscriptions(connection)
    assert found == added
    assert (found.filters, found.name, found.state, found.source) == (filters, "A B", "active", "cli")
    assert len(found.token) >= 20


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"address": "nobody"}, "mail address"),
        ({"filters": Filters(families=("prices",))}, "families: no 'prices'"),
        ({"filters": Filters(kinds=("cure",))}, "kinds: no 'cure'"),
        ({"filters": Filters(directions=("up",))}, "directions: no 'up'"),
        ({"filters": Filters(severity="urgent")}, "severity: no 'urgent'"),
        ({"filters": Filters(clinics=("nowhere",))}, "no clinic 'nowhere'"),
        ({"delivery": "hourly"}, "delivery: no 'hourly'"),
        ({"timezone": "Mars/Olympus"}, "no time zone 'Mars/Olympus'"),
        ({"timezone": "../../etc/passwd"}, "no time zone"),
    ],
)
def test_what_is_refused(engine: Engine, given: dict[str, Any], problem: str) -> None:
    with engine.begin() as connection:
        with pytest.raises(UsageError, match=problem):
            add_subscription(connection, **({"address": "a@example.org"} | given))
        assert list_subscriptions(connection) == []


def test_found_by_id_token_or_address(engine: Engine) -> None:
    with engine.begin() as connection:
        added = add_subscription(connection, "Anna@Example.org")
        for name in (str(added.id), added.token, "anna@example.ORG"):
            assert get_subscription(connection, name).id == added.id
        for name in ("b@example.org", "99", "", "٣", "9" * 30):
            with pytest.raises(NotFoundError):
                get_subscription(connection, name)
        add_subscription(connection, "anna@example.org")
        with pytest.raises(UsageError, match="2 subscriptions"):
            get_subscription(connection, "anna@example.org")


def test_ending_drops_what_waits_and_keeps_what_was(engine: Engine, config: Config) -> None:
    with engine.begin() as connection:
        page = add_page(connection, add_clinic(connection), "https://clinic.example/")
        added = add_subscription(connection, "a@example.org")
        queue_changes(connection, config, page, [add_change(connection, page)], NOW)
        end_subscription(connection, "a@example.org")
        assert list_subscriptions(connection) == []
        assert get_subscription(connection, str(added.id)).state == "ended"
        (alert,) = list_alerts(connection)
        assert (alert.state, alert.last_error) == ("dropped", "the subscription has ended")
        with pytest.raises(NotFoundError):
            set_subscription_state(connection, 999, "paused")


def test_clinic_and_language_are_asked_in_the_database(engine: Engine) -> None:
    with engine.begin() as connection:
        for slug in ("one", "two"):
            add_clinic(connection, slug)
        wants = {
            "all": Filters(),
            "one": Filters(clinics=("one",)),
            "one-or-two": Filters(clinics=("one", "two")),
            "two": Filters(clinics=("two",)),
            "danish": Filters(languages=("da",)),
            "one-english": Filters(clinics=("one",), languages=("en", "nl")),
        }
        for name, filters in wants.items():
            add_subscription(connection, f"{name}@example.org", filters)
        found = {each.address.partition("@")[0] for each in list_interested(connection, "one", "en")}
    assert found == {"all", "one", "one-or-two", "one-english"}


def test_the_configuration_is_followed(engine: Engine, config: Config) -> None:
    anna, group = {"address": "anna@example.org"}, {"address": "group@example.org", "severity": "high"}
    with engine.begin() as connection:
        by_hand = add_subscription(connection, "hand@example.org")
        assert sync_subscriptions(connection, declaring(config, anna, group)) == SyncReport(added=2)
        first = {each.address: each for each in list_subscriptions(connection)}
        assert sync_subscriptions(connection, declaring(config, group, anna, anna)) == SyncReport()
        changed = {"address": "Anna@example.org", "clinics": ("later",), "delivery": "daily"}
        report = sync_subscriptions(connection, declaring(config, changed))
        assert report == SyncReport(changed=1, ended=1, unknown_clinics=("later",))
        found = {each.address: each for each in list_subscriptions(connection)}
    assert set(found) == {"hand@example.org", "Anna@example.org"}
    assert found["hand@example.org"] == by_hand
    # the same row, so the mails stay one thread and old unsubscribe links work
    assert found["Anna@example.org"].token == first["anna@example.org"].token
    assert found["Anna@example.org"].filters == Filters(clinics=("later",))


def test_a_pause_outlives_a_restart(engine: Engine, config: Config) -> None:
    entry = declaring(config, {"address": "a@example.org"})
    with engine.begin() as connection:
        sync_subscriptions(connection, entry)
        (added,) = list_subscriptions(connection)
        set_subscription_state(connection, added.id, "paused")
        assert sync_subscriptions(connection, entry) == SyncReport()
        assert list_subscriptions(connection)[0].state == "paused"


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ({"address": "a@b@c"}, r"subscriptions\[1\]: not a mail address"),
        ({"address": "a@example.org", "kinds": ("cure",)}, "kinds: no 'cure'"),
        ({"address": "a@example.org", "timezone": "CEST"}, "no time zone 'CEST'"),
    ],
)
def test_a_bad_entry_is_named_and_changes_nothing(
    engine: Engine, config: Config, entry: dict[str, Any], problem: str
) -> None:
    with engine.begin() as connection:
        with pytest.raises(ConfigError, match=problem):
            sync_subscriptions(connection, declaring(config, {"address": "good@example.org"}, entry))
        assert connection.execute(select(tables.subscription)).all() == []
