"""What the demo says in the terminal; plain lines where it is none."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from monitor.demo.edits import Edit
from monitor.demo.expect import Judgement
from monitor.demo.mailbox import Mail
from monitor.demo.pages import Clinic
from monitor.demo.story import Report

_MAIL_LINES: Final = 8

EXPLORE: Final = (
    "history cosmolaser",
    "diff dermamed 2",
    "changes --severity high",
    "statements stamcelinstituut --kind efficacy",
    "search cure",
    "alerts list",
    "stats",
    "verify",
)
"""Commands that show what was stored; `clinicwatch --config …` goes before them."""


class Show:
    """Writes to one console; mails come in from another thread, which rich's console allows."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def opened(self, port: int, clinics: tuple[Clinic, ...]) -> None:
        pages = sum(len(clinic.paths) for clinic in clinics)
        self._say(f"{len(clinics)} clinics with {pages} pages are served on 127.0.0.1:{port}")

    def imported(self, seeds: int) -> None:
        self._say(f"a fresh Postgres is migrated, {seeds} seed files are imported as baselines")

    def act(self, number: int, act: tuple[Edit, ...]) -> None:
        self._say("")
        for edit in act:
            where = edit.clinic or "every clinic"
            self._console.print(Text(f"act {number}  ", style="bold") + Text(f"{where}: {edit.title}"), soft_wrap=True)

    def digest(self) -> None:
        self._say("\nthe digest of all of it is due at 07:00; it is asked for now, as `clinicwatch alerts retry` does")
        self._say("(a digest's figures end a quarter of an hour before it goes: this watch is younger)")

    def mail(self, mail: Mail) -> None:
        """One mail, as it arrives: its subject and its first lines."""
        lines = [line.rstrip() for line in mail.text.splitlines() if line.strip(" -=")][:_MAIL_LINES]
        if self._console.is_terminal:
            title = Text(f"mail {mail.number}  {mail.subject}", style="bold")
            self._console.print(Panel(Text("\n".join(lines)), title=title, title_align="left", border_style="cyan"))
        else:
            self._say(f"mail {mail.number}: {mail.subject}")
            for line in lines:
                self._say(f"    {line}")

    def report(self, report: Report, directory: Path) -> None:
        """The table at the end, and whatever is wrong in words."""
        self._say("")
        if self._console.is_terminal:
            self._console.print(_table(report))
        else:
            for cells in _rows(report):
                self._say(" | ".join(cells))
        for line in _problems(report):
            self._say(line, "red")
        self._say(
            f"{report.duration_s:.0f} s; mails: {_short(directory / 'mail')}; log: {_short(directory / 'daemon.log')}"
        )

    def explore(self, config: Path) -> None:
        """Commands that show what was stored."""
        self._say("\nWhat was stored is still there:")
        for command in EXPLORE:
            self._say(f"  {_program()} --config {shlex.quote(str(_short(config)))} {command}")

    def kept(self, port: int) -> None:
        self._say(f"\nEverything keeps running: the clinics are on http://127.0.0.1:{port}/ ; Ctrl-C stops all of it.")

    def _say(self, line: str, style: str = "") -> None:
        self._console.print(Text(line, style=style), soft_wrap=True)


def _program() -> str:
    """What to type for the program here: its name where the shell finds it, else where it stands."""
    if shutil.which("clinicwatch"):
        return "clinicwatch"
    return shlex.quote(str(_short(Path(sys.executable).with_name("clinicwatch"))))


def _rows(report: Report) -> list[tuple[str, ...]]:
    """The table's cells: a heading, then a row for each edit."""
    rows: list[tuple[str, ...]] = [("verdict", "edit", "expected", "raised", "looks", "mails")]
    for edit, judgement in report.judged:
        verdict = "ok" if judgement.ok else "FAILED"
        figures = (judgement.raised, judgement.looks, str(judgement.mails))
        rows.append((verdict, edit.title, edit.expects.label, *figures))
    return rows


def _table(report: Report) -> Table:
    heading, *rows = _rows(report)
    table = Table(show_lines=True)
    for column in heading:
        table.add_column(column, overflow="fold", justify="right" if column in ("looks", "mails") else "left")
    for cells in rows:
        style = "green" if cells[0] == "ok" else "bold red"
        table.add_row(Text(cells[0], style=style), *(Text(cell) for cell in cells[1:]))
    return table


def _problems(report: Report) -> list[str]:
    lines = [line for edit, judgement in report.judged for line in _problems_of(edit, judgement)]
    return lines + [f"belongs to no edit: {line}" for line in report.unexplained]


def _problems_of(edit: Edit, judgement: Judgement) -> list[str]:
    missing = [f"{edit.name}: missing: {line}" for line in judgement.missing]
    return missing + [f"{edit.name}: unwanted: {line}" for line in judgement.unwanted]


def _short(path: Path) -> Path:
    """Relative to the current directory where it lies below it."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
