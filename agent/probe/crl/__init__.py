"""Fetch a list of revoked certificates (CRL, RFC 5280 §5) and judge it: signature and time."""

import time
from dataclasses import dataclass

from agent.probe import http
from agent.probe.deadline import Clock
from agent.probe.outcome import Outcome, PeerError
from agent.probe.trace import Trace, silent

LIMIT_BYTES = 16 * 1024 * 1024
"""Lists of a large CA have some megabytes."""
_OK = 200


@dataclass(frozen=True, slots=True)
class CrlReply:
    """What fetching a list showed; fields are None or empty where it did not get that far."""

    page: http.Fetch
    """The HTTP answer that carried it."""
    next_update_at: float | None
    """When the list is out of date (Unix seconds); None where the list does not say."""
    valid: bool | None
    """Whether the list counts: signed by the issuer and in time; None for what is no list."""
    problem: str
    """Why there is no list that counts; empty when there is."""


def fetch(
    url: str,
    issuer: str,
    *,
    now: float,
    timeout_seconds: float,
    connect_to: str = "",
    clock: Clock = time.perf_counter,
    trace: Trace = silent,
) -> CrlReply:
    """Fetch the list at `url`, which the holder of `issuer` (PEM text) signs.

    `now` (Unix seconds) is the time by which it is judged. Raises CheckError for a URL or
    certificate that is none and when this machine could not ask.
    """
    from agent.probe import x509  # noqa: PLC0415 - brings `cryptography`
    from agent.probe.crl import message as crl_message  # noqa: PLC0415 - brings `cryptography`

    signer = x509.certificate(issuer, "issuer's")
    page = http.fetch(
        url,
        timeout_seconds=timeout_seconds,
        limit_bytes=LIMIT_BYTES,
        connect_to=connect_to,
        clock=clock,
        trace=trace,
    )
    if page.outcome is not Outcome.ANSWERED:
        return CrlReply(page, None, None, page.detail)
    if page.status_code != _OK:
        return CrlReply(page, None, None, f"HTTP status {page.status_code}")
    if page.truncated:
        return CrlReply(page, None, None, f"a list of more than {LIMIT_BYTES} bytes")
    try:
        found = crl_message.read(page.body, signer, now)
    except PeerError as exc:
        trace(str(exc))
        return CrlReply(page, None, None, str(exc))
    trace(found.problem or "the list counts")
    return CrlReply(page, found.next_update_at, not found.problem, found.problem)
