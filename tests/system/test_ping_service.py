"""The dead man's switch against a real server, and the real daemon that presses it only while it works."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from sqlalchemy import text
from system.test_daemon import LoopbackClinic, Watched, clinic, watched

from monitor.schedule.ping import PingError, ping

pytestmark = pytest.mark.system
__all__ = ["clinic", "watched"]  # fixtures


@dataclass
class Switch:
    """Somebody who counts the pings, and how they are answered."""

    port: int = 0
    status: int = 200
    asked: list[str] = field(default_factory=list)
    hang: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/0f9a-secret?source=watch"


@pytest.fixture
def switch() -> Iterator[Switch]:
    switch = Switch()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            switch.asked.append(self.path)
            if switch.status == 0:
                switch.hang.wait(5)
                return
            self.send_response(switch.status)
            self.send_header("Location", f"http://127.0.0.1:{switch.port}/elsewhere")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    switch.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield switch
    switch.hang.set()
    server.shutdown()
    thread.join(timeout=10)
    server.server_close()


@pytest.mark.parametrize("status", [200, 204])
def test_the_url_is_asked_as_it_is(switch: Switch, status: int) -> None:
    switch.status = status
    ping(switch.url)
    assert switch.asked == ["/0f9a-secret?source=watch"]


@pytest.mark.parametrize("status", [302, 404, 500])
def test_what_is_no_2xx_is_no_ping_and_redirects_are_not_followed(switch: Switch, status: int) -> None:
    switch.status = status
    with pytest.raises(PingError, match=str(status)) as raised:
        ping(switch.url)
    assert len(switch.asked) == 1
    assert "secret" not in str(raised.value)


def test_who_does_not_answer_is_not_waited_for(switch: Switch) -> None:
    switch.status = 0
    started = time.monotonic()
    with pytest.raises(PingError):
        ping(switch.url, timeout_s=0.3)
    assert time.monotonic() - started < 3
    with pytest.raises(PingError):
        ping("http://127.0.0.1:1/", timeout_s=1)


def test_the_daemon_pings_while_it_visits_and_is_silent_when_nothing_is_watched(
    watched: Watched, clinic: LoopbackClinic, switch: Switch
) -> None:
    told = watched.config.read_text(encoding="utf-8")
    told = told.replace("[alerts]", f'[alerts]\nping_url = "{switch.url}"\nping_every_s = 0.2')
    watched.config.write_text(told, encoding="utf-8")
    with watched.running():
        watched.until(lambda: len(switch.asked) > 2, "it pings")
        assert clinic.served > 0, "not before it visited"
        set_state(watched, "paused")
        watched.until(lambda: "no page is watched" in watched.log.read_text(errors="replace"), "it says why not")
        before, beat = len(switch.asked), heartbeat(watched)
        watched.until(lambda: heartbeat(watched) != beat, "the process lives on")
        assert len(switch.asked) == before, "a service that does nothing must not ping"
        set_state(watched, "active")
        watched.until(lambda: len(switch.asked) > before, "it pings again")


def set_state(watched: Watched, state: str) -> None:
    with watched.engine.begin() as connection:
        connection.execute(text("UPDATE page SET state = :state"), {"state": state})


def heartbeat(watched: Watched) -> object:
    return watched.rows("SELECT seen_at FROM worker")[0][0]
