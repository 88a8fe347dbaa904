"""The first schema: what is watched, what was observed, what it means, who is told.

Revision ID: 0001
Revises:
"""

from __future__ import annotations

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE body (
    sha256 BYTEA NOT NULL,
    size INTEGER NOT NULL,
    codec TEXT NOT NULL,
    base_sha256 BYTEA,
    depth SMALLINT DEFAULT 0 NOT NULL,
    data BYTEA NOT NULL,
    CONSTRAINT body_pkey PRIMARY KEY (sha256),
    CONSTRAINT body_depth_check CHECK (depth BETWEEN 0 AND 2),
    CONSTRAINT body_sha256_check CHECK (octet_length(sha256) = 32),
    CONSTRAINT body_base_check CHECK ((base_sha256 IS NULL) = (depth = 0)),
    CONSTRAINT body_base_sha256_fkey FOREIGN KEY(base_sha256) REFERENCES body (sha256)
);
CREATE INDEX body_base_sha256_idx ON body (base_sha256) WHERE base_sha256 IS NOT NULL;
COMMENT ON COLUMN body.sha256 IS 'of the bytes themselves';
COMMENT ON COLUMN body.codec IS 'zstd, or zstd with the base as dictionary';

CREATE TABLE chain_head (
    "only" BOOLEAN DEFAULT true NOT NULL,
    number BIGINT NOT NULL,
    sha256 BYTEA NOT NULL,
    CONSTRAINT chain_head_pkey PRIMARY KEY ("only"),
    CONSTRAINT chain_head_only_check CHECK ("only")
);

CREATE TABLE clinic (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    country TEXT DEFAULT '' NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT clinic_pkey PRIMARY KEY (id),
    CONSTRAINT clinic_slug_key UNIQUE (slug)
);

CREATE TABLE host (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    origin TEXT NOT NULL,
    lease_owner TEXT,
    lease_until TIMESTAMP WITH TIME ZONE,
    fence BIGINT DEFAULT 0 NOT NULL,
    next_request_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT host_pkey PRIMARY KEY (id),
    CONSTRAINT host_origin_key UNIQUE (origin)
);
COMMENT ON COLUMN host.origin IS 'scheme://name:port, the unit of politeness';
COMMENT ON COLUMN host.next_request_at IS 'delay and Retry-After';

CREATE TABLE reader (
    name TEXT NOT NULL,
    record_number BIGINT DEFAULT 0 NOT NULL,
    seen_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT reader_pkey PRIMARY KEY (name)
);
COMMENT ON COLUMN reader.record_number IS 'changes up to it are read';
COMMENT ON COLUMN reader.seen_at IS 'when this reader last asked';

CREATE TABLE subscription (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    address TEXT NOT NULL,
    name TEXT DEFAULT '' NOT NULL,
    source TEXT DEFAULT 'cli' NOT NULL,
    state TEXT DEFAULT 'active' NOT NULL,
    filters JSONB DEFAULT '{}'::jsonb NOT NULL,
    delivery TEXT DEFAULT 'default' NOT NULL,
    timezone TEXT DEFAULT 'UTC' NOT NULL,
    token TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    suspended_reason TEXT DEFAULT '' NOT NULL,
    bounces INTEGER DEFAULT 0 NOT NULL,
    CONSTRAINT subscription_pkey PRIMARY KEY (id),
    CONSTRAINT subscription_state_check CHECK (state IN ('active', 'paused', 'suspended', 'ended')),
    CONSTRAINT subscription_delivery_check CHECK (delivery IN ('default', 'immediate', 'daily', 'weekly')),
    CONSTRAINT subscription_token_key UNIQUE (token)
);
CREATE INDEX subscription_address_idx ON subscription (lower(address));
COMMENT ON COLUMN subscription.source IS 'cli, or config (kept in step with the file)';
COMMENT ON COLUMN subscription.token IS 'names it in unsubscribe links';
COMMENT ON COLUMN subscription.bounces IS 'hard bounces in a row';

CREATE TABLE worker (
    name TEXT NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    details JSONB DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT worker_pkey PRIMARY KEY (name)
);
COMMENT ON COLUMN worker.seen_at IS 'heartbeat, for health';

