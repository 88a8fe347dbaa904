"""What a clinic asserts: that it works, is safe, is approved, and for whom.

Each recogniser looks at one kind. A clause that carries a disclaimer makes no claim of the same matter: in "the
efficacy has not been proven" nothing is claimed to be effective.
"""

from __future__ import annotations

from collections.abc import Container, Iterable

from monitor.meaning.conditions import listed_unknown, names_treatment, terms_of
from monitor.meaning.disclaimers import is_denial, stand_beside
from monitor.meaning.draft import Draft, Setting
from monitor.meaning.matcher import Hit
from monitor.meaning.quantities import Quantity
from monitor.meaning.reading import Reading
from monitor.meaning.strength import measure
from monitor.meaning.testimonials import find_testimonial
from monitor.types import Kind

_STRONG_EVIDENCE = 2.0
_SHORT_ITEM = 9  # words
_MANY = 20  # patients or procedures; fewer are a study's arm or a doctor's day
_WE = frozenset(["we", "our", "us", "wij", "onze", "vi", "vores", "wir", "unsere", "nous", "notre", "hemos"])
_WE_DO = ("amos", "emos", "imos")  # Spanish leaves "we" to the verb
_LISTED = 2  # conditions in a sentence to its readers that make it one about whom the clinic treats
_ONSET_REACH = 2  # words
_ONSET = frozenset(
    [
        *("within", "in", "after", "by", "binnen", "na", "inden", "efter"),
        *("innerhalb", "nach", "en", "tras", "dans", "apres"),
    ]
)
"""Before a time these say how soon a benefit comes, not how long it lasts."""


def find_claims(
    reading: Reading, setting: Setting, quantities: list[Quantity], disclaimers: list[Draft]
) -> list[Draft]:
    """At most one draft for each kind of claim."""
    if setting.links or (reading.is_question and not setting.stories):
        return []
    blocked = {clause for draft in disclaimers if not draft.subgroup for clause in draft.clauses}
    story = find_testimonial(reading, setting, disclaimers)
    if story is not None:
        return [story]
    found = [
        _efficacy(reading, setting, quantities, blocked),
        _safety(reading, quantities, disclaimers),
        _indication(reading, setting, blocked),
        _treatment(reading, quantities),
        _evidence(reading, quantities, blocked, disclaimers),
        _regulatory(reading, blocked),
        _urgency(reading),
        _standing(reading, quantities),
    ]
    return [draft for draft in found if draft is not None]


def _plain(reading: Reading, hits: Iterable[Hit], blocked: Container[int] = ()) -> list[Hit]:
    return [hit for hit in hits if not reading.is_negated(hit) and reading.clause(hit) not in blocked]


def _clauses(reading: Reading, hits: Iterable[Hit]) -> frozenset[int]:
    return frozenset(reading.clauses[index] for hit in hits for index in (hit.first, hit.last))


def _is_disease_fact(reading: Reading) -> bool:
    return reading.has("disease_fact") and not names_treatment(reading)


def _efficacy(reading: Reading, setting: Setting, quantities: list[Quantity], blocked: set[int]) -> Draft | None:
    hits = _plain(reading, reading.of("efficacy"), blocked)
    hits += [hit for hit in _plain(reading, reading.of("cure", "guarantee")) if not _is_limited(reading, hit, blocked)]
    if setting.risks or (_is_disease_fact(reading) and not (hits and _speaks_of_itself(reading))):
        return None
    if not hits:
        return _rate_alone(reading, quantities, blocked) or _explored(reading, blocked)
    if _urges(reading) and not any(hit.category != "efficacy" for hit in hits) and not quantities:
        return None  # "early treatment gives the best chance": the point is the haste
    firm = [hit for hit in hits if hit.category != "efficacy"]
    effects = terms_of(reading, "effect")
    if all(hit.entry.concept == "result" for hit in hits) and reading.has("evidence") and not quantities:
        return None  # "our results were published": the point is the evidence
    about = names_treatment(reading) or effects or reading.has("condition") or quantities or setting.results
    measured = about or reading.has("quantifier", "time", "booster", "degree")
    if not firm and not measured and not reading.has("hedge"):
        return None
    clauses = _clauses(reading, hits)
    scales = measure(reading, clauses, quantities)
    values = _durations(reading, quantities, clauses)
    if scales.share is not None:
        values["share"] = scales.share
        values["exact"] = float(scales.exact)
    base = max(hit.entry.level or 1.0 for hit in hits)
    return Draft(
        kind=Kind.EFFICACY,
        rule=f"efficacy.{firm[0].category if firm else 'benefit'}",
        strength=round(base + scales.total, 2),
        absolute=(scales.absolute or bool(firm)) and scales.hedge < 0.9,
        values=tuple(sorted(values.items())),
        terms=tuple(sorted({*effects, *terms_of(reading, "condition")})),
        cues=reading.cues([*hits, *_plain(reading, reading.of("hedge", "booster", "time", "degree", "quantifier"))]),
        confidence=1.0 if firm or measured else 0.5,
        clauses=clauses,
    )


