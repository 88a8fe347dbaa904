"""Links to documents (price lists, brochures): one that leads elsewhere, is new or is gone is a notice."""

from __future__ import annotations

from collections.abc import Sequence

from rapidfuzz import fuzz

from monitor.text.addresses import file_name
from monitor.types import Block, BlockKind, Notice, NoticeKind

_ALIKE = 60.0  # names of the old and the new file: "prices-2024.pdf", "prices-2025-v2.pdf"
_MOST = 20  # notices of one look; the rest is counted in the last


def changed_documents(before: Sequence[Block], after: Sequence[Block]) -> tuple[Notice, ...]:
    """A notice for each document that one page links to and the other does not; two alike are one that was replaced."""
    old, new = _addresses(before), _addresses(after)
    gone = [address for address in old if address not in new]
    come = [address for address in new if address not in old]
    notices = []
    for address in gone:
        taken = max(come, key=lambda other: _likeness(address, other), default=None)
        if taken is not None and _likeness(address, taken) >= _ALIKE:
            come.remove(taken)
            notices.append(_notice(f"{file_name(address)} → {file_name(taken)}", f"{address} → {taken}"))
        else:
            notices.append(_notice(f"{file_name(address)} is no longer linked", address))
    notices += [_notice(f"{file_name(address)} is new", address) for address in come]
    if len(notices) > _MOST:
        rest = len(notices) - _MOST + 1
        notices[_MOST - 1 :] = [_notice(f"and {rest} documents more", "")]
    return tuple(notices)


def _addresses(blocks: Sequence[Block]) -> dict[str, None]:
    return dict.fromkeys(block.key for block in blocks if block.kind is BlockKind.DOCUMENT)


def _likeness(one: str, other: str) -> float:
    """Of the names of two files, 0 to 100; the same name in another folder is the same."""
    return fuzz.ratio(file_name(one).casefold(), file_name(other).casefold())


def _notice(text: str, detail: str) -> Notice:
    return Notice(NoticeKind.DOCUMENT_CHANGED, text, detail)