CREATE TABLE page (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    clinic_id BIGINT NOT NULL,
    host_id BIGINT NOT NULL,
    url TEXT NOT NULL,
    language TEXT DEFAULT '' NOT NULL,
    state TEXT DEFAULT 'active' NOT NULL,
    cadence_s FLOAT,
    settings JSONB DEFAULT '{}'::jsonb NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    next_visit_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    next_purpose TEXT DEFAULT 'scheduled' NOT NULL,
    visits INTEGER DEFAULT 0 NOT NULL,
    failures INTEGER DEFAULT 0 NOT NULL,
    episode_outcome TEXT,
    etag BYTEA,
    last_modified BYTEA,
    capture_id BIGINT,
    snapshot_id BIGINT,
    settled_snapshot_id BIGINT,
    unsettled_looks INTEGER DEFAULT 0 NOT NULL,
    second_look_failures INTEGER DEFAULT 0 NOT NULL,
    extract_crashes INTEGER DEFAULT 0 NOT NULL,
    CONSTRAINT page_pkey PRIMARY KEY (id),
    CONSTRAINT page_state_check CHECK (state IN ('active', 'paused', 'removed')),
    CONSTRAINT page_next_purpose_check CHECK (next_purpose IN ('scheduled', 'second_look', 'manual', 'sibling')),
    CONSTRAINT page_clinic_id_fkey FOREIGN KEY(clinic_id) REFERENCES clinic (id),
    CONSTRAINT page_host_id_fkey FOREIGN KEY(host_id) REFERENCES host (id),
    CONSTRAINT page_url_key UNIQUE (url)
);
CREATE INDEX page_clinic_id_idx ON page (clinic_id);
CREATE INDEX page_host_id_next_visit_at_idx ON page (host_id, next_visit_at) WHERE state = 'active';
CREATE INDEX page_next_visit_at_idx ON page (next_visit_at) WHERE state = 'active';
COMMENT ON COLUMN page.cadence_s IS 'NULL: the configured one';
COMMENT ON COLUMN page.settings IS 'as in the watchlist';
COMMENT ON COLUMN page.next_purpose IS 'why the next look is planned';
COMMENT ON COLUMN page.failures IS 'bad visits in a row';
COMMENT ON COLUMN page.episode_outcome IS 'the persisting bad outcome that was reported, if any';
COMMENT ON COLUMN page.capture_id IS 'newest good capture';
COMMENT ON COLUMN page.snapshot_id IS 'newest snapshot';
COMMENT ON COLUMN page.settled_snapshot_id IS 'newest snapshot that left nothing pending';
COMMENT ON COLUMN page.unsettled_looks IS 'looks since settled';

CREATE TABLE alert (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    subscription_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    group_key TEXT NOT NULL,
    page_id BIGINT,
    clinic_id BIGINT,
    message_id TEXT NOT NULL,
    state TEXT DEFAULT 'queued' NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    send_after TIMESTAMP WITH TIME ZONE NOT NULL,
    claimed_by TEXT,
    claimed_until TIMESTAMP WITH TIME ZONE,
    attempts INTEGER DEFAULT 0 NOT NULL,
    first_tried_at TIMESTAMP WITH TIME ZONE,
    last_error TEXT DEFAULT '' NOT NULL,
    sent_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT alert_pkey PRIMARY KEY (id),
    CONSTRAINT alert_kind_check CHECK (kind IN ('changes', 'site', 'status', 'baseline', 'digest')),
    CONSTRAINT alert_state_check CHECK (state IN ('queued', 'sent', 'failed', 'dropped')),
    CONSTRAINT alert_subscription_id_fkey FOREIGN KEY(subscription_id) REFERENCES subscription (id),
    CONSTRAINT alert_page_id_fkey FOREIGN KEY(page_id) REFERENCES page (id),
    CONSTRAINT alert_clinic_id_fkey FOREIGN KEY(clinic_id) REFERENCES clinic (id),
    CONSTRAINT alert_message_id_key UNIQUE (message_id)
);
CREATE INDEX alert_due_idx ON alert (send_after, id) WHERE state = 'queued';
CREATE INDEX alert_join_idx ON alert (subscription_id, group_key) WHERE state = 'queued';
COMMENT ON COLUMN alert.kind IS 'what the mail is';
COMMENT ON COLUMN alert.group_key IS 'what may join it while it waits';
COMMENT ON COLUMN alert.attempts IS 'counted when claimed';
COMMENT ON COLUMN alert.first_tried_at IS 'retries end alerts.retry_for_s after it';

