"""`clinicwatch subscribe`, `subscriptions …`, `confirm` and `unsubscribe`: who gets what, and how."""

from __future__ import annotations

import sys
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli import output
from monitor.cli.session import Session, session_of
from monitor.errors import UsageError

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from monitor.store.preferences import Filters, Preferences
    from monitor.store.subscriptions import Subscription

subscriptions = typer.Typer(help="Who gets what; without a further word, the list.", invoke_without_command=True)

Json = Annotated[bool, typer.Option("--json", help="JSON, one object a line.")]
Name = Annotated[str, typer.Argument(metavar="ID|ADDRESS", help="Which subscription.")]
Clinics = Annotated[list[str] | None, typer.Option("--clinic", help="Only this clinic (slug); may be repeated.")]
Countries = Annotated[list[str] | None, typer.Option("--country", help="Only clinics of this country: NL, US …")]
Pages = Annotated[list[str] | None, typer.Option("--page", help="Only this page (id, URL or part of it).")]
Languages = Annotated[list[str] | None, typer.Option("--language", help="Only pages in this language.")]
Families = Annotated[list[str] | None, typer.Option("--family", help="claim, price or disclaimer.")]
Kinds = Annotated[list[str] | None, typer.Option("--kind", help="efficacy, safety, amount, status …")]
Directions = Annotated[list[str] | None, typer.Option("--direction", help="added, removed, strengthened …")]
Words = Annotated[list[str] | None, typer.Option("--word", help="Only with this word or phrase; a last * is any end.")]
Severity = Annotated[str | None, typer.Option(help="The least that is mailed: low, medium, high, critical.")]
Delivery = Annotated[str | None, typer.Option(help="default, immediate, daily or weekly.")]
Deliveries = Annotated[list[str] | None, typer.Option("--deliver", help="For one severity: low=daily.")]
Timezone = Annotated[str | None, typer.Option(help="For digests and quiet hours: Europe/Amsterdam …")]
Quiet = Annotated[str | None, typer.Option(help="No mail between these times: 22:00-07:00; none: never quiet.")]
Hourly = Annotated[int | None, typer.Option(min=0, help="Mails an hour at most, the rest in one; 0: no bound.")]
MailLanguage = Annotated[str | None, typer.Option(help="Language of the mail: en, nl, da or es.")]
Heartbeat = Annotated[str | None, typer.Option(help="A digest though nothing changed: daily, weekly or none.")]
Confirmed = Annotated[bool, typer.Option("--confirmed", help="You vouch for it: nobody is asked.")]


def add_to(app: typer.Typer) -> None:
    app.command("subscribe")(subscribe)
    app.add_typer(subscriptions, name="subscriptions")
    app.command("confirm")(confirm)
    app.command("unsubscribe")(unsubscribe)


def subscribe(
    context: typer.Context,
    address: Annotated[str, typer.Argument(help="Mail address; with --webhook or --apprise, a URL.")],
    clinic: Clinics = None,
    country: Countries = None,
    page: Pages = None,
    language: Languages = None,
    family: Families = None,
    kind: Kinds = None,
    direction: Directions = None,
    word: Words = None,
    severity: Severity = None,
    delivery: Delivery = None,
    deliver: Deliveries = None,
    timezone: Timezone = None,
    quiet: Quiet = None,
    hourly: Hourly = None,
    mail_language: MailLanguage = None,
    heartbeat: Heartbeat = None,
    name: Annotated[str, typer.Option(help="Who it is.")] = "",
    webhook: Annotated[bool, typer.Option("--webhook", help="Post signed JSON to this URL instead of mails.")] = False,
    apprise: Annotated[
        bool, typer.Option("--apprise", help="Tell this Apprise URL instead: tgram://TOKEN/CHAT.")
    ] = False,
    confirmed: Confirmed = False,
) -> None:
    """Send changes to ADDRESS; without filters, all of them. Its owner is asked first, by mail.

    By default critical and high changes are mailed at once, medium ones in a daily and low ones in a weekly digest.
    """
    from monitor.store.preferences import EVERYTHING, USUAL
    from monitor.store.subscriptions import add_subscription

    given = dict(locals())
    channel = _channel(address, webhook=webhook, apprise=apprise)
    session = session_of(context)
    with session.transaction() as connection:
        added = add_subscription(
            connection,
            address,
            _filters(EVERYTHING, given),
            _preferences(USUAL, given),
            name=name,
            channel=channel,
            confirmed=confirmed or channel != "mail",
        )
        if added.state == "pending":
            _ask(session, connection, added)
    print(
        f"subscription {added.id}: {added.address}, {_in_words(added.filters)}, {added.preferences.delivery} delivery"
    )
    if added.state == "pending":
        print("its owner is asked by mail, and nothing else is sent before the answer; --confirmed skips this")
    if webhook:
        print(f"signed with {added.secret} (shown once)")


