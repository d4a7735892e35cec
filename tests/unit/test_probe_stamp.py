"""Trains to reflectors of every kind that is out there, on loopback."""

import socket
import time

import pytest

from agent.probe import stamp
from agent.probe.outcome import Outcome
from agent.probe.stamp.figures import DirectionLoss, figures
from govnet.errors import CheckError
from tests.unit.deadlines import ANSWER_SECONDS
from tests.unit.stamp_reflectors import reflector, reply

QUICK = {"packets": 10, "spacing_seconds": 0.001, "timeout_seconds": ANSWER_SECONDS}
LOSSY = {**QUICK, "timeout_seconds": 2.0}
"""What was lost is waited for until the end of this time."""


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_a_whole_train_comes_back_with_sane_times(address: str):
    with reflector(lambda packet, number: [reply(packet, number)], address) as port:
        started = time.perf_counter()
        train = stamp.measure(address, port, **QUICK)
        elapsed_seconds = time.perf_counter() - started

    assert train.outcome is Outcome.ANSWERED
    assert [each.index for each in train.replies] == list(range(10))
    found = figures(train)
    assert found.direction_loss == DirectionLoss(0.0, 0.0)
    assert found.rtt_seconds is not None
    assert 0 <= found.rtt_seconds < elapsed_seconds
    for each in train.replies:
        # One clock: both sides are this machine.
        assert abs(each.received - each.sent) < elapsed_seconds
        assert each.sent < each.arrived


def test_replies_of_38_bytes_from_twamp_light_are_enough():
    with reflector(lambda packet, number: [reply(packet, number, 38)]) as port:
        train = stamp.measure("127.0.0.1", port, dscp=46, **QUICK)

    assert len(train.replies) == 10
    assert {each.dscp_there for each in train.replies} == {None}


def test_loss_on_the_way_back_is_not_mistaken_for_loss_on_the_way_there():
    def every_second(packet: bytes, number: int) -> list[bytes]:
        return [reply(packet, number)] if number % 2 else []

    with reflector(every_second) as port:
        train = stamp.measure("127.0.0.1", port, **LOSSY)

    assert figures(train).direction_loss == DirectionLoss(0.0, 0.5)


def test_a_stateless_reflector_is_recognised_even_if_only_replies_are_lost():
    def copies(packet: bytes, number: int) -> list[bytes]:
        return [reply(packet, int.from_bytes(packet[:4]))] if number % 2 else []

    with reflector(copies) as port:
        train = stamp.measure("127.0.0.1", port, **LOSSY)

    found = figures(train)
    assert found.loss_ratio == 0.5
    assert found.direction_loss is None


def test_datagrams_that_answer_nothing_we_sent_are_ignored():
    def forged(packet: bytes, number: int) -> list[bytes]:
        wrong_time = packet[:4] + bytes(8) + packet[12:]
        wrong_number = b"\xff" * 4 + packet[4:]
        return [b"", b"hello", reply(wrong_time, number), reply(wrong_number, number)]

    told: list[str] = []
    with reflector(forged) as port:
        train = stamp.measure("127.0.0.1", port, **LOSSY, trace=told.append)

    assert train.replies == ()
    assert train.outcome is Outcome.TIMEOUT
    assert sum("answers nothing we sent" in line for line in told) >= 30


def test_a_reflector_that_floods_fills_no_memory():
    with reflector(lambda packet, number: [reply(packet, number)] * 100) as port:
        train = stamp.measure("127.0.0.1", port, **LOSSY)

    assert len(train.replies) <= 100
    assert figures(train).loss_ratio is not None


def test_a_silent_host_is_a_finding():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        train = stamp.measure("127.0.0.1", silent.getsockname()[1], **LOSSY)

    assert (train.outcome, train.sent) == (Outcome.TIMEOUT, 10)


def test_a_closed_port_is_known_at_once(closed_udp_port: int):
    train = stamp.measure(
        "127.0.0.1",
        closed_udp_port,
        packets=500,
        spacing_seconds=0.01,
        timeout_seconds=ANSWER_SECONDS,
    )

    assert train.outcome is Outcome.REFUSED
    assert train.sent < 10


def test_a_name_without_an_address_is_a_finding():
    train = stamp.measure("no-such-host.invalid", 862, **QUICK)
    assert (train.outcome, train.sent) == (Outcome.UNRESOLVED, 0)


@pytest.mark.parametrize(
    "wrong",
    [{"packets": 0}, {"dscp": 64}, {"size_bytes": 70000}, {"packets": 100, "spacing_seconds": 1.0}],
)
def test_what_cannot_be_sent_is_refused(wrong: dict[str, float]):
    with pytest.raises(CheckError, match="packet"):
        stamp.measure("127.0.0.1", 862, **{**QUICK, **wrong})
