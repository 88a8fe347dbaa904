"""The resident service: leases hosts and visits them, delivers mails, shows that it lives.

APScheduler only ticks: a tick starts tasks and returns, so none is ever late, missed or run twice at once. What the
tasks do is theirs to finish: on `stop` nothing new begins, what is in flight has `DRAIN_S`, and the rest is cancelled
and due again (nothing of it was written).
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version

import msgspec
import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy import Engine

from crawler.browser_process import find_problem
from monitor.alerts.sender import deliver_due
from monitor.config import Config
from monitor.schedule.crawling import open_configured_crawler
from monitor.schedule.lease import HostLease, lease_due_hosts
from monitor.schedule.ping import check_ping_url, find_trouble, ping
from monitor.schedule.worker import Visitor, visit_host
from monitor.store.figures import count_rendered
from monitor.store.leases import beat, database_time
from monitor.store.metrics import Metrics, read_metrics
from monitor.text.process import KillablePool, Limits

log = structlog.get_logger(__name__)

PATIENCE_S = 3.0  # after which a host that does not answer stands aside
DRAIN_S = 6.0  # of the 10 s that a stop may take
DELIVER_EVERY_S = 5.0
BEAT_EVERY_S = 15.0


@dataclass
class _Service:
    """The tasks in flight, and what they work with."""

    visitor: Visitor
    stop: asyncio.Event
    started_at: datetime
    hosts: dict[asyncio.Task[int], HostLease] = field(default_factory=dict)
    chores: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    troubles: set[str] = field(default_factory=set)
    visits: int = 0
    withheld: str | None = None

    async def tick(self, name: str, chore: Callable[[], Awaitable[None]]) -> None:
        """Start a chore, unless its last run is not over yet. A coroutine: others would run in threads."""
        running = self.chores.get(name)
        if self.stop.is_set() or (running is not None and not running.done()):
            return
        self.chores[name] = asyncio.create_task(self._attempt(name, chore), name=name)

    async def _attempt(self, name: str, chore: Callable[[], Awaitable[None]]) -> None:
        """Run a chore; its failure is told once, and its recovery too. The next tick tries again."""
        try:
            await chore()
        except Exception as error:  # the database may be down for a while: the service must outlive it
            if name not in self.troubles:
                log.exception("trouble", chore=name, problem=str(error).partition("\n")[0])
            self.troubles.add(name)
        else:
            if name in self.troubles:
                log.info("works again", chore=name)
            self.troubles.discard(name)

    async def claim(self) -> None:
        """Lease as many due hosts as there are free hands, and begin with them.

        A host that keeps us waiting needs no hand: ten that drip must not delay twenty that answer. There are no
        more hosts at once than the crawler has connections.
        """
        schedule = self.visitor.config.schedule
        busy = sum(not lease.is_waiting(PATIENCE_S) for lease in self.hosts.values())
        most = max(self.visitor.config.crawler.concurrency, schedule.workers)
        free = min(schedule.workers - busy, most - len(self.hosts))
        if free <= 0:
            return
        leases = await self.visitor.run(lease_due_hosts, self.visitor.engine, self.visitor.name, schedule.lease_s, free)
        for lease in leases:
            task = asyncio.create_task(self._visit(lease), name=lease.claim.origin)
            self.hosts[task] = lease
            task.add_done_callback(self.hosts.pop)

    async def _visit(self, lease: HostLease) -> int:
        try:
            visits = await visit_host(self.visitor, lease, self.stop)
        except Exception:  # the lease runs out, and the host is tried again
            log.exception("host failed", host=lease.claim.origin)
            return 0
        self.visits += visits
        return visits

    async def deliver(self) -> None:
        """Send the mails that are due."""
        visitor = self.visitor
        now = await visitor.run(_database_time, visitor.engine)
        report = await deliver_due(visitor.engine, visitor.config, now, visitor.name)
        if report.sent or report.failed or report.later:
            log.info("delivery", **msgspec.to_builtins(report))

    async def beat(self) -> None:
        """Write the heartbeat."""
        visitor = self.visitor
        details = {
            "pid": os.getpid(),
            "machine": socket.gethostname(),
            "version": version("clinicwatch"),
            "hosts_in_flight": len(self.hosts),
            "visits": self.visits,
            "stopping": self.stop.is_set(),
        }

        def write() -> None:
            with visitor.engine.begin() as connection:
                beat(connection, visitor.name, self.started_at, details)

        await visitor.run(write)

    async def ping(self) -> None:
        """Ask for `alerts.ping_url`, if visits and deliveries are really happening."""
        visitor = self.visitor
        metrics = await visitor.run(_metrics, visitor.engine)
        trouble = find_trouble(metrics, frozenset(self.troubles - {"ping"}))
        if trouble != self.withheld:
            log.info("ping", withheld=trouble or "no more")
        self.withheld = trouble
        if trouble is None:
            await visitor.run(ping, visitor.config.alerts.ping_url)

    async def drain(self) -> None:
        """Let what is in flight finish, for `DRAIN_S` seconds; cancel what does not."""
        in_flight: set[asyncio.Task[int] | asyncio.Task[None]] = {*self.hosts, *self.chores.values()}
        if not in_flight:
            return
        _, late = await asyncio.wait(in_flight, timeout=DRAIN_S)
        # a claim that was under way may have begun with hosts meanwhile: they saw `stop` and gave them back
        late |= {task for task in self.hosts if not task.done()}
        for task in late:
            log.warning("cancelled", task=task.get_name())
            task.cancel()
        if late:
            await asyncio.wait(late, timeout=1.0)


def _database_time(engine: Engine) -> datetime:
    with engine.connect() as connection:
        return database_time(connection)


def _metrics(engine: Engine) -> Metrics:
    with engine.connect() as connection:
        return read_metrics(connection)


def worker_name() -> str:
    """A name for this process that no other has: machine and process number."""
    return f"{socket.gethostname()}:{os.getpid()}"


def stop_on_signals(stop: asyncio.Event) -> None:
    """Set `stop` on SIGTERM and SIGINT."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)


