"""Baselines: versions of a page that were imported from a seed, before anything of it was captured."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from monitor.store import tables


@dataclass(frozen=True, slots=True)
class Baseline:
    """A page's baseline as an import needs it."""

    source: str
    extractor: str
    compared_sha256: bytes


def list_baselines(connection: Connection, page_id: int) -> tuple[Baseline, ...]:
    """The baselines of a page, the oldest first."""
    snapshot = tables.snapshot.c
    rows = connection.execute(
        select(snapshot.source, snapshot.extractor, snapshot.compared_sha256)
        .where(snapshot.page_id == page_id, snapshot.kind == "baseline")
        .order_by(snapshot.number)
    )
    return tuple(Baseline(row.source, row.extractor, bytes(row.compared_sha256)) for row in rows)


def start_from_baseline(connection: Connection, page_id: int, snapshot_id: int) -> None:
    """Make a baseline the version that the page's first capture is compared with."""
    connection.execute(
        update(tables.page)
        .where(tables.page.c.id == page_id, tables.page.c.snapshot_id.is_(None))
        .values(snapshot_id=snapshot_id, settled_snapshot_id=snapshot_id)
    )
