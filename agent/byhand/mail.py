"""What the probes of mail servers by hand have in common: arguments, and the end of an answer."""

import argparse
from collections.abc import Iterable

from agent.byhand import ranges
from agent.byhand.certificates import sentence
from agent.byhand.wording import WHY, milliseconds
from agent.probe.mail import Security
from agent.probe.outcome import Outcome
from agent.probe.tls import Handshake


def add_arguments(parser: argparse.ArgumentParser, port: int, tls_port: int) -> None:
    """Add which server, and when TLS begins."""
    parser.add_argument("host", help="name or address")
    parser.add_argument(
        "--port", type=ranges.port, help=f"TCP port (default: {port}, or {tls_port} with --tls)"
    )
    parser.add_argument(
        "--tls", action="store_true", help="TLS from the first byte; otherwise STARTTLS if offered"
    )
    parser.set_defaults(plain_port=port, tls_port=tls_port)


def where(arguments: argparse.Namespace) -> tuple[str, int, Security]:
    """Return host, port and security that the arguments say."""
    usual = arguments.tls_port if arguments.tls else arguments.plain_port
    security = Security.TLS if arguments.tls else Security.STARTTLS
    return arguments.host, arguments.port or usual, security


def lines(
    place: str,
    *,
    said: str,
    outcome: Outcome,
    detail: str,
    greeting_seconds: float | None,
    capabilities: Iterable[str],
    handshake: Handshake | None,
) -> tuple[str, ...]:
    """Return the sentences about a visit; `said` is the greeting in words, empty without one."""
    found: list[str] = []
    if said:
        after = f" sau {milliseconds(greeting_seconds)}" if greeting_seconds is not None else ""
        found.append(f"{place} chào{after}: {said.rstrip('. ')}.")
    if outcome is not Outcome.ANSWERED:
        shown = f" ({detail})" if detail else ""
        begun = "ngắt giữa chừng" if said else "không chào"
        found.append(f"{place} {begun}: {WHY[outcome]}{shown}.")
    words = ", ".join(capabilities)
    if words:
        found.append(f"Máy chủ biết: {words}.")
    if handshake is not None:
        found.append(sentence(handshake))
    elif said and outcome is Outcome.ANSWERED:
        found.append("Máy chủ không mời dùng TLS.")
    return tuple(found)
