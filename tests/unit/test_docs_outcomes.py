"""docs/ops.md says of every outcome and every reason what to do about it."""

from __future__ import annotations

import re

from crawler.outcomes import REASONS, Outcome, outcome_of
from monitor.config import project_home

ROW = re.compile(r"^\| (`[^|]+) \| (`[^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
SECTION = (project_home() / "docs" / "ops.md").read_text(encoding="utf-8").partition("## What a visit ended in")[2]


def words(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def rows() -> dict[str, tuple[str, str]]:
    """Reason → outcome and what to do, as the table has it."""
    found: dict[str, tuple[str, str]] = {}
    for outcome, reasons, _, what in ROW.findall(SECTION.partition("\n## ")[0]):
        for reason in words(reasons):
            assert reason not in found, f"{reason} stands there twice"
            found[reason] = (words(outcome)[0], what.strip())
    return found


def test_every_reason_is_there_with_its_outcome_and_what_to_do() -> None:
    table = rows()
    assert table.keys() - {"http.<status>"} == REASONS.keys()
    for reason, (outcome, what) in table.items():
        assert outcome == str(outcome_of(reason.replace("<status>", "500")))
        assert what


def test_every_outcome_is_explained() -> None:
    cells = [line.split("|")[1] for line in SECTION.partition("| reason |")[0].splitlines() if line.startswith("| `")]
    explained = {name for cell in cells for name in words(cell)}
    assert explained == {str(outcome) for outcome in Outcome}
