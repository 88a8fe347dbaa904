"""How results leave on the command line: tables on a terminal, plain lines in a pipe, JSON lines where asked for.

Everything that came from a page is cleaned here: no control character reaches a terminal.
"""

from __future__ import annotations

import dataclasses
import json
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from enum import Enum
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from monitor.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console

_SEVERITY_STYLE = {"critical": "bold red", "high": "red", "medium": "yellow", "low": "dim"}
_MARK_STYLE = {"-": "red strike", "+": "bold green", "=": ""}
_REPLACED_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_KEPT = frozenset("\n\t\u00ad\u200d")


def safe(text: str) -> str:
    """`text` without anything that steers a terminal: control, format and bidi characters become "�"."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        "�" if unicodedata.category(char) in _REPLACED_CATEGORIES and char not in _KEPT else char for char in text
    )


def line(text: object) -> str:
    """`text` cleaned and on one line."""
    return " ".join(safe(str(text)).split())


def shorten(text: str, width: int) -> str:
    """`text` on one line of at most `width` characters."""
    flat = line(text)
    return flat if len(flat) <= width else flat[: width - 1].rstrip() + "…"


def when(moment: datetime | None) -> str:
    """A time for people: UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S") if moment else "-"


def write(path: Path, text: str) -> None:
    """Write `text` to a file that somebody named. Raises UsageError."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from error


def _plain(value: object) -> object:
    match value:
        case Enum():
            return value.value
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case bytes():
            return value.hex()
        case Path():
            return str(value)
        case set() | frozenset():
            return sorted(value)
        case _ if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return {item.name: getattr(value, item.name) for item in dataclasses.fields(value)}
    raise TypeError(f"cannot be shown as JSON: {type(value).__name__}")


def to_json(value: object) -> str:
    """One line of JSON, ASCII only: safe for terminals and for any reader."""
    return json.dumps(value, default=_plain, ensure_ascii=True)


def print_json(rows: Iterable[object], out: IO[str] | None = None) -> None:
    """One JSON object a line."""
    for row in rows:
        print(to_json(row), file=out or sys.stdout, flush=True)


def console(*, stderr: bool = False) -> Console:
    """A console that colours on a terminal only and never reads a page's text as markup."""
    from rich.console import Console

    return Console(stderr=stderr, markup=False, highlight=False, soft_wrap=True)


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str = "") -> None:
    """A table on a terminal, tab-separated lines in a pipe.

    A column named "severity" is coloured by its value. `empty` is printed to stderr when there is no row.
    """
    listed = [[line(cell) if cell is not None else "-" for cell in row] for row in rows]
    if not listed:
        print(empty or f"no {title}", file=sys.stderr)
        return
    if not sys.stdout.isatty():
        for row in [list(columns), *listed]:
            print("\t".join(row))
        return
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title or None, title_justify="left", show_edge=False, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in listed:
        table.add_row(*(Text(cell, style=_style(column, cell)) for column, cell in zip(columns, row, strict=True)))
    console().print(table, soft_wrap=False)


def _style(column: str, cell: str) -> str:
    return _SEVERITY_STYLE.get(cell, "") if column == "severity" else ""


def marked(words: Iterable[tuple[str, str]]) -> Any:
    """Words with their marks ("=", "-", "+") as a rich text that reads without colour as well."""
    from rich.text import Text

    text = Text()
    for mark, part in words:
        shown = safe(part)
        match mark:
            case "-":
                text.append(f"[-{shown}-]", style=_MARK_STYLE["-"])
            case "+":
                text.append("{+" + shown + "+}", style=_MARK_STYLE["+"])
            case _:
                text.append(shown)
    return text
