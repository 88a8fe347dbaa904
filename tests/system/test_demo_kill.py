"""The daemon is killed with -9 at ten random moments of the demo; nothing is lost and nothing comes twice.

The one documented exception: a mail whose sender was killed between DATA and the server's reply may come again, with
the same Message-ID and the same words.
"""

from __future__ import annotations

import io
import random
import shutil
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console
from sqlalchemy import Connection, text

from monitor.demo.edits import script
from monitor.demo.expect import MAILED, Facts
from monitor.demo.process import Daemon
from monitor.demo.run import Cast, open_demo, story_of
from monitor.demo.show import Show
from monitor.demo.story import Story
from monitor.store.bodies import get_body
from monitor.store.records import verify_chain

pytestmark = pytest.mark.system

SEED = 20250601
KILLS_BY_ACT = (2, 2, 4, 2)
QUICK_TO_RECOVER = {"schedule": {"lease_s": 3.0}, "alerts": {"claim_s": 3.0}}
PATIENCE_S = 60.0
POLL_S = 0.02


@pytest.fixture
def directory() -> Iterator[Path]:
    """A short path, that others than root may enter: the embedded server does not run as root."""
    path = Path(tempfile.mkdtemp(prefix="cw", dir="/tmp"))
    path.chmod(0o755)
    yield path / "demo"
    shutil.rmtree(path)


def kill_somewhere(cast: Cast, moments: random.Random) -> None:
    """Let the daemon make a few requests, kill it a random moment after the last of them, start it again."""
    target = len(cast.clinics.served) + moments.randint(1, 12)
    deadline = time.monotonic() + PATIENCE_S
    while len(cast.clinics.served) < target:
        cast.daemon.check()
        assert time.monotonic() < deadline, cast.daemon.tail()
        time.sleep(POLL_S)
    time.sleep(
        moments.uniform(0, 0.5)
    )  # the random moment itself: between request and commit, or in the middle of a mail
    assert cast.daemon.kill() == -9
    cast.daemon.start()


def test_ten_kills_lose_nothing_and_double_nothing(directory: Path) -> None:
    assert sum(KILLS_BY_ACT) == 10
    moments = random.Random(SEED)
    with open_demo(directory, Show(Console(file=io.StringIO())), QUICK_TO_RECOVER) as cast:
        story = story_of(cast)
        cast.daemon.start()
        for act, kills in zip(script(), KILLS_BY_ACT, strict=True):
            story.begin(act)
            for _ in range(kills):
                kill_somewhere(cast, moments)
            assert story.wait(PATIENCE_S), (story.missing, cast.daemon.tail())
        assert story.settle(PATIENCE_S), (story.missing, cast.daemon.tail())
        assert cast.daemon.stop() == 0
        check_everything_expected_came_and_nothing_else(story)
        check_mails(story.facts(), cast)
        with cast.engine.connect() as connection:
            check_visits(connection, cast)
            check_snapshots(connection)
            check_bodies(connection)
        check_nobody_is_left(cast.daemon)


def check_everything_expected_came_and_nothing_else(story: Story) -> None:
    report = story.end()
    for edit, judgement in report.judged:
        assert judgement.missing == (), edit.name
        assert [line for line in judgement.unwanted if "came twice" not in line] == [], edit.name
    assert report.unexplained == ()


def check_mails(facts: Facts, cast: Cast) -> None:
    told = [change.id for change in facts.changes if change.state in MAILED]
    wordings = Counter(
        (change.url, change.kind, change.before, change.after) for change in facts.changes if change.id in told
    )
    assert [what for what, times in wordings.items() if times > 1] == []
    alerted = Counter(change for alert in facts.alerts for change in alert.change_ids)
    assert alerted == Counter(told)
    assert {alert.state for alert in facts.alerts} == {"sent"}
    assert set(facts.received) == {alert.message_id for alert in facts.alerts}
    contents: dict[str, set[bytes]] = {}
    for mail in cast.mailbox.mails:
        contents.setdefault(mail.message_id, set()).add(mail.content)
    assert all(len(copies) == 1 for copies in contents.values())  # a second copy is the very same mail
    assert len(facts.received) - len(contents) <= sum(KILLS_BY_ACT)


def check_visits(connection: Connection, cast: Cast) -> None:
    """Each visit is counted once, has one record in the chain, and answers one request; what was lost was in flight."""
    assert verify_chain(connection).is_whole
    uncounted = "SELECT count(*) FROM page WHERE visits <> (SELECT count(*) FROM visit WHERE page_id = page.id)"
    assert connection.scalar(text(uncounted)) == 0
    unrecorded = (
        "SELECT count(*) FROM visit FULL JOIN record ON visit_id = visit.id WHERE visit.id IS NULL OR visit_id IS NULL"
    )
    assert connection.scalar(text(unrecorded)) == 0
    answered = connection.scalar(text("SELECT count(*) FROM visit WHERE http_status IS NOT NULL"))
    in_flight = sum(KILLS_BY_ACT) * cast.config.schedule.workers
    assert len(cast.clinics.served) - in_flight <= answered <= len(cast.clinics.served)
    same_moment = (
        "SELECT count(*) FROM (SELECT 1 FROM visit GROUP BY page_id, started_at HAVING count(*) > 1) AS doubled"
    )
    assert connection.scalar(text(same_moment)) == 0


def check_snapshots(connection: Connection) -> None:
    """Numbered without a gap, each another text than the one before, the newest one the page's."""
    gaps = """SELECT count(*) FROM (SELECT number, row_number() OVER (PARTITION BY page_id ORDER BY id) AS place
              FROM snapshot) AS numbered WHERE number <> place"""
    assert connection.scalar(text(gaps)) == 0
    repeated = """SELECT count(*) FROM (
                  SELECT kind, compared_sha256, lag(compared_sha256) OVER history AS before,
                         lag(kind) OVER history AS was
                  FROM snapshot WINDOW history AS (PARTITION BY page_id ORDER BY number)
                  ) AS pairs WHERE compared_sha256 = before AND kind = was"""
    assert connection.scalar(text(repeated)) == 0
    stale = """SELECT count(*) FROM page WHERE snapshot_id IS DISTINCT FROM
               (SELECT id FROM snapshot WHERE page_id = page.id ORDER BY number DESC LIMIT 1)"""
    assert connection.scalar(text(stale)) == 0
    assert connection.scalar(text("SELECT count(*) FROM change WHERE state = 'pending'")) == 0


def check_bodies(connection: Connection) -> None:
    """Every body comes back as the bytes that its name is the digest of."""
    names = connection.execute(text("SELECT sha256, size FROM body")).all()
    assert len(names) > 20
    for name, size in names:
        assert len(get_body(connection, bytes(name))) == size


def check_nobody_is_left(daemon: Daemon) -> None:
    """The killed daemons' own helper processes have ended by themselves."""
    deadline = time.monotonic() + 20
    while any(is_alive(session) for session in daemon.sessions):
        assert time.monotonic() < deadline, "a process of a killed daemon is still there"
        time.sleep(0.1)


def is_alive(session: int) -> bool:
    """Has a process of this session not ended? A zombie has: in a container nobody may be there to reap it."""
    shown = subprocess.run(["ps", "-A", "-o", "pgid=", "-o", "stat="], capture_output=True, text=True, check=True)
    rows = (line.split() for line in shown.stdout.splitlines())
    return any(group == str(session) and not state.startswith("Z") for group, state in rows)
