"""Echoes through ICMP sockets: datagram (no right needed where allowed) and raw (CAP_NET_RAW)."""

import contextlib
import secrets
import select
import socket
import struct
import sys
from typing import Self

from agent.probe.deadline import Clock, Deadline
from agent.probe.echo import Method
from agent.probe.icmp.packet import (
    TOKEN_BYTES,
    build_request,
    expired_echo,
    reply_sequence,
    without_ipv4_header,
)
from agent.probe.resolve import Endpoint
from agent.probe.udp.header import never_fragment

if sys.platform == "win32":
    raise ImportError("Windows gives ICMP sockets to administrators only: windows.py")

_PACKET_BYTES = 65535
_PROTOCOL: dict[int, int] = {
    socket.AF_INET: socket.IPPROTO_ICMP,
    socket.AF_INET6: socket.IPPROTO_ICMPV6,
}
# linux/in.h, linux/in6.h, linux/errqueue.h: names that Python 3.11 lacks.
_IP_RECVERR, _IPV6_RECVERR = 11, 25
_EXTENDED_ERROR = struct.Struct("=IBBBBII")
_ORIGIN: dict[int, int] = {socket.AF_INET: 2, socket.AF_INET6: 3}
_TIME_EXCEEDED: dict[int, int] = {socket.AF_INET: 11, socket.AF_INET6: 3}


class IcmpSocket:
    """An EchoPort over one ICMP socket; opening raises OSError where the right is missing.

    With `whole`, echoes that do not pass in one piece do not pass at all.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        method: Method,
        size_bytes: int,
        clock: Clock,
        ttl: int = 0,
        *,
        whole: bool = False,
    ) -> None:
        self.method = method
        self._endpoint = endpoint
        self._target = (endpoint.address, 0, *endpoint.sockaddr[2:])
        self._size_bytes = size_bytes
        self._clock = clock
        self._token = secrets.token_bytes(TOKEN_BYTES)
        self._identifier = secrets.randbelow(0x10000)
        kind = socket.SOCK_DGRAM if method is Method.DATAGRAM else socket.SOCK_RAW
        self._sock = socket.socket(endpoint.family, kind, _PROTOCOL[endpoint.family])
        self._poll = select.poll()
        self._poll.register(self._sock, select.POLLIN)  # POLLERR is always reported.
        try:
            self._set_up(ttl)
            if whole:
                never_fragment(self._sock)
        except BaseException:
            self._sock.close()
            raise

    def _set_up(self, ttl: int) -> None:
        self._sock.setblocking(False)
        is_ipv4 = self._endpoint.family == socket.AF_INET
        level = socket.IPPROTO_IP if is_ipv4 else socket.IPPROTO_IPV6
        if not ttl:
            # A connected raw socket is spared the replies from other hosts to other programs. That
            # there is no way to the target is a finding of the first send, not of opening.
            with contextlib.suppress(OSError):
                self._sock.connect(self._target)
            return
        self._sock.setsockopt(level, socket.IP_TTL if is_ipv4 else socket.IPV6_UNICAST_HOPS, ttl)
        if self.method is Method.DATAGRAM:
            self._sock.setsockopt(level, _IP_RECVERR if is_ipv4 else _IPV6_RECVERR, 1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._sock.close()

    def send(self, sequence: int) -> None:
        """Send one echo request."""
        request = build_request(
            self._endpoint.family, self._identifier, sequence, self._token, self._size_bytes
        )
        self._sock.sendto(request, self._target)

    def _read(self) -> tuple[bytes, str] | None:
        """Return the next ICMP message and its sender, without waiting."""
        try:
            packet, sender = self._sock.recvfrom(_PACKET_BYTES)
        except OSError:
            # Nothing there after all, or an ICMP error about one of our probes: that one is lost.
            return None
        if self.method is Method.RAW and self._endpoint.family == socket.AF_INET:
            packet = without_ipv4_header(packet)
        return packet, str(sender[0])

    def receive(self, wait_seconds: float) -> tuple[int, float] | None:
        """Return number and time of the next reply to one of our probes."""
        until = self._clock() + wait_seconds
        while (left := until - self._clock()) > 0:
            ready = self._poll.poll(left * 1000)
            arrived_at = self._clock()
            message = self._read() if ready else None
            if message is None:
                return None
            if message[1].partition("%")[0] != self._endpoint.address.partition("%")[0]:
                continue
            sequence = reply_sequence(self._endpoint.family, message[0], self._token)
            if sequence is not None:
                return sequence, arrived_at
        return None

    def hop(self, sequence: int, deadline: Deadline) -> tuple[str, bool] | None:
        """Return who answered the probe: its address, and whether it is the destination itself.

        None when nobody did before the deadline.
        """
        while True:
            try:
                left = deadline.remaining_seconds()
            except TimeoutError:
                return None
            self._poll.poll(left * 1000)
            expired = self._expired_from_error_queue()
            if expired is not None:
                return expired, False
            message = self._read()
            if message is None:
                continue
            packet, sender = message
            if reply_sequence(self._endpoint.family, packet, self._token) == sequence:
                return sender, True
            if expired_echo(self._endpoint.family, packet) == (self._identifier, sequence):
                return sender, False

    def _expired_from_error_queue(self) -> str | None:
        """Return the router that reported our probe's TTL as run out (Linux, ip(7) IP_RECVERR)."""
        if self.method is not Method.DATAGRAM:
            return None
        family = self._endpoint.family
        try:
            _, controls, _, _ = self._sock.recvmsg(512, 512, socket.MSG_ERRQUEUE)
        except OSError:
            return None
        for _, _, data in controls:
            if len(data) < _EXTENDED_ERROR.size:
                continue
            _, origin, kind, code, _, _, _ = _EXTENDED_ERROR.unpack_from(data)
            if (origin, kind, code) != (_ORIGIN[family], _TIME_EXCEEDED[family], 0):
                continue
            # After the error comes the offender's socket address: family, port, (flow,) address.
            start, length = (4, 4) if family == socket.AF_INET else (8, 16)
            packed = data[_EXTENDED_ERROR.size + start :][:length]
            if len(packed) == length:
                return socket.inet_ntop(family, packed)
        return None
