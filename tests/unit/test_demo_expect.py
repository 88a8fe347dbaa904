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
    unexplained,
)
from monitor.types import Direction, Family, Kind, Severity

NOON = datetime(2025, 6, 1, 12, tzinfo=UTC)
A, B = "http://a.test/1", "http://a.test/2"
PRICE = Expectation("price", (Wanted(Family.PRICE, Direction.INCREASED, Kind.AMOUNT, Severity.HIGH, "25"),))
NOTHING = Expectation("nothing", looks_after=2)
GONE = Expectation("gone", outcomes=(Outcome.GONE, Outcome.OK), status_mails=1)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def visit(second: float, outcome: str = "ok", url: str = A) -> SeenVisit:
    return SeenVisit(url, at(second), outcome)


RAISED = SeenChange(1, A, at(2), "price", "amount", "increased", "high", "€ 20", "€ 25", "confirmed", 2)
ALERT = SeenAlert(1, "changes", "sent", at(4), "<1@x>", A, (1,))
STATUS = SeenAlert(2, "status", "sent", at(4), "<2@x>", A, ())
DONE = Facts((visit(1), visit(3)), (RAISED,), (ALERT,), ("<1@x>",))
WAS_GONE = Facts((visit(1, "gone"), visit(2, "gone"), visit(3, "unchanged")), (), (STATUS,), ("<2@x>",))


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
    facts = Facts(
        (visit(1), visit(9), visit(1, url=B)), (RAISED, later, elsewhere), (ALERT, STATUS), ("<1@x>", "<2@x>")
    )
    mine = facts_of(facts, [A], at(0), at(5))
    assert (mine.visits, mine.changes, mine.alerts) == ((visit(1),), (RAISED,), (ALERT, STATUS))
    assert facts_of(facts, [A], at(5)).changes == (later,)
    assert facts_of(facts, [A], at(5)).received == ()


def test_whatever_belongs_to_no_edit_is_named() -> None:
    facts = replace(DONE, received=("<1@x>", "<7@x>"))
    assert unexplained(DONE, [DONE]) == ()
    assert unexplained(facts, [DONE]) == ("mail <7@x> without an alert",)
    assert len(unexplained(facts, [])) == 3
