"""Mails to look at, and the mail that tests the way out: nothing here is queued or settled."""

from __future__ import annotations

import json
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import TYPE_CHECKING

from monitor.alerts.catalogue import catalogue
from monitor.alerts.envelope import Envelope
from monitor.alerts.headers import MAIL_POLICY, Mailbox, parse_mailbox
from monitor.alerts.links import Links, check_base_url
from monitor.alerts.render import AlertMail, render_mail
from monitor.alerts.services import make_message
from monitor.alerts.transport import open_transport
from monitor.alerts.webhook import make_payload
from monitor.config import Config
from monitor.store.alert_contents import AlertContents, load_change, load_contents
from monitor.store.outbox import AlertSummary
from monitor.store.preferences import Filters, Preferences, check_address, check_mail_language
from monitor.store.secrets import link_key
from monitor.store.subscriptions import Subscription

if TYPE_CHECKING:
    from sqlalchemy import Connection


def make_mail(contents: AlertContents, config: Config, key: bytes, date: datetime) -> AlertMail:
    """What the mail for `contents` is made from; `key` signs its links."""
    links = Links(check_base_url(config.web.base_url), key, history=config.web.history == "everyone")
    asked = contents.confirmation
    code = links.confirmation_code(asked.id, contents.subscription) if asked else ""
    sender = parse_mailbox(config.alerts.sender)
    return AlertMail(contents, sender, date, links if links.base_url else None, code)


def render_alert(connection: Connection, config: Config, alert_id: int) -> EmailMessage:
    """The alert as the mail that it is, was or will be. Raises NotFoundError."""
    contents = load_contents(connection, alert_id, config.schedule.cadence_s)
    date = contents.alert.first_tried_at or contents.alert.send_after
    return render_mail(make_mail(contents, config, link_key(connection, config), date))


def render_message(connection: Connection, config: Config, alert_id: int) -> str | None:
    """What a webhook or a service is told; None for a mail. Raises NotFoundError."""
    contents = load_contents(connection, alert_id, config.schedule.cadence_s)
    if contents.subscription.channel == "webhook":
        return json.dumps(json.loads(make_payload(contents)), ensure_ascii=False, indent=2)
    if contents.subscription.channel == "apprise":
        words = json.loads(make_message(contents))
        return f"{words['title']}\n\n{words['body']}"
    return None


def preview_change(connection: Connection, config: Config, change_id: int, language: str = "en") -> EmailMessage:
    """The mail that a change alone would make, to nobody; nothing is queued. Raises NotFoundError."""
    check_mail_language(language)
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
    contents = AlertContents(alert, _nobody(language), (change,), (), (page,))
    return render_mail(AlertMail(contents, sender, at))


async def send_test(config: Config, address: str, now: datetime, language: str = "en") -> None:
    """Send a short mail to `address` by the configured way. Raises DeliveryError, ConfigError, UsageError."""
    sender = parse_mailbox(config.alerts.sender)
    message_id = f"<clinicwatch.test.{int(now.timestamp() * 1e6):x}@{sender.domain}>"
    recipient = check_address(address)
    check_mail_language(language)
    mail = _test_mail(sender, recipient, message_id, now, language=language)
    async with open_transport(config) as transport:
        await transport.send(Envelope(sender.address, recipient, mail.as_bytes(), message_id, now))


def _nobody(language: str) -> Subscription:
    return Subscription(
        id=0,
        address="preview@localhost",
        name="",
        source="cli",
        state="active",
        filters=Filters(),
        preferences=Preferences(language=language),
        token="preview",  # noqa: S106 - names no subscription
    )


def _test_mail(sender: Mailbox, address: str, message_id: str, now: datetime, *, language: str) -> EmailMessage:
    say = catalogue(language)
    message = EmailMessage(policy=MAIL_POLICY)
    message["From"], message["To"] = str(sender), address
    message["Subject"] = say("subject.test")
    message["Date"], message["Message-ID"] = format_datetime(now), message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(say("test.body") + "\n", charset="utf-8", cte="quoted-printable")
    return message
