# ruff: noqa: E501  (an example stays on its line)
"""What becomes a block: visible text, in order, with its kind, region and path."""

from __future__ import annotations

import json

import pytest

from monitor.errors import ExtractError
from monitor.text.characters import decode_address
from monitor.text.extract import TextOptions, extract_page
from monitor.types import Block, BlockKind, PageText, Region


def read(body: str, head: str = "", **options: tuple[str, ...]) -> PageText:
    html = f"<!doctype html><html><head>{head}</head><body>{body}</body></html>"
    return extract_page(
        html.encode(), "text/html; charset=utf-8", "https://clinic.example/page/", TextOptions("en", **options)
    )


def texts(body: str, **options: tuple[str, ...]) -> list[str]:
    return [block.text for block in read(body, **options).blocks if block.region is not Region.DATA]


def find(page: PageText, text: str) -> Block:
    found = [block for block in page.blocks if block.text == text]
    assert len(found) == 1, [block.text for block in page.blocks]
    return found[0]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<script>var a='<p>no</p>'</script><style>p{}</style><template><p>no</p></template><p>yes</p>", ["yes"]),
        ("<p hidden>no</p><p style='display: none'>no</p><p style='visibility:hidden'>no</p>yes", ["yes"]),
        ("<input type=hidden name=csrf value=n0nce><p data-nonce=abc>yes</p>", ["yes"]),
        ("<div class='tab-pane' style='display:none'>in a tab</div>", ["in a tab"]),
        ("<a href='#more'>Open</a><div id=more hidden>opened</div>", ["Open", "opened"]),
        ("<button aria-controls='x y'>Open</button><div id=y style='display:none'>opened</div>", ["Open", "opened"]),
        ("<details><summary>Is it safe?</summary><p>Ask us.</p></details>", ["Is it safe?", "Ask us."]),
        ("<p>one<br>Two<br>and a half</p>", ["one", "Two and a half"]),
        ("<h2>Stem cells<br>For all</h2>", ["Stem cells For all"]),
        ("<p>H<sub>2</sub>O and <b>bo</b>ld</p>", ["H2O and bold"]),
        ("<div><span class=a>€ 500</span><span class=b>per session</span></div>", ["€ 500 per session"]),
        ("<div><a href=/a>One</a><a href=/b>Two</a></div>", ["One Two"]),
        ("before<div>in</div>after", ["before", "in", "after"]),
        ("<ul><li>One<ul><li>Two</li></ul></li></ul>", ["One", "Two"]),
        ("<h2><img src=x alt='Our prices'></h2>", ["Our prices"]),
        ("<a href=/p><img src=x alt='Price list'></a>", ["Price list"]),
        ("<form><label>Name</label><input placeholder='Your name'><input type=submit value='Send'></form>", ["Name", "Your name", "Send"]),
        ("<select><option>Knee € 500<option>Hip € 600</select>", ["Knee € 500", "Hip € 600"]),
        ("<svg><title>icon</title><text>80% better</text></svg>", ["80% better"]),
        ("<p>a <span class='__cf_email__' data-cfemail='422b2c242d02216c2730'>[email protected]</span></p>", ["a info@c.er"]),
        ("<p>x<wbr>y z&shy;z</p>", ["xy zz"]),
        ("<p>•</p><p>***</p><p>text</p>", ["text"]),
        ("<noscript><p>Fallback text here</p></noscript>", ["Fallback text here"]),
        ("<h2><div>In a box</div></h2>", ["In a box"]),
    ],
)  # fmt: skip
def test_visible_text_in_order(body: str, expected: list[str]) -> None:
    assert texts(body) == expected


def test_addresses_of_cloudflare() -> None:
    assert decode_address("422b2c242d02216c2730") == "info@c.er"
    assert decode_address("zz") == ""
    assert decode_address("") == ""


def test_struck_out_text_is_no_longer_said() -> None:
    page = read("<p>Price: <s>$9,000</s> <b>$5,000</b></p><p><del>This is not a cure.</del></p>")
    assert [(block.text, block.boilerplate) for block in page.blocks] == [
        ("Price: $5,000", None),
        ("$9,000", "struck"),
        ("This is not a cure.", "struck"),
    ]


