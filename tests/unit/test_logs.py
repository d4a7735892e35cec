"""What the collector's log looks like, and how it reaches a syslog server without ever waiting."""

import json
import logging
import math
import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from io import BufferedReader, StringIO
from pathlib import Path

import pytest

from agent.log import FieldFormatter
from collector.logs import syslog
from collector.logs.lines import JsonLines, TextLines, timestamp
from collector.logs.options import Destination, LogOptions, destination, mistakes
from collector.logs.rfc5424 import MAX_BYTES, MAX_UDP_BYTES, Rfc5424, framed
from collector.logs.syslog import SyslogHandler, connector
from govnet.journald import PriorityLines, is_journal
from tests.unit.deadlines import ANSWER_SECONDS, HANG_SECONDS

FORGED = "x\n2026-01-01T00:00:00Z INFO collector: forged\u2028\x1b[2J"


def record(
    event: str = "report refused", level: int = logging.INFO, **fields: object
) -> logging.LogRecord:
    made = logging.LogRecord("collector.intake", level, "file", 1, event, (), None)
    made.created = 1_790_000_000.25
    vars(made).update(fields)
    return made


def _refuse(text: str) -> None:
    raise ValueError(text)


def failed(text: str) -> logging.LogRecord:
    made = record("periodic work failed", logging.ERROR)
    try:
        _refuse(text)
    except ValueError:
        made.exc_info = sys.exc_info()
    return made


def test_a_line_of_text_has_time_level_place_event_and_its_fields():
    line = TextLines({"receiver": "vm"}).format(record(agent="0a1b", bytes=7))

    assert line == (
        "2026-09-21T14:13:20Z INFO collector.intake: report refused"
        " receiver='vm' agent='0a1b' bytes=7"
    )


def test_a_line_of_json_has_the_same():
    given = record(bytes=7, time="x", at=math.nan)
    row = json.loads(JsonLines({"receiver": "vm"}).format(given))

    assert row == {
        "time": "2026-09-21T14:13:20.250Z",
        "level": "info",
        "logger": "collector.intake",
        "event": "report refused",
        "receiver": "vm",
        "bytes": 7,
        "time_": "x",
        "at": "nan",
    }


@pytest.mark.parametrize("lines", [TextLines({}), JsonLines({}), FieldFormatter()])
def test_what_a_client_sent_forges_no_line(lines: logging.Formatter):
    assert len(lines.format(record(host=FORGED)).splitlines()) == 1
    for line in lines.format(failed(FORGED)).splitlines()[1:]:
        assert line.startswith("  ")


def test_a_message_of_rfc_5424_has_everything_at_its_place():
    made = Rfc5424(32473).message(record("ngắt", logging.WARNING, agent='a"]\\b', site="xa-a"))
    head, _, rest = made.decode().partition(" [")

    host = socket.gethostname()
    assert head == f"<28>1 2026-09-21T14:13:20.250000Z {host} govnet {os.getpid()} collector.intake"
    assert rest == (
        'meta sequenceId="1"][govnet@32473 agent="a\\"\\]\\\\b" site="xa-a"] \ufeffngắt'
    )


def test_messages_are_numbered_so_that_a_missing_one_shows():
    rfc5424 = Rfc5424(32473)

    assert [b'sequenceId="%d"' % n in rfc5424.message(record()) for n in (1, 2, 3)] == [True] * 3


@pytest.mark.parametrize("most", [MAX_BYTES, MAX_UDP_BYTES])
def test_a_long_message_is_cut_at_the_end_of_a_character_with_its_data_whole(most: int):
    fields = {f"f{n}": "ộ" * 400 for n in range(20)} if most == MAX_BYTES else {"f": "ộ" * 400}
    made = Rfc5424(32473, max_bytes=most).message(record("đ" * 9_000, **fields))

    assert most - 1 <= len(made) <= most
    assert '…"] \ufeffđđ' in made.decode()


def test_a_traceback_is_part_of_its_message():
    made = Rfc5424(32473).message(failed("hỏng\nhai"))

    assert b"\n" not in made
    assert made.decode().endswith("ValueError: hỏng\\nhai")


def test_the_length_stands_in_front_of_a_message_in_a_stream():
    assert framed("é".encode()) == b"2 \xc3\xa9"


def test_times_before_the_epoch_and_rounding_stay_right():
    assert timestamp(-0.5) == "1969-12-31T23:59:59.500Z"
    assert timestamp(1.9999999) == "1970-01-01T00:00:01.999Z"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("udp://siem.example", Destination("udp", "siem.example", 514)),
        ("tcp://198.18.0.9:1514", Destination("tcp", "198.18.0.9", 1514)),
        ("tls://[2001:db8::1]", Destination("tls", "2001:db8::1", 6514)),
        ("unix:/dev/log", Destination("unix", "/dev/log")),
        ("unix:///dev/log", Destination("unix", "/dev/log")),
    ],
)
def test_a_server_is_named_by_its_way_and_address(text: str, expected: Destination):
    assert destination(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "siem.example",
        "udp://",
        "http://a",
        "udp://a:0",
        "udp://a:99999",
        "tcp://a/b",
        "unix:log",
        "tcp://u:p@a",
    ],
)
def test_what_names_no_server_is_a_mistake(text: str):
    (mistake,) = mistakes(LogOptions(syslog=text))

    assert mistake[0] == "syslog"
    assert "expected udp://HOST[:PORT]" in mistake[1]


