"""The cue lists: `config/lexicons/<language>.yaml`, read once, checked whole.

A list is YAML, one entry a line, so that a person can add a line and see in the error which line is wrong:

    - {cue: "may help", category: hedge, level: 1, match: phrase}

Only this form is read (a YAML library would cost twenty times as long and two dependencies). Fields: `cue`, `category`
(CATEGORIES), `match` (word, phrase, prefix, glob, literal), and optionally `concept`, `level`, `weight` (1 to 3),
`case`, `kind`, `family`, `direction`, `src`, `note`. In a glob "*" is one to three words, "**" none to four, and a
star on a word stands for the rest of it: "bijwerking*", "*behandeling". "{has/have} not been {cleared/approved}" is
four cues in one line.

Beside each list may stand `local.<language>.yaml`, for the cues of whoever runs the program, in the same form: an entry
with the cue and category of one in the list replaces it, and with `off: true` takes it out.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from monitor.errors import LexiconError
from monitor.meaning.matcher import GAP, LOOSE, Entry, Hit, Matcher, Token, longest

MATCHES = frozenset({"word", "phrase", "prefix", "glob", "literal"})
# What stands on one layer masks what it overlaps: "not a cure" leaves neither "not" nor "cure".
POINT = frozenset(
    [
        "hedge",
        "booster",
        "negation",
        "pseudo_negation",
        "efficacy",
        "cure",
        "guarantee",
        "safety",
        "evidence",
        "regulatory",
        "testimonial",
        "urgency",
        "standing",
        "quantifier",
        "disc_outcome",
        "disc_status",
        "disc_risk",
        "disease_fact",
        "degree",
        "time",
        "indication",
        "treatment",
    ]
)
TERM = frozenset(["condition", "effect", "source", "route", "product", "body", "risk_item", "schedule"])
CONTEXT = frozenset(
    [
        *("noise", "offer", "clause", "join", "unit", "number", "ratio", "approx", "treatment_word", "rival", "group"),
        *("lack", "ample", "occurrence", "aftermath", "foresee", "open"),
    ]
)
PRICE = frozenset(["price_head", "price_qualifier", "price_terms"])
CATEGORIES = POINT | TERM | CONTEXT | PRICE
_LAYER = {category: 0 if category in POINT else 1 if category in TERM else 2 for category in CATEGORIES}
_PAIR = re.compile(
    r"""\s*(\w+):\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|\[([^\]]*)\]|([^,{}\[\]"']+?))\s*(,|\})""",
)
# The order in which the lists are written; any other order is read too, only slower.
_USUAL = re.compile(
    r'- \{cue: "(?P<cue>[^"\\]+)", category: (?P<category>\w+)(?:, concept: (?P<concept>\w+))?'
    r"(?:, level: (?P<level>-?[\d.]+))?(?:, case: (?P<case>true))?, match: (?P<match>\w+)(?:, src: \[[^\]]*\])?\}$"
)
_MEANS_SOMETHING = re.compile(r"[^\s*]").search
GAPS = frozenset({GAP, LOOSE})
_FIELDS = frozenset(
    [
        *("cue", "category", "match", "concept", "level", "weight", "case", "kind", "family", "direction"),
        *("src", "note", "off"),
    ]
)
_LOCAL = "local."
_CHOICE = re.compile(r"\{([^{}]*)\}")
_ESCAPE = re.compile(r"\\(.)")


@dataclass(frozen=True)
class Lexicon:
    """The cues of one language. Its matcher is built when the language is first met on a page."""

    language: str
    entries: tuple[Entry, ...] = field(repr=False)

    @cached_property
    def matcher(self) -> Matcher:
        return Matcher(entry for entry in self.entries if entry.category not in PRICE)

    def find(self, tokens: list[Token]) -> list[Hit]:
        """The cues in a sentence: on each layer the longest of those that overlap, in order."""
        layers: tuple[list[Hit], list[Hit], list[Hit]] = ([], [], [])
        for hit in self.matcher.find_all(tokens):
            layers[_LAYER[hit[0].category]].append(hit)
        return [*longest(layers[0]), *longest(layers[1]), *_longest_each(layers[2])]


def _longest_each(hits: list[Hit]) -> list[Hit]:
    """Context words mask only cues of their own category."""
    by_category: dict[str, list[Hit]] = {}
    for hit in hits:
        by_category.setdefault(hit.category, []).append(hit)
    return [hit for same in by_category.values() for hit in longest(same)]


@dataclass(frozen=True, slots=True)
class Lexicons:
    """The lexicons in use. `digest` (hex) changes with any entry; `default` serves languages that have none."""

    by_language: dict[str, Lexicon]
    digest: str
    default: str

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(self.by_language)

    def get(self, language: str) -> Lexicon:
        """The lexicon of `language` ("pt-BR" asks for "pt"), or the default one."""
        found = self.by_language.get(language) or self.by_language.get(language[:2].lower())
        return found or self.by_language[self.default]


def load_lexicons(directory: Path, languages: tuple[str, ...]) -> Lexicons:
    """Read and check `<language>.yaml` of each of `languages` in `directory`.

    `local.<language>.yaml` adds to it, where there is one. Raises LexiconError naming the file and the line; a missing
    file is one too, and one whose name says that nobody would read it.
    """
    if not languages:
        raise LexiconError(directory, 0, "no language is configured")
    digest = hashlib.sha256()
    found: dict[str, Lexicon] = {}
    for language in languages:
        file, local = directory / f"{language}.yaml", directory / f"{_LOCAL}{language}.yaml"
        text = _read(file)
        digest.update(text.encode())
        entries = parse_lexicon(text, file, language)
        if local.exists():
            own = _read(local)
            digest.update(b"\0" + own.encode())
            entries = add_local(entries, own, local, language)
        found[language] = Lexicon(language, tuple(entries))
    _check_names(directory)
    default = "en" if "en" in found else languages[0]
    return Lexicons(found, digest.hexdigest(), default)


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise LexiconError(file, 0, f"cannot be read: {error}") from error


def _check_names(directory: Path) -> None:
    """A local list that stands beside no list would be passed over without a word."""
    names = {file.stem for file in directory.glob("*.yaml")}
    for name in sorted(names):
        if "." in name and not (name.startswith(_LOCAL) and name.removeprefix(_LOCAL) in names):
            known = ", ".join(f"{_LOCAL}{each}.yaml" for each in sorted(names) if "." not in each)
            raise LexiconError(directory / f"{name}.yaml", 0, f"is read by nobody; own cues stand in {known}")


def parse_lexicon(text: str, file: Path, language: str) -> list[Entry]:
    """The entries of one lexicon. Raises LexiconError with the line number of the first bad one."""
    entries = []
    for entry, is_off in _parse(text, file, language):
        if is_off:
            raise LexiconError(file, entry.line, f"'off' is for {_LOCAL}{language}.yaml; here the line can go")
        entries.append(entry)
    if not entries:
        raise LexiconError(file, 0, "has no entries")
    return entries


def add_local(entries: list[Entry], text: str, file: Path, language: str) -> list[Entry]:
    """The entries with those of a local list added, replaced or taken out. Raises LexiconError with the line number."""
    merged = {(entry.cue.casefold(), entry.category): entry for entry in entries}
    for entry, is_off in _parse(text, file, language):
        key = (entry.cue.casefold(), entry.category)
        if not is_off:
            merged[key] = entry
        elif merged.pop(key, None) is None:
            raise LexiconError(file, entry.line, f"there is no {entry.cue!r} as {entry.category} to take out")
    return list(merged.values())


def _parse(text: str, file: Path, language: str) -> Iterator[tuple[Entry, bool]]:
    """Each entry, and whether it is one to take out."""
    seen: dict[tuple[str, str], int] = {}
    choices: list[tuple[Entry, bool]] = []
    inside = False
    for number, line in enumerate(text.splitlines(), start=1):
        if line.startswith("- "):
            if not inside:
                raise LexiconError(file, number, "an entry before 'entries:'")
            entry, is_off = _entry(line, number, file)
            if "{" in entry.cue:
                choices.append((entry, is_off))
                continue
            twin = seen.setdefault((entry.cue.casefold(), entry.category), number)
            if twin != number:
                raise LexiconError(file, number, f"{entry.cue!r} as {entry.category} stands already in line {twin}")
            yield entry, is_off
        elif line.startswith("entries:"):
            inside = True
        elif line.startswith("language:"):
            if (declared := line.partition(":")[2].strip()) != language:
                raise LexiconError(file, number, f"is for {declared!r}, not {language!r}")
        elif inside and line.strip() and not line.lstrip().startswith("#"):
            raise LexiconError(file, number, "is neither an entry ('- {cue: …}') nor a comment")
    for entry, is_off in choices:
        for one in _spelled_out(entry):
            key = one.cue.casefold(), one.category
            if seen.setdefault(key, one.line) == one.line:  # a cue with a line of its own is as that line says
                yield one, is_off


def _spelled_out(entry: Entry) -> list[Entry]:
    """An entry for each way to choose from "{a/b}"; an empty choice leaves the words out."""
    cues = [entry.cue]
    while any("{" in cue for cue in cues):
        cues = [one for cue in cues for one in _choose(cue)]
    return [replace(entry, cue=" ".join(cue.split())) for cue in dict.fromkeys(cues)]


def _choose(cue: str) -> list[str]:
    choice = _CHOICE.search(cue)
    if choice is None:
        return [cue]
    return [cue[: choice.start()] + one + cue[choice.end() :] for one in choice[1].split("/")]


def _entry(line: str, number: int, file: Path) -> tuple[Entry, bool]:
    usual = _USUAL.match(line)
    values = {k: v for k, v in usual.groupdict().items() if v} if usual else _values(line, number, file)
    cue, category, match = values.get("cue", ""), values.get("category", ""), values.get("match", "")
    for name, value, allowed in (("category", category, CATEGORIES), ("match", match, MATCHES)):
        if value not in allowed:
            raise LexiconError(file, number, f"{name} {value!r} is not one of {', '.join(sorted(allowed))}")
    try:
        weight = int(values.get("weight", "2"))
        level = float(values["level"]) if "level" in values else None
    except ValueError as error:
        raise LexiconError(file, number, f"weight and level are numbers: {error}") from error
    if weight not in (1, 2, 3):
        raise LexiconError(file, number, f"weight {weight} is not 1, 2 or 3")
    entry = Entry(
        cue=cue,
        category=category,
        kind=values.get("kind", "*"),
        concept=values.get("concept", ""),
        weight=weight,
        level=level,
        match=match,
        case=values.get("case", "false") == "true",
        line=number,
    )
    if cue.count("{") != len(_CHOICE.findall(cue)) or cue.count("}") != cue.count("{"):
        raise LexiconError(file, number, f"cue {cue!r} has a choice that is not closed, or one in another")
    words = cue.split()
    if not words or words[0] in GAPS or words[-1] in GAPS or not any(_MEANS_SOMETHING(word) for word in words):
        raise LexiconError(file, number, f"cue {cue!r} has no word, or starts or ends with a gap")
    return entry, values.get("off", "false") == "true"


def _values(line: str, number: int, file: Path) -> dict[str, str]:
    start = line.find("{")
    if start < 0 or line[1:start].strip():
        raise LexiconError(file, number, "an entry looks like '- {cue: \"…\", category: …, match: …}'")
    values: dict[str, str] = {}
    position = start + 1
    while True:
        pair = _PAIR.match(line, position)
        if pair is None:
            raise LexiconError(file, number, f"cannot be read from column {position + 1} on")
        name, double, single, listed, bare, mark = pair.groups()
        if name not in _FIELDS:
            raise LexiconError(file, number, f"unknown field {name!r}")
        if name in values:
            raise LexiconError(file, number, f"field {name!r} stands twice")
        values[name] = _ESCAPE.sub(r"\1", double) if double is not None else single or listed or bare or ""
        position = pair.end()
        if mark == "}":
            break
    if (rest := line[position:].strip()) and not rest.startswith("#"):
        raise LexiconError(file, number, f"something follows the entry: {rest!r}")
    return values
