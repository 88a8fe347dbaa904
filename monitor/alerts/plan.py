"""Which alerts a confirmed change, a notice or a baseline report makes, and for whom.

    confirmed changes ─► filters ─┬─ site-wide? ──► one alert per site      ┐
                                  ├─ at once ─────► one alert per page      ├─► join the one that waits, or queue
                                  └─ later ───────► the next digest         ┘

The three `queue_` functions run inside the transaction that confirms the change, and take the outbox lock when
there is something to queue. Deciding is pure (`plan_changes`, `plan_notices`, `plan_baseline`).

Two choices. Once a page has an alert at once, its lesser changes of the same run go with it: one mail per page and
run. And a page that turns up late with a change that its site's alert already told of (within 24 hours, and not as
less severe) is added to that alert's record and mailed to nobody again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import cache
from typing import TYPE_CHECKING

from monitor.alerts.digest import next_digest, parse_digest_time, wait_out_quiet
from monitor.alerts.filters import (
    RANK,
    Delivery,
    compile_filters,
    delivery_of,
    is_muted,
    is_status,
    notice_severity,
)
from monitor.alerts.headers import parse_mailbox
from monitor.config import Config
from monitor.store import alert_contents, feedback, outbox, site_wide
from monitor.store.alert_contents import MailChange, MailNotice, MailPage
from monitor.store.feedback import Mutes
from monitor.store.outbox import AlertIntent, Group, Waiting
from monitor.store.preferences import Filters
from monitor.store.site_wide import AlertedElsewhere
from monitor.store.subscriptions import Listener, list_interested

if TYPE_CHECKING:
    from sqlalchemy import Connection

GATHER_AT_MOST = 10  # a site's alert waits for late pages no longer than so many times `gather_s`


@dataclass(frozen=True, slots=True)
class Queue:
    """What is in the outbox already, as far as it matters to one page's changes.

    `alerted` are (subscription, change) pairs; `waiting` the alerts that may be joined; `site_wide` maps fingerprints
    to the number of pages where the change still waits for its second look; `elsewhere` are alerts that have the
    same change from other pages of the site; `mutes` is what subscriptions do not want to hear of.
    """

    alerted: frozenset[tuple[int, int]]
    waiting: Mapping[Group, Waiting]
    site_wide: Mapping[str, int]
    elsewhere: tuple[AlertedElsewhere, ...] = ()
    mutes: Mutes = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Timing:
    """The moment, and what the configuration says about waiting."""

    now: datetime
    gather: timedelta
    digest_time: time

    def due(self, delivery: Delivery, subscription: Listener) -> datetime:
        """When something queued now is due: never in the subscription's quiet hours."""
        told = subscription.preferences
        if delivery is Delivery.IMMEDIATE:
            return wait_out_quiet(self.now + self.gather, told)
        return wait_out_quiet(next_digest(self.now, delivery, self.digest_time, told.timezone), told)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be written: alerts to queue or join, late pages to add to sent alerts as (alert, change) pairs, and
    pairs to take out of alerts that wait because the site's alert has them now."""

    intents: tuple[AlertIntent, ...]
    late: tuple[tuple[int, int], ...] = ()
    moved: tuple[tuple[int, int], ...] = ()


