"""Labels in six languages: what is boilerplate and why, and what no label may hide."""

from __future__ import annotations

import pytest

from monitor.text.extract import TextOptions, extract_page
from monitor.text.plain import read_plain
from monitor.types import PageText

FILLER = "<main>" + "<p>The page itself is about other things, and says so at length.</p>" * 12 + "</main>"


def label_of(text: str) -> str | None:
    page = read_plain(f"A line before it.\n{text}\nA line after it.", TextOptions())
    return page.blocks[1].boilerplate


def read(html: str) -> PageText:
    return extract_page(
        f"<html><body>{FILLER}{html}</body></html>".encode(), "text/html", "https://c.example/", TextOptions()
    )


def labels(html: str) -> set[str | None]:
    return {block.boilerplate for block in read(html).blocks if "The page itself" not in block.text}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("We use cookies to give you the best experience.", "consent"),
        ("Deze website maakt gebruik van cookies.", "consent"),
        ("Alle cookies accepteren", "consent"),
        ("Denne hjemmeside bruger cookies til statistik.", "consent"),
        ("Tillad alle cookies", "consent"),
        ("Utilizamos cookies propias y de terceros.", "consent"),
        ("Wir verwenden Cookies, um Inhalte zu personalisieren.", "consent"),
        ("Nous utilisons des cookies pour améliorer votre visite.", "consent"),
        ("Subscribe to our newsletter", "newsletter"),
        ("Schrijf je in voor onze nieuwsbrief", "newsletter"),
        ("Tilmeld dig vores nyhedsbrev", "newsletter"),
        ("Suscríbete a nuestro boletín", "newsletter"),
        ("Newsletter abonnieren", "newsletter"),
        ("Inscrivez-vous à la newsletter", "newsletter"),
        ("Leave a Reply", "comments"),
        ("Your email address will not be published. Required fields are marked *", "comments"),
        ("Geef een reactie", "comments"),
        ("Skriv et svar", "comments"),
        ("Deja un comentario", "comments"),
        ("Schreibe einen Kommentar", "comments"),
        ("Laisser un commentaire", "comments"),
        ("Share this on Facebook", "share"),
        ("Facebook Twitter LinkedIn", "share"),
        ("Deel dit artikel", "share"),
        ("© 2024 Clinic Ltd. All rights reserved.", "copyright"),
        ("Alle rettigheder forbeholdes", "copyright"),
        ("+45 70 20 30 40", "phone"),
        ("Tel: 085 130 1929", "phone"),
        ("Mon - Fri 9:00 am - 5:00 pm", "hours"),
        ("Maandag t/m vrijdag: 09.00 - 17.00 uur", "hours"),
        ("Mandag-fredag 8-16", "hours"),
        ("Lun - Vie 09:00 - 17:00", "hours"),
        ("Montag bis Freitag 8:00 - 18:00 Uhr", "hours"),
        ("Lundi - Vendredi 9h - 18h", "hours"),
        ("Mandag-torsdag kl. 9-18", "hours"),
        ("Zaterdag en zondag gesloten", "hours"),
        ("Saturday-Sunday: closed", "hours"),
        ("Lørdag og søndag lukket", "hours"),
        ("May 12, 2025 · Stem Cell Therapy", "date"),
        ("Last updated: 3 May 2024", "date"),
        ("Laatst bijgewerkt op 3 mei 2024", "date"),
        ("Sidst opdateret 03-05-2024", "date"),
        ("Publicado el 3 de mayo de 2024", "date"),
        ("Zuletzt aktualisiert am 3. Mai 2024", "date"),
        ("Publié le 3 mai 2024", "date"),
        ("3 days ago", "date"),
        ("1,234 views", "counter"),
        ("Views: 1234", "counter"),
        ("5 min read", "counter"),
        ("17 people are viewing this page", "counter"),
        ("12 reacties", "counter"),
        ("English | Nederlands | Deutsch", "language"),
        ("Skip to content", "skip"),
        ("Please enable JavaScript to continue.", "noscript"),
    ],
)
def test_boilerplate_by_its_words(text: str, reason: str) -> None:
    assert label_of(text) == reason


@pytest.mark.parametrize(
    "text",
    [
        "We have treated more than 250.000 patients since 2009.",
        "10,000 patients treated",
        "Results may vary.",
        "Call us today for your free consultation about stem cells.",
        "The treatment takes 5 minutes.",
        "© 2024 Clinic. This is not medical advice.",
        "Subscribe to our newsletter: 80% of patients improve.",
        "Leave a Reply. Treatment from € 5.000.",
        "Like all treatments, it has risks.",
        "Our study followed patients from 3 May 2024 until they walked again.",
        "Not approved by the FDA.",
        "Follow the doctor's advice after surgery.",
        "Multiple sclerosis",
        "€ 5.000",
        "80%",
    ],
)
def test_what_is_said_stays_compared(text: str) -> None:
    assert label_of(text) is None


