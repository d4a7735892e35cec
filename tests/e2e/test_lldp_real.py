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

from govnet.report import Clock, Report, Result, Sample, encode_batch, encode_report

pytestmark = pytest.mark.e2e

HEARD_SECONDS = 60.0

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
from govnet.report import Fact, Sample
from govnet.settings import DeviceSettings, Secret, SnmpAccess

clock = SystemClock()
access = SnmpAccess(community=Secret("sight"), port=int(sys.argv[1]))
settings = DeviceSettings(target="xa-a/cpe", address="127.0.0.1", snmp=access)
context = Context(timeout_seconds=30, deadline=clock.monotonic() + 30, clock=clock)
given = list(DeviceCheck().run(settings, context))
samples = [[each.name, each.value, each.labels] for each in given if isinstance(each, Sample)]
facts = {each.key: each.text for each in given if isinstance(each, Fact)}
print(json.dumps([samples, facts]))
"""


def asked(network: Any, port: int) -> tuple[list[Any], dict[str, str]]:
    """Return the samples and the facts of one run."""
    samples, facts = json.loads(network.inside("office", sys.executable, "-c", ASK, str(port)))
    return samples, facts


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


def seen(collector: Any, samples: Sequence[Any], facts: dict[str, str]) -> dict[str, Any]:
    """Report what the check gave, and return the device as the collector says it was seen."""
    given = tuple(Sample(*each) for each in samples)
    result = Result("device", "xa-a/cpe", 0.1, 0.0, None, given, facts)
    report = Report(1, time.time(), 1.0, "boot", 60.0, "", (result,))
    clock = Clock(time.time(), 2.0, "boot")
    agent = collector.key.identity.agent
    body = encode_batch(agent, "0" * 16, clock, [encode_report(report)]).body
    assert collector.post(body)[1]["accepted"] == [1]
    ends_at = time.monotonic() + HEARD_SECONDS
    while time.monotonic() < ends_at:
        status, said = collector.get("/v1/inventory/sightings")
        assert status == 200
        for device in json.loads(said)["devices"]:
            found: dict[str, Any] = device
            return found
        time.sleep(0.1)
    raise AssertionError("the device was not seen")


def test_a_neighbour_is_told_as_it_calls_itself(
    network: Any,
    own_program: Callable[..., None],
    open_folder: Path,
    collector_process: Callable[..., Any],
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
    facts: dict[str, str] = {}
    while not neighbours(found) and time.monotonic() < ends_at:
        found, facts = asked(network, port)

    assert neighbours(found) == [
        {
            "port": network.end(0, "a"),
            "neighbour": "cpe-xa-a",
            "neighbour_port": network.end(0, "b"),
        }
    ]
    assert ["govnet_port_up", 1.0, {"port": network.end(0, "a")}] in found

    # It survives a collector that is killed.
    collector = collector_process()
    device = seen(collector, found, facts)
    collector.kill()
    collector.start()
    status, said = collector.get("/v1/inventory/sightings")
    assert (status, json.loads(said)["devices"]) == (200, [device])

    (neighbour,) = device["neighbours"]
    assert device["device"] == "xa-a/cpe"
    assert neighbour["name"] == "cpe-xa-a"
    assert neighbour["port"] == network.end(0, "a")
    assert neighbour["neighbour_port"] == network.end(0, "b")
    assert neighbour["address"] in ("198.18.0.2", "198.18.1.1")
    assert "Linux" in neighbour["description"]
