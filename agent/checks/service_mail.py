"""Whether a mail server greets: SMTP, IMAP, POP3, plain, with STARTTLS or with TLS from the start.

TLS is spoken wherever it is offered, to see the certificate. SMTP's code must be `expect_status`,
or 220; IMAP's greeting must not be BYE, POP3's must be +OK.
"""

from collections.abc import Callable
from typing import Any

from agent.checks.asking import answer_seconds
from agent.checks.contract import Context
from agent.checks.service_finding import Finding, contains, refuse_status
from agent.probe.imap import ImapGreeting
from agent.probe.mail import Security
from agent.probe.outcome import Outcome
from agent.probe.pop3 import Pop3Greeting
from agent.probe.smtp import SmtpGreeting
from govnet.settings import ServiceSettings

PORTS = {"smtp": 25, "smtps": 465, "imap": 143, "imaps": 993, "pop3": 110, "pop3s": 995}
_SMTP_READY = 220


def use_smtp(
    greet: Callable[..., SmtpGreeting],
    target: ServiceSettings,
    host: str,
    port: int,
    context: Context,
    *,
    secure: bool,
) -> Finding:
    """Visit a mail server; `secure` is TLS from the first byte."""
    visit = _visit(greet, target, host, port, context, secure=secure or port == PORTS["smtps"])
    expected = _SMTP_READY if target.expect_status is None else target.expect_status
    said = visit.greeting if visit.greeting_code is not None else None
    return Finding(
        usable=visit.outcome is Outcome.ANSWERED and visit.greeting_code == expected,
        matched=contains(target.expect_content, said),
        phases=_phases(visit),
        status_code=visit.greeting_code,
        handshake=visit.handshake,
    )


def use_imap(
    greet: Callable[..., ImapGreeting],
    target: ServiceSettings,
    host: str,
    port: int,
    context: Context,
    *,
    secure: bool,
) -> Finding:
    """Visit a mailbox server that speaks IMAP; `secure` is TLS from the first byte."""
    refuse_status(target)
    visit = _visit(greet, target, host, port, context, secure=secure)
    return Finding(
        usable=visit.outcome is Outcome.ANSWERED and visit.status in ("OK", "PREAUTH"),
        matched=contains(target.expect_content, visit.greeting if visit.status else None),
        phases=_phases(visit),
        handshake=visit.handshake,
    )


def use_pop3(
    greet: Callable[..., Pop3Greeting],
    target: ServiceSettings,
    host: str,
    port: int,
    context: Context,
    *,
    secure: bool,
) -> Finding:
    """Visit a mailbox server that speaks POP3; `secure` is TLS from the first byte."""
    refuse_status(target)
    visit = _visit(greet, target, host, port, context, secure=secure)
    said = visit.greeting if visit.ready is not None else None
    return Finding(
        usable=visit.outcome is Outcome.ANSWERED and bool(visit.ready),
        matched=contains(target.expect_content, said),
        phases=_phases(visit),
        handshake=visit.handshake,
    )


def _visit(
    greet: Callable[..., Any],
    target: ServiceSettings,
    host: str,
    port: int,
    context: Context,
    *,
    secure: bool,
) -> Any:
    return greet(
        target.address or host,
        port,
        security=Security.TLS if secure else Security.STARTTLS,
        timeout_seconds=answer_seconds(context),
        server_name=host,
        trace=context.trace,
    )


def _phases(
    visit: SmtpGreeting | ImapGreeting | Pop3Greeting,
) -> tuple[tuple[str, float | None], ...]:
    handshake_seconds = visit.handshake.seconds if visit.handshake is not None else None
    return (("tls", handshake_seconds), ("first_byte", visit.greeting_seconds))
