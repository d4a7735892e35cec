"""Why an OCSP answer or a list of revoked certificates does not count."""

from enum import StrEnum


class Problem(StrEnum):
    """One reason each, as a trace says it."""

    NOT_SIGNED = "it is not signed by the issuer"
    RESPONDER_NOT_NAMED = "it is signed by somebody whom the issuer did not certify for OCSP"
    RESPONDER_EXPIRED = "the certificate of who signed it is not valid now"
    OTHER_CERTIFICATE = "it is about another certificate"
    OTHER_NONCE = "it answers another question: the nonce is not ours"
    FROM_FUTURE = "it is from the future"
    OUT_OF_DATE = "it is out of date"
