"""Archive pages rotate whole articles: one that appears or leaves is a notice, not thirty claims removed."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.types import Block, BlockKind, Notice, NoticeKind

_SAME = 0.3  # share of an article's blocks that it keeps when it is edited
_ARCHIVE = 2  # articles that make a page an archive
_TITLE = 160  # characters


def rotated_articles(
    before: Sequence[Block], after: Sequence[Block]
) -> tuple[frozenset[int], frozenset[int], tuple[Notice, ...]]:
    """The blocks of articles that left, of those that came, and a notice for each article."""
    old, new = _articles(before), _articles(after)
    if max(len(old), len(new)) < _ARCHIVE:
        return frozenset(), frozenset(), ()
    gone = _alone(before, old, after, new)
    come = _alone(after, new, before, old)
    notices = [_notice(NoticeKind.ARTICLE_IN, after, blocks) for blocks in come]
    notices += [_notice(NoticeKind.ARTICLE_OUT, before, blocks) for blocks in gone]
    return frozenset(i for a in gone for i in a), frozenset(i for a in come for i in a), tuple(notices)


def _articles(blocks: Sequence[Block]) -> list[list[int]]:
    found: dict[int, list[int]] = {}
    for index, block in enumerate(blocks):
        if block.article is not None and block.boilerplate is None:
            found.setdefault(block.article, []).append(index)
    return list(found.values())


def _alone(
    blocks: Sequence[Block], articles: list[list[int]], others: Sequence[Block], other_articles: list[list[int]]
) -> list[list[int]]:
    """The articles of one side that no article of the other side is an edited copy of.

    One under the same heading is the same article, however much of it was written anew.
    """
    theirs = [{others[i].key for i in article} for article in other_articles]
    headings = {_heading(others, article) for article in other_articles} - {None}
    loose = {block.key for block in others if block.article is None}
    alone = []
    for article in articles:
        keys = {blocks[i].key for i in article}
        if _heading(blocks, article) in headings:
            continue
        if not any(len(keys & other) >= _SAME * min(len(keys), len(other)) for other in (*theirs, loose) if other):
            alone.append(article)
    return alone


def _heading(blocks: Sequence[Block], article: list[int]) -> str | None:
    return next((blocks[i].key for i in article if blocks[i].kind is BlockKind.HEADING), None)


def _notice(kind: NoticeKind, blocks: Sequence[Block], article: list[int]) -> Notice:
    headings = [i for i in article if blocks[i].kind is BlockKind.HEADING]
    title = blocks[headings[0] if headings else article[0]].text
    words = sum(len(blocks[i].text.split()) for i in article)
    return Notice(kind, title[:_TITLE], f"{len(article)} blocks, {words} words")
