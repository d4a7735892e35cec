"""The folder `tls` in the collector's data: what its own small CA keeps there, and its changes.

    ca.pem        certificates that agents trust: one, or while the CA changes the old, then the new
    ca-key.pem    their keys
    server.pem    the collector's certificate and key; where it is, TLS is on

Every change writes one file after the other, each whole or not at all, in an order in which every
state between is a good one; a command that was cut short is simply given again. Which CA is in use
is not written down: it is the one that signed `server.pem`.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from collector.tls.authority import (
    Authority,
    ServerIdentity,
    bridge,
    distinct,
    has_issued,
    issue,
    make_authority,
    names_of,
)
from govnet.disk import Disk, replace_file
from govnet.errors import ConfigError

FOLDER = "tls"
_PRIVATE, _PUBLIC = 0o600, 0o644
_Key = ec.EllipticCurvePrivateKey


class Trust(msgspec.Struct, frozen=True):
    """What the folder holds: its CAs, old first, and the collector's identity."""

    authorities: tuple[Authority, ...]
    server: ServerIdentity | None

    @property
    def current(self) -> Authority:
        """The CA that signed the collector's certificate; the first one if there is none yet."""
        if self.server is not None:
            for authority in self.authorities:
                if has_issued(authority.certificate, self.server.certificate):
                    return authority
        return self.authorities[0]

    @property
    def bridges(self) -> tuple[x509.Certificate, ...]:
        """What must go with a certificate of the current CA while an older one is trusted too."""
        return self.server.bridges if self.server is not None else ()


def bundle_file(data: Path) -> Path:
    """Return the file of the certificates that agents trust."""
    return data / FOLDER / "ca.pem"


def server_file(data: Path) -> Path:
    """Return the file of the collector's certificate and key."""
    return data / FOLDER / "server.pem"


def _key_file(data: Path) -> Path:
    return data / FOLDER / "ca-key.pem"


def init(data: Path, names: Sequence[str], days: int, now: float) -> Trust:
    """Make a CA and a certificate for those names; the folder appears whole or not at all.

    Raises ConfigError if there is one, or for a name that is none.
    """
    final = data / FOLDER
    if final.exists():
        hint = "`govnet tls renew` makes a new certificate, `govnet tls next-ca` a new CA"
        raise ConfigError([f"{final}: expected no TLS yet, it is there and stays as it is: {hint}"])
    authority = make_authority(now)
    server = issue(authority, distinct(names), now, days)
    draft = data / f"{FOLDER}.new"
    try:
        data.mkdir(parents=True, exist_ok=True, mode=_PRIVATE | 0o100)
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=_PRIVATE | 0o100)
        replace_file(draft / "ca-key.pem", _keys([authority.key]), mode=_PRIVATE)
        replace_file(draft / "ca.pem", _certificates([authority.certificate]), mode=_PUBLIC)
        replace_file(draft / "server.pem", _identity(server), mode=_PRIVATE)
        draft.rename(final)
        Disk().sync_directory(data)
    except OSError as exc:
        raise ConfigError([f"{final}: cannot be made: {exc.strerror or exc}"]) from exc
    return Trust((authority,), server)


def load(data: Path) -> Trust:
    """Read the folder. Raises ConfigError if there is none, or it cannot be used."""
    bundle, keys, server = bundle_file(data), _key_file(data), server_file(data)
    if not bundle.exists():
        hint = f"`govnet tls init --data {data}` makes one"
        raise ConfigError([f"{bundle}: expected the collector's own CA, there is none: {hint}"])
    by_public = {_public(key.public_key()): key for key in _read_keys(keys)}
    authorities = []
    for certificate in _read_certificates(bundle):
        key = by_public.get(_public(certificate.public_key()))
        if key is None:
            raise ConfigError([f"{keys}: expected the key of every CA in {bundle}, one is missing"])
        authorities.append(Authority(certificate, key))
    return Trust(tuple(authorities), _read_identity(server) if server.exists() else None)


def renew(data: Path, now: float, days: int, names: Sequence[str] = ()) -> Trust:
    """Make a new certificate and key under the same CA, for the same names if none are given."""
    trust = load(data)
    kept = names_of(trust.server.certificate) if trust.server is not None else ()
    wanted = distinct(names) or kept
    if not wanted:
        raise ConfigError(["--name: expected at least one, there is no certificate to take it of"])
    fresh = issue(trust.current, wanted, now, days)
    server = ServerIdentity(fresh.certificate, fresh.key, trust.bridges)
    _replace(server_file(data), _identity(server), _PRIVATE)
    return Trust(trust.authorities, server)


