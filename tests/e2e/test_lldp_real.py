"""Neighbours as real switches would tell them: lldpd on both ends of a cable, asked by SNMP."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.e2e

HEARD_SECONDS = 20.0

SNMPD = """\
master agentx
agentXSocket {agentx}
agentAddress udp:127.0.0.1:{port}
rocommunity sight
"""

LLDPD = """\
configure lldp tx-interval 1
configure system hostname {name}
resume
"""

# Runs inside the namespace, where the device's own address is.
ASK = """
import json, sys
from agent.checks.contract import Context
from agent.checks.device import DeviceCheck
from agent.clock import SystemClock
from govnet.settings import DeviceSettings, Secret, SnmpAccess

clock = SystemClock()
access = SnmpAccess(community=Secret("sight"), port=int(sys.argv[1]))
settings = DeviceSettings(target="xa-a/sw1", address="127.0.0.1", snmp=access)
context = Context(timeout_seconds=10, deadline=clock.monotonic() + 10, clock=clock)
samples = DeviceCheck().run(settings, context)
print(json.dumps([[each.name, each.value, each.labels] for each in samples]))
"""


def asked(network: Any, port: int) -> list[Any]:
    said = network.inside("office", sys.executable, "-c", ASK, str(port))
    found: list[Any] = json.loads(said)
    return found


def neighbours(samples: Sequence[Any]) -> list[Any]:
    return [labels for name, _, labels in samples if name == "govnet_device_neighbour_info"]


def speaks(network: Any, room: str, socket: Path) -> bool:
    command = ("ip", "netns", "exec", network.prefix + room, "lldpcli", "-u", str(socket), "show")
    return not subprocess.run((*command, "chassis"), capture_output=True, check=False).returncode


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Return a folder that lldpd reaches as the user that it becomes."""
    with tempfile.TemporaryDirectory(prefix="lldp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


def test_a_neighbour_is_told_as_it_calls_itself(
    network: Any, own_program: Callable[..., None], open_folder: Path
):
    agentx, port = open_folder / "agentx", 10161
    config = open_folder / "snmpd.conf"
    config.write_text(SNMPD.format(agentx=agentx, port=port))
    own_program(
        (
            *("ip", "netns", "exec", network.prefix + "office"),
            *("snmpd", "-f", "-C", "-c", str(config), "-Lo"),
        ),
        agentx.exists,
    )
    for room, name in (("office", "sw-xa-a"), ("gateway", "cpe-xa-a")):
        control = open_folder / f"{room}.socket"
        configuration = open_folder / f"{room}.conf"
        configuration.write_text(LLDPD.format(name=name))
        own_program(
            (
                *("ip", "netns", "exec", network.prefix + room),
                *("lldpd", "-d", "-u", str(control), "-O", str(configuration)),
                *(("-x", "-X", str(agentx)) if room == "office" else ()),
            ),
            lambda room=room, control=control: speaks(network, room, control),
        )
    ends_at = time.monotonic() + HEARD_SECONDS
    found: list[Any] = []
    while not neighbours(found) and time.monotonic() < ends_at:
        found = asked(network, port)

    assert neighbours(found) == [
        {
            "port": network.end(0, "a"),
            "neighbour": "cpe-xa-a",
            "neighbour_port": network.end(0, "b"),
        }
    ]
    assert ["govnet_port_up", 1.0, {"port": network.end(0, "a")}] in found
