"""Fuzz target: arbitrary bytes, in arbitrary pieces, into the collector's HTTP layer.

The real collector stands behind the real protocol class; only the socket and the clock are ours.
The input's first byte says what it is:

- even: the bytes of a connection as they are;
- odd: the body of a batch that is signed with the right key, so that everything behind the code
  is reached too.

The second byte and those after it give the lengths of the pieces. Nothing may come out of
`data_received` as an exception, every connection ends by itself when time passes, and a client
that is not read from holds no more than a few buffers.
"""

import asyncio
import atexit
import itertools
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import uvicorn
from uvicorn.server import ServerState

from collector.config import Config
from collector.intake.connection import GuardedProtocol
from collector.process import Collector
from collector.server import Application
from collector.store import open_store
from collector.store.registry import NewKey, enrol
from govnet.report import HEADER_AGENT, HEADER_KEY, HEADER_SIGNATURE, PATH_REPORTS, Purpose, sign
from inventory.load import load

MAX_PIECES = 32
MAX_HELD_BYTES = 1 << 20
REAL_SECONDS = 10.0
"""So long the machine may really need for one input."""

INVENTORY = """\
province: {id: lam-dong, code: "68", name: Tỉnh Lâm Đồng, operator: Sở KH&CN, centre: trung-tam}
report_interval_seconds: 60
carriers: [{id: vnpt, name: VNPT}]
profiles:
  machines: [{id: pc, name: Máy tính, role: pc}]
units: [{id: xa, name: Xã Đơn Dương, kind: commune}]
sites:
  - {id: trung-tam, name: Trung tâm dữ liệu, kind: data_centre, unit: xa, networks: [198.18.0.0/24]}
"""


class _Clock(asyncio.SelectorEventLoop):
    """A loop whose clock can be put forward."""

    ahead_seconds = 0.0

    def time(self) -> float:
        """Return the loop's time."""
        return super().time() + self.ahead_seconds


