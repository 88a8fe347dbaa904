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
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from monitor.alerts.digest import wait_out_quiet
from monitor.alerts.envelope import Envelope
from monitor.alerts.headers import parse_mailbox
from monitor.alerts.heartbeat import queue_heartbeats
from monitor.alerts.links import Links, check_base_url, hash_code
from monitor.alerts.preview import make_mail
from monitor.alerts.render import AlertMail, render_mail
from monitor.alerts.services import make_message
from monitor.alerts.transport import Transport, open_transport
from monitor.alerts.webhook import AT_ONCE, make_payload
from monitor.config import AlertsConfig, Config
from monitor.errors import DeliveryError
from monitor.store import claims
from monitor.store.alert_contents import AlertContents, load_contents
from monitor.store.claims import Claim
from monitor.store.confirmations import record_token
from monitor.store.gathering import gather_excess
from monitor.store.secrets import link_key
from monitor.store.subscriptions import forget_bounces, record_bounce

if TYPE_CHECKING:
    from sqlalchemy import Engine

LONGEST_WAIT_S = 3600.0  # between two tries: when a server is back after a day, its mails are not long behind
SOONEST = timedelta(milliseconds=1)  # a try that is due in the same round would make it endless
JITTER = 0.25
LANE_S = 15.0  # of a round, for webhooks and services: the mails of the next one wait for its end

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
    """Send every alert that is due at `now` (aware), until none is left or the server is away.

    Mails go one after another. Webhooks and services go side by side with them, so that one that hangs holds up no
    mail; what they do not manage in `LANE_S` waits for the next round.
    `worker` names this sender in the rows that it holds; any number of senders may run. Raises ConfigError for a
    sender address or a base URL that is none, before a row is touched; errors of the database pass through.
    """
    parse_mailbox(config.alerts.sender)
    check_base_url(config.web.base_url)
    started = time.monotonic()
    key = await asyncio.to_thread(_prepare_round, engine, config, now)
    async with open_transport(config) as transport:
        out = _WayOut(engine, config, transport, key, now, worker, started)
        lanes = [_deliver_mails(out), *(_deliver_elsewhere(out, hand) for hand in range(AT_ONCE))]
        async with asyncio.TaskGroup() as group:
            reports = [group.create_task(lane) for lane in lanes]
    return sum((each.result() for each in reports), DeliveryReport())


@dataclass(frozen=True, slots=True)
class _WayOut:
    """What a round of deliveries works with; `key` signs links, `resting` are subscriptions that a hand is busy
    with, or that did not answer in this round."""

    engine: Engine
    config: Config
    transport: Transport
    key: bytes = field(repr=False)
    now: datetime
    worker: str
    started: float
    resting: set[int] = field(default_factory=set)
    claiming: asyncio.Lock = field(default_factory=asyncio.Lock)

    def moment(self) -> datetime:
        """The caller's clock, gone on since the round began."""
        return self.now + timedelta(seconds=time.monotonic() - self.started)


async def _deliver_mails(out: _WayOut) -> DeliveryReport:
    """One mail after another over one connection, until none is left or the server is away."""
    report = DeliveryReport()
    while True:
        moment = out.moment()
        claim = await asyncio.to_thread(_claim, out, moment, out.worker, ("mail",))
        if claim is None:
            return report
        outcome, failure = await _deliver(out, claim, moment)
        report += outcome
        if failure is not None and failure.server_down:
            return report


async def _deliver_elsewhere(out: _WayOut, hand: int) -> DeliveryReport:
    """One of the hands that post to webhooks and services. Who did not answer is asked once in a round."""
    report = DeliveryReport()
    while time.monotonic() - out.started < LANE_S:
        async with out.claiming:  # two hands must not turn to the same receiver
            moment = out.moment()
            claim = await asyncio.to_thread(_claim, out, moment, f"{out.worker}/{hand}", ("webhook", "apprise"))
            if claim is None:
                return report
            out.resting.add(claim.subscription_id)
        outcome, failure = await _deliver(out, claim, moment)
        report += outcome
        if failure is None or failure.permanent:
            out.resting.discard(claim.subscription_id)
    return report


def _prepare_round(engine: Engine, config: Config, now: datetime) -> bytes:
    """Queue the digests that come in any case, gather what is more than somebody wants in an hour; returns the key
    of links."""
    with engine.begin() as connection:
        queue_heartbeats(connection, config, now)
        if moved := gather_excess(connection, parse_mailbox(config.alerts.sender).domain, now):
            _log.info("alerts gathered", alerts=moved)
        return link_key(connection, config)