def _explored(reading: Reading, blocked: set[int]) -> Draft | None:
    """What a treatment is said to be studied for: a claim of the least strength, which raises nothing by itself."""
    hits = [h for h in _plain(reading, reading.of("hedge"), blocked) if h.entry.concept == "explored"]
    terms = terms_of(reading, "effect", "condition")
    if not hits or not terms or not names_treatment(reading):
        return None
    return Draft(
        kind=Kind.EFFICACY,
        rule="efficacy.explored",
        strength=-1.0,
        terms=terms,
        cues=reading.cues(hits),
        confidence=0.5,
        clauses=_clauses(reading, hits),
    )


def _is_limited(reading: Reading, hit: Hit, blocked: set[int]) -> bool:
    """Does a disclaimer of the same clause reach the promise? "results vary and we guarantee a cure" has two points."""
    if reading.clause(hit) not in blocked:
        return False
    joins = [join.first for join in reading.of("join") if join.first < hit.first]
    start = max(joins, default=-1)
    limits = reading.of("disc_outcome", "disc_status", "disc_risk", "negation")
    return start < 0 or any(limit.last > start and reading.clause(limit) == reading.clause(hit) for limit in limits)


def _urges(reading: Reading) -> bool:
    return any(hit.entry.concept == "therapeutic" for hit in reading.of("urgency"))


def _rate_alone(reading: Reading, quantities: list[Quantity], blocked: set[int]) -> Draft | None:
    """A rate of patients with a verb that no list knows: "in 80 % of our patients the walking distance grows"."""
    if not quantities and not reading.has("quantifier"):
        return None
    rates = [q for q in quantities if q.unit == "percent" and reading.clauses[q.first] not in blocked]
    patients = [hit for hit in reading.of("unit") if hit.entry.concept == "patients"]
    shares = [hit for hit in reading.of("quantifier") if hit.entry.level and reading.clause(hit) not in blocked]
    if not reading.has("effect"):
        shares = []  # "all patients receive a brochure"
    if (
        not (rates or shares)
        or not patients
        or reading.has("disease_fact", "disc_risk", "safety", "noise")
        or (reading.has("condition") and not _speaks_of_itself(reading))
    ):
        return None
    clauses = {reading.clauses[q.first] for q in rates} | {reading.clause(hit) for hit in shares}
    scales = measure(reading, clauses, quantities)
    return Draft(
        kind=Kind.EFFICACY,
        rule="efficacy.rate",
        strength=round(1.0 + scales.total, 2),
        absolute=scales.absolute,
        values=(("exact", float(scales.exact)), ("share", scales.share or 0.0)),
        cues=reading.cues(patients),
        confidence=0.7 if rates else 0.5,
        clauses=frozenset(clauses),
    )


def _durations(reading: Reading, quantities: list[Quantity], clauses: frozenset[int]) -> dict[str, float]:
    found: dict[str, float] = {}
    for quantity in quantities:
        if quantity.unit in ("days", "times") and reading.clauses[quantity.first] in clauses:
            before = {token.fold for token in reading.tokens[max(0, quantity.first - _ONSET_REACH) : quantity.first]}
            name = "onset" if quantity.unit == "days" and before & _ONSET else quantity.unit
            found[name] = max(quantity.value, found.get(name, 0.0))
    return found


