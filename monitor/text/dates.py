"""Dates in text, in six languages and the ways that sites write them."""

from __future__ import annotations

import re
from typing import Final

_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            "january jan januari januar enero ene janvier janv jänner jaenner",
            "february feb februari februar febrero février fevrier févr",
            "march mar maart mrt marts marzo märz maerz mär mars",
            "april apr abril abr avril avr",
            "may mei maj mayo mai",
            "june jun juni junio juin",
            "july jul juli julio juillet juil",
            "august aug augustus agosto ago août aout",
            "september sep sept septiembre setiembre septembre",
            "october oct oktober okt octubre octobre",
            "november nov noviembre novembre",
            "december dec dez dezember desember diciembre dic décembre decembre déc",
        ),
        start=1,
    )
    for name in names.split()
}
_MONTH: Final = "(" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\b\.?"
_YEAR: Final = r"((?:19|20)\d\d)"
_DAY_FIRST: Final = (
    rf"\b(\d{{1,2}})(?:st|nd|rd|th|er|º|\.)?(?:\s+(?:of|de))?[\s-]+{_MONTH},?(?:\s+(?:de|del))?[\s-]+{_YEAR}\b"
)
_MONTH_FIRST: Final = rf"\b{_MONTH}\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+{_YEAR}\b"
_ISO: Final = rf"\b{_YEAR}([-/.])(\d{{1,2}})\2(\d{{1,2}})\b(?!\2?\d)"
_NUMERIC: Final = rf"\b(?<![\d.,/-])(\d{{1,2}})([-/.])(\d{{1,2}})\2{_YEAR}\b"

_PATTERNS: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), groups)
    for pattern, groups in (
        (_DAY_FIRST, (1, 2, 3)),
        (_MONTH_FIRST, (2, 1, 3)),
        (_ISO, (4, 3, 1)),
        (_NUMERIC, (1, 3, 4)),
    )
)
_BEFORE_YEAR: Final = 48  # characters: "the 21st of September, de 2020" has fewer
_AFTER_YEAR: Final = 8  # "-09-21"
_YEAR_SEEN: Final = re.compile(r"(?:19|20)\d\d")
DATE: Final = re.compile(
    rf"(?:{_DAY_FIRST}|{_MONTH_FIRST}|\b{_YEAR}[-/.]\d{{1,2}}[-/.]\d{{1,2}}\b|\b\d{{1,2}}[-/.]\d{{1,2}}[-/.](?:\d\d){{1,2}}\b"
    rf"|\b{_MONTH}\s+{_YEAR}\b|\b\d{{1,2}}(?:st|nd|rd|th|\.)?\s+{_MONTH}|\b{_MONTH}\s+\d{{1,2}}\b)",
    re.IGNORECASE,
)
"""Any full or partial date; for recognising, not for reading."""


def fold_dates(text: str) -> str:
    """`text` with each full date as year-a-b, where a ≤ b are its day and month.

    Which of the two is the month cannot be told of "03/05/2024", and servers that flip between locales write the same
    day both ways; so the order is given up.
    """
    if not ("20" in text or "19" in text) or not _YEAR_SEEN.search(text):
        return text
    parts: list[str] = []
    done = 0
    for start, end in _around_years(text):
        parts += (text[done:start], _fold_all(text[start:end]))
        done = end
    return "".join((*parts, text[done:]))


def _around_years(text: str) -> list[tuple[int, int]]:
    """The parts of a text in which dates can stand, cut at spaces: a pattern for months is slow on all the rest."""
    found: list[tuple[int, int]] = []
    for year in _YEAR_SEEN.finditer(text):
        start = text.rfind(" ", 0, max(year.start() - _BEFORE_YEAR, 0)) + 1
        end = text.find(" ", year.end() + _AFTER_YEAR)
        end = len(text) if end < 0 else end
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def _fold_all(text: str) -> str:
    for pattern, groups in _PATTERNS:
        text = pattern.sub(lambda match, groups=groups: _canonical(match, groups), text)  # type: ignore[misc]
    return text


def _canonical(match: re.Match[str], groups: tuple[int, int, int]) -> str:
    day, month, year = (match[group] for group in groups)
    low, high = sorted((int(day), _MONTHS.get(month.lower()) or int(month)))
    if not (1 <= low <= 12 and high <= 31):
        return match[0]
    return f"{year}-{low:02}-{high:02}"
