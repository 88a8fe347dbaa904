"""Clinics and the pages under watch. Nothing here deletes: a page that is removed keeps its history."""

from __future__ import annotations

import contextlib
import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, func, lateral, select, true, update
from sqlalchemy.dialects.postgresql import insert

from monitor.errors import NotFoundError, UsageError
from monitor.store.tables import clinic, host, page, visit
from monitor.urls import origin_of, page_url
from monitor.watchlist_entries import ClinicEntry, PageEntry, PageSettings

MAX_HINTS = 5
CRASHES_TO_QUARANTINE = 2  # looks in a row on which reading or rendering a page had to be ended
NO_SETTINGS = PageSettings()


class PageState(StrEnum):
    """Whether a page is looked at: `paused` for now not, `removed` no more."""

    ACTIVE = "active"
    PAUSED = "paused"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Clinic:
    """An organisation under watch."""

    id: int
    slug: str
    name: str
    country: str


@dataclass(frozen=True, slots=True)
class Page:
    """One page under watch, with its clinic and its last visit (None: not visited yet).

    One that is `quarantined` is visited, but read on every tenth look only: reading it failed again and again.
    """

    id: int
    clinic: Clinic
    url: str
    origin: str
    language: str
    state: PageState
    cadence_s: float | None
    settings: PageSettings
    created_at: datetime
    next_visit_at: datetime
    visits: int
    failures: int
    snapshot_id: int | None
    last_visit_at: datetime | None
    last_outcome: str | None
    last_reason: str | None
    quarantined: bool = False


@dataclass(frozen=True, slots=True)
class WatchlistReport:
    """What taking over a watchlist did: URLs by what happened to them."""

    added: tuple[str, ...]
    updated: tuple[str, ...]
    restored: tuple[str, ...]
    unchanged: tuple[str, ...]
    removed: tuple[str, ...]  # removed before, and left so


_last = lateral(
    select(visit.c.started_at, visit.c.outcome, visit.c.reason)
    .where(visit.c.page_id == page.c.id)
    .order_by(visit.c.started_at.desc(), visit.c.id.desc())
    .limit(1)
).alias("last")

_PAGES = (
    select(
        page,
        host.c.origin,
        clinic.c.slug,
        clinic.c.name,
        clinic.c.country,
        _last.c.started_at.label("last_visit_at"),
        _last.c.outcome.label("last_outcome"),
        _last.c.reason.label("last_reason"),
    )
    .select_from(
        page.join(clinic, clinic.c.id == page.c.clinic_id)
        .join(host, host.c.id == page.c.host_id)
        .outerjoin(_last, true())
    )
    .order_by(clinic.c.slug, page.c.url)
)


def add_clinic(connection: Connection, slug: str, name: str, country: str = "") -> Clinic:
    """Add a clinic, or give the one of this slug its name and country."""
    statement = insert(clinic).values(slug=slug, name=name, country=country)
    statement = statement.on_conflict_do_update(
        index_elements=[clinic.c.slug], set_={"name": statement.excluded.name, "country": statement.excluded.country}
    )
    return _clinic(connection.execute(statement.returning(clinic)).one())


def get_clinic(connection: Connection, slug: str) -> Clinic:
    """The clinic of this slug. Raises NotFoundError with near matches."""
    row = connection.execute(select(clinic).where(clinic.c.slug == slug)).first()
    if row is None:
        known = list(connection.execute(select(clinic.c.slug).order_by(clinic.c.slug)).scalars())
        raise NotFoundError("clinic", slug, _near(slug, known))
    return _clinic(row)


def list_clinics(connection: Connection) -> tuple[Clinic, ...]:
    """Every clinic, by slug."""
    return tuple(_clinic(row) for row in connection.execute(select(clinic).order_by(clinic.c.slug)))


