"""Ask one particular DNS resolver (RFC 1035) for the addresses of a name, and time it.

`getaddrinfo` cannot choose the server, so the question is built by hand. A truncated reply is asked
for again over TCP.
"""

import secrets
import socket
import struct
import time
from dataclasses import dataclass

from agent.probe import udp
from agent.probe.deadline import Clock, Deadline
from agent.probe.dns.message import (
    RCODES,
    RecordType,
    Reply,
    answers_query,
    build_query,
    parse_reply,
)
from agent.probe.outcome import Outcome, PeerError, outcome_of
from agent.probe.resolve import Endpoint, resolve
from agent.probe.stream import Stream
from agent.probe.tcp import open_socket
from agent.probe.trace import Trace, silent

__all__ = ["Lookup", "RecordType", "query"]

_LENGTH = struct.Struct("!H")
_QUERY_ID_LIMIT = 65536


@dataclass(frozen=True, slots=True)
class Lookup:
    """What one resolver said about one name; fields are empty or None without an answer."""

    outcome: Outcome
    rcode: int | None
    """Response code: 0 no error, 2 server failure, 3 no such name, 5 refused ..."""
    addresses: tuple[str, ...]
    rtt_seconds: float | None
    """From the question that was answered to its answer, over UDP even if TCP followed."""
    attempts: int
    """How many UDP questions were sent."""
    used_tcp: bool
    detail: str


class _Udp:
    """The UDP part of one lookup: several questions, one answer."""

    def __init__(self, endpoint: Endpoint, deadline: Deadline, trace: Trace) -> None:
        self._endpoint = endpoint
        self._deadline = deadline
        self._trace = trace
        self.sent: list[tuple[bytes, float]] = []

    def ask(self, name: str, record_type: RecordType, attempts: int) -> tuple[bytes, bytes, float]:
        """Return the question that was answered, the reply's bytes and the seconds between.

        Every attempt has its own random id, so a late answer to the first one still counts and
        its time is right. The connected socket takes datagrams from this resolver only.
        """
        with socket.socket(self._endpoint.family, socket.SOCK_DGRAM) as sock:
            sock.connect(self._endpoint.sockaddr)
            for attempt in range(attempts):
                question = build_query(secrets.randbelow(_QUERY_ID_LIMIT), name, record_type)
                waits_until = self._deadline.now() + self._deadline.remaining_seconds() / (
                    attempts - attempt
                )
                self.sent.append((question, self._deadline.now()))
                self._trace(
                    f"asking {self._endpoint.address} over UDP for {record_type.name} of {name}"
                )
                sock.send(question)
                answer = self._receive(sock, waits_until)
                if answer is not None:
                    return answer
        raise TimeoutError("no answer to any question")

    def _receive(
        self, sock: socket.socket, waits_until: float
    ) -> tuple[bytes, bytes, float] | None:
        while (left := waits_until - self._deadline.now()) > 0:
            sock.settimeout(left)
            try:
                message = udp.receive(sock)
            except TimeoutError:
                return None
            arrived_at = self._deadline.now()
            for question, sent_at in self.sent:
                if answers_query(message, question):
                    return question, message, arrived_at - sent_at
            self._trace("a datagram came that answers none of the questions; still waiting")
        return None


def _ask_over_tcp(endpoint: Endpoint, question: bytes, deadline: Deadline, trace: Trace) -> bytes:
    """Ask the same question over TCP (RFC 1035 §4.2.2) and return the reply's bytes."""
    trace("the answer was too long for UDP; asking again over TCP")
    sock, _, _ = open_socket((endpoint,), deadline, trace)
    with Stream(sock, deadline) as stream:
        stream.send(_LENGTH.pack(len(question)) + question)
        (length,) = _LENGTH.unpack(stream.read_exactly(_LENGTH.size))
        message = stream.read_exactly(length)
    if not answers_query(message, question):
        raise PeerError(Outcome.MALFORMED, "the reply over TCP answers another question")
    return message


def query(
    resolver: str,
    name: str,
    record_type: RecordType = RecordType.A,
    *,
    port: int = 53,
    timeout_seconds: float,
    attempts: int = 2,
    clock: Clock = time.perf_counter,
    trace: Trace = silent,
) -> Lookup:
    """Ask the resolver at the address `resolver` for `name`.

    ANSWERED means that the resolver replied, with whatever code. Raises CheckError for a name
    that cannot be one and for a reply whose records are malformed.
    """
    deadline = Deadline(timeout_seconds, clock)
    asked: _Udp | None = None
    rtt_seconds: float | None = None
    used_tcp = False
    try:
        endpoint = resolve(resolver, port, timeout_seconds=deadline.remaining_seconds())[0]
        asked = _Udp(endpoint, deadline, trace)
        question, message, rtt_seconds = asked.ask(name, record_type, attempts)
        reply = parse_reply(message, question)
        if reply.truncated:
            used_tcp = True
            reply = parse_reply(_ask_over_tcp(endpoint, question, deadline, trace), question)
    except OSError as exc:
        outcome = outcome_of(exc)
        trace(f"no usable answer: {exc}")
        sent = len(asked.sent) if asked is not None else 0
        return Lookup(outcome, None, (), rtt_seconds, sent, used_tcp, str(exc))
    trace(_in_words(reply, rtt_seconds))
    return Lookup(
        Outcome.ANSWERED, reply.rcode, reply.addresses, rtt_seconds, len(asked.sent), used_tcp, ""
    )


def _in_words(reply: Reply, rtt_seconds: float) -> str:
    code = RCODES[reply.rcode] if reply.rcode < len(RCODES) else f"code {reply.rcode}"
    found = ", ".join(reply.addresses) or "no address"
    return f"answer after {rtt_seconds * 1000:.1f} ms: {code}, {found}"
