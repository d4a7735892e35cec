"""One exchange with peers that never end, on loopback: its time limit holds wherever they drip."""

import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest

from agent.transport.address import parse_collector
from agent.transport.channel import (
    CONNECT_BYTES,
    REQUEST_BYTES,
    Channel,
    ChannelError,
    trusting,
)
from tests.unit.deadlines import ANSWER_SECONDS

LIMIT_SECONDS = 0.5
"""For peers that drip until they are hung up on; others have `ANSWER_SECONDS`."""
PACE_SECONDS = 0.02

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"

DRIPS = {
    "continue": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "status line": (b"HTTP/1.1 200 ", b"O"),
    "header": (OK + b"Drip: ", b"x"),
    "chunk length": (CHUNKED, b"0"),
    "chunks": (CHUNKED, b"1\r\nx\r\n"),
    "trailer": (CHUNKED + b"0\r\n", b"x"),
    "body": (OK + b"Content-Length: 100000\r\n\r\n", b"x"),
    "body without end": (OK + b"\r\n", b"x"),
    "nothing": (b"", b""),
}


def drip(first: bytes, drop: bytes) -> Callable[[socket.socket], None]:
    """Make a peer that answers with `first` and then `drop` after `drop` until hung up on."""

    def script(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(first)
        pace = threading.Event()
        while not pace.wait(PACE_SECONDS):
            connection.sendall(drop)
            if not drop and not connection.recv(65536):
                return

    return script


def ask(channel: Channel, body: bytes = b"x") -> str:
    """Return why there was no answer, which no peer here ever tells by itself."""
    with pytest.raises(ChannelError) as failed:
        channel.request("POST", "/v1/reports", {}, body)
    return str(failed.value)


@pytest.mark.parametrize("place", DRIPS)
def test_a_dripping_peer_ends_with_the_time_limit(tcp_peer: Callable[..., Any], place: str):
    peer = tcp_peer(drip(*DRIPS[place]))
    channel = Channel(parse_collector(f"http://127.0.0.1:{peer.port}"), None, LIMIT_SECONDS)

    assert ask(channel) == "no answer in time"
    assert peer.connections == 1


def test_a_peer_that_drips_within_tls_ends_with_the_time_limit(
    tcp_peer: Callable[..., Any], identity: Any
):
    def script(connection: socket.socket) -> None:
        with identity.server_context().wrap_socket(connection, server_side=True) as tls:
            drip(*DRIPS["continue"])(tls)

    peer = tcp_peer(script)
    address = parse_collector(f"https://127.0.0.1:{peer.port}")
    channel = Channel(address, trusting(identity.pem.read_text()), LIMIT_SECONDS)

    assert ask(channel) == "no answer in time"


def test_a_peer_that_drips_the_greeting_of_tls_ends_with_the_time_limit(
    tcp_peer: Callable[..., Any], identity: Any
):
    # The head of a handshake record of 16 KiB, which then never becomes whole.
    peer = tcp_peer(drip(b"\x16\x03\x03\x40\x00", b"\x02"))
    address = parse_collector(f"https://127.0.0.1:{peer.port}")
    channel = Channel(address, trusting(identity.pem.read_text()), LIMIT_SECONDS)

    assert ask(channel)


def test_a_peer_that_reads_a_request_byte_by_byte_ends_with_the_time_limit(
    tcp_peer: Callable[..., Any],
):
    is_over = threading.Event()

    def script(connection: socket.socket) -> None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        while not is_over.wait(PACE_SECONDS):
            connection.recv(1)

    peer = tcp_peer(script)
    channel = Channel(parse_collector(f"http://127.0.0.1:{peer.port}"), None, LIMIT_SECONDS)

    said = ask(channel, bytes(8 << 20))
    is_over.set()

    assert said == "no answer in time"


def test_a_kept_connection_that_drips_the_second_time_is_not_asked_again(
    tcp_peer: Callable[..., Any],
):
    def script(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(OK + b"Content-Length: 2\r\n\r\nok")
        drip(*DRIPS["status line"])(connection)

    peer = tcp_peer(script)
    channel = Channel(parse_collector(f"http://127.0.0.1:{peer.port}"), None, 3 * LIMIT_SECONDS)
    reply, _ = channel.request("GET", "/", {})
    assert reply.body == b"ok"

    assert ask(channel) == "no answer in time"
    assert peer.connections == 1


def test_an_address_that_cannot_be_asked_for_is_no_answer(tcp_peer: Callable[..., Any]):
    peer = tcp_peer(drip(b"", b""))
    channel = Channel(parse_collector(f"http://127.0.0.1:{peer.port}/\u0111"), None, LIMIT_SECONDS)

    assert "Unicode" in ask(channel)


# --- the kinds of failure, for `govnet-agent status` ----------------------------------------------


def kind_of(url: str, ca: Any = None, limit_seconds: float = ANSWER_SECONDS) -> str:
    channel = Channel(parse_collector(url), trusting(ca.read_text()) if ca else None, limit_seconds)
    with pytest.raises(ChannelError) as failed:
        channel.connect()
    return failed.value.kind


def test_a_closed_port_and_an_unknown_name_are_told_apart(identity: Any, closed_port: int):
    assert kind_of(f"http://127.0.0.1:{closed_port}") == "refused"
    assert kind_of("https://no-such-host.invalid", identity.pem) == "name"
    assert kind_of("https://198.18.0.1") == "certificate"


def test_a_certificate_that_is_not_the_collectors_is_said_to_be_one(
    tcp_peer: Callable[..., Any], identity: Any, expired_identity: Any
):
    def script(connection: socket.socket) -> None:
        expired_identity.server_context().wrap_socket(connection, server_side=True)

    peer = tcp_peer(script)

    assert kind_of(f"https://127.0.0.1:{peer.port}", identity.pem) == "certificate"


def test_dates_are_no_reason_to_refuse_the_collectors_certificate(
    tcp_peer: Callable[..., Any], expired_identity: Any
):
    """To a PC whose clock is wrong by years every certificate is over, or not begun yet."""

    def script(connection: socket.socket) -> None:
        with expired_identity.server_context().wrap_socket(connection, server_side=True) as tls:
            tls.recv(65536)
            tls.sendall(OK + b"Content-Length: 2\r\n\r\nok")

    peer = tcp_peer(script)
    tls = trusting(expired_identity.pem.read_text())
    channel = Channel(parse_collector(f"https://127.0.0.1:{peer.port}"), tls, ANSWER_SECONDS)

    assert b"ok" == channel.request("GET", "/", {})[0].body
    channel.close()


def test_a_silent_peer_is_a_timeout(tcp_peer: Callable[..., Any], identity: Any):
    peer = tcp_peer(drip(b"", b""))

    assert kind_of(f"https://127.0.0.1:{peer.port}", identity.pem, LIMIT_SECONDS) == "timeout"


def test_what_went_over_the_line_is_counted(tcp_peer: Callable[..., Any]):
    def script(connection: socket.socket) -> None:
        for body_bytes in (300, 500):
            received = b""
            while len(received.partition(b"\r\n\r\n")[2]) < body_bytes:
                received += connection.recv(65536)
            connection.sendall(OK + b"Content-Length: 2\r\n\r\nok")

    address = parse_collector(f"http://127.0.0.1:{tcp_peer(script).port}")
    channel = Channel(address, None, ANSWER_SECONDS)
    channel.request("POST", "/", {}, bytes(300))
    channel.request("POST", "/", {}, bytes(500))
    channel.close()

    assert channel.sent_bytes == CONNECT_BYTES + 2 * REQUEST_BYTES + 800
