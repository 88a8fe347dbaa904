"""How the crawler behaves: the fields of the configuration's [crawler] table, and what is read out of them."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from functools import cached_property

_CONTACT_SLOT = re.compile(r"\s*\([^()]*\{contact\}[^()]*\)")


class SettingsError(ValueError):
    """A value of the crawler's settings cannot be used. `key` is the field's name."""

    def __init__(self, key: str, problem: str) -> None:
        super().__init__(f"{key}: {problem}")
        self.key, self.problem = key, problem


@dataclass(frozen=True)
class CrawlSettings:
    """The crawler's behaviour. Durations are seconds (`_s`), sizes are bytes; see config/clinicwatch.toml.

    Raises SettingsError for values that cannot be used.
    """

    contact: str = ""
    user_agent: str = "Clinicwatch/0.1 (+{contact})"
    allow_addresses: tuple[str, ...] = ()
    ports: tuple[int, ...] = (80, 443)
    ca_file: str = ""
    proxy: str = ""
    concurrency: int = 16
    delay_s: float = 2.0
    max_crawl_delay_s: float = 30.0
    connect_timeout_s: float = 15.0
    idle_timeout_s: float = 20.0
    deadline_s: float = 45.0
    max_wire_bytes: int = 10_000_000
    max_decoded_bytes: int = 20_000_000
    max_header_bytes: int = 65_536
    max_redirects: int = 10
    retries: int = 2
    retry_backoff_s: float = 2.0
    max_retry_after_s: float = 86_400.0
    robots: bool = True
    robots_ttl_s: float = 86_400.0
    unconditional_every: int = 10
    dns_hosts: tuple[str, ...] = ()
    browser_executable: str = ""
    browser_sandbox: bool = True
    browser_settle_s: float = 5.0
    browser_wait_for_s: float = 10.0
    browser_memory_bytes: int = 2_000_000_000
    browser_max_bytes: int = 50_000_000
    browser_idle_s: float = 300.0

    def __post_init__(self) -> None:
        _ = self.permits, self.pinned_hosts, self.product
        if not self.identity.isprintable():
            raise SettingsError("user_agent", "holds a control character")

    @cached_property
    def identity(self) -> str:
        """The User-Agent that is sent; without a contact, the part in brackets that would name it is left out."""
        if self.contact:
            return self.user_agent.replace("{contact}", self.contact)
        return _CONTACT_SLOT.sub("", self.user_agent).replace("{contact}", "").strip()

    @cached_property
    def product(self) -> str:
        """The product token that robots.txt groups are matched with (RFC 9309, 2.2.1)."""
        if found := re.match(r"[A-Za-z_-]+", self.identity):
            return found.group()
        raise SettingsError("user_agent", "must start with a name of letters, '-' or '_'")

    @cached_property
    def permits(self) -> frozenset[tuple[str, int]]:
        """The exact addresses that may be visited although they are not public: (ip, port)."""
        return frozenset(_read_permit(entry) for entry in self.allow_addresses)

    @cached_property
    def pinned_hosts(self) -> dict[str, str]:
        """Names that are looked up here before DNS: lower-case host name → IP address."""
        pinned = {}
        for entry in self.dns_hosts:
            name, _, address = entry.partition("=")
            if not name.strip():
                raise SettingsError("dns_hosts", f"{entry!r} is not of the form name=ip")
            pinned[name.strip().lower().rstrip(".")] = _read_ip("dns_hosts", entry, address)
        return pinned


def _read_permit(entry: str) -> tuple[str, int]:
    host, _, port = entry.rpartition(":")
    if not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise SettingsError("allow_addresses", f"{entry!r} is not of the form ip:port")
    return _read_ip("allow_addresses", entry, host), int(port)


def _read_ip(key: str, entry: str, text: str) -> str:
    try:
        return str(ipaddress.ip_address(text.strip().strip("[]")))
    except ValueError as error:
        raise SettingsError(key, f"{entry!r}: {text!r} is not an IP address") from error
