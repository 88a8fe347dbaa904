"""The entries of a watchlist, and the checks that each must pass wherever it comes from."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from lxml.cssselect import CSSSelector
from lxml.etree import LxmlError

from monitor.urls import page_url

MAX_CADENCE_S = 366 * 86_400.0

_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_CADENCE = re.compile(r"(\d+(?:\.\d+)?) ?([smhd]?)")
_UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, token
_HEADER_VALUE = re.compile(r"[\x21-\x7e]([\x20-\x7e\t]*[\x21-\x7e])?")
_CONDITIONAL = ("if-none-match", "if-modified-since")
_OUR_HEADERS = ("host", "connection", "content-length", "transfer-encoding", "accept-encoding", *_CONDITIONAL)


class RowProblemError(ValueError):
    """What is wrong with one row; `key` names the value where it is one's."""

    def __init__(self, problem: str, key: str = "") -> None:
        super().__init__(f"{key}: {problem}" if key else problem)
        self.key = key


@dataclass(frozen=True, slots=True)
class PageSettings:
    """How one page is fetched and read, where that differs from the rest."""

    render: str = ""
    selector: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    allow_hosts: tuple[str, ...] = ()
    wait_for: tuple[str, ...] = ()
    click: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As the column page.settings holds it, and as a watchlist writes it: only what is set."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        return {
            name: dict(value) if name == "headers" else value if name == "render" else list(value)
            for name, value in values.items()
            if value
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> PageSettings:
        """What `to_json` gave; keys of a newer program are passed over."""
        return cls(
            render=values.get("render", ""),
            wait_for=tuple(values.get("wait_for", ())),
            click=tuple(values.get("click", ())),
            selector=tuple(values.get("selector", ())),
            ignore=tuple(values.get("ignore", ())),
            headers=tuple(values.get("headers", {}).items()),
            allow_hosts=tuple(values.get("allow_hosts", ())),
        )


@dataclass(frozen=True, slots=True)
class PageEntry:
    """One page of a watchlist. `cadence_s` None: as configured; `language` "": detected; `line` in its file."""

    url: str
    language: str = ""
    cadence_s: float | None = None
    settings: PageSettings = PageSettings()
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class ClinicEntry:
    """One clinic of a watchlist with its pages."""

    slug: str
    name: str
    country: str = ""
    pages: tuple[PageEntry, ...] = ()
    line: int = field(default=0, compare=False)


def read_clinic(values: Mapping[str, Any]) -> ClinicEntry:
    """A clinic from the values of its row (slug, name, country). Raises RowProblemError."""
    _known(values, ("slug", "name", "country"))
    slug = _text(values, "slug")
    if not _SLUG.fullmatch(slug):
        raise RowProblemError(
            f"{slug!r}: 1 to 63 lower-case letters, digits and hyphens" if slug else "missing", "slug"
        )
    country = _text(values, "country")
    if country and not _COUNTRY.fullmatch(country):
        raise RowProblemError(f"{country!r} is no country code such as NL (ISO 3166)", "country")
    return ClinicEntry(slug, _text(values, "name") or slug, country)


def read_page(values: Mapping[str, Any], languages: Sequence[str]) -> PageEntry:
    """A page from the values of its row (url, language, cadence, settings). Raises RowProblemError."""
    _known(values, ("url", "language", "cadence", *(one.name for one in fields(PageSettings))))
    url = _text(values, "url")
    if not url:
        raise RowProblemError("missing", "url")
    try:
        url = page_url(url).url
    except ValueError as error:
        raise RowProblemError(f"{url!r} {error}", "url") from error
    language = _text(values, "language")
    if language and language not in languages:
        raise RowProblemError(f"{language!r} is not one of {', '.join(languages)}", "language")
    return PageEntry(url, language, read_cadence(values.get("cadence")), read_settings(values))


def read_cadence(value: object) -> float | None:
    """Seconds from "6h", "30m", "2d", "90s", a number of seconds, or None. Raises RowProblemError."""
    if value is None:
        return None
    match = _CADENCE.fullmatch(str(value)) if isinstance(value, str | int | float) else None
    if match is None or isinstance(value, bool):
        raise RowProblemError(f"{value!r} is no cadence such as 6h, 30m, 2d or a number of seconds", "cadence")
    seconds = float(match[1]) * _UNITS[match[2]]
    if not 0 < seconds <= MAX_CADENCE_S:
        raise RowProblemError(f"{value!r} is not between a second and a year", "cadence")
    return seconds


def read_settings(values: Mapping[str, Any]) -> PageSettings:
    """The settings among the values of a page's row. Raises RowProblemError."""
    render = _text(values, "render")
    if render not in ("", "browser"):
        raise RowProblemError(f"{render!r} is not 'browser'", "render")
    for key in ("wait_for", "click"):
        if values.get(key) and not render:
            raise RowProblemError("needs render = 'browser': nothing appears and nothing can be clicked without", key)
    return PageSettings(
        render=render,
        wait_for=_selectors(values, "wait_for"),
        click=_selectors(values, "click"),
        selector=_selectors(values, "selector"),
        ignore=_selectors(values, "ignore"),
        headers=_headers(values),
        allow_hosts=tuple(_host(one) for one in _list(values, "allow_hosts")),
    )


def _known(values: Mapping[str, Any], keys: Sequence[str]) -> None:
    for key in values:
        if key not in keys:
            raise RowProblemError(f"unknown key; known are {', '.join(keys)}", key)


def _text(values: Mapping[str, Any], key: str) -> str:
    value = values.get(key, "")
    if not isinstance(value, str):
        raise RowProblemError("must be text in quotes", key)
    if any(ord(character) < 32 for character in value):
        raise RowProblemError("has a control character", key)
    return value.strip()


def _list(values: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """One text or a list of them."""
    value = values.get(key, [])
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, list) or not all(isinstance(one, str) and one.strip() for one in items):
        raise RowProblemError("must be a list of texts", key)
    return tuple(one.strip() for one in items)


def _selectors(values: Mapping[str, Any], key: str) -> tuple[str, ...]:
    selectors = _list(values, key)
    for selector in selectors:
        try:
            CSSSelector(selector, translator="html")
        except (SyntaxError, LxmlError, ValueError) as error:  # cssselect's errors are SyntaxErrors
            raise RowProblemError(f"{selector!r} is no CSS selector: {error}", key) from error
    return selectors


def _headers(values: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    headers = values.get("headers", {})
    if not isinstance(headers, dict):
        raise RowProblemError("must be a table of names and values", "headers")
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name) or not isinstance(value, str) or not _HEADER_VALUE.fullmatch(value):
            raise RowProblemError(f"{name!r} is no HTTP header with a value of printable ASCII", "headers")
        if name.lower() in _OUR_HEADERS:
            raise RowProblemError(f"{name!r} is set by the crawler", "headers")
    return tuple(headers.items())


def _host(name: str) -> str:
    try:
        url = page_url(f"http://{name}/")
    except ValueError:
        url = None
    if url is None or url.target != "/" or url.port != 80:
        raise RowProblemError(f"{name!r} is no host name", "allow_hosts")
    return url.host
