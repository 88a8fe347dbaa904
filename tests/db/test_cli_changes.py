"""`changes` lists as ever, and `changes mark`, `marked`, `export`, `since`, `claims`, `statements` on a real store."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, insert, text
from typer.testing import CliRunner

from benchmarks.meaning import load_scorer
from monitor.cli.main import app
from monitor.errors import ClinicwatchError, NotFoundError, UsageError
from monitor.store import tables
from monitor.store.labelled_pairs import plain_text
from monitor.store.pages import add_clinic, add_page
from monitor.text.extract import TextOptions
from monitor.text.plain import read_plain
from monitor.types import Kind, Severity
from tests.db.observed import claim, confirm, find_change, hour, see
from tests.unit.test_compare_pages import seed

WEAK, STRONG, NOTE = "It may help 80% of patients.", "It helps 90% of patients.", "This is not a cure."


@pytest.fixture
def ids(engine: Engine) -> tuple[int, int]:
    """Two confirmed changes of one page: a claim that is stronger, and an urgent word that was none."""
    with engine.begin() as connection:
        page = add_page(connection, add_clinic(connection, "a", "A").id, "https://a.example/1").id
        see(connection, page, hour(0), [WEAK, NOTE], [claim(WEAK), claim(NOTE, Kind.OUTCOME)])
        see(connection, page, hour(6), [STRONG], [claim(STRONG)])
        claimed = find_change(connection, page, None, hour(6), STRONG)
        urgent = find_change(connection, page, None, hour(6), "Call now", kind=Kind.URGENCY, severity=Severity.LOW)
        connection.execute(text("UPDATE change SET before = :words WHERE id = :id"), {"words": WEAK, "id": claimed})
        for change in (claimed, urgent):
            confirm(connection, page, change, hour(7))
    return claimed, urgent


Run = Callable[..., str]


@pytest.fixture
def run(database: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Calls the command line; its output, or the error that it ends with raised."""
    monkeypatch.setenv("CLINICWATCH_DATABASE_URL", database)

    def call(*words: str) -> str:
        done = CliRunner().invoke(app, list(words))
        if isinstance(done.exception, ClinicwatchError):
            raise done.exception
        assert done.exit_code == 0, done.output
        return done.stdout

    return call


