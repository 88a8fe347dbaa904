"""`clinicwatch noise` and the figures of what was held back, against a real store."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine
from typer.testing import CliRunner

from monitor.cli.main import app
from monitor.compare.noise import Lesson
from monitor.store.learned import record_lessons, record_noise
from monitor.store.pages import add_clinic, add_page
from monitor.store.visits import get_page_for_visit
from monitor.text.learned import Learned, Noise

NOW = datetime(2026, 5, 3, tzinfo=UTC)
TURN = Lesson(Learned.ROTATING, b"1" * 32, "“I walk again”, says Anna.", "main", "came and went: it stood 3 times")
SHARED = Lesson(Learned.SITE, b"2" * 32, "Call us between nine and five", "header", "on 4 of 5 pages of the site")


@pytest.fixture
def call(engine: Engine, database: str, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    with engine.begin() as connection:
        clinic = add_clinic(connection, "a", "A").id
        page = get_page_for_visit(connection, add_page(connection, clinic, "https://a.example/1").id)
        add_page(connection, add_clinic(connection, "b", "B").id, "https://b.example/1")
        assert record_lessons(connection, page.host_id, page.id, [TURN], NOW) == (TURN,)
        assert record_lessons(connection, page.host_id, page.id, [TURN], NOW) == ()
        record_lessons(connection, page.host_id, None, [SHARED], NOW)
        for _ in range(2):
            record_noise(connection, page, Noise(held=((TURN.kind, TURN.key),)), NOW)
    monkeypatch.setenv("CLINICWATCH_DATABASE_URL", database)
    return CliRunner()


def test_what_is_known_as_noise_is_listed_with_its_reason(call: CliRunner) -> None:
    done = call.invoke(app, ["noise", "--json"])
    site, turn = map(json.loads, done.stdout.splitlines())
    assert (site["kind"], site["page"], site["evidence"], site["held"]) == ("site", "", SHARED.evidence, 0)
    assert (turn["kind"], turn["page"], turn["text"], turn["held"]) == ("rotating", "https://a.example/1", TURN.text, 2)
    assert len(call.invoke(app, ["noise", "a.example", "--json"]).stdout.splitlines()) == 2
    assert call.invoke(app, ["noise", "b.example", "--json"]).stdout == ""
    assert "says Anna" in call.invoke(app, ["noise"]).stdout


def test_stats_count_it(call: CliRunner) -> None:
    done = call.invoke(app, ["stats", "--json"])
    figures = json.loads(done.stdout)
    assert figures["lessons"] == {"rotating": 1, "site": 1}
    assert figures["held_back"]["looks_learned"] == 0
    assert "learned as noise, rotating" in call.invoke(app, ["stats"]).stdout
