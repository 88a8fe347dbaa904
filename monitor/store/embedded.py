"""The embedded Postgres: a real server, started by us from the binaries of a wheel, for one directory.

    <directory>/lock         held while somebody starts or stops the server
    <directory>/server.lock  held by the server itself as long as one of its processes lives
    <directory>/data/        the cluster (owned by the account that Postgres runs as)
    <directory>/run/         the socket; where no socket can have that path (length, comma), a directory under /tmp
    <directory>/log/         one file per weekday, and startup.log

The server outlives its starter, as any database does; `stop` is explicit. There is no TCP: who may enter the socket's
directory (mode 0700) may connect.

"Is it running?" is answered by the kernel: the server inherits an open, flock'ed `server.lock`, which is free again
exactly when its last process is gone. So no process id is believed: after kill -9, after a reboot, or in a container
whose first process reaps no zombies, postmaster.pid names a process that is dead, a zombie, or somebody else.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import signal
import stat
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

import psycopg

from monitor.errors import EmbeddedPostgresError
from monitor.store import binaries
from monitor.store.binaries import Account, Binaries

DATABASE = "clinicwatch"
PORT = 5432  # part of the socket's name only
START_TIMEOUT_S = 300.0  # crash recovery of a large database takes minutes
STOP_TIMEOUT_S = 60.0
MAX_SOCKET_PATH = 103  # bytes: sun_path holds 107 on Linux, 103 on macOS

SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "port": str(PORT),
    "max_connections": "50",
    "shared_buffers": "64MB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "on",
    "log_directory": "../log",
    "log_filename": "postgres-%a.log",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_truncate_on_rotation": "on",
    "log_min_messages": "warning",
}


def start(directory: Path, settings: Mapping[str, str] | None = None) -> str:
    """Start the server of `directory` unless it runs, making the cluster first where there is none.

    `settings` are further server settings, for this start only. Returns a libpq URL of the database. Safe for any
    number of callers at once. Raises EmbeddedPostgresError.
    """
    base = _resolve(directory)
    try:
        base.mkdir(mode=0o755, parents=True, exist_ok=True)
        with _locked(base / "lock"):
            return _start(base, {**SETTINGS, **(settings or {})})
    except OSError as error:
        raise _explained(base, str(error)) from error


def stop(directory: Path) -> None:
    """Stop the server of `directory` (a fast shutdown: open transactions are rolled back) and wait until it is gone.

    Does nothing where none runs. Raises EmbeddedPostgresError where it does not end.
    """
    base = _resolve(directory)
    if not (base / "data").is_dir():
        return
    try:
        with _locked(base / "lock"):
            _stop(base)
    except OSError as error:
        raise _explained(base, str(error)) from error


def is_running(directory: Path) -> bool:
    """Whether a server runs on `directory`. Raises EmbeddedPostgresError where that cannot be seen."""
    base = _resolve(directory)
    try:
        with _server_lock(base) as lock:
            return lock is None
    except FileNotFoundError:
        return False
    except OSError as error:
        raise _explained(base, str(error)) from error


def url(directory: Path) -> str:
    """The libpq URL of the database of `directory`, running or not."""
    sockets = quote(str(socket_directory(_resolve(directory))), safe="")
    return f"postgresql://postgres@/{DATABASE}?host={sockets}&port={PORT}"


def socket_directory(base: Path) -> Path:
    """Where the server of `base` (resolved) has its socket. The same for every caller, whatever its environment."""
    near = base / "run"
    if len(os.fsencode(near / f".s.PGSQL.{PORT}")) <= MAX_SOCKET_PATH and "," not in str(near):  # libpq splits there
        return near
    digest = hashlib.sha256(os.fsencode(base)).hexdigest()[:16]
    return Path("/tmp") / f"clinicwatch-{digest}"  # noqa: S108  fixed: $TMPDIR differs between a daemon and a shell


def _resolve(directory: Path) -> Path:
    base = directory.expanduser().resolve()
    if "\n" in str(base):
        raise EmbeddedPostgresError(f"{str(base)!r}: Postgres cannot work in a directory whose name has a line break")
    return base


def _start(base: Path, settings: Mapping[str, str]) -> str:
    """The start itself, under `lock`: wait for what runs, else launch; until it answers."""
    deadline = time.monotonic() + START_TIMEOUT_S
    before: dict[Path, int] | None = None  # how long each log was when we launched
    while time.monotonic() < deadline:
        with _server_lock(base, create=True) as lock:
            if lock is not None:
                if before is not None:
                    raise _explained(base, _last_words(base, before))
                before = {file: file.stat().st_size for file in _logs(base)}
                _launch(base, settings, lock)
        if _answers(base):
            return url(base)
        time.sleep(0.02)
    raise EmbeddedPostgresError(f"Postgres in {base} did not answer within {START_TIMEOUT_S:.0f} s; see {base}/log")


def _launch(base: Path, settings: Mapping[str, str], lock: int) -> None:
    """Start a server that inherits `lock`; nobody else's is alive on this directory, or we would not hold it."""
    data, sockets, log = base / "data", socket_directory(base), base / "log"
    tools = binaries.find(data, _major(data))
    account = binaries.account_for(tools, base, _owner(data))
    if not data.exists():
        _make_cluster(base, tools, account)
    _forget_dead_server(data, sockets)
    for path in (sockets, log):
        _make_private(path, account)
    quoted = '"{}"'.format(str(sockets).replace('"', '""'))
    options = [f"--{name}={value}" for name, value in {**settings, "unix_socket_directories": quoted}.items()]
    with (log / "startup.log").open("wb") as output:
        _own(log / "startup.log", account)
        binaries.run(tools, account, "postgres", ["-D", str(data), *options], output, reach=[data], keep=lock)


