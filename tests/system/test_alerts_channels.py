"""Webhooks and services: signed, guarded, over in time, and never in the way of mails."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from db.rows import NOW, add_change, add_clinic, add_page
from sqlalchemy import Engine
from system.http_sink import Answer, HttpSink, for_ever, never, open_http_sink, saying, status
from system.smtp_sink import Sink, free_port, open_sink
from system.test_alerts_delivery import DUE, over_smtp, with_alerts

from monitor.alerts.plan import queue_changes
from monitor.alerts.sender import DeliveryReport, deliver_due
from monitor.alerts.services import check_known
from monitor.config import Config
from monitor.errors import UsageError
from monitor.store.outbox import AlertSummary, get_alert, list_alerts
from monitor.store.subscriptions import Subscription, add_subscription, list_subscriptions

pytestmark = pytest.mark.system


def queue(
    engine: Engine, config: Config, *targets: tuple[str, str], pages: int = 1, before: str = "Not approved."
) -> list[Subscription]:
    """A subscription for each (channel, address), and an alert about each of `pages` pages."""
    with engine.begin() as connection:
        added = [add_subscription(connection, address, channel=channel) for channel, address in targets]
        clinic = add_clinic(connection)
        for number in range(pages):
            page = add_page(connection, clinic, f"https://clinic.example/page-{number}")
            queue_changes(connection, config, page, [add_change(connection, page, before=before)], NOW)
        return added


def permitting(config: Config, port: int, timeout_s: float = 5.0) -> Config:
    return with_alerts(
        config, webhook_addresses=(f"127.0.0.1:{port}",), webhook_timeout_s=timeout_s, service_timeout_s=20.0
    )


def alert(engine: Engine) -> AlertSummary:
    with engine.begin() as connection:
        (found,) = list_alerts(connection)
        return get_alert(connection, found.id)


def post(
    engine: Engine, config: Config, sink: HttpSink, url: Callable[[int], str], channel: str = "webhook"
) -> tuple[DeliveryReport, Subscription]:
    """One alert to `url` of the sink's port, one round."""

    async def main() -> tuple[DeliveryReport, Subscription]:
        async with open_http_sink(sink):
            permitted = permitting(config, sink.port, 0.5)
            (added,) = queue(engine, config, (channel, url(sink.port)))
            return await deliver_due(engine, permitted, DUE, "test"), added

    return asyncio.run(main())


def local(port: int) -> str:
    return f"http://127.0.0.1:{port}/hook?a=b"


def test_a_webhook_gets_signed_json_and_can_verify_it(engine: Engine, config: Config) -> None:
    sink = HttpSink()
    report, subscription = post(engine, config, sink, local)
    assert report == DeliveryReport(sent=1)
    (request,) = sink.requests
    told = json.loads(request.body)
    found = alert(engine)
    assert request.line == "POST /hook?a=b HTTP/1.1"
    assert told["id"] == found.message_id
    assert told["changes"][0]["before"] == "Not approved."
    signed = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode() + request.body
    key = base64.b64decode(subscription.secret.removeprefix("whsec_"))
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert request.headers["webhook-signature"] == f"v1,{expected}"
    assert request.headers["webhook-id"] == found.message_id.strip("<>")


def test_a_later_try_is_the_same_message_with_a_new_time(engine: Engine, config: Config) -> None:
    """Receivers refuse a timestamp that is minutes old, and know a second copy by its id."""
    sink = HttpSink(answer=status(503))

    async def main() -> None:
        async with open_http_sink(sink):
            permitted = permitting(config, sink.port)
            queue(engine, config, ("webhook", local(sink.port)))
            await deliver_due(engine, permitted, DUE, "test")
            sink.answer = HttpSink().answer
            await deliver_due(engine, permitted, DUE + timedelta(hours=3), "test")

    asyncio.run(main())
    first, second = sink.requests
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    apart = int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"])
    assert abs(apart - 3 * 3600) < 30


