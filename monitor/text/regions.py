"""Where on the page an element stands, and what its makers called it: landmarks, roles, ids and classes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from monitor.types import Region

_TOKEN: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+|[0-9]+")
_MAX_NAME_CHARS: Final = 400


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


@dataclass(frozen=True, slots=True)
class Place:
    """What tag, role, id and class say: a region (None: the parent's), and a reason why it may be boilerplate."""

    region: Region | None = None
    hint: str | None = None
    revealed: bool = False  # something that a click opens: text in it counts although it is hidden at first
    screen_reader: bool = False


_TAGS: Final = {
    "nav": Place(Region.NAV, "menu"),
    "menu": Place(Region.NAV, "menu"),
    "footer": Place(Region.FOOTER),
    "header": Place(Region.HEADER),
    "aside": Place(Region.ASIDE),
    "main": Place(Region.MAIN),
    "dialog": Place(Region.POPUP, revealed=True),
    "details": Place(revealed=True),
    "address": Place(hint="address"),
    "search": Place(hint="search"),
}
_ROLES: Final = {
    "navigation": Place(Region.NAV, "menu"),
    "menu": Place(Region.NAV, "menu"),
    "menubar": Place(Region.NAV, "menu"),
    "contentinfo": Place(Region.FOOTER),
    "banner": Place(Region.HEADER),
    "complementary": Place(Region.ASIDE),
    "main": Place(Region.MAIN),
    "dialog": Place(Region.POPUP, revealed=True),
    "alertdialog": Place(Region.POPUP, revealed=True),
    "tabpanel": Place(revealed=True),
    "tooltip": Place(revealed=True),
    "search": Place(hint="search"),
    "timer": Place(hint="counter"),
}

_POPUP: Final = _words("modal popup popups lightbox dialog interstitial offcanvas pum popmake fancybox bloom")
_ASIDE: Final = _words("sidebar aside")
_FOOTER: Final = _words("footer colophon")
_NAV: Final = _words("nav navbar navigation menu menubar megamenu submenu navmenu topnav sidenav")
_HEADER: Final = _words("header masthead topbar")
_PART_OF: Final = _words(
    "entry card modal panel article post comment section table popup widget accordion tab block content hero page"
)  # "entry-footer" is the foot of an entry, not of the page
_LAYOUT: Final = _words(
    "has with no without hide show below after before left right wrapper layout open opened active bg text"
)  # "has-sidebar", "main-navbar-open": a state of the page, not the thing
_BESIDE: Final = _words("with without has")  # "page-with-menu": what stands beside one
_REVEALED: Final = _words(
    "accordion collapse collapsible toggle tab tabs tabpanel faq spoiler expand expandable readmore panel answer "
    "slide carousel tooltip dropdown"
)
_CONSENT_MAKERS: Final = _words(
    "onetrust optanon cookiebot cybot didomi usercentrics cookieyes cky cmplz iubenda borlabs termly osano klaro "
    "tarteaucitron cookielaw cookieconsent trustarc truste moove consentmanager axeptio sourcepoint evidon "
    "cookiescript cookiefirst cookiehub cookieinformation cookiebar cookiebanner cookienotice complianz qc"
)
_CONSENT: Final = _words("cookie cookies consent ccpa gdpr cli coi cmp privacy")
_BANNER: Final = _words(
    "banner bar notice consent popup modal law overlay message box alert layer dialog wall prompt notification "
    "disclaimer manager settings preferences hint warning bubble widget"
)
_SHARE: Final = _words(
    "share sharing shares sharer addtoany sharedaddy addthis sharethis social socials socialicons shareaholic "
    "follow followus heateor shariff a2a"
)
_COMMENTS: Final = _words("comments commentlist respond disqus commentform")
_NEWSLETTER: Final = _words(
    "newsletter newsletters mailchimp subscribe subscription signup optin mailpoet klaviyo mc4wp bloom leadbox hubspot "
    "mailinglist"
)
_RELATED: Final = _words("related relatedposts recommended recommendations yarpp outbrain taboola")
_SWITCH: Final = _words("switcher switch selector menu picker list wpml gtranslate weglot polylang trp languages")
_LANGUAGE: Final = _words("wpml polylang weglot gtranslate langswitch hreflang trp lang languages locale")


@lru_cache(maxsize=8192)
def place_of(tag: str, role: str, identifier: str, classes: str) -> Place:
    """What an element's tag, role, id and class attribute say of its place; "" for those that are missing."""
    place = _TAGS.get(tag, Place())
    if role in _ROLES:
        place = _ROLES[role]
    if not (identifier or classes) or tag in ("html", "body"):
        return place
    names = [name for value in (identifier, classes) for name in value[:_MAX_NAME_CHARS].split()]
    region, hint = place.region, place.hint
    revealed, screen_reader = place.revealed, False
    for name in names:
        tokens = tuple(token.lower() for token in _TOKEN.findall(name))
        if not tokens:
            continue
        region = region or _region(tokens)
        hint = hint or _hint(tokens)
        revealed = revealed or not _REVEALED.isdisjoint(tokens)
        screen_reader = screen_reader or _is_screen_reader_only(tokens)
    if region is Region.NAV:
        hint = hint or "menu"
    if hint == "consent":
        region = region or Region.POPUP
    if region is Region.POPUP:
        revealed = True
    return Place(region, hint, revealed, screen_reader)


def _region(tokens: tuple[str, ...]) -> Region | None:
    first, last = tokens[0], tokens[-1]
    if first in _LAYOUT or not _BESIDE.isdisjoint(tokens):
        return None
    if not _POPUP.isdisjoint(tokens) and last not in ("trigger", "open", "link", "button", "btn"):
        return Region.POPUP
    if tokens in (("site", "info"), ("copyright",), ("foot",)) or (_FOOTER & {first, last} and first not in _PART_OF):
        return Region.FOOTER
    if first in _PART_OF and first != "page":
        return None
    if last in _NAV or first in ("nav", "navbar", "navigation", "megamenu"):
        return Region.NAV
    if (last in _ASIDE or tokens in (("widget", "area"), ("secondary",))) and first not in _LAYOUT:
        return Region.ASIDE
    if last in _HEADER and first in ("site", "header", "masthead", "topbar", "main", "top", "global"):
        return Region.HEADER
    return None


def _hint(tokens: tuple[str, ...]) -> str | None:
    words = set(tokens)
    if words & _CONSENT_MAKERS or (words & _CONSENT and words & _BANNER) or words >= {"cc", "window"}:
        return "consent"
    first = tokens[0]
    if first in _LAYOUT and first != "post":
        return None
    if "breadcrumb" in words or "breadcrumbs" in words:
        return "breadcrumb"
    if words & _SHARE:
        return "share"
    if words & _COMMENTS or words >= {"comment", "form"} or words >= {"comment", "respond"}:
        return "comments"
    if words & _NEWSLETTER and "icon" not in words:
        return "newsletter"
    if words & _RELATED and "search" not in words:
        return "related"
    if words & _LANGUAGE and words & _SWITCH:
        return "language"
    return _small_hint(tokens, words)


def _small_hint(tokens: tuple[str, ...], words: set[str]) -> str | None:
    if "pagination" in words or "pager" in words or words >= {"post", "navigation"}:
        return "pagination"
    if words >= {"skip", "link"} or words >= {"skip", "content"}:
        return "skip"
    if words & {"byline", "postmeta", "pubdate"} or words in ({"post", "meta"}, {"entry", "meta"}, {"article", "meta"}):
        return "byline"
    if tokens in (("toc",), ("ez", "toc", "container"), ("table", "of", "contents")):
        return "toc"
    if words >= {"view", "count"} or words >= {"views", "count"} or words & {"viewcount", "pageviews", "postviews"}:
        return "counter"
    return None


def _is_screen_reader_only(tokens: tuple[str, ...]) -> bool:
    return (
        tokens[:2] == ("sr", "only")
        or tokens[:2] == ("visually", "hidden")
        or tokens[:2] == ("screen", "reader")
        or tokens == ("visuallyhidden",)
    )
