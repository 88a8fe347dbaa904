"""Rows of tables as rows: which tables hold data, and which of their rows are headers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from lxml import html

_STRUCTURE: Final = ("table", "h1", "h2", "h3", "form", "article", "section", "nav", "iframe")
_MAX_CELL_CHARS: Final = 700
_MAX_PARAGRAPHS: Final = 3
_MAX_SPAN: Final = 50
_DIGIT: Final = re.compile(r"\d")


class Row:
    """One `<tr>` of a data table: its cells by column, as they are read."""

    __slots__ = ("_cells", "_column", "header", "in_head", "link_chars")

    def __init__(self, header: bool = False) -> None:
        self._cells: list[tuple[int, list[str]]] = []
        self._column = 0
        self.header = header
        self.in_head = False
        self.link_chars = 0

    def open(self, colspan: str | None, header: bool) -> None:
        """Begin the next cell, which spans `colspan` columns."""
        self._cells.append((self._column, []))
        span = int(colspan) if colspan is not None and colspan.isdecimal() else 1
        self._column += min(max(span, 1), _MAX_SPAN)

    def add(self, text: str, link_chars: int) -> None:
        """Add text to the open cell (or to a first one, where the markup has none)."""
        if not self._cells:
            self.open(None, False)
        self._cells[-1][1].append(text)
        self.link_chars += min(link_chars, len(text))

    def columns(self) -> list[tuple[int, str]]:
        """(column, text) of every cell that has text."""
        return [(column, " ".join(texts)) for column, texts in self._cells if texts]

    def texts(self) -> list[str]:
        return [text for _, text in self.columns()]

    def is_header(self, number: int, rows: Sequence[Row]) -> bool:
        """Does this row name the columns?

        `<thead>` and rows of nothing but `<th>` say so; without them, a first row of several cells without a digit
        does, where a later row of as many cells has one.
        """
        if self.in_head or self.header:
            return len(self._cells) > 1
        if number or len(self._cells) < 2 or any(_DIGIT.search(text) for text in self.texts()):
            return False
        return any(
            len(row._cells) == len(self._cells) and any(_DIGIT.search(text) for text in row.texts()[1:])
            for row in rows[1:]
        )


def pair_cells(rows: Sequence[Row]) -> list[tuple[str, tuple[tuple[str, str], ...], int]]:
    """For each row with text: the text, its cells paired with their columns' headers, its characters in links."""
    headers: dict[int, str] = {}
    pairs = []
    for number, row in enumerate(rows):
        texts = row.texts()
        if not texts:
            continue
        if row.is_header(number, rows):
            headers = dict(row.columns())
            cells = tuple((text, text) for text in texts)
        else:
            cells = tuple((headers.get(column, ""), text) for column, text in row.columns())
        pairs.append((" | ".join(texts), cells, row.link_chars))
    return pairs


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
