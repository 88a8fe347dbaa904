"""What is handed to a transport."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Envelope:
    """An alert on the wire: who it is from and to (an address, or a webhook's URL), its bytes, and what names it
    (`created_at` and Message-ID). `date` is the mail's; `secret` signs what goes to a webhook."""

    sender: str
    recipient: str
    content: bytes
    message_id: str
    created_at: datetime
    channel: str = "mail"
    date: datetime = field(default=datetime.min.replace(tzinfo=UTC))
    secret: str = field(default="", repr=False)
