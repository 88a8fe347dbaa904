"""What forms, banners, chats, imprints and footers of clinics' sites say, in six languages: labelled, and why."""
# ruff: noqa: E501  (an example stays on its line)

from __future__ import annotations

import pytest

from tests.unit.test_text_boilerplate import label_of, labels

WIDGETS = {
    "consent": (
        "This site is protected by reCAPTCHA and the Google Privacy Policy and Terms of Service apply.",
        "I have read and agree to the privacy policy",
        "By submitting this form you agree to our privacy policy.",
        "Ik ga akkoord met het privacybeleid",
        "Jeg accepterer privatlivspolitikken",
        "Acepto la política de privacidad",
        "He leído y acepto la política de privacidad",
        "Ich habe die Datenschutzerklärung gelesen und akzeptiere sie",
        "Mit dem Absenden stimmen Sie unserer Datenschutzerklärung zu.",
        "J'accepte la politique de confidentialité",
        "Functional Always active",
        "Functioneel Altijd actief",
        "Manage consent",
        "Toestemming beheren",
        "Administrer samtykke",
        "Gestionar consentimiento",
        "Einwilligung verwalten",
        "Gérer le consentement",
        "The technical storage or access is strictly necessary for the legitimate purpose of enabling the use of a specific service explicitly requested by the subscriber or user.",
        "Accept all",
        "Alles accepteren",
        "Accepter alle",
        "Aceptar todo",
        "Alle akzeptieren",
        "Tout accepter",
        "Kun nødvendige",
        "Nur essenzielle Cookies akzeptieren",
        "We value your privacy",
        "We waarderen uw privacy",
        "Vi værdsætter dit privatliv",
        "Valoramos tu privacidad",
        "Wir respektieren Ihre Privatsphäre",
        "Nous respectons votre vie privée",
        'This cookie is set by GDPR Cookie Consent plugin. The cookie is used to store the user consent for the cookies in the category "Analytics".',
    ),
    "form": (
        "First name *",
        "Voornaam",
        "Fornavn",
        "Nombre y apellidos",
        "Vorname",
        "Prénom",
        "Your message (optional)",
        "Uw bericht",
        "Din besked",
        "Su mensaje",
        "Ihre Nachricht",
        "Votre message",
        "Send message",
        "Verzenden",
        "Submit",
    ),
    "newsletter": (
        "Get our free patient guide by email",
        "Download our free e-book",
        "Enter your email address to receive updates",
        "Request more information",
        "Vraag vrijblijvend informatie aan",
        "Få nyheder direkte i din indbakke",
        "Regístrese para recibir noticias",
        "Jetzt kostenlose Broschüre anfordern",
        "Recevez nos actualités par e-mail",
    ),
    "registration": (
        "CVR: 12345678",
        "KvK 12345678",
        "CIF: B12345678",
        "USt-IdNr.: DE123456789",
        "SIRET 123 456 789 00012",
        "VAT: NL001234567B01",
    ),
    "address": (
        "Get directions",
        "Route plannen",
    ),
    "counter": (
        "4.9 out of 5 based on 213 reviews",
        "213 Google reviews",
        "3 Comments",
        "Er is 1 reactie",
    ),
    "chat": (
        "Chat with us",
        "Hi! How can we help you?",
    ),
    "skip": (
        "Loading…",
        "Toggle navigation",
    ),
    "copyright": (
        "© 2014–2026 Kliniken ApS",
        "Copyright 2026 - Clínica Regenerativa | Aviso legal | Política de privacidad",
        "Website by Studio X",
    ),
    "hours": (
        "Opening hours: Monday to Friday from 9 am to 5 pm",
        "Openingstijden: ma-vr 9:00-17:00",
        "Åbningstider: Man-fre 9-16",
        "Horario: L-V 9:00 a 14:00",
        "Öffnungszeiten: Mo-Fr 8-18 Uhr",
        "Horaires : du lundi au vendredi de 9h à 18h",
    ),
    "date": (
        "Published on March 5, 2024 by Dr. Smith",
        "Posted in Blog on 03/05/2024",
        "Geplaatst op 5 maart 2024",
        "Skrevet af Lars den 5. marts 2024",
        "Letzte Änderung: 05.03.2024",
        "Dernière mise à jour : 5 mars 2024",
        "Última actualización: 5 de marzo de 2024",
    ),
    "share": (
        "Share on WhatsApp",
        "Del på Facebook",
        "Compartir en Facebook",
        "Auf Facebook teilen",
        "Partager sur Facebook",
    ),
    "comments": ("Leave a comment",),
    "related": ("You might also like",),
    "phone": (
        "Call us: (727) 123-4567",
        "Llámenos al +34 912 345 678",
        "Rufen Sie uns an: +49 89 123456",
        "Appelez-nous au 01 23 45 67 89",
        "Ring til os på 70 20 30 40",
        "Bel 085 - 130 19 29",
    ),
    "mail": (
        "info@clinic.example",
        "E-mail: info@clinic.example",
    ),
}
SAID = (
    "I agree that the treatment is experimental.",
    "By signing you accept that results may vary and read the privacy policy.",
    "Your message: stem cells cure arthritis.",
    "Accept no other: our cells are FDA approved.",
    "Send us your scans: we healed 80% of patients.",
    "4.9 out of 5 patients were cured.",
    "Written by Dr. Smith: treatment from € 5.000.",
    "CVR 12345678: not approved by the Danish Medicines Agency.",
    "Chat with us: no side effects, guaranteed.",
    "We treat your date of birth as a medical record, and your name is known to the whole team.",
    "Name of the therapy",
    "The message of this study is simple",
)
ADDRESSES = (
    "Calle Serrano 12, 28001 Madrid",
    "Hauptstraße 5, 80331 München",
    "12 rue de la Paix, 75002 Paris",
    "Vesterbrogade 12, 1620 København V",
)


