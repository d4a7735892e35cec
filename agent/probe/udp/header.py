"""Datagrams with what their IP header said: DSCP, TTL, and the kernel's time of arrival.

Linux says all of it. Python on Windows has no way to ask (no recvmsg), and Windows ignores the
DSCP that a program sets: there everything is None and the time is that of the reading.
"""

import socket
import struct
import sys
import time
from dataclasses import dataclass
from typing import Any

LONGEST_DATAGRAM_BYTES = 65535

CAN_MARK = sys.platform == "linux"
"""Whether this machine sends the DSCP that it is told to, and sees what arrives."""

# asm-generic/socket.h, linux/in.h, linux/in6.h: names that Python 3.11 lacks.
_SO_TIMESTAMPNS, _IP_RECVTTL, _IP_TTL = 35, 12, 2
_IP_MTU_DISCOVER, _IPV6_MTU_DISCOVER, _IPV6_DONTFRAG = 10, 23, 62
_PMTUDISC_PROBE = 3
_TIMESPEC = struct.Struct("@qq")
_INT = struct.Struct("@i")
_BILLION = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Arrival:
    """One datagram; `arrived_ns` is the wall clock's time in nanoseconds."""

    data: bytes
    sender: Any
    arrived_ns: int
    dscp: int | None = None
    ttl: int | None = None


def ask_for_headers(sock: socket.socket) -> None:
    """Have the kernel tell, with every datagram, when it came and what its IP header said."""
    if sys.platform != "linux":
        return
    sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
    if sock.family == socket.AF_INET:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_RECVTOS, 1)
        sock.setsockopt(socket.IPPROTO_IP, _IP_RECVTTL, 1)
    else:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVTCLASS, 1)
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVHOPLIMIT, 1)


def receive(sock: socket.socket) -> Arrival:
    """Return the next datagram. Raises what recv raises."""
    if sys.platform != "linux":
        data, sender = sock.recvfrom(LONGEST_DATAGRAM_BYTES)
        return Arrival(data, sender, time.time_ns())
    data, controls, _, sender = sock.recvmsg(LONGEST_DATAGRAM_BYTES, 256)
    arrived_ns = time.time_ns()
    dscp = ttl = None
    for level, kind, value in controls:
        if (level, kind) == (socket.SOL_SOCKET, _SO_TIMESTAMPNS):
            if len(value) == _TIMESPEC.size:  # Of 64-bit systems; others keep the time of reading.
                seconds, rest = _TIMESPEC.unpack(value)
                arrived_ns = seconds * _BILLION + rest
        elif (level, kind) == (socket.IPPROTO_IP, socket.IP_TOS):
            dscp = value[0] >> 2
        elif (level, kind) == (socket.IPPROTO_IPV6, socket.IPV6_TCLASS):
            dscp = _INT.unpack(value)[0] >> 2
        elif (level, kind) in (
            (socket.IPPROTO_IP, _IP_TTL),
            (socket.IPPROTO_IPV6, socket.IPV6_HOPLIMIT),
        ):
            ttl = _INT.unpack(value)[0]
    return Arrival(data, sender, arrived_ns, dscp, ttl)


def mark(sock: socket.socket, dscp: int) -> None:
    """Send everything with this DSCP from now on (RFC 2474), where the system allows it."""
    if sock.family == socket.AF_INET:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, dscp << 2)
    elif sys.platform == "linux":
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_TCLASS, dscp << 2)


def marked(family: int, dscp: int) -> list[tuple[int, int, bytes]]:
    """Return the control message of `sendmsg` that sends one datagram with this DSCP (Linux)."""
    if family == socket.AF_INET:
        return [(socket.IPPROTO_IP, socket.IP_TOS, _INT.pack(dscp << 2))]
    return [(socket.IPPROTO_IPV6, socket.IPV6_TCLASS, _INT.pack(dscp << 2))]


def never_fragment(sock: socket.socket) -> None:
    """Send whole or not at all, whatever was learnt of the path before (ip(7), Linux).

    What is larger than this machine's own adapter takes is refused with EMSGSIZE.
    """
    if sock.family == socket.AF_INET:
        sock.setsockopt(socket.IPPROTO_IP, _IP_MTU_DISCOVER, _PMTUDISC_PROBE)
    else:
        sock.setsockopt(socket.IPPROTO_IPV6, _IPV6_MTU_DISCOVER, _PMTUDISC_PROBE)
        sock.setsockopt(socket.IPPROTO_IPV6, _IPV6_DONTFRAG, 1)
