"""`clinicwatch changes`: what changed in meaning; `changes mark`, `marked`, `export`: what people found of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import output
from monitor.cli.options import Families, Json, Kinds, Limit, now, read_word, read_words
from monitor.cli.session import session_of
from monitor.cli.times import read_time
from monitor.errors import UsageError
from monitor.types import SEVERITIES, Direction, Family, Kind

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from monitor.store.changes import ChangeFilter, StoredChange
    from monitor.store.snapshots import Snapshot
    from monitor.store.verdicts import Feedback, MissedChange, Verdict

changes = typer.Typer(
    invoke_without_command=True,
    help="List changes, the newest first; or mark them, and export what was marked.",
    subcommand_metavar="[mark|marked|export]",
)

_Place = tuple[str | None, int | None, int | None]  # page, version before, version after
VerdictWord = Annotated[str | None, typer.Option("--verdict", help="Only false_alarm, missed or ok.")]


def add_to(app: typer.Typer) -> None:
    app.add_typer(changes, name="changes")


@changes.callback()
def list_changes(
    context: typer.Context,
    clinic: Annotated[str | None, typer.Option(help="Only this clinic (slug).")] = None,
    page: Annotated[str | None, typer.Option(help="Only this page.")] = None,
    family: Families = None,
    kind: Kinds = None,
    direction: Annotated[list[str] | None, typer.Option(help="added, removed, strengthened …")] = None,
    severity: Annotated[str, typer.Option(help="The least: low, medium, high, critical.")] = "low",
    since: Annotated[str | None, typer.Option(metavar="TIME", help="2026-05-03, or 7d.")] = None,
    state: Annotated[list[str] | None, typer.Option(help="confirmed, pending, withdrawn …")] = None,
    new: Annotated[bool, typer.Option("--new", help="What was settled since this reader last asked.")] = False,
    reader: Annotated[str, typer.Option(help="Who asks, for --new.")] = "cli",
    limit: Limit = 100,
    as_json: Json = False,
) -> None:
    """List changes, the newest first; or mark them, and export what was marked."""
    if context.invoked_subcommand is not None:
        return
    from monitor.store.changes import ChangeFilter, ChangeState
    from monitor.store.pages import get_clinic, get_page

    with session_of(context).transaction() as connection:
        wanted = ChangeFilter(
            clinic_slug=get_clinic(connection, clinic).slug if clinic else None,
            page_id=get_page(connection, page).id if page else None,
            families=read_words(tuple(Family), "family", family),
            kinds=read_words(tuple(Kind), "kind", kind),
            directions=read_words(tuple(Direction), "direction", direction),
            severity=read_word(SEVERITIES, "severity", severity),
            since=read_time(since, now()) if since else None,
            states=read_words(tuple(ChangeState), "state", state),
        )
        found = _find(connection, wanted, reader if new else None, limit)
    if as_json:
        output.print_json(found)
        return
    _print_changes(found)


def _find(connection: Connection, wanted: ChangeFilter, reader: str | None, limit: int) -> tuple[StoredChange, ...]:
    from monitor.store import changes as store

    if reader is not None:
        return store.new_changes(connection, reader, wanted)
    return store.list_changes(connection, wanted, limit=limit)


def _print_changes(found: tuple[StoredChange, ...]) -> None:
    from monitor.compare.words import mark_words

    columns = ("id", "time (UTC)", "severity", "what", "state", "looks", "page", "words")
    rows = (
        (
            one.id,
            output.when(one.detected_at),
            one.severity,
            f"{one.family}/{one.kind} {one.direction}",
            one.state,
            one.looks,
            one.page_url,
            output.shorten(mark_words(one.before, one.after), 300),
        )
        for one in found
    )
    output.print_table("", columns, rows, empty="no changes")


@changes.command("mark")
def mark(
    context: typer.Context,
    change_id: Annotated[int | None, typer.Argument(metavar="[ID]", help="As `changes` shows it.")] = None,
    false_alarm: Annotated[bool, typer.Option("--false-alarm", help="This should not have been told.")] = False,
    ok: Annotated[bool, typer.Option("--ok", help="This was told rightly.")] = False,
    missed: Annotated[bool, typer.Option("--missed", help="Something else should have been told there.")] = False,
    clear: Annotated[bool, typer.Option("--clear", help="Take back what was marked on this change.")] = False,
    note: Annotated[str, typer.Option(help="Why, in a line.")] = "",
    page: Annotated[str | None, typer.Option(help="With --missed: where, if not at a change.")] = None,
    before: Annotated[int | None, typer.Option(metavar="N", help="With --missed: the version before.")] = None,
    after: Annotated[int | None, typer.Option(metavar="N", help="With --missed: the version after.")] = None,
    kind: Annotated[str | None, typer.Option(help="With --missed: efficacy, amount, status …")] = None,
    direction: Annotated[str | None, typer.Option(help="With --missed: added, removed, strengthened …")] = None,
    severity: Annotated[str | None, typer.Option(help="With --missed.", show_default="the kind's")] = None,
    old_words: Annotated[str, typer.Option(help="With --missed: the words that were there.")] = "",
    new_words: Annotated[str, typer.Option(help="With --missed: the words that are there now.")] = "",
) -> None:
    """Mark a change as a false alarm or as right, or say what was missed between two versions of a page."""
    if [false_alarm, ok, missed, clear].count(True) != 1:
        raise UsageError("say one of --false-alarm, --ok, --missed, --clear")
    place = (page, before, after)
    if missed:
        _mark_missed(context, change_id, place, _missed(kind, direction, severity, (old_words, new_words)), note)
        return
    if change_id is None or place != (None, None, None) or kind or direction or severity or old_words or new_words:
        raise UsageError("--false-alarm, --ok and --clear take the ID of a change, and at most --note")
    _mark_change(context, change_id, "false_alarm" if false_alarm else "ok" if ok else None, note)


def _mark_change(context: typer.Context, change_id: int, verdict: str | None, note: str) -> None:
    from monitor.store.verdicts import Verdict, mark_change, unmark_change

    with session_of(context).transaction() as connection:
        if verdict is None:
            taken = unmark_change(connection, change_id)
        else:
            mark_change(connection, change_id, Verdict(verdict), note, now())
    print(f"change {change_id}: {verdict or f'{taken} marks taken back'}")


def _mark_missed(context: typer.Context, change_id: int | None, place: _Place, wanted: MissedChange, note: str) -> None:
    from monitor.store.verdicts import mark_missed

    with session_of(context).transaction() as connection:
        versions = _versions(connection, change_id, place)
        mark_missed(connection, versions, wanted, note, now(), beside=change_id)
    print(f"missed: {wanted.family}/{wanted.kind} {wanted.direction} in version {versions[1].number}")


def _missed(kind: str | None, direction: str | None, severity: str | None, words: tuple[str, str]) -> MissedChange:
    from monitor.compare.severity import severity_of
    from monitor.store.verdicts import MissedChange

    if kind is None or direction is None:
        raise UsageError("--missed needs --kind and --direction: what should have been told?")
    of_kind, of_direction = read_word(tuple(Kind), "kind", kind), read_word(tuple(Direction), "direction", direction)
    usual = severity_of(of_kind, of_direction, None, None)
    weight = read_word(SEVERITIES, "severity", severity) if severity else usual
    return MissedChange(of_kind, of_direction, weight, *words)


def _versions(connection: Connection, change_id: int | None, place: _Place) -> tuple[Snapshot, Snapshot]:
    """The versions before and after: those of a change, or those that are named."""
    from monitor.store.changes import get_change
    from monitor.store.pages import get_page
    from monitor.store.snapshots import get_snapshot

    page, before, after = place
    if change_id is not None:
        if place != (None, None, None):
            raise UsageError("--missed takes either the ID of a change or --page, --before and --after")
        change = get_change(connection, change_id)
        page_id, before, after = change.page_id, change.before_number, change.after_number
    elif page is not None and after is not None:
        page_id = get_page(connection, page).id
        before = after - 1 if before is None else before
    else:
        raise UsageError("--missed needs the ID of a change, or --page and --after")
    if before >= after:
        raise UsageError(f"version {before} is not before version {after}")
    return get_snapshot(connection, page_id, number=before), get_snapshot(connection, page_id, number=after)


@changes.command("marked")
def list_marked(context: typer.Context, verdict: VerdictWord = None, as_json: Json = False) -> None:
    """What was marked, here and by subscribers, in the order in which it was said."""
    from monitor.store.verdicts import list_feedback

    with session_of(context).transaction() as connection:
        found = list_feedback(connection, _verdict(verdict))
    if as_json:
        output.print_json(found)
        return
    columns = ("time (UTC)", "verdict", "by", "change", "page", "versions", "what", "note")
    output.print_table("", columns, map(_marked_row, found), empty="nothing was marked")


def _marked_row(one: Feedback) -> tuple[object, ...]:
    what = one.missed or one.change
    return (
        output.when(one.given_at),
        one.verdict,
        one.source,
        one.change.id if one.change else None,
        one.page_url,
        f"{one.before_number} → {one.after_number}",
        f"{what.family}/{what.kind} {what.direction}" if what else "",
        one.note,
    )


@changes.command("export")
def export(context: typer.Context, verdict: VerdictWord = None) -> None:
    """What was marked as labelled pairs, one JSON object a line, to evaluate with."""
    from monitor.store.labelled_pairs import labelled_pairs

    wanted = _verdict(verdict)
    with session_of(context).transaction() as connection:
        output.print_json(labelled_pairs(connection, wanted))


def _verdict(word: str | None) -> Verdict | None:
    from monitor.store.verdicts import Verdict

    return read_word(tuple(Verdict), "verdict", word) if word else None
