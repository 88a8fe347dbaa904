"""What every command shares: the configuration and the store, opened when first asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from monitor.config import Config


@dataclass
class Session:
    """One call of the command line. Opening is late, so that `--help` and `inspect` cost nothing."""

    config_path: Path | None = None
    verbose: bool = False
    _opened: list[Engine] = field(default_factory=list)

    @cached_property
    def config(self) -> Config:
        """The checked configuration. Raises ConfigError."""
        from monitor.config import load_config

        return load_config(self.config_path)

    @cached_property
    def engine(self) -> Engine:
        """The store, its schema checked. Raises StoreError."""
        from monitor.store.engine import check_schema

        engine = self.open_unchecked()
        check_schema(engine)
        return engine

    def open_unchecked(self) -> Engine:
        """The store whatever its schema is: for `migrate` and for commands that make a new database."""
        from monitor.store.engine import open_engine

        if not self._opened:
            self._opened.append(open_engine(self.config))
        return self._opened[0]

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One transaction on the store: committed at the end, rolled back on an error."""
        with self.engine.begin() as connection:
            yield connection

    def close(self) -> None:
        """Give the connections back."""
        for engine in self._opened:
            engine.dispose()


def session_of(context: typer.Context) -> Session:
    """The session that the callback of the program has put into the context."""
    session = context.find_object(Session)
    if session is None:
        raise RuntimeError("the command was called without the program's callback")
    return session
