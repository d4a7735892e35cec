"""Whom the reflector answers, with what, and what it remembers of them."""

import socket
from collections.abc import Iterator
from ipaddress import ip_network

import pytest

from agent.listening import reflector_senders as senders
from agent.listening.reflector import Reflector, ReflectorCounts
from agent.listening.reflector_senders import Refusal, Senders
from agent.probe.stamp.packet import build_probe, parse_reply
from govnet.errors import CheckError

OFFICE = "198.18.7.9"


def some_senders() -> Senders:
    return Senders(862, (ip_network("198.18.0.0/16"), ip_network("2001:db8::/32")), 0.0)


@pytest.mark.parametrize(
    ("address", "port", "expected"),
    [
        (OFFICE, 50000, None),
        ("2001:db8::7", 50000, None),
        ("fe80::1%eth0", 50000, Refusal.SOURCE),
        ("203.0.113.9", 50000, Refusal.SOURCE),
        (OFFICE, 862, Refusal.SOURCE),  # Another reflector would answer the answer.
        (OFFICE, 53, Refusal.SOURCE),
        (OFFICE, 1024, None),
    ],
)
def test_only_listed_networks_and_ports_of_no_server_are_answered(
    address: str, port: int, expected: Refusal | None
):
    assert some_senders().refuses(address, port, 1.0) is expected


def test_a_reflector_at_a_high_port_does_not_answer_its_like_either():
    at_8620 = Senders(8620, (ip_network("198.18.0.0/16"),), 0.0)
    assert at_8620.refuses(OFFICE, 8620, 1.0) is Refusal.SOURCE


def test_one_address_gets_its_share_and_others_theirs():
    asked = some_senders()
    answers = [asked.refuses(OFFICE, 50000 + n % 9, 1.0) for n in range(1500)]

    assert answers.count(None) == senders.BURST_PACKETS
    assert answers[-1] is Refusal.RATE
    assert asked.refuses("198.18.7.10", 50000, 1.0) is None
    assert asked.refuses(OFFICE, 50000, 1.1) is None


def test_all_of_them_together_have_a_limit():
    asked = some_senders()
    answers = [asked.refuses(f"198.18.{n % 100}.1", 50000, 1.0) for n in range(6000)]
    assert answers.count(None) == senders.ALL_BURST


def test_strangers_use_up_nobodys_share():
    asked = some_senders()
    for n in range(9000):
        assert asked.refuses(f"203.0.113.{n % 250}", 50000, 1.0) is Refusal.SOURCE
    assert asked.refuses(OFFICE, 50000, 1.0) is None


def test_replies_are_counted_per_session():
    asked = some_senders()
    numbers = [asked.next_sequence(OFFICE, port, 1.0) for port in (50000, 50000, 50001, 50000)]
    assert numbers == [0, 1, 0, 2]


def test_a_session_that_was_silent_begins_anew():
    asked = some_senders()
    asked.next_sequence(OFFICE, 50000, 1.0)
    assert asked.next_sequence(OFFICE, 50000, 1.0 + senders.FORGET_AFTER_SECONDS) == 1
    assert asked.next_sequence(OFFICE, 50000, 2.1 + 2 * senders.FORGET_AFTER_SECONDS) == 0


def test_memory_is_bounded_and_the_oldest_is_forgotten_first(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(senders, "SENDERS_LIMIT", 10)
    asked = some_senders()
    for n in range(100):
        asked.refuses(f"198.18.1.{n}", 50000, 1.0)
        asked.next_sequence(f"198.18.1.{n}", 50000, 1.0)
        asked.next_sequence(OFFICE, 50000, 1.0)

    assert len(asked._addresses) == len(asked._sessions) == 10
    assert asked.next_sequence(OFFICE, 50000, 1.0) == 100


@pytest.fixture
def reflector() -> Iterator[Reflector]:
    reflector = Reflector("127.0.0.1", 0, ["127.0.0.0/8"])
    yield reflector
    reflector.close()


@pytest.fixture
def asking(reflector: Reflector) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect(("127.0.0.1", reflector.port))
        sock.settimeout(5)
        yield sock


def test_replies_are_as_long_as_their_questions_and_counted(
    reflector: Reflector, asking: socket.socket
):
    for number, size_bytes in enumerate((44, 52, 1400)):
        probe = build_probe(1000 + number, 5, size_bytes=size_bytes)
        asking.send(probe)
        reply = asking.recv(9000)
        fields = parse_reply(reply)

        assert len(reply) == len(probe)
        assert fields is not None
        assert (fields.sequence, fields.sender_sequence) == (number, 1000 + number)
        assert 0 <= fields.returned_ns - fields.received_ns < 5e9
    assert reflector.counts == ReflectorCounts(3, 0, 0, 0)


def test_malformed_packets_are_counted_and_the_next_good_one_is_answered(
    reflector: Reflector, asking: socket.socket
):
    for packet in (b"", b"x" * 40, bytes(44), build_probe(0, 1, size_bytes=9001)):
        asking.send(packet)
    asking.send(build_probe(1, 1))

    fields = parse_reply(asking.recv(9000))
    assert fields is not None
    assert fields.sender_sequence == 1
    assert reflector.counts.refused_malformed == 4


def test_a_closed_reflector_has_no_port_open(reflector: Reflector):
    other = Reflector("127.0.0.1", 0, [])
    other.close()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", other.port))
    assert reflector.port != other.port


def test_a_port_in_use_is_told(reflector: Reflector):
    with pytest.raises(CheckError, match=f"port {reflector.port} cannot be opened"):
        Reflector("127.0.0.1", reflector.port, [])


def test_what_is_no_network_is_told():
    with pytest.raises(CheckError, match="expected networks like"):
        Reflector("127.0.0.1", 0, ["198.18.0.1/16"])
