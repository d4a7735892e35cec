"""What the probes of mail servers by hand have in common: all but the usual ports."""

import argparse
from collections.abc import Callable, Iterator

from agent.byhand import ranges
from agent.byhand.certificates import sentence
from agent.byhand.contract import Answer
from agent.byhand.wording import WHY, milliseconds
from agent.probe.mail import Greeting, Protocol, Security, greet
from agent.probe.outcome import Outcome
from agent.probe.trace import Trace

_PLACES = {
    Protocol.SMTP: "Máy chủ thư",
    Protocol.IMAP: "Máy chủ hộp thư",
    Protocol.POP3: "Máy chủ hộp thư",
}


def add_arguments(
    parser: argparse.ArgumentParser, *, protocol: Protocol, port: int, tls_port: int
) -> None:
    """Add which server, and when TLS begins."""
    parser.add_argument("host", help="name or address")
    parser.add_argument(
        "--port", type=ranges.port, help=f"TCP port (default: {port}, or {tls_port} with --tls)"
    )
    parser.add_argument(
        "--tls", action="store_true", help="TLS from the first byte; otherwise STARTTLS if offered"
    )
    parser.set_defaults(protocol=protocol, plain_port=port, tls_port=tls_port)


def ask(
    arguments: argparse.Namespace,
    timeout_seconds: float,
    trace: Trace,
    *,
    greet: Callable[..., Greeting] = greet,
) -> Answer:
    """Visit the server; no mail is sent, nobody logs in.

    Raises CheckError if this machine could not ask.
    """
    port = arguments.port or (arguments.tls_port if arguments.tls else arguments.plain_port)
    seen = greet(
        arguments.protocol,
        arguments.host,
        port,
        security=Security.TLS if arguments.tls else Security.STARTTLS,
        timeout_seconds=timeout_seconds,
        trace=trace,
    )
    trusted = seen.handshake is None or seen.handshake.verified
    place = f"{_PLACES[arguments.protocol]} {arguments.host} cổng {port}"
    return Answer(
        good=seen.outcome is Outcome.ANSWERED and seen.willing and trusted,
        lines=tuple(_lines(place, seen)),
    )


def _lines(place: str, seen: Greeting) -> Iterator[str]:
    took = seen.greeting_seconds
    if seen.status:
        after = f" sau {milliseconds(took)}" if took is not None else ""
        said = f"{seen.status} {seen.greeting}".rstrip(". ")
        yield f"{place} chào{after}: {said}."
    if seen.outcome is not Outcome.ANSWERED:
        shown = f" ({seen.detail})" if seen.detail else ""
        begun = "ngắt giữa chừng" if seen.status else "không chào"
        yield f"{place} {begun}: {WHY[seen.outcome]}{shown}."
    if seen.capabilities:
        yield f"Máy chủ biết: {', '.join(seen.capabilities)}."
    if seen.handshake is not None:
        yield sentence(seen.handshake)
    elif seen.status and seen.outcome is Outcome.ANSWERED:
        yield "Máy chủ không mời dùng TLS."
