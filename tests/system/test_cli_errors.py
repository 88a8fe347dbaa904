"""Bad input ends in one clear line and exit code 1 or 2, with nothing half done."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select, text

from monitor.store import tables

ROOT = Path(__file__).parents[2]


def clinicwatch(*words: str, url: str = "", cwd: Path = ROOT, stdin: str = "") -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "CLINICWATCH_DATABASE_URL": url}
    return subprocess.run(  # noqa: PLW1510
        [sys.executable, "-m", "monitor.cli.main", *words],
        cwd=cwd,
        env=env,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
    )


def one_line(done: subprocess.CompletedProcess[str]) -> str:
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("clinicwatch: ")
    return lines[0]


NOWHERE = "postgresql://nobody:secret@127.0.0.1:9/none"


@pytest.mark.parametrize("words", [("pages", "list", "--wrong"), ("nonsense",), ("changes", "--severity")])
def test_a_wrong_word_is_a_usage_error(words: tuple[str, ...]) -> None:
    done = clinicwatch(*words, url=NOWHERE)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_an_unreachable_database_is_named_without_its_password() -> None:
    done = clinicwatch("pages", "list", url=NOWHERE)
    assert done.returncode == 1
    assert "127.0.0.1" in one_line(done)
    assert "secret" not in done.stderr


def test_a_bad_configuration_names_file_and_key(tmp_path: Path) -> None:
    file = tmp_path / "c.toml"
    file.write_text("[schedule]\nlooks = 0\n", encoding="utf-8")
    done = clinicwatch("--config", str(file), "pages", "list", url=NOWHERE)
    assert done.returncode == 2
    assert str(file) in one_line(done)
    assert "schedule.looks" in done.stderr


def test_a_bad_cue_stops_the_start_and_names_its_line(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "config" / "lexicons", tmp_path / "lexicons")
    own = 'language: en\nentries:\n- {cue: "may", category: hegde, match: word}\n'
    (tmp_path / "lexicons" / "local.en.yaml").write_text(own, encoding="utf-8")
    file = tmp_path / "c.toml"
    file.write_text(f'lexicons = "{tmp_path / "lexicons"}"\n', encoding="utf-8")
    done = clinicwatch("--config", str(file), "run", url=NOWHERE)
    assert done.returncode == 2
    assert "local.en.yaml:3: category 'hegde'" in one_line(done)


def test_a_database_without_tables_says_what_to_run(empty_database: str) -> None:
    done = clinicwatch("pages", "list", url=empty_database)
    assert done.returncode == 1
    assert "clinicwatch migrate" in one_line(done)


@pytest.mark.parametrize(
    "words",
    [
        ("history", "nowhere"),
        ("show", "nowhere"),
        ("diff", "nowhere"),
        ("statements", "nowhere"),
        ("visit", "nowhere"),
        ("pages", "pause", "nowhere"),
        ("unsubscribe", "nobody@example.org"),
        ("alerts", "show", "7"),
        ("changes", "--clinic", "nowhere"),
        ("changes", "--severity", "dreadful"),
        ("subscribe", "no address"),
        ("subscribe", "a@example.org", "--clinic", "nowhere"),
        ("pages", "add", "ftp://example.org/", "--clinic", "c"),
        ("pages", "import", "none.toml"),
        ("seeds", "import", "none.toml"),
        ("inspect", "compare", "none.html", "none.html"),
        ("inspect", "text", "none.pdf"),
        ("inspect", "prices"),
    ],
    ids=" ".join,
)
def test_what_does_not_exist_is_one_line(engine: Engine, words: tuple[str, ...]) -> None:
    done = clinicwatch(*words, url=engine.url.render_as_string(hide_password=False))
    assert done.returncode == 2, done.stderr
    one_line(done)


def test_a_watchlist_with_one_bad_row_imports_nothing(engine: Engine, tmp_path: Path) -> None:
    file = tmp_path / "w.csv"
    file.write_text(
        "clinic,name,country,url,language,cadence\na,A,NL,https://a.example/,nl,6h\nb,B,NL,nonsense,nl,6h\n"
    )
    done = clinicwatch("pages", "import", str(file), url=engine.url.render_as_string(hide_password=False))
    assert done.returncode == 2
    assert "w.csv:3" in one_line(done)
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(tables.page)) == 0
        assert connection.scalar(select(func.count()).select_from(tables.clinic)) == 0


def test_a_bad_line_of_a_batch_does_not_stop_the_rest() -> None:
    stdin = 'nonsense\n{"id": 2, "lang": "da", "text": "Pris: 2.000 kr."}\n'
    done = clinicwatch("inspect", "prices", "--batch", "-", stdin=stdin, url=NOWHERE)
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()
    assert '"error"' in first
    assert "2000" in second


def test_help_is_there_at_once() -> None:
    """The floor is loose because machines are busy; `make bench` prints the figure."""
    times = []
    for _ in range(3):
        start = time.perf_counter()
        assert clinicwatch("--help").returncode == 0
        times.append(time.perf_counter() - start)
    assert min(times) < 1.0


def test_a_database_that_cannot_write_is_one_line(engine: Engine) -> None:
    """A full disk looks the same to us: the server refuses a statement."""
    url = engine.url.update_query_dict({"options": "-c lock_timeout=300"})
    with engine.begin() as connection:
        connection.execute(text("LOCK TABLE clinic IN ACCESS EXCLUSIVE MODE"))
        done = clinicwatch(
            *("pages", "add", "https://a.example/", "--clinic", "a"), url=url.render_as_string(hide_password=False)
        )
    assert done.returncode == 1
    assert "nothing was changed" in one_line(done)
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(tables.clinic)) == 0
