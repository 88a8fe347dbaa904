"""Unit tests decide and do nothing: no network. A test that reaches for a socket fails, and says where it belongs.

Pairs of Unix sockets are left: asyncio wakes its loop with one, and the killable process talks through one.
"""

from __future__ import annotations

import socket
from typing import Any

import pytest

_REACHING = ("connect", "connect_ex", "bind", "listen", "sendto")
_LOCAL = {family for name in ("AF_UNIX", "AF_NETLINK") if (family := getattr(socket, name, None)) is not None}


class SocketBlockedError(RuntimeError):
    """A unit test reached for the network."""


def _block(name: str) -> Any:
    """`socket.socket`'s method `name`, but only for sockets that stay on this machine."""
    allowed = getattr(socket.socket, name)

    def blocked(self: socket.socket, *arguments: Any) -> Any:
        if self.family in _LOCAL:
            return allowed(self, *arguments)
        raise SocketBlockedError(f"socket.{name}{arguments}: unit tests have no network; move the test to tests/system")

    return blocked


def _no_lookup(*arguments: Any, **_: Any) -> Any:
    raise SocketBlockedError(f"name lookup {arguments}: unit tests have no network; move the test to tests/system")


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks what reaches out: connecting, binding and name lookups, but those between processes of one machine."""
    for name in _REACHING:
        monkeypatch.setattr(socket.socket, name, _block(name))
    for name in ("getaddrinfo", "gethostbyname", "create_connection"):
        monkeypatch.setattr(socket, name, _no_lookup)
