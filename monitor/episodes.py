"""Bad visits in a row: when they are worth a notice, and when one is over. Pure.

An episode begins with the visit at which one class of bad outcome has persisted for `failures_before_notice` visits,
and ends with the first good one. It is told once at its beginning and once at its end.
"""

from __future__ import annotations

from dataclasses import dataclass

from crawler.outcomes import Outcome

GOOD = frozenset({Outcome.OK, Outcome.UNCHANGED})
RECOVERED = "recovered"

_SAYS = {
    Outcome.OK_TRUNCATED: "only the beginning of the page arrives",
    Outcome.FETCH_ERROR: "the page cannot be fetched",
    Outcome.BLOCKED: "something else than the page is answered",
    Outcome.REFUSED: "the page may not be visited",
    Outcome.UNSUPPORTED: "the page is no kind of document that is read here",
    Outcome.GONE: "the page is gone",
    Outcome.EXTRACT_ERROR: "the page's text cannot be read",
}


@dataclass(frozen=True, slots=True)
class Episode:
    """The state after a visit: bad visits in a row, the outcome reported (if any), and what to report now.

    `notice` is an outcome, "recovered", or None; `words` say it in one line.
    """

    failures: int
    reported: str | None
    notice: str | None = None
    words: str = ""


def next_episode(
    failures: int, reported: str | None, outcome: Outcome, reason: str | None, *, trailing: int, threshold: int
) -> Episode:
    """What the visit's `outcome` makes of the episode.

    `failures` counts the bad visits in a row before this one, `trailing` those of them right before it with the same
    outcome, and `reported` is the outcome told of, None where none was.
    """
    if outcome in GOOD:
        if reported is None:
            return Episode(0, None)
        return Episode(0, None, RECOVERED, f"the page can be read again ({reported} before)")
    count = failures + 1
    if str(outcome) == reported or trailing + 1 < threshold:
        return Episode(count, reported)
    looks = f"{trailing + 1} looks in a row"
    return Episode(count, str(outcome), str(outcome), f"{_SAYS[outcome]}: {reason or outcome} ({looks})")
