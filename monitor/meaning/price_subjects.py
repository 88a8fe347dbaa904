"""Sums of money that are no price of a treatment: hotels, parking, wages, fines, grants (docs/taxonomy.md)."""

from __future__ import annotations

import re

from monitor.meaning.currencies import words_of

_ELSEWHERE = re.compile(
    r"\b(?:hotels?|hotelkamers?|hoteles|hôtels?|hotelværelse\w*|hotelzimmer|lodging|guest ?houses?|airbnb|unterkunft|"
    r"overnachting(?:en)?|overnatning(?:er)?|übernachtung(?:en)?|alojamiento|hébergement|nuitée|"
    r"parking|car park|parkeren|parkeer\w*|parkering\w*|parkplatz|parkplätze|parkgebühr\w*|parken|aparcamiento|"
    r"estacionamiento|stationnement|"
    r"flights?|vlucht(?:en)?|flybillet\w*|flüge?|flug|vuelos?|vols? (?:depuis|de|vers)|taxis?|transfers?|shuttle|"
    r"traslado|navette|train tickets?|treinkaartje\w*|togbillet\w*|"
    r"salar(?:y|ies)|wages?|earns?|salaris\w*|loon|løn|månedsløn|verdient|gehalt|salario|sueldo|gana|salaires?|gagne|"
    r"fined|fines?|penalt(?:y|ies)|boetes?|bøder?|bußgeld\w*|geldstrafe|multas?|amendes?|"
    r"grants?|funding|subsidies?|subsidie|tilskud fra|fördermittel|subvención|subvention|raised|turnover|revenue|"
    r"omzet|omsætning|umsatz|facturación|chiffre d'affaires|donat\w+|sponsor\w*|crowdfunding goal)\b",
    re.IGNORECASE,
)
_SOLD = re.compile(
    r"treat|therap|behand|terap|tratamient|trait|thérap|injec|inje[kc]|infus|package|pakket|pakke|paquete|forfait|paket|"
    r"consult|prp|stem|stam|exosom|cel|zell|session|sessi|procedure|incl|inkl|program|price of|knee|joint",
    re.IGNORECASE,
)


def is_elsewhere(subject: str, before: str) -> bool:
    """Is what the sum is said of nothing that a clinic treats with?

    `subject` are the words beside the amount that name it, `before` all words since the price before.
    """
    return _ELSEWHERE.search(subject) is not None and _SOLD.search(f"{before} {subject}") is None


CONTACT_WORDS = words_of(
    "contact call ask email enquire inquire contacteer bel mail vraag kontakt kontakte ring skriv spørg contacte "
    "contáctenos contacta contactar consulte consúltenos llame llámenos pregunte solicite pida kontaktieren fragen "
    "rufen contactez appelez demandez écrivez"
)
"""A text with one of them may tell where to ask for a price."""

_ASK = re.compile(
    r"\b(?:(?:contact|call|ask|e-?mail|enquire|inquire|get in touch)\b[^.;|!?\n]{0,25}\b(?:for|about|regarding)\b"
    r"[^.;|!?\n]{0,15}\b(?:pric(?:e|es|ing)|costs?|quotes?|fees?|rates?)|"
    r"(?:contact|contacteer|bel|mail|vraag)\b[^.;|!?\n]{0,25}\b(?:voor|naar|over)\b[^.;|!?\n]{0,15}"
    r"\b(?:prijs|prijzen|tarief|tarieven|offerte|kosten)|"
    r"(?:kontakt|kontakte|ring|skriv|spørg)\b[^.;|!?\n]{0,25}\b(?:for|om|vedrørende)\b[^.;|!?\n]{0,15}"
    r"\b(?:pris|priser|priserne|tilbud)|"
    r"(?:contacte|contáctenos|contacta|contactar|consulte|consúltenos|llame|llámenos|pregunte|solicite|pida)\b"
    r"[^.;|!?\n]{0,20}\b(?:para|por|sobre|el|los|las|un|nuestros)\b[^.;|!?\n]{0,15}"
    r"\b(?:precios?|tarifas?|presupuesto|costes?)|"
    r"(?:kontaktieren|fragen|rufen)\b[^.;|!?\n]{0,25}\b(?:für|wegen|nach|zu|zum|zur)\b[^.;|!?\n]{0,15}"
    r"\b(?:preis\w*|angebot|kosten)|"
    r"(?:contactez|appelez|demandez|écrivez)\b[^.;|!?\n]{0,25}\b(?:pour|un|le|les|nos)\b[^.;|!?\n]{0,15}"
    r"\b(?:prix|tarifs?|devis))\b",
    re.IGNORECASE,
)


def find_asking(text: str) -> tuple[int, int] | None:
    """Where the text tells to ask for the price ("contact us for a price"), as a slice of it."""
    found = _ASK.search(text)
    return found.span() if found else None
