"""`clinicwatch reextract`: texts made again from the captures."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import output
from monitor.cli.options import Json
from monitor.cli.session import session_of
from monitor.errors import ClinicwatchError, UsageError

if TYPE_CHECKING:
    from monitor.reextract import ReextractReport

EVERY_S = 5.0  # between two lines where there is no terminal


def add_to(app: typer.Typer) -> None:
    app.command("reextract")(reextract)


def reextract(
    context: typer.Context,
    pages: Annotated[
        list[str] | None, typer.Argument(metavar="[PAGE…]", help="Number, URL, or a part of the URL.")
    ] = None,
    more_pages: Annotated[list[str] | None, typer.Option("--page", metavar="PAGE", help="The same.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every page, removed ones too.")] = False,
    as_json: Json = False,
) -> None:
    """Make stored texts again from the captured bytes, where an older extractor or other selectors made them.

    Nothing is ever told of it. It may be stopped at any time, and goes on where it ended when it is called again.
    """
    from monitor.reextract import list_versions
    from monitor.reextract import reextract as run
    from monitor.store import pages as store
    from monitor.text.process import KillablePool, Limits

    names = [*(pages or ()), *(more_pages or ())]
    if bool(names) == everything:
        raise UsageError("reextract needs a PAGE, or --all")
    session = session_of(context)
    with session.transaction() as connection:
        if everything:
            wanted = store.list_pages(connection, states=tuple(store.PageState))
        else:
            wanted = tuple(store.get_page(connection, name) for name in names)
    config, extract = session.config, session.config.extract
    versions = list_versions(session.engine, config, wanted)
    limits = Limits(1, extract.cpu_s, extract.wall_s, extract.memory_bytes)
    with KillablePool(limits, preload=("monitor.prepare",)) as pool, _progress(len(versions)) as show:
        report = run(session.engine, config, pool, versions, show)
    if as_json:
        output.print_json([report])
    else:
        print(_in_words(report))
    if report.failed:
        url, problem = report.failed[0]
        raise ClinicwatchError(
            f"{len(report.failed)} texts stay as they were; the first: {output.line(url)}: {problem}"
        )


def _in_words(report: ReextractReport) -> str:
    if not report.versions:
        return "every text was made by this extractor and with these selectors"
    return f"{report.done} of {report.versions} texts made again" + (
        f", {report.known} had been meanwhile" if report.known else ""
    )


@contextmanager
def _progress(total: int) -> Iterator[Callable[[ReextractReport], None]]:
    """A bar on a terminal, a line now and then elsewhere; on standard error, as it is no result."""
    if not sys.stderr.isatty():
        yield _lines(total)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("texts", total=total)
        yield lambda report: progress.update(task, completed=_count(report))


def _lines(total: int) -> Callable[[ReextractReport], None]:
    told_at = time.monotonic()

    def tell(report: ReextractReport) -> None:
        nonlocal told_at
        if time.monotonic() - told_at >= EVERY_S or _count(report) == total:
            told_at = time.monotonic()
            print(f"{_count(report)} of {total} texts", file=sys.stderr, flush=True)

    return tell


def _count(report: ReextractReport) -> int:
    return report.done + report.known + len(report.failed)
