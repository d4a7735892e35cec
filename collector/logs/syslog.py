"""Sends messages to a syslog server from a thread of its own: who logs never waits.

What the server does not take in time waits in a bounded queue; what finds no room there is dropped
and counted. Syslog has no receipts: what was on its way when a connection broke may be lost.
"""

import contextlib
import logging
import queue
import random
import select
import socket
import ssl
import threading
from collections.abc import Callable
from typing import Any, Final, Protocol, cast

from collector.logs.options import Destination
from collector.logs.rfc5424 import Rfc5424, framed

log = logging.getLogger(__name__)

QUEUE_MESSAGES: Final = 10_000
"""About 5 MB: some minutes of a storm, days of a quiet province."""
TIMEOUT_SECONDS: Final = 5.0
FIRST_WAIT_SECONDS: Final = 0.5
MAX_WAIT_SECONDS: Final = 60.0
CLOSE_SECONDS: Final = 2.0
"""So long the last messages may take at the end."""


class Connection(Protocol):
    """Takes messages; both raise OSError."""

    def send(self, message: bytes) -> None:
        """Send one message."""

    def close(self) -> None:
        """End it."""


class SyslogHandler(logging.Handler):
    """Hands every record to the thread that sends; counts what was sent and what was dropped."""

    def __init__(
        self,
        formatter: Rfc5424,
        connect: Callable[[], Connection],
        queue_messages: int = QUEUE_MESSAGES,
    ) -> None:
        super().__init__()
        self._counted = {"sent": 0, "dropped": 0}
        self._counters: dict[str, Callable[[float], None]] = {}
        self.is_up: bool | None = None
        """Whether the last message could be sent; None: there was none yet."""
        self._rfc5424 = formatter
        self._connect = connect
        self._queue: queue.Queue[bytes | None] = queue.Queue(queue_messages)
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="syslog", daemon=True)
        self._thread.start()

    @property
    def counted(self) -> dict[str, int]:
        """How many messages were `sent` and `dropped` until now."""
        return dict(self._counted)

    def count(self, result: str, counter: Callable[[float], None]) -> None:
        """Let a counter have what was `sent` or `dropped`, until now and from now on."""
        counter(self._counted[result])
        self._counters[result] = counter

    def _count(self, result: str) -> None:
        self._counted[result] += 1
        if result in self._counters:
            self._counters[result](1)

    def emit(self, record: logging.LogRecord) -> None:
        """Take a record; never waits."""
        try:
            self._queue.put_nowait(self._rfc5424.message(record))
        except queue.Full:
            self._count("dropped")
        except Exception:  # noqa: BLE001 - logging shows it
            # As every handler of logging does: a record that cannot be formatted ends nothing.
            self.handleError(record)

    def close(self) -> None:
        """Send what waits, for a moment; then end."""
        if not self._closing.is_set():
            self._closing.set()
            with contextlib.suppress(queue.Full):
                self._queue.put_nowait(None)
            self._thread.join(CLOSE_SECONDS)
        super().close()

    def _run(self) -> None:
        connection: Connection | None = None
        while not (self._closing.is_set() and self._queue.empty()):
            message = self._queue.get()
            if message is None:
                break
            wait_seconds, is_last = FIRST_WAIT_SECONDS, False
            while (connection := self._sent(connection, message)) is None:
                if is_last:
                    return
                # All at once after the server's return would be a storm: they come scattered.
                is_last = self._closing.wait(wait_seconds * random.uniform(0.5, 1.0))  # noqa: S311 - no secret
                wait_seconds = min(2 * wait_seconds, MAX_WAIT_SECONDS)
        if connection is not None:
            connection.close()

    def _sent(self, connection: Connection | None, message: bytes) -> Connection | None:
        """Send a message; return the connection to go on with, None if it could not be sent."""
        try:
            connection = connection or self._connect()
            connection.send(message)
        except OSError as exc:
            if connection is not None:
                with contextlib.suppress(OSError):
                    connection.close()
            self._say(is_up=False, error=str(exc))
            return None
        self._count("sent")
        self._say(is_up=True)
        return connection

    def _say(self, *, is_up: bool, error: str = "") -> None:
        """Log a change once."""
        if is_up is self.is_up:
            return
        self.is_up = is_up
        if is_up:
            log.info("syslog server takes messages", extra={"dropped": self._counted["dropped"]})
        else:
            log.warning("syslog server cannot be reached", extra={"error": error})


class _Datagrams:
    """UDP (RFC 5426) or a local socket: one message, one datagram."""

    def __init__(self, to: Destination) -> None:
        if to.transport == "unix":
            family, address = socket.AF_UNIX, cast("Any", to.host)
        else:
            found = socket.getaddrinfo(to.host, to.port, type=socket.SOCK_DGRAM)[0]
            family, address = found[0], found[4]
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        self._socket.settimeout(TIMEOUT_SECONDS)
        try:
            self._socket.connect(address)
        except OSError:
            self._socket.close()
            raise

    def send(self, message: bytes) -> None:
        self._socket.send(message)

    def close(self) -> None:
        self._socket.close()


class _Stream:
    """TCP (RFC 6587) or TLS (RFC 5425), each message with its length in front."""

    def __init__(self, to: Destination, context: ssl.SSLContext | None) -> None:
        plain = socket.create_connection((to.host, to.port), TIMEOUT_SECONDS)
        try:
            self._socket = (
                plain if context is None else context.wrap_socket(plain, server_hostname=to.host)
            )
        except OSError:
            plain.close()
            raise

    def send(self, message: bytes) -> None:
        self._refuse_closed()
        self._socket.sendall(framed(message))

    def _refuse_closed(self) -> None:
        """Raise ConnectionError if the server ended: the first message after it would be lost."""
        if not select.select([self._socket], [], [], 0)[0]:
            return
        self._socket.settimeout(0)
        try:
            # A syslog server says nothing; of TLS it may be a ticket.
            if self._socket.recv(1024) == b"":
                raise ConnectionResetError("the server closed the connection")
        except (BlockingIOError, ssl.SSLWantReadError):
            pass
        finally:
            self._socket.settimeout(TIMEOUT_SECONDS)

    def close(self) -> None:
        self._socket.close()


def connector(to: Destination, ca_file: str | None) -> Callable[[], Connection]:
    """Return what connects to a server."""
    if to.transport in {"udp", "unix"}:
        return lambda: _Datagrams(to)
    if to.transport == "tcp":
        return lambda: _Stream(to, None)
    # Read anew at each connection: a CA that was renewed holds from then on.
    return lambda: _Stream(to, ssl.create_default_context(cafile=ca_file))
