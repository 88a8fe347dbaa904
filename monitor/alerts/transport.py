"""The last step: a mail to an SMTP server or a file of the outbox directory, JSON to a webhook, words to a service.

Every way in which a server can decline becomes a DeliveryError that says what it means for this mail, for its
address, and for the next mail. What cannot be known (the connection ends after DATA) is said to be unknown.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import re
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC
from importlib.metadata import version
from pathlib import Path
from typing import Protocol

import aiosmtplib
from aiosmtplib import errors

from crawler.guard import is_public
from monitor.alerts.envelope import Envelope
from monitor.alerts.headers import parse_mailbox
from monitor.alerts.services import ServiceTransport
from monitor.alerts.webhook import WebhookTransport
from monitor.config import Config, SmtpConfig
from monitor.errors import ConfigError, DeliveryError

# RFC 3463: X.1.* is about addresses, X.2.1 and X.2.2 about the mailbox behind one
_ADDRESS_STATUS = re.compile(r"\b5\.(?:1\.\d{1,3}|2\.1)\b")


class Transport(Protocol):
    """Takes mails one after another."""

    async def send(self, envelope: Envelope) -> None:
        """Hand the mail over. Raises DeliveryError; returns when it is in other hands."""
        ...


@asynccontextmanager
async def open_transport(config: Config) -> AsyncIterator[Transport]:
    """The configured way out. A connection is made when the first mail goes, kept for the next, and closed here."""
    alerts = config.alerts
    permits = frozenset(alerts.webhook_addresses)

    def may_dial(address: str, port: int) -> bool:
        return (is_public(address) and port in config.crawler.ports) or f"{address}:{port}" in permits

    webhooks = WebhookTransport(may_dial, alerts.webhook_timeout_s, f"Clinicwatch/{version('clinicwatch')}")
    services = ServiceTransport(alerts.webhook_addresses, alerts.service_timeout_s)
    mails: FileTransport | SmtpTransport = FileTransport(config.path(alerts.outbox_directory))
    if alerts.smtp.host:
        ca_file = str(config.path(alerts.smtp.ca_file)) if alerts.smtp.ca_file else ""
        mails = SmtpTransport(alerts.smtp, _helo(parse_mailbox(alerts.sender).domain), make_tls_context(ca_file))
    try:
        yield _ByChannel({"mail": mails, "webhook": webhooks, "apprise": services})
    finally:
        webhooks.close()
        await mails.close()


def make_tls_context(ca_file: str) -> ssl.SSLContext:
    """Certificates and names are verified: by the system's authorities and those of `ca_file` (PEM, "" for none).

    Raises ConfigError.
    """
    context = ssl.create_default_context()
    if ca_file:
        try:
            context.load_verify_locations(ca_file)
        except (OSError, ssl.SSLError) as error:
            raise ConfigError("clinicwatch.toml", "alerts.smtp.ca_file", f"{ca_file}: {error}") from error
    return context


class _ByChannel:
    """Every channel its own way."""

    def __init__(self, ways: Mapping[str, Transport]) -> None:
        self._ways = ways

    async def send(self, envelope: Envelope) -> None:
        await self._ways[envelope.channel].send(envelope)


class FileTransport:
    """Writes `<time>-<id>.eml`. The name follows from the alert, so a mail that goes again replaces itself."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    async def close(self) -> None:
        """Nothing is open between two mails."""

    async def send(self, envelope: Envelope) -> None:
        try:
            await asyncio.to_thread(self._write, envelope)
        except OSError as error:
            raise DeliveryError(f"cannot write to {self.directory}: {error.strerror}", server_down=True) from error

    def _write(self, envelope: Envelope) -> None:
        digest = hashlib.sha256(envelope.message_id.encode()).hexdigest()[:16]
        name = f"{envelope.created_at.astimezone(UTC):%Y%m%dT%H%M%SZ}-{digest}.eml"
        self.directory.mkdir(parents=True, exist_ok=True)
        partial = self.directory / f".{name}.{os.getpid()}"
        try:
            with partial.open("wb") as file:
                file.write(envelope.content)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(self.directory / name)
        except OSError:
            with contextlib.suppress(OSError):
                partial.unlink()
            raise
        directory = os.open(self.directory, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)