def rows(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


def test_changes_lists_with_and_without_options(run: Run, ids: tuple[int, int]) -> None:
    assert [row["id"] for row in rows(run("changes", "--json"))] == [ids[1], ids[0]]
    assert [row["id"] for row in rows(run("changes", "--severity", "high", "--json"))] == [ids[0]]
    assert len(run("changes").splitlines()) == 3
    assert len(rows(run("changes", "--new", "--json"))) == 2
    assert rows(run("changes", "--new", "--json")) == []


def test_marking_does_not_read_what_is_new(run: Run, ids: tuple[int, int]) -> None:
    run("changes", "--new", "mark", str(ids[0]), "--ok")
    assert len(rows(run("changes", "--new", "--json"))) == 2


def test_what_was_marked_is_exported_as_labelled_pairs(run: Run, ids: tuple[int, int]) -> None:
    claimed, urgent = map(str, ids)
    run("changes", "mark", claimed, "--false-alarm", "--note", "thought so")
    run("changes", "mark", claimed, "--ok", "--note", "it is")
    run("changes", "mark", urgent, "--false-alarm", "--note", "a phone number")
    told = ["--missed", "--kind", "outcome", "--direction", "removed", "--old-words", NOTE, "--note", "see footer"]
    run("changes", "mark", "--page", "a.example", "--before", "1", "--after", "2", *told)
    right, false, missed = rows(run("changes", "export"))
    assert list(right) == ["id", "level", "lang", "before", "after", "expected", "rationale", "tags"]
    assert (right["before"], right["after"], right["rationale"]) == (WEAK, STRONG, "it is")
    assert right["expected"] == [
        {"family": "claim", "kind": "efficacy", "direction": "added", "severity": "high"}
        | {"before_span": WEAK, "after_span": STRONG}
    ]
    assert false["expected"] == [{"family": "none", "kind": None, "direction": None, "severity": "none"}]
    assert false["tags"] == ["feedback", "cli", "neg", "false_alarm"]
    assert (missed["level"], missed["before"], missed["after"]) == ("page", f"{WEAK}\n\n{NOTE}", STRONG)
    assert [(one["kind"], one["direction"], one["severity"]) for one in missed["expected"]] == [
        ("efficacy", "added", "high"),  # told between the same versions; the false alarm is not
        ("outcome", "removed", "critical"),
    ]
    assert [row["id"] for row in rows(run("changes", "export", "--verdict", "false_alarm"))] == [false["id"]]
    assert len({right["id"], false["id"], missed["id"]}) == 3


def test_the_scorer_reads_what_was_exported(run: Run, ids: tuple[int, int]) -> None:
    run("changes", "mark", str(ids[0]), "--ok")
    run("changes", "mark", str(ids[1]), "--false-alarm")
    gold = rows(run("changes", "export"))
    answers = [{"id": row["id"], "changes": [e for e in row["expected"] if e["family"] != "none"]} for row in gold]
    figures, misses = load_scorer("score_changes").score(gold, answers)
    assert (figures["full_recall"], figures["alert_precision"], misses) == (100.0, 100.0, [])


def test_missed_beside_a_change_takes_its_versions(run: Run, ids: tuple[int, int]) -> None:
    run("changes", "mark", str(ids[0]), "--missed", "--kind", "outcome", "--direction", "removed")
    (row,) = rows(run("changes", "marked", "--json"))
    assert (row["before_number"], row["after_number"], row["verdict"]) == (1, 2, "missed")
    assert row["change"]["id"] == ids[0]
    assert row["missed"] == {
        "kind": "outcome",
        "direction": "removed",
        "severity": "critical",
        "before": "",
        "after": "",
    }


def test_a_mark_can_be_taken_back(run: Run, ids: tuple[int, int]) -> None:
    run("changes", "mark", str(ids[0]), "--ok")
    assert run("changes", "mark", str(ids[0]), "--clear") == f"change {ids[0]}: 1 marks taken back\n"
    assert run("changes", "export") == ""


def test_here_outweighs_a_subscriber(run: Run, engine: Engine, ids: tuple[int, int]) -> None:
    with engine.begin() as connection:
        one = connection.execute(
            insert(tables.subscription).values(address="a@example.org", token="t").returning(tables.subscription.c.id)
        ).scalar_one()
        for change in ids:
            values = {"subscription_id": one, "change_id": change, "kind": "false_alarm", "given_at": hour(90)}
            connection.execute(insert(tables.feedback).values(**values, words="no!"))
    run("changes", "mark", str(ids[0]), "--ok")
    assert [row["source"] for row in rows(run("changes", "marked", "--json"))] == ["mail", "mail", "cli"]
    pairs = rows(run("changes", "export"))
    assert [(row["tags"][1], row["tags"][-1]) for row in pairs] == [("cli", "ok"), ("mail", "false_alarm")]


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("1",), "one of --false-alarm"),
        (("1", "--ok", "--false-alarm"), "one of --false-alarm"),
        (("--ok",), "take the ID"),
        (("1", "--ok", "--page", "a"), "take the ID"),
        (("1", "--missed"), "needs --kind and --direction"),
        (("--missed", "--kind", "outcome", "--direction", "removed"), "--page and --after"),
        (("--missed", "--kind", "outcom", "--direction", "removed"), "did you mean outcome"),
        (
            ("--missed", "--kind", "outcome", "--direction", "removed", "--page", "a.example", "--after", "1"),
            "no snapshot 'version 0'",
        ),
        (
            ("--missed", "--kind", "risk", "--direction", "added", "--page", "1", "--before", "2", "--after", "2"),
            "is not before",
        ),
    ],
)
def test_what_cannot_be_marked_is_told(run: Run, ids: tuple[int, int], words: tuple[str, ...], problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        run("changes", "mark", *words)
    assert run("changes", "export") == ""


def test_an_unknown_change_is_told(run: Run, ids: tuple[int, int]) -> None:
    with pytest.raises(NotFoundError, match="no change '99'"):
        run("changes", "mark", "99", "--ok")


def test_since_answers_with_commands_that_show_it(run: Run, ids: tuple[int, int]) -> None:
    told = run("since", "a.example", "90%")
    assert "first seen 2026-05-01 06:00:00 UTC in version 2; the look before, 2026-05-01 00:00:00 UTC" in told
    for command in ("show 1 --version 2", "diff 1 1 2"):
        assert f"clinicwatch {command}" in told
        run(*command.split())
    (answer,) = rows(run("since", "a.example", "not a cure", "--json"))
    assert (answer["first_number"], answer["stands"]) == (1, False)
    assert answer["gone_at"] == "2026-05-01T06:00:00Z"
    (never,) = rows(run("since", "a.example", "nothing of it", "--json"))
    assert (never["first_seen_at"], never["sightings"]) == (None, [])


def test_claims_of_a_clinic_at_a_time(run: Run, ids: tuple[int, int]) -> None:
    assert [row["text"] for row in rows(run("claims", "--clinic", "a", "--kind", "efficacy", "--json"))] == [STRONG]
    before = rows(run("claims", "--clinic", "a", "--at", "2026-05-01T03:00", "--json"))
    assert [(row["page_url"], row["text"]) for row in before] == [("https://a.example/1", WEAK)]
    with pytest.raises(UsageError, match="no 'status'"):
        run("claims", "--clinic", "a", "--kind", "status")


def test_statements_show_every_wording_and_value(run: Run, ids: tuple[int, int]) -> None:
    threads = rows(run("statements", "a.example", "--wordings", "--json"))
    assert [[one["text"] for one in thread["wordings"]] for thread in threads] == [[WEAK, STRONG], [NOTE]]
    shown = run("statements", "a.example", "--wordings", "--kind", "efficacy").splitlines()
    assert [line.split("\t")[:2] for line in shown[1:]] == [["1", "first"], ["1", "then"]]
    assert "80 percent" in shown[1]


@pytest.mark.parametrize("number", ["000", "001", "002", "003", "004"])
def test_a_pages_text_is_read_again_as_the_same(number: str) -> None:
    options = TextOptions(language="en", max_text_chars=1_000_000)
    page = read_plain(seed(number), options)
    assert read_plain(plain_text(page), options).compared_sha256 == page.compared_sha256
