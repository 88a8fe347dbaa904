"""Quiet, caught and cost of our page text on real page histories, beside trafilatura's three modes.

    python -m benchmarks.text [--misses]

First, without any data: what one page of 80 KB costs from bytes to labelled blocks, beside `trafilatura.extract`, round
by round in the same process, medians of CPU time. Main content, the one label that nothing is compared by, is put on
where a text is stored, so it is counted apart.

Then reads the folder that CLINICWATCH_EVAL_DIR names: one folder a source (ota-demo, ota-dating …), each with index.tsv
and the captures (score_pages.py says what is in it). Prints one table for each source and one for all:

    visits  captures in order, each judged first: is this the page?
    quiet   of the pairs whose bytes differ while the content does not: share without a text change
    caught  of the pairs whose content changed: share with one; also by the number of words that changed
    cpu     milliseconds of CPU for 80 KB of HTML, from bytes to text
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import trafilatura

from benchmarks.speed import make_page
from benchmarks.tables import print_table
from monitor.errors import ExtractError
from monitor.identity import judge, observe
from monitor.text.extract import TextOptions, extract_page, read_page
from monitor.types import PageText

KILOBYTES = 80_000
VISITS = "clinicwatch, visits"
LANGUAGES = ("en", "nl", "da", "es", "de", "fr")
SIZES = ((2, "1-2"), (10, "3-10"), (50, "11-50"), (sys.maxsize, "51+"))


@dataclass(slots=True)
class Tally:
    """What one extractor answered: (right, all) for quiet, and for caught by size of the change."""

    quiet: list[int] = field(default_factory=lambda: [0, 0])
    caught: dict[str, list[int]] = field(default_factory=lambda: {name: [0, 0] for _, name in SIZES})
    cpu_s: float = 0.0
    size: int = 0
    wrong: list[str] = field(default_factory=list)

    def note(self, pair: dict[str, object], changed: bool) -> None:
        """Count one pair and the answer to it."""
        real = pair["label"] == "text"
        words = int(str(pair["words"]))
        cell = self.caught[next(name for most, name in SIZES if words <= most)] if real else self.quiet
        cell[0] += changed == real
        cell[1] += 1
        if changed != real:
            self.wrong.append(f"{'missed' if real else 'noisy'} {pair['id']}")


def ours(body: bytes, url: str) -> str:
    """The digest of what we compare."""
    try:
        return read_page(body, "text/html", url, TextOptions()).page_text.compared_sha256
    except ExtractError as error:
        return error.reason


def by_trafilatura(**options: bool) -> Callable[[bytes, str], str]:
    """An extractor that compares the text that trafilatura keeps."""

    def extract(body: bytes, url: str) -> str:
        text = trafilatura.extract(body, url=url, **options) or ""
        return hashlib.sha256(" ".join(text.split()).encode("utf-8", "replace")).hexdigest()

    return extract


EXTRACTORS: dict[str, Callable[[bytes, str], str]] = {
    "clinicwatch": ours,
    "trafilatura default": by_trafilatura(),
    "trafilatura precision": by_trafilatura(favor_precision=True),
    "trafilatura recall": by_trafilatura(favor_recall=True),
}


def load_pairs(folder: Path) -> list[dict[str, object]]:
    """The pairs of consecutive captures, as score_pages.py names them."""
    script = Path(__file__).parent / "data" / "score_pages.py"
    spec = importlib.util.spec_from_file_location("score_pages", script)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return [json.loads(json.dumps(pair)) for pair in module.pairs(folder)]


def measure(pairs: Iterable[dict[str, object]], extract: Callable[[bytes, str], str]) -> Tally:
    """Answer every pair with one extractor; each capture is read once."""
    tally, known = Tally(), dict[str, str]()

    def digest(path: str, url: str) -> str:
        if path not in known:
            body = Path(path).read_bytes()
            started = time.process_time()
            known[path] = extract(body, url)
            tally.cpu_s += time.process_time() - started
            tally.size += len(body)
        return known[path]

    for pair in pairs:
        url = str(pair["url"])
        tally.note(pair, digest(str(pair["before_path"]), url) != digest(str(pair["after_path"]), url))
    return tally


def measure_visits(pairs: Iterable[dict[str, object]]) -> Tally:
    """Answer every pair as visits do: captures in order, each judged first, compared with the last that was the page.

    A capture that is held (another page, half of the text gone) counts as no change: looks that follow would decide.
    """
    tally, at, good = Tally(), "", None
    for pair in pairs:
        before, after, url = (str(pair[name]) for name in ("before_path", "after_path", "url"))
        if before != at:
            good = _look(Path(before), url, None, tally)
        last, at = good, after
        good = _look(Path(after), url, last, tally)
        tally.note(pair, last is not None and good is not None and last.compared_sha256 != good.compared_sha256)
    return tally


def _look(path: Path, url: str, last: PageText | None, tally: Tally) -> PageText | None:
    """The page's last good text after this look at it."""
    body = path.read_bytes()
    started = time.process_time()
    tally.size += len(body)
    try:
        text = read_page(body, "text/html", url, TextOptions()).page_text
        verdict = judge(text, observe(body, "", LANGUAGES, ()), last)
    except ExtractError:
        return last
    finally:
        tally.cpu_s += time.process_time() - started
    return last if verdict is not None else text


