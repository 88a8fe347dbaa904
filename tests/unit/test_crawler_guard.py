"""Which addresses may be dialled."""

from __future__ import annotations

import socket

import pytest

from crawler.guard import AddressGuard, AddressRefusedError, guarded, is_public

NOT_PUBLIC = tuple(
    """
    0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 127.0.0.1 127.255.255.254 169.254.169.254 172.16.0.1 172.31.255.255
    192.0.0.170 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.19.255.255 198.51.100.7 203.0.113.9 224.0.0.1
    239.255.255.250 240.0.0.1 255.255.255.255
    :: ::1 ::127.0.0.1 ::7f00:1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 64:ff9b::7f00:1
    64:ff9b::a9fe:a9fe 64:ff9b:1::1 2002:7f00:1:: 2002:a00:1::1 2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:db8::1
    100::1 fc00::1 fd12:3456::1 fe80::1 fe80::1%eth0 fec0::1 ff02::1 5f00::1 3fff::1 4000::1
    """.split()  # noqa: SIM905 - two lists of forty
)
PUBLIC = tuple(
    """
    1.1.1.1 8.8.8.8 93.184.216.34 172.15.0.1 172.32.0.1 192.0.1.1 100.63.0.1 100.128.0.1 198.17.0.1 223.255.255.1
    2606:4700::1111 2a00:1450:4001::200e ::ffff:8.8.8.8 64:ff9b::808:808 2002:808:808::1
    """.split()  # noqa: SIM905 - two lists of forty
)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    assert not is_public(address)
    assert AddressGuard().refusal(address, 80) == "ssrf.private_ip"


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_may_be_visited(address: str) -> None:
    assert is_public(address)
    assert AddressGuard().refusal(address, 443) is None


@pytest.mark.parametrize(
    "text", ["", "localhost", "example.com", "127.1", "0x7f000001", "2130706433", "1.1.1.1.1", "1.1.1.1/8"]
)
def test_what_is_no_address_at_dial_time_is_refused(text: str) -> None:
    assert not is_public(text)


def test_ports_are_judged_after_the_address() -> None:
    guard = AddressGuard(ports=frozenset({80, 443}))
    assert guard.refusal("1.1.1.1", 22) == "ssrf.port"
    assert guard.refusal("10.0.0.1", 22) == "ssrf.private_ip"
    assert AddressGuard(ports=frozenset({8080})).refusal("1.1.1.1", 8080) is None


def test_a_permit_is_for_one_exact_address_and_port() -> None:
    guard = AddressGuard(permits=frozenset({("127.0.0.1", 8099)}))
    assert guard.refusal("127.0.0.1", 8099) is None
    assert guard.refusal("::ffff:127.0.0.1", 8099) is None
    assert guard.refusal("127.0.0.1", 8098) == "ssrf.private_ip"
    assert guard.refusal("127.0.0.2", 8099) == "ssrf.private_ip"


def test_without_a_contact_only_permits_are_visited() -> None:
    guard = AddressGuard(permits=frozenset({("127.0.0.1", 8099)}), has_contact=False)
    assert guard.refusal("127.0.0.1", 8099) is None
    assert guard.refusal("1.1.1.1", 80) == "no_contact"
    assert guard.refusal("10.0.0.1", 80) == "ssrf.private_ip"


def test_a_port_that_no_address_may_have_needs_no_lookup() -> None:
    guard = AddressGuard(permits=frozenset({("127.0.0.1", 8099)}))
    assert [port for port in (22, 80, 443, 8099, 8100) if guard.is_port_possible(port)] == [80, 443, 8099]


class FakeReactor:
    """Remembers what was dialled."""

    def __init__(self) -> None:
        self.dialled: list[tuple[str, int]] = []

    def connectTCP(self, host: str, port: int, *args: object, **kwargs: object) -> None:
        self.dialled.append((host, port))


def test_the_reactor_is_guarded_only_while_the_guard_is_open() -> None:
    reactor = FakeReactor()
    with guarded(reactor, AddressGuard()):
        reactor.connectTCP("8.8.8.8", 80, None)
        with pytest.raises(AddressRefusedError) as refused:
            reactor.connectTCP("127.0.0.1", 80, None)
        assert refused.value.reason == "ssrf.private_ip"
    reactor.connectTCP("127.0.0.1", 80, None)
    assert reactor.dialled == [("8.8.8.8", 80), ("127.0.0.1", 80)]


def test_the_platform_reads_odd_spellings_as_the_loopback() -> None:
    """Why the check is at connect: these are all 127.0.0.1 to the system's resolver."""
    for spelling in ("127.1", "0x7f.1", "2130706433", "0177.0.0.1"):
        assert socket.inet_ntoa(socket.inet_aton(spelling)) == "127.0.0.1"


def test_without_a_contact_no_name_is_looked_up_where_no_permit_could_let_it_through() -> None:
    permits = frozenset({("127.0.0.1", 8099), ("127.0.0.1", 443)})
    silent = AddressGuard(permits=permits, has_contact=False)
    assert [port for port in (22, 80, 443, 8099) if silent.needs_contact(port)] == [80]
    assert not AddressGuard(permits=permits).needs_contact(80)
