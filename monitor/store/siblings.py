"""The texts of a page's siblings: other pages of the same site that say the same things."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from sqlalchemy import Connection, text

from monitor.store.bodies import get_body
from monitor.store.visits import PageForVisit

_SIBLINGS = text("""
    SELECT page.url, snapshot.text_sha256
      FROM page JOIN snapshot ON snapshot.id = page.snapshot_id
           JOIN passage ON passage.page_id = page.id AND passage.key = ANY(:keys) AND passage.gone_at IS NULL
     WHERE page.host_id = :host_id AND page.id <> :page_id AND page.state <> 'removed' AND snapshot.kind = 'live'
     GROUP BY page.id, snapshot.id ORDER BY count(*) DESC, page.id LIMIT :most
""")


def list_sibling_texts(
    connection: Connection, page: PageForVisit, keys: Sequence[str], most: int
) -> tuple[tuple[str, bytes], ...]:
    """URL and stored page text of up to `most` other pages on the page's host, those with most of the blocks `keys`."""
    digests = [hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest() for key in keys]
    values = {"host_id": page.host_id, "page_id": page.id, "most": most, "keys": digests}
    rows = connection.execute(_SIBLINGS, values)
    return tuple((row.url, get_body(connection, bytes(row.text_sha256))) for row in rows)
