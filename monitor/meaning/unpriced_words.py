"""The vocabulary of prices without an amount: free, covered, on request, and percentages off."""

from __future__ import annotations

from functools import cache

from monitor.meaning.currencies import words_of
from monitor.meaning.price_tokens import PhraseTable
from monitor.meaning.price_words import merged

_FREE: dict[str, str] = {
    "free": (
        "free of charge|at no charge|no charge|at no cost|without charge|no cost|for free|complimentary|at no "
        "extra cost|"
        "free of cost|cost-free|no-cost|"
        "gratis|kosteloos|kosteloze|zonder kosten|gratis en vrijblijvend|geheel vrijblijvend en gratis|"
        "uden beregning|vederlagsfri|vederlagsfrit|omkostningsfri|omkostningsfrit|gratis og uforpligtende|"
        "gratuito|gratuita|gratuitos|gratuitas|gratuitamente|sin coste|sin costo|sin cargo|sin costes|sin costo "
        "alguno|"
        "kostenlos|kostenlose|kostenloses|kostenlosen|kostenloser|kostenlosem|kostenfrei|kostenfreie|kostenfreies|"
        "kostenfreien|kostenfreier|unentgeltlich|unentgeltliche|unentgeltliches|ohne kosten|gebührenfrei|"
        "gratuit|gratuite|gratuits|gratuites|gratuitement|sans frais|à titre gracieux|gracieusement|bezpłatna|"
        "zdarma|ücretsiz"
    ),
    "maybe": "free",
}
_FREE_OWN: dict[str, dict[str, str]] = {
    "fr": {"free": "offert|offerte|offerts|offertes"},
    "nl": {"free": "vrij van kosten"},
}

FREE_SERVICES = words_of(
    "consultation consultations consult assessment assessments evaluation evaluations screening screenings "
    "appraisal "
    "review reviews opinion appointment appointments examination exam checkup check session sessions treatment "
    "treatments "
    "therapy follow injection mri scan visit analysis discovery call eligibility prp test testing advice aftercare "
    "intake diagnosis x xray ultrasound meeting"
)
"""What makes English "free" a price when it follows: a service of the clinic."""

GIVEAWAYS = words_of(
    "brochure brochures newsletter newsletters parking guide guides ebook book books wifi wi download downloads "
    "webinar "
    "webinars pack kit shipping delivery coffee shuttle pickup transfer transfers app quote quotes estimate "
    "report reports "
    "seminar seminars video videos information info line hotline number magazine checklist pdf account membership "
    "parkeren parkeerplaats parkeergelegenheid parkeerplaatsen brochure nieuwsbrief folder gids informatiepakket "
    "informatieavond telefoonnummer nummer offerte verzending bezorging koffie boek "
    "parkering parkeringspladser brochurer nyhedsbrev bog guide levering fragt kaffe foredrag informationsmøde "
    "aparcamiento estacionamiento folleto boletín guía libro llamada teléfono línea número envío revista charla "
    "wifi "
    "parkplatz parkplätze parken broschüre infobroschüre ratgeber hotline versand kaffee infomaterial infoabend "
    "buch "
    "park parkere aparcar estacionar parken garer stationner "
    "stationnement parking brochure guide livret numéro appel livraison lettre infolettre newsletter ligne"
)
"""What is given away without being a treatment's price."""

FREE_BREAKERS = words_of("from of radical radicals to fatty living standing nerve flap time testosterone range")
"""After English "free" these say: not a price ("free from pain", "free radicals"); "free of charge" is matched "
"before."""

_ON_REQUEST = {
    "on_request": (
        "price on application|price on request|prices on request|pricing on request|poa|price upon request|"
        "prices upon request|pricing upon request|contact us for pricing|contact us for price|contact us for "
        "prices|"
        "contact us for a price|call for price|call for prices|call for pricing|contact for price|contact for "
        "pricing|"
        "contact us for a quote|ask for a quote|price by quotation|price to be determined|price on enquiry|price "
        "on inquiry|"
        "inquire for pricing|enquire for price|contact us for costs|cost on request|costs on request|price "
        "available on request|"
        "prijs op aanvraag|prijzen op aanvraag|op aanvraag|prijs in overleg|in overleg te bepalen|tarief op "
        "aanvraag|"
        "kosten op aanvraag|neem contact op voor de prijs|neem contact op voor prijzen|vraag naar de prijs|"
        "offerte op maat|"
        "bel voor de prijs|tarieven op aanvraag|prijs in overleg met de arts|"
        "pris efter aftale|pris på forespørgsel|pris på anmodning|priser på forespørgsel|priser efter aftale|"
        "indhent tilbud|"
        "kontakt os for pris|kontakt os for priser|ring for pris|efter aftale|efter tilbud|spørg om pris|pris "
        "oplyses|"
        "precio a consultar|consultar precio|consulte precio|consulte el precio|consultar precios|precio bajo "
        "consulta|"
        "precio bajo petición|precio según|a consultar|solicite presupuesto|pedir presupuesto|precio a convenir|"
        "consúltenos el precio|presupuesto sin compromiso|precio previa consulta|precio bajo solicitud|pida "
        "presupuesto|"
        "preis auf anfrage|preise auf anfrage|auf anfrage|preis nach vereinbarung|nach vereinbarung|preis nach "
        "absprache|"
        "kosten auf anfrage|preis nach aufwand|preis individuell|"
        "prix sur demande|tarif sur demande|tarifs sur demande|sur devis|nous consulter|prix sur devis|sur demande|"
        "prix nous consulter|tarif à la demande|coût sur devis|cena na zapytanie|cena na vyžádání"
    )
}
ON_REQUEST_WITH_PRICE_ONLY = frozenset(
    {"op aanvraag", "efter aftale", "a consultar", "auf anfrage", "nach vereinbarung", "sur demande", "nous consulter",
     "efter tilbud"}
)  # fmt: skip
"""These need a price word beside them, or nothing else around: reports and visiting hours are "on request" too."""

