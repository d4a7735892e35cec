"""One push to receivers that misbehave, over real HTTP on loopback."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from collector.history.channel import Start, line
from collector.history.options import RemoteWrite
from collector.history.receiver import Receiver
from collector.series.labels import Allowed
from tests.unit.deadlines import HANG_SECONDS
from tests.web_server import running

NOW = 1_790_000_000.0
SECRET = "first-half-of-the-secret"
Answers = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def _serving(answer: Answers) -> Iterator[str]:
    """Serve every push by `answer`; give the URL."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            answer(self)

        def log_message(self, *_: object) -> None: ...

    with running(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as url:
        yield f"{url}/api/v1/write"


def _refuse(handler: BaseHTTPRequestHandler, length: int) -> None:
    handler.send_response(400)
    handler.send_header("Content-Length", str(length))
    handler.end_headers()


def test_a_refusal_without_an_end_is_read_at_its_beginning_only() -> None:
    sent = []

    def endless(handler: BaseHTTPRequestHandler) -> None:
        _refuse(handler, 1 << 40)
        try:
            handler.wfile.write(b"out of order sample")
            while len(sent) < 1 << 12:
                handler.wfile.write(b"x" * (1 << 16))
                sent.append(1)
        except OSError:
            pass
        handler.close_connection = True

    with _serving(endless) as url:
        answer = Receiver(RemoteWrite(name="r", url=url)).push(b"body", NOW)

    assert answer.refused == "out_of_order"
    assert len(sent) < 1 << 12


def test_a_refusal_that_comes_byte_by_byte_holds_up_nothing_for_longer_than_an_answer_may() -> None:
    ended = threading.Event()

    def dripping(handler: BaseHTTPRequestHandler) -> None:
        _refuse(handler, 1 << 20)
        try:
            while not ended.wait(0.02):
                handler.wfile.write(b"x")
        except OSError:
            pass
        handler.close_connection = True

    with _serving(dripping) as url:
        answer = Receiver(RemoteWrite(name="r", url=url, timeout_seconds=2.0)).push(b"body", NOW)
        ended.set()

    assert answer.refused == "refused"


def test_a_connection_is_kept_after_a_whole_answer() -> None:
    clients = set()

    def refusing(handler: BaseHTTPRequestHandler) -> None:
        clients.add(handler.client_address)
        _refuse(handler, 3)
        handler.wfile.write(b"bad")

    with _serving(refusing) as url:
        receiver = Receiver(RemoteWrite(name="r", url=url))
        receiver.push(b"body", NOW)
        receiver.push(b"body", NOW)
        receiver.close()

    assert len(clients) == 1


@pytest.mark.parametrize(
    "content", [f"{SECRET}\nsecond line\n", f"{SECRET} word", f"{SECRET}é", ""]
)
def test_a_token_file_that_holds_no_token_is_said_without_repeating_it(
    tmp_path: Path, content: str
) -> None:
    file = tmp_path / "token"
    file.write_text(content, encoding="utf-8")
    options = RemoteWrite(name="r", url="http://127.0.0.1:1/", token_file=str(file))
    answer = Receiver(options).push(b"body", NOW)

    assert answer.retry
    assert answer.detail == (
        f"token or password cannot be used: {file}: expected one word of printable ASCII characters"
    )


def test_a_process_that_cannot_go_on_ends_without_an_abort(tmp_path: Path) -> None:
    """A thread of it reads standard input, which stays open."""
    position = tmp_path / "r.json"
    position.write_text("no position")
    receiver = RemoteWrite(name="r", url="http://127.0.0.1:1/")
    allowed = Allowed("centre", frozenset(), {})
    start = Start(receiver, str(tmp_path / "inbox"), str(position), allowed)
    with subprocess.Popen(
        [sys.executable, "-m", "collector.history", "r"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        process.stdin.write(line(start))
        process.stdin.flush()
        said = process.stderr.read().decode()
        assert process.wait(HANG_SECONDS) == 1

    assert "expected a position" in said
    assert "Fatal" not in said


def test_a_token_that_a_receiver_repeats_is_not_passed_on(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(SECRET)

    def repeats(handler: BaseHTTPRequestHandler) -> None:
        said = f"no access with {handler.headers['Authorization']}".encode()
        handler.send_response(401)
        handler.send_header("Content-Length", str(len(said)))
        handler.end_headers()
        handler.wfile.write(said)

    with _serving(repeats) as url:
        options = RemoteWrite(name="r", url=url, token_file=str(tmp_path / "token"))
        answer = Receiver(options).push(b"body", NOW)

    assert "HTTP 401: no access with Bearer ***" == answer.detail
