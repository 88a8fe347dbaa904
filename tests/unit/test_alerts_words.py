"""The small pure parts of alerts: clean text, headers, filters, when digests go, how long to wait."""

from __future__ import annotations

import email
from datetime import UTC, datetime, time
from email.policy import default
from typing import Any

import pytest
from alert_mails import change, page
from hypothesis import given
from hypothesis import strategies as st

from monitor.alerts.catalogue import catalogue
from monitor.alerts.clean import WORD_JOINER, clean_header, clean_line, clean_text, quote_text, shorten
from monitor.alerts.digest import next_digest, parse_digest_time
from monitor.alerts.filters import Delivery, compile_filters, delivery_of, notice_severity
from monitor.alerts.headers import Mailbox, header_line, parse_mailbox
from monitor.alerts.sender import LONGEST_WAIT_S, next_try
from monitor.alerts.subject import short_url, worst_first
from monitor.alerts.wording import describe_change
from monitor.errors import ConfigError, UsageError
from monitor.store.preferences import Filters, Preferences, check_address
from monitor.types import Direction, Kind


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("see evil.com now", f"see evil.{WORD_JOINER}com now"),
        ("https://evil.com", f"https:{WORD_JOINER}//evil.{WORD_JOINER}com"),
        ("http://10.0.0.1/", f"http:{WORD_JOINER}//10.{WORD_JOINER}0.{WORD_JOINER}0.{WORD_JOINER}1/"),
        ("me@evil.com", f"me{WORD_JOINER}@{WORD_JOINER}evil.{WORD_JOINER}com"),
        ("evil.museum", f"evil.{WORD_JOINER}museum"),
        ("müller.de", f"müller.{WORD_JOINER}de"),
        ("a-b.co", f"a-b.{WORD_JOINER}co"),
        # prices, decimals, times and sentences stay as they are
        ("from 20.000 to 100.000 DKK", "from 20.000 to 100.000 DKK"),
        ("1.234.567,50 kr.", "1.234.567,50 kr."),
        ("It helps. It may not.", "It helps. It may not."),
        ("open 9:30, ratio 3:1", "open 9:30, ratio 3:1"),
        ("Note: nothing", "Note: nothing"),
        ("5 @ 3", "5 @ 3"),
    ],
)
def test_what_is_kept_from_becoming_a_link(text: str, shown: str) -> None:
    assert quote_text(text, 200) == shown


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("a\x00b", "ab"),
        ("a\x1b[31mred", "a[31mred"),
        ("one\r\ntwo\u2028three", "one two three"),
        ("\u202eabc\u202c", "abc"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("lone \ud800 surrogate", "lone \ufffd surrogate"),
        ("tab\tand\u00a0space", "tab and space"),
        ("tag\U000e0041", "tag"),
        ("smørrebrød 20 % – “ok”", "smørrebrød 20 % – “ok”"),
    ],
)
def test_clean_lines(text: str, clean: str) -> None:
    assert clean_line(text) == clean


@given(st.text(st.characters(codec=None), max_size=200))
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    for clean in (clean_text, clean_line, clean_header):
        assert clean(clean(text)) == clean(text)
        clean(text).encode("utf-8")
    assert "=?" not in clean_header(text)


@given(st.text(max_size=50), st.integers(1, 60))
def test_shortened_text_fits(text: str, limit: int) -> None:
    assert len(shorten(text, limit)) <= limit


@given(st.text(max_size=150))
def test_subjects_read_back_as_written(text: str) -> None:
    subject = clean_header(text)
    line = header_line("Subject", f"[LOW] {subject}").encode("ascii")
    parsed = email.message_from_bytes(line + b"\r\n", policy=default)
    assert " ".join(parsed["Subject"].split()) == f"[LOW] {subject}".strip()


@pytest.mark.parametrize("value", ["a\r\nBcc: x", "a\nb", "=?utf-8?q?x?=", "nul\x00", "\u2028", "\ud800", "x" * 2000])
def test_headers_that_are_not_clean_are_refused(value: str) -> None:
    with pytest.raises(ValueError, match="Subject"):
        header_line("Subject", value)


