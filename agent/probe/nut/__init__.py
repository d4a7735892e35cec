"""Ask a UPS by the Network UPS Tools' server, upsd (RFC 9271): LIST VAR, without a login."""

import time
from dataclasses import dataclass, field

from agent.probe.deadline import Clock, Deadline
from agent.probe.nut.message import words
from agent.probe.outcome import Outcome, PeerError, outcome_of
from agent.probe.resolve import resolve
from agent.probe.stream import Stream
from agent.probe.tcp import open_socket
from agent.probe.trace import Trace, readable, silent
from govnet.errors import CheckError

PORT = 3493
_LINE_LIMIT_BYTES = 1024
_LINES_LIMIT = 1000


@dataclass(frozen=True, slots=True)
class NutReply:
    """What upsd said; fields are None or empty where it did not get that far."""

    outcome: Outcome
    error: str
    """The word after ERR (RFC 9271 §4.3): DATA-STALE, UNKNOWN-UPS ...; empty for an answer."""
    ups: str
    """The UPS that was asked for: the given one, or the server's first."""
    variables: dict[str, str] = field(repr=False)
    rtt_seconds: float | None
    """From the question to the end of its answer; the connection stands before."""
    detail: str


class RefusedError(Exception):
    """The server answered ERR; its word is the argument."""


def list_variables(
    host: str,
    port: int = PORT,
    *,
    ups: str = "",
    timeout_seconds: float,
    clock: Clock = time.perf_counter,
    trace: Trace = silent,
) -> NutReply:
    """Ask upsd at `host` for everything it knows of a UPS; without a name, of its first one.

    Raises CheckError for a name that cannot be one and when this machine could not ask.
    """
    if not ups.isascii() or not ups.isprintable() or " " in ups or '"' in ups:
        raise CheckError(f"{ups!r} cannot be the name of a UPS")
    deadline = Deadline(timeout_seconds, clock)
    try:
        endpoints = resolve(host, port, timeout_seconds=deadline.remaining_seconds())
        sock, _, _ = open_socket(endpoints, deadline, trace)
        with Stream(sock, deadline) as stream:
            sent_at = deadline.now()
            try:
                ups = ups or _first_ups(stream, trace)
                rows = list_rows(stream, f"LIST VAR {ups}", trace)
            except RefusedError as exc:
                trace(f"answered ERR {exc}")
                rtt_seconds = deadline.now() - sent_at
                return NutReply(Outcome.ANSWERED, str(exc), ups, {}, rtt_seconds, "")
            rtt_seconds = deadline.now() - sent_at
            _leave(stream)
    except OSError as exc:
        trace(f"no answer: {exc}")
        return NutReply(outcome_of(exc), "", ups, {}, None, str(exc))
    variables = {row[2]: row[3] for row in rows if len(row) == 4}  # noqa: PLR2004 - VAR, UPS, name, value
    trace(f"{len(variables)} variables after {rtt_seconds * 1000:.1f} ms")
    return NutReply(Outcome.ANSWERED, "", ups, variables, rtt_seconds, "")


def _first_ups(stream: Stream, trace: Trace) -> str:
    for row in list_rows(stream, "LIST UPS", trace):
        if len(row) > 1:
            return row[1]
    raise RefusedError("UNKNOWN-UPS")


def list_rows(stream: Stream, question: str, trace: Trace) -> list[tuple[str, ...]]:
    """Ask a LIST question and return its rows. Raises RefusedError, PeerError."""
    stream.send(f"{question}\n".encode("ascii"))
    trace(f"asked: {question}")
    _, kind, *_ = question.split()
    rows: list[tuple[str, ...]] = []
    begun = False
    for _ in range(_LINES_LIMIT):
        line = stream.read_line(_LINE_LIMIT_BYTES)
        found = words(line)
        match found:
            case ("ERR", word, *_):
                raise RefusedError(word)
            case ("BEGIN", "LIST", begins, *_) if begins == kind and not begun:
                begun = True
            case ("END", "LIST", ends, *_) if ends == kind and begun:
                return rows
            case (first, *_) if found is not None and first == kind and begun:
                rows.append(found)
            case _:
                raise PeerError(Outcome.MALFORMED, f"not an answer of upsd: {readable(line)}")
    raise PeerError(Outcome.MALFORMED, f"no end of the answer in {_LINES_LIMIT} lines")


def _leave(stream: Stream) -> None:
    """Say goodbye; the measurement is done, so the answer does not matter."""
    try:
        stream.send(b"LOGOUT\n")
    except OSError:
        return
