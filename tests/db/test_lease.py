"""Leases on hosts: who gets one, how long it holds, and what the fence stops."""

from __future__ import annotations

import threading
import time

import pytest
from sqlalchemy import Engine, text

from monitor.errors import LeaseLostError
from monitor.schedule.lease import HostLease, boot_time, give_back, keep_lease, lease_due_hosts, lease_host
from monitor.store.leases import HostClaim, beat, database_time, fence_off, hold_fence
from monitor.store.pages import PageState, add_clinic, add_page, set_page_state

HOSTS = 40


@pytest.fixture
def pages(engine: Engine) -> list[int]:
    """One page on each of many hosts, all due."""
    with engine.begin() as connection:
        clinic = add_clinic(connection, "clinic", "Clinic")
        return [add_page(connection, clinic.id, f"https://host{number}.example/").id for number in range(HOSTS)]


def run(engine: Engine, statement: str, **values: object) -> None:
    with engine.begin() as connection:
        connection.execute(text(statement), values)


def test_only_due_hosts_are_leased_the_longest_due_first(engine: Engine, pages: list[int]) -> None:
    run(engine, "UPDATE page SET next_visit_at = now() + interval '1 hour'")
    run(engine, "UPDATE page SET next_visit_at = now() - interval '1 hour' WHERE id = :id", id=pages[7])
    run(engine, "UPDATE page SET next_visit_at = now() - interval '2 hours' WHERE id = :id", id=pages[9])
    run(engine, "UPDATE page SET next_visit_at = now() - interval '3 hours' WHERE id = :id", id=pages[11])
    with engine.begin() as connection:
        set_page_state(connection, pages[11], PageState.PAUSED)
    assert [lease.claim.origin for lease in lease_due_hosts(engine, "w", 60, 1)] == ["https://host9.example:443"]
    assert [lease.claim.origin for lease in lease_due_hosts(engine, "w", 60, 5)] == ["https://host7.example:443"]
    assert lease_due_hosts(engine, "w", 60, 5) == []


def test_workers_side_by_side_never_share_a_host(engine: Engine, pages: list[int]) -> None:
    got: dict[str, list[HostLease]] = {}
    start = threading.Barrier(4)

    def work(name: str) -> None:
        start.wait(timeout=10)
        mine: list[HostLease] = []
        for _ in range(HOSTS):
            mine += lease_due_hosts(engine, name, 60, 2)
        got[name] = mine

    threads = [threading.Thread(target=work, args=(f"worker {number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    claimed = [lease.claim.host_id for leases in got.values() for lease in leases]
    assert len(claimed) == len(set(claimed)) == HOSTS


def test_a_lease_that_ran_out_goes_to_the_next_and_the_fence_stops_the_first(engine: Engine, pages: list[int]) -> None:
    run(engine, "UPDATE page SET state = 'paused' WHERE id <> :id", id=pages[0])
    (slow,) = lease_due_hosts(engine, "slow", 0.001, 1)
    quick = _lease_when_free(engine, "quick")
    assert quick.claim.fence == slow.claim.fence + 1
    with engine.begin() as connection:
        assert hold_fence(connection, quick.claim)
    with engine.begin() as connection, pytest.raises(LeaseLostError):
        hold_fence(connection, slow.claim)
    slow.deadline = boot_time()
    with pytest.raises(LeaseLostError):
        keep_lease(engine, slow)
    give_back(engine, slow, 0.0)  # gives nothing back that is somebody else's
    with engine.begin() as connection:
        assert hold_fence(connection, quick.claim)


def _lease_when_free(engine: Engine, owner: str) -> HostLease:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        if leases := lease_due_hosts(engine, owner, 60, 1):
            return leases[0]
    raise AssertionError("the lease did not run out")


def test_a_lease_is_extended_when_a_third_is_gone(engine: Engine, pages: list[int]) -> None:
    (lease,) = lease_due_hosts(engine, "w", 60, 1)
    first = lease.deadline
    keep_lease(engine, lease)
    assert lease.deadline == first
    lease.deadline = boot_time() + 30
    keep_lease(engine, lease)
    assert lease.remaining_s() > 59


def test_a_host_given_back_is_left_alone_for_its_delay(engine: Engine, pages: list[int]) -> None:
    run(engine, "UPDATE page SET state = 'paused' WHERE id <> :id", id=pages[0])
    (lease,) = lease_due_hosts(engine, "w", 60, 1)
    give_back(engine, lease, 3600)
    assert lease_due_hosts(engine, "w", 60, 1) == []
    run(engine, "UPDATE host SET next_request_at = now()")
    assert len(lease_due_hosts(engine, "w", 60, 1)) == 1


def test_one_host_is_leased_whether_due_or_not_but_only_once(engine: Engine, pages: list[int]) -> None:
    run(engine, "UPDATE page SET next_visit_at = now() + interval '1 hour'")
    (host_id,) = _one(engine, "SELECT host_id FROM page WHERE id = :id", id=pages[0])
    mine = lease_host(engine, host_id, "mine", 60)
    assert isinstance(mine, HostLease)
    taken = lease_host(engine, host_id, "yours", 60)
    assert not isinstance(taken, HostLease)
    assert taken[0] == "mine"


def test_fencing_off_takes_the_host_from_a_visit_in_flight(engine: Engine, pages: list[int]) -> None:
    lease = lease_due_hosts(engine, "w", 60, 1)[0]
    with engine.begin() as connection:
        page_id = connection.execute(
            text("SELECT id FROM page WHERE host_id = :id"), {"id": lease.claim.host_id}
        ).scalar_one()
        fence_off(connection, page_id)
    with engine.begin() as connection, pytest.raises(LeaseLostError):
        hold_fence(connection, lease.claim)


def test_a_claim_of_another_owner_is_not_ours(engine: Engine, pages: list[int]) -> None:
    lease = lease_due_hosts(engine, "w", 60, 1)[0]
    forged = HostClaim(lease.claim.host_id, lease.claim.origin, "other", lease.claim.fence)
    with engine.begin() as connection, pytest.raises(LeaseLostError):
        hold_fence(connection, forged)


def test_the_heartbeat_is_one_row_for_each_worker(engine: Engine) -> None:
    with engine.begin() as connection:
        now = database_time(connection)
        beat(connection, "w", now, {"visits": 1})
        beat(connection, "w", now, {"visits": 2})
        beat(connection, "v", now, {})
    assert _one(engine, "SELECT count(*), max(details ->> 'visits') FROM worker") == (2, "2")


def _one(engine: Engine, query: str, **values: object) -> tuple[object, ...]:
    with engine.connect() as connection:
        return tuple(connection.execute(text(query), values).one())
