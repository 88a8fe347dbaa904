"""What robots.txt may answer, and what follows from it for the page /page: a verdict as `outcome:reason`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.hostile.site import Visit


def robots(body: bytes, status: str = "200 OK", **headers: bytes) -> Callable[[Visit], Any]:
    async def act(visit: Visit) -> None:
        filled = {name: visit.site.fill(value.decode()).encode() for name, value in headers.items()}
        await visit.page(body, status, Content_Type=b"text/plain", **filled)

    return act


async def robots_silence(visit: Visit) -> None:
    await visit.site.stopped.wait()


async def robots_reset(visit: Visit) -> None:
    visit.reset()


async def robots_moved(visit: Visit) -> None:
    if visit.path.endswith("?moved"):
        await visit.page(b"User-agent: *\nDisallow: /page")
    else:
        await visit.page(b"", "301 Moved", Location=b"/robots.txt?moved")


async def robots_loop(visit: Visit) -> None:
    await visit.page(b"", "301 Moved", Location=b"/robots.txt")


async def robots_too_large(visit: Visit) -> None:
    await visit.page(b"User-agent: *\nDisallow: /page\n" + b"# padding\n" * 100_000)


ROBOTS: dict[str, tuple[Any, str]] = {
    "none": (None, "ok"),
    "allowed": (robots(b"User-agent: *\nDisallow: /other"), "ok"),
    "disallowed": (robots(b"User-agent: *\nDisallow: /page"), "refused:robots.disallow"),
    "disallowed by name": (robots(b"User-agent: clinicwatch\nDisallow: /"), "refused:robots.disallow"),
    "forbidden": (robots(b"", "403 Forbidden"), "ok"),
    "unauthorized": (robots(b"", "401 Unauthorized"), "ok"),
    "error": (robots(b"", "500 Oops"), "refused:robots.unreachable"),
    "unavailable": (robots(b"", "503 Oops"), "refused:robots.unreachable"),
    "silent": (robots_silence, "refused:robots.unreachable"),
    "reset": (robots_reset, "refused:robots.unreachable"),
    "moved": (robots_moved, "refused:robots.disallow"),
    "loop": (robots_loop, "ok"),
    "to canary": (robots(b"", "302 Found", Location=b"http://{canary}/robots.txt"), "refused:robots.unreachable"),
    "too large": (robots_too_large, "refused:robots.disallow"),
    "html": (robots(b"<html>no such page</html>"), "ok"),
}
