"""The dead man's switch: it must not be pressed by a service that is up and does nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from monitor.errors import ConfigError
from monitor.schedule.ping import check_ping_url, find_trouble
from monitor.store.metrics import Metrics

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
WELL = Metrics(
    taken_at=NOW,
    visits=1_000,
    last_visit_at=NOW - timedelta(hours=5),
    worker_seen_at=NOW - timedelta(seconds=20),
    overdue_pages=0,
    failing_pages=3,
    oldest_due_at=None,
    last_sent_at=NOW - timedelta(days=2),
    oldest_tried_at=None,
    database_bytes=1,
    pages={"active": 5, "paused": 1},
    changes={},
    alerts={},
    subscriptions={},
    outcomes_day={},
    false_alarms={},
)


def ago(**length: float) -> datetime:
    return NOW - timedelta(**length)


@pytest.mark.parametrize(
    ("event", "given"),
    [
        ("nothing is due, and nothing was sent for days", {}),
        ("pages fail: that is told by mail, not by silence", {"failing_pages": 5}),
        ("an alert is due and waits for the next round", {"oldest_due_at": ago(minutes=29)}),
        ("a mail was refused a moment ago", {"oldest_tried_at": ago(minutes=59)}),
        (
            "one address is refused for days, the others get theirs",
            {"oldest_tried_at": ago(days=3), "last_sent_at": ago(minutes=1)},
        ),
        ("nobody was ever written to", {"last_sent_at": None}),
    ],
)
def test_a_service_that_works_is_well(event: str, given: dict[str, Any]) -> None:
    assert find_trouble(replace(WELL, **given), frozenset()) is None, event


@pytest.mark.parametrize(
    ("given", "troubles", "words"),
    [
        ({}, {"deliver", "visit"}, "failing here: deliver, visit"),
        ({"overdue_pages": 2}, set(), "2 pages are overdue"),
        ({"pages": {"paused": 3}}, set(), "no page is watched"),
        ({"pages": {}}, set(), "no page is watched"),
        ({"last_visit_at": None}, set(), "no page was visited yet"),
        ({"worker_seen_at": None}, set(), "no worker's heartbeat"),
        ({"worker_seen_at": ago(minutes=3)}, set(), "no worker's heartbeat"),
        ({"oldest_due_at": ago(minutes=31)}, set(), "an alert waits since 2026-11-21 08:59 UTC"),
        ({"oldest_tried_at": ago(minutes=61)}, set(), "nothing was sent since 2026-11-21 08:29 UTC"),
        ({"oldest_tried_at": ago(hours=2), "last_sent_at": None}, set(), "nothing was sent since"),
        ({"oldest_tried_at": ago(hours=2), "last_sent_at": ago(hours=2)}, set(), "nothing was sent since"),
    ],
)
def test_a_service_that_does_nothing_is_not_well(given: dict[str, Any], troubles: set[str], words: str) -> None:
    trouble = find_trouble(replace(WELL, **given), frozenset(troubles))
    assert trouble is not None
    assert words in trouble


@pytest.mark.parametrize("url", ["", "https://hc-ping.com/0f9a-11", "http://127.0.0.1:8000/ping?x=1"])
def test_urls_that_can_be_asked(url: str) -> None:
    assert check_ping_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        *("hc-ping.com/x", "ftp://example.org/", "https://", "https://[x/", "https://example.org:0/"),
        *(
            "https://example.org/ x",
            "https://example.org/\r\nX: 1",
            "https://exämple.org/",
            "https://example.org:99999/",
        ),
    ],
)
def test_urls_that_cannot(url: str) -> None:
    with pytest.raises(ConfigError, match="ping_url"):
        check_ping_url(url)
