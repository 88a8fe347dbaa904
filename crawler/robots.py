"""robots.txt by RFC 9309: may this URL be asked for, and how long is the pause between two requests?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from protego import Protego

MAX_BYTES: Final = 512_000  # RFC 9309, 2.5: at least 500 KiB; what comes after is not read
MAX_REDIRECTS: Final = 5  # RFC 9309, 2.3.1.2


@dataclass(frozen=True, slots=True)
class Robots:
    """The rules of one origin. `rules` is None where everything is allowed; `unreachable` says why nothing is."""

    rules: Protego | None = None
    unreachable: str = ""
    crawl_delay_s: float = 0.0

    def is_allowed(self, url: str, product: str) -> bool:
        """May `product` ask for `url`? Never where robots.txt is unreachable."""
        if self.unreachable:
            return False
        return self.rules is None or bool(self.rules.can_fetch(url, product))


ALLOW_ALL: Final = Robots()


def read_robots(status: int | None, body: bytes, product: str) -> Robots:
    """What an answer for /robots.txt means; `status` None where there was none.

    2xx is read, 4xx means that there are no rules, everything else that nothing may be asked for (2.3.1).
    Redirects are for the caller to follow.
    """
    if status is None:
        return Robots(unreachable="no answer")
    if 200 <= status < 300:
        return parse_robots(body, product)
    if 400 <= status < 500:
        return ALLOW_ALL
    return Robots(unreachable=f"status {status}")


def parse_robots(body: bytes, product: str) -> Robots:
    """Read the file's rules. Bytes beyond the limit are cut at the last whole line; what is no rule is passed over."""
    if len(body) > MAX_BYTES:
        body = body[:MAX_BYTES].rpartition(b"\n")[0]
    text = body.decode("utf-8", "replace").replace("\x00", "").removeprefix("\ufeff")
    rules = Protego.parse(text)
    delay = rules.crawl_delay(product)
    return Robots(rules, crawl_delay_s=max(0.0, float(delay)) if delay is not None else 0.0)