def add_page(
    connection: Connection,
    clinic_id: int,
    url: str,
    *,
    language: str = "",
    cadence_s: float | None = None,
    settings: PageSettings = NO_SETTINGS,
) -> Page:
    """Watch a page from now on; one that was removed is watched again, with its history.

    Raises UsageError where `url` is no web address or is watched already.
    """
    normal, host_id = _place(connection, url)
    values = {
        "clinic_id": clinic_id,
        "host_id": host_id,
        "url": normal,
        "language": language,
        "cadence_s": cadence_s,
        "settings": settings.to_json(),
    }
    statement = (
        insert(page)
        .values(values)
        .on_conflict_do_update(
            index_elements=[page.c.url],
            set_={**values, "state": PageState.ACTIVE, "next_visit_at": func.now()},
            where=page.c.state == PageState.REMOVED,
        )
        .returning(page.c.id)
    )
    page_id = connection.execute(statement).scalar()
    if page_id is None:
        raise UsageError(f"{normal} is watched already")
    return get_page(connection, str(page_id))


def get_page(connection: Connection, name: str) -> Page:
    """The page that `name` means: its number, its URL, or a part of the URL that only one page has.

    Pages that were removed are found too, but stand back behind the others. Raises NotFoundError with near matches.
    """
    name = name.strip()
    for statement in _exact(name):
        if (row := connection.execute(statement).first()) is not None:
            return _page(row)
    part = page.c.url.ilike(bindparam("part"), escape="\\")
    pattern = "%" + name.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_") + "%"
    found = [_page(row) for row in connection.execute(_PAGES.where(part), {"part": pattern})] if name else []
    watched = [one for one in found if one.state != PageState.REMOVED] or found
    if len(watched) == 1:
        return watched[0]
    if watched:
        raise NotFoundError(
            "page", name, f"that is part of {len(watched)} URLs: {_listed([one.url for one in watched])}"
        )
    known = list(connection.execute(select(page.c.url).order_by(page.c.url)).scalars())
    raise NotFoundError("page", name, _near(name, known))


def list_pages(
    connection: Connection,
    *,
    clinic_slug: str | None = None,
    states: Sequence[PageState] = (PageState.ACTIVE, PageState.PAUSED),
) -> tuple[Page, ...]:
    """Pages by clinic and URL; those that were removed only if asked for."""
    statement = _PAGES.where(page.c.state.in_(states))
    if clinic_slug is not None:
        statement = statement.where(page.c.clinic_id == get_clinic(connection, clinic_slug).id)
    return tuple(_page(row) for row in connection.execute(statement))


def set_page_state(connection: Connection, page_id: int, state: PageState) -> None:
    """Pause, resume or remove a page. One that is resumed is due at once, and out of quarantine.

    Raises NotFoundError.
    """
    values: dict[str, Any] = {"state": state}
    if state == PageState.ACTIVE:
        values |= {"next_visit_at": func.now(), "extract_crashes": 0}
    if connection.execute(update(page).where(page.c.id == page_id).values(values)).rowcount == 0:
        raise NotFoundError("page", str(page_id))


def update_page(
    connection: Connection, page_id: int, *, language: str, cadence_s: float | None, settings: PageSettings
) -> None:
    """Give a page another language, cadence and settings, and another chance to be read. Raises NotFoundError."""
    values: dict[str, Any] = {"language": language, "cadence_s": cadence_s, "settings": settings.to_json()}
    values["extract_crashes"] = 0
    if connection.execute(update(page).where(page.c.id == page_id).values(values)).rowcount == 0:
        raise NotFoundError("page", str(page_id))


def take_watchlist(connection: Connection, entries: Sequence[ClinicEntry], *, restore: bool = True) -> WatchlistReport:
    """Bring clinics and pages in line with a watchlist; what the list does not name stays as it is.

    A page that was removed is watched again only with `restore`; one that is paused stays paused.
    """
    done: dict[str, list[str]] = {name: [] for name in ("added", "updated", "restored", "unchanged", "removed")}
    for entry in entries:
        of = add_clinic(connection, entry.slug, entry.name, entry.country)
        for wanted in entry.pages:
            done[_take_page(connection, of, wanted, restore=restore)].append(wanted.url)
    return WatchlistReport(**{name: tuple(urls) for name, urls in done.items()})


