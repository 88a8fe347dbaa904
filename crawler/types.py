"""What goes into the crawler and what comes out: one `Target` in, exactly one `Result` out."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from crawler.outcomes import Outcome

Headers = tuple[tuple[bytes, bytes], ...]
"""Header names and values as they were on the wire, in order, repeated ones repeated."""


@dataclass(frozen=True, slots=True)
class Rendering:
    """That a page is to be rendered by a browser, and how; all are CSS selectors.

    `click`: pressed in order after the page has loaded, where they are there (consent). `wait_for`: must appear, else
    the page is not complete. `language`: what the browser says that its user reads.
    """

    wait_for: tuple[str, ...] = ()
    click: tuple[str, ...] = ()
    language: str = ""


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a browser made of an answer: the answer's own bytes, and a picture of the page (b"": none could be taken).

    The document itself, serialised, is the exchange's `body`.
    """

    raw_body: bytes
    screenshot: bytes = b""
    screenshot_type: str = "image/webp"


@dataclass(frozen=True, slots=True)
class Target:
    """One page to look at, once.

    `etag` and `last_modified` are our own stored validators; leave both None for an unconditional look.
    `headers` are sent to the target's own origin only. `allow_hosts` are further hosts that a redirect may lead to.
    `validators_url` is the URL that gave the validators (the final one after redirects; None: `url` itself): they are
    sent to no other. `fresh_connection`: the page is not asked for over a connection that is open already.
    With `rendering`, what the site answers is opened in a browser.
    """

    url: str
    etag: bytes | None = None
    last_modified: bytes | None = None
    headers: tuple[tuple[str, str], ...] = ()
    allow_hosts: tuple[str, ...] = ()
    validators_url: str | None = None
    fresh_connection: bool = False
    rendering: Rendering | None = None


@dataclass(frozen=True, slots=True)
class Hop:
    """One redirect that was followed: the URL that answered, its status, and where it pointed."""

    url: str
    status: int
    location: str


@dataclass(frozen=True, slots=True)
class TlsInfo:
    """The server's certificate: SHA-256 of its DER form, and the end of its validity."""

    certificate_sha256: str
    not_after: datetime


@dataclass(frozen=True, slots=True)
class Exchange:
    """What is known of the last request and its answer.

    `body` holds the exact bytes after content decoding (gzip, br, zstd), b"" where none came;
    of a rendered page (`rendered`) the document as the browser had it, in UTF-8 with a byte-order mark.
    `wire_bytes` counts them as they were sent. Times are aware UTC; `duration_s` covers every attempt and redirect.
    """

    final_url: str
    started_at: datetime
    duration_s: float
    attempts: int = 1
    status: int | None = None
    request_headers: Headers = ()
    response_headers: Headers = ()
    body: bytes = b""
    wire_bytes: int = 0
    redirects: tuple[Hop, ...] = ()
    address: str | None = None  # "ip:port" that was dialled
    tls: TlsInfo | None = None
    http_version: str | None = None
    rendered: Rendered | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """The one answer to a `Target`.

    `reason` is None for `ok`; for everything else it is a word of `crawler.outcomes`, except `unchanged` (a 304),
    which has None as well. `detail` is one line for people. `retry_after_s` is what the server asked for, bounded.
    """

    target: Target
    outcome: Outcome
    reason: str | None
    exchange: Exchange
    detail: str = ""
    retry_after_s: float | None = None
    signals: tuple[str, ...] = field(default=())
