"""What a look needs before its transaction: the text of what came back, judged and compared.

    same bytes as before? ──► nothing to do
    ExtractError          ──► a bad visit with its reason
    bytes ─► PageText ─► is this the page? ─► same compared text? ─► statements ─► differences from each base

Reading runs in the killable process (`read_look`, one call a look); this process only loads and passes bytes. The
state that is read here can't change before the transaction: the lease on the host is ours, or its fence stops us.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

import msgspec
from sqlalchemy import Connection, Engine

from crawler.outcomes import Outcome, http_reason
from crawler.types import Headers, Result
from monitor.compare.baseline import compare_with_baseline
from monitor.compare.pages import compare_pages
from monitor.config import Config
from monitor.errors import ExtractError
from monitor.identity import HELD, References, Verdict, doubtful_keys, judge, observe, sample_of
from monitor.meaning.language import detect_language
from monitor.meaning.lexicon import Lexicons, load_lexicons
from monitor.meaning.statements import find_statements
from monitor.store.bodies import get_body
from monitor.store.learned import load_lessons
from monitor.store.pages import CRASHES_TO_QUARANTINE
from monitor.store.pending import list_pending
from monitor.store.siblings import list_sibling_texts
from monitor.store.visits import PageForVisit, SnapshotForVisit, get_snapshot_for_visit, list_last_outcomes
from monitor.text.extract import EXTRACTOR, TextOptions, extract_page, read_page
from monitor.text.learned import Labelled, Lessons, Noise, label_learned, label_pair, noise_between
from monitor.text.process import KillablePool
from monitor.text.stored import decode_page_text, encode_page_text
from monitor.types import Comparison, PageText, Statement
from monitor.watchlist_entries import PageSettings

_STATEMENTS = msgspec.msgpack.Decoder(tuple[Statement, ...])
JOB = "monitor.prepare:read_look"
CRASHES = frozenset({"parse.timeout", "parse.memory", "parse.crash"})
SIBLINGS = 3  # other pages of the site that a doubtful look is compared with
OK_STATUS = 200
_SAID_WITH = {  # what words may say of an answer with such a status
    403: frozenset({"waf", "captcha", "login", "cookie_wall", "geo_block", "maintenance"}),
    **dict.fromkeys((405, 406, 451, 503), frozenset({"waf", "captcha"})),
}
RETRY_QUARANTINED_EVERY = 10  # visits


@dataclass(frozen=True, slots=True)
class StoredText:
    """A snapshot as the reading process gets it: its stored text, and its capture's bytes where that text was made
    by another extractor version and must be made again."""

    snapshot_id: int
    baseline: bool
    text: bytes
    body: bytes | None = None
    content_type: str = ""
    url: str = ""
    rendered: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """Bytes that the site answered: for a page that cannot exist."""

    body: bytes
    content_type: str
    url: str


@dataclass(frozen=True, slots=True)
class LookToRead:
    """The job of one look: what came back, how to read it, and what to compare it with (`newest` first).

    With `beside_others`, a look that was found doubtful is read again: `siblings` are URL and stored text of other
    pages of the site, `missing` its answer for a page that cannot exist. A `status` other than 200 asks for nothing
    but a judgement. Of a rendered page, `raw_body` is what the site sent: what was read without a browser before is
    compared with that.
    """

    body: bytes
    content_type: str
    url: str
    final_url: str
    language: str
    headers: Headers
    options: TextOptions
    lexicons: Path
    languages: tuple[str, ...]
    bases: tuple[StoredText, ...] = ()
    accept: str | None = None
    lessons: Lessons = field(default_factory=Lessons)
    marks: tuple[str, ...] = ()
    status: int = 200
    siblings: tuple[tuple[str, bytes], ...] = ()
    missing: Document | None = None
    beside_others: bool = False
    raw_body: bytes | None = None


@dataclass(frozen=True, slots=True)
class DerivedText:
    """A page text as it is stored (`encoded`), and what the transaction needs of it.

    The statements are encoded too: passing hundreds of them between processes as objects took 13 ms, this takes 2.
    """

    encoded: bytes
    language: str
    title: str
    compared_sha256: bytes
    encoded_statements: bytes = b"\x90"

    def read_statements(self) -> tuple[Statement, ...]:
        """The statements of the text, in document order."""
        return _STATEMENTS.decode(self.encoded_statements)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a look says. With a `verdict` it is not the page, and nothing else is filled.

    `accepted` is what the look was held for until now that enough looks say the same.
    `doubtful`: keys of new blocks, where the look should be read again beside other pages of the site.
    `same_text`: what is compared equals the newest snapshot's, and there is no `text` to store. Otherwise
    `comparisons` holds, by snapshot id, the differences from each base. `derived` are bases that were read again with
    this extractor version. `noise` is what the lessons on this page held back.
    """

    text: DerivedText | None
    verdict: Verdict | None = None
    accepted: Verdict | None = None
    doubtful: tuple[str, ...] = ()
    same_text: bool = False
    comparisons: Mapping[int, Comparison] = field(default_factory=dict)
    derived: Mapping[int, DerivedText] = field(default_factory=dict)
    noise: Noise | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """All that `record_look` needs besides the page and the result.

    Exactly one holds: `same_bytes`, a `reading`, a `failure` to read, or none of them, where the crawler brought
    nothing to read. `extractor` names the version and options that the reading was made with.
    """

    same_bytes: bool = False
    reading: Reading | None = None
    failure: ExtractError | None = None
    extractor: str = EXTRACTOR


