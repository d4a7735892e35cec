import socket
import struct
import time
from collections.abc import Callable
from typing import Any

import pytest

from agent.probe import dns
from agent.probe.dns import RecordType
from agent.probe.outcome import Outcome
from govnet.errors import CheckError
from tests.unit.deadlines import ANSWER_SECONDS
from tests.unit.silence import Silence

_POINTER_TO_QUESTION = b"\xc0\x0c"


def _reply(
    query: bytes, records: bytes = b"", count: int = 0, flags: int = 0x8180, rcode: int = 0
) -> bytes:
    return query[:2] + struct.pack("!HHHHH", flags | rcode, 1, count, 0, 0) + query[12:] + records


def _record(data: bytes, kind: int = 1, owner: bytes = _POINTER_TO_QUESTION) -> bytes:
    return owner + struct.pack("!HHIH", kind, 1, 60, len(data)) + data


Script = Callable[[socket.socket, bytes, tuple[str, int]], None]


def _answering(build: Callable[[bytes], bytes]) -> Script:
    return lambda sock, query, sender: sock.sendto(build(query), sender) and None


def test_addresses_are_read_behind_an_alias(udp_peer: Callable[..., Any]) -> None:
    """A CNAME chain comes first; its names are compressed."""
    records = _record(b"\x03www" + _POINTER_TO_QUESTION, kind=5)
    records += _record(bytes([198, 18, 0, 7]), owner=b"\xc0\x2c") + _record(bytes([198, 18, 0, 8]))
    peer = udp_peer(_answering(lambda query: _reply(query, records, 3)))
    lines: list[str] = []

    seen = dns.query(
        "127.0.0.1",
        "portal.example",
        port=peer.port,
        timeout_seconds=ANSWER_SECONDS,
        trace=lines.append,
    )

    assert seen.outcome is Outcome.ANSWERED
    assert seen.rcode == 0
    assert seen.addresses == ("198.18.0.7", "198.18.0.8")
    assert seen.attempts == 1
    assert not seen.used_tcp
    assert seen.rtt_seconds is not None
    assert lines[0] == "asking 127.0.0.1 over UDP for A of portal.example"
    assert "NOERROR, 198.18.0.7, 198.18.0.8" in lines[1]


def test_ipv6_addresses_are_read(udp_peer: Callable[..., Any]) -> None:
    address = bytes.fromhex("20010db8000000000000000000000001")
    peer = udp_peer(_answering(lambda query: _reply(query, _record(address, kind=28), 1)))

    seen = dns.query(
        "127.0.0.1",
        "portal.example",
        RecordType.AAAA,
        port=peer.port,
        timeout_seconds=ANSWER_SECONDS,
    )

    assert seen.addresses == ("2001:db8::1",)


@pytest.mark.parametrize("rcode", [2, 3, 5])
def test_refusing_resolver_has_answered(udp_peer: Callable[..., Any], rcode: int) -> None:
    peer = udp_peer(_answering(lambda query: _reply(query, rcode=rcode)))

    seen = dns.query("127.0.0.1", "portal.example", port=peer.port, timeout_seconds=ANSWER_SECONDS)

    assert (seen.outcome, seen.rcode, seen.addresses) == (Outcome.ANSWERED, rcode, ())


def test_wrong_ids_questions_and_garbage_are_passed_over(udp_peer: Callable[..., Any]) -> None:
    def script(sock: socket.socket, query: bytes, sender: tuple[str, int]) -> None:
        right = _reply(query, _record(bytes([198, 18, 0, 7])), 1)
        forged = _record(bytes([10, 6, 6, 6]))
        sock.sendto(bytes([query[0] ^ 1]) + _reply(query, forged, 1)[1:], sender)
        sock.sendto(_reply(query.replace(b"portal", b"p0rtal"), forged, 1), sender)
        sock.sendto(b"", sender)
        sock.sendto(b"garbage" * 100, sender)
        sock.sendto(query, sender)
        sock.sendto(right, sender)

    seen = dns.query(
        "127.0.0.1", "portal.example", port=udp_peer(script).port, timeout_seconds=ANSWER_SECONDS
    )

    assert seen.addresses == ("198.18.0.7",)


def test_reply_from_another_address_is_not_believed(udp_peer: Callable[..., Any]) -> None:
    def script(_sock: socket.socket, query: bytes, sender: tuple[str, int]) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind(("127.0.0.2", 0))
            other.sendto(_reply(query, _record(bytes([10, 6, 6, 6])), 1), sender)

    seen = dns.query("127.0.0.1", "portal.example", port=udp_peer(script).port, timeout_seconds=0.3)

    assert seen.outcome is Outcome.TIMEOUT


