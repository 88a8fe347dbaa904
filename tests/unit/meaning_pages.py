"""Small pages for the tests of meaning and comparison, read as plain text."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from monitor.compare.pages import compare_pages
from monitor.meaning.lexicon import Lexicons, load_lexicons
from monitor.meaning.statements import find_statements
from monitor.text.extract import TextOptions
from monitor.text.plain import read_plain
from monitor.types import Comparison, PageText, Statement

PROJECT = Path(__file__).parents[2]
LANGUAGES = ("en", "nl", "da", "es", "de", "fr")


@cache
def lexicons() -> Lexicons:
    """The lexicons that the project ships."""
    return load_lexicons(PROJECT / "config" / "lexicons", LANGUAGES)


def page_of(text: str, language: str = "en") -> PageText:
    """`text` as a page."""
    return read_plain(text, TextOptions(language=language, max_text_chars=2_000_000))


def compare_texts(before: str | PageText, after: str | PageText, language: str = "en") -> Comparison:
    """What changed between two texts (or pages made of them)."""
    pages = [page if isinstance(page, PageText) else page_of(page, language) for page in (before, after)]
    return compare_pages(pages[0], pages[1], lexicons())


def told(comparison: Comparison) -> list[str]:
    """The changes as "kind direction severity", sorted."""
    return sorted(f"{change.kind} {change.direction} {change.severity}" for change in comparison.changes)


def statements_of(text: str, language: str = "en") -> tuple[Statement, ...]:
    """The statements of a text."""
    return find_statements(page_of(text, language), lexicons())
