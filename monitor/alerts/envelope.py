"""What is handed to a transport."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Envelope:
    """An alert on the wire: who it is from and to (an address, or a webhook's URL), its bytes, and what names it
    (`created_at` and Message-ID). `date` is the mail's, of the first try; `tried_at` is now. `secret` signs what goes
    to a webhook; for Apprise it is the URL."""

    sender: str
    recipient: str
    content: bytes
    message_id: str
    created_at: datetime
    channel: str = "mail"
    date: datetime = LONG_AGO
    secret: str = field(default="", repr=False)
    tried_at: datetime = LONG_AGO
