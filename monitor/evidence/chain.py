"""What a visit's record says: everything that was seen and how, as canonical JSON. Pure.

Failed looks have records too: that a page could not be read at a time is evidence like any other.
"""

from __future__ import annotations

from typing import Any

import msgspec

from crawler.types import Headers, Result
from monitor.store.captures import NOT_RENDERED, RenderedBodies
from monitor.store.records import utc_text

SOFTWARE = "clinicwatch/0.1.0"


def visit_record(
    *,
    visit_id: int,
    page_id: int,
    purpose: str,
    result: Result,
    body_sha256: bytes | None,
    extractor: str,
    rendered: RenderedBodies = NOT_RENDERED,
    software: str = SOFTWARE,
) -> bytes:
    """The record of one visit, to be linked into the chain by `records.append_record`.

    `body_sha256` names the stored body: the one that came, or for `unchanged` the one that still stands; None where
    nothing was kept. A rendered page's record names what the site sent (`raw_body_sha256`) and the picture besides.
    Header bytes stand as ISO 8859-1 text, which gives back every byte. Times are RFC 3339 in UTC.
    """
    exchange = result.exchange
    of_browser = {
        "raw_body_sha256": _hex(rendered.raw_body_sha256),
        "screenshot_sha256": _hex(rendered.screenshot_sha256),
    }
    return canonical_json(
        {
            **(of_browser if rendered != NOT_RENDERED else {}),
            "address": exchange.address,
            "attempts": exchange.attempts,
            "body_sha256": _hex(body_sha256),
            "detail": result.detail,
            "duration_ms": round(exchange.duration_s * 1000),
            "extractor": extractor,
            "final_url": exchange.final_url,
            "http_status": exchange.status,
            "http_version": exchange.http_version,
            "outcome": str(result.outcome),
            "page": page_id,
            "purpose": purpose,
            "reason": result.reason,
            "redirects": [
                {"location": hop.location, "status": hop.status, "url": hop.url} for hop in exchange.redirects
            ],
            "request_headers": _headers(exchange.request_headers),
            "response_headers": _headers(exchange.response_headers),
            "signals": list(result.signals),
            "software": software,
            "started_at": utc_text(exchange.started_at),
            "tls_certificate_sha256": exchange.tls.certificate_sha256 if exchange.tls else None,
            "tls_not_after": utc_text(exchange.tls.not_after) if exchange.tls else None,
            "url": result.target.url,
            "user_agent": _value(exchange.request_headers, b"user-agent"),
            "visit": visit_id,
            "wire_bytes": exchange.wire_bytes,
        }
    )


def canonical_json(value: Any) -> bytes:
    """`value` as RFC 8785 writes it: keys sorted by UTF-16, no white space, no escape that is not needed, UTF-8.

    Numbers must be integers below 2**53 (so that every JSON reader agrees on them): raises TypeError or ValueError.
    Lone surrogates, which UTF-8 does not have, become U+FFFD.
    """
    return msgspec.json.encode(_canonical(value))


def _canonical(value: Any) -> Any:
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        if abs(value) >= 1 << 53:
            raise ValueError(f"{value} is no number that every JSON reader can hold")
        return value
    if isinstance(value, list | tuple):
        return [_canonical(one) for one in value]
    if isinstance(value, dict):
        return {key: _canonical(value[key]) for key in sorted(value, key=_utf16)}
    raise TypeError(f"a record holds text, integers, lists and objects, no {type(value).__name__}")


def _utf16(key: str) -> bytes:
    return key.encode("utf-16-be")


def _headers(headers: Headers) -> list[list[str]]:
    return [[name.decode("latin-1"), value.decode("latin-1")] for name, value in headers]


def _hex(sha256: bytes | None) -> str | None:
    return sha256.hex() if sha256 else None


def _value(headers: Headers, name: bytes) -> str | None:
    return next((value.decode("latin-1") for key, value in headers if key.lower() == name), None)
