"""OCSP requests and answers as bytes (RFC 6960), and whether an answer may be believed; pure.

An answer counts when it is about our certificate, signed by the issuer itself or by a responder
that the issuer certified for it (§4.2.2.2), neither from the future nor out of date (§4.2.2.1), and
when a nonce that it repeats is ours (RFC 9654: a responder may leave it out).
"""

import datetime as dt
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from agent.probe.outcome import Outcome, PeerError
from agent.probe.signature_problem import Problem
from agent.probe.x509 import UNREADABLE, is_signed_by

_SKEW_SECONDS = 300.0  # As openssl's -validity_period: clocks differ.
_STATUSES = {
    ocsp.OCSPCertStatus.GOOD: 0,
    ocsp.OCSPCertStatus.REVOKED: 1,
    ocsp.OCSPCertStatus.UNKNOWN: 2,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a responder's answer says; without a successful one all but `problem` are None."""

    status: int | None
    """0 good, 1 revoked, 2 unknown (§2.2)."""
    this_update_at: float | None
    next_update_at: float | None
    """None also when newer word is to be had at any time."""
    problem: str
    """Why the answer does not count; empty when it does."""


def build_request(certificate: x509.Certificate, issuer: x509.Certificate, nonce: bytes) -> bytes:
    """Return the DER bytes of a question about one certificate."""
    # SHA-1 only names the issuer here, and every responder understands it (RFC 5019 §2.1.1).
    builder = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, hashes.SHA1())  # noqa: S303 - as said above
    request = builder.add_extension(x509.OCSPNonce(nonce), critical=False).build()
    return request.public_bytes(serialization.Encoding.DER)


def read_answer(body: bytes, question: bytes, issuer: x509.Certificate, now: float) -> Answer:
    """Return what an answer to our `question` says.

    `now` is the time by which it is judged (Unix seconds). Raises PeerError(MALFORMED) for bytes
    that are no OCSP answer.
    """
    request = ocsp.load_der_ocsp_request(question)
    try:
        response = ocsp.load_der_ocsp_response(body)
        if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            word = response.response_status.name.lower()
            return Answer(None, None, None, f"the responder says {word}")
        ours = [each for each in response.responses if _is_about(each, request)]
        if not ours:
            return Answer(None, None, None, Problem.OTHER_CERTIFICATE)
        single = ours[0]
        this_at = single.this_update_utc.timestamp()
        next_at = single.next_update_utc.timestamp() if single.next_update_utc else None
        problem = (
            _signature_problem(response, issuer, now)
            or _time_problem(this_at, next_at, now)
            or _nonce_problem(response, request)
        )
        return Answer(_STATUSES[single.certificate_status], this_at, next_at, problem)
    except UNREADABLE as exc:
        raise PeerError(Outcome.MALFORMED, f"not an OCSP answer: {exc}") from exc


def _is_about(single: ocsp.OCSPSingleResponse, request: ocsp.OCSPRequest) -> bool:
    """Compare the CertID with that of the question (§4.1.1)."""
    return (
        isinstance(single.hash_algorithm, type(request.hash_algorithm))
        and single.serial_number == request.serial_number
        and single.issuer_name_hash == request.issuer_name_hash
        and single.issuer_key_hash == request.issuer_key_hash
    )


def _signature_problem(response: ocsp.OCSPResponse, issuer: x509.Certificate, now: float) -> str:
    signers = [issuer]
    refused = ""
    for each in response.certificates:
        refused = _delegation_problem(each, issuer, now)
        if not refused:
            signers.append(each)
    for signer in signers:
        if is_signed_by(
            signer.public_key(),
            response.signature,
            response.tbs_response_bytes,
            response.signature_hash_algorithm,
        ):
            return ""
    return refused or Problem.NOT_SIGNED


def _delegation_problem(responder: x509.Certificate, issuer: x509.Certificate, now: float) -> str:
    """Return why a responder's certificate does not let it speak for the issuer; empty if it may.

    §4.2.2.2: issued directly by the certificate's issuer, for signing OCSP answers.
    """
    if responder == issuer:
        return ""
    try:
        responder.verify_directly_issued_by(issuer)
        usage = responder.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (x509.ExtensionNotFound, InvalidSignature, *UNREADABLE):
        return Problem.RESPONDER_NOT_NAMED
    if ExtendedKeyUsageOID.OCSP_SIGNING not in usage:
        return Problem.RESPONDER_NOT_NAMED
    moment = dt.datetime.fromtimestamp(now, dt.UTC)
    if not responder.not_valid_before_utc <= moment <= responder.not_valid_after_utc:
        return Problem.RESPONDER_EXPIRED
    return ""


def _time_problem(this_at: float, next_at: float | None, now: float) -> str:
    if this_at > now + _SKEW_SECONDS:
        return Problem.FROM_FUTURE
    if next_at is not None and next_at < now - _SKEW_SECONDS:
        return Problem.OUT_OF_DATE
    return ""


def _nonce_problem(response: ocsp.OCSPResponse, request: ocsp.OCSPRequest) -> str:
    asked = request.extensions.get_extension_for_class(x509.OCSPNonce).value
    try:
        repeated = response.extensions.get_extension_for_class(x509.OCSPNonce).value
    except x509.ExtensionNotFound:
        return ""
    return "" if repeated == asked else Problem.OTHER_NONCE
