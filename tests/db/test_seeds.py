"""Seeds as baselines: read, refused, imported once, and compared with the first capture."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from monitor.config import Config, project_home
from monitor.errors import LeaseLostError, SeedError
from monitor.ingest import record_look
from monitor.seeds import import_seeds, read_manifest
from monitor.text.process import KillablePool, Limits
from monitor.watchlist import read_watchlist
from tests.db.world import CLAIM, DISCLAIMER, PRICE, STORY, Site, World

MANIFEST = project_home() / "seeds" / "manifest.toml"

GOOD = """[[clinic]]
slug = "clinic"
name = "Clinic"

[[seed]]
file = "one.txt"
clinic = "clinic"
url = "https://clinic.example/one"
language = "en"

[[seed]]
file = "two.txt"
clinic = "clinic"
url = "https://clinic.example/two"
language = "en"
"""


@pytest.fixture(scope="module")
def pool() -> Iterator[KillablePool]:
    with KillablePool(Limits(), preload=("monitor.prepare",)) as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    words = "\n\n".join((*STORY, CLAIM, PRICE, DISCLAIMER))
    for name in ("one.txt", "two.txt"):
        (tmp_path / name).write_text(words, encoding="utf-8")
    (tmp_path / "manifest.toml").write_text(GOOD, encoding="utf-8")
    return tmp_path


def test_the_five_seeds_are_the_baselines_of_the_pages_watched(engine: Engine, config: Config) -> None:
    manifest = read_manifest(MANIFEST)
    watched = read_watchlist(project_home() / "config" / "watchlist.toml")
    assert {seed.url for seed in manifest.seeds} == {page.url for clinic in watched for page in clinic.pages}
    assert {(one.slug, one.name, one.country) for one in manifest.clinics} == {
        (one.slug, one.name, one.country) for one in watched
    }
    report = import_seeds(engine, config, manifest)
    assert len(report.imported) == 5
    assert report.statements > 50
    world = World(engine, config, None)  # type: ignore[arg-type]
    assert world.rows("SELECT count(*), count(DISTINCT page_id) FROM snapshot WHERE kind = 'baseline'") == [(5, 5)]
    assert world.rows("SELECT count(*) FROM page WHERE snapshot_id IS NULL") == [(0,)]
    assert world.rows("SELECT count(*) FROM snapshot WHERE capture_id IS NOT NULL") == [(0,)]


def test_importing_twice_is_importing_once(engine: Engine, config: Config, folder: Path) -> None:
    manifest = read_manifest(folder / "manifest.toml")
    first = import_seeds(engine, config, manifest)
    world = World(engine, config, None)  # type: ignore[arg-type]
    before = [world.count(table) for table in ("clinic", "page", "snapshot", "statement", "body")]
    second = import_seeds(engine, config, manifest)
    assert second.known == first.imported
    assert (second.imported, second.late) == ((), ())
    assert [world.count(table) for table in ("clinic", "page", "snapshot", "statement", "body")] == before


@pytest.mark.parametrize(
    ("change", "line", "problem"),
    [
        (lambda folder: (folder / "two.txt").unlink(), 12, "no file two.txt"),
        (lambda folder: (folder / "two.txt").write_bytes(b"one\ntw\xff\n"), 2, "not UTF-8"),
        (lambda folder: _edit(folder, '"https://clinic.example/two"', '"https://clinic.example/one"'), 11, "stands in"),
        (lambda folder: _edit(folder, '"https://clinic.example/two"', '"ftp://clinic.example/"'), 14, "http"),
        (lambda folder: _edit(folder, 'file = "two.txt"\n', ""), 11, "file is missing"),
        (lambda folder: _edit(folder, 'file = "two.txt"', "file = 2"), 12, "must be text"),
        (lambda folder: _edit(folder, 'name = "Clinic"', 'naam = "Clinic"'), 3, "unknown key 'naam'"),
        (lambda folder: _edit(folder, "[[clinic]]", "[[clinic]"), 1, "no valid TOML"),
        (lambda folder: (folder / "manifest.toml").unlink(), 0, "cannot be read"),
        (lambda folder: (folder / "manifest.toml").write_text(""), 0, "names no"),
    ],
)
def test_what_is_wrong_is_told_with_file_and_line(folder: Path, change: object, line: int, problem: str) -> None:
    change(folder)  # type: ignore[operator]
    with pytest.raises(SeedError, match=problem) as caught:
        read_manifest(folder / "manifest.toml")
    assert caught.value.line == line
    assert Path(caught.value.path).name in {"manifest.toml", "two.txt"}


def _edit(folder: Path, before: str, after: str) -> None:
    path = folder / "manifest.toml"
    words = path.read_text(encoding="utf-8")
    assert before in words
    path.write_text(words.replace(before, after), encoding="utf-8")


def test_nothing_is_imported_where_one_clinic_is_unknown(engine: Engine, config: Config, folder: Path) -> None:
    words = GOOD.rpartition('clinic = "clinic"')
    (folder / "manifest.toml").write_text(words[0] + 'clinic = "other"' + words[2], encoding="utf-8")
    with pytest.raises(SeedError, match="unknown clinic 'other'") as caught:
        import_seeds(engine, config, read_manifest(folder / "manifest.toml"))
    assert caught.value.line == 11
    world = World(engine, config, None)  # type: ignore[arg-type]
    assert [world.count(table) for table in ("clinic", "page", "snapshot", "statement", "body")] == [0] * 5


def test_another_text_for_the_same_page_is_refused(engine: Engine, config: Config, folder: Path) -> None:
    import_seeds(engine, config, read_manifest(folder / "manifest.toml"))
    (folder / "two.txt").write_text("Something else altogether.", encoding="utf-8")
    with pytest.raises(SeedError, match="another text"):
        import_seeds(engine, config, read_manifest(folder / "manifest.toml"))


def test_the_first_capture_is_compared_with_the_baseline(
    engine: Engine, config: Config, folder: Path, pool: KillablePool
) -> None:
    import_seeds(engine, config, read_manifest(folder / "manifest.toml"))
    world = World(engine, config, pool)
    ((page,),) = world.rows("SELECT id FROM page WHERE url LIKE '%one'")
    site = Site().without(DISCLAIMER).reworded("$5,000", "$7,500")
    world.see(page, site)
    pending = [("price/amount", "increased", "pending"), ("disclaimer/outcome", "removed", "pending")]
    assert sorted(world.changes()) == sorted(pending)
    assert world.rows("SELECT count(*) FROM change WHERE first_visit_id IS NOT NULL") == [(0,)]
    report = world.see(page, site)
    assert len(report.confirmed) == 2
    world.see(page, site.reworded("80%", "90%"))  # from now on the page is compared with itself
    assert len(world.changes()) == 3
    numbers = world.rows("SELECT number, kind FROM snapshot WHERE page_id = :page ORDER BY number", page=page)
    assert numbers == [(1, "baseline"), (2, "live"), (3, "live")]


def test_what_a_seed_left_out_is_no_news(engine: Engine, config: Config, folder: Path, pool: KillablePool) -> None:
    import_seeds(engine, config, read_manifest(folder / "manifest.toml"))
    world = World(engine, config, pool)
    ((page,),) = world.rows("SELECT id FROM page WHERE url LIKE '%one'")
    site = Site(footer="Results may vary. Book now and get 20% off!")
    assert world.see(page, site).next_purpose == "scheduled"
    assert world.changes() == []


def test_a_seed_that_comes_after_the_page_is_kept_and_compared_with_nothing(
    engine: Engine, config: Config, folder: Path, pool: KillablePool
) -> None:
    world = World(engine, config, pool)
    page = world.add_page("https://clinic.example/one")
    live = world.see(page, Site().without(DISCLAIMER))
    report = import_seeds(engine, config, read_manifest(folder / "manifest.toml"))
    assert report.late == ("https://clinic.example/one",)
    newest = world.page(page).newest
    assert newest is not None
    assert newest.id == live.snapshot_id
    assert world.see(page, Site().without(DISCLAIMER).reworded("80%", "90%")).snapshot_number == 3


def test_a_visit_in_flight_does_not_write_over_a_baseline(
    engine: Engine, config: Config, folder: Path, pool: KillablePool
) -> None:
    world = World(engine, config, pool)
    page_id = world.add_page("https://clinic.example/one")
    claim, page = world.claim(page_id), world.page(page_id)
    result = world.answer(page_id, Site().html())
    prepared = world.prepare(page, result)
    import_seeds(engine, config, read_manifest(folder / "manifest.toml"))
    with pytest.raises(LeaseLostError):
        record_look(engine, config, page, result, prepared, purpose="scheduled", lease=claim)
    assert world.see(page_id, Site()).snapshot_number == 2
