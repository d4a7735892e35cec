"""Who is behind which port: the forwarding table of a switch.

Q-BRIDGE-MIB (RFC 4363) first, since switches with VLANs leave the older table empty; else
BRIDGE-MIB (RFC 4188). An address in several VLANs is one station.
"""

from collections import Counter
from collections.abc import Iterator, Mapping

from agent.devices.ports import NAME_QUESTIONS, RADIO, TYPE, port_names
from agent.devices.question import Question, Reader, Subject
from agent.devices.values import Answers, mac, number
from govnet.report import Sample

VLAN_STATION_PORT = "1.3.6.1.2.1.17.7.1.2.2.1.2"
STATION_PORT = "1.3.6.1.2.1.17.4.3.1.2"
BRIDGE_PORT_INDEX = "1.3.6.1.2.1.17.1.4.1.2"

QUESTIONS = (
    *NAME_QUESTIONS,
    Question(TYPE, slow=True),
    Question(BRIDGE_PORT_INDEX, slow=True),
    Question(VLAN_STATION_PORT, slow=True),
    Question(STATION_PORT, slow=True, instead_of=VLAN_STATION_PORT),
)

_MAC_PIECES = 6


def read(answers: Answers, subject: Subject) -> Iterator[Sample]:
    """Yield how many stations there are, at which ports, and which declared items are seen."""
    seen = station_ports(answers)
    if not seen:
        return
    yield Sample("govnet_device_stations", float(len(seen)))
    for port, count in Counter(port for port in seen.values() if port).items():
        yield Sample("govnet_port_stations", float(count), {"port": port})
    if not subject.declared:
        return
    undeclared = len(seen.keys() - subject.declared.keys())
    yield Sample("govnet_device_stations_undeclared", float(undeclared))
    for address, item in subject.declared.items():
        labels = {"item": item, "port": seen.get(address, "")}
        yield Sample("govnet_device_declared_seen", float(address in seen), labels)


def radio_ports(answers: Answers) -> frozenset[str]:
    """Return the names of the ports that are radios (IANAifType ieee80211)."""
    names = port_names(answers)
    types = answers.column(TYPE).items()
    return frozenset(names.get(index, "") for index, kind in types if number(kind) == RADIO)


def station_ports(answers: Answers) -> Mapping[str, str]:
    """Return the port's name by hardware address, "" for a port that has no name."""
    names = port_names(answers)
    bridge_ports = answers.column(BRIDGE_PORT_INDEX)
    table = answers.column(VLAN_STATION_PORT) or answers.column(STATION_PORT)
    found: dict[str, str] = {}
    for index, value in table.items():
        address = _address(index)
        port = number(value)
        if address is None or not port:  # Port 0: learnt at a port that the switch does not tell.
            continue
        if_index = str(bridge_ports.get(str(port), port))
        found[address] = names.get(if_index, found.get(address, ""))
    return found


def _address(index: str) -> str | None:
    """Return the hardware address that an index ends with."""
    pieces = index.split(".")[-_MAC_PIECES:]
    try:
        return mac(bytes(int(piece) for piece in pieces))
    except ValueError:
        return None


READER = Reader(
    QUESTIONS,
    (
        "govnet_device_stations",
        "govnet_device_stations_undeclared",
        "govnet_device_declared_seen",
        "govnet_port_stations",
    ),
    read,
)
