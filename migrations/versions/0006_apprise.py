"""Subscriptions that are told through Apprise.

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        ALTER TABLE subscription
            DROP CONSTRAINT subscription_channel_check,
            ADD CONSTRAINT subscription_channel_check CHECK (channel IN ('mail', 'webhook', 'apprise'));
        COMMENT ON COLUMN subscription.secret IS 'signs what goes to a webhook; an Apprise URL';
    """)


def downgrade() -> None:
    raise NotImplementedError("subscriptions through Apprise would have no way out: end them first")
