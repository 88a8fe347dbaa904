"""A real mail server on loopback that can be made to misbehave."""

from __future__ import annotations

import asyncio
import email
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass
class Sink:
    """What arrived, and how the server answers. An answer is called with the address and returns an SMTP reply, or
    None for the usual one; `after_data` may also close the connection by returning "" (the mail was taken)."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    at_mail: Callable[[str], str | None] = lambda sender: None
    at_rcpt: Callable[[str], str | None] = lambda address: None
    at_data: Callable[[str], str | None] = lambda address: None
    after_data: Callable[[str], str | None] = lambda address: None
    connections: int = 0

    async def handle_MAIL(self, server: SMTP, session: Session, envelope: Envelope, sender: str, options: Any) -> str:
        if reply := self.at_mail(sender):
            return reply
        envelope.mail_from = sender
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, _: Any) -> str:
        if reply := self.at_rcpt(address):
            return reply
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        address = envelope.rcpt_tos[0]
        if reply := self.at_data(address):
            return reply
        assert isinstance(envelope.original_content, bytes)
        parsed = email.message_from_bytes(envelope.original_content, policy=default)
        assert isinstance(parsed, EmailMessage)
        self.mails.append(parsed)
        reply = self.after_data(address)
        if reply == "":
            assert server.transport is not None
            server.transport.abort()
        return reply or "250 OK"

    def ids(self) -> list[str]:
        return [mail["Message-ID"] for mail in self.mails]

    def addresses(self) -> list[str]:
        return [mail["To"].addresses[0].addr_spec for mail in self.mails]


@asynccontextmanager
async def open_sink(sink: Sink | None = None, **options: Any) -> AsyncIterator[Sink]:
    """Serve `sink` on its port, or on a free one; on leaving, the server is away and the port free."""
    sink = sink or Sink()

    def connected() -> SMTP:
        sink.connections += 1
        return SMTP(sink, hostname="sink.example.org", **options)

    tls = options.pop("ssl", None)
    server = await asyncio.get_running_loop().create_server(connected, "127.0.0.1", sink.port, ssl=tls)
    sink.port = server.sockets[0].getsockname()[1]
    try:
        yield sink
    finally:
        server.close()
        await asyncio.sleep(0)


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