def test_rows_of_tables_with_their_headers() -> None:
    page = read(
        "<h2>Prices</h2><table><thead><tr><th>Treatment<th>Price<th>Stay</thead><tr><td>Knee<td>€ 5.000<td>1 day"
        "<tr><td colspan=2>Hip<td>2 days</table>"
    )
    knee, hip = find(page, "Knee | € 5.000 | 1 day"), find(page, "Hip | 2 days")
    assert knee.kind is BlockKind.TABLE_ROW
    assert knee.path == ("Prices",)
    assert knee.cells == (("Treatment", "Knee"), ("Price", "€ 5.000"), ("Stay", "1 day"))
    assert hip.cells == (("Treatment Price", "Hip"), ("Stay", "2 days"))


@pytest.mark.parametrize(
    ("table", "rows"),
    [
        pytest.param(
            "<tr><th>Joint<th>Injections<th>Price<tr><td rowspan=2>Knee<td>1<td>€ 3.000<tr><td>2<td>€ 5.000"
            "<tr><td>Hip<td>1<td>€ 4.000",
            [
                [("Joint", "Knee"), ("Injections", "1"), ("Price", "€ 3.000")],
                [("Joint", "Knee"), ("Injections", "2"), ("Price", "€ 5.000")],
                [("Joint", "Hip"), ("Injections", "1"), ("Price", "€ 4.000")],
            ],
            id="a first column that spans rows",
        ),
        pytest.param(
            "<tr><th>Joint<th>Price<tr><td>Knee<td rowspan=3>€ 5.000<tr><td>Hip<tr><td>Ankle",
            [
                [("Joint", "Knee"), ("Price", "€ 5.000")],
                [("Joint", "Hip"), ("Price", "€ 5.000")],
                [("Joint", "Ankle"), ("Price", "€ 5.000")],
            ],
            id="one price for three rows",
        ),
        pytest.param(
            "<tr><th rowspan=2>Joint<th colspan=2>Price (EUR)<tr><th>1 side<th>2 sides"
            "<tr><td>Knee<td>3.000<td>5.000",
            [[("Joint", "Knee"), ("Price (EUR) 1 side", "3.000"), ("Price (EUR) 2 sides", "5.000")]],
            id="headers in two rows",
        ),
        pytest.param(
            "<tr><th>Joint<th>Price<th>Stay<tr><td colspan=3>For professionals<tr><td>Knee<td colspan=2>on request, 5",
            [[("", "For professionals")], [("Joint", "Knee"), ("Price Stay", "on request, 5")]],
            id="cells that span columns",
        ),
        pytest.param(
            "<tr><th>Joint<th>Price<tr><td rowspan=0>Knee<td>€ 3.000<tr><td>€ 5.000<tr><td>€ 7.000",
            [[("Joint", "Knee"), ("Price", price)] for price in ("€ 3.000", "€ 5.000", "€ 7.000")],
            id="a cell that spans what is left",
        ),
        pytest.param(
            "<tr><th>Joint<th>Price<tr><td rowspan=65534 colspan=x>Knee<td rowspan=-1>€ 3.000<tr><td>€ 5.000",
            [[("Joint", "Knee"), ("Price", "€ 3.000")], [("Joint", "Knee"), ("Price", "€ 5.000")]],
            id="spans that are none",
        ),
    ],
)  # fmt: skip
def test_cells_that_span_are_read_with_every_row(table: str, rows: list[list[tuple[str, str]]]) -> None:
    page = read(f"<h2>Prices</h2><table>{table}</table>")
    found = [list(block.cells) for block in page.blocks if block.kind is BlockKind.TABLE_ROW]
    assert [cells for cells in found if any(header != text for header, text in cells)] == rows
    assert all(block.text == " | ".join(text for _, text in block.cells) for block in page.blocks if block.cells)


def test_a_spanning_cell_is_not_repeated_without_end() -> None:
    cell, row = f"<td rowspan=60000>{'word ' * 130}", "<tr><td>€ 5.000"
    page = read(f"<table><tr><th>Joint<th>Price<tr>{cell}{cell}<td>€ 1{row * 5000}</table>")
    assert sum(len(block.text) for block in page.blocks) < 400_000


def test_a_first_row_without_digits_heads_a_table_of_amounts() -> None:
    page = read("<table><tr><td><b>What</b><td><b>Cost</b><tr><td>Knee<td>$5,000</table>")
    assert find(page, "Knee | $5,000").cells == (("What", "Knee"), ("Cost", "$5,000"))


