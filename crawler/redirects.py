"""Where a redirect may lead: pure rules, asked before anything is dialled."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from crawler.faults import Fault
from crawler.guard import AddressGuard
from crawler.sites import is_same_site
from crawler.urls import BadUrlError, WebUrl, is_address, is_home, join_url

REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})

_EXTENSION: Final = r"(\.(html?|php|aspx?|jsp))?"
_LANDINGS: Final = {
    reason: re.compile(f"(?:{pattern}){_EXTENSION}")
    for reason, pattern in {
        "login": r"(wp-|user-?|member-?)?(log[-_]?in|sign[-_]?in|anmelden|inloggen|connexion)",
        "soft404": r"(error[-_]?)?404([-_]?(error|page|not[-_]?found))?|(page[-_]?)?not[-_]?found",
        "maintenance": r"maintenance|(under[-_]?)?construction|coming[-_]?soon",
        "captcha": r"(re|h)?captcha",
    }.items()
}

_SKIPPED: Final = rb"<!--.*?(?:-->|\Z)|<(script|noscript|style|template|textarea)\b.*?(?:</\1\s*>|\Z)"
_TAGS: Final = re.compile(_SKIPPED + rb"|<meta\b([^>]*)>", re.IGNORECASE | re.DOTALL)
_IS_REFRESH: Final = re.compile(rb"http-equiv\s*=\s*[\"']?\s*refresh\b", re.IGNORECASE)
_CONTENT: Final = re.compile(rb"content\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+))", re.IGNORECASE)
_REFRESH: Final = re.compile(
    rb"\s*([0-9]*)(?:\.[0-9.]*)?(?:\s*[;,]\s*|\s+|(?=url))(?:url\s*=\s*)?[\"']?([^\"']*)", re.IGNORECASE
)
_MAX_SCANNED: Final = 262_144
_MAX_REFRESH_S: Final = 30  # a page that stays longer than this is there to be read


def judge_redirect(
    start: WebUrl,
    here: WebUrl,
    location: bytes | None,
    *,
    passed: Collection[str],
    max_redirects: int,
    allow_hosts: Collection[str],
    guard: AddressGuard,
) -> WebUrl | Fault:
    """The URL that a redirect from `here` leads to, or why it is not followed.

    `start` is the target's URL, `passed` are the URLs that have answered so far, `here` included. A host of another
    site is `redirect.offsite` unless it stands in `allow_hosts`; www and apex, http and https are the same site.
    """
    if not location or not location.strip():
        return Fault("redirect.no_location", "a redirect without a Location")
    try:
        url = join_url(here, location)
    except BadUrlError as error:
        return Fault(error.reason, error.problem)
    if refused := _refusal(url, guard):
        return Fault(refused, f"redirect to {url.url[:200]}")
    if not may_follow_to(start.host, url.host, allow_hosts):
        return Fault("redirect.offsite", f"redirect to another site: {url.url[:200]}")
    if url.url in passed:
        return Fault("redirect.loop", f"redirect back to {url.url[:200]}")
    if is_home(url) and not is_home(start):
        return Fault("redirect.home", f"redirect to the home page: {url.url[:200]}")
    if (landing := _landing(url.path)) and _landing(start.path) != landing:
        return Fault(landing, f"redirect to {url.url[:200]}")
    if len(passed) > max_redirects:
        return Fault("redirect.too_many", f"more than {max_redirects} redirects")
    return url


def _landing(path: str) -> str | None:
    """The reason that a path stands for by its last part: sites send visitors there in place of the page."""
    last = path.rstrip("/").rpartition("/")[2].lower()
    return next((reason for reason, pattern in _LANDINGS.items() if pattern.fullmatch(last)), None)


def _refusal(url: WebUrl, guard: AddressGuard) -> str | None:
    """What can be refused without looking the name up; the rest is refused at connect."""
    if is_address(url.host):
        reason = guard.refusal(url.host, url.port)
        return reason if reason != "no_contact" else None
    return None if guard.is_port_possible(url.port) else "ssrf.port"


def may_follow_to(start: str, host: str, allow_hosts: Collection[str]) -> bool:
    """Is `host` of the same site as `start`, or permitted by name?"""
    return host == start or is_same_site(start, host) or host in {allowed.lower() for allowed in allow_hosts}


def refresh_target(value: bytes, here: WebUrl) -> WebUrl | None:
    """Where a refresh ("0; url=/new") leads: None for a reload of the same page, and for one that comes late."""
    found = _REFRESH.match(value)
    if found is None or not (link := found[2].strip()) or int(found[1] or 0) > _MAX_REFRESH_S:
        return None
    try:
        url = join_url(here, link.replace(b"&amp;", b"&"))
    except BadUrlError:
        return None
    return url if url.url != here.url else None


def meta_refresh(body: bytes, here: WebUrl) -> WebUrl | None:
    """Where the page's <meta http-equiv="refresh"> sends browsers, if it does.

    Comments, scripts and <noscript> are passed over: a browser with scripts does not follow what stands there.
    """
    head = body[:_MAX_SCANNED]
    if b"refresh" not in head.lower():
        return None
    for tag in _TAGS.finditer(head):
        attributes = tag[2]
        if attributes and _IS_REFRESH.search(attributes) and (content := _CONTENT.search(attributes)):
            value = content[1] or content[2] or content[3] or b""
            if url := refresh_target(value, here):
                return url
    return None
