"""`clinicwatch alerts …`: what is on its way, what it looks like, and what people answered."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import output
from monitor.cli.session import session_of

if TYPE_CHECKING:
    from email.message import EmailMessage

    from monitor.store.outbox import AlertSummary

alerts = typer.Typer(no_args_is_help=True, help="The outbox: what is queued, sent, failed.")

Json = Annotated[bool, typer.Option("--json", help="JSON, one object a line.")]
AlertId = Annotated[int, typer.Argument(metavar="ID", help="As `alerts list` shows it.")]


def add_to(app: typer.Typer) -> None:
    app.add_typer(alerts, name="alerts")


@alerts.command("list")
def list_alerts(
    context: typer.Context,
    state: Annotated[str | None, typer.Option(help="queued, sent, failed or dropped.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 50,
    as_json: Json = False,
) -> None:
    """List the alerts, newest first."""
    from monitor.store.outbox import list_alerts as list_stored

    with session_of(context).transaction() as connection:
        found = list_stored(connection, state=state, limit=limit)
    if as_json:
        output.print_json(found)
        return
    rows = (
        (
            one.id,
            one.state,
            one.kind,
            one.address,
            one.page_url or one.clinic or one.group_key,
            one.changes + one.notices,
            output.when(one.sent_at or one.send_after),
            one.last_error,
        )
        for one in found
    )
    output.print_table(
        "", ("id", "state", "kind", "to", "about", "items", "sent/due", "error"), rows, empty="no alerts"
    )


@alerts.command("show")
def show_alert(
    context: typer.Context,
    alert_id: AlertId,
    html: Annotated[Path | None, typer.Option("--html", help="Write the HTML part to this file.")] = None,
) -> None:
    """Show an alert as the mail that it is or will be."""
    from monitor.alerts.preview import render_alert

    session = session_of(context)
    with session.transaction() as connection:
        mail = render_alert(connection, session.config, alert_id)
    _show_mail(mail, html)


@alerts.command("preview")
def preview_alert(
    context: typer.Context,
    change_id: Annotated[int, typer.Argument(metavar="CHANGE", help="As `clinicwatch changes` shows it.")],
    html: Annotated[Path | None, typer.Option("--html", help="Write the HTML part to this file.")] = None,
    language: Annotated[str, typer.Option(help="Of the mail: en, nl, da or es.")] = "en",
) -> None:
    """Show the mail that a change would make, without sending it."""
    from monitor.alerts.preview import preview_change

    session = session_of(context)
    with session.transaction() as connection:
        mail = preview_change(connection, session.config, change_id, language)
    _show_mail(mail, html)


def _show_mail(mail: EmailMessage, html: Path | None) -> None:
    for name in ("Subject", "From", "To", "Date", "Message-ID"):
        if name in mail:
            print(f"{name}: {output.line(mail[name])}")
    plain, rich = mail.get_body(("plain",)), mail.get_body(("html",))
    print()
    print(output.safe(plain.get_content() if plain is not None else "(no text part)"))
    if html is not None and rich is not None:
        html.write_text(rich.get_content(), encoding="utf-8")
        print(f"HTML part written to {html}", file=sys.stderr)


@alerts.command("test")
def send_test_mail(
    context: typer.Context,
    address: Annotated[str, typer.Argument(help="Who gets the mail.")],
    language: Annotated[str, typer.Option(help="Of the mail: en, nl, da or es.")] = "en",
) -> None:
    """Send a short mail to ADDRESS now, the way that alerts go, and say what came of it."""
    import asyncio
    from datetime import UTC, datetime

    from monitor.alerts.preview import send_test

    config = session_of(context).config
    asyncio.run(send_test(config, address, datetime.now(UTC), language))
    smtp = config.alerts.smtp
    way = f"{smtp.host}:{smtp.port} took it" if smtp.host else f"written to {config.alerts.outbox_directory}"
    print(f"a test mail to {address}: {way}")


@alerts.command("false-alarms")
def list_false_alarms(context: typer.Context, as_json: Json = False) -> None:
    """What subscribers called false alarms, newest first."""
    from monitor.store.feedback import list_false_alarms as list_stored

    with session_of(context).transaction() as connection:
        found = list_stored(connection)
    if as_json:
        output.print_json(found)
        return
    rows = (
        (one.change_id, one.severity, one.rule, one.before, one.after, one.words, output.when(one.given_at))
        for one in found
    )
    columns = ("change", "severity", "rule", "before", "after", "what was said", "when")
    output.print_table("", columns, rows, empty="no false alarms")


@alerts.command("retry")
def retry_alert(context: typer.Context, alert_id: AlertId) -> None:
    """Send a failed or dropped alert at the next chance."""
    from datetime import UTC, datetime

    from monitor.store.outbox import retry_alert as retry_stored

    with session_of(context).transaction() as connection:
        _tell(retry_stored(connection, alert_id, datetime.now(UTC)))


@alerts.command("drop")
def drop_alert(
    context: typer.Context,
    alert_id: AlertId,
    why: Annotated[str, typer.Option(help="Kept with the alert.")] = "dropped by hand",
) -> None:
    """Never send a queued or failed alert."""
    from monitor.store.outbox import drop_alert as drop_stored

    with session_of(context).transaction() as connection:
        _tell(drop_stored(connection, alert_id, why))


def _tell(alert: AlertSummary) -> None:
    print(f"alert {alert.id} to {alert.address}: {alert.state}")
