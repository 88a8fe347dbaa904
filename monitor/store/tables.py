"""The tables, declared. `migrations/` makes them; a test proves that both say the same.

Times are aware UTC (`timestamptz`), ids bigint identities, closed sets are text with a check. Raw bytes live in
`bytea`; text columns hold clean text (no NUL, no lone surrogate).

    clinic 1─n page n─1 host(lease)          page 1─n visit 1─0..1 capture n─1 body
    page 1─n snapshot n─0..1 capture         page 1─n change (before, after: snapshot)
    page 1─n statement (the ledger)          subscription 1─n alert n─m change        visit 1─1 record (the chain)
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "fk": "%(table_name)s_%(column_0_name)s_fkey",
        "ix": "%(table_name)s_%(column_0_N_name)s_idx",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ck": "%(table_name)s_%(constraint_name)s_check",
    }
)

_Time = DateTime(timezone=True)


def _id() -> Column[int]:
    return Column("id", BigInteger, Identity(always=True), primary_key=True)


def _ref(name: str, target: str, *, nullable: bool = False) -> Column[int]:
    return Column(name, BigInteger, ForeignKey(f"{target}.id"), nullable=nullable)


def _one_of(column: str, *values: str) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


clinic = Table(
    "clinic",
    metadata,
    _id(),
    Column("slug", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("country", Text, nullable=False, server_default=""),
    Column("created_at", _Time, nullable=False, server_default=func.now()),
)

host = Table(
    "host",
    metadata,
    _id(),
    Column("origin", Text, nullable=False, unique=True, comment="scheme://name:port, the unit of politeness"),
    Column("lease_owner", Text),
    Column("lease_until", _Time),
    Column("fence", BigInteger, nullable=False, server_default=text("0")),
    Column("next_request_at", _Time, nullable=False, server_default=func.now(), comment="delay and Retry-After"),
    Column("learned_at", _Time, comment="when it was last looked what stands on most of its pages"),
)

page = Table(
    "page",
    metadata,
    _id(),
    _ref("clinic_id", "clinic"),
    _ref("host_id", "host"),
    Column("url", Text, nullable=False, unique=True),
    Column("language", Text, nullable=False, server_default=""),
    Column("state", Text, nullable=False, server_default="active"),
    Column("cadence_s", Float, comment="NULL: the configured one"),
    Column("settings", JSONB, nullable=False, server_default=text("'{}'::jsonb"), comment="as in the watchlist"),
    Column("created_at", _Time, nullable=False, server_default=func.now()),
    Column("next_visit_at", _Time, nullable=False, server_default=func.now()),
    Column("next_purpose", Text, nullable=False, server_default="scheduled", comment="why the next look is planned"),
    Column("visits", Integer, nullable=False, server_default=text("0")),
    Column("failures", Integer, nullable=False, server_default=text("0"), comment="bad visits in a row"),
    Column("episode_outcome", Text, comment="the persisting bad outcome that was reported, if any"),
    Column("etag", LargeBinary),
    Column("last_modified", LargeBinary),
    Column("validators_url", Text, comment="the URL that gave etag and last_modified"),
    Column("moved_to", Text, comment="where permanent redirects alone led at the newest good look"),
    Column("moved_looks", Integer, nullable=False, server_default=text("0"), comment="good looks in a row to there"),
    Column("certificate_ending", Text, comment="SHA-256 of the server's certificate while its end is near"),
    Column("certificate_looks", Integer, nullable=False, server_default=text("0"), comment="looks that met it"),
    Column("capture_id", BigInteger, comment="newest good capture"),
    Column("snapshot_id", BigInteger, comment="newest snapshot"),
    Column("settled_snapshot_id", BigInteger, comment="newest snapshot that left nothing pending"),
    Column("unsettled_looks", Integer, nullable=False, server_default=text("0"), comment="looks since settled"),
    Column("second_look_failures", Integer, nullable=False, server_default=text("0")),
    Column("extract_crashes", Integer, nullable=False, server_default=text("0")),
    _one_of("state", "active", "paused", "removed"),
    _one_of("next_purpose", "scheduled", "second_look", "manual", "sibling"),
    Index(None, "host_id", "next_visit_at", postgresql_where=text("state = 'active'")),
    Index(None, "next_visit_at", postgresql_where=text("state = 'active'")),
    Index(None, "clinic_id"),
)

body = Table(
    "body",
    metadata,
    Column("sha256", LargeBinary, primary_key=True, comment="of the bytes themselves"),
    Column("size", Integer, nullable=False),
    Column("codec", Text, nullable=False, comment="zstd, or zstd with the base as dictionary"),
    Column("base_sha256", LargeBinary, ForeignKey("body.sha256")),
    Column("depth", SmallInteger, nullable=False, server_default=text("0")),
    Column("data", LargeBinary, nullable=False),
    CheckConstraint("depth BETWEEN 0 AND 2", name="depth"),
    CheckConstraint("octet_length(sha256) = 32", name="sha256"),
    CheckConstraint("(base_sha256 IS NULL) = (depth = 0)", name="base"),
    Index(None, "base_sha256", postgresql_where=text("base_sha256 IS NOT NULL")),
)

visit = Table(
    "visit",
    metadata,
    _id(),
    _ref("page_id", "page"),
    Column("started_at", _Time, nullable=False),
    Column("duration_ms", Integer, nullable=False),
    Column("purpose", Text, nullable=False, comment="why this look was made"),
    Column("outcome", Text, nullable=False),
    Column("reason", Text),
    Column("http_status", SmallInteger),
    Column("detail", Text, nullable=False, server_default=""),
    Column("capture_id", BigInteger, ForeignKey("capture.id", use_alter=True, name="visit_capture_id_fkey")),
    Column("snapshot_id", BigInteger, ForeignKey("snapshot.id", use_alter=True, name="visit_snapshot_id_fkey")),
    Column("held", SmallInteger, comment="blocks that differed and were held back as learned noise; NULL: none"),
    _one_of("purpose", "scheduled", "second_look", "manual", "sibling"),
    Index(None, "page_id", "started_at"),
    Index(None, "started_at"),
)

capture = Table(
    "capture",
    metadata,
    _id(),
    _ref("page_id", "page"),
    _ref("visit_id", "visit"),
    Column("captured_at", _Time, nullable=False),
    Column("body_sha256", LargeBinary, ForeignKey("body.sha256"), nullable=False),
    Column("url", Text, nullable=False),
    Column("final_url", Text, nullable=False),
    Column("http_status", SmallInteger, nullable=False),
    Column("request_headers", LargeBinary, nullable=False, comment="as sent, CRLF between lines"),
    Column("response_headers", LargeBinary, nullable=False, comment="as received, CRLF between lines"),
    Column("redirects", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    Column("address", Text),
    Column("tls_certificate_sha256", Text),
    Column("wire_bytes", Integer, nullable=False, server_default=text("0")),
    Column("raw_body_sha256", LargeBinary, ForeignKey("body.sha256"), comment="of a rendered page: what the site sent"),
    Column("screenshot_sha256", LargeBinary, ForeignKey("body.sha256"), comment="of a rendered page: WebP"),
    Index(None, "page_id", "captured_at"),
    Index(None, "body_sha256"),
)

record = Table(
    "record",
    metadata,
    Column("number", BigInteger, primary_key=True, comment="1, 2, 3 … without a gap"),
    Column("visit_id", BigInteger, ForeignKey("visit.id"), nullable=False, unique=True),
    Column("content", LargeBinary, nullable=False, comment="canonical JSON; names the record before by its SHA-256"),
    Column("sha256", LargeBinary, nullable=False, unique=True),
)

chain_head = Table(
    "chain_head",
    metadata,
    Column("only", Boolean, primary_key=True, server_default=text("true")),
    Column("number", BigInteger, nullable=False),
    Column("sha256", LargeBinary, nullable=False),
    CheckConstraint('"only"', name="only"),
)

snapshot = Table(
    "snapshot",
    metadata,
    _id(),
    _ref("page_id", "page"),
    Column("number", Integer, nullable=False, comment="1, 2, 3 … per page"),
    Column("kind", Text, nullable=False, server_default="live"),
    Column("capture_id", BigInteger, ForeignKey("capture.id"), comment="NULL for a baseline"),
    Column("source", Text, nullable=False, server_default="", comment="the seed file of a baseline"),
    Column("created_at", _Time, nullable=False, comment="capture time; import time for a baseline"),
    Column("last_seen_at", _Time, nullable=False),
    Column("extractor", Text, nullable=False),
    Column("language", Text, nullable=False, server_default=""),
    Column("title", Text, nullable=False, server_default=""),
    Column("compared_sha256", LargeBinary, nullable=False),
    Column("text_sha256", LargeBinary, ForeignKey("body.sha256"), nullable=False, comment="the PageText as JSON"),
    UniqueConstraint("page_id", "number"),
    _one_of("kind", "live", "baseline"),
    Index(None, "capture_id"),
)

former_text = Table(
    "former_text",
    metadata,
    Column("snapshot_id", BigInteger, ForeignKey("snapshot.id"), primary_key=True),
    Column("extractor", Text, primary_key=True),
    Column("compared_sha256", LargeBinary, nullable=False),
    Column(
        "text_sha256", LargeBinary, ForeignKey("body.sha256"), nullable=False, comment="what changes were told from"
    ),
    Column("replaced_at", _Time, nullable=False, server_default=func.now()),
)

statement = Table(
    "statement",
    metadata,
    _id(),
    _ref("page_id", "page"),
    Column("family", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("key", LargeBinary, nullable=False, comment="SHA-256 of kind and folded wording"),
    Column("text", Text, nullable=False),
    Column("language", Text, nullable=False, server_default=""),
    Column("region", Text, nullable=False),
    Column("path", ARRAY(Text), nullable=False),
    Column("details", JSONB, nullable=False, server_default=text("'{}'::jsonb"), comment="rule, values, terms, prices"),
    _ref("first_snapshot_id", "snapshot"),
    _ref("last_snapshot_id", "snapshot"),
    Column("first_seen_at", _Time, nullable=False),
    Column("last_seen_at", _Time, nullable=False),
    Column("gone_at", _Time, comment="first look that no longer had it; NULL while it stands"),
    Index(None, "page_id", "key"),
    Index("statement_standing_idx", "page_id", postgresql_where=text("gone_at IS NULL")),
    Index("statement_text_idx", text("to_tsvector('simple', left(text, 100000))"), postgresql_using="gin"),
)

passage = Table(
    "passage",
    metadata,
    _id(),
    _ref("page_id", "page"),
    Column("key", LargeBinary, nullable=False, comment="SHA-256 of the folded wording"),
    Column("text", Text, nullable=False, comment="of a block that is compared, for the search"),
    Column("region", Text, nullable=False),
    _ref("first_snapshot_id", "snapshot"),
    Column("first_seen_at", _Time, nullable=False),
    Column("gone_at", _Time, comment="first look that no longer had it; NULL while it stands"),
    Index("passage_standing_idx", "page_id", postgresql_where=text("gone_at IS NULL")),
    Index("passage_gone_idx", "page_id", postgresql_where=text("gone_at IS NOT NULL")),
    Index("passage_text_idx", text("to_tsvector('simple', left(text, 100000))"), postgresql_using="gin"),
)

learned_block = Table(
    "learned_block",
    metadata,
    _id(),
    _ref("host_id", "host"),
    _ref("page_id", "page", nullable=True),  # NULL: on every page of the site
    Column("kind", Text, nullable=False),
    Column("key", LargeBinary, nullable=False, comment="SHA-256 of the folded wording; volatile: of its template"),
    Column("text", Text, nullable=False, comment="as it stood when it was learned"),
    Column("region", Text, nullable=False),
    Column("evidence", Text, nullable=False, comment="what it was learned from, in one line"),
    Column("learned_at", _Time, nullable=False),
    Column("met_at", _Time, nullable=False, comment="when it last made a difference, or was learned"),
    Column("held", Integer, nullable=False, server_default=text("0"), comment="looks on which it was held back"),
    _one_of("kind", "site", "rotating", "volatile"),
    CheckConstraint("(kind = 'site') = (page_id IS NULL)", name="page"),
    Index(
        "learned_block_page_idx", "page_id", "kind", "key", unique=True, postgresql_where=text("page_id IS NOT NULL")
    ),
    Index("learned_block_site_idx", "host_id", "key", "region", unique=True, postgresql_where=text("page_id IS NULL")),
)

change = Table(
    "change",
    metadata,
    _id(),
    _ref("page_id", "page"),
    _ref("before_snapshot_id", "snapshot"),
    _ref("after_snapshot_id", "snapshot"),
    Column("family", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("direction", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    Column("context", Text, nullable=False, server_default=""),
    Column("region", Text, nullable=False),
    Column("path", ARRAY(Text), nullable=False),
    Column("reason", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("cues", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    Column("confidence", Float, nullable=False, server_default=text("1")),
    Column("places", Integer, nullable=False, server_default=text("1")),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("state", Text, nullable=False, server_default="pending"),
    Column("looks", Integer, nullable=False, server_default=text("1"), comment="looks that agree"),
    Column("detected_at", _Time, nullable=False),
    Column("settled_at", _Time, comment="when it was confirmed, withdrawn,"),
    Column("first_visit_id", BigInteger, ForeignKey("visit.id"), comment="NULL for a baseline report"),
    Column("settled_visit_id", BigInteger, ForeignKey("visit.id")),
    # pending → confirmed | unrepeated (seen once, the page could not be read again) | withdrawn | superseded | flicker
    _one_of("state", "pending", "confirmed", "unrepeated", "withdrawn", "superseded", "flicker"),
    _one_of("severity", "low", "medium", "high", "critical"),
    Index(None, "page_id", "detected_at"),
    Index(None, "detected_at"),
    Index(None, "settled_at"),
    Index(None, "fingerprint"),
    Index("change_pending_idx", "page_id", postgresql_where=text("state = 'pending'")),
)

notice = Table(
    "notice",
    metadata,
    _id(),
    _ref("page_id", "page"),
    _ref("visit_id", "visit", nullable=True),
    Column("kind", Text, nullable=False, comment="as NoticeKind, or an outcome"),
    Column("text", Text, nullable=False),
    Column("detail", Text, nullable=False, server_default=""),
    Column("noticed_at", _Time, nullable=False),
    Index(None, "page_id", "noticed_at"),
)

subscription = Table(
    "subscription",
    metadata,
    _id(),
    Column("address", Text, nullable=False),
    Column("name", Text, nullable=False, server_default=""),
    Column("source", Text, nullable=False, server_default="cli", comment="cli, or config (kept in step with the file)"),
    Column("state", Text, nullable=False, server_default="active"),
    Column("filters", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Column("channel", Text, nullable=False, server_default="mail"),
    Column("secret", Text, nullable=False, server_default="", comment="signs what goes to a webhook; an Apprise URL"),
    Column("delivery", Text, nullable=False, server_default="default"),
    Column("deliveries", JSONB, nullable=False, server_default=text("'{}'::jsonb"), comment="by severity, if not all"),
    Column("timezone", Text, nullable=False, server_default="UTC"),
    Column("quiet", Text, nullable=False, server_default="", comment="HH:MM-HH:MM in the time zone"),
    Column("hourly", Integer, nullable=False, server_default=text("30"), comment="mails at most; 0: no bound"),
    Column("language", Text, nullable=False, server_default="en", comment="of the mail"),
    Column("heartbeat", Text, nullable=False, server_default="", comment="a digest though nothing changed"),
    Column("confirmed_at", _Time, comment="NULL while its owner was not heard of"),
    Column("token", Text, nullable=False, unique=True, comment="names it in unsubscribe links"),
    Column("created_at", _Time, nullable=False, server_default=func.now()),
    Column("suspended_reason", Text, nullable=False, server_default=""),
    Column("bounces", Integer, nullable=False, server_default=text("0"), comment="hard bounces in a row"),
    _one_of("state", "pending", "active", "paused", "suspended", "ended"),
    _one_of("channel", "mail", "webhook", "apprise"),
    _one_of("delivery", "default", "immediate", "daily", "weekly"),
    _one_of("heartbeat", "", "daily", "weekly"),
    Index("subscription_address_idx", text("lower(address)")),
)

alert = Table(
    "alert",
    metadata,
    _id(),
    _ref("subscription_id", "subscription"),
    Column("kind", Text, nullable=False, comment="what the mail is"),
    Column("group_key", Text, nullable=False, comment="what may join it while it waits"),
    Column("page_id", BigInteger, ForeignKey("page.id")),
    Column("clinic_id", BigInteger, ForeignKey("clinic.id")),
    Column("message_id", Text, nullable=False, unique=True),
    Column("state", Text, nullable=False, server_default="queued"),
    Column("created_at", _Time, nullable=False, server_default=func.now()),
    Column("send_after", _Time, nullable=False),
    Column("claimed_by", Text),
    Column("claimed_until", _Time),
    Column("attempts", Integer, nullable=False, server_default=text("0"), comment="counted when claimed"),
    Column("first_tried_at", _Time, comment="retries end alerts.retry_for_s after it"),
    Column("last_error", Text, nullable=False, server_default=""),
    Column("sent_at", _Time),
    _one_of("kind", "changes", "site", "status", "baseline", "digest", "gathered", "confirmation"),
    _one_of("state", "queued", "sent", "failed", "dropped"),
    Index("alert_due_idx", "send_after", "id", postgresql_where=text("state = 'queued'")),
    Index("alert_join_idx", "subscription_id", "group_key", postgresql_where=text("state = 'queued'")),
    Index("alert_sent_idx", "subscription_id", "sent_at", postgresql_where=text("state = 'sent'")),
)

alert_change = Table(
    "alert_change",
    metadata,
    Column("alert_id", BigInteger, ForeignKey("alert.id"), primary_key=True),
    Column("change_id", BigInteger, ForeignKey("change.id"), primary_key=True),
    Column("late", Boolean, nullable=False, server_default=text("false"), comment="came after the mail was made"),
    Index(None, "change_id"),
)

alert_notice = Table(
    "alert_notice",
    metadata,
    Column("alert_id", BigInteger, ForeignKey("alert.id"), primary_key=True),
    Column("notice_id", BigInteger, ForeignKey("notice.id"), primary_key=True),
)

confirmation = Table(
    "confirmation",
    metadata,
    _id(),
    _ref("subscription_id", "subscription"),
    Column("asked_at", _Time, nullable=False),
    Column("expires_at", _Time, nullable=False),
    Column("token_sha256", LargeBinary, unique=True, comment="NULL until the mail that carries the token is made"),
    Column("used_at", _Time),
    Index(None, "subscription_id"),
)

mute = Table(
    "mute",
    metadata,
    _id(),
    _ref("subscription_id", "subscription"),
    Column("kind", Text, nullable=False),
    Column("value", Text, nullable=False, comment="page id; page id, region and path; or rule"),
    Column("label", Text, nullable=False, server_default="", comment="for people"),
    Column("change_id", BigInteger, ForeignKey("change.id"), comment="what its owner was shown"),
    Column("muted_at", _Time, nullable=False),
    UniqueConstraint("subscription_id", "kind", "value"),
    _one_of("kind", "rule", "block", "page"),
)

feedback = Table(
    "feedback",
    metadata,
    _id(),
    _ref("subscription_id", "subscription", nullable=True),
    _ref("change_id", "change", nullable=True),
    Column("kind", Text, nullable=False),
    Column("words", Text, nullable=False, server_default="", comment="what its sender wrote"),
    Column("given_at", _Time, nullable=False),
    _ref("page_id", "page", nullable=True),
    _ref("before_snapshot_id", "snapshot", nullable=True),
    _ref("after_snapshot_id", "snapshot", nullable=True),
    Column("missed", JSONB, comment="what should have been told between the two versions"),
    UniqueConstraint("subscription_id", "change_id", "kind"),
    # false_alarm and ok judge a change; missed names two versions. Without a subscription: the command line
    _one_of("kind", "false_alarm", "missed", "ok"),
    CheckConstraint("kind = 'missed' OR change_id IS NOT NULL", name="change"),
    CheckConstraint(
        "(kind = 'missed') = (num_nonnulls(page_id, before_snapshot_id, after_snapshot_id, missed) = 4)", name="missed"
    ),
    Index(None, "change_id"),
    Index(
        "feedback_verdict_idx",
        "change_id",
        unique=True,
        postgresql_where=text("subscription_id IS NULL AND kind <> 'missed'"),
    ),
)

secret = Table(
    "secret",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", LargeBinary, nullable=False, comment="random bytes that this program made"),
)

reader = Table(
    "reader",
    metadata,
    Column("name", Text, primary_key=True),
    Column("record_number", BigInteger, nullable=False, server_default=text("0"), comment="changes up to it are read"),
    Column("seen_at", _Time, nullable=False, server_default=func.now(), comment="when this reader last asked"),
)

worker = Table(
    "worker",
    metadata,
    Column("name", Text, primary_key=True),
    Column("started_at", _Time, nullable=False),
    Column("seen_at", _Time, nullable=False, comment="heartbeat, for health"),
    Column("details", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
)
