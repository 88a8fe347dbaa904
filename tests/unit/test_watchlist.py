"""Watchlists: read as people write them, refused with file and line, and written back the same."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import WatchlistError
from monitor.urls import MAX_CHARS, origin_of, page_url
from monitor.watchlist import (
    ClinicEntry,
    PageEntry,
    PageSettings,
    read_csv,
    read_watchlist,
    write_csv,
    write_toml,
)

TOML = """\
# what we watch
[[clinic]]
slug = "stemedix"
name = "Stemedix"
country = "US"

[[clinic.page]]
url = "HTTPS://Stemedix.com:443/spine#top"
language = "en"
cadence = "6h"
selector = "main"
ignore = [".related", "#share"]
headers = { Accept-Language = "en" }
allow_hosts = ["WWW.stemedix.com"]
render = "browser"
click = ["#accept", "button.close"]
wait_for = ".prices td"

[[clinic.page]]
url = "https://stemedix.com/"
cadence = 90

[[clinic]]
slug = "dermamed"
"""
SETTINGS = PageSettings(
    "browser",
    ("main",),
    (".related", "#share"),
    (("Accept-Language", "en"),),
    ("www.stemedix.com",),
    wait_for=(".prices td",),
    click=("#accept", "button.close"),
)
ENTRIES = (
    ClinicEntry(
        "stemedix",
        "Stemedix",
        "US",
        (
            PageEntry("https://stemedix.com/spine", "en", 21_600.0, SETTINGS),
            PageEntry("https://stemedix.com/", "", 90.0),
        ),
    ),
    ClinicEntry("dermamed", "dermamed"),
)


def saved(directory: Path, words: str, name: str = "watchlist.toml") -> Path:
    file = directory / name
    file.write_text(words, encoding="utf-8", newline="")
    return file


def test_a_watchlist_as_people_write_it(tmp_path: Path) -> None:
    entries = read_watchlist(saved(tmp_path, TOML))
    assert entries == ENTRIES
    assert [entry.line for entry in entries] == [2, 23]
    assert [page.line for page in entries[0].pages] == [7, 19]


def test_a_file_saved_by_a_spreadsheet_or_an_editor_with_a_mark(tmp_path: Path) -> None:
    assert read_watchlist(saved(tmp_path, "\ufeff" + TOML)) == ENTRIES
    words = "\ufeffClinic;Name;URL\r\na;Clínica;https://a.example/\r\n"
    assert read_csv(saved(tmp_path, words, "list.csv"))[0].name == "Clínica"


def test_an_empty_watchlist_watches_nothing(tmp_path: Path) -> None:
    assert read_watchlist(saved(tmp_path, "")) == ()


PAGE = '[[clinic]]\nslug = "a"\n[[clinic.page]]\nurl = "https://a.example/"\n'


@pytest.mark.parametrize(
    ("words", "line", "problem"),
    [
        ("[[clinic]\n", 1, "no valid TOML"),
        ('[[clinic]]\nslug = "a"\nslug = "b"\n', 3, "no valid TOML"),
        ('clinics = 1\n[[clinic]]\nslug = "a"\n', 1, "unknown key 'clinics'"),
        ('[[clinic]]\nslug = "a"\n[other]\nx = 1\n', 3, "unknown key 'other'"),
        ('[clinic]\nslug = "a"\n', 0, "clinics are written as [[clinic]]"),
        ('[[clinic]]\nname = "A"\n', 1, "slug: missing"),
        ('[[clinic]]\nslug = "Big Name"\n', 2, "slug: 'Big Name': 1 to 63 lower-case"),
        ("[[clinic]]\nslug = 5\n", 2, "slug: must be text in quotes"),
        ('[[clinic]]\nslug = "a"\ncountry = "Netherlands"\n', 3, "country: 'Netherlands' is no country code"),
        ('[[clinic]]\nslug = "a"\nurl = "https://a.example/"\n', 3, "url: unknown key; known are slug, name, country"),
        ('[[clinic]]\nslug = "a"\npage = 5\n', 3, "page: pages are written as [[clinic.page]]"),
        ('[[clinic]]\nslug = "a"\n\n[[clinic]]\nslug = "a"\n', 4, "clinic 'a' stands in line 1 already"),
        ('[[clinic]]\nslug = "a"\n[[clinic.page]]\nlanguage = "en"\n', 3, "url: missing"),
        (PAGE + 'cadense = "6h"\n', 5, "cadense: unknown key; known are url, language, cadence, render"),
        (PAGE + 'language = "xx"\n', 5, "language: 'xx' is not one of en, nl, da, es, de, fr"),
        (PAGE + 'cadence = "soon"\n', 5, "cadence: 'soon' is no cadence such as 6h"),
        (PAGE + 'cadence = "0s"\n', 5, "cadence: '0s' is not between a second and a year"),
        (PAGE + 'cadence = "400d"\n', 5, "cadence: '400d' is not between"),
        (PAGE + "cadence = -5\n", 5, "cadence: -5 is no cadence"),
        (PAGE + "cadence = true\n", 5, "cadence: True is no cadence"),
        (PAGE + "cadence = nan\n", 5, "cadence: nan is no cadence"),
        (PAGE + 'render = "chrome"\n', 5, "render: 'chrome' is not 'browser'"),
        (PAGE + 'click = "#accept"\n', 5, "click: needs render = 'browser'"),
        (PAGE + 'render = "browser"\nwait_for = ["a["]\n', 6, "wait_for: 'a[' is no CSS selector"),
        (PAGE + 'selector = ["main", "a["]\n', 5, "selector: 'a[' is no CSS selector"),
        (PAGE + "ignore = [5]\n", 5, "ignore: must be a list of texts"),
        (PAGE + 'headers = { "Bad Name" = "x" }\n', 5, "headers: 'Bad Name' is no HTTP header"),
        (PAGE + 'headers = { Cookie = "a\\r\\nHost: b" }\n', 5, "headers: 'Cookie' is no HTTP header"),
        (PAGE + 'headers = { HOST = "b.example" }\n', 5, "headers: 'HOST' is set by the crawler"),
        (PAGE + 'allow_hosts = ["b.example/path"]\n', 5, "allow_hosts: 'b.example/path' is no host name"),
        (PAGE + '[[clinic.page]]\nurl = "http://"\n', 6, "url: 'http://' no usable host"),
        (
            PAGE + '[[clinic.page]]\nurl = "https://A.example:443/#x"\n',
            5,
            "https://a.example/ stands in line 3 already",
        ),
        (PAGE + '[[clinic]]\nslug = "b"\n[[clinic.page]]\nurl = "https://a.example"\n', 7, "stands in line 3 already"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, words: str, line: int, problem: str) -> None:
    file = saved(tmp_path, words)
    with pytest.raises(WatchlistError) as caught:
        read_watchlist(file)
    assert problem in str(caught.value)
    assert str(caught.value).startswith(f"{file}:{line}: " if line else f"{file}: ")
    assert (caught.value.path, caught.value.line) == (file, line)
    assert "\n" not in str(caught.value)


def test_inline_tables_have_no_line_but_their_problem_is_told(tmp_path: Path) -> None:
    with pytest.raises(WatchlistError, match="language: 'xx'"):
        read_watchlist(saved(tmp_path, 'clinic = [{slug="a", page=[{url="https://a.example/", language="xx"}]}]'))


def test_a_heading_inside_a_text_moves_no_line(tmp_path: Path) -> None:
    words = '[[clinic]]\nslug = "a"\nname = """x\n[[clinic]]\n"""\ncountry = "zz"\n'
    with pytest.raises(WatchlistError, match=r"name: has a control character|country: 'zz'"):
        read_watchlist(saved(tmp_path, words))


@pytest.mark.parametrize("read", [read_watchlist, read_csv])
def test_files_that_cannot_be_read(tmp_path: Path, read: object) -> None:
    with pytest.raises(WatchlistError, match="cannot be read: No such file"):
        read(tmp_path / "none.toml")  # type: ignore[operator]
    (tmp_path / "latin.toml").write_bytes(b"# one\n# caf\xe9\n")
    with pytest.raises(WatchlistError, match=r"latin\.toml:2: is not UTF-8"):
        read(tmp_path / "latin.toml")  # type: ignore[operator]


CSV = "clinic,name,country,url,language,cadence\n"


def test_a_csv_as_people_write_it(tmp_path: Path) -> None:
    words = CSV + (
        "a,Clinic A,NL,https://a.example/1,nl,6h\n"
        '\nb,"B, and ""more""",,https://b.example/,,\n'
        "a,Clinic A,NL,https://a.example/2,,30m\n"
    )
    entries = read_csv(saved(tmp_path, words, "list.csv"))
    assert [(entry.slug, entry.name, entry.country) for entry in entries] == [
        ("a", "Clinic A", "NL"),
        ("b", 'B, and "more"', ""),
    ]
    assert [(page.url, page.cadence_s, page.line) for page in entries[0].pages] == [
        ("https://a.example/1", 21_600.0, 2),
        ("https://a.example/2", 1800.0, 5),
    ]


