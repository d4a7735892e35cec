"""Echoes on Windows by IcmpSendEcho2 and Icmp6SendEcho2 of iphlpapi.dll: no right is needed.

Microsoft's reference: "icmpapi.h header". The calls block until an answer or the time-out, and the
round-trip time they report is in whole milliseconds, so we time them ourselves.
"""

import ctypes
import socket
import struct
import sys
import time
from collections.abc import Callable
from typing import Any, Self

from agent.probe.deadline import Clock, Deadline
from agent.probe.echo import Method
from agent.probe.resolve import Endpoint
from govnet.errors import CheckError

_SUCCESS, _TTL_EXPIRED_IN_TRANSIT = 0, 11013
_REPLY_SPARE_BYTES = 8 + 16  # An ICMP error message and an IO_STATUS_BLOCK.
_WINDOWS_AF_INET6 = 23


class _Options(ctypes.Structure):
    """IP_OPTION_INFORMATION."""

    _fields_ = (
        ("ttl", ctypes.c_ubyte),
        ("tos", ctypes.c_ubyte),
        ("flags", ctypes.c_ubyte),
        ("options_size", ctypes.c_ubyte),
        ("options_data", ctypes.c_void_p),
    )


class EchoReply4(ctypes.Structure):
    """ICMP_ECHO_REPLY."""

    _fields_ = (
        ("address", ctypes.c_ubyte * 4),
        ("status", ctypes.c_uint32),
        ("round_trip_time", ctypes.c_uint32),
        ("data_size", ctypes.c_uint16),
        ("reserved", ctypes.c_uint16),
        ("data", ctypes.c_void_p),
        ("options", _Options),
    )


class _Address6(ctypes.Structure):
    """IPV6_ADDRESS_EX."""

    _pack_ = 1
    _fields_ = (
        ("port", ctypes.c_uint16),
        ("flow", ctypes.c_uint32),
        ("address", ctypes.c_ubyte * 16),
        ("scope", ctypes.c_uint32),
    )


class EchoReply6(ctypes.Structure):
    """ICMPV6_ECHO_REPLY."""

    _fields_ = (
        ("address", _Address6),
        ("status", ctypes.c_uint32),
        ("round_trip_time", ctypes.c_uint32),
    )


def load_library() -> Any:
    """Return iphlpapi.dll. Raises CheckError where there is no Windows."""
    if sys.platform != "win32":
        raise CheckError("iphlpapi.dll exists on Windows only")
    return ctypes.WinDLL("iphlpapi.dll")


def _call(library: Any, name: str, result: Any) -> Callable[..., Any]:
    function = getattr(library, name)
    function.restype = result
    return function  # type: ignore[no-any-return] # The library is known only at run time.


def _sockaddr6(address: str, scope: int) -> ctypes.Array[ctypes.c_char]:
    """Return a SOCKADDR_IN6."""
    packed = socket.inet_pton(socket.AF_INET6, address.partition("%")[0])
    raw = struct.pack("=HHI16sI", _WINDOWS_AF_INET6, 0, 0, packed, scope)
    return ctypes.create_string_buffer(raw, len(raw))


class WindowsEcho:
    """An EchoPort whose `send` waits for the answer and whose `receive` hands it out.

    `library` is iphlpapi.dll or something that answers like it.
    """

    method = Method.WINDOWS

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        timeout_seconds: float,
        size_bytes: int,
        clock: Clock,
        library: Any,
        ttl: int = 128,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._endpoint = endpoint
        self._timeout_ms = max(1, round(timeout_seconds * 1000))
        self._data = ctypes.create_string_buffer(size_bytes)
        self._clock = clock
        self._sleep = sleep
        self._options = _Options(ttl=ttl)
        self._is_ipv4 = endpoint.family == socket.AF_INET
        self._answered: list[tuple[int, float]] = []
        self._library = library
        opener = "IcmpCreateFile" if self._is_ipv4 else "Icmp6CreateFile"
        handle = _call(library, opener, ctypes.c_void_p)()
        if handle in (None, ctypes.c_void_p(-1).value):
            raise OSError(f"{opener} failed")
        self._handle = ctypes.c_void_p(handle)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        _call(self._library, "IcmpCloseHandle", ctypes.c_int)(self._handle)

    def _ask(self, timeout_ms: int) -> tuple[int, str] | None:
        """Send one request and wait; return status and the answering address."""
        reply_type = EchoReply4 if self._is_ipv4 else EchoReply6
        buffer = ctypes.create_string_buffer(
            ctypes.sizeof(reply_type) + len(self._data) + _REPLY_SPARE_BYTES
        )
        tail = (
            self._data,
            ctypes.c_uint16(len(self._data)),
            ctypes.byref(self._options),
            buffer,
            ctypes.c_uint32(len(buffer)),
            ctypes.c_uint32(timeout_ms),
        )
        if self._is_ipv4:
            (number,) = struct.unpack("=I", socket.inet_aton(self._endpoint.address))
            target = (ctypes.c_uint32(number),)
            count = _call(self._library, "IcmpSendEcho2", ctypes.c_uint32)(
                self._handle, None, None, None, *target, *tail
            )
        else:
            count = _call(self._library, "Icmp6SendEcho2", ctypes.c_uint32)(
                self._handle,
                None,
                None,
                None,
                _sockaddr6("::", 0),
                _sockaddr6(self._endpoint.address, self._endpoint.scope),
                *tail,
            )
        if not count:
            return None
        if self._is_ipv4:
            reply4 = EchoReply4.from_buffer(buffer)
            return reply4.status, socket.inet_ntop(socket.AF_INET, bytes(reply4.address))
        reply6 = EchoReply6.from_buffer(buffer)
        return reply6.status, socket.inet_ntop(socket.AF_INET6, bytes(reply6.address.address))

    def send(self, sequence: int) -> None:
        """Send one request and wait for its answer, at most the time-out."""
        answer = self._ask(self._timeout_ms)
        arrived_at = self._clock()
        if answer is not None and answer[0] == _SUCCESS:
            self._answered.append((sequence, arrived_at))

    def receive(self, wait_seconds: float) -> tuple[int, float] | None:
        """Return an answer that `send` has met; otherwise wait, so that the interval passes."""
        if self._answered:
            return self._answered.pop(0)
        self._sleep(wait_seconds)
        return None

    def hop(self, sequence: int, deadline: Deadline) -> tuple[str, bool] | None:
        """Send one request; return who answered it, and whether that is the destination itself."""
        del sequence  # The call itself pairs request and answer.
        answer = self._ask(max(1, round(deadline.remaining_seconds() * 1000)))
        if answer is None or answer[0] not in (_SUCCESS, _TTL_EXPIRED_IN_TRANSIT):
            return None
        return answer[1], answer[0] == _SUCCESS
