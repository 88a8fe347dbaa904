"""The vocabulary around an amount in six languages: qualifiers, units, and what joins a range.

Phrases are data, joined by "|". A table holds the phrases of every language, since clinics mix them ("from 5.000 €"
on a Spanish page); what would be misread in another language stands in `_OWN` and counts only in its own.
"""

from __future__ import annotations

from functools import cache

from monitor.meaning.currencies import words_of
from monitor.meaning.price_tokens import PhraseTable

LANGUAGES = ("en", "nl", "da", "es", "de", "fr")

# --- what stands before (or after) an amount and qualifies it --------------------------------------------------------

_BEFORE: dict[str, str] = {
    "from": (
        "from|niet minder dan|ikke mindre end|nicht weniger als|no menos de|pas moins de|starting at|starting "
        "from|starts at|starts from|start at|start from|starting price|as low as|"
        "beginning at|"
        "at least|minimum|min|a minimum of|minimum of|over|more than|above|upwards of|not less than|no less than|"
        "in excess of|exceed|exceeds|exceeding|fr only|prices from|"
        "vanaf|v.a.|minimaal|minstens|ten minste|tenminste|meer dan|boven de|boven|"
        "fra|mindst|mere end|fra kun|startende fra|starter ved|starter fra|begynder ved|"
        "desde|a partir de|al menos|como mínimo|mínimo|más de|superior a|por encima de|desde solo|a partir de los|"
        "ab|ab nur|mindestens|mehr als|beginnend bei|beginnt bei|beginnen bei|startet bei|ab ca|über|"
        "à partir de|à compter de|au moins|au minimum|plus de|dès|à partir d'|supérieur à|≥|>|от|od|minimal"
    ),
    "upto": (
        "up to|upto|niet meer dan|ikke mere end|ikke over|nicht mehr als|nicht über|no más de|pas plus de|"
        "maximum|max|a maximum of|maximum of|at most|no more than|not more than|under|less than|below|"
        "capped at|as much as|as high as|not exceeding|not exceed|"
        "maximaal|hoogstens|ten hoogste|minder dan|tot maximaal|tot wel|tot en met|tot aan|"
        "op til|maks|maksimalt|højst|højest|mindre end|op imod|"
        "hasta|como máximo|máximo|un máximo de|menos de|no más de|inferior a|"
        "bis zu|bis maximal|maximal|höchstens|weniger als|unter|"
        "jusqu'à|au maximum|maximum de|au plus|moins de|pas plus de|inférieur à|≤|<|до|do"
    ),
    "approx": (
        "about|estimeret|geschätzt|geschat|estimado|estimada|estimé|around|approximately|approx|roughly|circa|ca|"
        "c|~|±|≈|nearly|almost|close to|an estimated|estimated|"
        "on average|average|average of|averages|averaging|in the region of|in the neighborhood of|somewhere around|"
        "typically|just over|just under|an average of|"
        "ongeveer|zo'n|rond de|rond|omstreeks|bijna|gemiddeld|ruim|om en nabij|in de orde van|rond € |naar "
        "schatting|plusminus|"
        "cirka|omkring|omtrent|knap|næsten|godt|i omegnen af|gennemsnitligt|i gennemsnit|typisk|rundt regnet|"
        "unos|unas|alrededor de|alrededor de los|aproximadamente|aprox|aproximados|cerca de|casi|en torno a|"
        "en torno a los|sobre los|una media de|un promedio de|de media|"
        "etwa|ungefähr|rund|zirka|knapp|gegen|um die|um|in etwa|durchschnittlich|im schnitt|schätzungsweise|"
        "environ|autour de|près de|à peu près|quelque|env|aux alentours de|presque|en moyenne|de l'ordre de"
    ),
    "was": (
        "was|were|normally|usually|regularly|originally|formerly|previously|regular price|normal price|"
        "original price|usual price|old price|list price|full price|standard price|rrp|retail price|instead of|"
        "rather than|down from|reduced from|before|regular|reg|usual|normal|retail|i.p.v.|in plaats van|normaal|"
        "normaliter|voorheen|was eerst|eerst|normale prijs|adviesprijs|oude prijs|van oorspronkelijk|"
        "oorspronkelijk|gewoonlijk|før|førpris|normalpris|normalt|i stedet for|frem for|tidligere|vejl pris|"
        "vejledende pris|oprindeligt|ned fra|sædvanligvis|plejer at koste|gammel pris|før kun|i st f|antes|"
        "en lugar de|en vez de|antes de|precio anterior|precio normal|precio habitual|normalmente|precio regular|"
        "habitualmente|antes a|antes por|statt|anstatt|anstelle von|vorher|früher|bisher|normalerweise|regulär|"
        "sonst|uvp|normalpreis|ursprünglich|zuvor|üblicherweise|alter preis|regulärer preis|au lieu de|avant|"
        "auparavant|prix normal|prix habituel|normalement|habituellement|ancien prix|initialement|précédemment|"
        "contre"
    ),
    "worth": (
        "worth|valued at|value of|value|worth of|a value of|retail value|t.w.v.|ter waarde van|waarde|"
        "til en værdi af|værdi|værdi af|valorado en|valorada en|con un valor de|valor de|im wert von|"
        "d'une valeur de|valeur|twv|met een waarde van|til værdi af|con valor de|valor|wert|with a value of"
    ),
    "now": (
        "now|now only|today|today only|sale price|special price|offer price|now just|reduced to|our price|new "
        "price|"
        "discounted to|only now|now at|special offer price|promotional price|promo price|promo|introductory price|"
        "sale|special|discounted price|"
        "nu|nu voor|nu slechts|actieprijs|nu maar|aanbiedingsprijs|kortingsprijs|nieuwe prijs|nu nog|"
        "nu kun|tilbudspris|kampagnepris|nypris|ny pris|lige nu|særpris|introduktionspris|nedsat til|nu fra kun|"
        "ahora|ahora solo|ahora sólo|precio oferta|precio especial|precio promocional|oferta|hoy|precio de "
        "oferta|ahora a|"
        "ahora por|ahora por solo|"
        "jetzt|jetzt nur|aktionspreis|angebotspreis|sonderpreis|heute|neuer preis|nunmehr|jetzt für|aktuell nur|"
        "maintenant|désormais|aujourd'hui|prix promo|prix promotionnel|prix spécial|nouveau prix|actuellement"
    ),
    "deposit": (
        "deposit|deposit of|down payment|downpayment|down payment of|prepayment|reservation fee|booking fee|"
        "retainer|"
        "upfront payment|holding fee|advance payment|initial payment|prepay|"
        "aanbetaling|vooruitbetaling|voorschot|waarborgsom|reserveringskosten|waarborg|aan te betalen|"
        "depositum|forudbetaling|reservationsgebyr|bookinggebyr|acontobeløb|a conto|forskud|"
        "depósito|deposito|anticipo|señal|reserva|adelanto|enganche|seña|apartado|pago inicial|fianza|pago a "
        "cuenta|"
        "anzahlung|kaution|vorauszahlung|reservierungsgebühr|"
        "acompte|arrhes|dépôt|dépôt de garantie|caution|versement initial|avance"
    ),
    "instalment": (
        "instalments of|installments of|instalment of|installment of|payments of|monthly payments of|monthly "
        "payment of|"
        "monthly|instalments from|monthly from|instalments|installments|monthly instalments of|monthly "
        "installments of|"
        "termijnen van|maandelijks|maandbedrag|maandelijkse termijnen van|in termijnen van|per maand|"
        "rater à|rater á|rater af|rater på|mdr á|mdr à|måneder á|måneder à|månedlig ydelse|månedligt|rater a|"
        "ydelse|afdrag på|månedlige rater à|"
        "cuotas de|plazos de|pagos de|mensualidades de|cuotas mensuales de|pagos mensuales de|cuota de|cuota "
        "mensual de|"
        "cuotas desde|pago mensual de|meses sin intereses de|abonos de|"
        "raten zu|raten à|raten von|monatsraten von|monatsraten zu|monatlich|monatsrate|raten je|monatsraten à|"
        "rate von|"
        "mensualités de|mensuellement|échéances de|versements de|paiements de|mensualité de"
    ),
    "discount": (
        "save|save up to|save an extra|discounted by|price reduced by|prices reduced by|discount of|a discount "
        "of|discount|saving of|savings of|saving|you save|"
        "reduction of|rebate of|rebate|cashback of|"
        "bespaar|korting van|korting|bespaart|u bespaart|je bespaart|korting tot|"
        "spar|rabat på|rabat|rabat af|du sparer|besparelse på|spar op til|sparer|"
        "ahorra|ahorre|descuento de|descuento|un descuento de|ahorro de|ahorras|dto|descuento del|ahorrar|rebaja "
        "de|"
        "spare|sparen sie|sparen|rabatt von|rabatt|nachlass von|preisnachlass von|ersparnis von|ermäßigung von|"
        "sie sparen|"
        "économisez|remise de|remise|réduction de prix de|rabais de|rabais|économie de|promotion de|ristourne de"
    ),
    "on_top": "plus|additional|extra|surcharge|tillæg|toeslag|suplemento|zuschlag|supplément|zzgl",
}

