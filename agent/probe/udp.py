"""Datagrams over UDP sockets, alike on Linux and Windows."""

import socket

from agent.probe.outcome import Outcome, PeerError

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
