"""Every benchmark, one after the other: `make bench`.

    python -m benchmarks [name …]

Without names: all of them. Ends with 1 where a figure misses its target, and says which benchmark that was.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from benchmarks import alerts, meaning, process, speed, storage, text


def run_text() -> int:
    print("\nText")
    return text.main([])


def run_speed() -> int:
    """Both tables, also where the first has a figure that misses its target."""
    missed = speed.main()
    return process.main() or missed


def run_storage() -> int:
    print("\nStorage")
    storage.main()
    return 0


BENCHMARKS: dict[str, Callable[[], int]] = {
    "alerts": alerts.main,
    "meaning": meaning.main,
    "speed": run_speed,
    "storage": run_storage,
    "text": run_text,
}


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(f"no benchmark {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    missed = [name for name in names or BENCHMARKS if BENCHMARKS[name]()]
    if missed:
        print(f"\ntargets missed in: {', '.join(missed)}")
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