def test_a_ca_is_for_tls_only():
    assert mistakes(LogOptions(syslog="tls://a", syslog_ca_file="ca.pem")) == []
    assert [name for name, _ in mistakes(LogOptions(syslog="tcp://a", syslog_ca_file="c"))] == [
        "syslog_ca_file"
    ]


class Server:
    """A syslog server that may be away; what it got is in `got`."""

    def __init__(self) -> None:
        self.got: list[bytes] = []
        self.is_there = threading.Event()
        self.is_asked = threading.Event()
        self.connections = 0

    def connect(self) -> "Server":
        """Refuse while away."""
        self.is_asked.set()
        if not self.is_there.is_set():
            raise ConnectionRefusedError("nobody listens")
        self.connections += 1
        return self

    def send(self, message: bytes) -> None:
        """Take a message."""
        if not self.is_there.is_set():
            raise BrokenPipeError("gone")
        self.got.append(message)

    def close(self) -> None:
        """Nothing to end."""


@pytest.fixture
def handler_of() -> Iterator[Callable[..., SyslogHandler]]:
    made: list[SyslogHandler] = []

    def make(connect: Callable[[], object], **more: int) -> SyslogHandler:
        made.append(SyslogHandler(Rfc5424(32473), connect, **more))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_while_the_server_is_away_nobody_waits_and_what_finds_no_room_is_counted(
    handler_of: Callable[..., SyslogHandler], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(syslog, "CLOSE_SECONDS", HANG_SECONDS)
    server = Server()
    handler = handler_of(server.connect, queue_messages=5)
    handler.handle(record("0"))
    assert server.is_asked.wait(HANG_SECONDS)
    # The thread holds the first one; the queue takes five.
    for number in range(1, 11):
        handler.handle(record(str(number)))
    counted: list[float] = []
    handler.count("dropped", counted.append)
    assert counted == [5]
    handler.handle(record("11"))
    assert counted == [5, 1]

    server.is_there.set()
    handler.close()
    assert [message[-1:] for message in server.got] == [b"0", b"1", b"2", b"3", b"4", b"5"]
    assert server.connections == 1


def test_at_the_end_what_waits_is_sent_but_nobody_is_waited_for_long(
    handler_of: Callable[..., SyslogHandler],
):
    server = Server()
    handler = handler_of(server.connect)
    for _ in range(100):
        handler.handle(record())
    handler.close()
    handler.handle(record())

    assert server.got == []


def test_a_server_on_a_local_socket_gets_one_datagram_per_message(
    tmp_path: Path, handler_of: Callable[..., SyslogHandler]
):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(str(tmp_path / "log"))
        server.settimeout(ANSWER_SECONDS)
        handler_of(connector(Destination("unix", str(tmp_path / "log")), None)).handle(record())

        assert server.recv(9_000).startswith(b"<30>1 ")


def test_a_stream_that_the_server_closed_is_opened_anew_and_nothing_is_lost(
    handler_of: Callable[..., SyslogHandler],
):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(ANSWER_SECONDS)
        to = Destination("tcp", "127.0.0.1", server.getsockname()[1])
        handler = handler_of(connector(to, None))
        for event in ("one", "two", "three"):
            handler.handle(record(event))
            accepted, _ = server.accept()
            with accepted, accepted.makefile("rb") as stream:
                length = int(bytes(iter_until(stream)))
                assert stream.read(length).endswith(event.encode())


def iter_until(stream: BufferedReader) -> Iterator[int]:
    while (byte := stream.read(1)) != b" ":
        yield byte[0]


def test_the_journal_is_known_by_its_device_and_gets_the_importance_of_every_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    with (tmp_path / "journal").open("w") as stream:
        status = os.fstat(stream.fileno())
        monkeypatch.setenv("JOURNAL_STREAM", f"{status.st_dev}:{status.st_ino}")
        assert is_journal(stream)
        monkeypatch.setenv("JOURNAL_STREAM", "1:2")
        assert not is_journal(stream)
        assert not is_journal(StringIO())

    lines = PriorityLines(TextLines({})).format(failed("x")).splitlines()
    assert len(lines) > 3
    assert all(line.startswith("<3>") for line in lines)
    levels = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.CRITICAL: 2}
    for level, number in levels.items():
        assert PriorityLines(TextLines({})).format(record(level=level)).startswith(f"<{number}>")