def next_ca(data: Path, now: float) -> Trust:
    """Make a second CA that agents learn to trust beside the one in use."""
    trust = load(data)
    if len(trust.authorities) > 1:
        hint = "go on with `govnet tls switch-ca`, then `govnet tls drop-old-ca`"
        raise ConfigError([f"{bundle_file(data)}: expected one CA, a new one is there: {hint}"])
    old, new = trust.authorities[0], make_authority(now)
    _replace(_key_file(data), _keys([old.key, new.key]), _PRIVATE)
    _replace(bundle_file(data), _certificates([old.certificate, new.certificate]), _PUBLIC)
    return Trust((old, new), trust.server)


def switch_ca(data: Path, now: float, days: int) -> Trust:
    """Let the new CA sign the collector's certificate; the old one vouches for it meanwhile."""
    trust = load(data)
    old, new = trust.authorities[0], trust.authorities[-1]
    if trust.server is None or old is new:
        hint = "`govnet tls next-ca` makes one"
        raise ConfigError([f"{bundle_file(data)}: expected a second CA to go over to: {hint}"])
    fresh = issue(new, names_of(trust.server.certificate), now, days)
    bridges = (bridge(old, new.certificate, now),)
    server = ServerIdentity(fresh.certificate, fresh.key, bridges)
    _replace(server_file(data), _identity(server), _PRIVATE)
    return Trust(trust.authorities, server)


def drop_old_ca(data: Path) -> Trust:
    """End the trust in the old CA, once the new one signs the collector's certificate."""
    trust = load(data)
    new = trust.authorities[-1]
    if trust.server is None or not has_issued(new.certificate, trust.server.certificate):
        hint = "`govnet tls switch-ca` comes first"
        raise ConfigError([f"{server_file(data)}: expected a certificate of the new CA: {hint}"])
    if len(trust.authorities) == 1 and not trust.server.bridges:
        raise ConfigError([f"{bundle_file(data)}: expected an old CA to drop, there is only one"])
    server = ServerIdentity(trust.server.certificate, trust.server.key)
    # The bridge last: one too many harms nobody, and tells that the step is to be given again.
    _replace(bundle_file(data), _certificates([new.certificate]), _PUBLIC)
    _replace(_key_file(data), _keys([new.key]), _PRIVATE)
    _replace(server_file(data), _identity(server), _PRIVATE)
    return Trust((new,), server)


# --- files ----------------------------------------------------------------------------------------


def _replace(path: Path, data: bytes, mode: int) -> None:
    try:
        replace_file(path, data, mode=mode)
    except OSError as exc:
        raise ConfigError([f"{path}: cannot be written: {exc.strerror or exc}"]) from exc


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as exc:
        raise ConfigError([f"{path}: cannot be read: {exc.strerror or exc}"]) from exc


def _read_certificates(path: Path) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(_read(path))
    except ValueError as exc:
        raise ConfigError([f"{path}: expected certificates (PEM), found none"]) from exc


def _read_keys(path: Path) -> list[_Key]:
    marker = b"-----END PRIVATE KEY-----"
    texts = _read(path).split(marker)[:-1]
    try:
        keys = [serialization.load_pem_private_key(text + marker, None) for text in texts]
    except (ValueError, TypeError) as exc:
        # Nothing of what was found is repeated: it may be half of a key.
        raise ConfigError([f"{path}: expected private keys (PEM) without a passphrase"]) from exc
    return [key for key in keys if isinstance(key, ec.EllipticCurvePrivateKey)]


def _read_identity(path: Path) -> ServerIdentity:
    certificate, *bridges = _read_certificates(path)
    keys = _read_keys(path)
    if len(keys) != 1 or _public(keys[0].public_key()) != _public(certificate.public_key()):
        raise ConfigError([f"{path}: expected a certificate and its key; `govnet tls renew`"])
    return ServerIdentity(certificate, keys[0], tuple(bridges))


def _public(key: object) -> bytes:
    if not isinstance(key, ec.EllipticCurvePublicKey):
        return b""
    return key.public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )


def _certificates(certificates: Sequence[x509.Certificate]) -> bytes:
    pem = serialization.Encoding.PEM
    return b"".join(certificate.public_bytes(pem) for certificate in certificates)


def _keys(keys: Sequence[_Key]) -> bytes:
    return b"".join(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        for key in keys
    )


def _identity(server: ServerIdentity) -> bytes:
    return _keys([server.key]) + _certificates([server.certificate, *server.bridges])
