"""What one look at a page writes: visit, capture, snapshot, changes, and the page's own state.

Every function works inside the caller's transaction, which has proved its lease first (`leases.hold_fence`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, insert, select, text, update

from crawler.types import Result
from monitor.errors import NotFoundError
from monitor.store import tables
from monitor.watchlist_entries import PageSettings


@dataclass(frozen=True, slots=True)
class SnapshotForVisit:
    """A stored version of the page as a look needs it. `capture_sha256` is None for a baseline."""

    id: int
    number: int
    kind: str
    extractor: str
    created_at: datetime
    compared_sha256: bytes
    text_sha256: bytes
    capture_sha256: bytes | None
    content_type: str = ""
    rendered: bool = False
    final_url: str = ""


@dataclass(frozen=True, slots=True)
class PageForVisit:
    """A page and all that a look at it must know, read under the host's lease.

    `body_sha256` names the bytes of the newest good capture (`raw_body_sha256`: of a rendered page what the site
    sent), `newest` the newest snapshot, `settled` the newest that
    left nothing pending; `pending` counts changes that wait for another look.
    """

    id: int
    clinic_id: int
    host_id: int
    url: str
    language: str
    settings: PageSettings
    cadence_s: float | None
    next_purpose: str
    visits: int
    failures: int
    episode_outcome: str | None
    etag: bytes | None
    last_modified: bytes | None
    validators_url: str | None
    moved_to: str | None
    moved_looks: int
    certificate_ending: str | None
    certificate_looks: int
    capture_id: int | None
    body_sha256: bytes | None
    newest: SnapshotForVisit | None
    settled: SnapshotForVisit | None
    unsettled_looks: int
    second_look_failures: int
    extract_crashes: int
    pending: int
    raw_body_sha256: bytes | None = None

    @property
    def snapshot_is_baseline(self) -> bool:
        """Is the newest snapshot a seed, so that nothing was seen of the page itself?"""
        return self.newest is not None and self.newest.kind == "baseline"


_SNAPSHOT = """
    {0}.id AS {0}_id, {0}.number AS {0}_number, {0}.kind AS {0}_kind, {0}.extractor AS {0}_extractor,
    {0}.created_at AS {0}_created_at, {0}.compared_sha256 AS {0}_compared_sha256,
    {0}.text_sha256 AS {0}_text_sha256, {0}_capture.body_sha256 AS {0}_capture_sha256,
    {0}_capture.response_headers AS {0}_headers, {0}_capture.raw_body_sha256 AS {0}_raw,
    {0}_capture.final_url AS {0}_final_url"""

_PAGES = f"""
    SELECT page.*, capture.body_sha256, capture.raw_body_sha256,
           (SELECT count(*) FROM change WHERE change.page_id = page.id AND change.state = 'pending') AS pending,
           {_SNAPSHOT.format("newest")}, {_SNAPSHOT.format("settled")}
      FROM page
      LEFT JOIN capture ON capture.id = page.capture_id
      LEFT JOIN snapshot AS newest ON newest.id = page.snapshot_id
      LEFT JOIN capture AS newest_capture ON newest_capture.id = newest.capture_id
      LEFT JOIN snapshot AS settled ON settled.id = page.settled_snapshot_id
      LEFT JOIN capture AS settled_capture ON settled_capture.id = settled.capture_id
"""  # noqa: S608 (nothing in it comes from outside)

_DUE_PAGES = text(
    _PAGES
    + """
     WHERE page.host_id = :host_id AND page.state = 'active' AND page.next_visit_at <= clock_timestamp()
     ORDER BY page.next_visit_at, page.id LIMIT :most"""
)
_ONE_SNAPSHOT = text(f"""
    SELECT {_SNAPSHOT.format("one")}
      FROM snapshot AS one LEFT JOIN capture AS one_capture ON one_capture.id = one.capture_id
     WHERE one.id = :snapshot_id
""")  # noqa: S608
_ONE_PAGE = text(_PAGES + " WHERE page.id = :page_id")

_LOOK = text("""
    WITH seen AS (
        INSERT INTO visit (page_id, started_at, duration_ms, purpose, outcome, reason, http_status, detail, snapshot_id)
        VALUES (:page_id, :started_at, :duration_ms, :purpose, :outcome, :reason, :http_status, :detail, :snapshot_id)
        RETURNING id
    ), agreed AS (
        UPDATE snapshot SET last_seen_at = :started_at WHERE id = :snapshot_id
    )
    SELECT id FROM seen
