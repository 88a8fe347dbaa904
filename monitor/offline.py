"""Questions about texts and files that need no database: what `clinicwatch inspect` answers.

Each `answer_*` function is a job for the killable process: one request in, one plain answer out. They are pure but for
the files that a request names and for caches of lexicons and of the files read last (consecutive captures of one page
are compared pairwise, so each is read once).
"""

from __future__ import annotations

import dataclasses
import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from monitor.compare.pages import compare_pages
from monitor.errors import UsageError
from monitor.identity import Verdict, judge, observe
from monitor.meaning.language import detect_language
from monitor.meaning.lexicon import Lexicons, load_lexicons
from monitor.meaning.prices import find_prices
from monitor.text.extract import TextOptions, extract_page
from monitor.text.plain import read_plain
from monitor.types import Change, Comparison, Notice, PageText, Price

_TYPES = {".html": "text/html", ".htm": "text/html", ".txt": "text/plain", ".pdf": "application/pdf"}


class RequestError(UsageError):
    """A request for an answer is not of the form that it must have."""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Where the lexicons are, which languages are known, and how much text is read: picklable, for the process."""

    lexicons: str
    languages: tuple[str, ...]
    max_text_chars: int


@dataclass(frozen=True, slots=True)
class Compared:
    """The answer to a pair. With a `verdict` the later document is not the page, and nothing follows from it.

    One that only lost much of its text is compared all the same: that is what is told of it once further looks agree.
    """

    comparison: Comparison
    verdict: Verdict | None = None


@functools.lru_cache(maxsize=2)
def _lexicons(knowledge: Knowledge) -> Lexicons:
    return load_lexicons(Path(knowledge.lexicons), knowledge.languages)


@functools.lru_cache(maxsize=8)
def _read_file(path: str, url: str, language: str, knowledge: Knowledge) -> PageText:
    return read_body(_load(path), content_type_of(Path(path)), url, language, knowledge)


def _load(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise RequestError(f"{path}: {error.strerror}") from error


def content_type_of(file: Path) -> str:
    """The media type that the ending of a file's name stands for. Raises RequestError for other endings."""
    if (content_type := _TYPES.get(file.suffix.lower())) is None:
        raise RequestError(f"{file}: the name must end in {', '.join(_TYPES)}")
    return content_type


def read_body(body: bytes, content_type: str, url: str, language: str, knowledge: Knowledge) -> PageText:
    """The text of a document; with an empty `language` the language is detected from the text.

    Raises ExtractError.
    """
    options = TextOptions(language=language, max_text_chars=knowledge.max_text_chars)
    if content_type == "text/plain":
        page = read_plain(body.decode("utf-8-sig", "replace"), options)
    else:
        page = extract_page(body, content_type, url, options)
    return page if page.language else _with_language(page, knowledge)


def _with_language(page: PageText, knowledge: Knowledge) -> PageText:
    words = " ".join(block.text for block in page.blocks)[:20_000]
    return dataclasses.replace(page, language=detect_language(words, knowledge.languages, "en"))


def _side(request: Mapping[str, object], name: str, language: str, knowledge: Knowledge) -> PageText:
    match request.get(name), request.get(f"{name}_path"):
        case str(text), None:
            page = read_plain(text, TextOptions(language=language, max_text_chars=knowledge.max_text_chars))
            return page if page.language else _with_language(page, knowledge)
        case None, str(path):
            url = request.get("url")
            return _read_file(path, url if isinstance(url, str) else "", language, knowledge)
    raise RequestError(f"needs either {name!r} (a text) or {name + '_path'!r} (a file name)")


def compare_request(request: Mapping[str, object], knowledge: Knowledge) -> Compared:
    """Compare the two sides that `request` names; of two captures, the later one is judged first, as on a visit.

    Raises RequestError for a request that is not of the form, ExtractError for a document that cannot be read.
    """
    language = request.get("lang") or ""
    if not isinstance(language, str):
        raise RequestError("'lang' must be a string")
    before = _side(request, "before", language, knowledge)
    after = _side(request, "after", language, knowledge)
    verdict = _judge_later(request, before, after, language, knowledge)
    if verdict is not None and verdict.reason != "shrunk":
        return Compared(Comparison(text_changed=False, changes=()), verdict)
    return Compared(compare_pages(before, after, _lexicons(knowledge)), verdict)


def _judge_later(
    request: Mapping[str, object], before: PageText, after: PageText, language: str, knowledge: Knowledge
) -> Verdict | None:
    """Is the later capture still the page? Texts are taken at their word: they may be any part of a page."""
    paths = request.get("before_path"), request.get("after_path")
    if not all(isinstance(path, str) and content_type_of(Path(path)) == "text/html" for path in paths):
        return None
    return judge(after, observe(_load(str(paths[1])), language, knowledge.languages, ()), before)


def show_change(change: Change) -> dict[str, object]:
    """A change in the shape of the labelled pairs, with its reason."""
    return {
        "family": change.family,
        "kind": change.kind,
        "direction": change.direction,
        "severity": change.severity,
        "before": change.before,
        "after": change.after,
        "region": change.region,
        "path": list(change.path),
        "places": change.places,
        "reason": change.reason,
        "rule": change.rule,
        "confidence": round(change.confidence, 2),
        "cues": [{"text": cue.text, "category": cue.category, "span": [cue.start, cue.end]} for cue in change.cues],
    }


def show_notice(notice: Notice) -> dict[str, object]:
    """A notice as plain data."""
    return {"kind": notice.kind, "text": notice.text, "detail": notice.detail}


def show_price(price: Price) -> dict[str, object]:
    """A price in the shape of the labelled strings."""
    return {
        "low": price.low,
        "high": price.high,
        "currency": price.currency,
        "qualifier": price.qualifier,
        "unit": price.unit,
        "service": price.service,
    }


def _request(line: str) -> dict[str, object]:
    try:
        request = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise RequestError(f"not a line of JSON: {error}") from error
    if not isinstance(request, dict):
        raise RequestError("not a JSON object")
    return request


def answer_compare(line: str, knowledge: Knowledge) -> dict[str, object]:
    """One line of `inspect compare --batch`.

    Raises ClinicwatchError for a line that cannot be answered.
    """
    request = _request(line)
    compared = compare_request(request, knowledge)
    comparison, verdict = compared.comparison, compared.verdict
    return {
        "id": request.get("id"),
        "text_changed": comparison.text_changed,
        "changes": [show_change(change) for change in comparison.changes],
        "notices": [show_notice(notice) for notice in comparison.notices],
        **({"outcome": str(verdict.outcome), "reason": verdict.reason} if verdict else {}),
    }


def answer_prices(line: str, knowledge: Knowledge) -> dict[str, object]:
    """One line of `inspect prices --batch`.

    Raises ClinicwatchError for a line that cannot be answered.
    """
    request = _request(line)
    text, language = request.get("text"), request.get("lang") or ""
    if not isinstance(text, str) or not isinstance(language, str):
        raise RequestError("needs 'text', and 'lang' must be a string")
    if not language:
        language = detect_language(text, knowledge.languages, "en")
    return {"id": request.get("id"), "prices": [show_price(price) for price in find_prices(text, language)]}
