"""Certificates as text, and whose signature a signature is (RFC 5280); loads `cryptography`.

Only the probes that verify signatures import this, when they are asked.
"""

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import HashAlgorithm

from govnet.errors import CheckError

UNREADABLE = (
    ValueError,
    TypeError,
    OverflowError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
"""All that `cryptography` raises for bytes that are no certificate, answer or list."""


def certificate(pem: str, whose: str) -> x509.Certificate:
    """Return the first certificate of a PEM text. Raises CheckError if there is none."""
    try:
        return x509.load_pem_x509_certificate(pem.encode())
    except UNREADABLE as exc:
        # What the library says of it is about the library.
        raise CheckError(f"expected the {whose} certificate as PEM text") from exc


def is_signed_by(
    key: object, signature: bytes, data: bytes, algorithm: HashAlgorithm | None
) -> bool:
    """Tell whether `signature` over `data` was made with the private half of `key`.

    RSA with PKCS #1 v1.5, ECDSA and EdDSA (RFC 8017, 6979, 8032): what CAs sign answers with.
    """
    try:
        match key:
            case rsa.RSAPublicKey() if algorithm is not None:
                key.verify(signature, data, padding.PKCS1v15(), algorithm)
            case ec.EllipticCurvePublicKey() if algorithm is not None:
                key.verify(signature, data, ec.ECDSA(algorithm))
            case ed25519.Ed25519PublicKey() | ed448.Ed448PublicKey():
                key.verify(signature, data)
            case _:
                return False
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True
