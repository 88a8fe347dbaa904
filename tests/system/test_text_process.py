"""The killable pool: limits hold, exceptions come back, nothing is left behind. Real processes."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.errors import ExtractError, SeedError
from monitor.text.extract import TextOptions, extract_page
from monitor.text.process import KillablePool, Limits

pytestmark = pytest.mark.system

SMALL = Limits(processes=2, cpu_s=1.0, wall_s=3.0, memory_bytes=700_000_000)
HERE = "tests.system.test_text_process"


def spin() -> None:
    re.match(r"(a+)+$", "a" * 60 + "b")  # holds the GIL for years


def eat() -> int:
    return sum(len(bytearray(10_000_000)) for _ in iter([bytearray(10_000_000) for _ in range(1000)]))


def refuse() -> None:
    raise ExtractError("type.pdf", "on purpose")


def stumble() -> None:
    raise SeedError("file", 3, "its constructor takes three arguments")


def shout() -> str:
    print("what a library prints must not disturb the channel", flush=True)
    return "heard"


def die_by(number: int) -> None:
    os.kill(os.getpid(), number)


def whoami() -> int:
    return os.getpid()


@pytest.fixture(scope="module")
def pool() -> Iterator[KillablePool]:
    with KillablePool(SMALL, preload=("monitor.text.extract",)) as pool:
        yield pool


def test_a_page_read_in_a_worker_is_the_page_read_here(pool: KillablePool) -> None:
    arguments = (b"<h1>A</h1><p>This is not a cure.</p>", "text/html", "https://c.example/", TextOptions("en"))
    assert pool.run("monitor.text.extract:extract_page", *arguments) == extract_page(*arguments)


@pytest.mark.parametrize(
    ("job", "arguments", "reason"),
    [
        (f"{HERE}:spin", (), "parse.timeout"),
        ("time:sleep", (60,), "parse.timeout"),
        (f"{HERE}:eat", (), "parse.memory"),
        ("os:abort", (), "parse.crash"),
        ("os:_exit", (3,), "parse.crash"),
        (f"{HERE}:die_by", (signal.SIGSEGV,), "parse.crash"),
        (f"{HERE}:die_by", (signal.SIGKILL,), "parse.memory"),
    ],
)
def test_what_goes_too_far_is_killed_and_the_next_job_runs(
    pool: KillablePool, job: str, arguments: tuple[int, ...], reason: str
) -> None:
    started = time.monotonic()
    with pytest.raises(ExtractError) as caught:
        pool.run(job, *arguments)
    assert caught.value.reason == reason
    assert time.monotonic() - started < 10
    assert pool.run("math:sqrt", 16) == 4


def test_exceptions_of_the_job_come_back_as_themselves(pool: KillablePool) -> None:
    with pytest.raises(ValueError, match="math domain error") as value:
        pool.run("math:sqrt", -1)
    assert any("in the worker" in note for note in value.value.__notes__)
    with pytest.raises(ExtractError) as extract:
        pool.run(f"{HERE}:refuse")
    assert (extract.value.reason, extract.value.detail) == ("type.pdf", "on purpose")
    with pytest.raises((SeedError, RuntimeError), match="three arguments"):
        pool.run(f"{HERE}:stumble")
    with pytest.raises(AttributeError):
        pool.run("math:no_such_thing")
    with pytest.raises(ModuleNotFoundError):
        pool.run("no_such_module:x")


def test_output_of_a_job_does_not_disturb(pool: KillablePool) -> None:
    assert pool.run(f"{HERE}:shout") == "heard"


def test_cpu_is_counted_for_each_job_and_not_for_the_worker(pool: KillablePool) -> None:
    burn = "sum(i * i for i in range(4_000_000))"
    for _ in range(6):  # in all more than the limit of one job
        assert pool.run("builtins:eval", burn) > 0


def test_many_threads_share_the_pool(pool: KillablePool) -> None:
    answers: list[float] = []
    threads = [threading.Thread(target=lambda n=n: answers.append(pool.run("math:sqrt", n * n))) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(answers) == list(range(16))


def test_the_event_loop_goes_on(pool: KillablePool) -> None:
    async def both() -> tuple[list[float], int]:
        ticks = 0
        jobs = asyncio.gather(*(pool.run_async("time:sleep", 0.2) for _ in range(2)))
        while not jobs.done():
            await asyncio.sleep(0.01)
            ticks += 1
        return await jobs, ticks

    assert asyncio.run(both())[1] > 3


def test_workers_stay_warm_and_are_replaced_in_time() -> None:
    with KillablePool(Limits(processes=1, max_jobs=3)) as pool:
        pids = [pool.run(f"{HERE}:whoami") for _ in range(6)]
    assert len(set(pids)) == 2
    assert pids[0] == pids[2] != pids[3] == pids[5]


def test_a_worker_that_died_while_idle_costs_nobody_a_job() -> None:
    with KillablePool(Limits(processes=1)) as pool:
        pid = pool.run(f"{HERE}:whoami")
        os.kill(pid, signal.SIGKILL)
        assert gone(pid)
        assert pool.run(f"{HERE}:whoami") != pid


def test_a_closed_pool_says_so_and_leaves_nobody() -> None:
    pool = KillablePool(Limits(processes=2))
    with pytest.raises(RuntimeError, match="not open"):
        pool.run("math:sqrt", 1)
    with pool:
        pid = pool.run(f"{HERE}:whoami")
    assert gone(pid)
    pool.close()
    with pytest.raises(RuntimeError, match="not open"):
        pool.run("math:sqrt", 1)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_busy_worker_dies_with_its_parent(number: int) -> None:
    script = (
        "import threading\n"
        "from monitor.text.process import KillablePool, Limits\n"
        f"pool = KillablePool(Limits(processes=1, cpu_s=60, wall_s=60), preload=({HERE!r},)).__enter__()\n"
        f"print(pool.run('{HERE}:whoami'), flush=True)\n"
        f"threading.Thread(target=pool.run, args=('{HERE}:spin',)).start()\n"
        "print('busy', flush=True)\n"
        "threading.Event().wait(60)\n"
    )
    root = str(Path(__file__).parents[2])
    environment = {**os.environ, "PYTHONPATH": root}
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, env=environment) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert parent.stdout.readline() == "busy\n"
        parent.send_signal(number)
        parent.wait(10)
    assert gone(pid)


def gone(pid: int) -> bool:
    """Does the process end within a few seconds? (A zombie that nobody waits for has ended.)"""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
            state = Path(f"/proc/{pid}/stat")
            if state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False
