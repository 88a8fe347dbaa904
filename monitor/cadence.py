"""When to look at a page next. Pure: times in, time out."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.config import ScheduleConfig

SCHEDULED = "scheduled"
SECOND_LOOK = "second_look"


@dataclass(frozen=True, slots=True)
class VisitState:
    """What the next visit depends on, after a look.

    `visits` and `failures` (bad ones in a row) count this look. `unconfirmed`: changes are pending, or the page is
    held for confirmation; `unsettled_looks` says for how many looks. `retry_after_s` is what the server asked for.
    """

    page_id: int
    visits: int
    failures: int
    cadence_s: float
    unconfirmed: bool = False
    unsettled_looks: int = 0
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class NextVisit:
    """When, and why (a purpose of `visit`)."""

    at: datetime
    purpose: str


def plan_next(now: datetime, state: VisitState, config: ScheduleConfig) -> NextVisit:
    """The next look at a page.

    A second look comes after `second_look_s`, later with each look that settles nothing; a failing page is tried
    again after `failure_backoff_s`, doubled with each failure; none of it later than the page's cadence, which has
    a jitter of its own so that pages added together drift apart.
    """
    spread = jitter(state.page_id, state.visits, config.jitter)
    cadence_s = state.cadence_s * spread
    if state.unconfirmed:
        patience = max(0, min(state.unsettled_looks - config.looks, 16))
        delay_s, purpose = (
            min(config.second_look_s * 2**patience, max(state.cadence_s, config.second_look_s)),
            SECOND_LOOK,
        )
    elif state.failures:
        doubled = config.failure_backoff_s * 2 ** min(state.failures - 1, 16)
        delay_s, purpose = min(doubled * spread, cadence_s), SCHEDULED
    else:
        delay_s, purpose = cadence_s, SCHEDULED
    if state.retry_after_s is not None:
        delay_s = max(delay_s, state.retry_after_s)
    return NextVisit(now + timedelta(seconds=delay_s), purpose)


def jitter(page_id: int, visits: int, share: float) -> float:
    """A factor between 1 - share and 1 + share: always the same for the same page and visit."""
    digest = hashlib.blake2b(f"{page_id}:{visits}".encode(), digest_size=8).digest()
    return 1 + share * (int.from_bytes(digest) / (1 << 63) - 1)


def is_unconditional(purpose: str, visits: int, every: int, *, unconfirmed: bool = False) -> bool:
    """Should this look send no validators? Those that confirm something, and every `every`-th of a page."""
    return purpose == SECOND_LOOK or unconfirmed or visits % every == 0
