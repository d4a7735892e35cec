"""Measure a path to a reflector by a train of test packets: STAMP (RFC 8762), TWAMP-Light.

The sender half, unauthenticated. What a train means is worked out in figures.py.
"""

import socket
import time
from dataclasses import dataclass

from agent.probe.deadline import Clock, Deadline
from agent.probe.outcome import Outcome, PeerError, outcome_of
from agent.probe.resolve import Endpoint, resolve
from agent.probe.stamp.packet import build_probe, ntp_timestamp, parse_reply
from agent.probe.trace import Trace, silent
from agent.probe.udp import header as udp_header
from govnet.errors import CheckError

PORT = 862
"""RFC 8762 §4.1."""

_FIRST_SEQUENCE = 1000
"""Where our numbers begin. Not at 0 as the RFC has it: a reflector that counts its own replies
begins there, and one that copies our numbers would look the same as long as nothing is lost on the
way to it."""

_ENOUGH_SECONDS = 2.0  # A reply after 2 s is as good as none.
_REFUSALS = 3  # So often a host may say that nothing listens there before it is believed.
_LARGEST_BYTES = 9000
_COPIES = 10  # Replies to one packet that are kept on average: who floods us fills no memory.


@dataclass(frozen=True, slots=True)
class StampReply:
    """One answered packet. All times are seconds from the start of the train.

    `sent` and `arrived` are on this machine's clock, `received` and `returned` on the reflector's:
    only differences between times of one clock mean something.
    """

    index: int
    """Which packet of the train, from 0."""
    reflector_sequence: int
    """The reflector's own number: a count of its replies, or a copy of ours."""
    sent: float
    received: float
    returned: float
    arrived: float
    dscp_there: int | None
    """With which DSCP the packet reached the reflector; None where nobody says so."""
    dscp_back: int | None
    """With which DSCP the reply arrived here; None where this machine cannot see it."""


@dataclass(frozen=True, slots=True)
class StampTrain:
    """What a train of packets to one reflector brought back."""

    outcome: Outcome
    """ANSWERED if anything came back."""
    sent: int
    first_sequence: int
    """The number of the train's first packet on the wire."""
    replies: tuple[StampReply, ...]
    """In the order of arrival, duplicates included."""
    detail: str
    """Why nothing came back, in words; empty otherwise."""


@dataclass(slots=True)
class _Train:
    """A train on its way."""

    sock: socket.socket
    size_bytes: int
    dscp: int
    clock: Clock
    trace: Trace
    started_at: float
    started_ns: int
    timestamps: list[int]
    sent_at: list[float]
    replies: list[StampReply]
    refusals: int = 0
    problem: OSError | None = None

    def send(self) -> None:
        """Send the next packet; one that cannot be sent is lost, and why is remembered."""
        now = self.clock()
        stamp = ntp_timestamp(self.started_ns + round((now - self.started_at) * 1e9))
        packet = build_probe(
            _FIRST_SEQUENCE + len(self.timestamps),
            stamp,
            dscp=self.dscp or None,
            size_bytes=self.size_bytes,
        )
        self.timestamps.append(stamp)
        self.sent_at.append(now - self.started_at)
        for again in (True, False):
            try:
                self.sock.send(packet)
            except (ConnectionRefusedError, ConnectionResetError) as exc:
                # The answer to a packet before this one; this one has not been sent.
                self._refused(exc)
                if again:
                    continue
            except OSError as exc:
                outcome_of(exc)
                self.problem = exc
            return

    def _refused(self, error: OSError) -> None:
        self.refusals += 1
        self.problem = PeerError(Outcome.REFUSED, "the host says that nothing listens there")
        self.problem.__cause__ = error

    def receive(self, wait_seconds: float) -> None:
        """Take in what arrives within the wait, at most one datagram."""
        self.sock.settimeout(wait_seconds)
        try:
            arrival = udp_header.receive(self.sock)
        except TimeoutError:
            return
        except (ConnectionRefusedError, ConnectionResetError) as exc:
            self._refused(exc)
            return
        except OSError as exc:
            outcome_of(exc)
            self.problem = exc
            return
        # The kernel saw it a little earlier than this thread. Its clock is the wall's, which may
        # step: hence only the difference counts, and only within reason.
        late = min(max(0, time.time_ns() - arrival.arrived_ns), 1_000_000_000) / 1e9
        arrived = self.clock() - late - self.started_at
        fields = parse_reply(arrival.data)
        index = -1 if fields is None else fields.sender_sequence - _FIRST_SEQUENCE
        if (
            fields is None
            or not 0 <= index < len(self.timestamps)
            or fields.sender_timestamp != self.timestamps[index]
        ):
            self.trace(f"a datagram of {len(arrival.data)} bytes came that answers nothing we sent")
            return
        if len(self.replies) >= _COPIES * len(self.timestamps):
            return
        self.replies.append(
            StampReply(
                index=index,
                reflector_sequence=fields.sequence,
                sent=self.sent_at[index],
                received=(fields.received_ns - self.started_ns) / 1e9,
                returned=(fields.returned_ns - self.started_ns) / 1e9,
                arrived=arrived,
                dscp_there=fields.dscp_there if self.dscp else None,
                dscp_back=arrival.dscp,
            )
        )


