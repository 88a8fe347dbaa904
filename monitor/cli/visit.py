"""`clinicwatch visit`: look at pages now."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import output
from monitor.cli.session import Session, session_of
from monitor.errors import ClinicwatchError, NotFoundError, UsageError

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from crawler.urls import WebUrl
    from monitor.ingest import LookReport
    from monitor.store.changes import StoredChange
    from monitor.store.snapshots import Snapshot
    from monitor.types import Change

    Look = Callable[[int, int | None], Awaitable[LookReport]]

ADHOC = "adhoc"  # the clinic of pages that were visited without being on the watchlist

Answer = dict[str, object]


def add_to(app: typer.Typer) -> None:
    app.command("visit")(visit)


def visit(
    context: typer.Context,
    pages: Annotated[
        list[str] | None, typer.Argument(metavar="PAGE…", help="Number, URL, or a part of the URL.")
    ] = None,
    looks: Annotated[
        int | None,
        typer.Option(
            min=1, max=10, help="Looks that must agree; 1: alerts are queued at once.", show_default="as configured"
        ),
    ] = None,
    server: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help='Answer each line {"url", "looks"} of FILE; - for standard input.'),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON, one object a line.")] = False,
) -> None:
    """One look at each page now: prints outcome and changes, and plans the second look.

    A URL that is not watched yet is added to the clinic "adhoc".
    """
    from crawler.session import run

    session = session_of(context)
    if server is not None:
        if pages:
            raise UsageError("--server takes its pages from FILE: leave PAGE out")
        run(lambda: _serve(session, server))
        return
    if not pages:
        raise UsageError("visit needs a PAGE, or --server FILE")
    with session.transaction() as connection:
        found = [_page_id(connection, name) for name in pages]
    run(lambda: _visit_all(session, found, looks, as_json))


def _page_id(connection: Connection, name: str) -> int:
    """The page's id; a URL that nobody watches is watched from now on."""
    from monitor.store import pages as store
    from monitor.urls import page_url

    is_url = name.lower().startswith(("http://", "https://"))
    wanted = _checked(page_url, name).url if is_url else ""
    try:
        found = store.get_page(connection, name)
        if not wanted or found.url == wanted:  # not a page whose longer URL begins so
            return found.id
    except NotFoundError:
        if not is_url:
            raise
    clinic = store.add_clinic(connection, ADHOC, "Visited by hand")
    return store.add_page(connection, clinic.id, name).id


def _checked(read: Callable[[str], WebUrl], name: str) -> WebUrl:
    try:
        return read(name)
    except ValueError as error:
        raise UsageError(f"{name!r} {error}") from error


@asynccontextmanager
async def _looking(session: Session) -> AsyncIterator[Look]:
    """Crawler and extraction, warm; gives a function that looks at one page."""
    import msgspec

    from monitor.logs import configure_logs
    from monitor.schedule.crawling import open_configured_crawler
    from monitor.schedule.look import visit_pages
    from monitor.text.process import KillablePool, Limits

    config, engine = session.config, session.engine
    configure_logs(msgspec.structs.replace(config.log, level="error"))
    extract = config.extract
    limits = Limits(extract.processes, extract.cpu_s, extract.wall_s, extract.memory_bytes)
    with KillablePool(limits, preload=("monitor.prepare",)) as pool:
        async with open_configured_crawler(config) as crawler:

            async def look(page_id: int, looks: int | None) -> LookReport:
                (report,) = await visit_pages(config, engine, crawler, pool, [page_id], looks)
                return report

            yield look


async def _visit_all(session: Session, page_ids: list[int], looks: int | None, as_json: bool) -> None:
    async with _looking(session) as look:
        for page_id in page_ids:
            started = time.monotonic()
            report = await look(page_id, looks)
            answer = await asyncio.to_thread(_answer, session, report, looks, time.monotonic() - started)
            if as_json:
                output.print_json([answer])
            else:
                _show(report, answer)


async def _serve(session: Session, file: Path) -> None:
    """One line in, one line out, until the input ends; a bad line is answered with its error."""
    from monitor.cli.batch import open_lines

    with open_lines(file) as lines:
        async with _looking(session) as look:
            while line := await asyncio.to_thread(lines.readline):
                if line.strip():
                    output.print_json([await _serve_line(session, look, line)])


