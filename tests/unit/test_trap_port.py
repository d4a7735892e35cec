"""The port at which notifications are received: opened when allowed, shared, not flooded."""

import errno
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import NoReturn

import pytest

from agent.clock import SystemClock
from agent.listening import heard, permission
from agent.listening.heard import Heard, heard_of
from agent.listening.ports import Ports
from agent.listening.receiver import Receiver
from govnet.errors import CheckError
from govnet.settings import Secret, SnmpAccess
from tests.snmp_device import elements
from tests.unit.deadlines import ANSWER_SECONDS
from tests.unit.test_trap_receiver import COMMUNITY, INFORM, ROOT, TRAP_V1, notification


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
