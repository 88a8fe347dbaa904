"""Mails that came back: delivery status notifications (RFC 3464), read from a maildir, a folder or a file. Pure but for
`list_reports`, which reads files and changes none.

Anybody can write a mail that looks like a bounce. So a report counts only where it gives back the Message-ID of a mail
that we sent, which holds 96 random bits, and names the address that it went to.
"""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from pathlib import Path

from monitor.alerts.clean import clean_line

MAX_BYTES = 1_000_000  # of one report; the mail that it gives back is ours, and never so large
MAX_RECIPIENTS = 20
_OURS = re.compile(r"<clinicwatch\.[0-9a-f]{24}@[A-Za-z0-9.-]{1,253}>")
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
# RFC 3463: X.1.* is about addresses, X.2.1 about a mailbox that is closed; the rest may pass
_OF_ADDRESS = re.compile(r"5\.(?:1\.\d{1,3}|2\.1)")


@dataclass(frozen=True, slots=True)
class Report:
    """What a mail server says became of one of our mails, which was for one of `addresses` (lower case).

    `status` is RFC 3463's, "" where none is given.
    """

    message_id: str
    addresses: tuple[str, ...]
    action: str
    status: str
    problem: str
    reported_at: datetime | None

    @property
    def failed(self) -> bool:
        """Whether the mail will not arrive: "delayed", "relayed" and "delivered" are no bounces."""
        return self.action == "failed" and not self.status.startswith(("2.", "4."))

    @property
    def bounced(self) -> bool:
        """Whether it is the address's fault. A 5.0.0 says nothing, and counts: so do many servers put it."""
        return self.failed and (not self.status or self.status == "5.0.0" or bool(_OF_ADDRESS.fullmatch(self.status)))


def read_reports(content: bytes) -> tuple[Report, ...]:
    """The reports in one mail; () where it is no delivery status notification about a mail of ours."""
    if len(content) > MAX_BYTES:
        return ()
    try:
        mail = email.message_from_bytes(content, policy=email.policy.compat32)
        if mail.get_content_type() != "multipart/report":
            return ()
        return tuple(_reports(mail))
    except (ValueError, LookupError, TypeError, AttributeError, IndexError):  # the library fails in all kinds of ways
        return ()


def list_reports(path: Path) -> Iterator[tuple[Path, tuple[Report, ...]]]:
    """Every file below `path` (a mail, a folder of mails, or a maildir: its `new` and `cur`) with its reports.

    Raises OSError.
    """
    folders = [path / name for name in ("new", "cur") if (path / name).is_dir()] or [path]
    files = [path] if path.is_file() else [each for folder in folders for each in sorted(folder.iterdir())]
    for file in files:
        if file.is_file() and not file.name.startswith("."):
            with file.open("rb") as opened:
                yield file, read_reports(opened.read(MAX_BYTES + 1))


def _reports(mail: Message) -> Iterator[Report]:
    parts = list(mail.walk())
    status = next((part for part in parts if part.get_content_type() == "message/delivery-status"), None)
    message_id = _message_id(parts)
    if status is None or not message_id or not isinstance(payload := status.get_payload(), list):
        return
    # the first group is about the mail, each further one about a recipient
    for group in payload[1 : MAX_RECIPIENTS + 1]:
        if not isinstance(group, Message):
            continue
        found = _STATUS.search(str(group.get("Status", "")))
        yield Report(
            message_id=message_id,
            addresses=_addresses(group),
            action=clean_line(str(group.get("Action", "")), 20).lower(),
            status=found[0] if found else "",
            problem=clean_line(str(group.get("Diagnostic-Code", "")).partition(";")[2], 300),
            reported_at=_date(mail),
        )


def _message_id(parts: list[Message]) -> str:
    """The Message-ID of the mail that is given back, whole or only its headers; "" where it is none of ours."""
    for part in parts:
        kind = part.get_content_type()
        if kind == "message/rfc822" and isinstance(inner := part.get_payload(), list):
            given = [each for each in inner if isinstance(each, Message)]
        elif kind == "text/rfc822-headers" and isinstance(headers := part.get_payload(decode=True), bytes):
            given = [email.message_from_bytes(headers, policy=email.policy.compat32)]
        else:
            continue
        for each in given:
            if found := _OURS.search(str(each.get("Message-ID", ""))):
                return found[0]
    return ""


def _addresses(group: Message) -> tuple[str, ...]:
    """Where our mail was to go, and where it went in the end: behind a forward these are two."""
    values = (str(group.get(name, "")) for name in ("Original-Recipient", "Final-Recipient"))
    return tuple(clean_line(value.partition(";")[2], 254).strip("<>").lower() for value in values if ";" in value)


def _date(mail: Message) -> datetime | None:
    try:
        date = parsedate_to_datetime(str(mail.get("Date", "")))
    except ValueError:
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
