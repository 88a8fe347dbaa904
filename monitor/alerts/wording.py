"""What a change is called in a mail: plain, neutral words. Pure."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from monitor.store.alert_contents import Evidence, MailChange

KIND_WORDS = {
    "efficacy": "a claim about the effect of a treatment",
    "safety": "a claim about safety",
    "indication": "a disease or group of patients that treatment is offered for",
    "treatment": "a statement of what the treatment is",
    "evidence": "a claim about evidence",
    "regulatory": "a claim about approval or legal status",
    "testimonial": "a patient's story",
    "urgency": "a call to hurry",
    "standing": "a claim about the clinic's standing",
    "amount": "a price",
    "terms": "terms of payment",
    "outcome": "a disclaimer about results",
    "status": "a disclaimer about the treatment's status",
    "risk": "a disclaimer about risks",
}

DIRECTION_WORDS = {
    "added": "was added",
    "removed": "was removed",
    "strengthened": "now says more",
    "weakened": "now says less",
    "increased": "went up",
    "decreased": "went down",
    "changed": "was changed",
    "moved": "was moved to another place",
}

STATUS_WORDS = {
    "gone": "is gone",
    "blocked": "shows something else instead of the page",
    "refused": "is not visited any more",
    "unsupported": "is no longer a document that can be read",
    "fetch_error": "cannot be fetched",
    "extract_error": "cannot be read",
    "ok_truncated": "arrives incomplete",
    "recovered": "can be read again",
    "article_in": "has a new article",
    "article_out": "lost an article",
    "document_changed": "links to a document that changed",
    "accepted": "is wholly different for good",
    "moved": "has moved for good",
    "certificate": "has a certificate that ends soon",
}

STATUS_SUBJECTS = {
    "gone": "page is gone",
    "blocked": "page is blocked",
    "refused": "page is not visited any more",
    "unsupported": "page is no readable document",
    "fetch_error": "page cannot be fetched",
    "extract_error": "page cannot be read",
    "ok_truncated": "page arrives incomplete",
    "recovered": "page can be read again",
    "moved": "page has moved for good",
    "certificate": "certificate ends soon",
}

STATUS_LABELS = {
    "gone": "GONE",
    "blocked": "BLOCKED",
    "refused": "REFUSED",
    "unsupported": "UNREADABLE",
    "extract_error": "UNREADABLE",
    "fetch_error": "FAILING",
    "ok_truncated": "INCOMPLETE",
    "recovered": "BACK",
    "moved": "MOVED",
    "certificate": "CERTIFICATE",
}

REGION_WORDS = {
    "main": "main text",
    "header": "page header",
    "nav": "navigation",
    "footer": "footer",
    "aside": "side column",
    "popup": "popup",
    "data": "page data (title, description, offers)",
}


def describe_change(change: MailChange) -> str:
    """The change as a clause: "a disclaimer about risks was removed"."""
    words = DIRECTION_WORDS.get(change.direction, change.direction)
    if change.kind == "terms":
        words = words.replace("was ", "were ").replace("says", "say")
    return f"{KIND_WORDS.get(change.kind, change.kind)} {words}"


def describe_looks(change: MailChange) -> str:
    """How sure it is: how many looks agree, or that the page could not be read a second time."""
    if change.state == "unrepeated":
        return "seen once; the page could not be read again since"
    if change.old.kind == "baseline" and change.looks < 2:
        return "1 look"
    if change.state == "pending":
        return f"{count(change.looks, 'look')} so far; not confirmed yet"
    return f"{change.looks} looks agree" if change.looks > 1 else "1 look"


def describe_place(change: MailChange) -> str:
    """Where on the page: region, and how many places."""
    region = REGION_WORDS.get(change.region, change.region)
    return region if change.places < 2 else f"{region}; {change.places} places on the page"


def describe_source(evidence: Evidence) -> str:
    """When one side was captured, in words."""
    if evidence.captured_at is None:
        return "imported text; capture time and headers unknown"
    return f"captured {utc(evidence.captured_at)}"


def utc(moment: datetime) -> str:
    """A moment as mails show it: "2026-11-21 07:00:05 UTC"."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def count(number: int, noun: str) -> str:
    """ "1 page", "3 pages"."""
    plural = noun[:-1] + "ies" if noun.endswith("y") and noun[-2] not in "aeiou" else f"{noun}s"
    return f"{number} {noun if number == 1 else plural}"


def list_words(words: Collection[str], at_most: int = 3) -> str:
    """ "a, b and 4 more"."""
    shown = list(words)[:at_most]
    if len(words) > at_most:
        return f"{', '.join(shown)} and {len(words) - at_most} more"
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}" if shown else ""


def describe_period(length: timedelta) -> str:
    """ "the last 24 hours" or "the last 7 days"."""
    hours = round(length.total_seconds() / 3600)
    return f"the last {hours} hours" if hours <= 48 else f"the last {round(hours / 24)} days"
