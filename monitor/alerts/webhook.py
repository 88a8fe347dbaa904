"""Alerts as signed JSON, posted to a URL: by the rules of Standard Webhooks (https://www.standardwebhooks.com).

A URL is as little trusted as a page: the address that is dialled is checked at the moment of dialling, so neither a
private address nor a name that changes its mind gets anywhere; redirects are not followed; an answer is read for its
status alone.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import http.client
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from monitor.alerts.envelope import Envelope
from monitor.alerts.subject import group_changes, make_subject
from monitor.errors import DeliveryError
from monitor.store.alert_contents import AlertContents, Evidence, MailChange, MailNotice, MailPage

SECRET_PREFIX = "whsec_"  # noqa: S105 - what Standard Webhooks writes before a secret
AGAIN = frozenset({408, 425, 429})
GONE = 410
AT_ONCE = 4  # posts side by side
Permit = Callable[[str, int], bool]
"""Whether an address (literal IP, port) may be dialled."""


def make_payload(contents: AlertContents) -> bytes:
    """The alert as JSON, the same bytes each time: what a mail says, for a program. Text of pages is as it stands
    there: whoever shows it must escape it."""
    alert = contents.alert
    document = {
        "type": f"alert.{alert.kind}",
        "id": alert.message_id,
        "created_at": _when(alert.created_at),
        "subscription": contents.subscription.id,
        "subject": make_subject(contents),
        "changes": [
            _change(each, contents.page(each.page_id)) for group in group_changes(contents.changes) for each in group
        ],
        "notices": [_notice(each, contents.page(each.page_id)) for each in contents.notices],
    }
    return json.dumps(document, ensure_ascii=True, separators=(",", ":")).encode("ascii")


def sign(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """The value of `webhook-signature`: "v1," and the HMAC (SHA-256) of id, time and body, in base64."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX) + "==")
    signed = f"{message_id}.{timestamp}.".encode() + body
    return f"v1,{base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode('ascii')}"


class WebhookTransport:
    """Posts to one URL after another, a connection each. `permit` judges each address just before it is dialled."""

    def __init__(self, permit: Permit, timeout_s: float, user_agent: str) -> None:
        self._permit = permit
        self._timeout_s = timeout_s
        self._user_agent = user_agent
        # own threads, begun when needed: a receiver that hangs must not take those that the store is asked from
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="webhook")
        self._open: set[socket.socket] = set()

    def close(self) -> None:
        """End what is under way."""
        for each in tuple(self._open):
            _shut(each)
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def send(self, envelope: Envelope) -> None:
        """Post it. Raises DeliveryError; a 2xx is the receiver's word that it has it."""
        status = await asyncio.get_running_loop().run_in_executor(self._threads, self._post, envelope)
        if 200 <= status < 300:
            return
        permanent = 300 <= status < 500 and status not in AGAIN
        raise DeliveryError(f"the webhook answered {status}", permanent=permanent, bounced=status == GONE)

    def _post(self, envelope: Envelope) -> int:
        parts = urlsplit(envelope.recipient)
        timestamp = int(envelope.tried_at.timestamp())  # of this try: receivers refuse what is minutes old
        headers = {
            "Host": parts.netloc,
            "Content-Type": "application/json",
            "User-Agent": self._user_agent,
            "webhook-id": envelope.message_id.strip("<>"),
            "webhook-timestamp": str(timestamp),
            "webhook-signature": sign(envelope.secret, envelope.message_id.strip("<>"), timestamp, envelope.content),
        }
        is_tls = parts.scheme == "https"
        port = parts.port or (443 if is_tls else 80)
        connection = http.client.HTTPConnection(parts.hostname or "", port, timeout=self._timeout_s)
        sent = False
        deadline = time.monotonic() + self._timeout_s
        try:
            with self._dial(parts.hostname or "", port, deadline) as dialled, self._ended_at(deadline, dialled):
                connection.sock = _with_tls(dialled, parts.hostname or "") if is_tls else dialled
                target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
                sent = True  # from the first byte on
                connection.request("POST", target, body=envelope.content, headers=headers)
                return connection.getresponse().status
        except (OSError, ValueError, http.client.HTTPException) as error:
            problem = " ".join(str(error).split()) or type(error).__name__
            if time.monotonic() >= deadline:
                problem = f"not within {self._timeout_s:g} s"
            raise DeliveryError(f"no answer from the webhook: {problem}"[:500], unknown_fate=sent) from error
        finally:
            connection.close()

    def _dial(self, host: str, port: int, deadline: float) -> socket.socket:
        """Connect to the first address of `host` that may be dialled and answers. Raises DeliveryError and OSError."""
        last: OSError | None = None
        for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            if not self._permit(str(address[0]), port):
                continue
            dialled = socket.socket(family, kind, protocol)
            try:
                dialled.settimeout(max(0.1, deadline - time.monotonic()))
                dialled.connect(address)
            except OSError as error:
                dialled.close()
                last = error
            else:
                return dialled
        if last is None:
            raise DeliveryError(f"{host} is at no address that may be dialled", permanent=True)
        raise last

    @contextmanager
    def _ended_at(self, deadline: float, dialled: socket.socket) -> Iterator[None]:
        """Shut the connection at `deadline` (monotonic), or when we are closed: who drips its answer, or says "100
        Continue" for ever, outlasts every timeout of a single read."""
        with dialled.dup() as held:  # TLS takes `dialled` over; the connection is the same
            timer = threading.Timer(max(0.0, deadline - time.monotonic()), _shut, [held])
            timer.daemon = True
            self._open.add(held)
            timer.start()
            try:
                yield
            finally:
                timer.cancel()
                self._open.discard(held)


def _with_tls(dialled: socket.socket, host: str) -> ssl.SSLSocket:
    return ssl.create_default_context().wrap_socket(dialled, server_hostname=host)


def _shut(dialled: socket.socket) -> None:
    with suppress(OSError):
        dialled.shutdown(socket.SHUT_RDWR)


def _change(change: MailChange, page: MailPage) -> dict[str, Any]:
    names = ("id", "family", "kind", "direction", "severity", "before", "after", "context", "region", "reason")
    return {
        **{name: getattr(change, name) for name in (*names, "rule", "places", "state", "looks", "fingerprint")},
        "path": list(change.path),
        "detected_at": _when(change.detected_at),
        "settled_at": _when(change.settled_at),
        "page": _page(page),
        "old": _evidence(change.old),
        "new": _evidence(change.new),
    }


def _notice(notice: MailNotice, page: MailPage) -> dict[str, Any]:
    names = ("id", "kind", "text", "detail")
    told = {name: getattr(notice, name) for name in names}
    return {**told, "noticed_at": _when(notice.noticed_at), "page": _page(page)}


def _page(page: MailPage) -> dict[str, Any]:
    return {"id": page.id, "url": page.url, "language": page.language, "clinic": page.clinic, "country": page.country}


def _evidence(evidence: Evidence) -> dict[str, Any]:
    return {
        "version": evidence.version,
        "kind": evidence.kind,
        "captured_at": _when(evidence.captured_at),
        "body_sha256": evidence.body_sha256,
    }


def _when(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")
