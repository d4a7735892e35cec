"""How a visit to a mail server goes, whatever it speaks: connect, greet, TLS, leave.

No mail is sent or read and nobody logs in. With STARTTLS a first connection greets and, where TLS
is offered, a second one shakes hands: a handshake that fails must not hide the greeting.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from agent.probe import imap, pop3, smtp, tls
from agent.probe.deadline import Clock, Deadline
from agent.probe.mail_dialogue import Dialogue
from agent.probe.outcome import Outcome, outcome_of
from agent.probe.resolve import resolve
from agent.probe.stream import Stream
from agent.probe.tcp import open_socket
from agent.probe.trace import Trace, silent


class Protocol(StrEnum):
    """What a mail server speaks."""

    SMTP = "smtp"
    IMAP = "imap"
    POP3 = "pop3"


_DIALOGUES: Mapping[Protocol, Callable[[Deadline, Trace], Dialogue]] = {
    Protocol.SMTP: smtp.Dialogue,
    Protocol.IMAP: imap.Dialogue,
    Protocol.POP3: pop3.Dialogue,
}


class Security(StrEnum):
    """When TLS begins."""

    NONE = "none"
    STARTTLS = "starttls"
    """After a plain greeting, if the server offers it (STLS in POP3)."""
    TLS = "tls"
    """From the first byte, as at ports 465, 993 and 995 (RFC 8314)."""


@dataclass(frozen=True, slots=True)
class Greeting:
    """What a mail server said; fields are None or empty where it did not get that far."""

    outcome: Outcome
    status: str
    """The greeting's first word: 220 and so on, OK, PREAUTH or BYE, +OK or -ERR."""
    willing: bool
    """Whether that word says that the server will work; one that says no answers too."""
    greeting: str
    capabilities: tuple[str, ...]
    """Keywords in capitals, without their arguments; a POP3 server without CAPA has none."""
    greeting_seconds: float | None
    """From the connection, or the TLS handshake, to the whole greeting."""
    handshake: tls.Handshake | None
    detail: str

    @property
    def code(self) -> int | None:
        """The status as a number, which only SMTP's is."""
        return int(self.status) if self.status.isascii() and self.status.isdigit() else None


def greet(
    protocol: Protocol,
    host: str,
    port: int,
    *,
    security: Security = Security.STARTTLS,
    timeout_seconds: float,
    server_name: str = "",
    ca_file: str | None = None,
    clock: Clock = time.perf_counter,
    trace: Trace = silent,
) -> Greeting:
    """Greet the server at `host`, look at its certificate as `security` says, and leave.

    `server_name`, or `host` without one, is verified in the certificate. Raises CheckError when
    this machine could not ask.
    """
    deadline = Deadline(timeout_seconds, clock)

    def start() -> Dialogue:
        return _DIALOGUES[protocol](deadline, trace)

    dialogue = start()
    outcome, detail = Outcome.ANSWERED, ""
    handshake: tls.Handshake | None = None

    def connect() -> Stream:
        endpoints = resolve(host, port, timeout_seconds=deadline.remaining_seconds())
        sock, _, _ = open_socket(endpoints, deadline, trace)
        return Stream(sock, deadline)

    def connect_for_tls() -> Stream:
        stream = connect()
        try:
            again = start()
            again.greet(stream)
            again.agree_on_tls(stream)
        except BaseException:
            stream.close()
            raise
        trace("the server agreed to TLS")
        return stream

    try:
        stream: Stream
        if security is Security.TLS:
            stream, handshake = tls.secure(
                connect, server_name or host, deadline, ca_file=ca_file, trace=trace
            )
        else:
            stream = connect()
        with stream:
            dialogue.greet(stream)
            _leave(dialogue, stream)
        if security is Security.STARTTLS and dialogue.offers_tls():
            stream, handshake = tls.secure(
                connect_for_tls, server_name or host, deadline, ca_file=ca_file, trace=trace
            )
            with stream:
                _leave(dialogue, stream)
    except OSError as exc:
        trace(f"failed: {exc}")
        outcome, detail = outcome_of(exc), str(exc)
    return Greeting(
        outcome=outcome,
        status=dialogue.status,
        willing=dialogue.willing,
        greeting=dialogue.greeting,
        capabilities=dialogue.capabilities,
        greeting_seconds=dialogue.greeting_seconds,
        handshake=handshake,
        detail=detail,
    )


def _leave(dialogue: Dialogue, stream: Stream) -> None:
    try:
        dialogue.leave(stream)
    except OSError:
        return  # The measurement is done.
