"""The configuration: `config/clinicwatch.toml` for behaviour, the environment for secrets and deployment.

Read once, at the entrance, and checked whole: an unknown key or a bad value stops the start and names the key.
Every key has a default, so an empty file is a valid one. Durations are seconds (`_s`), sizes are bytes.

Environment: CLINICWATCH_DATABASE_URL, CLINICWATCH_SMTP_PASSWORD, CLINICWATCH_WEB_SECRET, CLINICWATCH_HOME (each also
as NAME_FILE: the file that holds the value).
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from monitor.errors import ConfigError

Seconds = Annotated[float, Meta(ge=0, le=366 * 86400)]
Positive = Annotated[int, Meta(ge=1)]
Bytes = Annotated[int, Meta(ge=1024, le=1 << 30)]
SeverityName = Literal["low", "medium", "high", "critical"]


class _Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of the configuration file."""


class CrawlerConfig(_Section, frozen=True):
    """How pages are fetched."""

    contact: str = ""  # mail address or URL that the user agent names; empty: only allow_addresses are visited
    user_agent: str = "Clinicwatch/0.1 (+{contact})"
    allow_addresses: tuple[str, ...] = ()  # exact "ip:port" that may be visited although not public
    ports: tuple[int, ...] = (80, 443)
    ca_file: str = ""  # further certificate authorities (PEM), for intranets and tests
    proxy: str = ""
    concurrency: Positive = 16
    delay_s: Seconds = 2.0  # between two requests to one host
    max_crawl_delay_s: Seconds = 30.0  # a longer Crawl-delay of robots.txt is cut to this
    connect_timeout_s: Seconds = 15.0
    idle_timeout_s: Seconds = 20.0
    deadline_s: Seconds = 45.0  # for a whole look: redirects, retries and robots.txt included
    max_wire_bytes: Bytes = 10_000_000
    max_decoded_bytes: Bytes = 20_000_000
    max_header_bytes: Bytes = 65_536
    max_redirects: Annotated[int, Meta(ge=0, le=50)] = 10
    retries: Annotated[int, Meta(ge=0, le=10)] = 2
    retry_backoff_s: Seconds = 2.0
    max_retry_after_s: Seconds = 86_400.0
    robots: bool = True
    robots_ttl_s: Seconds = 86_400.0
    unconditional_every: Positive = 10  # every n-th visit sends no validators: some servers' validators lie
    dns_hosts: tuple[str, ...] = ()  # "name=ip" pairs looked up before DNS, for tests and intranets
    browser_executable: str = ""  # empty: Playwright's own Chromium, else the one on the PATH
    browser_sandbox: bool = True  # Chromium's own; as root it cannot be had
    browser_settle_s: Seconds = 5.0  # how long a rendered page may go on loading after its load event
    browser_wait_for_s: Seconds = 10.0  # for each `wait_for` of a page
    browser_memory_bytes: Annotated[int, Meta(ge=100_000_000)] = 2_000_000_000  # all of the browser's processes
    browser_max_bytes: Bytes = 50_000_000  # all that one rendered page may load
    browser_idle_s: Seconds = 300.0  # a browser without work for so long is ended


class ScheduleConfig(_Section, frozen=True):
    """When pages are looked at."""

    cadence_s: Seconds = 6 * 3600.0
    jitter: Annotated[float, Meta(ge=0, le=0.5)] = 0.1
    second_look_s: Seconds = 600.0
    looks: Positive = 2  # how many looks must agree before a change is mailed
    second_look_tries: Positive = 3
    second_look_give_up_s: Seconds = 86_400.0
    failure_backoff_s: Seconds = 900.0  # doubles with each failure, up to the page's cadence
    failures_before_notice: Positive = 3
    ask_for_missing_page: bool = True  # a doubtful look is compared with a page of the site that cannot exist
    looks_before_accepting: Positive = 3  # a page that lost half its text, or shows another's, is believed then
    looks_before_moved: Positive = 3  # good looks in a row behind permanent redirects
    certificate_notice_days: Annotated[int, Meta(ge=0, le=366)] = 14  # 0: never; told after failures_before_notice
    tick_s: Seconds = 1.0
    lease_s: Seconds = 120.0
    workers: Positive = 8  # hosts visited side by side; those that keep us waiting stand aside
    max_flicker_looks: Positive = 6


class ExtractConfig(_Section, frozen=True):
    """The killable process that turns bytes into text."""

    processes: Positive = 1
    cpu_s: Seconds = 20.0
    wall_s: Seconds = 30.0
    memory_bytes: int = 1_500_000_000
    max_text_chars: Positive = 2_000_000


class StoreConfig(_Section, frozen=True):
    """The database. `url` comes from CLINICWATCH_DATABASE_URL; without it an embedded Postgres in `directory`."""

    directory: str = "var/postgres"
    pool_size: Positive = 5
    statement_timeout_s: Seconds = 60.0


class SmtpConfig(_Section, frozen=True):
    """The mail server. Without `host`, mails are written to `alerts.outbox_directory`."""

    host: str = ""
    port: Annotated[int, Meta(ge=1, le=65535)] = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str = ""
    password: str = ""  # better: CLINICWATCH_SMTP_PASSWORD
    ca_file: str = ""  # further certificate authorities (PEM), for a mail server of one's own
    timeout_s: Seconds = 30.0


