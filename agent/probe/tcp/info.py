"""What the kernel knows of a TCP connection: round-trip time, retransmissions, path MTU.

Linux only (struct tcp_info of linux/tcp.h, tcp(7)): it costs no packet. Windows has SIO_TCP_INFO,
which Python does not reach; there nothing is said.
"""

import socket
import struct
from dataclasses import dataclass

_FIELDS = struct.Struct("=8B24I")
"""Eight bytes of state, then 32-bit words as far as tcpi_total_retrans: unchanged since 2.6."""
_PATH_MTU, _RTT_MICROSECONDS, _TOTAL_RETRANSMITS = 21, 23, 31  # Places of tcpi_pmtu, _rtt, ...


@dataclass(frozen=True, slots=True)
class TcpInfo:
    """What one connection has seen so far."""

    rtt_seconds: float
    """Smoothed round-trip time, as TCP reckons it."""
    retransmits: int
    path_mtu_bytes: int


def parse(raw: bytes) -> TcpInfo | None:
    """Return what a `struct tcp_info` says, None when it is too short to be one."""
    if len(raw) < _FIELDS.size:
        return None
    fields = _FIELDS.unpack_from(raw)
    return TcpInfo(fields[_RTT_MICROSECONDS] / 1e6, fields[_TOTAL_RETRANSMITS], fields[_PATH_MTU])


def read(sock: socket.socket) -> TcpInfo | None:
    """Return what the kernel knows of a connected socket, None where it does not say."""
    option = getattr(socket, "TCP_INFO", None)
    if option is None:
        return None
    try:
        return parse(sock.getsockopt(socket.IPPROTO_TCP, option, _FIELDS.size))
    except OSError:
        return None
