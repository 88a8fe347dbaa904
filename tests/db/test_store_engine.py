"""The way to the database, and the schema that the migrations make of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, make_url, text

from monitor.config import Config, StoreConfig, project_home
from monitor.errors import DatabaseUnreachableError, SchemaError
from monitor.store import engine as store_engine
from monitor.store.engine import check_schema, migrate, open_engine, schema_version
from monitor.store.tables import metadata


def configured(url: str) -> Config:
    return Config(home=project_home(), database_url=url)


@pytest.fixture
def empty(empty_database: str) -> Iterator[Engine]:
    """A pool on a database without a table."""
    opened = open_engine(configured(empty_database))
    yield opened
    opened.dispose()


SCHEMA = {
    "columns": """
        SELECT table_name, column_name, data_type, udt_name, is_nullable, column_default, is_identity,
               identity_generation, col_description(table_name::regclass, ordinal_position)
          FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'alembic_version'""",
    "constraints": """
        SELECT conrelid::regclass::text, conname, contype, pg_get_constraintdef(oid) FROM pg_constraint
         WHERE connamespace = 'public'::regnamespace AND conrelid <> 'alembic_version'::regclass""",
    "indexes": """
        SELECT tablename, indexname, indexdef FROM pg_indexes
         WHERE schemaname = 'public' AND tablename <> 'alembic_version'""",
    "other things": """
        SELECT relname, relkind FROM pg_class
         WHERE relnamespace = 'public'::regnamespace AND relkind NOT IN ('i', 'S') AND relname <> 'alembic_version'""",
}


@pytest.mark.parametrize("query", SCHEMA.values(), ids=SCHEMA)
def test_the_migrated_schema_is_the_declared_one(engine: Engine, empty: Engine, query: str) -> None:
    metadata.create_all(empty)
    with engine.begin() as migrated, empty.begin() as declared:
        declared.execute(text("CREATE TABLE alembic_version ()"))
        found = {tuple(row) for row in migrated.execute(text(query))}
        wanted = {tuple(row) for row in declared.execute(text(query))}
    assert wanted
    assert sorted(map(str, found - wanted)) == [], "only migrated"
    assert sorted(map(str, wanted - found)) == [], "only declared"


def test_alembic_sees_no_difference_either(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_the_chain_starts_with_a_head(engine: Engine) -> None:
    with engine.connect() as connection:
        assert connection.execute(text("SELECT number, sha256 FROM chain_head")).one() == (0, bytes(32))


def test_migrating_twice_changes_nothing(engine: Engine, config: Config) -> None:
    migrate(engine, config)
    check_schema(engine)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM alembic_version")).scalar_one() == 1
        assert connection.execute(text("SELECT count(*) FROM chain_head")).scalar_one() == 1


def test_migrations_at_once_make_one_schema(empty: Engine, empty_database: str) -> None:
    failures: list[BaseException] = []

    def run() -> None:
        try:
            own = open_engine(configured(empty_database))
            migrate(own, configured(empty_database))
            own.dispose()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    check_schema(empty)
    with empty.connect() as connection:
        locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = " + (
            "(SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        assert connection.execute(text(locks)).scalar_one() == 0


def test_a_migration_that_waits_for_another_gives_up(
    empty: Engine, empty_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_engine, "MIGRATION_WAIT_S", 0.3)
    with empty.connect() as other:
        other.execute(text("SELECT pg_advisory_lock(:key)"), {"key": store_engine.MIGRATION_LOCK})
        with pytest.raises(SchemaError, match="another migration has been running"):
            migrate(empty, configured(empty_database))


def test_a_migration_that_fails_leaves_nothing(empty: Engine, empty_database: str) -> None:
    with empty.begin() as connection:
        connection.execute(text("CREATE TABLE host (id int)"))
    with pytest.raises(SchemaError, match='failed and was rolled back: relation "host" already exists'):
        migrate(empty, configured(empty_database))
    with empty.connect() as connection:
        tables = connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).scalars()
        assert set(tables) <= {"host", "alembic_version"}


def test_a_database_that_was_never_migrated_says_what_to_do(empty: Engine) -> None:
    with pytest.raises(SchemaError, match=r"has no tables of this program yet.*run `clinicwatch migrate`"):
        check_schema(empty)
    with empty.connect() as connection:
        assert schema_version(connection) is None


def test_a_database_of_a_newer_program_is_left_alone(engine: Engine, config: Config) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for check in (lambda: check_schema(engine), lambda: migrate(engine, config)):
        with pytest.raises(SchemaError, match="the database is newer than this program: it is at version 9999"):
            check()


def test_a_home_without_migrations_uses_those_beside_the_program(empty: Engine, tmp_path: Path) -> None:
    migrate(empty, Config(home=tmp_path))
    check_schema(empty)


def test_sessions_speak_utc_and_have_a_deadline(database: str) -> None:
    config = msgspec.structs.replace(configured(database), store=StoreConfig(statement_timeout_s=0.2))
    opened = open_engine(config)
    with opened.connect() as connection:
        assert connection.execute(text("SHOW timezone")).scalar_one() == "UTC"
        moment = connection.execute(text("SELECT timestamptz '2026-05-03 14:00+02'")).scalar_one()
        assert moment.isoformat() == "2026-05-03T12:00:00+00:00"
        with pytest.raises(Exception, match="statement timeout"):
            connection.execute(text("SELECT pg_sleep(5)"))
    opened.dispose()


def test_a_connection_that_the_server_dropped_is_replaced(engine: Engine, config: Config) -> None:
    pid = text("SELECT pg_backend_pid()")
    with engine.connect() as connection:
        dropped = connection.execute(pid).scalar_one()
    other = open_engine(config)
    with other.connect() as connection:
        connection.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": dropped})
    other.dispose()
    with engine.connect() as connection:
        assert connection.execute(pid).scalar_one() != dropped


SECRET = "hunter2"


@pytest.mark.parametrize(
    ("url", "message"),
    [
        (
            f"postgresql://me:{SECRET}@127.0.0.1:1/watch",
            r"cannot reach the database watch at 127\.0\.0\.1:1: .*refused",
        ),
        (f"postgresql://127.0.0.1:1/watch?user=me&password={SECRET}", "cannot reach the database watch at 127"),
        (f"postgresql+asyncpg://me:{SECRET}@127.0.0.1:1/watch", "cannot reach the database watch at 127"),
        (f"mysql://me:{SECRET}@localhost/watch", r"names a mysql database; only postgresql:// is spoken here"),
        (f"{SECRET}", "is not a URL of the form postgresql://"),
        (f"postgresql://me:{SECRET}@host:port/watch", "is not a URL of the form"),
        (f"postgresql://me:{SECRET}@/watch?host=/nowhere", "cannot reach the database watch at /nowhere"),
    ],
)
def test_a_database_that_cannot_be_reached_is_told_in_one_line_without_the_password(url: str, message: str) -> None:
    with pytest.raises(DatabaseUnreachableError, match=message) as caught:
        open_engine(configured(url))
    shown = str(caught.value)
    assert SECRET not in shown
    assert "\n" not in shown


def test_a_database_that_is_not_there_is_named(postgres: str) -> None:
    url = make_url(postgres).set(database="nowhere").render_as_string(hide_password=False)
    with pytest.raises(DatabaseUnreachableError, match=r'cannot reach the database nowhere .*"nowhere" does not exist'):
        open_engine(configured(url))


def test_the_embedded_server_is_not_started_where_that_is_not_wanted(tmp_path: Path) -> None:
    config = Config(home=tmp_path, store=StoreConfig(directory="postgres"))
    with pytest.raises(DatabaseUnreachableError, match=r"no Postgres runs in .*postgres; `clinicwatch run` starts it"):
        open_engine(config, start_embedded=False)
    assert not (tmp_path / "postgres").exists()
