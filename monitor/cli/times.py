"""Times as people type them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta

from monitor.errors import UsageError

_AGO = re.compile(r"(\d{1,6}) ?([smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def read_time(words: str, now: datetime, *, end_of_day: bool = False) -> datetime:
    """An aware time from "2026-05-03", "2026-05-03 14:30", ISO 8601 with a zone, or "7d", "12h" before `now`.

    A date alone is its first moment, or with `end_of_day` its last; without a zone it is UTC. Raises UsageError.
    """
    if ago := _AGO.fullmatch(words.strip()):
        try:
            return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        except OverflowError as error:
            raise UsageError(f"{words!r} is too long ago") from error
    try:
        moment = datetime.fromisoformat(words.strip())
    except ValueError as error:
        raise UsageError(f"{words!r} is no time such as 2026-05-03, 2026-05-03T14:30+02:00, or 7d") from error
    if end_of_day and len(words.strip()) == 10:
        moment = datetime.combine(moment.date(), time.max)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
