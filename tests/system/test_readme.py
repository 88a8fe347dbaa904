"""Every command that the README shows is run as it stands there, in its order, against a fresh database."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def commands() -> list[str]:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return [line for block in FENCE.findall(text) for line in block.splitlines() if line.strip()]


def test_every_make_target_of_the_readme_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = [shlex.split(line)[1] for line in commands() if line.startswith("make ")]
    assert {"demo", "test", "run"} <= set(targets)
    for target in targets:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"README names make {target}"


@pytest.mark.system
def test_every_command_of_the_readme_runs(engine: Engine) -> None:
    bin_directory = Path(sys.executable).parent
    env = {
        **os.environ,
        "PATH": f"{bin_directory}:{os.environ['PATH']}",
        "CLINICWATCH_DATABASE_URL": engine.url.render_as_string(hide_password=False),
    }
    shown = [line for line in commands() if not line.startswith("make ")]
    assert len(shown) > 10
    for line in shown:
        done = subprocess.run(
            shlex.split(line), check=False, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr, f"{line}\n{done.stderr}"
