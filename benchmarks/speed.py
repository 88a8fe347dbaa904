"""How much CPU a page costs, step by step: extract, statements, compare.

    python -m benchmarks.speed [repeats]

A page of about 80 KB is made of the seeds' words in the markup of a page builder, the same on every run; an edited
copy has other words in 1 % of its sentences, another in all of them. Every step runs in turn, round by round, in one
process, so that what slows the machine down slows all of them; medians of CPU time, and ratios to `extract`.
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.tables import print_table
from monitor.compare.pages import compare_pages
from monitor.config import project_home
from monitor.meaning import statements
from monitor.meaning.lexicon import Lexicons, load_lexicons
from monitor.meaning.statements import find_statements
from monitor.text.extract import TextOptions, extract_page
from monitor.text.plain import read_plain
from monitor.types import PageText

REPEATS = 15
PAGE_BYTES = 80_000
LANGUAGES = ("en", "nl", "da", "es", "de", "fr")
OPTIONS = TextOptions(language="en", max_text_chars=10_000_000)
UNCHANGED = "statements + compare, nothing changed"
FEW = "statements + compare, 1 % of sentences changed"
EVERY = "statements + compare, all sentences changed"
SEED = "seed 003 (55 KB) against an edited copy"
BUDGET_MS = {FEW: 4.0, EVERY: 25.0, SEED: 60.0}
"""Milliseconds of CPU that a step may take."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two page texts of one page."""

    before: PageText
    after: PageText


def main(repeats: int = REPEATS) -> int:
    """Prints the table; 1 where a step is over its budget, else 0."""
    lexicons = load_lexicons(project_home() / "config" / "lexicons", LANGUAGES)
    body = make_page(0)
    page = extract_page(body, "text/html; charset=utf-8", "https://clinic.example/", OPTIONS)
    few, every = Pair(page, edited(page_words(), 0.01)), Pair(page, edited(page_words(), 1.0))
    seed = seed_pair()
    steps: dict[str, Callable[[], object]] = {
        f"extract ({len(body) / 1000:.0f} KB of HTML)": lambda: extract_page(
            body, "text/html; charset=utf-8", "https://clinic.example/", OPTIONS
        ),
        "statements, nothing known": lambda: find_statements(page, lexicons),
        UNCHANGED: lambda: compare(Pair(page, page), lexicons),
        FEW: lambda: compare(few, lexicons),
        EVERY: lambda: compare(every, lexicons),
        SEED: lambda: compare(seed, lexicons),
    }
    known: dict[str, PageText | None] = dict.fromkeys(steps)
    for name, pair in ((UNCHANGED, Pair(page, page)), (FEW, few), (EVERY, every)):
        known[name] = pair.before
    times = measure(steps, known, lexicons, repeats)
    return show(times)


def compare(pair: Pair, lexicons: Lexicons) -> object:
    """What a visit does with a changed page: the statements of the new text, and the comparison."""
    old = find_statements(pair.before, lexicons)
    new = find_statements(pair.after, lexicons)
    return compare_pages(pair.before, pair.after, lexicons, old, new)


def measure(
    steps: dict[str, Callable[[], object]], known: dict[str, PageText | None], lexicons: Lexicons, repeats: int
) -> dict[str, list[float]]:
    """Milliseconds of CPU of each step, `repeats` times, in turn.

    What this process remembers of earlier blocks is forgotten before every step; the page before, which a visit has
    seen already, is read outside the measured time.
    """
    times: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(repeats):
        for name, step in steps.items():
            statements._memory.clear()
            if (before := known.get(name)) is not None:
                find_statements(before, lexicons)
            started = time.process_time()
            step()
            times[name].append((time.process_time() - started) * 1000)
    return times


def show(times: dict[str, list[float]]) -> int:
    medians = {name: statistics.median(values) for name, values in times.items()}
    unit = next(iter(medians.values()))
    rows = [
        [name, f"{median:.2f}", f"{min(times[name]):.2f}", f"{median / unit:.2f}", BUDGET_MS.get(name)]
        for name, median in medians.items()
    ]
    print_table(
        f"CPU in milliseconds, median of {len(next(iter(times.values())))} rounds",
        ["step", "median", "best", "x extract", "to reach"],
        rows,
    )
    return int(any(min(times[name]) > budget for name, budget in BUDGET_MS.items()))


# --- the page --------------------------------------------------------------------------------------------------------


def page_words() -> list[str]:
    """The sentences of the English seeds, enough for the text of one page of 80 KB."""
    seeds = project_home() / "seeds"
    lines = [
        line.strip()
        for name in ("003_a9949bc7c703578d.txt", "001_f2d62d2b4493562a.txt")
        for line in (seeds / name).read_text("utf-8").splitlines()
        if line.strip()
    ]
    words, size = [], 0
    for line in lines:
        size += len(line)
        words.append(line)
        if size > 30_000:
            break
    return words


def make_page(seed: int, lines: list[str] | None = None) -> bytes:
    """A page as builders make them, the same every run: markup around every line, a menu, a script: `PAGE_BYTES`."""
    numbers = random.Random(seed)
    before, after = '<div class="wp-block-group is-layout-flow col-{}"><div class="inner"><p>', "</p></div></div>"
    main_text = "\n".join(
        before.format(numbers.randrange(12)) + line + after for line in (page_words() if lines is None else lines)
    )
    menu = "".join(f'<li><a href="/page-{n}/">Page {n}</a></li>' for n in range(40))
    head = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Stem cell therapy</title>'
        f"</head><body><header><nav><ul>{menu}</ul></nav></header><main>{main_text}</main>"
    )
    script = f"<script>{'x' * max(0, PAGE_BYTES - len(head.encode()) - 200)}</script>"
    return f"{head}{script}<footer><p>Not approved by the FDA.</p></footer></body></html>".encode()


def edited(lines: list[str], share: float) -> PageText:
    """The page with a word more in a share of its sentences (at least one)."""
    numbers = random.Random(7)
    count = max(1, round(share * len(lines)))
    chosen = set(numbers.sample(range(len(lines)), count))
    changed = [edit(line) if number in chosen else line for number, line in enumerate(lines)]
    return extract_page(make_page(0, changed), "text/html; charset=utf-8", "https://clinic.example/", OPTIONS)


def edit(line: str) -> str:
    """A line whose every sentence says something else than before."""
    sentences = line.split(". ")
    return ". ".join(sentence.replace(" may ", " will ", 1) + " today" for sentence in sentences)


def seed_pair() -> Pair:
    """Seed 003, and the same with every tenth line edited."""
    text = (project_home() / "seeds" / "003_a9949bc7c703578d.txt").read_text("utf-8")
    lines = text.splitlines()
    after = [edit(line) if number % 10 == 0 else line for number, line in enumerate(lines)]
    return Pair(read_plain(text, OPTIONS), read_plain("\n".join(after), OPTIONS))


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:2])))
