"""The dead man's switch: a URL that is asked as long as the service really does its work, and that calls somebody when
it is not. A service that runs and does nothing must not be able to ask.
"""

from __future__ import annotations

import http.client
from datetime import timedelta
from urllib.parse import urlsplit

from monitor.errors import ClinicwatchError, ConfigError
from monitor.store.metrics import Metrics

STUCK = timedelta(minutes=30)  # an alert that is due for so long is not being delivered
UNSENT = timedelta(hours=1)  # a mail server that takes nothing for so long is away, not busy
SILENT = timedelta(minutes=2)  # a worker writes its heartbeat more often


class PingError(ClinicwatchError):
    """The URL did not answer with a 2xx."""


def find_trouble(metrics: Metrics, troubles: frozenset[str]) -> str | None:
    """Why the ping must not go out, or None: pure. `troubles` are the chores of this process that fail.

    Visits happen when no page is overdue and the newest one is recent enough for the pages there are; deliveries,
    when nothing that is due waits long and something was taken since the oldest refusal.
    """
    if troubles:
        return f"failing here: {', '.join(sorted(troubles))}"
    if metrics.overdue_pages:
        return f"{metrics.overdue_pages} pages are overdue"
    if not metrics.pages.get("active"):
        return "no page is watched"
    if metrics.last_visit_at is None:
        return "no page was visited yet"
    if metrics.worker_seen_at is None or metrics.taken_at - metrics.worker_seen_at > SILENT:
        return "no worker's heartbeat is recent"
    if metrics.oldest_due_at is not None and metrics.taken_at - metrics.oldest_due_at > STUCK:
        return f"an alert waits since {metrics.oldest_due_at:%Y-%m-%d %H:%M} UTC"
    tried = metrics.oldest_tried_at
    if tried is not None and metrics.taken_at - tried > UNSENT and (metrics.last_sent_at or tried) <= tried:
        return f"nothing was sent since {tried:%Y-%m-%d %H:%M} UTC, when a mail was first refused"
    return None


def check_ping_url(url: str) -> str:
    """`alerts.ping_url`. Raises ConfigError for what is no http or https URL."""
    try:
        parts = urlsplit(url)
        valid = not url or (parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0)
    except ValueError:
        valid = False
    if not valid or not url.isascii() or any(each.isspace() for each in url):
        raise ConfigError("clinicwatch.toml", "alerts.ping_url", f"{url!r} is not a URL")
    return url


def ping(url: str, timeout_s: float = 10.0) -> None:
    """Ask for `url`. It is the configuration's own, so it may be on this machine. Raises PingError.

    The URL is a secret of sorts: it is never told.
    """
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=timeout_s)
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("GET", target, headers={"User-Agent": "Clinicwatch"})
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        raise PingError(f"alerts.ping_url: {error}") from error
    finally:
        connection.close()
    if not 200 <= status < 300:
        raise PingError(f"alerts.ping_url answered {status}")