@pytest.mark.parametrize(
    ("words", "line", "problem"),
    [
        ("", 0, "is empty"),
        ("clinic,link\n", 1, "unknown column 'link'"),
        ("clinic,url,url\n", 1, "column 'url' stands twice"),
        ("clinic,name\n", 1, "column 'url' is missing"),
        (CSV + "a,A,NL,https://a.example/,nl,6h\nb,B\n", 3, "has 2 cells where the first line names 6 columns"),
        (CSV + "a,A,NL,a.example,nl,6h\n", 2, "url: 'a.example' must start with http"),
        (CSV + "a,A,NL,https://a.example/,xx,6h\n", 2, "language: 'xx'"),
        (CSV + "a,A,NL,https://a.example/,nl,6x\n", 2, "cadence: '6x'"),
        (CSV + 'a,"A\nB",NL,https://a.example/,nl,\n', 2, "name: has a control character"),
        (CSV + 'a,A,,"https://a.example/1",,\n\n"a","Other",,https://a.example/2,,\n', 4, "another name or country"),
        (CSV + "a,A,,https://a.example/,,\nb,B,,https://A.example:443,,\n", 3, "stands in line 2 already"),
        (CSV + 'a,A,,"https://a.example/,,\n', 2, "no valid CSV"),
        ("clinic,url,settings\na,https://a.example/,{\n", 2, "settings: no valid JSON"),
        ("clinic,url,settings\na,https://a.example/,[]\n", 2, "settings: must be a JSON object"),
        ('clinic,url,settings\na,https://a.example/,"{""rendr"": 1}"\n', 2, "rendr: unknown key"),
    ],
)
def test_what_is_wrong_in_a_csv_is_told_with_its_row(tmp_path: Path, words: str, line: int, problem: str) -> None:
    file = saved(tmp_path, words, "list.csv")
    with pytest.raises(WatchlistError) as caught:
        read_csv(file)
    assert problem in str(caught.value)
    assert caught.value.line == line


TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20).map(str.strip)
PARTS = st.text("abcXYZ019-_~%/.", max_size=12)
WATCHED = st.builds(
    PageEntry,
    st.builds(lambda path, query: page_url(f"https://a.example/{path}?q={query}").url, PARTS, PARTS),
    st.sampled_from(["", "en", "nl"]),
    st.none() | st.integers(1, 366 * 86_400).map(float) | st.sampled_from([0.5, 1.25, 21_600.0]),
    st.builds(
        PageSettings,
        st.sampled_from(["", "browser"]),
        st.lists(st.sampled_from(["main", "p > a[href='x,y']", ".a:not(.b)"]), max_size=2).map(tuple),
        st.lists(st.sampled_from(["#x", ".ads"]), max_size=2).map(tuple),
        st.dictionaries(st.sampled_from(["X-One", "Cookie"]), st.sampled_from(['a="b"; c', "=1+1"])).map(
            lambda headers: tuple(headers.items())
        ),
        st.lists(st.sampled_from(["b.example", "c.example"]), max_size=2).map(tuple),
    ),
)
LISTS = st.lists(
    st.builds(
        ClinicEntry,
        st.sampled_from(["a", "b-2", "c"]),
        TEXTS.filter(bool) | st.sampled_from(["=HYPERLINK(1)", "+1", "'=x", "'quoted'", "-", "@x", 'a"b\\c', "\x7f"]),
        st.sampled_from(["", "NL"]),
        st.lists(WATCHED, min_size=1, max_size=3, unique_by=lambda page: page.url).map(tuple),
    ),
    max_size=3,
    unique_by=lambda entry: entry.slug,
).filter(
    lambda entries: len({page.url for entry in entries for page in entry.pages}) == sum(len(e.pages) for e in entries)
)


@given(entries=LISTS)
def test_what_is_written_reads_back_the_same(
    tmp_path_factory: pytest.TempPathFactory, entries: list[ClinicEntry]
) -> None:
    directory = tmp_path_factory.mktemp("list")
    assert read_watchlist(saved(directory, write_toml(entries))) == tuple(entries)
    written = write_csv(entries)
    assert read_csv(saved(directory, written, "list.csv")) == tuple(entries)
    cells = [cell for row in csv.reader(io.StringIO(written)) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]


@pytest.mark.parametrize(
    ("text", "url", "origin"),
    [
        ("https://a.example", "https://a.example/", "https://a.example:443"),
        ("HTTP://A.Example.:80/Path?B=1&a#x", "http://a.example/Path?B=1&a", "http://a.example:80"),
        ("https://a.example:8443/?", "https://a.example:8443/", "https://a.example:8443"),
        ("http://[::1]:8080/x", "http://[::1]:8080/x", "http://[::1]:8080"),
        ("http://a.example/søg?q=ø", "http://a.example/s%C3%B8g?q=%C3%B8", "http://a.example:80"),
        ("http://a.example/a%2Fb%20c/../d", "http://a.example/a%2Fb%20c/../d", "http://a.example:80"),
    ],
)
def test_a_url_has_one_spelling(text: str, url: str, origin: str) -> None:
    assert (page_url(text).url, origin_of(page_url(text))) == (url, origin)
    assert page_url(url).url == url


def test_a_url_that_no_index_holds_is_refused() -> None:
    with pytest.raises(ValueError, match="is longer than 2000 characters"):
        page_url("https://a.example/" + "x" * MAX_CHARS)
    with pytest.raises(ValueError, match="is longer than 2000 characters"):
        page_url("https://a.example/" + "ø" * 700)  # 4,200 when it is encoded
