import queue
import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest

from agent.probe import h323, tcp
from agent.probe.deadline import Deadline
from agent.probe.outcome import Outcome, PeerError, outcome_of
from agent.probe.resolve import bracketed, resolve
from agent.probe.stream import Stream
from govnet.errors import CheckError
from tests.unit.deadlines import ANSWER_SECONDS, HANG_SECONDS


def _hang_up(_connection: socket.socket) -> None:
    return


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_open_port_is_answered_with_its_time(tcp_peer: Callable[..., Any], address: str) -> None:
    peer = tcp_peer(_hang_up, address)
    lines: list[str] = []

    seen = tcp.connect(address, peer.port, timeout_seconds=ANSWER_SECONDS, trace=lines.append)

    assert seen.outcome is Outcome.ANSWERED
    assert seen.address == address
    assert seen.connect_seconds is not None
    assert 0 < seen.connect_seconds < ANSWER_SECONDS
    assert seen.host_alive
    assert lines[0].startswith(f"connected to {address} port {peer.port} in ")


def test_closed_port_is_refused_and_the_host_alive(closed_port: int) -> None:
    seen = tcp.connect("127.0.0.1", closed_port, timeout_seconds=ANSWER_SECONDS)

    assert seen.outcome is Outcome.REFUSED
    assert seen.host_alive
    assert seen.connect_seconds is not None
    assert "refused" in seen.detail


def test_full_backlog_is_a_timeout_and_says_nothing_about_the_host() -> None:
    """A listener that never accepts and whose queue is full drops connections in silence."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = listener.getsockname()
        with socket.create_connection(address):
            seen = tcp.connect("127.0.0.1", address[1], timeout_seconds=0.2)

    assert seen.outcome is Outcome.TIMEOUT
    assert not seen.host_alive
    assert seen.connect_seconds is None


def test_unreachable_network_is_a_finding() -> None:
    error = OSError(101, "Network is unreachable")

    assert outcome_of(error) is Outcome.UNREACHABLE


def test_fault_of_this_machine_is_no_finding() -> None:
    with pytest.raises(CheckError, match=r"could not ask: .*Too many open files"):
        outcome_of(OSError(24, "Too many open files"))


def test_name_is_resolved_by_the_system(tcp_peer: Callable[..., Any]) -> None:
    seen = tcp.connect("localhost", tcp_peer(_hang_up).port, timeout_seconds=ANSWER_SECONDS)

    assert seen.outcome is Outcome.ANSWERED
    assert seen.address == "127.0.0.1"


def test_name_without_address_is_unresolved() -> None:
    seen = tcp.connect("no-such-host.invalid", 80, timeout_seconds=ANSWER_SECONDS)

    assert seen.outcome is Outcome.UNRESOLVED
    assert seen.address == ""


@pytest.mark.parametrize(("host", "port"), [("", 80), ("x", 70000), ("a" * 64 + ".vn", 80)])
def test_what_cannot_be_a_target_is_an_error(host: str, port: int) -> None:
    with pytest.raises(CheckError):
        tcp.connect(host, port, timeout_seconds=1)


def test_resolver_that_is_away_is_left_behind_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's resolver is replaced: it is not our code, and it must be seen to hang."""
    real = socket.getaddrinfo
    is_over, has_answered = threading.Event(), threading.Event()

    def hang(*arguments: Any) -> Any:
        if arguments[5] & socket.AI_NUMERICHOST:
            return real(*arguments)
        is_over.wait(HANG_SECONDS)
        has_answered.set()
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hang)

    with pytest.raises(PeerError, match="no resolver answered") as caught:
        resolve("office.example", 80, timeout_seconds=0.1)

    assert caught.value.outcome is Outcome.UNRESOLVED
    assert not has_answered.is_set()
    is_over.set()


def test_second_address_is_tried_when_the_first_refuses(
    tcp_peer: Callable[..., Any], closed_port: int
) -> None:
    peer = tcp_peer(_hang_up)
    endpoints = (
        *resolve("127.0.0.1", closed_port, timeout_seconds=ANSWER_SECONDS),
        *resolve("127.0.0.1", peer.port, timeout_seconds=ANSWER_SECONDS),
    )

    sock, endpoint, _ = tcp.open_socket(endpoints, Deadline(ANSWER_SECONDS))
    sock.close()

    assert endpoint.sockaddr[1] == peer.port


def test_h323_connects_and_sends_nothing(tcp_peer: Callable[..., Any]) -> None:
    heard: queue.Queue[bytes] = queue.Queue()
    peer = tcp_peer(lambda connection: heard.put(connection.recv(100)))

    seen = h323.probe("127.0.0.1", peer.port, timeout_seconds=ANSWER_SECONDS)

    assert seen.outcome is Outcome.ANSWERED
    assert heard.get(timeout=ANSWER_SECONDS) == b""


def test_drip_of_bytes_ends_at_the_deadline() -> None:
    """The clock is scripted: every look at it is a tenth of a second later."""
    ticks = iter(range(10_000))
    ours, theirs = socket.socketpair()
    theirs.sendall(b"x" * 100)
    with ours, theirs:
        stream = Stream(ours, Deadline(0.5, lambda: next(ticks) / 10))

        with pytest.raises(TimeoutError):
            stream.read_line(1000)


def test_endless_line_is_malformed() -> None:
    ours, theirs = socket.socketpair()
    theirs.sendall(b"x" * 2000)
    with ours, theirs, pytest.raises(PeerError, match="longer than 1000 bytes") as caught:
        Stream(ours, Deadline(ANSWER_SECONDS)).read_line(1000)

    assert caught.value.outcome is Outcome.MALFORMED


def test_peer_that_ends_inside_a_line_has_closed() -> None:
    ours, theirs = socket.socketpair()
    theirs.sendall(b"half a li")
    theirs.close()
    with ours, pytest.raises(PeerError) as caught:
        Stream(ours, Deadline(ANSWER_SECONDS)).read_line(1000)

    assert caught.value.outcome is Outcome.CLOSED


def test_ipv6_addresses_are_bracketed_without_their_zone() -> None:
    assert bracketed("fe80::1%eth0") == "[fe80::1]"
    assert bracketed("127.0.0.1") == "127.0.0.1"


def test_what_is_asked_leaves_at_once(tcp_peer: Callable[..., Any]) -> None:
    """Nagle's algorithm would hold back a request behind a TLS handshake for up to 40 ms."""
    peer = tcp_peer(lambda connection: connection.recv(1))
    endpoints = resolve("127.0.0.1", peer.port, timeout_seconds=1)
    sock, _, _ = tcp.open_socket(endpoints, Deadline(ANSWER_SECONDS))
    with sock:
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