async def _serve_line(session: Session, look: Look, line: str) -> Answer:
    request: object = None
    started = time.monotonic()
    try:
        request = json.loads(line)
        url, looks = _request(request)
        page_id = await asyncio.to_thread(_find_page, session, url)
        report = await look(page_id, looks)
        return await asyncio.to_thread(_answer, session, report, looks, time.monotonic() - started)
    except Exception as error:  # whatever went wrong with this line, the next one is answered too
        if not isinstance(error, ClinicwatchError | ValueError | RecursionError):
            logging.getLogger(__name__).exception("line not answered")
        named = request.get("url") if isinstance(request, dict) else None
        return {"url": named, "error": str(error) or type(error).__name__}


def _request(request: object) -> tuple[str, int | None]:
    if not isinstance(request, dict) or not isinstance(request.get("url"), str):
        raise UsageError('a line must be {"url": "https://…", "looks": 1}')
    looks = request.get("looks")
    if looks is not None and (not isinstance(looks, int) or isinstance(looks, bool) or looks < 1):
        raise UsageError("'looks' must be a whole number from 1")
    return request["url"], looks


def _find_page(session: Session, name: str) -> int:
    with session.transaction() as connection:
        return _page_id(connection, name)


def _answer(session: Session, report: LookReport, looks: int | None, seconds: float) -> Answer:
    """What a look brought, as the fields that `visit --json` promises (docs/analysts.md)."""
    from monitor.alerts.filters import is_status
    from monitor.store.alert_contents import load_notices
    from monitor.store.changes import list_changes_by_id
    from monitor.store.snapshots import get_snapshot, list_snapshots, load_page_text
    from monitor.text.keys import is_compared

    text_changed = report.is_new_snapshot and (report.snapshot_number or 0) > 1
    with session.transaction() as connection:
        mailed = list_changes_by_id(connection, [*report.confirmed, *report.unrepeated])
        notices = load_notices(connection, report.notices)
        text = None
        if report.snapshot_number is not None:
            snapshot = get_snapshot(connection, report.page_id, number=report.snapshot_number)
            page_text = load_page_text(connection, snapshot.text_sha256)
            text = "\n".join(block.text for block in page_text.blocks if is_compared(block))
        good = [one for one in list_snapshots(connection, report.page_id) if one.kind == "live"]
    statuses = [one for one in notices if is_status(one.kind)]
    alerts = [_alert(one) for one in mailed]
    alerts += [{"family": "status", "kind": one.kind, "text": one.text} for one in statuses]
    if text_changed and not report.changes and (looks or session.config.schedule.looks) == 1:
        alerts.append({"family": "text", "kind": "changed", "text": "the compared text differs"})
    return {
        "url": report.url,
        "outcome": report.outcome,
        "reason": report.reason,
        "http_status": report.http_status,
        "final_url": report.final_url,
        "snapshot": report.snapshot_number,
        "last_good": _named(good[-1]) if good else None,
        "text": text,
        "text_changed": text_changed,
        "changes": [{**_change(one.change), "id": one.id, "state": one.state} for one in report.changes],
        "alerts": alerts,
        "notices": [{"kind": one.kind, "text": one.text, "detail": one.detail} for one in notices],
        "seconds": round(seconds, 3),
    }


def _named(snapshot: Snapshot) -> Answer:
    """Number of a version, and the SHA-256 of the bytes that it was made from."""
    return {"number": snapshot.number, "sha256": snapshot.body_sha256.hex() if snapshot.body_sha256 else None}


def _change(change: Change | StoredChange) -> Answer:
    return {
        "family": change.family,
        "kind": change.kind,
        "direction": change.direction,
        "severity": change.severity,
        "before": change.before,
        "after": change.after,
        "region": change.region,
        "reason": change.reason,
    }


def _alert(change: StoredChange) -> Answer:
    return {**_change(change), "id": change.id, "state": change.state, "looks": change.looks}


def _show(report: LookReport, answer: Answer) -> None:
    from monitor.compare.words import diff_words

    console = output.console()
    version = (
        f", version {report.snapshot_number}{' (new)' if report.is_new_snapshot else ''}"
        if report.snapshot_number
        else ""
    )
    outcome = f"{report.outcome} {report.reason or ''}".strip()
    console.print(f"{report.url}: {outcome}{version}, {answer['seconds']} s")
    if report.detail:
        console.print(f"  {output.line(report.detail)}")
    for found in report.changes:
        one = found.change
        what = f"[{one.severity.upper()}] {one.family}/{one.kind} {one.direction}, {found.state}"
        console.print(f"  {what}: {output.line(one.reason)}")
        console.print(output.marked((("=", "    "), *diff_words(one.before, one.after))))
    for name in ("confirmed", "withdrawn", "unrepeated"):
        if ids := getattr(report, name):
            console.print(f"  {name}: change {', '.join(map(str, ids))}")
    console.print(f"  next: {report.next_purpose} at {output.when(report.next_visit_at)} UTC")
