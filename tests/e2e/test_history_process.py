"""The process that sends history: it ends with the collector, and it is started again."""

import contextlib
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import psutil
import pytest

from collector.history.messages import decode_request
from govnet.report import Clock, Report, Result, Sample, encode_batch, encode_report

pytestmark = pytest.mark.e2e

WAIT_SECONDS = 60.0


class Store(HTTPServer):
    """A receiver that keeps what it is sent; `status` is what it answers."""

    def __init__(self) -> None:
        self.status = 204
        self.held: Counter[float] = Counter()
        self.authorization: set[str | None] = set()
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Store

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.authorization.add(self.headers["Authorization"])
        if self.server.status < 300:
            for labels, points in decode_request(body):
                if labels["__name__"] == "govnet_machine_uptime_seconds":
                    self.server.held.update(value for _, value in points)
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def store() -> Iterator[Store]:
    server = Store()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(10)


@pytest.fixture
def collector(tmp_path: Path, store: Store, collector_process: Callable[..., Any]) -> Any:
    path = tmp_path / "collector.toml"
    (tmp_path / "token").write_text("a-token-of-the-receiver\n")
    path.write_text(
        f'[[remote_write]]\nname = "store"\nurl = "http://127.0.0.1:{store.server_port}/w"\n'
        'token_file = "token"\n'
    )
    return collector_process("--config", str(path))


def _send(collector: Any, seq: int) -> None:
    identity = collector.key.identity
    sample = Sample("govnet_machine_uptime_seconds", float(seq))
    now = time.time()
    report = Report(
        seq,
        now,
        float(seq),
        "b",
        60.0,
        "",
        (Result("machine", identity.machine, 0.1, 0.0, None, (sample,)),),
    )
    batch = encode_batch(
        identity.agent, "0" * 16, Clock(now, float(seq), "b"), [encode_report(report)]
    )
    assert collector.post(batch.body)[0] == 200


def _until(is_true: Callable[[], bool], what: str) -> None:
    ends_at = time.monotonic() + WAIT_SECONDS
    while not is_true():
        assert time.monotonic() < ends_at, what
        time.sleep(0.1)


def _child(collector: Any) -> psutil.Process | None:
    for child in psutil.Process(collector.process.pid).children():
        with contextlib.suppress(psutil.NoSuchProcess):
            if "collector.history" in child.cmdline():
                return child
    return None


def _until_first_is_done(collector: Any, store: Store) -> None:
    """Wait until the first report is there and it is noted that it is: else it may come twice."""
    _until(lambda: store.held[1.0] == 1, "nothing was sent")
    taken = "govnet_collector_history_samples_total"
    _until(lambda: collector.counted(taken).get("store", 0.0) > 0, "nobody knows that it was sent")


def test_a_history_process_that_dies_is_started_again_and_goes_on(collector: Any, store: Store):
    _send(collector, 1)
    _until_first_is_done(collector, store)
    assert store.authorization == {"Bearer a-token-of-the-receiver"}
    child = _child(collector)
    assert child is not None
    child.send_signal(signal.SIGKILL)
    child.wait(30)
    _send(collector, 2)
    _until(lambda: store.held[2.0] == 1, "it was not started again")

    assert "history process ended; it is started again" in collector.log.read_text()
    assert store.held == {1.0: 1, 2.0: 1}


def test_a_history_process_ends_with_its_collector_and_the_next_one_goes_on(
    collector: Any, store: Store
):
    _send(collector, 1)
    _until_first_is_done(collector, store)
    child = _child(collector)
    assert child is not None
    collector.kill()
    _until(lambda: not child.is_running(), "it outlives its collector")
    collector.start()
    _send(collector, 2)
    _until(lambda: store.held[2.0] == 1, "nothing was sent after the restart")
    child = _child(collector)
    assert child is not None
    assert collector.stop() == 0

    assert not child.is_running()
    assert store.held == {1.0: 1, 2.0: 1}


def test_while_the_receiver_is_away_nothing_is_lost_and_it_is_told_once(
    collector: Any, store: Store
):
    store.status = 503
    for seq in range(1, 6):
        _send(collector, seq)
    key = 'govnet_collector_history_up{receiver="store"} '
    failures = "govnet_collector_history_failures_total"
    _until(lambda: collector.counted(failures)["store"] > 0, "its absence is not counted")
    _until(lambda: key + "0.0" in collector.get("/metrics")[1].decode(), "its absence is not seen")
    store.status = 204
    _until(lambda: len(store.held) == 5, "it did not catch up")
    _until(
        lambda: key + "1.0" in collector.get("/metrics")[1].decode(), "it is not seen to be back"
    )

    assert store.held == {float(seq): 1 for seq in range(1, 6)}
    said = collector.log.read_text()
    assert said.count("receiver is away") == said.count("receiver is back") == 1
    assert "a-token-of-the-receiver" not in said
