"""The stage: the demo's directory, and the files that its daemon is started with."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from monitor.config import Config, load_config, project_home
from monitor.demo import mailbox, site
from monitor.demo.digest import READER
from monitor.demo.pages import Clinic, load_clinics
from monitor.demo.site import page_url
from monitor.errors import ClinicwatchError
from monitor.store import embedded
from monitor.watchlist import ClinicEntry, PageEntry, write_toml

CONFIG: Final = "clinicwatch.toml"
SUBSCRIBER: Final = "watchdogs@demo.localhost"
_MADE_BY: Final = "# Made by `clinicwatch demo`; the directory is made anew by the next one.\n"
_OURS: Final = ("CLINICWATCH_DATABASE_URL", "CLINICWATCH_SMTP_PASSWORD")


class DemoError(ClinicwatchError):
    """The demo cannot go on."""


def environment(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """`environ` without what would lead the demo to somebody's real database or mail account."""
    hidden = {*_OURS, *(f"{name}_FILE" for name in _OURS)}
    return {name: value for name, value in environ.items() if name not in hidden}


@contextmanager
def fresh_directory(directory: Path) -> Iterator[Path]:
    """`directory`, empty, and ours until the end: what an earlier demo left there is stopped and removed first.

    Raises DemoError where another demo is running in it, or where it holds something that no demo made.
    """
    directory = directory.absolute()
    directory.parent.mkdir(parents=True, exist_ok=True)
    lock = os.open(directory.with_name(f"{directory.name}.lock"), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DemoError(f"another demo is running in {directory}") from error
        _clear(directory)
        directory.mkdir()
        yield directory
    finally:
        os.close(lock)


def write_stage(
    directory: Path, site_port: int, smtp_port: int, overruled: Mapping[str, Mapping[str, object]] | None = None
) -> Config:
    """Write configuration, watchlist and seeds manifest of the demo into `directory`, and read the first back.

    `overruled` are further keys of the configuration, by section.
    """
    clinics = load_clinics()
    settings = _settings(directory, site_port, smtp_port, clinics)
    for section, keys in (overruled or {}).items():
        settings[section] = {**settings[section], **keys}
    (directory / CONFIG).write_text(_MADE_BY + _as_toml(settings), encoding="utf-8")
    (directory / "watchlist.toml").write_text(write_toml(_entries(clinics, site_port)), encoding="utf-8")
    (directory / "seeds.toml").write_text(_manifest(clinics, site_port, project_home() / "seeds"), encoding="utf-8")
    return load_config(directory / CONFIG, environment())


def _clear(directory: Path) -> None:
    if not directory.exists():
        return
    config = directory / CONFIG
    if any(directory.iterdir()) and not (config.is_file() and config.read_text(encoding="utf-8").startswith(_MADE_BY)):
        raise DemoError(f"{directory} holds something that no demo made; name another directory, or remove it")
    embedded.stop(directory / "postgres")
    shutil.rmtree(directory)


def _settings(directory: Path, site_port: int, smtp_port: int, clinics: tuple[Clinic, ...]) -> dict[str, Any]:
    """The configuration: as in service, but quick, and with a permit for exactly the demo's own address."""
    return {
        "watchlist": str(directory / "watchlist.toml"),
        "seeds": str(directory / "seeds.toml"),
        "lexicons": str(project_home() / "config" / "lexicons"),
        "crawler": {
            "allow_addresses": [f"{site.ADDRESS}:{site_port}"],
            "ports": [site_port],
            "dns_hosts": [f"{clinic.host}={site.ADDRESS}" for clinic in clinics],
            "delay_s": 0.05,
            "retry_backoff_s": 0.2,
            "deadline_s": 20.0,
        },
        "schedule": {
            "cadence_s": 1.0,
            "second_look_s": 0.5,
            "failure_backoff_s": 0.3,
            "tick_s": 0.2,
            "lease_s": 20.0,
            "workers": 4,
        },
        "store": {"directory": str(directory / "postgres")},
        "alerts": {
            "sender": "Clinicwatch <clinicwatch@demo.localhost>",
            "outbox_directory": str(directory / "outbox"),
            "gather_s": 3.0,
            "claim_s": 15.0,
            "retry_first_s": 1.0,
            "smtp": {"host": mailbox.ADDRESS, "port": smtp_port, "security": "none"},
        },
        "subscriptions": [
            {"address": SUBSCRIBER, "name": "Demo watchdogs", "delivery": "immediate"},
            {"address": READER, "name": "Demo reader", "delivery": "daily"},
        ],
        "log": {"format": "json"},
    }


def _entries(clinics: tuple[Clinic, ...], port: int) -> tuple[ClinicEntry, ...]:
    return tuple(
        ClinicEntry(
            clinic.slug,
            clinic.name,
            clinic.country,
            tuple(PageEntry(page_url(clinic, path, port), clinic.language) for path in clinic.paths),
        )
        for clinic in clinics
    )


def _manifest(clinics: tuple[Clinic, ...], port: int, seeds: Path) -> str:
    """The manifest of the seeds with the demo's own URLs."""
    pages = [
        {
            "file": str(seeds / clinic.seed),
            "clinic": clinic.slug,
            "url": page_url(clinic, clinic.path, port),
            "language": clinic.language,
            "capture": "imported text; capture time and headers unknown",
        }
        for clinic in clinics
    ]
    named = [{"slug": clinic.slug, "name": clinic.name, "country": clinic.country} for clinic in clinics]
    return _MADE_BY + _as_toml({"clinic": named, "seed": pages})


def _as_toml(tables: Mapping[str, Any]) -> str:
    """A mapping of values, tables and arrays of tables as TOML."""
    lines: list[str] = []
    _write_table(lines, "", tables)
    return "\n".join(lines) + "\n"


def _write_table(lines: list[str], name: str, table: Mapping[str, Any]) -> None:
    below = {key: value for key, value in table.items() if isinstance(value, Mapping) or _is_tables(value)}
    lines += [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in table.items() if key not in below]
    for key, value in below.items():
        path = f"{name}.{key}" if name else key
        for one in value if _is_tables(value) else (value,):
            lines += ["", f"[[{path}]]" if _is_tables(value) else f"[{path}]"]
            _write_table(lines, path, one)


def _is_tables(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, Mapping) for one in value)
