"""Seeds: page texts that somebody brought along, imported as baselines.

`seeds/manifest.toml` says of each file which clinic's page it was taken from. Import is all or nothing, and twice is
once. A baseline is snapshot text without a capture: it is no evidence, and is never compared with another baseline.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine

from monitor.config import Config
from monitor.errors import NotFoundError, SeedError, UsageError
from monitor.meaning.lexicon import Lexicons, load_lexicons
from monitor.meaning.statements import find_statements
from monitor.store.baselines import list_baselines, start_from_baseline
from monitor.store.bodies import put_body
from monitor.store.leases import database_time, fence_off
from monitor.store.ledger import update_ledger
from monitor.store.pages import Page, add_clinic, add_page, get_clinic, get_page
from monitor.store.passages import update_passages
from monitor.store.visits import (
    SnapshotText,
    next_snapshot_number,
    record_snapshot,
)
from monitor.text.extract import EXTRACTOR, TextOptions
from monitor.text.plain import read_plain
from monitor.text.stored import encode_page_text
from monitor.types import PageText
from monitor.urls import page_url

_CLINIC_KEYS = {"slug": True, "name": True, "country": False}
_SEED_KEYS = {
    "file": True,
    "clinic": True,
    "url": True,
    "language": True,
    "url_is": False,
    "capture": False,
    "note": False,
}
URL_IS = ("sure", "probable")


@dataclass(frozen=True, slots=True)
class SeedClinic:
    """A clinic that the manifest declares."""

    slug: str
    name: str
    country: str
    line: int


@dataclass(frozen=True, slots=True)
class Seed:
    """One seed file and the page it was taken from. `line` is its heading's in the manifest."""

    file: Path
    text: str
    clinic: str
    url: str
    language: str
    url_is: str
    capture: str
    note: str
    line: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest that was read and checked, with the text of every file."""

    path: Path
    clinics: tuple[SeedClinic, ...]
    seeds: tuple[Seed, ...]


@dataclass(frozen=True, slots=True)
class SeedReport:
    """URLs by what the import did: a new baseline, one that was there already, and one that came after the page's
    first capture (kept as a version, compared with nothing)."""

    imported: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    late: tuple[str, ...] = ()
    statements: int = 0


def read_manifest(path: Path) -> Manifest:
    """Read a manifest and the files that it names. Raises SeedError naming file and line."""
    words = _read_text(path)
    try:
        document = tomllib.loads(words)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"at line (\d+)", str(error))
        raise SeedError(path, int(at[1]) if at else 0, f"no valid TOML: {error}") from error
    for key in document:
        if key not in {"clinic", "seed"}:
            raise SeedError(path, _line_of_key(words, key), f"unknown key {key!r}")
    clinics = tuple(
        SeedClinic(table["slug"], table["name"], table.get("country", ""), line)
        for line, table in _read_tables(path, words, document, "clinic", _CLINIC_KEYS)
    )
    seeds = tuple(
        _read_seed(path, words, line, table) for line, table in _read_tables(path, words, document, "seed", _SEED_KEYS)
    )
    if not seeds:
        raise SeedError(path, 0, "names no [[seed]]")
    _refuse_twice(path, [(clinic.slug, clinic.line) for clinic in clinics], "clinic")
    _refuse_twice(path, [(seed.url, seed.line) for seed in seeds], "page")
    _refuse_twice(path, [(str(seed.file), seed.line) for seed in seeds], "file")
    return Manifest(path, clinics, seeds)


def import_seeds(engine: Engine, config: Config, manifest: Manifest) -> SeedReport:
    """Import every seed of the manifest as the baseline of its page, and watch the page; all of them or none.

    A page that is watched already keeps its settings. Raises SeedError for a clinic that neither the manifest nor
    the store knows, and for a page that has a baseline of another text.
    """
    lexicons = load_lexicons(config.path(config.lexicons), config.languages)
    done: dict[str, list[str]] = {"imported": [], "known": [], "late": []}
    statements = 0
    with engine.begin() as connection:
        now = database_time(connection)
        clinics = _clinic_ids(connection, manifest)
        for seed in manifest.seeds:
            page = _page(connection, manifest.path, seed, clinics[seed.clinic])
            what, found = _import_seed(connection, manifest.path, seed, page, lexicons, now=now)
            done[what].append(seed.url)
            statements += found
    imported, known, late = (tuple(done[what]) for what in ("imported", "known", "late"))
    return SeedReport(imported, known, late, statements)


def _import_seed(
    connection: Connection, manifest: Path, seed: Seed, page: Page, lexicons: Lexicons, *, now: datetime
) -> tuple[str, int]:
    """What was done with one seed (a field of SeedReport), and how many statements it made."""
    page_text = read_plain(seed.text, TextOptions(language=seed.language, max_text_chars=len(seed.text) + 1))
    if _is_known(connection, manifest, seed, page, page_text):
        return "known", 0
    # a visit in flight must not write over the baseline: it is fenced off, and made again
    fence_off(connection, page.id)
    statements = find_statements(page_text, lexicons)
    words = SnapshotText(
        extractor=EXTRACTOR,
        language=page_text.language,
        title=page_text.title,
        compared_sha256=bytes.fromhex(page_text.compared_sha256),
        text_sha256=put_body(connection, encode_page_text(page_text)),
    )
    number = next_snapshot_number(connection, page.id)
    snapshot_id = record_snapshot(connection, page.id, number, words, created_at=now, source=seed.file.name)
    if number > 1:
        return "late", 0
    start_from_baseline(connection, page.id, snapshot_id)
    update_ledger(connection, page.id, snapshot_id, now, statements)
    update_passages(connection, page.id, snapshot_id, now, page_text.blocks)
    return "imported", len(statements)


def _is_known(connection: Connection, manifest: Path, seed: Seed, page: Page, page_text: PageText) -> bool:
    """Has the page this baseline already? Raises SeedError where it has one of another text."""
    digest = bytes.fromhex(page_text.compared_sha256)
    for baseline in list_baselines(connection, page.id):
        if baseline.compared_sha256 == digest or (
            baseline.source == seed.file.name and baseline.extractor != EXTRACTOR
        ):
            return True
        if baseline.extractor == EXTRACTOR:
            raise SeedError(manifest, seed.line, f"{page.url} has a baseline of another text already")
    return False


def _page(connection: Connection, manifest: Path, seed: Seed, clinic_id: int) -> Page:
    """The seed's page, watched from now on if it was not."""
    try:
        page = get_page(connection, seed.url)
    except NotFoundError:
        page = None
    if page is None or page.url != seed.url:  # a part of another page's URL is not this page
        try:
            return add_page(connection, clinic_id, seed.url, language=seed.language)
        except UsageError as error:
            raise SeedError(manifest, seed.line, str(error)) from error
    if page.clinic.id != clinic_id:
        raise SeedError(manifest, seed.line, f"{page.url} is watched as a page of {page.clinic.slug!r}")
    return page


