"""When the next digest of a subscription is due, and when its quiet hours end: pure."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta, tzinfo

from monitor.alerts.filters import Delivery
from monitor.errors import ConfigError, UsageError
from monitor.store.preferences import Preferences, check_timezone, parse_quiet

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
    zone = _zone(timezone)
    local = now.astimezone(zone)
    day = local.date()
    while True:
        due = datetime.combine(day, at, tzinfo=zone).astimezone(UTC)
        if due > now and (delivery is not Delivery.WEEKLY or day.weekday() == WEEKLY_ON):
            return due
        day += timedelta(days=1)


def wait_out_quiet(moment: datetime, preferences: Preferences) -> datetime:
    """`moment`, or the end of the quiet hours that it falls into, as UTC.

    The clock on the subscriber's wall decides; where a clock change skips the end, they end by as much later.
    """
    try:
        quiet = parse_quiet(preferences.quiet)
    except UsageError:  # written by a newer program: better a mail at night than none
        quiet = None
    if quiet is None:
        return moment
    begin, end = quiet
    zone = _zone(preferences.timezone)
    local = moment.astimezone(zone)
    clock = local.time()
    is_quiet = begin <= clock < end if begin < end else clock >= begin or clock < end
    if not is_quiet:
        return moment
    day = local.date() if clock < end else local.date() + timedelta(days=1)
    return max(moment, datetime.combine(day, end, tzinfo=zone).astimezone(UTC))


def _zone(name: str) -> tzinfo:
    try:
        return check_timezone(name)
    except UsageError:
        return UTC
