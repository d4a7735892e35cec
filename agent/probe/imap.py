"""Greet a mailbox server (IMAP, RFC 3501): greeting, CAPABILITY, LOGOUT; nobody logs in."""

import time
from dataclasses import dataclass

from agent.probe import tls
from agent.probe.deadline import Clock, Deadline
from agent.probe.outcome import Outcome, PeerError, outcome_of
from agent.probe.resolve import resolve
from agent.probe.stream import Stream
from agent.probe.tcp import open_socket
from agent.probe.trace import Trace, readable, silent

_LINE_LIMIT_BYTES = 8192
_LINES_LIMIT = 100
_GREETINGS = (b"OK", b"PREAUTH", b"BYE")


@dataclass(frozen=True, slots=True)
class ImapGreeting:
    """What a mailbox server said; fields are None or empty where it did not get that far."""

    outcome: Outcome
    status: str
    """OK and PREAUTH are willing to work; BYE answers too, and says no."""
    greeting: str
    capabilities: tuple[str, ...]
    greeting_seconds: float | None
    """From the connection, or the TLS handshake, to the whole greeting."""
    handshake: tls.Handshake | None
    detail: str


class _Exchange:
    """One visit in progress; its fields say how far it came, also after a failure."""

    def __init__(self, deadline: Deadline, trace: Trace) -> None:
        self._deadline = deadline
        self._trace = trace
        self.status = ""
        self.greeting = ""
        self.capabilities: tuple[str, ...] = ()
        self.greeting_seconds: float | None = None
        self.handshake: tls.Handshake | None = None

    def greet(self, stream: Stream) -> None:
        """Read the greeting; where it is willing, ask for the capabilities and log out."""
        started = self._deadline.now()
        line = stream.read_line(_LINE_LIMIT_BYTES)
        star, _, rest = line.partition(b" ")
        status, _, text = rest.partition(b" ")
        if star != b"*" or status.upper() not in _GREETINGS:
            raise PeerError(Outcome.MALFORMED, f"not an IMAP greeting: {readable(line)}")
        self.greeting_seconds = self._deadline.now() - started
        self.status = status.upper().decode("ascii")
        self.greeting = readable(text)
        self._trace(f"greeting: {self.status} {self.greeting}")
        if self.status == "BYE":
            return
        stream.send(b"a1 CAPABILITY\r\n")
        for _ in range(_LINES_LIMIT):
            words = stream.read_line(_LINE_LIMIT_BYTES).split()
            if words[:1] == [b"a1"]:
                break
            if len(words) > 1 and words[0] == b"*" and words[1].upper() == b"CAPABILITY":
                self.capabilities = tuple(readable(word, 64).upper() for word in words[2:])
        else:
            raise PeerError(Outcome.MALFORMED, f"no end of the reply in {_LINES_LIMIT} lines")
        self._trace(f"CAPABILITY answered with {len(self.capabilities)} words")
        self._leave(stream)

    def _leave(self, stream: Stream) -> None:
        """Say goodbye; the measurement is done, so the answer does not matter."""
        try:
            stream.send(b"a2 LOGOUT\r\n")
        except OSError:
            return


def greet(
    host: str,
    port: int = 143,
    *,
    use_tls: bool = False,
    timeout_seconds: float,
    server_name: str = "",
    ca_file: str | None = None,
    clock: Clock = time.perf_counter,
    trace: Trace = silent,
) -> ImapGreeting:
    """Greet the mailbox server at `host` and leave; `use_tls` is for port 993 (RFC 8314).

    Raises CheckError when this machine could not ask.
    """
    deadline = Deadline(timeout_seconds, clock)
    exchange = _Exchange(deadline, trace)

    def connect() -> Stream:
        endpoints = resolve(host, port, timeout_seconds=deadline.remaining_seconds())
        sock, _, _ = open_socket(endpoints, deadline, trace)
        return Stream(sock, deadline)

    outcome, detail = Outcome.ANSWERED, ""
    try:
        if use_tls:
            stream: Stream
            stream, exchange.handshake = tls.secure(
                connect, server_name or host, deadline, ca_file=ca_file, trace=trace
            )
        else:
            stream = connect()
        with stream:
            exchange.greet(stream)
    except OSError as exc:
        outcome, detail = outcome_of(exc), str(exc)
        trace(f"failed: {detail}")
    return ImapGreeting(
        outcome=outcome,
        status=exchange.status,
        greeting=exchange.greeting,
        capabilities=exchange.capabilities,
        greeting_seconds=exchange.greeting_seconds,
        handshake=exchange.handshake,
        detail=detail,
    )