def prepare_look(  # noqa: PLR0917 (what a look works with, then the look)
    config: Config,
    engine: Engine,
    pool: KillablePool,
    page: PageForVisit,
    result: Result,
    first: Reading | None = None,
    missing: Result | None = None,
) -> Prepared:
    """Read what came back on a look, outside of any transaction; blocks while the reading process works.

    With the `first` reading of a doubtful look, it is judged again beside the site's other pages, and beside what the
    site answers for a page that cannot exist (`missing`).
    """
    if is_same(page, result):
        return Prepared(same_bytes=True)
    if result.outcome is not Outcome.OK and not is_worth_reading(result):
        return Prepared()
    options = text_options(page.settings, page.language, config)
    extractor = extractor_of(options)
    if is_held_back(page):
        quarantined = ExtractError("parse.crash", f"not read: reading it failed {page.extract_crashes} times")
        return Prepared(failure=quarantined, extractor=extractor)
    with engine.connect() as connection:
        bases = _load_bases(connection, page, extractor)
        accept = _accepted_reason(connection, page, config.schedule.looks_before_accepting - 1)
        lessons = load_lessons(connection, page)
        siblings = list_sibling_texts(connection, page, first.doubtful, SIBLINGS) if first is not None else ()
    exchange = result.exchange
    job = LookToRead(
        body=exchange.body,
        content_type=_content_type(exchange.response_headers),
        url=page.url,
        final_url=exchange.final_url,
        language=page.language,
        headers=exchange.response_headers,
        options=options,
        lexicons=config.path(config.lexicons),
        languages=config.languages,
        bases=bases,
        accept=accept,
        lessons=lessons,
        marks=result.signals,
        status=exchange.status or 0,
        siblings=siblings,
        missing=_document_of(missing),
        beside_others=first is not None,
        raw_body=exchange.rendered.raw_body if exchange.rendered is not None else None,
    )
    try:
        return Prepared(reading=pool.run(JOB, job), extractor=extractor)
    except ExtractError as error:
        return Prepared(failure=error, extractor=extractor)


def is_held_back(page: PageForVisit) -> bool:
    """Is the page in quarantine, and not to be tried on this look? Rendering or reading it failed again and again."""
    return page.extract_crashes >= CRASHES_TO_QUARANTINE and page.visits % RETRY_QUARANTINED_EVERY != 0


def is_worth_reading(result: Result) -> bool:
    """A refusal whose words may say why: who is shown a riddle, or is in the wrong country."""
    status = result.exchange.status or 0
    return status in _SAID_WITH and result.reason == http_reason(status) and bool(result.exchange.body)


def _document_of(result: Result | None) -> Document | None:
    if result is None or result.outcome is not Outcome.OK:
        return None
    exchange = result.exchange
    return Document(exchange.body, _content_type(exchange.response_headers), exchange.final_url)


