"""Lists of revoked certificates as bytes (RFC 5280 §5), DER or PEM; pure, loads `cryptography`."""

from dataclasses import dataclass

from cryptography import x509

from agent.probe.outcome import Outcome, PeerError
from agent.probe.signature_problem import Problem
from agent.probe.x509 import UNREADABLE

_PEM = b"-----BEGIN"
_SKEW_SECONDS = 300.0  # Clocks differ.


@dataclass(frozen=True, slots=True)
class RevocationList:
    """What a list says of itself."""

    next_update_at: float | None
    """None where the list does not say; RFC 5280 §5.1.2.5 wants it there."""
    problem: str
    """Why the list does not count; empty when it does."""


def read(body: bytes, issuer: x509.Certificate, now: float) -> RevocationList:
    """Return what a list says; `now` is the time by which it is judged (Unix seconds).

    Raises PeerError(MALFORMED) for bytes that are no list.
    """
    try:
        load = x509.load_pem_x509_crl if body.startswith(_PEM) else x509.load_der_x509_crl
        found = load(body)
        this_at = found.last_update_utc.timestamp()
        next_at = found.next_update_utc.timestamp() if found.next_update_utc else None
        signed = found.issuer == issuer.subject and _is_signed(found, issuer)
    except UNREADABLE as exc:
        raise PeerError(Outcome.MALFORMED, f"not a list of revoked certificates: {exc}") from exc
    problem = ""
    if not signed:
        problem = Problem.NOT_SIGNED
    elif this_at > now + _SKEW_SECONDS:
        problem = Problem.FROM_FUTURE
    elif next_at is not None and next_at < now - _SKEW_SECONDS:
        problem = Problem.OUT_OF_DATE
    return RevocationList(next_at, problem)


def _is_signed(found: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    return found.is_signature_valid(issuer.public_key())  # type: ignore[arg-type]  # It refuses other keys by TypeError.