""")


def list_due_pages(connection: Connection, host_id: int, most: int) -> tuple[PageForVisit, ...]:
    """The host's pages whose time has come, the longest due first."""
    return tuple(_page(row) for row in connection.execute(_DUE_PAGES, {"host_id": host_id, "most": most}))


def get_page_for_visit(connection: Connection, page_id: int) -> PageForVisit:
    """One page, due or not. Raises NotFoundError."""
    row = connection.execute(_ONE_PAGE, {"page_id": page_id}).first()
    if row is None:
        raise NotFoundError("page", str(page_id))
    return _page(row)


def get_snapshot_for_visit(connection: Connection, snapshot_id: int) -> SnapshotForVisit:
    """One version of a page. Raises NotFoundError."""
    row = connection.execute(_ONE_SNAPSHOT, {"snapshot_id": snapshot_id}).first()
    snapshot = None if row is None else _snapshot(row, "one")
    if snapshot is None:
        raise NotFoundError("snapshot", str(snapshot_id))
    return snapshot


def _page(row: Row[Any]) -> PageForVisit:
    return PageForVisit(
        id=row.id,
        clinic_id=row.clinic_id,
        host_id=row.host_id,
        url=row.url,
        language=row.language,
        settings=PageSettings.from_json(row.settings),
        cadence_s=row.cadence_s,
        next_purpose=row.next_purpose,
        visits=row.visits,
        failures=row.failures,
        episode_outcome=row.episode_outcome,
        etag=_bytes(row.etag),
        last_modified=_bytes(row.last_modified),
        validators_url=row.validators_url,
        moved_to=row.moved_to,
        moved_looks=row.moved_looks,
        certificate_ending=row.certificate_ending,
        certificate_looks=row.certificate_looks,
        capture_id=row.capture_id,
        body_sha256=_bytes(row.body_sha256),
        newest=_snapshot(row, "newest"),
        settled=_snapshot(row, "settled"),
        unsettled_looks=row.unsettled_looks,
        second_look_failures=row.second_look_failures,
        extract_crashes=row.extract_crashes,
        pending=row.pending,
        raw_body_sha256=_bytes(row.raw_body_sha256),
    )


def _snapshot(row: Row[Any], name: str) -> SnapshotForVisit | None:
    field = row._mapping
    if field[f"{name}_id"] is None:
        return None
    return SnapshotForVisit(
        id=field[f"{name}_id"],
        number=field[f"{name}_number"],
        kind=field[f"{name}_kind"],
        extractor=field[f"{name}_extractor"],
        created_at=field[f"{name}_created_at"],
        compared_sha256=bytes(field[f"{name}_compared_sha256"]),
        text_sha256=bytes(field[f"{name}_text_sha256"]),
        capture_sha256=_bytes(field[f"{name}_capture_sha256"]),
        content_type=header_of(field[f"{name}_headers"], b"content-type"),
        rendered=field[f"{name}_raw"] is not None,
        final_url=field[f"{name}_final_url"] or "",
    )


def _bytes(value: Any) -> bytes | None:
    return None if value is None else bytes(value)


def header_of(lines: bytes | memoryview | None, name: bytes) -> str:
    """The first header `name` (lower case) of stored header lines, as text; "" where there is none."""
    for line in bytes(lines or b"").split(b"\r\n"):
        key, _, value = line.partition(b":")
        if key.strip().lower() == name:
            return value.strip().decode("latin-1")
    return ""


def record_visit(connection: Connection, page_id: int, purpose: str, result: Result, snapshot_id: int | None) -> int:
    """Write the one row of this visit and return its id.

    `snapshot_id` is the stored version that the look agrees with, if it agrees with one: it was seen once more.
    """
    exchange = result.exchange
    detail = "; ".join(part for part in (result.detail, " ".join(result.signals)) if part)
    row = {
        "page_id": page_id,
        "started_at": exchange.started_at,
        "duration_ms": round(exchange.duration_s * 1000),
        "purpose": purpose,
        "outcome": str(result.outcome),
        "reason": result.reason,
        "http_status": exchange.status,
        "detail": clean_text(detail),
        "snapshot_id": snapshot_id,
    }
    return int(connection.execute(_LOOK, row).scalar_one())


def clean_text(value: str) -> str:
    """`value` as Postgres can hold it: NUL and lone surrogates become U+FFFD."""
    if not value.isascii():  # UTF-16 tells a lone surrogate from one half of a pair
        value = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value.replace("\x00", "\ufffd")