def next_try(attempt: int, first_s: float, chance: float) -> float:
    """Seconds until the next try after the `attempt`-th (from 1): doubling, bounded, spread by `chance` in 0 … 1."""
    wait = min(first_s * 2.0 ** min(attempt - 1, 30), max(LONGEST_WAIT_S, first_s))
    return wait * (1 + JITTER * (2 * chance - 1))


def _claim(out: _WayOut, moment: datetime, worker: str, channels: Collection[str]) -> Claim | None:
    # due by the caller's clock, so that a round ends; leased from this very moment on
    lease_s, resting = out.config.alerts.claim_s, tuple(out.resting)
    with out.engine.begin() as connection:
        return claims.claim_alert(
            connection, worker, out.now, lease_s, leased_from=moment, channels=channels, without=resting
        )


async def _deliver(out: _WayOut, claim: Claim, moment: datetime) -> tuple[DeliveryReport, DeliveryError | None]:
    """Send one claimed alert and settle it. Returns what came of it, and why it was not taken."""
    log = _log.bind(alert=claim.alert_id, attempt=claim.attempt)
    engine, alerts = out.engine, out.config.alerts
    contents = await asyncio.to_thread(_load, out, claim.alert_id)
    told = contents.subscription.preferences
    if (after := wait_out_quiet(moment, told)) > moment and contents.alert.kind != "confirmation":
        await asyncio.to_thread(_settle_quiet, engine, claim, after)
        return DeliveryReport(later=1), None
    try:
        mail = make_mail(contents, out.config, out.key, contents.alert.first_tried_at or moment)
        envelope = make_envelope(mail, moment)
    except Exception as error:  # a row that cannot be rendered must not stop the others
        log.exception("alert cannot be rendered")
        problem = f"cannot be rendered: {type(error).__name__}: {error}"[:500]
        await asyncio.to_thread(_settle_failed, engine, claim, problem)
        return DeliveryReport(failed=1), None
    try:
        await _send_in_time(out.transport, envelope, alerts.claim_s * 0.9)
    except DeliveryError as error:
        log.warning("alert not sent", problem=str(error), unknown_fate=error.unknown_fate)
        given_up = await asyncio.to_thread(_settle_not_taken, engine, alerts, claim, envelope, error, moment=moment)
        return DeliveryReport(failed=1) if given_up else DeliveryReport(later=1), error
    await asyncio.to_thread(_settle_sent, engine, claim, envelope.recipient, moment)
    log.info("alert sent", message_id=envelope.message_id)
    return DeliveryReport(sent=1), None


async def _send_in_time(transport: Transport, envelope: Envelope, limit_s: float) -> None:
    """Send before the claim ends: a server that drips its answers must not make two senders of us."""
    try:
        async with asyncio.timeout(limit_s):
            await transport.send(envelope)
    except TimeoutError as error:
        raise DeliveryError("the server took longer than a claim lasts", unknown_fate=True, server_down=True) from error


def _load(out: _WayOut, alert_id: int) -> AlertContents:
    """The alert's contents; of one that asks for confirmation, the hash of its token is kept before it goes."""
    with out.engine.begin() as connection:
        contents = load_contents(connection, alert_id, out.config.schedule.cadence_s)
        if (asked := contents.confirmation) is not None:
            code = Links(out.config.web.base_url, out.key).confirmation_code(asked.id, contents.subscription)
            record_token(connection, asked.id, hash_code(code))
        return contents


def make_envelope(mail: AlertMail, tried_at: datetime) -> Envelope:
    """The alert as bytes for its channel: pure. Raises ValueError where a header would not be clean."""
    alert, subscription = mail.contents.alert, mail.contents.subscription
    content = _CONTENT[subscription.channel](mail)
    return Envelope(
        mail.sender.address,
        subscription.address,
        content,
        alert.message_id,
        alert.created_at,
        subscription.channel,
        mail.date,
        subscription.secret,
        tried_at,
    )


_CONTENT: dict[str, Callable[[AlertMail], bytes]] = {
    "mail": lambda mail: render_mail(mail).as_bytes(),
    "webhook": lambda mail: make_payload(mail.contents),
    "apprise": lambda mail: make_message(mail.contents),
}


def _settle_quiet(engine: Engine, claim: Claim, after: datetime) -> None:
    with engine.begin() as connection:
        claims.settle_later(connection, claim, "quiet hours", after)


def _settle_sent(engine: Engine, claim: Claim, recipient: str, moment: datetime) -> None:
    with engine.begin() as connection:
        if not claims.settle_sent(connection, claim, moment):
            _log.warning("alert was sent after its claim had run out", alert=claim.alert_id)
        forget_bounces(connection, recipient, moment)


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
