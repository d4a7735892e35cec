"""See whether an H.323 gatekeeper answers: GatekeeperRequest over UDP (ITU-T H.225.0 §7.8).

Nothing is registered and nothing rings. The gatekeeper answers to the address that stands in the
request, so no NAT that only rewrites headers may lie between.
"""

import secrets
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass

from agent.probe import udp
from agent.probe.deadline import Clock, Deadline
from agent.probe.outcome import Outcome, outcome_of
from agent.probe.ras.message import MAX_SEQUENCE, GatekeeperAnswer, build_request, parse_answer
from agent.probe.resolve import Endpoint, resolve
from agent.probe.trace import Trace, readable, silent

RAS_PORT = 1719
_AGAIN_SECONDS = 1.0  # H.225.0 waits 5 s; a check has not that long.


@dataclass(frozen=True, slots=True)
class Discovery:
    """What asking a gatekeeper showed; fields are None or empty where it did not answer."""

    outcome: Outcome
    confirmed: bool | None
    """Whether it would take a terminal like us; a rejection proves it just as well."""
    name: str
    reject_reason: str
    rtt_seconds: float | None
    """From the first request to the answer, retransmissions included."""
    retransmissions: int
    detail: str

    @property
    def alive(self) -> bool:
        """Whether a gatekeeper answered, by whatever answer."""
        return self.outcome is Outcome.ANSWERED


def _ask(
    endpoint: Endpoint, sequence: int, deadline: Deadline, asked: udp.Asked, trace: Trace
) -> GatekeeperAnswer:
    """Send the request, again every second with the same number, and return the answer to it."""

    def read(datagram: bytes) -> GatekeeperAnswer | None:
        answer = parse_answer(datagram)
        if answer is not None and answer.sequence == sequence:
            return answer
        trace(f"a datagram came that is not our answer: {readable(datagram)}")
        return None

    with socket.socket(endpoint.family, socket.SOCK_DGRAM) as sock:
        sock.connect(endpoint.sockaddr)
        here = sock.getsockname()
        request = build_request(sequence, str(here[0]), int(here[1]))
        return udp.ask(
            sock,
            request,
            "GatekeeperRequest",
            read,
            interval_seconds=lambda _times: _AGAIN_SECONDS,
            deadline=deadline,
            asked=asked,
            trace=trace,
        )


def discover(
    host: str,
    port: int = RAS_PORT,
    *,
    timeout_seconds: float,
    clock: Clock = time.perf_counter,
    random_below: Callable[[int], int] = secrets.randbelow,
    trace: Trace = silent,
) -> Discovery:
    """Ask the gatekeeper at `host` (name, IPv4 or IPv6 address) who it is.

    Raises CheckError when this machine could not ask.
    """
    deadline = Deadline(timeout_seconds, clock)
    sequence = 1 + random_below(MAX_SEQUENCE)
    asked = udp.Asked()
    try:
        endpoints = resolve(host, port, timeout_seconds=deadline.remaining_seconds())
        answer = _ask(endpoints[0], sequence, deadline, asked, trace)
    except OSError as exc:
        outcome = outcome_of(exc)
        trace(f"no answer: {exc}")
        return Discovery(outcome, None, "", "", None, asked.retransmissions, str(exc))
    rtt_seconds = clock() - asked.first_sent_at
    said = "GatekeeperConfirm" if answer.confirmed else f"GatekeeperReject {answer.reject_reason}"
    trace(f"{said.strip()} after {rtt_seconds * 1000:.1f} ms from {answer.name or 'no name'}")
    return Discovery(
        outcome=Outcome.ANSWERED,
        confirmed=answer.confirmed,
        name=answer.name,
        reject_reason=answer.reject_reason,
        rtt_seconds=rtt_seconds,
        retransmissions=asked.retransmissions,
        detail="",
    )
