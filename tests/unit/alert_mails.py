"""Contents of mails for tests, made without a database."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from monitor.alerts.headers import Mailbox
from monitor.alerts.render import AlertMail
from monitor.store.alert_contents import AlertContents, Evidence, MailChange, MailNotice, MailPage
from monitor.store.alert_figures import PeriodFigures
from monitor.store.outbox import AlertSummary
from monitor.store.preferences import Filters, Preferences
from monitor.store.subscriptions import Subscription

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
SENDER = Mailbox("Clinicwatch", "clinicwatch@watch.example.org")


def evidence(version: int, **given: Any) -> Evidence:
    captured = NOW - timedelta(days=3 - version)
    values: dict[str, Any] = {
        "version": version,
        "kind": "live",
        "source": "",
        "captured_at": captured,
        "last_seen_at": captured + timedelta(hours=4),
        "body_sha256": hashlib.sha256(str(version).encode()).hexdigest(),
    }
    return Evidence(**(values | given))


def change(number: int = 1, **given: Any) -> MailChange:
    values: dict[str, Any] = {
        "id": number,
        "page_id": 1,
        "family": "disclaimer",
        "kind": "status",
        "direction": "removed",
        "severity": "critical",
        "before": "This treatment is not approved by the FDA and is considered experimental.",
        "after": "",
        "context": "",
        "region": "footer",
        "path": ("Spinal cord injury", "Costs"),
        "reason": "a disclaimer is gone: not approved",
        "rule": "status.removed",
        "places": 1,
        "fingerprint": hashlib.sha256(f"{number}".encode()).hexdigest(),
        "state": "confirmed",
        "looks": 2,
        "detected_at": NOW - timedelta(minutes=12),
        "settled_at": NOW - timedelta(minutes=2),
        "old": evidence(1),
        "new": evidence(2),
    }
    return MailChange(**(values | given))


def page(number: int = 1, url: str = "https://www.stemedix.com/spinal-cord-injury", **given: Any) -> MailPage:
    values: dict[str, Any] = {
        "id": number,
        "url": url,
        "language": "en",
        "clinic_id": 1,
        "clinic": "stemedix",
        "clinic_name": "Stemedix",
        "host_id": 1,
    }
    return MailPage(**(values | given))


def notice(number: int = 1, kind: str = "gone", words: str = "404 on 3 visits", **given: Any) -> MailNotice:
    values: dict[str, Any] = {"page_id": 1, "detail": "", "noticed_at": NOW}
    return MailNotice(id=number, kind=kind, text=words, **(values | given))


def contents(
    *changes: MailChange,
    kind: str = "changes",
    pages: tuple[MailPage, ...] = (),
    notices: tuple[MailNotice, ...] = (),
    figures: PeriodFigures | None = None,
    **given: Any,
) -> AlertContents:
    told = Preferences(language=given.pop("language", "en"))
    subscription = Subscription(7, "someone@example.org", "Someone", "cli", "active", Filters(), told, "token-of-seven")
    alert = AlertSummary(
        id=42,
        kind=kind,
        state="queued",
        group_key=given.pop("group_key", {"changes": "page:1", "digest": "digest:daily"}.get(kind, f"{kind}:1")),
        address=subscription.address,
        subscription_id=7,
        page_url=None,
        clinic=None,
        changes=len(changes),
        notices=len(notices),
        message_id="<clinicwatch.0011223344556677@watch.example.org>",
        created_at=NOW,
        send_after=NOW,
        attempts=1,
        first_tried_at=NOW,
        claimed=True,
        sent_at=None,
        last_error="",
    )
    alert = replace(alert, **given)
    return AlertContents(alert, subscription, changes, notices, pages or (page(),), figures)


def mail(*changes: MailChange, **given: Any) -> AlertMail:
    return AlertMail(contents(*changes, **given), SENDER, NOW)


PRICE = {
    "family": "price",
    "kind": "amount",
    "direction": "increased",
    "severity": "high",
    "before": "Behandlingen koster fra 20.000 til 100.000 DKK afhængigt af omfanget.",
    "after": "Behandlingen koster fra 25.000 til 120.000 DKK afhængigt af omfanget.",
    "context": "Tal med os om prisen.",
    "region": "main",
    "path": ("Priser",),
    "reason": "price up 25 %: 20.000–100.000 → 25.000–120.000 DKK",
    "rule": "price.amount",
}

CLAIM = {
    "family": "claim",
    "kind": "efficacy",
    "direction": "strengthened",
    "severity": "high",
    "before": "Stem cell therapy may help patients with spinal cord injury.",
    "after": "Stem cell therapy helps patients with spinal cord injury.",
    "region": "main",
    "path": ("Spinal cord injury", "Can stem cells help?"),
    "reason": "hedge dropped: may help → helps",
    "rule": "efficacy.hedge",
}