def test_silence_is_asked_twice_in_the_time(silence: Silence) -> None:
    seen = dns.query("127.0.0.1", "portal.example", timeout_seconds=3, clock=silence.clock)

    assert (seen.outcome, seen.attempts) == (Outcome.TIMEOUT, 2)
    assert [sent_at for sent_at, _ in silence.sent] == [0.0, 1.5]


def test_lost_question_is_asked_again_with_another_id(udp_peer: Callable[..., Any]) -> None:
    """A resolver that is slow may be asked more often; each answer has its own question's time."""
    asked: list[bytes] = []

    def script(sock: socket.socket, query: bytes, sender: tuple[str, int]) -> None:
        asked.append(query)
        if len(asked) > 1:
            sock.sendto(_reply(query, _record(bytes([198, 18, 0, 7])), 1), sender)

    started = time.perf_counter()
    seen = dns.query(
        "127.0.0.1",
        "portal.example",
        port=udp_peer(script).port,
        timeout_seconds=ANSWER_SECONDS,
        attempts=40,
    )
    elapsed_seconds = time.perf_counter() - started

    assert seen.addresses == ("198.18.0.7",)
    assert seen.attempts >= 2
    assert seen.rtt_seconds is not None
    assert seen.rtt_seconds < elapsed_seconds - 0.4
    assert asked[0][2:] == asked[1][2:]


def test_closed_resolver_is_refused(closed_udp_port: int) -> None:
    seen = dns.query(
        "127.0.0.1", "portal.example", port=closed_udp_port, timeout_seconds=ANSWER_SECONDS
    )

    assert seen.outcome is Outcome.REFUSED


def _both_ports(udp_peer: Callable[..., Any], over_tcp: Callable[[bytes], bytes]) -> int:
    """Start a resolver that truncates over UDP and answers over TCP at the same port."""
    # TCP first: connections of every other program take ports there, hardly any does over UDP.
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(ANSWER_SECONDS)

    def script(sock: socket.socket, query: bytes, sender: tuple[str, int]) -> None:
        sock.sendto(_reply(query, flags=0x8380), sender)
        with listener, listener.accept()[0] as connection:
            length = struct.unpack("!H", connection.recv(2))[0]
            connection.sendall(over_tcp(connection.recv(length)))

    return int(udp_peer(script, listener.getsockname()[1]).port)


def test_truncated_answer_is_fetched_over_tcp(udp_peer: Callable[..., Any]) -> None:
    def whole(query: bytes) -> bytes:
        message = _reply(query, _record(bytes([198, 18, 0, 7])) * 100, 100)
        return struct.pack("!H", len(message)) + message

    port = _both_ports(udp_peer, whole)
    seen = dns.query("127.0.0.1", "portal.example", port=port, timeout_seconds=ANSWER_SECONDS)

    assert seen.used_tcp
    assert seen.addresses == ("198.18.0.7",) * 100


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [(b"\x00", Outcome.CLOSED), (b"\x00\x04junk", Outcome.MALFORMED)],
)
def test_broken_answer_over_tcp_is_a_finding(
    udp_peer: Callable[..., Any], reply: bytes, outcome: Outcome
) -> None:
    port = _both_ports(udp_peer, lambda _query: reply)
    seen = dns.query("127.0.0.1", "portal.example", port=port, timeout_seconds=ANSWER_SECONDS)

    assert seen.outcome is outcome
    assert seen.rtt_seconds is not None


@pytest.mark.parametrize(
    ("records", "count", "message"),
    [
        (b"", 1, "ends inside a name"),
        (_record(b"\1\2\3\4")[:-1], 1, "ends inside a record"),
        (_record(b"\1\2\3\4")[:5], 1, "ends inside a record"),
        (_record(b"\1\2\3"), 1, "an address of 3 bytes"),
        (_record(b"\1\2\3\4", owner=b"\x41a"), 1, "a label of a kind that does not exist"),
        (_record(b"\1\2\3\4", owner=(b"\x3f" + b"a" * 63) * 5), 1, "longer than 255 bytes"),
        (_record(b"\1\2\3\4"), 65535, "announces 65535 records"),
    ],
)
def test_malformed_records_are_an_error_not_a_crash(
    udp_peer: Callable[..., Any], records: bytes, count: int, message: str
) -> None:
    peer = udp_peer(_answering(lambda query: _reply(query, records, count)))

    with pytest.raises(CheckError, match=message):
        dns.query("127.0.0.1", "portal.example", port=peer.port, timeout_seconds=ANSWER_SECONDS)


@pytest.mark.parametrize("name", ["", "a..b", "a" * 64, ".".join(["abcdefgh"] * 40), "đ" * 80])
def test_impossible_name_is_an_error(name: str) -> None:
    with pytest.raises(CheckError, match="cannot be a DNS name"):
        dns.query("127.0.0.1", name, port=1, timeout_seconds=1)
