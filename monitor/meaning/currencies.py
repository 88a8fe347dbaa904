"""Which currency does this mark mean? Symbols, codes and words of the countries whose clinics sell to our readers.

A mark is read in two steps: its words name a *class* ("USD", or an ambiguous one such as "$", "kr" or "peso"), and
`resolve` settles an ambiguous class by what else stands in the text, then by the page's language.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Flag, auto
from functools import cache


def words_of(text: str) -> frozenset[str]:
    """The set of words written in one string, the way word lists are kept here."""
    return frozenset(text.split())


class Side(Flag):
    """Where a mark may stand: before its amount, after it, or both."""

    BEFORE = auto()
    AFTER = auto()
    BOTH = BEFORE | AFTER


@dataclass(frozen=True, slots=True)
class Mark:
    """A currency mark as written. `meaning` is an ISO 4217 code or an ambiguous class ("$", "kr", "peso" …).

    `weak` marks are also ordinary words or abbreviations (CAD the disease, pounds of weight, RM the scan): the
    grammar asks for more before it believes them.
    """

    meaning: str
    side: Side = Side.BOTH
    weak: bool = False
    symbol: bool = False


ANYCASE_CODES = frozenset({"USD", "EUR", "GBP", "DKK", "CHF", "AUD", "MXN", "NZD", "THB", "AED"})
"""Codes that are no words in our languages, so that lower case counts too ("5000 usd")."""

CODES = ANYCASE_CODES | words_of(
    "SEK NOK ISK CAD INR TRY COP PAB CRC DOP ARS BRL CLP PEN UYU BOB GTQ PLN CZK HUF RON BGN UAH RSD HRK SAR QAR KWD "
    "BHD OMR JOD EGP MAD TND ILS ZAR KES NGN MYR SGD HKD TWD CNY RMB JPY KRW PHP IDR VND PKR LKR BDT RUB KZT GEL AMD "
    "IRR LBP XOF BSD BBD JMD KYD TTD BZD HNL PYG VES"
)
"""Codes read in capitals only: lower case "try", "ron", "cop", "nok", "sek" are words."""

_WORDS_IN_TITLE_CASE = words_of("TRY COP MAD SAR SEK NOK RON PEN BOB GEL ARS BAM TOP")
WEAK_CODES = frozenset({"CAD", "SAR", "PHP", "COP", "TRY", "MAD", "ARS", "RON", "ALL", "PEN", "AMD", "BOB", "GEL"})
"""Codes that also abbreviate something a clinic writes about (coronary artery disease …)."""

SYMBOLS = {
    "€": "EUR", "£": "£", "$": "$", "¥": "¥", "￥": "¥", "₹": "INR", "₽": "RUB", "₺": "TRY", "₪": "ILS", "₫": "VND",
    "₩": "KRW", "₱": "PHP", "฿": "THB", "₴": "UAH", "₦": "NGN", "₡": "CRC", "₲": "PYG", "₵": "GHS", "₸": "KZT",
    "₾": "GEL", "₼": "AZN", "₭": "LAK", "₮": "MNT", "﷼": "SAR", "元": "CNY", "円": "JPY", "원": "KRW", "＄": "$",
}  # fmt: skip

_DOLLAR_PREFIXES = {
    "us": "USD", "usd": "USD", "u": "USD", "a": "AUD", "au": "AUD", "aud": "AUD", "c": "CAD", "ca": "CAD",
    "cad": "CAD", "can": "CAD", "cdn": "CAD", "nz": "NZD", "nzd": "NZD", "s": "SGD", "sg": "SGD", "sgd": "SGD",
    "hk": "HKD", "hkd": "HKD", "nt": "TWD", "mx": "MXN", "mex": "MXN", "mxn": "MXN", "r": "BRL", "rd": "DOP",
    "cop": "COP", "col": "COP", "ars": "ARS", "ar": "ARS", "clp": "CLP", "cl": "CLP", "bz": "BZD", "j": "JMD",
    "tt": "TTD", "bds": "BBD", "b": "BSD",
}  # fmt: skip
"""What may stand right before "$": US$, A$, RD$ …"""

_EITHER_WORDS: dict[str, str] = {
    "EUR": "euro|euros|euroa|evro|ευρώ",
    "kr": "kr|kroner|krone|tkr",
    "DKK": (
        "dkr|danske kroner|danske kr|danish kroner|danish krone|deense kronen|coronas danesas|"
        "dänische kronen|couronnes danoises"
    ),
    "NOK": "norske kroner|norske kr|norwegian kroner|norwegian krone|noorse kronen|norwegische kronen",
    "SEK": (
        "kronor|svenske kroner|svenske kr|swedish kronor|swedish krona|swedish kroner|zweedse kronen|"
        "schwedische kronen|svenska kronor"
    ),
    "CHF": (
        "sfr|schweizer franken|swiss francs|swiss franc|francs suisses|zwitserse frank|"
        "zwitserse franken|schweiziske franc|francos suizos|franken"
    ),
    "THB": "baht|thai baht|บาท",
    "dirham": "dirhams|dirham|dh",
    "rupee": "rs|rupees|rupee|rupias|roepies|rupien|roupies",
    "PLN": "zł|zl|złotych|złote|złoty|zloty|zlotys|zlotych",
    "CZK": "kč|kc|korun|koruna|czech koruna|czech crowns|tschechische kronen",
    "AED": "dhs|emirati dirhams|uae dirhams|درهم",
    "SAR": "saudi riyals|saudi riyal",
    "ILS": "shekels|shekel|nis|new shekels|שקל",
    "IDR": "rp|rupiah|indonesian rupiah",
    "KES": "ksh|kshs|kenyan shillings",
}
"""Words that stand before or after an amount."""

_AFTER_WORDS: dict[str, str] = {
    "$": "dollar|dollars|dollari|dólar|dólares|dolares|dolar|bucks|доллар|долларов",
    "USD": (
        "us dollar|us dollars|us - dollar|usdollar|american dollars|amerikanske dollar|amerikaanse dollar|"
        "amerikaanse dollars|amerikanische dollar|dólares americanos|dólares estadounidenses|"
        "dólares de estados unidos|dólares usa|dollars américains|dollars us|dollars usa|dls|dlls"
    ),
    "AUD": ("australian dollars|australian dollar|australiske dollar|dólares australianos|australische dollar"),
    "CAD": "cdn|canadian dollars|canadian dollar|dollars canadiens|canadese dollar|dólares canadienses",
    "NZD": "new zealand dollars|nz dollars",
    "SGD": "singapore dollars|singapore dollar",
    "HKD": "hong kong dollars|hong kong dollar",
    "BSD": "bahamian dollars",
    "GBP": (
        "pounds sterling|pound sterling|sterling|libras esterlinas|livres sterling|britse pond|"
        "britse ponden|british pounds|britiske pund|pfund sterling|britische pfund"
    ),
    "ISK": "icelandic kronur|íslenskar krónur|krónur",
    "franc": "franc|francs|francos|frank",
    "peso": "pesos|peso",
    "MXN": (
        "pesos mexicanos|mexicanos pesos|mexicanos peso|pesos mexican|mexican pesos|mexican peso|"
        "pesos mexicaanse|mexicaanse pesos|mexicaanse peso|pesos mexicains|mexicains pesos|"
        "mexicains peso|pesos mexikanische|mexikanische pesos|mexikanische peso"
    ),
    "COP": (
        "pesos colombianos|colombianos pesos|colombianos peso|pesos colombian|colombian pesos|"
        "colombian peso|pesos colombiaanse|colombiaanse pesos|colombiaanse peso|pesos colombiens|"
        "colombiens pesos|colombiens peso"
    ),
    "ARS": (
        "pesos argentinos|argentinos pesos|argentinos peso|pesos argentine|argentine pesos|"
        "argentine peso|pesos argentinian|argentinian pesos|argentinian peso|pesos argentijnse|"
        "argentijnse pesos|argentijnse peso|pesos argentins|argentins pesos|argentins peso"
    ),
    "DOP": ("pesos dominicanos|dominicanos pesos|dominicanos peso|pesos dominican|dominican pesos|dominican peso"),
    "CLP": "pesos chilenos|chilenos pesos|chilenos peso|pesos chilean|chilean pesos|chilean peso",
    "UYU": "pesos uruguayos|uruguayos pesos|uruguayos peso|pesos uruguayan|uruguayan pesos|uruguayan peso",
    "PHP": (
        "pesos filipinos|filipinos pesos|filipinos peso|pesos philippine|philippine pesos|"
        "philippine peso|pesos filippijnse|filippijnse pesos|filippijnse peso"
    ),
    "TRY": "lira|liras|turkish lira|türk lirası|turkse lira|liras turcas|livres turques",
    "INR": "indian rupees|rupias indias|indiase roepies",
    "CRC": "colones|costa rican colones",
    "PAB": "balboas|balboa",
    "PEN": "soles|nuevos soles",
    "BRL": "reais|brazilian reais|reales brasileños",
    "HUF": "forint|forints|forintot",
    "RON": "romanian lei",
    "BGN": "leva|lev|лв|лева",
    "UAH": "hryvnia|hryvnias|hryvnya|грн|гривень|гривен",
    "RUB": "rubles|roubles|ruble|rouble|rubel|руб|рублей|рубля|р|rublos",
    "MAD": "moroccan dirhams|dirhams marocains",
    "riyal": "riyals|riyal|riales|ريال",
    "QAR": "qatari riyals|qatari riyal|qr",
    "KWD": "kuwaiti dinars|kuwaiti dinar",
    "TND": "tunisian dinars|dinars tunisiens",
    "EGP": "egyptian pounds|egyptian pound",
    "MYR": "ringgit|malaysian ringgit",
    "CNY": "yuan|renminbi|chinese yuan|chinesische yuan",
    "JPY": "yen|japanese yen|yenes",
    "KRW": "korean won",
    "VND": "dong|vnđ|đồng|vietnamese dong",
    "GEL": "lari|georgian lari",
    "KZT": "tenge|тг",
    "NGN": "naira",
    "XOF": "fcfa|f cfa|francs cfa",
    "GTQ": "quetzales",
    "HNL": "lempiras",
    "BOB": "bolivianos",
    "PYG": "guaraníes",
}
"""Meaning → words (lower case, without dots, joined by "|") that stand after an amount."""

_WEAK_AFTER_WORDS: dict[str, str] = {
    "TND": "dt",
    "DZD": "da",
    "GBP": "pounds|pound|pond|pund|pfund|libras|livres|quid",
    "MXN": "moneda nacional|pesos mn|m n|mn",
    "TRY": "tl",
    "HUF": "ft",
    "RON": "lei|leu",
    "ZAR": "rand|south african rand|rands",
    "KRW": "won",
}
"""Words that mean something else as well; after an amount."""

_WEAK_EITHER_WORDS: dict[str, str] = {
    "CHF": "fr",
    "JOD": "jordanian dinars|jordanian dinar|jd",
}
"""The same, before or after."""

_WEAK_BEFORE_WORDS: dict[str, str] = {
    "EGP": "le",
    "BOB": "bs",
    "PYG": "gs",
    "GTQ": "q",
    "HNL": "l",
    "ZAR": "r",
    "MYR": "rm",
}
"""The same, before."""

_WORD_TABLES = (
    (_AFTER_WORDS, Side.AFTER, False),
    (_EITHER_WORDS, Side.BOTH, False),
    (_WEAK_AFTER_WORDS, Side.AFTER, True),
    (_WEAK_EITHER_WORDS, Side.BOTH, True),
    (_WEAK_BEFORE_WORDS, Side.BEFORE, True),
)

_REGIONS = {
    "us": "USD", "au": "AUD", "nz": "NZD", "ca": "CAD", "sg": "SGD", "hk": "HKD", "mx": "MXN", "co": "COP",
    "ar": "ARS", "cl": "CLP", "do": "DOP", "ph": "PHP", "no": "NOK", "se": "SEK", "dk": "DKK", "jp": "JPY",
    "cn": "CNY", "in": "INR", "pk": "PKR", "ch": "CHF", "gb": "GBP", "eg": "EGP", "tw": "TWD",
}  # fmt: skip

_CLASSES: dict[str, frozenset[str]] = {
    "$": words_of("USD AUD CAD NZD SGD HKD TWD MXN COP ARS CLP DOP BSD BBD JMD BZD"),
    "peso": words_of("MXN COP ARS CLP DOP UYU PHP"),
    "kr": words_of("DKK SEK NOK ISK"),
    "£": words_of("GBP EGP"),
    "¥": words_of("JPY CNY"),
    "rupee": words_of("INR PKR LKR"),
    "riyal": words_of("SAR QAR"),
    "franc": words_of("CHF XOF"),
    "dirham": words_of("AED MAD"),
}

_DEFAULTS = {
    "$": "USD", "peso": "MXN", "kr": "DKK", "£": "GBP", "¥": "JPY", "rupee": "INR", "riyal": "SAR", "dirham": "AED",
    "franc": "CHF",
}  # fmt: skip

_LANGUAGE_DEFAULTS = {("kr", "sv"): "SEK", ("kr", "no"): "NOK", ("kr", "nb"): "NOK", ("kr", "nn"): "NOK",
                      ("kr", "is"): "ISK", ("$", "pt"): "BRL", ("¥", "zh"): "CNY", ("dirham", "fr"): "MAD"}  # fmt: skip

_PLACES = {
    "AUD": "australia australian australien australie sydney melbourne brisbane perth adelaide queensland victoria gst",
    "NZD": "zealand auckland wellington christchurch",
    "CAD": "canada canadian canadien canadiens québec montréal toronto vancouver ontario calgary hst",
    "SGD": "singapore singapur singapour",
    "HKD": "kong hongkong",
    "TWD": "taiwan taipei",
    "MXN": "méxico tijuana guadalajara monterrey cdmx cancún puebla mérida",
    "COP": "colombia bogotá medellín cali barranquilla colombianos",
    "ARS": "argentina argentinos rosario córdoba",
    "CLP": "chile chilenos",
    "DOP": "dominicana dominicanos dominican",
    "PHP": "philippines manila cebu filipinos",
    "NOK": "norge norwegian norske norsk oslo bergen norway",
    "SEK": "sverige svenske svenska stockholm göteborg malmö sweden swedish",
    "ISK": "island reykjavik iceland",
    "EGP": "egypt cairo egyptian",
    "CNY": "china chinese beijing shanghai guangzhou rmb yuan",
    "PKR": "pakistan karachi lahore islamabad",
    "LKR": "lanka colombo",
    "QAR": "qatar doha",
    "XOF": "fcfa cfa sénégal",
    "MAD": "maroc morocco marruecos casablanca rabat marrakech",
    "AED": "dubai emirates uae abu dhabi dubaï",
}
_PLACE_OF = {word: code for code, words in _PLACES.items() for word in words.split()}


def is_member(code: str, meaning: str) -> bool:
    """Is `code` one of the currencies that an ambiguous meaning can be ("MXN" of "$")?"""
    return code in _CLASSES.get(meaning, ())


@cache
def word_marks() -> dict[str, tuple[tuple[tuple[str, ...], Mark], ...]]:
    """Marks made of words, by their first word, longest first; each as (words, mark)."""
    found: dict[str, list[tuple[tuple[str, ...], Mark]]] = {}
    for table, side, weak in _WORD_TABLES:
        for meaning, phrases in table.items():
            for words in map(tuple, map(str.split, phrases.split("|"))):
                found.setdefault(words[0], []).append((words, Mark(meaning, side, weak)))
    return {first: tuple(sorted(marks, key=lambda pair: -len(pair[0]))) for first, marks in found.items()}


def read_code(word: str) -> Mark | None:
    """The mark that a code is (word as written), or None: capitals, or lower case where that is no word."""
    upper = word.upper()
    if upper not in CODES or (word != upper and upper not in ANYCASE_CODES and not is_title(word, upper)):
        return None
    return Mark("CNY" if upper == "RMB" else upper, weak=upper in WEAK_CODES or word != upper)


def is_title(word: str, upper: str) -> bool:
    """ "Php 85,000", "Inr 5,000": a capital first letter will do where that is no word."""
    return word == upper.title() and upper not in _WORDS_IN_TITLE_CASE


@cache
def codes_as_written() -> frozenset[str]:
    """Every spelling of a code that counts by its capitals: "PHP" and "Php"."""
    return CODES | {title for code in CODES if is_title(title := code.title(), code)}


def read_dollar_prefix(word: str) -> str | None:
    """The currency that a word right before "$" makes of it ("US", "A", "RD"), or None. One letter only in "
    "capitals."""
    code = _DOLLAR_PREFIXES.get(word.lower())
    return None if code is None or (len(word) == 1 and word.islower() and word != "u") else code


