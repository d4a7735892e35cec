"""Ping by whatever this machine allows: ICMP socket, raw socket, the `ping` program, TCP.

On Windows: IcmpSendEcho2 instead of the first three. Every result says which method it came from.
"""

import secrets
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from agent.probe.deadline import Clock, Deadline
from agent.probe.echo import EchoTrain, Method, run_train
from agent.probe.icmp.packet import SEQUENCE_LIMIT, TOKEN_BYTES
from agent.probe.outcome import PeerError
from agent.probe.resolve import Endpoint, resolve
from agent.probe.trace import Trace, silent
from govnet.errors import CheckError

__all__ = ["DEFAULT_METHODS", "EchoTrain", "Hop", "Method", "first_hop_beyond", "ping"]

DEFAULT_METHODS: tuple[Method, ...] = (
    (Method.WINDOWS, Method.TCP)
    if sys.platform == "win32"
    else (Method.DATAGRAM, Method.RAW, Method.PROGRAM, Method.TCP)
)
_HOP_METHODS = (Method.DATAGRAM, Method.RAW, Method.WINDOWS)
_DATA_LIMIT_BYTES = 1400


@dataclass(frozen=True, slots=True)
class Hop:
    """Who answered a probe that was allowed only a few hops."""

    address: str | None
    """The router at that distance; None when it kept silent, as many do."""
    is_destination: bool
    """Whether that is the destination itself: it is nearer than assumed."""
    rtt_seconds: float | None
    method: Method


@dataclass(frozen=True, slots=True)
class _Request:
    endpoint: Endpoint
    count: int
    interval_seconds: float
    timeout_seconds: float
    size_bytes: int
    tcp_ports: tuple[int, ...]
    clock: Clock
    trace: Trace
    windows_library: Callable[[], Any] | None

    def train(self, port: Any) -> EchoTrain:
        with port:
            return run_train(
                port,
                count=self.count,
                interval_seconds=self.interval_seconds,
                timeout_seconds=self.timeout_seconds,
                clock=self.clock,
                trace=self.trace,
            )


def _by_socket(request: _Request, method: Method) -> EchoTrain:
    from agent.probe.icmp.sockets import IcmpSocket  # noqa: PLC0415 - Linux only

    return request.train(IcmpSocket(request.endpoint, method, request.size_bytes, request.clock))


def _by_windows(request: _Request) -> EchoTrain:
    from agent.probe.icmp.windows import WindowsEcho, load_library  # noqa: PLC0415 - loads ctypes

    port = WindowsEcho(
        request.endpoint,
        timeout_seconds=request.timeout_seconds,
        size_bytes=request.size_bytes,
        clock=request.clock,
        library=(request.windows_library or load_library)(),
    )
    return request.train(port)


def _by_program(request: _Request) -> EchoTrain:
    from agent.probe.icmp.program import ping as run_program  # noqa: PLC0415 - rarely needed

    endpoint = request.endpoint
    return run_program(
        f"{endpoint.address}%{endpoint.scope}" if endpoint.scope else endpoint.address,
        count=request.count,
        interval_seconds=request.interval_seconds,
        timeout_seconds=request.timeout_seconds,
        size_bytes=request.size_bytes,
        trace=request.trace,
    )


def _by_tcp(request: _Request) -> EchoTrain:
    from agent.probe.icmp.by_tcp import TcpEcho  # noqa: PLC0415 - rarely needed

    if not request.tcp_ports:
        raise OSError("no TCP ports were given to try")
    return request.train(TcpEcho(request.endpoint, request.tcp_ports, request.clock))


def _run(request: _Request, method: Method) -> EchoTrain:
    if method is Method.WINDOWS:
        return _by_windows(request)
    if method is Method.PROGRAM:
        return _by_program(request)
    if method is Method.TCP:
        return _by_tcp(request)
    return _by_socket(request, method)


