"""What is told of a page's state: bad visits in a row, that it moved, that its certificate ends. Pure.

An episode begins with the visit at which one class of bad outcome has persisted for `failures_before_notice` visits,
and ends with the first good one. It is told once at its beginning and once at its end.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from crawler.outcomes import Outcome
from crawler.types import Result

GOOD = frozenset({Outcome.OK, Outcome.UNCHANGED})
RECOVERED = "recovered"
MOVED = "moved"
CERTIFICATE = "certificate"
_PERMANENT = frozenset({301, 308})

_SAYS = {
    Outcome.OK_TRUNCATED: "only the beginning of the page arrives",
    Outcome.FETCH_ERROR: "the page cannot be fetched",
    Outcome.BLOCKED: "something else than the page is answered",
    Outcome.REFUSED: "the page may not be visited",
    Outcome.UNSUPPORTED: "the page is no kind of document that is read here",
    Outcome.GONE: "the page is gone",
    Outcome.EXTRACT_ERROR: "the page's text cannot be read",
}
_SAYS_OF_REASON = {
    "robots.disallow": "robots.txt forbids to visit the page",
    "robots.unreachable": "robots.txt cannot be read, which counts as forbidden",
    "no_contact": "crawler.contact is not set",
    "rate_limited": "the server wants fewer visits",
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
    says = _SAYS_OF_REASON.get(reason or "", _SAYS[outcome])
    return Episode(count, str(outcome), str(outcome), f"{says}: {reason or outcome} ({looks})")


@dataclass(frozen=True, slots=True)
class StandingRules:
    """When a move and a certificate's end are told of: looks in a row, and days before the end (0: never)."""

    moved_looks: int
    certificate_looks: int
    certificate_days: int


@dataclass(frozen=True, slots=True)
class Standing:
    """What is true of a page although it can be read: that it has moved for good, that its certificate ends soon.

    `moved_looks` and `certificate_looks` count the looks in a row that said so. `notices` are (kind, words) to tell
    now: each once, when its count comes to the rule's.
    """

    moved_to: str | None = None
    moved_looks: int = 0
    certificate_ending: str | None = None
    certificate_looks: int = 0
    notices: tuple[tuple[str, str], ...] = ()


def next_standing(before: Standing, result: Result, now: datetime, rules: StandingRules) -> Standing:
    """What a look makes of the page's standing. Looks that failed say nothing."""
    if result.outcome not in GOOD:
        return replace(before, notices=())
    notices: list[tuple[str, str]] = []
    moved_to = _moved_to(result)
    moved_looks = before.moved_looks + 1 if moved_to and moved_to == before.moved_to else int(bool(moved_to))
    if moved_to and moved_looks == rules.moved_looks:
        notices.append((MOVED, f"moved for good to {moved_to}: watch it there"))
    tls = result.exchange.tls
    near = tls is not None and tls.not_after - now <= timedelta(days=rules.certificate_days)
    ending = tls.certificate_sha256 if tls and near and rules.certificate_days else None
    looks = before.certificate_looks + 1 if ending and ending == before.certificate_ending else int(bool(ending))
    if tls and ending and looks == rules.certificate_looks:
        notices.append((CERTIFICATE, f"the site's certificate ends at {tls.not_after:%Y-%m-%d %H:%M} UTC"))
    return Standing(moved_to, moved_looks, ending, looks, tuple(notices))


def _moved_to(result: Result) -> str | None:
    """Where permanent redirects, and no others, led."""
    hops = result.exchange.redirects
    return result.exchange.final_url if hops and all(hop.status in _PERMANENT for hop in hops) else None
