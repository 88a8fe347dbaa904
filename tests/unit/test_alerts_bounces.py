"""Delivery reports as mail servers write them, and what only looks like one."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.alerts.bounces import MAX_BYTES, list_reports, read_reports

OURS = "<clinicwatch.0123456789abcdef01234567@example.org>"


def report(
    *groups: str, returned: str = f"Message-ID: {OURS}\nSubject: x\n\nbody\n", kind: str = "message/rfc822"
) -> bytes:
    """A delivery status notification with a group of fields for each recipient."""
    status = "\n\n".join(("Reporting-MTA: dns; mx.example.net\nArrival-Date: Sat, 21 Nov 2026 09:30:00 +0000", *groups))
    return (
        "From: MAILER-DAEMON@mx.example.net\nTo: clinicwatch@example.org\nSubject: Undelivered\n"
        "Date: Sat, 21 Nov 2026 10:00:00 +0000\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
        "--b\nContent-Type: text/plain\n\nI am sorry.\n\n"
        f"--b\nContent-Type: message/delivery-status\n\n{status}\n\n"
        f"--b\nContent-Type: {kind}\n\n{returned}\n--b--\n"
    ).encode()


def group(action: str, status: str, diagnostic: str = "smtp; 550 no such user", **more: str) -> str:
    fields = {"Final-Recipient": "rfc822; Anna@Example.org", "Action": action, "Status": status}
    fields |= {"Diagnostic-Code": diagnostic} | {name.replace("_", "-"): value for name, value in more.items()}
    return "\n".join(f"{name}: {value}" for name, value in fields.items())


@pytest.mark.parametrize(
    ("action", "status", "failed", "bounced"),
    [
        ("failed", "5.1.1", True, True),
        ("Failed", "5.1.10 (no such user)", True, True),
        ("failed", "5.2.1", True, True),
        ("failed", "5.0.0", True, True),
        ("failed", "5.2.2", True, False),  # full: it may have room tomorrow
        ("failed", "5.7.1", True, False),  # it is the content that they don't like
        ("failed", "4.4.7", False, False),  # expired, after days of trying
        ("delayed", "4.4.1", False, False),
        ("delivered", "2.0.0", False, False),
        ("relayed", "2.1.9", False, False),
        ("", "", False, False),
        ("failed", "", True, True),
    ],
)
def test_what_a_report_says(action: str, status: str, failed: bool, bounced: bool) -> None:
    (found,) = read_reports(report(group(action, status)))
    assert (found.message_id, found.addresses, found.failed, found.bounced) == (
        OURS,
        ("anna@example.org",),
        failed,
        bounced,
    )
    assert found.problem == "550 no such user"
    assert found.reported_at is not None


def test_several_recipients_and_forwards() -> None:
    found = read_reports(
        report(group("failed", "5.1.1", Original_Recipient="rfc822;list@example.org"), group("delayed", "4.2.2"))
    )
    assert [each.addresses for each in found] == [("list@example.org", "anna@example.org"), ("anna@example.org",)]
    assert [each.failed for each in found] == [True, False]


def test_only_headers_are_given_back() -> None:
    (found,) = read_reports(report(group("failed", "5.1.1"), kind="text/rfc822-headers"))
    assert found.message_id == OURS


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"Subject: hello\n\nMessage-ID: " + OURS.encode(),
        report(group("failed", "5.1.1"), returned="Message-ID: <somebody@else.example>\n\n"),
        report(group("failed", "5.1.1"), returned="Subject: nothing\n\n"),
        report(group("failed", "5.1.1"), returned="Message-ID: <clinicwatch.test.5f@example.org>\n\n"),
        report(),
        report(group("failed", "5.1.1")).replace(b"multipart/report", b"multipart/mixed"),
        report(group("failed", "5.1.1")).replace(b"message/delivery-status", b"text/plain"),
        report(group("failed", "5.1.1"), returned=f"Message-ID: {OURS}\n\n" + "x" * MAX_BYTES),
        report(group("failed", "5.1.1"), kind='text/rfc822-headers; charset="no-such"').replace(b"Message-ID", b"X"),
    ],
    ids=["empty", "plain", "another's", "no id", "a test mail", "no group", "mixed", "no status", "huge", "charset"],
)
def test_what_is_no_report_about_our_mail(content: bytes) -> None:
    assert read_reports(content) == ()


def test_control_characters_do_not_get_through() -> None:
    (found,) = read_reports(report(group("failed", "5.1.1", "smtp; 550 \x1b[31mred\x07 \u202egnp")))
    assert not set(found.problem) & {"\x1b", "\x07", "\u202e"}


@given(st.binary(max_size=300), st.integers(0, 900), st.integers(0, 900))
def test_whatever_comes_is_read_or_passed_over(noise: bytes, begin: int, length: int) -> None:
    whole = report(group("failed", "5.1.1"))
    read_reports(noise)
    read_reports(whole[:begin] + noise + whole[begin + length :])


def test_a_maildir_a_folder_and_a_file(tmp_path: Path) -> None:
    content = report(group("failed", "5.1.1"))
    for name in ("new/1.host", "cur/2.host:2,S", "tmp/3.host", "new/.hidden"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    assert sorted(file.name for file, _ in list_reports(tmp_path)) == ["1.host", "2.host:2,S"]
    assert [len(reports) for _, reports in list_reports(tmp_path / "new")] == [1]
    assert [len(reports) for _, reports in list_reports(tmp_path / "new" / "1.host")] == [1]
