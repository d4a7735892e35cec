"""A small certificate authority: its own certificates, the collector's, and the bridge between two.

Pure: files are in `collector.tls.folder`, times come in as parameters. Keys are ECDSA P-256, which
every system of the last ten years verifies.
"""

import datetime as dt
import ipaddress
import re
from collections.abc import Iterable, Sequence

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from govnet.errors import ConfigError

CA_DAYS = 3652
BACKDATED = dt.timedelta(hours=24)
"""A PC whose clock is a little slow must be able to connect to the collector of today."""
_LABEL = r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?"
_DNS_NAME = re.compile(rf"(\*\.)?{_LABEL}(\.{_LABEL})*\.?")
_LONGEST_NAME = 253


class Authority(msgspec.Struct, frozen=True):
    """A CA with its key (never shown)."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


class ServerIdentity(msgspec.Struct, frozen=True):
    """The collector's certificate with its key.

    `bridges` go with it to whoever trusts only an older CA: the newer one, signed by the older.
    """

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    bridges: tuple[x509.Certificate, ...] = ()


def make_authority(now: float) -> Authority:
    """Make a CA that is good for `CA_DAYS`."""
    key = ec.generate_private_key(ec.SECP256R1())
    # Each has a name of its own: one that signs for another must not look like it.
    serial = x509.random_serial_number()
    name = _name(f"govnet CA {_at(now):%Y-%m-%d} {serial % (1 << 32):08x}")
    own = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    unsigned = (
        _builder(name, name, key.public_key(), now, _end(now, CA_DAYS))
        .serial_number(serial)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(own, critical=False)
        .add_extension(_issued_under(own), critical=False)
    )
    return Authority(unsigned.sign(key, hashes.SHA256()), key)


def issue(authority: Authority, names: Sequence[str], now: float, days: int) -> ServerIdentity:
    """Make a key and a server's certificate for those names (DNS names and addresses).

    Raises ConfigError for a name that is none.
    """
    alternatives = [_alternative(name) for name in names]
    key = ec.generate_private_key(ec.SECP256R1())
    unsigned = (
        _builder(
            _name("govnet collector"),
            authority.certificate.subject,
            key.public_key(),
            now,
            min(_end(now, days), authority.certificate.not_valid_after_utc),
        )
        .serial_number(x509.random_serial_number())
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(_issued_under(_identifier(authority.certificate)), critical=False)
    )
    return ServerIdentity(unsigned.sign(authority.key, hashes.SHA256()), key)


def bridge(old: Authority, new: x509.Certificate, now: float) -> x509.Certificate:
    """Let the old CA vouch for the new one, for whoever has not heard of the new one yet."""
    last = min(old.certificate.not_valid_after_utc, new.not_valid_after_utc)
    public = new.public_key()
    if not isinstance(public, ec.EllipticCurvePublicKey):
        raise ConfigError(["tls: expected a CA made by `govnet tls`, found another kind of key"])
    unsigned = (
        _builder(new.subject, old.certificate.subject, public, now, last)
        .serial_number(x509.random_serial_number())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(_identifier(new), critical=False)
        .add_extension(_issued_under(_identifier(old.certificate)), critical=False)
    )
    return unsigned.sign(old.key, hashes.SHA256())


def has_issued(ca: x509.Certificate, certificate: x509.Certificate) -> bool:
    """Whether that CA signed the certificate."""
    try:
        certificate.verify_directly_issued_by(ca)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def names_of(certificate: x509.Certificate) -> tuple[str, ...]:
    """Return the DNS names and addresses that a certificate is for."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    return tuple(
        str(name.value) for name in found if isinstance(name, x509.DNSName | x509.IPAddress)
    )


def distinct(names: Iterable[str]) -> tuple[str, ...]:
    """Return names in their order, each once, as certificates hold them."""
    return tuple(dict.fromkeys(str(_alternative(name).value) for name in names))


def _alternative(name: str) -> x509.DNSName | x509.IPAddress:
    try:
        return x509.IPAddress(ipaddress.ip_address(name.strip("[]")))
    except ValueError:
        pass
    if len(name) > _LONGEST_NAME or not _DNS_NAME.fullmatch(name):
        raise ConfigError([f"--name: expected a host name or an address, got {name!r}"])
    return x509.DNSName(name.lower().rstrip("."))


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    now: float,
    end: dt.datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .not_valid_before(_at(now) - BACKDATED)
        .not_valid_after(end)
    )


def _end(now: float, days: int) -> dt.datetime:
    """Return when something ends that is good for so many days, the backdated one included."""
    return _at(now) - BACKDATED + dt.timedelta(days=days)


def _at(now: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(now, dt.UTC).replace(microsecond=0)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _identifier(certificate: x509.Certificate) -> x509.SubjectKeyIdentifier:
    return certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value


def _issued_under(ca: x509.SubjectKeyIdentifier) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(ca)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