def _channel(address: str, *, webhook: bool, apprise: bool) -> str:
    """How the address is told; an Apprise URL must be one that Apprise knows."""
    if webhook and apprise:
        raise UsageError("--webhook or --apprise, not both")
    if apprise:
        from monitor.alerts.services import check_known

        check_known(address)
    return "apprise" if apprise else "webhook" if webhook else "mail"


def _ask(session: Session, connection: Connection, added: Subscription) -> None:
    from datetime import UTC, datetime

    from monitor.alerts.headers import parse_mailbox
    from monitor.store.confirmations import ask_to_confirm

    ask_to_confirm(connection, added, parse_mailbox(session.config.alerts.sender).domain, datetime.now(UTC))


def _filters(before: Filters, given: dict[str, Any]) -> Filters:
    """`before`, with what was given on the command line; "none" alone takes a filter away."""
    options = {"clinics": "clinic", "countries": "country", "pages": "page", "languages": "language"}
    options |= {"families": "family", "kinds": "kind", "directions": "direction", "words": "word"}
    values: dict[str, Any] = {
        field: () if given[option] == ["none"] else tuple(given[option])
        for field, option in options.items()
        if given[option] is not None
    }
    if "countries" in values:
        values["countries"] = tuple(code.upper() for code in values["countries"])
    if given["severity"] is not None:
        values["severity"] = given["severity"]
    return replace(before, **values)


def _preferences(before: Preferences, given: dict[str, Any]) -> Preferences:
    """`before`, with what was given on the command line; "none" takes quiet hours and heartbeat away."""
    values = {name: given[name] for name in ("delivery", "timezone", "hourly") if given[name] is not None}
    values |= {name: _unless_none(given[name]) for name in ("quiet", "heartbeat") if given[name] is not None}
    if given["mail_language"] is not None:
        values["language"] = given["mail_language"]
    if given["deliver"]:
        values["deliveries"] = tuple(sorted((dict(before.deliveries) | dict(map(_pair, given["deliver"]))).items()))
    return replace(before, **values)


def _unless_none(word: str) -> str:
    return "" if word == "none" else word


def _pair(words: str) -> tuple[str, str]:
    severity, equals, delivery = words.partition("=")
    if not equals:
        raise UsageError(f"--deliver: not {words!r}; expected something like low=daily")
    return severity.strip(), delivery.strip()


def _in_words(filters: Filters) -> str:
    """What a subscription lets through, for a line on a terminal."""
    from monitor.store.preferences import LIST_FILTERS

    parts = [f"{name} {', '.join(values)}" for name in LIST_FILTERS if (values := getattr(filters, name))]
    if filters.severity != "low":
        parts.append(f"{filters.severity} and worse")
    return "; ".join(parts) or "everything"


@subscriptions.callback()
def list_all_subscriptions(
    context: typer.Context,
    ended: Annotated[bool, typer.Option("--ended", help="Those that ended as well.")] = False,
    as_json: Json = False,
) -> None:
    """Who gets what; without a further word, the list."""
    if context.invoked_subcommand is not None:
        return
    from monitor.store.subscriptions import STANDING, list_subscriptions

    with session_of(context).transaction() as connection:
        found = list_subscriptions(connection, states=(*STANDING, *(("ended",) if ended else ())))
    if as_json:
        output.print_json(_without_secrets(each) for each in found)
        return
    columns = ("id", "address", "state", "delivery", "filters", "note")
    empty = "no subscriptions; add one: clinicwatch subscribe ADDRESS"
    output.print_table("", columns, map(_row, found), empty=empty)


def _row(each: Subscription) -> tuple[object, ...]:
    told, note = each.preferences, each.suspended_reason or each.source
    delivery = ", ".join((told.delivery, *(f"{severity} {how}" for severity, how in told.deliveries)))
    return each.id, each.address, each.state, delivery, _in_words(each.filters), note


def _without_secrets(subscription: Subscription) -> dict[str, object]:
    """A subscription as plain data. Its token unsubscribes whoever shows it, its secret signs: both stay here."""
    hidden = {"token", "secret"}
    return {item.name: getattr(subscription, item.name) for item in fields(subscription) if item.name not in hidden}


@subscriptions.command("show")
def show_subscription(context: typer.Context, name: Name) -> None:
    """Show a subscription, what it muted, and (with web pages) its own links: whoever has those can end it."""
    from monitor.alerts.links import Links, check_base_url
    from monitor.store.feedback import list_mutes
    from monitor.store.secrets import link_key
    from monitor.store.subscriptions import get_subscription

    session = session_of(context)
    with session.transaction() as connection:
        found = get_subscription(connection, name)
        mutes = list_mutes(connection, found.id)
        key = link_key(connection, session.config)
    base_url = check_base_url(session.config.web.base_url)
    rows = [(name, value) for name, value in _without_secrets(found).items() if name not in ("filters", "preferences")]
    rows += [("filters", _in_words(found.filters))]
    rows += [(item.name, getattr(found.preferences, item.name)) for item in fields(found.preferences)]
    rows += [(f"muted {each.kind}", each.label) for each in mutes]
    if base_url:
        links = Links(base_url, key)
        rows += [(purpose, links.link(purpose, found)) for purpose in ("preferences", "unsubscribe", "feed")]
    output.print_table("", ("what", "value"), rows)


