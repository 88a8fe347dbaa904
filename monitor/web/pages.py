"""The web pages for those who get mails: confirm, preferences, end, false alarm, hear less.

GET shows and never changes; POST does. Every address carries its own proof (`alerts.links`), so there are no accounts
and no cookies, and a form of another site can do nothing. The one-click POST of RFC 8058 is the POST of the page that
ends a subscription.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from jinja2 import Environment

from monitor.alerts.catalogue import Catalogue, catalogue
from monitor.alerts.clean import clean_line
from monitor.alerts.links import Links, Purpose, hash_code
from monitor.alerts.subject import short_url
from monitor.alerts.view import describe_subscription
from monitor.alerts.wording import label_change
from monitor.errors import NotFoundError, UsageError
from monitor.store.alert_contents import MailChange, MailPage, load_change
from monitor.store.confirmations import ask_again, confirm, find_asked
from monitor.store.feedback import MuteKind, add_false_alarm, add_mute, block_value, list_mutes, remove_mute
from monitor.store.subscriptions import (
    BY_OWNER,
    Subscription,
    change_subscription,
    get_subscription,
    set_subscription_state,
)
from monitor.web.environment import Page, make_environment
from monitor.web.preferences import make_form, read_form

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

MUTES: tuple[MuteKind, ...] = ("block", "page", "rule")


class BadLinkError(Exception):
    """The link is not one of ours, or what it names is not there. Never says which."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A link that proved itself: whose it is, and in which language to answer."""

    connection: Connection
    subscription: Subscription
    say: Catalogue

    @property
    def about(self) -> str:
        return describe_subscription(self.say, self.subscription.filters)


