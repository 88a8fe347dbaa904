"""Which words differ between two texts: diff-match-patch over word tokens.

`Diff_Timeout` is 0 and the input bounded: with the default wall-clock limit the answer depends on the machine's load.
"""

from __future__ import annotations

import re
from typing import Literal

from diff_match_patch import diff_match_patch

Piece = tuple[Literal["=", "-", "+"], str]

_TOKEN = re.compile(r"\s+|\d+(?:[.,]\d+)*|\w+|[^\w\s]")
_MOST = 3_000  # tokens a side; the cost grows with length times differences
_MARK: dict[int, Literal["=", "-", "+"]] = {0: "=", -1: "-", 1: "+"}
_FIRST_CHAR = 0x10000  # above the surrogates, which Python's strings could not compare safely


def diff_words(before: str, after: str) -> list[Piece]:
    """The pieces of both texts in order: "=" stands in both, "-" only before, "+" only after.

    Joining "=" and "-" gives `before` back, "=" and "+" `after`. Beyond `_MOST` tokens only the common start and end
    are told from the rest.
    """
    if before == after:
        return [("=", before)] if before else []
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    start = _common(old, new)
    end = _common(old[start:][::-1], new[start:][::-1])
    middle_old, middle_new = old[start : len(old) - end], new[start : len(new) - end]
    pieces: list[Piece] = [("=", "".join(old[:start]))]
    if len(middle_old) > _MOST or len(middle_new) > _MOST:
        pieces += [("-", "".join(middle_old)), ("+", "".join(middle_new))]
    else:
        pieces += _diff(middle_old, middle_new)
    pieces.append(("=", "".join(old[len(old) - end :])))
    return _joined(pieces)


def mark_words(before: str, after: str) -> str:
    """Both texts as one line, readable without colour: "we [-may help-] {+help+} you"."""
    shown = {"=": "{}", "-": "[-{}-]", "+": "{{+{}+}}"}
    parts = []
    for mark, text in diff_words(before, after):
        core = text.strip() if mark != "=" else text
        if mark == "=" or not core:
            parts.append(text if mark != "-" else "")
            continue
        lead, tail = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
        parts.append(f"{lead}{shown[mark].format(core)}{tail}")
    return re.sub(r" {2,}", " ", re.sub(r"-\](?=\{\+)", "-] ", "".join(parts)))


def changed_words(before: str, after: str, limit: int = 60) -> str:
    """The first thing that differs, with a word around it: "‘may help’ → ‘helps’"; "" where nothing does."""
    pieces = diff_words(before, after)
    old = " ".join("".join(text for mark, text in pieces if mark == "-").split())
    new = " ".join("".join(text for mark, text in pieces if mark == "+").split())
    if not old and not new:
        return ""
    if not old or not new:
        return f"‘{_cut(old or new, limit)}’"
    return f"‘{_cut(old, limit)}’ → ‘{_cut(new, limit)}’"


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1].rstrip()}…"


def _common(old: list[str], new: list[str]) -> int:
    count = 0
    for left, right in zip(old, new, strict=False):
        if left != right:
            break
        count += 1
    return count


def _diff(old: list[str], new: list[str]) -> list[Piece]:
    """diff-match-patch compares characters, so every different token becomes one."""
    if not old or not new:
        return [("-", "".join(old)), ("+", "".join(new))]
    names: dict[str, str] = {}
    for token in (*old, *new):
        names.setdefault(token, chr(_FIRST_CHAR + len(names)))
    words = {char: token for token, char in names.items()}
    engine = diff_match_patch()
    engine.Diff_Timeout = 0
    diffs = engine.diff_main("".join(names[t] for t in old), "".join(names[t] for t in new), False)
    engine.diff_cleanupSemantic(diffs)
    return [(_MARK[mark], "".join(words[char] for char in chars)) for mark, chars in diffs]


def _joined(pieces: list[Piece]) -> list[Piece]:
    joined: list[Piece] = []
    for mark, text in pieces:
        if not text:
            continue
        if joined and joined[-1][0] == mark:
            joined[-1] = (mark, joined[-1][1] + text)
        else:
            joined.append((mark, text))
    return joined
