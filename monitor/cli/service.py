"""`clinicwatch run`, `visit`, `migrate`, `demo`, `stats`, `health`: the service and how it fares."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli import output
from monitor.cli.session import Session, session_of
from monitor.errors import StoreError, UsageError

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from monitor.config import Config
    from monitor.schedule.start import StartReport
    from monitor.store.figures import Stats

Json = Annotated[bool, typer.Option("--json", help="JSON, one object a line.")]


def add_to(app: typer.Typer) -> None:
    app.command("run")(run_service)
    app.command("web")(serve_web)
    app.command("migrate")(migrate_store)
    app.command("stats")(show_stats)
    app.command("health")(show_health)
    app.command("verify")(verify_chain)
    app.command("stop-database")(stop_database)
    app.command("demo")(run_demo)


def run_service(context: typer.Context) -> None:
    """Run the daemon until SIGTERM or Ctrl-C: visits pages, compares, sends mails."""
    import asyncio
    import signal

    signal.signal(signal.SIGTERM, _end)  # until the daemon's own handlers stand, there is nothing to finish
    import structlog

    from crawler.session import run
    from monitor.logs import configure_logs
    from monitor.meaning.lexicon import load_lexicons
    from monitor.schedule.daemon import run_daemon, stop_on_signals
    from monitor.schedule.start import prepare_store

    session = session_of(context)
    config = session.config
    configure_logs(config.log)
    log = structlog.get_logger("clinicwatch")
    load_lexicons(config.path(config.lexicons), config.languages)  # a bad line stops the start, not the first visit
    engine = session.open_unchecked()
    _tell_start(session, prepare_store(engine, config), log)

    async def serve() -> None:
        stop = asyncio.Event()
        stop_on_signals(stop)
        await run_daemon(config, engine, stop)

    with _web_pages(engine, config, log):
        run(serve)


@contextmanager
def _web_pages(engine: Engine, config: Config, log: Any) -> Iterator[None]:
    """The web pages beside the daemon, where a base URL says that there are any. One process of a machine serves them:
    a port that is taken is no reason not to visit pages."""
    if not config.web.base_url:
        yield
        return
    from monitor.web.server import WebError, serving

    with ExitStack() as stack:
        try:
            port = stack.enter_context(serving(engine, config))
        except WebError as error:
            log.warning("no web pages from this process", problem=str(error))
        else:
            log.info("web pages", address=f"{config.web.host}:{port}", base_url=config.web.base_url)
        yield


def serve_web(context: typer.Context) -> None:
    """Serve the web pages alone until SIGTERM or Ctrl-C: subscriptions, feeds, metrics, and the history."""
    import signal

    from monitor.logs import configure_logs
    from monitor.web.server import serve

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)  # uvicorn ends in good order, and then raises what ended it
    session = session_of(context)
    configure_logs(session.config.log)
    web = session.config.web
    if web.history != "off":
        host = f"[{web.host}]" if ":" in web.host else web.host
        print(f"history: http://{host}:{web.port}/history/", file=sys.stderr)
    if not web.base_url:
        print("web.base_url is empty: mails do not link here, and subscriptions are answered by mail", file=sys.stderr)
    serve(session.engine, session.config)


def _end(*_: object) -> None:
    raise SystemExit(0)


def _tell_start(session: Session, report: StartReport, log: Any) -> None:
    """What people must know when the service starts: what it will not do, and where mails go."""
    config = session.config
    if report.watchlist is not None:
        log.info("watchlist", added=len(report.watchlist.added), updated=len(report.watchlist.updated))
    if report.seeds is not None:
        log.info("baselines imported", pages=len(report.seeds.imported))
    for slug in report.subscriptions.unknown_clinics:
        log.warning("a subscription names a clinic that is not watched", clinic=slug)
    if not config.crawler.contact:
        allowed = ", ".join(config.crawler.allow_addresses) or "none"
        log.warning("crawler.contact is empty: only crawler.allow_addresses are visited", addresses=allowed)
    if not config.alerts.smtp.host:
        log.warning(
            "no alerts.smtp.host: mails are written to files", folder=str(config.path(config.alerts.outbox_directory))
        )


def migrate_store(context: typer.Context) -> None:
    """Bring the database's schema up to this program's version."""
    from monitor.store.engine import migrate

    session = session_of(context)
    migrate(session.open_unchecked(), session.config)
    print("the schema is up to date")


def run_demo(
    keep: Annotated[bool, typer.Option("--keep", help="Leave everything running until Ctrl-C.")] = False,
    directory: Annotated[Path | None, typer.Option(help="Where it keeps its files.", show_default="var/demo")] = None,
) -> None:
    """Watch five made-up clinics on this machine, edit their pages, and show what is raised."""
    from monitor.demo.run import run_demo as run

    raise typer.Exit(run(keep, directory))


def show_stats(context: typer.Context, as_json: Json = False) -> None:
    """Figures of the store: pages, visits, changes, mails, size."""
    from monitor.store.figures import read_stats

    with session_of(context).transaction() as connection:
        stats = read_stats(connection)
    if as_json:
        output.print_json([stats])
        return
    output.print_table("", ("figure", "value"), _lines(stats))


def _lines(stats: Stats) -> list[tuple[str, object]]:
    queue = stats.queue
    return [
        ("clinics", stats.clinics),
        *((f"pages {one.state}, last look {one.outcome or 'not yet'}", one.pages) for one in stats.pages),
        ("pages due now", stats.due_pages),
        *((f"visits {one.day}", f"{one.visits}, {one.good} good") for one in stats.visits_per_day),
        ("versions", stats.snapshots),
        ("statements", stats.statements),
        *((f"changes {one.severity} {one.state}", one.changes) for one in stats.changes),
        *_held_back(stats),
        ("alerts", f"{queue.queued} queued, {queue.sent} sent, {queue.failed} failed, {queue.dropped} dropped"),
        *((f"false alarms by {one.rule}", f"{one.false_alarms} of {one.told} told") for one in stats.false_alarms),
        *((f"muted by {kind}", number) for kind, number in stats.mutes.items()),
        *(
            (f"bytes per {one.role}", f"{one.stored_per_body:.0f} stored, {one.size_bytes / one.bodies:.0f} as it came")
            for one in stats.bodies
            if one.bodies
        ),
        ("records in the chain", stats.records),
        ("database", f"{stats.database_bytes / 1e6:.1f} MB"),
    ]


def _held_back(stats: Stats) -> list[tuple[str, object]]:
    """What was seen and told nobody, and why."""
    held = stats.held_back
    return [
        ("held back: looks with other bytes, the same text", held.looks_same_text),
        ("held back: looks, but for learned noise the same", held.looks_learned),
        ("held back: changes that came and went", held.flicker),
        ("held back: changes no second look saw", f"{held.withdrawn}, {held.superseded} saw other words"),
        *((f"learned as noise, {kind}", number) for kind, number in stats.lessons.items()),
    ]


def show_health(context: typer.Context, as_json: Json = False) -> None:
    """Is the service well? Exit code 0 if so, else 1; says why either way."""
    from monitor.store.engine import open_engine
    from monitor.store.figures import check_health

    config = session_of(context).config
    engine = open_engine(config, start_embedded=False)  # a health check must not bring up what is down
    try:
        health = check_health(engine, config)
    finally:
        engine.dispose()
    if as_json:
        output.print_json([{"is_well": health.is_well, "checks": health.checks}])
    else:
        rows = ((one.name, "well" if one.is_well else "NOT WELL", one.finding) for one in health.checks)
        output.print_table("", ("check", "state", "finding"), rows)
    raise typer.Exit(0 if health.is_well else 1)


def verify_chain(
    context: typer.Context,
    mailed: Annotated[
        list[str] | None, typer.Option(help="NUMBER:SHA256 as a digest mail named them: is that still on record?")
    ] = None,
) -> None:
    """Walk the chain of records: has anything been edited, deleted or put in since?"""
    from monitor.store.records import is_on_record
    from monitor.store.records import verify_chain as walk

    named = [_parse_mailed(each) for each in mailed or ()]
    with session_of(context).transaction() as connection:
        report = walk(connection)
        missing = [number for number, sha256 in named if not is_on_record(connection, number, sha256)]
    print(f"{report.records} records, head {report.head_sha256}")
    if report.first_break is not None:
        raise StoreError(f"the chain breaks at record {report.first_break.number}: {report.first_break.problem}")
    if missing:
        numbers = ", ".join(map(str, missing))
        raise StoreError(f"record {numbers} is not the one that was mailed: the chain was shortened or written anew")


def _parse_mailed(text: str) -> tuple[int, str]:
    number, _, sha256 = text.partition(":")
    if not (number.isdecimal() and len(number) < 19 and re.fullmatch(r"[0-9a-fA-F]{64}", sha256)):
        raise UsageError(f"--mailed {text!r} is no NUMBER:SHA256, such as 18204:8c3f… with 64 hexadecimal digits")
    return int(number), sha256


def stop_database(context: typer.Context) -> None:
    """Stop the embedded database; the next command starts it again."""
    from monitor.store import embedded

    config = session_of(context).config
    if config.database_url:
        raise UsageError("CLINICWATCH_DATABASE_URL names a server that is not ours to stop")
    directory = config.path(config.store.directory)
    embedded.stop(directory)
    print(f"no Postgres runs in {directory}")