def _make_cluster(base: Path, tools: Binaries, account: Account | None) -> None:
    """initdb into a directory of its own, renamed when it is whole: a cluster exists entirely or not at all."""
    half = base / "data.new"
    if half.exists():
        shutil.rmtree(half)
    _make_private(half, account)
    # the builtin provider sorts by code point on every system and needs neither ICU nor the system's locales
    options = ["--username=postgres", "--encoding=UTF8", "--locale=C", "--locale-provider=builtin"]
    options += ["--builtin-locale=C.UTF-8", "--auth-local=trust", "--auth-host=reject", "--data-checksums"]
    with (base / "initdb.log").open("w+b") as output:
        code = binaries.run(tools, account, "initdb", ["-D", str(half), *options], output, reach=[half])
        output.seek(0)
        words = output.read().decode("utf-8", "replace")
    if code:
        shutil.rmtree(half, ignore_errors=True)
        raise _explained(base, words)
    (base / "initdb.log").unlink()
    half.rename(base / "data")


def _answers(base: Path) -> bool:
    """Whether the server takes connections; makes the database where it is not there yet.

    Raises EmbeddedPostgresError where the server is up but does not let us in.
    """
    try:
        with psycopg.connect(
            host=str(socket_directory(base)), port=PORT, user="postgres", dbname="postgres", autocommit=True
        ) as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone()
            if known is None:
                connection.execute(f"CREATE DATABASE {DATABASE}")
            return True
    except psycopg.OperationalError:  # not up yet, or gone: the lock tells which
        return False
    except psycopg.Error as error:
        raise _explained(base, str(error)) from error


def _stop(base: Path) -> None:
    deadline = time.monotonic() + STOP_TIMEOUT_S
    while time.monotonic() < deadline:
        with _server_lock(base, create=True) as lock:
            if lock is not None:
                return
        # While the lock is held a server lives, and postmaster.pid is its own; it appears a moment after the start.
        if pid := _postmaster(base / "data"):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGINT)
        time.sleep(0.02)
    raise EmbeddedPostgresError(f"Postgres in {base} did not stop within {STOP_TIMEOUT_S:.0f} s; see {base}/log")


