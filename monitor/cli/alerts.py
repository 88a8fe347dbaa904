"""`clinicwatch subscribe`, `subscriptions`, `unsubscribe` and `alerts …`: who gets what, and what is on its way."""

from __future__ import annotations

import sys
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import output
from monitor.cli.session import session_of

if TYPE_CHECKING:
    from email.message import EmailMessage

    from monitor.store.outbox import AlertSummary
    from monitor.store.subscriptions import Filters, Subscription

alerts = typer.Typer(no_args_is_help=True, help="The outbox: what is queued, sent, failed.")

Json = Annotated[bool, typer.Option("--json", help="JSON, one object a line.")]
AlertId = Annotated[int, typer.Argument(metavar="ID", help="As `alerts list` shows it.")]


def add_to(app: typer.Typer) -> None:
    app.command("subscribe")(subscribe)
    app.command("subscriptions")(list_all_subscriptions)
    app.command("unsubscribe")(unsubscribe)
    app.add_typer(alerts, name="alerts")


def subscribe(
    context: typer.Context,
    address: Annotated[str, typer.Argument(help="Mail address.")],
    clinic: Annotated[list[str] | None, typer.Option(help="Only this clinic (slug); may be repeated.")] = None,
    page: Annotated[list[str] | None, typer.Option(help="Only this page (id, URL or part of it).")] = None,
    language: Annotated[list[str] | None, typer.Option(help="Only pages in this language.")] = None,
    family: Annotated[list[str] | None, typer.Option(help="claim, price or disclaimer.")] = None,
    kind: Annotated[list[str] | None, typer.Option(help="efficacy, safety, amount, status …")] = None,
    direction: Annotated[list[str] | None, typer.Option(help="added, removed, strengthened …")] = None,
    severity: Annotated[str, typer.Option(help="The least that is mailed: low, medium, high, critical.")] = "low",
    delivery: Annotated[str, typer.Option(help="default, immediate, daily or weekly.")] = "default",
    name: Annotated[str, typer.Option(help="Who it is.")] = "",
    timezone: Annotated[str, typer.Option(help="For digests: Europe/Amsterdam …")] = "UTC",
) -> None:
    """Send changes to ADDRESS; without filters, all of them.

    By default critical and high changes are mailed at once, medium ones in a daily and low ones in a weekly digest.
    """
    from monitor.store.subscriptions import Filters, add_subscription

    filters = Filters(
        clinics=tuple(clinic or ()),
        pages=tuple(page or ()),
        languages=tuple(language or ()),
        families=tuple(family or ()),
        kinds=tuple(kind or ()),
        directions=tuple(direction or ()),
        severity=severity,
    )
    with session_of(context).transaction() as connection:
        added = add_subscription(connection, address, filters, name=name, delivery=delivery, timezone=timezone)
    print(f"subscription {added.id}: {added.address}, {_in_words(added.filters)}, {added.delivery} delivery")


def _in_words(filters: Filters) -> str:
    """What a subscription lets through, for a line on a terminal."""
    parts = [
        f"{name} {', '.join(values)}"
        for name in ("clinics", "pages", "languages", "families", "kinds", "directions")
        if (values := getattr(filters, name))
    ]
    if filters.severity != "low":
        parts.append(f"{filters.severity} and worse")
    return "; ".join(parts) or "everything"


def list_all_subscriptions(
    context: typer.Context,
    ended: Annotated[bool, typer.Option("--ended", help="Those that ended as well.")] = False,
    as_json: Json = False,
) -> None:
    """List the subscriptions."""
    from monitor.store.subscriptions import list_subscriptions

    states = ("active", "paused", "suspended", *(("ended",) if ended else ()))
    with session_of(context).transaction() as connection:
        found = list_subscriptions(connection, states=states)
    if as_json:
        output.print_json(_without_token(each) for each in found)
        return
    rows = (
        (
            each.id,
            each.address,
            each.state,
            each.delivery,
            _in_words(each.filters),
            each.suspended_reason or each.source,
        )
        for each in found
    )
    output.print_table(
        "",
        ("id", "address", "state", "delivery", "filters", "note"),
        rows,
        empty="no subscriptions; add one: clinicwatch subscribe ADDRESS",
    )


def _without_token(subscription: Subscription) -> dict[str, object]:
    """A subscription as plain data. Its token unsubscribes whoever shows it, so it stays here."""
    return {item.name: getattr(subscription, item.name) for item in fields(subscription) if item.name != "token"}


def unsubscribe(
    context: typer.Context, name: Annotated[str, typer.Argument(metavar="ID|ADDRESS", help="Which subscription.")]
) -> None:
    """End a subscription. What was sent to it stays on record."""
    from monitor.store.subscriptions import end_subscription

    with session_of(context).transaction() as connection:
        ended = end_subscription(connection, name)
    print(f"subscription {ended.id} of {ended.address} has ended")


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
    from monitor.alerts.sender import render_alert

    session = session_of(context)
    with session.transaction() as connection:
        mail = render_alert(connection, session.config, alert_id)
    _show_mail(mail, html)


@alerts.command("preview")
def preview_alert(
    context: typer.Context,
    change_id: Annotated[int, typer.Argument(metavar="CHANGE", help="As `clinicwatch changes` shows it.")],
    html: Annotated[Path | None, typer.Option("--html", help="Write the HTML part to this file.")] = None,
) -> None:
    """Show the mail that a change would make, without sending it."""
    from monitor.alerts.sender import preview_change

    session = session_of(context)
    with session.transaction() as connection:
        mail = preview_change(connection, session.config, change_id)
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