@pytest.mark.parametrize(
    "name", ["Anna", "Anna O'Neill", "Ångström, Björn", 'The "Group"', "", "a@b", "Grüße (Verein)", "x" * 90, "\\"]
)
def test_names_of_people_survive_the_header(name: str) -> None:
    line = header_line("To", str(Mailbox(name, "someone@example.org"))).encode("ascii")
    (address,) = email.message_from_bytes(line + b"\r\n", policy=default)["To"].addresses
    assert (address.display_name, address.addr_spec) == (name, "someone@example.org")


@pytest.mark.parametrize(
    "address",
    ["a@example.org", "a.b+c@sub.example.org", "o'neill@example.org", "clinicwatch@localhost", " a@example.org "],
)
def test_addresses(address: str) -> None:
    assert check_address(address) == address.strip()


def test_a_domain_in_other_letters_is_stored_as_it_is_dialled() -> None:
    assert check_address("info@münchen.example") == "info@xn--mnchen-3ya.example"


@pytest.mark.parametrize(
    "address",
    [
        *("", "a", "a@", "@b", "a b@example.org", "a@b@c", "a@example.org\r\nBcc: x@y", "a@-x.org", "a..b@example.org"),
        *('"quoted"@example.org', "a(comment)@example.org", "a@[127.0.0.1]", "<a@example.org>", "å@example.org"),
        *("a@example.org,b@example.org", "x" * 65 + "@example.org", "a@" + "b." * 130 + "org", "a@example.org\x00"),
    ],
)
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(UsageError, match="mail address"):
        check_address(address)


def test_the_sender_is_checked_and_named() -> None:
    assert str(parse_mailbox("Watch <w@example.org>")) == "Watch <w@example.org>"
    assert parse_mailbox("w@example.org").domain == "example.org"
    with pytest.raises(ConfigError, match=r"alerts\.sender"):
        parse_mailbox("nobody")


AT = time(7)
EN = catalogue("en")


@pytest.mark.parametrize(
    ("now", "delivery", "zone", "due"),
    [
        ("2026-11-21T06:59", "daily", "UTC", "2026-11-21T07:00"),
        ("2026-11-21T07:00", "daily", "UTC", "2026-11-22T07:00"),
        ("2026-11-21T09:30", "daily", "Europe/Amsterdam", "2026-11-22T06:00"),
        ("2026-07-01T09:30", "daily", "Europe/Amsterdam", "2026-07-02T05:00"),
        ("2026-11-21T09:30", "weekly", "UTC", "2026-11-23T07:00"),
        ("2026-11-23T07:00", "weekly", "UTC", "2026-11-30T07:00"),
        ("2026-11-22T18:30", "weekly", "Pacific/Auckland", "2026-11-29T18:00"),
        ("2026-11-22T17:30", "weekly", "Pacific/Auckland", "2026-11-22T18:00"),
        ("2026-11-21T09:30", "daily", "Nowhere/Atlantis", "2026-11-22T07:00"),
    ],
)
def test_when_digests_go(now: str, delivery: str, zone: str, due: str) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert next_digest(moment, Delivery(delivery), AT, zone) == datetime.fromisoformat(due).replace(tzinfo=UTC)


def test_a_digest_in_an_hour_that_a_clock_change_skips_or_repeats_goes_once() -> None:
    half_past_two = time(2, 30)
    skipped = next_digest(datetime(2026, 3, 28, 12, tzinfo=UTC), Delivery.DAILY, half_past_two, "Europe/Amsterdam")
    assert skipped == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    first = next_digest(datetime(2026, 10, 24, 12, tzinfo=UTC), Delivery.DAILY, half_past_two, "Europe/Amsterdam")
    assert first == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert next_digest(first, Delivery.DAILY, half_past_two, "Europe/Amsterdam") == datetime(
        2026, 10, 26, 1, 30, tzinfo=UTC
    )


