"""The vocabulary of price terms: alternatives of a regular expression by category and language.

Matched between word boundaries, case ignored; the longest alternative stands first.
"""

from __future__ import annotations

from monitor.meaning.currencies import words_of

LANGUAGES = ("en", "nl", "da", "es", "de", "fr")

ByLanguage = dict[str, str]

_DISCOUNT: ByLanguage = {
    "en": (
        r"(?:you |and )?save (?:up to |an extra |over |as much as )?(?:[$£€] ?)?\d[\d.,]*(?: ?%)?|"
        r"(?:special|current|seasonal|limited|summer|winter|spring|holiday) (?:time )?promotions?|"
        r"(?:on sale|sale ends|flash sale|summer sale|winter sale|spring sale)|"
        r"limited[- ]time (?:offer|price|deal|discount)|special (?:price|pricing|rate|promotion)s?|"
        r"promotional (?:offer|price|pricing|rate)s?|loyalty (?:program(?:me)?|points|card)|"
        r"bundle (?:offer|price|pricing|deal)s?|gift (?:card|voucher|certificate)s?|"
        r"price (?:drop|cut|reduction)s?|reduced (?:price|rate|fee)s?|prices? (?:guarantee|beat)|"
        r"buy (?:one|two|2|1),? get|\d+ ?(?:%|percent) off|discount(?:s|ed|ing)?|[$£€] ?\d[\d.,]* off|"
        r"refer[- ]a[- ]friend|promo(?: codes?)?|two[- ]for[- ]one|special offers?|package deals?|"
        r"half[- ]price|early[- ]bird|2[- ]for[- ]1|black friday|cyber monday|price match|cash ?back|"
        r"sale price|vouchers?|coupons?|rebates?"
    ),
    "nl": (
        r"bespaar(?:t)? (?:tot |nu )*(?:€ ?)?\d[\d.,]*(?: ?%)?|tijdelijk(?:e)? (?:aanbod|prijs|tarief)|"
        r"kennismakings(?:aanbod|tarief|prijs)|\w*voordeel(?:prijs|tarief|pakket)|"
        r"introductie(?:prijs|tarief|aanbod)|actie(?:tarief|periode|korting)|\w*korting(?:en|s\w*)?|"
        r"\w*actieprij(?:s|zen)|gereduceerd tarief|aanbieding(?:en)?|cadeaubon(?:nen)?|tweede \w+ gratis|"
        r"staffelprij\w+|vroegboek\w*|halve prijs|2 voor 1"
    ),
    "da": (
        r"(?:sommer|vinter|forårs|efterårs|jule|sær|special|intro|introduktions|måneds)tilbud(?:det)?|"
        r"spar (?:op til |nu )*(?:kr\.? ?)?\d[\d.]*(?: ?%)?(?: ?kr)?|"
        r"(?:månedens|særligt|godt|aktuelle?|skarpt) tilbud|\w*kampagne(?:n|r|pris\w*|tilbud)?|"
        r"\w*rabat(?:ten|ter|kode\w*|s)?|\d+ ?% (?:rabat|billigere)|tilbudspris(?:er)?|introduktionspris|"
        r"pakkepris(?:er)?|tilbuddet gælder|nedsat pris|mængderabat|prisgaranti|klippekort|halv pris|"
        r"på tilbud|gavekort|særpris|udsalg"
    ),
    "es": (
        r"precios? (?:especial(?:es)?|reducidos?|promocional(?:es)?|rebajados?)|"
        r"promoci(?:ón|ones)(?! de la| del| y prevenci)(?: especial(?:es)?)?|"
        r"ahorr[ae]s? (?:hasta )?(?:un )?(?:€ ?|\$ ?)?\d[\d.,]*(?: ?%)?|ofertas?(?: especial(?:es)?)?|"
        r"bonificaci(?:ón|ones)|programa de fidelidad|por tiempo limitado|tarjetas? regalo|"
        r"vales? de regalo|mitad de precio|cup(?:ón|ones)|black friday|descuentos?|rebajas?|cashback|"
        r"buen fin|2 ?x ?1|dto\.?"
    ),
    "de": (
        r"spar(?:en|e)(?: sie)?(?: bis zu)? (?:€ ?)?\d[\d.,]*(?: ?%| ?€)?|"
        r"(?:sommer|winter|frühjahrs|herbst|rabatt|sonder)aktion(?:en)?|\w*rabatt(?:e|en|iert|aktion\w*)?|"
        r"ermäßig(?:t|te|ten|ung|ungen)|(?:preis)?nachl(?:ass|ässe)|\w*angebotspreis\w*|"
        r"einführungspreis\w*|sonderangebot\w*|zum halben preis|aktionspreis\w*|sonderpreis\w*|"
        r"frühbucher\w*|paketpreis\w*|vergünstig\w+|gutschein\w*|halber preis|skonto"
    ),
    "fr": (
        r"offres? (?:spéciales?|promotionnelles?|exceptionnelles?|limitées?|de lancement|découverte)|"
        r"tarifs? (?:préférentiels?|réduits?|promotionnels?|spécial|spéciaux)|"
        r"économisez (?:jusqu'à )?(?:€ ?)?\d[\d.,]*(?: ?%| ?€)?|"
        r"prix (?:promotionnels?|réduits?|spécial|cassés?)|promotions?(?! de la| du| des)(?: spéciales?)?|"
        r"r[ée]duction (?:de prix|tarifaire|sur)|remises?(?! en | du | des | de (?!\d))|"
        r"bons? (?:d'achat|cadeau)|\d+ ?% de r[ée]duction|cartes? cadeaux?|tarif dégressif|codes? promo|"
        r"ristournes?|moitié prix|parrainage|demi-tarif|rabais|soldes"
    ),
}

