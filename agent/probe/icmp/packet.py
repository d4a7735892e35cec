"""ICMP echo messages as bytes (RFC 792, RFC 4443); pure."""

import socket
import struct

_ECHO = struct.Struct("!BBHHH")
_ECHO_REQUEST: dict[int, int] = {socket.AF_INET: 8, socket.AF_INET6: 128}
_ECHO_REPLY: dict[int, int] = {socket.AF_INET: 0, socket.AF_INET6: 129}
_TIME_EXCEEDED: dict[int, int] = {socket.AF_INET: 11, socket.AF_INET6: 3}
_IPV4_HEADER_BYTES, _IPV6_HEADER_BYTES = 20, 40
_IPV4_PROTOCOL_ICMP, _IPV6_NEXT_HEADER_ICMP = 1, 58
SEQUENCE_LIMIT = 65536
TOKEN_BYTES = 8


def checksum(data: bytes) -> int:
    """Return the Internet checksum (RFC 1071)."""
    padded = data + b"\0" * (len(data) % 2)
    total: int = sum(struct.unpack(f"!{len(padded) // 2}H", padded))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def build_request(
    family: int, identifier: int, sequence: int, token: bytes, size_bytes: int
) -> bytes:
    """Return an echo request whose data of `size_bytes` bytes begin with `token`.

    For IPv6 the kernel fills in the checksum: it covers addresses that only the kernel knows.
    """
    data = token.ljust(size_bytes, b"\0")
    head = _ECHO.pack(_ECHO_REQUEST[family], 0, 0, identifier, sequence)
    if family == socket.AF_INET6:
        return head + data
    summed = checksum(head + data)
    return _ECHO.pack(_ECHO_REQUEST[family], 0, summed, identifier, sequence) + data


def without_ipv4_header(packet: bytes) -> bytes:
    """Return what follows the IPv4 header; nothing when the header is broken."""
    if len(packet) < _IPV4_HEADER_BYTES or packet[0] >> 4 != 4:  # noqa: PLR2004 - IP version
        return b""
    return packet[(packet[0] & 0xF) * 4 :]


def reply_sequence(family: int, message: bytes, token: bytes) -> int | None:
    """Return the sequence number of an echo reply to us, None for anything else.

    Only the token in the data tells that it is ours: of a datagram socket the kernel rewrites the
    identifier, and raw sockets see the replies to everybody on this machine.
    """
    if len(message) < _ECHO.size + len(token):
        return None
    kind, code, _, _, sequence = _ECHO.unpack_from(message)
    if (kind, code) != (_ECHO_REPLY[family], 0):
        return None
    if message[_ECHO.size : _ECHO.size + len(token)] != token:
        return None
    return int(sequence)


def expired_echo(family: int, message: bytes) -> tuple[int, int] | None:
    """Return identifier and sequence of the echo request whose TTL a router saw run out.

    None for anything else. A router returns at least the IP header and 8 bytes after it: enough
    for both numbers, not for the token.
    """
    if len(message) < _ECHO.size or message[0] != _TIME_EXCEEDED[family] or message[1] != 0:
        return None
    original = message[_ECHO.size :]
    if family == socket.AF_INET:
        echo = without_ipv4_header(original)
        if len(original) < _IPV4_HEADER_BYTES or original[9] != _IPV4_PROTOCOL_ICMP:
            return None
    else:
        echo = original[_IPV6_HEADER_BYTES:]
        if len(original) < _IPV6_HEADER_BYTES or original[6] != _IPV6_NEXT_HEADER_ICMP:
            return None
    if len(echo) < _ECHO.size or echo[0] != _ECHO_REQUEST[family]:
        return None
    _, _, _, identifier, sequence = _ECHO.unpack_from(echo)
    return int(identifier), int(sequence)
