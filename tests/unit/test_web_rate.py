"""How often one address may ask."""

from __future__ import annotations

from monitor.web.rate import BAD_LINK_COST, MAX_ADDRESSES, RateLimit


def test_a_bucket_empties_and_fills_again() -> None:
    rate = RateLimit(60)
    assert [rate.take("192.0.2.1", 100.0) for _ in range(61)] == [True] * 60 + [False]
    assert not rate.take("192.0.2.1", 100.9)
    assert rate.take("192.0.2.1", 101.1)
    assert not rate.take("192.0.2.1", 101.2)
    assert all(rate.take("192.0.2.2", 101.2) for _ in range(60)), "another's is full"
    assert sum(rate.take("192.0.2.1", 1_000_000.0) for _ in range(100)) == 60, "never more than a minute's worth"


def test_a_wrong_link_costs_more() -> None:
    rate = RateLimit(60)
    asked = 0
    while rate.take("192.0.2.1", 0.0):
        rate.take("192.0.2.1", 0.0, BAD_LINK_COST)
        asked += 1
    assert asked == 6


def test_a_network_of_ipv6_is_one_reader() -> None:
    rate = RateLimit(2)
    taken = [rate.take(f"2001:db8:1:2::{number:x}", 0.0) for number in range(4)]
    assert taken == [True, True, False, False]
    assert rate.take("2001:db8:1:3::1", 0.0)


def test_the_clock_may_stand_still_and_addresses_may_be_odd() -> None:
    rate = RateLimit(3)
    assert [rate.take("", 5.0) for _ in range(4)] == [True, True, True, False]
    assert rate.take("x" * 10_000, 5.0)


def test_memory_is_bounded_and_who_asks_often_is_remembered() -> None:
    rate = RateLimit(2)
    assert [rate.take("192.0.2.1", 0.0) for _ in range(3)] == [True, True, False]
    for number in range(MAX_ADDRESSES - 1):
        rate.take(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", 0.0)
        if number % 1000 == 0:
            assert not rate.take("192.0.2.1", 0.0)
    assert len(rate._left) <= MAX_ADDRESSES
