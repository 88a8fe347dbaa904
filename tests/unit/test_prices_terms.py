"""Price terms: what a sale is bound to, said or denied, in six languages; and what only looks like it."""

from __future__ import annotations

import pytest

from monitor.meaning.terms import find_terms


def categories(text: str, language: str) -> set[str]:
    return {cue.category.removeprefix("terms_") for cue in find_terms(text, language)}


TERMS = [
    ("en", "Save 20% when you book both knees before the end of May.", {"discount"}),
    ("en", "Ask about our special offers.", {"discount"}),
    ("en", "Black Friday: all packages reduced", {"discount"}),
    ("en", "Interest-free finance over 10 months is available, subject to status.", {"finance", "instalment"}),
    ("en", "Financing is available through CareCredit.", {"finance"}),
    ("en", "Pay in three instalments.", {"instalment"}),
    ("en", "We offer payment plans.", {"finance"}),
    ("en", "A deposit is required to secure your booking.", {"deposit"}),
    ("en", "The deposit is non-refundable.", {"deposit", "refund_not"}),
    ("en", "No deposit is required.", {"deposit_not"}),
    ("en", "Full refund if you cancel within 14 days.", {"refund"}),
    ("en", "There are no refunds.", {"refund_not"}),
    ("en", "Most insurers do not cover stem cell therapy.", {"coverage_not"}),
    ("en", "The treatment is not covered by insurance.", {"coverage_not"}),
    ("en", "Stem cell therapy isn't covered by Medicare.", {"coverage_not"}),
    ("en", "The treatment is covered by most insurance plans.", {"coverage_partly"}),
    ("en", "Your treatment is fully covered by your health insurance.", {"coverage_fully"}),
    ("en", "We accept all major insurance.", {"coverage"}),
    ("en", "Patients pay out of pocket.", {"coverage_not"}),
    ("en", "Free initial consultation", {"free"}),
    ("en", "Not only is it covered by Medicare, it is fast.", {"coverage"}),
    ("nl", "De behandeling wordt niet vergoed door de zorgverzekeraar.", {"coverage_not"}),
    ("nl", "De behandeling wordt in veel gevallen vergoed door de zorgverzekeraar.", {"coverage_partly"}),
    ("nl", "De behandeling wordt volledig vergoed vanuit de basisverzekering.", {"coverage_fully"}),
    ("nl", "10% vroegboekkorting", {"discount"}),
    ("nl", "Tijdelijke aanbieding", {"discount"}),
    ("nl", "Betaling in drie termijnen is mogelijk.", {"instalment"}),
    ("nl", "Gespreid betalen zonder rente", {"finance"}),
    ("nl", "Bij boeking vragen wij een aanbetaling.", {"deposit"}),
    ("nl", "De aanbetaling wordt niet gerestitueerd; niet-restitueerbaar.", {"deposit", "refund_not"}),
    ("nl", "U betaalt de behandeling zelf: op eigen kosten.", {"coverage_not"}),
    ("da", "Behandlingen er ikke dækket af det offentlige.", {"coverage_not"}),
    ("da", "Behandlingen er dækket af det offentlige i særlige tilfælde.", {"coverage_partly"}),
    ("da", "Der ydes tilskud fra sygesikringen.", {"coverage"}),
    ("da", "Vi tilbyder rentefri delbetaling.", {"finance"}),
    ("da", "Få 15 % sommerrabat i juli.", {"discount"}),
    ("da", "Depositum refunderes ikke.", {"deposit", "refund_not"}),
    ("da", "Der er fuld egenbetaling.", {"coverage_not"}),
    ("es", "Aceptamos meses sin intereses.", {"finance"}),
    ("es", "¡30 % de descuento hasta el domingo!", {"discount"}),
    ("es", "Posibilidad de financiación en 12 meses.", {"finance", "instalment"}),
    ("es", "El seguro médico no cubre este tratamiento.", {"coverage_not"}),
    ("es", "El tratamiento está cubierto por la seguridad social.", {"coverage"}),
    ("es", "Se requiere un anticipo.", {"deposit"}),
    ("es", "El anticipo no es reembolsable.", {"deposit", "refund_not"}),
    ("de", "Die gesetzlichen Krankenkassen übernehmen die Kosten nicht.", {"coverage_not"}),
    ("de", "Die Krankenkasse übernimmt die Kosten teilweise.", {"coverage_partly"}),
    ("de", "Die Kosten werden vollständig von der Krankenkasse übernommen.", {"coverage_fully"}),
    ("de", "Ratenzahlung ist möglich.", {"instalment"}),
    ("de", "20 % Frühbucherrabatt", {"discount"}),
    ("de", "Eine Anzahlung ist erforderlich.", {"deposit"}),
    ("de", "Das Erstgespräch ist kostenlos.", {"free"}),
    ("fr", "Le traitement n'est pas remboursé par la Sécurité sociale.", {"coverage_not"}),
    ("fr", "Le traitement est pris en charge à 100 % par votre mutuelle.", {"coverage_fully"}),
    ("fr", "Facilités de paiement", {"finance"}),
    ("fr", "Un acompte est demandé.", {"deposit"}),
    ("fr", "Offre spéciale jusqu'au 31 mai", {"discount"}),
]

NO_TERMS = [
    ("en", "Free parking at the clinic."),
    ("en", "Request your free brochure."),
    ("en", "Calcium deposits in the tendon dissolve."),
    ("en", "Fat deposits are removed by liposuction."),
    ("en", "These cells cover the joint surface."),
    ("en", "Pain-free over 12 months"),
    ("en", "The promotion of healing by growth factors"),
    ("en", "Our surgeons have liability insurance."),
    ("nl", "Resultaten op lange termijn zijn onbekend."),
    ("nl", "Wij bieden de behandeling aan."),
    ("da", "Få et uforpligtende tilbud om samtale."),
    ("da", "forbedring i 12 måneder"),
    ("es", "La promoción de la salud"),
    ("es", "El tratamiento es seguro y está incluido en un protocolo."),
    ("es", "la señal del nervio"),
    ("de", "hohe Erfolgsraten"),
    ("de", "Wir raten Ihnen zu einer Untersuchung."),
    ("fr", "La remise en forme après la chirurgie"),
    ("", ""),
]


@pytest.mark.parametrize(("language", "text", "expected"), TERMS)
def test_terms(language: str, text: str, expected: set[str]) -> None:
    assert categories(text, language) == expected


@pytest.mark.parametrize(("language", "text"), NO_TERMS)
def test_what_are_no_terms(language: str, text: str) -> None:
    assert categories(text, language) == set()


def test_spans_hold_where_lower_case_is_longer() -> None:
    text = "İİİ Financing is available"
    (cue,) = find_terms(text, "en")
    assert text[cue.start : cue.end] == cue.text == "Financing"
