"""Structured logs: lines for people on a terminal, JSON lines otherwise. Set up at the entrance only.

What other libraries log (Scrapy, Twisted, APScheduler) takes the same way out.
"""

from __future__ import annotations

import logging
import sys
from typing import Any, TextIO

import structlog

from monitor.config import LogConfig

_QUIET = ("scrapy", "twisted", "alembic", "apscheduler", "asyncio", "py3langid", "trafilatura", "filelock", "urllib3")


def configure_logs(config: LogConfig, stream: TextIO = sys.stderr) -> None:
    """Send every log line to `stream`, as `config.format` says ("auto": by whether it is a terminal)."""
    on_terminal = stream.isatty() if config.format == "auto" else config.format == "console"
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    if on_terminal:
        last: list[Any] = [structlog.dev.ConsoleRenderer(colors=stream.isatty())]
    else:
        last = [structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer(ensure_ascii=False)]
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    level = logging.getLevelNamesMapping()[config.level.upper()]
    root.setLevel(level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
