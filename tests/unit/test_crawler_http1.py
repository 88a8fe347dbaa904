"""Responses, byte by byte: whole ones, and every way to be wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.faults import FaultError
from crawler.http1 import ResponseParser

LIMIT = 10_000


def read(data: bytes, *, close: bool = True, cuts: tuple[int, ...] = ()) -> ResponseParser:
    parser = ResponseParser(2_000, LIMIT)
    begin = 0
    for end in (*sorted(cuts), len(data)):
        if data[begin:end] and not parser.is_complete:
            parser.feed(data[begin:end])
        begin = max(begin, end)
    if close:
        parser.close()
    return parser


WHOLE = {
    "length": (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, b"hello"),
    "no reason phrase": (b"HTTP/1.1 200\r\nContent-Length: 5\r\n\r\nhello", 200, b"hello"),
    "bare line feeds": (b"HTTP/1.1 200 OK\nContent-Length: 5\n\nhello", 200, b"hello"),
    "until close": (b"HTTP/1.0 200 OK\r\nA: b\r\n\r\nhello", 200, b"hello"),
    "chunked": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n",
        200,
        b"hello",
    ),
    "trailers": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX: y\r\n\r\n",
        200,
        b"hello",
    ),
    "chunked wins over length": (
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        200,
        b"hello",
    ),
    "same length twice": (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 200, b"hello"),
    "empty": (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, b""),
    "not modified": (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5000\r\n\r\n", 304, b""),
    "no content": (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b""),
    "early hints": (
        b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
        200,
        b"hi",
    ),
    "continue": (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", 404, b""),
    "empty lines first": (b"\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", 200, b"hi"),
    "odd status": (b"HTTP/1.1 999 Request denied\r\nContent-Length: 0\r\n\r\n", 999, b""),
    "latin-1 header": (b"HTTP/1.1 200 OK\r\nX-Sted: K\xf8benhavn\r\nContent-Length: 2\r\n\r\nhi", 200, b"hi"),
    "folded header": (b"HTTP/1.1 200 OK\r\nX-Long: a\r\n  b\r\nContent-Length: 2\r\n\r\nhi", 200, b"hi"),
    "space before colon": (b"HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nhi", 200, b"hi"),
    "line end after the body": (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi\r\n", 200, b"hi"),
}


@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_response(name: str) -> None:
    data, status, body = WHOLE[name]
    parser = read(data)
    assert parser.head is not None
    assert (parser.head.status, parser.body, parser.is_complete) == (status, body, True)


@pytest.mark.parametrize("name", WHOLE)
def test_the_same_bytes_one_at_a_time_are_the_same_response(name: str) -> None:
    data, status, body = WHOLE[name]
    parser = read(data, cuts=tuple(range(1, len(data))))
    assert parser.head is not None
    assert (parser.head.status, parser.body, parser.is_complete) == (status, body, True)


HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
BROKEN = {
    "nothing": (b"", "empty_reply"),
    "half a status line": (b"HTTP/1.1 2", "conn.closed"),
    "half the headers": (HEAD + b"Content-Type: text/ht", "conn.closed"),
    "ssh": (b"SSH-2.0-OpenSSH_9.6\r\n", "bad_http.status_line"),
    "html without head": (b"<html><body>0.9</body></html>", "bad_http.status_line"),
    "http/2": (b"HTTP/2.0 200 OK\r\n\r\n", "bad_http.status_line"),
    "letters for a status": (b"HTTP/1.1 abc OK\r\n\r\n", "bad_http.status_line"),
    "status zero": (b"HTTP/1.1 000 OK\r\n\r\n", "bad_http.status_line"),
    "short garbage": (b"OK", "bad_http.status_line"),
    "header without colon": (HEAD + b"this is no header\r\n\r\n", "bad_http.header"),
    "header without name": (HEAD + b": value\r\n\r\n", "bad_http.header"),
    "nul in a header": (HEAD + b"X-A: a\x00b\r\n\r\n", "bad_http.header"),
    "fold without a header": (HEAD + b" folded: x\r\n\r\n", "bad_http.header"),
    "unknown transfer coding": (HEAD + b"Transfer-Encoding: rot13\r\n\r\n", "bad_http.header"),
    "letters for a length": (HEAD + b"Content-Length: five\r\n\r\nhello", "bad_http.content_length"),
    "negative length": (HEAD + b"Content-Length: -5\r\n\r\nhello", "bad_http.content_length"),
    "two lengths": (HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", "bad_http.content_length"),
    "length too short": (HEAD + b"Content-Length: 3\r\n\r\nhello", "bad_http.content_length"),
    "length too long": (HEAD + b"Content-Length: 50\r\n\r\nhello", "truncated"),
    "chunk size no hex": (CHUNKED + b"five\r\nhello\r\n0\r\n\r\n", "bad_http.chunked"),
    "chunk too long": (CHUNKED + b"3\r\nhello\r\n0\r\n\r\n", "bad_http.chunked"),
    "no chunks at all": (CHUNKED + b"<html>plain</html>", "bad_http.chunked"),
    "negative chunk": (CHUNKED + b"-5\r\nhello\r\n", "bad_http.chunked"),
    "no last chunk": (CHUNKED + b"5\r\nhello\r\n", "truncated"),
    "cut in a chunk": (CHUNKED + b"ff\r\nhello", "truncated"),
    "too many headers": (HEAD + b"X-A: b\r\n" * 400 + b"\r\n", "too_large.headers"),
    "endless header": (HEAD + b"X-A: " + b"b" * 3000, "too_large.headers"),
    "endless trailers": (CHUNKED + b"0\r\n" + b"X-A: b\r\n" * 400, "too_large.headers"),
    "announced too large": (HEAD + b"Content-Length: 99999999\r\n\r\n", "too_large.wire"),
    "too large": (HEAD + b"\r\n" + b"x" * (LIMIT + 1), "too_large.wire"),
    "too large in chunks": (
        CHUNKED + b"1000\r\n" + b"x" * 4096 + b"\r\n" + (b"2000\r\n" + b"x" * 8192),
        "too_large.wire",
    ),
    "nothing but interim answers": (b"HTTP/1.1 100 Continue\r\n\r\n" * 12, "http.100"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_response_has_its_reason(name: str) -> None:
    data, reason = BROKEN[name]
    with pytest.raises(FaultError) as fault:
        read(data)
    assert fault.value.reason == reason


def test_headers_are_kept_as_they_were_on_the_wire() -> None:
    parser = read(
        b"HTTP/1.1 200 OK\r\nset-cookie: a=1\r\nSet-Cookie:b=2\r\nX-Sted:  K\xf8benhavn \r\nContent-Length: 0\r\n\r\n"
    )
    assert parser.head is not None
    assert parser.head.headers == (
        (b"set-cookie", b"a=1"),
        (b"Set-Cookie", b"b=2"),
        (b"X-Sted", b"K\xf8benhavn"),
        (b"Content-Length", b"0"),
    )
    assert parser.head.values(b"set-cookie") == [b"a=1", b"b=2"]


def test_wire_bytes_count_the_framing() -> None:
    assert read(CHUNKED + b"5\r\nhello\r\n0\r\n\r\n").wire_bytes == len(b"5\r\nhello\r\n0\r\n\r\n")
    assert read(HEAD + b"Content-Length: 5\r\n\r\nhello").wire_bytes == 5


@pytest.mark.parametrize(
    ("head", "persistent"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", True),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi", False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", False),
        (b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nhi", True),
        (b"HTTP/1.1 200 OK\r\n\r\nhi", False),
        (b"HTTP/1.1 304 Not Modified\r\n\r\n", True),
        (b"HTTP/1.1 304 Not Modified\r\n\r\nsurplus", False),
    ],
)
def test_which_connections_serve_on(head: bytes, persistent: bool) -> None:
    assert read(head).is_persistent is persistent


def test_a_prefix_stays_when_the_body_ends_early() -> None:
    parser = ResponseParser(2_000, LIMIT)
    parser.feed(HEAD + b"Content-Length: 50\r\n\r\nhello")
    with pytest.raises(FaultError):
        parser.close()
    assert parser.body == b"hello"


@given(st.sampled_from(sorted(WHOLE)), st.lists(st.integers(0, 200), max_size=6))
def test_cuts_make_no_difference(name: str, cuts: list[int]) -> None:
    data, status, body = WHOLE[name]
    parser = read(data, cuts=tuple(cut for cut in cuts if cut < len(data)))
    assert parser.head is not None
    assert (parser.head.status, parser.body) == (status, body)


@given(
    st.lists(st.binary(max_size=60), max_size=8),
    st.sampled_from([b"", HEAD, CHUNKED, HEAD + b"Content-Length: 40\r\n\r\n"]),
)
def test_any_bytes_are_a_response_or_a_fault(pieces: list[bytes], start: bytes) -> None:
    parser = ResponseParser(2_000, 100)
    try:
        for piece in (start, *pieces):
            if piece and not parser.is_complete:
                parser.feed(piece)
        parser.close()
    except FaultError:
        pass
    else:
        assert parser.is_complete
    assert len(parser.body) <= 100
