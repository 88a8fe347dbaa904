"""The way to the database: a named server or the embedded one, its pool, and its schema's version."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy
from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import URL, Connection, Engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError, SQLAlchemyError

from monitor.config import Config, project_home
from monitor.errors import DatabaseUnreachableError, SchemaError, StoreError
from monitor.store import embedded

__all__ = ["Connection", "Engine", "check_schema", "migrate", "open_engine", "schema_version"]

MIGRATION_LOCK = 0x636C696E  # "clin": the advisory lock that migrations take
MIGRATION_WAIT_S = 120.0  # how long one migration waits for another to end
_LOCK_TIMEOUT = "10s"  # a migration that waits longer for a table gives up rather than block everybody behind it
_STATEMENT_TIMEOUT = "30min"


def open_engine(config: Config, *, start_embedded: bool = True) -> Engine:
    """The pool of connections to the configured database, tried once.

    Without `config.database_url` that is the embedded server, which is started unless `start_embedded` is False.
    Sessions speak UTC and have the configured statement timeout. Raises DatabaseUnreachableError (never showing a
    password) and EmbeddedPostgresError.
    """
    url = _url(config, start_embedded=start_embedded)
    engine = sqlalchemy.create_engine(
        url,
        pool_size=config.store.pool_size,
        max_overflow=config.store.pool_size,
        pool_pre_ping=True,  # a server that was restarted must not cost the daemon a visit
        connect_args={"connect_timeout": 10, "application_name": "clinicwatch"},
    )
    timeout_ms = int(config.store.statement_timeout_s * 1000)

    @event.listens_for(engine, "connect")
    def _set_up(connection: psycopg.Connection[Any], _record: object) -> None:
        # SET, not startup options: poolers such as pgbouncer refuse those
        connection.execute(f"SET TIME ZONE 'UTC'; SET statement_timeout = {timeout_ms}")
        connection.commit()

    try:
        with engine.connect() as connection:
            encoding = connection.execute(text("SHOW server_encoding")).scalar_one()
    except SQLAlchemyError as error:
        engine.dispose()
        raise DatabaseUnreachableError(f"cannot reach the database {_shown(url)}: {_first_line(error)}") from error
    if encoding != "UTF8":
        engine.dispose()
        raise DatabaseUnreachableError(f"the database {_shown(url)} has the encoding {encoding}; it must be UTF8")
    return engine


def migrate(engine: Engine, config: Config) -> None:
    """Bring the schema up to this program's version; does nothing where it is. Any number of callers at once.

    Raises SchemaError where the database is newer than this program, another migration does not end, or one fails.
    """
    script = _script(config.home)
    with engine.connect() as connection:
        _take_lock(connection)
        try:
            if _current(connection) == _head(script):
                return
            _refuse_newer(connection, script)
            connection.execute(text(f"SET lock_timeout = '{_LOCK_TIMEOUT}'"))
            connection.execute(text(f"SET statement_timeout = '{_STATEMENT_TIMEOUT}'"))
            connection.commit()
            alembic = AlembicConfig()
            alembic.set_main_option("script_location", str(script.dir).replace("%", "%%"))
            alembic.attributes["connection"] = connection
            command.upgrade(alembic, "head")
        except DBAPIError as error:
            raise SchemaError(f"the migration failed and was rolled back: {_first_line(error)}") from error
        finally:
            connection.invalidate()  # ends the session: gives up the lock, and the timeouts with it


def check_schema(engine: Engine) -> None:
    """Raises SchemaError unless the schema is exactly this program's version, and says what to do."""
    script = _script(project_home())
    with engine.connect() as connection:
        current = _current(connection)
        if current == _head(script):
            return
        _refuse_newer(connection, script)
    have = f"is at version {current}" if current else "has no tables of this program yet"
    raise SchemaError(f"the database {have}, version {_head(script)} is needed: run `clinicwatch migrate`")


