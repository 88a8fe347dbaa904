"""Sentences whose point is a limit: no cure, not approved, risks.

Two ways lead here: a cue that is one ("results may vary"), and a claim that is negated ("we do not guarantee").
"""

from __future__ import annotations

from monitor.meaning.conditions import terms_of
from monitor.meaning.draft import Draft, Setting
from monitor.meaning.matcher import Hit
from monitor.meaning.quantities import Quantity
from monitor.meaning.reading import Reading
from monitor.meaning.strength import measure
from monitor.types import Kind

_KINDS = {"disc_outcome": Kind.OUTCOME, "disc_status": Kind.STATUS, "disc_risk": Kind.RISK}
# A negated claim is the disclaimer of its own concept.
_NEGATED = {
    "cure": (Kind.OUTCOME, "not_cure", 3.0),
    "guarantee": (Kind.OUTCOME, "no_guarantee", 3.0),
    "efficacy": (Kind.OUTCOME, "no_response", 2.0),
    "regulatory": (Kind.STATUS, "not_approved", 3.0),
    "safety": (Kind.RISK, "head", 2.0),
}
_DENIED_WITHIN = 3  # words after "no risk of" that it denies
_BESIDE = 4  # words between "studies" and what is said to be wanting in them
_UNWANTED = frozenset({"pain", "inflammation", "stiffness", "sensation", "spasticity"})  # effects that can be risks too
_SECOND_HALVES = frozenset({"pas", "aucun", "aucune", "jamais", "rien", "ningun", "ninguna", "nunca"})
_RISKS_ALONE = 2  # so many risks named together are a list of risks, whatever the sentence calls them


def find_disclaimers(reading: Reading, setting: Setting, quantities: list[Quantity]) -> list[Draft]:
    """At most one draft for each of outcome, status and risk."""
    if _is_about_disease(reading):
        return []
    found = _told(reading)
    is_story = setting.stories or any(hit.entry.concept != "heading" for hit in reading.of("testimonial"))
    unproven = any(reading.is_negated(hit) for hit in reading.of("evidence"))
    for category, (kind, concept, level) in _NEGATED.items():
        for hit in reading.of(category):
            if category == "efficacy" and (is_story or unproven):
                continue  # "I can sit without support" is a success; "no study supports this" is about the proof
            if reading.is_negated(hit) and not _is_rival(reading, hit):
                found.setdefault(kind, []).append((hit, concept, level))
    for hit in reading.of("evidence"):
        if reading.is_negated(hit) and hit.entry.concept in ("proof", "study", "peer", "published"):
            found.setdefault(Kind.STATUS, []).append((hit, "no_evidence", 3.0))
    found.setdefault(Kind.STATUS, []).extend((hit, "no_evidence", 3.0) for hit in _wanting(reading))
    found.setdefault(Kind.OUTCOME, []).extend((hit, "unclear", 2.0) for hit in _unforeseen(reading))
    if Kind.RISK in found and not _is_risk(reading, setting, found[Kind.RISK]):
        del found[Kind.RISK]
    if Kind.RISK not in found and (items := _named_risks(reading, setting)):
        found[Kind.RISK] = [(hit, "head", 2.0) for hit in items]
    return [_draft(reading, kind, parts, quantities) for kind, parts in found.items() if parts]


def _told(reading: Reading) -> dict[Kind, list[tuple[Hit, str, float]]]:
    """The cues that are limits by themselves."""
    found: dict[Kind, list[tuple[Hit, str, float]]] = {}
    for category, kind in _KINDS.items():
        for hit in reading.of(category):
            undone = reading.is_negated(hit) and category != "disc_outcome" and not is_denial(reading, hit)
            if undone or _is_denied(reading, hit):
                continue
            if hit.entry.concept in ("not_cure", "no_response") and _is_rival(reading, hit):
                continue
            found.setdefault(kind, []).append((hit, hit.entry.concept or "other", hit.entry.level or 2.0))
    return found


def _draft(reading: Reading, kind: Kind, parts: list[tuple[Hit, str, float]], quantities: list[Quantity]) -> Draft:
    hits = [hit for hit, _, _ in parts]
    clauses = frozenset(reading.clauses[i] for hit in hits for i in (hit.first, hit.last))
    scales = measure(reading, clauses, quantities)
    degree = max(scales.degree, 0.0) if kind is Kind.STATUS else scales.degree  # "limited" is what is said of proof
    concepts = {"head" if concept == "cause" else concept for _, concept, _ in parts}
    terms = {f"{kind}:{concept}" for concept in concepts}
    if kind is Kind.RISK:
        terms |= set(terms_of(reading, "risk_item"))
    terms |= set(terms_of(reading, "body"))
    values: list[tuple[str, float]] = []
    if scales.share is not None:
        values.append(("share", scales.share))
    return Draft(
        kind=kind,
        rule=f"{kind}.{parts[0][1]}",
        strength=round(max(level for _, _, level in parts) + degree + min(scales.time, 0.0), 2),
        negated=any(reading.is_negated(hit) for hit in hits),
        subgroup=concepts == {"subgroup"},
        values=tuple(values),
        terms=tuple(sorted(terms)),
        cues=reading.cues(hits),
        clauses=clauses,
    )