_FINANCE: ByLanguage = {
    "en": (
        r"financ(?:e|ial|ing)? (?:options?|plans?|available|packages?|solutions?|assistance)|"
        r"interest[- ]free(?: (?:finance|credit|payments?|instal?lments?))?|"
        r"payment (?:is )?(?:due|required|in full|upon|prior)|"
        r"sponsor(?:ship)? (?:a patient|program(?:me)?)|0 ?% (?:apr|finance|financing|interest)|"
        r"(?:medical|personal|health) loans?|crowd ?fund(?:ing|er|ers)?|credit (?:approval|check)|"
        r"fund ?rais(?:ing|er|ers)|low monthly payments?|finance is available|buy now,? pay later|"
        r"subject to status|spread the cost|payment plans?|superannuation|payment terms|scholarships?|"
        r"care ?credit|go ?fund ?me|no interest|financing|pay later|afterpay|zip ?pay|finance|klarna|"
        r"payl8r|loans?"
    ),
    "nl": (
        r"betaling (?:vooraf|achteraf|vindt plaats)|financier(?:ing|en|ingsmogelijkheden)|"
        r"gespreid(?:e)? betal(?:en|ing)|betalingsregeling(?:en)?|crowdfunding(?:actie)?|"
        r"betaalregeling(?:en)?|betalingsvoorwaarden|betaalplan(?:nen)?|achteraf betalen|rentevrij(?:e)?|"
        r"lening(?:en)?|renteloos|renteloze|krediet|klarna"
    ),
    "da": (
        r"betal (?:over tid|senere|i bidder)|\w*finansiering(?:en|s\w*)?|betalingsordning(?:er)?|"
        r"afbetaling(?:en|s\w*)?|betalingsplan(?:er)?|betalingsbetingelser|behandlingen betales|"
        r"delbetaling(?:en)?|rentefri(?:t|e)?|kredit(?:ten)?|\w*lån(?:et)?|betaling sker|crowdfunding|"
        r"uden renter|sparxpres|viabill|klarna"
    ),
    "es": (
        r"pago (?:aplazado|fraccionado|financiado|a meses)|planes? de (?:pago|financiaci[óo]n)|"
        r"m[ée]todos de financiaci[óo]n|cr[ée]ditos? m[ée]dicos?|recaudaci[óo]n de fondos|"
        r"financia(?:mos|ble|bles)|meses sin intereses|facilidades de pago|condiciones de pago|"
        r"financiamientos?|opciones de pago|financiaci[óo]n|formas de pago|sin intereses|pr[ée]stamos?|"
        r"crowdfunding|klarna"
    ),
    "de": (
        r"\w*finanzierung(?:en|s\w*)?|zahlung (?:erfolgt|ist)|zahlungsmöglichkeiten|zinsfrei(?:e|en|er)?|"
        r"0 ?%[- ]finanzierung|finanzier(?:en|bar)|zahlungsbedingungen|zinslos(?:e|en)?|spendenaktion|"
        r"kredit(?:e)?|zahlungsplan|crowdfunding|zahlungsziel|\w*darlehen|medipay|klarna"
    ),
    "fr": (
        r"financements?(?! de la recherche| public| européen)|paiement (?:différé|échelonné|fractionné)|"
        r"prêts? (?:médical|médicaux|personnel)|facilités? de paiement|conditions de paiement|"
        r"crédits?(?: gratuit)?|modalités de paiement|plans? de paiement|sans intérêts?|0 ?% d'intérêt|"
        r"crowdfunding|cagnottes?|taux zéro|financer|klarna"
    ),
}