CREATE TABLE visit (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    page_id BIGINT NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    duration_ms INTEGER NOT NULL,
    purpose TEXT NOT NULL,
    outcome TEXT NOT NULL,
    reason TEXT,
    http_status SMALLINT,
    detail TEXT DEFAULT '' NOT NULL,
    capture_id BIGINT,
    snapshot_id BIGINT,
    CONSTRAINT visit_pkey PRIMARY KEY (id),
    CONSTRAINT visit_purpose_check CHECK (purpose IN ('scheduled', 'second_look', 'manual', 'sibling')),
    CONSTRAINT visit_page_id_fkey FOREIGN KEY(page_id) REFERENCES page (id)
);
CREATE INDEX visit_page_id_started_at_idx ON visit (page_id, started_at);
CREATE INDEX visit_started_at_idx ON visit (started_at);
COMMENT ON COLUMN visit.purpose IS 'why this look was made';

CREATE TABLE capture (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    page_id BIGINT NOT NULL,
    visit_id BIGINT NOT NULL,
    captured_at TIMESTAMP WITH TIME ZONE NOT NULL,
    body_sha256 BYTEA NOT NULL,
    url TEXT NOT NULL,
    final_url TEXT NOT NULL,
    http_status SMALLINT NOT NULL,
    request_headers BYTEA NOT NULL,
    response_headers BYTEA NOT NULL,
    redirects JSONB DEFAULT '[]'::jsonb NOT NULL,
    address TEXT,
    tls_certificate_sha256 TEXT,
    wire_bytes INTEGER DEFAULT 0 NOT NULL,
    CONSTRAINT capture_pkey PRIMARY KEY (id),
    CONSTRAINT capture_page_id_fkey FOREIGN KEY(page_id) REFERENCES page (id),
    CONSTRAINT capture_visit_id_fkey FOREIGN KEY(visit_id) REFERENCES visit (id),
    CONSTRAINT capture_body_sha256_fkey FOREIGN KEY(body_sha256) REFERENCES body (sha256)
);
CREATE INDEX capture_body_sha256_idx ON capture (body_sha256);
CREATE INDEX capture_page_id_captured_at_idx ON capture (page_id, captured_at);
COMMENT ON COLUMN capture.request_headers IS 'as sent, CRLF between lines';
COMMENT ON COLUMN capture.response_headers IS 'as received, CRLF between lines';

CREATE TABLE notice (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    page_id BIGINT NOT NULL,
    visit_id BIGINT,
    kind TEXT NOT NULL,
    text TEXT NOT NULL,
    detail TEXT DEFAULT '' NOT NULL,
    noticed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT notice_pkey PRIMARY KEY (id),
    CONSTRAINT notice_page_id_fkey FOREIGN KEY(page_id) REFERENCES page (id),
    CONSTRAINT notice_visit_id_fkey FOREIGN KEY(visit_id) REFERENCES visit (id)
);
CREATE INDEX notice_page_id_noticed_at_idx ON notice (page_id, noticed_at);
COMMENT ON COLUMN notice.kind IS 'as NoticeKind, or an outcome';

CREATE TABLE record (
    number BIGSERIAL NOT NULL,
    visit_id BIGINT NOT NULL,
    content BYTEA NOT NULL,
    sha256 BYTEA NOT NULL,
    CONSTRAINT record_pkey PRIMARY KEY (number),
    CONSTRAINT record_visit_id_key UNIQUE (visit_id),
    CONSTRAINT record_visit_id_fkey FOREIGN KEY(visit_id) REFERENCES visit (id),
    CONSTRAINT record_sha256_key UNIQUE (sha256)
);
COMMENT ON COLUMN record.number IS '1, 2, 3 … without a gap';
COMMENT ON COLUMN record.content IS 'canonical JSON; names the record before by its SHA-256';

CREATE TABLE alert_notice (
    alert_id BIGINT NOT NULL,
    notice_id BIGINT NOT NULL,
    CONSTRAINT alert_notice_pkey PRIMARY KEY (alert_id, notice_id),
    CONSTRAINT alert_notice_alert_id_fkey FOREIGN KEY(alert_id) REFERENCES alert (id),
    CONSTRAINT alert_notice_notice_id_fkey FOREIGN KEY(notice_id) REFERENCES notice (id)
);

