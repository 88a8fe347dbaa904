"""What `clinicwatch inspect compare` answers for files and for texts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from monitor.config import load_config
from monitor.offline import Knowledge, RequestError, answer_compare

HEAD = "<!doctype html><html lang=en><head><title>Knee treatment</title></head><body><main><h1>Knee treatment</h1>"
PARAGRAPHS = [
    f"<p>Step {number} of the treatment takes about {number + 2} days and is explained to every patient at length.</p>"
    for number in range(20)
]
PAGE = HEAD + "".join(PARAGRAPHS) + "</main></body></html>"


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    config = load_config(environ={})
    return Knowledge(str(config.path(config.lexicons)), config.languages, 2_000_000)


def _answer(folder: Path, before: str, after: str, knowledge: Knowledge) -> dict[str, object]:
    for name, text in (("before", before), ("after", after)):
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    line = {"id": "one", "before_path": str(folder / "before.html"), "after_path": str(folder / "after.html")}
    return answer_compare(json.dumps(line), knowledge)


def test_another_page_in_its_place_is_no_change(tmp_path: Path, knowledge: Knowledge) -> None:
    stories = "".join(f"<p>Members{n} meet singles{n} nearby{n} tonight{n} anytime{n}.</p>" for n in range(30))
    home = f"<html lang=en><title>Dating</title><body><main><h1>Find love</h1>{stories}</main></body></html>"
    answer = _answer(tmp_path, PAGE, home, knowledge)
    assert (answer["outcome"], answer["reason"]) == ("blocked", "wrong_page")
    assert answer["text_changed"] is False
    assert answer["changes"] == []


def test_a_page_that_lost_half_is_judged_and_compared(tmp_path: Path, knowledge: Knowledge) -> None:
    warned = PAGE.replace("</main>", "<p>This treatment is not approved by the FDA.</p></main>")
    answer = _answer(tmp_path, warned, HEAD + "".join(PARAGRAPHS[:7]) + "</main></body></html>", knowledge)
    assert answer["reason"] == "shrunk"
    assert answer["text_changed"] is True
    assert [change["direction"] for change in answer["changes"]] == ["removed"]  # type: ignore[attr-defined]


def test_the_page_itself_has_no_verdict(tmp_path: Path, knowledge: Knowledge) -> None:
    answer = _answer(tmp_path, PAGE, PAGE.replace("Step 3 of", "Step 33 of"), knowledge)
    assert "outcome" not in answer
    assert answer["text_changed"] is True


def test_texts_are_not_judged(knowledge: Knowledge) -> None:
    line = json.dumps({"id": 1, "lang": "en", "before": "It may help. " * 100, "after": "404 page not found"})
    answer = answer_compare(line, knowledge)
    assert "outcome" not in answer
    assert answer["text_changed"] is True


@pytest.mark.parametrize("line", ["[]", "{", '{"before": "a"}', '{"before": 1, "after": "b"}', '{"lang": 3}'])
def test_what_is_no_request_says_so(line: str, knowledge: Knowledge) -> None:
    with pytest.raises(RequestError):
        answer_compare(line, knowledge)
