"""A door beside the API that adds a key to every request: the suites know nothing of keys.

The header Host goes through as it came, so that the API's links lead to this door.
"""

from __future__ import annotations

import http.client
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

_OF_THE_LINE = {"connection", "content-length", "transfer-encoding", "date", "server"}


@contextmanager
def opened(url: str, key: str) -> Iterator[str]:
    """The door before the API at `url`, on a port of its own of this machine; its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(url, key))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(url: str, key: str) -> type[BaseHTTPRequestHandler]:
    at = urlsplit(url)
    line = http.client.HTTPSConnection if at.scheme == "https" else http.client.HTTPConnection

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _pass_on(self) -> None:
            sent = {name: value for name, value in self.headers.items() if _travels(name)}
            there = line(at.netloc, timeout=60)
            try:
                there.request(
                    self.command, self.path, headers=sent | {"Authorization": f"Bearer {key}"}
                )
                answer = there.getresponse()
                body = answer.read()
            finally:
                there.close()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if _travels(name):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_GET = do_HEAD = _pass_on  # noqa: N815 - named by the standard library

        def log_message(self, *_: object) -> None:
            """Nothing: the suite's own report tells what it asked."""

    return Handler


def _travels(name: str) -> bool:
    return name.lower() not in _OF_THE_LINE | {"authorization"}
