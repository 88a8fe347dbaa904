"""What is sold? The words beside an amount that name the service."""

from __future__ import annotations

import re

MAX_CHARS = 80

_CLAUSE = re.compile(r"[.;!?|•\n](?:\s|$)")
_EDGES = " \t\u00a0\u202f:;,.–—-−=|•·*()[]\"'“”„«»/+…"
_TRAILING = re.compile(
    r"(?:^|\s)(?:(?:the|de|den|der|die|das|la|le|el|los|las|les|our|onze|vores|unser[e]?|notre|nuestro)\s+)?"
    r"(?:price[sd]?|pricing|costs?|fees?|rates?|charges?|prijs|prijzen|kosten|kost|tarief|tarieven|pris(?:en|er)?|koster|"
    r"preis[e]?|kostet|precio[s]?|coste[s]?|costo[s]?|cuestan?|tarifas?|prix|tarifs?|coûte(?:nt)?|coût|honoraires|"
    r"is|are|was|starts?|starting|ranges?|varies|bedraagt|bedragen|liggen|ligt|ligger|starter|beginnt|liegt|es|son|est|"
    r"sont|van|af|de|of|for|von|til|på|is now|typisk|typically|usually|between|tussen|mellem|entre|zwischen|from|om|"
    r"à|at|en|and|og|y|und|et|only|just|kun|nur|solo|a|an)$",
    re.IGNORECASE,
)
_LEADING = re.compile(
    r"^(?:and|en|og|y|und|et|or|of|o|für|for|voor|para|pour|til|per|the|de|plus|\+|inc\.?|incl\.?|inkl\.?)\s+",
    re.IGNORECASE,
)


def service_of(text: str, span: tuple[int, int], left: int, right: int) -> str:
    """The service named before an amount (else after it), within `left` and `right`; "" where there is none.

    Headings of the price itself ("Price:", "kosten bedragen") are no service. At most `MAX_CHARS` characters.
    """
    before = _name(text[max(left, span[0] - 4 * MAX_CHARS) : span[0]], last=True)
    if before:
        return before
    return _name(text[span[1] : min(right, span[1] + 4 * MAX_CHARS)], last=False)


def _name(words: str, *, last: bool) -> str:
    """The last (or first) clause of `words`, without what only leads to the amount."""
    clauses = [clause for clause in _CLAUSE.split(words) if clause.strip(_EDGES)]
    if not clauses:
        return ""
    name = clauses[-1 if last else 0].strip(_EDGES)
    for _ in range(8):
        shorter = (_TRAILING.sub("", name) if last else _LEADING.sub("", name)).strip(_EDGES)
        if shorter == name:
            break
        name = shorter
    if len(name) > MAX_CHARS:
        name = name[-MAX_CHARS:].partition(" ")[2] if last else name[:MAX_CHARS].rpartition(" ")[0]
    return name if any(map(str.isalpha, name)) else ""
