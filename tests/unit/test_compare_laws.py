"""Laws of comparison that need no labels: they hold for every pair of texts, whatever the recognisers know.

The texts are the labelled pairs of `benchmarks/data/changes.dev.jsonl` (their labels are not used), and pages composed
of sentences in six languages. Where the taxonomy has a rule for the whole page (stories, the same meaning elsewhere,
the place below the newsletter line), the pairs that it concerns are left out by a condition, never by name.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.compare.pages import compare_pages
from monitor.meaning.statements import find_statements
from monitor.text.keys import compared_digest
from monitor.types import Block, BlockKind, Direction, Kind, PageText, Region
from tests.unit.meaning_pages import PROJECT, lexicons, page_of

MIRROR = {
    Direction.ADDED: Direction.REMOVED,
    Direction.STRENGTHENED: Direction.WEAKENED,
    Direction.INCREASED: Direction.DECREASED,
}
MIRROR |= {after: before for before, after in MIRROR.items()}

MOVABLE = (BlockKind.PARAGRAPH, BlockKind.LIST_ITEM)

Told = Counter[tuple[Kind, Direction]]


@dataclass(frozen=True)
class Pair:
    name: str
    language: str
    before: str
    after: str

    @property
    def pages(self) -> tuple[PageText, PageText]:
        return page_of(self.before, self.language), page_of(self.after, self.language)


@cache
def labelled_pairs() -> tuple[Pair, ...]:
    text = (PROJECT / "benchmarks" / "data" / "changes.dev.jsonl").read_text("utf-8")
    rows = [json.loads(line) for line in text.splitlines()]
    return tuple(
        Pair(row["id"], row["lang"], row["before"], row["after"]) for row in rows if "ambiguous" not in row["tags"]
    )


def changes_of(before: PageText, after: PageText) -> Told:
    return Counter((change.kind, change.direction) for change in compare_pages(before, after, lexicons()).changes)


def mirrored(told: Told) -> Told:
    return Counter({(kind, MIRROR.get(way, way)): count for (kind, way), count in told.items()})


def with_blocks(page: PageText, blocks: Sequence[Block]) -> PageText:
    return replace(page, blocks=tuple(blocks), compared_sha256=compared_digest(blocks))


def below_each_other(*pages: PageText) -> PageText:
    """One page of several; every block keeps the headings that it had."""
    return with_blocks(pages[0], [block for page in pages for block in page.blocks])


def reordered(page: PageText, seed: int) -> PageText:
    """The page with the paragraphs under each heading, and the items of each list, in another order.

    Newsletter lines and the like stay where they are: what stands below them is less seen, and that is told.
    """
    places: dict[object, list[int]] = {}
    for index, block in enumerate(page.blocks):
        if block.kind in MOVABLE and block.region is Region.MAIN and block.boilerplate is None:
            places.setdefault((block.path, block.kind), []).append(index)
    blocks = list(page.blocks)
    for indexes in places.values():
        shuffled = random.Random(seed).sample(indexes, len(indexes))
        for index, source in zip(indexes, shuffled, strict=True):
            blocks[index] = page.blocks[source]
    return with_blocks(page, blocks)


def typographic(text: str, seed: int = 0) -> str:
    """The text as another program would set it: curly quotes; hard, narrow and doubled spaces inside its lines."""
    numbers = random.Random(seed)
    lines = []
    for line in text.split("\n"):
        opened, out = False, ""
        for char in line:
            if char == '"':
                opened = not opened
                out += "“" if opened else "”"
            elif char == " " and out:
                out += numbers.choice(" \u00a0\u202f\u2009") + numbers.choice(["", " "])
            else:
                out += "’" if char == "'" else char
        lines.append(out)
    return "\n".join(lines)


def violations(pairs: Iterable[Pair], law: object) -> list[str]:
    assert callable(law)
    return [pair.name for pair in pairs if not law(pair)]


# --- the labelled pairs ----------------------------------------------------------------------------------------------


def test_swapping_before_and_after_swaps_the_directions() -> None:
    def holds(pair: Pair) -> bool:
        before, after = pair.pages
        return changes_of(before, after) == mirrored(changes_of(after, before))

    assert violations(labelled_pairs(), holds) == []


def test_a_text_compared_with_itself_is_nothing() -> None:
    assert violations(labelled_pairs(), lambda pair: not any(changes_of(page, page) for page in pair.pages)) == []


@pytest.mark.parametrize("seed", [1, 2])
def test_another_order_of_paragraphs_is_nothing(seed: int) -> None:
    def holds(pair: Pair) -> bool:
        return not any(changes_of(page, reordered(page, seed)) for page in pair.pages)

    assert violations(labelled_pairs(), holds) == []


def test_other_quotes_and_spaces_are_nothing_and_hide_nothing() -> None:
    def holds(pair: Pair) -> bool:
        before, after = pair.pages
        set_anew = page_of(typographic(pair.after), pair.language)
        return not changes_of(after, set_anew) and changes_of(before, set_anew) == changes_of(before, after)

    assert violations(labelled_pairs(), holds) == []


AROUND = {
    "en": ("Our house stands in a quiet street near the station.", "Visitors can park behind the building."),
    "nl": ("Ons pand staat in een rustige straat bij het station.", "Bezoekers kunnen achter het gebouw parkeren."),
    "da": ("Huset ligger i en stille gade nær stationen.", "Gæster kan parkere bag bygningen."),
    "es": ("La casa está en una calle tranquila cerca de la estación.", "Se puede aparcar detrás del edificio."),
    "de": ("Das Haus steht in einer ruhigen Straße am Bahnhof.", "Besucher können hinter dem Gebäude parken."),
    "fr": ("La maison est dans une rue calme près de la gare.", "On peut se garer derrière le bâtiment."),
}


def test_what_is_found_in_a_text_is_found_in_the_page_around_it() -> None:
    def holds(pair: Pair) -> bool:
        before, after = pair.pages
        alone = changes_of(before, after)
        above, below = (page_of(text, pair.language) for text in AROUND[pair.language])
        if any(way is Direction.MOVED for _, way in alone):
            below = with_blocks(below, [])  # what stands below the newsletter line has moved while it is the last
        around = [below_each_other(above, page, below) for page in (before, after)]
        return changes_of(*around) == alone

    assert violations(labelled_pairs(), holds) == []


def test_two_unrelated_pairs_on_one_page_are_both_told() -> None:
    pairs = labelled_pairs()
    checked, failed = 0, []
    for index, first in enumerate(pairs):
        second = next((other for other in (*pairs[index + 1 :], *pairs[:index]) if is_unrelated(first, other)), None)
        if second is None:
            continue
        checked += 1
        upper, lower = second.pages, first.pages
        together = [below_each_other(above, below) for above, below in zip(upper, lower, strict=True)]
        if changes_of(*together) != changes_of(*upper) + changes_of(*lower):
            failed.append(f"{first.name}+{second.name}")
    assert checked >= 150
    assert failed == []


def is_unrelated(first: Pair, second: Pair) -> bool:
    """Do two pairs of one language have no concept in common, and no stories, which count for a page as a whole?"""
    if first.language != second.language:
        return False
    (terms, kinds, moves), (others, other_kinds, also_moves) = matter_of(first), matter_of(second)
    return not terms & others and Kind.TESTIMONIAL not in kinds | other_kinds and not moves and not also_moves


@cache
def matter_of(pair: Pair) -> tuple[frozenset[str], frozenset[Kind], bool]:
    """The concepts and kinds of a pair's statements, and whether it is about a place on the page."""
    found = [statement for page in pair.pages for statement in find_statements(page, lexicons())]
    moves = any(way is Direction.MOVED for _, way in changes_of(*pair.pages))
    return frozenset(t for s in found for t in s.terms), frozenset(s.kind for s in found), moves