async def run_daemon(config: Config, engine: Engine, stop: asyncio.Event) -> None:
    """Serve until `stop` is set; then finish what is in flight and return, within 10 s."""
    threads = config.schedule.workers * 2 + 4
    extract = config.extract
    limits = Limits(extract.processes, extract.cpu_s, extract.wall_s, extract.memory_bytes)
    executor = ThreadPoolExecutor(threads, thread_name_prefix="look")
    _warn_of_browser(engine)
    try:
        with KillablePool(limits, preload=("monitor.prepare",)) as pool:
            async with open_configured_crawler(config) as crawler:
                visitor = Visitor(config, engine, crawler, pool, worker_name(), executor)
                await _serve(_Service(visitor, stop, datetime.now(UTC)))
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


def _warn_of_browser(engine: Engine) -> None:
    """Say at the start what every look at a rendered page would say."""
    with engine.connect() as connection:
        pages = count_rendered(connection)
    if pages and (problem := find_problem()):
        log.error("pages cannot be rendered", pages=pages, problem=problem)


async def _serve(service: _Service) -> None:
    config = service.visitor.config
    scheduler = AsyncIOScheduler(
        timezone=UTC, job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
    )
    chores: tuple[tuple[str, Callable[[], Awaitable[None]], float], ...] = (
        ("claim", service.claim, config.schedule.tick_s),
        ("deliver", service.deliver, min(DELIVER_EVERY_S, max(config.alerts.gather_s, config.schedule.tick_s))),
        ("beat", service.beat, BEAT_EVERY_S),
    )
    if check_ping_url(config.alerts.ping_url):
        chores += (("ping", service.ping, config.alerts.ping_every_s),)
    for name, chore, every_s in chores:
        now = datetime.now(UTC)  # the first tick at once
        scheduler.add_job(service.tick, "interval", (name, chore), seconds=max(every_s, 0.05), next_run_time=now)
    scheduler.start()
    log.info("running", worker=service.visitor.name, hosts_side_by_side=config.schedule.workers)
    try:
        await service.stop.wait()
    finally:
        service.stop.set()
        scheduler.shutdown(wait=False)
        await service.drain()
        log.info("stopped", visits=service.visits)
