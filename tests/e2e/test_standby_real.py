"""A standby takes over when the machine before it is gone, judged on the spot, and gives back."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.e2e

PORT = 10162

# Runs inside the office's namespace; the machine before this one is the other end of the cable.
ASK = """
import json, sys
from agent.checks.contract import Context
from agent.checks.device import DeviceCheck
from agent.clock import SystemClock
from govnet.report import Sample
from govnet.settings import DeviceSettings, Peer, Secret, SnmpAccess

clock = SystemClock()
settings = DeviceSettings(
    target="xa-a/sw1",
    address="127.0.0.1",
    snmp=SnmpAccess(community=Secret("sight"), port=int(sys.argv[1])),
    preceding=(Peer(id="xa-a/pc-1", address="198.18.0.2"),),
)
context = Context(timeout_seconds=30, deadline=clock.monotonic() + 30, clock=clock)
given = DeviceCheck().run(settings, context)
print(json.dumps([each.name for each in given if isinstance(each, Sample)]))
"""


def measured(network: Any) -> set[str]:
    names: list[str] = json.loads(network.inside("office", sys.executable, "-c", ASK, str(PORT)))
    return set(names)


def test_a_standby_measures_only_while_the_machine_before_it_is_gone(
    network: Any, own_program: Callable[..., None], tmp_path: Path
):
    config, log = tmp_path / "snmpd.conf", tmp_path / "snmpd.log"
    config.write_text(f"agentAddress udp:127.0.0.1:{PORT}\nrocommunity sight\n")
    own_program(
        (
            *("ip", "netns", "exec", network.prefix + "office"),
            *("snmpd", "-f", "-C", "-c", str(config), "-Lf", str(log)),
        ),
        lambda: log.exists() and "NET-SNMP" in log.read_text(),
    )
    found = [measured(network)]
    for state in ("down", "up"):
        network.inside("gateway", "ip", "link", "set", network.end(0, "b"), state)
        found.append(measured(network))

    assert [set(), set()] == [found[0], found[2]]
    assert {"govnet_device_reachable", "govnet_port_up"} <= found[1]
