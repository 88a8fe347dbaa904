"""One request at a time per origin, and a pause between two."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from crawler.urls import Origin

_FORGET_AFTER: Final = 4_096  # origins kept in mind; those long past their pause are dropped


@dataclass(slots=True)
class _Place:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    free_at: float = 0.0  # event loop time
    waiting: int = 0


class Turns:
    """Hands out the turns of each origin, first come, first served.

    The pause counts from the end of a request: counted from its start, a slow server would get no rest.
    """

    def __init__(self) -> None:
        self._places: dict[Origin, _Place] = {}

    @asynccontextmanager
    async def turn(self, origin: Origin, delay_s: float) -> AsyncIterator[None]:
        """Hold the only turn of `origin`; entered when it is free and `delay_s` have passed since the last one."""
        loop = asyncio.get_running_loop()
        place = self._places.setdefault(origin, _Place())
        place.waiting += 1
        try:
            async with place.lock:
                # the pause that this request asks for: robots.txt may have raised it since the last one
                if (pause_s := place.free_at + delay_s - loop.time()) > 0:
                    await asyncio.sleep(pause_s)
                try:
                    yield
                finally:
                    place.free_at = loop.time()
        finally:
            place.waiting -= 1
            self._forget(loop.time())

    def _forget(self, now: float) -> None:
        if len(self._places) > _FORGET_AFTER:
            old = [origin for origin, place in self._places.items() if not place.waiting and place.free_at < now - 600]
            for origin in old:
                del self._places[origin]
