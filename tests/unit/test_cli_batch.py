"""Batch answers come in order, one for each line, whatever a line holds."""

import io
import json
import threading
import time

from monitor.cli.batch import answer_lines


def answers(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def echo(line: str) -> dict[str, object]:
    request = json.loads(line)
    time.sleep(request.get("wait", 0))
    if request.get("bad"):
        raise ValueError("cannot be answered")
    return {"id": request["id"]}


def test_answers_keep_the_order_of_the_lines() -> None:
    out = io.StringIO()
    lines = [json.dumps({"id": n, "wait": 0.02 if n % 3 == 0 else 0}) for n in range(12)]
    assert answer_lines(lines, echo, out, 4) == 0
    assert [row["id"] for row in answers(out.getvalue())] == list(range(12))


def test_a_bad_line_is_answered_with_its_error_and_the_run_goes_on() -> None:
    out = io.StringIO()
    lines = ['{"id": "a", "bad": true}\n', "not json\n", "\n", "[1]\n", '{"id": "b"}\n']
    assert answer_lines(lines, echo, out, 2) == 3
    rows = answers(out.getvalue())
    assert rows[0] == {"id": "a", "error": "cannot be answered"}
    assert rows[1]["id"] is None
    assert rows[2]["id"] is None
    assert rows[-1] == {"id": "b"}
    assert len(rows) == 4


def test_an_answer_is_written_before_the_next_line_is_there() -> None:
    """A program that writes a line and waits for its answer must get it."""
    out = io.StringIO()
    answered = threading.Event()

    class Watched(io.StringIO):
        def flush(self) -> None:
            answered.set()

    out = Watched()

    def lines() -> object:
        yield '{"id": 1}\n'
        assert answered.wait(5), "the first answer was held back until a second line came"
        yield '{"id": 2}\n'

    answer_lines(lines(), echo, out, 2)  # type: ignore[arg-type]
    assert len(answers(out.getvalue())) == 2


def test_a_reader_that_went_away_does_not_hang_the_run() -> None:
    class Closed(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    answer_lines((json.dumps({"id": n}) for n in range(100)), echo, Closed(), 2)
    assert threading.active_count() < 10
