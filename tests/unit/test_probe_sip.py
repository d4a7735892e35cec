import socket
from collections.abc import Callable
from typing import Any

import pytest

from agent.probe import sip
from agent.probe.outcome import Outcome
from agent.probe.sip import Transport
from agent.probe.sip.message import Dialog, build_options, parse_response
from govnet.errors import CheckError
from tests.unit.deadlines import ANSWER_SECONDS, seconds_for
from tests.unit.silence import Silence


def _header(request: bytes, name: bytes) -> bytes:
    for line in request.split(b"\r\n"):
        if line.lower().startswith(name.lower() + b":"):
            return line.split(b":", 1)[1].strip()
    raise AssertionError(name)


def _reply(
    request: bytes, status: bytes = b"200 OK", extra: bytes = b"", body: bytes = b""
) -> bytes:
    return b"\r\n".join(
        [
            b"SIP/2.0 " + status,
            b"Via: " + _header(request, b"Via"),
            b"Call-ID: " + _header(request, b"Call-ID"),
            b"CSeq: " + _header(request, b"CSeq"),
            extra + b"Content-Length: " + str(len(body)).encode(),
            b"",
            body,
        ]
    )


def _read_request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(4096)
        if not piece:
            return data
        data += piece
    return data


@pytest.mark.parametrize("status", [b"200 OK", b"486 Busy Here", b"401 Unauthorized", b"404 X"])
def test_any_final_reply_over_udp_is_alive(udp_peer: Callable[..., Any], status: bytes) -> None:
    requests: list[bytes] = []

    def script(sock: socket.socket, request: bytes, sender: tuple[str, int]) -> None:
        requests.append(request)
        sock.sendto(_reply(request, status, b"User-Agent: Hall codec 9\r\n"), sender)

    peer = udp_peer(script)
    lines: list[str] = []
    seen = sip.options(
        "127.0.0.1", peer.port, timeout_seconds=ANSWER_SECONDS, user="hall", trace=lines.append
    )

    assert seen.alive
    assert seen.host_alive
    assert f"{seen.status_code} {seen.reason}".encode() == status
    assert seen.server == "Hall codec 9"
    assert seen.rtt_seconds is not None
    assert seen.retransmissions == 0
    assert requests[0].startswith(
        f"OPTIONS sip:hall@127.0.0.1:{peer.port};transport=udp SIP/2.0\r\n".encode()
    )
    assert _header(requests[0], b"Via").endswith(b";rport")
    assert lines[0] == f"sent OPTIONS over UDP to 127.0.0.1 port {peer.port}"
    assert lines[-1].endswith("from Hall codec 9")


def test_closed_port_means_host_up_and_sip_closed(closed_udp_port: int) -> None:
    seen = sip.options("127.0.0.1", closed_udp_port, timeout_seconds=ANSWER_SECONDS)

    assert seen.outcome is Outcome.REFUSED
    assert seen.host_alive
    assert not seen.alive


def test_silence_is_asked_again_after_half_a_second_and_one(silence: Silence) -> None:
    seen = sip.options("127.0.0.1", 5060, timeout_seconds=1.8, clock=silence.clock)

    assert seen.outcome is Outcome.TIMEOUT
    assert seen.retransmissions == 2
    assert not seen.host_alive
    request = silence.sent[0][1]
    assert silence.sent == [(0.0, request), (0.5, request), (1.5, request)]


def test_retransmission_is_answered(udp_peer: Callable[..., Any]) -> None:
    """A peer that is slow may be asked more often."""
    arrived: list[bytes] = []

    def script(sock: socket.socket, request: bytes, sender: tuple[str, int]) -> None:
        arrived.append(request)
        if len(arrived) > 1:
            sock.sendto(_reply(request), sender)

    seen = sip.options("127.0.0.1", udp_peer(script).port, timeout_seconds=ANSWER_SECONDS)

    assert seen.alive
    assert seen.retransmissions >= 1
    assert seen.rtt_seconds is not None
    assert seen.rtt_seconds >= 0.5


def test_provisional_and_foreign_and_garbage_datagrams_are_passed_over(
    udp_peer: Callable[..., Any],
) -> None:
    def script(sock: socket.socket, request: bytes, sender: tuple[str, int]) -> None:
        call_id = _header(request, b"Call-ID")
        for datagram in (
            b"",
            b"\xff" * 60000,
            b"OPTIONS sip:x SIP/2.0\r\n\r\n",
            _reply(request, b"500 Other").replace(call_id, b"another"),
            _reply(request, b"500 Other").replace(b"1 OPTIONS", b"2 OPTIONS"),
            _reply(request, b"100 Trying"),
            _reply(request, b"486 Busy Here"),
        ):
            sock.sendto(datagram, sender)

    seen = sip.options("127.0.0.1", udp_peer(script).port, timeout_seconds=ANSWER_SECONDS)

    assert seen.status_code == 486
    assert seen.retransmissions == 0