_BEFORE_OWN: dict[str, dict[str, str]] = {
    "nl": {"upto": "tot|tot de|onder de", "approx": "om de|rond|plm|± ", "from": "va|van af"},
    "de": {"upto": "bis", "approx": "so um die", "from": "von"},
    "da": {"approx": "cirka kr", "upto": "til"},
    "es": {"approx": "sobre|como unos", "upto": "a"},
    "fr": {"approx": "dans les|vers", "from": "à partir", "discount": "réduction de"},
    "en": {"approx": "some|say"},
}
"""What counts only in its own language; Dutch "van € 9.000 voor € 7.500" is settled where ranges are."""

_NOT_IN: dict[str, dict[str, str]] = {
    "en": {"approx": "c|um|rund|rond|quelque|gegen", "from": "ab|od|fra", "upto": "do|unter", "was": "contre|reg"},
    "nl": {"approx": "um|c", "from": "over|od|ab", "upto": "under|do", "was": "before"},
    "da": {"approx": "um|c", "upto": "do", "from": "ab|od"},
    "es": {"approx": "c|um", "upto": "do", "from": "over|od|ab", "was": "was|were"},
    "de": {"approx": "c", "from": "over|od", "upto": "do|under", "was": "was|were", "discount": "spar"},
    "fr": {"approx": "um", "upto": "do", "from": "over|od|ab", "was": "was|were"},
}
"""Phrases of other languages that mean something else in this one: left out there."""

