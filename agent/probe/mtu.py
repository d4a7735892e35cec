"""The largest IP packet that passes to a host and back whole: packets of growing size.

Padding a test packet is legal (RFC 8972 §4.1), and a reflector answers as many bytes as it got; one
of TWAMP-Light that answers with less shows only the way there. A router that drops what is too
large need not say so: only replies count. Linux only: Windows remembers what routers said, and
splits packets by it.
"""

import errno
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from agent.probe.deadline import Clock, Deadline
from agent.probe.echo import Method
from agent.probe.outcome import Outcome, outcome_of
from agent.probe.resolve import Endpoint, resolve
from agent.probe.stamp import PORT
from agent.probe.stamp.packet import build_probe, ntp_timestamp, parse_reply
from agent.probe.trace import Trace, silent
from agent.probe.udp import header as udp_header
from govnet.errors import CheckError

_HEADER_BYTES: dict[int, int] = {socket.AF_INET: 28, socket.AF_INET6: 48}
"""IP header without options and UDP's; that of an ICMP echo is as long."""
_SMALLEST_BYTES: dict[int, int] = {socket.AF_INET: 576, socket.AF_INET6: 1280}
"""What every host must be able to take (RFC 1122 §3.3.2, RFC 8200 §5)."""
AVAILABLE = sys.platform == "linux"
"""Whether this machine can send packets that nobody may split."""
LARGEST_BYTES = 1500
"""What Ethernet carries; larger packets are no office's concern."""
_TRIES = 3  # One packet in twenty may be lost by chance; three in a row hardly are.
_SHORTEST_WAIT_SECONDS, _LONGEST_WAIT_SECONDS = 0.1, 1.0


@dataclass(frozen=True, slots=True)
class Mtu:
    """What the search found."""

    outcome: Outcome
    """ANSWERED if the reflector answered at all, and the search ended in time."""
    mtu_bytes: int | None
    """The largest IP packet that passed, headers included; at most what was searched up to."""
    detail: str


def largest(
    passes: Callable[[int], bool], smallest: int, largest_of_all: int, likely: int | None = None
) -> int:
    """Return the largest size that passes; `smallest` is known to, and larger ones are monotonic.

    A likely size is confirmed by two questions; otherwise the largest is tried, then bisection.
    """
    low, high = smallest, largest_of_all + 1
    for guess in (likely, likely and likely + 1, largest_of_all):
        if guess is not None and low < guess < high:
            if passes(guess):
                low = guess
            else:
                high = guess
    while high - low > 1:
        middle = (low + high) // 2
        if passes(middle):
            low = middle
        else:
            high = middle
    return low


class Sounding(Protocol):
    """A way to send packets of any size to one host and see them come back."""

    def passes(self, size_bytes: int, wait_seconds: float) -> bool:
        """Send one IP packet of that size; return whether it came back within the wait.

        Raises OSError: EMSGSIZE when this machine's own adapter takes no such packet.
        """
        ...


class StampSounding:
    """By padded test packets to a reflector."""

    def __init__(self, sock: socket.socket, clock: Clock) -> None:
        self._sock = sock
        self._header_bytes = _HEADER_BYTES[sock.family]
        self._clock = clock
        self._asked: dict[int, int] = {}

    def passes(self, size_bytes: int, wait_seconds: float) -> bool:
        """Send one packet and wait for the reply to any of that size or a larger one."""
        sequence = len(self._asked)
        self._asked[sequence] = ntp_timestamp(time.time_ns())
        self._sock.send(
            build_probe(sequence, self._asked[sequence], size_bytes=size_bytes - self._header_bytes)
        )
        until = self._clock() + wait_seconds
        while (left := until - self._clock()) > 0:
            self._sock.settimeout(left)
            try:
                data = self._sock.recv(udp_header.LONGEST_DATAGRAM_BYTES)
            except TimeoutError:
                return False
            reply = parse_reply(data)
            if reply is None or reply.sender_sequence != sequence:
                continue  # The late reply to a packet before, or something else.
            if reply.sender_timestamp == self._asked[sequence]:
                return True
        return False


class EchoSounding:
    """By ICMP echoes, to any host that answers them."""

    def __init__(self, endpoint: Endpoint, method: Method, clock: Clock) -> None:
        self._endpoint = endpoint
        self._method = method
        self._clock = clock
        self._sequence = 0

    def passes(self, size_bytes: int, wait_seconds: float) -> bool:
        """Send one echo and wait for its reply."""
        from agent.probe.icmp.sockets import IcmpSocket  # noqa: PLC0415 - Linux only

        self._sequence += 1
        data_bytes = size_bytes - _HEADER_BYTES[self._endpoint.family]
        with IcmpSocket(self._endpoint, self._method, data_bytes, self._clock, whole=True) as sock:
            sock.send(self._sequence)
            until = self._clock() + wait_seconds
            while (left := until - self._clock()) > 0:
                answer = sock.receive(left)
                if answer is not None and answer[0] == self._sequence:
                    return True
        return False


