"""Is this still the page? What real sites answer instead of it, and pages that only look like that."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crawler.outcomes import Outcome
from monitor.identity import HELD, LookFacts, judge, observe, share_kept
from monitor.text.extract import TextOptions, extract_page
from monitor.types import PageText

FACTS = LookFacts("en", ("en", "nl", "da", "es", "de", "fr"))
ARTICLE = [
    "Stem cell therapy for multiple sclerosis is offered at our clinic since 2009.",
    "Multiple sclerosis is a disease in which the immune system attacks the coating around the nerves.",
    "We take cells from your own fat tissue under local anaesthesia and prepare them in the laboratory.",
    "The treatment costs between $5,000 and $9,000, depending on the number of injections that you need.",
    "The treatment is not a cure, and results vary from patient to patient; talk to your own doctor first.",
    "Our doctors have treated 404 patients since the clinic was opened, and found it to be well tolerated.",
    "After the treatment you stay in the clinic for one night, and a nurse looks after you all the time.",
    "We use cookies only to count visits; you can refuse them without losing any part of this website.",
]


def page(title: str, *paragraphs: str, heading: str = "", body: str = "") -> PageText:
    words = "".join(f"<p>{one}</p>" for one in paragraphs)
    head = f"<h1>{heading}</h1>" if heading else ""
    html = f"<html><head><title>{title}</title></head><body><main>{head}{words}</main>{body}</body></html>"
    return extract_page(html.encode(), "text/html; charset=utf-8", "https://clinic.example/ms", TextOptions("en"))


LAST = page("Stem cell therapy", *ARTICLE, heading="Stem cell therapy for MS")

WALLS = [
    ("waf", page("Just a moment...", "Enable JavaScript and cookies to continue", heading="clinic.example")),
    ("waf", page("Attention Required! | Cloudflare", "Performance & security by Cloudflare", heading="Sorry")),
    ("waf", page("Checking your browser", "Checking your browser before accessing. This process is automatic.")),
    ("waf", page("Access Denied", "You don't have permission to access this server.", heading="Access Denied")),
    ("captcha", page("Security check", "Please complete the CAPTCHA", heading="I'm not a robot")),
    ("captcha", page("Ben je een mens?", "Klik hieronder.", heading="Ik ben geen robot")),
    ("login", page("Log in", "Username Password", heading="Log in")),
    ("cookie_wall", page("Cookies", "Accept all cookies to continue", heading="Accept cookies to continue")),
    ("maintenance", page("Down for maintenance", "We will be back soon!", heading="Under maintenance")),
    ("maintenance", page("In onderhoud", "Onze website is even in onderhoud.", heading="In onderhoud")),
    ("parked", page("clinic.example", "Related searches", heading="This domain is for sale")),
    ("parked", page("clinic.example", "Este dominio está en venta", heading="Buy this domain")),
    ("default_page", page("Welcome to nginx!", "If you see this page, nginx is working.", heading="Welcome to nginx!")),
    ("default_page", page("Index of /", "Parent Directory", heading="Index of /")),
    ("app_error", page("WordPress › Error", "There has been a critical error on this website.", heading="Error")),
    ("app_error", page("Database Error", heading="Error establishing a database connection")),
    ("soft404", page("Page not found - Clinic", "Oops! That page can’t be found.", heading="404")),
    ("soft404", page("Pagina niet gevonden", "Deze pagina bestaat niet meer.", heading="Pagina niet gevonden")),
    ("soft404", page("Siden blev ikke fundet", "Beklager.", heading="Siden blev ikke fundet")),
    ("soft404", page("Página no encontrada", "Lo sentimos.", heading="404")),
    ("soft404", page("Seite nicht gefunden", "Tut uns leid.", heading="Seite nicht gefunden")),
    ("soft404", page("Page introuvable", "Désolé.", heading="Page introuvable")),
]


@pytest.mark.parametrize(("reason", "seen"), WALLS, ids=lambda value: value if isinstance(value, str) else value.title)
@pytest.mark.parametrize("last", [LAST, None], ids=["known", "first"])
def test_a_wall_is_not_the_page(reason: str, seen: PageText, last: PageText | None) -> None:
    verdict = judge(seen, FACTS, last)
    assert verdict is not None
    assert verdict.reason == reason
    assert verdict.outcome is Outcome.BLOCKED
    assert verdict.signals


PAGES = [
    page("Stem cell therapy", *ARTICLE, heading="404 patients treated"),
    page("Our cookie policy", *ARTICLE[:5], "Accept all cookies to continue reading.", heading="Cookies and you"),
    page("404 patients and counting", *ARTICLE),
    page("Stem cell therapy", *ARTICLE, "This page is protected by reCAPTCHA.", heading="Stem cell therapy"),
    page("Stem cell therapy", *ARTICLE, "Log in", "Our shop is under construction.", heading="Stem cell therapy"),
    page("Why no cure was found", *ARTICLE, heading="No cure found"),
]


@pytest.mark.parametrize("seen", PAGES, ids=lambda seen: seen.title)
@pytest.mark.parametrize("last", [LAST, None], ids=["known", "first"])
def test_a_page_that_speaks_of_such_things_is_the_page(seen: PageText, last: PageText | None) -> None:
    assert judge(seen, FACTS, last) is None


def test_a_page_behind_an_overlay_is_the_page() -> None:
    seen = page("Just a moment...", "Checking your browser", *ARTICLE, heading="Accept cookies to continue")
    assert share_kept(seen, LAST) > 0.9
    assert judge(seen, FACTS, LAST) is None


def test_nothing_visible_is_empty_or_a_shell() -> None:
    assert (verdict := judge(page(""), FACTS, None)) is not None
    assert verdict.reason == "empty"
    assert (verdict := judge(page(""), replace(FACTS, shell=True), None)) is not None
    assert verdict.reason == "js_shell"
    loading = page("Clinic", "You need to enable JavaScript to run this app.")
    assert (verdict := judge(loading, replace(FACTS, shell=True, scripts=4), LAST)) is not None
    assert verdict.reason == "js_shell"


@pytest.mark.parametrize(("kept", "reason"), [(8, None), (7, None), (5, None), (3, "shrunk"), (1, "shrunk")])
def test_a_page_that_loses_more_than_half_is_held(kept: int, reason: str | None) -> None:
    verdict = judge(page("Stem cell therapy", *ARTICLE[:kept], heading="Stem cell therapy for MS"), FACTS, LAST)
    assert (verdict.reason if verdict else None) == reason
    if verdict is not None:
        assert verdict.held


def test_a_small_page_may_shrink() -> None:
    last = page("Contact", *ARTICLE[:2])
    assert judge(page("Contact", ARTICLE[0]), FACTS, last) is None


def test_another_language_is_held() -> None:
    dutch = [
        "Stamceltherapie voor multiple sclerose wordt sinds 2009 in onze kliniek aangeboden aan patiënten.",
        "Multiple sclerose is een ziekte waarbij het afweersysteem de laag rond de zenuwen aanvalt en beschadigt.",
        "Wij nemen cellen uit uw eigen vetweefsel onder plaatselijke verdoving en bereiden ze in het laboratorium.",
        "De behandeling kost tussen vijf- en negenduizend euro, afhankelijk van het aantal injecties.",
        "De behandeling is geen genezing en de resultaten verschillen van patiënt tot patiënt; praat met uw arts.",
        "Na de behandeling blijft u een nacht in de kliniek, waar een verpleegkundige de hele tijd voor u zorgt.",
    ]
    verdict = judge(page("Stamceltherapie", *dutch), FACTS, LAST)
    assert verdict is not None
    assert (verdict.reason, verdict.held) == ("wrong_language", True)


def test_wholly_other_words_are_held_and_a_rewritten_page_is_not() -> None:
    casino = [
        "Spin the reels of our newest slot machines and collect a welcome bonus with your first deposit today.",
        "Our live dealers await at roulette, blackjack and baccarat tables around the clock, every single day.",
        "Withdraw winnings within minutes through any of eleven supported wallets without verification delays.",
        "Weekly tournaments reward loyal players with jackpots, vouchers and exclusive holiday packages abroad.",
        "Register using nothing but a nickname and start betting on football, tennis or horse racing right now.",
    ]
    verdict = judge(page("Best slots", *casino), FACTS, LAST)
    assert verdict is not None
    assert verdict.reason == "wrong_page"
    rewritten = [one.replace("the ", "this ").replace("We ", "They ").replace(".", "!") for one in ARTICLE]
    assert judge(page("Therapy", *(f"Today: {one}" for one in rewritten)), FACTS, LAST) is None


def test_what_bytes_and_headers_tell() -> None:
    body = b'<div id="root"></div><script src=a></script><SCRIPT>b</SCRIPT><input name=p type="password">'
    facts = observe(body, "en", ("en",), ((b"CF-Mitigated", b"challenge"),))
    assert facts == LookFacts("en", ("en",), scripts=2, shell=True, password_field=True, challenge_header=True)
    assert judge(page("Clinic", "One moment"), facts, None) is not None


def test_held_reasons_are_of_the_vocabulary() -> None:
    assert {"shrunk", "wrong_page", "wrong_language", "truncated"} == HELD


def html_of(paragraphs: list[str], *, closed: bool = True) -> bytes:
    text = "".join(f"<p>{paragraph}</p>\n" for paragraph in paragraphs)
    return f"<html><body><main><h1>Clinic</h1>\n{text}".encode() + (b"</main></body></html>" if closed else b"")


SAYINGS = [
    f"Treatment number {n} is given on day {n}, after a talk with the doctor and a look at the files."
    for n in range(20)
]


def verdict_of(before: bytes, now: bytes) -> str | None:
    options = TextOptions("en")
    last, seen = (extract_page(one, "text/html", "http://clinic.test/a", options) for one in (before, now))
    verdict = judge(seen, observe(now, "en", ("en",), ()), last)
    return verdict.reason if verdict else None


@pytest.mark.parametrize("share", [0.6, 0.75, 0.85, 0.97])
def test_a_page_that_ends_within_a_sentence_is_truncated(share: float) -> None:
    """The server's own fault, so that length and framing are right: what is missing is not gone."""
    whole = html_of(SAYINGS)
    cut = whole[: int(len(whole) * share)]
    assert verdict_of(whole, cut) == "truncated"
    assert verdict_of(whole, cut + b"</p></main></body></html>") is None


def test_a_page_that_ends_between_two_paragraphs_is_truncated() -> None:
    assert verdict_of(html_of(SAYINGS), html_of(SAYINGS[:13], closed=False)) == "truncated"


def test_a_site_that_never_closes_its_pages_is_read_as_it_is() -> None:
    """What goes from the middle, comes at the end or is worded anew there is a change of the page."""
    before = html_of(SAYINGS, closed=False)
    assert verdict_of(before, before) is None
    assert verdict_of(before, html_of(SAYINGS[:7] + SAYINGS[8:], closed=False)) is None
    assert verdict_of(before, html_of([*SAYINGS, "A treatment costs 9,000 euros."], closed=False)) is None
    assert verdict_of(before, html_of([*SAYINGS[:-1], "Nothing is promised."], closed=False)) is None