def measure_all(pairs: list[dict[str, object]]) -> dict[str, Tally]:
    """Every extractor's answers, and those of visits."""
    tallies = {name: measure(pairs, extract) for name, extract in EXTRACTORS.items()}
    return {"clinicwatch": tallies.pop("clinicwatch"), VISITS: measure_visits(pairs), **tallies}


def show(source: str, tallies: dict[str, Tally]) -> None:
    """Print the table of one source."""
    print(f"\n{source}")
    print(f"{'':24}{'quiet':>15}{'caught':>15}" + "".join(f"{name:>13}" for _, name in SIZES) + f"{'cpu ms/80 KB':>15}")
    for name, tally in tallies.items():
        all_caught = [sum(cell[at] for cell in tally.caught.values()) for at in (0, 1)]
        row = f"{name:24}{_share(tally.quiet):>15}{_share(all_caught):>15}"
        row += "".join(f"{_share(tally.caught[size]):>13}" for _, size in SIZES)
        print(row + f"{1000 * tally.cpu_s / (tally.size / KILOBYTES):>15.1f}")


def _share(cell: list[int]) -> str:
    return f"{100 * cell[0] / cell[1]:.1f}% of {cell[1]}" if cell[1] else "-"


COST = {
    "clinicwatch: every look": lambda body, url: read_page(body, "text/html", url, TextOptions("en")),
    "clinicwatch: a new version": lambda body, url: extract_page(body, "text/html", url, TextOptions("en")),
    "trafilatura default": lambda body, url: trafilatura.extract(body, url=url),
}
ROUNDS = 15
MOST_OF_DEFAULT = 12 / 9
"""What a look may cost, as a share of trafilatura's default mode."""


def measure_cost(bodies: list[tuple[bytes, str]]) -> dict[str, float]:
    """Milliseconds of CPU for 80 KB by each step of COST: medians of the rounds, steps in turn."""
    size = sum(len(body) for body, _ in bodies) / KILOBYTES
    times: dict[str, list[float]] = {name: [] for name in COST}
    for _ in range(ROUNDS):
        for name, step in COST.items():
            started = time.process_time()
            for body, url in bodies:
                with suppress(ExtractError):
                    step(body, url)
            times[name].append(1000 * (time.process_time() - started) / size)
    return {name: statistics.median(values) for name, values in times.items()}


def show_cost(what: str, costs: dict[str, float]) -> bool:
    """Print the costs and their ratio to trafilatura's; is a look within its share?"""
    theirs = costs["trafilatura default"]
    rows = [(name, f"{cost:.1f}", f"{cost / theirs:.2f}") for name, cost in costs.items()]
    print_table(what, ("", "cpu ms/80 KB", "x default"), rows)
    return costs["clinicwatch: every look"] <= MOST_OF_DEFAULT * theirs


def main(arguments: list[str]) -> int:
    """Measure cost, and every source in the folder; 1 where a look costs too much, 2 where the folder holds none."""
    is_cheap = show_cost("From bytes to labelled blocks", measure_cost([(make_page(0), "https://clinic.example/")]))
    folder = os.environ.get("CLINICWATCH_EVAL_DIR")
    if not folder:
        print("\nQuiet and caught: not measured, CLINICWATCH_EVAL_DIR names no folder of page histories")
        return int(not is_cheap)
    sources = sorted(path.parent for path in Path(folder).glob("**/index.tsv"))
    if not sources:
        print(f"{folder}: no index.tsv in it or below; nothing was measured")
        return 2
    everything: list[dict[str, object]] = []
    for source in sources:
        pairs = load_pairs(source)
        everything += pairs
        show(source.name, measure_all(pairs))
    total = measure_all(everything)
    show("all", total)
    sample = [(Path(str(pair["after_path"])).read_bytes(), str(pair["url"])) for pair in everything[::12]]
    is_cheap &= show_cost(f"\nFrom bytes to labelled blocks, {len(sample)} real pages", measure_cost(sample))
    if "--misses" in arguments:
        for name in ("clinicwatch", VISITS):
            print("\n".join(("", name, *total[name].wrong)))
    return int(not is_cheap)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