def ping(
    address: str,
    *,
    count: int,
    interval_seconds: float,
    timeout_seconds: float,
    size_bytes: int = 56,
    tcp_ports: Sequence[int] = (),
    methods: Sequence[Method] = DEFAULT_METHODS,
    clock: Clock = time.perf_counter,
    windows_library: Callable[[], Any] | None = None,
    trace: Trace = silent,
) -> EchoTrain:
    """Send a train of `count` echoes to `address` and return their round-trip times.

    `timeout_seconds` is the wait for each echo, so that the whole takes at most about
    (count - 1) x interval + time-out (on Windows, count x time-out). `size_bytes` is the data in
    each echo. `methods` are tried in order until one may be used here; TCP needs `tcp_ports`.
    Raises CheckError when no method works, and for a name without address: nobody was asked then.
    """
    if not (0 < count < SEQUENCE_LIMIT and TOKEN_BYTES <= size_bytes <= _DATA_LIMIT_BYTES):
        raise CheckError(
            f"expected 1 to 65535 echoes of 8 to {_DATA_LIMIT_BYTES} bytes,"
            f" got {count} of {size_bytes}"
        )
    try:
        endpoint = resolve(address, 0, timeout_seconds=timeout_seconds)[0]
    except PeerError as exc:
        raise CheckError(f"{exc}; expected an IP address, or a host name without port") from exc
    request = _Request(
        endpoint=endpoint,
        count=count,
        interval_seconds=interval_seconds,
        timeout_seconds=timeout_seconds,
        size_bytes=size_bytes,
        tcp_ports=tuple(tcp_ports),
        clock=clock,
        trace=trace,
        windows_library=windows_library,
    )
    refusals: list[str] = []
    for method in methods:
        trace(f"sending {count} echoes to {endpoint.address} (method: {method})")
        try:
            return _run(request, method)
        except OSError as exc:
            refusals.append(f"{method}: {exc}")
            trace(f"method {method} cannot be used here: {exc}")
    raise CheckError(f"{address}: no means of sending an echo here; " + "; ".join(refusals))


def first_hop_beyond(
    destination: str,
    *,
    gateway_ttl: int = 1,
    timeout_seconds: float,
    methods: Sequence[Method] = DEFAULT_METHODS,
    clock: Clock = time.perf_counter,
    windows_library: Callable[[], Any] | None = None,
    trace: Trace = silent,
) -> Hop | None:
    """Return who stands one hop beyond the gateway on the way to `destination`.

    The gateway is `gateway_ttl` hops away (1 in an office). None when this machine has no means of
    asking; a Hop without an address when nobody answered in time.
    """
    sequence = secrets.randbelow(SEQUENCE_LIMIT)
    try:
        endpoint = resolve(destination, 0, timeout_seconds=timeout_seconds)[0]
    except PeerError as exc:
        trace(f"nothing sent: {exc}")
        return None
    for method in (method for method in methods if method in _HOP_METHODS):
        trace(f"sending an echo towards {endpoint.address} that may go {gateway_ttl + 1} hops")
        deadline = Deadline(timeout_seconds, clock)
        started = clock()
        try:
            found = _hop(
                endpoint,
                method,
                gateway_ttl + 1,
                sequence,
                deadline,
                windows_library=windows_library,
            )
        except OSError as exc:
            trace(f"method {method} cannot be used here: {exc}")
            continue
        if found is None:
            trace("nobody at that distance answered")
            return Hop(None, False, None, method)
        rtt_seconds = clock() - started
        trace(f"{found[0]} answered after {rtt_seconds * 1000:.2f} ms")
        return Hop(found[0], found[1], rtt_seconds, method)
    return None


def _hop(
    endpoint: Endpoint,
    method: Method,
    ttl: int,
    sequence: int,
    deadline: Deadline,
    *,
    windows_library: Callable[[], Any] | None,
) -> tuple[str, bool] | None:
    if method is Method.WINDOWS:
        from agent.probe.icmp import windows as icmp_windows  # noqa: PLC0415 - loads ctypes

        with icmp_windows.WindowsEcho(
            endpoint,
            timeout_seconds=deadline.remaining_seconds(),
            size_bytes=TOKEN_BYTES,
            clock=deadline.now,
            library=(windows_library or icmp_windows.load_library)(),
            ttl=ttl,
        ) as windows:
            return windows.hop(sequence, deadline)
    from agent.probe.icmp.sockets import IcmpSocket  # noqa: PLC0415 - Linux only

    with IcmpSocket(endpoint, method, TOKEN_BYTES, deadline.now, ttl) as sock:
        sock.send(sequence)
        return sock.hop(sequence, deadline)
