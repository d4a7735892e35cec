"""A line that is really cut between two real routers: what link and lan say before and after."""

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any, Protocol

import pytest

pytestmark = pytest.mark.e2e

CENTRE = "198.18.2.2"

# One process through both runs, as the agent is: it remembers the hop beyond the gateway.
OFFICE = """\
import json, sys
from agent.checks.contract import Context
from agent.checks.table import load
from agent.clock import SystemClock
from agent.measuring.execute import execute
from govnet.settings import LanSettings, LinkSettings, PathEnd

clock = SystemClock()
ends = (PathEnd(end="gateway"), PathEnd(end="next_hop"), PathEnd(end="far", address=sys.argv[1]))
orders = (
    LinkSettings(target="line", ends=ends, probes=4, spacing_seconds=0.05, timeout_seconds=6.0),
    LanSettings(target="pc", timeout_seconds=6.0),
)
for _ in sys.stdin:
    found = {}
    for order in orders:
        deadline = clock.monotonic() + order.timeout_seconds
        context = Context(timeout_seconds=order.timeout_seconds, deadline=deadline, clock=clock)
        finding = execute(load, order, context)
        found[order.check + " error"] = finding.error
        for sample in finding.samples:
            found[" ".join([sample.name, *(sample.labels or {}).values()])] = sample.value
    print(json.dumps(found), flush=True)
"""


class Network(Protocol):
    prefix: str

    def inside(self, room: str, *command: str) -> str: ...
    def end(self, index: int, side: str) -> str: ...


class Office:
    """A process in the office that measures whenever it is told to."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def measure(self) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("now\n")
        self._process.stdin.flush()
        found: dict[str, Any] = json.loads(self._process.stdout.readline())
        return found


@pytest.fixture
def office(network: Network) -> Iterator[Office]:
    network.inside("office", "ip", "route", "add", "default", "via", "198.18.0.2")
    command = ["ip", "netns", "exec", f"{network.prefix}office"]
    with subprocess.Popen(
        [*command, sys.executable, "-c", OFFICE, CENTRE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield Office(process)
        process.stdin.close()  # type: ignore[union-attr] # It is a pipe.
        process.wait(10)
    network.inside("office", "ip", "route", "del", "default")


def reachable(found: dict[str, Any]) -> tuple[float, float, float]:
    gateway, next_hop, far = (
        found[f"govnet_link_reachable {end}"] for end in ("gateway", "next_hop", "far")
    )
    return gateway, next_hop, far


def test_cut_beyond_the_gateway_is_told_from_a_dead_lan(network: Network, office: Office) -> None:
    """Gateway alive, everything beyond it dead: the line. All dead: the LAN."""
    whole = office.measure()
    network.inside("carrier", "ip", "link", "set", network.end(1, "b"), "down")
    cut = office.measure()
    network.inside("carrier", "ip", "link", "set", network.end(1, "b"), "up")
    network.inside("gateway", "ip", "link", "set", network.end(0, "b"), "down")
    dead = office.measure()
    network.inside("gateway", "ip", "link", "set", network.end(0, "b"), "up")

    assert whole["link error"] is None
    assert reachable(whole) == (1, 1, 1)
    assert whole["govnet_lan_gateway_reachable"] == 1
    assert cut["link error"] is None
    assert reachable(cut) == (1, 0, 0)
    assert cut["govnet_link_loss_ratio far"] == 1
    assert cut["govnet_lan_gateway_reachable"] == 1
    assert reachable(dead)[1:] == (0, 0)
    assert dead["govnet_lan_gateway_reachable"] == 0
