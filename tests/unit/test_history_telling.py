"""What becomes of the log lines of a history process reaches the collector's metrics."""

import logging
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from collector.history.channel import Done, Start, done_decoder, line
from collector.history.options import RemoteWrite
from collector.history.telling import Telling
from collector.logs.options import LogOptions
from collector.logs.rfc5424 import Rfc5424
from collector.logs.syslog import Connection, SyslogHandler
from collector.metrics.counts import Counts
from collector.metrics.selfmetrics import SelfMetrics
from collector.series.labels import Allowed

DONE = Done(1, {}, 0, 0, True, None)
ROOT = Path(__file__).parents[2]
PROCESS_SECONDS = 60.0


def _record() -> logging.LogRecord:
    return logging.LogRecord("x", logging.INFO, "", 0, "event", None, None)


@pytest.fixture
def crowded() -> Iterator[SyslogHandler]:
    """Return what holds a message for a server that is away, and has no room for another."""
    is_asked = threading.Event()

    def nobody() -> Connection:
        is_asked.set()
        raise ConnectionRefusedError("nobody listens")

    handler = SyslogHandler(Rfc5424(32473), nobody, queue_messages=1)
    handler.handle(_record())
    assert is_asked.wait(PROCESS_SECONDS), "the thread has the first one in its hand"
    handler.handle(_record())
    yield handler
    handler.close()


def test_what_was_dropped_is_told_once(crowded: SyslogHandler) -> None:
    told: list[bytes] = []
    tell = Telling(told.append, crowded)

    for _ in range(8):
        crowded.handle(_record())
    tell(DONE)
    tell(DONE)
    crowded.handle(_record())
    tell(DONE)

    assert [done_decoder.decode(one).syslog for one in told] == [
        {"sent": 0, "dropped": 8},
        {"sent": 0, "dropped": 0},
        {"sent": 0, "dropped": 1},
    ]


def test_without_a_syslog_server_nothing_is_told_of_one() -> None:
    told: list[bytes] = []

    Telling(told.append, None)(DONE)

    assert done_decoder.decode(told[0]) == DONE


def test_it_is_counted_beside_what_the_collector_itself_dropped(crowded: SyslogHandler) -> None:
    metrics = SelfMetrics("1")
    counts = Counts(metrics)
    counts.show_syslog(crowded)
    done = Done(1, {}, 0, 0, True, None, {"sent": 7, "dropped": 3})

    for _ in range(2):
        counts.history_done("prom", done)

    text = metrics.render().decode()
    assert 'govnet_collector_syslog_messages_total{result="dropped"} 6.0' in text
    assert 'govnet_collector_syslog_messages_total{result="sent"} 14.0' in text


@pytest.fixture
def syslog(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(str(tmp_path / "log"))
        server.settimeout(PROCESS_SECONDS)
        yield server


def test_a_process_that_cannot_go_on_says_so_to_the_syslog_server_before_it_ends(
    syslog: socket.socket, tmp_path: Path
) -> None:
    (tmp_path / "position.json").write_text("no position")
    start = Start(
        RemoteWrite(name="prom", url="http://127.0.0.1:1/"),
        str(tmp_path / "inbox"),
        str(tmp_path / "position.json"),
        Allowed("centre", frozenset(), {}),
        LogOptions(syslog=f"unix:{tmp_path / 'log'}"),
    )

    command = [sys.executable, "-m", "collector.history", "prom"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdin is not None
        process.stdin.write(line(start))
        process.stdin.flush()
        assert process.wait(PROCESS_SECONDS) == 1

    said = syslog.recv(9_000).decode()
    assert 'receiver="prom"' in said
    assert "history cannot be sent" in said
