"""One look at once, for `clinicwatch visit`: the same visit as the daemon's, under the same lease."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Engine

from crawler.session import Crawler
from monitor.config import Config
from monitor.errors import ClinicwatchError
from monitor.ingest import LookReport
from monitor.schedule.daemon import worker_name
from monitor.schedule.lease import HostLease, boot_time, give_back, lease_host
from monitor.schedule.worker import Visitor, keep_leased, visit_page
from monitor.store.visits import PageForVisit, get_page_for_visit
from monitor.text.process import KillablePool

WAIT_S = 120.0  # a worker's turn, and its visit in flight
_POLL_S = 0.5


async def visit_pages(  # noqa: PLR0917 (what a look works with, then what to look at)
    config: Config,
    engine: Engine,
    crawler: Crawler,
    pool: KillablePool,
    pages: Sequence[int],
    looks: int | None = None,
) -> list[LookReport]:
    """Look once at each of the pages (by id), in order, and report.

    Changes wait for a second look, which is planned; with `looks` 1 they count as confirmed, and their alerts are
    queued at once. Waits up to `WAIT_S` for a host that a worker is visiting, then raises ClinicwatchError.
    """
    reports = []
    with ThreadPoolExecutor(2, thread_name_prefix="look") as executor:
        visitor = Visitor(config, engine, crawler, pool, f"{worker_name()}:visit", executor)
        for page_id in pages:
            page = await visitor.run(_load, engine, page_id)
            lease = await _take_lease(visitor, page)
            keeper = asyncio.create_task(keep_leased(visitor, lease))
            try:
                page = await visitor.run(_load, engine, page_id)  # as it is now that nobody else visits it
                reports.append(await visit_page(visitor, page, lease, "manual", looks))
            finally:
                keeper.cancel()
                await asyncio.shield(visitor.run(give_back, engine, lease, config.crawler.delay_s))
    return reports


async def _take_lease(visitor: Visitor, page: PageForVisit) -> HostLease:
    deadline = boot_time() + WAIT_S
    lease_s = visitor.config.schedule.lease_s
    while True:
        held = await visitor.run(lease_host, visitor.engine, page.host_id, visitor.name, lease_s)
        if isinstance(held, HostLease):
            return held
        if boot_time() >= deadline:
            owner, until = held
            raise ClinicwatchError(f"{page.url}: {owner} is visiting this host (until {until}); try again later")
        await asyncio.sleep(_POLL_S)


def _load(engine: Engine, page_id: int) -> PageForVisit:
    with engine.connect() as connection:
        return get_page_for_visit(connection, page_id)
