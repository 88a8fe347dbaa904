"""Feedback from the command line too: verdicts on changes, and changes that were missed; gone passages by page.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

FEEDBACK = """
ALTER TABLE feedback
    ALTER COLUMN subscription_id DROP NOT NULL,
    ALTER COLUMN change_id DROP NOT NULL,
    ADD COLUMN page_id BIGINT,
    ADD COLUMN before_snapshot_id BIGINT,
    ADD COLUMN after_snapshot_id BIGINT,
    ADD COLUMN missed JSONB,
    ADD CONSTRAINT feedback_page_id_fkey FOREIGN KEY(page_id) REFERENCES page (id),
    ADD CONSTRAINT feedback_before_snapshot_id_fkey FOREIGN KEY(before_snapshot_id) REFERENCES snapshot (id),
    ADD CONSTRAINT feedback_after_snapshot_id_fkey FOREIGN KEY(after_snapshot_id) REFERENCES snapshot (id),
    DROP CONSTRAINT feedback_kind_check,
    ADD CONSTRAINT feedback_kind_check CHECK (kind IN ('false_alarm', 'missed', 'ok')),
    ADD CONSTRAINT feedback_change_check CHECK (kind = 'missed' OR change_id IS NOT NULL),
    ADD CONSTRAINT feedback_missed_check
        CHECK ((kind = 'missed') = (num_nonnulls(page_id, before_snapshot_id, after_snapshot_id, missed) = 4));
CREATE UNIQUE INDEX feedback_verdict_idx ON feedback (change_id) WHERE subscription_id IS NULL AND kind <> 'missed';
COMMENT ON COLUMN feedback.missed IS 'what should have been told between the two versions';
"""

PASSAGE = "CREATE INDEX passage_gone_idx ON passage (page_id) WHERE gone_at IS NOT NULL"


def upgrade() -> None:
    for part in (FEEDBACK, PASSAGE):
        op.execute(part)


def downgrade() -> None:
    op.execute("DROP INDEX passage_gone_idx")
    op.execute("DELETE FROM feedback WHERE kind <> 'false_alarm' OR subscription_id IS NULL")
    op.execute("DROP INDEX feedback_verdict_idx")
    op.execute("""
        ALTER TABLE feedback
            DROP COLUMN page_id,
            DROP COLUMN before_snapshot_id,
            DROP COLUMN after_snapshot_id,
            DROP COLUMN missed,
            DROP CONSTRAINT feedback_kind_check,
            ADD CONSTRAINT feedback_kind_check CHECK (kind IN ('false_alarm')),
            DROP CONSTRAINT feedback_change_check,
            ALTER COLUMN subscription_id SET NOT NULL,
            ALTER COLUMN change_id SET NOT NULL
    """)