def _safety(reading: Reading, quantities: list[Quantity], disclaimers: list[Draft]) -> Draft | None:
    if not reading.has("safety", "disc_risk", "risk_item"):
        return None
    blocked = {clause for draft in disclaimers if draft.kind is not Kind.STATUS for clause in draft.clauses}
    hits = [
        hit
        for hit in reading.of("safety")
        if reading.clause(hit) not in blocked and (not reading.is_negated(hit) or is_denial(reading, hit))
    ]
    negated = [hit for hit in reading.of("disc_risk", "risk_item") if reading.is_negated(hit)]
    denied = [hit for hit in negated if not is_denial(reading, hit)]
    if not hits and not denied:
        return None
    clauses = _clauses(reading, [*hits, *denied])
    scales = measure(reading, clauses, quantities)
    level = max([*(hit.entry.level or 1.0 for hit in hits), *(3.0 for _ in denied)])
    return Draft(
        kind=Kind.SAFETY,
        rule="safety.none" if level >= 2.5 else "safety.safe",
        strength=round(level + scales.boost - scales.hedge + max(scales.degree, 0.0), 2),
        absolute=(level >= 2.5 or (level >= 2 and (scales.absolute or scales.degree >= 1))) and scales.hedge < 0.9,
        cues=reading.cues([*hits, *denied]),
        clauses=clauses,
    )


def _indication(reading: Reading, setting: Setting, blocked: set[int]) -> Draft | None:
    conditions = _plain(reading, reading.of("condition"))
    if not conditions and not (setting.offers and setting.is_item):
        return None
    if setting.disease or setting.risks or _is_disease_fact(reading):
        return None
    offers = _plain(reading, reading.of("offer"), blocked)
    words = sum(token.is_word for token in reading.tokens)
    short = words <= _SHORT_ITEM and (setting.is_item or setting.is_heading or setting.offers)
    clauses = _clauses(reading, conditions)
    if not conditions and not (short and setting.offers and setting.is_item):
        return None
    if conditions and all(clause in blocked for clause in clauses) and not offers:
        return None
    if not (offers or short or names_treatment(reading) or reading.has("cure") or _lists_patients(reading)):
        return None
    terms = set(terms_of(reading, "condition"))
    if not conditions:
        terms.add("condition:=" + " ".join(token.fold for token in reading.tokens if token.is_word))
    for offer in offers:
        terms.update(listed_unknown(reading, offer))
    rule = "indication.offer" if offers else "indication.item" if short else "indication.named"
    return Draft(
        kind=Kind.INDICATION,
        rule=rule,
        strength=1.0,
        terms=tuple(sorted(terms)),
        cues=reading.cues([*conditions, *offers]),
        confidence=1.0 if rule != "indication.named" else 0.6,
        clauses=clauses,
    )


def _lists_patients(reading: Reading) -> bool:
    """Does a sentence to its readers name several diseases? "Adults with ALS or early arthritis can book"."""
    return len(terms_of(reading, "condition")) >= _LISTED and (reading.has("group") or _speaks_of_itself(reading))


def _treatment(reading: Reading, quantities: list[Quantity]) -> Draft | None:
    if not quantities and not reading.has("source", "route", "treatment"):
        return None
    mechanisms = _plain(reading, reading.of("treatment"))
    terms = terms_of(reading, "source", "route", "treatment")
    values: dict[str, float] = {}
    scheduled = reading.has("schedule")
    for quantity in quantities:
        if quantity.unit in ("cells", "sessions", "ml", "times") or (quantity.unit == "days" and scheduled):
            values[quantity.unit] = max(quantity.value, values.get(quantity.unit, 0.0))
    if not terms and not values:
        return None
    if not terms and not (values.keys() & {"cells", "sessions"}) and not names_treatment(reading):
        return None
    if not (values or mechanisms or names_treatment(reading)) and reading.has("condition", "efficacy"):
        return None  # "the cartilage wears away in the joint", "no more pain in your knee": where it hurts
    return Draft(
        kind=Kind.TREATMENT,
        rule="treatment.dose" if values else "treatment.mechanism" if mechanisms else "treatment.source",
        strength=round(1.0 + measure(reading, _clauses(reading, mechanisms), quantities).total, 2),
        values=tuple(sorted(values.items())),
        terms=terms,
        cues=reading.cues([*reading.of("source", "route", "schedule"), *mechanisms]),
        confidence=0.8,
        clauses=frozenset(reading.clauses),
    )


