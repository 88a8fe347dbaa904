"""The first live capture against the text of a seed file: what the seed says and the page does not say any more.

A seed is somebody's extraction: menus, footers and widgets are missing from it. So only statements of the seed count,
those that are missing or contradicted; what the live page has beyond the seed is no news.
"""

from __future__ import annotations

from monitor.compare.pages import compare_pages
from monitor.meaning.lexicon import Lexicons
from monitor.types import Comparison, Direction, PageText

_NEWS = frozenset(set(Direction) - {Direction.ADDED, Direction.MOVED})


def compare_with_baseline(baseline: PageText, live: PageText, lexicons: Lexicons) -> Comparison:
    """The changes from a seed's text to a live page, without additions and moves."""
    comparison = compare_pages(baseline, live, lexicons)
    changes = tuple(change for change in comparison.changes if change.before and change.direction in _NEWS)
    return Comparison(comparison.text_changed, changes, ())
