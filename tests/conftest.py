"""The database of the tests: one real Postgres for the session, one fresh database for each test that asks.

`engine` and `config` are what most tests need. The server is an embedded one in a short temporary directory, or the
one that CLINICWATCH_TEST_DATABASE_URL names (its account must be allowed to create databases).
"""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import sqlalchemy
from sqlalchemy import Engine, make_url, text

from monitor.config import Config, StoreConfig, project_home
from monitor.store import embedded
from monitor.store.engine import migrate, open_engine

# a power cut may cost a test database: no waiting for the disk
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_wal_size": "4GB"}
TEMPLATE = f"clinicwatch_template_{os.getpid()}"

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a running server, with a database that nobody works in."""
    if named := os.environ.get("CLINICWATCH_TEST_DATABASE_URL"):
        yield named
        return
    directory = Path(tempfile.mkdtemp(prefix="cw", dir="/tmp"))
    directory.chmod(0o755)
    try:
        yield embedded.start(directory, FAST)
    finally:
        embedded.stop(directory)
        shutil.rmtree(directory)


@pytest.fixture(scope="session")
def template(postgres: str) -> Iterator[str]:
    """The name of a migrated, empty database that the others are copies of."""
    administer(postgres, f'DROP DATABASE IF EXISTS "{TEMPLATE}"', f'CREATE DATABASE "{TEMPLATE}"')
    config = Config(home=project_home(), database_url=database_url(postgres, TEMPLATE))
    engine = open_engine(config)
    migrate(engine, config)
    engine.dispose()
    yield TEMPLATE
    administer(postgres, f'DROP DATABASE "{TEMPLATE}" WITH (FORCE)')


@pytest.fixture
def database(postgres: str, template: str) -> Iterator[str]:
    """The URL of a fresh, migrated database of this test's own."""
    name = f"clinicwatch_test_{os.getpid()}_{next(_numbers)}"
    administer(postgres, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    yield database_url(postgres, name)
    administer(postgres, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def empty_database(postgres: str) -> Iterator[str]:
    """The URL of a fresh database without a table."""
    name = f"clinicwatch_test_{os.getpid()}_{next(_numbers)}"
    administer(postgres, f'CREATE DATABASE "{name}"')
    yield database_url(postgres, name)
    administer(postgres, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def config(database: str, tmp_path: Path) -> Config:
    """The default configuration with this test's database; files that it writes go to the test's directory."""
    defaults = Config()
    return msgspec.structs.replace(
        defaults,
        home=project_home(),
        database_url=database,
        store=StoreConfig(directory=str(tmp_path / "postgres")),
        alerts=msgspec.structs.replace(defaults.alerts, outbox_directory=str(tmp_path / "outbox")),
    )


@pytest.fixture
def engine(config: Config) -> Iterator[Engine]:
    """The pool of connections to this test's database."""
    opened = open_engine(config)
    yield opened
    opened.dispose()


def database_url(server: str, name: str) -> str:
    """The URL of database `name` on the server that `server` is a URL of."""
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def administer(server: str, *statements: str) -> None:
    """Run statements that stand outside a transaction."""
    url = make_url(server).set(drivername="postgresql+psycopg")
    engine = sqlalchemy.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sqlalchemy.NullPool)
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()
