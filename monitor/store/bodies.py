"""Bodies: exact bytes under the name of their SHA-256, each stored once.

A version of a page differs little from the one before it, so it is stored as a delta: zstd with an earlier version as
raw-content dictionary (what `zstd -d --patch-from=BASE` reads). Deltas form a tree of two levels with at most eight
children each, so that one body in 73 is stored whole and none needs more than two others to be read:

    whole (depth 0) ─┬─ delta (1) ─┬─ delta (2)
                     │             ⋮  up to 8
                     ⋮  up to 8

Measured by `benchmarks/storage.py`: 564 B per version of an 81 KB page that gzip makes 27 KB of. Level 9 takes
0.3 ms for such a delta; level 19 would save 13 bytes and take 5 ms.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import zstandard
from sqlalchemy import Connection, bindparam, func, select
from sqlalchemy.dialects.postgresql import insert

from monitor.errors import BodyCorruptError, NotFoundError
from monitor.store.tables import body

LEVEL = 9
CHILDREN = 8  # deltas against one base
MAX_DEPTH = 2
TRY_WHOLE = 64  # a delta below a 64th of the data is taken without trying what the whole would need
WHOLE, DELTA = "zstd", "zstd-delta"

_IS_STORED = select(body.c.size).where(body.c.sha256 == bindparam("sha256"))
_INSERT = insert(body).on_conflict_do_nothing()
_child = body.alias("child")
# a body, its base, and the base of that
_line = (
    select(body.c.sha256, body.c.base_sha256).where(body.c.sha256 == bindparam("sha256")).cte("line", recursive=True)
)
_line = _line.union_all(select(body.c.sha256, body.c.base_sha256).where(body.c.sha256 == _line.c.base_sha256))
_READ = select(body.c.data, body.c.size).join(_line, _line.c.sha256 == body.c.sha256).order_by(body.c.depth)
_BASE = (
    select(body.c.sha256, body.c.depth)
    .join(_line, _line.c.sha256 == body.c.sha256)
    .where(body.c.depth < MAX_DEPTH)
    .where(
        select(func.count()).select_from(_child).where(_child.c.base_sha256 == body.c.sha256).scalar_subquery()
        < CHILDREN
    )
    .order_by(body.c.depth.desc())
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class _Base:
    sha256: bytes
    depth: int


def put_body(connection: Connection, data: bytes, base_sha256: bytes | None = None) -> bytes:
    """Store `data` unless it is there; its SHA-256.

    `base_sha256` names a stored body that `data` resembles (the page's version before); which body of its line it is
    stored against is decided here. What is stored was decompressed and compared first. Any number of callers may put
    the same body at once.
    """
    sha256 = hashlib.sha256(data).digest()
    if connection.execute(_IS_STORED, {"sha256": sha256}).first() is not None:
        return sha256
    base = _choose_base(connection, base_sha256) if base_sha256 is not None else None
    against = get_body(connection, base.sha256) if base else None
    stored = compress(data, against)
    if base and len(stored) * TRY_WHOLE > len(data):
        whole = compress(data)
        if len(stored) * 2 > len(whole):  # hardly related: a whole body is the better base for what comes next
            stored, base, against = whole, None, None
    if decompress(stored, len(data), against) != data:
        raise BodyCorruptError(sha256.hex())
    connection.execute(
        _INSERT,
        {
            "sha256": sha256,
            "size": len(data),
            "codec": DELTA if base else WHOLE,
            "base_sha256": base.sha256 if base else None,
            "depth": base.depth + 1 if base else 0,
            "data": stored,
        },
    )
    return sha256


def get_body(connection: Connection, sha256: bytes) -> bytes:
    """The bytes whose SHA-256 is `sha256`. Raises NotFoundError, and BodyCorruptError where they no longer are."""
    line = connection.execute(_READ, {"sha256": sha256}).all()
    if not line:
        raise NotFoundError("body", sha256.hex())
    data: bytes | None = None
    try:
        for row in line:
            data = decompress(row.data, row.size, data)
    except zstandard.ZstdError as error:
        raise BodyCorruptError(sha256.hex()) from error
    if data is None or hashlib.sha256(data).digest() != sha256:
        raise BodyCorruptError(sha256.hex())
    return data


def compress(data: bytes, base: bytes | None = None) -> bytes:
    """`data` as one zstd frame; with `base`, as a delta that only `base` decompresses."""
    if not base:
        return zstandard.ZstdCompressor(level=LEVEL).compress(data)
    parameters = zstandard.ZstdCompressionParameters.from_level(
        LEVEL,
        source_size=len(data),
        dict_size=len(base),
        # the whole of the base must stay in the window until the last byte of the data (RFC 8878, section 5)
        window_log=min(max((len(data) + len(base)).bit_length(), 10), 30),
    )
    return zstandard.ZstdCompressor(dict_data=_dictionary(base), compression_params=parameters).compress(data)


def decompress(stored: bytes, size: int, base: bytes | None = None) -> bytes:
    """The `size` bytes that `compress` made `stored` of. Raises ZstdError where `stored` is damaged."""
    if zstandard.frame_content_size(stored) != size:
        raise zstandard.ZstdError("the frame is of another size")
    window = 1 << min(max((size + len(base or b"")).bit_length(), 10), 30)
    decompressor = zstandard.ZstdDecompressor(dict_data=_dictionary(base) if base else None, max_window_size=window)
    return decompressor.decompress(stored, max_output_size=size) if size else b""


def _choose_base(connection: Connection, sha256: bytes) -> _Base | None:
    """The nearest of a body and its bases that may have one more delta; None where the next body is to be whole."""
    row = connection.execute(_BASE, {"sha256": sha256}).first()
    return None if row is None else _Base(row.sha256, row.depth)


def _dictionary(base: bytes) -> zstandard.ZstdCompressionDict:
    return zstandard.ZstdCompressionDict(base, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