# --- composed pages --------------------------------------------------------------------------------------------------

EDITS = {
    "en": (
        ("Our infusion may relieve joint pain.", "Our infusion relieves joint pain."),
        ("The fee is $5,000 per knee.", "The fee is $7,500 per knee."),
        ("", "The results differ from one patient to another."),
        ("The clinic is licensed by the ministry of health.", ""),
        ("65% of patients walk better.", "85% of patients walk better."),
    ),
    "nl": (
        ("Onze infusen kunnen de pijn verlichten.", "Onze infusen verlichten de pijn."),
        ("De behandeling kost € 5.000.", "De behandeling kost € 7.500."),
        ("", "De resultaten verschillen per patiënt."),
        ("65% van de patiënten loopt beter.", "85% van de patiënten loopt beter."),
    ),
    "da": (
        ("Behandlingen kan muligvis lindre smerter.", "Behandlingen lindrer smerter."),
        ("Behandlingen koster 20.000 kr.", "Behandlingen koster 25.000 kr."),
        ("", "Behandlingen er ikke godkendt af Lægemiddelstyrelsen."),
        ("65 % af patienterne går bedre.", "85 % af patienterne går bedre."),
    ),
    "es": (
        ("La terapia podría aliviar el dolor.", "La terapia alivia el dolor."),
        ("El tratamiento cuesta 5.000 €.", "El tratamiento cuesta 7.500 €."),
        ("", "Los resultados pueden variar."),
        ("El 65 % de los pacientes camina mejor.", "El 85 % de los pacientes camina mejor."),
    ),
    "de": (
        ("Die Therapie kann Schmerzen lindern.", "Die Therapie lindert Schmerzen dauerhaft."),
        ("Die Behandlung kostet 5.000 €.", "Die Behandlung kostet 7.500 €."),
        ("", "Eine Heilung kann nicht garantiert werden."),
        ("65 % der Patienten laufen besser.", "85 % der Patienten laufen besser."),
    ),
    "fr": (
        ("Le traitement pourrait soulager la douleur.", "Le traitement soulage la douleur."),
        ("Le traitement coûte 5 000 €.", "Le traitement coûte 7 500 €."),
        ("", "Les résultats peuvent varier."),
        ("65 % des patients marchent mieux.", "85 % des patients marchent mieux."),
    ),
}
"""Edits that have nothing to do with each other, in each language: sentence before, sentence after; "" is none."""


