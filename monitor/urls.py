"""The URL of a page under watch: checked, and written in one way only, so that a page is watched once."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import urljoin

from crawler.urls import BadUrlError, WebUrl, parse_url

MAX_CHARS = 2000  # an index of Postgres holds no more than 2,704 bytes of it
_SCHEME = re.compile(r"https?://", re.IGNORECASE)
_UNFIT = re.compile(r"[\x00-\x20\x7f-\xa0\u2000-\u200f\u2028-\u202f\u2060\ufeff\\]")


def page_url(text: str) -> WebUrl:
    """The URL `text` as it is stored: scheme and host in lower case (IDNA), no default port, no fragment.

    Path and query stay as they are but for the encoding of what a URL cannot hold. Stricter than the crawler, which
    takes what servers send: a person who typed white space or a password into a watchlist did not mean to.
    Raises ValueError whose text is the problem.
    """
    text = text.strip()
    if not _SCHEME.match(text):
        raise ValueError("must start with http:// or https://")
    if unfit := _UNFIT.search(text):
        raise ValueError(f"has a character that no URL has: {unfit.group()!r}")
    if "@" in re.split(r"[/?#]", text.partition("://")[2], maxsplit=1)[0]:
        raise ValueError("names a user or password: use the page's headers instead")
    try:
        url = parse_url(text)
    except BadUrlError as error:
        raise ValueError(error.problem) from error
    if len(url.url) > MAX_CHARS:
        raise ValueError(f"is longer than {MAX_CHARS} characters")
    return url


def origin_of(url: WebUrl) -> str:
    """scheme://host:port, the unit of politeness and of the lease."""
    host = f"[{url.host}]" if ":" in url.host else url.host
    return f"{url.scheme}://{host}:{url.port}"


def missing_url(url: str) -> str:
    """A URL beside `url` that no site has: the same one every time, so that it is one line in the site's logs."""
    digest = hashlib.blake2b(url.encode(), digest_size=6).hexdigest()
    return urljoin(url, f"no-such-page-{digest}")
