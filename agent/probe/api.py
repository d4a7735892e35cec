"""Ask the HTTPS interface of a device, several questions over one connection, with a login.

A login goes only over TLS, and only to a peer whose certificate is trusted, unless the caller says
that an untrusted one will do. Nothing that identifies the account is traced or stands in an error.
Redirects are not followed: what was meant for one host is not told another.
"""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from agent.probe import tls
from agent.probe.deadline import Deadline
from agent.probe.http_reply import read_reply, short
from agent.probe.outcome import Outcome, PeerError
from agent.probe.point import LoginFate
from agent.probe.resolve import bracketed, resolve
from agent.probe.stream import Stream
from agent.probe.tcp import open_socket
from agent.probe.trace import Trace
from govnet.settings import Login

if TYPE_CHECKING:
    from http.client import HTTPResponse

OK, UNAUTHORISED, FORBIDDEN, NOT_FOUND = 200, 401, 403, 404
_COOKIES_LIMIT = 20
_SECRET = ("authorization", "cookie")


def basic(login: Login) -> tuple[str, str]:
    """Return the header that carries a login (RFC 7617)."""
    pair = f"{login.user}:{login.password.reveal()}".encode()
    return "Authorization", f"Basic {b64encode(pair).decode()}"


@dataclass(frozen=True, slots=True)
class Reply:
    """What one question was answered with; `body` ends at the limit if `truncated`."""

    status_code: int
    seconds: float
    """From the request to the end of the reply's headers."""
    body: bytes = field(repr=False)
    truncated: bool
    cookies: Mapping[str, str] = field(repr=False)

    @property
    def refused(self) -> bool:
        """Whether a login is wanted, or the one given is not enough."""
        return self.status_code in (UNAUTHORISED, FORBIDDEN)


class Api:
    """A device's HTTPS interface under a deadline; connects when it is first asked.

    Methods raise OSError, which outcome.py classifies, and CheckError when this machine cannot ask.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        deadline: Deadline,
        verify_certificate: bool,
        ca_file: str | None,
        trace: Trace,
    ) -> None:
        self._host = host
        self._port = port
        self._deadline = deadline
        self._verify_certificate = verify_certificate
        self._ca_file = ca_file
        self._trace = trace
        self._stream: Stream | None = None
        self.handshake: tls.Handshake | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def _close(self) -> None:
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def extend(self, deadline: Deadline) -> None:
        """Go on under another deadline."""
        self._deadline = deadline
        if self._stream is not None:
            self._stream.deadline = deadline

    def connect(self) -> Stream:
        """Return the connection, a new one if there is none."""
        if self._stream is not None:
            return self._stream

        def prepare() -> Stream:
            endpoints = resolve(
                self._host, self._port, timeout_seconds=self._deadline.remaining_seconds()
            )
            sock, _, _ = open_socket(endpoints, self._deadline, self._trace)
            return Stream(sock, self._deadline)

        self._stream, self.handshake = tls.secure(
            prepare, self._host, self._deadline, ca_file=self._ca_file, trace=self._trace
        )
        return self._stream

    @property
    def trusted(self) -> bool:
        """Whether a login may go over the present connection."""
        return self.handshake is not None and (
            self.handshake.verified or not self._verify_certificate
        )

    def login_headers(self, login: Login | None) -> tuple[tuple[tuple[str, str], ...], LoginFate]:
        """Return the headers that carry a login, and its fate so far.

        There are none without a login, nor where it may not go over the present connection.
        """
        if login is None:
            return (), LoginFate.NONE
        if not self.trusted:
            return (), LoginFate.HELD_BACK
        return (basic(login),), LoginFate.UNTRIED

    def ask(
        self,
        method: str,
        path: str,
        *,
        headers: tuple[tuple[str, str], ...] = (),
        body: bytes = b"",
        secret_body: bool = False,
        limit_bytes: int,
    ) -> Reply:
        """Send one request and read its reply.

        Raises PeerError(TLS_FAILED) instead of telling a secret to a peer that is not trusted.
        After any error the next question gets a new connection: on this one an answer may be late.
        """
        secret = secret_body or any(name.lower() in _SECRET for name, _ in headers)
        shown = bracketed(self._host)
        lines = (
            f"{method} {path} HTTP/1.1",
            f"Host: {shown if self._port == 443 else f'{shown}:{self._port}'}",  # noqa: PLR2004 - the port of https
            "User-Agent: govnet",
            "Accept: */*",
            "Accept-Encoding: identity",
            *((f"Content-Length: {len(body)}",) if body else ()),
            *(f"{name}: {value}" for name, value in headers),
            "",
            "",
        )
        stream = self.connect()
        if secret and not self.trusted:
            raise PeerError(Outcome.TLS_FAILED, "the certificate is not trusted")
        try:
            sent_at = self._deadline.now()
            stream.send("\r\n".join(lines).encode() + body)
            self._trace(f"asked {method} {path}")
            return self._read(stream, method, sent_at, limit_bytes)
        except BaseException:
            self._close()
            raise

    def _read(self, stream: Stream, method: str, sent_at: float, limit_bytes: int) -> Reply:
        begun: list[HTTPResponse] = []
        seconds = 0.0

        def began(response: "HTTPResponse") -> None:
            nonlocal seconds
            seconds = self._deadline.now() - sent_at
            begun.append(response)
            self._trace(f"{response.status} {short(response.reason)} after {seconds:.3f} s")

        content = bytearray()
        truncated = read_reply(
            stream, method=method, limit_bytes=limit_bytes, into=content, begun=began
        )
        response = begun[0]
        if response.will_close or truncated:
            self._close()
        return Reply(
            status_code=response.status,
            seconds=seconds,
            body=bytes(content),
            truncated=truncated,
            cookies=_cookies(response.headers.get_all("Set-Cookie") or []),
        )


def _cookies(lines: list[str]) -> dict[str, str]:
    """Return names and values; one that could not stand in a header of ours is left out."""
    found: dict[str, str] = {}
    for line in lines[:_COOKIES_LIMIT]:
        name, equals, value = line.partition(";")[0].strip().partition("=")
        if equals and (name + value).isascii() and (name + value).isprintable():
            found[name] = value
    return found
