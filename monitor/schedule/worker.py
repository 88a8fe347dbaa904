"""Visits, one after another on each host, several hosts side by side.

    lease a host ─► its due pages, each: keep the lease ─► fetch ─► read ─► the transaction ─► next
                    └─► release

A visit that ends in an error of ours is recorded as `fetch_error/internal` and the next page has its turn. A stopped
worker ends its visits in flight; a cancelled one leaves no trace of them, so that they are due still.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import ParamSpec, TypeVar

import structlog
from sqlalchemy import Engine

from crawler.outcomes import Outcome
from crawler.session import Crawler
from crawler.types import Exchange, Rendering, Result, Target
from monitor.cadence import SECOND_LOOK, is_unconditional
from monitor.config import Config
from monitor.errors import LeaseLostError
from monitor.ingest import LookReport, record_look
from monitor.prepare import Prepared, is_held_back, prepare_look
from monitor.schedule.lease import HostLease, boot_time, give_back, keep_lease
from monitor.store.visits import PageForVisit, list_due_pages
from monitor.text.process import KillablePool
from monitor.urls import missing_url

_Args = ParamSpec("_Args")
_Result = TypeVar("_Result")

log = structlog.get_logger(__name__)

PAGES_AT_A_TIME = 50
TURN_S = 30.0  # after so long a host is given back, so that others have their turn, and who waits for it


@dataclass(frozen=True)
class Visitor:
    """What it takes to visit a page. `executor` runs what would block the event loop."""

    config: Config
    engine: Engine
    crawler: Crawler
    pool: KillablePool
    name: str
    executor: Executor

    async def run(self, call: Callable[_Args, _Result], *args: _Args.args, **kwargs: _Args.kwargs) -> _Result:
        """`call` in a thread. A cancelled caller does not wait for it, and nothing follows from it."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.executor, functools.partial(call, *args, **kwargs))


async def visit_host(visitor: Visitor, lease: HostLease, stop: asyncio.Event) -> int:
    """Visit the due pages of a leased host, each once, until none is left, the turn is over, or `stop` is set.

    Returns how many were visited.
    """
    visited: set[int] = set()
    ends_at = boot_time() + TURN_S
    keeper = asyncio.create_task(keep_leased(visitor, lease))
    try:
        while not stop.is_set():
            pages = [page for page in await visitor.run(_due_pages, visitor, lease) if page.id not in visited]
            if not pages:
                break
            for page in pages:
                if stop.is_set() or boot_time() > ends_at:
                    return len(visited)
                visited.add(page.id)
                await visit_page(visitor, page, lease, page.next_purpose)
    except LeaseLostError as error:
        log.warning("lease lost", host=lease.claim.origin, problem=str(error))
        return len(visited)
    finally:
        keeper.cancel()
        # shielded: a lease that is not given back holds its host until it runs out
        await asyncio.shield(visitor.run(give_back, visitor.engine, lease, visitor.config.crawler.delay_s))
    return len(visited)


async def keep_leased(visitor: Visitor, lease: HostLease) -> None:
    """Extend the lease again and again while a visit may last longer than it. Ends where it is lost: then the fence
    stops the visit."""
    while True:
        await asyncio.sleep(lease.lease_s / 3)
        try:
            await visitor.run(keep_lease, visitor.engine, lease)
        except LeaseLostError:
            return
        except Exception:  # the database may be away for a moment; the lease has two more thirds
            log.exception("lease not extended", host=lease.claim.origin)


async def visit_page(
    visitor: Visitor, page: PageForVisit, lease: HostLease, purpose: str, looks_needed: int | None = None
) -> LookReport:
    """One look at a page, from the fetch to the record. Raises LeaseLostError; then nothing was written."""
    await visitor.run(keep_lease, visitor.engine, lease)
    lease.asked_at = boot_time()
    try:
        result = await _fetch(visitor, page, purpose)
    finally:
        lease.asked_at = None
    try:
        prepared = await _prepare(visitor, page, result)
        report = await _record(visitor, page, lease, result, prepared, purpose=purpose, looks_needed=looks_needed)
    except LeaseLostError:
        raise
    except Exception as error:  # one bad page must not stop the others: record it, and go on
        log.exception("visit failed", url=page.url)
        report = await _record(
            visitor, page, lease, _internal(result, error), Prepared(), purpose=purpose, looks_needed=None
        )
    _log_look(report)
    return report