def queue_changes(
    connection: Connection, config: Config, page_id: int, change_ids: Sequence[int], now: datetime
) -> tuple[int, ...]:
    """Queue what the confirmed `change_ids` of one page make; returns the ids of the alerts queued or joined.

    Calling it again with the same changes does nothing. Changes of other pages raise ValueError.
    """
    if not (changes := alert_contents.load_changes(connection, change_ids)):
        return ()
    if any(change.page_id != page_id for change in changes):
        raise ValueError(f"not all of the changes {list(change_ids)} are of page {page_id}")
    page = alert_contents.list_mail_pages(connection, [page_id])[0]
    subscriptions = _interested(connection, page)
    if not subscriptions:
        return ()
    outbox.lock_outbox(connection)
    fingerprints = {change.fingerprint for change in changes}
    shared = site_wide.list_site_wide(connection, page, fingerprints, now)
    queue = Queue(
        alerted=outbox.list_alerted(connection, [change.id for change in changes]),
        waiting=outbox.list_waiting(connection, (_page_key(page), _site_key(page))),
        site_wide=shared,
        elsewhere=tuple(site_wide.list_alerted_elsewhere(connection, page, shared, now)),
        mutes=feedback.load_mutes(connection, [each.id for each in subscriptions]),
    )
    plan = plan_changes(subscriptions, changes, page, queue, _timing(config, now))
    return _write(connection, config, plan, now)


def queue_notices(
    connection: Connection, config: Config, page_id: int, notice_ids: Sequence[int], now: datetime
) -> tuple[int, ...]:
    """Queue what notices of one page make: status alerts, or lines of a digest. Returns the alerts' ids."""
    if not (notices := alert_contents.load_notices(connection, notice_ids)):
        return ()
    if any(notice.page_id != page_id for notice in notices):
        raise ValueError(f"not all of the notices {list(notice_ids)} are of page {page_id}")
    page = alert_contents.list_mail_pages(connection, [page_id])[0]
    subscriptions = _interested(connection, page)
    if not subscriptions:
        return ()
    outbox.lock_outbox(connection)
    before = {each.id: alert_contents.last_status_before(connection, each) for each in notices}
    mutes = feedback.load_mutes(connection, [each.id for each in subscriptions])
    hearing = [each for each in subscriptions if ("page", str(page_id)) not in mutes.get(each.id, ())]
    weighed = [(each, notice_severity(each.kind, before[each.id])) for each in notices]
    alerted = outbox.list_alerted_notices(connection, [each.id for each in notices])
    plan = Plan(tuple(plan_notices(hearing, weighed, page, alerted, _timing(config, now))))
    return _write(connection, config, plan, now)


def queue_baseline_report(
    connection: Connection, config: Config, clinic_id: int, change_ids: Sequence[int], now: datetime
) -> tuple[int, ...]:
    """Queue what the first live captures of a clinic's pages contradict in its baselines: one report per clinic.

    Pages compared while the report waits join it. Returns the alerts' ids.
    """
    if not (changes := alert_contents.load_changes(connection, change_ids)):
        return ()
    pages = alert_contents.list_mail_pages(connection, {change.page_id for change in changes})
    if any(page.clinic_id != clinic_id for page in pages):
        raise ValueError(f"not all of the changes {list(change_ids)} are of clinic {clinic_id}")
    wanted = {each.id: each for page in pages for each in _interested(connection, page)}
    if not wanted:
        return ()
    outbox.lock_outbox(connection)
    alerted = outbox.list_alerted(connection, [change.id for change in changes])
    mutes = feedback.load_mutes(connection, wanted)
    plan = Plan(tuple(plan_baseline(wanted.values(), changes, pages, alerted, _timing(config, now), mutes=mutes)))
    return _write(connection, config, plan, now)


