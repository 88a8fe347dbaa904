"""How well changes in meaning and prices are read, on the labelled pairs and strings.

    python -m benchmarks.meaning [--misses N]

Asks `clinicwatch inspect compare --batch` and `inspect prices --batch`, scores the answers with the scorers in
benchmarks/data, and prints them beside an alarm that rings at any change of text. A third of each set (by the SHA-256
of its id) is held back from tuning: its figures stand in a column of their own.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

from benchmarks.tables import print_table

DATA = Path(__file__).parent / "data"
COMMAND = Path(sys.executable).with_name("clinicwatch")

TARGETS = {
    "alert_precision": 95, "alert_recall": 95, "family_precision": 92, "family_recall": 92, "full_precision": 82,
    "full_recall": 82, "critical_recall": 98, "severity_within_one": 97,
}  # fmt: skip
PRICE_TARGETS = {"amounts": 99, "full": 97, "false": 0}

Row = dict[str, Any]


def main(misses: int = 0) -> int:
    """Prints both tables; 1 where a figure over the whole set misses its target, else 0."""
    return max(show_changes(misses), show_prices(misses))


def read_rows(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def is_held_out(row: Row) -> bool:
    """Does the row belong to the third that nobody tunes on?"""
    return int(hashlib.sha256(row["id"].encode()).hexdigest(), 16) % 3 == 0


def ask(what: str, path: Path) -> list[Row]:
    """The answers of `clinicwatch inspect WHAT --batch PATH`; a run that fails stops the benchmark."""
    done = subprocess.run([COMMAND, "inspect", what, "--batch", path], capture_output=True, text=True, check=False)
    if not done.stdout:
        raise SystemExit(f"clinicwatch inspect {what} answered nothing: {done.stderr.strip()}")
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    if errors := [answer for answer in answers if "error" in answer]:
        print(f"\ninspect {what}: {len(errors)} answers are errors, the first is {errors[0]}")
    return answers


def load_scorer(name: str) -> ModuleType:
    """A scorer of benchmarks/data as a module."""
    spec = importlib.util.spec_from_file_location(name, DATA / f"{name}.py")
    if spec is None or spec.loader is None:
        raise SystemExit(f"{DATA / name}.py is missing")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# --- changes ---------------------------------------------------------------------------------------------------------


def show_changes(misses: int) -> int:
    gold = read_rows(DATA / "changes.dev.jsonl")
    answers = ask("compare", DATA / "changes.dev.jsonl")
    score = load_scorer("score_changes").score
    halves = split(gold)
    ours = {name: score(rows, answers)[0] for name, rows in halves.items()}
    baseline = score(gold, [ring_at_any_text(row) for row in gold])[0]
    print_table(
        "Changes in meaning (labelled pairs, percent)",
        ["figure", *halves, "any text change", "to reach"],
        [
            [name.replace("_", " "), *(ours[half][name] for half in halves), _alarm_figure(name, baseline), target]
            for name, target in TARGETS.items()
        ],
    )
    print("  pairs: " + ", ".join(f"{name} {figures['pairs']}" for name, figures in ours.items()))
    show_languages(gold, answers, score)
    for miss in score(gold, answers)[1][:misses]:
        print("  wrong:", *miss)
    return int(any((ours["all"][name] or 0) < target for name, target in TARGETS.items()))


def split(gold: list[Row]) -> dict[str, list[Row]]:
    """The whole set, what was developed on, and what was held out."""
    return {
        "all": gold,
        "developed on": [row for row in gold if not is_held_out(row)],
        "held out": [row for row in gold if is_held_out(row)],
    }


def ring_at_any_text(row: Row) -> Row:
    """What a monitor answers that knows no meaning: a change wherever the words differ."""
    differs = row["before"].split() != row["after"].split()
    return {"id": row["id"], "changes": [{"family": "text", "severity": "high"}] if differs else []}


def _alarm_figure(name: str, baseline: dict[str, Any]) -> float | None:
    """An alarm that names no family, kind or severity has no figures for them."""
    return baseline[name] if name.startswith("alert") else None


def show_languages(gold: list[Row], answers: list[Row], score: Callable[..., Any]) -> None:
    names = ("pairs", "alert_precision", "alert_recall", "family_precision", "family_recall", "full_precision",
             "full_recall", "critical_recall")  # fmt: skip
    rows = []
    for language in sorted({row["lang"] for row in gold}):
        figures, _ = score([row for row in gold if row["lang"] == language], answers)
        rows.append([language, *(figures[name] for name in names)])
    print_table("… by language", ["language", *(name.replace("_", " ") for name in names)], rows)


# --- prices ----------------------------------------------------------------------------------------------------------


def show_prices(misses: int) -> int:
    gold = read_rows(DATA / "prices.dev.jsonl")
    answers = ask("prices", DATA / "prices.dev.jsonl")
    halves = split(gold)
    ours = {name: score_prices(rows, answers, misses if name == "all" else 0) for name, rows in halves.items()}
    print_table(
        "Prices (labelled strings: amounts and full in percent, false as a number)",
        ["figure", *halves, "to reach"],
        [
            *([name, *(ours[half][name] for half in halves), target] for name, target in PRICE_TARGETS.items()),
            ["strings with money", *(f"{ours[half]['strings_with_money']:.0f}" for half in halves), None],
        ],
    )
    print("  The held-out strings were looked at once; at that look: amounts 94.7, full 94.7, false 0")
    whole = ours["all"]
    return int(
        whole["amounts"] < PRICE_TARGETS["amounts"] or whole["full"] < PRICE_TARGETS["full"] or whole["false"] > 0
    )


def score_prices(gold: Iterable[Row], answers: list[Row], misses: int) -> dict[str, float]:
    """The figures that score_prices.py prints: strings_with_money, amounts, full, false."""
    with tempfile.TemporaryDirectory() as directory:
        gold_path, answers_path = Path(directory, "gold.jsonl"), Path(directory, "answers.jsonl")
        for path, rows in ((gold_path, gold), (answers_path, answers)):
            path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
        done = subprocess.run(
            [sys.executable, DATA / "score_prices.py", gold_path, answers_path, "--misses", str(misses)],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
    if done.stderr:
        print(done.stderr.rstrip())
    return {name: float(value) for name, value in re.findall(r"(\w+) +([\d.]+)", done.stdout)}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--misses", type=int, default=0, help="print up to N answers that are wrong")
    sys.exit(main(parser.parse_args().misses))