@pytest.mark.parametrize(
    ("html", "reasons"),
    [
        ("<nav><ul><li><a href=/>Home</a><li><a href=/ms>Stem cells for MS</a></ul></nav>", {"menu"}),
        ("<div class='breadcrumbs'><a href=/>Home</a> » MS</div>", {"breadcrumb"}),
        ("<footer><ul><li><a href=/a>About</a><li><a href=/b>Treatments</a></ul></footer>", {"menu"}),
        ("<div id=onetrust-banner-sdk><h2>Your choice</h2><p>Pick.</p><button>Fine</button></div>", {"consent"}),
        ("<div class='cookie-notice'><table><tr><td>_ga<td>2 years<tr><td>_gid<td>1 day</table></div>", {"consent"}),
        ("<div class='sharedaddy'><h3>Share</h3><a href=x>Tweet</a></div>", {"share"}),
        ("<div id=respond class=comment-respond><h3>Say it</h3><label>Name</label></div>", {"comments"}),
        ("<div class='newsletter-signup'><h3>News</h3><p>Every week.</p><button>Go</button></div>", {"newsletter"}),
        ("<h3>Related posts</h3><ul><li><a href=/1>One thing</a><li><a href=/2>Other</a></ul>", {"related"}),
        ("<h3>Seneste indlæg</h3><ul><li><a href=/1>En ting</a></ul>", {"related"}),
        ("<div class=lang-switcher><a href=/nl>NL</a><a href=/en>EN</a></div>", {"language"}),
        ("<a class='skip-link screen-reader-text' href='#c'>To the text</a>", {None}),
        ("<div class='screen-reader-text'>To the text</div>", {"skip"}),
        ("<address>12 Main Street, 33701 St. Petersburg</address>", {"address"}),
        ("<footer><p>Keizersgracht 12 laan, 1015 CJ Amsterdam</p></footer>", {"address"}),
        ("<p><a href='https://www.linkedin.com/in/somebody'>Some Body</a></p>", {"share"}),
        ("<nav><a href=/p>Treatment now € 5.000</a></nav>", {None}),
        ("<div class=cookie-banner><p>Not approved by the FDA.</p></div>", {None}),
        ("<div class=related><p>This is not a cure, we say.</p></div>", {None}),
        ("<footer><p>We are a clinic that does much.</p></footer>", {None}),
    ],
)  # fmt: skip
def test_boilerplate_by_its_place(html: str, reasons: set[str | None]) -> None:
    assert labels(html) == reasons


def test_a_page_about_cookies_is_compared() -> None:
    html = "<html><head><title>Cookie policy</title></head><body><p>We use cookies to remember you.</p></body></html>"
    page = extract_page(html.encode(), "text/html", "https://c.example/", TextOptions())
    assert page.blocks[-1].boilerplate is None


NOISE = (
    ("<nav><a href=/>Home</a></nav>", "<nav><a href=/>Home</a><a href=/new>Our new page</a></nav>"),
    ("<div class=cookie-banner>We use cookies.</div>", "<div class=cookie-banner>Cookies make it better.</div>"),
    ("<p>1,234 views</p>", "<p>1,240 views</p>"),
    ("<input type=hidden name=csrf value=a>", "<input type=hidden name=csrf value=b>"),
    ("<script nonce=a>var x=1</script>", "<script nonce=b>var x=2</script>"),
    ("<p>Last updated: 3 May 2024</p>", "<p>Last updated: 9 June 2024</p>"),
    ("<p>First one.</p><p>Second one.</p>", "<p>Second one.</p><p>First one.</p>"),
    ("<p>First one. Second one.</p>", "<p>First one.</p><p>Second one.</p>"),
    ("<p>A “quote” here.</p>", '<p>A "quote" here.</p>'),
    ("<div><p>Text stays.</p></div>", "<section class=new><div><p><b>Text</b> stays.</p></div></section>"),
    ("<a href='/l.pdf?ver=1'>L</a>", "<a href='/l.pdf?ver=2'>L</a>"),
)


@pytest.mark.parametrize(("before", "after"), NOISE)
def test_noise_is_no_change(before: str, after: str) -> None:
    assert read(before).compared_sha256 == read(after).compared_sha256


def test_a_button_of_a_consent_banner_is_part_of_it() -> None:
    banner = '<div class="modal" role="dialog"><h2>Accept cookies to continue</h2><button>OK</button>{}</div>'
    assert labels(banner.format("")) == {"consent"}
    assert None in labels(banner.format("<button>Book now: $5,000</button>")), "a price is never hidden"
