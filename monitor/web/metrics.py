"""Figures in the text format that Prometheus reads (version 0.0.4), written by hand: pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from monitor.store.metrics import Metrics

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def render_metrics(metrics: Metrics) -> str:
    """The exposition. Times are Unix seconds; what never happened yet has no sample."""
    return "".join(f"{line}\n" for line in _lines(metrics))


def _lines(metrics: Metrics) -> Iterator[str]:
    yield from _one("visits_total", "counter", "Visits recorded in the chain.", metrics.visits)
    yield from _one("pages_overdue", "gauge", "Active pages due for over 15 minutes.", metrics.overdue_pages)
    yield from _one("pages_failing", "gauge", "Active pages whose last visit was bad.", metrics.failing_pages)
    yield from _one("database_bytes", "gauge", "Size of the database.", metrics.database_bytes)
    for name, help_, moment in (
        ("last_visit_timestamp_seconds", "When the newest visit began.", metrics.last_visit_at),
        ("worker_seen_timestamp_seconds", "Newest heartbeat of a worker.", metrics.worker_seen_at),
        ("last_sent_timestamp_seconds", "When an alert was last sent.", metrics.last_sent_at),
    ):
        yield from _time(name, help_, moment)
    waiting = (metrics.taken_at - metrics.oldest_due_at).total_seconds() if metrics.oldest_due_at else 0.0
    yield from _one("alerts_waiting_seconds", "gauge", "How long the oldest alert that is due waits.", waiting)
    yield from _group("pages", "Pages by state.", ("state",), metrics.pages)
    yield from _group("changes", "Changes by severity and state.", ("severity", "state"), metrics.changes)
    yield from _group("alerts", "Alerts by state.", ("state",), metrics.alerts)
    yield from _group("subscriptions", "Subscriptions by state.", ("state",), metrics.subscriptions)
    yield from _group("visits_day", "Visits of the last day by outcome.", ("outcome",), metrics.outcomes_day)
    yield from _group("false_alarms", "Changes called false alarms, by rule.", ("rule",), metrics.false_alarms)


def _one(name: str, kind: str, help_: str, value: float) -> Iterable[str]:
    yield from (f"# HELP clinicwatch_{name} {help_}", f"# TYPE clinicwatch_{name} {kind}")
    yield f"clinicwatch_{name} {value:.15g}"


def _time(name: str, help_: str, moment: datetime | None) -> Iterable[str]:
    return _one(name, "gauge", help_, moment.timestamp()) if moment is not None else ()


def _group(name: str, help_: str, labels: tuple[str, ...], numbers: Mapping[str, int]) -> Iterable[str]:
    if not numbers:
        return
    yield from (f"# HELP clinicwatch_{name} {help_}", f"# TYPE clinicwatch_{name} gauge")
    for words, number in numbers.items():
        values = words.split("/", len(labels) - 1)
        pairs = ",".join(f'{label}="{_escaped(value)}"' for label, value in zip(labels, values, strict=True))
        yield f"clinicwatch_{name}{{{pairs}}} {number}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
