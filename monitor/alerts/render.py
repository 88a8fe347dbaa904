"""An alert as a mail: headers, a text part that stands alone, and an HTML part. Pure.

The HTML has a table layout, inlined CSS, no remote content, and no link but the watched page's own URL and,
where there are web pages, ours.
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

from monitor.alerts.catalogue import catalogue
from monitor.alerts.clean import clean_header
from monitor.alerts.headers import MAIL_POLICY, Mailbox
from monitor.alerts.links import Links
from monitor.alerts.subject import make_subject
from monitor.alerts.view import MAX_ITEMS, describe_subscription, make_view
from monitor.alerts.wording import utc
from monitor.store.alert_contents import AlertContents

MAX_HTML_BYTES = 100_000  # Gmail cuts a part at 102 KB, and with its end go the links that end the subscription
FEWER_ITEMS = (16, 10, 6, 3, 1)  # changes shown where more are too long


@dataclass(frozen=True, slots=True)
class AlertMail:
    """What a mail is made from: the alert's contents, who writes, the moment of the Date header (aware), and the links
    back to us (None where there are no web pages); `code` is what a mail that asks for confirmation carries.

    Equal values make equal bytes, so a mail that has to go twice is twice the same.
    """

    contents: AlertContents
    sender: Mailbox
    date: datetime
    links: Links | None = None
    code: str = ""


def render_mail(mail: AlertMail) -> EmailMessage:
    """The mail, ready for `as_bytes()`. Raises ValueError where a header would not be clean."""
    contents, sender = mail.contents, mail.sender
    subscription = contents.subscription
    message = EmailMessage(policy=MAIL_POLICY)
    headers = {
        "From": str(sender),
        "To": str(Mailbox(clean_header(subscription.name, 100), subscription.address)),
        "Subject": make_subject(contents),
        "Date": format_datetime(mail.date),
        "Message-ID": contents.alert.message_id,
        "References": thread_id(contents, sender.domain),
        "List-Id": f"Clinicwatch alerts <alerts.clinicwatch.{sender.domain}>",
        **_unsubscribe_headers(mail),
        "Auto-Submitted": "auto-generated",
        "Precedence": "list",
        "X-Auto-Response-Suppress": "All",
    }
    for name, value in headers.items():
        message[name] = value
    text, html = _confirmation(mail) if contents.alert.kind == "confirmation" else _report(mail)
    message.set_content(text, charset="utf-8", cte="quoted-printable")
    message.add_alternative(html, subtype="html", charset="utf-8", cte="quoted-printable")
    # the same mail is the same bytes; nobody who writes pages can guess what separates its parts
    secret = f"{subscription.token} {contents.alert.message_id}"
    message.set_boundary(f"=_{hashlib.sha256(secret.encode()).hexdigest()[:32]}")
    return message


def _unsubscribe_headers(mail: AlertMail) -> dict[str, str]:
    """RFC 2369 and RFC 8058: one click by HTTPS where there are web pages, and by mail in any case."""
    by_mail = f"<{_unsubscribe_by_mail(mail)}>"
    if mail.links is None:
        return {"List-Unsubscribe": by_mail}
    link = mail.links.link("unsubscribe", mail.contents.subscription)
    headers = {"List-Unsubscribe": f"<{link}>, {by_mail}"}
    if link.startswith("https:"):
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers


def _unsubscribe_by_mail(mail: AlertMail) -> str:
    words = quote(f"unsubscribe {mail.contents.subscription.token}", safe="")
    return f"mailto:{mail.sender.address}?subject={words}"


def thread_id(contents: AlertContents, domain: str) -> str:
    """The root that all mails of one subscription about one page (site, clinic, digest) refer to."""
    alert = contents.alert
    about = f"page:{contents.notices[0].page_id}" if alert.kind == "status" and contents.notices else alert.group_key
    digest = hashlib.sha256(f"{contents.subscription.token} {about}".encode()).hexdigest()
    return f"<clinicwatch.thread.{digest[:24]}@{domain}>"


def _report(mail: AlertMail) -> tuple[str, str]:
    """The text part, which says everything that the HTML part says, and the HTML part."""
    subscription, links = mail.contents.subscription, mail.links
    end = links.link("unsubscribe", subscription) if links else _unsubscribe_by_mail(mail)
    preferences = links.link("preferences", subscription) if links else ""
    values = {"subscription": subscription, "unsubscribe": end, "preferences": preferences}
    for most in (MAX_ITEMS, *FEWER_ITEMS):
        view = make_view(mail.contents, links, most)
        text, html = _parts("mail", mail, view=view, lead=view.lead, **values)
        if len(html.encode()) <= MAX_HTML_BYTES:
            break
    return text, html


def _confirmation(mail: AlertMail) -> tuple[str, str]:
    """Both parts of the mail that asks an address whether it wants these mails."""
    contents = mail.contents
    if contents.confirmation is None or not mail.code:
        raise ValueError("there is nothing to confirm")
    say = catalogue(contents.subscription.preferences.language)
    return _parts(
        "confirm",
        mail,
        lead=say("confirm.lead"),
        about=describe_subscription(say, contents.subscription.filters),
        until=utc(contents.confirmation.expires_at),
        link=mail.links.confirmation(mail.code) if mail.links else "",
        code=mail.code,
    )


def _parts(name: str, mail: AlertMail, **values: object) -> tuple[str, str]:
    """Both parts from the templates `name`, CSS inlined; only the rules for dark mode and small screens stay in a
    style element."""
    say = catalogue(mail.contents.subscription.preferences.language)
    text = _environment().get_template(f"{name}.txt.j2").render(say=say, **values)
    html = _environment().get_template(f"{name}.html.j2").render(say=say, subject=make_subject(mail.contents), **values)
    return text.strip() + "\n", _inliner().inline(html)


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
