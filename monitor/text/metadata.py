"""What a page says about itself without showing it: title, description, offers, linked documents (region `data`)."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from lxml import html

from monitor.text.characters import clean
from monitor.text.draft import Draft
from monitor.text.keys import fold_address
from monitor.types import BlockKind, Region

_DOCUMENT: Final = re.compile(r"\.(?:pdf|docx?|xlsx?|pptx?|odt|ods|rtf)$", re.IGNORECASE)
_MAX_JSON_CHARS: Final = 500_000
_MAX_NODES: Final = 20_000
_MAX_DOCUMENTS: Final = 300
_OFFERS: Final = frozenset(("Offer", "AggregateOffer", "PriceSpecification", "UnitPriceSpecification"))


def read_metadata(root: html.HtmlElement, url: str, removed: Counter[str]) -> tuple[str, list[Draft]]:
    """The page's title and the blocks of region `data`, in a stable order."""
    title = clean(
        "".join(node.text_content() for node in root.xpath("(/html/head/title|//title[not(ancestor::svg)])[1]")),
        removed,
    )
    drafts = [Draft(title, BlockKind.TITLE, Region.DATA)] if title else []
    for content in root.xpath("(//meta[translate(@name,'DESCRIPTON','descripton')='description']/@content)[1]"):
        if description := clean(content, removed):
            drafts.append(Draft(description, BlockKind.META, Region.DATA))
    for text in _offers(root):
        drafts.append(Draft(clean(text, removed), BlockKind.OFFER, Region.DATA))
    for address in _documents(root, url):
        drafts.append(Draft(clean(address, removed), BlockKind.DOCUMENT, Region.DATA))
    return title, drafts


def _documents(root: html.HtmlElement, url: str) -> list[str]:
    """The absolute addresses of linked PDF and office files, each once, in order of appearance."""
    base = next(iter(root.xpath("//base/@href")), "")
    found: dict[str, None] = {}
    for href in root.xpath("//a/@href"):
        try:
            if not _DOCUMENT.search(urlsplit(href.strip()).path):
                continue
            address = urljoin(urljoin(url, base), href.strip())
        except ValueError:
            continue
        found[fold_address(address)] = None
        if len(found) >= _MAX_DOCUMENTS:
            break
    return list(found)


def _offers(root: html.HtmlElement) -> list[str]:
    """The offers in JSON-LD as text: "name: 5000 EUR"."""
    found: dict[str, None] = {}
    for script in root.xpath("//script[contains(@type,'ld+json')]"):
        source = script.text or ""
        if "rice" not in source or len(source) > _MAX_JSON_CHARS:
            continue
        try:
            value = json.loads(source, strict=False)
        except (ValueError, RecursionError):
            continue
        found.update(dict.fromkeys(_walk_json(value)))
    return list(found)


def _walk_json(value: Any) -> list[str]:
    """Offers anywhere in the value; iterative and bounded, for it comes from a stranger."""
    texts: list[str] = []
    open_nodes: list[tuple[Any, str]] = [(value, "")]
    for _ in range(_MAX_NODES):
        if not open_nodes:
            break
        node, name = open_nodes.pop()
        if isinstance(node, list):
            open_nodes.extend((item, name) for item in reversed(node))
        elif isinstance(node, dict):
            own = node.get("name")
            name = own if isinstance(own, str) and own else name
            if text := _offer_text(node, name):
                texts.append(text)
            open_nodes.extend((item, name) for item in reversed(list(node.values())) if isinstance(item, dict | list))
    return texts


def _offer_text(node: dict[str, Any], name: str) -> str:
    kind = node.get("@type")
    kinds = kind if isinstance(kind, list) else [kind]
    if not any(isinstance(item, str) and item in _OFFERS for item in kinds):
        return ""
    low = node.get("price", node.get("lowPrice"))
    high = node.get("highPrice")
    if not isinstance(low, str | int | float) or isinstance(low, bool) or low == "":
        return ""
    amount = f"{low}-{high}" if isinstance(high, str | int | float) and high != low else f"{low}"
    currency = node.get("priceCurrency")
    return f"{name}: {amount} {currency if isinstance(currency, str) else ''}".strip(" :")