class _Transport(asyncio.Transport):
    """A socket's place: keeps what was written, and closes when it is told to."""

    def __init__(self, loop: asyncio.AbstractEventLoop, host: str) -> None:
        super().__init__({"peername": (host, 50_000), "sockname": ("127.0.0.1", 8470)})
        self._loop = loop
        self.protocol: Any = None
        self.written = bytearray()
        self.is_paused = False
        self._closing = False

    def is_closing(self) -> bool:
        """Whether it is closed or about to be."""
        return self._closing

    def write(self, data: Any) -> None:
        """Keep what the server says; after the end it goes nowhere."""
        if not self._closing:
            self.written += data

    def pause_reading(self) -> None:
        """Let the client wait."""
        self.is_paused = True

    def resume_reading(self) -> None:
        """Let the client go on."""
        self.is_paused = False

    def close(self) -> None:
        """Close as asyncio does: the protocol hears of it in the loop's next turn."""
        if not self._closing:
            self._closing = True
            self._loop.call_soon(self.protocol.connection_lost, None)

    def abort(self) -> None:
        """Close at once."""
        self.close()

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Take over the protocol."""
        self.protocol = protocol

    def get_write_buffer_size(self) -> int:
        """Return 0: this client reads everything."""
        return 0


class _Server:
    """One collector, used by every input of this process."""

    def __init__(self) -> None:
        folder = Path(tempfile.mkdtemp(prefix="govnet-fuzz-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        inventory = folder / "inventory.yaml"
        inventory.write_text(INVENTORY, encoding="utf-8")
        store = open_store(folder / "data")
        self.key: NewKey = enrol(store, load(inventory), "trung-tam", None, time.time())
        store.close()
        self.loop = _Clock()
        atexit.register(self.loop.close)
        self.hosts = _hosts()
        self.failures: list[str] = []
        self.loop.set_exception_handler(
            lambda _, context: self.failures.append(repr(context.get("exception") or context))
        )
        config = Config(
            inventory=str(inventory),
            data_dir=str(folder / "data"),
            agent_batches_per_minute=1 << 20,
        )
        self.config = self.loop.run_until_complete(self._configured(config))
        self.config.load()
        self.state = ServerState()

    async def _configured(self, config: Config) -> uvicorn.Config:
        collector = Collector(config)
        application = Application(
            collector.path, collector.enrol_path, collector.rest(), collector.counts, config
        )
        return uvicorn.Config(
            application, http=GuardedProtocol, ws="none", lifespan="off", log_config=None
        )

    def settle(self, seconds: float = 0.0) -> None:
        """Put the clock forward and let everything happen that is due."""
        self.loop.ahead_seconds += seconds
        ends_at = time.monotonic() + REAL_SECONDS
        self.loop.run_until_complete(asyncio.sleep(0))
        while any(not task.done() for task in self.state.tasks) and time.monotonic() < ends_at:
            before = len(self.state.tasks)
            self.loop.run_until_complete(asyncio.sleep(0.0005))
            if before == len(self.state.tasks) and self._all_wait_for_client():
                break

    def _all_wait_for_client(self) -> bool:
        """Whether every request under way waits for its body."""
        cycles = [protocol.cycle for protocol in self.state.connections]  # type: ignore[union-attr]
        return all(cycle is not None and cycle.more_body for cycle in cycles)


def _hosts() -> Iterator[str]:
    """Yield client addresses: one alone would soon be refused for its many mistakes."""
    for number in itertools.count():
        yield f"198.18.{number >> 8 & 255}.{number & 255}"


_server: _Server | None = None


def _the_server() -> _Server:
    global _server  # noqa: PLW0603 - made by the first input, not by an import
    if _server is None:
        _server = _Server()
    return _server


def signed(body: bytes, key: NewKey, *, chunked: bool) -> bytes:
    """Return a whole request for a batch with that body."""
    head = (
        f"POST {PATH_REPORTS} HTTP/1.1\r\nHost: x\r\n"
        f"{HEADER_AGENT}: {key.identity.agent}\r\n{HEADER_KEY}: {key.key}\r\n"
        f"{HEADER_SIGNATURE}: {sign(key.secret, Purpose.BATCH, body)}\r\n"
    )
    if chunked:
        size = f"{len(body):x}\r\n".encode()
        framed = size + body + b"\r\n0\r\n\r\n" if body else b"0\r\n\r\n"
        return head.encode() + b"Transfer-Encoding: chunked\r\n\r\n" + framed
    return head.encode() + b"Content-Length: %d\r\n\r\n" % len(body) + body


def feed(data: bytes) -> None:
    """Hold one connection with the collector."""
    if len(data) < 2:  # noqa: PLR2004 - what it is, and how many pieces
        return
    server = _the_server()
    number = data[1] % MAX_PIECES
    lengths, stream = data[2 : 2 + number], data[2 + number :]
    if data[0] % 2:
        body = stream.replace(b"@AGENT@", server.key.identity.agent.encode())
        stream = signed(body, server.key, chunked=bool(data[0] & 2))
    transport = _Transport(server.loop, next(server.hosts))
    protocol = GuardedProtocol(
        config=server.config, server_state=server.state, app_state={}, _loop=server.loop
    )
    transport.protocol = protocol
    protocol.connection_made(transport)
    server.settle()
    for piece in _pieces(stream, lengths):
        if transport.is_closing():
            break
        if transport.is_paused:
            server.settle()
        if transport.is_paused:
            break  # A real client would wait now; the clock goes on.
        protocol.data_received(piece)
        cycle = protocol.cycle
        held = len(getattr(cycle, "body", b"")) if cycle is not None else 0
        assert held <= MAX_HELD_BYTES, f"{held} bytes of a body wait in memory"
        server.settle()
    _end(server, transport)


def _pieces(stream: bytes, lengths: bytes) -> list[bytes]:
    pieces, at = [], 0
    for length in lengths:
        pieces.append(stream[at : at + length])
        at += length
    return [piece for piece in (*pieces, stream[at:]) if piece]


def _end(server: _Server, transport: _Transport) -> None:
    """Let time pass until the connection has ended by itself, and nothing is left of it."""
    for _ in range(8):
        server.settle(120.0)
        if not server.state.connections and not server.state.tasks:
            break
    assert transport.is_closing(), "the connection stays open for ever"
    assert not server.state.connections, "a closed connection is remembered"
    assert not server.state.tasks, "a request of a closed connection goes on"
    said = bytes(transport.written)
    assert not said or said.startswith(b"HTTP/1.1 "), said[:80]
    assert not said.startswith(b"HTTP/1.1 500"), said[:200]
    failures, server.failures = server.failures, []
    assert not failures, failures