_COVERED = {
    "covered": (
        "covered by|is covered|are covered|be covered|fully covered|covered in full|reimbursed by|is reimbursed|"
        "vergoed door|wordt vergoed|worden vergoed|volledig vergoed|vergoeding door|vergoed vanuit|vergoed uit|"
        "dækkes af|dækket af|er dækket|dækkes fuldt|betales af|fuldt dækket|"
        "cubierto por|cubierta por|cubre|cubierto al|cubierta al|cubiertos por|cubierto íntegramente|financiado "
        "por|"
        "übernommen von|erstattet von|übernimmt die|wird übernommen|werden übernommen|wird erstattet|übernehmen "
        "die|"
        "von der krankenkasse|"
        "remboursé par|pris en charge|remboursée par|prise en charge|est remboursé|remboursés par|est remboursée"
    )
}
PAYERS = words_of(
    "insurance insurances insurer insurers medicare medicaid hmo ppo nhs plan plans verzekeraar verzekeraars "
    "zorgverzekeraar "
    "zorgverzekeraars zorgverzekering basisverzekering verzekering basispakket forsikring forsikringen "
    "sundhedsforsikring "
    "sygesikring sygesikringen offentlige regionen danmark forsikringsselskab seguro seguros aseguradora "
    "aseguradoras "
    "seguridad mutua mutuas sanidad obra prepaga krankenkasse krankenkassen kasse kassen krankenversicherung "
    "privatversicherung versicherung versicherungen assurance maladie mutuelle mutuelles sécurité cpam health "
    "tricare"
)
FULLY = words_of(
    "fully full entirely completely 100 volledig geheel fuldt totalmente íntegramente completamente vollständig "
    "komplett "
    "voll intégralement totalement entièrement cost"
)
NEGATIONS = words_of(
    "not no never neither nor without cannot isn doesn aren niet geen nooit zonder ikke ingen intet aldrig uden "
    "sin "
    "tampoco nunca nicht kein keine keinen keiner nie ne pas aucun aucune jamais ni"
)


SALE_WORDS = words_of(
    "sale offer promo promotion special friday discount deal korting actie aanbieding rabat tilbud kampagne "
    "udsalg oferta "
    "promoción descuento rebajas aktion rabatt angebot soldes remise offre"
)


PERCENT_PHRASES = frozenset({("per", "cent"), ("por", "ciento"), ("pour", "cent")})
PERCENT_WORDS = frozenset({"%", "percent", "procent", "prozent", "pct", "％"})
DISCOUNT_ENDINGS = ("korting", "rabat", "rabatt", "rabatten", "nachlass", "discount", "descuento", "remise")
CHEAPER = frozenset({"billigere", "goedkoper", "günstiger", "cheaper", "menos", "less"})
THAN = frozenset({"than", "end", "dan", "als", "que", "of", "van", "af", "der"})
FREE_ADJECTIVES_BEFORE = words_of(
    "feel pain symptom symptoms drug gluten duty steroid disease xeno cancer seizure toll hands sugar stress "
    "risk surgery "
    "medication tax cruelty set break breaks breaking remain relapse serum virus endotoxin animal"
)
"""Before "free" these say: without it, not without charge ("pain free", "feel free")."""


@cache
def free_table(language: str) -> PhraseTable:
    return merged(_FREE, _FREE_OWN.get(language, {}), {})


@cache
def on_request_table() -> PhraseTable:
    return PhraseTable(_ON_REQUEST)


@cache
def covered_table() -> PhraseTable:
    return PhraseTable(_COVERED)
