"""The daemon as a process: it finds what changes, ends when it is told to, and survives being killed at any moment."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from monitor.config import project_home
from monitor.store.pages import add_clinic, add_page
from monitor.store.records import verify_chain
from tests.db.world import DISCLAIMER, Site

pytestmark = pytest.mark.system

CHILD = Path(__file__).with_name("daemon_child.py")
PAGES = 3


@dataclass
class LoopbackClinic:
    """A site of a few pages on the loopback, edited and slowed down while it is watched."""

    site: Site = field(default_factory=Site)
    delay_s: float = 0.0
    served: int = 0
    begun: int = 0
    port: int = 0

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        if request.path == "/robots.txt":
            request.send_error(404)
            return
        self.begun += 1
        end = time.monotonic() + self.delay_s
        while time.monotonic() < end:
            time.sleep(0.02)
        self.served += 1
        # every answer has other bytes, as real sites do
        body = replace(self.site, nonce=str(self.served)).html()
        request.send_response(200)
        request.send_header("Content-Type", "text/html; charset=utf-8")
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)


@pytest.fixture
def clinic() -> Iterator[LoopbackClinic]:
    clinic = LoopbackClinic()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            clinic.answer(self)

        def log_message(self, *_: object) -> None:
            pass

        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            except (BrokenPipeError, ConnectionResetError):  # a daemon that was killed
                self.close_connection = True

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    clinic.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield clinic
    server.shutdown()
    thread.join(timeout=10)
    server.server_close()


@dataclass
class Watched:
    """The daemon under test, its database and its log."""

    engine: Engine
    database: str
    config: Path
    log: Path

    def environment(self) -> dict[str, str]:
        home = str(project_home())
        ours = {"CLINICWATCH_DATABASE_URL": self.database, "CLINICWATCH_HOME": home, "PYTHONPATH": home}
        return {**os.environ, **ours}

    def start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, CHILD, self.config]
        with self.log.open("ab") as log:
            return subprocess.Popen(command, env=self.environment(), stderr=log, stdout=log)

    def visit(self, *words: str) -> list[dict[str, object]]:
        """`clinicwatch visit` as a process of its own; its answers."""
        command = [sys.executable, "-m", "monitor.cli.main", "-c", self.config, "visit", "--json", *words]
        done = subprocess.run(command, env=self.environment(), capture_output=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return [json.loads(line) for line in done.stdout.decode().splitlines()]

    @contextmanager
    def running(self) -> Iterator[subprocess.Popen[bytes]]:
        process = self.start()
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
            process.wait(timeout=10)

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query))]

    def number(self, query: str) -> int:
        return int(str(self.rows(query)[0][0]))

    def until(self, condition: Callable[[], bool], what: str, seconds: float = 60.0) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {seconds} s: {what}\n{self.log.read_text(errors='replace')[-4000:]}")
            time.sleep(0.05)


@pytest.fixture
def watched(engine: Engine, database: str, clinic: LoopbackClinic, tmp_path: Path) -> Watched:
    config = tmp_path / "clinicwatch.toml"
    address = f"127.0.0.1:{clinic.port}"
    config.write_text(
        f"""
