"""How long it takes to plan and queue what a busy day makes: 200 changes for 10,000 subscriptions.

    python -m benchmarks.alerts [subscriptions [changes]]

A fresh embedded Postgres, fifty pages of twenty-five clinics, and subscriptions of fourteen kinds: everything, one
clinic, a country, a family and a floor, words, an URL's part, digests, quiet hours. Every page's changes are queued in
one transaction, as a visit does it. Memory is this process's own, before and after: it must not grow with what is
queued.
"""

from __future__ import annotations

import os
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from sqlalchemy import Connection, Engine, text

from benchmarks.tables import print_table
from monitor.alerts.plan import queue_changes
from monitor.config import Config, StoreConfig, project_home
from monitor.store import embedded
from monitor.store.claims import claim_alert
from monitor.store.engine import migrate, open_engine
from monitor.store.preferences import Filters, Preferences, stored_filters, stored_preferences

SUBSCRIPTIONS, CHANGES, PAGES, CLINICS = 10_000, 200, 50, 25
BUDGET_S = 20.0
BUDGET_MB = 50.0
NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
KINDS = (
    ("disclaimer", "status", "removed", "critical", "The treatment is not approved by the FDA.", ""),
    ("claim", "efficacy", "strengthened", "high", "It may help 80% of patients.", "It helps 90% of patients."),
    ("price", "amount", "increased", "medium", "The treatment costs $5,000.", "The treatment costs $6,000."),
    ("claim", "treatment", "added", "low", "", "We now use umbilical cord cells."),
)


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured: seconds of planning and queueing on the clock, of this process's CPU and of Postgres' (where
    that can be read), alerts, megabytes at the peak before and after."""

    seconds: float
    cpu_s: float
    postgres_s: float | None
    slowest_ms: float
    alerts: int
    pairs: int
    before_mb: float
    after_mb: float
    claim_ms: float


def wishes() -> tuple[tuple[Filters, Preferences], ...]:
    """The kinds of subscriptions, in turn; one in fourteen wants everything there is."""
    told, quiet = Preferences(), Preferences(quiet="22:00-07:00", timezone="Europe/Amsterdam", hourly=5, language="nl")
    return (
        (Filters(), told),
        (Filters(families=("disclaimer", "claim"), severity="medium"), Preferences(delivery="daily")),
        (Filters(severity="high"), quiet),
        (Filters(countries=("NL",), severity="medium"), Preferences(delivery="weekly")),
        (Filters(clinics=("clinic-4", "clinic-5"), languages=("en", "nl")), quiet),
        *((Filters(clinics=(f"clinic-{number}",)), told) for number in (1, 2, 3)),
        (Filters(countries=("NL",)), told),
        (Filters(families=("price",), severity="medium"), told),
        (Filters(words=("guarant*", "not approved", "cure")), told),
        (Filters(pages=("page-7", "page-8")), told),
        (Filters(directions=("removed", "weakened"), languages=("en",)), quiet),
        (Filters(kinds=("efficacy", "safety")), Preferences(deliveries=(("high", "daily"),))),
    )


@contextmanager
def open_world(subscriptions: int) -> Iterator[tuple[Engine, Config]]:
    """A migrated embedded server with the pages and the subscriptions."""
    directory = Path(tempfile.mkdtemp(prefix="cw", dir="/tmp"))
    directory.chmod(0o755)
    config = Config(home=project_home(), store=StoreConfig(directory=str(directory / "postgres")))
    try:
        config = msgspec.structs.replace(config, database_url=embedded.start(directory / "postgres"))
        engine = open_engine(config)
        migrate(engine, config)
        with engine.begin() as connection:
            _fill(connection, subscriptions)
        yield engine, config
        engine.dispose()
    finally:
        embedded.stop(directory / "postgres")
        shutil.rmtree(directory)


def measure(subscriptions: int, changes: int) -> Figures:
    """Queue the changes page by page. Units as in `Figures`."""
    with open_world(subscriptions) as (engine, config):
        by_page = _add_changes(engine, changes)
        with engine.begin() as connection:
            connection.execute(text("ANALYZE"))  # as autovacuum does it some seconds later
        postgres_before = _postgres_s(config, engine)
        before_mb, seconds, cpu_s, slowest = _peak_mb(), 0.0, time.process_time(), 0.0
        for page_id, ids in by_page.items():
            started = time.perf_counter()
            with engine.begin() as connection:
                queue_changes(connection, config, page_id, ids, NOW)
            took = time.perf_counter() - started
            seconds, slowest = seconds + took, max(slowest, took)
        cpu_s, after_mb = time.process_time() - cpu_s, _peak_mb()
        postgres_s = _postgres_s(config, engine, postgres_before)
        with engine.begin() as connection:
            connection.execute(text("ANALYZE"))
            alerts = connection.scalar(text("SELECT count(*) FROM alert"))
            pairs = connection.scalar(text("SELECT count(*) FROM alert_change"))
        return Figures(
            seconds,
            cpu_s,
            postgres_s,
            slowest * 1000,
            alerts or 0,
            pairs or 0,
            before_mb,
            after_mb,
            _claim_ms(engine, config),
        )


def main(subscriptions: int = SUBSCRIPTIONS, changes: int = CHANGES) -> int:
    """Prints the table; 1 where a figure misses its target, else 0."""
    found = measure(subscriptions, changes)
    grown = found.after_mb - found.before_mb
    rows: list[tuple[str, str | None, str | None]] = [
        ("planned and queued, seconds", f"{found.seconds:.1f}", f"{BUDGET_S:g}"),
        ("of them CPU of this process", f"{found.cpu_s:.1f}", None),
        ("CPU of Postgres", None if found.postgres_s is None else f"{found.postgres_s:.1f}", None),
        ("slowest page, milliseconds", f"{found.slowest_ms:.0f}", None),
        ("alerts", str(found.alerts), None),
        ("changes in alerts", str(found.pairs), None),
        ("a thousand of them, milliseconds", f"{found.seconds * 1e6 / max(1, found.pairs):.0f}", None),
        ("peak memory before, MB", f"{found.before_mb:.0f}", None),
        ("grown by, MB", f"{grown:.0f}", f"{BUDGET_MB:g}"),
        ("next alert claimed, milliseconds", f"{found.claim_ms:.2f}", None),
    ]
    print_table(
        f"Alerts: {changes} changes on {PAGES} pages for {subscriptions} subscriptions",
        ["what", "measured", "to reach"],
        rows,
    )
    return int(found.seconds > BUDGET_S or grown > BUDGET_MB)


def _peak_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)


def _postgres_s(config: Config, engine: Engine, before: float | None = 0.0) -> float | None:
    """Seconds of CPU that the server's ended processes have used since `before`; None where there is no /proc."""
    engine.dispose()  # a backend's time counts when it has ended
    files = list(Path(config.store.directory).rglob("postmaster.pid"))
    stat = Path("/proc") / (files[0].read_text().split()[0] if files else "0") / "stat"
    if before is None or not stat.exists():
        return None
    time.sleep(0.2)  # for the backends to end
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK") - before


