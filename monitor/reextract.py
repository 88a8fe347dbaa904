"""Texts made again from the captures, after an upgrade of the extractor or another selector. Never an alert.

    versions made by another extractor ─► body ─► killable process ─► one transaction each: text, ledger
                                                                       (the old text is kept beside the new one)

Each version is done or not: a run that was killed goes on where it ended, for what is done is no longer listed. Nothing
here compares two texts, so there is nothing that could be told; the next look compares like with like.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, Engine

from monitor.config import Config
from monitor.errors import BodyCorruptError, ExtractError
from monitor.prepare import DerivedText, extractor_of, text_options
from monitor.store.bodies import get_body, put_body
from monitor.store.ledger import update_ledger
from monitor.store.pages import Page
from monitor.store.stale import StaleText, get_stale, hold_looks, list_stale
from monitor.store.visits import SnapshotText, rewrite_snapshot_text
from monitor.text.extract import TextOptions
from monitor.text.process import KillablePool

JOB = "monitor.prepare:read_again"


@dataclass(frozen=True, slots=True)
class StaleVersion:
    """A version whose text is to be made again, and how."""

    snapshot_id: int
    url: str
    options: TextOptions
    extractor: str


@dataclass(slots=True)
class ReextractReport:
    """How many versions were made again, how many had been meanwhile, and which could not be read: URL and why."""

    versions: int = 0
    done: int = 0
    known: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)


def list_versions(engine: Engine, config: Config, pages: Sequence[Page]) -> list[StaleVersion]:
    """What is to be done for `pages`: the newest version of each page first."""
    found: list[StaleVersion] = []
    with engine.connect() as connection:
        for page in pages:
            options = text_options(page.settings, page.language, config)
            extractor = extractor_of(options)
            stale = list_stale(connection, page.id, extractor)
            found.extend(StaleVersion(snapshot_id, page.url, options, extractor) for snapshot_id in stale)
    return found


def reextract(
    engine: Engine,
    config: Config,
    pool: KillablePool,
    versions: Sequence[StaleVersion],
    on_step: Callable[[ReextractReport], None] = lambda _: None,
) -> ReextractReport:
    """Make the texts of `versions` again; `on_step` hears of each. One that cannot be read keeps the text it has."""
    report = ReextractReport(len(versions))
    for version in versions:
        try:
            if _reextract_one(engine, config, pool, version):
                report.done += 1
            else:
                report.known += 1
        except (ExtractError, BodyCorruptError) as error:
            report.failed.append((version.url, str(error)))
        on_step(report)
    return report


def _reextract_one(engine: Engine, config: Config, pool: KillablePool, version: StaleVersion) -> bool:
    """False where somebody else was faster: a look, or another run. Raises ExtractError, BodyCorruptError."""
    with engine.connect() as connection:
        stale = get_stale(connection, version.snapshot_id)
        if stale.extractor == version.extractor:
            return False
        body = get_body(connection, stale.body_sha256)
    lexicons = config.path(config.lexicons)
    derived: DerivedText = pool.run(
        JOB, body, stale.content_type, stale.final_url, version.options, lexicons, config.languages
    )
    with engine.begin() as connection:
        hold_looks(connection, stale.page_id)
        now = get_stale(connection, version.snapshot_id)
        if now.extractor == version.extractor:
            return False
        text = SnapshotText(
            extractor=version.extractor,
            language=derived.language,
            title=derived.title,
            compared_sha256=derived.compared_sha256,
            text_sha256=put_body(connection, derived.encoded, now.text_sha256),
        )
        rewrite_snapshot_text(connection, now.snapshot_id, text)
        if now.is_newest:
            _enter(connection, now, derived)
    return True


def _enter(connection: Connection, stale: StaleText, derived: DerivedText) -> None:
    """What the newest version says, as it is read now, is what stands in the ledger."""
    update_ledger(
        connection,
        stale.page_id,
        stale.snapshot_id,
        stale.last_seen_at,
        derived.read_statements(),
        first_seen_at=stale.created_at,
    )