_INSTALMENT: ByLanguage = {
    "en": (
        r"pay(?:able)? (?:in|over) (?:\w+ )?(?:parts|payments|months|instal?lments)|"
        r"per month (?:for|over) \d+ months|split (?:the )?payments?|monthly payments?|weekly payments?|"
        r"instal?lments?|pay monthly|layaway"
    ),
    "nl": (
        r"(?:in|maandelijkse|gelijke|\d+|twee|drie|vier|vijf|zes|tien|twaalf) termijnen|"
        r"betalen in \w+ (?:delen|keer|termijnen)|gespreid over \d+ maanden|termijnbetaling(?:en)?|"
        r"maandelijks betalen|maandbedrag(?:en)?|in delen betalen|termijnen van"
    ),
    "da": (
        r"(?:i|månedlige|\d+|to|tre|fire|seks|ti|tolv|flere) rater(?:ne)?|månedlig(?:e)? ydelse(?:r)?|"
        r"afdrag(?:svis|sordning\w*)?|månedlige betalinger|ratebetaling(?:er)?|rater (?:à|a|af|på)|"
        r"betales over"
    ),
    "es": (
        r"(?:en|hasta) \d+ (?:pagos|cuotas|plazos|mensualidades)|cuotas?(?: mensuales)?|pagos? parciales?|"
        r"meses para pagar|pagos mensuales|en \w+ plazos|mensualidades|plazos de|a plazos|abonos"
    ),
    "de": (
        r"\w*ratenzahlung(?:en)?|raten (?:zu|von|à|je)|(?:monats|teil)raten|teilzahlung(?:en)?|"
        r"monatsrate(?:n)?|monatliche rate|in \w+ raten|ratenkredit|ratenweise|ratenkauf|in raten"
    ),
    "fr": (
        r"(?:payer|payable|règlement|régler) en (?:plusieurs|\w+) fois|"
        r"paiements? en (?:plusieurs|\w+) fois|échelonn(?:é|ée|er|ement)|en \w+ fois sans frais|"
        r"versements? mensuels?|échéanc(?:es?|iers?)|par mensualités|mensualités?"
    ),
}

