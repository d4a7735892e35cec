"""Notifications of a real sender of another make: net-snmp's snmptrap and snmpinform."""

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent.clock import SystemClock
from agent.listening import heard, permission
from agent.listening.heard import Heard, heard_of
from agent.listening.ports import Ports
from agent.sending.orders import FILE_NAME
from agent.spool.spool import REPORTS
from govnet.settings import Secret, Settings, SnmpAccess, TrapSettings, encode

pytestmark = pytest.mark.e2e

ENGINE = "8000000001020304"
LINK_DOWN, COLD_START = "1.3.6.1.6.3.1.1.5.3", "1.3.6.1.6.3.1.1.5.1"
COMMUNITY = SnmpAccess(community=Secret("bao dong"))
USER = SnmpAccess(
    version="3",
    user="bao-dong",
    authentication="sha256",
    authentication_key=Secret("khoa xac thuc"),
    privacy="aes128",
    privacy_key=Secret("khoa ma hoa"),
)
KEYS = ["-l", "authPriv", "-a", "SHA-256", "-x", "AES", "-X", "khoa ma hoa"]


@pytest.fixture
def port(free_port: Callable[[], int], monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    ports = Ports()
    monkeypatch.setattr(heard, "PORTS", ports)
    permission.allow("::")
    yield free_port()
    ports.follow(())
    permission.allow(None)


def send(*arguments: str, program: str = "snmptrap") -> None:
    path = shutil.which(program)
    assert path is not None, f"{program} is not installed: apt-get install snmp"
    subprocess.run([path, *arguments], env={"MIBS": ""}, check=True, timeout=60)


def hear(port: int, access: SnmpAccess) -> Heard:
    return heard_of(
        "ups", "127.0.0.1", access=access, port=port, clock=SystemClock(), timeout_seconds=5
    )


def until(port: int, access: SnmpAccess, done: Callable[[Heard], bool]) -> Heard:
    """Return what was heard as soon as it is enough: a trap tells nobody that it has come."""
    ends_at = time.monotonic() + 60
    while not done(found := hear(port, access)):
        assert time.monotonic() < ends_at, found
        time.sleep(0.01)
    return found


def test_versions_1_and_2c(port: int) -> None:
    """The port is open for IPv6 as well; what comes over IPv4 has its own address all the same."""
    hear(port, COMMUNITY)
    to = f"127.0.0.1:{port}"
    send("-v2c", "-c", "bao dong", to, "", LINK_DOWN, "1.3.6.1.2.1.2.2.1.1.7", "i", "7")
    send("-v1", "-c", "bao dong", to, "1.3.6.1.4.1.318", "10.0.0.1", "6", "9", "")
    send("-v2c", "-c", "public", to, "", LINK_DOWN)
    found = until(port, COMMUNITY, lambda heard: bool(heard.dropped))

    assert found.counts == {"link_down": 1, "on_mains": 1}
    assert found.dropped == {"another community": 1}


def test_an_inform_is_acknowledged(port: int) -> None:
    hear(port, COMMUNITY)
    options = ("-v2c", "-c", "bao dong", "-r", "0", "-t", "30", f"127.0.0.1:{port}")
    send(*options, "", COLD_START, program="snmpinform")

    assert hear(port, COMMUNITY).counts == {"cold_start": 1}


def test_version_3(port: int) -> None:
    hear(port, USER)
    to = f"127.0.0.1:{port}"
    known = ["-v3", "-e", f"0x{ENGINE}", "-u", "bao-dong", *KEYS]
    send(*known, "-A", "khoa xac thuc", "-Z", "1,100", to, "", LINK_DOWN)
    until(port, USER, lambda heard: bool(heard.counts))
    send(*known, "-A", "another key", "-Z", "1,101", to, "", LINK_DOWN)
    send(*known, "-A", "khoa xac thuc", "-Z", "1,102", to, "", COLD_START)
    found = until(port, USER, lambda heard: "cold_start" in heard.counts)

    assert found.counts == {"link_down": 1, "cold_start": 1}
    assert found.dropped == {"not signed with its key": 1}
    assert abs(found.newest["link_down"] - time.time()) < 60


# --- the whole agent ------------------------------------------------------------------------------


def agent_of(folder: Path, port: int, *, listens: bool) -> list[str]:
    """Write an agent's file and kept settings that order notifications; return how it is run."""
    (folder / "state").mkdir()
    trap = TrapSettings(
        target="xa/ups",
        address="127.0.0.1",
        snmp=COMMUNITY,
        port=port,
        interval_seconds=1.0,
        timeout_seconds=1.0,
    )
    settings = Settings(
        agent="trung-tam",
        site="ttdl",
        machine="may",
        report_interval_seconds=1.0,
        checks=(trap,),
    )
    (folder / "state" / FILE_NAME).write_bytes(encode(settings))
    configuration = folder / "agent.toml"
    configuration.write_text(
        'collectors = ["http://127.0.0.1:1"]\nstate_dir = "state"\n'
        '[identity]\nagent = "trung-tam"\nkey_id = "k"\n'
        f'key = "{"5a" * 32}"\n' + ('[listen]\naddress = "127.0.0.1"\n' if listens else "")
    )
    return [sys.executable, "-m", "agent.cli", "run", "--config", str(configuration)]


def reported(folder: Path) -> bytes:
    """Return all that waits in the agent's spool."""
    segments = (folder / "state" / "spool" / REPORTS).glob("*.segment")
    return b"".join(path.read_bytes() for path in segments)


def test_the_agent_reports_what_it_heard(
    tmp_path: Path, free_port: Callable[[], int], own_program: Callable[..., None]
) -> None:
    port = free_port()
    trap = ["-v2c", "-c", "bao dong", f"127.0.0.1:{port}", "", "1.3.6.1.2.1.33.2.1"]

    def heard() -> bool:
        send(*trap)
        return b"govnet_trap_newest_timestamp_seconds" in reported(tmp_path)

    own_program(agent_of(tmp_path, port, listens=True), heard)

    assert b'"trap":"on_battery"' in reported(tmp_path)


def test_the_agent_opens_no_port_that_its_file_does_not_allow(
    tmp_path: Path, free_port: Callable[[], int], own_program: Callable[..., None]
) -> None:
    port = free_port()
    command = agent_of(tmp_path, port, listens=False)
    own_program(command, lambda: b"this agent may open no port" in reported(tmp_path))

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", port))
    assert b"govnet_trap" not in reported(tmp_path)
