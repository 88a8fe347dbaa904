"""Content encodings undone in bounded steps, each stream verified to its end.

A library that hands out what it has when the input stops (Scrapy's middleware, `requests`) turns a cut transfer into
a shorter page, and a shorter page into "disclaimer removed". Here an unfinished stream is a fault.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Final, Protocol

import brotli
import zstandard

from crawler.faults import DecodingError

ACCEPT_ENCODING: Final = b"gzip, deflate, br, zstd"
MAX_LAYERS: Final = 3
_STEP: Final = 65_536
_ZSTD_STEP: Final = 256  # the binding has no output limit: one block of three bytes can stand for 128 KB
_ZSTD_WINDOW: Final = 8 << 20  # RFC 9659: what a web client must support, and may refuse beyond
_NOT_A_CODING: Final = re.compile(
    r"|identity|none|binary|\dbit|utf-?8|utf-?16|iso-8859-\d+|windows-125\d", re.IGNORECASE
)


class _Decoder(Protocol):
    def decode(self, data: bytes) -> Iterator[bytes]: ...
    def is_finished(self) -> bool: ...


class _Zlib:
    """gzip (RFC 1952, several members in a row included) and deflate (zlib or raw: servers send both)."""

    def __init__(self, *, gzip: bool) -> None:
        self._gzip = gzip
        self._stream: zlib._Decompress | None = None
        self._finished_once = False

    def decode(self, data: bytes) -> Iterator[bytes]:
        while data:
            if self._stream is None:
                if self._finished_once and not (self._gzip and data.startswith(b"\x1f")):
                    return  # padding after the last member
                self._stream = zlib.decompressobj(31 if self._gzip else _deflate_window(data))
            yield self._stream.decompress(data, _STEP)
            data = self._stream.unconsumed_tail
            if self._stream.eof:
                data = self._stream.unused_data
                self._stream, self._finished_once = None, True

    def is_finished(self) -> bool:
        return self._stream is None and self._finished_once


def _deflate_window(data: bytes) -> int:
    """RFC 9110 says zlib, some servers send raw deflate: the first two bytes tell."""
    is_zlib = len(data) >= 2 and data[0] & 0x0F == 8 and (data[0] << 8 | data[1]) % 31 == 0
    return zlib.MAX_WBITS if is_zlib else -zlib.MAX_WBITS


class _Brotli:
    def __init__(self) -> None:
        self._stream = brotli.Decompressor()

    def decode(self, data: bytes) -> Iterator[bytes]:
        if self._stream.is_finished():
            return
        yield self._stream.process(data, output_buffer_limit=_STEP)
        while not self._stream.can_accept_more_data():
            yield self._stream.process(b"", output_buffer_limit=_STEP)

    def is_finished(self) -> bool:
        return bool(self._stream.is_finished())


class _Zstd:
    """Zstandard (RFC 8878), several frames in a row included."""

    def __init__(self) -> None:
        self._context = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
        self._stream = self._context.decompressobj()
        self._begun = False

    def decode(self, data: bytes) -> Iterator[bytes]:
        for start in range(0, len(data), _ZSTD_STEP):
            step = data[start : start + _ZSTD_STEP]
            while step:
                if self._stream.eof:
                    self._stream = self._context.decompressobj()
                self._begun = True
                yield self._stream.decompress(step)
                step = self._stream.unused_data if self._stream.eof else b""

    def is_finished(self) -> bool:
        return self._begun and bool(self._stream.eof)


_DECODERS: Final[dict[str, Callable[[], _Decoder]]] = {
    "gzip": lambda: _Zlib(gzip=True),
    "x-gzip": lambda: _Zlib(gzip=True),
    "deflate": lambda: _Zlib(gzip=False),
    "br": _Brotli,
    "zstd": _Zstd,
}


def content_codings(values: Iterable[bytes]) -> tuple[str, ...]:
    """The codings of Content-Encoding header values, in the order in which they were applied.

    Words that name no coding but a charset ("UTF-8"; a common mistake) are left out, as browsers do.
    """
    names = (name.strip().lower() for value in values for name in value.decode("latin-1").split(","))
    return tuple(name for name in names if not _NOT_A_CODING.fullmatch(name))


def decode_body(data: bytes, codings: tuple[str, ...], max_bytes: int) -> bytes:
    """Undo `codings` and return at most `max_bytes` bytes.

    Raises DecodingError: `bad_http.encoding` (unknown coding, broken or unfinished stream), `too_large.decoded`.
    """
    if len(codings) > MAX_LAYERS:
        raise DecodingError("bad_http.encoding", f"{len(codings)} content codings one in the other")
    for coding in reversed(codings):
        if coding not in _DECODERS:
            raise DecodingError("bad_http.encoding", f"unknown content coding {coding[:40]!r}")
        data = _decode_layer(data, coding, max_bytes)
    if len(data) > max_bytes:
        raise DecodingError("too_large.decoded", f"more than {max_bytes} bytes", data[:max_bytes])
    return data


def _decode_layer(data: bytes, coding: str, max_bytes: int) -> bytes:
    if not data:
        return b""  # an empty body is an empty page whatever its header says
    decoder, out, size = _DECODERS[coding](), [], 0
    try:
        for start in range(0, len(data), _STEP):
            for piece in decoder.decode(data[start : start + _STEP]):
                out.append(piece)
                size += len(piece)
                if size > max_bytes:
                    prefix = b"".join(out)[:max_bytes]
                    raise DecodingError("too_large.decoded", f"{coding}: more than {max_bytes} bytes", prefix)
    except (zlib.error, brotli.error, zstandard.ZstdError) as error:
        raise DecodingError("bad_http.encoding", f"{coding}: {error}", b"".join(out)) from error
    if not decoder.is_finished():
        raise DecodingError("bad_http.encoding", f"{coding}: the stream ends before its end mark", b"".join(out))
    return b"".join(out)
