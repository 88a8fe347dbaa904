"""The web pages in a real browser, served for real: read and used by a thumb and by a mouse, by day and by night."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from browser.chromium import Scheme, Tab
from browser.look import find_faults
from sqlalchemy import Engine
from system.test_web_pages import changed, subscribed

from monitor.alerts.links import Links, hash_code
from monitor.config import Config
from monitor.store.confirmations import ask_to_confirm, get_confirmation, record_token
from monitor.store.feedback import list_false_alarms, list_mutes
from monitor.store.outbox import list_alerts
from monitor.store.preferences import Filters, Preferences
from monitor.store.secrets import link_key
from monitor.store.subscriptions import Subscription, get_subscription
from monitor.web.server import serving

pytestmark = pytest.mark.system
WINDOWS: list[tuple[int, Scheme]] = [(360, "light"), (360, "dark"), (1100, "light"), (1100, "dark")]


@dataclass
class Site:
    """The pages as they are served, with a subscription, a change, and links to everything."""

    engine: Engine
    links: Links
    subscription: Subscription
    change: int

    def url(self, page: str) -> str:
        """The address of one kind of page."""
        made: dict[str, Callable[[], str]] = {
            "home": lambda: f"{self.links.base_url}/",
            "wrong": lambda: f"{self.links.base_url}/u/7/{'A' * 24}",
            "confirm": lambda: self.question(timedelta(0)),
            "too old": lambda: self.question(timedelta(days=8)),
            "preferences": lambda: self.links.link("preferences", self.subscription),
            "unsubscribe": lambda: self.links.link("unsubscribe", self.subscription),
            "alarm": lambda: self.links.link("alarm", self.subscription, self.change),
            "mute": lambda: self.links.link("mute", self.subscription, self.change),
        }
        return made[page]()

    def question(self, age: timedelta) -> str:
        """The link of a mail that asked so long ago; the mail itself is left out."""
        asked_at = datetime.now(UTC) - age
        pending = subscribed(self.engine, confirmed=False)
        with self.engine.begin() as connection:
            ask_to_confirm(connection, pending, "watch.example.org", asked_at)
            (alert,) = [each for each in list_alerts(connection) if each.subscription_id == pending.id]
            confirmation = get_confirmation(connection, alert.group_key)
            code = self.links.confirmation_code(confirmation.id, pending)
            record_token(connection, confirmation.id, hash_code(code))
        return self.links.confirmation(code)

    def found(self) -> Subscription:
        with self.engine.connect() as connection:
            return get_subscription(connection, str(self.subscription.id))


@pytest.fixture
def site(engine: Engine, config: Config) -> Iterator[Site]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    web = msgspec.structs.replace(config.web, base_url=f"http://127.0.0.1:{port}", port=port)
    served = msgspec.structs.replace(config, web=web)
    told = Preferences(language="nl", quiet="22:00-07:00")
    subscription = subscribed(engine, filters=Filters(severity="medium", words=("genez*",)), preferences=told)
    path = ["Spinal cord injury", "A heading that is much longer than the screen of any telephone is wide, by far"]
    _, change = changed(engine, path=path)
    with serving(engine, served), engine.begin() as connection:
        links = Links(web.base_url, link_key(connection, served))
        connection.commit()
        yield Site(engine, links, subscription, change)


@pytest.mark.parametrize("page", ["home", "wrong", "confirm", "too old", "preferences", "unsubscribe", "alarm", "mute"])
def test_a_page_reads_well(tab: Tab, site: Site, page: str) -> None:
    url = site.url(page)
    for width, scheme in WINDOWS:
        tab.open(url, width, scheme, mobile=width < 500)
        expected = ["console: Failed to load resource"] if page in ("wrong", "too old") else []
        faults = [each for each in find_faults(tab) if not any(each.startswith(known) for known in expected)]
        assert faults == [], (page, width, scheme)
        assert {each.removeprefix(site.links.base_url).partition("?")[0] for each in tab.asked} <= {
            url.removeprefix(site.links.base_url),
            "/style.css",
            "/favicon.ico",
        }
        family = tab.evaluate("getComputedStyle(document.body).fontFamily")
        assert "sans-serif" in family, "the style sheet was let through by the policy"
        assert tab.evaluate("document.documentElement.lang") in ("en", "nl")


def test_preferences_are_saved_by_pressing_the_button(tab: Tab, site: Site) -> None:
    tab.open(site.url("preferences"), 360, "light", mobile=True)
    tab.evaluate("document.querySelector('#language').value = 'da'")
    tab.evaluate("document.querySelector('#severity').value = 'critical'")
    tab.click("form button")
    assert "Gemt." in tab.evaluate("document.body.innerText")
    found = site.found()
    assert (found.preferences.language, found.filters.severity) == ("da", "critical")
    assert (found.preferences.quiet, found.filters.words) == ("22:00-07:00", ("genez*",))


def test_what_cannot_be_saved_is_said_beside_the_form(tab: Tab, site: Site) -> None:
    tab.open(site.url("preferences"), 360, "dark", mobile=True)
    tab.evaluate("document.querySelector('#quiet').value = 'at night'")
    tab.click("form button")
    assert "kon niet worden bewaard" in tab.evaluate("document.querySelector('[role=alert]').innerText")
    assert [each for each in find_faults(tab) if not each.startswith("console: Failed to load resource")] == []
    assert site.found() == site.subscription


def test_a_false_alarm_and_a_mute_by_thumb(tab: Tab, site: Site) -> None:
    tab.open(site.url("alarm"), 360, "light", mobile=True)
    tab.evaluate("document.querySelector('#words').value = 'Only the date. <b>'")
    tab.click("form button")
    tab.open(site.url("mute"), 360, "light", mobile=True)
    tab.evaluate("document.querySelector('#kind-page').click()")
    tab.click("form button")
    with site.engine.connect() as connection:
        (alarm,) = list_false_alarms(connection)
        (mute,) = list_mutes(connection, site.subscription.id)
    assert (alarm.words, mute.kind) == ("Only the date. <b>", "page")
    tab.open(site.url("preferences"), 360, "light", mobile=True)
    assert find_faults(tab) == []
    tab.click("button[name=unmute]")
    with site.engine.connect() as connection:
        assert list_mutes(connection, site.subscription.id) == []


def test_a_subscription_is_confirmed_and_another_ended_by_clicks(tab: Tab, site: Site) -> None:
    tab.open(site.url("confirm"), 1100, "light")
    tab.click("form button")
    assert "Confirmed" in tab.evaluate("document.title")
    tab.open(site.url("unsubscribe"), 1100, "light")
    assert site.found().state == "active"
    tab.click("form button")
    assert site.found().state == "ended"


def test_the_policy_lets_no_script_run(tab: Tab, site: Site) -> None:
    """Even one that got into the page."""
    tab.open(site.url("preferences"), 1100, "light")
    tab.evaluate(
        "(() => { const each = document.createElement('script'); each.textContent = 'document.title = \"ran\"';"
        " document.body.append(each); })()"
    )
    assert tab.evaluate("document.title") != "ran"
