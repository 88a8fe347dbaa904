"""Subscriptions: adding, ending, and keeping those of the configuration in step."""

from __future__ import annotations

from pathlib import Path
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
from monitor.store.preferences import Filters, Preferences
from monitor.store.subscription_files import (
    SyncReport,
    read_subscriptions,
    sync_subscriptions,
    take_subscriptions,
    write_subscriptions,
)
from monitor.store.subscriptions import (
    BY_OWNER,
    add_subscription,
    change_subscription,
    end_subscription,
    get_subscription,
    list_interested,
    list_subscriptions,
    set_subscription_state,
)

TOLD = Preferences(
    delivery="daily",
    deliveries=(("critical", "immediate"), ("low", "weekly")),
    timezone="Europe/Copenhagen",
    quiet="22:00-07:00",
    hourly=3,
    language="da",
    heartbeat="weekly",
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
        countries=("US",),
        words=("guarant*", "no risk"),
        severity="high",
    )
    with engine.begin() as connection:
        add_clinic(connection)
        added = add_subscription(connection, "a@example.org", filters, name="A  B\n", preferences=TOLD)
        (found,) = list_subscriptions(connection)
    assert found == added
    assert (found.filters, found.name, found.state, found.source) == (filters, "A B", "active", "cli")
    assert found.preferences == TOLD
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
        ({"preferences": Preferences(delivery="hourly")}, "delivery: no 'hourly'"),
        ({"preferences": Preferences(deliveries=(("low", "hourly"),))}, "delivery of low: no 'hourly'"),
        ({"preferences": Preferences(deliveries=(("urgent", "daily"),))}, "deliveries: no 'urgent'"),
        ({"preferences": Preferences(timezone="Mars/Olympus")}, "no time zone 'Mars/Olympus'"),
        ({"preferences": Preferences(timezone="../../etc/passwd")}, "no time zone"),
        ({"preferences": Preferences(quiet="22-7")}, "quiet hours: not '22-7'"),
        ({"preferences": Preferences(quiet="07:00-07:00")}, "quiet hours"),
        ({"preferences": Preferences(language="fr")}, "language of the mail: no 'fr'"),
        ({"preferences": Preferences(heartbeat="hourly")}, "heartbeat: no 'hourly'"),
        ({"preferences": Preferences(hourly=-1)}, "mails per hour: not -1"),
        ({"filters": Filters(words=("  ",))}, "words: '  ' is none"),
        ({"address": "https://user@hook.example/", "channel": "webhook"}, "not a webhook"),
        ({"address": "ftp://hook.example/", "channel": "webhook"}, "not a webhook"),
        ({"address": "https://hook.example:99999/", "channel": "webhook"}, "not a webhook"),
        ({"address": "https://hook.example/\r\nX: y", "channel": "webhook"}, "not a webhook"),
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


def test_clinic_country_and_language_are_asked_in_the_database(engine: Engine) -> None:
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
            "american": Filters(countries=("US",)),
            "dutch": Filters(countries=("NL",)),
        }
        for name, filters in wants.items():
            add_subscription(connection, f"{name}@example.org", filters)
        names = {each.id: each.address.partition("@")[0] for each in list_subscriptions(connection)}
        found = {names[each.id] for each in list_interested(connection, "one", "en", "US")}
    assert found == {"all", "one", "one-or-two", "one-english", "american"}


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


def test_what_its_owner_ended_no_restart_brings_back(engine: Engine, config: Config) -> None:
    entry = declaring(config, {"address": "A@example.org"}, {"address": "b@example.org"})
    with engine.begin() as connection:
        sync_subscriptions(connection, entry)
        first = list_subscriptions(connection)[0]
        set_subscription_state(connection, first.id, "ended", BY_OWNER)
        assert sync_subscriptions(connection, entry) == SyncReport(declined=("a@example.org",))
        assert [each.address for each in list_subscriptions(connection)] == ["b@example.org"]


