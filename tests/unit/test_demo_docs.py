"""The pages for people name only commands and options that there are."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import typer.main

from monitor.cli.main import app
from monitor.demo.show import EXPLORE

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"\bclinicwatch ((?:-|[a-z]).*)")


def shown() -> list[str]:
    pages = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs").glob("*.md"))]
    lines = [line for text in pages for block in FENCE.findall(text) for line in block.splitlines()]
    found = [match[1] for line in lines if (match := COMMAND.search(line)) and "docker compose up" not in line]
    return sorted({*found, *EXPLORE})


def test_there_are_commands_to_check() -> None:
    assert len(shown()) > 30


@pytest.mark.parametrize("line", shown())
def test_the_command_and_its_options_exist(line: str) -> None:
    """`make_context` parses the words as the command line would, and runs nothing."""
    words = shlex.split(line.partition(" > ")[0])  # what the shell does with the answer is not ours to parse
    command = typer.main.get_command(app)
    context = None
    while True:
        resilient = "--help" in words
        context = command.make_context(command.name, list(words), parent=context, resilient_parsing=resilient)
        rest = [*context._protected_args, *context.args]
        if not hasattr(command, "get_command") or not rest:
            return
        name, words = rest[0], rest[1:]
        found = command.get_command(context, name)
        assert found is not None, f"no command {name!r}"
        command = found
