"""Tables of plain text: a title, a header, rows aligned."""

from __future__ import annotations

from collections.abc import Sequence


def print_table(title: str, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Prints a table; the first column is words (left), the others figures (right). None is shown as a dash."""
    cells = [list(header), *[["–" if cell is None else str(cell) for cell in row] for row in rows]]
    widths = [max(len(row[column]) for row in cells) for column in range(len(header))]
    print(f"\n{title}")
    for number, row in enumerate(cells):
        words = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        print("  " + "  ".join(words).rstrip())
        if number == 0:
            print("  " + "  ".join("-" * width for width in widths))