def measure(
    host: str,
    port: int = PORT,
    *,
    packets: int,
    spacing_seconds: float,
    timeout_seconds: float,
    dscp: int = 0,
    size_bytes: int = 0,
    clock: Clock = time.perf_counter,
    trace: Trace = silent,
) -> StampTrain:
    """Send `packets` to a reflector, one every `spacing_seconds`, and return what came back.

    `timeout_seconds` is for everything: replies are waited for at most 2 s after the last packet.
    `dscp` (0 to 63) marks the packets and asks for replies marked alike; `size_bytes` is the UDP
    payload, at least 44 (52 when marked). Raises CheckError when this machine could not send, and
    when the train does not fit into the time.
    """
    if not (packets > 0 and 0 <= dscp < 64 and 0 <= size_bytes <= _LARGEST_BYTES):  # noqa: PLR2004 - RFC 2474: six bits
        raise CheckError(
            f"expected a packet or more of up to {_LARGEST_BYTES} bytes and a DSCP from 0 to 63,"
            f" got {packets} of {size_bytes} and {dscp}"
        )
    train_seconds = (packets - 1) * spacing_seconds
    if train_seconds >= timeout_seconds:
        raise CheckError(
            f"{packets} packets {spacing_seconds:g} s apart do not fit into {timeout_seconds:.3g} s"
        )
    deadline = Deadline(timeout_seconds, clock)
    try:
        endpoint = resolve(host, port, timeout_seconds=deadline.remaining_seconds())[0]
    except PeerError as exc:
        trace(f"nothing sent: {exc}")
        return StampTrain(exc.outcome, 0, _FIRST_SEQUENCE, (), str(exc))
    trace(
        f"sending {packets} test packets to {endpoint.address} port {port},"
        f" {spacing_seconds * 1000:g} ms apart"
        + (f", marked with DSCP {dscp}" if dscp and udp_header.CAN_MARK else "")
    )
    try:
        train = _run(
            endpoint,
            packets=packets,
            spacing_seconds=spacing_seconds,
            deadline=deadline,
            dscp=dscp,
            size_bytes=size_bytes,
            clock=clock,
            trace=trace,
        )
    except OSError as exc:
        outcome = outcome_of(exc)
        trace(f"nothing sent: {exc}")
        return StampTrain(outcome, 0, _FIRST_SEQUENCE, (), str(exc))
    sent = len(train.timestamps)
    trace(f"{len(train.replies)} replies to {sent} packets")
    if train.replies:
        return StampTrain(Outcome.ANSWERED, sent, _FIRST_SEQUENCE, tuple(train.replies), "")
    problem = train.problem or TimeoutError("no reply in time")
    trace(f"nothing came back: {problem}")
    return StampTrain(outcome_of(problem), sent, _FIRST_SEQUENCE, (), str(problem))


def _run(
    endpoint: Endpoint,
    *,
    packets: int,
    spacing_seconds: float,
    deadline: Deadline,
    dscp: int,
    size_bytes: int,
    clock: Clock,
    trace: Trace,
) -> _Train:
    """Send and receive until every packet is answered or the time is over."""
    with socket.socket(endpoint.family, socket.SOCK_DGRAM) as sock:
        sock.connect(endpoint.sockaddr)
        udp_header.ask_for_headers(sock)
        if dscp:
            udp_header.mark(sock, dscp)
        started_at = clock()
        train = _Train(sock, size_bytes, dscp, clock, trace, started_at, time.time_ns(), [], [], [])
        send_next_at = started_at
        while True:
            now = clock()
            if len(train.timestamps) < packets:
                if now >= send_next_at:
                    train.send()
                    send_next_at = now + spacing_seconds
                    continue
                wake_at = send_next_at
            else:
                wake_at = started_at + train.sent_at[-1] + _ENOUGH_SECONDS
                if len({reply.index for reply in train.replies}) == packets or now >= wake_at:
                    return train
            if train.refusals >= _REFUSALS and not train.replies:
                return train
            try:
                left = deadline.remaining_seconds()
            except TimeoutError:
                return train
            train.receive(min(wake_at - now, left))
