"""`clinicwatch pages …` and `clinicwatch seeds …`: what is watched, and the baselines it starts from."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import output, page_settings
from monitor.cli.session import Session, session_of
from monitor.errors import UsageError

if TYPE_CHECKING:
    from monitor.store.pages import Page, PageState, WatchlistReport
    from monitor.watchlist_entries import ClinicEntry

pages = typer.Typer(no_args_is_help=True, help="The pages under watch.")
seeds = typer.Typer(no_args_is_help=True, help="Baselines imported from text files.")

Json = Annotated[bool, typer.Option("--json", help="JSON, one object a line.")]
PageName = Annotated[list[str], typer.Argument(metavar="PAGE…", help="Number, URL, or a part of the URL.")]


def add_to(app: typer.Typer) -> None:
    pages.command("set")(page_settings.set_page)
    app.add_typer(pages, name="pages")
    app.add_typer(seeds, name="seeds")


@pages.command("add")
def add_page(
    context: typer.Context,
    url: Annotated[str, typer.Argument(help="The page's address.")],
    clinic: Annotated[str, typer.Option(help="Slug of its clinic; a new one is made.")],
    name: Annotated[str, typer.Option(help="Name of a new clinic.")] = "",
    country: Annotated[str, typer.Option(help="Country of a new clinic: NL, DK …")] = "",
    language: Annotated[str, typer.Option(help="Language of the page.", show_default="detected")] = "",
    cadence: Annotated[str, typer.Option(help="6h, 30m, 2d …", show_default="as configured")] = "",
    selector: Annotated[list[str] | None, typer.Option(help="Compare only what this CSS selector finds.")] = None,
    ignore: Annotated[list[str] | None, typer.Option(help="Leave out what this CSS selector finds.")] = None,
    render: page_settings.Render = "",
    click: page_settings.Click = None,
    wait_for: page_settings.WaitFor = None,
) -> None:
    """Watch a page from now on."""
    from crawler.browser_process import find_problem
    from monitor.store import pages as store
    from monitor.watchlist_entries import RowProblemError, read_clinic, read_page

    session = session_of(context)
    given = {"language": language, "cadence": cadence or None, "selector": selector, "ignore": ignore}
    given |= {"render": render, "click": click, "wait_for": wait_for}
    try:
        of = read_clinic({"slug": clinic, "name": name, "country": country})
        page = read_page(
            {"url": url, **{key: value for key, value in given.items() if value}}, session.config.languages
        )
    except RowProblemError as error:
        raise UsageError(str(error)) from error
    with session.transaction() as connection:
        known = {one.slug: one for one in store.list_clinics(connection)}.get(of.slug)
        owner = known if known and not (name or country) else store.add_clinic(connection, of.slug, of.name, of.country)
        added = store.add_page(
            connection, owner.id, page.url, language=page.language, cadence_s=page.cadence_s, settings=page.settings
        )
    print(f"page {added.id} of {owner.name}: {added.url}")
    if render and (problem := find_problem()):
        print(f"clinicwatch: {problem}", file=sys.stderr)


@pages.command("list")
def list_pages(
    context: typer.Context,
    clinic: Annotated[str | None, typer.Option(help="Only this clinic (slug).")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Removed pages as well.")] = False,
    as_json: Json = False,
) -> None:
    """List the pages with their last visit and their next."""
    from monitor.store import pages as store

    shown: dict[str, tuple[PageState, ...]] = {"states": tuple(store.PageState)} if everything else {}
    with session_of(context).transaction() as connection:
        found = store.list_pages(connection, clinic_slug=clinic, **shown)
    if as_json:
        output.print_json(found)
        return
    columns = ("id", "clinic", "page", "language", "state", "last visit", "outcome", "next visit")
    output.print_table(
        "", columns, map(_row, found), empty="no pages; add one: clinicwatch pages add URL --clinic SLUG"
    )


def _row(page: Page) -> tuple[object, ...]:
    outcome = f"{page.last_outcome or '-'} {page.last_reason or ''}".strip()
    last, following = output.when(page.last_visit_at), output.when(page.next_visit_at)
    state = f"{page.state}, quarantined" if page.quarantined else page.state
    return page.id, page.clinic.slug, page.url, page.language, state, last, outcome, following


@pages.command("import")
def import_pages(
    context: typer.Context, file: Annotated[Path, typer.Argument(help="A watchlist: .toml or .csv.")]
) -> None:
    """Watch every page of FILE; what it does not name stays as it is."""
    from monitor.store.pages import take_watchlist

    session = session_of(context)
    entries = _read_entries(session, file)
    with session.transaction() as connection:
        report = take_watchlist(connection, entries)
    print(_in_words(report))


def _read_entries(session: Session, file: Path) -> tuple[ClinicEntry, ...]:
    from monitor.watchlist import read_csv, read_watchlist

    match file.suffix.lower():
        case ".toml":
            return read_watchlist(file, session.config.languages)
        case ".csv":
            return read_csv(file, session.config.languages)
    raise UsageError(f"{file}: the name must end in .toml or .csv")


def _in_words(report: WatchlistReport) -> str:
    counts = {name: len(getattr(report, name)) for name in ("added", "updated", "restored", "unchanged")}
    return "pages: " + ", ".join(f"{count} {name}" for name, count in counts.items())


@pages.command("export")
def export_pages(
    context: typer.Context,
    file: Annotated[Path | None, typer.Argument(help="Where to; standard output if left out.")] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="CSV instead of TOML.")] = False,
) -> None:
    """Write the watchlist as TOML or CSV, as `pages import` reads it."""
    from monitor.store.pages import list_entries
    from monitor.watchlist import write_csv, write_toml

    with session_of(context).transaction() as connection:
        entries = list_entries(connection)
    wanted = as_csv or (file is not None and file.suffix.lower() == ".csv")
    text = write_csv(entries) if wanted else write_toml(entries)
    if file is None:
        sys.stdout.write(text)
        return
    file.write_text(text, encoding="utf-8", newline="")
    count = sum(len(entry.pages) for entry in entries)
    print(f"{count} pages written to {file}", file=sys.stderr)


def _set_state(context: typer.Context, names: list[str], state: str, said: str) -> None:
    from monitor.store import pages as store

    with session_of(context).transaction() as connection:  # all of them or none
        found = [store.get_page(connection, name) for name in names]
        for page in found:
            store.set_page_state(connection, page.id, store.PageState(state))
    for page in found:
        print(f"page {page.id} {page.url}: {said}")


@pages.command("pause")
def pause_pages(context: typer.Context, names: PageName) -> None:
    """Do not visit these pages for now."""
    _set_state(context, names, "paused", "paused")


@pages.command("resume")
def resume_pages(context: typer.Context, names: PageName) -> None:
    """Visit these pages again, at once."""
    _set_state(context, names, "active", "is due now")


@pages.command("remove")
def remove_pages(context: typer.Context, names: PageName) -> None:
    """Watch these pages no more. Their history stays."""
    _set_state(context, names, "removed", "removed; its history stays")


@seeds.command("import")
def import_seeds(
    context: typer.Context,
    manifest: Annotated[Path | None, typer.Argument(help="The manifest.", show_default="seeds/manifest.toml")] = None,
    as_json: Json = False,
) -> None:
    """Import the seed files as baselines: versions that later captures are compared with. Safe to repeat."""
    from monitor.seeds import import_seeds as import_all
    from monitor.seeds import read_manifest

    session = session_of(context)
    listed = read_manifest(manifest or session.config.path("seeds/manifest.toml"))
    report = import_all(session.engine, session.config, listed)
    if as_json:
        output.print_json([report])
        return
    counts = f"{len(report.imported)} imported, {len(report.known)} already there"
    late = f", {len(report.late)} after the page's first capture" if report.late else ""
    print(f"baselines: {counts}{late}; {report.statements} statements")
