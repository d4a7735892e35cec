"""`govnet-agent probe imap`: whether a mailbox server greets, and with which certificate."""

import argparse
from collections.abc import Callable

from agent.byhand import mail
from agent.byhand.contract import Answer
from agent.probe import imap
from agent.probe.outcome import Outcome
from agent.probe.trace import Trace


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add which server, and when TLS begins."""
    mail.add_arguments(parser, 143, 993)


def ask(
    arguments: argparse.Namespace,
    timeout_seconds: float,
    trace: Trace,
    *,
    greet: Callable[..., imap.ImapGreeting] = imap.greet,
) -> Answer:
    """Visit the server; nobody logs in. Raises CheckError if this machine could not ask."""
    host, port, security = mail.where(arguments)
    seen = greet(host, port, security=security, timeout_seconds=timeout_seconds, trace=trace)
    trusted = seen.handshake is None or seen.handshake.verified
    ready = seen.outcome is Outcome.ANSWERED and seen.status in ("OK", "PREAUTH")
    return Answer(
        good=ready and trusted,
        lines=mail.lines(
            f"Máy chủ hộp thư {host} cổng {port}",
            said=f"{seen.status} {seen.greeting}" if seen.status else "",
            outcome=seen.outcome,
            detail=seen.detail,
            greeting_seconds=seen.greeting_seconds,
            capabilities=seen.capabilities,
            handshake=seen.handshake,
        ),
    )
