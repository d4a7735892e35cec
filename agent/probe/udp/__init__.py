"""Datagrams over UDP sockets, alike on Linux and Windows."""

import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from agent.probe.deadline import Deadline
from agent.probe.outcome import Outcome, PeerError
from agent.probe.trace import Trace

T = TypeVar("T")

_DATAGRAM_BYTES = 65535  # Windows refuses to cut off a datagram that is longer than the room.

STRAY_LIMIT = 100
"""Datagrams of a peer that are not the answer; one that floods us is not listened to any longer."""


def check_strays(count: int) -> None:
    """Raise PeerError(MALFORMED) when so many datagrams came that none more is waited for."""
    if count > STRAY_LIMIT:
        raise PeerError(Outcome.MALFORMED, f"{STRAY_LIMIT} datagrams, none the answer")


def receive(sock: socket.socket) -> bytes:
    """Return the next datagram of a connected socket; the socket's own time-out applies.

    Raises ConnectionRefusedError or PeerError(REFUSED) when the host says by ICMP that nothing
    listens there: Windows calls that a connection reset.
    """
    try:
        return sock.recv(_DATAGRAM_BYTES)
    except ConnectionResetError as exc:
        raise PeerError(Outcome.REFUSED, "the host says that nothing listens there") from exc


def receive_from(sock: socket.socket) -> tuple[bytes, tuple[str, int]]:
    """Return the next datagram of an unconnected socket, and who sent it (address, port).

    Raises as `receive`; only Windows reports refusals there without being asked to.
    """
    try:
        datagram, sender = sock.recvfrom(_DATAGRAM_BYTES)
    except ConnectionResetError as exc:
        raise PeerError(Outcome.REFUSED, "the host says that nothing listens there") from exc
    return datagram, (str(sender[0]), int(sender[1]))


@dataclass(slots=True)
class Asked:
    """How far a question has come, for a result that says so even when it fails."""

    first_sent_at: float = 0.0
    retransmissions: int = 0


def ask(
    sock: socket.socket,
    request: bytes,
    what: str,
    read: Callable[[bytes], T | None],
    *,
    interval_seconds: Callable[[int], float],
    deadline: Deadline,
    asked: Asked,
    trace: Trace,
) -> T:
    """Send a request over a connected socket until `read` makes something of what comes back.

    It is sent again `interval_seconds(n)` after it was sent again n times. The socket is connected,
    so the kernel drops datagrams from elsewhere and passes on the ICMP message of a host whose port
    is closed. Raises as `receive`, as `check_strays`, and TimeoutError at the deadline.
    """
    host, port = sock.getpeername()[:2]
    asked.first_sent_at = deadline.now()
    sock.send(request)
    trace(f"sent {what} over UDP to {host} port {port}")
    strays = 0
    while True:
        send_again_at = deadline.now() + interval_seconds(asked.retransmissions)
        while (until_again := send_again_at - deadline.now()) > 0:
            sock.settimeout(min(until_again, deadline.remaining_seconds()))
            try:
                datagram = receive(sock)
            except TimeoutError:
                continue  # Either it is time to send again, or the deadline will say so.
            answer = read(datagram)
            if answer is not None:
                return answer
            strays += 1
            check_strays(strays)
        deadline.remaining_seconds()
        sock.send(request)
        asked.retransmissions += 1
        trace(f"no answer yet; sent {what} again ({asked.retransmissions})")
