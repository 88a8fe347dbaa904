"""Who may visit which host now: leases with a fencing token, on the database's clock.

A worker claims hosts that have due pages (`FOR UPDATE SKIP LOCKED`: workers never wait for each other), and every
claim raises the host's `fence`. The transaction that writes a visit checks the fence again (`hold_fence`), so a
worker that slept through the end of its lease writes nothing. A killed worker's lease runs out by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql import bindparam

from monitor.errors import LeaseLostError


@dataclass(frozen=True, slots=True)
class HostClaim:
    """The right to visit one host (scheme, name and port) until the lease runs out. `fence` proves it."""

    host_id: int
    origin: str
    owner: str
    fence: int


_CLAIM_DUE = text("""
    UPDATE host SET lease_owner = :owner, fence = fence + 1,
                    lease_until = clock_timestamp() + make_interval(secs => :lease_s)
     WHERE id IN (
        SELECT host.id
          FROM host JOIN LATERAL (
                SELECT min(page.next_visit_at) AS due_at FROM page
                 WHERE page.host_id = host.id AND page.state = 'active' AND page.next_visit_at <= clock_timestamp()
               ) AS due ON due.due_at IS NOT NULL
         WHERE (host.lease_until IS NULL OR host.lease_until <= clock_timestamp())
           AND host.next_request_at <= clock_timestamp()
         ORDER BY due.due_at, host.id
         LIMIT :most
           FOR UPDATE OF host SKIP LOCKED)
    RETURNING id, origin, fence
""")

_CLAIM_ONE = text("""
    UPDATE host SET lease_owner = :owner, fence = fence + 1,
                    lease_until = clock_timestamp() + make_interval(secs => :lease_s)
     WHERE id = :host_id AND (lease_until IS NULL OR lease_until <= clock_timestamp())
    RETURNING id, origin, fence
""")

_EXTEND = text("""
    UPDATE host SET lease_until = clock_timestamp() + make_interval(secs => :lease_s)
     WHERE id = :host_id AND fence = :fence AND lease_owner = :owner AND lease_until > clock_timestamp()
""")

_RELEASE = text("""
    UPDATE host SET lease_owner = NULL, lease_until = NULL,
                    next_request_at = greatest(next_request_at, clock_timestamp() + make_interval(secs => :delay_s))
     WHERE id = :host_id AND fence = :fence AND lease_owner = :owner
""")

_HOLD = text("""
    SELECT clock_timestamp() FROM host WHERE id = :host_id AND fence = :fence AND lease_owner = :owner FOR SHARE
""")

_FENCE_OFF = text("""
    UPDATE host SET fence = fence + 1, lease_owner = NULL, lease_until = NULL
     WHERE id = (SELECT host_id FROM page WHERE page.id = :page_id)
""")

_POSTPONE = text("""
    UPDATE host SET next_request_at = greatest(next_request_at, clock_timestamp() + make_interval(secs => :delay_s))
     WHERE id = :host_id
""")

_BEAT = text("""
    INSERT INTO worker (name, started_at, seen_at, details)
    VALUES (:name, :started_at, clock_timestamp(), :details)
    ON CONFLICT (name) DO UPDATE
       SET started_at = excluded.started_at, seen_at = excluded.seen_at, details = excluded.details
""").bindparams(bindparam("details", type_=JSONB))


def claim_due_hosts(connection: Connection, owner: str, lease_s: float, most: int) -> tuple[HostClaim, ...]:
    """Lease up to `most` free hosts that have a due page, the longest due first."""
    rows = connection.execute(_CLAIM_DUE, {"owner": owner, "lease_s": lease_s, "most": most})
    return tuple(HostClaim(row.id, row.origin, owner, row.fence) for row in rows)


def claim_host(connection: Connection, host_id: int, owner: str, lease_s: float) -> HostClaim | None:
    """Lease one host whether or not something is due there; None while somebody else has it."""
    row = connection.execute(_CLAIM_ONE, {"owner": owner, "lease_s": lease_s, "host_id": host_id}).first()
    return None if row is None else HostClaim(row.id, row.origin, owner, row.fence)


def extend_lease(connection: Connection, claim: HostClaim, lease_s: float) -> bool:
    """Make the lease last `lease_s` from now; False where it ran out or went to another worker."""
    return connection.execute(_EXTEND, {**_identity(claim), "lease_s": lease_s}).rowcount == 1


def release_host(connection: Connection, claim: HostClaim, delay_s: float = 0.0) -> None:
    """Give the host back, if it is still ours; no worker claims it for `delay_s` seconds (politeness)."""
    connection.execute(_RELEASE, {**_identity(claim), "delay_s": delay_s})


def hold_fence(connection: Connection, claim: HostClaim) -> datetime:
    """Prove, and hold until the transaction ends, that the host is ours. Returns the database's time.

    Raises LeaseLostError where another worker has claimed it since.
    """
    now: datetime | None = connection.execute(_HOLD, _identity(claim)).scalar()
    if now is None:
        raise LeaseLostError(f"{claim.origin} was claimed by another worker; nothing was written")
    return now


def fence_off(connection: Connection, page_id: int) -> None:
    """Take the page's host away from whoever is visiting it: their visit will not be written, and is made again."""
    connection.execute(_FENCE_OFF, {"page_id": page_id})


def lease_owner(connection: Connection, host_id: int) -> tuple[str, datetime] | None:
    """Who holds the host now, and until when; None while it is free."""
    row = connection.execute(
        text("SELECT lease_owner, lease_until FROM host WHERE id = :id AND lease_until > clock_timestamp()"),
        {"id": host_id},
    ).first()
    return None if row is None else (row.lease_owner, row.lease_until)


def postpone_host(connection: Connection, host_id: int, delay_s: float) -> None:
    """Leave the host alone for `delay_s` seconds (Retry-After)."""
    connection.execute(_POSTPONE, {"host_id": host_id, "delay_s": delay_s})


def database_time(connection: Connection) -> datetime:
    """The database's clock, which all scheduling goes by."""
    now: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    return now


def beat(connection: Connection, name: str, started_at: datetime, details: Mapping[str, object]) -> None:
    """Write the worker's heartbeat, for `clinicwatch health`."""
    connection.execute(_BEAT, {"name": name, "started_at": started_at, "details": dict(details)})


def _identity(claim: HostClaim) -> dict[str, object]:
    return {"host_id": claim.host_id, "fence": claim.fence, "owner": claim.owner}
