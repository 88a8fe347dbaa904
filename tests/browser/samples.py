"""Mails as they go out, for eyes and for checks: one of each kind, with the web pages switched on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage

from unit.alert_mails import CLAIM, NOW, PRICE, change, evidence, mail, notice, page

from monitor.alerts.links import Links
from monitor.alerts.render import AlertMail, render_mail
from monitor.store.alert_figures import PeriodFigures
from monitor.store.confirmations import Confirmation

LINKS = Links("https://watch.example.org", b"a key for pictures and for tests")
STEMEDIX = page()
COSMO = page(
    2,
    "https://cosmolaser.dk/blogs/ordbog-kosmetisk-behandling/stamcellebehandling",
    language="da",
    clinic_id=2,
    clinic="cosmolaser",
    clinic_name="CosmoLaser",
)
PRICE_UP = PRICE | {
    "reason": "20.000–100.000 DKK per treatment → 25.000–120.000 DKK per treatment (+25 %)",
    "rule": "price.amount.increased",
}
FIGURES = PeriodFigures(
    NOW - timedelta(days=1),
    NOW,
    240,
    3,
    60,
    4,
    2,
    failing_pages=1,
    overdue_pages=0,
    records=18_204,
    head_sha256="8c" * 32,
)


def immediate() -> AlertMail:
    """A disclaimer gone and a claim strengthened on one page."""
    changes = (change(311, places=3, context="Ask us about the clinical study."), change(312, **CLAIM))
    return replace(mail(*changes, pages=(STEMEDIX,)), links=LINKS)


def digest() -> AlertMail:
    """Two clinics, a notice, and what was looked at; in Dutch, the quotes in their own languages."""
    changes = (change(313, **PRICE_UP, page_id=2), change(312, **CLAIM))
    notices = (notice(1, "fetch_error", "the page cannot be fetched: timeout.connect (3 looks in a row)"),)
    made = mail(*changes, kind="digest", pages=(STEMEDIX, COSMO), notices=notices, figures=FIGURES, language="nl")
    return replace(made, links=LINKS)


def site_wide() -> AlertMail:
    """One disclaimer gone from 98 pages; the first version is an imported text."""
    pages = tuple(page(n, f"https://stemedix.com/blog/article-number-{n}") for n in range(1, 99))
    old = evidence(1, kind="baseline", source="seeds/003.txt", captured_at=None, body_sha256=None)
    changes = [change(n, page_id=n, fingerprint="cd" * 32, old=old) for n in range(1, 99)]
    return replace(mail(*changes, kind="site", pages=pages), links=LINKS)


def status() -> AlertMail:
    """A page that is gone, in Spanish."""
    words = "the page is gone: http.404 (3 looks in a row)"
    return replace(mail(kind="status", notices=(notice(1, "gone", words),), language="es"), links=LINKS)


def confirmation() -> AlertMail:
    """Double opt-in, in Danish."""
    made = mail(kind="confirmation", language="da")
    asked = Confirmation(1, 7, NOW + timedelta(days=7), None)
    return replace(
        made, contents=replace(made.contents, confirmation=asked), links=LINKS, code="uV5dQ-yF2p_1mZ0xN3cT7bHk"
    )


def without_links() -> AlertMail:
    """What is sent where there are no web pages."""
    return replace(immediate(), links=None)


def with_history() -> AlertMail:
    """Where everyone who gets mails may read the history."""
    return replace(immediate(), links=replace(LINKS, history=True))


SAMPLES = {
    each.__name__: each for each in (immediate, digest, site_wide, status, confirmation, without_links, with_history)
}


def html_of(message: EmailMessage) -> str:
    part = message.get_body(("html",))
    assert part is not None
    return str(part.get_content())


def text_of(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def sample_html(name: str) -> str:
    return html_of(render_mail(SAMPLES[name]()))