def is_same(page: PageForVisit, result: Result) -> bool:
    """Did the look bring the bytes of the newest good capture (or a 304)?"""
    if result.outcome is Outcome.UNCHANGED:
        return True
    if result.outcome is not Outcome.OK or page.body_sha256 is None or page.snapshot_is_baseline:
        return False
    rendered = result.exchange.rendered
    raw_sha256 = hashlib.sha256(rendered.raw_body).digest() if rendered is not None else None
    return hashlib.sha256(result.exchange.body).digest() == page.body_sha256 and raw_sha256 == page.raw_body_sha256


def text_options(settings: PageSettings, language: str, config: Config) -> TextOptions:
    """How the page's text is to be read, from its settings in the watchlist."""
    return TextOptions(
        language=language,
        selectors=settings.selector,
        ignore=settings.ignore,
        max_text_chars=config.extract.max_text_chars,
    )


def extractor_of(options: TextOptions) -> str:
    """The version that texts made with these options carry: other selectors make another text of the same bytes."""
    if not options.selectors and not options.ignore:
        return EXTRACTOR
    digest = hashlib.sha256(repr((options.selectors, options.ignore)).encode()).hexdigest()
    return f"{EXTRACTOR}+{digest[:8]}"


def read_look(job: LookToRead) -> Reading:
    """Runs in the killable process. Raises ExtractError."""
    read = read_page(job.body, job.content_type, job.final_url, job.options)
    page_text = _with_language(read.page_text, job.languages)
    bases = {base.snapshot_id: _read_base(base, job) for base in job.bases}
    newest = bases[job.bases[0].snapshot_id] if job.bases else None
    facts = observe(job.body, job.language, job.languages, job.headers, marks=job.marks, status=job.status)
    if job.status != OK_STATUS:
        said = judge(page_text, facts, None)
        return Reading(text=None, verdict=said if said and said.reason in _SAID_WITH.get(job.status, ()) else None)
    # a seed's text is a part of the page: nothing follows from how much of it is left
    last = newest if newest is not None and not job.bases[0].baseline and _is_alike(job.bases[0], job) else None
    verdict = judge(page_text, facts, last, _references(job) if job.beside_others else None)
    doubtful = () if job.beside_others else doubtful_keys(page_text, last, verdict)
    if verdict is not None and verdict.reason != job.accept:
        return Reading(text=None, verdict=verdict, doubtful=doubtful)
    lexicons = _lexicons(job.lexicons, job.languages)
    derived = {
        base.snapshot_id: _derive(bases[base.snapshot_id], find_statements(bases[base.snapshot_id], lexicons))
        for base in job.bases
        if base.body is not None
    }
    pairs = {number: label_pair(base, page_text, job.lessons) for number, base in bases.items()}
    before, live = pairs[job.bases[0].snapshot_id] if last is not None else (None, None)
    noise = noise_between(before, live) if before and live and job.lessons else None
    if before and live and live.is_same(before):
        return Reading(None, accepted=verdict, same_text=True, derived=derived, noise=noise)
    statements = find_statements(page_text, lexicons)
    comparisons = {
        base.snapshot_id: compare_with_baseline(bases[base.snapshot_id], page_text, lexicons)
        if base.baseline
        else _compare_labelled(*pairs[base.snapshot_id], statements, lexicons)
        if _is_alike(base, job)
        else _compare_unrendered(pairs[base.snapshot_id][0].page_text, job, lexicons)
        for base in job.bases
    }
    text = _derive(replace(read.label_main(), language=page_text.language), statements)  # which nobody asked for so far
    return Reading(text, None, verdict, doubtful, comparisons=comparisons, derived=derived, noise=noise)


def _compare_labelled(
    before: Labelled, live: Labelled, statements: tuple[Statement, ...], lexicons: Lexicons
) -> Comparison:
    """The differences without what is known as noise; `statements` are all those of the live text."""
    compared = tuple(statement for statement in statements if statement.block not in live.reasons)
    return compare_pages(before.page_text, live.page_text, lexicons, None, compared)


