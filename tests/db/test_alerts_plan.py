"""Who gets what: planning against a real outbox."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from db.rows import NOW, add_change, add_clinic, add_notice, add_page
from sqlalchemy import Connection, Engine, event, select

from monitor.alerts.plan import queue_baseline_report, queue_changes, queue_notices
from monitor.config import Config
from monitor.store import claims, tables
from monitor.store.alert_contents import load_contents
from monitor.store.outbox import AlertSummary, list_alerts
from monitor.store.preferences import Filters, Preferences
from monitor.store.subscriptions import add_subscription

SITE = "https://stemedix.com"


def contents(connection: Connection) -> list[tuple[str, str, str, list[int]]]:
    """Every alert as (kind, group key, state, change ids), oldest first."""
    found = []
    for alert in reversed(list_alerts(connection)):
        join = tables.alert_change.c
        ids = connection.scalars(select(join.change_id).where(join.alert_id == alert.id).order_by(join.change_id))
        found.append((alert.kind, alert.group_key, alert.state, list(ids)))
    return found


def only(connection: Connection) -> AlertSummary:
    (alert,) = list_alerts(connection)
    return alert


def mark_sent(connection: Connection, at: datetime) -> None:
    while (claim := claims.claim_alert(connection, "test", at, 60)) is not None:
        assert claims.settle_sent(connection, claim, at)


def site(connection: Connection, pages: int) -> list[int]:
    clinic = add_clinic(connection)
    return [add_page(connection, clinic, f"{SITE}/article-{number}") for number in range(pages)]


def test_a_change_becomes_one_alert_that_waits_for_its_page(engine: Engine, config: Config) -> None:
    with engine.begin() as connection:
        (page,) = site(connection, 1)
        add_subscription(connection, "someone@example.org")
        change = add_change(connection, page)
        queue_changes(connection, config, page, [change], NOW)
        alert = only(connection)
    assert (alert.kind, alert.group_key, alert.state, alert.changes) == ("changes", f"page:{page}", "queued", 1)
    assert alert.send_after == NOW + timedelta(seconds=config.alerts.gather_s)
    assert alert.message_id.endswith("@localhost>")


def test_the_same_change_is_never_queued_twice(engine: Engine, config: Config) -> None:
    with engine.begin() as connection:
        (page,) = site(connection, 1)
        add_subscription(connection, "someone@example.org")
        change = add_change(connection, page)
        first = queue_changes(connection, config, page, [change], NOW)
        again = queue_changes(connection, config, page, [change], NOW)
        mark_sent(connection, NOW + timedelta(hours=1))
        after = queue_changes(connection, config, page, [change], NOW + timedelta(days=1))
        assert len(list_alerts(connection)) == 1
    assert len(first) == 1
    assert (again, after) == ((), ())


def test_a_later_change_joins_the_alert_that_waits(engine: Engine, config: Config) -> None:
    with engine.begin() as connection:
        (page,) = site(connection, 1)
        add_subscription(connection, "someone@example.org")
        first, second = add_change(connection, page), add_change(connection, page, before="Results vary.")
        queue_changes(connection, config, page, [first], NOW)
        due = only(connection).send_after
        queue_changes(connection, config, page, [second], NOW + timedelta(seconds=30))
        assert contents(connection) == [("changes", f"page:{page}", "queued", [first, second])]
        assert only(connection).send_after == due


@pytest.mark.parametrize("settled", ["sent", "claimed", "waits to be tried again"])
def test_what_was_claimed_once_is_not_joined(engine: Engine, config: Config, settled: str) -> None:
    """A mail that goes a second time under the same Message-ID must be the same mail."""
    with engine.begin() as connection:
        (page,) = site(connection, 1)
        add_subscription(connection, "someone@example.org")
        first, second = add_change(connection, page), add_change(connection, page, before="Results vary.")
        queue_changes(connection, config, page, [first], NOW)
        later = NOW + timedelta(minutes=5)
        claim = claims.claim_alert(connection, "test", later, 60)
        assert claim is not None
        if settled == "sent":
            claims.settle_sent(connection, claim, later)
        elif settled != "claimed":
            claims.settle_later(connection, claim, "451", later)
        queue_changes(connection, config, page, [second], later)
        assert [each[3] for each in contents(connection)] == [[first], [second]]


def test_severity_decides_how_soon(engine: Engine, config: Config) -> None:
    with engine.begin() as connection:
        pages = site(connection, 4)
        add_subscription(connection, "someone@example.org", preferences=Preferences(timezone="Europe/Amsterdam"))
        for page, severity in zip(pages, ("critical", "high", "medium", "low"), strict=True):
            queue_changes(connection, config, page, [add_change(connection, page, severity=severity)], NOW)
        queued = {alert.group_key: alert for alert in list_alerts(connection)}
    assert set(queued) == {f"page:{pages[0]}", f"page:{pages[1]}", "digest:daily", "digest:weekly"}
    # 07:00 in Amsterdam, in November; the 21st is a Saturday
    assert queued["digest:daily"].send_after == datetime(2026, 11, 22, 6, tzinfo=UTC)
    assert queued["digest:weekly"].send_after == datetime(2026, 11, 23, 6, tzinfo=UTC)


def test_lesser_changes_of_a_run_go_with_its_alert(engine: Engine, config: Config) -> None:
    with engine.begin() as connection:
        (page,) = site(connection, 1)
        add_subscription(connection, "someone@example.org")
        worst = add_change(connection, page)
        medium = add_change(connection, page, severity="medium", before="Results vary.")
        queue_changes(connection, config, page, [medium, worst], NOW)
        assert contents(connection) == [("changes", f"page:{page}", "queued", [worst, medium])]


def test_digests_gather_pages(engine: Engine, config: Config) -> None:
    with engine.begin() as connection:
        pages = site(connection, 3)
        add_subscription(connection, "someone@example.org")
        changes = [add_change(connection, page, severity="medium") for page in pages]
        for page, change in zip(pages, changes, strict=True):
            queue_changes(connection, config, page, [change], NOW)
        assert contents(connection) == [("digest", "digest:daily", "queued", changes)]


@pytest.mark.parametrize(
    ("filters", "wanted"),
    [
        (Filters(), True),
        (Filters(clinics=("stemedix",)), True),
        (Filters(clinics=("other",)), False),
        (Filters(languages=("en", "da")), True),
        (Filters(languages=("da",)), False),
        (Filters(pages=("ARTICLE-0",)), True),
        (Filters(pages=("article-1",)), False),
        (Filters(families=("price",)), False),
        (Filters(kinds=("status",), directions=("removed",)), True),
        (Filters(directions=("added",)), False),
        (Filters(severity="critical"), True),
    ],
)
def test_filters(engine: Engine, config: Config, filters: Filters, wanted: bool) -> None:
    with engine.begin() as connection:
        (page,) = site(connection, 1)
        add_clinic(connection, "other", "Other")
        add_subscription(connection, "someone@example.org", filters)
        queue_changes(connection, config, page, [add_change(connection, page)], NOW)
        assert bool(list_alerts(connection)) is wanted


def test_paused_and_ended_subscriptions_get_nothing(engine: Engine, config: Config) -> None:
    with engine.begin() as connection:
        (page,) = site(connection, 1)
        for state in ("paused", "ended", "suspended"):
            added = add_subscription(connection, f"{state}@example.org")
            connection.execute(
                tables.subscription.update().where(tables.subscription.c.id == added.id).values(state=state)
            )
        queue_changes(connection, config, page, [add_change(connection, page)], NOW)
        assert list_alerts(connection) == []


FOOTER = {"fingerprint": "footer disclaimer removed"}


def test_a_footer_that_changes_on_every_page_is_one_alert(engine: Engine, config: Config) -> None:
    """The first page is confirmed while the others wait for their second look."""
    with engine.begin() as connection:
        pages = site(connection, 6)
        add_subscription(connection, "someone@example.org")
        pending = {"state": "pending", "settled_at": None, "looks": 1}
        changes = [add_change(connection, page, **FOOTER, **pending) for page in pages]
        for number, (page, change) in enumerate(zip(pages, changes, strict=True)):
            confirm(connection, change)
            queue_changes(connection, config, page, [change], NOW + timedelta(seconds=number))
        ((kind, group, state, ids),) = contents(connection)
        assert (kind, group.split(":")[0], state, ids) == ("site", "site", "queued", changes)


def confirm(connection: Connection, change: int) -> None:
    values = {"state": "confirmed", "looks": 2, "settled_at": NOW}
    connection.execute(tables.change.update().where(tables.change.c.id == change).values(**values))


def test_page_alerts_that_wait_are_gathered_into_the_site_s(engine: Engine, config: Config) -> None:
    """Nobody knew of the other pages when the first were confirmed; their alerts still wait."""
    with engine.begin() as connection:
        pages = site(connection, 5)
        add_subscription(connection, "someone@example.org")
        changes = []
        for page in pages:
            changes.append(add_change(connection, page, **FOOTER))
            queue_changes(connection, config, page, changes[-1:], NOW)
        states = [(kind, state, ids) for kind, _, state, ids in contents(connection)]
    assert states == [("changes", "dropped", []), ("site", "queued", changes)]


def test_the_same_edit_on_two_pages_of_a_large_site_is_one_alert(engine: Engine, config: Config) -> None:
    with engine.begin() as connection:
        pages = site(connection, 30)
        add_subscription(connection, "someone@example.org")
        changes = [add_change(connection, page, **FOOTER) for page in pages[:2]]
        queue_changes(connection, config, pages[0], changes[:1], NOW)
        ((kind, _, _, ids),) = contents(connection)
    assert (kind, ids) == ("site", changes[:1])


def test_a_change_of_its_own_stays_with_its_page(engine: Engine, config: Config) -> None:
    with engine.begin() as connection:
        pages = site(connection, 5)
        add_subscription(connection, "someone@example.org")
        footers = [add_change(connection, page, **FOOTER) for page in pages]
        price = add_change(connection, pages[0], family="price", kind="amount", severity="high")
        queue_changes(connection, config, pages[0], [footers[0], price], NOW)
        found = {kind: ids for kind, _, _, ids in contents(connection)}
    assert found == {"site": [footers[0]], "changes": [price]}


def test_a_late_page_is_added_to_the_mail_that_went_out(engine: Engine, config: Config) -> None:
    with engine.begin() as connection:
        pages = site(connection, 5)
        add_subscription(connection, "someone@example.org")
        changes = [add_change(connection, page, **FOOTER) for page in pages[:4]]
        for page, change in zip(pages, changes, strict=False):
            queue_changes(connection, config, page, [change], NOW)
        mark_sent(connection, NOW + timedelta(hours=1))
        later = NOW + timedelta(hours=3)
        late = add_change(connection, pages[4], **FOOTER, settled_at=later)
        queue_changes(connection, config, pages[4], [late], later)
        assert [(state, ids) for _, _, state, ids in contents(connection) if ids] == [("sent", [*changes, late])]
        assert queue_changes(connection, config, pages[4], [late], later) == ()
        made = load_contents(connection, list_alerts(connection, state="sent")[0].id)
        assert sorted(each.id for each in made.changes) == changes
        assert [page.id for page in made.late] == pages[4:]


def test_a_late_page_where_it_is_worse_is_mailed(engine: Engine, config: Config) -> None:
    with engine.begin() as connection:
        pages = site(connection, 5)
        add_subscription(connection, "someone@example.org")
        changes = [add_change(connection, page, **FOOTER, severity="high") for page in pages[:4]]
        for page, change in zip(pages, changes, strict=False):
            queue_changes(connection, config, page, [change], NOW)
        mark_sent(connection, NOW + timedelta(hours=1))
        late = add_change(connection, pages[4], **FOOTER, severity="critical")
        queue_changes(connection, config, pages[4], [late], NOW + timedelta(hours=3))
        assert contents(connection)[-1][2:] == ("queued", [late])


def test_the_same_words_at_another_clinic_on_the_host_are_another_event(engine: Engine, config: Config) -> None:
    with engine.begin() as connection:
        clinics = [add_clinic(connection, f"clinic-{number}") for number in range(4)]
        pages = [add_page(connection, clinic, f"{SITE}/{clinic}") for clinic in clinics]
        add_subscription(connection, "someone@example.org")
        changes = [add_change(connection, page, **FOOTER) for page in pages]
        for page, change in zip(pages, changes, strict=True):
            queue_changes(connection, config, page, [change], NOW)
        assert [each[0] for each in contents(connection)] == ["changes"] * 4


def test_two_workers_confirm_at_the_same_time(engine: Engine, config: Config) -> None:
    """Whatever the interleaving, one alert holds the footer of all pages."""
    with engine.begin() as connection:
        pages = site(connection, 8)
        add_subscription(connection, "someone@example.org")
        changes = [add_change(connection, page, **FOOTER) for page in pages]
    gate = threading.Barrier(4)
    failures: list[BaseException] = []

    def work(mine: list[tuple[int, int]]) -> None:
        try:
            gate.wait(10)
            for page, change in mine:
                with engine.begin() as connection:
                    queue_changes(connection, config, page, [change], NOW)
        except BaseException as error:
            failures.append(error)

    pairs = list(zip(pages, changes, strict=True))
    threads = [threading.Thread(target=work, args=(pairs[start::4],)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failures == []
    with engine.begin() as connection:
        assert [(each[0], each[3]) for each in contents(connection)] == [("site", changes)]


def test_a_page_that_is_gone_is_told_at_once_and_so_is_its_return(engine: Engine, config: Config) -> None:
    with engine.begin() as connection:
        (page,) = site(connection, 1)
        add_subscription(connection, "someone@example.org")
        add_subscription(connection, "prices@example.org", Filters(families=("price",)))
        gone = add_notice(connection, page, "gone", "404 on 3 visits")
        queue_notices(connection, config, page, [gone], NOW)
        mark_sent(connection, NOW + timedelta(hours=1))
        back = add_notice(connection, page, "recovered", "the page is back")
        queue_notices(connection, config, page, [back], NOW + timedelta(hours=2))
        queue_notices(connection, config, page, [gone, back], NOW + timedelta(hours=2))
        found = [(alert.kind, alert.group_key, alert.state, alert.notices) for alert in list_alerts(connection)]
    assert found == [("status", f"status:{page}", state, 1) for state in ("queued", "queued", "sent", "sent")]


@pytest.mark.parametrize(
    ("kind", "delivery", "group"),
    [
        ("blocked", "default", "status:"),
        ("fetch_error", "default", "digest:weekly"),
        ("fetch_error", "immediate", "status:"),
        ("article_in", "default", "digest:weekly"),
        ("article_in", "immediate", "digest:daily"),
        ("document_changed", "default", "digest:daily"),
        ("gone", "weekly", "digest:weekly"),
    ],
)
def test_how_soon_notices_go(engine: Engine, config: Config, kind: str, delivery: str, group: str) -> None:
    with engine.begin() as connection:
        (page,) = site(connection, 1)
        add_subscription(connection, "someone@example.org", preferences=Preferences(delivery=delivery))
        queue_notices(connection, config, page, [add_notice(connection, page, kind, "words")], NOW)
        assert only(connection).group_key.startswith(group)


def test_recovering_from_a_nuisance_is_as_quiet_as_the_nuisance(engine: Engine, config: Config) -> None:
    with engine.begin() as connection:
        (page,) = site(connection, 1)
        add_subscription(connection, "someone@example.org")
        for kind in ("fetch_error", "recovered"):
            queue_notices(connection, config, page, [add_notice(connection, page, kind, "words")], NOW)
        alert = only(connection)
    assert (alert.group_key, alert.notices) == ("digest:weekly", 2)


def test_one_baseline_report_for_each_clinic(engine: Engine, config: Config) -> None:
    with engine.begin() as connection:
        pages = site(connection, 2)
        add_subscription(connection, "someone@example.org")
        clinic = connection.scalar(select(tables.clinic.c.id))
        assert clinic is not None
        changes = [add_change(connection, page, severity="low") for page in pages]
        for change in changes:
            queue_baseline_report(connection, config, clinic, [change], NOW)
        assert contents(connection) == [("baseline", f"baseline:{clinic}", "queued", changes)]
        with pytest.raises(ValueError, match="clinic"):
            queue_baseline_report(connection, config, clinic + 1, changes, NOW)


def test_a_digest_that_is_overdue_is_not_put_off_by_what_joins_it(engine: Engine, config: Config) -> None:
    with engine.begin() as connection:
        pages = site(connection, 2)
        add_subscription(connection, "someone@example.org")
        queue_changes(connection, config, pages[0], [add_change(connection, pages[0], severity="medium")], NOW)
        due = only(connection).send_after
        late = due + timedelta(hours=5)
        queue_changes(connection, config, pages[1], [add_change(connection, pages[1], severity="medium")], late)
        assert (only(connection).send_after, only(connection).changes) == (due, 2)


def test_ten_thousand_subscriptions(engine: Engine, config: Config) -> None:
    """Set-based all the way: a page's change for thousands of readers is a handful of statements."""
    with engine.begin() as connection:
        (page,) = site(connection, 1)
        rows: list[dict[str, Any]] = [
            {"address": f"a{n}@example.org", "token": f"t{n}", "filters": {"clinics": ["other"]} if n % 2 else {}}
            for n in range(10_000)
        ]
        connection.execute(tables.subscription.insert(), rows)
        changes = [add_change(connection, page, before=f"Disclaimer {n}.") for n in range(10)]
        statements: list[str] = []
        event.listen(connection, "before_cursor_execute", lambda *args: statements.append(args[2]))
        queue_changes(connection, config, page, changes, NOW)
        assert len(list_alerts(connection, limit=20_000)) == 5_000
    assert len(statements) < 30


def test_changes_of_another_page_are_refused(engine: Engine, config: Config) -> None:
    with engine.begin() as connection:
        pages = site(connection, 2)
        change = add_change(connection, pages[0])
        with pytest.raises(ValueError, match="page"):
            queue_changes(connection, config, pages[1], [change], NOW)


def test_the_site_s_alert_waits_for_pages_that_are_on_their_way_but_not_for_ever(
    engine: Engine, config: Config
) -> None:
    config = msgspec.structs.replace(config, alerts=msgspec.structs.replace(config.alerts, gather_s=10.0))
    with engine.begin() as connection:
        pages = site(connection, 30)
        add_subscription(connection, "someone@example.org")
        pending = {"state": "pending", "settled_at": None, "looks": 1}
        changes = [add_change(connection, page, **FOOTER, **pending) for page in pages]
        due = []
        for number, (page, change) in enumerate(zip(pages, changes, strict=True)):
            confirm(connection, change)
            queue_changes(connection, config, page, [change], NOW + timedelta(seconds=9 * number))
            due.append((only(connection).send_after - NOW).total_seconds())
    assert due[:3] == [10, 19, 28]
    assert max(due) == 100
