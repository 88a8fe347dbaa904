"""Observations for tests of what is read back: looks, versions and changes, written by the store's own functions."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, text

from crawler.outcomes import Outcome, outcome_of
from crawler.types import Exchange, Hop, Result, Target
from monitor.evidence.chain import visit_record
from monitor.store.bodies import put_body
from monitor.store.captures import record_capture
from monitor.store.ledger import update_ledger
from monitor.store.passages import update_passages
from monitor.store.pending import record_changes, settle_changes
from monitor.store.records import append_record
from monitor.store.visits import (
    SnapshotText,
    link_visit,
    next_snapshot_number,
    record_snapshot,
    record_visit,
)
from monitor.text.keys import compared_digest, fold
from monitor.text.stored import encode_page_text
from monitor.types import Block, BlockKind, Change, Direction, Kind, PageText, Region, Severity, Statement

START = datetime(2026, 5, 1, tzinfo=UTC)
OPEN_PAGE = text("UPDATE page SET snapshot_id = :snapshot, next_visit_at = :next, visits = visits + 1 WHERE id = :page")


def hour(number: float) -> datetime:
    return START + timedelta(hours=number)


def page_text(paragraphs: Sequence[str], boilerplate: Sequence[str] = ()) -> PageText:
    blocks = tuple(
        Block(words, fold(words), BlockKind.PARAGRAPH, Region.MAIN, boilerplate="nav" if words in boilerplate else None)
        for words in (*paragraphs, *boilerplate)
    )
    return PageText("1", "en", "Treatments", blocks, compared_digest(blocks))


def claim(words: str, kind: Kind = Kind.EFFICACY) -> Statement:
    return Statement(
        kind, words, fold(words), 0, Region.MAIN, ("Treatments",), "en", "test.rule", 0.5, values=(("percent", 80.0),)
    )


def answered(url: str, at: datetime) -> Result:
    exchange = Exchange(
        url + "/",
        at,
        0.25,
        status=200,
        response_headers=((b"Content-Type", b"text/html"),),
        redirects=(Hop(url, 301, url + "/"),),
        address="192.0.2.1:443",
    )
    return Result(Target(url), Outcome.OK, None, exchange)


def failed(url: str, at: datetime, reason: str) -> Result:
    return Result(Target(url), outcome_of(reason), reason, Exchange(url, at, 1.0), "as the test wants it")


def see(
    connection: Connection,
    page_id: int,
    at: datetime,
    paragraphs: Sequence[str],
    statements: Sequence[Statement] = (),
    boilerplate: Sequence[str] = (),
) -> int:
    """A look that brings a new version of the page; the visit's id."""
    url = f"https://a.example/{page_id}"
    result = answered(url, at)
    body = put_body(connection, "\n".join(paragraphs).encode())
    visit_id = record_visit(connection, page_id, "scheduled", result, None)
    capture_id = record_capture(connection, page_id, visit_id, result, body)
    seen = page_text(paragraphs, boilerplate)
    words = put_body(connection, encode_page_text(seen))
    stored = SnapshotText(seen.extractor, seen.language, seen.title, bytes.fromhex(seen.compared_sha256), words)
    number = next_snapshot_number(connection, page_id)
    snapshot_id = record_snapshot(connection, page_id, number, stored, created_at=at, capture_id=capture_id)
    link_visit(connection, visit_id, capture_id, snapshot_id)
    update_ledger(connection, page_id, snapshot_id, at, statements)
    update_passages(connection, page_id, snapshot_id, at, seen.blocks)
    connection.execute(OPEN_PAGE, {"snapshot": snapshot_id, "next": at + timedelta(hours=6), "page": page_id})
    link(connection, visit_id, page_id, result, body)
    return visit_id


def see_again(connection: Connection, page_id: int, at: datetime) -> int:
    """A look that agrees with the newest version; the visit's id."""
    newest = connection.execute(text("SELECT snapshot_id FROM page WHERE id = :id"), {"id": page_id}).scalar_one()
    result = answered(f"https://a.example/{page_id}", at)
    visit_id = record_visit(connection, page_id, "scheduled", result, newest)
    link(connection, visit_id, page_id, result, None)
    return visit_id


def miss(connection: Connection, page_id: int, at: datetime, reason: str) -> int:
    """A look that fails; the visit's id."""
    result = failed(f"https://a.example/{page_id}", at, reason)
    visit_id = record_visit(connection, page_id, "scheduled", result, None)
    link(connection, visit_id, page_id, result, None)
    return visit_id


def link(connection: Connection, visit_id: int, page_id: int, result: Result, body: bytes | None) -> None:
    content = visit_record(
        visit_id=visit_id, page_id=page_id, purpose="scheduled", result=result, body_sha256=body, extractor="1"
    )
    append_record(connection, visit_id, content)


def find_change(
    connection: Connection,
    page_id: int,
    visit_id: int | None,
    at: datetime,
    words: str,
    *,
    kind: Kind = Kind.EFFICACY,
    direction: Direction = Direction.ADDED,
    severity: Severity = Severity.HIGH,
    state: str = "pending",
) -> int:
    """A change between the page's two newest versions; its id."""
    query = "SELECT id FROM snapshot WHERE page_id = :page ORDER BY number DESC LIMIT 2"
    after, before = connection.execute(text(query), {"page": page_id}).scalars()
    fingerprint = hashlib.sha256(words.encode()).hexdigest()
    change = Change(kind, direction, severity, "", words, Region.MAIN, ("Costs",), "new", "test.rule", fingerprint)
    return record_changes(
        connection,
        page_id,
        [change],
        before_snapshot_id=before,
        after_snapshot_id=after,
        visit_id=visit_id,
        state=state,
        detected_at=at,
    )[0]


def confirm(connection: Connection, page_id: int, change_id: int, at: datetime, state: str = "confirmed") -> None:
    """A look that settles a change."""
    result = answered(f"https://a.example/{page_id}", at)
    visit_id = record_visit(connection, page_id, "second_look", result, None)
    settle_changes(connection, [change_id], state, visit_id, at)
    content = visit_record(
        visit_id=visit_id, page_id=page_id, purpose="second_look", result=result, body_sha256=None, extractor="1"
    )
    append_record(connection, visit_id, content)
