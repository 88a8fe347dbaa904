"""`clinicwatch history`, `show`, `diff`, `search`: what was seen."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import output
from monitor.cli.options import At, Json, Limit, PageName, now
from monitor.cli.session import session_of
from monitor.cli.times import read_time
from monitor.errors import UsageError
from monitor.types import PageText

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from monitor.compare.lines import DiffLine
    from monitor.store.snapshots import Snapshot


def add_to(app: typer.Typer) -> None:
    app.command("history")(show_history)
    app.command("show")(show_version)
    app.command("diff")(show_diff)
    app.command("search")(search)


def show_history(context: typer.Context, page_name: PageName, limit: Limit = 50, as_json: Json = False) -> None:
    """Every look at a page, the newest first: outcome, version, changes."""
    from monitor.store.history import list_visits
    from monitor.store.pages import get_page
    from monitor.store.snapshots import list_snapshots

    with session_of(context).transaction() as connection:
        page = get_page(connection, page_name)
        visits = list_visits(connection, page.id, limit=limit)
        baselines = [one for one in list_snapshots(connection, page.id) if one.kind == "baseline"]
    if as_json:
        output.print_json([*visits, *baselines])
        return
    rows: list[tuple[object, ...]] = [
        (
            output.when(one.started_at),
            one.purpose,
            f"{one.outcome} {one.reason or ''}".strip(),
            one.http_status,
            one.snapshot_number,
            one.changes or "",
            one.detail,
        )
        for one in visits
    ]
    rows += [
        (output.when(one.created_at), "import", "baseline", None, one.number, "", f"{one.source}: not evidence")
        for one in reversed(baselines)
    ]
    output.print_table(page.url, ("time (UTC)", "look", "outcome", "http", "version", "changes", "detail"), rows)


def _version(connection: Connection, page_id: int, words: str | None, at: str | None) -> Snapshot:
    """The version called by its number, or the one that stood at a time, or the newest."""
    from monitor.store.snapshots import get_snapshot

    if words is not None and at is not None:
        raise UsageError("give either a version or --at, not both")
    if at is not None:
        return get_snapshot(connection, page_id, at=read_time(at, now(), end_of_day=True))
    if words is None:
        return get_snapshot(connection, page_id)
    if not (words.isascii() and words.isdecimal()):
        raise UsageError(f"{words!r} is no version number; `clinicwatch history` lists them")
    return get_snapshot(connection, page_id, number=int(words))


def show_version(
    context: typer.Context,
    page_name: PageName,
    at: At = None,
    version: Annotated[str | None, typer.Option("--version", metavar="N", help="Version number.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Boilerplate as well, with its label.")] = False,
    raw: Annotated[bool, typer.Option("--raw", help="The captured bytes, exactly as the site sent them.")] = False,
    document: Annotated[bool, typer.Option("--document", help="Of a rendered page: what the browser made.")] = False,
    screenshot: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the picture of a rendered page (WebP) to FILE.")
    ] = None,
    as_json: Json = False,
) -> None:
    """What a page said: its newest version, or the one that stood at a time."""
    from monitor.store.bodies import get_body
    from monitor.store.pages import get_page
    from monitor.store.snapshots import load_page_text

    with session_of(context).transaction() as connection:
        page = get_page(connection, page_name)
        snapshot = _version(connection, page.id, version, at)
        if raw or document or screenshot is not None:
            bytes_wanted = get_body(connection, _body_of(snapshot, document, screenshot))
            if screenshot is None:
                sys.stdout.buffer.write(bytes_wanted)
            else:
                screenshot.write_bytes(bytes_wanted)
            return
        text = load_page_text(connection, snapshot.text_sha256)
    if as_json:
        output.print_json([{"page": page.url, "snapshot": snapshot, "text": text}])
        return
    _print_text(page.url, snapshot, text, everything)


def _body_of(snapshot: Snapshot, document: bool, screenshot: Path | None) -> bytes:
    """The SHA-256 of the bytes that are asked for. Raises UsageError where there are none."""
    if snapshot.body_sha256 is None:
        raise UsageError(f"version {snapshot.number} is a baseline ({snapshot.source}): no bytes were captured")
    if (document or screenshot is not None) and snapshot.raw_body_sha256 is None:
        raise UsageError(f"version {snapshot.number} was not rendered: it has the captured bytes alone (--raw)")
    if screenshot is not None:
        if snapshot.screenshot_sha256 is None:
            raise UsageError(f"of version {snapshot.number} no picture could be taken")
        return snapshot.screenshot_sha256
    return snapshot.body_sha256 if document else snapshot.raw_body_sha256 or snapshot.body_sha256


def _print_text(url: str, snapshot: Snapshot, text: PageText, everything: bool) -> None:
    console = output.console()
    console.print(f"{url}  version {snapshot.number}, {snapshot.kind}")
    console.print(f"{output.when(snapshot.created_at)} to {output.when(snapshot.last_seen_at)} UTC")
    if snapshot.body_sha256 is not None:
        console.print(
            f"sha256 {snapshot.body_sha256.hex()}{' (rendered document)' if snapshot.raw_body_sha256 else ''}"
        )
        for name, digest in (("sent", snapshot.raw_body_sha256), ("screenshot", snapshot.screenshot_sha256)):
            if digest is not None:
                console.print(f"{name} sha256 {digest.hex()}")
    else:
        console.print(f"imported from {output.line(snapshot.source)}; capture time and headers unknown")
    heading: tuple[str, ...] = ()
    for block in text.blocks:
        if block.boilerplate is not None and not everything:
            continue
        if block.path != heading:
            heading = block.path
            console.print()
        label = f"[{block.region}{f', {block.boilerplate}' if block.boilerplate else ''}] " if everything else ""
        console.print(f"{'#' * block.level} {label}{output.safe(block.text)}".strip())


def show_diff(
    context: typer.Context,
    page_name: PageName,
    a: Annotated[
        str | None, typer.Argument(metavar="[A]", help="Version number.", show_default="the one before")
    ] = None,
    b: Annotated[str | None, typer.Argument(metavar="[B]", help="Version number.", show_default="the newest")] = None,
    side_by_side: Annotated[bool, typer.Option("--side-by-side", "-y", help="Two columns.")] = False,
    around: Annotated[int, typer.Option("--context", "-U", min=0, max=1000, help="Equal blocks around.")] = 1,
    everything: Annotated[bool, typer.Option("--all", help="Boilerplate as well.")] = False,
    as_json: Json = False,
) -> None:
    """What differs between two versions of a page, words marked: [-old-] {+new+}."""
    from monitor.compare.lines import diff_lines, with_context
    from monitor.store.pages import get_page
    from monitor.store.snapshots import load_page_text

    with session_of(context).transaction() as connection:
        page = get_page(connection, page_name)
        after = _version(connection, page.id, b, None)
        before = _version(connection, page.id, a if a is not None else str(max(after.number - 1, 1)), None)
        texts = [load_page_text(connection, one.text_sha256) for one in (before, after)]
    shown = with_context(diff_lines(*texts, boilerplate=everything), around)
    if as_json:
        output.print_json(line for _, line in shown)
        return
    if not shown:
        print(f"versions {before.number} and {after.number} say the same", file=sys.stderr)
        return
    print(f"--- {page.url} version {before.number} ({output.when(before.created_at)})")
    print(f"+++ {page.url} version {after.number} ({output.when(after.created_at)})")
    (_print_columns if side_by_side else _print_unified)(shown)


def _print_unified(shown: tuple[tuple[int, DiffLine], ...]) -> None:
    console = output.console()
    last = shown[0][0] - 1
    for index, line in shown:
        if index != last + 1:
            console.print("…")
        last = index
        match line.mark:
            case "~":
                console.print(output.marked((("=", "~ "), *line.words)))
            case "-":
                console.print(output.marked((("=", "- "), ("-", line.before))))
            case "+":
                console.print(output.marked((("=", "+ "), ("+", line.after))))
            case _:
                console.print(f"  {output.safe(line.after)}")


def _print_columns(shown: tuple[tuple[int, DiffLine], ...]) -> None:
    from rich.table import Table

    table = Table("before", "after", show_edge=False, pad_edge=False)
    for _, line in shown:
        words = line.words or (("=" if line.mark == "=" else "-", line.before), ("+", line.after))
        left = [one for one in words if one[0] != "+"] if line.before else []
        right = [one for one in words if one[0] != "-"] if line.after and line.words else []
        right = right or ([("=" if line.mark == "=" else "+", line.after)] if line.after else [])
        table.add_row(output.marked(left), output.marked(right))
    output.console().print(table, soft_wrap=False)


def search(
    context: typer.Context,
    words: Annotated[list[str], typer.Argument(metavar="WORDS", help='All of them; "a phrase"; cur* for a beginning.')],
    clinic: Annotated[str | None, typer.Option(help="Only this clinic (slug).")] = None,
    page: Annotated[str | None, typer.Option(help="Only this page.")] = None,
    limit: Limit = 50,
    as_json: Json = False,
) -> None:
    """Find what was ever said in these words: statements first, then other text."""
    from monitor.store.history import search_statements
    from monitor.store.pages import get_clinic, get_page

    with session_of(context).transaction() as connection:
        slug = get_clinic(connection, clinic).slug if clinic else None
        page_id = get_page(connection, page).id if page else None
        hits = search_statements(connection, " ".join(words), clinic_slug=slug, page_id=page_id, limit=limit)
    if as_json:
        output.print_json(hits)
        return
    rows = (
        (
            one.page_url,
            f"{one.family}/{one.kind}" if one.family else "text",
            output.when(one.first_seen_at),
            output.when(one.gone_at) if one.gone_at else "",
            "".join(f"*{part}*" if is_hit else part for part, is_hit in one.fragments),
        )
        for one in hits
    )
    output.print_table(
        "", ("page", "what", "since", "gone", "words"), rows, empty="nothing was ever said in these words"
    )
