"""Changes for feeds, newest first."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select

from monitor.errors import NotFoundError
from monitor.store import tables
from monitor.store.alert_contents import MailChange, MailPage, list_mail_pages, load_changes

_change, _page = tables.change, tables.page
Told = tuple[tuple[MailChange, MailPage], ...]


def list_clinic_changes(connection: Connection, slug: str, limit: int) -> tuple[str, Told]:
    """The clinic's name, and the changes on its pages that were mailed or would be. Raises NotFoundError."""
    clinic = tables.clinic
    found = connection.execute(select(clinic.c.id, clinic.c.name).where(clinic.c.slug == slug)).first()
    if found is None:
        raise NotFoundError("clinic", slug)
    query = (
        select(_change.c.id)
        .join(_page, _page.c.id == _change.c.page_id)
        .where(_page.c.clinic_id == found.id, _change.c.state.in_(("confirmed", "unrepeated")))
        .order_by(_change.c.settled_at.desc(), _change.c.id.desc())
    )
    return found.name, _told(connection, connection.scalars(query.limit(limit)).all())


def list_subscription_changes(connection: Connection, subscription_id: int, limit: int) -> Told:
    """The changes that a subscription was told of, or is about to be."""
    join, alert = tables.alert_change, tables.alert
    query = (
        select(_change.c.id)
        .where(
            _change.c.id.in_(
                select(join.c.change_id)
                .join(alert, alert.c.id == join.c.alert_id)
                .where(alert.c.subscription_id == subscription_id)
            )
        )
        .order_by(_change.c.settled_at.desc(), _change.c.id.desc())
    )
    return _told(connection, connection.scalars(query.limit(limit)).all())


def _told(connection: Connection, ids: Sequence[int]) -> Told:
    changes = {each.id: each for each in load_changes(connection, ids)}
    pages = {each.id: each for each in list_mail_pages(connection, {each.page_id for each in changes.values()})}
    return tuple((changes[id_], pages[changes[id_].page_id]) for id_ in ids)
