"""The closed vocabulary of what a visit can end in: nine outcomes, and for each its typed reasons.

A reason is a dotted string. All but one family are listed in `REASONS`; the open family is `http.<status>`, whose
outcome follows from the status (`http_reason`, `outcome_of`). Nothing else is ever written to `visit.reason`.
"""

from __future__ import annotations

import re
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Outcome(StrEnum):
    """What one visit ended in. Only `ok` and `unchanged` say anything about the page's text."""

    OK = "ok"
    OK_TRUNCATED = "ok_truncated"  # a prefix of the page: never proves that something is gone
    UNCHANGED = "unchanged"  # 304, or the same bytes as the newest capture
    FETCH_ERROR = "fetch_error"
    BLOCKED = "blocked"  # something came back that is not the page
    REFUSED = "refused"  # our own policy
    UNSUPPORTED = "unsupported"  # not a kind of document we read
    GONE = "gone"
    EXTRACT_ERROR = "extract_error"


_BY_OUTCOME: Final[dict[Outcome, str]] = {
    Outcome.FETCH_ERROR: """
        timeout.connect timeout.tls timeout.headers timeout.idle timeout.total
        conn.refused conn.reset conn.closed dns empty_reply
        tls.expired tls.not_yet_valid tls.self_signed tls.untrusted tls.hostname tls.handshake tls.truncated
        bad_http.status_line bad_http.header bad_http.chunked bad_http.content_length bad_http.encoding
        truncated too_large.wire too_large.decoded too_large.headers
        redirect.loop redirect.too_many redirect.no_location redirect.url_too_long redirect.bad_url
        rate_limited not_modified_without_validator internal""",
    Outcome.BLOCKED: """
        waf captcha login http.401 http.403 http.451 cookie_wall geo_block maintenance parked default_page
        app_error soft404 js_shell empty redirect.home shrunk wrong_language wrong_page""",
    Outcome.REFUSED: """
        ssrf.private_ip ssrf.port redirect.scheme redirect.offsite redirect.meta redirect.refresh
        robots.disallow robots.unreachable no_contact""",
    Outcome.GONE: "http.404 http.410",
    Outcome.UNSUPPORTED: "type.pdf type.image type.archive type.json type.xml type.multipart type.mismatch",
    Outcome.EXTRACT_ERROR: "parse.timeout parse.memory parse.crash parse.entities too_large.text type.charset",
}

REASONS: Final = MappingProxyType(
    {reason: outcome for outcome, reasons in _BY_OUTCOME.items() for reason in reasons.split()}
)
"""Every listed reason and the outcome that it belongs to."""

_HTTP_STATUS: Final = re.compile(r"http\.[1-9]\d\d")


def http_reason(status: int) -> str:
    """The reason for an HTTP status that is not a page: `http.<status>`."""
    return f"http.{status}"


def outcome_of(reason: str) -> Outcome:
    """The outcome that `reason` belongs to.

    Raises ValueError for a word that is not in the vocabulary.
    """
    if (outcome := REASONS.get(reason)) is not None:
        return outcome
    if _HTTP_STATUS.fullmatch(reason):
        return Outcome.FETCH_ERROR
    raise ValueError(f"not a reason of this vocabulary: {reason!r}")