_AFTER: dict[str, str] = {
    "from": (
        "and up|and above|or more|and upwards|upwards|minimum|and over|plus per|and more|"
        "en hoger|of meer|en meer|en omhoog|og opefter|og op|eller mere|og derover|opefter|"
        "o más|en adelante|y más|como mínimo|mínimo|und mehr|aufwärts|oder mehr|et plus|ou plus|minimum|au "
        "minimum|od"
    ),
    "upto": "or less|maximum|max|at most|or under|of minder|maximaal|eller mindre|maks|como máximo|máximo|o menos|"
    "maximal|höchstens|oder weniger|maximum|au maximum|ou moins",
    "approx": "approx|approximately|or so|circa|ca|ongeveer|aproximadamente|aprox|environ|cirka|ungefähr|"
    "on average|average|gemiddeld|i gennemsnit|de media|im durchschnitt|en moyenne|aproximados|or thereabouts",
    "was": "normally|before|regular price|originally|normalpris|før|normaal|antes|vorher|avant|regularly",
    "deposit": (
        "deposit|down payment|downpayment|refundable deposit|reservation fee|booking fee|retainer|upfront|"
        "prepayment|"
        "down|holding fee|in advance|"
        "aanbetaling|vooruitbetaling|vooraf|waarborg|aanbetalen|"
        "depositum|i depositum|forudbetaling|i forudbetaling|som depositum|reservationsgebyr|ved booking|"
        "de depósito|de anticipo|de señal|de reserva|depósito|anticipo|de enganche|por adelantado|de adelanto|"
        "anzahlung|kaution|vorauszahlung|vorab|d'acompte|acompte|d'arrhes|de caution|à la réservation"
    ),
    "discount": (
        "off|discount|in savings|savings|less|rebate|cashback|cash back|saved|cheaper|"
        "korting|voordeel|goedkoper|"
        "rabat|billigere|i rabat|besparelse|"
        "de descuento|descuento|menos|de ahorro|dto|off en|de rebaja|de dto|"
        "rabatt|nachlass|preisnachlass|ermäßigung|ersparnis|günstiger|"
        "de remise|de réduction|de rabais|remise|d'économie|de ristourne|offerts"
    ),
}

