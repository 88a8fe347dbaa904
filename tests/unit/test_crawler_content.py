"""Kinds of documents, by header and content."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.content import judge_type, media_type, sniff

HTML = b"<!DOCTYPE html><html><head><title>Clinic</title></head><body><p>Stem cells</p></body></html>"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01"
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj"
ZIP = b"PK\x03\x04\x14\x00\x06\x00"
JSON = b'{"error": "not found"}'
RSS = b'<?xml version="1.0"?><rss version="2.0"><channel/></rss>'
XHTML = (
    b'<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE html PUBLIC "x">\n<html xmlns="http://www.w3.org/1999/xhtml"/>'
)
MULTIPART = b"--b\r\nContent-Type: text/html\r\n\r\n<p>x</p>\r\n--b--"
BINARY = bytes(range(256)) * 4


@pytest.mark.parametrize(
    ("header", "body"),
    [
        (b"text/html; charset=utf-8", HTML),
        (b"TEXT/HTML", b"Only words, no tag at all."),
        (b"text/html", b"\xef\xbb\xbf" + HTML),
        (b"text/html; charset=utf-16", "\ufeff<html><p>wide</p></html>".encode("utf-16-le")),
        (b"text/html; charset=utf-16le", "<html><p>wide</p></html>".encode("utf-16-le")),
        (b"text/html", b"<!-- cached --> \n" + HTML),
        (b"text/html", HTML + b"\x00"),  # a stray NUL
        (b"text/html", b"{ not json, words in braces }"),
        (b"text/html", b"BMI and stem cells"),  # BM is a bitmap's mark
        (b"text/html", b"[caption] shortcode left over [/caption]"),
        (b"application/xhtml+xml", XHTML),
        (b"text/xml", XHTML),
        (b"text/plain", b"Price list\n1. 20.000 DKK"),
        (b"application/pdf", PDF),
        (b"application/octet-stream", PDF),
        (None, HTML),
        (b"", HTML),
        (b"*/*", HTML),
        (None, PDF),
        (b"garbage", HTML),
    ],
)
def test_documents_that_are_read(header: bytes | None, body: bytes) -> None:
    assert judge_type(header, body) is None


@pytest.mark.parametrize(
    ("header", "body", "reason"),
    [
        (b"image/png", PNG, "type.image"),
        (b"image/svg+xml", b"<svg xmlns='x'/>", "type.image"),
        (None, PNG, "type.image"),
        (b"application/zip", ZIP, "type.archive"),
        (b"application/vnd.openxmlformats-officedocument.wordprocessingml.document", ZIP, "type.archive"),
        (b"application/msword", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "type.archive"),
        (b"application/octet-stream", ZIP, "type.archive"),
        (b"application/json", JSON, "type.json"),
        (b"application/problem+json", JSON, "type.json"),
        (None, JSON, "type.json"),
        (b"application/rss+xml", RSS, "type.xml"),
        (b"text/xml", RSS, "type.xml"),
        (b"application/atom+xml", b"<feed/>", "type.xml"),
        (None, RSS, "type.xml"),
        (b"multipart/mixed; boundary=b", MULTIPART, "type.multipart"),
        (b"multipart/x-mixed-replace", MULTIPART, "type.multipart"),
        (b"text/html", PNG, "type.mismatch"),
        (b"text/html", PDF, "type.mismatch"),
        (b"text/html", ZIP, "type.mismatch"),
        (b"text/html", JSON, "type.mismatch"),
        (b"text/html", b'[{"id": 1}]', "type.mismatch"),
        (b"text/html", RSS, "type.mismatch"),
        (b"text/html", MULTIPART, "type.mismatch"),
        (b"text/html", BINARY, "type.mismatch"),
        (b"text/plain", BINARY, "type.mismatch"),
        (b"application/pdf", HTML, "type.mismatch"),
        (b"application/pdf", b"not a pdf", "type.mismatch"),
        (b"video/mp4", b"\x00\x00\x00\x18ftypmp42", "type.mismatch"),
        (b"application/javascript", b"var a = 1", "type.mismatch"),
        (b"text/css", b"body {}", "type.mismatch"),
        (b"application/octet-stream", HTML, "type.mismatch"),
        (None, BINARY, "type.mismatch"),
    ],
)
def test_documents_that_are_not_read(header: bytes | None, body: bytes, reason: str) -> None:
    fault = judge_type(header, body)
    assert fault is not None
    assert fault.reason == reason


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (b"Text/HTML; charset=x", "text/html"),
        (b"text/html, text/html", "text/html"),
        (b" text/html ;", "text/html"),
        (b"html", ""),
        (b"", ""),
        (None, ""),
        (b"\xff\xfe/x", ""),
    ],
)
def test_media_types(header: bytes | None, expected: str) -> None:
    assert media_type(header) == expected


@given(st.one_of(st.none(), st.binary(max_size=40)), st.binary(max_size=600))
def test_any_header_and_body_are_judged(header: bytes | None, body: bytes) -> None:
    fault = judge_type(header, body)
    assert fault is None or fault.reason.startswith("type.")
    assert sniff(body, header)


def test_sniffing_white_space_takes_no_time() -> None:
    """A pattern with nested repetition would hang here."""
    assert sniff(b"x" + b" \n" * 200_000 + b"<") in ("text", "html")
    assert sniff(b"<?xml " * 500) in ("text", "html", "xml")
    assert sniff(b"<!-- " * 800) in ("text", "html")