@pytest.mark.parametrize(("reason", "text"), [(reason, text) for reason, texts in WIDGETS.items() for text in texts])
def test_a_widget_is_known_by_its_words(reason: str, text: str) -> None:
    assert label_of(text) == reason


@pytest.mark.parametrize("text", SAID)
def test_cue_words_and_longer_sentences_stay_compared(text: str) -> None:
    assert label_of(text) is None


@pytest.mark.parametrize("text", ADDRESSES)
def test_an_address_in_the_footer_is_one(text: str) -> None:
    assert labels(f"<footer><p>{text}</p></footer>") == {"address"}


VENDORS = (
    "<h3>Analytics</h3><table><thead><tr><th>Cookie<th>Duration<th>Description</thead>"
    "<tr><td>_ga<td>2 years<td>Tells visitors apart.<tr><td>_fbp<td>3 months<td>Shows advertising.</table>"
    "<label>Marketing</label><button>OK</button>"
)


@pytest.mark.parametrize(
    "container",
    [
        "<div id='cookie-law-info-again'>", "<div class='cky-consent-container'>", "<div class='cmplz-cookiebanner'>",
        "<div id='CybotCookiebotDialog'>", "<div id='usercentrics-root'>", "<div class='BorlabsCookie'>",
        "<div id='onetrust-consent-sdk'>", "<div class='iubenda-cs-container'>", "<div id='didomi-popup'>",
        "<div class='moove-gdpr-info-bar-container'>", "<div class='qc-cmp2-container'>", "<div id='coiOverlay'>",
        "<div class='cli-modal'>", "<div class='termly-consent-banner'>", "<div id='cookiescript_injected'>",
    ],
)  # fmt: skip
def test_a_table_of_vendors_is_part_of_the_consent_banner(container: str) -> None:
    assert labels(f"{container}{VENDORS}</div>") == {"consent"}
