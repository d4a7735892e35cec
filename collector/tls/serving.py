"""TLS as the collector serves it: which files, which context, and taking new ones over.

Raises ConfigError for files that cannot be used, before they are used.
"""

import contextlib
import logging
import ssl
from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from collector.config import Config
from collector.tls.authority import names_of
from collector.tls.folder import bundle_file, server_file
from govnet.errors import ConfigError

log = logging.getLogger(__name__)

CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""For TLS 1.2: forward secrecy and authenticated encryption only. TLS 1.3 has nothing else."""
_EXPIRED = 10
"""OpenSSL's X509_V_ERR_CERT_HAS_EXPIRED."""


class Files(msgspec.Struct, frozen=True):
    """Where certificate, key and the CA for agents are; `ca` is None if agents know it already."""

    certificate: Path
    key: Path
    ca: Path | None


class ServedTls(msgspec.Struct, frozen=True):
    """What is served; replaced as a whole by newer files. `ca_pem` is "" where there is no CA."""

    context: ssl.SSLContext
    ca_pem: str
    names: tuple[str, ...]
    expires_at: float


def files_of(config: Config) -> Files | None:
    """Return the files of the options, or those of `govnet tls init`; None: no TLS."""
    data = Path(config.data_dir)
    if config.tls_certificate_file is not None:
        certificate = Path(config.tls_certificate_file)
        key = Path(config.tls_key_file) if config.tls_key_file else certificate
        return Files(certificate, key, Path(config.tls_ca_file) if config.tls_ca_file else None)
    own = server_file(data)
    return Files(own, own, bundle_file(data)) if own.exists() else None


def load(files: Files, *, even_expired: bool = False) -> ServedTls:
    """Read the files and try them out: a client that trusts the CA must get through.

    Raises ConfigError otherwise. Without a CA only certificate and key are tried. `even_expired`
    lets one pass that has expired: agents check no dates, so a collector that starts can take them.
    """
    context = _context()
    try:
        context.load_cert_chain(files.certificate, files.key, password=_no_passphrase)
    except (OSError, ssl.SSLError, ValueError) as exc:
        raise ConfigError([_problem(files, exc)]) from exc
    certificate = _first_certificate(files.certificate)
    ca_pem = ""
    if files.ca is not None:
        ca_pem = _certificates(files.ca)
        problem = _try_out(context, files, ca_pem, even_expired=even_expired)
        if problem is not None:
            raise ConfigError([problem])
    return ServedTls(
        context=context,
        ca_pem=ca_pem,
        names=names_of(certificate),
        expires_at=certificate.not_valid_after_utc.timestamp(),
    )


def name_for(tls: ServedTls, host: str) -> str:
    """Return a name of the certificate by which a command on this machine may know us.

    Best the address at which we listen; else any, for a certificate need not name an address.
    """
    if host in tls.names or not tls.names:
        return host
    return tls.names[0].replace("*", "govnet")


def _context() -> ssl.SSLContext:
    """Return a server's context: TLS 1.2 and 1.3, no renegotiation, compression or resumption."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(CIPHERS)
    context.options |= (
        ssl.OP_NO_COMPRESSION
        | ssl.OP_NO_RENEGOTIATION
        | ssl.OP_CIPHER_SERVER_PREFERENCE
        # Tickets are sealed with a key that lives as long as the process: no forward secrecy.
        | ssl.OP_NO_TICKET
    )
    context.num_tickets = 0
    return context


def _no_passphrase() -> str:
    """Answer for OpenSSL, which would ask at the terminal."""
    raise ValueError("the key has a passphrase; expected one without, readable for one user only")


def _try_out(
    context: ssl.SSLContext, files: Files, ca_pem: str, *, even_expired: bool
) -> str | None:
    """Greet ourselves as an agent would; the host name is not compared. Returns a problem."""
    client_context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client_context.check_hostname = False
    client_context.load_verify_locations(cadata=ca_pem)
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = context.wrap_bio(to_server, to_client, server_side=True)
    client = client_context.wrap_bio(to_client, to_server)
    try:
        for side in (client, server, client, server):
            with contextlib.suppress(ssl.SSLWantReadError):
                side.do_handshake()
    except ssl.SSLCertVerificationError as exc:
        if even_expired and exc.verify_code == _EXPIRED:
            log.error("certificate has expired", extra={"file": str(files.certificate)})  # noqa: TRY400 - no bug: the day has come
            return None
        why = exc.verify_message
    except ssl.SSLError as exc:
        why = exc.reason
    else:
        return None
    return f"{files.certificate}: expected a certificate that {files.ca} vouches for: {why}"


def _problem(files: Files, error: Exception) -> str:
    both = f"{files.certificate}, {files.key}" if files.key != files.certificate else files.key
    if isinstance(error, ssl.SSLError):
        return f"{both}: expected a certificate with its chain, and its key (PEM): {error.reason}"
    if isinstance(error, OSError):
        return f"{both}: cannot be read: {error.strerror or error}"
    return f"{both}: {error}"


def _first_certificate(path: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError) as exc:
        raise ConfigError([f"{path}: expected a certificate (PEM): {exc}"]) from exc


def _certificates(path: Path) -> str:
    """Return the certificates of a file and nothing else that it may hold: everyone reads them."""
    try:
        found = x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError) as exc:
        raise ConfigError([f"{path}: expected certificates (PEM): {exc}"]) from exc
    return "".join(item.public_bytes(serialization.Encoding.PEM).decode() for item in found)
