"""What stands in an alert: its changes and notices with their pages and the evidence for both sides."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, select

from monitor.config import ScheduleConfig
from monitor.errors import NotFoundError
from monitor.store import tables
from monitor.store.alert_figures import PeriodFigures, load_figures
from monitor.store.confirmations import Confirmation, get_confirmation
from monitor.store.outbox import AlertSummary, get_alert
from monitor.store.subscriptions import Subscription, get_subscription

CADENCE_S = ScheduleConfig().cadence_s
_change, _page, _alert, _join = tables.change, tables.page, tables.alert, tables.alert_change


@dataclass(frozen=True, slots=True)
class MailPage:
    """A page as mails name it."""

    id: int
    url: str
    language: str
    clinic_id: int
    clinic: str
    clinic_name: str
    host_id: int
    country: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One side of a change: the snapshot it was read from. `captured_at` and `body_sha256` (hex) are None for a
    baseline, whose capture is unknown."""

    version: int
    kind: str
    source: str
    captured_at: datetime | None
    last_seen_at: datetime
    body_sha256: str | None


@dataclass(frozen=True, slots=True)
class MailChange:
    """A stored change, with what proves it. `fingerprint` is hex."""

    id: int
    page_id: int
    family: str
    kind: str
    direction: str
    severity: str
    before: str
    after: str
    context: str
    region: str
    path: tuple[str, ...]
    reason: str
    rule: str
    places: int
    fingerprint: str
    state: str
    looks: int
    detected_at: datetime
    settled_at: datetime | None
    old: Evidence
    new: Evidence


@dataclass(frozen=True, slots=True)
class MailNotice:
    """A notice or a page's new status."""

    id: int
    page_id: int
    kind: str
    text: str
    detail: str
    noticed_at: datetime


@dataclass(frozen=True, slots=True)
class AlertContents:
    """Everything that a mail is made from. `changes` are in no particular order; `late` are the pages that turned up
    with one of them after the mail was made, and are no part of it. `confirmation` is what such a mail asks."""

    alert: AlertSummary
    subscription: Subscription
    changes: tuple[MailChange, ...]
    notices: tuple[MailNotice, ...]
    pages: tuple[MailPage, ...]
    figures: PeriodFigures | None = None
    late: tuple[MailPage, ...] = ()
    confirmation: Confirmation | None = None

    def page(self, page_id: int) -> MailPage:
        """The page with this id. Raises KeyError."""
        for each in self.pages:
            if each.id == page_id:
                return each
        raise KeyError(page_id)


def load_contents(connection: Connection, alert_id: int, cadence_s: float = CADENCE_S) -> AlertContents:
    """The alert, its subscription, and all that stands in it. `cadence_s` is that of pages without one of their own.

    Raises NotFoundError.
    """
    alert = get_alert(connection, alert_id)
    subscription = get_subscription(connection, str(alert.subscription_id))
    in_alert = select(_join.c.change_id).where(_join.c.alert_id == alert_id)
    changes = _load_changes(connection, _change.c.id.in_(in_alert.where(~_join.c.late)))
    late = select(_change.c.page_id).where(_change.c.id.in_(in_alert.where(_join.c.late)))
    notices = _load_notices(connection, alert_id)
    page_ids = {each.page_id for each in changes} | {each.page_id for each in notices}
    pages = list_mail_pages(connection, page_ids)
    figures = load_figures(connection, alert, cadence_s) if alert.kind == "digest" else None
    asked = get_confirmation(connection, alert.group_key) if alert.kind == "confirmation" else None
    late_pages = list_mail_pages(connection, connection.scalars(late).all())
    return AlertContents(alert, subscription, changes, notices, pages, figures, late_pages, asked)


def load_change(connection: Connection, change_id: int) -> tuple[MailChange, MailPage]:
    """One change and its page. Raises NotFoundError."""
    found = load_changes(connection, [change_id])
    if not found:
        raise NotFoundError("change", str(change_id))
    return found[0], list_mail_pages(connection, [found[0].page_id])[0]


def load_changes(connection: Connection, change_ids: Sequence[int]) -> tuple[MailChange, ...]:
    """The changes with these ids that exist, by id."""
    return _load_changes(connection, _change.c.id.in_(change_ids))


