"""How often one address may ask: a token bucket each, bounded in number. Pure but for what it remembers."""

from __future__ import annotations

import ipaddress
from collections import OrderedDict

MAX_ADDRESSES = 10_000
BAD_LINK_COST = 10.0  # a wrong signature costs as much as ten requests: guessing is slow


class RateLimit:
    """`per_minute` requests from one address (an IPv6 network of 64 bits counts as one), as many at once."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = float(per_minute)
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, address: str, now: float, cost: float = 1.0) -> bool:
        """Take `cost` from the address's bucket at `now` (monotonic seconds); False where it holds too little."""
        key = _network(address)
        tokens, since = self._left.pop(key, (self._per_minute, now))
        tokens = min(self._per_minute, tokens + (now - since) * self._per_minute / 60.0)
        allowed = tokens >= 1.0
        self._left[key] = (max(tokens - cost, 0.0) if allowed else tokens, now)
        if len(self._left) > MAX_ADDRESSES:
            self._left.popitem(last=False)
        return allowed


def _network(address: str) -> str:
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address[:100]
    return str(ip) if ip.version == 4 else str(ipaddress.ip_network((ip, 64), strict=False))