async def _fetch(visitor: Visitor, page: PageForVisit, purpose: str) -> Result:
    confirms = purpose == SECOND_LOOK or page.pending > 0
    every = visitor.config.crawler.unconditional_every
    conditional = not is_unconditional(purpose, page.visits, every, unconfirmed=confirms)
    conditional = conditional and not page.snapshot_is_baseline and page.newest is not None
    rendering = _rendering(page)
    conditional = conditional and rendering is None  # what a shell's validators say, its scripts' data do not
    target = Target(
        url=page.url,
        etag=page.etag if conditional else None,
        last_modified=page.last_modified if conditional else None,
        headers=page.settings.headers,
        allow_hosts=page.settings.allow_hosts,
        validators_url=page.validators_url,
        fresh_connection=confirms,
        rendering=rendering,
    )
    started_at = datetime.now(UTC)
    try:
        return await visitor.crawler.fetch(target)
    except Exception as error:  # the crawler promises not to; a bug of ours is a bad visit, not a dead worker
        log.exception("fetch failed", url=page.url)
        nothing = Exchange(final_url=page.url, started_at=started_at, duration_s=0.0)
        return _internal(Result(target, Outcome.FETCH_ERROR, "internal", nothing), error)


def _rendering(page: PageForVisit) -> Rendering | None:
    """How the page is to be rendered, if it is. One in quarantine is not: opening it is what failed."""
    settings = page.settings
    if settings.render != "browser" or is_held_back(page):
        return None
    return Rendering(settings.wait_for, settings.click, page.language)


async def _prepare(visitor: Visitor, page: PageForVisit, result: Result) -> Prepared:
    """What the look says; once more beside other pages of the site, where that leaves a doubt."""
    config, engine, pool = visitor.config, visitor.engine, visitor.pool
    prepared = await visitor.run(prepare_look, config, engine, pool, page, result)
    first = prepared.reading
    if first is None or not first.doubtful:
        return prepared
    missing = None
    if config.schedule.ask_for_missing_page:
        missing = await visitor.crawler.fetch(Target(missing_url(page.url), allow_hosts=page.settings.allow_hosts))
    return await visitor.run(prepare_look, config, engine, pool, page, result, first, missing)


async def _record(
    visitor: Visitor,
    page: PageForVisit,
    lease: HostLease,
    result: Result,
    prepared: Prepared,
    *,
    purpose: str,
    looks_needed: int | None,
) -> LookReport:
    record = functools.partial(record_look, purpose=purpose, lease=lease.claim, looks_needed=looks_needed)
    # shielded: the transaction goes on in its thread anyhow, and its end is worth knowing
    return await asyncio.shield(visitor.run(record, visitor.engine, visitor.config, page, result, prepared))


def _internal(result: Result, error: Exception) -> Result:
    detail = f"{type(error).__name__}: {error}".partition("\n")[0][:300]
    return replace(result, outcome=Outcome.FETCH_ERROR, reason="internal", detail=detail)


def _due_pages(visitor: Visitor, lease: HostLease) -> tuple[PageForVisit, ...]:
    with visitor.engine.connect() as connection:
        return list_due_pages(connection, lease.claim.host_id, PAGES_AT_A_TIME)


def _log_look(report: LookReport) -> None:
    say = log.info if report.outcome in (Outcome.OK, Outcome.UNCHANGED) else log.warning
    say(
        "visit",
        url=report.url,
        outcome=str(report.outcome),
        reason=report.reason,
        purpose=report.purpose,
        seconds=round(report.duration_s, 2),
        version=report.snapshot_number if report.is_new_snapshot else None,
        found=len(report.changes),
        confirmed=len(report.confirmed),
        pending=report.pending,
        next=report.next_visit_at.isoformat(timespec="seconds"),
    )
    for found in report.changes:
        change = found.change
        log.info(
            "change",
            url=report.url,
            state=found.state,
            severity=str(change.severity),
            what=f"{change.family}/{change.kind} {change.direction}",
            reason=change.reason,
        )