class AlertsConfig(_Section, frozen=True):
    """Who writes the mails, and how they are gathered."""

    sender: str = "Clinicwatch <clinicwatch@localhost>"
    outbox_directory: str = "var/outbox"
    gather_s: Seconds = 60.0  # how long an alert waits for changes of the same page or site to join it
    claim_s: Seconds = 120.0
    retry_for_s: Seconds = 5 * 86_400.0
    retry_first_s: Seconds = 60.0
    digest_time: str = "07:00"
    webhook_addresses: tuple[str, ...] = ()  # exact "ip:port" that webhooks and services may be at, public or not
    webhook_timeout_s: Seconds = 10.0  # for a whole post, the handshake included
    service_timeout_s: Seconds = 30.0  # for a whole message through Apprise
    ping_url: str = ""  # asked while visits and deliveries are really happening
    ping_every_s: Seconds = 60.0
    smtp: SmtpConfig = SmtpConfig()


class SubscriptionConfig(_Section, frozen=True):
    """A subscription that the configuration declares: confirmed by who wrote it there."""

    address: str
    name: str = ""
    channel: Literal["mail", "webhook", "apprise"] = "mail"  # the address of the others is a URL
    clinics: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    families: tuple[Literal["claim", "price", "disclaimer"], ...] = ()
    kinds: tuple[str, ...] = ()
    directions: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    severity: SeverityName = "low"
    delivery: Literal["default", "immediate", "daily", "weekly"] = "default"
    deliveries: dict[SeverityName, Literal["immediate", "daily", "weekly"]] = msgspec.field(default_factory=dict)
    timezone: str = "UTC"
    quiet: str = ""  # "22:00-07:00" in the time zone
    hourly: Annotated[int, Meta(ge=0, le=1000)] = 30  # mails at most, the rest gathered into one; 0: no bound
    mail_language: Literal["en", "nl", "da", "es"] = "en"
    heartbeat: Literal["", "daily", "weekly"] = ""  # a digest that comes though nothing changed


class WebConfig(_Section, frozen=True):
    """Web pages for those who get mails. With `base_url`, `run` serves them too, and mails link to them."""

    base_url: str = ""
    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535)] = 8080  # 0: a free one
    requests_per_minute: Positive = 120  # from one address
    history: Literal["off", "local", "everyone"] = "local"  # who may read what was seen; it asks for no proof
    proxies: tuple[str, ...] = ("127.0.0.1", "::1")  # whose X-Forwarded-For is believed: addresses or networks


class LogConfig(_Section, frozen=True):
    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "console", "json"] = "auto"


class Config(_Section, frozen=True):
    """The whole configuration."""

    watchlist: str = "config/watchlist.toml"
    seeds: str = "seeds/manifest.toml"  # the baselines that a new, empty store starts from
    lexicons: str = "config/lexicons"
    languages: tuple[str, ...] = ("en", "nl", "da", "es", "de", "fr")
    crawler: CrawlerConfig = CrawlerConfig()
    schedule: ScheduleConfig = ScheduleConfig()
    extract: ExtractConfig = ExtractConfig()
    store: StoreConfig = StoreConfig()
    alerts: AlertsConfig = AlertsConfig()
    subscriptions: tuple[SubscriptionConfig, ...] = ()
    web: WebConfig = WebConfig()
    log: LogConfig = LogConfig()
    database_url: str = ""  # only from the environment
    web_secret: str = ""  # only from the environment
    home: Path = Path()  # where relative paths of the configuration start; set by load_config

    def path(self, name: str) -> Path:
        """`name` of the configuration as an absolute path."""
        return (self.home / Path(name).expanduser()).absolute()


def project_home(environ: Mapping[str, str] = os.environ) -> Path:
    """The folder that holds config/, seeds/ and migrations/: CLINICWATCH_HOME, or the checkout this file is in."""
    if home := environ.get("CLINICWATCH_HOME"):
        return Path(home).expanduser().absolute()
    checkout = Path(__file__).resolve().parent.parent
    packaged = Path(__file__).resolve().parent / "_project"
    return checkout if (checkout / "config").is_dir() or not packaged.is_dir() else packaged


def read_secret(name: str, environ: Mapping[str, str] = os.environ) -> str:
    """The environment variable `name`, or the first line of the file that `name`_FILE points at; "" for neither."""
    if value := environ.get(name):
        return value
    if file := environ.get(f"{name}_FILE"):
        try:
            return Path(file).read_text(encoding="utf-8").partition("\n")[0].strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(file, "", f"named by {name}_FILE, cannot be read: {error}") from error
    return ""


def load_config(path: Path | None = None, environ: Mapping[str, str] = os.environ) -> Config:
    """Read and check the configuration.

    Without `path`, config/clinicwatch.toml of the project home is read where it exists, else the defaults hold.
    Raises ConfigError naming the file and the key.
    """
    home = project_home(environ)
    file = path or home / "config" / "clinicwatch.toml"
    raw: dict[str, object] = {}
    if path is not None or file.exists():
        raw = _read_toml(file)
    for key in ("home", "database_url", "web_secret"):
        if key in raw:
            raise ConfigError(file, key, "belongs in the environment, not in the file")
    try:
        config = msgspec.convert(raw, Config, strict=True)
    except msgspec.ValidationError as error:
        message, _, where = str(error).partition(" - at `$")
        raise ConfigError(file, where.strip("`.") or _unknown_key(message), message) from error
    smtp = config.alerts.smtp
    if password := read_secret("CLINICWATCH_SMTP_PASSWORD", environ):
        smtp = msgspec.structs.replace(smtp, password=password)
    return msgspec.structs.replace(
        config,
        alerts=msgspec.structs.replace(config.alerts, smtp=smtp),
        database_url=read_secret("CLINICWATCH_DATABASE_URL", environ),
        web_secret=read_secret("CLINICWATCH_WEB_SECRET", environ),
        home=home,
    )


def _read_toml(file: Path) -> dict[str, object]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(file, "", f"cannot be read as TOML: {error}") from error


def _unknown_key(message: str) -> str:
    return message.partition("`")[2].partition("`")[0] if "unknown field" in message else ""
