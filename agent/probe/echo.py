"""A train of echo probes over any means of sending them: the schedule and the bookkeeping."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from agent.probe.deadline import Clock
from agent.probe.trace import Trace


class Method(StrEnum):
    """By what means echoes were sent."""

    DATAGRAM = "datagram"
    """Unprivileged ICMP socket (Linux, where net.ipv4.ping_group_range allows it)."""
    RAW = "raw"
    """Raw ICMP socket: needs CAP_NET_RAW."""
    PROGRAM = "program"
    """The system's `ping`, which has the right that we have not."""
    WINDOWS = "windows"
    """IcmpSendEcho2, which needs no right."""
    TCP = "tcp"
    """Connecting to a TCP port; a refusal is an answer as good as any."""


@dataclass(frozen=True, slots=True)
class EchoTrain:
    """What a train of probes to one address showed."""

    sent: int
    received: int
    rtts_seconds: tuple[float | None, ...]
    """In sending order; None = lost, or later than the time-out."""
    method: Method
    detail: str
    """Why nothing could be sent (no route), in words; empty otherwise."""


class EchoPort(Protocol):
    """Something that sends numbered probes and tells which were answered."""

    method: Method

    def send(self, sequence: int) -> None:
        """Send probe number `sequence`.

        PermissionError means that this machine forbids it, another OSError that this one is lost.
        """

    def receive(self, wait_seconds: float) -> tuple[int, float] | None:
        """Return the number of an answered probe and the clock's time of its arrival.

        None when `wait_seconds` passed, or at any time before: the caller asks again.
        """


def run_train(
    port: EchoPort,
    *,
    count: int,
    interval_seconds: float,
    timeout_seconds: float,
    clock: Clock,
    trace: Trace,
) -> EchoTrain:
    """Send `count` probes, one every `interval_seconds`, and collect their answers.

    1. The next probe leaves an interval after the one before left; a port that blocked longer
       causes no burst.
    2. After the last one, wait until all are answered or `timeout_seconds` have passed.
    3. The first answer to a probe counts, if it came within its own `timeout_seconds`.
    """
    sent_at: list[float] = []
    rtts: list[float | None] = [None] * count
    problem = ""
    send_next_at = clock()
    while True:
        now = clock()
        if len(sent_at) < count and now >= send_next_at:
            sent_at.append(now)
            try:
                port.send(len(sent_at) - 1)
            except PermissionError:
                raise  # This machine's firewall says no: nothing is known about the target.
            except OSError as exc:
                problem = str(exc)
                trace(f"echo {len(sent_at)} of {count} could not be sent: {exc}")
            send_next_at = now + interval_seconds
            continue
        if len(sent_at) < count:
            wake_at = send_next_at
        else:
            wake_at = sent_at[-1] + timeout_seconds
            if None not in rtts or now >= wake_at:
                break
        answer = port.receive(wake_at - now)
        if answer is None:
            continue
        sequence, arrived_at = answer
        if not 0 <= sequence < len(sent_at) or rtts[sequence] is not None:
            continue  # A duplicate, or a number that we never sent.
        rtt = arrived_at - sent_at[sequence]
        if rtt <= timeout_seconds:
            rtts[sequence] = rtt
            trace(f"echo {sequence + 1} of {count} came back after {rtt * 1000:.2f} ms")
    received = count - rtts.count(None)
    trace(f"{received} of {count} echoes came back (method: {port.method})")
    return EchoTrain(count, received, tuple(rtts), port.method, "" if received else problem)
