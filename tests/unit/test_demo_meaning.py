"""Each edit of the demo, without daemon and database: the pages before and after say exactly what the script expects.

Testimonials rotate between the two requests, as they do on the real pages.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from monitor.compare.pages import compare_pages
from monitor.config import Config
from monitor.demo.edits import Edit, script
from monitor.demo.pages import ClinicState, load_clinics, render_page
from monitor.meaning.lexicon import Lexicons, load_lexicons
from monitor.text.extract import TextOptions, extract_page
from monitor.types import PageText

ROOT = Path(__file__).parents[2]
CLINICS = {clinic.slug: clinic for clinic in load_clinics()}
TURNS = ((1, 1), (1, 2), (2, 3), (3, 1))
OUTAGES = ("gone", "wall")
CASES = [
    (edit, slug, path)
    for act in script()
    for edit in act
    if edit.name not in OUTAGES
    for slug in ([edit.clinic] if edit.clinic else CLINICS)
    for path in (edit.pages or CLINICS[slug].paths)
]


@cache
def lexicons() -> Lexicons:
    return load_lexicons(ROOT / "config" / "lexicons", Config().languages)


def read(slug: str, path: str, state: ClinicState, request: int) -> PageText:
    clinic = CLINICS[slug]
    seed = (ROOT / "seeds" / clinic.seed).read_text(encoding="utf-8")
    page = render_page(clinic, path, seed, state, request)
    options = TextOptions(clinic.language, max_text_chars=Config().extract.max_text_chars)
    return extract_page(page.encode(), "text/html; charset=utf-8", f"http://{clinic.host}{path}", options)


@pytest.mark.parametrize(("edit", "slug", "path"), CASES, ids=[f"{edit.name}-{path}" for edit, _, path in CASES])
def test_an_edit_means_what_it_should_whichever_testimonial_is_shown(edit: Edit, slug: str, path: str) -> None:
    for first, second in TURNS:
        before = read(slug, path, ClinicState(), first)
        after = read(slug, path, edit.change(ClinicState()), second)
        found = compare_pages(before, after, lexicons()).changes
        shown = [(change.kind, change.direction, change.severity, change.before, change.after) for change in found]
        alike = {(wanted.family, wanted.direction) for wanted in edit.expects.wanted}
        assert {(change.family, change.direction) for change in found} == alike, shown
        for wanted in edit.expects.wanted:
            assert any(
                change.severity is wanted.severity and wanted.words in f"{change.before}\n{change.after}"
                for change in found
            ), shown
