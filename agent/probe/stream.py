"""A connected byte stream whose every read has a length limit and one common deadline."""

import socket
from typing import Self

from agent.probe.deadline import Deadline
from agent.probe.outcome import Outcome, PeerError

_RECEIVE_BYTES = 4096


class Stream:
    """A connected socket under a deadline. Methods raise OSError; outcome.py classifies it.

    The stream owns the socket. `tls.py` replaces it in place after STARTTLS.
    """

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self.sock = sock
        self.deadline = deadline
        self._buffer = bytearray()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the socket; closing twice is harmless."""
        self.sock.close()

    def send(self, data: bytes) -> None:
        """Send all of `data`."""
        self.sock.settimeout(self.deadline.remaining_seconds())
        self.sock.sendall(data)

    def _fill(self) -> bool:
        """Wait for more bytes; False when the peer has closed."""
        self.sock.settimeout(self.deadline.remaining_seconds())
        data = self.sock.recv(_RECEIVE_BYTES)
        self._buffer += data
        return bool(data)

    def read_line(self, limit_bytes: int) -> bytes:
        """Return the next line without its CR LF (or LF).

        Raises PeerError: CLOSED when the peer ends before the line does, MALFORMED when the line
        is longer than `limit_bytes`.
        """
        while True:
            end = self._buffer.find(b"\n", 0, limit_bytes + 1)
            if end >= 0:
                line = bytes(self._buffer[:end])
                del self._buffer[: end + 1]
                return line.removesuffix(b"\r")
            if len(self._buffer) > limit_bytes:
                raise PeerError(Outcome.MALFORMED, f"a line longer than {limit_bytes} bytes")
            if not self._fill():
                raise PeerError(Outcome.CLOSED, "the peer closed the connection")

    def read_exactly(self, count_bytes: int) -> bytes:
        """Return the next `count_bytes` bytes; the caller bounds the number.

        Raises PeerError(CLOSED) when the peer ends before.
        """
        while len(self._buffer) < count_bytes:
            if not self._fill():
                raise PeerError(Outcome.CLOSED, "the peer closed the connection")
        data = bytes(self._buffer[:count_bytes])
        del self._buffer[:count_bytes]
        return data

    def has_unread(self) -> bool:
        """Tell whether bytes have arrived that nobody has read yet."""
        return bool(self._buffer)

    def wait(self) -> bool:
        """Wait until at least one unread byte is there; False when the peer has closed."""
        return bool(self._buffer) or self._fill()

    def read_into(self, target: memoryview) -> int:
        """Fill `target` with at least one byte and return the count; 0 when the peer has closed."""
        if not self._buffer and not self._fill():
            return 0
        count = min(len(target), len(self._buffer))
        target[:count] = self._buffer[:count]
        del self._buffer[:count]
        return count
