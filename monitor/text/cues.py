"""Words that no label may hide: prices, disclaimers, claims and regulators, in six languages.

Coarse on purpose. This is no judgement of meaning (that is monitor/meaning's), only the last word on whether a block
that looks like boilerplate stays compared. A false cue costs a little quiet, a missed one a disclaimer.
"""

from __future__ import annotations

import re
from typing import Final


def _lines(patterns: str) -> str:
    """One pattern of alternatives from lines of them."""
    return "|".join(line.strip() for line in patterns.split("\n") if line.strip())


_CURRENCY: Final = (
    r"(?:€|£|\$|US\$|EUR|USD|GBP|AUD|CAD|CHF|DKK|SEK|NOK|MXN|kr\.?|euros?|dollars?|kroner|pounds?|pesos?)"
)
_AMOUNT: Final = r"\d[\d.,'’ \u00a0\u202f]*(?:,-|\s?k\b|\s?mio\.?)?"
_PRICE: Final = rf"(?:{_CURRENCY}\s?{_AMOUNT}|{_AMOUNT}\s?{_CURRENCY}(?![\w]))"

_DISCLAIMER: Final = _lines(
    r"""
    not (?:a|been proven|proven to) cure|no (?:known )?cure
    not (?:intended|meant|designed) to (?:treat|diagnose|cure|replace)
    (?:results|outcomes) (?:may |can |will )?(?:vary|differ)|individual results|no guarantee|not guarantee
    cannot guarantee|not (?:be )?(?:viewed|seen|construed|regarded|considered) as|medical advice
    (?:held |be )?liable|liability
    not (?:yet |been |currently |fully )*(?:approved|evaluated|confirmed|proven|registered|cleared)
    not (?:yet |been |currently |fully )*(?:authori[sz]ed|licen[sc]ed)
    unapproved|unproven|unlicen[sc]ed|experimental|investigational|clinical evidence
    lack(?:s|ing)? (?:of )?evidence|side[ -]effects?|contraindicat\w+
    consult (?:your|a|with)[\w ]{0,20}(?:doctor|physician|provider)|at your own risk
    substitute for (?:professional|medical)|for informational purposes
    no (?:scientific|clinical) (?:evidence|proof)|geen genezing|geen garantie
    resultaten (?:kunnen |zijn )?(?:verschillen|variëren|per)|niet (?:goedgekeurd|bewezen|geregistreerd|erkend)
    experimente\w+|medisch advies|aansprakelijk\w*|bijwerkingen|op eigen risico|vervangt geen
    raadpleeg (?:uw|een|altijd)[\w ]{0,20}arts|ingen garanti|ikke godkendt|ikke bevist|eksperimentel\w*
    lægefaglig rådgivning|bivirkninger|ansvar for|ingen (?:solid )?evidens|ikke en kur|helbreder ikke
    resultater (?:kan )?varier\w+|individuelle resultater|erstatter ikke|no (?:es una )?cura\b|sin garantía
    no (?:se )?garantiza\w*|resultados (?:pueden |podrían )?(?:variar|varían)
    no (?:está |han sido |ha sido )?aprobad\w+|experimental(?:es)?|consejo médico|asesoramiento médico
    responsab\w+|efectos secundarios|efectos adversos|no sustituye|keine (?:garantie|heilung|gewähr)
    nicht (?:zugelassen|bewiesen|belegt|anerkannt)|experimentell\w*|nebenwirkungen|haftung|haftungsausschluss
    ersetzt (?:nicht|keine)|ärztliche\w* (?:rat|beratung)|ergebnisse (?:können )?(?:variieren|abweichen)
    wissenschaftlich nicht|pas (?:un )?(?:remède|approuvé\w*|prouvé\w*|garanti\w*)|aucune garantie
    ne (?:remplace|garantit|constitue)|effets secondaires|effets indésirables|expérimenta\w+|avis médical
    résultats (?:peuvent )?vari\w+
"""
)
_REGULATOR: Final = _lines(
    r"""
    FDA|Food and Drug Administration|EMA|European Medicines Agency|TGA|Therapeutic Goods|MHRA|Medsafe
    Health Canada|COFEPRIS|INVIMA|ANMAT|IGJ|Inspectie Gezondheidszorg|CCMO|Sundhedsstyrelsen|Lægemiddelstyrelsen
    AEMPS|Paul-Ehrlich-Institut|BfArM|Swissmedic|ANSM|ISCT|ISSCR|GMP|ATMP|CE[- ]mark\w*|AABB|FACT[- ]accredited
    IRB|clinicaltrials\.gov
"""
)
_PERCENT: Final = (
    r"\b\d{1,3}(?:[.,]\d+)?\s?(?:%|percent|per cent|procent|prozent|por ciento|pour ?cent|pct)"
    r"(?!\s*(?:off\b|korting|rabat|descuento|rabatt|de remise))"
)
_CLAIM: Final = _lines(
    r"""
    cures?|cured|curing|heals?|healed|reverses?|reversed|guaranteed?|clinically proven|scientifically proven
    pain[- ]free|risk[- ]free|100 ?% safe|no side effects|success rate|proven (?:results|effective|safe)
    effective(?:ly)? (?:treat|cure|against|for|in)\w*|life[- ]changing|breakthrough|miracle
    world'?s (?:first|leading|best)
    (?:can|could|may|might|helps?(?: to)?|will) (?:treat|cure|heal|reverse|restore|repair|regenerate|relieve)
    (?:improve|reduce|relieve|restore)[sd]? (?:\w+ ){0,2}(?:mobility|function\w*|symptoms?|quality of life|health|pain)
    (?:improve|reduce|relieve|restore)[sd]? (?:\w+ ){0,2}(?:inflammation|strength)
    treats? (?:over |more than )?[\w ]{0,20}(?:patients?|diseases?|conditions?|disorders?)|gene(?:est|zen|zing)
    garandeer\w+|bewezen (?:effect\w*|result\w*|veilig)|slagingspercentage|helbrede[rs]?|kurere[rs]?
    garantere[rt]?|dokumenteret effekt|curan?|curado|sanar?|garantizad\w+|demostrad\w+|tasa de éxito|heilt|heilen
    geheilt|garantiert|erfolgsquote|guéri\w*|garanti[es]?|taux de (?:réussite|succès)
"""
)


def _whole(words: str) -> str:
    return rf"(?<!\w)(?:{words})(?!\w)"


_PRICE_SEEN: Final = re.compile(rf"(?<!\w)(?:{_PRICE})", re.IGNORECASE)
_DISCLAIMER_SEEN: Final = re.compile(_whole(_DISCLAIMER), re.IGNORECASE)
_REGULATOR_SEEN: Final = re.compile(_whole(_REGULATOR))
_CLAIM_SEEN: Final = re.compile(rf"{_PERCENT}|{_whole(_CLAIM)}", re.IGNORECASE)


def has_price(text: str) -> bool:
    return _PRICE_SEEN.search(text) is not None


def has_disclaimer(text: str) -> bool:
    return _DISCLAIMER_SEEN.search(text) is not None


def find_cue(text: str) -> str | None:
    """The kind of the first cue in `text` (`price`, `disclaimer`, `regulator`, `claim`), None where there is none."""
    if has_price(text):
        return "price"
    if has_disclaimer(text):
        return "disclaimer"
    if _REGULATOR_SEEN.search(text):
        return "regulator"
    return "claim" if _CLAIM_SEEN.search(text) else None
