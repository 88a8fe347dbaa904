"""From an answer to outcome and reason."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.exchange import Answer
from crawler.faults import Fault
from crawler.outcomes import REASONS, Outcome, outcome_of
from crawler.urls import parse_url
from crawler.verdict import Verdict, is_passing, judge, read_retry_after, refuse

NOW = datetime(2026, 5, 3, 12, 0, 0, tzinfo=UTC)
HTML = b"<html><head><title>Clinic</title></head><body><p>Stem cells may help.</p></body></html>"
URL = parse_url("https://clinic.example/stem-cells")


def answer(status: int | None, body: bytes = HTML, fault: Fault | None = None, **headers: bytes) -> Answer:
    fields = {name.replace("_", "-").encode(): [value] for name, value in headers.items()}
    fields.setdefault(b"content-type", [b"text/html"])
    return Answer(URL, NOW, (), status=status, body=body, fault=fault, fields=fields)


def verdict(given_answer: Answer, *, was_conditional: bool = False) -> Verdict:
    return judge(given_answer, was_conditional=was_conditional, now=NOW, max_retry_after_s=3600.0)


@pytest.mark.parametrize(
    ("status", "outcome", "reason"),
    [
        (101, "fetch_error", "http.101"),
        (200, "ok", None),
        (201, "fetch_error", "http.201"),
        (202, "fetch_error", "http.202"),
        (204, "fetch_error", "http.204"),
        (206, "fetch_error", "http.206"),
        (300, "fetch_error", "http.300"),
        (304, "fetch_error", "not_modified_without_validator"),
        (400, "fetch_error", "http.400"),
        (401, "blocked", "http.401"),
        (403, "blocked", "http.403"),
        (404, "gone", "http.404"),
        (410, "gone", "http.410"),
        (418, "fetch_error", "http.418"),
        (429, "fetch_error", "rate_limited"),
        (451, "blocked", "http.451"),
        (500, "fetch_error", "http.500"),
        (503, "fetch_error", "http.503"),
        (520, "fetch_error", "http.520"),
        (999, "fetch_error", "http.999"),
    ],
)
def test_statuses(status: int, outcome: str, reason: str | None) -> None:
    found = verdict(answer(status))
    assert (found.outcome, found.reason) == (outcome, reason)


def test_not_modified_needs_a_validator() -> None:
    assert verdict(answer(304, b""), was_conditional=True).outcome is Outcome.UNCHANGED
    assert verdict(answer(304, b"")).reason == "not_modified_without_validator"


def test_unavailable_with_a_time_is_a_rate_limit() -> None:
    found = verdict(answer(503, retry_after=b"120"))
    assert (found.reason, found.retry_after_s) == ("rate_limited", 120.0)
    assert verdict(answer(503, retry_after=b"whenever")).reason == "http.503"


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        (b"", None),
        (b"0", 0.0),
        (b"120", 120.0),
        (b" 120 ", 120.0),
        (b"99999999999999999999", 3600.0),
        (b"-5", None),
        (b"1.5", None),
        (b"soon", None),
        (b"Sun, 03 May 2026 12:05:00 GMT", 300.0),
        (b"Sun, 03 May 2026 11:00:00 GMT", 0.0),
        (b"Sunday, 03-May-26 12:05:00 GMT", 300.0),
        (b"Sat, 01 Jan 2050 00:00:00 GMT", 3600.0),
        (b"Sun, 99 May 2026 12:05:00 GMT", None),
        (b"\xff\xfe", None),
    ],
)
def test_retry_after(value: bytes | None, seconds: float | None) -> None:
    assert read_retry_after(value, NOW, 3600.0) == seconds


@pytest.mark.parametrize(
    ("given_answer", "reason"),
    [
        (answer(200, b""), "empty"),
        (answer(200, b" \r\n\t "), "empty"),
        (answer(200, b"\xef\xbb\xbf"), "empty"),
        (answer(200, b'{"a": 1}'), "type.mismatch"),
        (answer(200, b"GIF89a...", content_type=b"image/gif"), "type.image"),
        (answer(200, HTML, refresh=b"0; url=/new"), "redirect.refresh"),
        (answer(200, HTML.replace(b"<title>", b'<meta http-equiv=refresh content="0;/new"><title>')), "redirect.meta"),
        (answer(200, HTML, fault=Fault("truncated", "")), "truncated"),
        (answer(404, HTML, fault=Fault("truncated", "")), "http.404"),
        (answer(None, b"", fault=Fault("dns", "")), "dns"),
        (answer(None, b"", fault=Fault("no such word", "")), "internal"),
        (answer(None, b""), "internal"),
        (answer(200, HTML, cf_mitigated=b"challenge"), "waf"),
        (answer(403, HTML, cf_mitigated=b"challenge"), "waf"),
        (answer(403, b"<p>Checking your browser before accessing clinic.com</p>"), "waf"),
        (answer(503, b"<p>Checking your browser before accessing</p>", retry_after=b"5"), "waf"),
        (answer(403, b'<div class="g-recaptcha"></div>'), "captcha"),
        (answer(429, b"<script src=https://ct.captcha-delivery.com/c.js>"), "captcha"),
    ],
)
def test_what_is_not_the_page(given_answer: Answer, reason: str) -> None:
    found = verdict(given_answer)
    assert found.reason == reason
    assert found.outcome is outcome_of(reason)


def test_a_page_with_a_contact_form_captcha_is_a_page_with_a_signal() -> None:
    found = verdict(answer(200, HTML + b'<form><div class="g-recaptcha"></div></form>'))
    assert found.outcome is Outcome.OK
    assert found.signals == ("captcha: reCAPTCHA",)


def test_a_404_with_a_vendor_mark_is_still_a_404() -> None:
    assert verdict(answer(404, b"<div class=cf-error-details>")).reason == "http.404"


@pytest.mark.parametrize(
    "reason", ["conn.reset", "timeout.headers", "empty_reply", "http.500", "http.502", "http.503", "http.524"]
)
def test_passing_faults(reason: str) -> None:
    assert is_passing(reason)


@pytest.mark.parametrize(
    "reason", [None, "rate_limited", "http.404", "http.403", "http.501", "tls.expired", "ssrf.port", "timeout.total"]
)
def test_lasting_ones(reason: str | None) -> None:
    assert not is_passing(reason)


statuses = st.one_of(st.none(), st.integers(-5, 1200))
names = st.sampled_from([b"content-type", b"retry-after", b"refresh", b"location", b"cf-mitigated", b"x-other"])
values = st.one_of(st.binary(max_size=60), st.sampled_from([b"text/html", b"0;url=http://[", b"0; url=//\xff", b"60"]))
bodies = st.one_of(
    st.binary(max_size=300),
    st.sampled_from([HTML, b"<meta http-equiv=refresh content='0;url=http://[::1'>", b"%PDF-", b"<?xml"]),
)
faults = st.one_of(
    st.none(), st.builds(Fault, st.one_of(st.sampled_from(sorted(REASONS)), st.text(max_size=20)), st.text(max_size=20))
)


@given(statuses, st.dictionaries(names, st.lists(values, min_size=1, max_size=2)), bodies, faults, st.booleans())
def test_the_verdict_never_raises(
    status: int | None, fields: dict[bytes, list[bytes]], body: bytes, fault: Fault | None, was_conditional: bool
) -> None:
    given_answer = Answer(URL, NOW, (), status=status, body=body, fault=fault, fields=fields)
    found = verdict(given_answer, was_conditional=was_conditional)
    if found.reason is None:
        assert found.outcome in (Outcome.OK, Outcome.UNCHANGED)
    else:
        assert outcome_of(found.reason) is found.outcome
    assert found.retry_after_s is None or 0 <= found.retry_after_s <= 3600


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_word_becomes_a_reason_of_the_vocabulary(word: str, detail: str) -> None:
    found = refuse(word, detail)
    assert found.reason is not None
    assert outcome_of(found.reason) is found.outcome
