"""Full-text search over statements and passages, in every version that was ever stored."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, text

from monitor.types import Family, Kind

_OPEN, _CLOSE = "\ue000", "\ue001"  # private use: no page's text shows them
_PREFIX = re.compile(r"[^\W_]+\*")

# one query for each kind of text: each has its index, and the headline is made for the rows that are shown only
_FOUND = """
    SELECT found.*, page.url, clinic.slug, first.number AS first_number,
           ts_headline('simple', left(found.text, 100000), asked.query,
                       'StartSel={open}, StopSel={close}, MaxWords=40, MinWords=20') AS headline
      FROM (SELECT {columns}, ts_rank_cd(to_tsvector('simple', left(text, 100000)), asked.query, 1) AS rank
              FROM {table}, (SELECT {query} AS query) AS asked
             WHERE to_tsvector('simple', left(text, 100000)) @@ asked.query
               AND (CAST(:page_id AS bigint) IS NULL OR page_id = :page_id)
               AND (CAST(:slug AS text) IS NULL OR page_id IN
                    (SELECT page.id FROM page JOIN clinic ON clinic.id = page.clinic_id WHERE clinic.slug = :slug))
             ORDER BY rank DESC, first_seen_at DESC, id DESC
             LIMIT :most) AS found,
           (SELECT {query} AS query) AS asked, page, clinic, snapshot AS first
     WHERE page.id = found.page_id AND clinic.id = page.clinic_id AND first.id = found.first_snapshot_id
     ORDER BY found.rank DESC, found.first_seen_at DESC, found.id DESC
"""
# each word as it stands, "phrases", or, -not (websearch); a word with a star also finds what begins with it
_QUERY = "(websearch_to_tsquery('simple', :words) && to_tsquery('simple', :prefixes))"
_NO_PREFIX = "websearch_to_tsquery('simple', :words)"
_ONLY_PREFIX = "to_tsquery('simple', :prefixes)"
_COLUMNS = "id, page_id, text, region, first_snapshot_id, first_seen_at, gone_at"


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A statement or passage that was found. `fragments` are the words around the hits: text, and whether it is one.

    `family` and `kind` are None for a passage. It stood from `first_seen_at` (version `first_number`) until `gone_at`
    (None: it stands).
    """

    source: Literal["statement", "passage"]
    page_id: int
    page_url: str
    clinic_slug: str
    family: Family | None
    kind: Kind | None
    text: str
    fragments: tuple[tuple[str, bool], ...]
    rank: float
    first_number: int
    first_seen_at: datetime
    gone_at: datetime | None

    def marked(self, before: str, after: str) -> str:
        """The fragments with each hit between `before` and `after`."""
        return "".join(f"{before}{words}{after}" if hit else words for words, hit in self.fragments)


def search_statements(
    connection: Connection, words: str, *, clinic_slug: str | None = None, page_id: int | None = None, limit: int = 50
) -> tuple[SearchHit, ...]:
    """What was ever said in these words: statements first, then passages that hold no statement that was found.

    `words` as on the web: all of them, "a phrase", or, -not; `cur*` finds what begins so. Words are taken as they
    are, without regard to case: the texts are of many languages, so nothing is stemmed. The best match comes first.
    """
    values = {**_query_words(words), "page_id": page_id, "slug": clinic_slug, "most": limit}
    query = _query_sql(values)
    if query is None:
        return ()
    columns = {"statement": f"{_COLUMNS}, family, kind", "passage": _COLUMNS}
    hits: list[SearchHit] = []
    for source in ("statement", "passage"):
        sql = _FOUND.format(columns=columns[source], table=source, query=query, open=_OPEN, close=_CLOSE)
        hits += [_hit(row, source) for row in connection.execute(text(sql), values)]
    said = [(hit.page_id, hit.text) for hit in hits if hit.source == "statement"]
    kept = [
        hit
        for hit in hits
        if hit.source == "statement" or not any(page == hit.page_id and one in hit.text for page, one in said)
    ]
    return tuple(kept[:limit])


def _query_words(words: str) -> dict[str, Any]:
    """The words for websearch_to_tsquery, and those with a star for to_tsquery."""
    words = words.replace("\0", " ").encode("utf-8", "replace").decode("utf-8")
    prefixes = _PREFIX.findall(words)
    return {
        "words": _PREFIX.sub(" ", words).strip(),
        "prefixes": " & ".join(f"{prefix[:-1]}:*" for prefix in prefixes),
    }


def _query_sql(values: dict[str, Any]) -> str | None:
    if values["words"] and values["prefixes"]:
        return _QUERY
    if values["words"]:
        return _NO_PREFIX
    return _ONLY_PREFIX if values["prefixes"] else None


def _hit(row: Row[Any], source: str) -> SearchHit:
    is_statement = source == "statement"
    return SearchHit(
        source="statement" if is_statement else "passage",
        page_id=row.page_id,
        page_url=row.url,
        clinic_slug=row.slug,
        family=Family(row.family) if is_statement else None,
        kind=Kind(row.kind) if is_statement else None,
        text=row.text,
        fragments=_fragments(row.headline),
        rank=row.rank,
        first_number=row.first_number,
        first_seen_at=row.first_seen_at,
        gone_at=row.gone_at,
    )


def _fragments(headline: str) -> tuple[tuple[str, bool], ...]:
    parts = re.split(f"{_OPEN}([^{_OPEN}{_CLOSE}]*){_CLOSE}", headline)
    return tuple((part, number % 2 == 1) for number, part in enumerate(parts) if part)