class SmtpTransport:
    """One SMTP connection, made when needed and kept while it works."""

    def __init__(self, smtp: SmtpConfig, helo: str, tls: ssl.SSLContext) -> None:
        self.smtp = smtp
        self._helo = helo
        self._tls = tls
        self._client: aiosmtplib.SMTP | None = None

    async def send(self, envelope: Envelope) -> None:
        client = await self._connected()
        try:
            await self._transact(client, envelope)
        except DeliveryError:
            await self._reset(client)
            raise
        except BaseException:  # cancelled in the middle: nobody knows what the server waits for now
            self._client = None
            client.close()
            raise

    async def close(self) -> None:
        """Say goodbye, if there is anybody to say it to."""
        client, self._client = self._client, None
        if client is not None:
            with contextlib.suppress(errors.SMTPException, OSError, TimeoutError):
                await client.quit(timeout=min(5.0, self.smtp.timeout_s))
            client.close()

    async def _connected(self) -> aiosmtplib.SMTP:
        """The connection; one that the server closed meanwhile is made anew."""
        if self._client is not None and self._client.is_connected:
            try:
                await self._client.noop()
            except (errors.SMTPException, OSError, TimeoutError):
                await self.close()
            else:
                return self._client
        await self.close()
        smtp = self.smtp
        client = aiosmtplib.SMTP(
            hostname=smtp.host,
            port=smtp.port,
            local_hostname=self._helo,
            timeout=smtp.timeout_s,
            use_tls=smtp.security == "tls",
            start_tls=smtp.security == "starttls",
            tls_context=self._tls,
            username=smtp.username or None,
            password=smtp.password or None,
        )
        try:
            await client.connect()
        except (errors.SMTPException, OSError, TimeoutError) as error:
            client.close()
            # also wrong credentials and a missing STARTTLS: for people to mend, and no mail's fault
            where = f"{smtp.host}:{smtp.port}"
            raise DeliveryError(f"no mail server at {where}: {_words(error)}", server_down=True) from error
        self._client = client
        return client

    async def _transact(self, client: aiosmtplib.SMTP, envelope: Envelope) -> None:
        try:
            await client.mail(envelope.sender)
        except (errors.SMTPException, OSError, TimeoutError) as error:
            raise DeliveryError(f"the server refuses our mail: {_words(error)}", server_down=True) from error
        try:
            await client.rcpt(envelope.recipient)
        except errors.SMTPResponseException as error:
            permanent = error.code >= 500
            raise DeliveryError(_words(error), permanent=permanent, bounced=permanent) from error
        except (errors.SMTPException, OSError, TimeoutError) as error:
            raise DeliveryError(_words(error), server_down=True) from error
        try:
            await client.data(envelope.content)
        except errors.SMTPResponseException as error:
            permanent = error.code >= 500
            bounced = permanent and _ADDRESS_STATUS.search(error.message) is not None
            raise DeliveryError(_words(error), permanent=permanent, bounced=bounced) from error
        except (errors.SMTPException, OSError, TimeoutError) as error:
            raise DeliveryError(f"no answer after DATA: {_words(error)}", unknown_fate=True) from error

    async def _reset(self, client: aiosmtplib.SMTP) -> None:
        """Leave the connection fit for the next mail, or leave it."""
        try:
            await client.rset()
        except (errors.SMTPException, OSError, TimeoutError):
            await self.close()


def _words(error: Exception) -> str:
    """An error in one line: with the server's code where there is one, else with what lies beneath it."""
    if isinstance(error, errors.SMTPResponseException):
        return f"{error.code} {' '.join(error.message.split())}"[:500]
    told: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(told) < 4:
        told.append(" ".join(str(cause).split()).rstrip(": ") or type(cause).__name__)
        cause = cause.__cause__
    return ": ".join(dict.fromkeys(told))[:500]


def _helo(domain: str) -> str:
    """What we call ourselves; asking the resolver for our own name can hang for half a minute."""
    return domain if "." in domain else "localhost"
