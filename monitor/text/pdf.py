"""PDF price lists and brochures to lines, page by page, through PDFium."""

from __future__ import annotations

import re
from typing import Final

import pypdfium2

from monitor.errors import ExtractError

_MAX_PAGES: Final = 500
_HYPHEN: Final = re.compile(r"(?<=[a-zà-ÿ])[\u00ad\ufffe\u0002-]$")
_SENTENCE_END: Final = re.compile(r"[.!?:;][\"'”’)\]]*$")
_NEW_LINE: Final = re.compile(r"^\s*(?:[•●▪◦‣∙·*–—-]|\(?\d{1,3}[.)]|[a-z][.)])\s+|^[A-ZÀ-Þ\d€$£]")


def read_pdf(body: bytes, max_chars: int) -> tuple[list[str], str, tuple[str, ...]]:
    """The lines of a PDF, its title ("" without one) and findings.

    Lines that only the page's width broke are joined again. Raises ExtractError: `type.pdf` where it cannot be read
    (encrypted, damaged, no text at all), `too_large.text`.
    """
    try:
        document = pypdfium2.PdfDocument(body)
    except pypdfium2.PdfiumError as error:
        raise ExtractError("type.pdf", str(error)) from error
    try:
        pages = len(document)
        lines: list[str] = []
        size = 0
        for number in range(min(pages, _MAX_PAGES)):
            text = _page_text(document, number)
            size += len(text)
            if size > max_chars:
                raise ExtractError("too_large.text", f"more than {max_chars} characters of text")
            lines.extend(join_lines(text.splitlines()))
        title = str(document.get_metadata_value("Title") or "")
    except pypdfium2.PdfiumError as error:
        raise ExtractError("type.pdf", str(error)) from error
    finally:
        document.close()
    if not any(line.strip() for line in lines):
        raise ExtractError("type.pdf", "no text in it (scanned?)")
    findings = (f"only the first {_MAX_PAGES} of {pages} pages were read",) if pages > _MAX_PAGES else ()
    return lines, title, findings


def join_lines(lines: list[str]) -> list[str]:
    """Lines that run on put back together: one that ends in no full stop and is followed by a small letter."""
    joined: list[str] = []
    for line in lines:
        text = line.strip()
        if not text:
            continue
        before = joined[-1] if joined else ""
        if before and not _SENTENCE_END.search(before) and not _NEW_LINE.match(text):
            if _HYPHEN.search(before):
                joined[-1] = before[:-1] + text
            else:
                joined[-1] = f"{before} {text}"
        else:
            joined.append(text)
    return joined


def _page_text(document: pypdfium2.PdfDocument, number: int) -> str:
    page = document[number]
    try:
        text = page.get_textpage()
        try:
            return str(text.get_text_bounded())
        finally:
            text.close()
    finally:
        page.close()