def test_reply_from_another_address_is_not_believed(udp_peer: Callable[..., Any]) -> None:
    def script(_sock: socket.socket, request: bytes, sender: tuple[str, int]) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind(("127.0.0.2", 0))
            other.sendto(_reply(request), sender)

    seen = sip.options("127.0.0.1", udp_peer(script).port, timeout_seconds=0.3)

    assert seen.outcome is Outcome.TIMEOUT


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_reply_over_tcp_in_pieces_behind_keepalives(
    tcp_peer: Callable[..., Any], address: str
) -> None:
    def script(connection: socket.socket) -> None:
        request = _read_request(connection)
        other = _reply(request, b"500 Other", body=b"x" * 500).replace(b"1 OPTIONS", b"9 NOTIFY")
        for byte in b"\r\n\r\n" + other + _reply(request, b"200 OK", body=b"v=0\r\n"):
            connection.sendall(bytes([byte]))

    seen = sip.options(
        address,
        tcp_peer(script, address).port,
        transport=Transport.TCP,
        timeout_seconds=ANSWER_SECONDS,
    )

    assert seen.alive
    assert seen.status_code == 200
    assert seen.handshake is None


def test_reply_over_tls_tells_about_the_certificate(
    tcp_peer: Callable[..., Any], expired_identity: Any
) -> None:
    context = expired_identity.server_context()

    def script(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secured:
            secured.sendall(_reply(_read_request(secured)))

    seen = sip.options(
        "127.0.0.1", tcp_peer(script).port, transport=Transport.TLS, timeout_seconds=ANSWER_SECONDS
    )

    assert seen.alive
    assert seen.handshake is not None
    assert not seen.handshake.verified
    assert seen.handshake.certificate_expires_at == expired_identity.expires_at


def _talk(data: bytes, times: int = 1) -> Callable[[socket.socket], None]:
    def script(connection: socket.socket) -> None:
        _read_request(connection)
        for _ in range(times):
            connection.sendall(data)
        connection.recv(1)

    return script


@pytest.mark.parametrize(
    ("script", "outcome", "detail"),
    [
        (
            _talk(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
            Outcome.MALFORMED,
            "not a SIP reply: HTTP/1.1",
        ),
        (_talk(b"x" * 5000), Outcome.MALFORMED, "longer than 4096 bytes"),
        (_talk(b"a: " + b"b" * 4000 + b"\r\n", 10), Outcome.MALFORMED, "too many headers"),
        (
            _talk(b"SIP/2.0 200 OK\r\nContent-Length: 99999\r\n\r\n"),
            Outcome.MALFORMED,
            "too long a body",
        ),
        (_talk(b"SIP/2.0 200 OK\r\nCall-ID: other\r\n\r\n", 40), Outcome.MALFORMED, "none of them"),
        (_talk(b""), Outcome.TIMEOUT, ""),
        (lambda _connection: None, Outcome.CLOSED, ""),
    ],
)
def test_hostile_peer_over_tcp_is_a_finding(
    tcp_peer: Callable[..., Any],
    script: Callable[[socket.socket], None],
    outcome: Outcome,
    detail: str,
) -> None:
    seen = sip.options(
        "127.0.0.1",
        tcp_peer(script).port,
        transport=Transport.TCP,
        timeout_seconds=seconds_for(outcome),
    )

    assert seen.outcome is outcome
    assert detail in seen.detail
    assert seen.status_code is None


@pytest.mark.parametrize("user", ["a b", "a\r\nEvil: yes"])
def test_user_that_would_break_the_request_is_an_error(user: str) -> None:
    with pytest.raises(CheckError, match="cannot be parts of a SIP address"):
        sip.options("127.0.0.1", 5060, timeout_seconds=1, user=user)


def test_request_to_an_ipv6_endpoint_is_bracketed() -> None:
    request = build_options(
        host="fe80::1%eth0",
        port=5060,
        user="",
        transport="UDP",
        local=("fe80::2%eth0", 40000),
        dialog=Dialog("b", "c", "t"),
    )

    lines = request.decode().split("\r\n")
    assert lines[0] == "OPTIONS sip:[fe80::1]:5060;transport=udp SIP/2.0"
    assert lines[1] == "Via: SIP/2.0/UDP [fe80::2]:40000;branch=z9hG4bKb;rport"
    assert lines[-2:] == ["", ""]


def test_compact_folded_and_repeated_headers_are_understood() -> None:
    response = parse_response(
        b"sip/2.0 200 \xe1\xba\xa3 OK\r\ni: abc\r\nCSeq: 1\r\n  OPTIONS\r\nCall-ID: second\r\n"
        b"server: A\x1b[31m\r\nl: 5\r\n\r\nhello"
    )

    assert response is not None
    assert response.answers(Dialog("", "abc", ""))
    assert response.reason == "ả OK"
    assert response.server == "A?[31m"
    assert response.content_length_bytes == 5