def plan_changes(
    subscriptions: Iterable[Listener],
    changes: Sequence[MailChange],
    page: MailPage,
    queue: Queue,
    timing: Timing,
) -> Plan:
    """What the confirmed changes of one page make for `subscriptions`: pure."""
    elsewhere: dict[int, list[AlertedElsewhere]] = defaultdict(list)
    for each in queue.elsewhere:
        elsewhere[each.subscription_id].append(each)

    @cache
    def wants(filters: Filters) -> tuple[MailChange, ...]:  # asked once, however many subscriptions share it
        return tuple(filter(compile_filters(filters).wants_change, changes))

    intents: list[AlertIntent] = []
    late: list[tuple[int, int]] = []
    moved: list[tuple[int, int]] = []
    for subscription in subscriptions:
        muted = queue.mutes.get(subscription.id, frozenset())
        wanted = wants(subscription.filters)
        fresh = [c for c in wanted if (subscription.id, c.id) not in queue.alerted and not is_muted(muted, c)]
        told = _told_already(fresh, elsewhere[subscription.id])
        late += [(alert_id, change.id) for change, alert_id in told]
        known = {change.id for change, _ in told}
        fresh = [change for change in fresh if change.id not in known]
        site = [c for c in fresh if c.fingerprint in queue.site_wide and _at_once(c, subscription)]
        if site:
            joined = [e for e in elsewhere[subscription.id] if _moves(e, {c.fingerprint for c in site})]
            moved += [(each.alert_id, each.change_id) for each in joined]
            intents.append(_site_intent(subscription, page, site, joined, queue=queue, timing=timing))
        rest = [change for change in fresh if change not in site]
        intents += _page_intents(subscription, page, rest, queue.waiting, timing)
    return Plan(tuple(intents), tuple(late), tuple(moved))


def plan_notices(
    subscriptions: Iterable[Listener],
    notices: Sequence[tuple[MailNotice, str]],
    page: MailPage,
    alerted: Collection[tuple[int, int]],
    timing: Timing,
) -> Iterator[AlertIntent]:
    """What notices, each with its severity, make for `subscriptions`: pure.

    A page's state is a mail of its own where it goes at once; articles and documents always wait for a digest.
    """
    for subscription in subscriptions:
        wants = compile_filters(subscription.filters).wants_notice
        by_delivery: dict[Delivery, list[int]] = defaultdict(list)
        for notice, severity in notices:
            if (subscription.id, notice.id) in alerted or not wants(severity):
                continue
            delivery = delivery_of(severity, subscription.preferences)
            if delivery is Delivery.IMMEDIATE and not is_status(notice.kind):
                delivery = Delivery.DAILY
            by_delivery[delivery].append(notice.id)
        for delivery, ids in by_delivery.items():
            yield AlertIntent(
                subscription.id,
                "status" if delivery is Delivery.IMMEDIATE else "digest",
                f"status:{page.id}" if delivery is Delivery.IMMEDIATE else _digest_key(delivery),
                timing.due(delivery, subscription),
                notice_ids=tuple(ids),
                page_id=page.id if delivery is Delivery.IMMEDIATE else None,
            )


def plan_baseline(
    subscriptions: Iterable[Listener],
    changes: Sequence[MailChange],
    pages: Sequence[MailPage],
    alerted: Collection[tuple[int, int]],
    timing: Timing,
    *,
    mutes: Mutes,
) -> Iterator[AlertIntent]:
    """One report per subscription on one clinic's baselines: pure. Severity decides whether, not when."""
    by_id = {page.id: page for page in pages}
    for subscription in subscriptions:
        wants = compile_filters(subscription.filters)
        ids = tuple(
            change.id
            for change in changes
            if (subscription.id, change.id) not in alerted
            and wants.wants_page(by_id[change.page_id])
            and wants.wants_change(change)
            and not is_muted(mutes.get(subscription.id, ()), change)
        )
        if ids:
            usual = subscription.preferences.delivery
            delivery = Delivery.IMMEDIATE if usual == "default" else Delivery(usual)
            yield AlertIntent(
                subscription.id,
                "baseline",
                f"baseline:{pages[0].clinic_id}",
                timing.due(delivery, subscription),
                change_ids=ids,
                clinic_id=pages[0].clinic_id,
            )


def _interested(connection: Connection, page: MailPage) -> list[Listener]:
    found = list_interested(connection, page.clinic, page.language, page.country)
    return [each for each in found if compile_filters(each.filters).wants_page(page)]


def _timing(config: Config, now: datetime) -> Timing:
    alerts = config.alerts
    return Timing(now, timedelta(seconds=alerts.gather_s), parse_digest_time(alerts.digest_time))


