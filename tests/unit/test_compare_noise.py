"""What histories prove to be noise, and what they never may."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.compare.noise import Lesson, Said, Stretch, concerns, learn_from_page, learn_from_site
from monitor.text.extract import TextOptions, extract_page
from monitor.text.keys import fold
from monitor.text.learned import (
    Labelled,
    Learned,
    Lessons,
    digest_of,
    label_learned,
    label_pair,
    noise_between,
    template_of,
)
from monitor.types import Kind, PageText

START = datetime(2026, 5, 1, tzinfo=UTC)
STORY = "“My knee pain is gone”, says Anna."


def at(look: int) -> datetime:
    return START + timedelta(hours=6 * look)


LOOKS = tuple(at(look) for look in range(60))


def stood(text: str, since: int, until: int | None, region: str = "main") -> Stretch:
    return Stretch(digest_of(fold(text)), text, region, at(since), None if until is None else at(until))


def turns(text: str, *spans: tuple[int, int | None]) -> list[Stretch]:
    return [stood(text, since, until) for since, until in spans]


def kinds(stretches: list[Stretch], *said: Said) -> list[Learned]:
    return [lesson.kind for lesson in learn_from_page(stretches, LOOKS, said)]


OFTEN = ((0, 1), (2, 3), (5, None))


@pytest.mark.parametrize(
    ("text", "spans", "learned"),
    [
        pytest.param(STORY, OFTEN, [Learned.ROTATING], id="a story that takes turns"),
        pytest.param("We cured arthritis in all patients.", OFTEN, [Learned.ROTATING], id="a claim that takes turns"),
        pytest.param(STORY, ((0, 1), (2, None)), [], id="came back once"),
        pytest.param(STORY, ((0, 12), (20, 34), (45, None)), [], id="an editor's times"),
        pytest.param("The price is $5,000.", OFTEN, [], id="a price"),
        pytest.param("This is not a cure.", OFTEN, [], id="a disclaimer"),
        pytest.param("Approved by the FDA.", OFTEN, [], id="a regulator"),
        pytest.param("Deze therapie is geen genezing; resultaten kunnen verschillen.", OFTEN, [], id="in Dutch"),
    ],
)
def test_what_takes_turns(text: str, spans: tuple[tuple[int, int | None], ...], learned: list[Learned]) -> None:
    assert kinds(turns(text, *spans)) == learned


@pytest.mark.parametrize("kind", [Kind.REGULATORY, Kind.STATUS, Kind.OUTCOME, Kind.RISK, Kind.AMOUNT, Kind.TERMS])
def test_a_statement_that_must_be_told_takes_no_turns(kind: Kind) -> None:
    """Whatever the words look like: the ledger knows what was read in them."""
    assert kinds(turns(STORY, *OFTEN), Said(kind, "My knee pain is gone")) == []
    assert kinds(turns(STORY, *OFTEN), Said(kind, "Other words")) == [Learned.ROTATING]


def counting(template: str, length: int = 1, count: int = 4) -> list[Stretch]:
    spans = [(number * length, (number + 1) * length) for number in range(count)]
    return [
        stood(template.format(number + 3), since, None if number == count - 1 else until)
        for number, (since, until) in enumerate(spans)
    ]


@pytest.mark.parametrize(
    ("stretches", "learned"),
    [
        pytest.param(counting("Only {} places left this month!"), [Learned.VOLATILE], id="a counter"),
        pytest.param(counting("Session a8f{}c21d of the day"), [Learned.VOLATILE], id="a nonce"),
        pytest.param(counting("Today is {} May 2026 in our clinic"), [Learned.VOLATILE], id="a date"),
        pytest.param(counting("Only {} places left!", count=3), [], id="too few"),
        pytest.param(counting("Only {} places left!", length=9), [], id="a number that stands for two days"),
        pytest.param(counting("From $ {},000 for a knee"), [], id="a price"),
        pytest.param(counting("{}% of patients improve"), [], id="a percentage"),
        pytest.param(counting("{} patients had side effects"), [], id="a risk"),
        pytest.param(counting("{}"), [], id="a number alone"),
    ],
)
def test_what_counts(stretches: list[Stretch], learned: list[Learned]) -> None:
    assert kinds(stretches) == learned


def test_a_counter_with_a_claim_of_effect_is_told_each_time() -> None:
    stretches = counting("Over {}00 patients walk again")
    assert kinds(stretches, Said(Kind.EFFICACY, stretches[-1].text)) == []
    assert kinds(stretches, Said(Kind.EVIDENCE, stretches[-1].text)) == [Learned.VOLATILE]


@pytest.mark.parametrize(
    ("text", "pages", "learned"),
    [
        ("Come in and see us", 6, True),
        ("Come in and see us", 5, False),
        ("This is not a cure.", 10, False),
        ("80% of patients improve.", 10, False),
        ("From € 5.000", 10, False),
        ("We treat autism here", 10, False),  # a statement that the lexicons know
    ],
)
def test_what_is_the_sites(text: str, pages: int, learned: bool) -> None:
    lessons = learn_from_site([(b"k", text, "header", pages)], 10, ["We treat autism"])
    assert bool(lessons) is learned


def lesson(kind: Learned, text: str) -> Lesson:
    return Lesson(kind, b"", text, "main", "")


@pytest.mark.parametrize(
    ("before", "after", "noise"),
    [
        (STORY, "", True),
        ("", "My knee pain is gone", True),
        (STORY, "Only 7 places left", True),
        (STORY, "Another story is told.", False),
        ("Another story is told.", "", False),
        ("Only 3 places left", "Only 1 places left", True),
    ],
)
def test_which_changes_are_mere_turns(before: str, after: str, noise: bool) -> None:
    lessons = (lesson(Learned.ROTATING, STORY), lesson(Learned.VOLATILE, "Only 5 places left"))
    assert concerns(lessons, before, after) is noise
    assert not concerns((), before, after)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Only 3 places left", "Only 12 places left"),
        ("Updated: Monday, 3 May 2026 at 10:35", "Updated: Tuesday, 14 June 2026 at 9:05"),
        ("Request id 9f8a7c21", "Request id 00ab34ff"),
        ("Nog 3 plaatsen op maandag", "Nog 14 plaatsen op vrijdag"),
        ("Visitors: 1,234,567", "Visitors: 1,234,570"),
    ],
)
def test_numbers_and_dates_leave_one_template(one: str, other: str) -> None:
    assert template_of(fold(one)) == template_of(fold(other)) is not None


@pytest.mark.parametrize("text", ["No number here", "12,345", "3 / 5", "# 1"])
def test_what_has_no_template(text: str) -> None:
    assert template_of(fold(text)) is None


def page(*paragraphs: str) -> PageText:
    body = "".join(f"<p>{words}</p>" for words in paragraphs)
    return extract_page(f"<main>{body}</main>".encode(), "text/html", "https://clinic.example/", TextOptions("en"))


LESSONS = Lessons(
    site=frozenset({(digest_of(fold("Come in")), "main"), (digest_of(fold("Go away")), "footer")}),
    rotating=frozenset({digest_of(fold(STORY)), digest_of(fold("The price is $5,000."))}),
    volatile=frozenset({(digest_of(template_of(fold("Only 3 places left")) or ""), "main")}),
)


def test_labels_are_put_on_known_blocks_in_their_place_and_never_on_a_price() -> None:
    labelled = label_learned(page("Come in", "Go away", STORY, "Only 9 places left", "The price is $5,000."), LESSONS)
    assert [block.boilerplate for block in labelled.page_text.blocks] == ["site", None, "rotating", "volatile", None]
    assert label_learned(page("Nothing known"), LESSONS).page_text is not None
    plain = page("Nothing known")
    assert label_learned(plain, LESSONS) == Labelled(plain)
    assert label_learned(plain, Lessons()).page_text is plain


def test_what_was_held_back_is_what_stands_on_one_side_only() -> None:
    before = label_learned(page("Come in", STORY, "Only 9 places left"), LESSONS)
    after = label_learned(page("Come in", "Only 8 places left"), LESSONS)
    assert before.is_same(after)
    noise = noise_between(before, after)
    assert {kind for kind, _ in noise.held} == {Learned.ROTATING, Learned.VOLATILE}
    assert {kind for kind, _ in noise.met} == {Learned.SITE, Learned.VOLATILE}
    assert noise_between(before, before).held == ()


def test_a_counter_is_noise_only_where_both_show_it() -> None:
    one, other = label_pair(page("Only 9 places left", "Come in"), page("Only 8 places left"), LESSONS)
    assert [block.boilerplate for block in (*one.page_text.blocks, *other.page_text.blocks)] == [
        "volatile", "site", "volatile"
    ]  # fmt: skip
    one, other = label_pair(page("Only 9 places left", STORY), page("Come in"), LESSONS)
    assert [block.boilerplate for block in (*one.page_text.blocks, *other.page_text.blocks)] == [
        None,
        "rotating",
        "site",
    ]
    assert not one.is_same(other)


@given(st.lists(st.sampled_from([STORY, "Come in", "Only 3 places left", "A new claim: it cures.", "€ 5"]), max_size=6))
@settings(max_examples=60, deadline=None)
def test_a_label_hides_nothing_that_no_lesson_names(words: list[str]) -> None:
    """The digest under lessons is that of the page without the blocks that they name."""
    known = {STORY, "Come in", "Only 3 places left"}
    rest = page(*(one for one in words if one not in known))
    assert label_learned(page(*words), LESSONS).page_text.compared_sha256 == rest.compared_sha256