_DURATION: ByLanguage = {
    "en": (r"\d+ months? to pay|up to \d+ months|over \d+ months"),
    "nl": (r"(?:in|over|tot) \d+ maanden"),
    "da": (r"(?:i|over|op til) \d+ (?:måneder|mdr)"),
    "es": (r"(?:en|hasta|a) \d+ meses"),
    "de": (r"(?:über|in|bis zu) \d+ monaten?"),
    "fr": (r"(?:sur|en|jusqu'à) \d+ mois"),
}
"""Payable over so many months: a term only beside another cue of finance ("pain-free over 12 months")."""

_DEPOSIT: ByLanguage = {
    "en": (
        r"(?:pay(?:ment|able)?|paid) (?:in advance|upfront|up front|in full before)|"
        r"(?:reservation|booking|holding|scheduling) fees?|secure your (?:place|spot|date|slot) with|"
        r"upfront (?:payment|fee|cost)s?|(?:refundable )?deposits?|down ?payments?|pre-?payments?|"
        r"retainers?|prepaid"
    ),
    "nl": (
        r"vooraf (?:te )?(?:betalen|voldoen|betaald|voldaan)|vooruit ?betal(?:ing|en)|aanbetaling(?:en)?|"
        r"reserveringskosten|voorschot(?:ten)?|annuleringskosten|aan te betalen|waarborgsom"
    ),
    "da": (
        r"forudbetal(?:ing|es|t)|depositum(?:met)?|reservationsgebyr|tilmeldingsgebyr|betaling forud|"
        r"betales forud|bookinggebyr|a ?conto\w*|forskud"
    ),
    "es": (
        r"pago (?:por adelantado|anticipado|inicial)|(?:como|una|de) señal (?:de \d|del)|"
        r"reserva de (?:plaza|cita|turno)|pagos? previos?|por adelantado|dep[óo]sitos?|abono inicial|"
        r"anticipos?|enganche|fianza"
    ),
    "de": (
        r"im voraus (?:zu )?(?:bezahl\w+|zahl\w+|fällig)|vorab zu (?:bezahl|zahl)\w+|"
        r"reservierungsgebühr(?:en)?|vorauszahlung(?:en)?|stornogebühr(?:en)?|anzahlung(?:en)?|"
        r"kaution(?:en)?|ausfallhonorar|vorauskasse|vorkasse"
    ),
    "fr": (
        r"paiement (?:d'avance|anticipé|à l'avance|préalable)|frais de (?:réservation|dossier)|"
        r"dépôts? de garantie|versement initial|payable d'avance|prépaiement|acomptes?|cautions?|arrhes"
    ),
}

_REFUND_NOT: ByLanguage = {
    "en": (r"non-?refundable|no refunds?"),
    "nl": (r"niet[- ]restitueerbaar|geen restitutie|geen geld terug"),
    "da": (r"ikke[- ]refunderbar(?:t)?|tilbagebetales ikke|refunderes ikke"),
    "es": (r"no (?:es |son )?reembolsables?|no se (?:reembolsa|devuelve)n?|sin devoluci[óo]n"),
    "de": (r"nicht (?:rück)?erstattbar|nicht erstattungsfähig|keine rückerstattung"),
    "fr": (r"non[- ]remboursables?|aucun remboursement"),
}

