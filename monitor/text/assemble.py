"""Labelled drafts to page text: keys, digest, findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from monitor.text.characters import describe
from monitor.text.draft import Draft
from monitor.text.keys import compared_digest, fold, fold_address
from monitor.types import Block, BlockKind, PageText

EXTRACTOR: Final = "3"
"""Version of everything in this folder that decides what a page text is. Raise it with any change of blocks or keys."""


@dataclass(frozen=True, slots=True)
class TextOptions:
    """How a page is read: its language (ISO 639-1, "" unknown), and what the watchlist says of it.

    `selectors` and `ignore` are CSS: with the former only what they match is read, the latter is left out.
    """

    language: str = ""
    selectors: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    max_text_chars: int = 2_000_000


def assemble(
    drafts: Sequence[Draft],
    options: TextOptions,
    *,
    title: str,
    encoding: str,
    findings: tuple[str, ...],
    removed: Counter[str],
) -> PageText:
    """The page text of labelled drafts; `removed` counts the odd characters that were taken out (characters.py)."""
    blocks = tuple(_block(draft) for draft in drafts)
    return PageText(
        EXTRACTOR, options.language, title, blocks, compared_digest(blocks), encoding, findings + describe(removed)
    )


def _block(draft: Draft) -> Block:
    key = fold_address(draft.text) if draft.kind is BlockKind.DOCUMENT else fold(draft.text)
    return Block(
        draft.text, key, draft.kind, draft.region, draft.path, draft.cells, draft.boilerplate, draft.main, draft.level,
        draft.article,
    )  # fmt: skip


def as_main(block: Block) -> Block:
    """The block labelled as main content. (`dataclasses.replace` takes three times as long.)"""
    return Block(
        block.text, block.key, block.kind, block.region, block.path, block.cells, block.boilerplate, True, block.level,
        block.article,
    )  # fmt: skip
