"""What one capture writes: the evidence of a look, never rewritten."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, insert

from crawler.types import Headers, Result
from monitor.store import tables
from monitor.store.visits import clean_text


@dataclass(frozen=True, slots=True)
class RenderedBodies:
    """The stored bodies that a rendered page has besides its document: what the site sent, and a picture."""

    raw_body_sha256: bytes | None = None
    screenshot_sha256: bytes | None = None


NOT_RENDERED = RenderedBodies()


def record_capture(
    connection: Connection,
    page_id: int,
    visit_id: int,
    result: Result,
    body_sha256: bytes,
    *,
    rendered: RenderedBodies = NOT_RENDERED,
) -> int:
    """Write what came back, for good, and return the capture's id. The bodies are stored already."""
    exchange = result.exchange
    redirects = [{"url": hop.url, "status": hop.status, "location": hop.location} for hop in exchange.redirects]
    statement = insert(tables.capture).returning(tables.capture.c.id)
    row = {
        "page_id": page_id,
        "visit_id": visit_id,
        "captured_at": exchange.started_at,
        "body_sha256": body_sha256,
        "raw_body_sha256": rendered.raw_body_sha256,
        "screenshot_sha256": rendered.screenshot_sha256,
        "url": clean_text(result.target.url),
        "final_url": clean_text(exchange.final_url),
        "http_status": exchange.status or 0,
        "request_headers": header_lines(exchange.request_headers),
        "response_headers": header_lines(exchange.response_headers),
        "redirects": [{key: clean_json(value) for key, value in hop.items()} for hop in redirects],
        "address": exchange.address,
        "tls_certificate_sha256": exchange.tls.certificate_sha256 if exchange.tls else None,
        "wire_bytes": exchange.wire_bytes,
    }
    return int(connection.execute(statement, row).scalar_one())


def header_lines(headers: Headers) -> bytes:
    """Headers as they stood on the wire, CRLF between lines."""
    return b"\r\n".join(name + b": " + value for name, value in headers)


def clean_json(value: object) -> object:
    """The same for one scalar of a JSON document."""
    return clean_text(value) if isinstance(value, str) else value
