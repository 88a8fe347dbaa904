"""What the demo reads from the store: visits, changes and alerts, as its judgement wants them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from monitor.demo.digest import READER, SeenDigest
from monitor.demo.expect import Facts, SeenAlert, SeenChange, SeenVisit
from monitor.demo.mailbox import Mail
from monitor.store.changes import StoredChange, list_changes
from monitor.store.history import list_visits
from monitor.store.outbox import AlertSummary, list_alert_changes, list_alerts
from monitor.store.pages import list_pages

_ALERTS_AT_MOST = 1000


def read_facts(connection: Connection, received: tuple[str, ...]) -> Facts:
    """Everything that happened so far; `received` are the Message-IDs of the mails that came in."""
    visits = [
        SeenVisit(page.url, visit.started_at, str(visit.outcome), visit.reason)
        for page in list_pages(connection)
        for visit in list_visits(connection, page.id, limit=None)
    ]
    alerts = [
        each
        for each in list_alerts(connection, limit=_ALERTS_AT_MOST)
        if each.address != READER and (each.state, each.changes + each.notices) != ("dropped", 0)  # moved into another
    ]
    told = list_alert_changes(connection, [alert.id for alert in alerts])
    return Facts(
        tuple(sorted(visits, key=lambda visit: visit.started_at)),
        tuple(_change(change) for change in reversed(list_changes(connection))),
        tuple(_alert(alert, told.get(alert.id, ())) for alert in reversed(alerts)),
        received,
    )


def read_digests(connection: Connection, mails: Sequence[Mail]) -> tuple[SeenDigest, ...]:
    """The digests so far, and which of `mails` they came as."""
    alerts = [each for each in list_alerts(connection, limit=_ALERTS_AT_MOST) if each.address == READER]
    told = list_alert_changes(connection, [alert.id for alert in alerts])
    found = []
    for alert in reversed(alerts):
        came = [mail for mail in mails if mail.message_id == alert.message_id]
        found.append(
            SeenDigest(
                alert.id,
                alert.state,
                told.get(alert.id, ()),
                alert.notices,
                came[0].subject if came else "",
                tuple(mail.text for mail in came),
            )
        )
    return tuple(found)


def _change(change: StoredChange) -> SeenChange:
    return SeenChange(
        id=change.id,
        url=change.page_url,
        detected_at=change.detected_at,
        family=change.family,
        kind=change.kind,
        direction=change.direction,
        severity=change.severity,
        before=change.before,
        after=change.after,
        state=change.state,
        looks=change.looks,
    )


def _alert(alert: AlertSummary, change_ids: tuple[int, ...]) -> SeenAlert:
    return SeenAlert(alert.id, alert.kind, alert.state, alert.created_at, alert.message_id, alert.page_url, change_ids)