def test_digest_time_is_checked() -> None:
    assert parse_digest_time("07:30") == time(7, 30)
    with pytest.raises(ConfigError, match="digest_time"):
        parse_digest_time("7 o'clock")


@pytest.mark.parametrize(
    ("severity", "delivery", "expected"),
    [
        ("critical", "default", "immediate"),
        ("high", "default", "immediate"),
        ("medium", "default", "daily"),
        ("low", "default", "weekly"),
        ("low", "immediate", "immediate"),
        ("critical", "weekly", "weekly"),
    ],
)
def test_how_soon(severity: str, delivery: str, expected: str) -> None:
    assert delivery_of(severity, Preferences(delivery=delivery)) == expected


@pytest.mark.parametrize(
    ("filters", "wanted"),
    [
        (Filters(), True),
        (Filters(severity="high"), True),
        (Filters(families=("claim", "disclaimer")), True),
        (Filters(kinds=("risk",)), False),
        (Filters(directions=("added", "moved")), False),
    ],
)
def test_changes_that_pass(filters: Filters, wanted: bool) -> None:
    assert compile_filters(filters).wants_change(change(1, severity="high")) is wanted


@pytest.mark.parametrize(
    ("names", "wanted"),
    [((), True), (("1",), True), (("2",), False), (("SPINAL-cord",), True), (("dermamed", "stemedix.com"), True)],
)
def test_pages_are_named_by_number_or_part_of_the_url(names: tuple[str, ...], wanted: bool) -> None:
    assert compile_filters(Filters(pages=names)).wants_page(page()) is wanted


def test_equal_filters_are_compiled_once() -> None:
    assert compile_filters(Filters(clinics=("a",))) is compile_filters(Filters(clinics=("a",)))


def test_what_recovering_weighs() -> None:
    assert notice_severity("recovered", "gone") == "high"
    assert notice_severity("recovered", "fetch_error") == "low"
    assert notice_severity("recovered") == "low"


def test_waits_double_and_are_bounded() -> None:
    assert [next_try(attempt, 60, 0.5) for attempt in (1, 2, 3, 4)] == [60, 120, 240, 480]
    assert next_try(500, 60, 0.5) == LONGEST_WAIT_S
    assert next_try(1, 60, 0) == 45
    assert next_try(1, 60, 1) == 75
    assert next_try(3, 7200, 0.5) == 7200


def test_worst_first() -> None:
    found = worst_first(
        [
            change(1, severity="low"),
            change(2, severity="critical", family="claim", direction="added"),
            change(3, severity="critical", direction="weakened"),
            change(4, severity="critical", direction="removed"),
            change(5, severity="medium"),
        ]
    )
    assert [each.id for each in found] == [4, 3, 2, 5, 1]


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("direction", list(Direction))
def test_every_change_has_plain_words(kind: Kind, direction: Direction) -> None:
    words = describe_change(EN, change(1, kind=kind.value, direction=direction.value))
    assert direction.value not in words.split() or direction in (*("added", "removed", "changed", "moved"),)
    assert words.startswith(("a ", "terms "))
    assert "_" not in words


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://www.example.org/", "example.org"),
        ("http://example.org:8080/a/", "example.org:8080/a"),
        ("https://acidta.org/terapia/?lang=en", "acidta.org/terapia?lang=en"),
        ("https://[broken", "https://[broken"),
        ("https://example.org:port/", "https://example.org:port/"),
    ],
)
def test_short_urls(url: str, shown: str) -> None:
    assert short_url(url) == shown


@pytest.mark.parametrize(
    ("words", "shown"), [((), ""), (("a",), "a"), (("a", "b"), "a and b"), (tuple("abcde"), "a, b, c and 2 more")]
)
def test_lists_in_words(words: Any, shown: str) -> None:
    assert EN.list_words(words) == shown


def test_counting() -> None:
    assert [EN.count(1, "page"), EN.count(2, "page"), EN.count(0, "change")] == ["1 page", "2 pages", "0 changes"]
