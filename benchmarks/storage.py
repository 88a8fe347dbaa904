"""How much room a version of a page takes in the body table, and how long storing and reading it takes.

    python -m benchmarks.storage [versions]

Makes one page of 80 KB out of the seeds' words in the markup of a page builder, and versions of it that each have
another nonce and token, and one to six more words in one paragraph. Stores them in a fresh embedded Postgres.
"""

from __future__ import annotations

import gzip
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, text

from monitor.config import Config, StoreConfig, project_home
from monitor.store import embedded
from monitor.store.bodies import get_body, put_body
from monitor.store.engine import migrate, open_engine

T = TypeVar("T")

PAGE_BYTES = 80_000
VERSIONS = 219  # three trees of 73


def main(versions: int = VERSIONS) -> None:
    """Print the figures."""
    directory = Path(tempfile.mkdtemp(prefix="cwb", dir="/tmp"))
    directory.chmod(0o755)
    config = Config(home=project_home(), store=StoreConfig(directory=str(directory)))
    engine = open_engine(config)
    try:
        migrate(engine, config)
        made = list(page_versions(versions))
        with engine.begin() as connection:
            put_s, names = timed(lambda: put_all(connection, made))
            get_s, read = timed(lambda: [get_body(connection, name) for name in names])
        if read != made:
            raise SystemExit("a version did not come back as it was")
        with engine.begin() as connection:
            show(connection, made, put_s, get_s)
    finally:
        engine.dispose()
        embedded.stop(directory)
        shutil.rmtree(directory)


def page_versions(count: int) -> Iterator[bytes]:
    """The page and its later versions, the same on every run."""
    numbers = random.Random(80)
    words = " ".join(file.read_text("utf-8") for file in sorted((project_home() / "seeds").glob("*.txt"))).split()
    head = [
        f'<link rel="stylesheet" href="/wp-content/plugins/{numbers.getrandbits(32):08x}/style.css?ver={number}">'
        for number in range(60)
    ]
    paragraphs: list[str] = []
    at = 0
    while sum(map(len, head)) + sum(map(len, paragraphs)) < PAGE_BYTES:
        taken = numbers.randint(20, 80)
        element = f"elementor-element-{numbers.getrandbits(28):07x} elementor-widget"
        paragraphs.append(f'<div class="{element}"><p>{" ".join(words[at : at + taken])}</p></div>')
        at = (at + taken) % len(words)
    for _ in range(count):
        token = f'<meta name="csrf" content="{numbers.getrandbits(128):032x}">'
        nonce = f'<script nonce="{numbers.getrandbits(96):024x}"></script>'
        yield "\n".join([*head, token, nonce, *paragraphs]).encode()
        edited = numbers.randrange(len(paragraphs))
        more = " ".join(numbers.sample(words, numbers.randint(1, 6)))
        paragraphs[edited] = paragraphs[edited].replace("</p>", f" {more}</p>")


def put_all(connection: Connection, versions: list[bytes]) -> list[bytes]:
    """Store the versions, each named to resemble the one before it."""
    names: list[bytes] = []
    for data in versions:
        names.append(put_body(connection, data, names[-1] if names else None))
    return names


def timed(work: Callable[[], T]) -> tuple[float, T]:
    start = time.process_time()
    done = work()
    return time.process_time() - start, done


def show(connection: Connection, versions: list[bytes], put_s: float, get_s: float) -> None:
    stored = connection.execute(text("SELECT sum(octet_length(data)) FROM body")).scalar_one()
    table = connection.execute(text("SELECT pg_total_relation_size('body')")).scalar_one()
    depths = connection.execute(text("SELECT depth, count(*), avg(octet_length(data)) FROM body GROUP BY 1 ORDER BY 1"))
    count = len(versions)
    sample = versions[:: max(count // 10, 1)]
    gzipped = sum(len(gzip.compress(data)) for data in sample) / len(sample)
    print(f"{count} versions of a page of {len(versions[0]) / 1000:.0f} KB")
    print(f"  bytes per version        {stored / count:8.0f}   (gzip: {gzipped:.0f})")
    print(f"  with indexes and pages   {table / count:8.0f}   bytes of disk per version")
    for depth, bodies, size in depths:
        print(f"  depth {depth}                  {size:8.0f}   bytes each, {bodies} bodies")
    print(f"  our CPU, putting         {put_s / count * 1000:8.2f}   ms per version")
    print(f"  our CPU, reading         {get_s / count * 1000:8.2f}   ms per version")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
