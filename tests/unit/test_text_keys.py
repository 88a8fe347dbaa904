# ruff: noqa: E501  (an example stays on its line)
"""Comparison keys: what folds, what does not, and the laws they keep."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.text.keys import compared_digest, fold, fold_address, is_compared
from monitor.types import Block, BlockKind, Region


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The “treatment” isn’t a cure – ask us…", 'The "treatment" isn\'t a cure - ask us...'),
        ("20.000 – 100.000 DKK", "20.000-100.000 DKK"),
        ("• Fatigue", "Fatigue"),
        ("- Fatigue", "fatigue"),
        ("1. What is it?", "What is it?"),
        ("stem\u00adcell the\u200brapy helps people.", "stemcell therapy helps people."),
        ("eﬃcacy of ﬁve cells is shown here.", "efficacy of five cells is shown here."),
        ("WHAT IS STEM CELL THERAPY?", "What is stem cell therapy?"),
        ("Stemedix® offers cells™ to all.", "Stemedix offers cells to all."),
        ("€ 5.000", "€5.000"),
        ("80 % of patients improve here, we say.", "80% of patients improve here, we say."),
        ("Last seen on 3 May 2024 by us.", "Last seen on May 3, 2024 by us."),
        ("Seen on 03/05/2024 by us.", "Seen on 5/3/2024 by us."),
        ("Den 3. maj 2024 var det sådan.", "Den 3-5-2024 var det sådan."),
        ("Read more →", "Read more"),
        ("See https://x.example/a?utm_source=b&id=3 for more.", "See https://x.example/a?id=3 for more."),
        ("Knee | € 5.000", "Knee € 5.000"),
        ("verbetering van de darmfunctie;", "verbetering van de darmfunctie"),
        ("bold\u00a0text , here.", "bold text, here."),
        ("It costs 5\u202f000\u00a0€ in all.", "It costs 5 000 € in all."),
        ("A so‑called “cure” ‹works›", "A so-called \"cure\" 'works'"),
        ("It was ‘proven’ in l’étude", "It was 'proven' in l'étude"),
        ("✓ Safe", "Safe"),
        ("➔ Safe", "● Safe"),
        ("a) Safe", "Safe"),
        ("Seen on 2024-05-03 by us.", "Seen on 3. Mai 2024 by us."),
        ("Visto el 3 de mayo de 2024 aquí.", "Visto el 03/05/2024 aquí."),
        ("Vu le 3 mai 2024 par nous.", "Vu le 3.5.2024 par nous."),
        ("Gezien op 3 mei 2024 door ons.", "Gezien op 03-05-2024 door ons."),
        ("Cafe\u0301 in de kliniek", "Café in de kliniek"),
        ("ＦＤＡ ａｐｐｒｏｖｅｄ", "FDA approved"),
        ("See https://x.example/a?fbclid=abc now.", "See https://x.example/a now."),
    ],
)
def test_what_says_the_same_has_the_same_key(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The treatment may help.", "The treatment helps."),
        ("It is a cure.", "It is not a cure."),
        ("€ 5.000", "€ 50.00"),
        ("80% of patients", "90% of patients"),
        ("1,000 patients", "100,0 patients"),
        ("20.000-100.000 DKK", "25.000-120.000 DKK"),
        ("See https://x.example/a?id=3 now.", "See https://x.example/a?id=4 now."),
        ("In 2019 we began.", "In 2020 we began."),
    ],
)
def test_what_says_something_else_has_another_key(one: str, other: str) -> None:
    assert fold(one) != fold(other)


_PIECES = st.sampled_from(
    ["• ", "- ", "1. ", "(a) ", "“x” ", "3 May 2024 ", "03/05/2024 ", "€ 5 ", "80 % ", "a – b ", "ﬁ", "İ", "ß", "½", "™", "→",
     "?utm_x=1&", "http://a.b/?v=1", " | ", ";", ".", "Word ", "\u00ad", "\u200b", "…", "é", "1", " , "]
)  # fmt: skip


@given(st.one_of(st.text(max_size=60), st.lists(_PIECES, max_size=12).map("".join)))
@settings(max_examples=400, deadline=None)
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def block(text: str, **fields: object) -> Block:
    made = Block(text, fold(text), BlockKind.PARAGRAPH, Region.MAIN)
    return replace(made, **fields)  # type: ignore[arg-type]


@given(st.permutations(["One is here.", "Two is there. Three too.", "€ 5", "One is here."]))
def test_order_is_nothing_to_the_digest(texts: list[str]) -> None:
    blocks = ["One is here.", "Two is there. Three too.", "€ 5", "One is here."]
    assert compared_digest(map(block, texts)) == compared_digest(map(block, blocks))


def test_the_digest_sees_each_compared_block_and_no_other() -> None:
    base = [block("One is here."), block("Two is there.")]
    digest = compared_digest(base)
    assert compared_digest([*base, block("We use cookies.", boilerplate="consent")]) == digest
    assert compared_digest([*base, block("Three.")]) != digest
    assert compared_digest([*base, block("One is here.")]) != digest
    assert compared_digest(base[:1]) != digest
    assert compared_digest([block("One is here. Two is there.")]) == digest
    assert is_compared(base[0])
    assert not is_compared(block("x", boilerplate="menu"))


@pytest.mark.parametrize(
    ("url", "folded"),
    [
        ("https://x.example/list.pdf?ver=1.2", "https://x.example/list.pdf"),
        ("https://x.example/list.pdf?a=1&utm_medium=x#p", "https://x.example/list.pdf?a=1#p"),
        ("https://x.example/?fbclid=1&id=2", "https://x.example/?id=2"),
        ("https://x.example/a", "https://x.example/a"),
    ],
)
def test_addresses_lose_what_follows_readers_around(url: str, folded: str) -> None:
    assert fold_address(url) == folded
