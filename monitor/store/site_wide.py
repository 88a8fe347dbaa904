"""The same change on several pages of one site: what makes it one event, and which alerts have it already."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, func, or_, select

from monitor.store import tables
from monitor.store.alert_contents import MailPage

RECENT = timedelta(hours=24)  # how long the same change on another page counts as the same event

_change, _page, _alert, _join = tables.change, tables.page, tables.alert, tables.alert_change


def list_site_wide(
    connection: Connection, page: MailPage, fingerprints: Iterable[str], now: datetime
) -> dict[str, int]:
    """Which of `fingerprints` another page of the site has too, and so are one event; how many still wait.

    The other page is of the same host and clinic, and its change is pending, or was settled within 24 hours. The same
    words became the same other words: with two pages as with ninety-eight, one mail that names them says it all.
    Returns fingerprint → number of pending ones elsewhere.
    """
    same_site = and_(_page.c.host_id == page.host_id, _page.c.clinic_id == page.clinic_id)
    pending = _change.c.state == "pending"
    recent = or_(
        pending,
        and_(_change.c.state.in_(("confirmed", "unrepeated")), _change.c.settled_at >= now - RECENT),
    )
    query = (
        select(_change.c.fingerprint, func.count().filter(pending).label("pending"))
        .join(_page, _page.c.id == _change.c.page_id)
        .where(
            same_site,
            _change.c.page_id != page.id,
            _change.c.fingerprint.in_([bytes.fromhex(each) for each in fingerprints]),
            recent,
        )
        .group_by(_change.c.fingerprint)
    )
    return {bytes(row.fingerprint).hex(): row.pending for row in connection.execute(query)}


@dataclass(frozen=True, slots=True)
class AlertedElsewhere:
    """The same change on another page of the site, and the alert in which a subscription has it."""

    subscription_id: int
    fingerprint: str
    severity: str
    change_id: int
    alert_id: int
    kind: str
    waiting: bool
    sent: bool


_WAITING = and_(_alert.c.state == "queued", _alert.c.attempts == 0, _alert.c.claimed_by.is_(None))
_ELSEWHERE = (
    *(_alert.c.subscription_id, _alert.c.id.label("alert_id"), _alert.c.kind, _alert.c.state),
    _WAITING.label("waiting"),
    *(_change.c.id.label("change_id"), _change.c.fingerprint, _change.c.severity),
)


def list_alerted_elsewhere(
    connection: Connection, page: MailPage, fingerprints: Iterable[str], now: datetime
) -> list[AlertedElsewhere]:
    """Alerts of kind "changes" and "site" of the last 24 hours that have one of `fingerprints` from a page of the site.

    Those that wait are locked against being claimed until the transaction ends.
    """
    query = (
        select(*_ELSEWHERE)
        .join(_join, _join.c.alert_id == _alert.c.id)
        .join(_change, _change.c.id == _join.c.change_id)
        .join(_page, _page.c.id == _change.c.page_id)
        .where(
            _alert.c.kind.in_(("changes", "site")),
            _alert.c.state.in_(("queued", "sent")),
            _page.c.host_id == page.host_id,
            _page.c.clinic_id == page.clinic_id,
            _change.c.page_id != page.id,
            _change.c.fingerprint.in_([bytes.fromhex(each) for each in fingerprints]),
            _change.c.settled_at >= now - RECENT,
        )
        .order_by(_alert.c.id)
        .with_for_update(of=_alert)
    )
    return [
        AlertedElsewhere(
            subscription_id=row.subscription_id,
            fingerprint=bytes(row.fingerprint).hex(),
            severity=row.severity,
            change_id=row.change_id,
            alert_id=row.alert_id,
            kind=row.kind,
            waiting=row.waiting,
            sent=row.state == "sent",
        )
        for row in connection.execute(query)
    ]
