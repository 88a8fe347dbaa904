"""What `clinicwatch run` does once before it serves: schema, watchlist, baselines, subscriptions."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine

from monitor.config import Config
from monitor.seeds import SeedReport, import_seeds, read_manifest
from monitor.store.engine import check_schema, migrate
from monitor.store.pages import WatchlistReport, list_pages, take_watchlist
from monitor.store.subscription_files import SyncReport, sync_subscriptions
from monitor.watchlist import read_watchlist


@dataclass(frozen=True, slots=True)
class StartReport:
    """What was brought in line with the files. `seeds` is None where there was nothing to import."""

    watchlist: WatchlistReport | None
    seeds: SeedReport | None
    subscriptions: SyncReport


def prepare_store(engine: Engine, config: Config) -> StartReport:
    """Bring the store in line with the configuration: all of it, or an error and nothing.

    The embedded database is this program's alone and is migrated here; a server that others may use as well is
    migrated by `clinicwatch migrate`, and only checked. Baselines are imported into an empty store: later
    imports are asked for (`clinicwatch seeds import`). Raises SchemaError, WatchlistError, SeedError, ConfigError.
    """
    if config.database_url:
        check_schema(engine)
    else:
        migrate(engine, config)
    watchlist = config.path(config.watchlist)
    entries = read_watchlist(watchlist, config.languages) if watchlist.exists() else None
    manifest = config.path(config.seeds)
    with engine.begin() as connection:
        is_new = not list_pages(connection)
        taken = take_watchlist(connection, entries, restore=False) if entries is not None else None
        synced = sync_subscriptions(connection, config)
    imported = None
    if is_new and taken is not None and manifest.exists():
        imported = import_seeds(engine, config, read_manifest(manifest))
    return StartReport(taken, imported, synced)