@pytest.mark.parametrize(
    ("answer", "state", "error"),
    [
        (status(204), "sent", ""),
        (status(302, "Location: http://127.0.0.1:1/"), "failed", "the webhook answered 302"),
        (status(400), "failed", "the webhook answered 400"),
        (status(410), "failed", "the webhook answered 410"),
        (status(429), "queued", "the webhook answered 429"),
        (status(500), "queued", "the webhook answered 500"),
        (saying(b""), "queued", "it may have arrived"),
        (saying(b"what?\r\n\r\n"), "queued", "it may have arrived"),
        (saying(b"HTTP/1.1 abc\r\n\r\n"), "queued", "it may have arrived"),
        (saying(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500), "queued", "it may have arrived"),
        (never, "queued", "it may have arrived"),
        (for_ever, "queued", "it may have arrived"),
    ],
)
def test_what_a_webhook_can_answer(engine: Engine, config: Config, answer: Answer, state: str, error: str) -> None:
    started = time.monotonic()
    sink = HttpSink(answer=answer)
    post(engine, config, sink, local)
    found = alert(engine)
    assert (found.state, len(sink.requests)) == (state, 1)
    assert error in found.last_error
    assert time.monotonic() - started < 15


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:{}/", "http://localhost:{}/", "http://[::1]:{}/", "http://2130706433:{}/", "http://0:{}/"]
)
def test_no_private_address_without_a_permit(engine: Engine, config: Config, url: str) -> None:
    """The name is judged by the address that is dialled, however it is written."""

    async def main() -> HttpSink:
        async with open_http_sink() as sink:
            queue(engine, config, ("webhook", url.format(sink.port)))
            await deliver_due(engine, config, DUE, "test")
            return sink

    assert asyncio.run(main()).requests == []
    found = alert(engine)
    assert (found.state, "may be dialled" in found.last_error) == ("failed", True)


@pytest.mark.parametrize("channel", ["webhook", "apprise"])
def test_proxies_of_the_environment_are_not_asked(
    engine: Engine, config: Config, monkeypatch: pytest.MonkeyPatch, channel: str
) -> None:
    if channel == "apprise":
        pytest.importorskip("apprise")

    async def main() -> tuple[HttpSink, HttpSink, DeliveryReport]:
        async with open_http_sink() as proxy, open_http_sink() as sink:
            for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
                monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
            address = local(sink.port) if channel == "webhook" else f"json://127.0.0.1:{sink.port}/x"
            queue(engine, config, (channel, address))
            return proxy, sink, await deliver_due(engine, permitting(config, sink.port), DUE, "test")

    proxy, sink, report = asyncio.run(main())
    assert report == DeliveryReport(sent=1)
    assert (len(proxy.requests), len(sink.requests)) == (0, 1)


def test_webhooks_that_hang_hold_up_no_mail(engine: Engine, config: Config) -> None:
    """Three receivers never answer; all mails go meanwhile, and each of the three is asked once in the round."""

    async def main() -> tuple[Sink, HttpSink, DeliveryReport, float]:
        async with open_http_sink(HttpSink(answer=never)) as hook, open_sink() as mails:
            targets = [("webhook", f"http://127.0.0.1:{hook.port}/{number}") for number in range(3)]
            queue(engine, config, *targets, ("mail", "a@example.org"), pages=4)
            permitted = over_smtp(permitting(config, hook.port, 2.0), mails.port)
            delivery = asyncio.create_task(deliver_due(engine, permitted, DUE, "test"))
            started = time.monotonic()
            while len(mails.mails) < 4:
                assert time.monotonic() - started < 30
                await asyncio.sleep(0.01)
            done = delivery.done()
            report = await delivery
            return mails, hook, report, done

    mails, hook, report, done = asyncio.run(main())
    assert not done, "the mails came while the webhooks hung"
    assert len(mails.mails) == 4
    assert report == DeliveryReport(sent=4, later=3)
    assert sorted(request.line for request in hook.requests) == [f"POST /{number} HTTP/1.1" for number in range(3)]


