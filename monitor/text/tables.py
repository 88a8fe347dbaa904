"""Rows of tables as rows: which tables hold data, which of their rows are headers, and cells that span several."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from lxml import html

_STRUCTURE: Final = ("table", "h1", "h2", "h3", "form", "article", "section", "nav", "iframe")
_MAX_CELL_CHARS: Final = 700
_MAX_PARAGRAPHS: Final = 3
_MAX_SPAN: Final = 50
_MAX_ROWS: Final = 1000  # that one cell may span
_MAX_REPEATED: Final = 200_000  # characters of spanning cells that are read again, in one table
_DIGIT: Final = re.compile(r"\d")

RowText = tuple[str, tuple[tuple[str, str], ...], int]
"""The text of a row, its cells as (header, text), and its characters in links."""


@dataclass(slots=True)
class Cell:
    """One `<td>` or `<th>`: its first column, how many columns and rows it spans (0 rows: all that follow)."""

    columns: int
    rows: int
    texts: list[str] = field(default_factory=list)
    column: int = 0

    @property
    def text(self) -> str:
        return " ".join(self.texts)


class Row:
    """One `<tr>` of a data table: its cells as they are read."""

    __slots__ = ("_cells", "header", "in_head", "link_chars")

    def __init__(self, header: bool = False) -> None:
        self._cells: list[Cell] = []
        self.header = header
        self.in_head = False
        self.link_chars = 0

    def open(self, colspan: str | None, rowspan: str | None = None) -> None:
        """Begin the next cell, with the attributes that say what it spans."""
        self._cells.append(Cell(min(max(_span(colspan), 1), _MAX_SPAN), min(_span(rowspan), _MAX_ROWS)))

    def add(self, text: str, link_chars: int) -> None:
        """Add text to the open cell (or to a first one, where the markup has none)."""
        if not self._cells:
            self.open(None)
        self._cells[-1].texts.append(text)
        self.link_chars += min(link_chars, len(text))

    def place(self, above: Sequence[Cell]) -> list[Cell]:
        """Give the cells their columns, left free by cells `above` that reach down; all cells of the row, in order."""
        taken = {column for cell in above for column in range(cell.column, cell.column + cell.columns)}
        column = 0
        for cell in self._cells:
            while column in taken:
                column += 1
            cell.column = column
            column += cell.columns
        return sorted([*above, *self._cells], key=lambda cell: cell.column)

    def has_text(self) -> bool:
        return any(cell.texts for cell in self._cells)

    def is_header(self, number: int, rows: Sequence[Row]) -> bool:
        """Does this row name the columns?

        `<thead>` and rows of nothing but `<th>` say so; without them, a first row of several cells without a digit
        does, where a later row of as many cells has one.
        """
        if self.in_head or self.header:
            return len(self._cells) > 1
        if number or len(self._cells) < 2 or any(_DIGIT.search(cell.text) for cell in self._cells):
            return False
        return any(
            len(row._cells) == len(self._cells) and any(_DIGIT.search(cell.text) for cell in row._cells[1:])
            for row in rows[1:]
        )


def pair_cells(rows: Sequence[Row]) -> Iterator[RowText]:
    """For each row with text: the text, its cells paired with their columns' headers, its characters in links.

    A cell that spans rows is read with every one of them, one that spans columns with all their headers; where
    headers stand in several rows ("Price" above "Knee" and "Hip"), a column has them all.
    """
    headers: dict[int, tuple[str, ...]] = {}
    reaching: list[tuple[Cell, int]] = []  # cells that reach into the row, and how many rows are left of them
    was_header, repeated = False, 0
    for number, row in enumerate(rows):
        repeated += sum(len(cell.text) for cell, _ in reaching)
        if repeated > _MAX_REPEATED:
            reaching = []
        cells = row.place([cell for cell, _ in reaching])
        is_header = row.is_header(number, rows)
        if row.has_text():
            filled = [cell for cell in cells if cell.texts]
            if is_header:
                headers = _headers(filled, headers if was_header else {})
                pairs = tuple((cell.text, cell.text) for cell in filled)
            else:
                width = max(cell.column + cell.columns for cell in cells)
                pairs = tuple((_header_of(cell, headers, width), cell.text) for cell in filled)
            yield " | ".join(text for _, text in pairs), pairs, row.link_chars
            was_header = is_header
        reaching = [(cell, left - 1) for cell, left in reaching if left > 1]
        reaching += [(cell, cell.rows - 1 if cell.rows else _MAX_ROWS) for cell in row._cells if cell.rows != 1]


def _headers(cells: Sequence[Cell], above: dict[int, tuple[str, ...]]) -> dict[int, tuple[str, ...]]:
    """The headers by column that a row of them makes, below those of the row above."""
    headers = dict(above)
    for cell in cells:
        for column in range(cell.column, cell.column + cell.columns):
            if cell.text not in headers.get(column, ()):
                headers[column] = (*headers.get(column, ()), cell.text)
    return headers


def _header_of(cell: Cell, headers: dict[int, tuple[str, ...]], width: int) -> str:
    """What heads the cell: nothing, where it spans the whole table and so is a heading itself."""
    if cell.columns == 1:
        return " ".join(headers.get(cell.column, ()))
    if cell.columns >= width:
        return ""
    spanned = [headers.get(column, ()) for column in range(cell.column, cell.column + cell.columns)]
    return " ".join(dict.fromkeys(text for texts in spanned for text in texts))


def _span(value: str | None) -> int:
    return int(value[:6]) if value is not None and value.isascii() and value.isdecimal() else 1


def is_layout(table: html.HtmlElement) -> bool:
    """Does the table only place things on the page?"""
    if table.get("role") in ("presentation", "none"):
        return True
    if next(table.iterdescendants(*_STRUCTURE), None) is not None:
        return True
    cells = 0
    for cell in table.iterdescendants("td", "th"):
        cells += 1
        if len(cell) and len(cell.findall("p")) > _MAX_PARAGRAPHS:
            return True
        if len(cell.text_content()) > _MAX_CELL_CHARS:
            return True
    return cells <= 1