_REFUND: ByLanguage = {
    "en": (
        r"(?:credited|redeemable|deducted|deductible) (?:against|towards?|from)|"
        r"cancellation (?:fee|policy|charge|terms)s?|refund(?:s|ed|able|ability)?|"
        r"money[- ]back(?: guarantee)?|get your money back|reschedul\w+ fees?|no[- ]show fees?|full refund"
    ),
    "nl": (
        r"geld[- ]?terug(?:garantie)?|terugbetal(?:ing|en|d)|in mindering gebracht|annulering(?:s\w+)?|"
        r"gerestitueerd|verrekend met|restitutie"
    ),
    "da": (
        r"pengene[- ]tilbage[- ]garanti|refund(?:eres|eret|ering)|tilbagebetal(?:ing|es|t)|"
        r"afbestilling(?:s\w*)?|pengene tilbage|afbud(?:s\w*)?|fratrækkes|modregnes"
    ),
    "es": (
        r"devoluci[óo]n(?:es)? (?:del dinero|del importe|íntegra)|reembols(?:o|os|able|ables|ado|amos|ar)|"
        r"devolvemos (?:su|el|tu) dinero|política de cancelaci[óo]n|se descuenta(?:n)? del|"
        r"garantía de devolución|cancelaciones|devolución"
    ),
    "de": (
        r"(?:rück)?erstatt(?:et|bar|ung) (?:des|der|wenn|bei)|(?:wird|werden) (?:angerechnet|verrechnet)|"
        r"geld[- ]zurück(?:[- ]garantie)?|rückerstatt(?:et|ung|bar)\w*|storn(?:o|ierung)\w*|rückzahlung|"
        r"angerechnet|verrechnet"
    ),
    "fr": (
        r"remboursement (?:intégral|total|partiel|possible|en cas)|"
        r"politique (?:d'annulation|de remboursement)|déduit(?:e|s|es)? (?:du|de)|satisfait ou remboursé|"
        r"frais d'annulation|remboursables?"
    ),
}

TERMS: dict[str, ByLanguage] = {
    "discount": _DISCOUNT,
    "finance": _FINANCE,
    "instalment": _INSTALMENT,
    "duration": _DURATION,
    "deposit": _DEPOSIT,
    "refund_not": _REFUND_NOT,
    "refund": _REFUND,
}
"""Category → language → cues. Order decides where two categories could begin at one place."""

BODY_DEPOSITS = words_of(
    "fat fatty calcium plaque amyloid protein collagen iron mineral crystal crystals uric lipid immune cholesterol "
    "cartilage scar pigment cell cells grasa calcio kalk colesterol"
)
"""Beside "deposit" these say: something in the body, no money."""

COVERING: ByLanguage = {
    "en": (
        r"reimburs(?:e|es|ed|ement|able|ing)|available (?:on|through|under)|cover(?:s|ed|age|ing)?|"
        r"pa(?:y|ys|id)(?: for)?|subsid(?:y|ised|ized)|claim(?:s|ed|able)?|accept(?:s|ed)?|bill(?:ed|s)?|"
        r"in-network|billable|eligible|rebates?|insured|funded"
    ),
    "nl": (
        r"declar(?:eren|abel|eer)|valt (?:niet )?onder|vergoeding(?:en)?|dek(?:t|ken|king)|"
        r"vergoed(?:t|en)?|verzekerd(?:e)?|onverzekerd\w*|gecontracteerd|restitutie|betaalt|gedekt"
    ),
    "da": (
        r"dæk(?:ker|kes|ke|ning|ninger|ket)|refunder(?:er|es|et)|betal(?:er|es|t)|henvis(?:ning|t)|"
        r"tilskud(?:det)?|medfinansier\w+|godtgør\w*|bevilge\w*"
    ),
    "es": (
        r"cub(?:re|ren|rir|ierto|ierta|iertos|iertas|rimos)|reembols(?:a|an|o|os|ado|able)|"
        r"subvencionad[oa]s?|acepta(?:mos|n)?|financiad[oa]s?|concertad[oa]s?|incluid[oa]s?|pagad[oa]s?|"
        r"convenios?|cobertura|paga[n]?"
    ),
    "de": (
        r"erstatt(?:et|en|ung|ungsfähig)|übern(?:immt|ehmen|ommen)|(?:über)?nimm(?:t)?|deck(?:t|en|ung)|"
        r"kostenerstattung|kostenübernahme|bezahl(?:t|en)|kassenleistung|bezuschuss\w*|trag(?:en|t)|"
        r"abgerechnet|beteilig\w+|übernahme|abgedeckt|zuschuss|leistung|getragen"
    ),
    "fr": (
        r"rembours(?:e|ent|é|és|ée|ées|ement|ements|er)|couv(?:re|rent|ert|erte|erts|ertes|erture)|"
        r"conventionné(?:e|s|es)?|pris(?:e)?s? en charge|prennent en charge|prend en charge|tiers payant"
    ),
}
"""Verbs and nouns of cover; they count with a payer in the same clause."""

