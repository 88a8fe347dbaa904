"""The history in the browser, for analysts: clinics, pages, versions, what differs, and a search. Read only.

Unlike the pages behind signed links it asks for no proof, so by default it answers this machine alone (`web.history`).
What pages wrote is text here too: escaped, without controls, and never a link.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any, Literal

from jinja2 import Environment

from monitor.alerts.catalogue import catalogue
from monitor.alerts.clean import clean_line, clean_text
from monitor.alerts.view import live_link
from monitor.alerts.wording import utc
from monitor.compare.lines import DiffLine, diff_lines, with_context
from monitor.errors import NotFoundError
from monitor.store.bodies import get_body
from monitor.store.changes import ChangeFilter, list_changes
from monitor.store.history import list_visits
from monitor.store.pages import Page as WatchedPage
from monitor.store.pages import PageState, get_clinic, get_page, list_clinics, list_pages
from monitor.store.search import search_statements
from monitor.store.snapshots import Snapshot, get_snapshot, list_snapshots, load_page_text
from monitor.types import Block, PageText
from monitor.web.environment import Page, make_environment

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

MOST_ROWS = 200  # of a table: the command line has no such bound
MOST_BLOCKS = 4_000  # of a text that is compared while somebody waits
EVERY_STATE = tuple(PageState)
Mark = Literal["=", "-", "+"]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a difference: how it is marked, its marked words, and whether something was left out above."""

    mark: str
    parts: tuple[tuple[str, str], ...]
    after_gap: bool


@dataclass(frozen=True, slots=True)
class Raw:
    """A captured body, to be saved and never shown."""

    name: str
    content: bytes


def make_history_environment() -> Environment:
    """The templates, with what cleans a page's words and tells times."""
    made = make_environment()
    made.filters |= {"utc": utc, "words": clean_text, "line": clean_line, "piece": _piece}
    return made


@dataclass(frozen=True, slots=True)
class History:
    """All pages of the history, over one store; below `root`."""

    engine: Engine
    root: str
    _templates: Environment = field(default_factory=make_history_environment)

    def home(self) -> Page:
        with self.engine.connect() as connection:
            pages = list_pages(connection, states=EVERY_STATE)
            clinics = list_clinics(connection)
        counts = {one.id: sum(page.clinic.id == one.id for page in pages) for one in clinics}
        return self._page("home", "Clinics", clinics=clinics, counts=counts)

    def clinic(self, slug: str) -> Page:
        """Raises NotFoundError."""
        with self.engine.connect() as connection:
            clinic = get_clinic(connection, slug)
            pages = list_pages(connection, clinic_slug=slug, states=EVERY_STATE)
            changes = list_changes(connection, ChangeFilter(clinic_slug=slug), limit=MOST_ROWS)
        return self._page("clinic", clinic.name, clinic=clinic, pages=pages, changes=changes)

    def page(self, page_id: int) -> Page:
        """Versions, changes and looks of a page, the newest first. Raises NotFoundError."""
        with self.engine.connect() as connection:
            page = _watched(connection, page_id)
            versions = list_snapshots(connection, page.id)[::-1]
            changes = list_changes(connection, ChangeFilter(page_id=page.id), limit=MOST_ROWS)
            visits = list_visits(connection, page.id, limit=MOST_ROWS)
        shown = versions[:MOST_ROWS]
        return self._of_page("page", page, versions=shown, of=len(versions), changes=changes, visits=visits)

    def version(self, page_id: int, number: int | None, day: date | None = None) -> Page:
        """What a page said in one version, or at the end of a day (UTC). Raises NotFoundError."""
        at = datetime.combine(day, time.max, tzinfo=UTC) if day else None
        with self.engine.connect() as connection:
            page = _watched(connection, page_id)
            found = get_snapshot(connection, page.id, number=number, at=at)
            text = load_page_text(connection, found.text_sha256)
        return self._of_page("version", page, version=found, day=day, blocks=tuple(_shown(text)))

    def difference(self, page_id: int, before: int, after: int) -> Page:
        """What differs between two versions. Raises NotFoundError."""
        with self.engine.connect() as connection:
            page = _watched(connection, page_id)
            sides = [get_snapshot(connection, page.id, number=number) for number in (before, after)]
            texts = [load_page_text(connection, one.text_sha256) for one in sides]
        too_long = max(len(one.blocks) for one in texts) > MOST_BLOCKS
        lines = () if too_long else tuple(_lines(with_context(diff_lines(*texts), 1)))
        return self._of_page("diff", page, before=sides[0], after=sides[1], lines=lines, too_long=too_long)

    def search(self, words: str) -> Page:
        with self.engine.connect() as connection:
            hits = search_statements(connection, words[:500], limit=MOST_ROWS) if words.strip() else ()
        return self._page("search", "Search", words=clean_line(words, 500), hits=hits)

    def raw(self, page_id: int, number: int) -> Raw:
        """The bytes that a version was made from, exactly. Raises NotFoundError, also for a baseline: it has none."""
        with self.engine.connect() as connection:
            page = _watched(connection, page_id)
            found = get_snapshot(connection, page.id, number=number)
            content = _body(connection, found)
        return Raw(f"page-{page.id}-version-{found.number}.bin", content)

    def missing(self, error: NotFoundError) -> Page:
        """What there is not, in a line."""
        made = self._page("missing", "Not found", problem=clean_line(str(error), 500))
        return Page(404, made.html)

    def _of_page(self, template: str, page: WatchedPage, **values: Any) -> Page:
        return self._page(template, page.url, page=page, live=live_link(page.url), **values)

    def _page(self, template: str, title: str, **values: Any) -> Page:
        made = self._templates.get_template(f"history_{template}.html.j2")
        return Page(200, made.render(say=catalogue("en"), title=clean_line(title, 300), root=self.root, **values))


def _watched(connection: Connection, page_id: int) -> WatchedPage:
    page = get_page(connection, str(page_id))
    if page.id != page_id:  # a part of another's URL
        raise NotFoundError("page", str(page_id))
    return page


def _piece(text: str) -> str:
    """Clean words between others: the spaces at their ends stay."""
    clean = clean_text(text)
    return f"{' ' * text[:1].isspace()}{clean}{' ' * text[-1:].isspace()}" if clean else " " * bool(text)


def _body(connection: Connection, found: Snapshot) -> bytes:
    if found.body_sha256 is None:
        raise NotFoundError("capture", f"version {found.number}", f"it was imported from {found.source}")
    return get_body(connection, found.body_sha256)


def _shown(text: PageText) -> Iterable[tuple[Block, bool]]:
    """Each block, and whether it is the first below its heading."""
    above: tuple[str, ...] = ()
    for block in text.blocks[:MOST_BLOCKS]:
        yield block, block.path != above
        above = block.path


def _lines(shown: tuple[tuple[int, DiffLine], ...]) -> Iterable[Line]:
    last = -1
    for index, line in shown:
        parts: dict[str, tuple[tuple[Mark, str], ...]] = {
            "~": line.words,
            "-": (("-", line.before),),
            "+": (("+", line.after),),
        }
        yield Line(line.mark, parts.get(line.mark, (("=", line.after),)), index != last + 1)
        last = index
