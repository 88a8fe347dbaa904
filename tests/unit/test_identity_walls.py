# ruff: noqa: E501  (an example stays on its line)
"""The hostile suite's walls by the judge alone, on a first look and on a later one; and pages that only sound so."""

from __future__ import annotations

import pytest

from crawler.walls import judge_wall
from monitor.identity import HELD, References, doubtful_keys, judge, observe
from monitor.text.extract import TextOptions, extract_page
from monitor.types import PageText
from tests.hostile.clinic import MISSING, SIBLING, layout, page
from tests.hostile.walls import WALLS

LANGUAGES = ("en", "nl", "da", "es", "de", "fr")
URL = "https://clinic.example/therapy"


def read(body: bytes) -> PageText:
    return extract_page(body, "text/html; charset=utf-8", URL, TextOptions("en"))


def verdict_of(body: bytes, last: PageText | None, status: int = 200, others: References | None = None) -> str | None:
    _, marks = judge_wall(200, {}, body)
    facts = observe(body, "en", LANGUAGES, (), marks=marks, status=status)
    verdict = judge(read(body), facts, last, others)
    assert verdict is None or verdict.signals
    return verdict.reason if verdict else None


LAST = read(page("multiple sclerosis"))
SAID = {name: wall for name, wall in WALLS.items() if wall.reason not in HELD and name != "soft404_wordless"}


@pytest.mark.parametrize("name", SAID)
def test_a_wall_is_known_by_its_words(name: str) -> None:
    wall = WALLS[name]
    assert verdict_of(wall.body, LAST, int(wall.status[:3])) == wall.reason


@pytest.mark.parametrize("name", SAID)
def test_a_wall_is_known_on_the_first_look_too(name: str) -> None:
    wall = WALLS[name]
    assert verdict_of(wall.body, None, int(wall.status[:3])) == wall.reason


def article(title: str, heading: str, *paragraphs: str, chars: int = 700) -> bytes:
    """A real page of about `chars` characters that says these things in its own text."""
    filler = "The infusion takes two hours and a nurse looks after you. " * (chars // 58)
    return layout(
        f"{title} | Northern Clinic", f"<h1>{heading}</h1>" + "".join(f"<p>{one}</p>" for one in (*paragraphs, filler))
    )


HARMLESS = {
    "cookies": article("Our cookie policy", "Cookies", "This website uses cookies. You can accept cookies or refuse them; we value your privacy.", "Analytical cookies are kept for two years.", chars=1500),
    "404 patients": article("404 patients treated", "404 patients treated", "We have treated 404 patients since 2009."),
    "404 patients, short": article("Results", "404 patients and counting", chars=200),
    "no cure found": article("Why no cure was found", "No cure found yet", "A cure for MS was not found in any study."),
    "maintenance therapy": article("Maintenance therapy", "Maintenance therapy with stem cells", "Patients under maintenance treatment come twice a year."),
    "log-in in the menu": layout("Stem cells", "<h1>Stem cells</h1><p>A treatment of two hours.</p>" + "<p>A nurse looks after you.</p>" * 10),
    "login for patients": article("For patients", "For patients", "Patients log in to the portal to see their results.", chars=900),
    "captcha at the form": article("Contact", "Contact us", "This form is protected by reCAPTCHA.", chars=700) + b'<div class="g-recaptcha"></div>',
    "under construction": article("Our clinic", "Our clinic in the city", "A second building is under construction.", chars=900),
    "coming soon": article("Exosomes", "Exosome therapy", "Coming soon: exosomes for the knee.", chars=900),
    "not available in your country": article("Approval", "Is it approved?", "The treatment may not be available in your country.", chars=1600),
    "access denied": article("Insurance", "When insurers say no", "Many insurers denied access to this treatment.", chars=900),
    "domain": article("Knee", "The knee domain", "Parking is free at the clinic. Related searches show what others ask.", chars=900),
    "error": article("Errors", "Trial and error", "Something went wrong in early trials; a fatal error in dosing was found.", chars=1600),
    "dutch": article("Onderhoud van gewrichten", "Onderhoud van uw gewrichten", "Deze behandeling werd bij eerdere patiënten niet gevonden.", chars=900),
    "german": article("Wartezeiten", "Anmeldung zur Behandlung in der Klinik", "Die Ursache wurde nicht gefunden.", chars=900),
    "spanish": article("Tratamiento", "Tratamiento de mantenimiento", "No se encontró ninguna cura.", chars=900),
    "french": article("Traitement", "Traitement d'entretien", "La cause n'a pas été trouvée.", chars=900),
    "danish": article("Behandling", "Vedligeholdelse af leddet", "Årsagen blev ikke fundet.", chars=900),
}  # fmt: skip


@pytest.mark.parametrize("name", HARMLESS)
def test_a_page_that_only_sounds_so_is_the_page(name: str) -> None:
    assert verdict_of(HARMLESS[name], None) is None
    assert verdict_of(HARMLESS[name], read(HARMLESS[name])) is None


@pytest.mark.parametrize("name", ["404 patients", "cookies", "maintenance therapy", "coming soon"])
def test_a_page_may_begin_to_speak_of_such_things(name: str) -> None:
    """The article with the new words above it."""
    words = read(HARMLESS[name]).blocks[-5].text
    body = page("multiple sclerosis").replace(b"<main>", f"<main><h2>{words[:100]}</h2>".encode())
    assert verdict_of(body, LAST) is None


def test_a_doubtful_look_is_told_by_the_sites_other_pages() -> None:
    missing = layout("Northern Clinic", f"<h1>{MISSING[0]}</h1><p>{MISSING[1]}</p>")
    alone = judge(read(missing), observe(missing, "en", LANGUAGES, ()), LAST)
    assert alone is not None
    assert alone.held
    assert doubtful_keys(read(missing), LAST, alone)
    assert verdict_of(missing, LAST, others=References(missing=read(missing))) == "soft404"
    others = References(siblings={"https://clinic.example/journey": read(SIBLING)})
    assert doubtful_keys(read(SIBLING), LAST, None)
    assert verdict_of(SIBLING, LAST, others=others) == "wrong_page"
    assert verdict_of(SIBLING, LAST, others=References(missing=read(missing))) != "soft404"


def test_the_page_itself_is_never_doubtful() -> None:
    for body in (page("multiple sclerosis"), page("multiple sclerosis", "25,000 EUR")):
        assert doubtful_keys(read(body), LAST, None) == ()
        assert verdict_of(body, LAST, others=References({"https://a.example/": LAST}, LAST)) is None
