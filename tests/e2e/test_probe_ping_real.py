"""Ping and first hop on a small real network of namespaces: office - gateway - carrier - centre."""

import json
import subprocess
import sys
from typing import Any, Protocol

import pytest

pytestmark = pytest.mark.e2e

PROBE = """\
import dataclasses, json, sys
from agent.probe import icmp
name, arguments = sys.argv[1], json.loads(sys.argv[2])
arguments["methods"] = [icmp.Method(method) for method in arguments["methods"]]
found = getattr(icmp, name)(arguments.pop("to"), **arguments)
print(json.dumps(dataclasses.asdict(found) if found is not None else None))
"""


class Network(Protocol):
    prefix: str

    def inside(self, room: str, *command: str) -> str: ...


def probe(network: Network, name: str, to: str, **arguments: Any) -> Any:
    """Run one function of agent.probe.icmp in the office."""
    arguments["to"] = to
    output = network.inside("office", sys.executable, "-c", PROBE, name, json.dumps(arguments))
    return json.loads(output)


@pytest.mark.parametrize("method", ["datagram", "raw"])
@pytest.mark.parametrize(
    ("centre", "second_hop"), [("198.18.2.2", "198.18.1.2"), ("2001:db8:2::2", "2001:db8:1::2")]
)
def test_first_hop_beyond_the_gateway_is_the_carriers(
    network: Network, method: str, centre: str, second_hop: str
) -> None:
    hop = probe(network, "first_hop_beyond", centre, methods=[method], timeout_seconds=10)

    assert (hop["address"], hop["is_destination"], hop["method"]) == (second_hop, False, method)
    assert 0 < hop["rtt_seconds"]


@pytest.mark.parametrize("method", ["datagram", "raw", "program"])
@pytest.mark.parametrize("centre", ["198.18.2.2", "2001:db8:2::2"])
def test_centre_answers_by_every_method(network: Network, method: str, centre: str) -> None:
    train = probe(
        network,
        "ping",
        centre,
        methods=[method],
        count=5,
        interval_seconds=0.02,
        timeout_seconds=10,
    )

    assert (train["received"], train["method"]) == (5, method)


@pytest.mark.parametrize("method", ["datagram", "raw", "program", "tcp"])
def test_gateway_answers_at_its_link_local_address(network: Network, method: str) -> None:
    """IPv6 routes name gateways so; the address means nothing without its adapter."""
    near, far = f"{network.prefix}0a"[-15:], f"{network.prefix}0b"[-15:]
    address = ("fe80::99/64", "dev", far)
    network.inside("gateway", "ip", "addr", "add", *address, "nodad")
    try:
        train = probe(
            network,
            "ping",
            f"fe80::99%{near}",
            methods=[method],
            count=2,
            interval_seconds=0.02,
            timeout_seconds=10,
            tcp_ports=[9],
        )
    finally:
        network.inside("gateway", "ip", "addr", "del", *address)

    assert (train["received"], train["method"]) == (2, method)


def test_silent_router_is_nobody(network: Network) -> None:
    """A router that knows no way back to the office tells it nothing."""
    way_back = ("198.18.0.0/24", "via", "198.18.1.1")
    network.inside("carrier", "ip", "route", "del", *way_back)
    try:
        hop = probe(
            network, "first_hop_beyond", "198.18.2.2", methods=["datagram"], timeout_seconds=0.5
        )
    finally:
        network.inside("carrier", "ip", "route", "add", *way_back)

    assert (hop["address"], hop["rtt_seconds"]) == (None, None)


def test_unreachable_address_is_loss(network: Network) -> None:
    """The last router says "host unreachable" after its ARP has failed; either way it is loss."""
    train = probe(
        network,
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
        train = probe(
            network,
            "ping",
            "198.18.2.2",
            methods=["datagram", "raw", "tcp"],
            count=3,
            interval_seconds=0.02,
            timeout_seconds=10,
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
        train = probe(
            network,
            "ping",
            "198.18.2.2",
            methods=["raw"],
            count=3,
            interval_seconds=0.02,
            timeout_seconds=0.3,
        )
        gateway = probe(
            network,
            "ping",
            "198.18.0.2",
            methods=["raw"],
            count=3,
            interval_seconds=0.02,
            timeout_seconds=10,
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
        "timeout_seconds": 10,
        "tcp_ports": [9],
    }

    done = subprocess.run(
        [
            *("setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw"),
            *(sys.executable, "-c", PROBE, "ping", json.dumps(arguments)),
        ],
        capture_output=True,
        timeout=60,
        check=True,
    )
    train = json.loads(done.stdout)

    assert (train["method"], train["received"]) == ("tcp", 2)


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
