"""Ask a camera or recorder whether it is there: RTSP OPTIONS (RFC 2326 §10.1, RFC 7826 §13.1).

OPTIONS starts no stream and needs no login. Any status proves a living RTSP server: 200 lists what
it can do, 401 wants a login first, 404 knows another path.
"""

import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from agent.probe.deadline import Clock, Deadline
from agent.probe.outcome import Outcome, PeerError, outcome_of
from agent.probe.resolve import bracketed, resolve
from agent.probe.stream import Stream
from agent.probe.tcp import open_socket
from agent.probe.trace import Trace, readable, silent
from govnet.errors import CheckError

PORT = 554
_LINE_LIMIT_BYTES = 4096
_HEADERS_LIMIT = 64


@dataclass(frozen=True, slots=True)
class RtspReply:
    """What a server said; fields are None or empty where it did not get that far."""

    outcome: Outcome
    status_code: int | None
    reason: str
    server: str
    methods: tuple[str, ...]
    """What it can do (Public header), in capitals."""
    rtt_seconds: float | None
    """From the request to the reply's last header; the connection stands before."""
    detail: str


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a response."""

    status_code: int
    reason: str
    server: str
    methods: tuple[str, ...]


def parse_head(lines: list[bytes]) -> Head | None:
    """Return what a response's lines up to the empty one say, None when it is not RTSP."""
    version, _, status = (lines[0] if lines else b"").partition(b" ")
    code, _, reason = status.partition(b" ")
    if not version.startswith(b"RTSP/") or len(code) != 3 or not code.isdigit() or code < b"100":  # noqa: PLR2004 - RFC 2326 §7.1.1
        return None
    headers: dict[str, bytes] = {}
    for line in lines[1:]:
        name, colon, value = line.partition(b":")
        if colon:
            headers.setdefault(readable(name.strip(), 64).lower(), value.strip())
    words = headers.get("public", b"").split(b",")
    return Head(
        status_code=int(code),
        reason=readable(reason),
        server=readable(headers.get("server", b"")),
        methods=tuple(readable(word.strip(), 32).upper() for word in words if word.strip()),
    )


def _read_head(stream: Stream) -> Head:
    lines: list[bytes] = []
    while line := stream.read_line(_LINE_LIMIT_BYTES):
        lines.append(line)
        if len(lines) > _HEADERS_LIMIT:
            raise PeerError(Outcome.MALFORMED, "an RTSP reply with too many headers")
    head = parse_head(lines)
    if head is None:
        raise PeerError(Outcome.MALFORMED, f"not an RTSP reply: {readable(b' '.join(lines))}")
    return head


def options(
    url: str,
    *,
    connect_to: str = "",
    timeout_seconds: float,
    clock: Clock = time.perf_counter,
    trace: Trace = silent,
) -> RtspReply:
    """Ask the server of an `rtsp://` URL what it can do.

    `connect_to` is a host or address to connect to instead of the URL's. Raises CheckError for a
    URL that is none and when this machine could not ask.
    """
    host, port, request_url = parse_url(url)
    deadline = Deadline(timeout_seconds, clock)
    try:
        endpoints = resolve(connect_to or host, port, timeout_seconds=deadline.remaining_seconds())
        sock, _, _ = open_socket(endpoints, deadline, trace)
        with Stream(sock, deadline) as stream:
            sent_at = deadline.now()
            request = f"OPTIONS {request_url} RTSP/1.0\r\nCSeq: 1\r\nUser-Agent: govnet\r\n\r\n"
            stream.send(request.encode("ascii"))
            trace(f"sent OPTIONS for {request_url}")
            head = _read_head(stream)
            rtt_seconds = deadline.now() - sent_at
    except OSError as exc:
        trace(f"no answer: {exc}")
        return RtspReply(outcome_of(exc), None, "", "", (), None, str(exc))
    trace(f"{head.status_code} {head.reason} after {rtt_seconds * 1000:.1f} ms")
    return RtspReply(
        outcome=Outcome.ANSWERED,
        status_code=head.status_code,
        reason=head.reason,
        server=head.server,
        methods=head.methods,
        rtt_seconds=rtt_seconds,
        detail="",
    )


def parse_url(url: str) -> tuple[str, int, str]:
    """Return host, port and the URL as a request line has it. Raises CheckError."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or PORT
    except ValueError as exc:
        raise CheckError(f"{url!r} is not a URL: {exc}") from exc
    if parts.scheme != "rtsp" or not host or parts.username is not None:
        raise CheckError(f"expected a URL like rtsp://host/path without a login, got {url!r}")
    if not url.isascii() or any(char <= " " or char == "\x7f" for char in url):
        raise CheckError(f"{url!r} must be percent-encoded")
    query = f"?{parts.query}" if parts.query else ""
    return host, port, f"rtsp://{bracketed(host)}:{port}{parts.path or '/'}{query}"
