"""What a subscription wants to hear of (`Filters`), and how it is told (`Preferences`): values, checked; no queries."""

from __future__ import annotations

import hashlib
import re
from dataclasses import asdict, dataclass, fields
from datetime import UTC, time, tzinfo
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from monitor.errors import UsageError
from monitor.types import Direction, Family, Kind, Severity

DELIVERIES = ("default", "immediate", "daily", "weekly")
MAIL_LANGUAGES = ("en", "nl", "da", "es")
HEARTBEATS = ("", "daily", "weekly")
CHANNELS = ("mail", "webhook", "apprise")
MAX_HOURLY = 1_000
DEFAULT_HOURLY = 30
MAX_WORDS = 200  # of a words filter; a list that is longer is not a filter any more

_LOCAL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"(?P<local>{_LOCAL})@(?P<domain>{_LABEL}(?:\.{_LABEL})*)")
_SERVICE = re.compile(r"[A-Za-z][A-Za-z0-9]{1,30}://[!-~]{1,2000}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_QUIET = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True, slots=True)
class Filters:
    """What a subscription wants to hear of; an empty tuple means everything.

    `clinics` are slugs; `countries` as the watchlist names them; `pages` ids, URLs or parts of URLs; `words` whole
    words or phrases of the sentences (a last "*" lets any ending through); `severity` is the least that is mailed.
    """

    clinics: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    directions: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    severity: str = "low"


@dataclass(frozen=True, slots=True)
class Preferences:
    """How a subscription is told.

    `delivery` is for every severity, but for those that `deliveries` names as (severity, delivery) pairs. `quiet` is
    "HH:MM-HH:MM" in `timezone`, "" for never. `hourly` mails an hour at most, the rest gathered into one; 0: no bound.
    `language` is that of the mail; what pages say stays as it is. `heartbeat`: a digest that comes though nothing
    changed.
    """

    delivery: str = "default"
    deliveries: tuple[tuple[str, str], ...] = ()
    timezone: str = "UTC"
    quiet: str = ""
    hourly: int = DEFAULT_HOURLY
    language: str = "en"
    heartbeat: str = ""


EVERYTHING = Filters()
USUAL = Preferences()
_FILTER_NAMES = frozenset(each.name for each in fields(Filters))
LIST_FILTERS = tuple(each.name for each in fields(Filters) if each.name != "severity")
"""The filters that are lists of words, in the order in which they are shown."""


def check_address(address: str) -> str:
    """The address as it is stored: ASCII, one local part, one domain (IDNA-encoded), no comments and no quotes.

    Raises UsageError. A strict subset of RFC 5321 on purpose: what it refuses (quoted local parts, comments,
    address literals) nobody has, and mail libraries disagree about.
    """
    local, _, domain = address.strip().rpartition("@")
    try:
        domain = domain.encode("idna").decode("ascii") if not domain.isascii() else domain
    except UnicodeError as error:
        raise UsageError(f"not a mail address: {address!r}: {error}") from error
    candidate = f"{local}@{domain}"
    if len(candidate) > 254 or len(local) > 64 or not _ADDRESS.fullmatch(candidate):
        raise UsageError(f"not a mail address: {address!r}; expected somebody@example.org")
    return candidate


def check_webhook(url: str) -> str:
    """The URL that a webhook is posted to: http or https, ASCII, a host, no user and no fragment. Raises UsageError."""
    wrong = UsageError(f"not a webhook: {url!r}; expected https://host/path")
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError as error:
        raise wrong from error
    clean = url.strip()
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0 or len(clean) > 2_000:
        raise wrong
    if parts.username is not None or parts.fragment or not re.fullmatch(r"[!-~]+", clean):
        raise wrong
    return clean


def check_service(url: str) -> str:
    """An Apprise URL, as far as it can be told without Apprise. Raises UsageError, which does not repeat it: what
    stands in it are secrets."""
    clean = url.strip()
    if not _SERVICE.fullmatch(clean):
        raise UsageError("not an Apprise URL; expected something like tgram://TOKEN/CHAT")
    return clean


def masked_service(url: str) -> str:
    """What an Apprise URL is called where people see it: its service, and what tells it from others."""
    return f"{url.partition(':')[0].lower()}://{hashlib.sha256(url.encode()).hexdigest()[:8]}"


def check_timezone(name: str) -> tzinfo:
    """The time zone called `name`; "UTC" works without a zone database. Raises UsageError."""
    if name in {"UTC", "Etc/UTC"}:
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UsageError(f"no time zone {name!r}; expected a name like Europe/Amsterdam") from error


def parse_quiet(quiet: str) -> tuple[time, time] | None:
    """Where quiet hours begin and end, as local times; None for "". They may pass midnight. Raises UsageError."""
    if not quiet:
        return None
    if (match := _QUIET.fullmatch(quiet)) is None or match[1] + match[2] == match[3] + match[4]:
        raise UsageError(f"quiet hours: not {quiet!r}; expected something like 22:00-07:00")
    return time(int(match[1]), int(match[2])), time(int(match[3]), int(match[4]))


def check_mail_language(language: str) -> str:
    """The language of a mail. Raises UsageError."""
    _check_one("language of the mail", language, MAIL_LANGUAGES)
    return language


def check_filters(filters: Filters) -> Filters:
    """`filters`, if every word in it means something. Raises UsageError naming the field and the word."""
    allowed: dict[str, list[str]] = {
        "families": [member.value for member in Family],
        "kinds": [member.value for member in Kind],
        "directions": [member.value for member in Direction],
    }
    for name, words in allowed.items():
        for value in getattr(filters, name):
            _check_one(name, value, words)
    _check_one("severity", filters.severity, list(Severity))
    for name, pattern, example in (("countries", _COUNTRY, "NL"), ("languages", _LANGUAGE, "nl")):
        for value in getattr(filters, name):
            if not pattern.fullmatch(value):
                raise UsageError(f"{name}: not {value!r}; expected a code like {example}")
    if len(filters.words) > MAX_WORDS:
        raise UsageError(f"words: at most {MAX_WORDS}")
    for word in filters.words:
        if not word.strip(" *"):
            raise UsageError(f"words: {word!r} is none")
    return filters


def check_preferences(preferences: Preferences) -> Preferences:
    """`preferences`, if they can be kept. Raises UsageError naming what is off."""
    _check_one("delivery", preferences.delivery, DELIVERIES)
    for severity, delivery in preferences.deliveries:
        _check_one("deliveries", severity, list(Severity))
        _check_one(f"delivery of {severity}", delivery, DELIVERIES[1:])
    check_timezone(preferences.timezone)
    parse_quiet(preferences.quiet)
    check_mail_language(preferences.language)
    _check_one("heartbeat", preferences.heartbeat, HEARTBEATS)
    if not 0 <= preferences.hourly <= MAX_HOURLY:
        raise UsageError(f"mails per hour: not {preferences.hourly}; 0 (no bound) to {MAX_HOURLY}")
    return preferences


def stored_filters(filters: Filters) -> dict[str, Any]:
    """Only what narrows: an empty list or the lowest floor is left out, so that the JSON stays small."""
    values = {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(filters).items()}
    return {name: value for name, value in values.items() if value and (name, value) != ("severity", "low")}


def read_filters(stored: dict[str, Any]) -> Filters:
    """The filters as `subscription.filters` holds them; keys of a newer program are passed over."""
    if not stored:
        return EVERYTHING
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in stored.items()
        if name in _FILTER_NAMES
    }
    return Filters(**values)


def stored_preferences(preferences: Preferences) -> dict[str, Any]:
    """The columns of `subscription` that hold `preferences`."""
    return {
        "delivery": preferences.delivery,
        "deliveries": dict(preferences.deliveries),
        "timezone": preferences.timezone,
        "quiet": preferences.quiet,
        "hourly": preferences.hourly,
        "language": preferences.language,
        "heartbeat": preferences.heartbeat,
    }


def _check_one(what: str, value: str, allowed: tuple[str, ...] | list[str] | list[Severity]) -> None:
    if value not in allowed:
        raise UsageError(f"{what}: no {value!r}; one of {', '.join(each or '(none)' for each in allowed)}")