@dataclass(frozen=True, slots=True)
class Pages:
    """All pages, over one store; `links` checks and makes links, `domain` is that of our mails."""

    engine: Engine
    links: Links
    domain: str = "localhost"
    _templates: Environment = field(default_factory=make_environment)

    def show_confirmation(self, code: str, language: str = "en") -> Page:
        """Asks for the yes, or says why it is too late. Looks at the token and does not use it."""
        with self.engine.begin() as connection:
            asked = find_asked(connection, hash_code(code), datetime.now(UTC))
        if asked is None:
            return self.message(catalogue(language), "expired", status=404)
        found, say = asked.subscription, catalogue(asked.subscription.preferences.language)
        if asked.state == "used":
            lines = [say("web.was_confirmed", address=found.address)]
            return self._page("page", say, "confirmed_title", status=410, lines=lines)
        if asked.state == "expired":
            lines = [say("web.too_old", address=found.address)]
            return self._page("ask", say, "too_old_title", status=410, lines=lines, button=say("web.again_button"))
        line = say("web.confirm_ask", address=found.address, about=describe_subscription(say, found.filters))
        return self._page("ask", say, "confirm_title", lines=[line], button=say("web.confirm_button"))

    def take_confirmation(self, code: str, language: str = "en") -> Page:
        """The yes: uses the token up. For one that is too old, the wish for another."""
        now, token = datetime.now(UTC), hash_code(code)
        with self.engine.begin() as connection:
            asked = find_asked(connection, token, now)
            if asked is not None and asked.state == "expired":
                found = ask_again(connection, token, self.domain, now)
                title, words = "asked_again_title", "web.asked_again"
            else:
                try:
                    found = confirm(connection, token, now)
                except NotFoundError:
                    return self.show_confirmation(code, language)
                title, words = "confirmed_title", "web.confirmed"
        say = catalogue(found.preferences.language)
        return self._page("page", say, title, lines=[say(words, address=found.address)])

    def show_unsubscribe(self, subscription_id: int, signature: str) -> Page:
        with self.asked("unsubscribe", subscription_id, signature) as asked:
            say, address = asked.say, asked.subscription.address
            if asked.subscription.state == "ended":
                return self._page("page", say, "ended_title", lines=[say("web.ended", address=address)])
            line = say("web.unsubscribe_ask", address=address, about=asked.about)
            return self._page("ask", say, "unsubscribe_title", lines=[line], button=say("web.unsubscribe_button"))

    def take_unsubscribe(self, subscription_id: int, signature: str) -> Page:
        """Ends the subscription; doing it again does nothing. A mail provider's one click comes here too."""
        with self.asked("unsubscribe", subscription_id, signature) as asked:
            if asked.subscription.state != "ended":
                set_subscription_state(asked.connection, subscription_id, "ended", BY_OWNER)
            line = asked.say("web.ended", address=asked.subscription.address)
            return self._page("page", asked.say, "ended_title", lines=[line])

    def show_alarm(self, subscription_id: int, change_id: int, signature: str) -> Page:
        with self.asked("alarm", subscription_id, signature, change_id) as asked:
            say = asked.say
            lines = [self._name(asked, change_id), say("web.alarm_ask")]
            label, button = say("web.alarm_words"), say("web.alarm_button")
            return self._page("ask", say, "alarm_title", lines=lines, words_label=label, button=button)

    def take_alarm(self, subscription_id: int, change_id: int, signature: str, form: Mapping[str, str]) -> Page:
        with self.asked("alarm", subscription_id, signature, change_id) as asked:
            words = clean_line(form.get("words", ""), 2_000)
            add_false_alarm(asked.connection, subscription_id, change_id, words, datetime.now(UTC))
            line = asked.say("web.alarm_done", change=change_id)
            return self._page("page", asked.say, "alarm_done_title", lines=[line])

    def show_mute(self, subscription_id: int, change_id: int, signature: str, status: int = 200) -> Page:
        with self.asked("mute", subscription_id, signature, change_id) as asked:
            say, labels = asked.say, _labels(asked.say, *load_change(asked.connection, change_id))
            choices = [(kind, say(f"web.mute_{kind}", label=labels[kind])) for kind in MUTES]
            button, legend = say("web.mute_button"), say("web.mute_ask")
            lines = [self._name(asked, change_id)]
            title = "mute_title"
            return self._page(
                "ask", say, title, status=status, lines=lines, choices=choices, legend=legend, button=button
            )

    def take_mute(self, subscription_id: int, change_id: int, signature: str, form: Mapping[str, str]) -> Page:
        kind = next((each for each in MUTES if each == form.get("kind")), None)
        if kind is None:
            return self.show_mute(subscription_id, change_id, signature, 422)
        with self.asked("mute", subscription_id, signature, change_id) as asked:
            change, page = load_change(asked.connection, change_id)
            values = {"rule": change.rule, "page": str(page.id)}
            value = values.get(kind) or block_value(page.id, change.region, change.path)
            label = asked.say(f"web.mute_{kind}", label=_labels(asked.say, change, page)[kind])
            now = datetime.now(UTC)
            add_mute(asked.connection, subscription_id, kind, value, label=label, change_id=change_id, now=now)
            return self._page("page", asked.say, "muted_title", lines=[asked.say("web.muted", label=label)])

    def show_preferences(
        self, subscription_id: int, signature: str, *, saved: bool = False, wrong: str = "", status: int = 200
    ) -> Page:
        with self.asked("preferences", subscription_id, signature) as asked:
            found, say = asked.subscription, asked.say
            lines = [say("web.saved")] if saved else []
            lines += [say("web.preferences_of", id=found.id, address=found.address, about=asked.about)]
            notes = {"pending": "pending", "suspended": "suspended", "ended": "has_ended"}
            if found.source == "config":
                lines.append(say("web.by_config"))
            if found.state in notes:
                lines.append(say(f"web.{notes[found.state]}"))
            changeable = found.source != "config" and found.state != "ended"
            return self._page(
                "preferences",
                say,
                "preferences_title",
                status=status,
                wrong=wrong,
                lines=lines,
                form=make_form(say, found) if changeable else None,
                mutes=list_mutes(asked.connection, found.id),
                feed=self.links.link("feed", found) if found.state != "ended" else "",
                unsubscribe=self.links.link("unsubscribe", found),
            )

    def take_preferences(self, subscription_id: int, signature: str, form: Mapping[str, str]) -> Page:
        try:
            with self.asked("preferences", subscription_id, signature) as asked:
                _change_preferences(asked, form)
        except UsageError as error:
            return self.show_preferences(subscription_id, signature, wrong=str(error), status=422)
        return self.show_preferences(subscription_id, signature, saved=True)

    def message(self, say: Catalogue, name: str, *, status: int, lines: list[str] | None = None) -> Page:
        """A page that says `name` of the catalogue."""
        return self._page("page", say, f"{name}_title", status=status, lines=lines or [say(f"web.{name}")])

    def home(self, language: str = "en") -> Page:
        """What this is, for whoever comes here."""
        say = catalogue(language)
        return self._page("page", say, "title", lines=[say("web.home"), say("web.home_mails")])

    @contextmanager
    def asked(
        self, purpose: Purpose, subscription_id: int, signature: str, target: int | None = None
    ) -> Iterator[Asked]:
        """A transaction for a link that proves itself. Raises BadLinkError."""
        with self.engine.begin() as connection:
            try:
                found = get_subscription(connection, str(subscription_id))
            except NotFoundError as error:
                raise BadLinkError from error
            if not self.links.is_signed(signature, purpose, found, target):
                raise BadLinkError
            yield Asked(connection, found, catalogue(found.preferences.language))

    def _name(self, asked: Asked, change_id: int) -> str:
        change, page = load_change(asked.connection, change_id)
        return f"#{change.id}: {label_change(asked.say, change)} | {short_url(page.url)}"

    def _page(self, template: str, say: Catalogue, title: str, *, status: int = 200, **values: Any) -> Page:
        usual = {"lines": [], "words_label": "", "choices": [], "legend": "", "button": "", "wrong": ""}
        root = self.links.base_url
        made = self._templates.get_template(f"{template}.html.j2")
        return Page(status, made.render(say=say, title=say(f"web.{title}"), root=root, **(usual | values)))


def _change_preferences(asked: Asked, form: Mapping[str, str]) -> None:
    """What the form of the preferences asks for; a form without its fields changes nothing. Raises UsageError."""
    found, connection = asked.subscription, asked.connection
    if (mute := form.get("unmute", "")).isdecimal() and len(mute) < 19:
        remove_mute(connection, found.id, int(mute))
    elif "severity" in form and found.source != "config" and found.state != "ended":
        change_subscription(connection, found.id, *read_form(form, found))
        if found.state != "pending":
            set_subscription_state(connection, found.id, "paused" if form.get("paused") == "yes" else "active")


def _labels(say: Catalogue, change: MailChange, page: MailPage) -> dict[str, str]:
    place = clean_line(" › ".join((*change.path[-2:], change.region)), 200)
    where = short_url(page.url)
    rule = f"{clean_line(change.rule, 100)} ({label_change(say, change)})"
    return {"rule": rule, "page": where, "block": f"{where}, {place}"}
