"""Patients' stories rotate: another story at the same strength is nothing."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.compare.changes import Finding
from monitor.compare.severity import severity_of
from monitor.types import Direction, Kind, Statement

_STORY = 1.0  # strength of a story with an outcome; a mere quotation has less


def compare_stories(
    old: Sequence[Statement], new: Sequence[Statement], turning: tuple[bool, bool] = (False, False)
) -> list[Finding]:
    """At most one finding: stories where there were none, none where there were some, or now one of a cure.

    `turning` says of each side whether stories that are known to rotate, and so are not compared, stand there too.
    """
    before = [s for s in old if s.kind is Kind.TESTIMONIAL]
    after = [s for s in new if s.kind is Kind.TESTIMONIAL]
    told_before = [s for s in before if s.strength >= _STORY]
    told_after = [s for s in after if s.strength >= _STORY]
    if not before and told_after and not turning[0]:
        return [_finding(Direction.ADDED, None, told_after[0], "a patient's story where there was none")]
    if not after and told_before and not turning[1]:
        return [_finding(Direction.REMOVED, told_before[0], None, "the last patient's story is gone")]
    if not before or not after:
        return []
    was, now = any(s.absolute for s in before), any(s.absolute for s in after)
    if was == now:
        return []
    best = max(after if now else before, key=lambda s: s.absolute)
    other = (before if now else after)[0]
    if now:
        return [_finding(Direction.STRENGTHENED, other, best, "a story that is now one of a cure")]
    return [_finding(Direction.WEAKENED, best, other, "the story of a cure is gone")]


def _finding(direction: Direction, before: Statement | None, after: Statement | None, reason: str) -> Finding:
    severity = severity_of(Kind.TESTIMONIAL, direction, before, after)
    return Finding(Kind.TESTIMONIAL, direction, severity, before, after, reason, f"testimonial.{direction}")
