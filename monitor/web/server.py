"""The web pages over HTTP: uvicorn with its own thread and loop, so that the crawler's loop never waits for a reader.

TLS is the reverse proxy's; `X-Forwarded-For` is believed from `web.proxies` alone.
"""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import uvicorn

from monitor.config import Config
from monitor.errors import ClinicwatchError, ConfigError
from monitor.web.app import make_app

if TYPE_CHECKING:
    from sqlalchemy import Engine

STOP_S = 5.0


class WebError(ClinicwatchError):
    """The web pages cannot be served."""


@contextmanager
def serving(engine: Engine, config: Config) -> Iterator[int]:
    """Serve the pages while open; yields the port. Raises WebError where the port is taken, ConfigError."""
    server = _server(engine, config)  # before a port is taken: it may find the configuration wanting
    listening = _listen(config)
    thread = threading.Thread(target=server.run, args=([listening],), name="web", daemon=True)
    thread.start()
    try:
        yield int(listening.getsockname()[1])
    finally:
        server.should_exit = True
        thread.join(STOP_S)
        listening.close()


def serve(engine: Engine, config: Config) -> None:
    """Serve the pages until SIGTERM or Ctrl-C. Raises as `serving`."""
    server = _server(engine, config)
    with _listen(config) as listening:
        server.run([listening])


def _listen(config: Config) -> socket.socket:
    web = config.web
    family = socket.AF_INET6 if ":" in web.host else socket.AF_INET
    try:
        return socket.create_server((web.host, web.port), family=family, backlog=128)
    except OSError as error:
        raise WebError(f"web.host {web.host}, web.port {web.port}: {error.strerror or error}") from error


def _check_proxies(proxies: tuple[str, ...]) -> list[str]:
    """`web.proxies`. Raises ConfigError for what is no address or network: uvicorn would take it for a name."""
    for each in proxies:
        try:
            ipaddress.ip_network(each)
        except ValueError as error:
            raise ConfigError("clinicwatch.toml", "web.proxies", str(error)) from error
    return list(proxies)


def _server(engine: Engine, config: Config) -> uvicorn.Server:
    return uvicorn.Server(
        uvicorn.Config(
            make_app(engine, config),
            log_config=None,
            access_log=False,  # its lines would hold the links
            server_header=False,
            proxy_headers=True,
            forwarded_allow_ips=_check_proxies(config.web.proxies),
            lifespan="off",
            ws="none",
            timeout_keep_alive=5,
            timeout_graceful_shutdown=int(STOP_S) - 1,
            limit_concurrency=100,
            h11_max_incomplete_event_size=16_384,
        )
    )