PAYERS: ByLanguage = {
    "en": (
        r"(?:your|most|his|her|their|health|insurance) plans?|"
        r"government(?:-funded)? (?:scheme|program(?:me)?)s?|public (?:health|system|healthcare)(?: \w+)?|"
        r"health (?:fund|plan|care system)s?|insur(?:ance|ances|er|ers)|private (?:cover|health)|"
        r"national health service|government health\w*|workers' comp\w*|veterans affairs|superannuation|"
        r"blue cross|medicare|medicaid|tricare|bupa|ndis|hmo|ppo|nhs|hsa|fsa"
    ),
    "nl": (
        r"aanvullend(?:e)? (?:pakket|verzekering)|vergoed(?:t|ing)? (?:uit|vanuit|door)|"
        r"(?:wordt|worden) (?:\w+ ){0,4}vergoed|\w*verzeker(?:aar|aars|ing|ingen)|zorgverzekering\w*|"
        r"mutualiteit(?:en)?|onverzekerde zorg|verzekerde zorg|polis(?:sen)?|basispakket|ziekenfonds|"
        r"riziv|wlz|wmo|pgb"
    ),
    "da": (
        r"sygeforsikringen? \"?danmark\"?|(?:det )?offentlige?(?: \w+)?|\w*forsikring(?:en|er|s\w*)?|"
        r"(?:af|via|fra) regionen|sundhedsvæsen(?:et)?|sygesikring(?:en)?|sygeforsikring\w*|kommune(?:n)?|"
        r"ydernummer"
    ),
    "es": (
        r"seguros? (?:m[ée]dicos?|de salud|privados?|p[úu]blicos?|de gastos|dental|social)|"
        r"(?:el|su|tu|mi|los|sus|por|del|al|tu|compañías? de) seguros?|sistema nacional de salud|"
        r"obras? social(?:es)?|sanidad p[úu]blica|sistema p[úu]blico|mutualidad(?:es)?|seguridad social|"
        r"aseguradoras?|p[óo]lizas?|prepagas?|isapres?|mutuas?|essalud|issste|fonasa|imss|eps"
    ),
    "de": (
        r"\w*kranken?versicherung(?:en)?|(?:gesetzliche\w* )?kassen?|berufsgenossenschaft(?:en)?|"
        r"\w*versicherung(?:en)?|\w*krankenkassen?|\w*versicherte\w*|kassenleistung|beihilfe|gkv|pkv"
    ),
    "fr": (
        r"assurance(?:s)?(?: maladie| santé)?|complémentaires?(?: santé)?|régime (?:général|public)|"
        r"assurances? privées?|sécurité sociale|mutuelles?|assureurs?|inami|lamal|sécu|cpam|ramq|amo"
    ),
}

SELF_PAY: ByLanguage = {
    "en": (r"self[- ]pay(?:ing|ment)?|self[- ]fund(?:ed|ing)?|out[- ]of[- ]pocket|uninsured"),
    "nl": (r"eigen (?:rekening|kosten|zak)|zelf (?:te )?betalen|onverzekerde zorg|zelfbetalers?"),
    "da": (r"selvbetal(?:er|ere|ende|ing)|egenbetaling(?:en)?|for egen regning|selvfinansieret|betaler selv"),
    "es": (r"pago (?:privado|directo|de bolsillo)|por cuenta (?:propia|del paciente)|a cargo del paciente"),
    "de": (
        r"selbst zu (?:bezahlen|tragen|zahlen)|(?:auf eigene kosten|eigenleistung)|privatleistung(?:en)?|"
        r"igel(?:-leistung\w*)?|selbstzahler\w*"
    ),
    "fr": (r"à (?:la|votre) charge(?: du patient)?|hors nomenclature|reste à charge|à vos frais"),
}
"""Says by itself that no insurer pays."""