def test_subscriptions_go_to_a_file_and_come_back(engine: Engine, tmp_path: Path) -> None:
    filters = Filters(countries=("NL",), words=('say "cure"', "smørrebrød 😀\\"), severity="high")
    with engine.begin() as connection:
        add_subscription(connection, "a@example.org", filters, TOLD, name='Anna "A" \\ Ø')
        add_subscription(connection, "b@example.org", preferences=Preferences(hourly=0))
        add_subscription(connection, "https://hook.example/a?b=c", channel="webhook")
        add_subscription(connection, "tgram://123:secret/42/", channel="apprise")
        before = list_subscriptions(connection)
        (tmp_path / "all.toml").write_text(write_subscriptions(before), encoding="utf-8")
        entries = read_subscriptions(tmp_path / "all.toml")
        assert take_subscriptions(connection, entries, confirmed=True) == (SyncReport(), ())
        for each in before:
            end_subscription(connection, str(each.id))
        report, added = take_subscriptions(connection, entries, confirmed=False)
    assert report == SyncReport(added=4)
    assert [(each.address, each.name, each.filters, each.preferences, each.channel) for each in added] == [
        (each.address, each.name, each.filters, each.preferences, each.channel) for each in before
    ]
    assert [each.state for each in added] == ["pending", "pending", "active", "active"]  # nobody reads a webhook's mail


def test_an_apprise_url_is_a_secret(engine: Engine, config: Config) -> None:
    url = "tgram://123:secret/42/"
    with engine.begin() as connection:
        sync_subscriptions(connection, declaring(config, {"address": url, "channel": "apprise"}))
        (added,) = list_subscriptions(connection)
        assert sync_subscriptions(connection, declaring(config, {"address": url, "channel": "apprise"})) == SyncReport()
        report = sync_subscriptions(
            connection, declaring(config, {"address": url, "channel": "apprise", "severity": "high"})
        )
        (changed,) = list_subscriptions(connection)
        with pytest.raises(UsageError, match="not an Apprise URL") as refused:
            add_subscription(connection, "tgram://123:sec ret/", channel="apprise")
    assert (added.address, added.secret) == ("tgram://0baa22b0", url)
    assert "secret" not in repr(added)
    assert "sec ret" not in str(refused.value)
    assert report == SyncReport(changed=1)
    assert (changed.id, changed.address, changed.secret, changed.filters.severity) == (
        added.id,
        added.address,
        url,
        "high",
    )


def test_an_import_changes_the_one_subscription_of_an_address(engine: Engine, tmp_path: Path) -> None:
    file = tmp_path / "one.toml"
    file.write_text('[[subscriptions]]\naddress = "a@example.org"\ndelivery = "weekly"\n', encoding="utf-8")
    with engine.begin() as connection:
        known = add_subscription(connection, "a@example.org")
        report, _ = take_subscriptions(connection, read_subscriptions(file), confirmed=True)
        (found,) = list_subscriptions(connection)
    assert report == SyncReport(changed=1)
    assert (found.id, found.token, found.preferences.delivery) == (known.id, known.token, "weekly")


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ("[[subscriptions]]\n", "missing required field `address`"),
        ('[[subscriptions]]\naddress = "a@example.org"\nspeed = 1\n', "unknown field `speed`"),
        ('[[subscriptions]]\naddress = "nobody"\n', r"subscriptions\[0\]: not a mail address"),
        ("[[subscriptions", "cannot be read as TOML"),
    ],
)
def test_a_file_that_is_off_says_where(tmp_path: Path, words: str, problem: str) -> None:
    file = tmp_path / "bad.toml"
    file.write_text(words, encoding="utf-8")
    with pytest.raises(ConfigError, match=problem):
        read_subscriptions(file)


def test_changing_keeps_the_token(engine: Engine) -> None:
    with engine.begin() as connection:
        added = add_subscription(connection, "a@example.org")
        changed = change_subscription(connection, added.id, Filters(severity="high"), TOLD)
        assert (changed.token, changed.filters.severity, changed.preferences) == (added.token, "high", TOLD)
        with pytest.raises(NotFoundError):
            change_subscription(connection, 999, Filters(), TOLD)
