"""Plain text to page text: lines are blocks, and the same rules hold as for HTML."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

from monitor.errors import ExtractError
from monitor.text.articles import find_articles
from monitor.text.assemble import TextOptions, assemble
from monitor.text.boilerplate import label
from monitor.text.characters import clean
from monitor.text.decode import repair_double_encoding
from monitor.text.draft import Draft
from monitor.types import BlockKind, PageText, Region

_ITEM: Final = re.compile(r"^\s*(?:[•●▪◦‣∙·*+–—-]|\(?\d{1,3}[.)]|[a-z][.)])\s+(?=\S)")
_SENTENCE_END: Final = re.compile(r"[.!;,…][\"'”’)\]]*$")
_LETTER: Final = re.compile(r"\w")
_HEADING_WORDS: Final = 14
_HEADING_LEVEL: Final = 2


def read_plain(text: str, options: TextOptions, title: str = "") -> PageText:
    """Page text of a plain text, such as a seed file.

    A line is a block; a short line without the end of a sentence that text follows is a heading of level 2 and heads
    the path of what follows. Raises ExtractError(`too_large.text`).
    """
    return read_lines(text.splitlines(), options, title)


def read_lines(
    lines: list[str], options: TextOptions, title: str = "", encoding: str = "utf-8", findings: tuple[str, ...] = ()
) -> PageText:
    """Page text of lines that are already characters."""
    if sum(map(len, lines)) > options.max_text_chars:
        raise ExtractError("too_large.text", f"more than {options.max_text_chars} characters of text")
    removed: Counter[str] = Counter()
    drafts = _drafts(lines, removed)
    if title:
        drafts.insert(0, Draft(clean(title, removed), BlockKind.TITLE, Region.DATA))
    label(drafts, {}, title)
    find_articles(drafts)
    return assemble(drafts, options, title=title, encoding=encoding, findings=findings, removed=removed)


def _drafts(lines: list[str], removed: Counter[str]) -> list[Draft]:
    drafts: list[Draft] = []
    path: tuple[str, ...] = ()
    for number, line in enumerate(lines):
        repaired, _ = repair_double_encoding(line)
        text = clean(repaired, removed)
        if not text or not _LETTER.search(text):
            continue
        if "\t" in line.strip() or " | " in text:
            cells = [clean(cell, removed) for cell in re.split(r"\t+| \| ", line.strip())]
            cells = [cell for cell in cells if cell]
            if len(cells) > 1:
                pairs = tuple(("", cell) for cell in cells)
                drafts.append(Draft(" | ".join(cells), BlockKind.TABLE_ROW, Region.MAIN, path, cells=pairs, main=True))
                continue
        if (marker := _ITEM.match(line)) is not None and marker.end() < len(line):
            item = clean(line[marker.end() :], removed)
            drafts.append(Draft(item, BlockKind.LIST_ITEM, Region.MAIN, path, main=True))
        elif _is_heading(text, lines, number):
            path = (text,)
            drafts.append(Draft(text, BlockKind.HEADING, Region.MAIN, (), _HEADING_LEVEL, main=True))
        else:
            drafts.append(Draft(text, BlockKind.PARAGRAPH, Region.MAIN, path, main=True))
    return drafts


def _is_heading(text: str, lines: list[str], number: int) -> bool:
    if text.count(" ") >= _HEADING_WORDS or _SENTENCE_END.search(text) or text[0].islower() or text.endswith(":"):
        return False
    following = next((line for line in lines[number + 1 :] if line.strip()), "")
    return bool(following)
