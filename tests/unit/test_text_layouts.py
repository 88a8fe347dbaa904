# ruff: noqa: E501  (an example stays on its line)
"""Layouts where one more sentence makes trafilatura keep or drop whole passages: here nothing else changes."""

from __future__ import annotations

from collections import Counter

import pytest

from monitor.text.extract import TextOptions, extract_page

CARDS = "".join(
    f'<div class="card price-card"><h3>Package {name}</h3><p>€ {amount}</p><a class="btn" href="/book">Book</a></div>'
    for name, amount in (("Basic", "4.500"), ("Plus", "9.000"), ("Full", "19.500"))
)
LAYOUTS = {
    "cards after a short text": f"<main><div class='text'>{{}}</div><div class='grid'>{CARDS}</div></main>",
    "cards before": f"<div class='grid'>{CARDS}</div><div class='text'>{{}}</div>",
    "table beside": "<div class='col'>{}</div><div class='col'><table><tr><th>Treatment</th><th>Price</th></tr>"
    "<tr><td>Knee</td><td>€ 5.000</td></tr><tr><td>Hip</td><td>€ 6.000</td></tr></table></div>",
    "two articles": "<article><h2>One</h2><p>First text here.</p>{}</article><article><h2>Two</h2><p>Second.</p></article>",
    "sections without main": "<section><h2>What</h2>{}</section><section><h2>Risks</h2><ul><li>Fever</li><li>Pain</li></ul>"
    "</section><footer><p>This is not a cure.</p></footer>",
    "divs and line breaks": "<div>{}<br>Call us for more.<br><br>Risks: fever.</div><div class='legal'>No guarantee.</div>",
}
SENTENCES = [
    f"Sentence number {number} says that cells of the patient are taken, grown and given back." for number in range(20)
]


def compared(layout: str, sentences: int) -> Counter[tuple[str, str, str]]:
    added = "".join(f"<p>{text}</p>" for text in SENTENCES[:sentences])
    html = f"<html><body><nav><a href='/'>Home</a></nav>{LAYOUTS[layout].replace('{}', added)}</body></html>"
    page = extract_page(html.encode(), "text/html", "https://clinic.example/", TextOptions("en"))
    return Counter((block.key, block.boilerplate or "", block.region.value) for block in page.blocks)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_added_sentences_change_nothing_else(layout: str) -> None:
    bare = compared(layout, 0)
    assert any("€" in key or "risk" in key.lower() or "text" in key.lower() for key, _, _ in bare)
    for number in range(1, len(SENTENCES) + 1):
        more = compared(layout, number)
        assert not bare - more
        assert {key for key, _, _ in more - bare} == set(SENTENCES[:number])
