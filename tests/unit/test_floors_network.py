"""Unit tests have no network, and what they need of one machine still works."""

from __future__ import annotations

import asyncio
import multiprocessing
import socket

import pytest


def test_connecting_binding_and_lookups_are_blocked() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as door:
        for reach in (lambda: door.connect(("127.0.0.1", 9)), lambda: door.bind(("127.0.0.1", 0))):
            with pytest.raises(RuntimeError, match="unit tests have no network"):
                reach()
    with pytest.raises(RuntimeError, match="unit tests have no network"):
        socket.getaddrinfo("localhost", 80)


def test_loops_and_processes_still_talk() -> None:
    async def wake() -> int:
        return await asyncio.to_thread(lambda: 7)

    assert asyncio.run(wake()) == 7
    here, there = multiprocessing.Pipe()
    there.send("word")
    assert here.recv() == "word"
    here.close()
    there.close()
