"""Lexicons: read strictly, one entry a line; found in one pass, the longest cue first."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.errors import LexiconError
from monitor.meaning.lexicon import Lexicon, load_lexicons, parse_lexicon
from monitor.meaning.matcher import Entry, Matcher, fold_word, tokenize
from tests.unit.meaning_pages import LANGUAGES, PROJECT, lexicons

HEAD = "language: en\nentries:\n"
FILE = Path("en.yaml")


def small(*lines: str) -> Lexicon:
    return Lexicon("en", tuple(parse_lexicon(HEAD + "\n".join(lines), FILE, "en")))


def found(lexicon: Lexicon, text: str) -> list[tuple[str, str]]:
    return [(hit.category, hit.entry.cue) for hit in lexicon.find(tokenize(text))]


def test_the_shipped_lexicons_hold_every_language() -> None:
    assert set(lexicons().languages) == set(LANGUAGES)
    assert all(len(lexicons().get(language).entries) > 1000 for language in LANGUAGES)
    assert lexicons().get("pt-BR").language == "en"
    assert lexicons().get("nl-BE").language == "nl"


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('- {cue: "may", category: hedge}', "match '' is not one of"),
        ('- {cue: "may", category: hegde, match: word}', "category 'hegde' is not one of"),
        ('- {cue: "may", category: hedge, match: word, colour: red}', "unknown field 'colour'"),
        ('- {cue: "may", cue: "might", category: hedge, match: word}', "stands twice"),
        ('- {cue: "may", category: hedge, match: word, weight: 7}', "weight 7"),
        ('- {cue: "may", category: hedge, level: much, match: word}', "are numbers"),
        ('- {cue: "* may", category: hedge, match: glob}', "starts or ends with a gap"),
        ('- {cue: "", category: hedge, match: word}', "has no word"),
        ('- {cue: "may", category: hedge, match: word', "cannot be read from column"),
        ("- may", "an entry looks like"),
        ("may: hedge", "neither an entry"),
        ('- {cue: "may", category: hedge, match: word} and more', "something follows"),
    ],
)
def test_a_bad_entry_names_its_line(line: str, problem: str) -> None:
    text = HEAD + '- {cue: "might", category: hedge, match: word}\n' + line
    with pytest.raises(LexiconError, match=r"^en\.yaml:4: ") as error:
        parse_lexicon(text, FILE, "en")
    assert problem in str(error.value)
    assert error.value.line == 4


def test_a_cue_that_stands_twice_names_both_lines() -> None:
    text = HEAD + '- {cue: "may", category: hedge, match: word}\n' * 2
    with pytest.raises(LexiconError, match=r"en\.yaml:4: .*already in line 3"):
        parse_lexicon(text, FILE, "en")


def test_missing_empty_or_foreign_files_are_errors(tmp_path: Path) -> None:
    with pytest.raises(LexiconError, match="cannot be read"):
        load_lexicons(tmp_path, ("en",))
    (tmp_path / "en.yaml").write_text("language: en\nentries:\n")
    with pytest.raises(LexiconError, match="has no entries"):
        load_lexicons(tmp_path, ("en",))
    (tmp_path / "en.yaml").write_text("language: nl\nentries:\n")
    with pytest.raises(LexiconError, match="is for 'nl'"):
        load_lexicons(tmp_path, ("en",))
    with pytest.raises(LexiconError, match="no language"):
        load_lexicons(tmp_path, ())


LOCAL = "language: en\nentries:\n"


def folder(tmp_path: Path, local: str, name: str = "local.en.yaml") -> Path:
    """A folder with a list of two cues and a local one."""
    lines = '- {cue: "may", category: hedge, level: 1, match: word}\n- {cue: "cure", category: cure, match: word}\n'
    (tmp_path / "en.yaml").write_text(HEAD + lines, encoding="utf-8")
    (tmp_path / name).write_text(local, encoding="utf-8")
    return tmp_path


def test_own_cues_are_added_replaced_and_taken_out(tmp_path: Path) -> None:
    own = (
        '- {cue: "biorestore*", category: treatment_word, match: glob}  # a brand\n'
        '- {cue: "MAY", category: hedge, level: 0.5, match: word}\n'
        '- {cue: "cure", category: cure, match: word, off: true}\n'
    )
    lexicon = load_lexicons(folder(tmp_path, LOCAL + own), ("en",)).get("en")
    assert [(entry.cue, entry.level) for entry in lexicon.entries] == [("MAY", 0.5), ("biorestore*", None)]
    assert found(lexicon, "BioRestored cells may cure") == [("hedge", "MAY"), ("treatment_word", "biorestore*")]


def test_own_cues_change_the_digest(tmp_path: Path) -> None:
    digests = {load_lexicons(folder(tmp_path, LOCAL + line), ("en",)).digest for line in ("", "# a note\n")}
    (tmp_path / "local.en.yaml").unlink()
    assert len(digests | {load_lexicons(tmp_path, ("en",)).digest}) == 3


@pytest.mark.parametrize(
    ("name", "local", "problem"),
    [
        (
            "local.en.yaml",
            LOCAL + '- {cue: "may", category: hegde, match: word}',
            r"local\.en\.yaml:3: category 'hegde'",
        ),
        (
            "local.en.yaml",
            LOCAL + '- {cue: "x", category: hedge, match: word, off: true}',
            r"en\.yaml:3: there is no 'x'",
        ),
        ("local.en.yaml", "language: nl\nentries:\n", r"local\.en\.yaml:1: is for 'nl'"),
        ("local.en.yaml", LOCAL + "may", r"local\.en\.yaml:3: is neither"),
        ("local.ne.yaml", LOCAL, r"local\.ne\.yaml: is read by nobody; own cues stand in local\.en\.yaml"),
        ("en.local.yaml", LOCAL, r"en\.local\.yaml: is read by nobody"),
    ],
)
def test_a_mistake_in_own_cues_names_file_and_line(tmp_path: Path, name: str, local: str, problem: str) -> None:
    with pytest.raises(LexiconError, match=problem):
        load_lexicons(folder(tmp_path, local, name), ("en",))


def test_the_example_of_the_docs_fits_the_shipped_list(tmp_path: Path) -> None:
    (example,) = re.findall(
        r"```yaml\n(language: en\n.*?)```", (PROJECT / "docs" / "analysts.md").read_text("utf-8"), re.DOTALL
    )
    shutil.copy(PROJECT / "config" / "lexicons" / "en.yaml", tmp_path)
    (tmp_path / "local.en.yaml").write_text(example, encoding="utf-8")
    own, shipped = load_lexicons(tmp_path, ("en",)).get("en"), lexicons().get("en")
    assert len(set(own.entries) - set(shipped.entries)) == 2
    assert len(set(shipped.entries) - set(own.entries)) == 2


def test_only_own_lists_take_cues_out() -> None:
    with pytest.raises(LexiconError, match=r"en\.yaml:3: 'off' is for local\.en\.yaml"):
        parse_lexicon(HEAD + '- {cue: "may", category: hedge, match: word, off: true}', FILE, "en")


def test_fields_may_stand_in_any_order_and_quoting() -> None:
    usual = parse_lexicon(HEAD + '- {cue: "may", category: hedge, level: 1, match: word, src: [G]}', FILE, "en")
    other = parse_lexicon(HEAD + "- {match: word, src: [S1, G], level: 1, category: hedge, cue: 'may'}", FILE, "en")
    assert usual == other


@pytest.mark.parametrize(
    ("cue", "match", "text", "hit"),
    [
        ("may", "word", "It MAY help", True),
        ("may", "word", "Mayo helps", False),
        ("bijwerking", "prefix", "geen bijwerkingen", True),
        ("*behandeling", "glob", "een stamcelbehandeling", True),
        ("*cell*", "glob", "de Stamcellen", True),
        ("only * spots left", "glob", "only three spots left", True),
        ("only * spots left", "glob", "only spots left", False),
        ("evidence ** limited", "glob", "the evidence is still very limited", True),
        ("evidence ** limited", "glob", "evidence limited", True),
        ("evidence ** limited", "glob", "the evidence, they say, is limited", False),
        ("fda approved", "phrase", "an FDA-approved therapy", True),
        ("lesión medular", "phrase", "la lesion medular", True),
        ("år", "word", "ar efter akne", False),
    ],
)
def test_how_a_cue_is_matched(cue: str, match: str, text: str, hit: bool) -> None:
    matcher = Matcher([Entry(cue, "hedge", match=match)])
    assert bool(matcher.find_all(tokenize(text))) is hit


def test_capitals_can_be_asked_for() -> None:
    lexicon = small('- {cue: "als", category: condition, concept: als, case: true, match: word}')
    assert found(lexicon, "Wij behandelen ALS.") == [("condition", "als")]
    assert found(lexicon, "beter als dit") == []


def test_the_longest_cue_masks_what_it_overlaps() -> None:
    lexicon = small(
        '- {cue: "not", category: negation, match: word}',
        '- {cue: "cure", category: cure, match: word}',
        '- {cue: "not a cure", category: disc_outcome, match: phrase}',
        '- {cue: "cure", category: unit, match: word}',
    )
    assert found(lexicon, "It is not a cure.") == [("disc_outcome", "not a cure"), ("unit", "cure")]
    assert found(lexicon, "It is a cure, not a hope.") == [("cure", "cure"), ("negation", "not"), ("unit", "cure")]


@settings(deadline=None)  # the first example builds the matchers
@given(st.text(max_size=200))
def test_tokens_are_slices_in_order_and_folding_twice_is_once(text: str) -> None:
    tokens = tokenize(text)
    assert [t.start for t in tokens] == sorted(t.start for t in tokens)
    for token in tokens:
        assert token.start < token.end <= len(text)
        assert fold_word(token.fold) == token.fold or not token.fold.isascii()
    for language in LANGUAGES:
        for hit in lexicons().get(language).find(tokens):
            assert 0 <= hit.first <= hit.last < len(tokens)
            assert list(hit.at) == sorted(set(hit.at))
