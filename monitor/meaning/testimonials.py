"""Patients' stories: told in the first person, quoted with a name, or standing below a heading for them."""

from __future__ import annotations

import re

from monitor.meaning.conditions import names_treatment
from monitor.meaning.draft import Draft, Setting
from monitor.meaning.reading import Reading
from monitor.types import Kind

_SAID = re.compile(r"[“„«‘\"]\s?([^”“„»«\"]{20,400}?)[”“»’\"]")
_FIRST_PERSON = re.compile(
    r"\b(?:i|my|me|ik|mijn|mij|jeg|min|mit|mine|mig|yo|mi|mis|ich|mein|meine|mir|mich|je|j|mon|ma|mes|"
    r"puedo|tengo|camino|siento|duermo|vuelvo|hago|pude|noté|volví|recomiendo|uso|era|estaba|llevaba|caminaba|fui|he|"
    r"estoy|soy)\b",
    re.IGNORECASE,
)
_AGE = re.compile(
    r"[^\W\d_]{2,}(?:\s[^\W\d_]\.)?(?:,\s?|\s?\(|\s)(?:de\s|aged\s|age\s)?[1-9]\d(?!\d)"
    r"(?:\s?(?:años|ans|år|jaar|Jahre|years old))?\)?\.?\s*$"
)
_QUOTATION = 20  # characters; a shorter one is a word in quotes
_STORY_WORDS = 5  # less is a name, a town, an age


def _quotes_first_person(text: str) -> bool:
    """Is somebody quoted who speaks of himself? "‘After the treatment I needed no oxygen’, says Henk"."""
    return any(_FIRST_PERSON.search(match.group(1)) for match in _SAID.finditer(text))


def _gives_age(text: str) -> bool:
    """Is the quoted person named with an age, as patients are and staff is not? "says Maureen, 71", "Rosa (64)"."""
    return _AGE.search(text[-80:]) is not None


def find_testimonial(reading: Reading, setting: Setting, disclaimers: list[Draft]) -> Draft | None:
    """A story in the first person, a quotation with a name, a line below a heading for stories.

    With a cure in it, it says the most. A quotation without an outcome is kept too, at half strength: it raises
    nothing, but where stories rotate it is what stands in the place of one. What limits a claim below such a heading
    ("results vary") is no story.
    """
    quoted = reading.text.lstrip()[:1] in "\"“„«'‘" and len(reading.text) > _QUOTATION
    told = [hit for hit in reading.of("testimonial") if hit.entry.concept != "heading"]
    personal = _quotes_first_person(reading.text)
    quoted = quoted or personal
    outcome = reading.has("efficacy", "cure", "effect")
    below = (
        setting.stories
        and not setting.is_heading
        and not disclaimers
        and sum(token.is_word for token in reading.tokens) >= _STORY_WORDS
    )
    if not told and not below and not setting.signed and not (quoted and (setting.stories or outcome or personal)):
        return None
    cured = [hit for hit in reading.of("cure") if not reading.is_negated(hit)]
    full = bool(told) or outcome or below or (personal and (names_treatment(reading) or _gives_age(reading.text)))
    return Draft(
        kind=Kind.TESTIMONIAL,
        rule="testimonial.cure" if cured else "testimonial.story" if full else "testimonial.quotation",
        strength=3.0 if cured else 1.0 if full else 0.5,
        absolute=bool(cured),
        cues=reading.cues([*told, *cured]),
        confidence=1.0 if full else 0.5,
        clauses=frozenset(reading.clauses),
    )
