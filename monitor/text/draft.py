"""A block while it is being made: what is known of it before it is folded and labelled."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.types import BlockKind, Region

Path = tuple[str, ...]


@dataclass(slots=True)
class Draft:
    """One unit of visible text and what stood around it.

    `hint` is a reason that its containers gave (see regions.py), `hinted` the number of the container that gave it and
    `popup` that of the popup it stands in (0 for none). `link_chars` counts the characters inside links,
    `social_chars` those whose link leads to a social network. `article` is the number of the `<article>` around it.
    """

    text: str
    kind: BlockKind
    region: Region
    path: Path = ()
    level: int = 0
    cells: tuple[tuple[str, str], ...] = ()
    hint: str | None = None
    hinted: int = 0
    popup: int = 0
    link_chars: int = 0
    social_chars: int = 0
    article: int | None = None
    key: str = ""
    boilerplate: str | None = None
    main: bool = False
