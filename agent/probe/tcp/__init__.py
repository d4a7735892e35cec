"""Connect to a TCP port: whether it opens, how fast, and if not, what kind of no it was."""

import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass

from agent.probe.deadline import Clock, Deadline
from agent.probe.outcome import Outcome, PeerError, outcome_of
from agent.probe.resolve import Endpoint, resolve
from agent.probe.trace import Trace, silent


@dataclass(frozen=True, slots=True)
class TcpConnect:
    """What one attempt to connect showed."""

    outcome: Outcome
    address: str
    """The address that answered or was tried last; empty when the name has none."""
    port: int
    connect_seconds: float | None
    """Time until the connection stood, or until the host's only address refused; else None."""
    detail: str
    """Why not, in words; empty when connected."""

    @property
    def host_alive(self) -> bool:
        """Whether the host itself answered: a refusal is an answer too."""
        return self.outcome in (Outcome.ANSWERED, Outcome.REFUSED)


def open_socket(
    endpoints: Sequence[Endpoint], deadline: Deadline, trace: Trace = silent
) -> tuple[socket.socket, Endpoint, float]:
    """Connect to the first endpoint that accepts; return its socket, itself and the seconds taken.

    Every endpoint gets an equal share of the time that is left, so an address family that leads
    nowhere cannot use up the others' time. Raises the last endpoint's OSError.
    """
    last: OSError = PeerError(Outcome.UNRESOLVED, "no address to connect to")
    for index, endpoint in enumerate(endpoints):
        share = deadline.remaining_seconds() / (len(endpoints) - index)
        sock = socket.socket(endpoint.family, socket.SOCK_STREAM)
        started = deadline.now()
        try:
            sock.settimeout(share)
            # A question right behind a TLS handshake must not wait for the handshake's delayed
            # acknowledgement: 40 ms that are neither the line's nor the peer's.
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.connect(endpoint.sockaddr)
        except OSError as exc:
            sock.close()
            trace(f"connecting to {endpoint.address} port {endpoint.sockaddr[1]} failed: {exc}")
            last = exc
        except BaseException:
            sock.close()
            raise
        else:
            seconds = deadline.now() - started
            trace(
                f"connected to {endpoint.address} port {endpoint.sockaddr[1]}"
                f" in {seconds * 1000:.1f} ms"
            )
            return sock, endpoint, seconds
    raise last


def connect(
    host: str,
    port: int,
    *,
    timeout_seconds: float,
    clock: Clock = time.perf_counter,
    trace: Trace = silent,
) -> TcpConnect:
    """Connect to `host` (a name, IPv4 or IPv6 address) at `port` and close again; nothing is sent.

    Raises CheckError when this machine could not even try.
    """
    deadline = Deadline(timeout_seconds, clock)
    address = ""
    started = clock()
    addresses = 0
    try:
        endpoints = resolve(host, port, timeout_seconds=deadline.remaining_seconds())
        address = endpoints[-1].address
        addresses = len(endpoints)
        started = clock()
        sock, endpoint, seconds = open_socket(endpoints, deadline, trace)
    except OSError as exc:
        outcome = outcome_of(exc)
        # After several addresses the time would be that of all of them together.
        one_refused = outcome is Outcome.REFUSED and addresses == 1
        refused_after = clock() - started if one_refused else None
        return TcpConnect(outcome, address, port, refused_after, str(exc))
    sock.close()
    return TcpConnect(Outcome.ANSWERED, endpoint.address, port, seconds, "")
