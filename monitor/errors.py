"""The errors that people meet, as one small tree.

    ClinicwatchError                 exit code 1
    ├── UsageError                   2: the call's words are off
    │   ├── ConfigError              a file and key of the configuration
    │   ├── WatchlistError           a row of a watchlist
    │   ├── SeedError                a file and line of the seeds
    │   ├── LexiconError             a file and line of a lexicon
    │   └── NotFoundError            no such page, clinic, snapshot, change, subscription
    ├── StoreError
    │   ├── DatabaseUnreachableError
    │   ├── EmbeddedPostgresError
    │   ├── SchemaError              not migrated, or newer than this program
    │   └── BodyCorruptError         a stored body does not hash to its name
    ├── ExtractError                 a page could not be turned into text; carries the visit's reason
    ├── LeaseLostError               another worker owns the host now; nothing was written
    └── DeliveryError                a mail could not be handed over; says whether to try again

Expected failures of a visit are no errors: they are values (`crawler.outcomes`).
"""

from __future__ import annotations

from pathlib import Path


class ClinicwatchError(Exception):
    """Something went wrong that a person can act on. `str()` is the one line that they are shown."""

    exit_code = 1

    def __reduce__(self) -> tuple[object, ...]:
        # Errors cross from the killable process; the default would call __init__ with the finished message alone.
        return _rebuild, (type(self), self.args, self.__dict__)


def _rebuild(kind: type[ClinicwatchError], args: tuple[object, ...], state: dict[str, object]) -> ClinicwatchError:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class UsageError(ClinicwatchError):
    """The call or its input is off; nothing was changed."""

    exit_code = 2


class ConfigError(UsageError):
    """A configuration file is wrong. `path` is the file, `key` the dotted path of the key ("" for the whole file)."""

    def __init__(self, path: Path | str, key: str, problem: str) -> None:
        super().__init__(f"{path}: {key}: {problem}" if key else f"{path}: {problem}")
        self.path, self.key, self.problem = path, key, problem


class RowError(UsageError):
    """A row of an input file is wrong. `line` counts from 1; 0 means the file as a whole."""

    def __init__(self, path: Path | str, line: int, problem: str) -> None:
        super().__init__(f"{path}:{line}: {problem}" if line else f"{path}: {problem}")
        self.path, self.line, self.problem = path, line, problem


class WatchlistError(RowError):
    """A watchlist names something that cannot be watched."""


class SeedError(RowError):
    """A seed file or its manifest is wrong; nothing was imported."""


class LexiconError(RowError):
    """A lexicon entry is wrong."""


class NotFoundError(UsageError):
    """There is no such thing in the store. `kind` is the glossary's word, `name` what was asked for."""

    def __init__(self, kind: str, name: str, hint: str = "") -> None:
        super().__init__(f"no {kind} {name!r}" + (f"; {hint}" if hint else ""))
        self.kind, self.name = kind, name


class StoreError(ClinicwatchError):
    """The store could not do what was asked."""


class DatabaseUnreachableError(StoreError):
    """No connection to Postgres."""


class EmbeddedPostgresError(StoreError):
    """The embedded Postgres could not be started or stopped."""


class SchemaError(StoreError):
    """The database's schema is not the one that this program needs."""


class BodyCorruptError(StoreError):
    """A stored body does not hash to its name."""

    def __init__(self, sha256: str) -> None:
        super().__init__(f"stored body {sha256} does not match its SHA-256: restore it from a backup")
        self.sha256 = sha256


class ExtractError(ClinicwatchError):
    """A capture could not be turned into page text. `reason` is a word of `crawler.outcomes`."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason, self.detail = reason, detail


class LeaseLostError(ClinicwatchError):
    """The lease on a host is held by somebody else now; the transaction was rolled back."""


class DeliveryError(ClinicwatchError):
    """A mail was not taken.

    `permanent`: the server said 5xx to this mail; `bounced`: it said so of the address; `unknown_fate`: the mail may
    have been taken all the same; `server_down`: nobody answered, so the next mail need not be tried now.
    """

    def __init__(
        self,
        problem: str,
        *,
        permanent: bool = False,
        unknown_fate: bool = False,
        bounced: bool = False,
        server_down: bool = False,
    ) -> None:
        super().__init__(problem)
        self.permanent, self.unknown_fate = permanent, unknown_fate
        self.bounced, self.server_down = bounced, server_down
