"""TLS handshakes that still tell when the certificate expires after verification has failed.

1. Shake hands with verification (system CAs, or one given CA file).
2. If that fails, keep the reason, connect again and shake hands without verification and with old
   protocol versions allowed: codecs of ten years ago speak nothing newer, and an expired
   certificate must be reported with its date.
3. Nothing secret may be sent over a connection whose `verified` is False.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from agent.probe import certificate
from agent.probe.deadline import Clock, Deadline
from agent.probe.outcome import Outcome, PeerError, outcome_of
from agent.probe.resolve import resolve
from agent.probe.stream import Stream
from agent.probe.tcp import open_socket
from agent.probe.trace import Trace, silent
from govnet.errors import CheckError

if TYPE_CHECKING:
    import socket
    import ssl

_CONTEXTS_SECONDS = 600.0
"""How long a CA that was added to this machine may be unknown yet."""


@dataclass(frozen=True, slots=True)
class Handshake:
    """What a finished handshake showed."""

    seconds: float
    verified: bool
    verify_error: str
    """Why the certificate is not trusted; empty when `verified`."""
    certificate_expires_at: float
    """notAfter of the peer's own certificate, epoch seconds."""
    version: str
    """Protocol version as the library names it: TLSv1.3, TLSv1.2 ..."""
    fault: str = ""
    """A word of `govnet.catalogue.CERTIFICATE_FAULTS`; empty when `verified`."""


@dataclass(frozen=True, slots=True)
class TlsConnect:
    """What connecting to a TLS port and shaking hands showed."""

    outcome: Outcome
    connect_seconds: float | None
    handshake: Handshake | None
    detail: str


class TlsStream(Stream):
    """A stream over TLS: errors of the TLS library become findings like any other."""

    def __init__(self, sock: "ssl.SSLSocket", deadline: Deadline) -> None:
        super().__init__(sock, deadline)

    def send(self, data: bytes) -> None:
        """Send all of `data`."""
        import ssl  # noqa: PLC0415 - loaded only by agents that speak TLS

        try:
            super().send(data)
        except ssl.SSLError as exc:
            raise PeerError(Outcome.CLOSED, f"TLS: {_reason(exc)}") from exc

    def _fill(self) -> bool:
        import ssl  # noqa: PLC0415 - as above

        try:
            return super()._fill()
        except ssl.SSLError as exc:
            raise PeerError(Outcome.CLOSED, f"TLS: {_reason(exc)}") from exc


_FAULTS = {
    9: "not_yet_valid",
    10: "expired",
    18: "self_signed",
    **dict.fromkeys((2, 19, 20, 21, 27), "unknown_issuer"),
    23: "revoked",
    **dict.fromkeys((62, 63, 64), "wrong_name"),
}
"""OpenSSL's X509_V_ERR_* codes (openssl/x509_vfy.h) and our words; anything else is "other"."""


def _fault(error: "ssl.SSLError") -> str:
    """Return the word for what the TLS library found first."""
    return _FAULTS.get(getattr(error, "verify_code", 0), "other")


def _reason(error: "ssl.SSLError") -> str:
    return str(getattr(error, "verify_message", "") or error.reason or error)


@lru_cache(maxsize=4)
def _contexts(ca_file: str | None, _period: int) -> "tuple[ssl.SSLContext, ssl.SSLContext]":
    """Return a verifying context and one that accepts whatever still finishes a handshake.

    Reading the system's CAs takes longer than a handshake, so both serve for one period.
    """
    import ssl  # noqa: PLC0415 - as above

    try:
        strict = ssl.create_default_context(cafile=ca_file)
    except (OSError, ValueError) as exc:
        raise CheckError(f"CA file {ca_file}: {exc}") from exc
    lax = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    lax.check_hostname = False
    lax.verify_mode = ssl.CERT_NONE
    lax.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    lax.set_ciphers("DEFAULT:@SECLEVEL=0")
    lax.options |= getattr(ssl, "OP_LEGACY_SERVER_CONNECT", 0x4)  # Named since Python 3.12.
    return strict, lax


def _shake(
    sock: "socket.socket", context: "ssl.SSLContext", server_name: str, deadline: Deadline
) -> "tuple[ssl.SSLSocket, float]":
    sock.settimeout(deadline.remaining_seconds())
    started = deadline.now()
    secured = context.wrap_socket(sock, server_hostname=server_name, do_handshake_on_connect=False)
    try:
        secured.do_handshake()
    except BaseException:
        secured.close()
        raise
    return secured, deadline.now() - started


