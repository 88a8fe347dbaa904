"""What a page's looks teach, as stories: numbers that differ each time, wordings that take turns, a site's blocks."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, event

from monitor.config import Config
from monitor.store.learned import count_held_back, list_learned
from monitor.text.process import KillablePool, Limits
from tests.db.world import CLAIM, DISCLAIMER, PRICE, STORY, Site, World

BANNERS = (
    "Our stem cells cure knee arthritis.",
    "Our infusion restores the damaged hip.",
    "Our therapy heals back pain for good.",
)
STORIES = (
    "“My knee pain was cured after three infusions”, says Anna, 61.",
    "“The stem cells healed my arthritis and I walk again”, says Peter, 70.",
    "“My asthma was cured within six weeks”, says Carla from Spain.",
)


@pytest.fixture(scope="module")
def pool() -> Iterator[KillablePool]:
    with KillablePool(Limits(cpu_s=20, wall_s=30), preload=("monitor.prepare",)) as opened:
        yield opened


@pytest.fixture
def world(engine: Engine, config: Config, pool: KillablePool) -> World:
    return World(engine, config, pool)


def learned(world: World) -> list[tuple[str, str]]:
    with world.engine.connect() as connection:
        return sorted((one.kind, one.text) for one in list_learned(connection))


def told(world: World) -> list[str]:
    """The new words of what was told, in the order of telling."""
    rows = world.rows("SELECT after FROM change WHERE state IN ('confirmed', 'unrepeated') ORDER BY settled_at, id")
    return [after for (after,) in rows]


def counting(number: int) -> Site:
    return replace(Site(), paragraphs=(*STORY, f"Limited offer: only {number} places left this month.", CLAIM))


def test_a_number_that_differs_on_every_look_is_learned_and_makes_no_version(world: World) -> None:
    page = world.add_page()
    for number in range(40, 34, -1):
        world.see(page, counting(number))
    assert learned(world) == [("volatile", "Limited offer: only 37 places left this month.")]
    versions, before = world.count("snapshot"), told(world)
    for number in range(34, 28, -1):
        report = world.see(page, counting(number))
        assert (report.is_new_snapshot, report.pending, report.next_purpose) == (False, 0, "scheduled")
    assert world.count("snapshot") == versions
    assert told(world) == before
    assert world.count("capture") == 12  # every look is kept as evidence
    assert [held for (held,) in world.rows("SELECT held FROM visit ORDER BY id")][-6:] == [1] * 6
    assert world.rows("SELECT held FROM learned_block") == [(8,)]  # since the fifth look


def test_a_counter_that_is_taken_away_is_told(world: World) -> None:
    page = world.add_page()
    for number in range(40, 34, -1):
        world.see(page, counting(number))
    for nonce in "ab":
        world.see(page, replace(counting(35).without("Limited offer: only 35 places left this month."), nonce=nonce))
    assert world.changes()[-1] == ("claim/urgency", "removed", "confirmed")


def test_a_real_change_beside_learned_noise_is_told(world: World) -> None:
    page = world.add_page()
    for number in range(40, 34, -1):
        world.see(page, counting(number))
    for number in (33, 32):
        site = counting(number)
        world.see(page, site.reworded("80%", "95%"))
    assert [after for after in told(world) if "95%" in after] == [CLAIM.replace("80%", "95%")]


@pytest.mark.parametrize("words", ["The price of the treatment is ${}00.", "{} patients died: this is not a cure."])
def test_prices_and_disclaimers_are_never_learned(world: World, words: str) -> None:
    page = world.add_page()
    for number in range(40, 30, -1):
        world.see(page, replace(Site(), paragraphs=(*STORY, words.replace("{}", str(number)))))
    assert learned(world) == []


def rotating(words: str) -> Site:
    return replace(Site(), paragraphs=(*STORY, words, PRICE, DISCLAIMER))


def test_claims_that_take_turns_are_told_once_each_and_then_no_more(world: World) -> None:
    page, chance = world.add_page(), random.Random(7)
    world.see(page, rotating(first := chance.choice(BANNERS)))
    for _ in range(39):
        world.see(page, rotating(chance.choice(BANNERS)))
    assert learned(world) == sorted(("rotating", words) for words in BANNERS)
    before = told(world)
    for _ in range(40):
        world.see(page, rotating(chance.choice(BANNERS)))
    assert told(world) == before
    for words in set(BANNERS) - {first}:
        assert 1 <= sum(after != "" and after in words for after in before) <= 2  # one for each kind of claim in it


def test_stories_that_take_turns_are_learned_and_told_to_nobody(world: World) -> None:
    """Another story in the place of one is no change by the taxonomy."""
    page, chance = world.add_page(), random.Random(7)
    for _ in range(40):
        world.see(page, rotating(chance.choice(STORIES)))
    assert learned(world) == sorted(("rotating", words) for words in STORIES)
    assert told(world) == []


def test_a_new_wording_with_a_claim_is_told_although_its_place_rotates(world: World) -> None:
    page, chance = world.add_page(), random.Random(7)
    for _ in range(40):
        world.see(page, rotating(chance.choice(BANNERS)))
    before = len(told(world))
    fresh = "Our clinic cures paralysis in every patient."
    for _ in range(3):
        world.see(page, rotating(fresh))
    assert any(after and after in fresh for after in told(world)[before:])
    for _ in range(20):
        world.see(page, rotating(chance.choice((*BANNERS, fresh))))
    assert sum(bool(after) and after in fresh for after in told(world)) <= 2


def test_a_claim_that_only_ever_flickers_is_told_once(world: World) -> None:
    page = world.add_page()
    world.see(page, rotating(BANNERS[0]))
    for number in range(8):
        world.see(page, rotating(BANNERS[(number + 1) % 2]))
    assert ("rotating", BANNERS[1]) in learned(world)
    assert any(after and after in BANNERS[1] for after in told(world))


def test_what_an_editor_takes_back_is_not_learned(world: World) -> None:
    page = world.add_page()
    cured = Site().reworded(CLAIM, "Our therapy cures 80% of all patients.")
    for site in (Site(), cured, Site(), cured, Site()):
        for _ in range(6):
            world.see(page, site)
    assert learned(world) == []
    assert len(told(world)) >= 4


def test_what_was_not_shown_for_long_is_compared_again(world: World) -> None:
    page = world.add_page()
    for number in range(9):
        world.see(page, rotating(BANNERS[number % 2]))
    assert {kind for kind, _ in learned(world)} == {"rotating"}
    world.at += timedelta(days=61)
    report = world.see(page, replace(rotating(BANNERS[1]), footer="Stem Cell Clinic, where we moved in May"))
    assert learned(world) == [("rotating", BANNERS[1])]  # which this look shows
    assert world.rows("SELECT id, kind, text FROM notice") == [
        (report.notices[0], "rotated_out", f"last shown 2026-05-03: {BANNERS[0]}")
    ]


def test_what_stands_on_most_pages_of_a_site_is_the_sites(world: World) -> None:
    tagline = "Come in and find out what a day with us is like"
    pages = [world.add_page(f"https://clinic.example/{number}") for number in range(5)]

    def site(number: int, words: str) -> Site:
        own = (f"This page is about part number {number} of what we do here.", CLAIM)
        return replace(Site(), paragraphs=(*own, words, *STORY[number:]), footer=DISCLAIMER)

    for number, page in enumerate(pages):
        world.see(page, site(number, tagline))
    world.at += timedelta(days=1)
    world.see(pages[0], site(0, tagline).reworded("number 0", "number zero"))
    texts = [text for kind, text in learned(world) if kind == "site"]
    assert tagline in texts
    assert DISCLAIMER not in texts
    assert CLAIM not in texts  # a claim stays compared on every page that makes it
    versions = world.count("snapshot")
    for number, page in enumerate(pages[1:], start=1):
        assert not world.see(page, site(number, "")).is_new_snapshot
    assert world.count("snapshot") == versions


def test_an_unchanged_page_has_nothing_to_do_with_it(world: World) -> None:
    page = world.add_page()
    for number in range(40, 34, -1):
        world.see(page, counting(number))
    statements: list[str] = []
    note = lambda *event_args: statements.append(str(event_args[2]))  # noqa: E731
    event.listen(world.engine, "before_cursor_execute", note)
    world.see(page, counting(35))  # the same bytes
    assert not any("learned_block" in each or "passage" in each for each in statements)
    world.see(page, replace(counting(35), nonce="1"))
    event.remove(world.engine, "before_cursor_execute", note)
    assert sum("learned_block" in each for each in statements) == 2  # lessons read, and the ones met noted


def test_what_was_held_back_is_counted_with_its_reason(world: World) -> None:
    page, start = world.add_page(), world.at - timedelta(hours=1)
    for number in range(9):
        world.see(page, replace(rotating(BANNERS[number % 2]), nonce=str(number)))
    for nonce, price in (("another", "$5,000"), ("x", "$6,000"), ("y", "$5,000")):
        world.see(page, replace(rotating(BANNERS[1]), nonce=nonce).reworded("$5,000", price))
    with world.engine.connect() as connection:
        found = count_held_back(connection, start)
        lessons = list_learned(connection, page)
    assert found.looks_learned > 0
    assert found.looks_same_text == found.looks_learned + 1  # one look differs in its nonce only
    assert (found.withdrawn, found.superseded) == (3, 0)  # twice the other words, and the price that was there once
    assert {lesson.held for lesson in lessons} != {0}
    assert all(lesson.evidence == "came and went: it stood 3 times, 1 look at a time" for lesson in lessons)
