"""`clinicwatch demo` as people call it: it ends well, leaves nothing running, and stops when it is told to."""

from __future__ import annotations

import email
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.demo.edits import script
from monitor.demo.stage import CONFIG
from monitor.store import embedded

pytestmark = pytest.mark.system
PATIENCE_S = 120.0


@pytest.fixture
def directory() -> Iterator[Path]:
    """A short path, that others than root may enter: the embedded server does not run as root."""
    path = Path(tempfile.mkdtemp(prefix="cw", dir="/tmp"))
    path.chmod(0o755)
    yield path / "demo"
    shutil.rmtree(path)


def clinicwatch(*words: str | Path) -> list[str]:
    return [sys.executable, "-m", "monitor.cli.main", *(str(word) for word in words)]


def leftovers(directory: Path) -> list[str]:
    """Processes that name the demo's directory and do not end within a few seconds of their parent."""
    deadline = time.monotonic() + 10
    while True:
        shown = subprocess.run(["ps", "-A", "-o", "pid=", "-o", "args="], capture_output=True, text=True, check=True)
        left = [line for line in shown.stdout.splitlines() if str(directory) in line]
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(0.1)


def test_it_ends_well_keeps_what_it_stored_and_can_be_run_again(directory: Path) -> None:
    directory.mkdir()
    done = subprocess.run(
        clinicwatch("demo", "--directory", directory), capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    verdicts = [line for line in done.stdout.splitlines() if line.startswith(("ok | ", "FAILED | "))]
    assert len(verdicts) == sum(len(act) for act in script()) + 1
    assert "the daily digest" in verdicts[-1]
    assert all(line.startswith("ok | ") for line in verdicts)
    assert "\x1b" not in done.stdout
    assert leftovers(directory) == []
    assert not embedded.is_running(directory / "postgres")

    mails = sorted((directory / "mail").glob("*.eml"))
    assert len(mails) == done.stdout.count("\nmail ")
    ids = [email.message_from_bytes(mail.read_bytes())["Message-ID"] for mail in mails]
    assert len(set(ids)) == len(ids)

    asked = subprocess.run(
        clinicwatch("--config", directory / CONFIG, "changes", "--json"),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "25.000-120.000" in asked.stdout
    embedded.stop(directory / "postgres")


def test_ctrl_c_stops_all_of_it_and_the_next_demo_takes_over(directory: Path) -> None:
    for _ in range(2):
        with subprocess.Popen(
            clinicwatch("demo", "--directory", directory), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as demo:
            assert demo.stdout is not None
            deadline = time.monotonic() + PATIENCE_S
            while not demo.stdout.readline().startswith("act 0"):
                assert time.monotonic() < deadline
                assert demo.poll() is None
            demo.send_signal(signal.SIGINT)
            out, err = demo.communicate(timeout=30)
        assert demo.returncode not in (0, None)
        assert "Traceback" not in out + err, out + err
        assert leftovers(directory) == []
        assert not embedded.is_running(directory / "postgres")


def test_it_does_not_touch_what_is_not_its_own(directory: Path) -> None:
    directory.mkdir()
    (directory / "letter.txt").write_text("dear")
    done = subprocess.run(
        clinicwatch("demo", "--directory", directory), capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "no demo made" in done.stderr
    assert (directory / "letter.txt").exists()