@dataclass(frozen=True, slots=True)
class SnapshotText:
    """The page text of a snapshot, stored already under `text_sha256`, and what is asked of it most."""

    extractor: str
    language: str
    title: str
    compared_sha256: bytes
    text_sha256: bytes


def next_snapshot_number(connection: Connection, page_id: int) -> int:
    """The number that the page's next version gets."""
    newest = select(func.max(tables.snapshot.c.number)).where(tables.snapshot.c.page_id == page_id)
    return (connection.execute(newest).scalar() or 0) + 1


def record_snapshot(
    connection: Connection,
    page_id: int,
    number: int,
    words: SnapshotText,
    *,
    created_at: datetime,
    capture_id: int | None = None,
    source: str = "",
) -> int:
    """Write version `number` of a page and return its id; without a capture it is a baseline."""
    row = {
        "page_id": page_id,
        "number": number,
        "kind": "live" if capture_id is not None else "baseline",
        "capture_id": capture_id,
        "source": source,
        "created_at": created_at,
        "last_seen_at": created_at,
        **_text_row(words),
    }
    return int(connection.execute(insert(tables.snapshot).returning(tables.snapshot.c.id), row).scalar_one())


_KEEP_FORMER = text("""
    INSERT INTO former_text (snapshot_id, extractor, compared_sha256, text_sha256)
    SELECT id, extractor, compared_sha256, text_sha256 FROM snapshot WHERE id = :snapshot_id AND extractor <> :extractor
        ON CONFLICT DO NOTHING
""")


def rewrite_snapshot_text(connection: Connection, snapshot_id: int, words: SnapshotText) -> None:
    """Replace a snapshot's derived text by what a newer extractor makes of the same capture; the old one, which
    changes were told from, is kept beside it."""
    connection.execute(_KEEP_FORMER, {"snapshot_id": snapshot_id, "extractor": words.extractor})
    connection.execute(update(tables.snapshot).where(tables.snapshot.c.id == snapshot_id).values(_text_row(words)))


def _text_row(words: SnapshotText) -> dict[str, object]:
    return {
        "extractor": words.extractor,
        "language": words.language,
        "title": clean_text(words.title),
        "compared_sha256": words.compared_sha256,
        "text_sha256": words.text_sha256,
    }


def link_visit(
    connection: Connection, visit_id: int, capture_id: int | None, snapshot_id: int | None, held: int | None = None
) -> None:
    """Say what the visit brought, in the transaction that wrote it; `held` blocks differed and are known as noise."""
    row = {"capture_id": capture_id, "snapshot_id": snapshot_id, "held": held}
    connection.execute(update(tables.visit).where(tables.visit.c.id == visit_id).values(row))


_PAGE_AFTER = (
    update(tables.page)
    .where(tables.page.c.id == bindparam("of_page"))
    .values(
        {
            name: bindparam(name)
            for name in (
                "visits",
                "failures",
                "episode_outcome",
                "etag",
                "last_modified",
                "validators_url",
                "moved_to",
                "moved_looks",
                "certificate_ending",
                "certificate_looks",
                "capture_id",
                "snapshot_id",
                "settled_snapshot_id",
                "unsettled_looks",
                "second_look_failures",
                "extract_crashes",
                "next_visit_at",
                "next_purpose",
            )
        }
    )
)


@dataclass(frozen=True, slots=True)
class PageAfterVisit:
    """The page's own columns after a look."""

    visits: int
    failures: int
    episode_outcome: str | None
    etag: bytes | None
    last_modified: bytes | None
    validators_url: str | None
    moved_to: str | None
    moved_looks: int
    certificate_ending: str | None
    certificate_looks: int
    capture_id: int | None
    snapshot_id: int | None
    settled_snapshot_id: int | None
    unsettled_looks: int
    second_look_failures: int
    extract_crashes: int
    next_visit_at: datetime
    next_purpose: str


def record_page(connection: Connection, page_id: int, after: PageAfterVisit) -> None:
    """Write the page's state after a look."""
    row = {name: getattr(after, name) for name in PageAfterVisit.__slots__}
    connection.execute(_PAGE_AFTER, {**row, "of_page": page_id})


def list_last_outcomes(connection: Connection, page_id: int, most: int) -> tuple[tuple[str, str | None], ...]:
    """Outcome and reason of the page's last visits, newest first."""
    visit = tables.visit.c
    statement = (
        select(visit.outcome, visit.reason)
        .where(visit.page_id == page_id)
        .order_by(visit.started_at.desc(), visit.id.desc())
        .limit(most)
    )
    return tuple((row.outcome, row.reason) for row in connection.execute(statement))
