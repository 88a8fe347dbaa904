"""When a page is looked at next."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.cadence import VisitState, is_unconditional, jitter, plan_next
from monitor.config import ScheduleConfig

NOW = datetime(2026, 5, 3, 12, tzinfo=UTC)
CONFIG = ScheduleConfig(cadence_s=21_600, jitter=0.0, second_look_s=600, failure_backoff_s=900)
PAGE = VisitState(page_id=7, visits=3, failures=0, cadence_s=21_600)


@pytest.mark.parametrize(
    ("state", "delay_s", "purpose"),
    [
        (PAGE, 21_600, "scheduled"),
        (replace(PAGE, cadence_s=3_600), 3_600, "scheduled"),
        (replace(PAGE, unconfirmed=True), 600, "second_look"),
        (replace(PAGE, unconfirmed=True, unsettled_looks=1), 600, "second_look"),
        (replace(PAGE, unconfirmed=True, unsettled_looks=2), 600, "second_look"),
        (replace(PAGE, unconfirmed=True, unsettled_looks=4), 2_400, "second_look"),  # flickers: more and more slowly
        (replace(PAGE, unconfirmed=True, unsettled_looks=900), 21_600, "second_look"),
        (replace(PAGE, unconfirmed=True, cadence_s=60.0), 600, "second_look"),
        (replace(PAGE, failures=1), 900, "scheduled"),
        (replace(PAGE, failures=3), 3_600, "scheduled"),
        (replace(PAGE, failures=900), 21_600, "scheduled"),
        (replace(PAGE, failures=1, cadence_s=300.0), 300, "scheduled"),
        (replace(PAGE, failures=1, retry_after_s=7_200), 7_200, "scheduled"),
        (replace(PAGE, failures=1, retry_after_s=5), 900, "scheduled"),
        (replace(PAGE, failures=1, unconfirmed=True, retry_after_s=7_200), 7_200, "second_look"),
    ],
)
def test_next_visit(state: VisitState, delay_s: float, purpose: str) -> None:
    planned = plan_next(NOW, state, CONFIG)
    assert ((planned.at - NOW).total_seconds(), planned.purpose) == (delay_s, purpose)


@given(st.integers(1, 10**12), st.integers(0, 10**6), st.floats(0, 0.5))
def test_jitter_is_bounded_and_always_the_same(page_id: int, visits: int, share: float) -> None:
    factor = jitter(page_id, visits, share)
    assert 1 - share <= factor <= 1 + share
    assert factor == jitter(page_id, visits, share)


def test_pages_added_together_drift_apart() -> None:
    config = msgspec.structs.replace(CONFIG, jitter=0.1)
    times = {plan_next(NOW, replace(PAGE, page_id=page), config).at for page in range(100)}
    assert len(times) == 100
    assert (max(times) - min(times)).total_seconds() > 21_600 * 0.15


@pytest.mark.parametrize(
    ("purpose", "visits", "unconfirmed", "unconditional"),
    [
        ("scheduled", 0, False, True),
        ("scheduled", 1, False, False),
        ("scheduled", 10, False, True),
        ("sibling", 11, False, False),
        ("second_look", 11, False, True),
        ("manual", 11, False, False),
        ("manual", 11, True, True),
    ],
)
def test_every_tenth_and_every_second_look_is_unconditional(
    purpose: str, visits: int, unconfirmed: bool, unconditional: bool
) -> None:
    assert is_unconditional(purpose, visits, 10, unconfirmed=unconfirmed) is unconditional