def load_notices(connection: Connection, notice_ids: Sequence[int]) -> tuple[MailNotice, ...]:
    """The notices with these ids that exist, by id."""
    query = select(tables.notice).where(tables.notice.c.id.in_(notice_ids)).order_by(tables.notice.c.id)
    return tuple(_notice(row) for row in connection.execute(query))


def list_mail_pages(connection: Connection, page_ids: Iterable[int]) -> tuple[MailPage, ...]:
    """The pages with these ids, by id."""
    clinic = tables.clinic
    query = (
        select(
            *(_page.c[name] for name in ("id", "url", "language", "clinic_id", "host_id")),
            clinic.c.slug.label("clinic"),
            clinic.c.name.label("clinic_name"),
            clinic.c.country,
        )
        .join(clinic, clinic.c.id == _page.c.clinic_id)
        .where(_page.c.id.in_(list(page_ids)))
        .order_by(_page.c.id)
    )
    return tuple(MailPage(**row._mapping) for row in connection.execute(query))


def last_status_before(connection: Connection, notice: MailNotice) -> str | None:
    """The kind of the page's status notice before this one: what a "recovered" recovered from."""
    table = tables.notice
    query = (
        select(table.c.kind)
        .where(table.c.page_id == notice.page_id, table.c.id < notice.id, table.c.kind.not_in(_NO_STATUS))
        .order_by(table.c.id.desc())
    )
    return connection.scalar(query.limit(1))


_NO_STATUS = (
    "recovered",
    "moved",
    "certificate",
    "accepted",
    "article_in",
    "article_out",
    "document_changed",
    "rotated_out",
)


def _load_changes(connection: Connection, condition: Any) -> tuple[MailChange, ...]:
    return tuple(_mail_change(row._mapping) for row in connection.execute(_changes_query(condition)))


def _changes_query(condition: Any) -> Select[Any]:
    columns: list[Any] = list(_change.c)
    joined: Any = _change
    for side in ("before", "after"):
        snapshot, capture = tables.snapshot.alias(f"{side}_snapshot"), tables.capture.alias(f"{side}_capture")
        joined = joined.join(snapshot, snapshot.c.id == _change.c[f"{side}_snapshot_id"])
        joined = joined.outerjoin(capture, capture.c.id == snapshot.c.capture_id)
        columns += [
            snapshot.c.number.label(f"{side}_version"),
            snapshot.c.kind.label(f"{side}_kind"),
            snapshot.c.source.label(f"{side}_source"),
            snapshot.c.last_seen_at.label(f"{side}_last_seen_at"),
            capture.c.captured_at.label(f"{side}_captured_at"),
            capture.c.body_sha256.label(f"{side}_body_sha256"),
        ]
    return select(*columns).select_from(joined).where(condition).order_by(_change.c.id)


_CHANGE_NAMES = (
    *("id", "page_id", "family", "kind", "direction", "severity", "before", "after", "context", "region", "reason"),
    *("rule", "places", "state", "looks", "detected_at", "settled_at"),
)


def _mail_change(row: Any) -> MailChange:
    return MailChange(
        **{name: row[name] for name in _CHANGE_NAMES},
        path=tuple(row["path"]),
        fingerprint=bytes(row["fingerprint"]).hex(),
        old=_evidence(row, "before"),
        new=_evidence(row, "after"),
    )


def _evidence(row: Any, side: str) -> Evidence:
    sha256 = row[f"{side}_body_sha256"]
    return Evidence(
        version=row[f"{side}_version"],
        kind=row[f"{side}_kind"],
        source=row[f"{side}_source"],
        captured_at=row[f"{side}_captured_at"],
        last_seen_at=row[f"{side}_last_seen_at"],
        body_sha256=None if sha256 is None else bytes(sha256).hex(),
    )


def _load_notices(connection: Connection, alert_id: int) -> tuple[MailNotice, ...]:
    noted = tables.alert_notice
    ids = connection.scalars(select(noted.c.notice_id).where(noted.c.alert_id == alert_id)).all()
    return load_notices(connection, ids)


def _notice(row: Any) -> MailNotice:
    return MailNotice(row.id, row.page_id, row.kind, row.text, row.detail, row.noticed_at)