CREATE TABLE snapshot (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    page_id BIGINT NOT NULL,
    number INTEGER NOT NULL,
    kind TEXT DEFAULT 'live' NOT NULL,
    capture_id BIGINT,
    source TEXT DEFAULT '' NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    last_seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    extractor TEXT NOT NULL,
    language TEXT DEFAULT '' NOT NULL,
    title TEXT DEFAULT '' NOT NULL,
    compared_sha256 BYTEA NOT NULL,
    text_sha256 BYTEA NOT NULL,
    CONSTRAINT snapshot_pkey PRIMARY KEY (id),
    CONSTRAINT snapshot_page_id_number_key UNIQUE (page_id, number),
    CONSTRAINT snapshot_kind_check CHECK (kind IN ('live', 'baseline')),
    CONSTRAINT snapshot_page_id_fkey FOREIGN KEY(page_id) REFERENCES page (id),
    CONSTRAINT snapshot_capture_id_fkey FOREIGN KEY(capture_id) REFERENCES capture (id),
    CONSTRAINT snapshot_text_sha256_fkey FOREIGN KEY(text_sha256) REFERENCES body (sha256)
);
CREATE INDEX snapshot_capture_id_idx ON snapshot (capture_id);
COMMENT ON COLUMN snapshot.number IS '1, 2, 3 … per page';
COMMENT ON COLUMN snapshot.capture_id IS 'NULL for a baseline';
COMMENT ON COLUMN snapshot.source IS 'the seed file of a baseline';
COMMENT ON COLUMN snapshot.created_at IS 'capture time; import time for a baseline';
COMMENT ON COLUMN snapshot.text_sha256 IS 'the PageText as JSON';

CREATE TABLE change (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    page_id BIGINT NOT NULL,
    before_snapshot_id BIGINT NOT NULL,
    after_snapshot_id BIGINT NOT NULL,
    family TEXT NOT NULL,
    kind TEXT NOT NULL,
    direction TEXT NOT NULL,
    severity TEXT NOT NULL,
    before TEXT NOT NULL,
    after TEXT NOT NULL,
    context TEXT DEFAULT '' NOT NULL,
    region TEXT NOT NULL,
    path TEXT[] NOT NULL,
    reason TEXT NOT NULL,
    rule TEXT NOT NULL,
    cues JSONB DEFAULT '[]'::jsonb NOT NULL,
    confidence FLOAT DEFAULT 1 NOT NULL,
    places INTEGER DEFAULT 1 NOT NULL,
    fingerprint BYTEA NOT NULL,
    state TEXT DEFAULT 'pending' NOT NULL,
    looks INTEGER DEFAULT 1 NOT NULL,
    detected_at TIMESTAMP WITH TIME ZONE NOT NULL,
    settled_at TIMESTAMP WITH TIME ZONE,
    first_visit_id BIGINT,
    settled_visit_id BIGINT,
    CONSTRAINT change_pkey PRIMARY KEY (id),
    CONSTRAINT change_state_check CHECK (
        state IN ('pending', 'confirmed', 'unrepeated', 'withdrawn', 'superseded', 'flicker')
    ),
    CONSTRAINT change_severity_check CHECK (severity IN ('low', 'medium', 'high', 'critical')),
    CONSTRAINT change_page_id_fkey FOREIGN KEY(page_id) REFERENCES page (id),
    CONSTRAINT change_before_snapshot_id_fkey FOREIGN KEY(before_snapshot_id) REFERENCES snapshot (id),
    CONSTRAINT change_after_snapshot_id_fkey FOREIGN KEY(after_snapshot_id) REFERENCES snapshot (id),
    CONSTRAINT change_first_visit_id_fkey FOREIGN KEY(first_visit_id) REFERENCES visit (id),
    CONSTRAINT change_settled_visit_id_fkey FOREIGN KEY(settled_visit_id) REFERENCES visit (id)
);
CREATE INDEX change_detected_at_idx ON change (detected_at);
CREATE INDEX change_fingerprint_idx ON change (fingerprint);
CREATE INDEX change_page_id_detected_at_idx ON change (page_id, detected_at);
CREATE INDEX change_pending_idx ON change (page_id) WHERE state = 'pending';
CREATE INDEX change_settled_at_idx ON change (settled_at);
COMMENT ON COLUMN change.looks IS 'looks that agree';
COMMENT ON COLUMN change.settled_at IS 'when it was confirmed, withdrawn,';
COMMENT ON COLUMN change.first_visit_id IS 'NULL for a baseline report';

