"""Time does not grow with the square of a page: megabytes of anything, and pages that say it a thousand times."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import pytest

from monitor.compare.lines import diff_lines
from monitor.compare.pages import compare_pages
from monitor.compare.words import mark_words
from monitor.meaning import statements
from monitor.meaning.prices import find_prices
from monitor.meaning.statements import find_statements
from monitor.types import PageText
from tests.unit.meaning_pages import lexicons, page_of

MEGABYTE = 1_000_000
BOUND_S = 30.0  # of CPU; the slowest takes a third of it, and anything quadratic some hundreds

_numbers = random.Random(1)
SCRIPTS = ((0x41, 0x5B), (0x400, 0x450), (0x600, 0x650), (0x4E00, 0x9FFF), (0x20, 0x21))
ANYTHING = {
    "brackets": "(" * MEGABYTE,
    "one cue without spaces": "cure" * (MEGABYTE // 4),
    "groups of three": "1,000," * (MEGABYTE // 6),
    "sayings": '"I can walk", says Jo, 45. ' * (MEGABYTE // 27),
    "quotes": "\"'“" * (MEGABYTE // 3),
    "signs of combination": "a" + "\u0301" * (MEGABYTE - 1),
    "no spaces": "干细胞治疗" * (MEGABYTE // 5),
    "scripts mixed": "".join(chr(_numbers.randrange(*_numbers.choice(SCRIPTS))) for _ in range(MEGABYTE)),
}


def cpu_seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


@pytest.mark.parametrize("text", ANYTHING.values(), ids=ANYTHING)
def test_a_megabyte_on_one_line_is_read_compared_and_marked(text: str) -> None:
    middle = len(text) // 2
    other = f"{text[:middle]} It is not a cure. {text[middle:]}"

    def work() -> None:
        before, after = page_of(text), page_of(other)
        compare_pages(before, after, lexicons())
        diff_lines(before, after)
        mark_words(text, other)
        find_prices(text, "en")

    assert cpu_seconds(work) < BOUND_S


def test_two_megabytes_that_have_nothing_in_common() -> None:
    def words(seed: int) -> str:
        numbers = random.Random(seed)
        return " ".join("".join(numbers.choices("abdefgilmnorst", k=6)) for _ in range(MEGABYTE // 7))

    before, after = page_of(words(1)), page_of(words(2))
    assert cpu_seconds(lambda: (compare_pages(before, after, lexicons()), diff_lines(before, after))) < BOUND_S


GROWING = {
    "claims": ("The cells cure {0} diseases.", "We treat {0} patients with autism."),
    "flips": ("The therapy is not a cure for {0}.", "The therapy is a cure for {0}."),
    "risks": ("Infection {0} is a risk of the treatment.", "We treat {0} patients with autism."),
    "limits": ("Results may vary {0} times.", "It is not approved by the FDA, section {0}."),
    "items": ("- Treats ALS {0}", "- Cures MS {0}"),
    "prices": ("Knee {0}\t$1{0}", "Hip {0}\t$2{0}"),
    "only after": ("", "The cells cure {0} diseases."),
}


@pytest.mark.parametrize(("old", "new"), GROWING.values(), ids=GROWING)
def test_eight_times_as_many_statements_cost_about_eight_times_as_much(old: str, new: str) -> None:
    def pages(lines: int) -> tuple[PageText, PageText]:
        before, after = ("\n".join(line.format(n) for n in range(lines)) for line in (old, new))
        return page_of(before), page_of(after)

    def seconds(lines: int) -> float:
        before, after = pages(lines)
        known = find_statements(before, lexicons()), find_statements(after, lexicons())
        return min(cpu_seconds(lambda: compare_pages(before, after, lexicons(), *known)) for _ in range(2))

    few, many = seconds(200), seconds(1_600)
    assert many < 24 * few + 0.5  # 64 times, where it grows with the square


def test_many_changes_in_one_long_block() -> None:
    def block(words: str) -> PageText:
        return page_of(" ".join(words.format(number) for number in range(4_000)))

    before, after = block("The cells cure {0} diseases."), block("We treat {0} patients with autism.")
    statements._memory.clear()
    assert cpu_seconds(lambda: compare_pages(before, after, lexicons())) < BOUND_S
