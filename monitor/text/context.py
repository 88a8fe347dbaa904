"""What holds at a point of the walk over the page: headings, region, hints."""

from __future__ import annotations

from dataclasses import dataclass, field

from monitor.text.tables import Row
from monitor.types import BlockKind, Region


@dataclass(slots=True)
class Scope:
    """The headings that hold for what follows: (level, text), outermost first."""

    headings: list[tuple[int, str]] = field(default_factory=list)
    path: tuple[str, ...] = ()

    def push(self, level: int, text: str) -> None:
        while self.headings and self.headings[-1][0] >= level:
            self.headings.pop()
        self.path = tuple(heading for _, heading in self.headings)
        self.headings.append((level, text))

    def below(self) -> tuple[str, ...]:
        return tuple(heading for _, heading in self.headings)


@dataclass(slots=True)
class Context:
    """What holds inside one block-level element."""

    region: Region
    scope: Scope
    kind: BlockKind = BlockKind.PARAGRAPH
    level: int = 0
    hint: str | None = None
    hinted: int = 0
    popup: int = 0
    revealed: bool = False
    selected: bool = True
    article: int | None = None
    in_article: bool = False
    layout: bool = False  # inside a table that only lays out
    row: Row | None = None
    rows: list[Row] | None = None
    plain: dict[str, Context] = field(default_factory=dict)  # what holds in child elements of these tags

    def inside(self) -> Context:
        """What holds in a plain element inside: the same. (`dataclasses.replace` takes five times as long.)"""
        return Context(
            self.region, self.scope, self.kind, self.level, self.hint, self.hinted, self.popup, self.revealed,
            self.selected, self.article, self.in_article, self.layout, self.row, self.rows,
        )  # fmt: skip
