"""Greet a mailbox server (POP3, RFC 1939): greeting, CAPA (RFC 2449), STLS (RFC 2595), QUIT.

Nobody logs in.
"""

import time
from dataclasses import dataclass

from agent.probe import mail, tls
from agent.probe.deadline import Clock, Deadline
from agent.probe.mail import Security
from agent.probe.outcome import Outcome, PeerError
from agent.probe.stream import Stream
from agent.probe.trace import Trace, readable, silent

_LINE_LIMIT_BYTES = 1024
_LINES_LIMIT = 100
_OK, _ERR = b"+OK", b"-ERR"


@dataclass(frozen=True, slots=True)
class Pop3Greeting:
    """What a mailbox server said; fields are None or empty where it did not get that far."""

    outcome: Outcome
    ready: bool | None
    """Whether it greeted with +OK; -ERR answers too, and says no."""
    greeting: str
    capabilities: tuple[str, ...]
    """Keywords of the CAPA reply, in capitals; a server without CAPA has none."""
    greeting_seconds: float | None
    """From the connection, or the TLS handshake, to the whole greeting."""
    handshake: tls.Handshake | None
    detail: str


def _read_status(stream: Stream) -> tuple[bool, str]:
    """Return whether a reply's first line says +OK, and its text."""
    line = stream.read_line(_LINE_LIMIT_BYTES)
    status, _, text = line.partition(b" ")
    if status not in (_OK, _ERR):
        raise PeerError(Outcome.MALFORMED, f"not a POP3 reply: {readable(line)}")
    return status == _OK, readable(text)


class Dialogue:
    """One connection; its fields say how far it came, also after a failure."""

    def __init__(self, deadline: Deadline, trace: Trace) -> None:
        self._deadline = deadline
        self._trace = trace
        self.ready: bool | None = None
        self.greeting = ""
        self.capabilities: tuple[str, ...] = ()
        self.greeting_seconds: float | None = None

    def greet(self, stream: Stream) -> None:
        """Read the greeting; where it is +OK, ask for the capabilities."""
        started = self._deadline.now()
        self.ready, self.greeting = _read_status(stream)
        self.greeting_seconds = self._deadline.now() - started
        self._trace(f"greeting: {'+OK' if self.ready else '-ERR'} {self.greeting}")
        if not self.ready:
            return
        stream.send(b"CAPA\r\n")
        known, _ = _read_status(stream)
        if known:
            self.capabilities = _read_capabilities(stream)
        self._trace(f"CAPA answered with {len(self.capabilities)} words")

    def offers_tls(self) -> bool:
        """Tell whether the server offered STLS."""
        return "STLS" in self.capabilities

    def agree_on_tls(self, stream: Stream) -> None:
        """Ask for TLS. Raises PeerError if the server does not agree."""
        stream.send(b"STLS\r\n")
        agreed, text = _read_status(stream)
        if not agreed or stream.has_unread():
            # Plain bytes behind the agreement would be taken for protected ones.
            raise PeerError(Outcome.MALFORMED, f"STLS answered with {text}")

    def leave(self, stream: Stream) -> None:
        """Say QUIT."""
        stream.send(b"QUIT\r\n")


def _read_capabilities(stream: Stream) -> tuple[str, ...]:
    found: list[str] = []
    for _ in range(_LINES_LIMIT):
        line = stream.read_line(_LINE_LIMIT_BYTES)
        if line == b".":
            return tuple(found)
        found.append(readable(line.split(b" ", 1)[0], 64).upper())
    raise PeerError(Outcome.MALFORMED, f"no end of the reply in {_LINES_LIMIT} lines")


def greet(
    host: str,
    port: int = 110,
    *,
    security: Security = Security.STARTTLS,
    timeout_seconds: float,
    server_name: str = "",
    ca_file: str | None = None,
    clock: Clock = time.perf_counter,
    trace: Trace = silent,
) -> Pop3Greeting:
    """Greet the mailbox server at `host`, look at its certificate as `security` says, and leave.

    Raises CheckError when this machine could not ask.
    """
    deadline = Deadline(timeout_seconds, clock)
    dialogue, visit = mail.visit(
        lambda: Dialogue(deadline, trace),
        host,
        port,
        security=security,
        deadline=deadline,
        server_name=server_name or host,
        ca_file=ca_file,
        trace=trace,
    )
    return Pop3Greeting(
        outcome=visit.outcome,
        ready=dialogue.ready,
        greeting=dialogue.greeting,
        capabilities=dialogue.capabilities,
        greeting_seconds=dialogue.greeting_seconds,
        handshake=visit.handshake,
        detail=visit.detail,
    )
