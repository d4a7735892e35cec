"""The reflector: answers test packets of STAMP (RFC 8762 §4.3) to networks that are listed.

It keeps a count per sender, so that a sender learns on which way packets were lost. It never
answers more bytes than it was asked with, never a port where a server sits, and no sender faster
than its share: nothing can be amplified or set in a circle with it. Linux only.
"""

import contextlib
import select
import socket
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from threading import Lock, Thread

from agent.listening.reflector_senders import Refusal, Senders
from agent.probe.stamp.packet import build_reply, parse_probe
from agent.probe.udp import header as udp_header
from govnet.errors import CheckError

_LONGEST_PROBE_BYTES = 9000
_BUFFER_BYTES = 1 << 20  # Trains of a whole province that come while this thread is not running.


@dataclass(frozen=True, slots=True)
class ReflectorCounts:
    """What a reflector has done since it began to listen."""

    answered: int
    refused_source: int
    refused_malformed: int
    refused_rate: int


class Reflector:
    """One open port and the thread that answers there, until `close`.

    Raises CheckError if the port cannot be opened.
    """

    def __init__(self, address: str, port: int, allow: Sequence[str]) -> None:
        networks = _networks(allow)
        family = socket.AF_INET6 if ip_address(address).version == 6 else socket.AF_INET  # noqa: PLR2004 - IP version
        self._sock = socket.socket(family, socket.SOCK_DGRAM)
        try:
            if family == socket.AF_INET6:
                self._sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
            self._sock.setblocking(False)
            udp_header.ask_for_headers(self._sock)
            udp_header.never_fragment(self._sock)  # Senders look for the largest that passes.
            self._sock.bind((address, port))
        except OSError as exc:
            self._sock.close()
            needed = (
                " (below 1024: CAP_NET_BIND_SERVICE)" if isinstance(exc, PermissionError) else ""
            )
            raise CheckError(
                f"{address} UDP port {port} cannot be opened{needed}: {exc.strerror}"
            ) from exc
        self.port = int(self._sock.getsockname()[1])
        self._senders = Senders(self.port, networks, time.monotonic())
        self._lock = Lock()
        self._answered = 0
        self._refused: Counter[Refusal] = Counter()
        self._wake, self._woken = socket.socketpair()
        self._thread = Thread(target=self._run, name="reflector", daemon=True)
        self._thread.start()

    @property
    def counts(self) -> ReflectorCounts:
        """What was answered and refused so far."""
        with self._lock:
            return ReflectorCounts(
                self._answered,
                self._refused[Refusal.SOURCE],
                self._refused[Refusal.MALFORMED],
                self._refused[Refusal.RATE],
            )

    def close(self) -> None:
        """Close the port and end the thread."""
        self._wake.send(b"\0")
        self._thread.join()
        for sock in (self._sock, self._wake, self._woken):
            sock.close()

    def _run(self) -> None:
        poll = select.poll()
        poll.register(self._sock, select.POLLIN)
        poll.register(self._woken, select.POLLIN)
        while not any(ready == self._woken.fileno() for ready, _ in poll.poll()):
            # One datagram a turn: a flood must not keep the order to close from being seen.
            # A reply that cannot be sent (no way, too large for the adapter) is lost as any other.
            with contextlib.suppress(OSError):
                self._take(udp_header.receive(self._sock))

    def _take(self, arrival: udp_header.Arrival) -> None:
        """Answer one datagram, or count why not."""
        now = time.monotonic()
        address, port = str(arrival.sender[0]), int(arrival.sender[1])
        refusal = self._senders.refuses(address, port, now)
        whole = refusal is None and len(arrival.data) <= _LONGEST_PROBE_BYTES
        asked = parse_probe(arrival.data) if whole else None
        if refusal is not None or asked is None:
            with self._lock:
                self._refused[refusal or Refusal.MALFORMED] += 1
            return
        reply = build_reply(
            asked,
            sequence=self._senders.next_sequence(address, port, now),
            received_ns=arrival.arrived_ns,
            returned_ns=max(time.time_ns(), arrival.arrived_ns),
            ttl=arrival.ttl,
            dscp=arrival.dscp,
        )
        dscp = arrival.dscp if asked.dscp_wanted is None else asked.dscp_wanted
        marks = udp_header.marked(self._sock.family, dscp or 0)
        with self._lock:
            self._answered += 1  # First: whoever has the reply finds it counted.
        self._sock.sendmsg([reply], marks, 0, arrival.sender)


def _networks(allow: Sequence[str]) -> tuple[IPv4Network | IPv6Network, ...]:
    try:
        return tuple(ip_network(text) for text in allow)
    except ValueError as exc:
        raise CheckError(f"expected networks like 198.18.0.0/16: {exc}") from exc
