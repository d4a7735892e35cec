"""SIP messages as bytes (RFC 3261 §7, §25): an OPTIONS request and its response; pure, bounded."""

from dataclasses import dataclass

from agent.probe.resolve import bracketed

HEAD_LIMIT_BYTES = 16384
LINE_LIMIT_BYTES = 4096
BODY_LIMIT_BYTES = 65536
_HEADERS_LIMIT = 128
_TEXT_LIMIT = 200

_COMPACT = {"i": "call-id", "l": "content-length", "v": "via", "f": "from", "t": "to"}


@dataclass(frozen=True, slots=True)
class Dialog:
    """What makes one request recognisable: random texts, the same in all its retransmissions."""

    branch: str
    call_id: str
    tag: str


@dataclass(frozen=True, slots=True)
class Response:
    """A response's status line and the headers a check uses; headers not sent are empty."""

    status_code: int
    reason: str
    call_id: str
    cseq: str
    server: str
    """The Server header, or User-Agent, which many endpoints send instead."""
    content_length_bytes: int

    @property
    def is_final(self) -> bool:
        """Whether the request is answered: 1xx responses only say that an answer will come."""
        return self.status_code >= 200  # noqa: PLR2004 - RFC 3261 §7.2

    def answers(self, dialog: Dialog) -> bool:
        """Whether this responds to our OPTIONS: same Call-ID, same CSeq."""
        return self.call_id == dialog.call_id and self.cseq.split() == ["1", "OPTIONS"]


def build_options(
    *, host: str, port: int, user: str, transport: str, local: tuple[str, int], dialog: Dialog
) -> bytes:
    """Return an OPTIONS request (RFC 3261 §11.1) asking for the reply at its source (RFC 3581).

    `transport` is UDP, TCP or TLS; `local` is our own address and port; `user` may be empty.
    """
    here = f"{bracketed(local[0])}:{local[1]}"
    target = f"{user}@{bracketed(host)}" if user else bracketed(host)
    uri = f"sip:{target}:{port};transport={transport.lower()}"
    lines = (
        f"OPTIONS {uri} SIP/2.0",
        f"Via: SIP/2.0/{transport} {here};branch=z9hG4bK{dialog.branch};rport",
        "Max-Forwards: 70",
        f"From: <sip:govnet@{here}>;tag={dialog.tag}",
        f"To: <sip:{target}>",
        f"Call-ID: {dialog.call_id}",
        "CSeq: 1 OPTIONS",
        f"Contact: <sip:govnet@{here};transport={transport.lower()}>",
        "Accept: application/sdp",
        "User-Agent: govnet",
        "Content-Length: 0",
        "",
        "",
    )
    return "\r\n".join(lines).encode()


def _printable(value: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in value.strip()[:_TEXT_LIMIT])


def parse_response(head: bytes) -> Response | None:
    """Return what a message's head says, or None when it is not a SIP response.

    `head` is everything up to the empty line; a body after it (UDP) is ignored. Folded header
    lines are joined; of a repeated header the first counts.
    """
    text = head[:HEAD_LIMIT_BYTES].decode("utf-8", "replace").replace("\r\n", "\n")
    lines = text.partition("\n\n")[0].split("\n", _HEADERS_LIMIT)[:_HEADERS_LIMIT]
    version, _, status = lines[0].partition(" ")
    code, _, reason = status.partition(" ")
    if version.upper() != "SIP/2.0" or not (len(code) == 3 and code.isascii() and code.isdigit()):  # noqa: PLR2004 - RFC 3261 §7.2
        return None
    if not "100" <= code <= "699":
        return None
    headers: dict[str, str] = {}
    last = ""
    for line in lines[1:]:
        if line[:1] in (" ", "\t"):
            if last:
                headers[last] += " " + line.strip()
            continue
        name, colon, value = line.partition(":")
        last = ""
        key = name.strip().lower()
        key = _COMPACT.get(key, key)
        if colon and key not in headers:
            headers[key] = value.strip()
            last = key
    length = headers.get("content-length", "0")
    if not (length.isascii() and length.isdigit() and len(length) <= len(str(BODY_LIMIT_BYTES))):
        return None
    return Response(
        status_code=int(code),
        reason=_printable(reason),
        call_id=headers.get("call-id", ""),
        cseq=headers.get("cseq", ""),
        server=_printable(headers.get("server", "") or headers.get("user-agent", "")),
        content_length_bytes=int(length),
    )