# --- units -----------------------------------------------------------------------------------------------------------

_UNIT_WORDS: dict[str, str] = {
    "per_treatment": (
        "treatment|procedure|therapy|cycle|course|operation|behandeling|ingreep|kuur|behandling|indgreb|forløb|"
        "behandlingsforløb|tratamiento|procedimiento|terapia|ciclo|intervención|cirugía|behandlung|anwendung|"
        "eingriff|therapie|"
        "traitement|intervention|procédure|cure|stem cell treatment|opération|operatie|prp behandling|"
        "therapiezyklus"
    ),
    "per_session": (
        "session|visit|appointment|sitting|sessie|keer|bezoek|consult|gang|session|konsultation|besøg|sesión|"
        "sesion|visita|"
        "consulta|sitzung|termin|séance|seance|consultation|rendez-vous|afspraak|behandelingssessie"
    ),
    "per_joint": (
        "joint|knee|hip|shoulder|ankle|elbow|wrist|side|single joint|gewricht|knie|heup|schouder|enkel|elleboog|"
        "pols|"
        "led|knæ|hofte|skulder|albue|håndled|articulación|articulacion|rodilla|cadera|hombro|tobillo|codo|gelenk|"
        "hüfte|"
        "schulter|sprunggelenk|ellenbogen|articulation|genou|hanche|épaule|cheville|coude|kniegelenk|hüftgelenk"
    ),
    "per_injection": (
        "injection|shot|infusion|dose|vial|iv|infusie|injectie|dosis|prik|spuit|ampul|ampoule|injektion|infusion|"
        "indsprøjtning|"
        "inyección|inyeccion|infiltración|infiltracion|aplicación|aplicacion|infusión|dosis|vial|ampolla|"
        "spritze|ampulle|perfusion|infiltration|doses|flacon|iv infusion|stem cell injection"
    ),
    "per_month": "month|mth|mo|mnd|maand|måned|md|mdr|mes|monat|mois|mensualité",
    "per_package": (
        "package|pack|programme|program|bundle|pakket|arrangement|traject|programma|pakke|behandlingspakke|paquete|"
        "programa|bono|paket|programm|forfait|programme complet|behandelpakket"
    ),
    "per_person": (
        "person|patient|adult|guest|persoon|patiënt|person|patient|persona|paciente|adulto|patientin|personne|"
        "adulte|"
        "client|head|pers"
    ),
}

_PLAIN_HEADS = (
    "per",
    "pr",
    "pro",
    "je",
    "par",
    "por",
    "/",
    "each",
    "every",
    "cada",
    "por cada",
    "elke",
    "hver",
    "chaque",
)
_OWN_HEADS: dict[str, tuple[str, ...]] = {
    "en": ("a", "an", "for one", "for each", "for a", "one"),
    "nl": ("voor één", "voor een"),
    "da": ("for én", "om", "for et", "for en"),
    "es": ("al", "a la", "la", "el", "una", "por un", "por una"),
    "de": ("für ein", "für eine", "im", "die", "das"),
    "fr": ("la", "le", "l '", "pour une", "pour un"),
}
_ADVERBS: dict[str, str] = {
    "per_month": "monthly|p/m|pm|maandelijks|månedligt|mtl|monatlich|mensuales|mensual|al mes|mensuel|mensuels|"
    "mensuellement|"
    "pcm|p/mnd|om måneden|im monat|månedlig|mensualmente|/mo|per måned",
    "per_person": "pp|p/p|each person|pro kopf|per capita|a head",
    "per_package": "all-in package",
}

