"""`clinicwatch pages set`: how one page is fetched and read."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli import output
from monitor.cli.options import Json, PageName
from monitor.cli.session import session_of
from monitor.errors import UsageError

if TYPE_CHECKING:
    from monitor.store.pages import Page

Render = Annotated[str, typer.Option(metavar="browser", help="Open the page in a browser; for what scripts write.")]
Click = Annotated[list[str] | None, typer.Option(help="Press what this CSS selector finds, if it is there (consent).")]
WaitFor = Annotated[list[str] | None, typer.Option(help="Not the page until this CSS selector finds something.")]

NAMES = ("language", "cadence", "selector", "ignore", "render", "click", "wait_for", "headers", "allow_hosts")


def set_page(
    context: typer.Context,
    page_name: PageName,
    language: Annotated[str | None, typer.Option(help="Language of the page.")] = None,
    cadence: Annotated[str | None, typer.Option(help="6h, 30m, 2d …")] = None,
    selector: Annotated[list[str] | None, typer.Option(help="Compare only what this CSS selector finds.")] = None,
    ignore: Annotated[list[str] | None, typer.Option(help="Leave out what this CSS selector finds.")] = None,
    render: Render = "",
    click: Click = None,
    wait_for: WaitFor = None,
    clear: Annotated[list[str] | None, typer.Option(metavar="NAME", help=f"Unset: {', '.join(NAMES)}.")] = None,
    as_json: Json = False,
) -> None:
    """Change how a page is fetched and read, and show it; without options only show. What is not named stays."""
    from crawler.browser_process import find_problem
    from monitor.store import pages as store
    from monitor.watchlist_entries import RowProblemError, read_page

    given = {"language": language, "cadence": cadence, "selector": selector, "ignore": ignore}
    given |= {"render": render or None, "click": click, "wait_for": wait_for}
    given = {name: value for name, value in given.items() if value is not None}
    for name in clear or ():
        if name not in NAMES or name in given:
            raise UsageError(f"--clear {name}: one of {', '.join(NAMES)}, and not one that is set")
    session = session_of(context)
    with session.transaction() as connection:
        page = store.get_page(connection, page_name)
        values = {name: one for name, one in {**_values(page), **given}.items() if name not in (clear or ())}
        try:
            wanted = read_page({"url": page.url, **values}, session.config.languages)
        except RowProblemError as error:
            raise UsageError(str(error)) from error
        if given or clear:
            store.update_page(
                connection, page.id, language=wanted.language, cadence_s=wanted.cadence_s, settings=wanted.settings
            )
            page = store.get_page(connection, str(page.id))
    _show(page, as_json)
    if page.settings.render and (problem := find_problem()):
        print(f"clinicwatch: {problem}", file=sys.stderr)


def _values(page: Page) -> dict[str, Any]:
    """What a page is set to, as a watchlist's row says it."""
    own = {"language": page.language, "cadence": page.cadence_s, **page.settings.to_json()}
    return {name: value for name, value in own.items() if value}


def _show(page: Page, as_json: bool) -> None:
    if as_json:
        output.print_json([page])
        return
    print(f"page {page.id} of {page.clinic.name}: {page.url}")
    for name, value in _values(page).items():
        shown = f"{value:g} s" if name == "cadence" else ", ".join(value) if isinstance(value, list) else value
        print(f"  {name}: {output.line(shown)}")