FULLY: ByLanguage = {
    "en": (r"completely|at no cost|entirely|in full|100 ?%|fully"),
    "nl": (r"volledig(?:e)?|helemaal|geheel|100 ?%"),
    "da": (r"fuldt(?: ud)?|100 ?%|fuld|helt"),
    "es": (r"completamente|íntegramente|por completo|totalmente|100 ?%|total"),
    "de": (r"voll(?:ständig)?|in voller höhe|komplett|gänzlich|100 ?%"),
    "fr": (r"intégralement|entièrement|totalement|100 ?%|à 100"),
}

PARTLY: ByLanguage = {
    "en": (
        r"in (?:some|certain|many|most|special) cases|partial(?:ly)?|part(?:ly)?|sometimes|\d\d? ?%|"
        r"certain|usually|might|often|up to|some|most|many|may|can"
    ),
    "nl": (
        r"in (?:sommige|veel|bepaalde|de meeste|enkele) gevallen|gedeeltelijk(?:e)?|steeds meer|mogelijk|"
        r"bepaalde|een deel|\d\d? ?%|meestal|sommige|kunnen|deels|soms|vaak|kan"
    ),
    "da": (
        r"i (?:særlige|nogle|visse|mange|de fleste|enkelte) tilfælde|delvist?|muligvis|\d\d? ?%|en del|"
        r"oftest|nogle|visse|måske|ofte|kan"
    ),
    "es": (
        r"(?:en )?(?:algunos|ciertos|muchos|determinados) casos|podr(?:ía|ían|á|án)|parcial(?:mente)?|"
        r"algun(?:os|as)|generalmente|ciert[oa]s|puede[n]?|en parte|\d\d? ?%|a veces|muchas"
    ),
    "de": (
        r"in (?:einigen|vielen|manchen|bestimmten|den meisten|einzelnen) fällen|unter umständen|teilweise|"
        r"anteilig|zum teil|\d\d? ?%|einige|manche|häufig|können|viele|kann|oft"
    ),
    "fr": (
        r"dans (?:certains|de nombreux|la plupart des) cas|pourrai(?:t|ent)|partiel(?:le)?|partiellement|"
        r"peu(?:t|vent)|généralement|certaines?|en partie|\d\d? ?%|parfois|souvent"
    ),
}

DENIALS: ByLanguage = {
    "en": (r"\w+n['’]t|unlikely|neither|without|n['’]t|cannot|rarely|never|none|not|nor|no"),
    "nl": (r"evenmin|nergens|zonder|zelden|nooit|niet|geen|noch"),
    "da": (r"sjældent|hverken|aldrig|ingen|intet|ikke|uden"),
    "es": (r"raramente|ninguna?|tampoco|ningún|nunca|jamás|sin|no|ni"),
    "de": (r"kein(?:e|en|er|em|es)?|nie(?:mals)?|selten|nicht|weder|ohne"),
    "fr": (r"aucun(?:e)?|n['’]est|jamais|n['’]|sans|pas|non|ne|ni"),
}

PSEUDO_DENIALS: ByLanguage = {
    "en": (
        r"without (?:delay|waiting|interest)|no need to worry|whether or not|not to mention|no interest|"
        r"no problem|no matter|not only|not just"
    ),
    "nl": (r"zonder problemen|geen probleem|zonder rente|niet alleen|al dan niet|niet enkel"),
    "da": (r"ikke (?:kun|bare|alene)|uden problemer|intet problem|uden renter"),
    "es": (r"no (?:solo|sólo|solamente)|sin problemas?|sin compromiso|sin intereses|no importa"),
    "de": (r"ohne (?:zinsen|probleme)|nicht zuletzt|kein problem|nicht nur"),
    "fr": (r"sans (?:intérêts?|frais|problème|engagement)|non seulement|pas seulement"),
}
"""Negations that deny nothing here."""
