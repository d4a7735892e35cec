"""Which CAs a collector's certificate may come from, and how they are renewed without a visit.

`ca_file` of agent.toml is what a person or the enrolment put there. What authenticated settings
brought since then lies in `state_dir/ca.pem`, whose first line names the `ca_file` it grew from by
the SHA-256 of its bytes. It goes before `ca_file` as long as `ca_file` is still those bytes; a
person who puts another `ca_file` there means that one.
"""

import hashlib
import re
import ssl
from pathlib import Path

from agent.transport.address import CollectorAddress
from agent.transport.channel import Channel, ChannelError, trusting
from govnet.disk import replace_file
from govnet.errors import ConfigError, GovnetError
from govnet.report import PATH_CA

FILE_NAME = "ca.pem"
MOST_CERTIFICATES = 20
_GREW_FROM = "# grown from ca_file with SHA-256 "
_BLOCK = re.compile(r"-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----")


class UntrustedError(GovnetError):
    """Certificates that were offered cannot be trusted; what was trusted before stays."""


def certificates(pem: str) -> tuple[bytes, ...]:
    """Return the certificates of a PEM text in DER form. Text around them is skipped."""
    found = []
    for match in _BLOCK.finditer(pem):
        try:
            found.append(ssl.PEM_cert_to_DER_cert(match[0]))
        except ValueError:
            continue  # Not base64: no certificate, and no reason to doubt the others.
    return tuple(found)


def fingerprint(der: bytes) -> str:
    """Return a certificate's SHA-256 as 64 hex digits."""
    return hashlib.sha256(der).hexdigest()


class Trust:
    """The CAs that are trusted now. `context` is for new connections; None where no TLS is used."""

    def __init__(self, ca_file: Path | None, state_dir: Path) -> None:
        """Read the certificates. Raises ConfigError if `ca_file` holds none that can be used."""
        self._path = state_dir / FILE_NAME
        self._origin = ""
        self._trusted: frozenset[bytes] = frozenset()
        self.context: ssl.SSLContext | None = None
        if ca_file is None:
            return
        try:
            given = ca_file.read_bytes()
            self._origin = hashlib.sha256(given).hexdigest()
            self._take(given.decode("utf-8", "replace"))
        except (OSError, ValueError) as exc:
            problem = f"{ca_file}: expected the CA's certificate in PEM form, {exc}"
            raise ConfigError([problem]) from exc
        self._take_grown()

    def follow(self, pem: str, address: CollectorAddress) -> bool:
        """Trust the certificates of authenticated settings from now on; False if we do already.

        1. They must all be readable.
        2. They must verify a fresh connection to the collector that is being spoken to, so that an
           agent never locks itself out. Over plain HTTP nothing can be tried: they must then hold
           every CA that is trusted now.
        3. They are on disk before they are used.

        Raises UntrustedError, or OSError if the disk refuses them.
        """
        offered = certificates(pem)
        if self.context is None:
            return False
        if not 0 < len(offered) <= MOST_CERTIFICATES or len(offered) != pem.count("-----BEGIN "):
            expected = f"1 to {MOST_CERTIFICATES} certificates and nothing else"
            raise UntrustedError(f"ca_pem: expected {expected} in PEM form")
        if frozenset(offered) == self._trusted:
            return False
        text = "".join(ssl.DER_cert_to_PEM_cert(der) for der in offered)
        try:
            context = trusting(text)
        except (ssl.SSLError, ValueError) as exc:
            raise UntrustedError(f"ca_pem: a certificate cannot be used: {exc}") from exc
        if address.tls:
            _try(address, context)
        elif not self._trusted <= frozenset(offered):
            raise UntrustedError("ca_pem: a CA in use is missing, and nothing can be tried here")
        replace_file(self._path, f"{_GREW_FROM}{self._origin}\n{text}".encode())
        self._trusted, self.context = frozenset(offered), context
        return True

    def _take(self, pem: str) -> None:
        self.context, self._trusted = trusting(pem), frozenset(certificates(pem))

    def _take_grown(self) -> None:
        """Take the renewed certificates if they grew from this `ca_file` and can be used."""
        try:
            head, _, pem = self._path.read_text("utf-8").partition("\n")
            if head == _GREW_FROM + self._origin:
                self._take(pem)
        except (OSError, ValueError):
            return  # Damaged: `ca_file` is still there, and the collector offers them again.


def _try(address: CollectorAddress, context: ssl.SSLContext) -> None:
    """Open a connection verified by `context`. Raises UntrustedError."""
    channel = Channel(address, context)
    try:
        channel.request("GET", PATH_CA, {})
    except ChannelError as exc:
        raise UntrustedError(f"ca_pem: {address} cannot be verified by it: {exc}") from exc
    finally:
        channel.close()
