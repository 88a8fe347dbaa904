"""Bodies come back byte for byte, take little room, and tell when they are damaged."""

from __future__ import annotations

import hashlib
import random
import shutil
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select, text, update

from monitor.errors import BodyCorruptError, NotFoundError
from monitor.store.bodies import LEVEL, compress, decompress, get_body, put_body
from monitor.store.tables import body

SAME_DATABASE = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def page(words: int, seed: int = 1) -> list[str]:
    """A page as HTML, one element a line, that does not compress to nothing."""
    numbers = random.Random(seed)
    return [
        f'<p id="{numbers.getrandbits(40):x}">{numbers.choice(("may", "can", "will"))} help</p>' for _ in range(words)
    ]


def versions(count: int, seed: int = 1) -> list[bytes]:
    """A page and its later versions, each with one element of the version before replaced."""
    numbers = random.Random(seed)
    lines, made = page(2000, seed), []
    for number in range(count):
        made.append("\n".join(lines).encode())
        lines[numbers.randrange(len(lines))] = f"<p>version {number}: {numbers.getrandbits(64):x}</p>"
    return made


@SAME_DATABASE
@given(bodies=st.lists(st.binary(max_size=3000), max_size=6), near=st.booleans())
def test_bodies_come_back_byte_for_byte(engine: Engine, bodies: list[bytes], near: bool) -> None:
    with engine.begin() as connection:
        previous = None
        for data in bodies:
            sha256 = put_body(connection, data, previous)
            assert sha256 == hashlib.sha256(data).digest()
            assert get_body(connection, sha256) == data
            previous = sha256 if near else None


@given(before=st.binary(max_size=2000), after=st.binary(max_size=2000))
def test_a_delta_gives_back_the_data(before: bytes, after: bytes) -> None:
    assert decompress(compress(after, before), len(after), before) == after


@given(base=st.binary(min_size=1, max_size=500), cut=st.integers(0, 500), edit=st.binary(max_size=20))
@SAME_DATABASE
def test_never_longer_than_plain_zstd(engine: Engine, base: bytes, cut: int, edit: bytes) -> None:
    data = base[:cut] + edit + base[cut:]
    with engine.begin() as connection:
        sha256 = put_body(connection, data, put_body(connection, base))
        stored = connection.execute(select(body.c.data).where(body.c.sha256 == sha256)).scalar_one()
    assert len(stored) <= len(zstandard.ZstdCompressor(level=LEVEL).compress(data))


def test_versions_of_a_page_form_a_tree_of_two_levels_of_eight(engine: Engine) -> None:
    made = versions(80)
    with engine.begin() as connection:
        previous = None
        for data in made:
            previous = put_body(connection, data, previous)
        depths = {
            row.depth: row.count for row in connection.execute(text("SELECT depth, count(*) FROM body GROUP BY depth"))
        }
        children = connection.execute(
            text("SELECT max(n) FROM (SELECT count(*) n FROM body WHERE depth > 0 GROUP BY base_sha256) counted")
        ).scalar_one()
        deltas = connection.execute(text("SELECT avg(octet_length(data)) FROM body WHERE depth > 0")).scalar_one()
        for data in made:
            assert get_body(connection, hashlib.sha256(data).digest()) == data
    assert depths == {0: 2, 1: 8, 2: 70} or depths == {0: 2, 1: 9, 2: 69}
    assert children == 8
    assert deltas < 400


def test_an_unrelated_body_is_stored_whole(engine: Engine) -> None:
    with engine.begin() as connection:
        first = put_body(connection, versions(1, seed=1)[0])
        second = put_body(connection, random.Random(7).randbytes(50_000), first)
        row = connection.execute(select(body.c.depth, body.c.codec).where(body.c.sha256 == second)).one()
    assert tuple(row) == (0, "zstd")


def test_bodies_are_stored_once_and_out_of_line(engine: Engine) -> None:
    data = versions(1)[0]
    with engine.begin() as connection:
        assert put_body(connection, data) == put_body(connection, data)
        assert connection.execute(text("SELECT count(*) FROM body")).scalar_one() == 1
        storage = text("SELECT attstorage FROM pg_attribute WHERE attrelid = 'body'::regclass AND attname = 'data'")
        assert connection.execute(storage).scalar_one() == "e"


def test_unknown_base_is_no_obstacle_and_unknown_body_is_named(engine: Engine) -> None:
    with engine.begin() as connection:
        sha256 = put_body(connection, b"a page", base_sha256=b"\1" * 32)
        assert get_body(connection, sha256) == b"a page"
        with pytest.raises(NotFoundError, match="no body 'abab"):
            get_body(connection, b"\xab" * 32)


def damage(engine: Engine, sha256: bytes, data: bytes, size: int) -> None:
    with engine.begin() as connection:
        connection.execute(update(body).where(body.c.sha256 == sha256).values(data=data, size=size))


def test_no_damage_of_a_base_gives_wrong_bytes(engine: Engine) -> None:
    first, second, third = versions(3)
    with engine.begin() as connection:
        middle = put_body(connection, second, put_body(connection, first))
        last = put_body(connection, third, middle)
        data = connection.execute(select(body.c.data).where(body.c.sha256 == middle)).scalar_one()
    found = 0
    for place in range(len(data)):
        damage(engine, middle, bytes([*data[:place], data[place] ^ 0x55, *data[place + 1 :]]), len(second))
        for sha256, right in ((middle, second), (last, third)):
            with engine.begin() as connection:
                try:
                    assert get_body(connection, sha256) == right
                except BodyCorruptError:
                    found += 1
    assert found > len(data)


@pytest.mark.parametrize(
    ("change", "longer"),
    [
        pytest.param(lambda data: data[:-5], 0, id="cut"),
        pytest.param(lambda data: compress(b"x" * 1000), 0, id="other content"),
        pytest.param(lambda data: data, 1, id="another size"),
        pytest.param(lambda data: b"", 0, id="nothing"),
        pytest.param(lambda data: b"not zstd", 0, id="no zstd"),
    ],
)
def test_damage_is_found_on_reading(engine: Engine, change: Callable[[bytes], bytes], longer: int) -> None:
    content = b"a page" * 100
    with engine.begin() as connection:
        sha256 = put_body(connection, content)
    damage(engine, sha256, change(compress(content)), len(content) + longer)
    with engine.begin() as connection, pytest.raises(BodyCorruptError, match=sha256.hex()):
        get_body(connection, sha256)


def test_the_same_body_put_by_many_at_once(engine: Engine) -> None:
    data = versions(1)[0]
    barrier, answers = threading.Barrier(4), []

    def put() -> None:
        with engine.begin() as connection:
            barrier.wait(10)
            answers.append(put_body(connection, data))

    threads = [threading.Thread(target=put) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert answers == [hashlib.sha256(data).digest()] * 4
    with engine.begin() as connection:
        assert get_body(connection, answers[0]) == data


@pytest.mark.skipif(shutil.which("zstd") is None, reason="no zstd program on this machine")
def test_the_zstd_program_reads_a_delta(tmp_path: Path) -> None:
    first, second = versions(2)
    (tmp_path / "base").write_bytes(first)
    (tmp_path / "delta.zst").write_bytes(compress(second, first))
    command = [
        "zstd",
        "-q",
        "-d",
        f"--patch-from={tmp_path}/base",
        str(tmp_path / "delta.zst"),
        "-o",
        str(tmp_path / "out"),
    ]
    subprocess.run(command, check=True, timeout=20)
    assert (tmp_path / "out").read_bytes() == second
