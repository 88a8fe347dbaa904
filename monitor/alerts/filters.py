"""Which changes and notices a subscription hears of, and how soon: pure.

Filters are compiled once for each distinct set of words, however many subscriptions share it.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from monitor.store.alert_contents import MailChange, MailPage
from monitor.store.feedback import block_value
from monitor.store.preferences import Filters, Preferences
from monitor.types import SEVERITIES, NoticeKind, Severity


class Delivery(StrEnum):
    """How soon something is mailed."""

    IMMEDIATE = "immediate"
    DAILY = "daily"
    WEEKLY = "weekly"


RANK = {severity.value: rank for rank, severity in enumerate(SEVERITIES)}

_DEFAULT_DELIVERY = {
    Severity.CRITICAL.value: Delivery.IMMEDIATE,
    Severity.HIGH.value: Delivery.IMMEDIATE,
    Severity.MEDIUM.value: Delivery.DAILY,
    Severity.LOW.value: Delivery.WEEKLY,
}

# What a notice weighs against a severity floor, and so how soon it is mailed. A page that is gone or shows something
# else hides every claim on it; a server that does not answer is a nuisance.
_NOTICE_SEVERITY = {
    "gone": "high",
    "blocked": "high",
    "refused": "medium",
    "unsupported": "medium",
    NoticeKind.DOCUMENT_CHANGED.value: "medium",
    NoticeKind.ACCEPTED.value: "medium",
    "moved": "medium",
}


@dataclass(frozen=True, slots=True)
class CompiledFilter:
    """A subscription's filters, ready to ask."""

    clinics: frozenset[str]
    countries: frozenset[str]
    page_ids: frozenset[int]
    page_parts: tuple[str, ...]
    languages: frozenset[str]
    families: frozenset[str]
    kinds: frozenset[str]
    directions: frozenset[str]
    words: re.Pattern[str] | None
    floor: int

    def wants_page(self, page: MailPage) -> bool:
        """Whether anything of this page can be of interest."""
        return (
            (not self.clinics or page.clinic in self.clinics)
            and (not self.countries or page.country in self.countries)
            and (not self.languages or page.language in self.languages)
            and (not (self.page_ids or self.page_parts) or self._names(page))
        )

    def wants_change(self, change: MailChange) -> bool:
        """Whether a change on a page of interest is mailed."""
        return (
            RANK[change.severity] >= self.floor
            and (not self.families or change.family in self.families)
            and (not self.kinds or change.kind in self.kinds)
            and (not self.directions or change.direction in self.directions)
            and (self.words is None or self._says(change))
        )

    def wants_notice(self, severity: str) -> bool:
        """Whether a notice on a page of interest is mailed. Only the floor counts: who follows a page's prices wants
        to know that the page is gone."""
        return RANK[severity] >= self.floor

    def _says(self, change: MailChange) -> bool:
        return self.words is not None and any(self.words.search(text) for text in (change.before, change.after))

    def _names(self, page: MailPage) -> bool:
        url = page.url.lower()
        return page.id in self.page_ids or any(part in url for part in self.page_parts)


def is_muted(mutes: Collection[tuple[str, str]], change: MailChange) -> bool:
    """Whether one of `mutes` (kind, value) is the change's page, part of the page, or rule."""
    if not mutes:
        return False
    return (
        ("page", str(change.page_id)) in mutes
        or ("rule", change.rule) in mutes
        or ("block", block_value(change.page_id, change.region, change.path)) in mutes
    )


@lru_cache(maxsize=4096)
def compile_filters(filters: Filters) -> CompiledFilter:
    """`filters` as sets and numbers. `pages` are ids where they are all digits, else URLs or parts of them."""
    is_id = [name.isascii() and name.isdecimal() for name in filters.pages]
    return CompiledFilter(
        clinics=frozenset(filters.clinics),
        countries=frozenset(filters.countries),
        page_ids=frozenset(int(name) for name, id_ in zip(filters.pages, is_id, strict=True) if id_),
        page_parts=tuple(name.lower() for name, id_ in zip(filters.pages, is_id, strict=True) if not id_),
        languages=frozenset(filters.languages),
        families=frozenset(filters.families),
        kinds=frozenset(filters.kinds),
        directions=frozenset(filters.directions),
        words=_compile_words(filters.words),
        floor=RANK[filters.severity],
    )


def _compile_words(words: tuple[str, ...]) -> re.Pattern[str] | None:
    """Any of `words` as a whole word or phrase; spaces match any white space, a last "*" lets any ending through."""
    if not words:
        return None
    patterns = []
    for word in words:
        stem = r"\s+".join(map(re.escape, word.rstrip(" *").split()))
        patterns.append(stem if word.rstrip().endswith("*") else rf"{stem}(?!\w)")
    return re.compile(rf"(?<!\w)(?:{'|'.join(patterns)})", re.IGNORECASE)


def delivery_of(severity: str, preferences: Preferences) -> Delivery:
    """How soon a change of `severity` goes to a subscription with these preferences."""
    for named, delivery in preferences.deliveries:
        if named == severity:
            return Delivery(delivery)
    if preferences.delivery == "default":
        return _DEFAULT_DELIVERY[severity]
    return Delivery(preferences.delivery)


def notice_severity(kind: str, recovered_from: str | None = None) -> str:
    """What a notice weighs. "recovered" weighs as much as what it recovered from."""
    if kind == "recovered":
        return _NOTICE_SEVERITY.get(recovered_from or "", "low")
    return _NOTICE_SEVERITY.get(kind, "low")


def is_status(kind: str) -> bool:
    """Whether a notice is about the page's state rather than about something that stands on it."""
    return kind not in {member.value for member in NoticeKind}
