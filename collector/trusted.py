"""Which CA a token tells agents to trust: that which vouches for the collector now."""

from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from collector.places import local_trust
from collector.tls import folder
from collector.tls.authority import names_of
from govnet.errors import ConfigError


def ca_fingerprint(
    data: Path, ca_file: Path | None, urls: tuple[str, ...]
) -> tuple[str, tuple[str, ...]]:
    """Return the fingerprint of the CA that the collector uses now, "" for plain HTTP.

    With it the names of the collector's certificate, if it is of the collector's own CA.
    While the CA changes agents are told to trust two; a token names the one that has signed the
    certificate which the collector shows. Raises ConfigError.
    """
    if not any(url.startswith("https:") for url in urls):
        return "", ()
    chosen = ca_file or local_trust(data)[1]
    if chosen is not None and chosen.resolve() != folder.bundle_file(data).resolve():
        return _fingerprint_in(chosen), ()
    if not folder.bundle_file(data).exists():
        expected = f"expected the CA of the collector in {folder.bundle_file(data)}, found none"
        raise ConfigError([f"--ca-file: {expected}: name its file with --ca-file"])
    trust = folder.load(data)
    names = names_of(trust.server.certificate) if trust.server is not None else ()
    return fingerprint(trust.current.certificate), tuple(names)


def _fingerprint_in(file: Path) -> str:

    try:
        return fingerprint(x509.load_pem_x509_certificate(file.read_bytes()))
    except OSError as exc:
        raise ConfigError([f"{file}: cannot be read: {exc.strerror or exc}"]) from exc
    except ValueError as exc:
        raise ConfigError([f"{file}: expected a certificate in PEM form"]) from exc


def fingerprint(certificate: x509.Certificate) -> str:
    """Return the SHA-256 of a certificate's DER as 64 hex digits."""
    return certificate.fingerprint(SHA256()).hex()
