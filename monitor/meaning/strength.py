"""How much a claim says: a place on an ordered scale.

Four scales are added up: certainty (hedges below 0, boosters above), degree ("slightly" … "completely"), time
("temporarily" … "permanently") and the weight of the cue itself. Who it is true for ("some" < "most" < "all", 65 %) is
a scale of its own, in percent, because a rate can be compared with a word but not added to a hedge.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from monitor.meaning.quantities import Quantity
from monitor.meaning.reading import Reading

UNSTATED_SHARE = 70.0  # "patients feel less pain": more than many, fewer than all
ALL = 100.0


@dataclass(frozen=True, slots=True)
class Measure:
    """`hedge` ≥ 0, `boost` ≥ 0, `degree` and `time` either way; `share` in percent or None; `exact`: as a number."""

    hedge: float = 0.0
    boost: float = 0.0
    degree: float = 0.0
    time: float = 0.0
    share: float | None = None
    exact: bool = False
    absolute: bool = False

    @property
    def total(self) -> float:
        return round(self.boost - self.hedge + self.degree + self.time, 2)


def measure(reading: Reading, clauses: Iterable[int], quantities: list[Quantity]) -> Measure:
    """The scales over the given clauses of a sentence."""
    within = frozenset(clauses)
    hedge = boost = degree = time = 0.0
    absolute = False
    share: float | None = None
    for hit in reading.of("hedge", "booster", "degree", "time", "quantifier", "evidence"):
        if reading.clause(hit) not in within:
            continue
        level, concept = hit.entry.level or 0.0, hit.entry.concept
        if reading.is_negated(hit):
            if hit.category in ("booster", "quantifier") and (level >= 1):
                hedge = max(hedge, 1.0)  # "not always", "not for everyone"
            continue
        match hit.category:
            case "hedge":
                hedge = max(hedge, level)
            case "booster":
                boost = max(boost, level)
                absolute |= concept == "absolute"
            case "evidence":
                boost = max(boost, 1.0 if concept == "proof" else 0.0)
            case "degree":
                degree = level if abs(level) > abs(degree) else degree
            case "time":
                time = level if abs(level) > abs(time) else time
            case _:
                share = level if share is None else min(share, level)
    rate = _rate(reading, within, quantities)
    if rate is not None:
        share = rate
    absolute = (absolute or share == ALL) and hedge < 0.9
    return Measure(hedge, boost, degree, time, share, rate is not None, absolute)


def _rate(reading: Reading, within: frozenset[int], quantities: list[Quantity]) -> float | None:
    """The percentage of the sentence: the highest, since that is the one a reader keeps."""
    rates = [q.value for q in quantities if q.unit == "percent" and reading.clauses[q.first] in within]
    return max((rate for rate in rates if rate <= ALL), default=None)
