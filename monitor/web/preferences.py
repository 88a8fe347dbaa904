"""The form of a subscription's preferences: made from it, and read back. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from monitor.alerts.catalogue import Catalogue
from monitor.errors import UsageError
from monitor.store.preferences import HEARTBEATS, MAIL_LANGUAGES, Filters, Preferences
from monitor.store.subscriptions import Subscription
from monitor.types import SEVERITIES

LANGUAGE_NAMES = {"en": "English", "nl": "Nederlands", "da": "Dansk", "es": "Español"}
_HOW = ("immediate", "daily", "weekly")
Choices = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Form:
    """What the form shows: choices as (value, words), and what is chosen."""

    severities: Choices
    severity: str
    deliveries: Choices
    delivery: str
    delivery_choices: Choices
    by_severity: tuple[tuple[str, str, str], ...]
    words: str
    timezone: str
    quiet: str
    hourly: int
    languages: Choices
    language: str
    heartbeats: Choices
    heartbeat: str
    paused: bool


def make_form(say: Catalogue, subscription: Subscription) -> Form:
    """The form as the subscription stands."""
    told, filters = subscription.preferences, subscription.filters
    how = tuple((each, say(f"web.{each}")) for each in _HOW)
    named = dict(told.deliveries)
    return Form(
        severities=tuple((each.value, say.word("severity", each)) for each in SEVERITIES),
        severity=filters.severity,
        deliveries=(("default", say("web.default")), *how),
        delivery=told.delivery,
        delivery_choices=(("", say("web.as_all")), *how),
        by_severity=tuple(
            (each.value, say.word("severity", each), named.get(each, "")) for each in reversed(SEVERITIES)
        ),
        words=", ".join(filters.words),
        timezone=told.timezone,
        quiet=told.quiet,
        hourly=told.hourly,
        languages=tuple((each, LANGUAGE_NAMES[each]) for each in MAIL_LANGUAGES),
        language=told.language,
        heartbeats=tuple((each, say(f"web.{each or 'never'}")) for each in HEARTBEATS),
        heartbeat=told.heartbeat,
        paused=subscription.state == "paused",
    )


def read_form(form: Mapping[str, str], subscription: Subscription) -> tuple[Filters, Preferences]:
    """What the form asks for; a field that it does not have stays. Raises UsageError for a number that is none; the
    store checks the rest."""
    told, filters = subscription.preferences, subscription.filters
    hourly = form.get("hourly", str(told.hourly)).strip()
    if not (hourly.isascii() and hourly.isdecimal() and len(hourly) < 7):
        raise UsageError(f"mails per hour: {hourly!r} is no number")
    named = dict(told.deliveries)
    chosen = {each.value: form.get(f"delivery_{each.value}", named.get(each, "")) for each in SEVERITIES}
    words = (
        tuple(each for part in form["words"].split(",") if (each := " ".join(part.split()))) if "words" in form else ()
    )
    return (
        replace(
            filters,
            severity=form.get("severity", filters.severity),
            words=words if "words" in form else filters.words,
        ),
        replace(
            told,
            delivery=form.get("delivery", told.delivery),
            deliveries=tuple(sorted((severity, how) for severity, how in chosen.items() if how)),
            timezone=form.get("timezone", told.timezone).strip(),
            quiet=form.get("quiet", told.quiet).strip(),
            hourly=int(hourly),
            language=form.get("language", told.language),
            heartbeat=form.get("heartbeat", told.heartbeat),
        ),
    )
