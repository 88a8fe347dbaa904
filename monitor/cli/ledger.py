"""`clinicwatch statements`, `claims`, `since`: what pages claim, since when, and until when."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import output
from monitor.cli.options import At, Families, Json, Kinds, PageName, now, read_words
from monitor.cli.session import session_of
from monitor.cli.times import read_time
from monitor.errors import UsageError
from monitor.types import FAMILY_OF, Family, Kind

if TYPE_CHECKING:
    from monitor.store.history import LedgerEntry
    from monitor.store.sightings import Sighting, Since
    from monitor.store.wordings import Thread

Gone = Annotated[bool, typer.Option("--gone", help="Those that no longer stand as well.")]
CLAIMS = tuple(kind for kind in Kind if FAMILY_OF[kind] is Family.CLAIM)


def add_to(app: typer.Typer) -> None:
    app.command("statements")(list_statements)
    app.command("claims")(list_claims)
    app.command("since")(tell_since)


def list_statements(
    context: typer.Context,
    page_name: PageName,
    at: At = None,
    family: Families = None,
    kind: Kinds = None,
    gone: Gone = False,
    wordings: Annotated[
        bool,
        typer.Option("--wordings", help="Every wording and value over time, those that became each other together."),
    ] = False,
    as_json: Json = False,
) -> None:
    """The claims, prices and disclaimers of a page: since when, until when."""
    from monitor.store.history import list_statements as list_stored
    from monitor.store.pages import get_page
    from monitor.store.wordings import list_threads

    if wordings and (at or gone):
        raise UsageError("--wordings shows all times: leave --at and --gone out")
    kinds, families = read_words(tuple(Kind), "kind", kind), read_words(tuple(Family), "family", family)
    with session_of(context).transaction() as connection:
        page = get_page(connection, page_name)
        if wordings:
            threads = list_threads(connection, page.id)
        else:
            moment = read_time(at, now(), end_of_day=True) if at else None
            found = list_stored(connection, page.id, at=moment, families=families, gone=gone)
    if wordings:
        wanted = [one for one in threads if _is_wanted(one.kind, families, kinds)]
        _show_threads(page.url, wanted, as_json)
        return
    shown = [one for one in found if not kinds or one.kind in kinds]
    if as_json:
        output.print_json(shown)
        return
    output.print_table(page.url, _COLUMNS, map(_row, shown), empty="no statements")


_COLUMNS = ("kind", "first seen", "last seen", "gone", "values", "place", "text")


def _is_wanted(kind: Kind, families: Sequence[Family], kinds: Sequence[Kind]) -> bool:
    return (not families or FAMILY_OF[kind] in families) and (not kinds or kind in kinds)


def _row(one: LedgerEntry) -> tuple[object, ...]:
    return (
        f"{one.family}/{one.kind}",
        output.when(one.first_seen_at),
        output.when(one.last_seen_at),
        output.when(one.gone_at) if one.gone_at else "",
        _values(one),
        " › ".join((one.region, *one.path)),
        one.text,
    )


def _values(one: LedgerEntry) -> str:
    """The numbers of a statement: "80 %", "20 patients", "20000-100000 DKK"; "about 60 %" is what a word stands for."""
    numbers = dict(one.values)
    share, exact = numbers.pop("share", None), numbers.pop("exact", None)
    shown = [] if share is None else [f"{'' if exact else 'about '}{share:g} %"]
    shown += [f"{value:g} {name}" for name, value in numbers.items()]
    for price in one.prices:
        ends = dict.fromkeys("" if end is None else f"{end:.10g}" for end in (price.low, price.high))
        shown.append(f"{'-'.join(ends)} {price.currency or price.qualifier}".strip())
    return ", ".join(shown)


def _show_threads(url: str, threads: Sequence[Thread], as_json: bool) -> None:
    if as_json:
        output.print_json(threads)
        return
    rows = [
        (number, "then" if later else "first", *_row(one))
        for number, thread in enumerate(threads, start=1)
        for later, one in enumerate(thread.wordings)
    ]
    output.print_table(url, ("statement", "wording", *_COLUMNS), rows, empty="no statements")


def list_claims(
    context: typer.Context,
    clinic: Annotated[str, typer.Option(help="The clinic (slug).")],
    kind: Annotated[list[str] | None, typer.Option(help=", ".join(CLAIMS) + ".")] = None,
    at: At = None,
    gone: Gone = False,
    as_json: Json = False,
) -> None:
    """The claims of a clinic, on all its pages: what it claims now, or claimed at a time."""
    from monitor.store.history import list_clinic_statements
    from monitor.store.pages import get_clinic

    kinds = read_words(CLAIMS, "kind", kind) or CLAIMS
    moment = read_time(at, now(), end_of_day=True) if at else None
    with session_of(context).transaction() as connection:
        asked = get_clinic(connection, clinic)
        found = list_clinic_statements(connection, asked.id, kinds, at=moment, gone=gone)
    if as_json:
        output.print_json(found)
        return
    rows = ((one.page_url, *_row(one)) for one in found)
    output.print_table(asked.name, ("page", *_COLUMNS), rows, empty="no claims")


def tell_since(
    context: typer.Context,
    page_name: PageName,
    phrase: Annotated[
        str, typer.Argument(metavar="WORDS", help='As they stand: "80%", "not a cure"; cur* to begin so.')
    ],
    as_json: Json = False,
) -> None:
    """When did this page first say this, and does it still?"""
    from monitor.store.pages import get_page
    from monitor.store.sightings import since_when

    with session_of(context).transaction() as connection:
        page = get_page(connection, page_name)
        answer = since_when(connection, page.id, page.url, phrase)
    if as_json:
        output.print_json([answer])
        return
    if not answer.sightings:
        search = f"clinicwatch search --page {page.id} {shlex.quote(output.line(phrase))}"
        print(f"never said as it stands; `{search}` finds the words apart", file=sys.stderr)
        return
    console = output.console()
    console.print(output.line(f"{page.url}: {phrase}"))
    for told in _answer_lines(answer):
        console.print(f"  {told}")
    console.print()
    rows = (_sighting_row(one) for one in answer.sightings)
    output.print_table("", ("since", "version", "gone", "what", "place", "text"), rows)


def _answer_lines(answer: Since) -> list[str]:
    """Since when, until when, and the commands that show it."""
    number = answer.first_number or 1
    first = f"first seen {output.when(answer.first_seen_at)} UTC in version {number}"
    if answer.first_is_baseline:
        first += ", a baseline: said at some time before"
    elif answer.not_yet_at is not None:
        first += f"; the look before, {output.when(answer.not_yet_at)} UTC, did not have it"
    else:
        first += ", the first that was seen: perhaps said before"
    lines = [first, "still stands" if answer.stands else f"gone since {output.when(answer.gone_at)} UTC"]
    lines.append(f"clinicwatch show {answer.page_id} --version {number}")
    if number > 1:
        lines.append(f"clinicwatch diff {answer.page_id} {number - 1} {number}")
    return lines


def _sighting_row(one: Sighting) -> tuple[object, ...]:
    return (
        output.when(one.first_seen_at),
        f"{one.first_number}{' (baseline)' if one.first_is_baseline else ''}",
        output.when(one.gone_at) if one.gone_at else "",
        f"{one.family}/{one.kind}" if one.family else "text",
        " › ".join((one.region, *one.path)),
        one.text,
    )