def _clinic_ids(connection: Connection, manifest: Manifest) -> Mapping[str, int]:
    """The ids of the clinics that the seeds name: as the store has them, else as the manifest declares them."""
    declared = {clinic.slug: clinic for clinic in manifest.clinics}
    ids: dict[str, int] = {}
    for seed in manifest.seeds:
        if seed.clinic in ids:
            continue
        try:
            ids[seed.clinic] = get_clinic(connection, seed.clinic).id
        except NotFoundError as error:
            if (clinic := declared.get(seed.clinic)) is None:
                raise SeedError(manifest.path, seed.line, f"unknown clinic {seed.clinic!r}") from error
            ids[seed.clinic] = add_clinic(connection, clinic.slug, clinic.name, clinic.country).id
    return ids


def _read_tables(
    path: Path, words: str, document: Mapping[str, Any], name: str, keys: Mapping[str, bool]
) -> Iterator[tuple[int, dict[str, str]]]:
    """Line and values of each [[name]], checked: known keys, text only, none missing."""
    tables = document.get(name, [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise SeedError(path, _line_of_key(words, name), f"write [[{name}]]")
    headings = [
        number for number, line in enumerate(words.splitlines(), 1) if re.match(rf"\s*\[\[\s*{name}\s*\]\]", line)
    ]
    lines = headings if len(headings) == len(tables) else [0] * len(tables)
    for line, table in zip(lines, tables, strict=True):
        for key, value in table.items():
            if key not in keys:
                raise SeedError(path, _line_of_key(words, key, line), f"unknown key {key!r}")
            if not isinstance(value, str):
                raise SeedError(path, _line_of_key(words, key, line), f"{key} must be text")
        for key, needed in keys.items():
            if needed and not table.get(key):
                raise SeedError(path, line, f"{key} is missing")
        yield line, table


def _read_seed(path: Path, words: str, line: int, table: Mapping[str, str]) -> Seed:
    url_is = table.get("url_is", "sure")
    if url_is not in URL_IS:
        raise SeedError(path, _line_of_key(words, "url_is", line), f"url_is is one of {', '.join(URL_IS)}")
    try:
        url = page_url(table["url"]).url
    except ValueError as error:
        raise SeedError(path, _line_of_key(words, "url", line), f"url {error}") from error
    file = path.parent / table["file"]
    if not file.is_file():
        raise SeedError(path, _line_of_key(words, "file", line), f"there is no file {file.name}")
    return Seed(
        file=file,
        text=_read_text(file),
        clinic=table["clinic"],
        url=url,
        language=table["language"],
        url_is=url_is,
        capture=table.get("capture", ""),
        note=table.get("note", ""),
        line=line,
    )


def _read_text(path: Path) -> str:
    try:
        data = path.read_bytes()
        return data.decode("utf-8-sig")
    except OSError as error:
        raise SeedError(path, 0, f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SeedError(path, data.count(b"\n", 0, error.start) + 1, "is not UTF-8") from error


def _line_of_key(words: str, key: str, heading: int = 0) -> int:
    """The line of `key`, below the table heading in line `heading`; the heading's own where it is not found."""
    pattern = re.compile(rf"\s*\[*\s*[\"']?{re.escape(key)}[\"']?\s*[=.\]]")
    for number, line in enumerate(words.splitlines()[heading:], heading + 1):
        if heading and line.lstrip().startswith("["):
            break
        if pattern.match(line):
            return number
    return heading


def _refuse_twice(path: Path, names: Sequence[tuple[str, int]], what: str) -> None:
    first: dict[str, int] = {}
    for name, line in names:
        if name in first:
            raise SeedError(path, line, f"{what} {name} stands in line {first[name]} already")
        first[name] = line
