"""Ask a SIP endpoint whether it is there: OPTIONS (RFC 3261 §11) over UDP, TCP or TLS.

Any final reply means alive: 200 idle, 486 busy, 401 and 407 want a login, 404 another user. The
code is reported and nothing is concluded from it: many codecs answer 200 in a call.
"""

import secrets
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from agent.probe import tls, udp
from agent.probe.deadline import Clock, Deadline
from agent.probe.outcome import Outcome, PeerError, outcome_of
from agent.probe.resolve import Endpoint, resolve
from agent.probe.sip.message import (
    BODY_LIMIT_BYTES,
    HEAD_LIMIT_BYTES,
    LINE_LIMIT_BYTES,
    Dialog,
    Response,
    build_options,
    parse_response,
)
from agent.probe.stream import Stream
from agent.probe.tcp import open_socket
from agent.probe.trace import Trace, readable, silent
from govnet.errors import CheckError

_T1_SECONDS, _T2_SECONDS = 0.5, 4.0  # RFC 3261 §17.1.2.2, timer E.
_MESSAGES_LIMIT = 32  # Messages on one connection that are not the answer.


class Transport(StrEnum):
    """How the request travels."""

    UDP = "UDP"
    TCP = "TCP"
    TLS = "TLS"


@dataclass(frozen=True, slots=True)
class OptionsReply:
    """What asking one endpoint showed; fields are None or empty where it did not get that far."""

    outcome: Outcome
    status_code: int | None
    reason: str
    server: str
    """Server or User-Agent: maker, model and software of most codecs."""
    rtt_seconds: float | None
    """From the first request to the final reply, retransmissions included, handshakes not."""
    retransmissions: int
    handshake: tls.Handshake | None
    """Over TLS: whether the certificate is trusted and when it expires."""
    detail: str

    @property
    def alive(self) -> bool:
        """Whether a SIP stack answered."""
        return self.outcome is Outcome.ANSWERED

    @property
    def host_alive(self) -> bool:
        """Whether the host itself answered: "refused" means host up, SIP closed."""
        return self.outcome not in (Outcome.TIMEOUT, Outcome.UNREACHABLE, Outcome.UNRESOLVED)


@dataclass(slots=True)
class _Asked(udp.Asked):
    handshake: tls.Handshake | None = None


@dataclass(frozen=True, slots=True)
class _Question:
    """One OPTIONS request that is still without our own address."""

    host: str
    port: int
    user: str
    transport: Transport
    dialog: Dialog

    def encode(self, sock: socket.socket) -> bytes:
        local = sock.getsockname()
        return build_options(
            host=self.host,
            port=self.port,
            user=self.user,
            transport=self.transport,
            local=(str(local[0]), int(local[1])),
            dialog=self.dialog,
        )


def _ask_over_udp(
    question: _Question, endpoint: Endpoint, deadline: Deadline, asked: _Asked, trace: Trace
) -> Response:
    """Send, retransmit after 0.5, 1, 2, 4, 4 … s, and return the final reply.

    After a provisional reply it is sent again every 4 s only (RFC 3261 §17.1.2.2).
    """
    is_proceeding = False

    def interval_seconds(times: int) -> float:
        return _T2_SECONDS if is_proceeding else min(_T1_SECONDS * 2**times, _T2_SECONDS)

    def read(datagram: bytes) -> Response | None:
        nonlocal is_proceeding
        response = parse_response(datagram)
        if response is None or not response.answers(question.dialog):
            trace(f"a datagram came that is not our answer: {readable(datagram)}")
            return None
        if response.is_final:
            return response
        trace(f"provisional reply {response.status_code} {response.reason}; waiting on")
        is_proceeding = True
        return None

    with socket.socket(endpoint.family, socket.SOCK_DGRAM) as sock:
        sock.connect(endpoint.sockaddr)
        return udp.ask(
            sock,
            question.encode(sock),
            "OPTIONS",
            read,
            interval_seconds=interval_seconds,
            deadline=deadline,
            asked=asked,
            trace=trace,
        )


