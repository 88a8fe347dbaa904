"""`clinicwatch`: the command line. Commands are thin: they ask, call, and show."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from pathlib import Path
from typing import Annotated

import typer

from monitor.cli import (
    alerts,
    changes,
    history,
    inspect,
    ledger,
    noise,
    pages,
    reextract,
    service,
    subscriptions,
    visit,
)
from monitor.cli.session import Session
from monitor.errors import ClinicwatchError

app = typer.Typer(
    name="clinicwatch",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Watches the pages of clinics and tells what their changes mean: claims, prices, disclaimers.",
)


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"clinicwatch {version('clinicwatch')}")
        raise typer.Exit


@app.callback()
def program(
    context: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option("--config", "-c", help="Configuration file.", show_default="config/clinicwatch.toml"),
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show the traceback of an error.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    session = Session(config, verbose)
    context.obj = session
    context.call_on_close(session.close)


service.add_to(app)
visit.add_to(app)
pages.add_to(app)
history.add_to(app)
changes.add_to(app)
ledger.add_to(app)
subscriptions.add_to(app)
alerts.add_to(app)
inspect.add_to(app)
reextract.add_to(app)
noise.add_to(app)


def main() -> None:
    """The console script. An error that people can act on is one line on stderr; a bug is shown whole."""
    verbose = any(word in ("-v", "--verbose") for word in sys.argv[1:])
    try:
        app()
    except ClinicwatchError as error:
        _fail(str(error), error.exit_code, verbose)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EMFILE):
            raise
        _fail(f"{error.filename or 'this machine'}: {error.strerror}", 1, verbose)
    except Exception as error:
        if not type(error).__module__.startswith("sqlalchemy."):
            raise
        from monitor.store.engine import explain  # loaded already where such an error can come from

        if (known := explain(error)) is None:
            raise
        _fail(str(known), known.exit_code, verbose)


def _fail(message: str, code: int, verbose: bool) -> None:
    if verbose:
        traceback.print_exc()
    print(f"clinicwatch: {message}", file=sys.stderr)
    sys.exit(code)


if __name__ == "__main__":
    main()
