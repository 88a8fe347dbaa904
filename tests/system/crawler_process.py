"""A crawler in a process of its own, and the sites that it visits: what the crawler's system tests share."""

from __future__ import annotations

import base64
import itertools
import json
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import tests.hostile.behaviours  # noqa: F401 - registers them
from tests.hostile.site import Site, Town

HERE = Path(__file__).parent
NAMES = ("clinic.test", "www.clinic.test", "inner.clinic.test", "other.test", "canary.test", "wrong.test")


class Child:
    """The process that holds the crawler."""

    def __init__(self, **settings: Any) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-X", "dev", "-W", "error", str(HERE / "crawler_child.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._numbers = itertools.count(1)
        self._answers: dict[int, dict[str, Any]] = {}
        self._arrived: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self.errors = ""
        self._readers = [threading.Thread(target=self._read), threading.Thread(target=self._read_errors)]
        for reader in self._readers:
            reader.start()
        self._write({"settings": settings})

    def _write(self, message: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(message) + "\n")
        self._process.stdin.flush()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._arrived.put(json.loads(line))
        self._arrived.put(None)

    def _read_errors(self) -> None:
        assert self._process.stderr is not None
        self.errors = self._process.stderr.read()

    def send(self, url: str, **target: Any) -> int:
        number = next(self._numbers)
        self._write({"id": number, "target": {"url": url, **target}})
        return number

    def cancel(self, number: int) -> None:
        self._write({"id": next(self._numbers), "cancel": number})

    def wait(self, number: int, timeout_s: float = 30.0) -> dict[str, Any]:
        """The message for `number`."""
        end = time.monotonic() + timeout_s
        while number not in self._answers:
            message = self._arrived.get(timeout=max(0.01, end - time.monotonic()))
            if message is None:
                raise AssertionError(f"the crawler's process ended: {self.errors}")
            assert message["id"] not in self._answers, "two answers for one target"
            self._answers[message["id"]] = message
        return self._answers[number]

    def fetch(self, url: str, **target: Any) -> dict[str, Any]:
        result: dict[str, Any] = self.wait(self.send(url, **target))["result"]
        return result

    def close(self) -> int:
        assert self._process.stdin is not None
        self._process.stdin.close()
        code = self._process.wait(20)
        for reader in self._readers:
            reader.join(10)
        for stream in (self._process.stdout, self._process.stderr):
            assert stream is not None
            stream.close()
        return code


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    town = Town()
    yield town
    town.close()


@pytest.fixture(scope="module")
def canary(town: Town) -> Site:
    """What must never be reached."""
    return town.open(Site())


@pytest.fixture(scope="module")
def site(town: Town, canary: Site) -> Site:
    return town.open(Site(canary=canary.port))


def quick(*sites: Site, **settings: Any) -> dict[str, Any]:
    """Settings for sites on the loopback: no delay, short times."""
    return {
        "contact": "test@clinicwatch.example",
        "allow_addresses": [f"127.0.0.1:{site.port}" for site in sites],
        "dns_hosts": [f"{name}=127.0.0.1" for name in NAMES],
        "delay_s": 0.0,
        "connect_timeout_s": 0.5,
        "idle_timeout_s": 0.5,
        "deadline_s": 1.5,
        "retries": 0,
        "retry_backoff_s": 0.01,
        "max_redirects": 5,
        "max_wire_bytes": 2_000_000,
        "max_decoded_bytes": 4_000_000,
        "max_retry_after_s": 3600.0,
        **settings,
    }


Start = Callable[..., Child]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts crawlers, and sees that each of them ends well."""
    children: list[Child] = []

    def begin(*sites: Site, **settings: Any) -> Child:
        children.append(Child(**quick(*sites, **settings)))
        return children[-1]

    yield begin
    for child in children:
        assert child.close() == 0, child.errors
        assert child.errors == ""


@pytest.fixture(scope="module")
def child(site: Site) -> Iterator[Child]:
    child = Child(**quick(site))
    yield child
    assert child.close() == 0, child.errors
    assert child.errors == ""


def body_of(result: dict[str, Any]) -> bytes:
    return base64.b64decode(result["exchange"]["body"]["b64"])


def wait_until(condition: Callable[[], bool], timeout_s: float = 10.0) -> None:
    """Poll until `condition` holds."""
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def verdict(result: dict[str, Any]) -> str:
    return ":".join(filter(None, (result["outcome"], result["reason"])))
