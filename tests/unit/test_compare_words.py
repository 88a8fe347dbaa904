"""Word differences rebuild both texts, and read well."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.compare.words import changed_words, diff_words, mark_words

TEXT = st.text(alphabet=st.sampled_from("ab é漢 .,%5😀\n"), max_size=80)


@given(TEXT, TEXT)
def test_the_pieces_rebuild_both_texts(before: str, after: str) -> None:
    pieces = diff_words(before, after)
    assert "".join(text for mark, text in pieces if mark != "+") == before
    assert "".join(text for mark, text in pieces if mark != "-") == after
    assert all(text for _, text in pieces)


@pytest.mark.parametrize(
    ("before", "after", "marked"),
    [
        ("It may help you.", "It helps you.", "It [-may help-] {+helps+} you."),
        ("80% improve", "90% improve", "[-80-] {+90+}% improve"),
        ("It helps.", "It helps.", "It helps."),
        ("", "New.", "{+New.+}"),
        ("Old.", "", "[-Old.-]"),
    ],
)
def test_marked_words_are_readable_without_colour(before: str, after: str, marked: str) -> None:
    assert mark_words(before, after) == marked


def test_a_reason_shows_what_changed_and_is_short() -> None:
    assert changed_words("It may help you.", "It helps you.") == "‘may help’ → ‘helps’"
    assert changed_words("same", "same") == ""
    assert len(changed_words("x " * 500, "y " * 500)) < 130


def test_long_texts_are_bounded() -> None:
    before, after = ("a b " * 20_000), ("c d " * 20_000)
    assert diff_words(before, after) == [("-", before.rstrip(" ")), ("+", after.rstrip(" ")), ("=", " ")]