CREATE TABLE passage (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    page_id BIGINT NOT NULL,
    key BYTEA NOT NULL,
    text TEXT NOT NULL,
    region TEXT NOT NULL,
    first_snapshot_id BIGINT NOT NULL,
    first_seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    gone_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT passage_pkey PRIMARY KEY (id),
    CONSTRAINT passage_page_id_fkey FOREIGN KEY(page_id) REFERENCES page (id),
    CONSTRAINT passage_first_snapshot_id_fkey FOREIGN KEY(first_snapshot_id) REFERENCES snapshot (id)
);
CREATE INDEX passage_standing_idx ON passage (page_id) WHERE gone_at IS NULL;
CREATE INDEX passage_text_idx ON passage USING gin (to_tsvector('simple', left(text, 100000)));
COMMENT ON COLUMN passage.key IS 'SHA-256 of the folded wording';
COMMENT ON COLUMN passage.text IS 'of a block that is compared, for the search';
COMMENT ON COLUMN passage.gone_at IS 'first look that no longer had it; NULL while it stands';

CREATE TABLE statement (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    page_id BIGINT NOT NULL,
    family TEXT NOT NULL,
    kind TEXT NOT NULL,
    key BYTEA NOT NULL,
    text TEXT NOT NULL,
    language TEXT DEFAULT '' NOT NULL,
    region TEXT NOT NULL,
    path TEXT[] NOT NULL,
    details JSONB DEFAULT '{}'::jsonb NOT NULL,
    first_snapshot_id BIGINT NOT NULL,
    last_snapshot_id BIGINT NOT NULL,
    first_seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    last_seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    gone_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT statement_pkey PRIMARY KEY (id),
    CONSTRAINT statement_page_id_fkey FOREIGN KEY(page_id) REFERENCES page (id),
    CONSTRAINT statement_first_snapshot_id_fkey FOREIGN KEY(first_snapshot_id) REFERENCES snapshot (id),
    CONSTRAINT statement_last_snapshot_id_fkey FOREIGN KEY(last_snapshot_id) REFERENCES snapshot (id)
);
CREATE INDEX statement_page_id_key_idx ON statement (page_id, key);
CREATE INDEX statement_standing_idx ON statement (page_id) WHERE gone_at IS NULL;
CREATE INDEX statement_text_idx ON statement USING gin (to_tsvector('simple', left(text, 100000)));
COMMENT ON COLUMN statement.key IS 'SHA-256 of kind and folded wording';
COMMENT ON COLUMN statement.details IS 'rule, values, terms, prices';
COMMENT ON COLUMN statement.gone_at IS 'first look that no longer had it; NULL while it stands';

CREATE TABLE alert_change (
    alert_id BIGINT NOT NULL,
    change_id BIGINT NOT NULL,
    late BOOLEAN DEFAULT false NOT NULL,
    CONSTRAINT alert_change_pkey PRIMARY KEY (alert_id, change_id),
    CONSTRAINT alert_change_alert_id_fkey FOREIGN KEY(alert_id) REFERENCES alert (id),
    CONSTRAINT alert_change_change_id_fkey FOREIGN KEY(change_id) REFERENCES change (id)
);
COMMENT ON COLUMN alert_change.late IS 'came after the mail was made';
CREATE INDEX alert_change_change_id_idx ON alert_change (change_id);
"""

CYCLES = """
ALTER TABLE visit ADD CONSTRAINT visit_capture_id_fkey FOREIGN KEY(capture_id) REFERENCES capture (id);
ALTER TABLE visit ADD CONSTRAINT visit_snapshot_id_fkey FOREIGN KEY(snapshot_id) REFERENCES snapshot (id);
"""

# Bodies are compressed already: out of line, and not compressed again. A long record likewise.
STORAGE = """
ALTER TABLE body ALTER COLUMN data SET STORAGE EXTERNAL;
"""

# The chain starts with number 0, whose digest is 32 zero bytes: nothing came before the first record.
FIRST_ROWS = """
INSERT INTO chain_head ("only", number, sha256) VALUES (true, 0, decode(repeat('00', 32), 'hex'));
"""


def upgrade() -> None:
    for part in (TABLES, CYCLES, STORAGE, FIRST_ROWS):
        op.execute(part)


def downgrade() -> None:
    raise NotImplementedError("the first schema has nothing before it: drop the database instead")
