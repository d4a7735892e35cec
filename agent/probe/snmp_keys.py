"""Keys of version 3: from a password to what signs and encrypts with one device.

RFC 3414 §A.2 (password to key, localisation), RFC 7860 (SHA-2), RFC 3826 (AES-128). No RFC has
AES-192 and AES-256; devices stretch the key in one of two ways, and both are known here.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

from agent.probe.snmp_pdu import NotSnmpError
from govnet.errors import CheckError
from govnet.settings import SnmpAccess

AUTHENTICATION = {"sha": 12, "sha224": 16, "sha256": 24, "sha384": 32, "sha512": 48}
"""Algorithm -> bytes of its digest in a message."""
PRIVACY = {"aes128": 16, "aes192": 24, "aes256": 32}
"""Algorithm -> bytes of its key."""

_HASHES = {"sha": "sha1"} | {name: name for name in AUTHENTICATION if name != "sha"}
_PASSWORD_BYTES = 1 << 20
_SALT_BYTES = 8


def check_access(access: SnmpAccess) -> None:
    """Raise CheckError for access that cannot be used here.

    Keys and communities are never repeated. Encryption needs the package cryptography.
    """
    if access.version not in ("1", "2c", "3"):
        raise CheckError(f"expected SNMP version 1, 2c or 3, got {access.version!r}")
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
    if access.privacy:
        _cryptography()


@dataclass(frozen=True, slots=True, repr=False)
class UserKeys:
    """One user's keys with one device; empty where the user has none. Shows nothing of itself."""

    algorithm: str
    authentication: bytes
    privacy: bytes

    @property
    def digest_bytes(self) -> int:
        """Length of a digest in a message."""
        return AUTHENTICATION[self.algorithm]

    def digest(self, message: bytes) -> bytes:
        """Return the digest of a message whose own digest is zeros."""
        whole = hmac.digest(self.authentication, message, _HASHES[self.algorithm])
        return whole[: self.digest_bytes]

    def encrypt(self, boots: int, time: int, data: bytes) -> tuple[bytes, bytes]:
        """Return encrypted data, and the salt that the other side needs."""
        salt = secrets.token_bytes(_SALT_BYTES)
        return self._crypt(boots, time, salt, data, encrypt=True), salt

    def decrypt(self, boots: int, time: int, salt: bytes, data: bytes) -> bytes:
        """Return what was encrypted; with a wrong key, rubbish. Raises NotSnmpError."""
        if len(salt) != _SALT_BYTES:
            raise NotSnmpError("an encrypted message without its salt")
        return self._crypt(boots, time, salt, data, encrypt=False)

    def _crypt(self, boots: int, time: int, salt: bytes, data: bytes, *, encrypt: bool) -> bytes:
        algorithms, ciphers, modes = _cryptography()
        start = boots.to_bytes(4, "big") + time.to_bytes(4, "big") + salt
        cipher = ciphers.Cipher(algorithms.AES(self.privacy), modes.CFB(start))
        worker = cipher.encryptor() if encrypt else cipher.decryptor()
        return bytes(worker.update(data) + worker.finalize())


def keys_for(access: SnmpAccess, engine_id: bytes, *, alternative: bool = False) -> UserKeys:
    """Return the user's keys with the device of that engine id.

    `alternative` stretches keys of AES-192 and AES-256 as Cisco and others do (the draft of Reeder
    for 3DES) instead of as net-snmp does (the draft of Blumenthal).
    """
    if not access.authentication:
        return UserKeys("", b"", b"")
    digest = _HASHES[access.authentication]
    authentication = localised(digest, access.authentication_key.reveal().encode(), engine_id)
    privacy = b""
    if access.privacy:
        size = PRIVACY[access.privacy]
        privacy = localised(digest, access.privacy_key.reveal().encode(), engine_id)
        while len(privacy) < size:
            privacy += (
                localised(digest, privacy, engine_id)
                if alternative
                else hashlib.new(digest, privacy).digest()
            )
        privacy = privacy[:size]
    return UserKeys(access.authentication, authentication, privacy)


@lru_cache(maxsize=512)
def localised(digest: str, password: bytes, engine_id: bytes) -> bytes:
    """Return a password as the key for one device (RFC 3414 §A.2): a few ms, so it is kept."""
    repeated = password * (_PASSWORD_BYTES // len(password) + 1)
    key = hashlib.new(digest, repeated[:_PASSWORD_BYTES]).digest()
    return hashlib.new(digest, key + engine_id + key).digest()


@cache
def _cryptography() -> tuple[ModuleType, ModuleType, ModuleType]:
    """Return the modules of algorithms, ciphers and modes; only encryption loads them."""
    try:
        from cryptography.hazmat.primitives import ciphers  # noqa: PLC0415 - 11 MB, for few agents
        from cryptography.hazmat.primitives.ciphers import algorithms  # noqa: PLC0415 - as above
    except ImportError as exc:
        raise CheckError(
            "encrypted SNMP needs the Python package cryptography: pip install cryptography"
        ) from exc
    # Newer versions of cryptography keep CFB apart, and warn of the old place.
    modes = "decrepit" if find_spec("cryptography.hazmat.decrepit.ciphers.modes") else "primitives"
    return algorithms, ciphers, import_module(f"cryptography.hazmat.{modes}.ciphers.modes")