def test_a_webhook_that_says_410_three_times_is_suspended(engine: Engine, config: Config) -> None:
    async def main() -> None:
        async with open_http_sink(HttpSink(answer=status(410))) as sink:
            queue(engine, config, ("webhook", local(sink.port)), pages=5)
            for _ in range(5):
                await deliver_due(engine, permitting(config, sink.port), DUE, "test")

    asyncio.run(main())
    with engine.begin() as connection:
        (subscription,) = list_subscriptions(connection)
    assert (subscription.state, subscription.suspended_reason) == ("suspended", "the webhook answered 410")


# --- services through Apprise ----------------------------------------------------------------------------------------


def through_apprise(port: int) -> str:
    return f"json://127.0.0.1:{port}/x"


def test_a_service_gets_title_and_words(engine: Engine, config: Config) -> None:
    pytest.importorskip("apprise")
    sink = HttpSink()

    async def main() -> DeliveryReport:
        async with open_http_sink(sink):
            words = "Not approved. @everyone <!channel> [x](https://evil.example) `now`"
            queue(engine, config, ("apprise", through_apprise(sink.port)), before=words)
            return await deliver_due(engine, permitting(config, sink.port), DUE, "test")

    assert asyncio.run(main()) == DeliveryReport(sent=1)
    told = json.loads(sink.requests[0].body)
    assert told["title"].startswith("[CRITICAL] disclaimer/status removed")
    assert "Not approved." in told["message"]
    assert "clinicwatch alerts show" in told["message"]
    for mention in ("@everyone", "<!channel>", "`now`", "https://evil.example"):
        assert mention not in told["message"]
    assert len(told["message"]) <= 2000


@pytest.mark.parametrize(
    ("answer", "state", "error"),
    [
        (status(500), "queued", "JSON"),
        (status(302, "Location: http://127.0.0.1:1/"), "failed", "127.0.0.1:1 may not be dialled"),
    ],
)
def test_what_a_service_can_answer(engine: Engine, config: Config, answer: Answer, state: str, error: str) -> None:
    pytest.importorskip("apprise")

    async def main() -> None:
        async with open_http_sink(HttpSink(answer=answer)) as sink:
            queue(engine, config, ("apprise", through_apprise(sink.port)))
            await deliver_due(engine, permitting(config, sink.port), DUE, "test")

    asyncio.run(main())
    found = alert(engine)
    assert (found.state, error in found.last_error) == (state, True), found.last_error


@pytest.mark.parametrize("scheme", ["json", "rsyslog", "mailto"])
def test_a_service_at_a_private_address_is_refused(engine: Engine, config: Config, scheme: str) -> None:
    pytest.importorskip("apprise")
    url = {"mailto": "mailto://u:p@example.org:{}/a@example.org?smtp=127.0.0.1"}.get(
        scheme, f"{scheme}://127.0.0.1:{{}}/"
    )
    queue(engine, config, ("apprise", url.format(free_port())))
    report = asyncio.run(deliver_due(engine, config, DUE, "test"))
    found = alert(engine)
    assert report == DeliveryReport(failed=1)
    assert "may not be dialled" in found.last_error


def test_a_service_that_hangs_is_ended(engine: Engine, config: Config) -> None:
    pytest.importorskip("apprise")

    async def main() -> HttpSink:
        async with open_http_sink(HttpSink(answer=never)) as sink:
            queue(engine, config, ("apprise", through_apprise(sink.port)))
            hasty = with_alerts(permitting(config, sink.port), service_timeout_s=2.5)
            await deliver_due(engine, hasty, DUE, "test")
            return sink

    assert len(asyncio.run(main()).requests) == 1
    found = alert(engine)
    assert found.last_error == "the service took too long (it may have arrived)"


def test_what_apprise_does_not_know_is_refused_at_once() -> None:
    pytest.importorskip("apprise")
    assert check_known("json://hook.example/x") == "json://hook.example/x"
    for url in ("xyzzy://hook.example/x", "dbus://", "syslog://local", "nothing"):
        with pytest.raises(UsageError, match=r"Apprise"):
            check_known(url)
