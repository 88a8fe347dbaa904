"""All wording of mails and web pages, in one catalogue a language: `messages/*.toml`. Pure, but for reading the files.

What pages say is quoted in its own language; what we say comes from here.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

FALLBACK = "en"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The messages of one language; called with a dotted key and the values of its placeholders."""

    language: str
    messages: Mapping[str, Any]

    def __call__(self, key: str, **values: object) -> str:
        """The message under `key`, filled in. Raises KeyError for a key that there is not."""
        section, _, name = key.partition(".")
        message: str = self.messages[section][name]
        return message.format(**values) if values else message

    def word(self, section: str, name: str, fallback: str = "") -> str:
        """The word for `name`, or `fallback` (else the name itself) where a newer program wrote what we do not know."""
        words: Mapping[str, str] = self.messages[section]
        return words.get(name, fallback or name)

    def count(self, number: int, noun: str) -> str:
        """ "1 page", "3 pages"."""
        one, many = self.messages["plural"][noun]
        chosen: str = one if number == 1 else many
        return chosen.format(n=number)

    def list_words(self, words: Collection[str], at_most: int = 3) -> str:
        """ "a, b and 4 more"."""
        shown = list(words)[:at_most]
        if len(words) > at_most:
            return self("list.more", first=", ".join(shown), n=len(words) - at_most)
        if len(shown) < 2:
            return "".join(shown)
        return self("list.and", first=", ".join(shown[:-1]), last=shown[-1])


@lru_cache(maxsize=16)
def catalogue(language: str) -> Catalogue:
    """The catalogue of `language`; English for one that there is not."""
    file = resources.files("monitor.alerts") / "messages" / f"{language}.toml"
    if not language.isalpha() or not file.is_file():
        return catalogue(FALLBACK)
    return Catalogue(language, tomllib.loads(file.read_text(encoding="utf-8")))
