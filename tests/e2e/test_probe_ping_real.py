"""Ping and first hop on a small real network: office - gateway - carrier - centre, as namespaces.

Needs root for the namespaces. Nothing leaves them.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

pytestmark = pytest.mark.e2e

ROOMS = ("office", "gateway", "carrier", "centre")

PROBE = """\
import dataclasses, json, sys
from agent.probe import icmp
name, arguments = sys.argv[1], json.loads(sys.argv[2])
arguments["methods"] = [icmp.Method(method) for method in arguments["methods"]]
found = getattr(icmp, name)(arguments.pop("to"), **arguments)
print(json.dumps(dataclasses.asdict(found) if found is not None else None))
"""


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
    return done.stdout


@dataclass(frozen=True)
class Network:
    """Namespaces in a row; link number i between rooms i and i+1 is 198.18.i.0/24."""

    prefix: str

    def inside(self, room: str, *command: str) -> str:
        return _run("ip", "netns", "exec", self.prefix + room, *command)

    def probe(self, name: str, to: str, **arguments: Any) -> Any:
        arguments["to"] = to
        output = self.inside("office", sys.executable, "-c", PROBE, name, json.dumps(arguments))
        return json.loads(output)


def _connect(network: Network, index: int) -> None:
    """Join two neighbouring rooms and send everything else onwards and back."""
    near, far = ROOMS[index], ROOMS[index + 1]
    ends = (f"{network.prefix}{index}a"[-15:], f"{network.prefix}{index}b"[-15:])
    _run("ip", "link", "add", ends[0], "type", "veth", "peer", "name", ends[1])
    for room, end, host in ((near, ends[0], 1), (far, ends[1], 2)):
        _run("ip", "link", "set", end, "netns", network.prefix + room)
        network.inside(room, "ip", "addr", "add", f"198.18.{index}.{host}/24", "dev", end)
        network.inside(
            room, "ip", "addr", "add", f"2001:db8:{index}::{host}/64", "dev", end, "nodad"
        )
        network.inside(room, "ip", "link", "set", end, "up")


@pytest.fixture(scope="module")
def network() -> Iterator[Network]:
    network = Network(f"gn{os.getpid()}-")
    made: list[str] = []
    try:
        for room in ROOMS:
            _run("ip", "netns", "add", network.prefix + room)
            made.append(network.prefix + room)
            network.inside(room, "ip", "link", "set", "lo", "up")
            for switch in ("net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1"):
                network.inside(room, "sysctl", "-qw", switch)
        for index in range(len(ROOMS) - 1):
            _connect(network, index)
        for index, room in enumerate(ROOMS):
            for target in range(len(ROOMS) - 1):
                if target in (index - 1, index):
                    continue
                onwards = target > index
                via = f"{index}.2" if onwards else f"{index - 1}.1"
                via6 = f"{index}::2" if onwards else f"{index - 1}::1"
                network.inside(
                    room, "ip", "route", "add", f"198.18.{target}.0/24", "via", f"198.18.{via}"
                )
                network.inside(
                    room, "ip", "route", "add", f"2001:db8:{target}::/64", "via", f"2001:db8:{via6}"
                )
        network.inside("office", "sysctl", "-qw", "net.ipv4.ping_group_range=0 2147483647")
        yield network
    finally:
        for name in made:
            subprocess.run(("ip", "netns", "delete", name), check=False, timeout=60)


@pytest.mark.parametrize("method", ["datagram", "raw"])
@pytest.mark.parametrize(
    ("centre", "second_hop"), [("198.18.2.2", "198.18.1.2"), ("2001:db8:2::2", "2001:db8:1::2")]
)
def test_first_hop_beyond_the_gateway_is_the_carriers(
    network: Network, method: str, centre: str, second_hop: str
) -> None:
    hop = network.probe("first_hop_beyond", centre, methods=[method], timeout_seconds=3)

    assert (hop["address"], hop["is_destination"], hop["method"]) == (second_hop, False, method)
    assert 0 < hop["rtt_seconds"] < 3


@pytest.mark.parametrize("method", ["datagram", "raw", "program"])
@pytest.mark.parametrize("centre", ["198.18.2.2", "2001:db8:2::2"])
def test_centre_answers_by_every_method(network: Network, method: str, centre: str) -> None:
    train = network.probe(
        "ping", centre, methods=[method], count=5, interval_seconds=0.02, timeout_seconds=2
    )

    assert (train["received"], train["method"]) == (5, method)


def test_silent_router_is_nobody(network: Network) -> None:
    """A router that knows no way back to the office tells it nothing."""
    way_back = ("198.18.0.0/24", "via", "198.18.1.1")
    network.inside("carrier", "ip", "route", "del", *way_back)
    try:
        hop = network.probe(
            "first_hop_beyond", "198.18.2.2", methods=["datagram"], timeout_seconds=0.5
        )
    finally:
        network.inside("carrier", "ip", "route", "add", *way_back)

    assert (hop["address"], hop["rtt_seconds"]) == (None, None)


def test_unreachable_address_is_loss(network: Network) -> None:
    """The last router says "host unreachable" after its ARP has failed; either way it is loss."""
    train = network.probe(
        "ping",
        "198.18.2.77",
        methods=["datagram"],
        count=3,
        interval_seconds=0.02,
        timeout_seconds=0.3,
    )

    assert train["received"] == 0


def test_own_firewall_makes_way_for_tcp(network: Network) -> None:
    rule = ("ipproto", "icmp", "to", "198.18.2.2", "prohibit")
    network.inside("office", "ip", "rule", "add", *rule)
    try:
        train = network.probe(
            "ping",
            "198.18.2.2",
            methods=["datagram", "raw", "tcp"],
            count=3,
            interval_seconds=0.02,
            timeout_seconds=1,
            tcp_ports=[9],
        )
    finally:
        network.inside("office", "ip", "rule", "del", *rule)

    assert (train["method"], train["received"]) == ("tcp", 3)


def test_line_that_swallows_everything_is_loss_beyond_the_gateway(network: Network) -> None:
    """Behind the gateway everything is swallowed in silence; the gateway itself answers."""
    rule = ("to", "198.18.2.0/24", "blackhole")
    network.inside("gateway", "ip", "rule", "add", *rule)
    try:
        train = network.probe(
            "ping",
            "198.18.2.2",
            methods=["raw"],
            count=3,
            interval_seconds=0.02,
            timeout_seconds=0.3,
        )
        gateway = network.probe(
            "ping",
            "198.18.0.2",
            methods=["raw"],
            count=3,
            interval_seconds=0.02,
            timeout_seconds=1,
        )
    finally:
        network.inside("gateway", "ip", "rule", "del", *rule)

    assert (train["received"], gateway["received"]) == (0, 3)


def test_without_the_right_to_ping_tcp_takes_over() -> None:
    """Root without CAP_NET_RAW: no ICMP socket opens and `ping` may not be started either."""
    arguments = {
        "to": "127.0.0.1",
        "methods": ["datagram", "raw", "program", "tcp"],
        "count": 2,
        "interval_seconds": 0.02,
        "timeout_seconds": 1,
        "tcp_ports": [9],
    }

    output = _run(
        *("setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw"),
        *(sys.executable, "-c", PROBE, "ping", json.dumps(arguments)),
    )

    assert (json.loads(output)["method"], json.loads(output)["received"]) == ("tcp", 2)


def test_pulled_cable_is_seen(network: Network) -> None:
    """A veth pair is a cable: when the far end is switched off, the near one loses its carrier."""
    ends = (f"{network.prefix}ca"[-15:], f"{network.prefix}cb"[-15:])
    network.inside("office", "ip", "link", "add", ends[0], "type", "veth", "peer", "name", ends[1])
    network.inside("office", "ip", "link", "set", ends[0], "up")
    network.inside("office", "ip", "link", "set", ends[1], "up")
    ask = (
        "import dataclasses, json\nfrom agent.probe import network\n"
        "print(json.dumps([dataclasses.asdict(found) for found in network.interfaces()]))"
    )

    def look() -> dict[str, Any]:
        seen = json.loads(network.inside("office", sys.executable, "-c", ask))
        found: dict[str, Any] = next(entry for entry in seen if entry["name"] == ends[0])
        return found

    before = look()
    network.inside("office", "ip", "link", "set", ends[1], "down")
    after = look()
    network.inside("office", "ip", "link", "del", ends[0])

    assert (before["has_carrier"], after["has_carrier"]) == (True, False)
    assert after["is_up"] is True
    assert after["carrier_changes"] == before["carrier_changes"] + 1
