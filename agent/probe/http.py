"""Fetch one page over HTTP/1.1 (RFC 9112) or HTTPS and time every phase of it.

Redirects are reported, not followed: a captive portal must not look like the page it replaces.
Who wants them followed takes redirects.py.
"""

import ipaddress
import socket
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from agent.probe import tls
from agent.probe.api import basic
from agent.probe.deadline import Clock, Deadline
from agent.probe.http_reply import read_reply, short
from agent.probe.http_url import Url, parse
from agent.probe.outcome import Outcome, PeerError, outcome_of
from agent.probe.resolve import Endpoint, resolve
from agent.probe.stream import Stream
from agent.probe.tcp import info as tcp_info
from agent.probe.tcp import open_socket
from agent.probe.trace import Trace, silent
from govnet.settings import Login

if TYPE_CHECKING:
    from http.client import HTTPResponse

_LOCATION_LIMIT = 8000  # What RFC 9110 §4.1 wants everybody to support.


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
    last_modified: str = ""
    date: str = ""
    """The server's own clock (Date header); both as they were sent."""
    body_bytes: int = 0
    """Length of what was read, at most the limit."""
    truncated: bool = False
    """Whether the body went on beyond the limit."""
    content_matched: bool | None = None
    """Whether the read part holds the expected bytes; None when nothing was expected or read."""
    handshake: tls.Handshake | None = None
    detail: str = ""
    body: bytes = field(default=b"", repr=False)
    """What was read, at most the limit."""
    families: tuple[str, ...] = ()
    """Kinds of addresses that the host has: ipv4, ipv6."""
    tcp: tcp_info.TcpInfo | None = None
    """What the kernel knew of the connection at its end; None where it does not say."""


@dataclass(frozen=True, slots=True)
class Posting:
    """A body to be sent by POST instead of asking by GET."""

    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class _Reply:
    """Status line and headers of a reply."""

    status_code: int
    reason: str
    location: str
    server: str
    last_modified: str
    date: str


_NO_REPLY = _Reply(0, "", "", "", "", "")


class _Exchange:
    """One fetch in progress; `phases` says how far it has come, also after a failure."""

    def __init__(
        self,
        url: Url,
        connect_to: str,
        deadline: Deadline,
        trace: Trace,
        *,
        family: int,
        allow_local: bool,
    ) -> None:
        self._url = url
        self._connect_to = connect_to or url.host
        self._family = family
        self._allow_local = allow_local
        self._deadline = deadline
        self._trace = trace
        self.phases = Phases()
        self.address = ""
        self.families: tuple[str, ...] = ()
        self.handshake: tls.Handshake | None = None
        self.reply: _Reply | None = None
        self.tcp: tcp_info.TcpInfo | None = None
        self.body = bytearray()
        self.truncated = False

    def _connect(self) -> Stream:
        started = self._deadline.now()
        endpoints = resolve(
            self._connect_to,
            self._url.port,
            timeout_seconds=self._deadline.remaining_seconds(),
            family=self._family,
        )
        self.phases = replace(self.phases, dns_seconds=self._deadline.now() - started)
        self.families = _families(endpoints)
        if not self._allow_local and any(is_local(each.address) for each in endpoints):
            raise PeerError(Outcome.UNREACHABLE, f"{self._connect_to!r} is this machine's own")
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

    def ask(
        self,
        stream: Stream,
        user_agent: str,
        limit_bytes: int,
        posting: Posting | None,
        login: Login | None,
    ) -> None:
        """Send the request and read the reply, at most `limit_bytes` of its body."""
        method = "POST" if posting else "GET"
        head = (
            f"{method} {self._url.target} HTTP/1.1\r\nHost: {self._url.host_header}\r\n"
            f"User-Agent: {user_agent}\r\nAccept: */*\r\nAccept-Encoding: identity\r\n"
            "Connection: close\r\n"
        )
        if login is not None and self.handshake is not None and self.handshake.verified:
            head += f"{': '.join(basic(login))}\r\n"
        if posting:
            head += f"Content-Type: {posting.content_type}\r\n"
            head += f"Content-Length: {len(posting.body)}\r\n"
        sent_at = began_at = self._deadline.now()
        stream.send(f"{head}\r\n".encode("ascii") + (posting.body if posting else b""))
        self._trace(f"asked {self._url.host_header} for {self._url.target}")

        def begun(response: "HTTPResponse") -> None:
            nonlocal began_at
            began_at = self._deadline.now()
            self.phases = replace(self.phases, first_byte_seconds=began_at - sent_at)
            self.reply = _Reply(
                status_code=response.status,
                reason=short(response.reason),
                location=short(response.getheader("Location", ""), _LOCATION_LIMIT),
                server=short(response.getheader("Server", "")),
                last_modified=short(response.getheader("Last-Modified", "")),
                date=short(response.getheader("Date", "")),
            )
            self._trace(f"{response.status} {self.reply.reason} after {began_at - sent_at:.3f} s")

        try:
            self.truncated = read_reply(
                stream, method=method, limit_bytes=limit_bytes, into=self.body, begun=begun
            )
        finally:
            self.tcp = tcp_info.read(stream.sock)
        self._trace(f"read {len(self.body)} bytes" + (" and stopped there" * self.truncated))
        self.phases = replace(self.phases, transfer_seconds=self._deadline.now() - began_at)


