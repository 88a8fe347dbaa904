"""The hostile suite with its figures: `python -m benchmarks.hostile [CASE…]`, or `make bench-hostile`.

Cases, right and wrong by group, known gaps, peak memory, and what took longest. Exit 1 where a case goes wrong that is
not a known gap. Runs on a fresh embedded Postgres, or on the empty database that CLINICWATCH_DATABASE_URL names.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.tables import print_table
from monitor.config import Config, project_home
from monitor.store import embedded
from monitor.store.engine import migrate, open_engine
from tests.hostile.drive import drive
from tests.hostile.manifest import KNOWN_GAPS
from tests.hostile.verdicts import faults_of


@contextmanager
def fresh_database() -> Iterator[str]:
    """The URL of a migrated database."""
    named = os.environ.get("CLINICWATCH_DATABASE_URL")
    directory = Path(tempfile.mkdtemp(prefix="cw"))
    directory.chmod(0o755)
    try:
        config = Config(home=project_home(), database_url=named or embedded.start(directory))
        engine = open_engine(config)
        migrate(engine, config)
        engine.dispose()
        yield config.database_url
    finally:
        if not named:
            embedded.stop(directory)
        shutil.rmtree(directory)


def show(rows: dict[str, dict[str, Any]], run: dict[str, Any]) -> bool:
    """Print what came out; False where something went wrong that is not known."""
    faults = {name: found for name, row in rows.items() if (found := faults_of(row))}
    groups: dict[str, list[str]] = defaultdict(list)
    for name, row in rows.items():
        groups[row["group"]].append(name)
    table = [_line(group, [rows[name] for name in names], faults.keys()) for group, names in sorted(groups.items())]
    table.append(_line("all", list(rows.values()), faults.keys()))
    print_table("hostile pages", ("group", "cases", "right", "wrong", "slowest s"), table)
    for name, found in faults.items():
        gap = f" (known gap: {KNOWN_GAPS[name]})" if name in KNOWN_GAPS else ""
        print(f"{name}{gap}", *(f"    {one[:300]}" for one in found), sep="\n")
    slowest = sorted(rows.values(), key=lambda row: -row["seconds"])[:5]
    print("slowest:", ", ".join(f"{row['name']} {row['seconds']:.1f} s" for row in slowest))
    print(
        f"peak memory: crawler {run['peak_mb']['crawler']} MB, reader {run['peak_mb']['reader']} MB; canary reached"
        f" {run['canary_reached']} times; loopback only: {'yes' if run['isolated'] else 'no'}; {run['seconds']} s"
    )
    return not (faults.keys() - KNOWN_GAPS.keys()) and not run["canary_reached"]


def _line(name: str, rows: list[dict[str, Any]], wrong: Collection[str]) -> tuple[object, ...]:
    bad = sum(row["name"] in wrong for row in rows)
    slowest = max((row["seconds"] for row in rows), default=0.0)
    return name, len(rows), len(rows) - bad, bad, f"{slowest:.1f}"


def main() -> None:
    with fresh_database() as database_url:
        rows, run = drive(database_url, sys.argv[1:])
    sys.exit(0 if show(rows, run) else 1)


if __name__ == "__main__":
    main()
