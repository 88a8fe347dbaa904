"""Seed text → articles: which lines are headings, lists and paragraphs. Pure.

The seeds are text that somebody extracted from the clinics' pages; the demo turns it back into the structure that it
had, so that the loopback clinic can serve it as HTML.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal

PartKind = Literal["heading", "paragraph", "list", "figure"]

_ITEM: Final = re.compile(r"^\s*(?:[•·]|-\s)\s*")
_HEADING_CHARS: Final = 110
_HEADING_WORDS: Final = 16
_LAST_LINE: Final = re.compile(r"PMID:|call us at")  # closes an article of the blog archive: its source, or its appeal


@dataclass(frozen=True, slots=True)
class Part:
    """A heading, a paragraph, a figure (its caption), each of one line; or a list with a line for each item."""

    kind: PartKind
    lines: tuple[str, ...]
    level: int = 0


@dataclass(frozen=True, slots=True)
class Article:
    """A text with its title ("" where the seed has none) and its parts in order."""

    title: str
    parts: tuple[Part, ...]


def read_article(text: str, *, titled: bool = True, figures: tuple[str, ...] = ()) -> Article:
    """The article that `text` holds; its first line is the title where `titled`. Lines in `figures` are captions."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    title = lines.pop(0) if titled else ""
    parts: list[Part] = []
    for kind, line in _kinds(lines, figures):
        if kind == "list" and parts and parts[-1].kind == "list":
            parts[-1] = replace(parts[-1], lines=(*parts[-1].lines, line))
        elif kind == "heading":
            below = parts[-1].kind == "heading" if parts else titled
            parts.append(Part(kind, (line,), level=3 if below else 2))
        else:
            parts.append(Part(kind, (line,)))
    return Article(title, tuple(parts))


def split_archive(text: str) -> tuple[str, ...]:
    """The articles of a blog archive, in order: each ends with the line that names its source or asks to call."""
    articles: list[str] = []
    lines: list[str] = []
    for line in text.splitlines():
        lines.append(line)
        if _LAST_LINE.search(line):
            articles.append("\n".join(lines))
            lines = []
    return tuple(articles)


def reorder_paragraphs(article: Article) -> Article:
    """The same article with the first two neighbouring paragraphs swapped (itself where there are none).

    A paragraph that leads a list in stays above its list.
    """
    parts = list(article.parts)
    movable = [part.kind == "paragraph" and not part.lines[0].endswith(":") for part in parts]
    for index in range(len(parts) - 1):
        if movable[index] and movable[index + 1]:
            parts[index], parts[index + 1] = parts[index + 1], parts[index]
            break
    return replace(article, parts=tuple(parts))


def _kinds(lines: list[str], figures: tuple[str, ...]) -> Iterator[tuple[PartKind, str]]:
    for index, line in enumerate(lines):
        following = lines[index + 1] if index + 1 < len(lines) else ""
        if line in figures:
            yield "figure", line
        elif marker := _ITEM.match(line):
            yield "list", line[marker.end() :]
        elif _is_heading(line, following):
            yield "heading", line
        else:
            yield "paragraph", line


def _is_heading(line: str, following: str) -> bool:
    """Short, unpunctuated (a question may be), and something follows."""
    short = len(line) <= _HEADING_CHARS and len(line.split()) <= _HEADING_WORDS
    return bool(following) and short and line[-1] not in ".;:,!"
