"""The collector's certificate: in its files, and as its port really serves it."""

import socket
import ssl
import stat
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import msgspec
from cryptography import x509

from collector.config import Config
from collector.places import local_trust, local_url
from collector.tls import serving
from collector.tls.authority import names_of
from govnet.errors import ConfigError

CONNECT_SECONDS: Final = 3.0
_GROUP_AND_OTHERS: Final = 0o077


class Certificates(msgspec.Struct, frozen=True, kw_only=True):
    """What is in the files and what is served; times are Unix seconds.

    - `problems` say why the files cannot be used, `trouble` why the port serves nobody.
    - `expires_at` and `ca_expires_at` are the first ends in the files.
    - `lacks_name` is the host of the option `url` that the certificate does not name.
    - `serves_other`: another certificate than that of the file is served.
    """

    problems: tuple[str, ...] = ()
    expires_at: float | None = None
    ca_expires_at: float | None = None
    lacks_name: str = ""
    open_keys: tuple[str, ...] = ()
    is_served: bool = False
    serves_other: bool = False
    trouble: str = ""


def look(config: Config, data: Path, *, is_running: bool) -> Certificates | None:
    """Return what can be seen, None without TLS of its own."""
    files = serving.files_of(msgspec.structs.replace(config, data_dir=str(data)))
    if files is None:
        return None
    open_keys = (str(files.key),) if _is_open(files.key) else ()
    try:
        own = x509.load_pem_x509_certificates(files.certificate.read_bytes())[0]
        authorities = (
            x509.load_pem_x509_certificates(files.ca.read_bytes()) if files.ca is not None else []
        )
        serving.load(files, even_expired=True)
    except ConfigError as exc:
        return Certificates(problems=tuple(exc.problems), open_keys=open_keys)
    except (OSError, ValueError) as exc:
        return Certificates(problems=(str(exc),), open_keys=open_keys)
    served, trouble = _served(data)
    if served is None and not is_running:
        trouble = ""  # Nobody listens, which is told already.
    # Without `url` nobody has said by which name clients come; where we listen is no name.
    host = urlsplit(config.url or "").hostname or ""
    return Certificates(
        expires_at=own.not_valid_after_utc.timestamp(),
        ca_expires_at=min(
            (one.not_valid_after_utc.timestamp() for one in authorities), default=None
        ),
        lacks_name=host if host and not _names(own, host) else "",
        open_keys=open_keys,
        is_served=served is not None,
        serves_other=served is not None and served != own,
        trouble=trouble,
    )


def _is_open(key: Path) -> bool:
    try:
        return bool(stat.S_IMODE(key.stat().st_mode) & _GROUP_AND_OTHERS)
    except OSError:
        return False


def _names(certificate: x509.Certificate, host: str) -> bool:
    names = names_of(certificate)
    return host in names or f"*.{host.partition('.')[2]}" in names


def _served(data: Path) -> tuple[x509.Certificate | None, str]:
    """Shake hands with the port: what it serves, and why a client that trusts the CA may not."""
    address = urlsplit(local_url(data))
    if address.scheme != "https":
        return None, ""
    name, ca_file = local_trust(data)
    where = (address.hostname or "", address.port or 0)
    context = ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
    trouble = ""
    try:
        with (
            socket.create_connection(where, CONNECT_SECONDS) as plain,
            context.wrap_socket(plain, server_hostname=name or where[0]) as shaken,
        ):
            return _certificate(shaken), ""
    except ssl.SSLCertVerificationError as exc:
        trouble = exc.verify_message
    except (OSError, ValueError) as exc:
        return None, str(exc)
    # Only to see what it is; nothing is sent.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        with (
            socket.create_connection(where, CONNECT_SECONDS) as plain,
            context.wrap_socket(plain) as shaken,
        ):
            return _certificate(shaken), trouble
    except (OSError, ValueError):
        return None, trouble


def _certificate(shaken: ssl.SSLSocket) -> x509.Certificate | None:
    plain = shaken.getpeercert(binary_form=True)
    return x509.load_der_x509_certificate(plain) if plain else None
