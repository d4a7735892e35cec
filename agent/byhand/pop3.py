"""`govnet-agent probe pop3`: whether a mailbox server greets, and with which certificate."""

import argparse
from collections.abc import Callable

from agent.byhand import mail
from agent.byhand.contract import Answer
from agent.probe import pop3
from agent.probe.outcome import Outcome
from agent.probe.trace import Trace


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add which server, and when TLS begins."""
    mail.add_arguments(parser, 110, 995)


def ask(
    arguments: argparse.Namespace,
    timeout_seconds: float,
    trace: Trace,
    *,
    greet: Callable[..., pop3.Pop3Greeting] = pop3.greet,
) -> Answer:
    """Visit the server; nobody logs in. Raises CheckError if this machine could not ask."""
    host, port, security = mail.where(arguments)
    seen = greet(host, port, security=security, timeout_seconds=timeout_seconds, trace=trace)
    trusted = seen.handshake is None or seen.handshake.verified
    ready = seen.outcome is Outcome.ANSWERED and bool(seen.ready)
    status = "+OK" if seen.ready else "-ERR"
    return Answer(
        good=ready and trusted,
        lines=mail.lines(
            f"Máy chủ hộp thư {host} cổng {port}",
            said="" if seen.ready is None else f"{status} {seen.greeting}",
            outcome=seen.outcome,
            detail=seen.detail,
            greeting_seconds=seen.greeting_seconds,
            capabilities=seen.capabilities,
            handshake=seen.handshake,
        ),
    )
