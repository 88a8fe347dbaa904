"""Mails out of the outbox: claim, load, render, send, settle. At least once, and never twice on purpose.

    claim (lease, attempt counted) ─► load ─► render ─► send ─► settle
          │ killed here or later: the lease runs out and the same Message-ID goes again
          └ a row that cannot be rendered is marked failed; the others go on

The one possible duplicate: the server took the mail, and we were killed (or cut off) before we could settle it.
"""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from typing import TYPE_CHECKING

import structlog

from monitor.alerts.headers import MAIL_POLICY, Mailbox, parse_mailbox
from monitor.alerts.render import AlertMail, render_mail
from monitor.alerts.transport import Envelope, Transport, open_transport
from monitor.config import AlertsConfig, Config
from monitor.errors import DeliveryError
from monitor.store import claims
from monitor.store.alert_contents import AlertContents, load_change, load_contents
from monitor.store.claims import Claim
from monitor.store.outbox import AlertSummary
from monitor.store.subscriptions import Filters, Subscription, check_address, forget_bounces, record_bounce

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

LONGEST_WAIT_S = 3600.0  # between two tries: when a server is back after a day, its mails are not long behind
SOONEST = timedelta(milliseconds=1)  # a try that is due in the same round would make it endless
JITTER = 0.25

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What one round did: mails taken by the server, to be tried again, and given up."""

    sent: int = 0
    later: int = 0
    failed: int = 0

    def __add__(self, other: DeliveryReport) -> DeliveryReport:
        return DeliveryReport(self.sent + other.sent, self.later + other.later, self.failed + other.failed)


async def deliver_due(engine: Engine, config: Config, now: datetime, worker: str) -> DeliveryReport:
    """Send every alert that is due at `now` (aware), one after another, until none is left or the server is away.

    `worker` names this sender in the rows that it holds; any number of senders may run. Raises ConfigError for a
    sender address that is none, before a row is touched; errors of the database pass through.
    """
    parse_mailbox(config.alerts.sender)
    started, report = time.monotonic(), DeliveryReport()
    async with open_transport(config) as transport:
        while True:
            moment = now + timedelta(seconds=time.monotonic() - started)
            claim = await asyncio.to_thread(_claim, engine, config, now, moment, worker)
            if claim is None:
                return report
            outcome, server_down = await _deliver(engine, config, transport, claim, moment)
            report += outcome
            if server_down:
                return report


async def send_test(config: Config, address: str, now: datetime) -> None:
    """Send a short mail to `address` by the configured way. Raises DeliveryError, ConfigError, UsageError."""
    sender = parse_mailbox(config.alerts.sender)
    message_id = f"<clinicwatch.test.{int(now.timestamp() * 1e6):x}@{sender.domain}>"
    recipient = check_address(address)
    mail = _test_mail(sender, recipient, message_id, now)
    async with open_transport(config) as transport:
        await transport.send(Envelope(sender.address, recipient, mail.as_bytes(), message_id, now))


def render_alert(connection: Connection, config: Config, alert_id: int) -> EmailMessage:
    """The alert as the mail that it is, was or will be. Raises NotFoundError."""
    contents = load_contents(connection, alert_id)
    date = contents.alert.first_tried_at or contents.alert.send_after
    return render_mail(AlertMail(contents, parse_mailbox(config.alerts.sender), date))


def preview_change(connection: Connection, config: Config, change_id: int) -> EmailMessage:
    """The mail that a change alone would make, to nobody; nothing is queued. Raises NotFoundError."""
    change, page = load_change(connection, change_id)
    sender = parse_mailbox(config.alerts.sender)
    at = change.settled_at or change.detected_at
    alert = AlertSummary(
        id=0,
        kind="baseline" if change.old.kind == "baseline" else "changes",
        state="queued",
        group_key=f"page:{page.id}",
        address="preview@localhost",
        subscription_id=0,
        page_url=page.url,
        clinic=page.clinic,
        changes=1,
        notices=0,
        message_id=f"<clinicwatch.preview.{change.id}@{sender.domain}>",
        created_at=at,
        send_after=at,
        attempts=0,
        first_tried_at=None,
        claimed=False,
        sent_at=None,
        last_error="",
    )
    contents = AlertContents(alert, _nobody(), (change,), (), (page,))
    return render_mail(AlertMail(contents, sender, at))


def next_try(attempt: int, first_s: float, chance: float) -> float:
    """Seconds until the next try after the `attempt`-th (from 1): doubling, bounded, spread by `chance` in 0 … 1."""
    wait = min(first_s * 2.0 ** min(attempt - 1, 30), max(LONGEST_WAIT_S, first_s))
    return wait * (1 + JITTER * (2 * chance - 1))


def _claim(engine: Engine, config: Config, now: datetime, moment: datetime, worker: str) -> Claim | None:
    # due by the caller's clock, so that a round ends; leased from this very moment on
    with engine.begin() as connection:
        return claims.claim_alert(connection, worker, now, config.alerts.claim_s, leased_from=moment)


async def _deliver(
    engine: Engine, config: Config, transport: Transport, claim: Claim, moment: datetime
) -> tuple[DeliveryReport, bool]:
    """Send one claimed alert and settle it. Returns what came of it, and whether the server is away."""
    log = _log.bind(alert=claim.alert_id, attempt=claim.attempt)
    contents = await asyncio.to_thread(_load, engine, claim.alert_id)
    try:
        envelope = _envelope(contents, config, moment)
    except Exception as error:  # a row that cannot be rendered must not stop the others
        log.exception("alert cannot be rendered")
        problem = f"cannot be rendered: {type(error).__name__}: {error}"[:500]
        await asyncio.to_thread(_settle_failed, engine, claim, problem)
        return DeliveryReport(failed=1), False
    try:
        await _send_in_time(transport, envelope, config.alerts.claim_s * 0.9)
    except DeliveryError as error:
        log.warning("alert not sent", problem=str(error), unknown_fate=error.unknown_fate)
        given_up = await asyncio.to_thread(
            _settle_not_taken, engine, config.alerts, claim, envelope, error, moment=moment
        )
        return DeliveryReport(failed=1) if given_up else DeliveryReport(later=1), error.server_down
    await asyncio.to_thread(_settle_sent, engine, claim, envelope.recipient, moment)
    log.info("alert sent", message_id=envelope.message_id)
    return DeliveryReport(sent=1), False


async def _send_in_time(transport: Transport, envelope: Envelope, limit_s: float) -> None:
    """Send before the claim ends: a server that drips its answers must not make two senders of us."""
    try:
        async with asyncio.timeout(limit_s):
            await transport.send(envelope)
    except TimeoutError as error:
        raise DeliveryError("the server took longer than a claim lasts", unknown_fate=True, server_down=True) from error


def _load(engine: Engine, alert_id: int) -> AlertContents:
    with engine.begin() as connection:
        return load_contents(connection, alert_id)


def _envelope(contents: AlertContents, config: Config, moment: datetime) -> Envelope:
    sender = parse_mailbox(config.alerts.sender)
    alert = contents.alert
    mail = render_mail(AlertMail(contents, sender, alert.first_tried_at or moment))
    return Envelope(sender.address, contents.subscription.address, mail.as_bytes(), alert.message_id, alert.created_at)


def _settle_sent(engine: Engine, claim: Claim, recipient: str, moment: datetime) -> None:
    with engine.begin() as connection:
        if not claims.settle_sent(connection, claim, moment):
            _log.warning("alert was sent after its claim had run out", alert=claim.alert_id)
        forget_bounces(connection, recipient)


def _settle_failed(engine: Engine, claim: Claim, problem: str) -> None:
    with engine.begin() as connection:
        claims.settle_failed(connection, claim, problem)


def _settle_not_taken(
    engine: Engine, alerts: AlertsConfig, claim: Claim, envelope: Envelope, error: DeliveryError, *, moment: datetime
) -> bool:
    """Plan the next try, or give the alert up. Returns whether it was given up."""
    tried_for = moment - claim.first_tried_at
    again_in = timedelta(seconds=next_try(claim.attempt, alerts.retry_first_s, random.random()))  # noqa: S311
    with engine.begin() as connection:
        if error.permanent:
            claims.settle_failed(connection, claim, str(error))
            if error.bounced and record_bounce(connection, envelope.recipient, str(error)):
                _log.error("address suspended after repeated bounces", address=envelope.recipient, problem=str(error))
            return True
        if tried_for + again_in > timedelta(seconds=alerts.retry_for_s):
            claims.settle_failed(connection, claim, f"given up after {tried_for}: {error}")
            return True
        problem = f"{error} (it may have arrived)" if error.unknown_fate else str(error)
        claims.settle_later(connection, claim, problem, moment + max(again_in, SOONEST))
        return False


def _nobody() -> Subscription:
    return Subscription(
        id=0,
        address="preview@localhost",
        name="",
        source="cli",
        state="active",
        filters=Filters(),
        delivery="default",
        timezone="UTC",
        token="preview",  # noqa: S106 - names no subscription
    )


def _test_mail(sender: Mailbox, address: str, message_id: str, now: datetime) -> EmailMessage:
    message = EmailMessage(policy=MAIL_POLICY)
    message["From"], message["To"] = str(sender), address
    message["Subject"] = "[TEST] Clinicwatch can send mail"
    message["Date"], message["Message-ID"] = format_datetime(now), message_id
    message["Auto-Submitted"] = "auto-generated"
    words = "This is a test of Clinicwatch's mail. Nothing changed anywhere, and nothing needs to be done.\n"
    message.set_content(words, charset="utf-8", cte="quoted-printable")
    return message