def _forget_dead_server(data: Path, sockets: Path) -> None:
    """Remove what a killed server left: Postgres itself refuses to start where the pid is in use by anybody at all.

    Raises EmbeddedPostgresError where the pid is that of a live Postgres which somebody else started here.
    """
    pid = _postmaster(data)
    if pid is not None and binaries.is_postgres_on(pid, data):
        raise EmbeddedPostgresError(f"process {pid} is a Postgres on {data} that was started by hand: stop it first")
    for stale in (data / "postmaster.pid", *sockets.glob(".s.PGSQL.*")):
        stale.unlink(missing_ok=True)


def _postmaster(data: Path) -> int | None:
    try:
        return int((data / "postmaster.pid").read_text(encoding="utf-8", errors="replace").split()[0])
    except (FileNotFoundError, ValueError, IndexError):
        return None


def _major(data: Path) -> int | None:
    """The major version that made the cluster; None where there is no cluster."""
    if not data.exists():
        return None
    try:
        return int((data / "PG_VERSION").read_text(encoding="ascii").strip())
    except (FileNotFoundError, ValueError) as error:
        raise EmbeddedPostgresError(
            f"{data} is not a Postgres cluster (no readable PG_VERSION): move it away"
        ) from error


def _owner(data: Path) -> int | None:
    return data.stat().st_uid if data.exists() else None


def _make_private(path: Path, account: Account | None) -> None:
    """Make `path` a directory that only the server's account may enter; one that another made is refused."""
    path.mkdir(mode=0o700, exist_ok=True)
    found = os.lstat(path)
    ours = {os.geteuid(), account.uid if account else os.geteuid()}
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in ours:
        raise EmbeddedPostgresError(f"{path} belongs to uid {found.st_uid}: remove it, or run as that user")
    path.chmod(0o700)
    _own(path, account)


def _own(path: Path, account: Account | None) -> None:
    if account:
        os.chown(path, account.uid, account.gid)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _server_lock(base: Path, *, create: bool = False) -> Iterator[int | None]:
    """The descriptor of `server.lock`, locked; None while a server holds it.

    It is closed, never unlocked: a server that inherited it goes on holding the lock.
    """
    descriptor = os.open(base / "server.lock", os.O_RDWR | (os.O_CREAT if create else 0), 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
        else:
            yield descriptor
    finally:
        os.close(descriptor)


def _logs(base: Path) -> list[Path]:
    return sorted((base / "log").glob("postgres-*.log"), key=lambda file: file.stat().st_mtime)


def _last_words(base: Path, before: Mapping[Path, int]) -> str:
    """What the server that just ended wrote: startup.log, and its log beyond what stood there before."""
    words = [(base / "log" / "startup.log").read_bytes()]
    for file in _logs(base)[-1:]:
        written = file.read_bytes()
        known = before.get(file, 0)
        words.append(written[known:] if known <= len(written) else written)  # a file of last week is begun anew
    return b"\n".join(words).decode("utf-8", "replace")


def _explained(base: Path, words: str) -> EmbeddedPostgresError:
    """One line for people, from what the system or Postgres said."""
    if "No space left on device" in words or "Disk quota exceeded" in words:
        return EmbeddedPostgresError(f"the disk that holds {base} is full: make room and start again")
    if "Permission denied" in words or "Operation not permitted" in words:
        try:
            owner = f" (it belongs to uid {base.stat().st_uid})"
        except OSError:
            owner = ""
        return EmbeddedPostgresError(f"no permission to use {base}{owner}: {_telling(words)}")
    return EmbeddedPostgresError(f"Postgres in {base} did not start: {_telling(words)}; see {base}/log")


def _telling(words: str) -> str:
    """The line that says most: the last FATAL, PANIC or error, else the last line."""
    lines = [line.strip() for line in words.splitlines() if line.strip()]
    telling = [line for line in lines if any(mark in line for mark in ("FATAL:", "PANIC:", "error:"))]
    return (telling or lines or ["it said nothing"])[-1]
