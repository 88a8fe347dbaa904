"""Watchlists: which clinics and pages are watched, as TOML for people and CSV for spreadsheets.

    [[clinic]]
    slug = "stemedix"                  # lower-case letters, digits, hyphens
    name = "Stemedix"
    country = "US"                     # ISO 3166, may be left out

    [[clinic.page]]
    url = "https://stemedix.com/spinal-cord-injury"
    language = "en"                    # left out: detected
    cadence = "6h"                     # s, m, h, d, or seconds; left out: as configured
    selector = ["main"]                # only these parts of the page …
    ignore = [".related"]              # … without these
    headers = { Accept-Language = "en" }
    allow_hosts = ["www.stemedix.com"] # a redirect may lead there
    render = "browser"                 # for pages that are empty without JavaScript
    click = ["#accept-cookies"]        # pressed in the browser where it is there
    wait_for = [".prices"]             # without it the page is not complete

A CSV has the columns clinic and url, and as wanted name, country, language, cadence, and settings (a JSON object of
the last seven keys above). Whatever is wrong is a WatchlistError that names file and line; then nothing is used.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from monitor.config import Config
from monitor.errors import WatchlistError
from monitor.watchlist_entries import ClinicEntry, PageEntry, PageSettings, RowProblemError, read_clinic, read_page

__all__ = ["ClinicEntry", "PageEntry", "PageSettings", "read_csv", "read_watchlist", "write_csv", "write_toml"]

LANGUAGES = Config().languages
COLUMNS = ("clinic", "name", "country", "url", "language", "cadence", "settings")
_FORMULA = re.compile(r"'*[=+@\t\r-]")  # what a spreadsheet may run, quoted or not


def read_watchlist(path: Path, languages: Sequence[str] = LANGUAGES) -> tuple[ClinicEntry, ...]:
    """The clinics of a TOML watchlist. Raises WatchlistError."""
    words = _read(path)
    try:
        document = tomllib.loads(words)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"at line (\d+)", str(error))
        raise WatchlistError(path, int(at[1]) if at else 0, f"no valid TOML: {error}") from error
    clinics = document.pop("clinic", [])
    if document:
        raise WatchlistError(path, _line_of(words, 0, next(iter(document))), f"unknown key {next(iter(document))!r}")
    if not isinstance(clinics, list) or not all(isinstance(one, dict) for one in clinics):
        raise WatchlistError(path, 0, "clinics are written as [[clinic]]")
    lines = _table_lines(words, clinics)
    entries = []
    for table in clinics:
        line = next(lines)
        pages = table.pop("page", [])
        with _located(path, words, line):
            if not isinstance(pages, list) or not all(isinstance(one, dict) for one in pages):
                raise RowProblemError("pages are written as [[clinic.page]]", "page")
            entry = replace(read_clinic(table), line=line)
        entries.append(
            replace(entry, pages=tuple(_toml_page(path, words, next(lines), one, languages) for one in pages))
        )
    return _unique(path, entries)


def read_csv(path: Path, languages: Sequence[str] = LANGUAGES) -> tuple[ClinicEntry, ...]:
    """The clinics of a CSV watchlist, separated by commas or semicolons. Raises WatchlistError."""
    words = _read(path)
    heading = words.partition("\n")[0]
    reader = csv.reader(io.StringIO(words, newline=""), delimiter=";" if ";" in heading else ",", strict=True)
    columns: list[str] | None = None
    clinics: dict[str, ClinicEntry] = {}
    line = 1
    try:
        for row in reader:
            if columns is None:
                columns = _columns(path, row)
            elif any(cell.strip() for cell in row):
                with _located(path, words, line):
                    _take_row(clinics, columns, row, line, languages)
            line = reader.line_num + 1
    except csv.Error as error:
        raise WatchlistError(path, line, f"no valid CSV: {error}") from error
    if columns is None:
        raise WatchlistError(path, 0, f"is empty; its first line names the columns {', '.join(COLUMNS)}")
    return _unique(path, list(clinics.values()))


def write_toml(entries: Sequence[ClinicEntry]) -> str:
    """The same clinics as `read_watchlist` reads them."""
    return "\n".join(line for entry in entries for line in _toml_lines(entry))


def write_csv(entries: Sequence[ClinicEntry]) -> str:
    """The same pages as `read_csv` reads them; a clinic without pages has no row. No cell is a formula."""
    output = io.StringIO(newline="")
    writer = csv.writer(output, lineterminator="\n")
    writer.writerow(COLUMNS)
    for entry in entries:
        for page in entry.pages:
            settings = page.settings.to_json()
            cells = [entry.slug, entry.name, entry.country, page.url, page.language, _cadence(page.cadence_s)]
            cells.append(json.dumps(settings, ensure_ascii=False) if settings else "")
            writer.writerow([f"'{cell}" if _FORMULA.match(cell) else cell for cell in cells])
    return output.getvalue()


@contextlib.contextmanager
def _located(path: Path, words: str, line: int) -> Iterator[None]:
    """Turns the problem of one row into an error that names file and line."""
    try:
        yield
    except RowProblemError as error:
        line = _line_of(words, line, error.key) if path.suffix == ".toml" else line
        raise WatchlistError(path, line, str(error)) from error


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise WatchlistError(path, 0, f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise WatchlistError(path, line, "is not UTF-8") from error


def _unique(path: Path, entries: list[ClinicEntry]) -> tuple[ClinicEntry, ...]:
    """Raises WatchlistError where a clinic or a page stands twice."""
    clinics: dict[str, int] = {}
    pages: dict[str, int] = {}
    for entry in entries:
        if (first := clinics.setdefault(entry.slug, entry.line)) != entry.line:
            raise WatchlistError(path, entry.line, f"clinic {entry.slug!r} stands in line {first} already")
        for page in entry.pages:
            if page.url in pages:
                raise WatchlistError(path, page.line, f"page {page.url} stands in line {pages[page.url]} already")
            pages[page.url] = page.line
    return tuple(entries)


def _toml_page(path: Path, words: str, line: int, table: dict[str, Any], languages: Sequence[str]) -> PageEntry:
    with _located(path, words, line):
        return replace(read_page(table, languages), line=line)


def _table_lines(words: str, clinics: list[dict[str, Any]]) -> Iterator[int]:
    """The lines of the tables' headings, in the order in which clinics and their pages are read.

    The parser tells no lines. Where the headings are not one for each table (inline tables), every line is 0.
    """
    found = [
        number
        for number, line in enumerate(words.splitlines(), start=1)
        if re.match(r"\s*\[\[\s*\"?clinic\"?(\s*\.\s*\"?page\"?)?\s*\]\]", line)
    ]
    tables = sum(1 + len(one["page"]) if isinstance(one.get("page"), list) else 1 for one in clinics)
    return iter(found if len(found) == tables else [0] * tables)


def _line_of(words: str, heading: int, key: str) -> int:
    """The line of `key` below the table heading in line `heading`; the heading's own where it is not found."""
    lines = words.splitlines()
    for number in range(heading, len(lines)):
        if heading and lines[number].lstrip().startswith("["):
            break
        if key and re.match(rf"\s*\[*\s*[\"']?{re.escape(key)}[\"']?\s*[=.\]]", lines[number]):
            return number + 1
    return heading


