"""A site that is nothing without scripts, and ports that nobody may knock at."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answer = tuple[str, bytes] | Callable[[BaseHTTPRequestHandler], None]


class Canary:
    """A port that counts who comes, by TCP and by UDP."""

    def __init__(self) -> None:
        self.visitors = 0
        self._tcp = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._tcp.getsockname()[1]
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.bind(("127.0.0.1", self.port))
        for listen in (self._greet, self._hear):
            threading.Thread(target=listen, daemon=True).start()

    def _greet(self) -> None:
        with suppress(OSError):
            while True:
                visitor, _ = self._tcp.accept()
                self.visitors += 1
                visitor.close()

    def _hear(self) -> None:
        with suppress(OSError):
            while self._udp.recvfrom(2048)[0] != b"end":
                self.visitors += 1

    def close(self) -> None:
        self._tcp.shutdown(socket.SHUT_RDWR)
        self._tcp.close()
        self._udp.sendto(b"end", self._udp.getsockname())
        self._udp.close()


class Shop:
    """Answers by path: (content type, body), or a function of the request. `asked` are the requests, in order."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.held = threading.Event()  # lets those go that never get an answer
        shop = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                shop.asked.append((self.path, dict(self.headers)))
                answer = shop.answers.get(self.path.partition("?")[0])
                if callable(answer):
                    answer(self)
                    return
                kind, body = answer or ("text/plain", b"")
                self.send_response(200 if answer else 404)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET  # noqa: N815 - the server's name

            def log_message(self, *_: object) -> None:
                """Quiet."""

        class Server(ThreadingHTTPServer):
            def handle_error(self, request: object, client_address: object) -> None:
                """Browsers hang up as they like."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def page(self, path: str, body: str) -> str:
        """Serve an HTML page; returns its URL."""
        words = f"<!doctype html><html lang=en><head><title>Clinic</title></head><body>{body}</body></html>"
        self.answers[path] = ("text/html; charset=utf-8", words.encode())
        return self.url + path

    def paths(self, path: str = "/") -> list[str]:
        """The paths asked for that begin with `path`."""
        return [one for one, _ in self.asked if one.startswith(path)]

    def hold(self, request: BaseHTTPRequestHandler) -> None:
        """An answer that does not come."""
        self.held.wait(60)
        request.close_connection = True

    def close(self) -> None:
        self.held.set()
        self._server.shutdown()
        self._server.server_close()
