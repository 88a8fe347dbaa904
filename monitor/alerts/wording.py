"""What a change is called in a mail: plain, neutral words of the mail's language. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from monitor.alerts.catalogue import Catalogue
from monitor.store.alert_contents import Evidence, MailChange
from monitor.store.preferences import LIST_FILTERS, Filters

PLURAL_KINDS = frozenset({"terms"})
"""Kinds whose word is a plural: "terms of payment were added"."""


def describe_change(say: Catalogue, change: MailChange) -> str:
    """The change as a clause: "a disclaimer about risks was removed"."""
    section = "direction_plural" if change.kind in PLURAL_KINDS else "direction"
    return f"{say.word('kind', change.kind)} {say.word(section, change.direction)}"


def label_change(say: Catalogue, change: MailChange) -> str:
    """The change in three short words: "disclaimer/status removed"."""
    kind = f"{say.word('family', change.family)}/{say.word('kind_short', change.kind)}"
    return f"{kind} {say.word('direction_short', change.direction)}"


def describe_looks(say: Catalogue, change: MailChange) -> str:
    """How sure it is: how many looks agree, or that the page could not be read a second time."""
    if change.state == "unrepeated":
        return say("looks.unrepeated")
    if change.old.kind == "baseline" and change.looks < 2:
        return say("looks.one")
    if change.state == "pending":
        return say("looks.pending", looks=say.count(change.looks, "look"))
    return say.count(change.looks, "look_agrees")


def describe_place(say: Catalogue, change: MailChange) -> str:
    """Where on the page: region, and how many places."""
    region = say.word("region", change.region)
    return region if change.places < 2 else f"{region}; {say.count(change.places, 'place')}"


def describe_source(say: Catalogue, evidence: Evidence) -> str:
    """When one side was captured, in words."""
    if evidence.captured_at is None:
        return say("source.unknown")
    return say("source.captured", when=utc(evidence.captured_at))


def describe_filters(say: Catalogue, filters: Filters) -> str:
    """What a subscription asks for, in words; not cleaned."""
    parts = [
        f"{say(f'about.{name}')}: {', '.join(words)}" for name in LIST_FILTERS if (words := getattr(filters, name))
    ]
    if filters.severity != "low":
        parts.append(say("about.floor", severity=say.word("severity", filters.severity)))
    return "; ".join(parts) or say("about.everything")


def describe_price_change(say: Catalogue, line: str) -> str:
    """A line that `compare.price_changes` made, its English words in the mail's language; what is unknown stays."""
    words: Mapping[str, str] = say.messages["price_words"]
    pattern = "|".join(re.escape(name.replace("_", " ")) for name in sorted(words, key=len, reverse=True))
    return re.sub(rf"\b(?:{pattern})\b", lambda found: words[found[0].replace(" ", "_")], line)


def utc(moment: datetime) -> str:
    """A moment as mails show it: "2026-11-21 07:00:05 UTC"."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def describe_period(say: Catalogue, length: timedelta) -> str:
    """ "the last 24 hours" or "the last 7 days"."""
    hours = round(length.total_seconds() / 3600)
    return say.count(hours, "hours") if hours <= 48 else say.count(round(hours / 24), "days")
