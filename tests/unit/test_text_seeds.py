"""The five seed files as plain text, and their articles again as HTML: the same labels and the same keys."""

from __future__ import annotations

import html
from collections import Counter
from pathlib import Path

import pytest

from monitor.text.extract import TextOptions, extract_page
from monitor.text.plain import read_plain
from monitor.types import Block, BlockKind, PageText

SEEDS = sorted((Path(__file__).parents[2] / "seeds").glob("*.txt"))
OPTIONS = TextOptions("en")


def seed(number: int) -> PageText:
    return read_plain(SEEDS[number].read_text(encoding="utf-8"), OPTIONS)


def labelled(page: PageText, words: str) -> set[str | None]:
    found = {block.boilerplate for block in page.blocks if words in block.text}
    assert found, words
    return found


@pytest.mark.parametrize(
    ("number", "words", "reason"),
    [
        (1, "Leave a Reply", "comments"),
        (3, "This website uses cookies", "consent"),
        (3, "Necessary cookies are", "consent"),
        (3, "Any cookies that may not be", "consent"),
        (3, "Subscribe To Our Newsletter", "newsletter"),
        (3, "Join our mailing list", "newsletter"),
        (3, "You have Successfully Subscribed!", "newsletter"),
        (3, "Request Information Packet", "newsletter"),
        (3, "FREE information packet", "newsletter"),
        (3, "Thanks for your interest!", "newsletter"),
        (4, "Este sitio web utiliza cookies", "consent"),
        (4, "Aviso de cookies", "consent"),
        (4, "Lun - Vie 09:00", "hours"),
    ],
)
def test_what_is_boilerplate_in_a_seed(number: int, words: str, reason: str) -> None:
    assert labelled(seed(number), words) == {reason}


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (3, "shall not be held liable"),
        (3, "Food and Drug Administration"),
        (3, "This therapy is not a cure"),
        (0, "80% van de patiënten"),
        (0, "Bel met ons secretariaat"),
        (1, "the treatment is not a cure"),
        (2, "Pris: 20.000-100.000 DKK"),
        (2, "betragtes som ulovlig i Danmark"),
        (2, "mere end 250.000 behandlinger"),
        (4, "not be less than 12 months"),
    ],
)
def test_what_a_seed_says_is_compared(number: int, words: str) -> None:
    assert labelled(seed(number), words) == {None}


def test_labels_are_few_outside_of_popups() -> None:
    assert [sum(block.boilerplate is not None for block in seed(number).blocks) for number in (0, 1, 2, 4)] == [
        0,
        1,
        0,
        3,
    ]


def test_the_archive_has_six_articles() -> None:
    page = seed(3)
    first = {}
    for block in page.blocks:
        if block.article is not None:
            first.setdefault(block.article, block.text)
    starts = (
        "Living with a spinal",
        "Systemic lupus",
        "Knee osteo",
        "Neurodegen",
        "Spinal cord injury (SCI)",
        "Parkinson",
    )
    assert len(first) == 6
    assert all(text.startswith(start) for text, start in zip(first.values(), starts, strict=True))
    disclaimer = next(block for block in page.blocks if "held liable" in block.text)
    assert disclaimer.article is None


def test_a_page_without_sources_has_no_articles() -> None:
    assert all(block.article is None for number in (0, 1, 2, 4) for block in seed(number).blocks)


def as_html(page: PageText) -> bytes:
    """The seed as a site would serve it: its lines as headings, paragraphs and lists, with markup inside."""
    parts: list[str] = []
    for block in page.blocks:
        text = html.escape(block.text).replace(" ", "\n  ", 1)
        first, _, rest = text.partition(" ")
        if block.kind is BlockKind.HEADING:
            parts.append(f"<h2 class='title'><span>{text}</span></h2>")
        elif block.kind is BlockKind.LIST_ITEM:
            parts.append(f"<ul><li><p>{text}</p></li></ul>")
        else:
            parts.append(f"<div><p><strong>{first}</strong> {rest}</p></div>")
    return f"<!doctype html><html><body><main>{''.join(parts)}</main></body></html>".encode()


def keys(blocks: tuple[Block, ...]) -> Counter[str]:
    return Counter(block.key for block in blocks if block.boilerplate is None)


@pytest.mark.parametrize("number", range(5))
def test_html_of_the_same_article_has_the_same_keys(number: int) -> None:
    plain = seed(number)
    live = extract_page(as_html(plain), "text/html; charset=utf-8", "https://clinic.example/", OPTIONS)
    assert keys(plain.blocks) == keys(live.blocks)
    assert plain.compared_sha256 == live.compared_sha256
