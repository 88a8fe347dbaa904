"""When did this page first say X: every stretch of time in which its text held a phrase, statement or not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any, Literal

from sqlalchemy import Connection, Row, text

from monitor.text.keys import fold
from monitor.types import Family, Kind, Region

# Two of the four have an index of their own for what stands and what is gone; a page has some hundred rows of each.
_SAID = text("""
    SELECT said.*, first.number AS first_number, first.kind AS first_kind
      FROM (SELECT 'statement' AS source, id, family, kind, text, region, path, first_snapshot_id, first_seen_at,
                   gone_at
              FROM statement WHERE page_id = :page
            UNION ALL
            SELECT 'passage', id, NULL, NULL, text, region, '{}', first_snapshot_id, first_seen_at, gone_at
              FROM passage WHERE page_id = :page AND gone_at IS NULL
            UNION ALL
            SELECT 'passage', id, NULL, NULL, text, region, '{}', first_snapshot_id, first_seen_at, gone_at
              FROM passage WHERE page_id = :page AND gone_at IS NOT NULL) AS said
      JOIN snapshot AS first ON first.id = said.first_snapshot_id
     ORDER BY said.first_seen_at, said.source DESC, said.id
""")
_LAST_LOOK = text("""
    SELECT max(started_at) FROM visit
     WHERE page_id = :page AND started_at < :before AND outcome IN ('ok', 'unchanged') AND snapshot_id IS NOT NULL
""")
_WORD = re.compile(r"\w+|(?!(?<=\w)-(?=\w))[^\w\s]")  # the hyphen of "stem-cell" parts words as a space does


@dataclass(frozen=True, slots=True)
class Sighting:
    """A stretch of time in which a statement, or other text of the page, held the phrase.

    Seen first at `first_seen_at` in version `first_number`; `gone_at` is the first look that no longer had it, None
    while it stands. Where that version is a baseline, the time is that of its import: it was said before.
    """

    source: Literal["statement", "passage"]
    family: Family | None
    kind: Kind | None
    text: str
    region: Region
    path: tuple[str, ...]
    first_number: int
    first_is_baseline: bool
    first_seen_at: datetime
    gone_at: datetime | None


@dataclass(frozen=True, slots=True)
class Since:
    """The answer: `sightings` the earliest first. `not_yet_at` is the last good look before the first of them
    (None: there was none, so it may have been said long before). `gone_at`: since when it is said no more, or None."""

    phrase: str
    page_id: int
    page_url: str
    sightings: tuple[Sighting, ...]
    first_seen_at: datetime | None
    first_number: int | None
    first_is_baseline: bool
    not_yet_at: datetime | None
    stands: bool
    gone_at: datetime | None


def since_when(connection: Connection, page_id: int, page_url: str, phrase: str) -> Since:
    """Since when, and until when, the page said `phrase`; case, accents of quotes and white space do not count."""
    pattern = phrase_pattern(phrase)
    rows = connection.execute(_SAID, {"page": page_id}).all() if pattern is not None else ()
    found = _without_echo([_sighting(row) for row in rows if pattern and pattern.search(_form(row.text))])
    first = found[0] if found else None
    stands = any(one.gone_at is None for one in found)
    before = {"page": page_id, "before": first.first_seen_at} if first else None
    return Since(
        phrase=phrase,
        page_id=page_id,
        page_url=page_url,
        sightings=found,
        first_seen_at=first.first_seen_at if first else None,
        first_number=first.first_number if first else None,
        first_is_baseline=first.first_is_baseline if first else False,
        not_yet_at=connection.execute(_LAST_LOOK, before).scalar_one() if before else None,
        stands=stands,
        gone_at=None if stands else max((one.gone_at for one in found if one.gone_at), default=None),
    )


def phrase_pattern(phrase: str) -> re.Pattern[str] | None:
    """What finds a phrase in folded text: whole words in their order, "80%" in "80 %" but not in "180 %" or "80.5 %".

    A last "*" lets any ending through: "stam*". None where the phrase has no word and no mark.
    """
    words = _WORD.findall(_form(phrase.rstrip().removesuffix("*")))
    if not words:
        return None
    start = r"(?<![\w])(?<!\d[.,])" if words[0][0].isalnum() else ""
    end = r"(?!\w)(?![.,]\d)" if words[-1][-1].isalnum() and not phrase.rstrip().endswith("*") else ""
    parts = [re.escape(words[0])]
    for last, word in pairwise(words):
        parts += [r"[\s-]+" if last[-1].isalnum() and word[0].isalnum() else r"\s*", re.escape(word)]
    return re.compile(start + "".join(parts) + end)


def _form(words: str) -> str:
    return fold(words).casefold()


def _without_echo(found: Sequence[Sighting]) -> tuple[Sighting, ...]:
    """A passage that stood as long as a statement which it holds tells nothing more."""
    said = [(one.first_seen_at, one.gone_at, one.text) for one in found if one.source == "statement"]
    return tuple(
        one
        for one in found
        if one.source == "statement"
        or not any((one.first_seen_at, one.gone_at) == (first, gone) and part in one.text for first, gone, part in said)
    )


def _sighting(row: Row[Any]) -> Sighting:
    return Sighting(
        source=row.source,
        family=Family(row.family) if row.family else None,
        kind=Kind(row.kind) if row.kind else None,
        text=row.text,
        region=Region(row.region),
        path=tuple(row.path),
        first_number=row.first_number,
        first_is_baseline=row.first_kind == "baseline",
        first_seen_at=row.first_seen_at,
        gone_at=row.gone_at,
    )