def _is_about_disease(reading: Reading) -> bool:
    """ "There is no cure for MS" says something about MS, not about what is sold."""
    if not reading.has("disease_fact"):
        return False
    return not reading.has("treatment_word", "disc_status") or reading.of("disease_fact")[0].entry.concept == "no_cure"


def _is_rival(reading: Reading, hit: Hit) -> bool:
    """Is the negated claim one about other treatments? ("conventional methods do not cure")"""
    clause = reading.clause(hit)
    return any(reading.clause(r) == clause and r.first < hit.first for r in reading.of("rival"))


def is_denial(reading: Reading, hit: Hit) -> bool:
    """Does the cue hold the second word of a French or Spanish negation ("n'a pas d'autorisation")?"""
    return any(reading.tokens[at].fold in _SECOND_HALVES for at in hit.at)


def _is_denied(reading: Reading, hit: Hit) -> bool:
    """Is the risk named only to be denied? "no risk of complications", "the risk of infection is low"."""
    if hit.category not in ("disc_risk", "risk_item"):
        return False
    return any(
        safe.first <= hit.first <= safe.last + _DENIED_WITHIN and reading.clause(safe) == reading.clause(hit)
        for safe in reading.of("safety")
        if not reading.is_negated(safe)
    )


def _is_risk(reading: Reading, setting: Setting, parts: list[tuple[Hit, str, float]]) -> bool:
    """A lone word ("complications") under a heading about the disease is its symptom, not a risk of the treatment."""
    if reading.has("treatment_word", "aftermath") or setting.risks:
        return True
    causes = all(concept == "cause" for _, concept, _ in parts)  # "lupus can cause fatigue"
    first = parts[0][0].first
    caused = causes and any(hit.first < first for hit in reading.of("condition"))
    return not setting.disease and not caused


def _named_risks(reading: Reading, setting: Setting) -> list[Hit]:
    """The risks that are told of, whatever they are called: "infections have been reported", "you may bruise"."""
    items = [h for h in reading.of("risk_item") if not reading.is_negated(h) and not _is_denied(reading, h)]
    later = reading.has("aftermath")
    if items or later:
        items += [
            hit
            for hit in reading.of("effect")
            if hit.entry.concept in _UNWANTED and not reading.is_negated(hit) and not _is_denied(reading, hit)
        ]
    if setting.risks:
        return items
    if reading.has("efficacy", "disease_fact") or setting.disease or not items:
        return []
    occurs = [hit for hit in reading.of("occurrence") if not reading.is_negated(hit)]
    if (later or reading.has("treatment_word")) and (occurs or (later and reading.has("hedge", "time", "unit"))):
        return items
    if reading.has("condition"):
        return []
    several = len({hit.entry.concept for hit in items}) >= _RISKS_ALONE
    told = reading.has("hedge", "disc_risk") or setting.status or bool(occurs)
    return items if told or (several and reading.has("treatment_word")) else []


def _wanting(reading: Reading) -> list[Hit]:
    """Studies or proof that are said to be missing, few or still to come: "large trials are still awaited"."""
    lacks = [hit for hit in reading.of("lack") if not reading.is_negated(hit)]
    return [hit for hit in reading.of("evidence") if any(stand_beside(reading, hit, lack) for lack in lacks)]


def stand_beside(reading: Reading, one: Hit, other: Hit) -> bool:
    """Do two cues stand in one clause, with no more than a few words between them?"""
    gap = max(one.first, other.first) - min(one.last, other.last) - 1
    return gap <= _BESIDE and reading.clause(one) == reading.clause(other)


def _unforeseen(reading: Reading) -> list[Hit]:
    """What cannot be told beforehand: "whether it will help you is impossible to predict"."""
    if not reading.has("open") or not reading.has("foresee"):
        return []
    if reading.has("price_head", "noise"):
        return []
    hard = any(hit.entry.concept == "hard" for hit in reading.of("open"))
    return [hit for hit in reading.of("foresee") if hard or reading.is_negated(hit)]