def schema_version(connection: Connection) -> str | None:
    """The version of the database's schema; None where it was never migrated."""
    return _current(connection)


def explain(error: Exception) -> StoreError | None:
    """What a database's error means for people: one that somebody can act on (disk full, connection lost, a lock or
    statement that took too long); None for a bug of ours, which is shown whole."""
    if not isinstance(error, OperationalError | InterfaceError):
        return None
    kind = DatabaseUnreachableError if error.connection_invalidated else StoreError
    return kind(f"the database could not do it, and nothing was changed: {_first_line(error)}")


def _url(config: Config, *, start_embedded: bool) -> URL:
    if config.database_url:
        return _named(config.database_url)
    directory = config.path(config.store.directory)
    if start_embedded:
        return _named(embedded.start(directory))
    if not embedded.is_running(directory):
        raise DatabaseUnreachableError(f"no Postgres runs in {directory}; `clinicwatch run` starts it")
    return _named(embedded.url(directory))


def _named(words: str) -> URL:
    """The URL of a named server with our driver; nothing of it is quoted in errors, for it may hold a password."""
    try:
        url = make_url(words)
    except (ArgumentError, ValueError):
        raise DatabaseUnreachableError(
            "CLINICWATCH_DATABASE_URL is not a URL of the form postgresql://user@host:port/database"
        ) from None  # what it chains to would show the URL
    if url.get_backend_name() not in ("postgresql", "postgres"):
        raise DatabaseUnreachableError(
            f"CLINICWATCH_DATABASE_URL names a {url.get_backend_name()} database; only postgresql:// is spoken here"
        )
    return url.set(drivername="postgresql+psycopg")


def _shown(url: URL) -> str:
    """The URL without its password, wherever it stands."""
    host = url.host or url.query.get("host") or "localhost"
    host = ",".join(host) if isinstance(host, tuple) else host
    port = f":{url.port}" if url.port else ""
    return f"{url.database or ''} at {host}{port}".strip()


def _first_line(error: SQLAlchemyError) -> str:
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    return next((line.strip() for line in str(cause).splitlines() if line.strip()), type(cause).__name__)


def _script(home: Path) -> ScriptDirectory:
    """The migrations: in the project's home, else beside this program (a home may hold the configuration alone)."""
    places = [home / "migrations", project_home({}) / "migrations"]
    directory = next((place for place in places if (place / "env.py").is_file()), None)
    if directory is None:
        raise SchemaError(f"the migrations are missing: there is no {places[-1]}")
    return ScriptDirectory(str(directory))


def _head(script: ScriptDirectory) -> str | None:
    return script.get_current_head()


def _current(connection: Connection) -> str | None:
    """The version that the database is at. Ends its transaction, so that no lock is kept."""
    version = MigrationContext.configure(connection).get_current_revision()
    connection.rollback()
    return version


def _refuse_newer(connection: Connection, script: ScriptDirectory) -> None:
    """Raises SchemaError where the database is at a version that this program does not know."""
    current = _current(connection)
    try:
        if current is None or script.get_revision(current) is not None:
            return
    except CommandError:
        pass
    raise SchemaError(
        f"the database is newer than this program: it is at version {current}, "
        f"and this program knows up to {_head(script)}; install the newer program"
    )


def _take_lock(connection: Connection) -> None:
    """Take the advisory lock for the session; polled, for a waiting statement would hold back a migration's own."""
    deadline = time.monotonic() + MIGRATION_WAIT_S
    while True:
        try:
            taken = connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": MIGRATION_LOCK}).scalar_one()
        except OperationalError as error:
            raise DatabaseUnreachableError(f"the database went away: {_first_line(error)}") from error
        connection.rollback()
        if taken:
            return
        if time.monotonic() > deadline:
            raise SchemaError(f"another migration has been running for {MIGRATION_WAIT_S:.0f} s: try again later")
        time.sleep(0.1)
