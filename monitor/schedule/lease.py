"""A lease on a host as its holder sees it: how long it still lasts here, and how it is made to last.

The deadline is kept on a clock that goes on while the machine sleeps: a laptop that wakes up after an hour must not
take its lease for fresh. It is reckoned from before the database was asked, so it ends here no later than there.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from sqlalchemy import Engine

from monitor.errors import LeaseLostError
from monitor.store.leases import (
    HostClaim,
    claim_due_hosts,
    claim_host,
    extend_lease,
    lease_owner,
    postpone_host,
    release_host,
)

RESERVED_S = 2.0
_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def boot_time() -> float:
    """Seconds since the machine was started, sleep included where the system can tell."""
    return time.clock_gettime(_CLOCK)


@dataclass(slots=True)
class HostLease:
    """A claim and until when it holds (`deadline`, on `boot_time`); since when the host owes an answer, if it does."""

    claim: HostClaim
    lease_s: float
    deadline: float
    asked_at: float | None = None

    def is_waiting(self, patience_s: float) -> bool:
        """Has the host kept us waiting for longer than that?"""
        return self.asked_at is not None and boot_time() - self.asked_at > patience_s

    def remaining_s(self) -> float:
        return self.deadline - boot_time()


def lease_due_hosts(engine: Engine, owner: str, lease_s: float, most: int) -> list[HostLease]:
    """Lease up to `most` hosts that have due pages."""
    asked_at = boot_time()
    with engine.begin() as connection:
        claims = claim_due_hosts(connection, owner, lease_s, most)
    return [HostLease(claim, lease_s, asked_at + lease_s) for claim in claims]


def lease_host(engine: Engine, host_id: int, owner: str, lease_s: float) -> HostLease | tuple[str, str]:
    """Lease one host; where somebody else has it, their name and until when, in words.

    Who is refused and asks again within `RESERVED_S` is the next: no worker claims the host before.
    """
    asked_at = boot_time()
    with engine.begin() as connection:
        if (claim := claim_host(connection, host_id, owner, lease_s)) is not None:
            return HostLease(claim, lease_s, asked_at + lease_s)
        postpone_host(connection, host_id, RESERVED_S)
        holder = lease_owner(connection, host_id)
    return ("another worker", "now") if holder is None else (holder[0], f"{holder[1]:%H:%M:%S} UTC")


def keep_lease(engine: Engine, lease: HostLease) -> None:
    """Make the lease last `lease_s` from now, unless more than two thirds of it are left.

    Raises LeaseLostError where it ran out, or went to somebody else.
    """
    if lease.remaining_s() > lease.lease_s * 2 / 3:
        return
    asked_at = boot_time()
    with engine.begin() as connection:
        if not extend_lease(connection, lease.claim, lease.lease_s):
            raise LeaseLostError(f"the lease on {lease.claim.origin} ran out")
    lease.deadline = asked_at + lease.lease_s


def give_back(engine: Engine, lease: HostLease, delay_s: float) -> None:
    """Release the host; nobody claims it for `delay_s` seconds."""
    with engine.begin() as connection:
        release_host(connection, lease.claim, delay_s)