def _seen(
    secured: "ssl.SSLSocket", seconds: float, verify_error: str, fault: str, trace: Trace
) -> Handshake:
    der = secured.getpeercert(binary_form=True)
    if der is None:
        raise PeerError(Outcome.TLS_FAILED, "the peer showed no certificate")
    expires_at = certificate.expires_at(der)
    version = secured.version() or ""
    trust = f"NOT trusted ({verify_error})" if verify_error else "trusted"
    trace(
        f"TLS handshake took {seconds * 1000:.1f} ms, {version}; the certificate is {trust} and"
        f" expires {_date(expires_at)}"
    )
    return Handshake(seconds, not verify_error, verify_error, expires_at, version, fault)


def _date(moment_at: float) -> str:
    try:
        return time.strftime("%d/%m/%Y %H:%M:%S UTC", time.gmtime(moment_at))
    except (OSError, OverflowError, ValueError):
        return f"at {moment_at:.0f} s since 1970"


def secure(
    prepare: Callable[[], Stream],
    server_name: str,
    deadline: Deadline,
    *,
    ca_file: str | None = None,
    trace: Trace = silent,
) -> tuple[TlsStream, Handshake]:
    """Shake hands over what `prepare` returns: a stream ready for the client's first TLS byte.

    `prepare` is called a second time when the first handshake fails: the old connection is spent.
    `server_name` is a host name or an address, sent as SNI (names only) and verified. Raises
    OSError (PeerError with TLS_FAILED when no handshake could be finished at all), and CheckError
    for a CA file that cannot be read.
    """
    import ssl  # noqa: PLC0415 - as above

    strict, lax = _contexts(ca_file, int(deadline.now() // _CONTEXTS_SECONDS))
    server_name = server_name.partition("%")[0]  # An IPv6 zone is for this machine only.
    try:
        # A name that cannot be one is found out before a socket hangs on it.
        strict.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname=server_name)
    except ValueError as exc:
        raise CheckError(f"{server_name!r} cannot be the name on a certificate: {exc}") from exc
    stream = prepare()
    try:
        secured, seconds = _shake(stream.sock, strict, server_name, deadline)
        verify_error = fault = ""
    except (ssl.SSLError, ConnectionError) as exc:
        # Some old endpoints hang up on a hello that is too new for them, without a TLS alert.
        verify_error = _reason(exc) if isinstance(exc, ssl.SSLError) else "hung up at the handshake"
        fault = _fault(exc) if isinstance(exc, ssl.SSLError) else "other"
        stream.close()
        trace(f"TLS with verification failed: {verify_error}; connecting again without it")
    except BaseException:
        stream.close()
        raise
    if verify_error:
        stream = prepare()
        try:
            secured, seconds = _shake(stream.sock, lax, server_name, deadline)
        except ssl.SSLError as exc:
            stream.close()
            raise PeerError(Outcome.TLS_FAILED, f"TLS: {_reason(exc)}") from exc
        except BaseException:
            stream.close()
            raise
    try:
        handshake = _seen(secured, seconds, verify_error, fault, trace)
    except BaseException:
        secured.close()
        raise
    return TlsStream(secured, deadline), handshake


def probe(
    host: str,
    port: int,
    *,
    timeout_seconds: float,
    server_name: str = "",
    ca_file: str | None = None,
    clock: Clock = time.perf_counter,
    trace: Trace = silent,
) -> TlsConnect:
    """Connect to `host` at `port`, shake hands and hang up.

    `server_name` is verified instead of `host` where a service is reached by address. Raises
    CheckError when this machine could not ask.
    """
    deadline = Deadline(timeout_seconds, clock)
    connect_seconds: float | None = None

    def prepare() -> Stream:
        nonlocal connect_seconds
        sock, _, connect_seconds = open_socket(endpoints, deadline, trace)
        return Stream(sock, deadline)

    try:
        endpoints = resolve(host, port, timeout_seconds=deadline.remaining_seconds())
        stream, handshake = secure(
            prepare, server_name or host, deadline, ca_file=ca_file, trace=trace
        )
    except OSError as exc:
        return TlsConnect(outcome_of(exc), connect_seconds, None, str(exc))
    stream.close()
    return TlsConnect(Outcome.ANSWERED, connect_seconds, handshake, "")