def list_entries(
    connection: Connection, states: Sequence[PageState] = (PageState.ACTIVE, PageState.PAUSED)
) -> tuple[ClinicEntry, ...]:
    """What is watched, as a watchlist."""
    pages: dict[str, list[PageEntry]] = {}
    for one in list_pages(connection, states=states):
        pages.setdefault(one.clinic.slug, []).append(PageEntry(one.url, one.language, one.cadence_s, one.settings))
    return tuple(
        ClinicEntry(one.slug, one.name, one.country, tuple(pages.get(one.slug, ()))) for one in list_clinics(connection)
    )


def _take_page(connection: Connection, of: Clinic, wanted: PageEntry, *, restore: bool) -> str:
    normal = _normal(wanted.url)
    row = connection.execute(_PAGES.where(page.c.url == bindparam("url")), {"url": normal}).first()
    have = _page(row) if row is not None else None
    if have is not None and have.state != PageState.REMOVED:
        if (have.clinic.id, *_details(have)) == (of.id, *_details(wanted)):
            return "unchanged"
        connection.execute(update(page).where(page.c.id == have.id).values(clinic_id=of.id))
        language, cadence_s, settings = _details(wanted)
        update_page(connection, have.id, language=language, cadence_s=cadence_s, settings=settings)
        return "updated"
    if have is not None and not restore:
        return "removed"
    language, cadence_s, settings = _details(wanted)
    add_page(connection, of.id, normal, language=language, cadence_s=cadence_s, settings=settings)
    return "added" if have is None else "restored"


def _details(one: Page | PageEntry) -> tuple[str, float | None, PageSettings]:
    return one.language, one.cadence_s, one.settings


def _place(connection: Connection, url: str) -> tuple[str, int]:
    """The URL as it is stored, and its host's id."""
    normal = _normal(url)
    origin = origin_of(page_url(normal))
    connection.execute(insert(host).values(origin=origin).on_conflict_do_nothing())
    host_id: int = connection.execute(select(host.c.id).where(host.c.origin == origin)).scalar_one()
    return normal, host_id


def _normal(url: str) -> str:
    try:
        return page_url(url).url
    except ValueError as error:
        raise UsageError(f"{url!r} {error}") from error


def _exact(name: str) -> list[Select[Any]]:
    statements = []
    if name.isascii() and name.isdigit() and len(name) < 19:
        statements.append(_PAGES.where(page.c.id == int(name)))
    if "://" in name:
        with contextlib.suppress(ValueError):
            statements.append(_PAGES.where(page.c.url == page_url(name).url))
    return statements


def _near(name: str, known: Sequence[str]) -> str:
    """A hint: what resembles `name`, or that there is nothing at all."""
    if not known:
        return "nothing is watched yet"
    close = difflib.get_close_matches(name.lower(), [one.lower() for one in known], n=MAX_HINTS, cutoff=0.4)
    likely = [one for one in known if one.lower() in close]
    return f"did you mean {_listed(likely)}?" if likely else ""


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - MAX_HINTS} more" if len(names) > MAX_HINTS else ""
    return ", ".join(names[:MAX_HINTS]) + more


def _clinic(row: Row[Any]) -> Clinic:
    return Clinic(row.id, row.slug, row.name, row.country)


def _page(row: Row[Any]) -> Page:
    return Page(
        id=row.id,
        clinic=Clinic(row.clinic_id, row.slug, row.name, row.country),
        url=row.url,
        origin=row.origin,
        language=row.language,
        state=PageState(row.state),
        cadence_s=row.cadence_s,
        settings=PageSettings.from_json(row.settings),
        created_at=row.created_at,
        next_visit_at=row.next_visit_at,
        visits=row.visits,
        failures=row.failures,
        snapshot_id=row.snapshot_id,
        last_visit_at=row.last_visit_at,
        last_outcome=row.last_outcome,
        last_reason=row.last_reason,
        quarantined=row.extract_crashes >= CRASHES_TO_QUARANTINE,
    )