def _claim_ms(engine: Engine, config: Config) -> float:
    """Milliseconds for the next due alert, the best of ten, with all of them waiting."""
    times = []
    for _ in range(10):
        with engine.connect() as connection:
            started = time.perf_counter()
            claim_alert(connection, "benchmark", NOW + timedelta(days=8), config.alerts.claim_s)
            times.append(time.perf_counter() - started)
            connection.rollback()
    return min(times) * 1000


def _fill(connection: Connection, subscriptions: int) -> None:
    connection.execute(
        text("""
        WITH c AS (INSERT INTO clinic (slug, name, country)
                   SELECT 'clinic-' || n, 'Clinic ' || n, CASE n % 3 WHEN 0 THEN 'NL' ELSE 'US' END
                     FROM generate_series(1, :clinics) AS n RETURNING id, slug),
             h AS (INSERT INTO host (origin)
                   SELECT 'https://clinic-' || n || '.example' FROM generate_series(1, :clinics) AS n
                   RETURNING id, origin)
        INSERT INTO page (clinic_id, host_id, url, language)
        SELECT c.id, h.id, h.origin || '/page-' || n, 'en'
          FROM generate_series(1, :pages) AS n
          JOIN c ON c.slug = 'clinic-' || (1 + n % :clinics)
          JOIN h ON h.origin = 'https://clinic-' || (1 + n % :clinics) || '.example'
        """),
        {"clinics": CLINICS, "pages": PAGES},
    )
    kinds = wishes()
    rows = []
    for number in range(subscriptions):
        filters, told = kinds[number % len(kinds)]
        rows.append(
            {
                "address": f"watchdog-{number}@example.org",
                "token": f"token-{number}",
                "filters": msgspec.json.encode(stored_filters(filters)).decode(),
                **{
                    name: msgspec.json.encode(value).decode() if isinstance(value, dict) else value
                    for name, value in stored_preferences(told).items()
                },
            }
        )
    columns = tuple(rows[0])
    values = ", ".join(f":{name}" for name in columns)
    connection.execute(text(f"INSERT INTO subscription ({', '.join(columns)}) VALUES ({values})"), rows)


def _add_changes(engine: Engine, changes: int) -> dict[int, list[int]]:
    """`changes` confirmed changes, spread over the pages, each with its two snapshots; ids by page."""
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO body (sha256, size, codec, data) VALUES (sha256(''), 0, 'none', '')"))
        connection.execute(
            text("""
            INSERT INTO snapshot (page_id, number, created_at, last_seen_at, extractor, compared_sha256, text_sha256)
            SELECT page.id, n, :now, :now, '1', sha256(''), sha256('') FROM page, generate_series(1, 2) AS n
            """),
            {"now": NOW},
        )
        pages = connection.execute(text("SELECT id FROM page ORDER BY id")).scalars().all()
        by_page: dict[int, list[int]] = {}
        for number in range(changes):
            page_id = pages[number % len(pages)]
            family, kind, direction, severity, before, after = KINDS[(number // len(pages)) % len(KINDS)]
            id_ = connection.execute(
                text("""
                INSERT INTO change (page_id, before_snapshot_id, after_snapshot_id, family, kind, direction, severity,
                                    before, after, region, path, reason, rule, fingerprint, state, looks, detected_at,
                                    settled_at)
                SELECT :page, min(id), max(id), :family, :kind, :direction, :severity, :before, :after, 'main', '{}',
                       'reason', 'rule', decode(md5(:name), 'hex'), 'confirmed', 2, :now, :now
                  FROM snapshot WHERE page_id = :page RETURNING id
                """),
                {
                    **{"page": page_id, "family": family, "kind": kind, "direction": direction, "severity": severity},
                    **{"before": before, "after": after, "name": f"{number}", "now": NOW},
                },
            ).scalar_one()
            by_page.setdefault(page_id, []).append(id_)
        return by_page


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:3])))
