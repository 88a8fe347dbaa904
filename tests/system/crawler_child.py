"""A process with one crawler in it: a line of settings first, then targets in, results out, as JSON lines.

Input: {"settings": {...}}, then {"id": n, "target": {...}} or {"id": n, "cancel": m} as often as wanted.
"""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import re
import resource
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from crawler.session import Crawler, open_crawler, run
from crawler.settings import CrawlSettings
from crawler.types import Rendering, Result, Target


def as_json(value: Any) -> Any:
    """Bytes as {"b64": …}, times as ISO text."""
    if isinstance(value, bytes):
        return {"b64": base64.b64encode(value).decode()}
    return value.isoformat()


def read_target(raw: dict[str, Any]) -> Target:
    for key in ("etag", "last_modified"):
        if key in raw:
            raw[key] = raw[key].encode("latin-1")
    for key in ("headers", "allow_hosts"):
        if key in raw:
            raw[key] = tuple(tuple(item) if isinstance(item, list) else item for item in raw[key])
    if "rendering" in raw:
        given = {key: tuple(one) if isinstance(one, list) else one for key, one in raw["rendering"].items()}
        raw["rendering"] = Rendering(**given)
    return Target(**raw)


def answer(number: int, **content: Any) -> None:
    print(json.dumps({"id": number, **content}, default=as_json), flush=True)


def peak_memory_kb() -> int:
    """The peak of this program alone. Linux keeps ru_maxrss of the program before exec: the whole test run's."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(re.search(r"^VmHWM:\s+(\d+) kB", status.read_text(), re.MULTILINE)[1])  # type: ignore[index]
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024  # bytes on macOS


async def fetch(crawler: Crawler, number: int, target: Target) -> None:
    try:
        result: Result = await crawler.fetch(target)
    except asyncio.CancelledError:
        answer(number, cancelled=True)
        return
    memory_kb = peak_memory_kb()
    answer(number, result=asdict(result), memory_kb=memory_kb)


async def main() -> None:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=1 << 22)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    raw = json.loads(await reader.readline())["settings"]
    settings = CrawlSettings(**{key: tuple(value) if isinstance(value, list) else value for key, value in raw.items()})
    tasks: dict[int, asyncio.Task[None]] = {}
    async with open_crawler(settings) as crawler:
        while line := await reader.readline():
            message = json.loads(line)
            if "cancel" in message:
                tasks[message["cancel"]].cancel()
            else:
                number = message["id"]
                tasks[number] = asyncio.create_task(fetch(crawler, number, read_target(message["target"])))
        if tasks:
            await asyncio.wait(tasks.values())


if __name__ == "__main__":
    logging.getLogger("asyncio").setLevel(logging.ERROR)  # in development mode it reports every slow step
    run(main)
