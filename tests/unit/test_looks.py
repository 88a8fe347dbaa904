"""Two looks before an alert, as a story of versions: what is pending, confirmed and withdrawn after each look."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor.looks import Look, LookRules, PendingChange, Settlement, agree, looks_needed, reconcile
from monitor.types import Change, Direction, Kind, Region, Severity

LAW_EXAMPLES = 500
RULES = LookRules(looks=2, max_flicker_looks=6)
NOW = datetime(2026, 5, 3, tzinfo=UTC)

Version = dict[str, str]
"""A page as a story tells it: the statement that stands in each place."""


def compare(before: Version, after: Version) -> tuple[Change, ...]:
    """What differs, place by place; "" where a place is empty."""
    places = sorted(before.keys() | after.keys())
    return tuple(
        _change(before.get(place, ""), after.get(place, ""))
        for place in places
        if before.get(place, "") != after.get(place, "")
    )


def _change(before: str, after: str) -> Change:
    direction = Direction.CHANGED if before and after else Direction.ADDED if after else Direction.REMOVED
    return Change(
        kind=Kind.AMOUNT,
        direction=direction,
        severity=Severity.MEDIUM,
        before=before,
        after=after,
        region=Region.MAIN,
        path=(),
        reason=f"{before} → {after}",
        rule="story",
        fingerprint=f"{before}→{after}".encode().hex(),
    )


@dataclass(frozen=True)
class Row:
    """A change as it is stored: pending, then settled."""

    change: PendingChange
    state: str


@dataclass
class Story:
    """A page watched by the rules: versions are snapshots numbered from 0, rows are its changes."""

    versions: list[Version]
    rules: LookRules = RULES
    rows: list[Row] = field(default_factory=list)
    mailed: list[PendingChange] = field(default_factory=list)

    def look(self, now: Version) -> Settlement:
        newest = len(self.versions) - 1
        recurrences: dict[str, int] = {}
        for row in self.rows:
            if row.state != "pending":
                recurrences[row.change.fingerprint] = recurrences.get(row.change.fingerprint, 0) + 1
        if now == self.versions[newest]:
            settlement = agree(self.pending(), recurrences, self.rules)
        else:
            bases = {newest} | {change.base_id for change in self.pending()}
            found = {base: compare(self.versions[base], now) for base in bases}
            settlement = reconcile(Look(self.pending(), found, newest, recurrences), self.rules)
            self.versions.append(now)
        self._write(settlement)
        return settlement

    def _write(self, settlement: Settlement) -> None:
        states = {
            **dict.fromkeys(settlement.withdrawn, "withdrawn"),
            **dict.fromkeys(settlement.superseded, "superseded"),
            **dict.fromkeys(settlement.flickered, "flicker"),
            **dict.fromkeys(settlement.confirmed, "confirmed"),
        }
        for number, row in enumerate(self.rows):
            if row.state != "pending":
                continue
            change = replace(row.change, looks=row.change.looks + (row.change.id in settlement.agreed))
            self.rows[number] = Row(change, states.get(change.id, "pending"))
            if change.id in settlement.confirmed:
                self.mailed.append(change)
        for new in settlement.added:
            change = PendingChange(
                id=len(self.rows) + 1,
                base_id=new.base_id,
                fingerprint=new.change.fingerprint,
                kind=str(new.change.kind),
                before=new.change.before,
                after=new.change.after,
                looks=1,
                detected_at=NOW,
            )
            self.rows.append(Row(change, "confirmed" if settlement.added_are_confirmed else "pending"))
            if settlement.added_are_confirmed:
                self.mailed.append(change)
        assert settlement.still_pending == len(self.pending())

    def pending(self) -> tuple[PendingChange, ...]:
        return tuple(row.change for row in self.rows if row.state == "pending")

    def told(self) -> list[str]:
        """What a watchdog was mailed, in order."""
        return [f"{change.before}→{change.after}" for change in self.mailed]

    def state_of(self, words: str) -> str:
        found = [row.state for row in self.rows if f"{row.change.before}→{row.change.after}" == words]
        return found[-1]


A, B, C, D = {"p": "A"}, {"p": "B"}, {"p": "C"}, {"p": "D"}

STORIES: list[tuple[str, list[Version], list[str], bool]] = [
    ("nothing happens", [A, A, A], [], True),
    ("a change is seen once", [A, B], [], False),
    ("a change is seen twice", [A, B, B], ["A→B"], True),
    ("a flip is seen once and taken back", [A, B, A], [], True),
    ("a slow flip is two changes", [A, B, B, A, A], ["A→B", "B→A"], True),
    ("an edit in two steps is told as it ends", [A, B, C, C], ["A→C"], True),
    ("each step that stays is told", [A, B, B, C, C], ["A→B", "B→C"], True),
    ("something is removed", [{"p": "A", "d": "not a cure"}, A, A], ["not a cure→"], True),
    ("something is added", [A, {"p": "A", "d": "80 %"}, {"p": "A", "d": "80 %"}], ["→80 %"], True),
    (
        "a second change waits for its own second look",
        [A, B, {"p": "B", "q": "new"}, {"p": "B", "q": "new"}],
        ["A→B", "→new"],
        True,
    ),
    (
        "a confirmed change is taken back while another is pending",
        [A, B, {"p": "B", "q": "1"}, {"p": "A", "q": "2"}, {"p": "A", "q": "2"}],
        ["A→B", "→2", "B→A"],
        True,
    ),
    (
        "a confirmed change goes on while another is pending",
        [A, B, {"p": "B", "q": "1"}, {"p": "C", "q": "2"}, {"p": "C", "q": "2"}],
        ["A→B", "→2", "B→C"],
        True,
    ),
]


@pytest.mark.parametrize(("title", "looks", "told", "settled"), STORIES, ids=[story[0] for story in STORIES])
def test_story(title: str, looks: list[Version], told: list[str], settled: bool) -> None:
    story = Story([looks[0]])
    for version in looks[1:]:
        story.look(version)
    assert sorted(story.told()) == sorted(told)
    assert (not story.pending()) is settled


def test_what_replaces_a_pending_change_supersedes_it() -> None:
    story = Story([A])
    story.look(B)
    settlement = story.look(C)
    assert story.state_of("A→B") == "superseded"
    assert not settlement.withdrawn


def test_what_is_taken_back_is_withdrawn_and_then_flicker() -> None:
    story = Story([A])
    for version in (B, A):
        story.look(version)
    assert story.state_of("A→B") == "withdrawn"
    for version in (B, A):
        story.look(version)
    assert story.state_of("A→B") == "flicker"


def test_what_came_and_went_before_needs_more_looks() -> None:
    story = Story([A])
    for version in (B, A, B, A, B, B):
        story.look(version)
    assert story.told() == []
    story.look(B)
    assert story.told() == []
    story.look(B)
    assert story.told() == ["A→B"]


def test_looks_needed_is_bounded() -> None:
    assert looks_needed("f", {"f": 10_000}, RULES) == RULES.looks + RULES.max_flicker_looks
    assert looks_needed("f", {"f": 10_000}, LookRules(1, 6)) == 1


def test_one_look_confirms_at_once() -> None:
    story = Story([A], LookRules(1, 6))
    settlement = story.look(B)
    assert settlement.added_are_confirmed
    assert story.told() == ["A→B"]


def test_a_rotating_page_hides_no_lasting_change() -> None:
    """A teaser that is new on every look must neither be mailed nor keep a removed disclaimer from being told."""
    story = Story([{"teaser": "0", "disclaimer": "not a cure"}])
    for number in range(1, 20):
        disclaimer = {"disclaimer": "not a cure"} if number < 10 else {}
        story.look({"teaser": str(number), **disclaimer})
    assert story.told() == ["not a cure→"]
    assert len(story.pending()) == 1  # the newest teaser


versions = st.dictionaries(st.sampled_from("xyz"), st.sampled_from("abc")).map(
    lambda page: {place: f"{place} is {word}" for place, word in page.items()}
)


@settings(max_examples=LAW_EXAMPLES, deadline=None)
@given(st.lists(versions, min_size=1, max_size=12), versions)
@example([{}, {"x": "x is a"}, {"y": "y is a"}], {"x": "x is b"})
def test_who_reads_every_mail_knows_the_page(history: list[Version], end: Version) -> None:
    """However a page flips: once it rests, the changes told, applied to its first version, make the last one."""
    story = Story([history[0]])
    for version in history[1:]:
        story.look(version)
    for _ in range(RULES.looks + RULES.max_flicker_looks + 1):
        story.look(end)
    assert not story.pending()
    known = dict(history[0])
    for row in story.mailed:
        place = (row.before or row.after)[0]
        known[place] = row.after
    assert {place: words for place, words in known.items() if words} == end


@given(st.lists(versions, min_size=2, max_size=12))
def test_no_words_are_told_that_one_look_alone_had(history: list[Version]) -> None:
    """What is told as new stood on the page in the look that confirmed it and in the one before."""
    story = Story([history[0]])
    for before, version in itertools.pairwise(history):
        told = len(story.mailed)
        story.look(version)
        for row in story.mailed[told:]:
            place = (row.before or row.after)[0]
            assert version.get(place, "") == row.after
            assert before.get(place, "") == row.after
