"""Learned blocks: what the history of a page or site has proved to be noise, and that history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text
from sqlalchemy.dialects.postgresql import insert

from monitor.compare.noise import Lesson, Said, Stretch
from monitor.store import tables
from monitor.store.visits import PageForVisit
from monitor.text.learned import Learned, Lessons, Noise
from monitor.types import Kind

MOST_STRETCHES = 2000
MOST_TOLD = 500
MOST_LOOKS = 1000
MOST_LESSONS = 500  # of one page


@dataclass(frozen=True, slots=True)
class LearnedBlock:
    """A lesson as it is kept. `page` is the URL, "" for every page of the site; `held` counts the looks on which it
    was held back, `met_at` is when a look last showed it."""

    kind: str
    site: str
    page: str
    region: str
    text: str
    evidence: str
    learned_at: datetime
    met_at: datetime
    held: int


_LESSONS = text("""
    SELECT kind, key, region FROM learned_block WHERE page_id = :page_id
     UNION ALL
    SELECT kind, key, region FROM learned_block WHERE host_id = :host_id AND page_id IS NULL
""")


def load_lessons(connection: Connection, page: PageForVisit) -> Lessons:
    """What is known of the page, that of its site included."""
    rows = connection.execute(_LESSONS, {"page_id": page.id, "host_id": page.host_id}).all()
    if not rows:
        return Lessons()
    return Lessons(
        site=frozenset((bytes(row.key), row.region) for row in rows if row.kind == Learned.SITE),
        rotating=frozenset(bytes(row.key) for row in rows if row.kind == Learned.ROTATING),
        volatile=frozenset((bytes(row.key), row.region) for row in rows if row.kind == Learned.VOLATILE),
    )


_STRETCHES = text("""
    (SELECT key, text, region, first_seen_at, gone_at FROM passage
      WHERE page_id = :page_id AND gone_at > :since ORDER BY gone_at DESC LIMIT :most)
     UNION ALL
    SELECT key, text, region, first_seen_at, gone_at FROM passage
     WHERE page_id = :page_id AND gone_at IS NULL AND first_seen_at > :since
""")
_LOOKS = text("""
    SELECT started_at FROM visit WHERE page_id = :page_id AND started_at > :since AND outcome IN ('ok', 'unchanged')
     ORDER BY started_at DESC LIMIT :most
""")
_SAID = text("""
    SELECT DISTINCT kind, text FROM statement WHERE page_id = :page_id AND (gone_at IS NULL OR gone_at > :since)
""")
_TOLD = text("""
    SELECT after FROM change WHERE page_id = :page_id AND state IN ('confirmed', 'unrepeated') AND after <> ''
     ORDER BY id DESC LIMIT :most
""")
_FIRST_SEEN = text("SELECT min(created_at) FROM snapshot WHERE page_id = :page_id AND kind = 'live'")


def list_stretches(connection: Connection, page_id: int, since: datetime) -> tuple[Stretch, ...]:
    """What came or went on the page since then."""
    rows = connection.execute(_STRETCHES, {"page_id": page_id, "since": since, "most": MOST_STRETCHES})
    return tuple(Stretch(bytes(row.key), row.text, row.region, row.first_seen_at, row.gone_at) for row in rows)


def list_looks(connection: Connection, page_id: int, since: datetime) -> tuple[datetime, ...]:
    """When the page was seen since then, in order."""
    rows = connection.execute(_LOOKS, {"page_id": page_id, "since": since, "most": MOST_LOOKS}).scalars()
    return tuple(reversed(rows.all()))


def list_said(connection: Connection, page_id: int, since: datetime) -> tuple[Said, ...]:
    """The statements that stand on the page, or did since then."""
    rows = connection.execute(_SAID, {"page_id": page_id, "since": since})
    return tuple(Said(Kind(row.kind), row.text) for row in rows)


def list_told(connection: Connection, page_id: int) -> tuple[str, ...]:
    """The new wordings that watchdogs were told of, the newest first."""
    return tuple(connection.execute(_TOLD, {"page_id": page_id, "most": MOST_TOLD}).scalars())


def first_seen_at(connection: Connection, page_id: int) -> datetime | None:
    """When the page was seen for the first time."""
    return connection.execute(_FIRST_SEEN, {"page_id": page_id}).scalar()


_KNOWN = text("SELECT kind, key FROM learned_block WHERE page_id = :page_id")


def list_known(connection: Connection, page_id: int) -> frozenset[tuple[Learned, bytes]]:
    """The page's own lessons."""
    rows = connection.execute(_KNOWN, {"page_id": page_id})
    return frozenset((Learned(row.kind), bytes(row.key)) for row in rows)