def _is_alike(base: StoredText, job: LookToRead) -> bool:
    """Were both read with a browser, or both without? Otherwise all that a script writes would be a change."""
    return base.baseline or base.rendered == (job.raw_body is not None)


def _compare_unrendered(before: PageText, job: LookToRead, lexicons: Lexicons) -> Comparison:
    """The page was told to be rendered since: like is compared with like. What was rendered before cannot be compared
    with a page that is not."""
    if job.raw_body is None:
        return Comparison(text_changed=True, changes=())
    raw = _with_language(extract_page(job.raw_body, job.content_type, job.final_url, job.options), job.languages)
    return compare_pages(before, label_learned(raw, job.lessons).page_text, lexicons)


def _references(job: LookToRead) -> References:
    missing = None
    if job.missing is not None:
        with suppress(ExtractError):  # then it is no page to compare with
            missing = extract_page(job.missing.body, job.missing.content_type, job.missing.url, job.options)
    return References({url: decode_page_text(text) for url, text in job.siblings}, missing)


def _read_base(base: StoredText, job: LookToRead) -> PageText:
    if base.body is None:
        return decode_page_text(base.text)
    return _with_language(extract_page(base.body, base.content_type, base.url, job.options), job.languages)


def read_again(  # noqa: PLR0917 (what is read, then how)
    body: bytes, content_type: str, url: str, options: TextOptions, lexicons: Path, languages: tuple[str, ...]
) -> DerivedText:
    """Runs in the killable process: the text and statements of a stored body. Raises ExtractError."""
    page_text = _with_language(extract_page(body, content_type, url, options), languages)
    return _derive(page_text, find_statements(page_text, _lexicons(lexicons, languages)))


def _with_language(page_text: PageText, languages: tuple[str, ...]) -> PageText:
    """The page text with its language detected, where the watchlist names none."""
    if page_text.language:
        return page_text
    return replace(page_text, language=detect_language(sample_of(page_text), languages, languages[0]))


def _derive(page_text: PageText, statements: tuple[Statement, ...]) -> DerivedText:
    return DerivedText(
        encoded=encode_page_text(page_text),
        language=page_text.language,
        title=page_text.title,
        compared_sha256=bytes.fromhex(page_text.compared_sha256),
        encoded_statements=msgspec.msgpack.encode(statements),
    )


@lru_cache(maxsize=2)
def _lexicons(directory: Path, languages: tuple[str, ...]) -> Lexicons:
    return load_lexicons(directory, languages)


def _load_bases(connection: Connection, page: PageForVisit, extractor: str) -> tuple[StoredText, ...]:
    """The newest snapshot, and those that pending changes start from; the newest first."""
    if page.newest is None:
        return ()
    wanted: dict[int, SnapshotForVisit] = {page.newest.id: page.newest}
    for change in list_pending(connection, page.id) if page.pending else ():
        if change.base_id not in wanted:
            wanted[change.base_id] = get_snapshot_for_visit(connection, change.base_id)
    return tuple(_load_base(connection, page, snapshot, extractor) for snapshot in wanted.values())


def _load_base(connection: Connection, page: PageForVisit, snapshot: SnapshotForVisit, extractor: str) -> StoredText:
    text = get_body(connection, snapshot.text_sha256)
    if snapshot.extractor == extractor or snapshot.capture_sha256 is None:
        return StoredText(snapshot.id, snapshot.kind == "baseline", text, rendered=snapshot.rendered)
    body = get_body(connection, snapshot.capture_sha256)
    return StoredText(snapshot.id, False, text, body, snapshot.content_type, snapshot.final_url, snapshot.rendered)


def _accepted_reason(connection: Connection, page: PageForVisit, looks: int) -> str | None:
    """The reason for which the last `looks` looks were all held: one more that says so is to be believed."""
    if page.failures < looks:
        return None
    reasons = {reason for _, reason in list_last_outcomes(connection, page.id, looks)}
    return reasons.pop() if len(reasons) == 1 and reasons <= HELD else None


def _content_type(headers: Headers) -> str:
    return next((value.decode("latin-1") for name, value in headers if name.lower() == b"content-type"), "")