def test_a_table_that_only_lays_out_is_no_rows() -> None:
    page = read("<table><tr><td><h2>Left</h2><p>Text.</p><td><table><tr><td>a<td>1<tr><td>b<td>2</table></table>")
    assert [block.text for block in page.blocks] == ["Left", "Text.", "a | 1", "b | 2"]


def test_definitions_know_their_term() -> None:
    page = read("<h2>Facts</h2><dl><dt>Price</dt><dd>€ 5.000</dd><dt>Stay</dt><dd>1 day</dd></dl><p>After.</p>")
    assert find(page, "€ 5.000").path == ("Facts", "Price")
    assert find(page, "1 day").path == ("Facts", "Stay")
    assert find(page, "After.").path == ("Facts",)


def test_paths_follow_the_headings_and_end_with_their_region() -> None:
    page = read(
        "<main><h1>A</h1><h2>B</h2><h3>C</h3><p>c.</p><h2>D</h2><p>d.</p></main><aside><h4>E</h4><p>e.</p></aside><p>f.</p>"
        "<footer><p>g.</p></footer>"
    )
    paths = {block.text: block.path for block in page.blocks}
    assert paths["c."] == ("A", "B", "C")
    assert paths["d."] == ("A", "D")
    assert paths["e."] == ("E",)
    assert paths["g."] == ()


@pytest.mark.parametrize(
    ("body", "region"),
    [
        ("<nav>{}</nav>", Region.NAV),
        ("<div role=navigation>{}</div>", Region.NAV),
        ("<div class='main-menu'>{}</div>", Region.NAV),
        ("<footer>{}</footer>", Region.FOOTER),
        ("<div class=site-footer>{}</div>", Region.FOOTER),
        ("<div id=colophon>{}</div>", Region.FOOTER),
        ("<article><footer>{}</footer></article>", Region.MAIN),
        ("<div class='entry-footer'>{}</div>", Region.MAIN),
        ("<header>{}</header>", Region.HEADER),
        ("<article><header>{}</header></article>", Region.MAIN),
        ("<aside>{}</aside>", Region.ASIDE),
        ("<div id=sidebar>{}</div>", Region.ASIDE),
        ("<div class='has-sidebar content'>{}</div>", Region.MAIN),
        ("<div class='newsletterPopup'>{}</div>", Region.POPUP),
        ("<div role=dialog>{}</div>", Region.POPUP),
        ("<div id=cookie-banner>{}</div>", Region.POPUP),
        ("<section>{}</section>", Region.MAIN),
    ],
)
def test_regions(body: str, region: Region) -> None:
    filler = "<p>" + "A long text that makes the page what it is. " * 8 + "</p>"
    page = read(filler + body.replace("{}", "<p>We tell something here.</p>"))
    assert find(page, "We tell something here.").region is region


def test_a_container_that_holds_the_page_is_the_page() -> None:
    text = "<h1>Cells</h1>" + "<p>This is what the page is about, at length and in detail.</p>" * 9
    page = read(f"<div class='cookie-notice-wrapper popup'>{text}</div><p>Small rest.</p>")
    assert {block.region for block in page.blocks} == {Region.MAIN}
    assert {block.boilerplate for block in page.blocks} == {None}


def test_what_a_page_says_without_showing_it() -> None:
    offer = {
        "@type": "Product",
        "name": "Knee",
        "offers": [{"@type": "Offer", "price": "5000", "priceCurrency": "EUR"}],
    }
    head = (
        "<title>Cells cure MS</title><meta name=Description content='All about us'>"
        f"<script type='application/ld+json'>{json.dumps(offer)}</script>"
    )
    page = read("<a href='../lists/prices.PDF?utm_source=x&ver=3'>Prices</a><a href='/a.html'>x</a>", head)
    data = [(block.kind, block.text, block.boilerplate) for block in page.blocks if block.region is Region.DATA]
    assert data == [
        (BlockKind.TITLE, "Cells cure MS", None),
        (BlockKind.META, "All about us", "unseen"),
        (BlockKind.OFFER, "Knee: 5000 EUR", None),
        (BlockKind.DOCUMENT, "https://clinic.example/lists/prices.PDF", None),
    ]
    assert page.title == "Cells cure MS"


