"""Feedback as labelled pairs, in the shape of benchmarks/data/changes.dev.jsonl: what an evaluation set grows from.

A verdict on a change is a pair of sentences. What was missed is a pair of whole texts: every change that was told
between the two versions belongs to it, but those that were false alarms.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from sqlalchemy import Connection

from monitor.store.changes import REPORTED, ChangeFilter, StoredChange, list_changes
from monitor.store.snapshots import get_snapshot, load_page_text
from monitor.store.verdicts import Feedback, MissedChange, Verdict, list_feedback
from monitor.types import BlockKind, PageText

Pair = dict[str, object]

_NOTHING: Pair = {"family": "none", "kind": None, "direction": None, "severity": "none"}


def labelled_pairs(connection: Connection, verdict: Verdict | None = None) -> Iterator[Pair]:
    """One pair for each change that was judged, then one for each two versions between which something was missed.

    What the command line says of a change outweighs what subscribers say. With a `verdict`, only its pairs.
    """
    every = list_feedback(connection)
    judged = final_verdicts(every)
    for one in judged.values():
        if verdict in (None, one.verdict):
            yield sentence_pair(one, _language(connection, one))
    if verdict in (None, Verdict.MISSED):
        false = {number for number, one in judged.items() if one.verdict is Verdict.FALSE_ALARM}
        missed = sorted((one for one in every if one.verdict is Verdict.MISSED), key=_versions)
        for _, group in groupby(missed, _versions):
            yield _page_pair(connection, list(group), false)


def final_verdicts(every: Iterable[Feedback]) -> dict[int, Feedback]:
    """Change id → what counts of what was said of it: the command line's verdict, else the newest of a subscriber."""
    found: dict[int, Feedback] = {}
    for one in sorted(every, key=lambda each: (each.source == "cli", each.given_at, each.id)):
        if one.change is not None and one.verdict is not Verdict.MISSED:
            found[one.change.id] = one
    return dict(sorted(found.items()))


def sentence_pair(judged: Feedback, language: str) -> Pair:
    """The sentences of a change that was judged, and what should be told of them."""
    change = judged.change
    if change is None:
        raise ValueError(f"feedback {judged.id} is about no change")
    is_false = judged.verdict is Verdict.FALSE_ALARM
    expected = _NOTHING if is_false else _entry(change)
    tags = ["feedback", judged.source, *(["neg"] if is_false else []), judged.verdict.value]
    texts = change.before, change.after
    return _pair(f"F{judged.id}", "sentence", language, texts, expected=[expected], rationale=judged.note, tags=tags)


def plain_text(page: PageText) -> str:
    """The compared blocks of a page as plain text, to be read again by the same rules."""
    parts: list[str] = []
    kinds: list[BlockKind] = []
    for block in page.blocks:
        if block.boilerplate is not None:
            continue
        is_item = block.kind is BlockKind.LIST_ITEM
        together = kinds and kinds[-1] is block.kind and block.kind in (BlockKind.LIST_ITEM, BlockKind.TABLE_ROW)
        parts += ["\n" if together else "\n\n"] if parts else []
        parts.append(f"• {block.text}" if is_item else block.text)
        kinds.append(block.kind)
    return "".join(parts)


def _page_pair(connection: Connection, group: list[Feedback], false_alarms: set[int]) -> Pair:
    first = group[0]
    told = [
        change
        for change in list_changes(connection, ChangeFilter(page_id=first.page_id, states=REPORTED))
        if (change.before_snapshot_id, change.after_snapshot_id) == (first.before_snapshot_id, first.after_snapshot_id)
        and change.id not in false_alarms
    ]
    expected = [_entry(change) for change in reversed(told)]
    expected += [_entry(one.missed) for one in group if one.missed is not None]
    before, after = (
        plain_text(load_page_text(connection, get_snapshot(connection, first.page_id, number=number).text_sha256))
        for number in (first.before_number, first.after_number)
    )
    notes = "; ".join(one.note for one in group if one.note)
    tags = ["feedback", first.source, "missed"]
    language = _language(connection, first)
    return _pair(f"F{first.id}", "page", language, (before, after), expected=expected, rationale=notes, tags=tags)


def _pair(
    identity: str,
    level: str,
    language: str,
    texts: tuple[str, str],
    *,
    expected: list[Pair],
    rationale: str,
    tags: list[str],
) -> Pair:
    return {
        "id": identity,
        "level": level,
        "lang": language,
        "before": texts[0],
        "after": texts[1],
        "expected": expected,
        "rationale": rationale,
        "tags": tags,
    }


def _entry(change: StoredChange | MissedChange) -> Pair:
    return {
        "family": change.family.value,
        "kind": change.kind.value,
        "direction": change.direction.value,
        "severity": change.severity.value,
        "before_span": change.before or None,
        "after_span": change.after or None,
    }


def _versions(one: Feedback) -> tuple[int, int, int]:
    return (one.page_id, one.before_number, one.after_number)


def _language(connection: Connection, one: Feedback) -> str:
    return get_snapshot(connection, one.page_id, number=one.after_number).language
