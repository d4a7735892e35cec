"""One kept-alive HTTP connection to one collector address.

TLS trusts the collector's own CA and nothing else; proxies of the environment are not used. What
travels here is decided elsewhere (`agent.sending.send`).
"""

import contextlib
import errno
import http.client
import socket
import ssl
from dataclasses import dataclass
from threading import Timer

from agent.transport.address import CollectorAddress
from govnet.errors import GovnetError
from govnet.report import MAX_DECOMPRESSED_BYTES

TIMEOUT_SECONDS = 20.0
"""For one exchange as a whole."""

CONNECT_SECONDS = 10.0
"""For connecting to one address, and for each wait in the greeting of TLS."""

REQUEST_BYTES = 1000
"""Taken for what a request costs the line beside its body: heads of request and answer (about
700), the answer's body, records of TLS and packets of TCP."""
CONNECT_BYTES = 5000
"""Taken for what opening a connection costs: greetings of TCP and TLS with certificates."""

_NOT_IN_TIME = "no answer in time"
_NO_ROUTE = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN)


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back over HTTP; `retry_after` is the header's text."""

    status: int
    body: bytes
    retry_after: str | None = None


class ChannelError(GovnetError):
    """No HTTP answer came back: refused, timed out, not trusted, cut off, not HTTP.

    `kind` is a word of `agent.onsite.advice`.
    """

    def __init__(self, text: str, kind: str = "network") -> None:
        super().__init__(text)
        self.kind = kind


_NO_CHECK_TIME = ssl.VerifyFlags(0x200000)
"""X509_V_FLAG_NO_CHECK_TIME of OpenSSL, which Python has no name for."""


def trusting(pem: str) -> ssl.SSLContext:
    """Return a client's TLS context that trusts the certificates of a PEM text and no others.

    Begin and end of a certificate are not checked: a PC whose clock battery is empty lives in
    another year, and learns the time from the very collector that it would refuse. A stolen key of
    the collector is answered by another CA, which agents take over by themselves.

    Raises ssl.SSLError (an OSError) or ValueError if there is none that can be used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_flags |= _NO_CHECK_TIME
    context.load_verify_locations(cadata=pem)
    return context


class Channel:
    """A connection that is opened when needed and used again while the collector keeps it."""

    def __init__(
        self,
        address: CollectorAddress,
        tls: ssl.SSLContext | None,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        self.address = address
        self._tls = tls
        self._timeout_seconds = timeout_seconds
        self._connection: http.client.HTTPConnection | None = None
        self.sent_bytes = 0
        """What this channel has cost the line, by count and estimate (`REQUEST_BYTES`)."""

    def is_for(self, address: CollectorAddress, tls: ssl.SSLContext | None) -> bool:
        """Whether the connection leads to that address, verified by that context."""
        return self.address == address and self._tls is tls

    def request(
        self, method: str, path: str, headers: dict[str, str], body: bytes | None = None
    ) -> tuple[Reply, http.client.HTTPMessage]:
        """Send one request and return the reply and its headers.

        A kept connection that turns out to be dead is replaced once: every request of the
        protocol may be repeated safely. Raises ChannelError.
        """
        reused = self._connection is not None
        try:
            try:
                return self._exchange(method, path, headers, body)
            except (ConnectionError, http.client.BadStatusLine):
                self.close()
                if not reused:
                    raise
                return self._exchange(method, path, headers, body)
        except (OSError, http.client.HTTPException, UnicodeError) as exc:
            # UnicodeError: an address that a collector named and that cannot be asked for.
            self.close()
            raise ChannelError(_said(exc), _kind(exc)) from exc
        except ChannelError:
            self.close()
            raise

    def connect(self) -> None:
        """Open the connection unless it is open. Raises ChannelError."""
        if self._connection is not None:
            return
        try:
            self._connect()
        except (OSError, http.client.HTTPException, UnicodeError) as exc:
            self.close()
            raise ChannelError(_said(exc), _kind(exc)) from exc

    def close(self) -> None:
        """Close the connection; the next request opens a new one."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(OSError):
                connection.close()

    def _open(self) -> http.client.HTTPConnection:
        host, port = self.address.host, self.address.port
        timeout = min(self._timeout_seconds, CONNECT_SECONDS)
        if not self.address.tls:
            return http.client.HTTPConnection(host, port, timeout=timeout)
        if self._tls is None:
            raise ChannelError("https:// without ca_file", "certificate")
        return http.client.HTTPSConnection(host, port, timeout=timeout, context=self._tls)

    def _connect(self) -> http.client.HTTPConnection:
        connection = self._connection = self._open()
        connection.connect()
        connection.sock.settimeout(self._timeout_seconds)
        self.sent_bytes += CONNECT_BYTES
        return connection

    def _exchange(
        self, method: str, path: str, headers: dict[str, str], body: bytes | None
    ) -> tuple[Reply, http.client.HTTPMessage]:
        connection = self._connection or self._connect()
        self.sent_bytes += REQUEST_BYTES + len(body or b"")
        with _TimeLimit(connection.sock, self._timeout_seconds):
            connection.request(method, self.address.prefix + path, body, headers)
            response = connection.getresponse()
            content = bytearray()
            while chunk := response.read1(65536):
                content += chunk
                if len(content) > MAX_DECOMPRESSED_BYTES:
                    raise ChannelError("an answer without end")
            response.read()  # read1 does not notice the end, and the connection would stay taken.
        if response.will_close:
            self.close()
        reply = Reply(response.status, bytes(content), response.headers.get("Retry-After"))
        return reply, response.headers


class _TimeLimit:
    """Shuts a socket down when its time is up, and says so at the end as a ChannelError.

    A socket's own timeout is for one wait: a peer that sends a byte now and then, or reads one,
    never meets it. A shutdown ends whatever waits, wherever in the exchange.
    """

    def __init__(self, sock: socket.socket, seconds: float) -> None:
        self._sock = sock
        self._is_over = False
        self._timer = Timer(seconds, self._end)
        self._timer.daemon = True

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        self._timer.cancel()
        self._timer.join()
        # The end of the stream that the shutdown makes may even look like the end of an answer.
        if self._is_over:
            raise ChannelError(_NOT_IN_TIME, "timeout") from error

    def _end(self) -> None:
        self._is_over = True
        with contextlib.suppress(OSError):
            # Not the TLS socket's own method: that would take the session from under the reader.
            socket.socket.shutdown(self._sock, socket.SHUT_RDWR)


def _said(error: Exception) -> str:
    """Return an error in words; several of them print as nothing."""
    if isinstance(error, TimeoutError):
        return _NOT_IN_TIME
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate is not the collector's: {error.verify_message}"
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def _kind(error: Exception) -> str:
    """Return which word of `agent.onsite.advice` an error is."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return "certificate"
    if isinstance(error, TimeoutError):
        return "timeout"
    if isinstance(error, socket.gaierror | UnicodeError):
        return "name"
    if isinstance(error, ConnectionRefusedError):
        return "refused"
    if isinstance(error, OSError) and error.errno in _NO_ROUTE:
        return "no_route"
    return "network"
