"""Receiving notifications: only from devices that are named, only with their secrets, each once.

Real senders (net-snmp) are heard in tests/e2e/test_trap_real.py.
"""

import errno
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import pytest

from agent.clock import SystemClock
from agent.listening import heard, permission
from agent.listening.ear import Dropped, Ear
from agent.listening.heard import Heard, heard_of
from agent.listening.ports import Ports
from agent.listening.receiver import Receiver
from agent.listening.senders import Sender
from govnet.errors import CheckError
from govnet.settings import Secret, SnmpAccess
from tests.snmp_device import elements, integer, oid, tlv
from tests.snmp_usm import Engine, report, seal
from tests.unit.deadlines import ANSWER_SECONDS

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


@pytest.fixture
def port(free_udp_port: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Return a UDP port at which this process may listen."""
    ports = Ports()
    monkeypatch.setattr(heard, "PORTS", ports)
    permission.allow("127.0.0.1")
    yield free_udp_port
    ports.follow(())
    permission.allow(None)


class StillClock(SystemClock):
    """A clock on which nothing becomes allowed again by and by, however slow the machine is."""

    def monotonic(self) -> float:
        return 100.0


def hear(port: int, address: str = "127.0.0.1", target: str = "ups") -> Heard:
    return heard_of(
        target, address, access=COMMUNITY, port=port, clock=StillClock(), timeout_seconds=5
    )


def say(port: int, *datagrams: bytes) -> socket.socket:
    """Send datagrams and return the socket that did."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.settimeout(ANSWER_SECONDS)
    for datagram in datagrams:
        sock.sendto(datagram, ("127.0.0.1", port))
    return sock


def until_answered(port: int) -> bytes:
    """Return what an inform is answered with; everything sent before has been read by then."""
    with say(port, notification(kind=INFORM)) as sock:
        return sock.recv(65535)


def test_a_device_is_heard_from_the_first_question_on(port: int):
    first = hear(port)
    with say(port, notification(), TRAP_V1, notification("public"), b"rubbish"):
        until_answered(port)
    found = hear(port)

    assert Heard() == first
    assert {"link_down": 2, "on_battery": 1} == found.counts
    assert {"another community": 1, "no SNMP": 1} == found.dropped
    assert found.newest["link_down"] >= found.newest["on_battery"] > 1e9


def test_an_inform_is_acknowledged_with_what_it_said(port: int):
    hear(port)
    answer = until_answered(port)

    said = notification(kind=INFORM)
    assert answer == said.replace(bytes([INFORM]), b"\xa2", 1)
    assert elements(elements(answer)[0][1])[2][0] == 0xA2


def test_traps_and_strangers_get_no_answer(port: int):
    hear(port, "127.0.0.1")
    hear(port, "127.0.0.2", "other")
    with say(port, notification(), notification("public", kind=INFORM)) as sock:
        until_answered(port)
        sock.setblocking(False)
        with pytest.raises(BlockingIOError):
            sock.recv(100)


class Broken(socket.socket):
    """A socket of which the system wants to know no more."""

    def recvfrom(self, *_: object) -> NoReturn:
        raise OSError(errno.ENOBUFS, "no buffer space")


def test_a_port_that_failed_is_an_error_and_no_peace():
    with Broken(socket.AF_INET, socket.SOCK_DGRAM) as broken:
        receiver = Receiver(broken, SystemClock())
        receiver._thread.join()

        with pytest.raises(CheckError, match=r"has failed: .*no buffer space"):
            receiver.follow("ups", frozenset({"127.0.0.1"}), COMMUNITY)


def test_a_flood_from_one_device_takes_nothing_from_another(port: int):
    hear(port, "127.0.0.1", "flapping")
    hear(port, "127.0.0.2", "ups")
    with say(port) as sock:
        for _ in range(10):  # No more at once than the socket's buffer holds.
            for _ in range(50):
                sock.sendto(notification(), ("127.0.0.1", port))
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
                other.settimeout(ANSWER_SECONDS)
                other.bind(("127.0.0.2", 0))
                other.sendto(notification(kind=INFORM), ("127.0.0.1", port))
                assert other.recv(65535)

    flapping = hear(port, "127.0.0.1", "flapping")
    assert hear(port, "127.0.0.2", "ups").counts == {"link_down": 10}
    assert (flapping.counts, flapping.dropped) == (
        {"link_down": 256},
        {"too many at once": 500 - 256},
    )


def test_addresses_that_nobody_named_are_strangers(port: int):
    hear(port)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind(("127.0.0.3", 0))
        stranger.sendto(notification(), ("127.0.0.1", port))
        until_answered(port)
    found = hear(port)

    assert (1, {"link_down": 1}) == (found.strangers, found.counts)


def test_a_changed_community_keeps_the_counters(port: int):
    hear(port)
    until_answered(port)
    changed = heard_of(
        "ups",
        "127.0.0.1",
        access=SnmpAccess(community=Secret("moi")),
        port=port,
        clock=SystemClock(),
        timeout_seconds=5,
    )

    assert changed.counts == {"link_down": 1}


def test_many_askers_share_one_port(port: int):
    threads = [threading.Thread(target=hear, args=(port, "127.0.0.1", f"d{n}")) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    until_answered(port)

    assert [{"link_down": 1}] * 8 == [hear(port, target=f"d{n}").counts for n in range(8)]


# --- this machine ---------------------------------------------------------------------------------


def test_no_port_is_opened_unless_the_agents_own_file_allows_it():
    with pytest.raises(CheckError, match=r"may open no port: its agent.toml has no \[listen\]"):
        hear(16_162)


def test_a_port_that_another_program_has_is_told(port: int):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", port))
        with pytest.raises(CheckError, match=rf"UDP port {port} at .*: another program has it"):
            hear(port)


def test_an_address_that_this_machine_does_not_have_is_told(port: int):
    permission.allow("198.51.100.7")

    with pytest.raises(CheckError, match="this machine does not have that address"):
        hear(port)


def test_a_missing_library_is_told_with_what_to_install():
    program = """
import sys
sys.modules["pysnmp"] = None
from agent.checks.table import load
from agent.checks.contract import Context
from agent.clock import SystemClock
from agent.listening import heard, permission
from govnet.errors import CheckError
from govnet.settings import Secret, SnmpAccess, TrapSettings
permission.allow("127.0.0.1")
clock = SystemClock()
context = Context(timeout_seconds=5, deadline=clock.monotonic() + 5, clock=clock)
settings = TrapSettings(target="t", address="127.0.0.1", snmp=SnmpAccess(community=Secret("c")))
try:
    list(load("trap").run(settings, context))
except CheckError as exc:
    print(exc)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert done.stdout == "SNMP needs the Python package pysnmp: pip install pysnmp\n"


def test_the_community_is_in_no_trace_and_no_finding(port: int):
    lines: list[str] = []
    for _ in range(2):
        found = heard_of(
            "ups",
            "127.0.0.1",
            access=COMMUNITY,
            port=port,
            clock=SystemClock(),
            timeout_seconds=5,
            trace=lines.append,
        )
        with say(port, notification("public")):
            until_answered(port)

    assert "bao-dong" not in f"{lines} {found} {permission} {heard.PORTS._held}"
    assert lines[-3:] == [
        f"heard of 127.0.0.1 at UDP port {port}: 1 notifications",
        "1 datagrams from there do not count: another community",
        "0 datagrams from addresses that nobody named",
    ]
