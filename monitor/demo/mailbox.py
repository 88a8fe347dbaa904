"""The demo's mail server: real SMTP on a free port of 127.0.0.1; every mail is kept as a file."""

from __future__ import annotations

import asyncio
import email
import email.policy
import threading
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from aiosmtpd.smtp import SMTP, Envelope, Session

ADDRESS: Final = "127.0.0.1"
_START_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail as it was received; `number` counts from 1."""

    number: int
    sender: str
    recipients: tuple[str, ...]
    content: bytes

    @property
    def message(self) -> EmailMessage:
        return email.message_from_bytes(self.content, policy=email.policy.default)

    @property
    def message_id(self) -> str:
        return str(self.message["Message-ID"] or "").strip()

    @property
    def subject(self) -> str:
        return str(self.message["Subject"] or "")

    @property
    def text(self) -> str:
        """The plain-text part."""
        part = self.message.get_body(("plain",))
        return str(part.get_content()) if part is not None else ""


class Mailbox:
    """Receives mails in a thread of this process and writes each to `directory` as NNN.eml before it says 250.

    A context manager. `on_mail` is called in that thread for each mail, after it is on disk.
    """

    def __init__(self, directory: Path, on_mail: Callable[[Mail], None] | None = None) -> None:
        self._directory = directory
        self._on_mail = on_mail
        self._mails: list[Mail] = []
        self._lock = threading.Lock()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="demo-mailbox", daemon=True)
        self._ready = threading.Event()
        self.port = 0

    def __enter__(self) -> Self:
        self._directory.mkdir(parents=True, exist_ok=True)
        self._thread.start()
        if not self._ready.wait(_START_S) or not self.port:
            raise OSError("the demo's mail server did not start")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    @property
    def mails(self) -> tuple[Mail, ...]:
        """Every mail so far, oldest first."""
        with self._lock:
            return tuple(self._mails)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """aiosmtpd's hook: a mail has come in whole."""
        content = envelope.original_content or b""
        with self._lock:
            mail = Mail(len(self._mails) + 1, envelope.mail_from or "", tuple(envelope.rcpt_tos), content)
            (self._directory / f"{mail.number:03d}.eml").write_bytes(content)
            self._mails.append(mail)
        if self._on_mail is not None:
            self._on_mail(mail)
        return "250 2.0.0 kept"

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            server = self._loop.run_until_complete(
                self._loop.create_server(lambda: SMTP(self, hostname="demo.localhost", loop=self._loop), ADDRESS, 0)
            )
            self.port = server.sockets[0].getsockname()[1]
            self._ready.set()
            self._loop.run_forever()
            server.close()
            self._loop.run_until_complete(self._drain())
        finally:
            self._ready.set()
            self._loop.close()

    async def _drain(self) -> None:
        """End the sessions that are still open."""
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
