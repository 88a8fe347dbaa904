"""`clinicwatch inspect …`: look at a text, a pair of texts or a price without a database."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import output
from monitor.cli.session import Session, session_of
from monitor.errors import UsageError

if TYPE_CHECKING:
    from monitor.offline import Compared, Knowledge
    from monitor.text.process import KillablePool
    from monitor.types import Change, Comparison, Cue, PageText

inspect = typer.Typer(no_args_is_help=True, help="Look at a text, a pair of texts or a price; needs no database.")

Language = Annotated[
    str, typer.Option("--language", "-l", help="Language of the text (en, nl, da …).", show_default="detected")
]
Json = Annotated[bool, typer.Option("--json", help="JSON, one object a line.")]
Batch = Annotated[
    Path | None,
    typer.Option("--batch", metavar="FILE", help="Answer each JSON line of FILE with one; - for standard input."),
]


def add_to(app: typer.Typer) -> None:
    app.add_typer(inspect, name="inspect")


def _knowledge(session: Session) -> Knowledge:
    from monitor.offline import Knowledge

    config = session.config
    return Knowledge(str(config.path(config.lexicons)), config.languages, config.extract.max_text_chars)


def _pool(session: Session, processes: int) -> KillablePool:
    from monitor.text.process import KillablePool, Limits

    limits = session.config.extract
    return KillablePool(
        Limits(processes, limits.cpu_s, limits.wall_s, limits.memory_bytes), preload=("monitor.offline",)
    )


def _answer_batch(session: Session, job: str, file: Path) -> None:
    from monitor.cli.batch import Answer, answer_lines, open_lines

    knowledge, processes = _knowledge(session), os.cpu_count() or 1
    with open_lines(file) as lines, _pool(session, processes) as pool:

        def answer(line: str) -> Answer:
            result: Answer = pool.run(job, line, knowledge)
            return result

        answer_lines(lines, answer, sys.stdout, processes)


@inspect.command("text")
def inspect_text(
    context: typer.Context,
    source: Annotated[str, typer.Argument(metavar="FILE|URL", help="An .html, .txt or .pdf file, or a URL.")],
    language: Language = "",
    everything: Annotated[bool, typer.Option("--all", help="Boilerplate as well.")] = False,
    as_json: Json = False,
) -> None:
    """Show the blocks of a document: region, kind, label, text."""
    session = session_of(context)
    body, content_type, url = _read_source(session, source)
    with _pool(session, 1) as pool:
        page: PageText = pool.run("monitor.offline:read_body", body, content_type, url, language, _knowledge(session))
    if as_json:
        output.print_json([page])
        return
    for finding in page.findings:
        output.console(stderr=True).print(f"finding: {output.line(finding)}")
    shown = [block for block in page.blocks if everything or block.boilerplate is None]
    rows = (
        (block.region, block.kind, block.boilerplate or "", "main" if block.main else "", block.text) for block in shown
    )
    output.print_table(
        output.line(page.title), ("region", "kind", "boilerplate", "label", "text"), rows, empty="no visible text"
    )
    hidden = len(page.blocks) - len(shown)
    if hidden:
        output.console(stderr=True).print(f"{hidden} boilerplate blocks not shown; --all shows them")


def _read_source(session: Session, source: str) -> tuple[bytes, str, str]:
    if source.startswith(("http://", "https://")):
        return _fetch(session, source)
    from monitor.offline import content_type_of

    file = Path(source)
    content_type = content_type_of(file)
    try:
        return file.read_bytes(), content_type, file.absolute().as_uri()
    except OSError as error:
        raise UsageError(f"{source}: {error.strerror}") from error


def _fetch(session: Session, url: str) -> tuple[bytes, str, str]:
    from crawler.session import run
    from crawler.types import Result, Target
    from monitor.schedule.crawling import open_configured_crawler

    async def look() -> Result:
        async with open_configured_crawler(session.config) as crawler:
            return await crawler.fetch(Target(url))

    result = run(look)
    if not result.exchange.body:
        raise UsageError(f"{url}: {result.outcome} {result.reason or ''} {result.detail}".rstrip())
    headers = {name.lower(): value for name, value in result.exchange.response_headers}
    return result.exchange.body, headers.get(b"content-type", b"").decode("latin-1"), result.exchange.final_url


@inspect.command("compare")
def inspect_compare(
    context: typer.Context,
    before: Annotated[Path | None, typer.Argument(help="An .html, .txt or .pdf file.")] = None,
    after: Annotated[Path | None, typer.Argument(help="The same, later.")] = None,
    language: Language = "",
    explain: Annotated[bool, typer.Option("--explain", help="The rule, its cues and the confidence.")] = False,
    as_json: Json = False,
    batch: Batch = None,
) -> None:
    """Say what changed in meaning between two documents."""
    session = session_of(context)
    if batch is not None:
        if before or after:
            raise UsageError("--batch takes its texts from FILE: leave BEFORE and AFTER out")
        _answer_batch(session, "monitor.offline:answer_compare", batch)
        return
    if before is None or after is None:
        raise UsageError("inspect compare needs BEFORE and AFTER, or --batch FILE")
    request = {"lang": language, "before_path": str(before), "after_path": str(after)}
    with _pool(session, 1) as pool:
        compared: Compared = pool.run("monitor.offline:compare_request", request, _knowledge(session))
    if (verdict := compared.verdict) is not None:
        signals = output.line(", ".join(verdict.signals))
        output.console(stderr=True).print(f"AFTER would be held back: {verdict.outcome} {verdict.reason} ({signals})")
    if as_json:
        from monitor.offline import show_change

        output.print_json(show_change(change) for change in compared.comparison.changes)
        return
    if verdict is None or compared.comparison.text_changed:
        _show_comparison(compared.comparison, explain)


def _show_comparison(comparison: Comparison, explain: bool) -> None:
    from monitor.compare.words import diff_words

    console = output.console()
    if not comparison.changes:
        console.print("text changed, meaning did not" if comparison.text_changed else "no change")
    for change in comparison.changes:
        where = " › ".join((change.region, *change.path))
        console.print(
            f"[{change.severity.upper()}] {change.family}/{change.kind} {change.direction}"
            f"  ({output.line(where)}{f', {change.places} places' if change.places > 1 else ''})"
        )
        console.print(output.marked(diff_words(change.before, change.after)))
        console.print(f"  why: {output.line(change.reason)}")
        if explain:
            cues = ", ".join(_show_cue(cue, change) for cue in change.cues)
            console.print(f"  rule {change.rule}, confidence {change.confidence:.2f}; cues: {cues or 'none'}")
        console.print()
    for notice in comparison.notices:
        console.print(f"notice: {notice.kind} {output.line(notice.text)}")


def _show_cue(cue: Cue, change: Change) -> str:
    """ "may help (hedge, before 25-33)": the cue, its category, and which characters of which sentence it stands on."""
    sides = [
        side
        for side, words in (("before", change.before), ("after", change.after))
        if cue.text and words[cue.start : cue.end] == cue.text
    ]
    place = f", {' and '.join(sides)} {cue.start}-{cue.end}" if sides else ""
    return f"{output.line(cue.text)} ({cue.category}{place})"


@inspect.command("prices")
def inspect_prices(
    context: typer.Context,
    text: Annotated[str | None, typer.Argument(help="A text with prices.")] = None,
    language: Language = "",
    as_json: Json = False,
    batch: Batch = None,
) -> None:
    """Read the prices in a text."""
    session = session_of(context)
    if batch is not None:
        _answer_batch(session, "monitor.offline:answer_prices", batch)
        return
    if text is None:
        raise UsageError("inspect prices needs TEXT, or --batch FILE")
    from monitor.meaning.language import detect_language
    from monitor.meaning.prices import find_prices
    from monitor.offline import show_price

    prices = find_prices(text, language or detect_language(text, session.config.languages, "en"))
    if as_json:
        output.print_json(show_price(price) for price in prices)
        return
    rows = ((price.low, price.high, price.currency, price.qualifier, price.unit, price.service) for price in prices)
    output.print_table("", ("low", "high", "currency", "qualifier", "unit", "service"), rows, empty="no price")
