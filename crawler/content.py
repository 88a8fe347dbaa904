"""Is this a kind of document that we read? Judged by the Content-Type header and by the bytes themselves.

Read are HTML, plain text and PDF, and only where header and content agree: a PNG under text/html is a fault of the
server, and its bytes must never be compared with a page.
"""

from __future__ import annotations

import re
from typing import Final, Literal

from crawler.faults import Fault

Kind = Literal["html", "text", "pdf", "image", "archive", "json", "xml", "multipart", "binary", "empty"]

_MAGIC: Final[tuple[tuple[bytes, Kind], ...]] = (
    (b"%PDF-", "pdf"),
    (b"\x89PNG\r\n\x1a\n", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF87a", "image"),
    (b"GIF89a", "image"),
    (b"BM", "image"),
    (b"II*\x00", "image"),
    (b"MM\x00*", "image"),
    (b"\x00\x00\x01\x00", "image"),
    (b"PK\x03\x04", "archive"),  # zip, docx, xlsx, epub, jar
    (b"PK\x05\x06", "archive"),
    (b"Rar!\x1a\x07", "archive"),
    (b"7z\xbc\xaf\x27\x1c", "archive"),
    (b"\x1f\x8b\x08", "archive"),
    (b"BZh", "archive"),
    (b"\xfd7zXZ\x00", "archive"),
    (b"\x28\xb5\x2f\xfd", "archive"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "archive"),  # doc, xls, ppt
    (b"\x7fELF", "binary"),
    (b"MZ\x90\x00", "binary"),
    (b"OggS", "binary"),
    (b"ID3", "binary"),
    (b"\x00asm", "binary"),
    (b"wOFF", "binary"),
    (b"wOF2", "binary"),
)
_BOMS: Final = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_WIDE_CHARSET: Final = re.compile(r"charset\s*=\s*[\"']?\s*(utf-?(?:16|32)(?:-?[lb]e)?)", re.IGNORECASE)
_XML_START: Final = re.compile(r"(?:\s|<\?[^>]*>|<!--.*?-->|<!DOCTYPE[^>]*>)*<([A-Za-z_][\w:.-]*)", re.DOTALL)
_JSON_START: Final = re.compile(r"\s*(?:\{\s*(?:\"|\})|\[\s*(?:[\[{\"\]]|-?\d))")
_TAG: Final = re.compile(r"<(?:!doctype\s+html|!--|/?[a-z][a-z0-9]*[\s/>])", re.IGNORECASE)
_SNIFFED: Final = 4_096
_CONTROLS: Final = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")

_HTML_TYPES: Final = frozenset({"text/html", "application/xhtml+xml"})
_TEXT_TYPES: Final = frozenset({"text/plain", "text/markdown", "text/x-markdown"})
_UNKNOWN_TYPES: Final = frozenset({"", "*/*", "unknown/unknown", "application/unknown", "text"})
_ARCHIVE_TYPES: Final = re.compile(
    r"application/(zip|gzip|x-(gzip|tar|7z-compressed|rar-compressed|bzip2?|zip-compressed|xz)|vnd\.rar|msword|epub\+zip"
    r"|vnd\.(ms-|openxmlformats|oasis)[\w.+-]*|rtf|java-archive|zstd)"
)


def media_type(header: bytes | None) -> str:
    """The lower-case type of a Content-Type header without its parameters; "" where it says none."""
    value = (header or b"").decode("latin-1").partition(";")[0].partition(",")[0].strip().lower()
    return value if re.fullmatch(r"[\w!#$&^.+*-]+/[\w!#$&^.+*-]+|text", value, re.ASCII) else ""


def sniff(body: bytes, header: bytes | None = None) -> Kind:
    """What the bytes are, by their beginning. Text without any mark of another kind is `text`."""
    start = body[:_SNIFFED]
    stripped = start.lstrip(b"\xef\xbb\xbf \t\r\n\x0c")
    if not stripped:
        return "empty"
    for magic, kind in _MAGIC:
        if stripped.startswith(magic) and not (len(magic) == 2 and _is_clean_text(start)):
            return kind
    if start[:4] == b"RIFF" and start[8:12] in (b"WEBP", b"AVI ", b"WAVE"):
        return "image" if start[8:12] == b"WEBP" else "binary"
    if start[4:8] == b"ftyp":
        return "image" if start[8:12] in (b"avif", b"heic", b"mif1") else "binary"
    if start[257:262] == b"ustar":
        return "archive"
    text = _as_text(start, header)
    return "binary" if text is None else _sniff_text(text)


def _is_clean_text(start: bytes) -> bool:
    return _CONTROLS.search(start) is None


def _as_text(start: bytes, header: bytes | None) -> str | None:
    """The beginning as text for sniffing (exact letters do not matter), or None for what is no text."""
    for bom, encoding in _BOMS:
        if start.startswith(bom):
            return start[len(bom) :].decode(encoding, "replace")
    if wide := _WIDE_CHARSET.search((header or b"").decode("latin-1")):
        return start.decode(wide[1], "replace")
    controls = len(_CONTROLS.findall(start))
    if controls > max(2, len(start) // 64):  # a page may hold a stray NUL; a third of random bytes are controls
        return None
    return start.decode("latin-1")


def _sniff_text(text: str) -> Kind:
    if found := _XML_START.match(text):
        name = found[1].lower()
        if name in ("html", "head", "body"):
            return "html"
        if name == "svg":
            return "image" if text.lstrip().startswith(("<?xml", "<svg")) else "html"
        if text.lstrip().startswith("<?xml") or name in ("rss", "feed", "urlset", "sitemapindex", "rdf:rdf"):
            return "xml"
    if _JSON_START.match(text):
        return "json"
    if text.lstrip().startswith("--") and re.search(r"(?im)^content-(type|disposition):", text):
        return "multipart"
    return "html" if _TAG.search(text) else "text"


def judge_type(header: bytes | None, body: bytes) -> Fault | None:
    """Why this document is not read (`type.*`), or None if it is: HTML, plain text or PDF, with a header that says so.

    Without a usable header the content decides alone, as in browsers.
    """
    declared, found = media_type(header), sniff(body, header)
    if declared in _UNKNOWN_TYPES:
        return None if found in ("html", "text", "pdf", "empty") else _unsupported(found, declared)
    if declared in _HTML_TYPES:
        return None if found in ("html", "text", "empty") else _mismatch(declared, found)
    if declared in _TEXT_TYPES:
        return None if found in ("html", "text", "xml", "json", "empty") else _mismatch(declared, found)
    if declared in ("application/pdf", "application/x-pdf"):
        return None if found in ("pdf", "empty") else _mismatch(declared, found)
    return _judge_foreign(declared, found)


def _judge_foreign(declared: str, found: Kind) -> Fault | None:
    """A header that names a kind which is not read, apart from XHTML under an XML type."""
    if declared.startswith("image/"):
        return _unsupported("image", declared)
    if declared.startswith("multipart/"):
        return _unsupported("multipart", declared)
    if _ARCHIVE_TYPES.match(declared):
        return _unsupported("archive", declared)
    if declared.endswith("/json") or declared.endswith("+json") or declared in ("application/ld+json", "text/json"):
        return _unsupported("json", declared)
    if declared.endswith(("/xml", "+xml")):
        return None if found == "html" else _unsupported("xml", declared)
    if declared == "application/octet-stream" and found not in ("html", "text", "empty"):
        return None if found == "pdf" else _unsupported(found, declared)
    return _mismatch(declared, found)


def _unsupported(kind: Kind, declared: str) -> Fault:
    reason = "type.mismatch" if kind in ("binary", "html", "text", "empty") else f"type.{kind}"
    return Fault(reason, f"{declared or 'no Content-Type'}: {kind} is not read")


def _mismatch(declared: str, found: Kind) -> Fault:
    return Fault("type.mismatch", f"the header says {declared}, the content is {found}")