def _write(connection: Connection, config: Config, plan: Plan, now: datetime) -> tuple[int, ...]:
    domain = parse_mailbox(config.alerts.sender).domain
    outbox.attach_late_changes(connection, plan.late)
    ids = outbox.queue_alerts(connection, plan.intents, domain, now) if plan.intents else {}
    outbox.detach_changes(connection, plan.moved, "its changes went into the alert of the whole site")
    return tuple(sorted({*ids.values(), *(alert_id for alert_id, _ in plan.late)}))


def _at_once(change: MailChange, subscription: Listener) -> bool:
    return delivery_of(change.severity, subscription.preferences) is Delivery.IMMEDIATE


def _told_already(changes: Sequence[MailChange], elsewhere: Sequence[AlertedElsewhere]) -> list[tuple[MailChange, int]]:
    """The changes that a site alert that is out, or on its way out, tells of; with the newest such alert."""
    told = []
    for change in changes:
        alerts = [
            each.alert_id
            for each in elsewhere
            if each.kind == "site"
            and not each.waiting
            and each.fingerprint == change.fingerprint
            and RANK[each.severity] >= RANK[change.severity]
        ]
        if alerts:
            told.append((change, max(alerts)))
    return told


def _moves(each: AlertedElsewhere, fingerprints: Collection[str]) -> bool:
    return each.waiting and each.kind == "changes" and each.fingerprint in fingerprints


def _site_intent(
    subscription: Listener,
    page: MailPage,
    changes: Sequence[MailChange],
    joined: Sequence[AlertedElsewhere],
    *,
    queue: Queue,
    timing: Timing,
) -> AlertIntent:
    """The site's alert: with this page's changes, and the same ones of other pages whose alerts still wait.

    While the change is pending on further pages of the site, each page that joins gives it another `gather_s`.
    """
    send_after = timing.now + timing.gather
    if (waiting := queue.waiting.get((subscription.id, _site_key(page)))) is not None:
        last = waiting.created_at + GATHER_AT_MOST * timing.gather
        more = any(queue.site_wide[change.fingerprint] for change in changes)
        send_after = max(waiting.send_after, min(send_after, last)) if more else waiting.send_after
    send_after = wait_out_quiet(send_after, subscription.preferences)
    return AlertIntent(
        subscription.id,
        "site",
        _site_key(page),
        send_after,
        change_ids=(*(change.id for change in changes), *(each.change_id for each in joined)),
        clinic_id=page.clinic_id,
        postpone=True,
    )


def _page_intents(
    subscription: Listener,
    page: MailPage,
    changes: Sequence[MailChange],
    waiting: Mapping[Group, Waiting],
    timing: Timing,
) -> Iterator[AlertIntent]:
    """The page's alert with all of `changes`, if one of them is due at once or one waits; else lines of digests."""
    if not changes:
        return
    waits = (subscription.id, _page_key(page)) in waiting
    if waits or any(_at_once(change, subscription) for change in changes):
        due = timing.due(Delivery.IMMEDIATE, subscription)
        ids = tuple(change.id for change in changes)
        yield AlertIntent(subscription.id, "changes", _page_key(page), due, ids, page_id=page.id)
        return
    by_delivery: dict[Delivery, list[int]] = defaultdict(list)
    for change in changes:
        by_delivery[delivery_of(change.severity, subscription.preferences)].append(change.id)
    for delivery, each in by_delivery.items():
        due = timing.due(delivery, subscription)
        yield AlertIntent(subscription.id, "digest", _digest_key(delivery), due, tuple(each))


def _page_key(page: MailPage) -> str:
    return f"page:{page.id}"


def _site_key(page: MailPage) -> str:
    return f"site:{page.host_id}:{page.clinic_id}"


def _digest_key(delivery: Delivery) -> str:
    return f"digest:{delivery.value}"
