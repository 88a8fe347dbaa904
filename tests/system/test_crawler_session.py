"""The door: one reactor per process, results and errors passed through, an interrupt that ends in order."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

pytestmark = pytest.mark.system

START = """
import asyncio
from crawler.session import open_crawler, run
from crawler.settings import CrawlSettings, SettingsError
from crawler.types import Target
"""


def python(code: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-X", "dev", "-W", "error", "-c", START + code]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)


def test_the_result_of_main_is_returned() -> None:
    done = python("async def main(): return 42\nprint(run(main))")
    assert (done.stdout, done.stderr, done.returncode) == ("42\n", "", 0)


def test_the_error_of_main_is_raised() -> None:
    done = python("async def main(): raise ZeroDivisionError('mine')\nrun(main)")
    assert done.returncode == 1
    assert done.stderr.endswith("ZeroDivisionError: mine\n")


def test_tasks_and_threads_that_main_leaves_behind_are_ended() -> None:
    done = python(
        "import time\n"
        "async def left():\n"
        "    try: await asyncio.sleep(60)\n"
        "    finally: print('ended')\n"
        "async def main():\n"
        "    global task\n"
        "    task = asyncio.create_task(left())\n"
        "    await asyncio.to_thread(time.sleep, 0)\n"
        "run(main)"
    )
    assert (done.stdout, done.stderr, done.returncode) == ("ended\n", "", 0)


def test_a_process_has_one_run() -> None:
    done = python("async def main(): return 1\nrun(main)\nrun(main)")
    assert done.returncode == 1
    assert done.stderr.endswith("cannot run twice\n")


def test_crawlers_can_follow_each_other_in_one_run() -> None:
    done = python(
        "async def main():\n"
        "    for _ in range(3):\n"
        "        async with open_crawler(CrawlSettings()) as crawler:\n"
        "            print((await crawler.fetch(Target('http://127.0.0.1:9/'))).reason)\n"
        "run(main)"
    )
    assert (done.stdout.split(), done.stderr, done.returncode) == (["ssrf.private_ip"] * 3, "", 0)


@pytest.mark.parametrize(
    ("settings", "key"),
    [("ca_file='/nowhere.pem'", "ca_file"), ("proxy='http://127.0.0.1:3128'", "proxy")],
)
def test_settings_that_cannot_be_used_stop_the_start(settings: str, key: str) -> None:
    done = python(
        "async def main():\n"
        f"    async with open_crawler(CrawlSettings({settings})): print('open')\n"
        "try: run(main)\n"
        "except SettingsError as error: print(error.key)"
    )
    assert (done.stdout.strip(), done.stderr, done.returncode) == (key, "", 0)


def test_proxies_of_the_environment_are_not_used() -> None:
    done = python(
        "import os\nos.environ['http_proxy'] = os.environ['HTTP_PROXY'] = 'http://127.0.0.1:1'\n"
        "async def main():\n"
        "    settings = CrawlSettings(allow_addresses=('127.0.0.1:9',), retries=0)\n"
        "    async with open_crawler(settings) as crawler:\n"
        "        print((await crawler.fetch(Target('http://127.0.0.1:9/'))).reason)\n"
        "run(main)"
    )
    assert (done.stdout.strip(), done.stderr) == ("conn.refused", "")


def test_an_interrupt_cancels_main_and_is_raised() -> None:
    code = (
        "async def main():\n"
        "    async with open_crawler(CrawlSettings()):\n"
        "        print('ready', flush=True)\n"
        "        try: await asyncio.sleep(60)\n"
        "        finally: print('cleaned', flush=True)\n"
        "try: run(main)\n"
        "except KeyboardInterrupt: print('interrupted')"
    )
    process = subprocess.Popen(
        [sys.executable, "-X", "dev", "-c", START + code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    out, errors = process.communicate(timeout=30)
    assert (out.split(), errors, process.returncode) == (["cleaned", "interrupted"], "", 0)
