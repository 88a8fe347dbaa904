"""Pages that a browser renders: the bytes it was given, and a picture; texts that a newer extractor replaced are kept.

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

COLUMNS = """
ALTER TABLE capture ADD COLUMN raw_body_sha256 BYTEA;
ALTER TABLE capture ADD COLUMN screenshot_sha256 BYTEA;
ALTER TABLE capture ADD CONSTRAINT capture_raw_body_sha256_fkey FOREIGN KEY(raw_body_sha256) REFERENCES body (sha256);
ALTER TABLE capture
    ADD CONSTRAINT capture_screenshot_sha256_fkey FOREIGN KEY(screenshot_sha256) REFERENCES body (sha256);
COMMENT ON COLUMN capture.raw_body_sha256 IS 'of a rendered page: what the site sent';
COMMENT ON COLUMN capture.screenshot_sha256 IS 'of a rendered page: WebP';
"""
TABLE = """
CREATE TABLE former_text (
    snapshot_id BIGINT NOT NULL,
    extractor TEXT NOT NULL,
    compared_sha256 BYTEA NOT NULL,
    text_sha256 BYTEA NOT NULL,
    replaced_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT former_text_pkey PRIMARY KEY (snapshot_id, extractor),
    CONSTRAINT former_text_snapshot_id_fkey FOREIGN KEY(snapshot_id) REFERENCES snapshot (id),
    CONSTRAINT former_text_text_sha256_fkey FOREIGN KEY(text_sha256) REFERENCES body (sha256)
);
COMMENT ON COLUMN former_text.text_sha256 IS 'what changes were told from';
"""


def upgrade() -> None:
    for part in (COLUMNS, TABLE):
        op.execute(part)


def downgrade() -> None:
    op.execute("DROP TABLE former_text")
    op.execute("ALTER TABLE capture DROP COLUMN raw_body_sha256, DROP COLUMN screenshot_sha256")
