"""Which SNMP access can be used here; loads nothing of SNMP."""

from importlib.util import find_spec

from govnet.errors import CheckError
from govnet.settings import SnmpAccess

AUTHENTICATION = ("sha", "sha224", "sha256", "sha384", "sha512")
"""HMAC-SHA-96 of RFC 3414 and the algorithms of RFC 7860."""
PRIVACY = ("aes128", "aes192", "aes256")
"""RFC 3826, and the same with longer keys, for which there are two ways and no RFC."""

_MOST_BYTES = {"user": 32, "context": 255, "community": 255}
"""RFC 3414 (usmUserName), RFC 3411 (SnmpAdminString); a community has no limit of its own."""


def check_access(access: SnmpAccess) -> None:
    """Raise CheckError for access that cannot be used here.

    Keys and communities are never repeated. Encryption needs the package cryptography.
    """
    if access.version not in ("1", "2c", "3"):
        raise CheckError(f"expected SNMP version 1, 2c or 3, got {access.version!r}")
    _check_lengths(access)
    if access.version != "3":
        if not access.community:
            raise CheckError(f"SNMP version {access.version} needs a community")
        return
    if not access.user:
        raise CheckError("SNMP version 3 needs a user")
    for what, algorithm, key, known in (
        ("authentication", access.authentication, access.authentication_key, AUTHENTICATION),
        ("privacy", access.privacy, access.privacy_key, PRIVACY),
    ):
        if algorithm and algorithm not in known:
            raise CheckError(f"{what}: expected one of {', '.join(known)}, got {algorithm!r}")
        if algorithm and not key:
            raise CheckError(f"{what} by {algorithm} needs a key")
    if access.privacy and not access.authentication:
        raise CheckError("privacy needs authentication as well (RFC 3414)")
    if access.privacy and not _can_encrypt():
        raise CheckError(
            "encrypted SNMP needs the Python package cryptography, 47 or newer:"
            " pip install 'cryptography>=47'"
        )


def _check_lengths(access: SnmpAccess) -> None:
    lengths = {
        "user": len(access.user.encode()),
        "context": len(access.context.encode()),
        "community": len(access.community.reveal().encode()),
    }
    for what, most in _MOST_BYTES.items():
        if lengths[what] > most:
            raise CheckError(f"an SNMP {what} has at most {most} bytes, this one {lengths[what]}")


def _can_encrypt() -> bool:
    """Whether what pysnmp encrypts with is installed; it looks for CFB nowhere else."""
    try:
        return find_spec("cryptography.hazmat.decrepit.ciphers.modes") is not None
    except ModuleNotFoundError:
        return False
