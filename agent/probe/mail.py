"""How a visit to a mail server goes, whatever it speaks: connect, greet, TLS, leave.

No mail is sent or read and nobody logs in. With STARTTLS a first connection greets and, where TLS
is offered, a second one shakes hands: a handshake that fails must not hide the greeting.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeVar

from agent.probe import tls
from agent.probe.deadline import Deadline
from agent.probe.outcome import Outcome, outcome_of
from agent.probe.resolve import resolve
from agent.probe.stream import Stream
from agent.probe.tcp import open_socket
from agent.probe.trace import Trace


class Security(StrEnum):
    """When TLS begins."""

    NONE = "none"
    STARTTLS = "starttls"
    """After a plain greeting, if the server offers it (STLS in POP3)."""
    TLS = "tls"
    """From the first byte, as at ports 465, 993 and 995 (RFC 8314)."""


class Dialogue(Protocol):
    """What one connection says and hears in one protocol; its fields keep what was heard."""

    def greet(self, stream: Stream) -> None:
        """Read the greeting and, where it is friendly, ask for the capabilities."""
        ...

    def offers_tls(self) -> bool:
        """Tell whether the server offered to change to TLS."""
        ...

    def agree_on_tls(self, stream: Stream) -> None:
        """Ask for TLS. Raises PeerError if the server does not agree, or says more than that."""
        ...

    def leave(self, stream: Stream) -> None:
        """Say goodbye; the answer does not matter."""
        ...


@dataclass(frozen=True, slots=True)
class Visit:
    """How a visit ended."""

    outcome: Outcome
    handshake: tls.Handshake | None
    detail: str


D = TypeVar("D", bound=Dialogue)


def visit(
    start: Callable[[], D],
    host: str,
    port: int,
    *,
    security: Security,
    deadline: Deadline,
    server_name: str,
    ca_file: str | None,
    trace: Trace,
) -> tuple[D, Visit]:
    """Visit the server; `start` makes the dialogue of a connection. Return the first dialogue.

    `server_name` is verified in the certificate. Raises CheckError when this machine could not
    ask.
    """
    dialogue = start()
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
                connect, server_name, deadline, ca_file=ca_file, trace=trace
            )
        else:
            stream = connect()
        with stream:
            dialogue.greet(stream)
            _leave(dialogue, stream)
        if security is Security.STARTTLS and dialogue.offers_tls():
            stream, handshake = tls.secure(
                connect_for_tls, server_name, deadline, ca_file=ca_file, trace=trace
            )
            with stream:
                _leave(dialogue, stream)
    except OSError as exc:
        trace(f"failed: {exc}")
        return dialogue, Visit(outcome_of(exc), handshake, str(exc))
    return dialogue, Visit(Outcome.ANSWERED, handshake, "")


def _leave(dialogue: Dialogue, stream: Stream) -> None:
    try:
        dialogue.leave(stream)
    except OSError:
        return  # The measurement is done.
