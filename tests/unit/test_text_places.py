# ruff: noqa: E501  (an example stays on its line)
"""One disclaimer, one price and one claim in each of thirteen places: found, compared, and missed when they go."""

from __future__ import annotations

import pytest

from monitor.compare.pages import compare_pages
from monitor.text.extract import TextOptions, extract_page
from monitor.types import Direction, Family, PageText
from tests.unit.meaning_pages import lexicons

STATEMENTS = {
    "disclaimer": "This treatment is not a cure and results may vary.",
    "price": "One treatment of the knee costs € 12.500 in all.",
    "claim": "Our therapy helps 80% of patients to walk again.",
}
PLACES = {
    "body": "<main><p>{}</p>{article}</main>",
    "after the article": "<main>{article}</main><div>{}</div>",
    "aside": "<main>{article}</main><aside><p>{}</p></aside>",
    "sidebar widget": '<main>{article}</main><div id="sidebar"><div class="widget widget_newsletter"><p>{}</p></div></div>',
    "modal": '<main>{article}</main><div class="modal fade" id="m" style="display:none" role="dialog"><p>{}</p></div>',
    "footer element": "<main>{article}</main><footer><p>{}</p></footer>",
    "footer id": '<main>{article}</main><div id="footer"><p>{}</p></div>',
    "site info": '<main>{article}</main><div class="site-info"><span>{}</span></div>',
    "table caption": "<main>{article}<table><caption>{}</caption><tr><th>a</th><th>b</th></tr><tr><td>c</td><td>1</td></tr>"
    "</table></main>",
    "image alt": '<main>{article}<img src="x.png" alt="{}"></main>',
    "small": "<main>{article}<p><small>{}</small></p></main>",
    "accordion": '<main>{article}<div class="accordion"><button>More</button><div class="accordion-body" hidden>{}</div></div></main>',
    "second main": "<main>{article}</main><main><p>{}</p></main>",
}  # fmt: skip
ARTICLE = "<h1>Stem cells</h1>" + "".join(
    f"<p>Paragraph {number} tells at some length what the clinic does with the cells that it has.</p>"
    for number in range(12)
)


def page(place: str, text: str) -> PageText:
    body = PLACES[place].replace("{article}", ARTICLE).replace("{}", text)
    html = f"<!doctype html><html><head><title>Clinic</title></head><body><nav><a href='/'>Home</a></nav>{body}</body></html>"
    return extract_page(html.encode(), "text/html; charset=utf-8", "https://clinic.example/", TextOptions("en"))


@pytest.mark.parametrize("kind", STATEMENTS)
@pytest.mark.parametrize("place", PLACES)
def test_a_statement_counts_wherever_it_stands(place: str, kind: str) -> None:
    statement = STATEMENTS[kind]
    with_it, without = page(place, statement), page(place, "")
    found = [block for block in with_it.blocks if statement in block.text]
    assert [block.boilerplate for block in found] == [None]
    assert with_it.compared_sha256 != without.compared_sha256


@pytest.mark.parametrize("kind", STATEMENTS)
@pytest.mark.parametrize("place", PLACES)
def test_its_removal_is_a_change_wherever_it_stood(place: str, kind: str) -> None:
    changes = compare_pages(page(place, STATEMENTS[kind]), page(place, ""), lexicons()).changes
    told = [(change.family, change.direction) for change in changes]
    assert (Family(kind), Direction.REMOVED) in told
    assert {direction for _, direction in told} == {Direction.REMOVED}
    assert all(change.before in STATEMENTS[kind] for change in changes)


def test_there_are_thirteen_places() -> None:
    assert len(PLACES) * len(STATEMENTS) == 39


@pytest.mark.parametrize("place", ["footer element", "aside", "modal"])
def test_a_disclaimer_that_leaves_the_main_text_has_moved(place: str) -> None:
    statement = STATEMENTS["disclaimer"]
    assert page("body", statement).compared_sha256 != page(place, statement).compared_sha256


def test_an_order_that_differs_is_no_change() -> None:
    one, other = (
        extract_page(f"<main>{text}</main>".encode(), "text/html", "https://clinic.example/", TextOptions("en"))
        for text in ("<p>One is here.</p><p>Two is there.</p>", "<p>Two is there.</p><p>One is here.</p>")
    )
    assert one.compared_sha256 == other.compared_sha256