def test_articles_of_an_archive() -> None:
    article = (
        "<article class='post'><h2>{}</h2><p>"
        + "Words of an article that goes on for a while. " * 12
        + "</p></article>"
    )
    page = read("<p>Intro.</p>" + "".join(article.format(name) for name in ("One", "Two", "Three")))
    assert [find(page, name).article for name in ("One", "Two", "Three")] == [1, 2, 3]
    assert find(page, "Intro.").article is None
    assert find(read(article.format("Only")), "Only").article is None


TEASER = "<article><h3><a href=/{0}>How stem cells heal {0}</a></h3><p>A new study says what they do. {1}</p></article>"


@pytest.mark.parametrize(
    ("body", "numbers"),
    [
        pytest.param("".join(TEASER.format(n, "Read on.") for n in "abc"), [1, 2, 3], id="teasers of a blog"),
        pytest.param("".join(TEASER.format(n, "€ 5.000") for n in "abc"), [None] * 3, id="packages with a price"),
        pytest.param("".join(TEASER.format(n, "Read on.") for n in "ab"), [None] * 2, id="two are no archive"),
        pytest.param(
            "".join(TEASER.format(n, "Read on.").replace("<a", "<i").replace("</a", "</i") for n in "abc"),
            [None] * 3,
            id="headings that lead nowhere",
        ),
    ],
)
def test_teasers_are_articles_and_cards_are_not(body: str, numbers: list[int | None]) -> None:
    page = read(f"<main><h1>News</h1>{body}</main>")
    assert [block.article for block in page.blocks if block.level == 3] == numbers
    assert find(page, "News").article is None


@pytest.mark.parametrize(
    "source", ["Source: Journal 3", "Bronnen: tijdschrift", "Kilder: avis", "Fuente: revista", "Quelle: Heft", "Références : revue"]
)  # fmt: skip
def test_articles_end_with_their_source_line_where_the_markup_names_none(source: str) -> None:
    article = "<h2>{0}</h2><p>What was found about {0} in the study.</p><p>" + source + "</p>"
    page = read(
        "<nav><a href=/>Home</a></nav><main>" + article.format("Knees") + article.format("Hips") + "<p>Rest.</p></main>"
    )
    assert [(block.text, block.article) for block in page.blocks if block.level or block.text in (source, "Rest.")] == [
        ("Knees", 1), (source, 1), ("Hips", 2), (source, 2), ("Rest.", None)
    ]  # fmt: skip


def test_selectors_and_ignore() -> None:
    body = "<div id=a><p>a.</p><p class=x>ax.</p></div><footer><p>f.</p></footer>"
    assert texts(body, selectors=("#a", "footer")) == ["a.", "ax.", "f."]
    assert texts(body, selectors=("#a",), ignore=(".x",)) == ["a."]
    assert texts(body, ignore=("footer", "p.x")) == ["a."]
    page = read(body, selectors=("#gone",))
    assert any("no selector matches" in finding for finding in page.findings)
    assert find(page, "f.")
    assert find(read(body, selectors=("footer",)), "f.").region is Region.FOOTER
    with pytest.raises(ExtractError, match="CSS selector"):
        read(body, ignore=("p[",))


def test_unseen_characters_are_removed_and_said() -> None:
    page = read("<p>a\u200bb\u202ec\x00d&#8203;e\u00adf\ue001g</p>")
    assert page.blocks[0].text == "abcdefg"
    assert "removed 2 × zero-width character" in page.findings
    assert "removed 1 × bidi control" in page.findings
    assert any("NUL" in finding for finding in page.findings)


def test_main_content_is_a_label_that_changes_nothing() -> None:
    body = "<nav><a href=/>Home</a></nav><main><h1>Cells</h1>" + "".join(
        f"<p>Number {n} of the sentences that make up the main content of this page, in full.</p>" for n in range(8)
    )
    page = read(body + "</main><footer><p>Not the main text at all, but said.</p></footer>")
    assert find(page, "Number 3 of the sentences that make up the main content of this page, in full.").main
    assert not find(page, "Not the main text at all, but said.").main


@pytest.mark.parametrize("name", ["page-with-menu", "content menu", "nav"])
def test_a_menu_that_holds_the_page_is_the_page(name: str) -> None:
    text = "<h1>Cells</h1>" + "<p>This is what the page is about, at length and in detail.</p>" * 9
    page = read(f"<div class='{name}'>{text}</div><nav><a href='/'>Home</a></nav>")
    assert {block.region for block in page.blocks if block.text != "Home"} == {Region.MAIN}
    assert [block.boilerplate for block in page.blocks if block.text == "Home"] == ["menu"]
