"""Fetch one page over HTTP/1.1 (RFC 9112) or HTTPS and time every phase of it.

Redirects are reported, not followed: a captive portal must not look like the page it replaces.
"""

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from agent.probe import tls
from agent.probe.deadline import Clock, Deadline
from agent.probe.http_reply import read_reply, short
from agent.probe.outcome import Outcome, outcome_of
from agent.probe.resolve import bracketed, resolve
from agent.probe.stream import Stream
from agent.probe.tcp import open_socket
from agent.probe.trace import Trace, silent
from govnet.errors import CheckError

if TYPE_CHECKING:
    from http.client import HTTPResponse


@dataclass(frozen=True, slots=True)
class Phases:
    """Seconds of each phase; None for a phase that was not finished or not needed."""

    dns_seconds: float | None = None
    connect_seconds: float | None = None
    tls_seconds: float | None = None
    first_byte_seconds: float | None = None
    """From the request to the end of the reply's headers."""
    transfer_seconds: float | None = None
    """From there to the end of the body, or to the length limit."""


@dataclass(frozen=True, slots=True)
class Fetch:
    """What fetching a page showed; fields are None or empty where it did not get that far."""

    outcome: Outcome
    phases: Phases
    total_seconds: float
    address: str = ""
    status_code: int | None = None
    reason: str = ""
    location: str = ""
    server: str = ""
    body_bytes: int = 0
    """Length of what was read, at most the limit."""
    truncated: bool = False
    """Whether the body went on beyond the limit."""
    content_matched: bool | None = None
    """Whether the read part holds the expected bytes; None when nothing was expected or read."""
    handshake: tls.Handshake | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class _Url:
    secure: bool
    host: str
    port: int
    target: str
    host_header: str


def _parse_url(url: str) -> _Url:
    try:
        parts = urlsplit(url)
        port = parts.port
        host = parts.hostname or ""
        ascii_host = host if host.isascii() else host.encode("idna").decode()
    except (ValueError, UnicodeError) as exc:
        raise CheckError(f"{url!r} is not a URL: {exc}") from exc
    secure = parts.scheme == "https"
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if parts.scheme not in ("http", "https") or not host:
        raise CheckError(f"expected a URL like https://host/path, got {url!r}")
    if not url.isascii() and not target.isascii():
        raise CheckError(f"the path of {url!r} must be percent-encoded")
    if any(char <= " " or char == "\x7f" for char in url) or parts.username is not None:
        raise CheckError(f"{url!r}: spaces, control characters and logins are not allowed")
    standard = 443 if secure else 80
    shown = bracketed(ascii_host)
    return _Url(
        secure=secure,
        host=ascii_host,
        port=port if port is not None else standard,
        target=target,
        host_header=shown if port in (None, standard) else f"{shown}:{port}",
    )


class _Exchange:
    """One fetch in progress; `phases` says how far it has come, also after a failure."""

    def __init__(self, url: _Url, connect_to: str, deadline: Deadline, trace: Trace) -> None:
        self._url = url
        self._connect_to = connect_to or url.host
        self._deadline = deadline
        self._trace = trace
        self.phases = Phases()
        self.address = ""
        self.handshake: tls.Handshake | None = None
        self.status: tuple[int, str, str, str] | None = None
        self.body = bytearray()
        self.truncated = False

    def _connect(self) -> Stream:
        started = self._deadline.now()
        endpoints = resolve(
            self._connect_to, self._url.port, timeout_seconds=self._deadline.remaining_seconds()
        )
        self.phases = replace(self.phases, dns_seconds=self._deadline.now() - started)
        sock, endpoint, seconds = open_socket(endpoints, self._deadline, self._trace)
        self.address = endpoint.address
        self.phases = replace(self.phases, connect_seconds=seconds)
        return Stream(sock, self._deadline)

    def open(self, server_name: str, ca_file: str | None) -> Stream:
        """Connect, with TLS where the URL says so."""
        if not self._url.secure:
            return self._connect()
        stream, self.handshake = tls.secure(
            self._connect,
            server_name or self._url.host,
            self._deadline,
            ca_file=ca_file,
            trace=self._trace,
        )
        self.phases = replace(self.phases, tls_seconds=self.handshake.seconds)
        return stream

    def ask(self, stream: Stream, user_agent: str, limit_bytes: int) -> None:
        """Send the request and read the reply, at most `limit_bytes` of its body."""
        request = (
            f"GET {self._url.target} HTTP/1.1\r\nHost: {self._url.host_header}\r\n"
            f"User-Agent: {user_agent}\r\nAccept: */*\r\nAccept-Encoding: identity\r\n"
            "Connection: close\r\n\r\n"
        )
        sent_at = began_at = self._deadline.now()
        stream.send(request.encode("ascii"))
        self._trace(f"asked {self._url.host_header} for {self._url.target}")

        def begun(response: "HTTPResponse") -> None:
            nonlocal began_at
            began_at = self._deadline.now()
            self.phases = replace(self.phases, first_byte_seconds=began_at - sent_at)
            self.status = (
                response.status,
                short(response.reason),
                short(response.getheader("Location", "")),
                short(response.getheader("Server", "")),
            )
            self._trace(f"{self.status[0]} {self.status[1]} after {began_at - sent_at:.3f} s")

        self.truncated = read_reply(
            stream, method="GET", limit_bytes=limit_bytes, into=self.body, begun=begun
        )
        self._trace(f"read {len(self.body)} bytes" + (" and stopped there" * self.truncated))
        self.phases = replace(self.phases, transfer_seconds=self._deadline.now() - began_at)


def fetch(
    url: str,
    *,
    timeout_seconds: float,
    expected_content: bytes = b"",
    limit_bytes: int = 262144,
    connect_to: str = "",
    server_name: str = "",
    ca_file: str | None = None,
    user_agent: str = "govnet",
    clock: Clock = time.perf_counter,
    trace: Trace = silent,
) -> Fetch:
    """GET `url` and read at most `limit_bytes` of its body, all within `timeout_seconds`.

    `connect_to` is a host or address to connect to instead of the URL's (its name is still sent);
    `server_name` is verified in the certificate instead of it. An untrusted certificate does not
    stop the measurement: `handshake` tells. Raises CheckError for a URL that is none and when this
    machine could not ask.
    """
    parsed = _parse_url(url)
    deadline = Deadline(timeout_seconds, clock)
    started = clock()
    exchange = _Exchange(parsed, connect_to, deadline, trace)
    outcome, detail = Outcome.ANSWERED, ""
    try:
        with exchange.open(server_name, ca_file) as stream:
            exchange.ask(stream, user_agent, limit_bytes)
    except OSError as exc:
        outcome, detail = outcome_of(exc), str(exc)
        trace(f"failed: {detail}")
    matched: bool | None = None
    if expected_content and exchange.status is not None:
        matched = expected_content in exchange.body
        trace("the expected content is " + ("there" if matched else "NOT there"))
    code, reason, location, server = exchange.status or (None, "", "", "")
    return Fetch(
        outcome=outcome,
        phases=exchange.phases,
        total_seconds=clock() - started,
        address=exchange.address,
        status_code=code,
        reason=reason,
        location=location,
        server=server,
        body_bytes=len(exchange.body),
        truncated=exchange.truncated,
        content_matched=matched,
        handshake=exchange.handshake,
        detail=detail,
    )
