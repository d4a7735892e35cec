"""A web server of the standard library on loopback, which answers as a test says."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import Message
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer
from typing import NamedTuple


class Asked(NamedTuple):
    """One request as it came in."""

    method: str
    path: str
    headers: Message
    body: bytes


Answering = Callable[[Asked], tuple[int, dict[str, str], bytes]]
"""What gives status, headers and body; the length is added where it is not given."""


def handler_of(answer: Answering) -> type[BaseHTTPRequestHandler]:
    """Return what answers each request so, and says nothing of it."""

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length", "0"))
            status, headers, body = answer(
                Asked(self.command, self.path, self.headers, self.rfile.read(length))
            )
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_DELETE = _answer  # noqa: N815 - names of the standard library

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler


@contextmanager
def running(server: HTTPServer) -> Iterator[str]:
    """Let a server answer as long as the block lasts; the value is its URL without a last slash."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def answering(answer: Answering) -> Iterator[str]:
    """Answer every request so as long as the block lasts; the value is the URL."""
    with running(ThreadingHTTPServer(("127.0.0.1", 0), handler_of(answer))) as url:
        yield url
