"""Whether a mail server greets: SMTP, IMAP, POP3, plain, with STARTTLS or with TLS from the start.

TLS is spoken wherever it is offered, to see the certificate. SMTP's code must be `expect_status`,
or 220; IMAP's greeting must not be BYE, POP3's must be +OK.
"""

from collections.abc import Callable

from agent.checks.asking import answer_seconds
from agent.checks.contract import Context
from agent.checks.service_finding import Finding, contains, refuse_status
from agent.probe.mail import Greeting, Protocol, Security
from agent.probe.outcome import Outcome
from govnet.settings import ServiceSettings

PORTS = {"smtp": 25, "smtps": 465, "imap": 143, "imaps": 993, "pop3": 110, "pop3s": 995}


def use(
    greet: Callable[..., Greeting],
    target: ServiceSettings,
    host: str,
    port: int,
    context: Context,
    *,
    scheme: str,
) -> Finding:
    """Visit a server by one of the schemes of PORTS; those in "s" are TLS from the first byte."""
    protocol = Protocol(scheme.removesuffix("s"))
    if protocol is not Protocol.SMTP:
        refuse_status(target)
    secure = scheme.endswith("s") or (scheme, port) == ("smtp", PORTS["smtps"])
    seen = greet(
        protocol,
        target.address or host,
        port,
        security=Security.TLS if secure else Security.STARTTLS,
        timeout_seconds=answer_seconds(context),
        server_name=host,
        trace=context.trace,
    )
    expected = target.expect_status
    as_expected = seen.willing if expected is None else seen.code == expected
    tls_seconds = seen.handshake.seconds if seen.handshake is not None else None
    return Finding(
        usable=seen.outcome is Outcome.ANSWERED and as_expected,
        matched=contains(target.expect_content, seen.greeting if seen.status else None),
        phases=(("tls", tls_seconds), ("first_byte", seen.greeting_seconds)),
        status_code=seen.code if protocol is Protocol.SMTP else None,
        handshake=seen.handshake,
    )