@st.composite
def composed_pairs(draw: st.DrawFn) -> tuple[Pair, list[tuple[str, str]]]:
    """A page of some of the sentences, in any order, as paragraphs; each edited, edited back, or left as it is."""
    language = draw(st.sampled_from(sorted(EDITS)))
    chosen = draw(st.lists(st.sampled_from(EDITS[language]), unique=True, min_size=1))
    sides = [draw(st.sampled_from([(old, new), (new, old), (old, old), (new, new)])) for old, new in chosen]
    lines = [*sides, *((text, text) for text in AROUND[language])]
    lines = draw(st.permutations(lines))
    before, after = ("\n\n".join(filter(None, (line[side] for line in lines))) for side in (0, 1))
    return Pair(f"{language} {lines}", language, before, after), sides


BOUNDED = settings(max_examples=60, deadline=None, derandomize=True)


@given(composed_pairs())
@BOUNDED
def test_edits_add_up_and_mirror(drawn: tuple[Pair, list[tuple[str, str]]]) -> None:
    pair, edits = drawn
    before, after = pair.pages
    told = changes_of(before, after)
    alone: Told = Counter()
    for edit in edits:
        alone += changes_of(*Pair("", pair.language, *edit).pages)
    assert told == alone
    assert sum(told.values()) >= sum(old != new for old, new in edits)
    assert told == mirrored(changes_of(after, before))


@given(composed_pairs(), st.integers(0, 10_000))
@BOUNDED
def test_order_quotes_and_spaces_do_not_matter(drawn: tuple[Pair, list[tuple[str, str]]], seed: int) -> None:
    pair, _ = drawn
    before, after = pair.pages
    told = changes_of(before, after)
    assert changes_of(before, reordered(after, seed)) == told
    assert changes_of(before, page_of(typographic(pair.after, seed), pair.language)) == told
    assert not changes_of(after, reordered(after, seed))


LETTERS = st.text(alphabet=st.sampled_from("ab é漢ع😀\u0301\u200d\u00ad\t\n.,;:!?%$€0159'\"()[]{}|•–-/"), max_size=300)


@given(LETTERS, LETTERS)
@settings(max_examples=80, deadline=None, derandomize=True)
def test_any_two_texts_can_be_compared_both_ways(one: str, other: str) -> None:
    before, after = page_of(one), page_of(other)
    assert changes_of(before, after) == mirrored(changes_of(after, before))
    assert not changes_of(before, before)
