"""May this address be dialled? The rule, and the one place where it is enforced: `reactor.connectTCP`.

A check of the URL before the fetch loses to DNS rebinding and to every odd way to write an address. At connect the
name has become the address that is really dialled, so there is nothing left to outwit: page, redirect, robots.txt,
retry, decimal, octal, IDNA digits. Proven by tests/unit/test_crawler_guard.py and the canary tests.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from twisted.internet.error import ConnectError

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

# IANA special-purpose registries (RFC 6890 and its updates), multicast and reserved space included. Written out,
# because what `ipaddress.is_global` says moved between Python releases and lets 14 of 40 dangerous addresses through.
_DENIED: Final = tuple(
    map(
        ipaddress.ip_network,
        (
            *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
            *("192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24"),
            *("192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"),
            *("224.0.0.0/4", "240.0.0.0/4"),
            *("::/128", "::1/128", "64:ff9b:1::/48", "100::/64", "100:0:0:1::/64", "2001::/23", "2001:db8::/32"),
            *("2620:4f:8000::/48", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"),
        ),
    )
)
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052: as public as the IPv4 address inside
_COMPATIBLE: Final = ipaddress.ip_network("::/96")  # deprecated IPv4-compatible form
_UNICAST: Final = ipaddress.ip_network("2000::/3")  # the only space that public IPv6 hosts are in


class AddressRefusedError(ConnectError):
    """The address must not be dialled. `reason` is a word of `crawler.outcomes`."""

    def __init__(self, reason: str, host: str, port: int) -> None:
        super().__init__(string=f"{reason}: {host}:{port}")  # type: ignore[no-untyped-call]
        self.reason, self.host, self.port = reason, host, port


def is_public(address: str) -> bool:
    """Is `address` (a literal IP address) a public unicast one? False for anything that is no address at all."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return _is_public_ip(ip)


def _is_public_ip(ip: IpAddress) -> bool:
    if any(ip.version == network.version and ip in network for network in _DENIED):
        return False
    if isinstance(ip, ipaddress.IPv6Address) and (inner := _inner_addresses(ip)):
        return all(map(_is_public_ip, inner))
    return ip.version == 4 or ip in _UNICAST


def _inner_addresses(ip: ipaddress.IPv6Address) -> list[ipaddress.IPv4Address]:
    """The IPv4 addresses that `ip` carries (mapped, 6to4, NAT64, compatible): what is reached in the end."""
    inner = [found for found in (ip.ipv4_mapped, ip.sixtofour) if found is not None]
    if ip in _NAT64 or (ip in _COMPATIBLE and int(ip) > 1):
        inner.append(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
    return inner


@dataclass(frozen=True)
class AddressGuard:
    """The rule: exact permits first, then public unicast on an allowed port, and only for those who say who they are.

    `has_contact` is False where no contact address is configured: then nothing but the permits may be visited.
    """

    permits: frozenset[tuple[str, int]] = frozenset()
    ports: frozenset[int] = frozenset({80, 443})
    has_contact: bool = True

    def refusal(self, address: str, port: int) -> str | None:
        """The reason why `address`:`port` must not be dialled, or None."""
        if (_plain(address), port) in self.permits:
            return None
        if not is_public(address):
            return "ssrf.private_ip"
        if port not in self.ports:
            return "ssrf.port"
        return None if self.has_contact else "no_contact"

    def is_port_possible(self, port: int) -> bool:
        """Could any address be dialled on `port`? Saves the DNS query where none could."""
        return port in self.ports or any(permitted == port for _, permitted in self.permits)

    def needs_contact(self, port: int) -> bool:
        """Is `port` closed to any name, as no contact is configured and no permit names the port?"""
        return not self.has_contact and port in self.ports and all(permitted != port for _, permitted in self.permits)


def _plain(address: str) -> str:
    """`address` as permits are written: an IPv4-mapped address is the IPv4 address."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    mapped = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    return str(mapped or ip)


@contextmanager
def guarded(reactor: Any, guard: AddressGuard) -> Iterator[None]:
    """While open, every TCP connection of `reactor` is judged by `guard` just before it is dialled.

    A refused one raises AddressRefusedError from connectTCP, which endpoints turn into their failure.
    """
    dial: Callable[..., Any] = reactor.connectTCP

    def connect_if_permitted(host: str, port: int, *args: Any, **kwargs: Any) -> Any:
        if reason := guard.refusal(host, port):
            raise AddressRefusedError(reason, host, port)
        return dial(host, port, *args, **kwargs)

    reactor.connectTCP = connect_if_permitted
    try:
        yield
    finally:
        reactor.connectTCP = dial
