"""Drives the product through every case: `python -m tests.hostile.drive` (the database from the environment).

    sites on the loopback (a thread) ◄── `clinicwatch visit --server -` (processes) ◄── cases (a thread for each)

One JSON line for each case on standard output, the last line is the run's. Where the machine allows, everything runs
in a network namespace that has a loopback and nothing else, so that nothing can leave.
"""

from __future__ import annotations

import argparse
import json
import os
import queue
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.hostile.certificates import Authority
from tests.hostile.clinic import SIBLING_PATH, Clinic
from tests.hostile.manifest import CASES, Case
from tests.hostile.robots import ROBOTS
from tests.hostile.site import Site, Town

HOST = "clinic.test"
NAMES = (HOST, "www.clinic.test", "inner.clinic.test", "other.test", "canary.test", "wrong.test")
PROCESSES = 3
ANSWER_S = 60.0

CONFIG = """
[crawler]
contact = "test@clinicwatch.example"
allow_addresses = {addresses}
dns_hosts = {names}
ca_file = "{ca_file}"
delay_s = 0.0
connect_timeout_s = 1.0
idle_timeout_s = 1.0
deadline_s = 2.5
retries = 0
max_redirects = 5
max_wire_bytes = 2_400_000
max_decoded_bytes = 8_000_000
robots_ttl_s = 0.0
[extract]
cpu_s = 4.0
wall_s = 8.0
[log]
level = "error"
"""