class _Search:
    """Asks several times before it believes that a size does not pass."""

    def __init__(self, sounding: Sounding, deadline: Deadline, trace: Trace) -> None:
        self._sounding = sounding
        self._deadline = deadline
        self._trace = trace
        self._wait_seconds = _LONGEST_WAIT_SECONDS

    def answers(self, size_bytes: int) -> bool:
        """See whether anybody is there, and how long to wait from now on."""
        started = self._deadline.now()
        if not self.passes(size_bytes):
            return False
        rtt_seconds = self._deadline.now() - started
        self._wait_seconds = min(
            _LONGEST_WAIT_SECONDS, max(_SHORTEST_WAIT_SECONDS, 3 * rtt_seconds)
        )
        return True

    def passes(self, size_bytes: int) -> bool:
        """Return whether packets of that size come back. Raises TimeoutError when time is over."""
        for _ in range(_TRIES):
            wait_seconds = min(self._wait_seconds, self._deadline.remaining_seconds())
            try:
                if self._sounding.passes(size_bytes, wait_seconds):
                    self._trace(f"{size_bytes} bytes pass")
                    return True
            except OSError as exc:
                if exc.errno != errno.EMSGSIZE:
                    raise
                self._trace(f"{size_bytes} bytes are more than this machine's adapter takes")
                return False
        self._trace(f"{size_bytes} bytes do not come back")
        return False


def find(
    host: str,
    port: int | None = PORT,
    *,
    timeout_seconds: float,
    likely_bytes: int | None = None,
    largest_bytes: int = LARGEST_BYTES,
    clock: Clock = time.perf_counter,
    trace: Trace = silent,
) -> Mtu:
    """Search for the largest packet that passes to `host` and back, up to `largest_bytes`.

    By test packets to a reflector's `port`, or by ICMP echoes when that is None. `likely_bytes` is
    what was found before: it is confirmed with two packets. Raises CheckError when this machine
    cannot ask.
    """
    if not AVAILABLE:
        raise CheckError("the path MTU is measured on Linux only")
    deadline = Deadline(timeout_seconds, clock)
    try:
        endpoint = resolve(host, port or 0, timeout_seconds=deadline.remaining_seconds())[0]
        span = (_SMALLEST_BYTES[endpoint.family], largest_bytes)
        if port is None:
            return _by_echo(endpoint, deadline, span, likely_bytes, trace)
        with socket.socket(endpoint.family, socket.SOCK_DGRAM) as sock:
            sock.connect(endpoint.sockaddr)
            udp_header.never_fragment(sock)
            sounding = StampSounding(sock, clock)
            return _search(sounding, deadline, span, likely_bytes, trace)
    except OSError as exc:
        outcome = outcome_of(exc)
        trace(f"no answer: {exc}")
        return Mtu(outcome, None, str(exc))


def _by_echo(
    endpoint: Endpoint,
    deadline: Deadline,
    span: tuple[int, int],
    likely_bytes: int | None,
    trace: Trace,
) -> Mtu:
    """Search by echoes, with the first kind of ICMP socket that this machine allows."""
    refusals = []
    for method in (Method.DATAGRAM, Method.RAW):
        sounding = EchoSounding(endpoint, method, deadline.now)
        try:
            return _search(sounding, deadline, span, likely_bytes, trace)
        except PermissionError as exc:
            refusals.append(f"{method}: {exc}")
    raise CheckError("no means of sending an echo here; " + "; ".join(refusals))


def _search(
    sounding: Sounding,
    deadline: Deadline,
    span: tuple[int, int],
    likely_bytes: int | None,
    trace: Trace,
) -> Mtu:
    """Search between two sizes, the smallest of which must pass."""
    search = _Search(sounding, deadline, trace)
    smallest, largest_bytes = span
    if not search.answers(smallest):
        return Mtu(Outcome.TIMEOUT, None, f"not even {smallest} bytes come back")
    found = largest(search.passes, smallest, largest_bytes, likely_bytes)
    trace(f"the largest packet that passes has {found} bytes")
    return Mtu(Outcome.ANSWERED, found, "")