@subscriptions.command("change")
def change_subscription(
    context: typer.Context,
    name: Name,
    clinic: Clinics = None,
    country: Countries = None,
    page: Pages = None,
    language: Languages = None,
    family: Families = None,
    kind: Kinds = None,
    direction: Directions = None,
    word: Words = None,
    severity: Severity = None,
    delivery: Delivery = None,
    deliver: Deliveries = None,
    timezone: Timezone = None,
    quiet: Quiet = None,
    hourly: Hourly = None,
    mail_language: MailLanguage = None,
    heartbeat: Heartbeat = None,
) -> None:
    """Change what a subscription asks for, or how it is told; what is not named stays."""
    from monitor.store import subscriptions as store

    given = dict(locals())
    with session_of(context).transaction() as connection:
        found = _of_people(store.get_subscription(connection, name))
        filters, preferences = _filters(found.filters, given), _preferences(found.preferences, given)
        changed = store.change_subscription(connection, found.id, filters, preferences)
    _tell(changed)


def _of_people(found: Subscription) -> Subscription:
    if found.source == "config":
        raise UsageError(f"subscription {found.id} is kept in step with the configuration: change it there")
    return found


@subscriptions.command("pause")
def pause_subscription(context: typer.Context, name: Name) -> None:
    """Send nothing for now. What changes meanwhile is not sent later; what waits already is."""
    from monitor.store import subscriptions as store

    with session_of(context).transaction() as connection:
        found = store.get_subscription(connection, name)
        if found.state != "active":
            raise UsageError(f"subscription {found.id} is {found.state}")
        store.set_subscription_state(connection, found.id, "paused")
    print(f"subscription {found.id} of {found.address} is paused")


@subscriptions.command("resume")
def resume_subscription(context: typer.Context, name: Name) -> None:
    """Send again: after a pause, or after an address that bounced was mended."""
    from monitor.store import subscriptions as store

    with session_of(context).transaction() as connection:
        found = store.get_subscription(connection, name)
        if found.state not in ("paused", "suspended"):
            raise UsageError(f"subscription {found.id} is {found.state}")
        store.set_subscription_state(connection, found.id, "active")
    print(f"subscription {found.id} of {found.address} is active")


@subscriptions.command("ask")
def ask_again(context: typer.Context, name: Name) -> None:
    """Mail the owner of a pending subscription once more."""
    from monitor.store.subscriptions import get_subscription

    session = session_of(context)
    with session.transaction() as connection:
        found = get_subscription(connection, name)
        _ask(session, connection, found)
    print(f"{found.address} is asked again")


@subscriptions.command("import")
def import_subscriptions(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="TOML with [[subscriptions]], as in the configuration.")],
    confirmed: Confirmed = False,
) -> None:
    """Add and change subscriptions as FILE has them; what it does not name stays as it is."""
    from monitor.store.subscription_files import read_subscriptions, take_subscriptions

    session = session_of(context)
    entries = read_subscriptions(file)
    with session.transaction() as connection:
        report, added = take_subscriptions(connection, entries, confirmed=confirmed)
        pending = [each for each in added if each.state == "pending"]
        for each in pending:
            _ask(session, connection, each)
    print(f"subscriptions: {report.added} added, {report.changed} changed; {len(pending)} owners are asked by mail")


@subscriptions.command("export")
def export_subscriptions(
    context: typer.Context,
    file: Annotated[Path | None, typer.Argument(help="Where to; standard output if left out.")] = None,
) -> None:
    """Write the subscriptions as TOML, as `subscriptions import` and the configuration read it."""
    from monitor.store.subscription_files import write_subscriptions
    from monitor.store.subscriptions import list_subscriptions

    with session_of(context).transaction() as connection:
        found = list_subscriptions(connection)
    text = write_subscriptions(found)
    if file is None:
        sys.stdout.write(text)
        return
    output.write(file, text)
    print(f"{len(found)} subscriptions written to {file}", file=sys.stderr)


def confirm(
    context: typer.Context, code: Annotated[str, typer.Argument(help="As the mail to the owner has it.")]
) -> None:
    """Confirm a subscription with the code that its owner answered with."""
    from datetime import UTC, datetime

    from monitor.alerts.links import hash_code
    from monitor.store.confirmations import confirm as confirm_stored

    with session_of(context).transaction() as connection:
        _tell(confirm_stored(connection, hash_code(code.strip()), datetime.now(UTC)))


def unsubscribe(context: typer.Context, name: Name) -> None:
    """End a subscription. What was sent to it stays on record."""
    from monitor.store.subscriptions import end_subscription

    with session_of(context).transaction() as connection:
        ended = end_subscription(connection, name)
    print(f"subscription {ended.id} of {ended.address} has ended")


def _tell(found: Subscription) -> None:
    print(f"subscription {found.id}: {found.address}, {_in_words(found.filters)}, {found.state}")
