"""What the killable process costs: the same looks read in this process and through the pool, in turn, side by side.

    python -m benchmarks.process [rounds]

Every look is a page of 80 KB and its version before: with other markup but the same text, or with one sentence in
twenty edited. Wall-clock milliseconds, as the way through the pipe is spent on both sides of it; medians.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Sequence

from benchmarks.speed import LANGUAGES, OPTIONS, edit, make_page, page_words
from benchmarks.tables import print_table
from monitor.config import project_home
from monitor.prepare import JOB, LookToRead, StoredText, read_look
from monitor.text.extract import extract_page
from monitor.text.process import KillablePool, Limits
from monitor.text.stored import encode_page_text

ROUNDS = 3
LOOKS = 30
MOST = 1.15
"""The pool may take so many times what this process takes (issue: within 15 %)."""
URL, HTML = "https://clinic.example/", "text/html; charset=utf-8"


def main(rounds: int = ROUNDS) -> int:
    """Prints the table; 1 where the pool costs more than it may, else 0."""
    times = {name: measure(looks, rounds) for name, looks in make_looks().items()}
    rows, missed = [], False
    for name, (here, there) in times.items():
        own, pooled = statistics.median(here) * 1000, statistics.median(there) * 1000
        missed |= pooled > own * MOST
        rows.append([name, f"{own:.2f}", f"{pooled:.2f}", f"{pooled / own:.3f}", f"{MOST:.2f}"])
    print_table(
        f"A look read in this process and in the killable one, wall ms, median of {rounds * LOOKS}",
        ["look", "in process", "through the pool", "ratio", "at most"],
        rows,
    )
    return int(missed)


def make_looks() -> dict[str, Sequence[LookToRead]]:
    """Looks at a page whose text is the same, and at one that was edited in another place each time."""
    lines = page_words()
    same = [_look(make_page(number)) for number in range(1, LOOKS + 1)]
    edited = [
        _look(make_page(0, [edit(line) if place % 20 == number % 20 else line for place, line in enumerate(lines)]))
        for number in range(LOOKS)
    ]
    return {"the same text in other bytes": same, "one sentence in twenty edited": edited}


def _look(body: bytes) -> LookToRead:
    before = encode_page_text(extract_page(make_page(0), HTML, URL, OPTIONS))
    return LookToRead(
        body=body,
        content_type=HTML,
        url=URL,
        final_url=URL,
        language="en",
        headers=((b"Content-Type", HTML.encode()),),
        options=OPTIONS,
        lexicons=project_home() / "config" / "lexicons",
        languages=LANGUAGES,
        bases=(StoredText(1, False, before),),
    )


def measure(looks: Sequence[LookToRead], rounds: int) -> tuple[list[float], list[float]]:
    """Seconds for each look, in this process and through a warm pool, in turn."""
    here: list[float] = []
    there: list[float] = []
    with KillablePool(Limits(), preload=("monitor.prepare",)) as pool:
        for look in looks[:3]:
            read_look(look)
            pool.run(JOB, look)
        for _ in range(rounds):
            for look in looks:
                began = time.perf_counter()
                read_look(look)
                between = time.perf_counter()
                pool.run(JOB, look)
                here.append(between - began)
                there.append(time.perf_counter() - between)
    return here, there


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:2])))