def _families(endpoints: tuple[Endpoint, ...]) -> tuple[str, ...]:
    found = {each.family for each in endpoints}
    words = ((socket.AF_INET, "ipv4"), (socket.AF_INET6, "ipv6"))
    return tuple(word for family, word in words if family in found)


def is_local(address: str) -> bool:
    """Tell whether an address means this machine or its own cable."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    parsed = mapped or parsed
    return parsed.is_loopback or parsed.is_link_local or parsed.is_unspecified


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
    family: int = socket.AF_UNSPEC,
    posting: Posting | None = None,
    login: Login | None = None,
    allow_local: bool = True,
    clock: Clock = time.perf_counter,
    trace: Trace = silent,
) -> Fetch:
    """GET `url`, or POST to it, and read at most `limit_bytes` of the reply's body.

    All of it takes at most `timeout_seconds`.

    - `connect_to` is a host or address to connect to instead of the URL's; its name is still sent
    - `server_name` is verified in the certificate instead of the URL's
    - `family` is AF_INET or AF_INET6 to use addresses of that kind alone
    - `login` is sent to a trusted certificate only
    - without `allow_local` this machine's own addresses are not asked: a page elsewhere must not
      make us ask them

    An untrusted certificate does not stop the measurement: `handshake` tells. Raises CheckError for
    a URL that is none and when this machine could not ask.
    """
    parsed = parse(url)
    deadline = Deadline(timeout_seconds, clock)
    started = clock()
    exchange = _Exchange(
        parsed, connect_to, deadline, trace, family=family, allow_local=allow_local
    )
    outcome, detail = Outcome.ANSWERED, ""
    try:
        with exchange.open(server_name, ca_file) as stream:
            exchange.ask(stream, user_agent, limit_bytes, posting, login)
    except OSError as exc:
        outcome, detail = outcome_of(exc), str(exc)
        trace(f"failed: {detail}")
    matched: bool | None = None
    if expected_content and exchange.reply is not None:
        matched = expected_content in exchange.body
        trace("the expected content is " + ("there" if matched else "NOT there"))
    reply = exchange.reply or _NO_REPLY
    return Fetch(
        outcome=outcome,
        phases=exchange.phases,
        total_seconds=clock() - started,
        address=exchange.address,
        status_code=reply.status_code if exchange.reply else None,
        reason=reply.reason,
        location=reply.location,
        server=reply.server,
        last_modified=reply.last_modified,
        date=reply.date,
        body_bytes=len(exchange.body),
        truncated=exchange.truncated,
        content_matched=matched,
        handshake=exchange.handshake,
        detail=detail,
        body=bytes(exchange.body),
        families=exchange.families,
        tcp=exchange.tcp,
    )