def resolve(meaning: str, present: Iterable[str], words: Iterable[str], language: str) -> str | None:
    """The ISO 4217 code of a mark's meaning.

    `present` are the other marks' meanings in the text ("$5,000 … all prices in AUD"), `words` the text's words in
    lower case (places decide: "Sydney"), `language` the page's, with its region if known ("en-AU").
    """
    members = _CLASSES.get(meaning)
    if members is None:
        return meaning
    named = {code for code in present if code in members}
    if len(named) == 1:
        return named.pop()
    if meaning == "$" and "peso" in present:
        return resolve("peso", present, words, language)
    code, _, region = language.lower().partition("-")
    if _REGIONS.get(region) in members:
        return _REGIONS[region]
    places = {place for word in words if (place := _PLACE_OF.get(word)) in members}
    if len(places) == 1 and not (meaning == "$" and code != "es" and places & _CLASSES["peso"]):
        return places.pop()
    return _LANGUAGE_DEFAULTS.get((meaning, code), _DEFAULTS.get(meaning))


def money_stroke_currency(language: str) -> str | None:
    """What ",-" alone means: the Danish and Dutch way of writing a round price without any other mark."""
    return {"da": "DKK", "nl": "EUR", "de": "EUR", "no": "NOK", "nb": "NOK", "sv": "SEK"}.get(language[:2])
