"""An alert as a mail: headers, a text part that stands alone, and an HTML part. Pure.

The HTML has a table layout, inlined CSS, no remote content, and no link but the watched page's own URL.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from functools import lru_cache
from importlib import resources
from urllib.parse import quote

from css_inline import CSSInliner
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from monitor.alerts.clean import clean_header
from monitor.alerts.headers import MAIL_POLICY, Mailbox
from monitor.alerts.subject import make_subject
from monitor.alerts.view import MailView, make_view
from monitor.store.alert_contents import AlertContents


@dataclass(frozen=True, slots=True)
class AlertMail:
    """What a mail is made from: the alert's contents, who writes, and the moment of the Date header (aware).

    Equal values make equal bytes, so a mail that has to go twice is twice the same.
    """

    contents: AlertContents
    sender: Mailbox
    date: datetime


def render_mail(mail: AlertMail) -> EmailMessage:
    """The mail, ready for `as_bytes()`. Raises ValueError where a header would not be clean."""
    contents, sender = mail.contents, mail.sender
    subscription = contents.subscription
    unsubscribe = f"mailto:{sender.address}?subject={quote(f'unsubscribe {subscription.token}', safe='')}"
    message = EmailMessage(policy=MAIL_POLICY)
    headers = {
        "From": str(sender),
        "To": str(Mailbox(clean_header(subscription.name, 100), subscription.address)),
        "Subject": make_subject(contents),
        "Date": format_datetime(mail.date),
        "Message-ID": contents.alert.message_id,
        "References": thread_id(contents, sender.domain),
        "List-Id": f"Clinicwatch alerts <alerts.clinicwatch.{sender.domain}>",
        "List-Unsubscribe": f"<{unsubscribe}>",
        "Auto-Submitted": "auto-generated",
        "Precedence": "list",
        "X-Auto-Response-Suppress": "All",
    }
    for name, value in headers.items():
        message[name] = value
    view = make_view(contents)
    message.set_content(render_text(view, contents, unsubscribe), charset="utf-8", cte="quoted-printable")
    html = render_html(view, contents, unsubscribe)
    message.add_alternative(html, subtype="html", charset="utf-8", cte="quoted-printable")
    # the same mail is the same bytes; nobody who writes pages can guess what separates its parts
    secret = f"{subscription.token} {contents.alert.message_id}"
    message.set_boundary(f"=_{hashlib.sha256(secret.encode()).hexdigest()[:32]}")
    return message


def thread_id(contents: AlertContents, domain: str) -> str:
    """The root that all mails of one subscription about one page (site, clinic, digest) refer to."""
    alert = contents.alert
    about = f"page:{contents.notices[0].page_id}" if alert.kind == "status" and contents.notices else alert.group_key
    digest = hashlib.sha256(f"{contents.subscription.token} {about}".encode()).hexdigest()
    return f"<clinicwatch.thread.{digest[:24]}@{domain}>"


def render_text(view: MailView, contents: AlertContents, unsubscribe: str) -> str:
    """The text part: everything that the HTML part says."""
    template = _environment().get_template("mail.txt.j2")
    text = template.render(view=view, subscription=contents.subscription, unsubscribe=unsubscribe)
    return text.strip() + "\n"


def render_html(view: MailView, contents: AlertContents, unsubscribe: str) -> str:
    """The HTML part, CSS inlined; only the rules for dark mode and small screens stay in a style element."""
    template = _environment().get_template("mail.html.j2")
    html = template.render(
        view=view,
        subscription=contents.subscription,
        unsubscribe=unsubscribe,
        subject=make_subject(contents),
    )
    return _inliner().inline(html)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("monitor.alerts"),
        autoescape=select_autoescape(enabled_extensions=("html.j2",), default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@lru_cache(maxsize=1)
def _inliner() -> CSSInliner:
    css = resources.files("monitor.alerts").joinpath("templates/mail.css").read_text(encoding="utf-8")
    return CSSInliner(extra_css=css, load_remote_stylesheets=False, keep_style_tags=True)
