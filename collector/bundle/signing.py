"""Who made a bundle: an Ed25519 signature (RFC 8032) over the bytes of its manifest.

The key pair is made by `openssl`'s conventions (PEM, PKCS 8 and SubjectPublicKeyInfo), so that a
target without govnet verifies it: `openssl pkeyutl -verify -rawin`. The public key reaches the
target by another way than the stick.
"""

from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from govnet.disk import replace_file
from govnet.errors import ConfigError

_PRIVATE, _PUBLIC = 0o600, 0o644


def public_file(private: Path) -> Path:
    """Return where the public key of a private one is written."""
    return private.with_name(private.name + ".pub")


def make_pair(private: Path) -> Path:
    """Write a new key and beside it, as `.pub`, the public one; return the latter.

    Raises ConfigError if one of the two is there already or cannot be written.
    """
    public = public_file(private)
    for path in (private, public):
        if path.exists():
            raise ConfigError([f"{path}: expected a new file, there is one (nothing was written)"])
    key = Ed25519PrivateKey.generate()
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    told = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    try:
        replace_file(private, secret, mode=_PRIVATE)
        replace_file(public, told, mode=_PUBLIC)
    except OSError as exc:
        raise ConfigError([f"{private}: cannot be written: {exc.strerror}"]) from exc
    return public


def load_private(path: Path) -> Ed25519PrivateKey:
    """Read the key that signs. Raises ConfigError, also if others may read it."""
    content = _read(path)
    if path.stat().st_mode & 0o077:
        raise ConfigError([f"{path}: others may read this key: chmod 600 {path}"])
    try:
        key = serialization.load_pem_private_key(content, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigError([f"{path}: expected an Ed25519 private key (PEM) without a passphrase"])
    return key


def load_public(path: Path) -> Ed25519PublicKey:
    """Read the key that verifies. Raises ConfigError."""
    try:
        key = serialization.load_pem_public_key(_read(path))
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise ConfigError([f"{path}: expected an Ed25519 public key (PEM)"])
    return key


def is_signed(key: Ed25519PublicKey, manifest: bytes, signature: bytes) -> bool:
    """Return whether the holder of the private key signed these bytes."""
    try:
        key.verify(signature, manifest)
    except InvalidSignature:
        return False
    return True


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as exc:
        raise ConfigError([f"{path}: cannot be read: {exc.strerror}"]) from exc
