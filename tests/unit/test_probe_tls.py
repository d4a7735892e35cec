import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent.probe import tls
from agent.probe.outcome import Outcome
from govnet.errors import CheckError
from tests.unit.deadlines import ANSWER_SECONDS


def _shake_hands(identity: Any) -> Callable[[socket.socket], None]:
    context = identity.server_context()

    def script(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secured:
            secured.recv(1)

    return script


def test_trusted_certificate_is_verified(tcp_peer: Callable[..., Any], identity: Any) -> None:
    peer = tcp_peer(_shake_hands(identity))

    seen = tls.probe(
        "127.0.0.1", peer.port, timeout_seconds=ANSWER_SECONDS, ca_file=str(identity.pem)
    )

    assert seen.outcome is Outcome.ANSWERED
    assert seen.handshake is not None
    assert seen.handshake.verified
    assert seen.handshake.verify_error == ""
    assert seen.handshake.certificate_expires_at == identity.expires_at
    assert seen.handshake.version == "TLSv1.3"
    assert seen.connect_seconds is not None
    assert peer.connections == 1


def test_expired_certificate_still_tells_its_date(
    tcp_peer: Callable[..., Any], expired_identity: Any
) -> None:
    peer = tcp_peer(_shake_hands(expired_identity))
    lines: list[str] = []

    seen = tls.probe(
        "127.0.0.1",
        peer.port,
        timeout_seconds=ANSWER_SECONDS,
        ca_file=str(expired_identity.pem),
        trace=lines.append,
    )

    assert seen.outcome is Outcome.ANSWERED
    assert seen.handshake is not None
    assert not seen.handshake.verified
    assert seen.handshake.verify_error == "certificate has expired"
    assert seen.handshake.certificate_expires_at == expired_identity.expires_at
    assert lines[-1].endswith(
        "NOT trusted (certificate has expired) and expires 04/03/2021 05:06:07 UTC"
    )


def test_unknown_issuer_and_wrong_name_are_told_apart(
    tcp_peer: Callable[..., Any], identity: Any
) -> None:
    peer = tcp_peer(_shake_hands(identity))

    unknown = tls.probe("127.0.0.1", peer.port, timeout_seconds=ANSWER_SECONDS)
    misnamed = tls.probe(
        "127.0.0.1",
        peer.port,
        timeout_seconds=ANSWER_SECONDS,
        server_name="portal.example",
        ca_file=str(identity.pem),
    )

    assert unknown.handshake is not None
    assert "self-signed" in unknown.handshake.verify_error
    assert misnamed.handshake is not None
    assert "portal.example" in misnamed.handshake.verify_error


def test_old_protocol_is_read_without_trust(tcp_peer: Callable[..., Any], identity: Any) -> None:
    """A server that speaks TLS 1.2 only with a cipher that today's defaults refuse."""
    context = identity.server_context()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE-ECDSA-AES256-SHA:@SECLEVEL=0")

    def script(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secured:
            secured.recv(1)

    seen = tls.probe(
        "127.0.0.1",
        tcp_peer(script).port,
        timeout_seconds=ANSWER_SECONDS,
        ca_file=str(identity.pem),
    )

    assert seen.handshake is not None
    assert seen.handshake.version == "TLSv1.2"
    assert seen.handshake.certificate_expires_at == identity.expires_at


def test_peer_that_hangs_up_on_todays_hello_is_asked_again(
    tcp_peer: Callable[..., Any], identity: Any
) -> None:
    context = identity.server_context()
    hung_up: list[bool] = []

    def script(connection: socket.socket) -> None:
        if not hung_up:
            hung_up.append(True)
            # Closing with unread bytes resets the connection.
            connection.recv(10)
            return
        with context.wrap_socket(connection, server_side=True) as secured:
            secured.recv(1)

    seen = tls.probe("127.0.0.1", tcp_peer(script).port, timeout_seconds=ANSWER_SECONDS)

    assert seen.handshake is not None
    assert seen.handshake.verify_error == "hung up at the handshake"
    assert seen.handshake.certificate_expires_at == identity.expires_at


@pytest.mark.parametrize("name", [".portal", "a" * 64 + ".vn"])
def test_name_that_no_certificate_can_have_is_an_error(name: str, closed_port: int) -> None:
    with pytest.raises(CheckError, match="cannot be the name on a certificate"):
        tls.probe("127.0.0.1", closed_port, timeout_seconds=ANSWER_SECONDS, server_name=name)


def test_peer_that_speaks_no_tls_fails(tcp_peer: Callable[..., Any]) -> None:
    peer = tcp_peer(lambda connection: connection.sendall(b"220 mail ready\r\n" * 10))

    seen = tls.probe("127.0.0.1", peer.port, timeout_seconds=ANSWER_SECONDS)

    assert seen.outcome in (Outcome.TLS_FAILED, Outcome.CLOSED)
    assert seen.handshake is None
    assert seen.connect_seconds is not None


def test_silent_peer_is_a_timeout(tcp_peer: Callable[..., Any]) -> None:
    peer = tcp_peer(lambda connection: connection.recv(100_000) and connection.recv(1))

    seen = tls.probe("127.0.0.1", peer.port, timeout_seconds=0.3)

    assert seen.outcome is Outcome.TIMEOUT


def test_refused_port_is_refused(closed_port: int) -> None:
    seen = tls.probe("127.0.0.1", closed_port, timeout_seconds=ANSWER_SECONDS)

    assert seen.outcome is Outcome.REFUSED
    assert seen.connect_seconds is None


@pytest.mark.parametrize("content", [None, "no certificate in here"])
def test_unreadable_ca_file_is_our_fault(tmp_path: Path, content: str | None) -> None:
    ca_file = tmp_path / "ca.pem"
    if content is not None:
        ca_file.write_text(content)

    with pytest.raises(CheckError, match=r"CA file .*ca\.pem"):
        tls.probe("127.0.0.1", 1, timeout_seconds=1, ca_file=str(ca_file))
