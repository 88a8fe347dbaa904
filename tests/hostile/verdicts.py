"""What is wrong with a case's three looks, in words: nothing, where the product did right."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from crawler.outcomes import outcome_of

FIELDS = (
    *("url", "outcome", "reason", "http_status", "final_url", "snapshot", "last_good", "text", "text_changed"),
    *("changes", "alerts", "notices", "seconds"),
)
GOOD = ("ok", "unchanged")
SLOWEST_S = 12.0


def verdict_of(answer: dict[str, Any]) -> str:
    """`outcome:reason`, or `ok` for both outcomes that are the page."""
    if answer.get("outcome") in GOOD and answer.get("reason") is None:
        return "ok"
    return f"{answer.get('outcome')}:{answer.get('reason')}"


def faults_of(row: dict[str, Any]) -> list[str]:
    """Every way in which a case went wrong."""
    if len(row["looks"]) != 3:
        return [row.get("error", "not all looks were answered")]
    return [
        f"{name}: {problem}"
        for name, look in zip(("before", "fault", "after"), _looks(row), strict=True)
        for problem in look
    ]


def _looks(row: dict[str, Any]) -> tuple[Iterator[str], Iterator[str], Iterator[str]]:
    before, fault, after = row["looks"]
    return _before(before), _fault(row["expected"], before, fault), _after(before, after)


def _before(look: dict[str, Any]) -> Iterator[str]:
    yield from _shape(look)
    if verdict_of(look) != "ok" or look.get("alerts"):
        yield f"{verdict_of(look)}, alerts {look.get('alerts')}: {look.get('error', '')}"


def _fault(expected: str, before: dict[str, Any], look: dict[str, Any]) -> Iterator[str]:
    yield from _shape(look)
    if (found := verdict_of(look)) != expected:
        yield f"{found} instead of {expected}"
    elif found != "ok" and str(outcome_of(look["reason"])) != look["outcome"]:
        yield f"the reason {look['reason']} is not one of {look['outcome']}"
    if look.get("alerts") or look.get("changes"):
        yield f"told of: {[one.get('text') or one.get('reason') for one in look['alerts'] + look['changes']]}"
    if look.get("last_good", {}).get("number") != before.get("last_good", {}).get("number"):
        yield f"the last good version is {look.get('last_good')}"
    if expected == "ok" and look.get("text_changed"):
        yield f"the text changed: {look.get('text')}"
    if expected != "ok" and (look.get("snapshot") is not None or look.get("text") is not None):
        yield f"a version of what is not the page: {look.get('snapshot')}"
    if look.get("seconds", 0) > SLOWEST_S:
        yield f"took {look['seconds']} s"


def _after(before: dict[str, Any], look: dict[str, Any]) -> Iterator[str]:
    yield from _shape(look)
    if verdict_of(look) != "ok":
        yield verdict_of(look)
    told = look.get("alerts") or []
    if len(told) != 1 or told[0].get("family") != "price":
        yield f"{len(told)} alerts: {[(one['family'], one.get('kind'), one.get('after')) for one in told]}"
    if look.get("snapshot") != (before.get("snapshot") or 0) + 1:
        yield f"version {look.get('snapshot')} after {before.get('snapshot')}"


def _shape(look: dict[str, Any]) -> Iterator[str]:
    if missing := [name for name in FIELDS if name not in look]:
        yield f"the answer has no {', '.join(missing)}: {look.get('error', '')}"
