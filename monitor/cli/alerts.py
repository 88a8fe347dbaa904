"""`clinicwatch alerts …`: what is on its way, what it looks like, and what people answered."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import output
from monitor.cli.session import session_of
from monitor.errors import UsageError

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
    to: Annotated[str | None, typer.Option(metavar="ID|ADDRESS", help="Only of this subscription.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 50,
    as_json: Json = False,
) -> None:
    """List the alerts, newest first."""
    from monitor.store.outbox import check_state
    from monitor.store.outbox import list_alerts as list_stored
    from monitor.store.subscriptions import get_subscription

    if state is not None:
        check_state(state)
    with session_of(context).transaction() as connection:
        of_whom = None if to is None else get_subscription(connection, to).id
        found = list_stored(connection, state=state, subscription_id=of_whom, limit=limit)
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
    """Show what became of an alert, and the mail that it is or will be; of a webhook or a service, what it is told."""
    from monitor.alerts.preview import render_alert, render_message
    from monitor.store.outbox import get_alert

    session = session_of(context)
    with session.transaction() as connection:
        alert = get_alert(connection, alert_id)
        message = render_message(connection, session.config, alert_id)
        mail = render_alert(connection, session.config, alert_id) if message is None else None
    print(f"state: {_fate(alert)}")
    if mail is not None:
        _show_mail(mail, html)
    elif message is not None:
        print(f"to: {output.line(alert.address)}\n\n{output.safe(message)}")


def _fate(alert: AlertSummary) -> str:
    """What became of an alert so far, in a line."""
    words = alert.state
    if alert.state == "sent":
        words += f" at {output.when(alert.sent_at)}"
    words += f", tried {alert.attempts} times" if alert.attempts else ", not tried yet"
    if alert.state == "queued":
        words += f"; due {output.when(alert.send_after)}"
    return words + (f"; {output.line(alert.last_error)}" if alert.last_error else "")


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
        output.write(html, rich.get_content())
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


@alerts.command("bounces")
def read_bounces(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(help="A maildir, a folder of mails, or one mail.")],
) -> None:
    """Read delivery reports (RFC 3464) that came back to `alerts.sender`: those alerts failed after all.

    Three of an address in a row suspend it. Nothing is moved or deleted; reading a report again changes nothing.
    """
    from collections import Counter

    from monitor.alerts.bounces import list_reports
    from monitor.store.bounced import settle_bounced

    session = session_of(context)
    settled: Counter[str] = Counter()
    try:
        read = [reports for _, reports in list_reports(path)]
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    for reports in read:
        for report in reports:
            if not report.failed:
                settled[f"{report.action or 'without an action'}: no bounce"] += 1
                continue
            problem = f"{report.status} {report.problem}".strip() or "no reason given"
            with session.transaction() as connection:
                outcome = settle_bounced(
                    connection,
                    report.message_id,
                    report.addresses,
                    problem,
                    bounced=report.bounced,
                    reported_at=report.reported_at,
                )
            settled[outcome] += 1
    told = ", ".join(f"{count} {outcome}" for outcome, count in settled.items())
    print(f"{len(read)} mails read; reports: {told or 'none'}")


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
