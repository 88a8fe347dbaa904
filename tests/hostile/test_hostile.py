"""The product against every misbehaviour: `clinicwatch visit --server -`, a real Postgres, nothing but loopback.

The whole run is one process (see drive.py); each case is a test of what it brought.
"""

from __future__ import annotations

from typing import Any

import pytest

from crawler.outcomes import REASONS
from tests.conftest import administer, database_url
from tests.hostile.drive import drive, isolation
from tests.hostile.manifest import CASES, KNOWN_GAPS, UNREACHABLE
from tests.hostile.verdicts import faults_of

pytestmark = pytest.mark.system

Run = tuple[dict[str, dict[str, Any]], dict[str, Any]]
CRAWLER_MB = 300


@pytest.fixture(scope="module")
def played(postgres: str, template: str) -> Run:
    name = f"{template}_hostile"
    administer(postgres, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    try:
        return drive(database_url(postgres, name))
    finally:
        administer(postgres, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(case.name, marks=pytest.mark.xfail(strict=True, reason=KNOWN_GAPS[case.name]))
        if case.name in KNOWN_GAPS
        else case.name
        for case in CASES
    ],
)
def test_nothing_is_told_at_the_fault_and_one_change_after_it(name: str, played: Run) -> None:
    assert faults_of(played[0][name]) == []


def test_the_canary_was_never_reached(played: Run) -> None:
    assert played[1]["canary_reached"] == 0


def test_every_process_ended_well_within_time_and_memory(played: Run) -> None:
    _, run = played
    assert set(run["exit_codes"]) == {0}
    assert run["seconds"] < 240
    assert run["peak_mb"]["crawler"] < CRAWLER_MB


def test_nothing_could_leave(played: Run) -> None:
    if not isolation():
        pytest.skip("this machine allows no network namespace")
    assert played[1]["isolated"]


def test_every_reason_has_a_case() -> None:
    found = {case.expected.partition(":")[2] for case in CASES}
    assert REASONS.keys() - found == UNREACHABLE.keys()


def test_the_suite_is_what_it_claims_to_be() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 150
    assert len(KNOWN_GAPS) <= 3
    assert KNOWN_GAPS.keys() <= {case.name for case in CASES}