def _evidence(
    reading: Reading, quantities: list[Quantity], blocked: set[int], disclaimers: list[Draft]
) -> Draft | None:
    hits = _plain(reading, reading.of("evidence"), blocked)
    if not hits:
        return None if disclaimers else _treated(reading, quantities)
    levels = [hit.entry.level or 1.0 for hit in hits]
    planned = min(levels) < 0
    is_ample = not planned and _is_ample(reading, hits)
    if is_ample:
        levels.append(_STRONG_EVIDENCE)
    values = {q.unit: q.value for q in quantities if q.unit == "patients"}
    strength = min(levels) if planned else max(levels)
    return Draft(
        kind=Kind.EVIDENCE,
        rule="evidence.planned"
        if planned
        else "evidence.ample"
        if is_ample
        else f"evidence.{max(hits, key=lambda h: h.entry.level or 1.0).entry.concept}",
        strength=strength,
        values=tuple(sorted(values.items())),
        cues=reading.cues(hits),
        confidence=1.0 if abs(strength) >= _STRONG_EVIDENCE or values else 0.5,
        clauses=_clauses(reading, hits),
    )


def _is_ample(reading: Reading, hits: list[Hit]) -> bool:
    """Is there said to be much of the evidence? "clinical data are extensive", the opposite of "are limited"."""
    much = [hit for hit in reading.of("ample") if not reading.is_negated(hit)]
    return any(stand_beside(reading, hit, other) for hit in hits for other in much)


def _treated(reading: Reading, quantities: list[Quantity]) -> Draft | None:
    """How many patients a clinic says that it has had, whatever its verb for that is."""
    counts = [q for q in quantities if q.unit == "patients" and q.value >= _MANY]
    if not counts or not _speaks_of_itself(reading) or reading.has("disease_fact", "noise"):
        return None
    return Draft(
        kind=Kind.EVIDENCE,
        rule="evidence.treated",
        strength=1.0,
        values=(("patients", max(q.value for q in counts)),),
        cues=reading.cues([hit for hit in reading.of("unit") if hit.entry.concept == "patients"]),
        clauses=frozenset(reading.clauses),
    )


def _speaks_of_itself(reading: Reading) -> bool:
    return any(hit.entry.concept == "clinic" for hit in reading.of("treatment_word")) or any(
        (token.fold in _WE or (reading.language == "es" and token.fold.endswith(_WE_DO)))
        and not (token.fold == "us" and token.is_upper)
        for token in reading.tokens
    )


def _regulatory(reading: Reading, blocked: set[int]) -> Draft | None:
    hits = _plain(reading, reading.of("regulatory"), blocked)
    if not hits:
        return None
    bodies = terms_of(reading, "body")
    level = max(hit.entry.level or 1.0 for hit in hits)
    about = bool(bodies) or reading.has("treatment_word")
    bases = {f"basis:{hit.entry.cue.casefold()}" for hit in hits if hit.entry.concept == "exempt"}
    hedged = any(not reading.is_negated(hit) for hit in reading.of("hedge"))
    return Draft(
        kind=Kind.REGULATORY,
        rule=f"regulatory.{max(hits, key=lambda h: h.entry.level or 1.0).entry.concept}",
        strength=level - (0.5 if hedged else 0.0),
        absolute=level >= 2,
        terms=tuple(sorted({*bodies, *bases})),
        cues=reading.cues([*hits, *reading.of("body")]),
        confidence=1.0 if bodies or (level >= 2 and (about or any(len(hit.at) > 1 for hit in hits))) else 0.5,
        clauses=_clauses(reading, hits),
    )


def _urgency(reading: Reading) -> Draft | None:
    hits = reading.of("urgency")
    if not hits:
        return None
    kind = "therapeutic" if any(hit.entry.concept == "therapeutic" for hit in hits) else "sale"
    return Draft(
        kind=Kind.URGENCY,
        rule=f"urgency.{kind}",
        strength=max(hit.entry.level or 2.0 for hit in hits),
        terms=(f"urgency:{kind}",),
        cues=reading.cues(hits),
        clauses=_clauses(reading, hits),
    )


def _standing(reading: Reading, quantities: list[Quantity]) -> Draft | None:
    hits = _plain(reading, reading.of("standing"))
    done = [q.value for q in quantities if q.unit == "procedures" and q.value >= _MANY]
    counted = done if done and (hits or _speaks_of_itself(reading)) else []
    if not hits and not counted:
        return None
    years = [q.value for q in quantities if q.unit == "days" and q.value >= 365]
    values = [("procedures", max(counted))] if counted else []
    if years and hits:
        values.append(("years", max(years)))
    return Draft(
        kind=Kind.STANDING,
        rule="standing.credential" if all(hit.entry.concept == "cred" for hit in hits) else "standing.first",
        strength=max((hit.entry.level or 1.0 for hit in hits), default=1.0),
        values=tuple(sorted(values)),
        cues=reading.cues(hits),
        confidence=0.8,
        clauses=_clauses(reading, hits),
    )
