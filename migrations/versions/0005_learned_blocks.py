"""Blocks that a page's or a site's history proved to be noise, and how often they were held back.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE learned_block (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    host_id BIGINT NOT NULL,
    page_id BIGINT,
    kind TEXT NOT NULL,
    key BYTEA NOT NULL,
    text TEXT NOT NULL,
    region TEXT NOT NULL,
    evidence TEXT NOT NULL,
    learned_at TIMESTAMP WITH TIME ZONE NOT NULL,
    met_at TIMESTAMP WITH TIME ZONE NOT NULL,
    held INTEGER DEFAULT 0 NOT NULL,
    CONSTRAINT learned_block_pkey PRIMARY KEY (id),
    CONSTRAINT learned_block_kind_check CHECK (kind IN ('site', 'rotating', 'volatile')),
    CONSTRAINT learned_block_page_check CHECK ((kind = 'site') = (page_id IS NULL)),
    CONSTRAINT learned_block_host_id_fkey FOREIGN KEY(host_id) REFERENCES host (id),
    CONSTRAINT learned_block_page_id_fkey FOREIGN KEY(page_id) REFERENCES page (id)
);
CREATE UNIQUE INDEX learned_block_page_idx ON learned_block (page_id, kind, key) WHERE page_id IS NOT NULL;
CREATE UNIQUE INDEX learned_block_site_idx ON learned_block (host_id, key, region) WHERE page_id IS NULL;
COMMENT ON COLUMN learned_block.key IS 'SHA-256 of the folded wording; volatile: of its template';
COMMENT ON COLUMN learned_block.text IS 'as it stood when it was learned';
COMMENT ON COLUMN learned_block.evidence IS 'what it was learned from, in one line';
COMMENT ON COLUMN learned_block.met_at IS 'when it last made a difference, or was learned';
COMMENT ON COLUMN learned_block.held IS 'looks on which it was held back';
"""
COLUMNS = """
ALTER TABLE host ADD COLUMN learned_at TIMESTAMP WITH TIME ZONE;
ALTER TABLE visit ADD COLUMN held SMALLINT;
COMMENT ON COLUMN host.learned_at IS 'when it was last looked what stands on most of its pages';
COMMENT ON COLUMN visit.held IS 'blocks that differed and were held back as learned noise; NULL: none';
"""


def upgrade() -> None:
    for part in (TABLE, COLUMNS):
        op.execute(part)


def downgrade() -> None:
    op.execute("DROP TABLE learned_block")
    op.execute("ALTER TABLE host DROP COLUMN learned_at")
    op.execute("ALTER TABLE visit DROP COLUMN held")
