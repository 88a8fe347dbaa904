"""What the demo says in the terminal; plain lines where it is none."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from monitor.demo.edits import Edit
from monitor.demo.expect import Judgement
from monitor.demo.mailbox import Mail
from monitor.demo.pages import Clinic
from monitor.demo.story import Report

_MAIL_LINES: Final = 8


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
            self._console.print(f"[bold]act {number}[/bold]  {escape(where)}: {escape(edit.title)}", highlight=False)

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
        table = Table(title=f"Clinicwatch demo, {report.duration_s:.0f} s", title_justify="left", show_lines=True)
        for column in ("edit", "expected", "raised", "looks", "mails", ""):
            table.add_column(column, overflow="fold", justify="right" if column in ("looks", "mails") else "left")
        for edit, judgement in report.judged:
            verdict = Text("ok", style="green") if judgement.ok else Text("FAILED", style="bold red")
            cells = (edit.title, edit.expects.label, judgement.raised, judgement.looks, str(judgement.mails))
            table.add_row(*(Text(cell) for cell in cells), verdict)
        self._say("")
        self._console.print(table)
        for line in _problems(report):
            self._console.print(Text(line, style="red"))
        self._say(f"mails are in {directory / 'mail'}, the daemon's log is {directory / 'daemon.log'}")

    def explore(self, config: Path) -> None:
        """Commands that show what was stored."""
        self._say("\nWhat was stored is still there:")
        for command in (
            "history cosmolaser",
            "diff dermamed",
            "changes --severity high",
            "statements stamcelinstituut --kind efficacy",
            "search cure",
            "alerts list",
            "stats",
        ):
            self._say(f"  clinicwatch --config {shlex.quote(str(_short(config)))} {command}")

    def kept(self, port: int) -> None:
        self._say(f"\nEverything keeps running: the clinics are on http://127.0.0.1:{port}/ ; Ctrl-C stops all of it.")

    def _say(self, line: str) -> None:
        self._console.print(Text(line), soft_wrap=True)


def _problems(report: Report) -> list[str]:
    lines = [line for edit, judgement in report.judged for line in _problems_of(edit, judgement)]
    return lines + [f"belongs to no edit: {line}" for line in report.unexplained]


def _problems_of(edit: Edit, judgement: Judgement) -> list[str]:
    missing = [f"{edit.name}: missing: {line}" for line in judgement.missing]
    return missing + [f"{edit.name}: unwanted: {line}" for line in judgement.unwanted]


def _short(path: Path) -> Path:
    """Relative to the current directory where it lies below it."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
