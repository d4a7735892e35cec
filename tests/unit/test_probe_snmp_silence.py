"""SNMP devices that say nothing, or what nobody asked; strangers; two checks at one device."""

import socket
import threading
import time
from collections.abc import Iterator, Sequence

import pytest

from agent.probe import snmp
from agent.probe.outcome import Outcome
from govnet.errors import CheckError
from govnet.settings import Secret, SnmpAccess
from tests.snmp_device import (
    COMMUNITY,
    IN,
    NAME,
    Asked,
    Start,
    answer,
    devices,
    get,
    integer,
    tlv,
    walk,
)
from tests.unit.deadlines import ANSWER_SECONDS, LeapingClock


@pytest.fixture
def device() -> Iterator[Start]:
    with devices() as start:
        yield start


def test_a_lost_question_is_asked_again(device: Start):
    lost = iter([True])

    def script(asked: Asked) -> Sequence[bytes]:
        return [] if next(lost, False) else [answer(asked.request_id, [(NAME, tlv(4, b"sw"))])]

    one = device(script)
    lines: list[str] = []
    started = time.perf_counter()
    found = get(one, NAME, trace=lines.append)
    elapsed_seconds = time.perf_counter() - started

    assert found.values == {NAME: b"sw"}
    assert found.rtt_seconds is not None
    assert found.rtt_seconds < elapsed_seconds - 0.9
    assert len(one.asked) >= 2
    assert "no answer in 1 s; asking again" in lines


def test_a_silent_device_is_a_finding_within_the_time(device: Start):
    started = time.perf_counter()
    found = get(device(lambda _: []), NAME, seconds=0.2)

    assert (Outcome.TIMEOUT, {}) == (found.outcome, found.values)
    assert "another community" in found.detail or "by another" in found.detail
    assert time.perf_counter() - started >= 0.2


def test_a_device_that_falls_silent_in_a_walk_is_a_finding(device: Start):
    clock = LeapingClock()
    asked_again = iter([False, True])

    def script(asked: Asked) -> Sequence[bytes]:
        if asked.oids == (IN,):
            binds = [(f"{IN}.{row}", integer(1)) for row in range(1, 41)]
            return [answer(asked.request_id, binds)]
        if next(asked_again, False):
            clock.leap()
        return []

    found = walk(device(script), IN, clock=clock)

    assert (Outcome.TIMEOUT, {}, "silent after 1 answers") == (
        found.outcome,
        found.columns,
        found.detail,
    )


def test_a_closed_port_is_told_without_asking_again(closed_udp_port: int):
    access = SnmpAccess(community=Secret(COMMUNITY), port=closed_udp_port)
    lines: list[str] = []

    found = snmp.get(
        "127.0.0.1", [NAME], access=access, timeout_seconds=ANSWER_SECONDS, trace=lines.append
    )

    assert found.outcome is Outcome.REFUSED
    assert not any("asking again" in line for line in lines)


def test_an_answer_from_another_address_is_not_believed_and_told(device: Start):
    def script(asked: Asked) -> Sequence[bytes]:
        forged = answer(asked.request_id, [(NAME, tlv(4, b"forged"))])
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.sendto(forged, one.senders[-1])
        return []

    one = device(script)
    clock = LeapingClock()
    found = get(one, NAME, clock=clock, trace=clock.leap_at("who was not asked; ignored"))

    assert (Outcome.TIMEOUT, {}) == (found.outcome, found.values)
    assert found.detail == "no answer from this address, 1 from another one"


@pytest.mark.parametrize(
    "rubbish",
    [
        b"",
        b"\x30",
        b"\x30\x80" + b"\x24\x80" * 5000,
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\xff" * 99,
    ],
    ids=["nothing", "one byte", "nested without end", "another protocol", "ones"],
)
def test_what_is_no_snmp_is_a_finding(device: Start, rubbish: bytes):
    clock = LeapingClock()
    one = device(lambda _: [rubbish])
    found = get(one, NAME, clock=clock, trace=clock.leap_at("is no answer to us"))

    assert (Outcome.MALFORMED, "1 answers came that are no SNMP") == (found.outcome, found.detail)


def test_an_answer_to_another_question_is_ignored(device: Start):
    def script(asked: Asked) -> Sequence[bytes]:
        late = answer(asked.request_id ^ 1, [(NAME, tlv(4, b"late"))])
        return [late, answer(asked.request_id, [(NAME, tlv(4, b"sw"))])]

    assert get(device(script), NAME).values == {NAME: b"sw"}


def test_an_answer_of_another_community_or_version_is_ignored(device: Start):
    def script(asked: Asked) -> Sequence[bytes]:
        binds = [(NAME, tlv(4, b"forged"))]
        return [
            answer(asked.request_id, binds, community=b"of-nobody"),
            answer(asked.request_id, binds, version=0),
            answer(asked.request_id, [(NAME, tlv(4, b"sw"))]),
        ]

    assert get(device(script), NAME).values == {NAME: b"sw"}


def test_a_flood_of_wrong_answers_ends(device: Start):
    late = [answer(1, [(NAME, tlv(4, b"late"))])] * 120

    found = get(device(lambda _: late), NAME)

    assert (Outcome.MALFORMED, "100 datagrams, none the answer") == (found.outcome, found.detail)


def test_a_device_is_asked_one_question_at_a_time(device: Start):
    askers: list[set[object]] = []

    def script(asked: Asked) -> Sequence[bytes]:
        askers.append({one.senders[-1], one.next_sender(0.05) or one.senders[-1]})
        return [answer(asked.request_id, [(NAME, tlv(4, b"sw"))])]

    one = device(script)
    found: list[snmp.Scalars] = []
    threads = [threading.Thread(target=lambda: found.append(get(one, NAME))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [{NAME: b"sw"}] * 4 == [each.values for each in found]
    assert [each for each in askers if len(each) > 1] == []


def test_a_device_that_another_check_keeps_busy_cannot_be_asked(device: Start):
    asked = threading.Event()
    one = device(lambda _: [asked.set()][:0])
    clock = LeapingClock()
    long = threading.Thread(target=get, args=(one, NAME), kwargs={"clock": clock})
    long.start()
    assert asked.wait(ANSWER_SECONDS)

    with pytest.raises(CheckError, match=r"127\.0\.0\.1: another question to it was under way"):
        get(one, NAME, seconds=0.1)
    clock.leap()
    long.join()
