# ruff: noqa: E501  (an example stays on its line)
"""Whatever the bytes: a page text or an ExtractError whose reason is in the vocabulary, within bounds."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.outcomes import outcome_of
from monitor.errors import ExtractError
from monitor.text.extract import TextOptions, extract_page
from monitor.text.plain import read_plain
from monitor.text.stored import decode_page_text, encode_page_text
from monitor.types import PageText

OPTIONS = TextOptions("en")
TYPES = ["", "text/html", "text/html; charset=utf-8", "text/plain", "application/pdf", "application/xhtml+xml", "image/png",
         "text/html; charset=utf-16", "application/json", "multipart/mixed"]  # fmt: skip
TAGS = st.sampled_from(
    ["<p>", "</p>", "<div class='modal' hidden>", "</div>", "<table>", "<tr>", "<td colspan=9999999999>", "<th>", "</table>",
     "<a href='http://[::1'>", "</a>", "<a class=btn href='#x'>", "<s>", "</s>", "<ul><li>", "<dl><dt>", "<dd>", "<br>",
     "<img alt='x'>", "<select><option>", "<svg><text>", "<h2>", "<h1 role=heading aria-level=x>", "<script>", "</script>",
     "<noscript>", "<article>", "<nav>", "<footer>", "<details><summary>", "<input placeholder=a>", "<!--", "-->", "&#0;", "&#xD800;",
     "<span data-cfemail='zz'>", "<title>", "<base href='http://['>", "<script type='application/ld+json'>{\"price\":[", "€ 5.000",
     " not a cure. ", "\x00", "\u202e", "\ud800", "text ", "<frameset>", "<body>", "</html>", "<template>", "<caption>"]
)  # fmt: skip


def extract(body: bytes, content_type: str = "text/html") -> PageText | ExtractError:
    try:
        return extract_page(body, content_type, "https://clinic.example/", OPTIONS)
    except ExtractError as error:
        outcome_of(error.reason)  # raises for a word that is not in the vocabulary
        return error


@given(st.binary(max_size=300), st.sampled_from(TYPES))
@settings(max_examples=300, deadline=None)
def test_any_bytes(body: bytes, content_type: str) -> None:
    extract(body, content_type)


@given(st.lists(TAGS, max_size=40).map("".join))
@settings(max_examples=300, deadline=None)
def test_any_soup_of_tags_is_a_page_that_can_be_stored(soup: str) -> None:
    page = extract(soup.encode("utf-8", "surrogatepass"))
    assert isinstance(page, PageText), page
    assert decode_page_text(encode_page_text(page)) == page
    again = extract(soup.encode("utf-8", "surrogatepass"))
    assert again == page
    for block in page.blocks:
        assert block.text == " ".join(block.text.split())
        block.text.encode("utf-8")
        assert "\x00" not in block.text


@given(st.text(max_size=300))
@settings(deadline=None)
def test_any_plain_text(text: str) -> None:
    page = read_plain(text, OPTIONS)
    assert decode_page_text(encode_page_text(page)) == page


@pytest.mark.parametrize("count", [300, 2500, 10_000])
@pytest.mark.parametrize("tag", ["div", "span", "b", "table><tr><td", "ul><li", "blockquote", "x-y"])
def test_deep_nesting_loses_no_text(count: int, tag: str) -> None:
    body = f"<html><body>{f'<{tag}>' * count}<p>deep text</p>{'</div>' * count}<p>text after it</p></body></html>"
    page = extract(body.encode())
    assert isinstance(page, PageText)
    text = " ".join(block.text for block in page.blocks)
    assert "deep text" in text
    assert "text after it" in text


@pytest.mark.parametrize(
    "body",
    [
        b"<p>" + b"word " * 200_000 + b"</p>",
        b"<p>" + b"a" * 1_000_000 + b"</p>",
        b"word " * 200_000,
        b"<p>x</p>" * 60_000,
        b"<" * 300_000,
        b"<a href='" * 50_000,
        b"&" * 500_000,
        b"<p title='" + b"x" * 500_000,
        b"- " * 200_000,
        b"<p>" + b"1." * 200_000,
        b"<p>" + b"(" * 100_000 + b" )" * 100_000,
        b"<p>" + "Ã".encode() * 200_000,
        b"<p>" + "• | - ".encode() * 50_000,
        b"<!--" * 100_000,
        b"<table><tr>" + b"<td>x" * 20_000,
        b"<div class='" + b"a-b-c " * 50_000 + b"'>x</div>",
        b"<p>by " + b"a, " * 20_000,
    ],
    ids=range(17),
)
def test_large_input_takes_no_more_than_its_share_of_time(body: bytes) -> None:
    started = time.process_time()
    extract(body)
    assert time.process_time() - started < 10


def test_too_much_text_is_an_error() -> None:
    options = TextOptions("en", max_text_chars=1000)
    for content_type in ("text/html", "text/plain"):
        with pytest.raises(ExtractError) as caught:
            extract_page(b"<p>" + b"word " * 1000, content_type, "https://clinic.example/", options)
        assert caught.value.reason == "too_large.text"


@pytest.mark.parametrize(
    ("body", "content_type", "reason"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0", "text/html", "type.image"),
        (b"\xff\xd8\xff\xe0", "", "type.image"),
        (b"PK\x03\x04abc", "application/octet-stream", "type.archive"),
        (b'{"a": 1}', "application/json", "type.json"),
        (b'[{"a": 1}]', "text/html", "type.json"),
        (b"<?xml version='1.0'?><rss version='2.0'></rss>", "application/xml", "type.xml"),
        (b"%PDF-1.7 broken", "application/pdf", "type.pdf"),
        (b"no pdf", "application/pdf", "type.pdf"),
        (b"--x", "multipart/related; boundary=x", "type.multipart"),
        (bytes(range(128, 256)) * 9, "text/html; charset=utf-8", "type.charset"),
        (b'<!DOCTYPE html [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><html><p>&b;</p>', "text/html", "parse.entities"),
        (b'<!DOCTYPE html [<!ENTITY f SYSTEM "file:///etc/passwd">]><html><p>&f;</p>', "text/html", "parse.entities"),
    ],
)
def test_what_is_no_document_of_ours(body: bytes, content_type: str, reason: str) -> None:
    error = extract(body, content_type)
    assert isinstance(error, ExtractError)
    assert error.reason == reason


def test_entities_for_characters_are_harmless() -> None:
    page = extract(b'<!DOCTYPE html [<!ENTITY nbsp "&#160;">]><html><body><p>Five&nbsp;days.</p></body></html>')
    assert isinstance(page, PageText)
    assert "Five days." in [block.text for block in page.blocks]


def test_html_under_another_name_is_read() -> None:
    for content_type in ("", "application/xhtml+xml", "application/pdf", "text/html, text/html; charset=utf-8"):
        page = extract(b"<!DOCTYPE html><html><body><p>Here.</p></body></html>", content_type)
        assert isinstance(page, PageText)
        assert [block.text for block in page.blocks] == ["Here."]


def test_an_empty_body_is_an_empty_page() -> None:
    for body in (b"", b"   ", b"<!-- x -->", b"<html></html>"):
        page = extract(body)
        assert isinstance(page, PageText)
        assert page.blocks == ()
