"""The daemon as a process of its own: `python daemon_child.py CONFIG`, the database from the environment."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from crawler.session import run
from monitor.config import load_config
from monitor.logs import configure_logs
from monitor.schedule.daemon import run_daemon, stop_on_signals
from monitor.store.engine import open_engine


def main(config_path: str) -> None:
    config = load_config(Path(config_path))
    configure_logs(config.log)
    engine = open_engine(config)

    async def serve() -> None:
        stop = asyncio.Event()
        stop_on_signals(stop)
        await run_daemon(config, engine, stop)

    run(serve)
    engine.dispose()


if __name__ == "__main__":
    main(sys.argv[1])
