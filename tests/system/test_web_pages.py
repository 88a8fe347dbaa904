"""The web pages over real HTTP: GET changes nothing, POST does, and nobody gets in with a link that is not theirs."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit
from xml.etree import ElementTree as ET

import msgspec
import pytest
from db.rows import NOW, add_change, add_clinic, add_notice, add_page
from lxml import html as lxml_html
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine, text
from system.smtp_sink import Sink, open_sink
from unit.hostile_words import HOSTILE

from monitor.alerts.links import Links, Purpose
from monitor.alerts.plan import queue_changes, queue_notices
from monitor.alerts.sender import deliver_due
from monitor.config import Config, project_home
from monitor.errors import ConfigError
from monitor.store.confirmations import ask_to_confirm
from monitor.store.feedback import count_false_alarms, list_false_alarms, list_mutes
from monitor.store.figures import read_stats
from monitor.store.outbox import list_alerts
from monitor.store.preferences import Filters, Preferences
from monitor.store.secrets import link_key
from monitor.store.subscriptions import Subscription, add_subscription, get_subscription
from monitor.store.verdicts import Verdict, mark_change
from monitor.store.visits import clean_text
from monitor.web.server import WebError, serving

pytestmark = pytest.mark.system

BASE = "https://watch.example.org"
DUE = NOW + timedelta(minutes=5)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: str


@dataclass
class Web:
    """A client of the pages that are served, and a link maker of the same store."""

    port: int
    engine: Engine
    links: Links

    def ask(self, method: str, url: str, form: dict[str, str] | None = None, **headers: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        body = None
        if form is not None:
            body = urlencode(form)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request(method, urlsplit(url).path, body, headers)
        answer = connection.getresponse()
        read = answer.read().decode()
        connection.close()
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, read)

    def get(self, url: str, **headers: str) -> Answer:
        return self.ask("GET", url, **headers)

    def post(self, url: str, **form: str) -> Answer:
        return self.ask("POST", url, form)

    def rows(self, table: str) -> list[Any]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(f"SELECT * FROM {table} ORDER BY 1"))]

    def state(self, subscription: Subscription) -> str:
        with self.engine.connect() as connection:
            return get_subscription(connection, str(subscription.id)).state

    def everything(self) -> list[Any]:
        return [self.rows(table) for table in ("subscription", "confirmation", "mute", "feedback", "alert")]


@pytest.fixture
def web_config(config: Config) -> Config:
    web = msgspec.structs.replace(config.web, base_url=BASE, port=0)
    return msgspec.structs.replace(config, web=web)


@pytest.fixture
def web(engine: Engine, web_config: Config) -> Iterator[Web]:
    with serving(engine, web_config) as port, engine.begin() as connection:
        links = Links(BASE, link_key(connection, web_config))
        connection.commit()
        yield Web(port, engine, links)


def subscribed(engine: Engine, **given: Any) -> Subscription:
    with engine.begin() as connection:
        return add_subscription(connection, "someone@example.org", **given)


def changed(engine: Engine, **given: Any) -> tuple[int, int]:
    """A page, and a change on it."""
    with engine.begin() as connection:
        clinic = connection.scalar(text("SELECT id FROM clinic")) or add_clinic(connection)
        number = connection.scalar(text("SELECT count(*) FROM page"))
        page = add_page(connection, clinic, f"https://stemedix.com/page-{number}")
        return page, add_change(connection, page, **given)


def delivered(engine: Engine, config: Config, now: datetime) -> Sink:
    async def main() -> Sink:
        async with open_sink() as sink:
            smtp = msgspec.structs.replace(config.alerts.smtp, host="127.0.0.1", port=sink.port, security="none")
            alerts = msgspec.structs.replace(config.alerts, smtp=smtp)
            await deliver_due(engine, msgspec.structs.replace(config, alerts=alerts), now, "test")
            return sink

    return asyncio.run(main())


def confirmation_links(sink: Sink) -> list[str]:
    texts = [mail.get_body(("plain",)).get_content() for mail in sink.mails]  # type: ignore[union-attr]
    return [link for plain in texts for link in re.findall(r"https://watch\.example\.org/c/\S+(?=>)", plain)]


def test_a_subscription_is_confirmed_by_its_owner_and_once(engine: Engine, web_config: Config, web: Web) -> None:
    pending = subscribed(engine, confirmed=False, preferences=Preferences(language="nl"))
    now = datetime.now(UTC)
    with engine.begin() as connection:
        ask_to_confirm(connection, pending, "watch.example.org", now)
    sink = delivered(engine, web_config, now + timedelta(seconds=1))
    (mail,) = sink.mails
    assert mail["To"] == "someone@example.org"
    plain = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    (link,) = re.findall(r"https://watch\.example\.org/c/\S+(?=>)", plain)
    code = link.rpartition("/")[2]
    assert code not in str(web.rows("confirmation")), "the token itself must not be stored"
    before = web.everything()
    shown = web.get(link)
    assert (shown.status, "Bevestig uw abonnement" in shown.body) == (200, True)
    assert web.everything() == before
    assert web.state(pending) == "pending"
    assert web.post(link).status == 200
    assert web.state(pending) == "active"
    for again in (web.get(link), web.post(link)):
        assert (again.status, "al eerder bevestigd" in again.body) == (410, True)


def test_a_question_that_is_too_old_confirms_nothing_and_another_can_be_had(
    engine: Engine, web_config: Config, web: Web
) -> None:
    pending = subscribed(engine, confirmed=False)
    asked_at = datetime.now(UTC) - timedelta(days=7, minutes=1)
    with engine.begin() as connection:
        ask_to_confirm(connection, pending, "watch.example.org", asked_at)
    (old,) = confirmation_links(delivered(engine, web_config, datetime.now(UTC)))
    before = web.everything()
    shown = web.get(old)
    assert (shown.status, "Send me a new link" in shown.body) == (410, True)
    assert web.everything() == before
    assert web.post(old).status == web.post(old).status == 200
    assert web.state(pending) == "pending"
    (new,) = confirmation_links(delivered(engine, web_config, datetime.now(UTC) + timedelta(seconds=1)))
    assert new != old
    assert web.post(new).status == 200
    assert web.state(pending) == "active"
    assert web.post(old).status == 410, "nothing is left to ask for"


def test_a_link_that_nobody_knows_is_explained_in_the_readers_language(web: Web) -> None:
    for asked, words in {
        "": "copy the whole line",
        "nl-BE,nl;q=0.9,en;q=0.1": "kopieer de hele regel",
        "xx, da;q=0.5, en;q=0.4": "kopiér hele linjen",
        "es-419": "copie la línea entera",
        "nl;q=0, de, en;q=nonsense": "copy the whole line",
    }.items():
        answer = web.get("/u/7/" + "A" * 24, **{"Accept-Language": asked})
        assert (answer.status, words in answer.body) == (404, True), asked
    assert "virker én gang" in web.get("/c/unknown", **{"Accept-Language": "da"}).body


def test_what_waits_for_a_yes_hears_nothing(engine: Engine, web_config: Config) -> None:
    subscribed(engine, confirmed=False)
    page, change = changed(engine)
    with engine.begin() as connection:
        assert queue_changes(connection, web_config, page, [change], NOW) == ()


def test_one_click_as_a_mail_provider_does_it(engine: Engine, web_config: Config, web: Web) -> None:
    """RFC 8058: the URI of List-Unsubscribe, POSTed with the one field, without cookies, redirects or questions."""
    subscription = subscribed(engine)
    page, change = changed(engine)
    other, second = changed(engine, before="Second.")
    with engine.begin() as connection:
        queue_changes(connection, web_config, page, [change], NOW)
        queue_changes(connection, web_config, other, [second], NOW + timedelta(days=30))
    (mail,) = delivered(engine, web_config, DUE).mails
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    https, mailto = (each.strip(" <>") for each in mail["List-Unsubscribe"].split(","))
    assert mailto.startswith("mailto:")
    before = web.everything()
    assert web.get(https).status == 200
    assert web.everything() == before, "a provider that looks at the link must not end anything"
    answer = web.ask("POST", https, {"List-Unsubscribe": "One-Click"})
    assert (answer.status, "location" in answer.headers, "set-cookie" in answer.headers) == (200, False, False)
    assert web.state(subscription) == "ended"
    assert web.ask("POST", https, {"List-Unsubscribe": "One-Click"}).status == 200
    with engine.connect() as connection:
        assert [each.state for each in list_alerts(connection)] == ["dropped", "sent"]


def test_one_click_as_a_multipart_form(engine: Engine, web: Web) -> None:
    """RFC 8058 allows both kinds of form; and what else is in it is not read."""
    for padding in ("", "x" * 100_000):
        subscription = subscribed(engine)
        link = web.links.link("unsubscribe", subscription)
        lines = (
            "--b",
            'Content-Disposition: form-data; name="List-Unsubscribe"',
            "",
            "One-Click" + padding,
            "--b--",
            "",
        )
        connection = http.client.HTTPConnection("127.0.0.1", web.port, timeout=10)
        connection.request(
            "POST", urlsplit(link).path, "\r\n".join(lines), {"Content-Type": "multipart/form-data; boundary=b"}
        )
        assert connection.getresponse().status == 200
        connection.close()
        assert web.state(subscription) == "ended"


def test_a_false_alarm_is_kept_and_counted(engine: Engine, web: Web) -> None:
    subscription = subscribed(engine)
    _, change = changed(engine)
    link = web.links.link("alarm", subscription, change)
    before = web.everything()
    shown = web.get(link)
    assert f"#{change}" in shown.body
    assert web.everything() == before
    assert web.post(link, words="Only\r\nthe <b>date</b>\x00 changed").status == 200
    assert web.post(link, words="Only the date changed.").status == 200
    _, right = changed(engine, before="Right.")
    with engine.begin() as connection:
        mark_change(connection, right, Verdict.OK, "", NOW)
        (found,) = list_false_alarms(connection)
        assert count_false_alarms(connection) == {"status.removed": 1}, "what was right is no false alarm"
        assert [(one.rule, one.false_alarms, one.told) for one in read_stats(connection).false_alarms] == [
            ("status.removed", 1, 2)
        ]
        mark_change(connection, right, Verdict.FALSE_ALARM, "", NOW)
        assert count_false_alarms(connection) == {"status.removed": 2}
        assert [each.subscription_id for each in list_false_alarms(connection)].count(None) == 1
    assert (found.change_id, found.words) == (change, "Only the date changed.")


@pytest.mark.parametrize(("kind", "still_heard"), [("block", 2), ("page", 1), ("rule", 1)])
def test_what_is_muted_is_not_mailed(engine: Engine, web_config: Config, web: Web, kind: str, still_heard: int) -> None:
    subscription = subscribed(engine)
    page, change = changed(engine)
    link = web.links.link("mute", subscription, change)
    before = web.everything()
    assert web.get(link).status == 200
    assert web.everything() == before
    assert web.post(link, kind="everything").status == 422
    assert web.post(link, kind=kind).status == 200
    elsewhere, _ = changed(engine)
    with engine.begin() as connection:
        (muted,) = list_mutes(connection, subscription.id)
        same_place = add_change(connection, page, before="Another.")
        same_page = add_change(connection, page, before="In the text.", region="main", rule="risk.removed")
        same_rule = add_change(connection, elsewhere, before="A third.", fingerprint="third")
        queue_changes(connection, web_config, page, [same_place, same_page], NOW)
        queue_changes(connection, web_config, elsewhere, [same_rule], NOW)
        queue_notices(connection, web_config, page, [add_notice(connection, page, "gone", "404")], NOW)
        heard = sum(each.changes for each in list_alerts(connection))
        statuses = [each for each in list_alerts(connection) if each.kind == "status"]
    assert heard == still_heard
    assert len(statuses) == (0 if kind == "page" else 1)
    unmuted = web.post(web.links.link("preferences", subscription), unmute=str(muted.id))
    assert unmuted.status == 200
    with engine.connect() as connection:
        assert list_mutes(connection, subscription.id) == []


def test_preferences_are_shown_changed_and_checked(engine: Engine, web: Web) -> None:
    subscription = subscribed(engine, filters=Filters(severity="medium", words=("cure",)))
    link = web.links.link("preferences", subscription)
    before = web.everything()
    shown = web.get(link)
    assert 'name="words" value="cure"' in shown.body
    assert web.everything() == before
    form = {
        "severity": "high", "delivery": "daily", "delivery_critical": "immediate", "words": "cure, guarant*",
        "timezone": "Europe/Madrid", "quiet": "22:00-07:00", "hourly": "5", "language": "es", "heartbeat": "weekly",
    }  # fmt: skip
    saved = web.post(link, **form)
    assert (saved.status, "Guardado." in saved.body) == (200, True)
    with engine.connect() as connection:
        found = get_subscription(connection, str(subscription.id))
    assert found.filters == Filters(severity="high", words=("cure", "guarant*"))
    assert found.preferences == Preferences(
        "daily", (("critical", "immediate"),), "Europe/Madrid", "22:00-07:00", 5, "es", "weekly"
    )
    for field, bad in {
        "quiet": "late",
        "timezone": "Mars",
        "hourly": "many",
        "severity": "x",
        "language": "xx",
    }.items():
        refused = web.post(link, **form | {field: bad})
        assert (refused.status, "No se pudo guardar" in refused.body, "<select" in refused.body) == (422, True, True)
    assert web.post(link).status == 200, "a form without its fields changes nothing"
    with engine.connect() as connection:
        assert get_subscription(connection, str(subscription.id)) == found
    assert web.post(link, **form, paused="yes").status == 200
    assert web.state(subscription) == "paused"
    assert web.post(link, **form).status == 200
    assert web.state(subscription) == "active"


def test_what_the_configuration_declares_is_not_changed_here(engine: Engine, web: Web) -> None:
    subscription = subscribed(engine, source="config")
    link = web.links.link("preferences", subscription)
    assert "<select" not in web.get(link).body
    web.post(link, severity="critical", paused="yes")
    with engine.connect() as connection:
        found = get_subscription(connection, str(subscription.id))
    assert (found.filters.severity, found.state) == ("low", "active")


PURPOSES: tuple[tuple[Purpose, bool], ...] = (
    ("unsubscribe", False), ("preferences", False), ("feed", False), ("alarm", True), ("mute", True),
)  # fmt: skip


@pytest.mark.parametrize(("purpose", "about_change"), PURPOSES)
def test_a_link_is_good_for_one_purpose_of_one_subscription(
    engine: Engine, web: Web, purpose: Purpose, about_change: bool
) -> None:
    subscription, other = subscribed(engine), subscribed(engine)
    _, change = changed(engine)
    target = change if about_change else None
    link = web.links.link(purpose, subscription, target)
    assert web.get(link).status == 200
    head, _, signature = link.rpartition("/")
    forged = [
        f"{head}/{'A' * 24}",
        f"{head}/{signature[:-1]}",
        f"{head}/{signature}x",
        web.links.link(purpose, other, target).rpartition("/")[0] + f"/{signature}",
        *(
            f"{head}/{web.links.link(wrong, subscription, change if more else None).rpartition('/')[2]}"
            for wrong, more in PURPOSES
            if wrong != purpose
        ),
        head.replace(f"/{subscription.id}", "/999") + f"/{signature}",
        head.replace(f"/{subscription.id}", f"/{2**70}") + f"/{signature}",
        Links(BASE, b"another key").link(purpose, subscription, target),
    ]
    before = web.everything()
    for wrong_link in forged:
        for method in ("GET", "POST"):
            answer = web.ask(method, wrong_link)
            assert answer.status in (404, 405, 429), wrong_link
    assert web.everything() == before


def test_every_answer_is_locked_up(engine: Engine, web: Web) -> None:
    subscription = subscribed(engine, name="<script>alert(1)</script>")
    pages = [web.links.link("preferences", subscription), web.links.link("unsubscribe", subscription), "/", "/nowhere"]
    for url in (*pages, "/style.css", "/feeds/none.atom"):
        answer = web.get(url)
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "set-cookie" not in answer.headers
        assert "server" not in answer.headers
        assert "<script" not in answer.body


@pytest.mark.parametrize("words", HOSTILE[:16], ids=range(16))
def test_what_a_page_wrote_is_text_on_every_page(engine: Engine, web: Web, words: str) -> None:
    written = clean_text(words)  # as the store keeps it
    subscription = subscribed(engine)
    _, change = changed(engine, path=[written, written], rule=written, before=written, region=written)
    alarm, mute = (web.links.link(each, subscription, change) for each in ("alarm", "mute"))
    assert web.post(mute, kind="block").status == 200
    assert web.post(alarm, words=words.encode("utf-8", "replace").decode()).status == 200
    for url in (alarm, mute, web.links.link("preferences", subscription)):
        answer = web.get(url)
        document = lxml_html.fromstring(answer.body)
        tags = {each.tag for each in document.iter() if isinstance(each.tag, str)}
        assert not tags & {"script", "img", "iframe", "style", "b", "object"}
        links = {each.get("href") for each in document.iter("a")}
        assert all(link.startswith(BASE) for link in links)
        assert not re.search(r"[\u202a-\u202e\u2066-\u2069\x00-\x08\x1b]", answer.body)
        assert "49" not in answer.body.replace(str(web.port), ""), "templates are not read twice"


def test_large_forms_and_odd_methods_are_refused(engine: Engine, web: Web) -> None:
    subscription = subscribed(engine)
    _, change = changed(engine)
    link = web.links.link("alarm", subscription, change)
    assert web.post(link, words="x" * 20_000).status == 413
    assert web.ask("PUT", link).status == 405
    assert web.get("/docs").status == web.get("/openapi.json").status == 404
    assert web.rows("feedback") == []


def test_guessing_is_slow(engine: Engine, web: Web) -> None:
    subscription = subscribed(engine)
    head = web.links.link("unsubscribe", subscription).rpartition("/")[0]
    statuses = [web.post(f"{head}/{number:024}").status for number in range(30)]
    assert statuses[0] == 404
    assert statuses[-1] == 429
    assert statuses.count(404) <= 15
    assert web.state(subscription) == "active"


def test_feeds_say_what_changed_and_are_well_formed(engine: Engine, web: Web, web_config: Config) -> None:
    subscription = subscribed(engine)
    page, change = changed(engine, after="Now <b>better</b> & cheaper \x01\u202e at evil.example", before="")
    with engine.begin() as connection:
        queue_changes(connection, web_config, page, [change], NOW)
    for url in ("/feeds/stemedix.atom", web.links.link("feed", subscription)):
        answer = web.get(url)
        assert answer.status == 200
        assert answer.headers["content-type"].startswith("application/atom+xml")
        feed = ET.fromstring(answer.body.encode())
        names = {"a": "http://www.w3.org/2005/Atom"}
        (entry,) = feed.findall("a:entry", names)
        assert feed.findtext("a:updated", None, names) == entry.findtext("a:updated", None, names)
        assert entry.findtext("a:id", None, names) == f"tag:watch.example.org,2026:clinicwatch/change/{change}"
        content = entry.find("a:content", names)
        assert content is not None
        assert content.get("type") == "text"
        assert "Now <b>better</b> & cheaper" in str(content.text)
        assert "\u202e" not in answer.body
        again = web.get(url, **{"If-None-Match": answer.headers["etag"]})
        assert (again.status, again.body) == (304, "")
        weakened = f'"other", W/{answer.headers["etag"]}'
        assert web.get(url, **{"If-None-Match": weakened}).status == 304
    assert web.get("/feeds/nowhere.atom").status == 404


def test_metrics_are_read_by_prometheus_own_parser(engine: Engine, web: Web) -> None:
    subscribed(engine)
    changed(engine)
    answer = web.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    families = {family.name: family for family in text_string_to_metric_families(answer.body)}
    assert all(name.startswith("clinicwatch_") and family.documentation for name, family in families.items())
    assert {family.type for family in families.values()} == {"counter", "gauge"}
    found = {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families.values()
        for sample in family.samples
    }
    assert found["clinicwatch_pages", (("state", "active"),)] == 1
    assert found["clinicwatch_changes", (("severity", "critical"), ("state", "confirmed"))] == 1
    assert found["clinicwatch_subscriptions", (("state", "active"),)] == 1
    assert found["clinicwatch_visits_total", ()] == 0
    named = re.findall(r"^# TYPE (\S+) (\S+)$", answer.body, re.M)
    assert len(named) == len(dict(named)) == len(re.findall(r"^# HELP ", answer.body, re.M))
    for name, kind in named:  # https://prometheus.io/docs/practices/naming/
        assert name.endswith("_total") == (kind == "counter"), name


def test_metrics_are_not_for_the_public(engine: Engine, web: Web) -> None:
    """A reverse proxy on this machine tells who really asks."""
    assert web.get("/metrics", **{"X-Forwarded-For": "8.8.8.8"}).status == 403
    assert web.get("/metrics", **{"X-Forwarded-For": "10.0.0.7"}).status == 200
    assert web.get("/metrics", **{"X-Forwarded-For": "8.8.8.8, 10.0.0.7"}).status == 403
    assert web.get("/metrics", **{"Forwarded": "for=8.8.8.8"}).status == 403


def test_a_port_that_is_taken_is_said(engine: Engine, web: Web, web_config: Config) -> None:
    again = msgspec.structs.replace(web_config, web=msgspec.structs.replace(web_config.web, port=web.port))
    with pytest.raises(WebError, match=f"web.port {web.port}"), serving(engine, again):
        pass


def test_only_named_proxies_are_believed(engine: Engine, web_config: Config) -> None:
    """Somebody else's X-Forwarded-For must not fill a stranger's bucket, nor empty their own."""
    for proxies, believed in ((("127.0.0.0/8",), True), (("10.0.0.1",), False)):
        section = msgspec.structs.replace(web_config.web, proxies=proxies, requests_per_minute=2)
        with serving(engine, msgspec.structs.replace(web_config, web=section)) as port:
            web = Web(port, engine, Links(BASE, b"k"))
            statuses = [web.get("/", **{"X-Forwarded-For": f"198.51.100.{n}"}).status for n in range(4)]
        assert statuses == ([200] * 4 if believed else [200, 200, 429, 429])
    wrong = msgspec.structs.replace(web_config.web, proxies=("proxy.example",))
    with (
        pytest.raises(ConfigError, match=r"web\.proxies"),
        serving(engine, msgspec.structs.replace(web_config, web=wrong)),
    ):
        pass


def test_clinicwatch_web_serves_until_it_is_told_to_stop(engine: Engine, database: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    file = tmp_path / "clinicwatch.toml"
    file.write_text(f'[web]\nbase_url = "http://127.0.0.1:{port}"\nport = {port}\n', encoding="utf-8")
    home = str(project_home())
    named = {"CLINICWATCH_DATABASE_URL": database, "CLINICWATCH_HOME": home, "PYTHONPATH": home}
    log = tmp_path / "log"
    with log.open("wb") as output:
        command = [sys.executable, "-m", "monitor.cli.main", "-c", str(file), "web"]
        process = subprocess.Popen(command, env={**os.environ, **named}, stdout=output, stderr=output)
    try:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
                connection.request("GET", "/u/1/secret-signature-of-24-ch")
                assert connection.getresponse().status == 404
                connection.close()
                break
            assert process.poll() is None, log.read_text()
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
    finally:
        process.kill()
        process.wait()
    assert "secret-signature" not in log.read_text(), "links stay out of the log"
    assert f"history: http://127.0.0.1:{port}/history/" in log.read_text()
