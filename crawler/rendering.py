"""What a rendering is asked for and what it answers: the values between the crawler and the browser's process."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class RenderJob:
    """One page to render. Its document is not asked for again: `status`, `headers` and `raw_body` are the answer.

    `proxy_port` is where everything else of the page is asked for. Durations are seconds, `max_chars` characters.
    """

    url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    click: tuple[str, ...]
    wait_for: tuple[str, ...]
    language: str
    user_agent: str
    proxy_port: int
    deadline_s: float
    settle_s: float
    wait_for_s: float
    max_chars: int


@dataclass(frozen=True, slots=True)
class RenderAnswer:
    """What became of it. `reason` is "" for a page that was rendered, else a word of `crawler.outcomes`.

    `left_for`: where a script or a click would have gone instead. `notes` are for people. `is_stuck`: the browser
    must be ended.
    """

    reason: str = ""
    detail: str = ""
    left_for: str = ""
    notes: tuple[str, ...] = ()
    browser: str = ""
    is_stuck: bool = False
    document: bytes = b""
    screenshot: bytes = b""

    def parts(self) -> tuple[bytes, bytes, bytes]:
        """As three messages: JSON, document, screenshot."""
        values = {name: value for name, value in asdict(self).items() if not isinstance(value, bytes)}
        return json.dumps(values).encode(), self.document, self.screenshot

    @classmethod
    def of_parts(cls, head: bytes, document: bytes, screenshot: bytes) -> Self:
        """What `parts` gave. Raises ValueError."""
        values = _values(cls, head)
        return cls(**{**values, "notes": tuple(values["notes"]), "document": document, "screenshot": screenshot})


def encode_job(job: RenderJob) -> bytes:
    return json.dumps(asdict(job)).encode()


def decode_job(data: bytes) -> RenderJob:
    """What `encode_job` gave. Raises ValueError."""
    values = _values(RenderJob, data)
    pairs = tuple((name, value) for name, value in values["headers"])
    return RenderJob(**{**values, "headers": pairs, **{key: tuple(values[key]) for key in ("click", "wait_for")}})


def _values(kind: type[RenderJob | RenderAnswer], data: bytes) -> dict[str, Any]:
    values = json.loads(data)
    known = {one.name for one in fields(kind)}
    if not isinstance(values, dict) or not values.keys() <= known:
        raise ValueError("not a message of the browser's process")
    return values
