"""The loopback clinic: an HTTP server on 127.0.0.1 that serves every clinic of the demo by its host name."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from monitor.demo.pages import (
    Answer,
    Clinic,
    ClinicState,
    after_serving,
    load_clinics,
    render_not_found,
    render_page,
    render_wall,
)

ADDRESS: Final = "127.0.0.1"
_ROBOTS: Final = b"User-agent: *\nDisallow: /cart\nDisallow: /wp-admin/\nAllow: /wp-admin/admin-ajax.php\n"
_HTML: Final = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Reply:
    """What one request is answered with."""

    status: HTTPStatus
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    content_type: str = _HTML


@dataclass(frozen=True, slots=True)
class Served:
    """One request that was answered: where, with what, and at which revision of the clinic."""

    host: str
    path: str
    status: int
    revision: int


class Clinics:
    """The clinics as they are being served: their pages, and what the edits have made of them. Thread-safe.

    `change` edits a clinic; a request sees the clinic before the edit or after it, never between.
    """

    def __init__(self, seeds: Path, clinics: tuple[Clinic, ...] | None = None) -> None:
        self.clinics = clinics if clinics is not None else load_clinics()
        self._by_host = {clinic.host: clinic for clinic in self.clinics}
        self._seeds = {clinic.slug: (seeds / clinic.seed).read_text(encoding="utf-8") for clinic in self.clinics}
        self._states = {clinic.slug: ClinicState() for clinic in self.clinics}
        self._served: list[Served] = []
        self._lock = threading.Lock()

    def change(self, slug: str, edit: Callable[[ClinicState], ClinicState]) -> ClinicState:
        """Bring the clinic `slug` to the state that `edit` makes of its present one."""
        with self._lock:
            state = edit(self._states[slug])
            self._states[slug] = replace(state, revision=state.revision + 1)
            return self._states[slug]

    @property
    def served(self) -> tuple[Served, ...]:
        """Every request for a clinic's page so far, oldest first."""
        with self._lock:
            return tuple(self._served)

    def reply(self, host: str, path: str, headers: dict[str, str]) -> Reply:
        """What a GET of `path` is answered with; `host` as in the Host header, header names in lower case."""
        if path == "/robots.txt":
            return Reply(HTTPStatus.OK, _ROBOTS, content_type="text/plain; charset=utf-8")
        name, _, port = host.partition(":")
        clinic = self._by_host.get(name)
        if clinic is None:
            return self._index(port)
        with self._lock:
            state = self._states[clinic.slug]
            self._states[clinic.slug] = after_serving(state, path)
            reply = self._page(clinic, path, state, len(self._served))
            reply = _conditional(clinic, state, reply, headers)
            if path in clinic.paths:
                self._served.append(Served(clinic.host, path, reply.status, state.revision))
        return _compressed(reply, headers) if clinic.gzip else reply

    def _page(self, clinic: Clinic, path: str, state: ClinicState, request: int) -> Reply:
        answer, _ = state.answers.get(path, (None, None))
        cookie = (("Set-Cookie", f"session={request:08x}; Path=/; HttpOnly; SameSite=Lax"),)
        if answer is Answer.WALL:
            return Reply(HTTPStatus.OK, render_wall(clinic.host, request).encode(), cookie)
        if answer is Answer.GONE or path not in clinic.paths:
            return Reply(HTTPStatus.NOT_FOUND, render_not_found(clinic, state, request).encode(), cookie)
        page = render_page(clinic, path, self._seeds[clinic.slug], state, request)
        return Reply(HTTPStatus.OK, page.encode(), cookie)

    def _index(self, port: str) -> Reply:
        links = "".join(
            f'<li><a href="{page_url(clinic, path, port)}">{clinic.name}: {path}</a></li>'
            for clinic in self.clinics
            for path in clinic.paths
        )
        page = f"<!DOCTYPE html><title>Clinicwatch demo</title><h1>The demo's clinics</h1><ul>{links}</ul>"
        return Reply(HTTPStatus.OK, page.encode())


def page_url(clinic: Clinic, path: str, port: int | str) -> str:
    """The URL of a clinic's page on a server that listens on `port`."""
    return f"http://{clinic.host}:{port}{path}"


class Site:
    """The web server of `clinics`, in threads of this process, on a free port of 127.0.0.1. A context manager."""

    def __init__(self, clinics: Clinics) -> None:
        self._clinics = clinics

    def __enter__(self) -> Self:
        self._server = _Server((ADDRESS, 0), self._clinics)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="demo-site", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # kept-alive connections of a killed client must not hold the end up
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], clinics: Clinics) -> None:
        self.clinics = clinics
        super().__init__(address, _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away in the middle (the daemon may be killed at any moment) is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "nginx"
    sys_version = ""
    timeout = 30
    server: _Server

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply = self.server.clinics.reply(headers.get("host", ""), self.path, headers)
        self.send_response(reply.status)
        for name, value in reply.headers:
            self.send_header(name, value)
        if reply.status is not HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Type", reply.content_type)
            self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the demo tells its own story."""


def _conditional(clinic: Clinic, state: ClinicState, reply: Reply, headers: dict[str, str]) -> Reply:
    """The reply with the clinic's ETag where it sends one; 304 where the asker has that version already."""
    if not clinic.etag or reply.status is not HTTPStatus.OK:
        return reply
    etag = f'W/"{clinic.slug}-{state.revision}"'
    if headers.get("if-none-match") == etag:
        return Reply(HTTPStatus.NOT_MODIFIED, b"", (("ETag", etag),))
    return replace(reply, headers=(*reply.headers, ("ETag", etag)))


def _compressed(reply: Reply, headers: dict[str, str]) -> Reply:
    if "gzip" not in headers.get("accept-encoding", "") or not reply.body:
        return reply
    body = gzip.compress(reply.body, compresslevel=5, mtime=0)
    return replace(
        reply, body=body, headers=(*reply.headers, ("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding"))
    )