def _read_response(stream: Stream) -> Response:
    """Return the next message of a SIP stream (RFC 3261 §18.3).

    Raises PeerError(MALFORMED) for what is not SIP and for what is larger than a reply can be.
    """
    head = bytearray()
    while True:
        line = stream.read_line(LINE_LIMIT_BYTES)
        if not line and not head:
            continue  # Keep-alives are empty lines between messages (RFC 5626 §4.4.1).
        if not line:
            break
        head += line + b"\r\n"
        if len(head) > HEAD_LIMIT_BYTES:
            raise PeerError(Outcome.MALFORMED, "a SIP reply with too many headers")
    response = parse_response(bytes(head))
    if response is None:
        raise PeerError(Outcome.MALFORMED, f"not a SIP reply: {readable(bytes(head))}")
    if response.content_length_bytes > BODY_LIMIT_BYTES:
        raise PeerError(Outcome.MALFORMED, "a SIP reply with too long a body")
    stream.read_exactly(response.content_length_bytes)
    return response


def _ask_over_stream(
    question: _Question, stream: Stream, deadline: Deadline, asked: _Asked, trace: Trace
) -> Response:
    asked.first_sent_at = deadline.now()
    stream.send(question.encode(stream.sock))
    trace(f"sent OPTIONS over {question.transport}")
    for _ in range(_MESSAGES_LIMIT):
        response = _read_response(stream)
        if response.answers(question.dialog) and response.is_final:
            return response
        trace(f"a reply came that is not the final answer: {response.status_code}")
    raise PeerError(Outcome.MALFORMED, f"{_MESSAGES_LIMIT} messages, none of them the answer")


def options(
    host: str,
    port: int,
    *,
    transport: Transport = Transport.UDP,
    timeout_seconds: float,
    user: str = "",
    server_name: str = "",
    ca_file: str | None = None,
    clock: Clock = time.perf_counter,
    random_hex: Callable[[int], str] = secrets.token_hex,
    trace: Trace = silent,
) -> OptionsReply:
    """Send OPTIONS to `host` (name, IPv4 or IPv6 address) and wait for a final reply.

    `user` is the part before the @, for endpoints that answer only to their own; `server_name` and
    `ca_file` concern the certificate over TLS. Raises CheckError when this machine could not ask.
    """
    if not (host + user).isprintable() or " " in host + user:
        raise CheckError(f"{host!r} and {user!r} cannot be parts of a SIP address")
    deadline = Deadline(timeout_seconds, clock)
    dialog = Dialog(branch=random_hex(8), call_id=random_hex(16), tag=random_hex(8))
    question = _Question(host, port, user, transport, dialog)
    asked = _Asked()

    def prepare() -> Stream:
        sock, _, _ = open_socket(endpoints, deadline, trace)
        return Stream(sock, deadline)

    try:
        endpoints = resolve(host, port, timeout_seconds=deadline.remaining_seconds())
        if transport is Transport.UDP:
            response = _ask_over_udp(question, endpoints[0], deadline, asked, trace)
        elif transport is Transport.TCP:
            with prepare() as stream:
                response = _ask_over_stream(question, stream, deadline, asked, trace)
        else:
            secured, asked.handshake = tls.secure(
                prepare, server_name or host, deadline, ca_file=ca_file, trace=trace
            )
            with secured:
                response = _ask_over_stream(question, secured, deadline, asked, trace)
    except OSError as exc:
        outcome = outcome_of(exc)
        trace(f"no answer: {exc}")
        return OptionsReply(
            outcome, None, "", "", None, asked.retransmissions, asked.handshake, str(exc)
        )
    rtt_seconds = clock() - asked.first_sent_at
    trace(
        f"{response.status_code} {response.reason} after {rtt_seconds * 1000:.1f} ms"
        f" from {response.server or 'an endpoint that does not say what it is'}"
    )
    return OptionsReply(
        outcome=Outcome.ANSWERED,
        status_code=response.status_code,
        reason=response.reason,
        server=response.server,
        rtt_seconds=rtt_seconds,
        retransmissions=asked.retransmissions,
        handshake=asked.handshake,
        detail="",
    )
