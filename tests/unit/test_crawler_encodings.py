"""Compressed bodies: whole, cut, broken, and bombs."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from crawler.encodings import content_codings, decode_body
from crawler.faults import DecodingError

PAGE = b"<html><body>" + b"<p>This treatment is not a cure. It costs 20.000 DKK.</p>" * 400 + b"</body></html>"


def raw_deflate(data: bytes) -> bytes:
    stream = zlib.compressobj(wbits=-15)
    return stream.compress(data) + stream.flush()


def streamed_zstd(data: bytes) -> bytes:
    """A frame without its content size, as servers send it."""
    stream = zstandard.ZstdCompressor().compressobj()
    return stream.compress(data) + stream.flush()


ENCODERS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "gzip": ("gzip", gzip.compress),
    "x-gzip": ("x-gzip", gzip.compress),
    "zlib": ("deflate", zlib.compress),
    "raw deflate": ("deflate", raw_deflate),
    "br": ("br", brotli.compress),
    "zstd": ("zstd", zstandard.compress),
    "streamed zstd": ("zstd", streamed_zstd),
}


@pytest.mark.parametrize("name", ENCODERS)
def test_a_whole_stream_gives_the_page(name: str) -> None:
    coding, encode = ENCODERS[name]
    assert decode_body(encode(PAGE), (coding,), 1 << 20) == PAGE


@pytest.mark.parametrize("name", ENCODERS)
def test_a_stream_cut_anywhere_is_a_fault(name: str) -> None:
    coding, encode = ENCODERS[name]
    data = encode(PAGE)
    for end in {1, len(data) // 4, len(data) // 2, len(data) - 5, len(data) - 1}:
        with pytest.raises(DecodingError) as error:
            decode_body(data[:end], (coding,), 1 << 20)
        assert error.value.reason == "bad_http.encoding"
        assert PAGE.startswith(error.value.prefix)


@pytest.mark.parametrize("name", ENCODERS)
def test_bytes_that_are_no_such_stream_are_a_fault(name: str) -> None:
    with pytest.raises(DecodingError) as error:
        decode_body(b"<html>not compressed at all</html>", (ENCODERS[name][0],), 1 << 20)
    assert error.value.reason == "bad_http.encoding"


@pytest.mark.parametrize("name", ENCODERS)
def test_a_bomb_stops_at_the_limit(name: str) -> None:
    coding, encode = ENCODERS[name]
    bomb = encode(bytes(30_000_000))
    with pytest.raises(DecodingError) as error:
        decode_body(bomb, (coding,), 100_000)
    assert error.value.reason == "too_large.decoded"
    assert len(error.value.prefix) == 100_000


def test_a_flipped_bit_in_gzip_is_a_fault() -> None:
    data = bytearray(gzip.compress(PAGE))
    data[-6] ^= 1  # the checksum
    with pytest.raises(DecodingError):
        decode_body(bytes(data), ("gzip",), 1 << 20)


def test_several_members_and_frames_are_one_body() -> None:
    assert decode_body(gzip.compress(b"one ") + gzip.compress(b"two"), ("gzip",), 100) == b"one two"
    assert decode_body(zstandard.compress(b"one ") + zstandard.compress(b"two"), ("zstd",), 100) == b"one two"


def test_padding_after_the_last_member_is_no_fault() -> None:
    assert decode_body(gzip.compress(PAGE) + bytes(64), ("gzip",), 1 << 20) == PAGE


def test_codings_are_undone_from_the_last_to_the_first() -> None:
    assert decode_body(brotli.compress(gzip.compress(PAGE)), ("gzip", "br"), 1 << 20) == PAGE


@pytest.mark.parametrize(
    ("values", "codings"),
    [
        ([], ()),
        ([b"gzip"], ("gzip",)),
        ([b"GZIP, br"], ("gzip", "br")),
        ([b"gzip", b"br"], ("gzip", "br")),
        ([b"identity"], ()),
        ([b"utf-8"], ()),
        ([b"UTF-8, gzip"], ("gzip",)),
        ([b""], ()),
        ([b"sdch"], ("sdch",)),
    ],
)
def test_header_values(values: list[bytes], codings: tuple[str, ...]) -> None:
    assert content_codings(values) == codings


@pytest.mark.parametrize("codings", [("sdch",), ("compress",), ("gzip",) * 4])
def test_codings_that_nobody_reads(codings: tuple[str, ...]) -> None:
    with pytest.raises(DecodingError) as error:
        decode_body(b"x", codings, 100)
    assert error.value.reason == "bad_http.encoding"


def test_an_empty_body_is_empty_in_any_coding() -> None:
    assert decode_body(b"", ("gzip",), 100) == b""


@given(st.binary(max_size=5000), st.sampled_from(sorted(ENCODERS)))
def test_decoding_undoes_encoding(data: bytes, name: str) -> None:
    coding, encode = ENCODERS[name]
    assert decode_body(encode(data), (coding,), 5000) == data


@given(st.binary(max_size=300), st.sampled_from(["gzip", "deflate", "br", "zstd"]))
def test_any_bytes_give_a_body_or_a_fault(data: bytes, coding: str) -> None:
    try:
        reason, length = "", len(decode_body(data, (coding,), 1000))
    except DecodingError as error:
        reason, length = error.reason, len(error.prefix)
    assert reason in ("", "bad_http.encoding", "too_large.decoded")
    assert length <= 1000
