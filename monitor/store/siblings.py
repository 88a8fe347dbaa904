"""The texts of a page's siblings: other pages of the same site, as they were last seen."""

from __future__ import annotations

from sqlalchemy import Connection, text

from monitor.store.bodies import get_body
from monitor.store.visits import PageForVisit

_SIBLINGS = text("""
    SELECT page.url, snapshot.text_sha256
      FROM page JOIN snapshot ON snapshot.id = page.snapshot_id
     WHERE page.host_id = :host_id AND page.id <> :page_id AND page.state <> 'removed' AND snapshot.kind = 'live'
     ORDER BY abs(page.id - :page_id) LIMIT :most
""")


def list_sibling_texts(connection: Connection, page: PageForVisit, most: int) -> tuple[tuple[str, bytes], ...]:
    """URL and stored page text of up to `most` other pages on the page's host, those added with it first."""
    rows = connection.execute(_SIBLINGS, {"host_id": page.host_id, "page_id": page.id, "most": most})
    return tuple((row.url, get_body(connection, bytes(row.text_sha256))) for row in rows)
