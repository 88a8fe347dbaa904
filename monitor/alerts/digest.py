"""When the next digest of a subscription is due: pure."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from monitor.alerts.filters import Delivery
from monitor.errors import ConfigError, UsageError
from monitor.store.subscriptions import check_timezone

WEEKLY_ON = 0  # Monday


def parse_digest_time(text: str) -> time:
    """`alerts.digest_time`, "HH:MM". Raises ConfigError."""
    try:
        return datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007 - a time of day in the subscriber's zone
    except ValueError as error:
        raise ConfigError("clinicwatch.toml", "alerts.digest_time", f"{text!r} is not HH:MM") from error


def next_digest(now: datetime, delivery: Delivery, at: time, timezone: str) -> datetime:
    """The first digest time after `now` in the time zone called `timezone`, as UTC.

    Where a clock change skips the hour, the digest comes by as much later; where it repeats one, at the first.
    A time zone that this machine does not know (any more) counts as UTC: the digest must go out.
    """
    try:
        zone = check_timezone(timezone)
    except UsageError:
        zone = UTC
    local = now.astimezone(zone)
    day = local.date()
    while True:
        due = datetime.combine(day, at, tzinfo=zone).astimezone(UTC)
        if due > now and (delivery is not Delivery.WEEKLY or day.weekday() == WEEKLY_ON):
            return due
        day += timedelta(days=1)
