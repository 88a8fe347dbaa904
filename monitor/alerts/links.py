"""The links of a mail back to us: signed, and each good for one purpose of one subscription. Pure.

A link names the subscription by its number and proves itself by an HMAC (SHA-256, RFC 2104) over the purpose, the
number, the subscription's own token and the target. So it cannot be made from another link, and none outlives a
token that was changed. Following one changes nothing: the page behind it has a button.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import quote, urlsplit

from monitor.errors import ConfigError
from monitor.store.subscriptions import Subscription

SIGNATURE_BYTES = 18  # 144 bits: 24 characters in a link

Purpose = Literal["unsubscribe", "preferences", "alarm", "mute", "feed"]
PATHS: dict[Purpose, str] = {"unsubscribe": "u", "preferences": "p", "alarm": "f", "mute": "m", "feed": "feed"}


@dataclass(frozen=True, slots=True)
class Links:
    """Makes and checks links below `base_url` ("" where there are no web pages) with `key`. With `history`, whoever
    gets a mail can read the history there."""

    base_url: str
    key: bytes = field(repr=False)
    history: bool = False

    def link(self, purpose: Purpose, subscription: Subscription, target: int | None = None) -> str:
        """The URL for `purpose`; `target` is the change that it is about."""
        signature = self.sign(purpose, subscription, target)
        middle = "" if target is None else f"/{target}"
        return f"{self.base_url}/{PATHS[purpose]}/{subscription.id}{middle}/{signature}"

    def sign(self, purpose: str, subscription: Subscription, target: int | None = None) -> str:
        """What proves a link: 24 characters that need no quoting in a URL."""
        words = f"{purpose}\n{subscription.id}\n{subscription.token}\n{'' if target is None else target}"
        digest = hmac.digest(self.key, words.encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(digest[:SIGNATURE_BYTES]).decode("ascii")

    def version(self, page_id: int, number: int) -> str:
        """The stored copy of one version; "" where nobody but us may read it."""
        return f"{self.base_url}/history/page/{page_id}/{number}" if self.history else ""

    def difference(self, page_id: int, before: int, after: int) -> str:
        """What differs between two versions; "" as for `version`."""
        return f"{self.base_url}/history/page/{page_id}/{before}/{after}" if self.history else ""

    def is_signed(self, signature: str, purpose: Purpose, subscription: Subscription, target: int | None) -> bool:
        """Whether `signature` is the one of this link, compared in constant time."""
        wanted = self.sign(purpose, subscription, target).encode()
        return hmac.compare_digest(wanted, signature.encode("utf-8", "replace"))

    def confirmation_code(self, confirmation_id: int, subscription: Subscription) -> str:
        """The token that a mail asking for confirmation carries; only its hash is stored."""
        return self.sign("confirm", subscription, confirmation_id)

    def confirmation(self, code: str) -> str:
        """The page on which `code` is confirmed."""
        return f"{self.base_url}/c/{quote(code, safe='-_=')}"


def check_base_url(base_url: str) -> str:
    """`web.base_url` without its last slash; "" stays "". Raises ConfigError for what is no http or https URL."""
    if not base_url:
        return ""
    try:
        parts = urlsplit(base_url)
        valid = parts.scheme in {"http", "https"} and bool(parts.hostname) and not parts.query and not parts.fragment
    except ValueError:
        valid = False
    if not valid or not base_url.isascii() or any(each in base_url for each in '<>"\\ \t\r\n'):
        raise ConfigError(
            "clinicwatch.toml", "web.base_url", f"{base_url!r} is not a URL like https://watch.example.org"
        )
    return base_url.rstrip("/")


def hash_code(code: str) -> bytes:
    """What is stored of a confirmation's token."""
    return hashlib.sha256(code.encode("utf-8", "replace")).digest()
