"""Subscriptions that say how they are told, double opt-in, mutes, feedback, and a secret for signed links.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SUBSCRIPTION = """
ALTER TABLE subscription
    ADD COLUMN channel TEXT DEFAULT 'mail' NOT NULL,
    ADD COLUMN secret TEXT DEFAULT '' NOT NULL,
    ADD COLUMN deliveries JSONB DEFAULT '{}'::jsonb NOT NULL,
    ADD COLUMN quiet TEXT DEFAULT '' NOT NULL,
    ADD COLUMN hourly INTEGER DEFAULT 30 NOT NULL,
    ADD COLUMN language TEXT DEFAULT 'en' NOT NULL,
    ADD COLUMN heartbeat TEXT DEFAULT '' NOT NULL,
    ADD COLUMN confirmed_at TIMESTAMP WITH TIME ZONE,
    DROP CONSTRAINT subscription_state_check,
    ADD CONSTRAINT subscription_state_check
        CHECK (state IN ('pending', 'active', 'paused', 'suspended', 'ended')),
    ADD CONSTRAINT subscription_channel_check CHECK (channel IN ('mail', 'webhook')),
    ADD CONSTRAINT subscription_heartbeat_check CHECK (heartbeat IN ('', 'daily', 'weekly'));
COMMENT ON COLUMN subscription.secret IS 'signs what goes to a webhook';
COMMENT ON COLUMN subscription.deliveries IS 'by severity, if not all';
COMMENT ON COLUMN subscription.quiet IS 'HH:MM-HH:MM in the time zone';
COMMENT ON COLUMN subscription.hourly IS 'mails at most; 0: no bound';
COMMENT ON COLUMN subscription.language IS 'of the mail';
COMMENT ON COLUMN subscription.heartbeat IS 'a digest though nothing changed';
COMMENT ON COLUMN subscription.confirmed_at IS 'NULL while its owner was not heard of';
UPDATE subscription SET confirmed_at = created_at;
"""

ALERT = """
ALTER TABLE alert
    DROP CONSTRAINT alert_kind_check,
    ADD CONSTRAINT alert_kind_check
        CHECK (kind IN ('changes', 'site', 'status', 'baseline', 'digest', 'gathered', 'confirmation'));
CREATE INDEX alert_sent_idx ON alert (subscription_id, sent_at) WHERE state = 'sent';
"""

TABLES = """
CREATE TABLE confirmation (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    subscription_id BIGINT NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    token_sha256 BYTEA,
    used_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT confirmation_pkey PRIMARY KEY (id),
    CONSTRAINT confirmation_subscription_id_fkey FOREIGN KEY(subscription_id) REFERENCES subscription (id),
    CONSTRAINT confirmation_token_sha256_key UNIQUE (token_sha256)
);
CREATE INDEX confirmation_subscription_id_idx ON confirmation (subscription_id);
COMMENT ON COLUMN confirmation.token_sha256 IS 'NULL until the mail that carries the token is made';

CREATE TABLE mute (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    subscription_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    label TEXT DEFAULT '' NOT NULL,
    change_id BIGINT,
    muted_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT mute_pkey PRIMARY KEY (id),
    CONSTRAINT mute_subscription_id_kind_value_key UNIQUE (subscription_id, kind, value),
    CONSTRAINT mute_kind_check CHECK (kind IN ('rule', 'block', 'page')),
    CONSTRAINT mute_subscription_id_fkey FOREIGN KEY(subscription_id) REFERENCES subscription (id),
    CONSTRAINT mute_change_id_fkey FOREIGN KEY(change_id) REFERENCES change (id)
);
COMMENT ON COLUMN mute.value IS 'page id; page id, region and path; or rule';
COMMENT ON COLUMN mute.label IS 'for people';
COMMENT ON COLUMN mute.change_id IS 'what its owner was shown';

CREATE TABLE feedback (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    subscription_id BIGINT NOT NULL,
    change_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    words TEXT DEFAULT '' NOT NULL,
    given_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT feedback_pkey PRIMARY KEY (id),
    CONSTRAINT feedback_subscription_id_change_id_kind_key UNIQUE (subscription_id, change_id, kind),
    CONSTRAINT feedback_kind_check CHECK (kind IN ('false_alarm')),
    CONSTRAINT feedback_subscription_id_fkey FOREIGN KEY(subscription_id) REFERENCES subscription (id),
    CONSTRAINT feedback_change_id_fkey FOREIGN KEY(change_id) REFERENCES change (id)
);
CREATE INDEX feedback_change_id_idx ON feedback (change_id);
COMMENT ON COLUMN feedback.words IS 'what its sender wrote';

CREATE TABLE secret (
    name TEXT NOT NULL,
    value BYTEA NOT NULL,
    CONSTRAINT secret_pkey PRIMARY KEY (name)
);
COMMENT ON COLUMN secret.value IS 'random bytes that this program made';
"""


def upgrade() -> None:
    for part in (SUBSCRIPTION, ALERT, TABLES):
        op.execute(part)


def downgrade() -> None:
    raise NotImplementedError("subscriptions that wait for their owners would become active: restore a backup instead")
