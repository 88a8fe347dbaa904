"""Options that several commands share, and words of closed sets as people type them."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, TypeVar

import typer

from monitor.errors import UsageError

Json = Annotated[bool, typer.Option("--json", help="JSON, one object a line.")]
PageName = Annotated[str, typer.Argument(metavar="PAGE", help="Number, URL, or a part of the URL.")]
At = Annotated[str | None, typer.Option("--at", metavar="TIME", help="As it stood then: 2026-05-03, 2026-05-03T14:30.")]
Limit = Annotated[int, typer.Option(min=1, max=100_000, help="At most so many.")]
Kinds = Annotated[list[str] | None, typer.Option("--kind", help="efficacy, safety, amount, status …")]
Families = Annotated[list[str] | None, typer.Option("--family", help="claim, price or disclaimer.")]

Word = TypeVar("Word", bound=StrEnum)


def now() -> datetime:
    """The time at which a command was called."""
    return datetime.now(UTC)


def read_word(known: Sequence[Word], option: str, word: str) -> Word:
    """One word of a closed set. Raises UsageError naming a near one, or all."""
    for member in known:
        if member == word:
            return member
    names = [str(member) for member in known]
    near = difflib.get_close_matches(word, names, 1)
    hint = f"did you mean {near[0]}?" if near else f"one of {', '.join(names)}"
    raise UsageError(f"--{option}: no {word!r}; {hint}")


def read_words(known: Sequence[Word], option: str, words: Sequence[str] | None) -> tuple[Word, ...]:
    """Words of a closed set. Raises UsageError."""
    return tuple(read_word(known, option, word) for word in words or ())
