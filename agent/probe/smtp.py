"""Greet a mail server (SMTP, RFC 5321) and leave; with STARTTLS or TLS look at its certificate.

No mail is sent and nobody logs in: greeting, EHLO, STARTTLS (RFC 3207), QUIT.
"""

import time
from dataclasses import dataclass

from agent.probe import mail, tls
from agent.probe.deadline import Clock, Deadline
from agent.probe.mail import Security
from agent.probe.outcome import Outcome, PeerError
from agent.probe.stream import Stream
from agent.probe.trace import Trace, readable, silent

_LINE_LIMIT_BYTES = 2048
_LINES_LIMIT = 100
_READY, _DONE = 220, 250


@dataclass(frozen=True, slots=True)
class SmtpGreeting:
    """What a mail server said; fields are None or empty where it did not get that far."""

    outcome: Outcome
    greeting_code: int | None
    """220 ready; 554 and 421 answer too, and say no."""
    greeting: str
    capabilities: tuple[str, ...]
    """Keywords of the EHLO reply, in capitals, without their arguments."""
    greeting_seconds: float | None
    """From the connection, or the TLS handshake, to the whole greeting."""
    handshake: tls.Handshake | None
    detail: str

    @property
    def starttls_offered(self) -> bool:
        """Whether the server offered to change to TLS."""
        return "STARTTLS" in self.capabilities


def _read_reply(stream: Stream) -> tuple[int, list[bytes]]:
    """Return code and texts of one reply of one or more lines (RFC 5321 §4.2.1)."""
    texts: list[bytes] = []
    for _ in range(_LINES_LIMIT):
        line = stream.read_line(_LINE_LIMIT_BYTES)
        code, mark, text = line[:3], line[3:4], line[4:]
        if len(code) != 3 or not code.isdigit() or mark not in (b"", b" ", b"-"):  # noqa: PLR2004 - reply codes have three digits
            raise PeerError(Outcome.MALFORMED, f"not an SMTP reply: {readable(line)}")
        texts.append(text)
        if mark != b"-":
            return int(code), texts
    raise PeerError(Outcome.MALFORMED, f"an SMTP reply of more than {_LINES_LIMIT} lines")


class Dialogue:
    """One connection; its fields say how far it came, also after a failure."""

    def __init__(self, deadline: Deadline, trace: Trace) -> None:
        self._deadline = deadline
        self._trace = trace
        self.code: int | None = None
        self.greeting = ""
        self.capabilities: tuple[str, ...] = ()
        self.greeting_seconds: float | None = None

    def greet(self, stream: Stream) -> None:
        """Read the greeting and, where it is friendly, ask for the capabilities."""
        started = self._deadline.now()
        self.code, texts = _read_reply(stream)
        self.greeting_seconds = self._deadline.now() - started
        self.greeting = readable(texts[0])
        self._trace(f"greeting: {self.code} {self.greeting}")
        if self.code != _READY:
            return
        # RFC 5321 §4.1.3: a client without a name of its own gives an address literal.
        stream.send(b"EHLO [127.0.0.1]\r\n")
        code, texts = _read_reply(stream)
        self._trace(f"EHLO answered with {code} and {len(texts) - 1} capabilities")
        if code == _DONE:
            words = (text.split(b" ", 1)[0] for text in texts[1:])
            self.capabilities = tuple(readable(word, 64).upper() for word in words)

    def offers_tls(self) -> bool:
        """Tell whether the server offered STARTTLS."""
        return "STARTTLS" in self.capabilities

    def agree_on_tls(self, stream: Stream) -> None:
        """Ask for TLS. Raises PeerError if the server does not agree."""
        stream.send(b"STARTTLS\r\n")
        code, _ = _read_reply(stream)
        if code != _READY or stream.has_unread():
            # Plain bytes behind the agreement would be taken for protected ones.
            raise PeerError(Outcome.MALFORMED, f"STARTTLS answered with {code}")

    def leave(self, stream: Stream) -> None:
        """Say QUIT."""
        stream.send(b"QUIT\r\n")


def greet(
    host: str,
    port: int = 25,
    *,
    security: Security = Security.STARTTLS,
    timeout_seconds: float,
    server_name: str = "",
    ca_file: str | None = None,
    clock: Clock = time.perf_counter,
    trace: Trace = silent,
) -> SmtpGreeting:
    """Greet the mail server at `host`, look at its certificate as `security` says, and leave.

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
    return SmtpGreeting(
        outcome=visit.outcome,
        greeting_code=dialogue.code,
        greeting=dialogue.greeting,
        capabilities=dialogue.capabilities,
        greeting_seconds=dialogue.greeting_seconds,
        handshake=visit.handshake,
        detail=visit.detail,
    )
