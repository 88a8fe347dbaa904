"""The demo's own judgement: it says yes only to what was asked for, and no to anything missing, extra or doubled."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from crawler.outcomes import Outcome
from monitor.demo.expect import (
    Expectation,
    Facts,
    SeenAlert,
    SeenChange,
    SeenVisit,
    Wanted,
    facts_of,
    is_standing,
    judge,
    mark_of,
    unexplained,
)
from monitor.types import Direction, Family, Kind, Severity

NOON = datetime(2025, 6, 1, 12, tzinfo=UTC)
A, B = "http://a.test/1", "http://a.test/2"
PRICE = Expectation("price", (Wanted(Family.PRICE, Direction.INCREASED, Kind.AMOUNT, Severity.HIGH, "25"),))
NOTHING = Expectation("nothing", looks_after=2)
GONE = Expectation("gone", outcomes=(Outcome.GONE, Outcome.OK), status_mails=2, status_mails_before=1)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def visit(second: float, outcome: str = "ok", url: str = A) -> SeenVisit:
    return SeenVisit(url, at(second), outcome)


RAISED = SeenChange(1, A, at(2), "price", "amount", "increased", "high", "€ 20", "€ 25", "confirmed", 2)
ALERT = SeenAlert(1, "changes", "sent", at(4), "<1@x>", A, (1,))
STATUS = SeenAlert(2, "status", "sent", at(4), "<2@x>", A, ())
RECOVERED = replace(STATUS, id=3, message_id="<3@x>")
DONE = Facts((visit(1), visit(3)), (RAISED,), (ALERT,), ("<1@x>",))
WAS_GONE = Facts(
    (visit(1, "gone"), visit(2, "gone"), visit(3, "unchanged")), (), (STATUS, RECOVERED), ("<2@x>", "<3@x>")
)


def test_what_was_wanted_came() -> None:
    judgement = judge(PRICE, [A], DONE)
    assert judgement.ok
    assert (judgement.raised, judgement.looks, judgement.mails) == ("price/amount increased (high)", "2", 1)
    assert judge(GONE, [A], WAS_GONE).ok
    assert judge(NOTHING, [A], replace(DONE, changes=(), alerts=(), received=())).ok


@pytest.mark.parametrize(
    ("expectation", "facts", "words"),
    [
        (PRICE, replace(DONE, changes=()), "price increased (high"),
        (PRICE, replace(DONE, changes=(replace(RAISED, severity="medium"),)), "price increased (high"),
        (PRICE, replace(DONE, changes=(replace(RAISED, kind="terms"),)), "price increased (high"),
        (PRICE, replace(DONE, changes=(replace(RAISED, after="€ 26"),)), "“25”"),
        (PRICE, replace(DONE, changes=(replace(RAISED, url=B),)), "price increased (high"),
        (PRICE, replace(DONE, changes=(RAISED, replace(RAISED, id=9, state="pending"))), "next look"),
        (PRICE, replace(DONE, received=()), "mail about"),
        (PRICE, replace(DONE, visits=()), "visit 1"),
        (NOTHING, Facts((visit(1),)), "visit 2"),
        (GONE, replace(WAS_GONE, visits=WAS_GONE.visits[:2]), "outcome ok"),
        (GONE, replace(WAS_GONE, visits=WAS_GONE.visits[2:]), "outcome gone"),
        (GONE, replace(WAS_GONE, received=()), "status mail 1"),
    ],
)
def test_what_is_missing_is_named(expectation: Expectation, facts: Facts, words: str) -> None:
    judgement = judge(expectation, [A], facts)
    assert not judgement.ok
    assert any(words in line for line in judgement.missing)


@pytest.mark.parametrize(
    ("expectation", "facts", "words"),
    [
        (NOTHING, DONE, "price/amount increased"),
        (NOTHING, DONE, "1 mails about changes instead of 0"),
        (PRICE, replace(DONE, changes=(RAISED, replace(RAISED, id=2, direction="decreased"))), "decreased"),
        (PRICE, replace(DONE, changes=(RAISED, replace(RAISED, id=2, family="claim"))), "claim/amount"),
        (PRICE, replace(DONE, alerts=(ALERT, replace(ALERT, id=3, message_id="<3@x>"))), "2 mails about changes"),
        (PRICE, replace(DONE, alerts=(ALERT, STATUS)), "1 status mails instead of 0"),
        (PRICE, replace(DONE, received=("<1@x>", "<1@x>")), "twice"),
        (GONE, replace(WAS_GONE, changes=(replace(RAISED, direction="removed"),)), "removed"),
    ],
)
def test_what_should_not_be_is_named(expectation: Expectation, facts: Facts, words: str) -> None:
    judgement = judge(expectation, [A], facts)
    assert not judgement.ok
    assert any(words in line for line in judgement.unwanted)


def test_changes_that_were_withdrawn_are_nobodys_news() -> None:
    assert judge(NOTHING, [A], Facts((visit(1), visit(2)), (replace(RAISED, state="withdrawn"),))).ok


def test_an_outage_is_undone_when_it_was_seen_and_mailed() -> None:
    assert is_standing(GONE, [A], replace(WAS_GONE, visits=WAS_GONE.visits[:1]))
    assert not is_standing(GONE, [A], replace(WAS_GONE, received=()))
    assert not is_standing(GONE, [A], replace(WAS_GONE, visits=()))
    assert not is_standing(GONE, [A, B], WAS_GONE)


def test_facts_belong_to_the_edit_of_their_page_and_time() -> None:
    later = replace(RAISED, id=2, detected_at=at(9))
    elsewhere = replace(RAISED, id=3, url=B)
    before = Facts((visit(1), visit(1, url=B)), (RAISED, elsewhere), (ALERT,), ("<1@x>",))
    after = Facts((*before.visits, visit(9)), (*before.changes, later), (ALERT, STATUS), ("<1@x>", "<2@x>"))
    begin, middle = mark_of(Facts(), at(0)), mark_of(before, at(5))
    first = facts_of(after, [A], begin, middle)
    assert (first.visits, first.changes, first.alerts, first.received) == ((visit(1),), (RAISED,), (ALERT,), ("<1@x>",))
    second = facts_of(after, [A], middle)
    assert (second.visits, second.changes, second.alerts) == ((visit(9),), (later,), (STATUS,))
    assert second.received == ("<2@x>",)


def test_a_change_found_by_a_look_that_began_before_the_edit_belongs_to_the_edit() -> None:
    early = replace(RAISED, detected_at=at(-1))
    assert facts_of(replace(DONE, changes=(early,)), [A], mark_of(Facts(), at(0))).changes == (early,)


def test_whatever_belongs_to_no_edit_is_named() -> None:
    facts = replace(DONE, received=("<1@x>", "<7@x>"))
    assert unexplained(DONE, [DONE]) == ()
    assert unexplained(facts, [DONE]) == ("mail <7@x> without an alert",)
    assert len(unexplained(facts, [])) == 3