def record_lessons(
    connection: Connection, host_id: int, page_id: int | None, lessons: Sequence[Lesson], now: datetime
) -> tuple[Lesson, ...]:
    """Keep lessons of a page, or with None of a site; returns those that were not known."""
    if not lessons:
        return ()
    rows = [
        {
            "host_id": host_id,
            "page_id": page_id,
            "kind": str(lesson.kind),
            "key": lesson.key,
            "text": lesson.text,
            "region": lesson.region,
            "evidence": lesson.evidence,
            "learned_at": now,
            "met_at": now,
        }
        for lesson in lessons
    ]
    table = tables.learned_block
    statement = insert(table).on_conflict_do_nothing().returning(table.c.kind, table.c.key)
    fresh = {(row.kind, bytes(row.key)) for row in connection.execute(statement, rows)}
    return tuple(lesson for lesson in lessons if (str(lesson.kind), lesson.key) in fresh)


_MET = text("""
    UPDATE learned_block SET held = held + (key = ANY(:held))::int,
                             met_at = CASE WHEN key = ANY(:met) THEN :now ELSE met_at END
     WHERE (page_id = :page_id OR (host_id = :host_id AND page_id IS NULL))
       AND (key = ANY(:held) OR (key = ANY(:met) AND page_id IS NOT NULL AND met_at < :now - interval '1 hour'))
""")


def record_noise(connection: Connection, page: PageForVisit, noise: Noise, now: datetime) -> None:
    """Count what was held back on a look, and note which lessons of the page it showed (to the hour)."""
    values = {
        "page_id": page.id,
        "host_id": page.host_id,
        "held": [key for _, key in noise.held],
        "met": [key for _, key in noise.met],
        "now": now,
    }
    connection.execute(_MET, values)


_FORGET = text("""
    DELETE FROM learned_block AS known WHERE page_id = :page_id AND met_at < :before
    RETURNING kind, text, met_at, EXISTS (
        SELECT FROM passage WHERE page_id = :page_id AND gone_at IS NULL AND passage.text = known.text) AS stands
""")


def forget_lessons(connection: Connection, page_id: int, before: datetime) -> tuple[tuple[str, str, datetime], ...]:
    """Drop the page's lessons that no look has shown since then; of those whose words no longer stand in the newest
    version: kind, text, and when it was last shown."""
    rows = connection.execute(_FORGET, {"page_id": page_id, "before": before})
    return tuple((row.kind, row.text, row.met_at) for row in rows if not row.stands)


_IS_DUE = text("""
    UPDATE host SET learned_at = :now
     WHERE id = :host_id AND (learned_at IS NULL OR learned_at < :before)
       AND (SELECT count(*) FROM page
             WHERE host_id = :host_id AND snapshot_id IS NOT NULL AND state <> 'removed') > :few
    RETURNING id
""")
_SHARED = text("""
    SELECT passage.key, min(passage.text) AS text, passage.region, count(DISTINCT passage.page_id) AS pages
      FROM passage JOIN page ON page.id = passage.page_id
     WHERE page.host_id = :host_id AND page.state <> 'removed' AND passage.gone_at IS NULL
     GROUP BY passage.key, passage.region HAVING count(DISTINCT passage.page_id) >= :least
""")
_PAGES = text("""
    SELECT count(DISTINCT passage.page_id) FROM passage JOIN page ON page.id = passage.page_id
     WHERE page.host_id = :host_id AND page.state <> 'removed' AND passage.gone_at IS NULL
""")
_SHARED_STATEMENTS = text("""
    SELECT min(statement.text) AS text FROM statement JOIN page ON page.id = statement.page_id
     WHERE page.host_id = :host_id AND page.state <> 'removed' AND statement.gone_at IS NULL
     GROUP BY statement.key HAVING count(DISTINCT statement.page_id) >= :least
""")
_UNLEARN = text("""
    DELETE FROM learned_block WHERE host_id = :host_id AND page_id IS NULL AND NOT (key = ANY(:keys))
""")


