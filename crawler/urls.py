"""URLs as this crawler takes them: parsed once, http and https only, host and port known, ready to be asked for."""

from __future__ import annotations

import ipaddress
import re
import socket
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, unquote, urljoin, urlsplit

from w3lib.url import safe_url_string

MAX_URL_CHARS: Final = 8_192
_PORTS: Final = {"http": 80, "https": 443}
_HOST: Final = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?|[0-9a-f:.]*:[0-9a-f:.]*")
_SCHEME: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:")
_HOME_PATH: Final = re.compile(
    r"/?|/(index|home|default)(\.(html?|php|aspx?))?/?|/[a-z]{2}([-_][a-z]{2})?/?(index\.(html?|php))?", re.IGNORECASE
)
_HOME_QUERY: Final = re.compile(r"utm_\w+|lang|language|locale|ref|from|404|error|msg|redirected?", re.IGNORECASE)


class BadUrlError(ValueError):
    """Not a URL that can be asked for. `reason` is a word of `crawler.outcomes`."""

    def __init__(self, reason: str, problem: str) -> None:
        super().__init__(problem)
        self.reason, self.problem = reason, problem


Origin = tuple[str, str, int]
"""Scheme, host and port: what headers of a page, robots.txt and the delay belong to."""


@dataclass(frozen=True, slots=True)
class WebUrl:
    """A URL that can be asked for: percent-encoded, without fragment and user name, host in lower-case ASCII."""

    url: str
    scheme: str
    host: str
    port: int
    target: str  # path and query, as sent on the request line

    @property
    def origin(self) -> Origin:
        return self.scheme, self.host, self.port

    @property
    def authority(self) -> str:
        """The value of the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]


def parse_url(text: str) -> WebUrl:
    """Read an absolute URL as browsers do: outer white space and inner tabs and newlines are dropped, the rest encoded.

    Raises BadUrlError: `redirect.url_too_long`, `redirect.scheme` (not http or https) or `redirect.bad_url`.
    """
    text = re.sub(r"[\t\r\n]", "", text.strip(" \t\r\n\x00\f"))
    if len(text) > MAX_URL_CHARS:
        raise BadUrlError("redirect.url_too_long", f"{len(text)} characters")
    try:
        parts = urlsplit(safe_url_string(_forward_slashes(text), quote_path=True))
        scheme, host, port = parts.scheme.lower(), (parts.hostname or "").lower(), parts.port
    except (ValueError, UnicodeError) as error:
        raise BadUrlError("redirect.bad_url", f"{text[:200]!r}: {error}") from error
    if scheme not in _PORTS:
        raise BadUrlError("redirect.scheme", f"{scheme or 'no'} scheme: {text[:200]!r}")
    host = _plain_host(host)
    if not _HOST.fullmatch(host) or port == 0:
        raise BadUrlError("redirect.bad_url", f"no usable host or port: {text[:200]!r}")
    port = port or _PORTS[scheme]
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    bare = WebUrl("", scheme, host, port, target)
    return WebUrl(f"{scheme}://{bare.authority}{target}", scheme, host, port, target)


def join_url(base: WebUrl, location: bytes) -> WebUrl:
    """The URL that a Location of `base` points at. Raises BadUrlError as parse_url."""
    try:
        text = location.decode("utf-8")
    except UnicodeDecodeError:
        text = location.decode("latin-1")
    text = text.strip()
    if len(text) > MAX_URL_CHARS:
        raise BadUrlError("redirect.url_too_long", f"{len(text)} characters")
    try:
        joined = urljoin(base.url, _forward_slashes(text))
    except ValueError as error:
        raise BadUrlError("redirect.bad_url", f"{text[:200]!r}: {error}") from error
    return parse_url(joined)


def _forward_slashes(text: str) -> str:
    """Browsers read a backslash before the query as a slash: `http:\\\\10.0.0.1` leads to 10.0.0.1."""
    scheme = _SCHEME.match(text)
    if scheme and scheme.group()[:-1].lower() not in _PORTS:
        return text
    head, mark, tail = text.partition("?")
    head = head.replace("\\", "/")
    if scheme:  # "http:/host" and "http:host" are read with two slashes
        rest = head[scheme.end() :]
        head = head[: scheme.end()] + "//" + rest.lstrip("/")
    return head + mark + tail


def _plain_host(host: str) -> str:
    """One spelling per host: no closing dot; an address in decimal, octal, hex or short form is written as address."""
    if ":" in host:
        return str(ipaddress.ip_address(host)) if is_address(host) else ""
    host = unquote(host).lower()  # browsers read %31%32%37.0.0.1 as 127.0.0.1
    host = host.rstrip(".") if not host.endswith("..") else host
    last = host.rpartition(".")[2]
    if last.isdigit() or re.fullmatch(r"0x[0-9a-f]*", last):  # WHATWG URL: "ends in a number" means an IPv4 address
        try:
            return socket.inet_ntoa(socket.inet_aton(host))
        except OSError:
            return ""
    return host


def is_address(host: str) -> bool:
    """Is `host` an IP address and not a name?"""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def is_home(url: WebUrl) -> bool:
    """Is `url` a home page: the root, an index file or a language's root, with no query that selects a page?"""
    path, _, query = url.target.partition("?")
    return bool(_HOME_PATH.fullmatch(path)) and all(
        _HOME_QUERY.fullmatch(key) for key, _ in parse_qsl(query, keep_blank_values=True)
    )
