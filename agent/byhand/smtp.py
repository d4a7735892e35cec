"""`govnet-agent probe smtp`: whether a mail server greets, and with which certificate."""

import argparse
from collections.abc import Callable

from agent.byhand import mail
from agent.byhand.contract import Answer
from agent.probe import smtp
from agent.probe.outcome import Outcome
from agent.probe.trace import Trace

_READY = 220


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add which server, and when TLS begins."""
    mail.add_arguments(parser, 25, 465)


def ask(
    arguments: argparse.Namespace,
    timeout_seconds: float,
    trace: Trace,
    *,
    greet: Callable[..., smtp.SmtpGreeting] = smtp.greet,
) -> Answer:
    """Visit the server; no mail is sent. Raises CheckError if this machine could not ask."""
    host, port, security = mail.where(arguments)
    seen = greet(host, port, security=security, timeout_seconds=timeout_seconds, trace=trace)
    trusted = seen.handshake is None or seen.handshake.verified
    ready = seen.outcome is Outcome.ANSWERED and seen.greeting_code == _READY
    return Answer(
        good=ready and trusted,
        lines=mail.lines(
            f"Máy chủ thư {host} cổng {port}",
            said="" if seen.greeting_code is None else f"{seen.greeting_code} {seen.greeting}",
            outcome=seen.outcome,
            detail=seen.detail,
            greeting_seconds=seen.greeting_seconds,
            capabilities=seen.capabilities,
            handshake=seen.handshake,
        ),
    )
