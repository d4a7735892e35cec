"""Echoes by the system's `ping` program (iputils), for agents that may not open ICMP sockets."""

import re
from ipaddress import ip_address

from agent.probe.echo import EchoTrain, Method
from agent.probe.program import run_program
from agent.probe.trace import Trace, readable
from govnet.errors import CheckError

_GRACE_SECONDS = 5.0
_MINIMUM_INTERVAL_SECONDS = 0.2  # ping refuses users a shorter one.
_REPLY = re.compile(r"^\d+ bytes from .*icmp_seq=(\d{1,6}) .*time=(\d{1,9}(?:\.\d{1,6})?) ms$")
_SUMMARY = re.compile(r"^(\d{1,6}) packets transmitted, ", re.MULTILINE)


class PingUnavailableError(OSError):
    """There is no usable `ping` here, or it may not send either."""


def parse_output(output: str, count: int) -> tuple[float | None, ...]:
    """Return the RTTs in seconds, in sending order, from what iputils prints under LC_ALL=C.

    Duplicates are ignored: their lines end in "(DUP!)". A reply's number starts at 1.
    """
    rtts: list[float | None] = [None] * count
    for line in output.splitlines():
        match = _REPLY.match(line)
        if match is None:
            continue
        index = int(match[1]) - 1
        if 0 <= index < count and rtts[index] is None:
            rtts[index] = float(match[2]) / 1000
    return tuple(rtts)


def ping(
    address: str,
    *,
    count: int,
    interval_seconds: float,
    timeout_seconds: float,
    size_bytes: int,
    trace: Trace,
    program: str = "ping",
) -> EchoTrain:
    """Run `ping` once for a whole train. Intervals below 0.2 s become 0.2 s.

    `address` is in numbers: nothing else may reach a program's command line. Raises CheckError for
    any other, and PingUnavailableError when `ping` is missing, or sent nothing for want of a right.
    """
    try:
        ip_address(address)
    except ValueError as exc:
        raise CheckError(f"expected an address in numbers, got {address!r}") from exc
    interval = max(interval_seconds, _MINIMUM_INTERVAL_SECONDS)
    command = [program, "-n", "-c", str(count), "-i", f"{interval:g}"]
    command += ["-W", f"{timeout_seconds:g}", "-s", str(size_bytes), "--", address]
    trace("running " + " ".join(command))
    limit = count * interval + timeout_seconds + _GRACE_SECONDS
    try:
        done = run_program(command, limit)
    except CheckError as exc:
        raise PingUnavailableError(str(exc)) from exc
    problem = readable(done.errors.strip().encode())
    if _SUMMARY.search(done.output) is None and "unreachable" not in problem:
        raise PingUnavailableError(f"{program} sent nothing: {problem or done.status}")
    rtts = parse_output(done.output, count)
    received = count - rtts.count(None)
    trace(f"{received} of {count} echoes came back (method: {Method.PROGRAM})")
    return EchoTrain(count, received, rtts, Method.PROGRAM, "" if received else problem)