@dataclass
class Product:
    """A warm `clinicwatch visit --server -`."""

    config: Path
    peak_kb: dict[str, int] = field(default_factory=lambda: {"crawler": 0, "reader": 0})

    def __post_init__(self) -> None:
        command = [str(Path(sys.executable).with_name("clinicwatch")), "--config", str(self.config)]
        self._process = subprocess.Popen(
            [*command, "visit", "--server", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def visit(self, url: str, looks: int = 1) -> dict[str, Any]:
        """One look, as the product answers it."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"url": url, "looks": looks}) + "\n")
        self._process.stdin.flush()
        line = self._lines.get(timeout=ANSWER_S)
        if line is None:
            raise RuntimeError(f"the product ended with exit code {self._process.wait(10)}")
        self._measure()
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _measure(self) -> None:
        """Note the peak memory of the process and of the one that reads for it (Linux only)."""
        pid = self._process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children")
        if children.exists():
            self._note("crawler", pid)
            for child in children.read_text(encoding="ascii").split():
                self._note("reader", int(child))

    def _note(self, name: str, pid: int) -> None:
        try:
            status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
        except OSError:
            return
        peak = next((line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")), "0")
        self.peak_kb[name] = max(self.peak_kb[name], int(peak))

    def close(self) -> int:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        code = self._process.wait(30)
        self._reader.join(10)
        self._process.stdout.close()
        return code


@dataclass
class Stage:
    """The sites of one process's cases: a shared one, and one for each case that needs its own."""

    town: Town
    authority: Authority
    cases: Sequence[Case]
    canary: Site
    clinic: Clinic = field(default_factory=Clinic)

    def __post_init__(self) -> None:
        self.shared = self._open(Site(clinic=self.clinic, canary=self.canary.port))
        self.own = {case.name: self._open_own(case) for case in self.cases if case.place != "path"}
        for case in self.cases:
            self.clinic.watch(case.path)

    def _open(self, site: Site) -> Site:
        return self.town.open(site)

    def _open_own(self, case: Case) -> Site:
        clinic = Clinic()
        clinic.watch(case.path)
        tls = self.authority.server(HOST) if case.place == "tls" else None
        return self._open(Site(clinic=clinic, tls=tls, canary=self.canary.port))

    def sites(self) -> Iterator[Site]:
        yield self.shared
        yield from self.own.values()

    def url(self, case: Case) -> str:
        site = self.own.get(case.name, self.shared)
        return f"{'https' if case.place == 'tls' else 'http'}://{HOST}:{site.port}{case.path}"

    @contextmanager
    def fault(self, case: Case) -> Iterator[None]:
        """While it lasts, the case misbehaves; afterwards its page is back, with another price."""
        site = self.own.get(case.name, self.shared)
        assert site.clinic is not None
        if case.place == "robots":
            site.robots = next(
                act for name, (act, _) in ROBOTS.items() if f"robots_{name.replace(' ', '_')}" == case.name
            )
            yield
            site.robots = None
        elif case.name in ("port_closed", "port_full", "tls_silent"):
            self.town.call(site.stop())
            with _nothing() if case.name == "port_closed" else _occupied(site.port, is_full=case.name == "port_full"):
                yield
            self.town.call(site.start())
        elif case.place in ("tls", "port"):
            self._restart(site, case)
            yield
            self._restart(site)
            if case.place == "tls":
                self._restart(site, tls=self.authority.server(HOST))
        else:
            site.clinic.sick.add(case.path)
            yield
            site.clinic.sick.discard(case.path)
        site.clinic.dear.add(case.path)

    def _restart(self, site: Site, case: Case | None = None, tls: ssl.SSLContext | None = None) -> None:
        """The site anew on its port, wrong in the case's way."""
        assert site.clinic is not None
        self.town.call(site.stop())
        site.greeting, site.tls, site.hangs_up = b"", tls, None
        if case is not None and case.name == "cut_without_goodbye":
            site.tls = self.authority.server(HOST)
            site.clinic.sick.add(case.path)
        elif case is not None:
            site.greeting = _GREETINGS.get(case.name, b"")
            site.hangs_up = _HANGS_UP.get(case.name)
            site.tls = _tls_fault(case.name, self.authority)
        else:
            site.clinic.sick.clear()
        self.town.call(site.start())


_GREETINGS = {
    "tls_alert": b"\x15\x03\x01\x00\x02\x02\x28",
    "tls_plain_http": b"HTTP/1.1 400 Bad Request\r\n\r\n",
    "port_greets": b"SSH-2.0-OpenSSH_9.6\r\n",
}
_HANGS_UP = {"port_resets": "reset", "port_hangs_up": "close"}


def _tls_fault(name: str, authority: Authority) -> ssl.SSLContext | None:
    if name == "tls_expired":
        return authority.server(HOST, timedelta(days=-20), timedelta(days=-10))
    if name == "tls_not_yet_valid":
        return authority.server(HOST, timedelta(days=10), timedelta(days=20))
    if name == "tls_self_signed":
        return authority.server(HOST, self_signed=True)
    if name == "tls_hostname":
        return authority.server("wrong.test")
    if name == "tls_untrusted":
        return Authority(authority.directory, "stranger").server(HOST)
    if name == "tls_no_cipher":
        context = authority.server(HOST)
        context.set_ciphers("ECDHE-RSA-AES256-GCM-SHA384")  # the key is of another kind: no cipher is left
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        return context
    return None


@contextmanager
def _nothing() -> Iterator[None]:
    yield


@contextmanager
def _occupied(port: int, *, is_full: bool) -> Iterator[None]:
    """A listening socket that says nothing; with a full queue, connections to it hang."""
    with socket.socket() as full:
        full.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        full.bind(("127.0.0.1", port))
        full.listen(0 if is_full else 8)
        fillers = [socket.socket() for _ in range(3 if is_full else 0)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
        yield
        for filler in fillers:
            filler.close()


def play(case: Case, stage: Stage, product: Product) -> dict[str, Any]:
    """The case's three looks."""
    url, started = stage.url(case), time.monotonic()
    looks = [product.visit(url)]
    with stage.fault(case):
        looks.append(product.visit(url))
    looks.append(product.visit(url))
    return {**asdict(case), "looks": looks, "seconds": round(time.monotonic() - started, 3)}


def run(cases: Sequence[Case], out: queue.Queue[dict[str, Any]]) -> dict[str, Any]:
    """Play every case on `PROCESSES` processes; what is true of the whole run."""
    town, started = Town(), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="hostile") as directory:
        authority = Authority(Path(directory), "authority")
        canary = town.open(Site())
        shares = [cases[number::PROCESSES] for number in range(PROCESSES)]
        stages = [Stage(town, authority, share, canary) for share in shares if share]
        config = Path(directory) / "clinicwatch.toml"
        addresses = [f"127.0.0.1:{site.port}" for stage in stages for site in stage.sites()]
        names = [f"{name}=127.0.0.1" for name in NAMES]
        config.write_text(
            CONFIG.format(addresses=json.dumps(addresses), names=json.dumps(names), ca_file=authority.file),
            encoding="utf-8",
        )
        products = [Product(config) for _ in stages]
        threads = [
            threading.Thread(target=_play_all, args=(stage, product, out))
            for stage, product in zip(stages, products, strict=True)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        codes = [product.close() for product in products]
        reached = canary.connections
        town.close()
    return {
        "cases": len(cases),
        "canary_reached": reached,
        "isolated": bool(os.environ.get("HOSTILE_ISOLATED")),
        "exit_codes": codes,
        "peak_mb": {name: max(product.peak_kb[name] for product in products) // 1024 for name in ("crawler", "reader")},
        "seconds": round(time.monotonic() - started, 1),
    }


def _play_all(stage: Stage, product: Product, out: queue.Queue[dict[str, Any]]) -> None:
    for number, case in enumerate(stage.cases):
        try:
            if number == 0:
                product.visit(f"http://{HOST}:{stage.shared.port}{SIBLING_PATH}")
            out.put(play(case, stage, product))
        except Exception as error:  # the others have their turn all the same
            out.put({**asdict(case), "looks": [], "seconds": 0.0, "error": f"{type(error).__name__}: {error}"})


def isolation() -> list[str]:
    """The command that runs another one where there is only a loopback; [] where the machine does not allow it."""
    for flags in (["-n"], ["-rn"]):
        command = ["unshare", *flags, "sh", "-c", 'ip link set lo up && exec "$@"', "sh"]
        try:
            tried = subprocess.run([*command, "true"], capture_output=True, timeout=20, check=False)
        except OSError:
            return []
        if tried.returncode == 0:
            return command
    return []


def drive(database_url: str, names: Sequence[str] = ()) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """Run this module as a process, isolated where possible: the cases by name, and the run."""
    alone = isolation()
    environment = {
        **os.environ,
        "CLINICWATCH_DATABASE_URL": database_url,
        "HOSTILE_ISOLATED": "yes" if alone else "",
        "CLINICWATCH_HOME": str(Path(__file__).resolve().parents[2]),
    }
    done = subprocess.run(
        [*alone, sys.executable, "-m", "tests.hostile.drive", *names],
        env=environment,
        cwd=Path(__file__).resolve().parents[2],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=600,
    )
    *rows, last = (json.loads(line) for line in done.stdout.splitlines())
    return {row["name"]: row for row in rows}, last


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="CASE", help="all of them unless named")
    wanted = set(parser.parse_args().names)
    out: queue.Queue[dict[str, Any]] = queue.Queue()
    last = run([case for case in CASES if not wanted or case.name in wanted], out)
    while not out.empty():
        print(json.dumps(out.get()))
    print(json.dumps(last))


if __name__ == "__main__":
    main()
