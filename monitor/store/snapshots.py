"""Snapshots and captures: the versions of a page, and the evidence that they were made from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, bindparam, select

from monitor.errors import BodyCorruptError, NotFoundError
from monitor.store.bodies import get_body
from monitor.store.tables import capture, snapshot
from monitor.text.stored import decode_page_text
from monitor.types import PageText


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A version of a page. A baseline has a `source` (the seed file) and no capture, hence no body and no URL.

    It stood from `created_at` to `last_seen_at` for certain. Digests are hex.
    """

    id: int
    page_id: int
    number: int
    kind: str
    source: str
    created_at: datetime
    last_seen_at: datetime
    extractor: str
    language: str
    title: str
    compared_sha256: str
    text_sha256: bytes
    capture_id: int | None
    body_sha256: bytes | None
    final_url: str | None
    raw_body_sha256: bytes | None = None
    screenshot_sha256: bytes | None = None


@dataclass(frozen=True, slots=True)
class Capture:
    """What came back on a visit. Headers are the bytes that were on the wire, CRLF between lines.

    Of a rendered page, the body is the document that the browser made of what the site sent (`raw_body_sha256`).
    """

    id: int
    page_id: int
    visit_id: int
    captured_at: datetime
    body_sha256: bytes
    url: str
    final_url: str
    http_status: int
    request_headers: bytes
    response_headers: bytes
    redirects: tuple[tuple[str, int, str], ...]  # URL, status, location
    address: str | None
    tls_certificate_sha256: str | None
    wire_bytes: int
    raw_body_sha256: bytes | None = None
    screenshot_sha256: bytes | None = None


_SNAPSHOTS = select(
    snapshot,
    capture.c.body_sha256,
    capture.c.final_url,
    capture.c.raw_body_sha256,
    capture.c.screenshot_sha256,
).select_from(snapshot.outerjoin(capture, capture.c.id == snapshot.c.capture_id))
_OF_PAGE = _SNAPSHOTS.where(snapshot.c.page_id == bindparam("page"))
_NEWEST_FIRST = _OF_PAGE.order_by(snapshot.c.number.desc())
_CAPTURE = select(capture).where(capture.c.id == bindparam("capture"))
_CAPTURES = select(capture).where(capture.c.page_id == bindparam("page")).order_by(capture.c.captured_at, capture.c.id)


def list_snapshots(connection: Connection, page_id: int) -> tuple[Snapshot, ...]:
    """The page's versions, the oldest first."""
    rows = connection.execute(_OF_PAGE.order_by(snapshot.c.number), {"page": page_id})
    return tuple(_snapshot(row) for row in rows)


def get_snapshot(
    connection: Connection, page_id: int, *, number: int | None = None, at: datetime | None = None
) -> Snapshot:
    """Version `number` of the page, or the one that stood `at` that time (aware), or the newest.

    Raises NotFoundError which says what there is.
    """
    if number is not None:
        row = connection.execute(
            _OF_PAGE.where(snapshot.c.number == bindparam("number")), {"page": page_id, "number": number}
        ).first()
        wanted = f"version {number}"
    elif at is not None:
        statement = _NEWEST_FIRST.where(snapshot.c.created_at <= bindparam("at")).limit(1)
        row = connection.execute(statement, {"page": page_id, "at": at}).first()
        wanted = f"version at {at.isoformat()}"
    else:
        row = connection.execute(_NEWEST_FIRST.limit(1), {"page": page_id}).first()
        wanted = "newest version"
    if row is None:
        raise NotFoundError("snapshot", wanted, _what_there_is(connection, page_id))
    return _snapshot(row)


def load_page_text(connection: Connection, text_sha256: bytes) -> PageText:
    """The page text of a snapshot. Raises NotFoundError and BodyCorruptError."""
    try:
        return decode_page_text(get_body(connection, text_sha256))
    except msgspec.DecodeError as error:
        raise BodyCorruptError(text_sha256.hex()) from error


def get_capture(connection: Connection, capture_id: int) -> Capture:
    """One capture. Raises NotFoundError."""
    row = connection.execute(_CAPTURE, {"capture": capture_id}).first()
    if row is None:
        raise NotFoundError("capture", str(capture_id))
    return _capture(row)


def list_captures(connection: Connection, page_id: int) -> tuple[Capture, ...]:
    """Everything that ever came back from the page, the oldest first."""
    return tuple(_capture(row) for row in connection.execute(_CAPTURES, {"page": page_id}))


def _what_there_is(connection: Connection, page_id: int) -> str:
    have = list_snapshots(connection, page_id)
    if not have:
        return "the page has no version yet"
    return f"versions 1 to {have[-1].number} are stored, the first of {have[0].created_at:%Y-%m-%d %H:%M} UTC"


def _snapshot(row: Row[Any]) -> Snapshot:
    return Snapshot(
        id=row.id,
        page_id=row.page_id,
        number=row.number,
        kind=row.kind,
        source=row.source,
        created_at=row.created_at,
        last_seen_at=row.last_seen_at,
        extractor=row.extractor,
        language=row.language,
        title=row.title,
        compared_sha256=bytes(row.compared_sha256).hex(),
        text_sha256=bytes(row.text_sha256),
        capture_id=row.capture_id,
        body_sha256=bytes(row.body_sha256) if row.body_sha256 is not None else None,
        final_url=row.final_url,
        raw_body_sha256=_bytes(row.raw_body_sha256),
        screenshot_sha256=_bytes(row.screenshot_sha256),
    )


def _bytes(value: bytes | memoryview | None) -> bytes | None:
    return None if value is None else bytes(value)


def _capture(row: Row[Any]) -> Capture:
    return Capture(
        id=row.id,
        page_id=row.page_id,
        visit_id=row.visit_id,
        captured_at=row.captured_at,
        body_sha256=bytes(row.body_sha256),
        url=row.url,
        final_url=row.final_url,
        http_status=row.http_status,
        request_headers=bytes(row.request_headers),
        response_headers=bytes(row.response_headers),
        redirects=tuple((hop["url"], hop["status"], hop["location"]) for hop in row.redirects),
        address=row.address,
        tls_certificate_sha256=row.tls_certificate_sha256,
        wire_bytes=row.wire_bytes,
        raw_body_sha256=_bytes(row.raw_body_sha256),
        screenshot_sha256=_bytes(row.screenshot_sha256),
    )
