"""Rows for tests of alerts: a small watched world, written straight into the tables."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, select

from monitor.store import tables

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


def add_clinic(connection: Connection, slug: str = "stemedix", name: str = "Stemedix") -> int:
    return _insert(connection, tables.clinic, slug=slug, name=name, country="US")


def add_page(connection: Connection, clinic_id: int, url: str, language: str = "en") -> int:
    """A page with a baseline-free history: two live snapshots, each with its capture and visit."""
    origin = "/".join(url.split("/")[:3])
    host_id = connection.scalar(select(tables.host.c.id).where(tables.host.c.origin == origin))
    if host_id is None:
        host_id = _insert(connection, tables.host, origin=origin)
    page_id = _insert(connection, tables.page, clinic_id=clinic_id, host_id=host_id, url=url, language=language)
    add_snapshot(connection, page_id, 1, NOW - timedelta(days=2))
    add_snapshot(connection, page_id, 2, NOW - timedelta(minutes=10))
    return page_id


def add_snapshot(connection: Connection, page_id: int, number: int, at: datetime, *, baseline: bool = False) -> int:
    body = f"page {page_id} version {number} {'baseline' if baseline else 'live'}".encode()
    sha256 = hashlib.sha256(body).digest()
    _insert(connection, tables.body, sha256=sha256, size=len(body), codec="none", data=body)
    capture_id = None
    if not baseline:
        visit_id = add_visit(connection, page_id, at)
        capture_id = _insert(
            connection,
            tables.capture,
            page_id=page_id,
            visit_id=visit_id,
            captured_at=at,
            body_sha256=sha256,
            url="https://example.org/",
            final_url="https://example.org/",
            http_status=200,
            request_headers=b"",
            response_headers=b"",
        )
    return _insert(
        connection,
        tables.snapshot,
        page_id=page_id,
        number=number,
        kind="baseline" if baseline else "live",
        source="seeds/000.txt" if baseline else "",
        capture_id=capture_id,
        created_at=at,
        last_seen_at=at + timedelta(hours=1),
        extractor="1",
        compared_sha256=sha256,
        text_sha256=sha256,
    )


def add_visit(connection: Connection, page_id: int, at: datetime, outcome: str = "ok") -> int:
    return _insert(
        connection,
        tables.visit,
        page_id=page_id,
        started_at=at,
        duration_ms=120,
        purpose="scheduled",
        outcome=outcome,
    )


def add_change(connection: Connection, page_id: int, **given: Any) -> int:
    """A confirmed change between the page's versions 1 and 2; `fingerprint` is a word that tells changes apart."""
    versions = connection.execute(
        select(tables.snapshot.c.id).where(tables.snapshot.c.page_id == page_id).order_by(tables.snapshot.c.number)
    ).scalars()
    first, *_, last = versions.all()
    values: dict[str, Any] = {
        "family": "disclaimer",
        "kind": "status",
        "direction": "removed",
        "severity": "critical",
        "before": "The treatment is not approved by the FDA.",
        "after": "",
        "context": "",
        "region": "footer",
        "path": ["Spinal cord injury", "Costs"],
        "reason": "a disclaimer is gone: not approved",
        "rule": "status.removed",
        "state": "confirmed",
        "looks": 2,
        "detected_at": NOW - timedelta(minutes=10),
        "settled_at": NOW,
    } | given
    word = values.pop("fingerprint", f"change {page_id} {values['kind']} {values['before']} {values['after']}")
    return _insert(
        connection,
        tables.change,
        page_id=page_id,
        before_snapshot_id=first,
        after_snapshot_id=last,
        fingerprint=hashlib.sha256(word.encode()).digest(),
        **values,
    )


def add_notice(connection: Connection, page_id: int, kind: str, words: str, at: datetime = NOW) -> int:
    return _insert(connection, tables.notice, page_id=page_id, kind=kind, text=words, noticed_at=at)


def _insert(connection: Connection, table: Any, **values: Any) -> int:
    key = next(iter(table.primary_key.columns))
    return connection.execute(insert(table).values(**values).returning(key)).scalar_one()
