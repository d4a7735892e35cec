"""Gatekeeper discovery; the answers are made by hand from H.225.0, no gatekeeper is at hand."""

import socket
from collections.abc import Callable
from typing import Any

import pytest

from agent.probe import ras, sip
from agent.probe.outcome import Outcome
from agent.probe.ras.message import build_request, parse_answer
from govnet.errors import CheckError
from tests.unit.deadlines import ANSWER_SECONDS
from tests.unit.silence import Silence

PROTOCOL = bytes.fromhex("060008914a0004")
NAME = "GK1"
NAME_BYTES = bytes([(len(NAME) - 1) << 1]) + NAME.encode("utf-16-be")
ADDRESS = bytes([0, 198, 18, 0, 5, 0x06, 0xB7])


def confirm(sequence: bytes, *, named: bool = True) -> bytes:
    head = b"\x04\x80" if named else b"\x04\x00"
    return head + sequence + PROTOCOL + (NAME_BYTES if named else b"") + ADDRESS


def reject(sequence: bytes, reason: int = 0x20) -> bytes:
    return b"\x08\x80" + sequence + PROTOCOL + NAME_BYTES + bytes([reason])


def answering(*replies: Callable[[bytes], bytes]) -> Callable[..., None]:
    def script(sock: socket.socket, request: bytes, sender: tuple[str, int]) -> None:
        for reply in replies:
            sock.sendto(reply(request[2:4]), sender)

    return script


def test_request_is_the_twenty_bytes_of_a_terminal() -> None:
    assert build_request(7, "198.18.1.2", 40000) == bytes.fromhex(
        "0000 0006 060008914a0004 00 c6120102 9c40 0200"
    )


def test_request_can_be_answered_over_ipv6() -> None:
    request = build_request(1, "2001:db8::9%eth0", 40000)

    assert request[11:28] == b"\x30" + socket.inet_pton(socket.AF_INET6, "2001:db8::9")
    assert len(request) == 32


@pytest.mark.parametrize(("sequence", "address"), [(0, "::1"), (65536, "::1"), (1, "gk.example")])
def test_request_that_cannot_be_written_is_an_error(sequence: int, address: str) -> None:
    with pytest.raises(CheckError):
        build_request(sequence, address, 1719)


def test_confirming_gatekeeper_is_alive(udp_peer: Callable[..., Any]) -> None:
    lines: list[str] = []
    peer = udp_peer(answering(confirm))
    seen = ras.discover("127.0.0.1", peer.port, timeout_seconds=ANSWER_SECONDS, trace=lines.append)

    assert seen.alive
    assert (seen.confirmed, seen.name, seen.reject_reason) == (True, "GK1", "")
    assert seen.rtt_seconds is not None
    assert lines[0] == f"sent GatekeeperRequest over UDP to 127.0.0.1 port {peer.port}"
    assert lines[-1].startswith("GatekeeperConfirm after ")


@pytest.mark.parametrize(
    ("reason", "word"),
    [(0x20, "terminalExcluded"), (0x60, "undefinedReason"), (0x80, "securityDenial"), (0xBF, "")],
)
def test_rejecting_gatekeeper_is_alive_too(
    udp_peer: Callable[..., Any], reason: int, word: str
) -> None:
    peer = udp_peer(answering(lambda sequence: reject(sequence, reason)))
    seen = ras.discover("127.0.0.1", peer.port, timeout_seconds=ANSWER_SECONDS)

    assert seen.alive
    assert (seen.confirmed, seen.reject_reason) == (False, word)


def test_answers_to_others_and_garbage_are_passed_over(udp_peer: Callable[..., Any]) -> None:
    peer = udp_peer(
        answering(
            lambda _: b"",
            lambda _: b"\xff" * 5000,
            lambda sequence: b"\x0c\x00" + sequence + PROTOCOL,  # RegistrationRequest.
            lambda sequence: confirm(bytes([sequence[0] ^ 1, sequence[1]])),
            lambda sequence: confirm(sequence, named=False),
        )
    )
    seen = ras.discover("127.0.0.1", peer.port, timeout_seconds=ANSWER_SECONDS)

    assert seen.alive
    assert seen.name == ""


@pytest.mark.parametrize("ask", [ras.discover, sip.options])
def test_peer_that_floods_is_not_listened_to_any_longer(
    udp_peer: Callable[..., Any], ask: Callable[..., Any]
) -> None:
    def flood(sock: socket.socket, _datagram: bytes, sender: tuple[str, int]) -> None:
        for _ in range(200):
            sock.sendto(b"rubbish", sender)

    seen = ask("127.0.0.1", udp_peer(flood).port, timeout_seconds=ANSWER_SECONDS)

    assert (seen.outcome, seen.detail) == (Outcome.MALFORMED, "100 datagrams, none the answer")


def test_silence_is_asked_again_with_the_same_number(silence: Silence) -> None:
    seen = ras.discover(
        "127.0.0.1",
        ras.RAS_PORT,
        timeout_seconds=1.2,
        clock=silence.clock,
        random_below=lambda below: below - 1,
    )

    assert seen.outcome is Outcome.TIMEOUT
    assert seen.retransmissions == 1
    request = silence.sent[0][1]
    assert silence.sent == [(0.0, request), (1.0, request)]
    assert request[2:4] == b"\xff\xfe"


def test_closed_port_is_refused(closed_udp_port: int) -> None:
    seen = ras.discover("127.0.0.1", closed_udp_port, timeout_seconds=ANSWER_SECONDS)

    assert seen.outcome is Outcome.REFUSED
    assert not seen.alive


def test_name_behind_data_that_is_not_read_is_left_out() -> None:
    answer = parse_answer(b"\x05\x80\x00\x06" + PROTOCOL + b"\x00" * 40)

    assert answer is not None
    assert (answer.sequence, answer.confirmed, answer.name) == (7, True, "")