def is_site_due(connection: Connection, host_id: int, now: datetime, before: datetime, few: int) -> bool:
    """Is it time to look what the site's pages share: not since `before`, and there are more than `few` pages?

    Who asks and hears yes is the one to do it.
    """
    values = {"host_id": host_id, "now": now, "before": before, "few": few}
    return connection.execute(_IS_DUE, values).first() is not None


def list_shared(
    connection: Connection, host_id: int, least: int
) -> tuple[int, tuple[tuple[bytes, str, str, int], ...], tuple[str, ...]]:
    """How many pages of the site are known, the blocks that stand on `least` of them or more (key, text, region,
    pages), and the statements that do."""
    values = {"host_id": host_id, "least": least}
    pages = int(connection.execute(_PAGES, values).scalar_one())
    shared = tuple(
        (bytes(row.key), row.text, row.region, int(row.pages)) for row in connection.execute(_SHARED, values)
    )
    return pages, shared, tuple(connection.execute(_SHARED_STATEMENTS, values).scalars())


def replace_site_lessons(connection: Connection, host_id: int, lessons: Sequence[Lesson], now: datetime) -> None:
    """Keep these as the site's, and no others."""
    connection.execute(_UNLEARN, {"host_id": host_id, "keys": [lesson.key for lesson in lessons]})
    record_lessons(connection, host_id, None, lessons, now)


_LEARNED = text("""
    SELECT learned_block.kind, host.origin AS site, coalesce(page.url, '') AS page, region, learned_block.text,
           evidence, learned_block.learned_at, met_at, held
      FROM learned_block JOIN host ON host.id = learned_block.host_id
      LEFT JOIN page ON page.id = learned_block.page_id
     WHERE CAST(:page_id AS bigint) IS NULL OR page_id = :page_id
        OR (page_id IS NULL AND learned_block.host_id = (SELECT host_id FROM page WHERE id = :page_id))
     ORDER BY host.origin, page.url NULLS FIRST, held DESC, learned_block.id
""")


def list_learned(connection: Connection, page_id: int | None = None) -> tuple[LearnedBlock, ...]:
    """Every lesson, or those that hold for one page; what was held back most comes first."""
    return tuple(LearnedBlock(**row._mapping) for row in connection.execute(_LEARNED, {"page_id": page_id}))


@dataclass(frozen=True, slots=True)
class HeldBack:
    """What was seen since a time and told nobody, and why.

    Looks that brought other bytes: `looks_same_text` of them differed in nothing that is compared, and of those
    `looks_learned` only because of learned blocks. Changes by what became of them: `withdrawn` (the second look no
    longer saw them), `superseded` (it saw other words), `flicker` (they came and went, or took turns).
    """

    looks_same_text: int
    looks_learned: int
    withdrawn: int
    superseded: int
    flicker: int


_COUNTS = text("SELECT kind, count(*) AS lessons FROM learned_block GROUP BY kind ORDER BY kind")


def count_lessons(connection: Connection) -> dict[str, int]:
    """How many blocks are known as noise, by kind."""
    return {row.kind: row.lessons for row in connection.execute(_COUNTS)}


_HELD_BACK = text("""
    SELECT (SELECT count(*) FROM visit JOIN snapshot ON snapshot.id = visit.snapshot_id
             WHERE visit.started_at > :since AND visit.outcome = 'ok' AND visit.capture_id <> snapshot.capture_id)
               AS looks_same_text,
           (SELECT count(*) FROM visit WHERE started_at > :since AND held > 0) AS looks_learned,
           count(*) FILTER (WHERE state = 'withdrawn') AS withdrawn,
           count(*) FILTER (WHERE state = 'superseded') AS superseded,
           count(*) FILTER (WHERE state = 'flicker') AS flicker
      FROM change WHERE settled_at > :since
""")


def count_held_back(connection: Connection, since: datetime) -> HeldBack:
    """What was held back since then, for `stats` and digests."""
    return HeldBack(**connection.execute(_HELD_BACK, {"since": since}).one()._mapping)
