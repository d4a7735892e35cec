"""Whether what digital signatures rest on works: OCSP responders and lists of revoked certificates.

- ocsp+http: the answer about `certificate` must count (signed by `issuer` or its responder, in
  time) and know the certificate. A revoked one is a working responder's answer; its status tells
- crl+http: the list must be signed by `issuer` and not be out of date
"""

from collections.abc import Callable

from agent.checks.asking import answer_seconds
from agent.checks.contract import Context
from agent.checks.service_finding import Finding, of_connection, refuse_content, refuse_status
from agent.probe.crl import CrlReply
from agent.probe.http import Fetch
from agent.probe.ocsp import OcspReply
from govnet.errors import CheckError
from govnet.settings import ServiceSettings

_UNKNOWN = 2


def use_ocsp(ask: Callable[..., OcspReply], target: ServiceSettings, context: Context) -> Finding:
    """Ask the responder. Raises CheckError for settings that cannot be asked."""
    refuse_status(target)
    refuse_content(target)
    if not target.certificate or not target.issuer:
        raise CheckError("expected the certificate to ask about, and its issuer's")
    reply = ask(
        target.url.removeprefix("ocsp+"),
        target.certificate,
        target.issuer,
        now=_now(context),
        timeout_seconds=answer_seconds(context),
        connect_to=target.address or "",
        trace=context.trace,
    )
    return _finding(
        reply,
        usable=reply.status != _UNKNOWN,
        of_its_own=(("ocsp_status_code", reply.status),),
    )


def use_crl(fetch: Callable[..., CrlReply], target: ServiceSettings, context: Context) -> Finding:
    """Fetch the list. Raises CheckError for settings that cannot be asked."""
    refuse_status(target)
    refuse_content(target)
    if not target.issuer:
        raise CheckError("expected the certificate of the list's issuer")
    reply = fetch(
        target.url.removeprefix("crl+"),
        target.issuer,
        now=_now(context),
        timeout_seconds=answer_seconds(context),
        connect_to=target.address or "",
        trace=context.trace,
    )
    return _finding(reply, usable=True)


def _finding(
    reply: OcspReply | CrlReply,
    *,
    usable: bool,
    of_its_own: tuple[tuple[str, float | None], ...] = (),
) -> Finding:
    return Finding(
        usable=bool(reply.valid) and usable,
        phases=_phases(reply.page),
        status_code=reply.page.status_code,
        details=(
            ("signature_verified", reply.valid),
            *of_its_own,
            ("next_update_timestamp_seconds", reply.next_update_at),
            *of_connection(reply.page.tcp),
        ),
    )


def _now(context: Context) -> float:
    """Return the collector's time: the clock of an office PC may be wrong by years."""
    return context.clock.time() - (context.clock_offset_seconds or 0.0)


def _phases(page: Fetch) -> tuple[tuple[str, float | None], ...]:
    return (
        ("dns", page.phases.dns_seconds),
        ("connect", page.phases.connect_seconds),
        ("first_byte", page.phases.first_byte_seconds),
        ("transfer", page.phases.transfer_seconds),
    )
