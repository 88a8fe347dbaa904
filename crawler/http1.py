"""An HTTP/1.1 response, byte by byte: what it is, when it is whole, and what exactly is wrong with it.

Sans-IO (bytes in, state out), so that every fault of a server has a name and can be tested without a socket; the same
bytes cut at other places give the same answer. As lenient as browsers where no meaning is lost (bare LF, folded
lines, latin-1 values, 64 KB of headers), strict where a page could come out shorter than it is: framing.
RFC 9112; what libraries leave open: bytes after Content-Length, a body that ends early, trailers, interim answers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from crawler.faults import FaultError
from crawler.types import Headers

_STATUS_LINE: Final = re.compile(rb"HTTP/(1\.[01]) +([1-9]\d\d)(?: (.*))?", re.DOTALL)
_HEADER: Final = re.compile(rb"([^\x00-\x20\x7f:][^\x00-\x1f\x7f:]*?)[ \t]*:[ \t]*([^\x00\r\n]*)", re.DOTALL)
_CHUNK_SIZE: Final = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;.*)?", re.DOTALL)
_HEAD_END: Final = re.compile(rb"\r?\n\r?\n")
_MAX_INTERIM: Final = 10
_MAX_CHUNK_LINE: Final = 8_192
_INTERIM: Final = frozenset({100, 102, 103})
_WITHOUT_BODY: Final = frozenset({101, 204, 304})


@dataclass(frozen=True, slots=True)
class Head:
    """Status line and headers as they were on the wire."""

    version: str  # "1.1"
    status: int
    headers: Headers

    def values(self, name: bytes) -> list[bytes]:
        """All values of the header `name` (lower case), in order."""
        return [value for key, value in self.headers if key.lower() == name]


class ResponseParser:
    """Feed it what the connection delivers, close it when the connection ends, read `head`, `body` and `is_complete`.

    `body` has the bytes without chunk framing, not yet decoded; `wire_bytes` counts the body with its framing.
    Raises FaultError from `feed` and `close`; what was read until then stays. `keep_prefix`: an announced length beyond
    the limit is no fault before the limit is reached.
    """

    def __init__(self, max_header_bytes: int, max_body_bytes: int, *, keep_prefix: bool = False) -> None:
        self.head: Head | None = None
        self.is_complete = False
        self.is_persistent = False  # may the connection carry another request?
        self.wire_bytes = 0
        self.received = 0
        self._max_header_bytes, self._max_body_bytes = max_header_bytes, max_body_bytes
        self._keep_prefix = keep_prefix
        self._buffer = bytearray()
        self._body: list[bytes] = []
        self._body_size = 0
        self._header_bytes = 0
        self._interim = 0
        self._searched = 0  # how far the buffer is known to hold no end of the headers
        self._step = self._read_head
        self._left = 0  # bytes of the body or of the chunk that are still to come

    @property
    def body(self) -> bytes:
        return b"".join(self._body)

    @property
    def ends_with_connection(self) -> bool:
        """Is the body delimited by the end of the connection?"""
        return self._step == self._read_until_close

    def feed(self, data: bytes) -> None:
        """Take in the next bytes of the connection."""
        self.received += len(data)
        self._buffer += data
        if self.head is not None:
            self.wire_bytes += len(data)
        while not self.is_complete and self._step():
            pass
        if self.is_complete and self._buffer:
            self._judge_surplus()

    def close(self) -> None:
        """The connection ended in an orderly way."""
        if self.is_complete:
            return
        if not self.received:
            raise FaultError("empty_reply", "the server closed the connection without an answer")
        if self.head is None:
            if not self._looks_like_http():
                raise self._bad_status_line(bytes(self._buffer[:80]))
            raise FaultError("conn.closed", "the connection was closed within the headers")
        if self.ends_with_connection:
            self._finish(persistent=False)
            return
        missing = f", {self._left} bytes missing" if self._left else ""
        raise FaultError("truncated", f"the body ends after {self._body_size} bytes{missing}")

    def _looks_like_http(self) -> bool:
        start = bytes(self._buffer.lstrip(b"\r\n")[:5])
        return b"HTTP/".startswith(start)

    def _bad_status_line(self, line: bytes) -> FaultError:
        return FaultError("bad_http.status_line", f"not a status line: {line[:80]!r}")

    def _take_line(self, limit: int) -> bytes | None:
        """The next line without its end; None where it is not there yet. None and a longer buffer than `limit`: the
        caller decides which fault that is."""
        end = self._buffer.find(b"\n")
        if end < 0 or end > limit:
            return None
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        return line.removesuffix(b"\r")

    # Head

    def _read_head(self) -> bool:
        skipped = len(self._buffer) - len(self._buffer.lstrip(b"\r\n"))
        if skipped:
            del self._buffer[:skipped]
        if len(self._buffer) >= 5 and not self._looks_like_http():
            raise self._bad_status_line(bytes(self._buffer[:80]).partition(b"\n")[0])
        block = _HEAD_END.search(self._buffer, max(0, self._searched - 4))
        self._searched = len(self._buffer)
        if (block.end() if block else len(self._buffer)) > self._max_header_bytes:
            raise FaultError("too_large.headers", f"more than {self._max_header_bytes} bytes of headers")
        if block is None:
            return False
        lines = [line.removesuffix(b"\r") for line in bytes(self._buffer[: block.start()]).split(b"\n")]
        del self._buffer[: block.end()]
        self._searched = 0
        head = self._parse_head(lines)
        if head.status in _INTERIM:
            self._interim += 1
            if self._interim > _MAX_INTERIM:
                raise FaultError(f"http.{head.status}", "nothing but interim answers")
            return True
        self.head = head
        self.wire_bytes = len(self._buffer)
        self._frame(head)
        return True

    def _parse_head(self, lines: list[bytes]) -> Head:
        if (found := _STATUS_LINE.fullmatch(lines[0].rstrip())) is None:
            raise self._bad_status_line(lines[0])
        version, status, _ = found.groups()
        return Head(version.decode(), int(status), parse_headers(lines[1:]))

    def _frame(self, head: Head) -> None:
        """Find out how the body is delimited (RFC 9112, 6.3)."""
        connection = b",".join(head.values(b"connection")).lower()
        self.is_persistent = b"close" not in connection and (head.version == "1.1" or b"keep-alive" in connection)
        codings = [c.strip().lower() for v in head.values(b"transfer-encoding") for c in v.split(b",")]
        codings = [coding for coding in codings if coding not in (b"", b"identity")]
        if head.status in _WITHOUT_BODY:
            self._finish(persistent=self.is_persistent and head.status != 101)
        elif codings:
            if codings != [b"chunked"]:
                raise FaultError("bad_http.header", f"Transfer-Encoding: {b', '.join(codings)[:80]!r}")
            self._step = self._read_chunk_size
        else:
            self._frame_by_length(head.values(b"content-length"))

    def _frame_by_length(self, values: list[bytes]) -> None:
        lengths = {length.strip() for value in values for length in value.split(b",")}
        if not lengths:
            self._step = self._read_until_close
            return
        length = lengths.pop()
        if lengths or not re.fullmatch(rb"[0-9]{1,18}", length):
            raise FaultError("bad_http.content_length", f"Content-Length: {b', '.join(values)[:80]!r}")
        self._left = int(length)
        if self._left > self._max_body_bytes and not self._keep_prefix:
            raise FaultError("too_large.wire", f"{self._left} bytes announced, {self._max_body_bytes} allowed")
        self._step = self._read_length

    # Body

    def _keep(self, data: bytes) -> None:
        room = self._max_body_bytes - self._body_size
        self._body.append(data[:room])
        self._body_size += min(len(data), room)
        if len(data) > room:
            raise FaultError("too_large.wire", f"more than {self._max_body_bytes} bytes")

    def _take(self, most: int) -> int:
        """Move up to `most` bytes from the buffer to the body; how many it were."""
        if len(self._buffer) <= most:
            data, self._buffer = bytes(self._buffer), bytearray()
        else:
            data = bytes(self._buffer[:most])
            del self._buffer[:most]
        self._keep(data)
        return len(data)

    def _read_until_close(self) -> bool:
        self._take(len(self._buffer))
        return False

    def _read_length(self) -> bool:
        self._left -= self._take(self._left)
        if self._left == 0:
            self._finish(persistent=self.is_persistent)
        return False

    def _read_chunk_size(self) -> bool:
        line = self._take_line(_MAX_CHUNK_LINE)
        if line is None:
            if len(self._buffer) > _MAX_CHUNK_LINE or (self._buffer and not _starts_chunk(self._buffer)):
                raise FaultError("bad_http.chunked", f"not a chunk size: {bytes(self._buffer[:40])!r}")
            return False
        if (found := _CHUNK_SIZE.fullmatch(line)) is None:
            raise FaultError("bad_http.chunked", f"not a chunk size: {line[:40]!r}")
        self._left = int(found[1], 16)
        self._step = self._read_chunk if self._left else self._read_trailer
        return True

    def _read_chunk(self) -> bool:
        self._left -= self._take(self._left)
        if self._left:
            return False
        self._step = self._read_chunk_end
        return True

    def _read_chunk_end(self) -> bool:
        if not self._buffer or self._buffer == b"\r":
            return False
        if not self._buffer.startswith((b"\r\n", b"\n")):
            raise FaultError("bad_http.chunked", f"no line end after a chunk: {bytes(self._buffer[:40])!r}")
        del self._buffer[: 1 if self._buffer.startswith(b"\n") else 2]
        self._step = self._read_chunk_size
        return True

    def _read_trailer(self) -> bool:
        line = self._take_line(self._max_header_bytes)
        if line is None:
            self._count_header_bytes(len(self._buffer), final=False)
            return False
        self._count_header_bytes(len(line) + 2, final=True)
        if not line:
            self._finish(persistent=self.is_persistent)
        return True

    def _count_header_bytes(self, size: int, *, final: bool) -> None:
        if self._header_bytes + size > self._max_header_bytes:
            raise FaultError("too_large.headers", f"more than {self._max_header_bytes} bytes of trailers")
        if final:
            self._header_bytes += size

    def _finish(self, *, persistent: bool) -> None:
        self.is_complete, self.is_persistent = True, persistent

    def _judge_surplus(self) -> None:
        """Bytes after the end. After a body with Content-Length they are a page that is longer than announced."""
        self.is_persistent = False
        surplus = bytes(self._buffer)
        self._buffer.clear()
        self.wire_bytes -= len(surplus)
        if self._step == self._read_length and surplus.strip():
            raise FaultError("bad_http.content_length", f"{len(surplus)} bytes or more after the announced end")


def _starts_chunk(buffer: bytearray) -> bool:
    return re.match(rb"[0-9A-Fa-f]{1,15}([ \t;\r]|$)", buffer) is not None


def parse_headers(lines: list[bytes]) -> Headers:
    """Header lines as (name, value) pairs; folded lines are joined with one space. Raises FaultError."""
    joined: list[bytes] = []
    for line in lines:
        if line[:1] in (b" ", b"\t"):
            if not joined:
                raise FaultError("bad_http.header", f"the first header begins with white space: {line[:80]!r}")
            joined[-1] += b" " + line.strip()
        else:
            joined.append(line)
    headers = []
    for line in joined:
        if (found := _HEADER.fullmatch(line)) is None:
            raise FaultError("bad_http.header", f"not a header: {line[:80]!r}")
        headers.append((found[1], found[2].rstrip(b" \t")))
    return tuple(headers)
