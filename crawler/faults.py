"""Why an exchange failed: as a value, and as the exception that carries it up to where it becomes one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """`reason` is a word of `crawler.outcomes`, `detail` one line for people."""

    reason: str
    detail: str


class FaultError(Exception):
    """Something that a server or the network does ended the exchange."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason, self.detail = reason, detail

    @property
    def fault(self) -> Fault:
        return Fault(self.reason, self.detail)


class DecodingError(FaultError):
    """The body cannot be decoded to its end; `prefix` is what came out until then."""

    def __init__(self, reason: str, detail: str, prefix: bytes = b"") -> None:
        super().__init__(reason, detail)
        self.prefix = prefix