PRICE_WORDS = words_of(
    "price prices pricing cost costs fee fees rate rates charge charges pay paid priced tariff prijs prijzen "
    "kosten kost "
    "tarief tarieven bedrag pris priser prisen prisniveau koster takst honorar precio precios coste costo costes "
    "costos "
    "tarifa tarifas cuesta cuestan importe honorarios preis preise kosten kostet gebühr honorar prix tarif "
    "tarifs coût "
    "coûts coûte honoraires total totaal i alt totalpris gesamtpreis"
)

FILLERS = words_of(
    "a an the only just merely for at of is are be costs cost price prices priced pricing fee fees to you our "
    "its : ( = "
    "slechts maar de het een van voor kost kosten prijs bedraagt is zijn nog "
    "kun en et for på af til koster pris prisen er på "
    "solo sólo tan por de del el la los las un una precio cuesta es son "
    "nur der die das für von kostet preis einen eine ein "
    "seulement le la les un une prix coûte pour est à d l ' total payment about ; non refundable"
)
"""May stand between a qualifier and its amount."""

TO_WORDS: dict[str, str] = {
    "en": "to|all the way up to|all the way to|till|until|through|up to|and up to|down to",
    "nl": "tot|t/m|à|a|tot en met|tot wel|tot maximaal|naar|tot aan",
    "da": "til|og op til|op til|og helt op til|ned til",
    "es": "a|hasta|a los|y hasta|al",
    "de": "bis|bis zu|bis hin zu|auf",
    "fr": "à|a|jusqu'à|et jusqu'à",
}
AND_WORDS: dict[str, str] = {"en": "and", "nl": "en|en de", "da": "og", "es": "y|y los|e", "de": "und", "fr": "et"}
OR_WORDS = frozenset({"or", "of", "eller", "o", "oder", "ou", "/", "resp"})
BETWEEN = frozenset({"between", "tussen", "mellem", "entre", "zwischen", "imellem"})

TAX_WORDS = frozenset({"vat", "tax", "gst", "btw", "moms", "iva", "mwst", "tva", "ust", "hst", "taxes"})
UNIT_HEADS = frozenset({"per", "pr", "pro", "je", "par", "por", "/", "each", "every", "cada", "elke", "hver", "chaque"})


def merged(base: dict[str, str], own: dict[str, str], left_out: dict[str, str]) -> PhraseTable:
    tables: dict[str, str] = {}
    for meaning in {**base, **own}:
        out = set(left_out.get(meaning, "").split("|"))
        kept = [phrase for phrase in base.get(meaning, "").split("|") if phrase not in out]
        tables[meaning] = "|".join([*kept, own.get(meaning, "")])
    return PhraseTable(tables)


@cache
def before_table(language: str) -> PhraseTable:
    """Qualifiers that stand before an amount, for one language ("" for unknown)."""
    return merged(_BEFORE, _BEFORE_OWN.get(language, {}), _NOT_IN.get(language, {}))


@cache
def after_table() -> PhraseTable:
    """Qualifiers that stand after an amount."""
    return PhraseTable(_AFTER)


@cache
def unit_table(language: str) -> PhraseTable:
    """Units as they are written beside an amount: "per knee", "/ rodilla", "p.p.", "a month"."""
    heads = (*_PLAIN_HEADS, *_OWN_HEADS.get(language, ("a", "al", "la")))
    phrases = {
        unit: "|".join([f"{head} {word}" for word in words.split("|") for head in heads] + [_ADVERBS.get(unit, "")])
        for unit, words in _UNIT_WORDS.items()
    }
    return PhraseTable(phrases)


@cache
def unit_nouns() -> dict[str, str]:
    """The unit that each single noun names; the first wins where one is in two rows."""
    nouns: dict[str, str] = {}
    for unit, words in _UNIT_WORDS.items():
        for word in words.split("|"):
            nouns.setdefault(word, unit)
    return nouns


@cache
def connector_table(language: str) -> PhraseTable:
    """What joins the two ends of a range: "to" words, and "and" words (only after a between)."""
    codes = (language,) if language in TO_WORDS else LANGUAGES
    return PhraseTable(
        {"to": "|".join(TO_WORDS[code] for code in codes), "and": "|".join(AND_WORDS[code] for code in codes)}
    )
