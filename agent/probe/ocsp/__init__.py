"""Ask an OCSP responder (RFC 6960) about one certificate, and judge its answer."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from agent.probe import http
from agent.probe.deadline import Clock
from agent.probe.outcome import Outcome, PeerError
from agent.probe.trace import Trace, silent

_ANSWER_LIMIT_BYTES = 65536
_NONCE_BYTES = 16
_OK = 200


@dataclass(frozen=True, slots=True)
class OcspReply:
    """What asking a responder showed; fields are None or empty where it did not get that far."""

    page: http.Fetch
    """The HTTP answer that carried it."""
    status: int | None
    """0 good, 1 revoked, 2 unknown."""
    next_update_at: float | None
    """When the answer is out of date (Unix seconds); None also where the responder does not say."""
    valid: bool | None
    """Whether the answer counts: signed by the issuer, in time, about this certificate."""
    problem: str
    """Why there is no answer that counts; empty when there is."""


def ask(
    url: str,
    certificate: str,
    issuer: str,
    *,
    now: float,
    timeout_seconds: float,
    connect_to: str = "",
    clock: Clock = time.perf_counter,
    random_bytes: Callable[[int], bytes] = secrets.token_bytes,
    trace: Trace = silent,
) -> OcspReply:
    """Ask the responder at `url` about `certificate`, which `issuer` signed; both are PEM texts.

    `now` (Unix seconds) is the time by which the answer is judged. Raises CheckError for a URL or
    certificate that is none and when this machine could not ask.
    """
    from agent.probe import x509  # noqa: PLC0415 - brings `cryptography`
    from agent.probe.ocsp import message as ocsp_message  # noqa: PLC0415 - brings `cryptography`

    ours = x509.certificate(certificate, "asked-for")
    its_issuer = x509.certificate(issuer, "issuer's")
    request = ocsp_message.build_request(ours, its_issuer, random_bytes(_NONCE_BYTES))
    page = http.fetch(
        url,
        timeout_seconds=timeout_seconds,
        limit_bytes=_ANSWER_LIMIT_BYTES,
        connect_to=connect_to,
        posting=http.Posting("application/ocsp-request", request),
        clock=clock,
        trace=trace,
    )
    if page.outcome is not Outcome.ANSWERED:
        return OcspReply(page, None, None, None, page.detail)
    if page.status_code != _OK:
        return OcspReply(page, None, None, None, f"HTTP status {page.status_code}")
    try:
        answer = ocsp_message.read_answer(page.body, request, its_issuer, now)
    except PeerError as exc:
        trace(str(exc))
        return OcspReply(page, None, None, None, str(exc))
    trace(f"status {answer.status}; {answer.problem or 'the answer counts'}")
    valid = None if answer.status is None else not answer.problem
    return OcspReply(page, answer.status, answer.next_update_at, valid, answer.problem)
