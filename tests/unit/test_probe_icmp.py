import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent.probe import icmp
from agent.probe.echo import EchoTrain, Method
from agent.probe.icmp import program as icmp_program
from agent.probe.icmp.packet import (
    build_request,
    checksum,
    expired_echo,
    reply_sequence,
    without_ipv4_header,
)
from agent.probe.trace import silent
from govnet.errors import CheckError
from tests.unit.deadlines import ANSWER_SECONDS

TOKEN = b"01234567"


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
@pytest.mark.parametrize("method", [None, Method.PROGRAM, Method.TCP])
def test_loopback_answers_by_every_method(
    address: str, method: Method | None, closed_port: int
) -> None:
    """None is the usual order: a datagram socket where allowed, then raw, then the program."""
    methods = icmp.DEFAULT_METHODS if method is None else (method,)

    train = icmp.ping(
        address,
        count=3,
        interval_seconds=0.02,
        timeout_seconds=ANSWER_SECONDS,
        tcp_ports=(closed_port,),
        methods=methods,
    )

    assert train.received == 3
    assert all(rtt is not None and 0 < rtt < ANSWER_SECONDS for rtt in train.rtts_seconds)
    assert train.method in methods


def test_silent_address_loses_everything() -> None:
    """240.0.0.0/4 is reserved: the kernel refuses to send there."""
    train = icmp.ping("240.0.0.1", count=2, interval_seconds=0.01, timeout_seconds=0.1)

    assert (train.sent, train.received) == (2, 0)
    assert train.rtts_seconds == (None, None)


def test_accepting_and_refusing_ports_are_both_answers(tcp_peer: Callable[..., Any]) -> None:
    peer = tcp_peer(lambda _connection: None)

    train = icmp.ping(
        "127.0.0.1",
        count=2,
        interval_seconds=0.01,
        timeout_seconds=ANSWER_SECONDS,
        tcp_ports=(peer.port,),
        methods=(Method.TCP,),
    )

    assert train.received == 2


def test_port_that_drops_in_silence_does_not_hide_one_that_refuses(closed_port: int) -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        with socket.create_connection(full.getsockname()):
            train = icmp.ping(
                "127.0.0.1",
                count=2,
                interval_seconds=0.01,
                timeout_seconds=ANSWER_SECONDS,
                tcp_ports=(full.getsockname()[1], closed_port),
                methods=(Method.TCP,),
            )

    assert train.received == 2


def test_without_any_means_the_error_names_them_all() -> None:
    with pytest.raises(CheckError, match="no means of sending an echo here; tcp: no TCP ports"):
        icmp.ping(
            "127.0.0.1",
            count=1,
            interval_seconds=1,
            timeout_seconds=1,
            methods=(Method.TCP,),
        )


def test_windows_calls_on_linux_are_no_means_but_an_error() -> None:
    with pytest.raises(CheckError, match="on Windows only"):
        icmp.ping(
            "127.0.0.1",
            count=1,
            interval_seconds=1,
            timeout_seconds=1,
            methods=(Method.WINDOWS,),
        )


@pytest.mark.parametrize(("count", "size_bytes"), [(0, 56), (65536, 56), (1, 7), (1, 1401)])
def test_impossible_train_is_an_error(count: int, size_bytes: int) -> None:
    with pytest.raises(CheckError, match="expected 1 to 65535 echoes"):
        icmp.ping(
            "127.0.0.1",
            count=count,
            interval_seconds=1,
            timeout_seconds=1,
            size_bytes=size_bytes,
        )


@pytest.mark.parametrize("address", ["no-such-host.invalid", "127.0.0.300", "127.0.0.1:80"])
def test_what_has_no_address_is_not_taken_for_silent(address: str) -> None:
    with pytest.raises(CheckError, match="expected an IP address, or a host name without port"):
        icmp.ping(address, count=2, interval_seconds=1, timeout_seconds=ANSWER_SECONDS)


def test_destination_nearer_than_the_next_hop_says_so() -> None:
    hop = icmp.first_hop_beyond("127.0.0.1", timeout_seconds=ANSWER_SECONDS)

    assert hop is not None
    assert (hop.address, hop.is_destination) == ("127.0.0.1", True)
    assert hop.rtt_seconds is not None


