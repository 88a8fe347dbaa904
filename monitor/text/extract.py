"""The door: the bytes of a capture to its page text."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from cssselect import SelectorError
from lxml import cssselect, html

from monitor.errors import ExtractError
from monitor.text.articles import number_articles
from monitor.text.assemble import EXTRACTOR, TextOptions, as_main, assemble
from monitor.text.blocks import walk_blocks
from monitor.text.boilerplate import label
from monitor.text.decode import Decoded, decode
from monitor.text.document import parse_document
from monitor.text.draft import Draft
from monitor.text.main_content import mark_main
from monitor.text.metadata import read_metadata
from monitor.text.pdf import read_pdf
from monitor.text.plain import read_lines
from monitor.types import PageText

__all__ = ["EXTRACTOR", "ReadPage", "TextOptions", "extract_page", "read_page", "read_selector"]

_PDF_WITHIN: Final = 1024  # readers take a PDF whose mark is not at the very start
_MAGIC: Final = (
    (b"\x89PNG\r\n", "type.image"),
    (b"\xff\xd8\xff", "type.image"),
    (b"GIF8", "type.image"),
    (b"RIFF", "type.image"),
    (b"BM", "type.image"),
    (b"II*\0", "type.image"),
    (b"MM\0*", "type.image"),
    (b"\0\0\x01\0", "type.image"),
    (b"PK\x03\x04", "type.archive"),
    (b"\x1f\x8b", "type.archive"),
    (b"7z\xbc\xaf", "type.archive"),
    (b"Rar!", "type.archive"),
    (b"\x28\xb5\x2f\xfd", "type.archive"),
)
_MARKUP: Final = re.compile(
    r"<(?:!doctype\s+html|html|head|body|title|meta|link|script|style|div|p|h[1-6]|table|a|br|span|ul|article|main)\b",
    re.IGNORECASE,
)
_XML: Final = re.compile(
    r"\s*(?:<\?xml\b[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:rss|feed|urlset|sitemapindex|rdf:rdf|wsdl|soap|opml)\b",
    re.IGNORECASE | re.DOTALL,
)
_SUBSET: Final = re.compile(
    r"\s*(?:<\?xml\b[^>]*>\s*)?(?:<!--.*?-->\s*)*<!DOCTYPE\b[^>\[]*\[", re.IGNORECASE | re.DOTALL
)
_ENTITY: Final = re.compile(r"<!ENTITY\s+(?:%\s+)?\S+\s+(?:SYSTEM|PUBLIC|[\"'][^\"']*[&%][a-z_])", re.IGNORECASE)
_MAX_UNREADABLE: Final = 0.3
_ENOUGH_TO_JUDGE: Final = 64
_SUBSET_WITHIN: Final = 65_536  # characters in which entities are looked for


@dataclass(frozen=True, slots=True)
class ReadPage:
    """A page that was read: all of its text but for the label of main content, which takes as long as all the rest.

    Nothing that is compared depends on that label; a look that brings no other text never needs it.
    """

    page_text: PageText
    drafts: Sequence[Draft] = ()
    root: html.HtmlElement | None = None

    def label_main(self) -> PageText:
        """The page text with main content labelled; once, for it spends the tree."""
        page_text, root = self.page_text, self.root
        if root is None:
            return page_text
        if failure := mark_main(self.drafts, root):
            return replace(page_text, findings=(*page_text.findings, failure))
        marked = zip(page_text.blocks, self.drafts, strict=True)
        return replace(page_text, blocks=tuple(as_main(block) if draft.main else block for block, draft in marked))


def extract_page(body: bytes, content_type: str, url: str, options: TextOptions) -> PageText:
    """The page text of a captured body: HTML, PDF or plain text, by header and by content.

    `content_type` is the header's value ("" where there was none), `url` where the body came from.
    Raises ExtractError and nothing else: `type.*` for what is no document that we read, `too_large.text`, `parse.*`.
    """
    return read_page(body, content_type, url, options).label_main()


def read_page(body: bytes, content_type: str, url: str, options: TextOptions) -> ReadPage:
    """The same, with main content not labelled yet."""
    try:
        return _extract(body, content_type.partition(",")[0].strip(), url, options)
    except ExtractError:
        raise
    except MemoryError as error:
        raise ExtractError("parse.memory") from error
    except Exception as error:  # a page that trips over a bug of ours is one bad page, recorded as such
        raise ExtractError("parse.crash", f"{type(error).__name__}: {error}") from error


@lru_cache(maxsize=512)
def read_selector(selector: str) -> cssselect.CSSSelector:
    """The CSS selector, compiled. Raises ValueError for one that cannot be read."""
    try:
        return cssselect.CSSSelector(selector, translator="html")
    except SelectorError as error:
        raise ValueError(f"CSS selector {selector!r}: {error}") from error


def _extract(body: bytes, content_type: str, url: str, options: TextOptions) -> ReadPage:
    media = content_type.partition(";")[0].strip().lower()
    if body.lstrip()[:5] == b"%PDF-" or (media == "application/pdf" and b"%PDF-" in body[:_PDF_WITHIN]):
        lines, title, findings = read_pdf(body, options.max_text_chars)
        return ReadPage(read_lines(lines, options, title, "pdf", findings))
    _refuse(body, media)
    decoded = decode(body, content_type, markup=media != "text/plain")
    _refuse_text(decoded, media)
    if media == "text/plain" or (media == "" and not _MARKUP.search(decoded.text[:5000])):
        return ReadPage(read_lines(decoded.text.splitlines(), options, "", decoded.encoding, decoded.findings))
    return _extract_html(decoded, url, options)


def _extract_html(decoded: Decoded, url: str, options: TextOptions) -> ReadPage:
    root, findings = parse_document(decoded.text)
    ignored = _select(root, options.ignore)
    selected = _select(root, options.selectors) if options.selectors else None
    if selected is not None and not selected:
        findings += ("no selector matches anything on the page; all of it was read",)
        selected = None
    walked = walk_blocks(root, ignored, selected, options.max_text_chars)
    title, data = read_metadata(root, url, walked.removed)
    drafts = data + walked.drafts
    label(drafts, walked.containers, title)
    number_articles(drafts)
    page_text = assemble(
        drafts,
        options,
        title=title,
        encoding=decoded.encoding,
        findings=decoded.findings + findings,
        removed=walked.removed,
    )
    return ReadPage(page_text, drafts, root)


def _select(root: html.HtmlElement, selectors: Sequence[str]) -> list[html.HtmlElement]:
    found = []
    for selector in selectors:
        try:
            found.extend(read_selector(selector)(root))
        except ValueError as error:
            raise ExtractError("parse.crash", str(error)) from error
    return found


def _refuse(body: bytes, media: str) -> None:
    """Raise for bytes that are no text at all."""
    for magic, reason in _MAGIC:
        if body.startswith(magic) and (len(magic) > 2 or b"\0" in body[:512]):
            raise ExtractError(reason, f"declared as {media or 'nothing'}")
    if media.startswith("image/") and b"<html" not in body[:2048].lower():
        raise ExtractError("type.image", media)
    if media.startswith("multipart/"):
        raise ExtractError("type.multipart", media)
    if media == "application/pdf" and not _MARKUP.search(body[:5000].decode("latin-1")):
        raise ExtractError("type.pdf", "declared as PDF, but is none")
    if media in ("application/zip", "application/gzip", "application/x-tar"):
        raise ExtractError("type.archive", media)


def _refuse_text(decoded: Decoded, media: str) -> None:
    """Raise for text that is no page: JSON, feeds, entities that grow, or characters that nobody can read."""
    text = decoded.text
    start = text[:2048].lstrip("\ufeff \t\r\n")
    if _XML.match(start):
        raise ExtractError("type.xml", media)
    if _SUBSET.match(start) and _ENTITY.search(text[:_SUBSET_WITHIN]):
        raise ExtractError("parse.entities", "declares entities that stand for others, or for files")
    if start[:1] in ("{", "[") and (media.endswith("json") or _is_json(text)):
        raise ExtractError("type.json", media)
    if len(text) >= _ENOUGH_TO_JUDGE:
        unreadable = text.count("\ufffd") + text.count("\x00")
        if unreadable > _MAX_UNREADABLE * len(text):
            raise ExtractError("type.charset", f"{unreadable} of {len(text)} characters cannot be read")


def _is_json(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict | list)
    except (ValueError, RecursionError):
        return False
