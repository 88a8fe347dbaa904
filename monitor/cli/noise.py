"""`clinicwatch noise`: what the history of pages and sites proved to be noise, and how often it was held back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import output
from monitor.cli.options import Json
from monitor.cli.session import session_of

if TYPE_CHECKING:
    from monitor.store.learned import LearnedBlock


def add_to(app: typer.Typer) -> None:
    app.command("noise")(list_noise)


def list_noise(
    context: typer.Context,
    page_name: Annotated[
        str | None, typer.Argument(metavar="[PAGE]", help="Only what holds for this page; its id or URL.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Blocks that are known as noise and no longer told of: why, since when, on how many looks."""
    from monitor.store.learned import list_learned
    from monitor.store.pages import get_page

    with session_of(context).transaction() as connection:
        page_id = None if page_name is None else get_page(connection, page_name).id
        found = list_learned(connection, page_id)
    if as_json:
        output.print_json(found)
        return
    output.print_table("", _COLUMNS, map(_row, found), empty="nothing is known as noise")


_COLUMNS = ("kind", "where", "held back", "since", "last shown", "why", "text")


def _row(one: LearnedBlock) -> tuple[object, ...]:
    where = f"{one.page or one.site} ({one.region})"
    return (one.kind, where, one.held, one.learned_at, one.met_at, one.evidence, one.text)
