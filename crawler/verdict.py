"""What an answer means: one outcome, one reason. Pure, and without an input on which it raises."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from crawler.content import judge_type
from crawler.exchange import Answer
from crawler.outcomes import Outcome, http_reason, outcome_of
from crawler.redirects import meta_refresh, refresh_target
from crawler.walls import judge_wall

_PASSING: Final = frozenset(
    (
        *("dns", "conn.refused", "conn.reset", "conn.closed", "empty_reply", "truncated", "tls.truncated"),
        *("timeout.connect", "timeout.tls", "timeout.headers", "timeout.idle", "http.408", "http.425"),
    )
)
_LASTING_5XX: Final = frozenset({"http.501", "http.505", "http.511"})


@dataclass(frozen=True, slots=True)
class Verdict:
    """Outcome and reason as `Result` has them."""

    outcome: Outcome
    reason: str | None = None
    detail: str = ""
    retry_after_s: float | None = None
    signals: tuple[str, ...] = ()


def refuse(reason: str, detail: str = "", *, retry_after_s: float | None = None) -> Verdict:
    """The verdict for a reason of the vocabulary; `internal` for a word that is none."""
    try:
        return Verdict(outcome_of(reason), reason, detail[:500], retry_after_s)
    except ValueError:
        return Verdict(Outcome.FETCH_ERROR, "internal", f"{reason}: {detail}"[:500], retry_after_s)


def judge(answer: Answer, *, was_conditional: bool, now: datetime, max_retry_after_s: float) -> Verdict:
    """The verdict on a final answer (redirects are followed before).

    `was_conditional`: validators of ours were sent. A status that says "not the page" outweighs a fault in its body.
    """
    retry_after_s = read_retry_after(answer.first(b"retry-after"), now, max_retry_after_s)
    if answer.status is None or (answer.fault and answer.status == 200):
        fault = answer.fault
        return refuse(fault.reason, fault.detail) if fault else refuse("internal", "neither an answer nor a fault")
    wall, signals = judge_wall(answer.status, answer.fields, answer.body)
    if wall:
        verdict = refuse(wall.reason, f"{wall.detail}, status {answer.status}", retry_after_s=retry_after_s)
    elif answer.status == 200:
        verdict = _judge_page(answer)
    else:
        verdict = _judge_status(answer.status, was_conditional, retry_after_s)
    return Verdict(verdict.outcome, verdict.reason, verdict.detail, verdict.retry_after_s, signals)


def _judge_status(status: int, was_conditional: bool, retry_after_s: float | None) -> Verdict:
    if status == 304:
        if was_conditional:
            return Verdict(Outcome.UNCHANGED, None, "not modified")
        return refuse("not_modified_without_validator", "304, but no validator was sent")
    if status == 429 or (status == 503 and retry_after_s is not None):
        return refuse("rate_limited", f"status {status}", retry_after_s=retry_after_s)
    return refuse(http_reason(status), f"status {status}", retry_after_s=retry_after_s)


def _judge_page(answer: Answer) -> Verdict:
    if not answer.body.strip(b" \t\r\n\x0c\x00\xef\xbb\xbf"):
        return refuse("empty", "status 200 with an empty body")
    if fault := judge_type(answer.first(b"content-type"), answer.body):
        return refuse(fault.reason, fault.detail)
    if (value := answer.first(b"refresh")) and (url := refresh_target(value, answer.url)):
        return refuse("redirect.refresh", f"a Refresh header to {url.url[:200]}")
    if not answer.body.startswith(b"%PDF-") and (url := meta_refresh(answer.body, answer.url)):
        return refuse("redirect.meta", f"a meta refresh to {url.url[:200]}")
    return Verdict(Outcome.OK)


def read_retry_after(value: bytes | None, now: datetime, max_s: float) -> float | None:
    """Seconds that a Retry-After asks to wait: delay or HTTP date (RFC 9110, 10.2.3), between 0 and `max_s`."""
    text = (value or b"").decode("latin-1").strip()
    if not text:
        return None
    if text.isascii() and text.isdigit():
        return min(float(text[:12]), max_s)
    try:
        moment = parsedate_to_datetime(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return min(max((moment - now).total_seconds(), 0.0), max_s)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def is_passing(reason: str | None) -> bool:
    """May a second try, moments later, cure this? Not what the server wants (rate limits), not what it is."""
    if reason is None or reason in _LASTING_5XX:
        return False
    return reason in _PASSING or reason.startswith("http.5")
