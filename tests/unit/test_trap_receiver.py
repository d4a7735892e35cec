"""Receiving notifications: only from devices that are named, only with their secrets, each once.

Real senders (net-snmp) are heard in tests/e2e/test_trap_real.py.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from agent.listening.ear import Dropped, Ear
from agent.listening.senders import Sender
from govnet.settings import Secret, SnmpAccess
from tests.snmp_device import integer, oid, tlv
from tests.snmp_usm import Engine, report, seal

ROOT = Path(__file__).parent.parent.parent
COMMUNITY = SnmpAccess(community=Secret("bao-dong"))
USER = SnmpAccess(
    version="3",
    user="bao-dong",
    authentication="sha256",
    authentication_key=Secret("authentication-key"),
    privacy="aes128",
    privacy_key=Secret("privacy-key"),
)
ENGINE_ID = bytes.fromhex("80001f8880a1b2c3d4e5f60718")
ENGINE = Engine(ENGINE_ID, 3, 1000)
LINK_DOWN = "1.3.6.1.6.3.1.1.5.3"
TRAP, INFORM, GET = 0xA7, 0xA6, 0xA0


def notification(community: str = "bao-dong", *, kind: int = TRAP, name: str = LINK_DOWN) -> bytes:
    """Return a notification of version 2c, made by hand."""
    binds = [("1.3.6.1.2.1.1.3.0", integer(4711, 0x43)), ("1.3.6.1.6.3.1.1.4.1.0", oid(name))]
    values = tlv(0x30, b"".join(tlv(0x30, oid(each) + value) for each, value in binds))
    pdu = tlv(kind, integer(99) + integer(0) + integer(0) + values)
    return tlv(0x30, integer(1) + tlv(4, community.encode()) + pdu)


TRAP_V1 = tlv(
    0x30,
    integer(0)
    + tlv(4, b"bao-dong")
    + tlv(
        0xA4,
        oid("1.3.6.1.4.1.318")
        + tlv(0x40, b"\x0a\x00\x00\x01")
        + integer(6)
        + integer(5)
        + integer(4711, 0x43)
        + tlv(0x30, b""),
    ),
)


def sealed(
    access: SnmpAccess = USER, engine: Engine = ENGINE, user: str = "bao-dong", kind: int = TRAP
) -> bytes:
    """Return a notification of version 3 without a name."""
    pdu = tlv(kind, integer(5) + integer(0) + integer(0) + tlv(0x30, b""))
    return seal(pdu, access, engine, user=user)


class Clock:
    """Monotonic seconds that a test moves on."""

    now = 50.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def ear() -> Ear:
    return Ear()


Meet = Callable[..., Sender]


@pytest.fixture
def sender(ear: Ear) -> Meet:
    return lambda access, clock=None: Sender(
        frozenset({"127.0.0.1"}), access, clock or Clock(), ear
    )


# --- whom to believe ------------------------------------------------------------------------------


def test_notifications_are_counted_by_kind_with_their_newest_time(sender: Meet):
    device = sender(COMMUNITY)
    for datagram, now in ((notification(), 30.0), (notification(), 20.0), (TRAP_V1, 25.0)):
        device.take(datagram, now)

    assert {"link_down": 2, "on_battery": 1} == device.counts
    assert {"link_down": 30.0, "on_battery": 25.0} == device.newest


@pytest.mark.parametrize(
    ("access", "datagram", "reason"),
    [
        (COMMUNITY, notification("public"), "another community"),
        (COMMUNITY, notification(""), "another community"),
        (COMMUNITY, sealed(), "another version"),
        (COMMUNITY, notification(kind=GET), "no notification"),
        (COMMUNITY, b"", "no SNMP"),
        (COMMUNITY, b"\x30\x03\x02\x01\x01", "no SNMP"),
        (COMMUNITY, notification()[:-3], "no SNMP"),
        (USER, notification(), "another version"),
        (USER, sealed(user="other"), "another user"),
        (USER, sealed(replace(USER, privacy="")), "not encrypted"),
        (
            USER,
            sealed(replace(USER, authentication_key=Secret("another key"))),
            "not signed with its key",
        ),
        (
            USER,
            sealed(replace(USER, privacy_key=Secret("another key"))),
            "not encrypted with its key",
        ),
        (USER, sealed(engine=Engine(b"\x80")), "no SNMP"),
        (USER, sealed(kind=INFORM), "no notification"),
        (USER, seal(report(2), USER, ENGINE, user="bao-dong"), "no notification"),
        (
            replace(USER, privacy=""),
            sealed(replace(USER, authentication="", privacy="")),
            "not signed with its key",
        ),
    ],
)
def test_what_does_not_count_is_counted_apart(
    sender: Meet, access: SnmpAccess, datagram: bytes, reason: str
):
    device = sender(access)
    with pytest.raises(Dropped, match=reason):
        device.take(datagram, 1.0)

    assert ({}, {reason: 1}) == (device.counts, device.dropped)


def test_a_device_that_runs_so_long_that_its_uptime_is_sent_wrong_is_heard(sender: Meet):
    """Without its zero byte a time of more than 248 days is a negative number."""
    for kind in (TRAP, INFORM):
        device = sender(COMMUNITY)
        uptime = integer(4711, 0x43)
        datagram = notification(kind=kind).replace(uptime, tlv(0x43, b"\xff\x01"))
        said = device.take(datagram, 1.0)

        assert device.counts == {"link_down": 1}
        assert (said.answer is not None) == (kind == INFORM)


def test_a_user_without_keys_is_heard(sender: Meet):
    access = replace(USER, authentication="", privacy="")
    device = sender(access)
    device.take(sealed(access), 1.0)

    assert device.counts == {"other": 1}


def test_a_signed_notification_counts_and_its_repetition_from_the_past_does_not(sender: Meet):
    clock = Clock()
    device = sender(USER, clock)
    device.take(sealed(), 1.0)
    clock.now += 200
    with pytest.raises(Dropped, match="from the past"):
        device.take(sealed(), 2.0)
    device.take(sealed(engine=Engine(ENGINE_ID, 3, 1190)), 3.0)
    device.take(sealed(engine=Engine(ENGINE_ID, 4, 2)), 4.0)
    with pytest.raises(Dropped, match="from the past"):
        device.take(sealed(engine=Engine(ENGINE_ID, 3, 1300)), 5.0)

    assert device.counts == {"other": 3}


def test_strange_engine_ids_cost_work_once_a_second_at_most(sender: Meet):
    clock = Clock()
    device = sender(USER, clock)
    device.take(sealed(), 1.0)
    wrong = replace(USER, authentication_key=Secret("another key"))
    clock.now += 5
    for number in range(5):
        with pytest.raises(Dropped):
            device.take(sealed(wrong, Engine(ENGINE_ID + bytes([number]), 1, 1)), 2.0)
    device.take(sealed(), 3.0)
    clock.now += 1
    device.take(sealed(engine=Engine(ENGINE_ID + b"new", 1, 1)), 4.0)

    assert {"not signed with its key": 1, "too many engine ids": 4} == device.dropped
    assert device.counts == {"other": 3}


def test_of_one_device_a_burst_is_read_and_then_its_share(sender: Meet):
    clock = Clock()
    device = sender(COMMUNITY, clock)
    burst = [device.has_room(notification()) for _ in range(400)]
    clock.now += 1
    later = [device.has_room(notification()) for _ in range(400)]

    assert (sum(burst), sum(later)) == (256, 64)
    assert burst[:256] == [True] * 256
    assert device.dropped == {"too many at once": 144 + 336}


def test_a_datagram_that_takes_seconds_to_read_is_not_read_twice(sender: Meet):
    device = sender(COMMUNITY)
    longest = bytes(65507)

    assert [device.has_room(longest), device.has_room(longest)] == [True, False]


# --- the port -------------------------------------------------------------------------------------
