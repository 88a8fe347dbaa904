"""One request and what came back: the values between the visit's logic and the connection."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime

from crawler.faults import Fault
from crawler.types import Headers, TlsInfo
from crawler.urls import WebUrl


@dataclass(slots=True, eq=False)
class Ask:
    """A GET request on its way. `headers` are sent exactly as they stand; `reply` gets the one Answer.

    Cancelling `reply` gives the exchange up. `deadline` is a time of the event loop. `keep_prefix`: a body beyond
    `max_body_bytes` is cut instead of being a fault (robots.txt). `is_fresh`: over a new connection only.
    """

    url: WebUrl
    headers: Headers
    max_body_bytes: int
    reply: asyncio.Future[Answer]
    keep_prefix: bool = False
    is_fresh: bool = False
    deadline: float = 0.0  # set when its turn has come


@dataclass(slots=True)
class Answer:
    """What is known of one exchange in the end; grows while it runs. `fault` is None for a whole response."""

    url: WebUrl
    started_at: datetime
    request_headers: Headers
    status: int | None = None
    http_version: str | None = None
    headers: Headers = ()
    body: bytes = b""
    wire_bytes: int = 0
    address: str | None = None
    tls: TlsInfo | None = None
    fault: Fault | None = None
    fields: dict[bytes, list[bytes]] = field(default_factory=dict)  # the headers by lower-case name

    def first(self, name: bytes) -> bytes | None:
        """The first value of the header `name` (lower case)."""
        values = self.fields.get(name)
        return values[0] if values else None