def _columns(path: Path, row: Sequence[str]) -> list[str]:
    columns = [cell.strip().lower() for cell in row]
    for column in columns:
        if column not in COLUMNS:
            raise WatchlistError(path, 1, f"unknown column {column!r}; known are {', '.join(COLUMNS)}")
        if columns.count(column) > 1:
            raise WatchlistError(path, 1, f"column {column!r} stands twice")
    for column in ("clinic", "url"):
        if column not in columns:
            raise WatchlistError(path, 1, f"column {column!r} is missing")
    return columns


def _take_row(
    clinics: dict[str, ClinicEntry], columns: Sequence[str], row: Sequence[str], line: int, languages: Sequence[str]
) -> None:
    """Add the page of one CSV row to its clinic."""
    if len(row) != len(columns):
        raise RowProblemError(f"has {len(row)} cells where the first line names {len(columns)} columns")
    cells = {column: _unquoted(cell.strip()) for column, cell in zip(columns, row, strict=True)}
    slug = cells["clinic"]
    clinic = read_clinic({"slug": slug, "name": cells.get("name") or slug, "country": cells.get("country", "")})
    values: dict[str, Any] = {"url": cells["url"], "language": cells.get("language", "")}
    if cadence := cells.get("cadence"):
        values["cadence"] = cadence
    if settings := cells.get("settings"):
        values |= _settings_cell(settings)
    page = replace(read_page(values, languages), line=line)
    known = clinics.setdefault(slug, replace(clinic, line=line))
    if (known.name, known.country) != (clinic.name, clinic.country):
        raise RowProblemError(f"clinic {slug!r} has another name or country than in line {known.line}")
    clinics[slug] = replace(known, pages=(*known.pages, page))


def _settings_cell(cell: str) -> dict[str, Any]:
    try:
        settings = json.loads(cell)
    except ValueError as error:
        raise RowProblemError(f"no valid JSON: {error}", "settings") from error
    if not isinstance(settings, dict) or {"url", "language", "cadence"} & settings.keys():
        raise RowProblemError("must be a JSON object of settings", "settings")
    return settings


def _unquoted(cell: str) -> str:
    """The cell without the apostrophe that keeps spreadsheets from reading it as a formula."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def _toml_lines(entry: ClinicEntry) -> Iterator[str]:
    yield "[[clinic]]"
    yield f"slug = {_toml(entry.slug)}"
    yield f"name = {_toml(entry.name)}"
    if entry.country:
        yield f"country = {_toml(entry.country)}"
    yield ""
    for page in entry.pages:
        yield "[[clinic.page]]"
        yield f"url = {_toml(page.url)}"
        if page.language:
            yield f"language = {_toml(page.language)}"
        if page.cadence_s is not None:
            yield f"cadence = {_toml(_cadence(page.cadence_s))}"
        for name, value in page.settings.to_json().items():
            yield f"{name} = {_toml(value)}"
        yield ""


def _toml(value: str | Sequence[str] | dict[str, str]) -> str:
    if isinstance(value, str):  # JSON's escapes are TOML's, but TOML wants one for DEL
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_toml(name)} = {_toml(one)}" for name, one in value.items()) + " }"
    return "[" + ", ".join(_toml(one) for one in value) + "]"


def _cadence(seconds: float | None) -> str:
    if seconds is None:
        return ""
    for unit, length in (("d", 86_400), ("h", 3600), ("m", 60)):
        if seconds % length == 0 and seconds:
            return f"{seconds // length:.0f}{unit}"
    return f"{seconds!r}".removesuffix(".0") + "s"
