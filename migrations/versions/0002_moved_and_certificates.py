"""What a page's state must hold to tell of moves and of certificates that end, and whose validators are stored.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

COLUMNS = """
ALTER TABLE page ADD COLUMN validators_url TEXT;
ALTER TABLE page ADD COLUMN moved_to TEXT;
ALTER TABLE page ADD COLUMN moved_looks INTEGER DEFAULT 0 NOT NULL;
ALTER TABLE page ADD COLUMN certificate_ending TEXT;
ALTER TABLE page ADD COLUMN certificate_looks INTEGER DEFAULT 0 NOT NULL;
COMMENT ON COLUMN page.validators_url IS 'the URL that gave etag and last_modified';
COMMENT ON COLUMN page.moved_to IS 'where permanent redirects alone led at the newest good look';
COMMENT ON COLUMN page.moved_looks IS 'good looks in a row to there';
COMMENT ON COLUMN page.certificate_ending IS 'SHA-256 of the server''s certificate while its end is near';
COMMENT ON COLUMN page.certificate_looks IS 'looks that met it';
"""


def upgrade() -> None:
    op.execute(COLUMNS)


def downgrade() -> None:
    op.execute(
        "ALTER TABLE page DROP COLUMN validators_url, DROP COLUMN moved_to, DROP COLUMN moved_looks,"
        " DROP COLUMN certificate_ending, DROP COLUMN certificate_looks"
    )