[crawler]
allow_addresses = ["{address}"]
ports = [{clinic.port}]
delay_s = 0.0
[schedule]
cadence_s = 0.4
second_look_s = 0.3
failure_backoff_s = 0.3
tick_s = 0.1
lease_s = 2.0
[alerts]
gather_s = 0.5
outbox_directory = "{tmp_path / "outbox"}"
[log]
format = "json"
""",
        encoding="utf-8",
    )
    with engine.begin() as connection:
        of = add_clinic(connection, "clinic", "Clinic")
        for number in range(PAGES):
            add_page(connection, of.id, f"http://{address}/page{number}", language="en")
    return Watched(engine, database, config, tmp_path / "daemon.log")


CONFIRMED = "SELECT count(*) FROM change WHERE state = 'confirmed'"
VISITS = "SELECT count(*) FROM visit"


def assert_whole(watched: Watched) -> None:
    """Every visit is one link of the chain, versions are numbered without a gap, no page has a version twice."""
    with watched.engine.connect() as connection:
        report = verify_chain(connection)
    assert report.is_whole, report
    assert report.records == watched.number(VISITS)
    gaps = (
        "SELECT count(*) FROM (SELECT max(number) - count(*) AS gap FROM snapshot GROUP BY page_id) AS s WHERE gap <> 0"
    )
    assert watched.number(gaps) == 0
    visits = "SELECT count(*) FROM page WHERE visits <> (SELECT count(*) FROM visit WHERE visit.page_id = page.id)"
    assert watched.number(visits) == 0


def test_a_change_is_found_and_confirmed_and_sigterm_ends_the_daemon(watched: Watched, clinic: LoopbackClinic) -> None:
    with watched.running() as daemon:
        watched.until(lambda: watched.number("SELECT count(*) FROM snapshot") == PAGES, "every page has a version")
        clinic.site = clinic.site.without(DISCLAIMER)
        watched.until(lambda: watched.number(CONFIRMED) == PAGES, "the change is confirmed on every page")
        clinic.delay_s = 1.0
        begun = clinic.begun
        watched.until(lambda: clinic.begun > begun, "a visit is in flight")
        daemon.send_signal(signal.SIGTERM)
        asked = time.monotonic()
        assert daemon.wait(timeout=15) == 0
        assert time.monotonic() - asked < 10
    assert clinic.served == watched.number(VISITS)  # what was in flight was finished and written
    assert watched.number("SELECT count(*) FROM host WHERE lease_until IS NOT NULL") == 0
    assert watched.rows("SELECT DISTINCT kind, direction FROM change") == [("outcome", "removed")]
    assert_whole(watched)
    lines = [json.loads(line) for line in watched.log.read_text(encoding="utf-8").splitlines()]
    assert {"running", "visit", "change", "stopped"} <= {line["event"] for line in lines}
    assert not [line for line in lines if line["level"] == "error"]


def test_a_visit_that_does_not_end_is_given_up_and_due_again(watched: Watched, clinic: LoopbackClinic) -> None:
    clinic.delay_s = 60.0
    with watched.running() as daemon:
        watched.until(lambda: clinic.begun > 0, "a visit is in flight")
        daemon.send_signal(signal.SIGINT)
        asked = time.monotonic()
        assert daemon.wait(timeout=15) == 0
        assert time.monotonic() - asked < 10
    clinic.delay_s = 0.0
    assert watched.number(VISITS) == 0
    assert watched.number("SELECT count(*) FROM page WHERE next_visit_at <= now()") == PAGES
    assert watched.number("SELECT count(*) FROM host WHERE lease_until IS NOT NULL") == 0


def test_killed_at_any_moment_it_loses_nothing_and_repeats_nothing(watched: Watched, clinic: LoopbackClinic) -> None:
    moments = random.Random(20260503)
    for round_number in range(5):
        before = watched.number(VISITS)
        with watched.running() as daemon:
            watched.until(lambda before=before: watched.number(VISITS) > before, "a visit after the restart")
            if round_number == 1:
                clinic.site = clinic.site.without(DISCLAIMER)
            time.sleep(moments.uniform(0.0, 0.6))  # the moment is what is tested
            daemon.kill()
            assert daemon.wait(timeout=10) == -signal.SIGKILL
        assert_whole(watched)
    before = watched.number(VISITS)
    with watched.running() as daemon:
        watched.until(lambda: watched.number(VISITS) > before, "a visit after the last restart")
        watched.until(lambda: watched.number(CONFIRMED) == PAGES, "the change is confirmed on every page")
        daemon.send_signal(signal.SIGTERM)
        assert daemon.wait(timeout=15) == 0
    assert_whole(watched)
    assert watched.number("SELECT count(*) FROM change") == PAGES
    assert watched.number("SELECT count(*) FROM snapshot") == 2 * PAGES


def test_two_daemons_share_the_work_and_never_a_host(watched: Watched, clinic: LoopbackClinic) -> None:
    with watched.running() as first, watched.running() as second:
        watched.until(lambda: watched.number("SELECT count(*) FROM worker") == 2, "both have shown themselves")
        watched.until(lambda: watched.number(VISITS) >= 6 * PAGES, "some visits")
        for daemon in (first, second):
            daemon.send_signal(signal.SIGTERM)
        assert [first.wait(timeout=15), second.wait(timeout=15)] == [0, 0]
    overlaps = """
        SELECT count(*) FROM visit AS a JOIN visit AS b ON a.id < b.id
         WHERE b.started_at < a.started_at + a.duration_ms * interval '1 ms' - interval '5 ms'
           AND a.started_at < b.started_at + b.duration_ms * interval '1 ms' - interval '5 ms'"""
    assert watched.number(overlaps) == 0
    assert_whole(watched)


def test_a_visit_by_hand_waits_for_the_daemon_and_confirms_at_once(watched: Watched, clinic: LoopbackClinic) -> None:
    watched.visit("/page0")
    clinic.site = clinic.site.without(DISCLAIMER)
    with watched.running() as daemon:
        clinic.delay_s = 2.0
        begun = clinic.begun
        watched.until(lambda: clinic.begun > begun, "the daemon is visiting the host")
        (report,) = watched.visit("/page1", "--looks", "1")
        assert report["outcome"] in {"ok", "unchanged"}
        daemon.send_signal(signal.SIGTERM)
        assert daemon.wait(timeout=15) == 0
    clinic.delay_s = 0.0
    watched.visit("/page0", "--looks", "1")
    assert watched.rows("SELECT DISTINCT state FROM change") == [("confirmed",)]
    assert watched.number("SELECT count(*) FROM visit WHERE purpose = 'manual'") == 3
    assert watched.number("SELECT count(*) FROM host WHERE lease_until IS NOT NULL") == 0
    assert_whole(watched)