def test_no_means_of_limiting_hops_is_none() -> None:
    assert icmp.first_hop_beyond("127.0.0.1", timeout_seconds=1, methods=(Method.TCP,)) is None


IPUTILS = """\
PING 198.18.0.1 (198.18.0.1) 56(84) bytes of data.
64 bytes from 198.18.0.1: icmp_seq=1 ttl=64 time=0.044 ms
64 bytes from 198.18.0.1: icmp_seq=3 ttl=64 time=1042 ms
64 bytes from 198.18.0.1: icmp_seq=3 ttl=64 time=1.00 ms (DUP!)
From 198.18.0.9 icmp_seq=4 Destination Host Unreachable
64 bytes from 198.18.0.1: icmp_seq=99 ttl=64 time=1.00 ms

--- 198.18.0.1 ping statistics ---
4 packets transmitted, 2 received, 50% packet loss, time 201ms
"""


def test_output_of_the_ping_program_is_understood() -> None:
    assert icmp_program.parse_output(IPUTILS, 4) == (pytest.approx(0.000044), None, 1.042, None)


def _fake_program(folder: Path, script: str) -> str:
    path = folder / "ping"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


def _run_program(program: str) -> EchoTrain:
    return icmp_program.ping(
        "127.0.0.1",
        count=2,
        interval_seconds=0.01,
        timeout_seconds=ANSWER_SECONDS,
        size_bytes=56,
        trace=silent,
        program=program,
    )


@pytest.mark.parametrize("script", ["echo 'ping: Operation not permitted' >&2; exit 2", "exit 1"])
def test_ping_program_without_the_right_is_unavailable(tmp_path: Path, script: str) -> None:
    with pytest.raises(icmp_program.PingUnavailableError, match="sent nothing"):
        _run_program(_fake_program(tmp_path, script))


def test_missing_ping_program_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(icmp_program.PingUnavailableError, match="cannot be started"):
        _run_program(str(tmp_path / "no-ping"))


def test_ping_program_without_a_route_loses_everything(tmp_path: Path) -> None:
    script = "echo 'ping: connect: Network is unreachable' >&2; exit 2"

    train = _run_program(_fake_program(tmp_path, script))

    assert train.rtts_seconds == (None, None)
    assert "Network is unreachable" in train.detail


def test_request_has_a_right_checksum() -> None:
    request = build_request(socket.AF_INET, 0x1234, 7, TOKEN, 56)

    assert len(request) == 64
    assert checksum(request) == 0


def test_only_replies_with_our_token_count() -> None:
    """The identifier is not looked at: of a datagram socket the kernel changes it."""
    request = build_request(socket.AF_INET, 1, 7, TOKEN, 56)
    reply = b"\0" + request[1:]

    assert reply_sequence(socket.AF_INET, reply, TOKEN) == 7
    assert reply_sequence(socket.AF_INET, request, TOKEN) is None
    assert reply_sequence(socket.AF_INET, reply, b"another!") is None
    assert reply_sequence(socket.AF_INET, reply[:15], TOKEN) is None
    assert reply_sequence(socket.AF_INET6, b"\x81" + request[1:], TOKEN) == 7


def test_expired_echo_tells_which_probe_it_was() -> None:
    ipv4_header = b"\x46" + bytes(8) + b"\x01" + bytes(14)  # With four bytes of options.
    echo4 = build_request(socket.AF_INET, 0x1234, 7, b"", 0)
    echo6 = build_request(socket.AF_INET6, 0x1234, 7, b"", 0)
    ipv6_header = b"\x60" + bytes(5) + b"\x3a" + bytes(33)

    assert expired_echo(socket.AF_INET, b"\x0b" + bytes(7) + ipv4_header + echo4) == (0x1234, 7)
    assert expired_echo(socket.AF_INET6, b"\x03" + bytes(7) + ipv6_header + echo6) == (0x1234, 7)
    assert expired_echo(socket.AF_INET, b"\x0b\x01" + bytes(6) + ipv4_header + echo4) is None
    assert expired_echo(socket.AF_INET, b"\x0b" + bytes(7) + ipv4_header + echo4[:7]) is None
    assert without_ipv4_header(b"\x60" + bytes(40)) == b""
