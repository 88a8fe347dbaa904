"""`clinicwatch reextract`: texts of an older extractor are made again, through kills, and nobody is told."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from db.world import DISCLAIMER, Site, World
from sqlalchemy import Engine, text

from monitor.config import Config
from monitor.prepare import EXTRACTOR
from monitor.store.bodies import get_body, put_body
from monitor.text.keys import compared_digest
from monitor.text.process import KillablePool, Limits
from monitor.text.stored import decode_page_text, encode_page_text

pytestmark = pytest.mark.system

ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-m", "monitor.cli.main", "reextract")
VERSIONS = 250
TOLD = "SELECT (SELECT count(*) FROM change), (SELECT count(*) FROM notice), (SELECT count(*) FROM alert)"
OLD = "SELECT count(*) FROM snapshot WHERE extractor = '0'"


@pytest.fixture(scope="module")
def pool() -> Iterator[KillablePool]:
    with KillablePool(Limits(), preload=("monitor.prepare",)) as opened:
        yield opened


@pytest.fixture
def world(engine: Engine, config: Config, pool: KillablePool) -> World:
    return World(engine, config, pool)


def age(world: World) -> None:
    """Every text is that of extractor "0", which did not see disclaimers."""
    with world.engine.begin() as connection:
        rows = connection.execute(text("SELECT id, text_sha256 FROM snapshot WHERE capture_id IS NOT NULL")).all()
        for row in rows:
            page_text = decode_page_text(get_body(connection, bytes(row.text_sha256)))
            blocks = tuple(block for block in page_text.blocks if block.text != DISCLAIMER)
            old = replace(page_text, blocks=blocks, compared_sha256=compared_digest(blocks))
            values = {
                "id": row.id,
                "text": put_body(connection, encode_page_text(old)),
                "compared": bytes.fromhex(old.compared_sha256),
            }
            connection.execute(
                text("UPDATE snapshot SET extractor='0', text_sha256=:text, compared_sha256=:compared WHERE id=:id"),
                values,
            )
        connection.execute(text("DELETE FROM statement WHERE family = 'disclaimer'"))


def run(config: Config, *words: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [*COMMAND, *words], cwd=ROOT, env=environment(config), capture_output=True, text=True, timeout=120, check=False
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


def environment(config: Config) -> dict[str, str]:
    return {**os.environ, "CLINICWATCH_DATABASE_URL": config.database_url}


def test_texts_are_made_again_kept_beside_and_nobody_is_told(world: World) -> None:
    page_id = world.add_page()
    site = Site()
    world.see(page_id, site, looks_needed=1)
    world.see(page_id, site.reworded("$5,000", "$6,000"), looks_needed=1)
    age(world)
    told = world.rows(TOLD)
    before = world.rows("SELECT id, text_sha256 FROM snapshot ORDER BY id")

    done = run(world.config, str(page_id))
    assert done.returncode == 0, done.stderr
    assert done.stdout == "2 of 2 texts made again\n"
    assert "2 of 2 texts" in done.stderr

    assert world.rows(OLD) == [(0,)]
    assert world.rows("SELECT snapshot_id, text_sha256 FROM former_text ORDER BY 1") == before
    assert world.rows("SELECT DISTINCT extractor FROM former_text") == [("0",)]
    for (sha256,) in world.rows("SELECT text_sha256 FROM snapshot"):
        with world.engine.connect() as connection:
            made = decode_page_text(get_body(connection, bytes(sha256)))
        assert DISCLAIMER in [block.text for block in made.blocks]
    (entry,) = world.rows("""
        SELECT statement.text, first_seen_at = snapshot.created_at, gone_at FROM statement
          JOIN page ON page.id = page_id JOIN snapshot ON snapshot.id = page.snapshot_id WHERE family = 'disclaimer'""")
    assert entry == (DISCLAIMER, True, None)

    assert run(world.config, "--all").stdout == "every text was made by this extractor and with these selectors\n"
    again = world.see(page_id, replace(site.reworded("$5,000", "$6,000"), nonce="x"), looks_needed=1)
    assert (again.is_new_snapshot, again.changes) == (False, ())
    assert world.rows(TOLD) == told
    gone = world.see(page_id, site.reworded("$5,000", "$6,000").without(DISCLAIMER), looks_needed=1)
    assert [str(found.change.family) for found in gone.changes] == ["disclaimer"], "like is compared with like"


def test_a_look_that_comes_first_keeps_the_old_text_as_well(world: World) -> None:
    page_id = world.add_page()
    world.see(page_id, Site(), looks_needed=1)
    age(world)
    report = world.see(page_id, replace(Site(), nonce="x"), looks_needed=1)
    assert report.changes == ()
    assert world.rows("SELECT extractor FROM former_text") == [("0",)]
    assert json.loads(run(world.config, "--all", "--json").stdout)["versions"] == 0


def test_a_run_that_is_killed_goes_on_where_it_ended(world: World) -> None:
    page_id = world.add_page()
    world.see(page_id, Site(), looks_needed=1)
    age(world)
    with world.engine.begin() as connection:
        connection.execute(
            text("""
            INSERT INTO snapshot (page_id, number, kind, capture_id, created_at, last_seen_at, extractor, language,
                                  title, compared_sha256, text_sha256)
            SELECT page_id, 100 + n, kind, capture_id, created_at, last_seen_at, extractor, language, title,
                   compared_sha256, text_sha256 FROM snapshot, generate_series(1, :versions) AS n"""),
            {"versions": VERSIONS - 1},
        )
    told = world.rows(TOLD)
    process = subprocess.Popen([*COMMAND, "--all"], cwd=ROOT, env=environment(world.config), stderr=subprocess.DEVNULL)
    end = time.monotonic() + 60
    while world.rows(OLD)[0][0] > VERSIONS - 20:
        assert process.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < end
        time.sleep(0.01)
    process.kill()
    process.wait()
    left = world.rows(OLD)[0][0]
    assert 0 < left < VERSIONS
    assert world.count("former_text") == VERSIONS - left, "each is done or not"

    report = json.loads(run(world.config, "--all", "--json").stdout)
    assert (report["versions"], report["done"], report["failed"]) == (left, left, [])
    assert world.rows(OLD) == [(0,)]
    assert world.count("former_text") == VERSIONS
    assert world.rows("SELECT count(*) FROM statement WHERE family = 'disclaimer'") == [(1,)]
    assert world.rows(TOLD) == told
    assert world.rows("SELECT DISTINCT extractor FROM snapshot") == [(EXTRACTOR,)]


def test_what_cannot_be_read_keeps_its_text_and_is_said(world: World) -> None:
    good, bad = world.add_page(), world.add_page("https://clinic.example/bad")
    for page_id in (good, bad):
        world.see(page_id, Site(), looks_needed=1)
    age(world)
    with world.engine.begin() as connection:
        sha256 = put_body(connection, b"\x89PNG\r\n\x1a\n" + b"x" * 100)
        connection.execute(
            text("UPDATE capture SET body_sha256 = :body WHERE page_id = :page"), {"body": sha256, "page": bad}
        )
    done = run(world.config, "--all")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("clinicwatch: 1 texts stay as they were; the first: https://clinic.")
    assert world.rows("SELECT page_id FROM snapshot WHERE extractor = '0'") == [(bad,)]


@pytest.mark.parametrize("words", [(), ("--all", "1"), ("--page", "no-such-page")])
def test_a_wrong_call_is_one_line(world: World, words: tuple[str, ...]) -> None:
    done = run(world.config, *words)
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
