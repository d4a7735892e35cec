"""Who stands next to a device, as neighbours call themselves: LLDP-MIB (IEEE 802.1AB).

Hardware addresses become no labels: a neighbour without a name is "", unless its address is that
of a declared item, whose id is then the name.
"""

from collections.abc import Iterator, Mapping
from ipaddress import ip_address

from agent.devices.ports import NAME_QUESTIONS, port_names, sorted_indexes
from agent.devices.question import Question, Reader, Subject
from agent.devices.values import Answers, index_order, is_of_a_maker, line_of, mac, number, text
from agent.probe.snmp import Value
from govnet.report import Sample
from govnet.surroundings import CAPABILITIES, SeenNeighbour

_LOCAL = "1.0.8802.1.1.2.1.3.7.1"
_REMOTE = "1.0.8802.1.1.2.1.4.1.1"
_MANAGEMENT = "1.0.8802.1.1.2.1.4.2.1"

LOCAL_PORT_ID = f"{_LOCAL}.3"
LOCAL_PORT_DESCRIPTION = f"{_LOCAL}.4"
CHASSIS_ID = f"{_REMOTE}.5"
PORT_ID_SUBTYPE = f"{_REMOTE}.6"
PORT_ID = f"{_REMOTE}.7"
PORT_DESCRIPTION = f"{_REMOTE}.8"
SYSTEM_NAME = f"{_REMOTE}.9"
SYSTEM_DESCRIPTION = f"{_REMOTE}.10"
CAPABILITIES_ENABLED = f"{_REMOTE}.12"
MANAGEMENT_IF_SUBTYPE = f"{_MANAGEMENT}.3"
"""The address itself is in the index only."""

QUESTIONS = (
    *NAME_QUESTIONS,
    *(
        Question(column, slow=True)
        for column in (
            LOCAL_PORT_ID,
            LOCAL_PORT_DESCRIPTION,
            CHASSIS_ID,
            PORT_ID_SUBTYPE,
            PORT_ID,
            PORT_DESCRIPTION,
            SYSTEM_NAME,
            SYSTEM_DESCRIPTION,
            CAPABILITIES_ENABLED,
            MANAGEMENT_IF_SUBTYPE,
        )
    ),
)

_NO_NAMES = (3, 4)
"""LldpPortIdSubtype: macAddress, networkAddress. The others are words."""

_INDEX_PIECES = 3
_DESCRIPTION_CHARACTERS = 120
_MAX_OCTET = 255
_HIGHEST_BIT = 0x80
_OCTETS = {1: 4, 2: 16}
"""Octets of an address by AddressFamilyNumbers (IANA): IPv4, IPv6."""


def read(answers: Answers, subject: Subject) -> Iterator[Sample]:
    """Yield one sample for each neighbour; those that are told apart by nothing are one."""
    names = port_names(answers)
    known = frozenset(names.values())
    given = set[tuple[str, str, str]]()
    ids = answers.column(PORT_ID)
    for index in sorted_indexes(ids):
        pieces = index.split(".")  # lldpRemTimeMark, lldpRemLocalPortNum, lldpRemIndex
        if len(pieces) != _INDEX_PIECES:
            continue
        neighbour = (
            local_port(answers, pieces[1], names, known),
            _name(answers, index, subject.declared),
            _port(answers, index),
        )
        if neighbour not in given:
            given.add(neighbour)
            labels = dict(zip(("port", "neighbour", "neighbour_port"), neighbour, strict=True))
            yield Sample("govnet_device_neighbour_info", 1.0, labels)


def neighbours(answers: Answers, declared: Mapping[str, str]) -> Iterator[SeenNeighbour]:
    """Yield every neighbour with all that it says of itself; a declared one by its id."""
    names = port_names(answers)
    known = frozenset(names.values())
    managed = _management_addresses(answers)
    for index in sorted_indexes(answers.column(PORT_ID)):
        pieces = index.split(".")
        if len(pieces) != _INDEX_PIECES:
            continue
        chassis = answers.column(CHASSIS_ID).get(index)
        hardware = mac(chassis) if isinstance(chassis, bytes) else None
        item = declared.get(hardware or "", "")
        is_told = hardware is not None and not item and is_of_a_maker(hardware)
        yield SeenNeighbour(
            port=local_port(answers, pieces[1], names, known),
            name=text(answers.column(SYSTEM_NAME).get(index)),
            neighbour_port=_port(answers, index),
            mac=hardware if hardware is not None and is_told else "",
            item=item,
            address=managed.get(index, ""),
            capabilities=_capabilities(answers.column(CAPABILITIES_ENABLED).get(index)),
            description=line_of(
                answers.column(SYSTEM_DESCRIPTION).get(index), _DESCRIPTION_CHARACTERS
            ),
        )


def _management_addresses(answers: Answers) -> dict[str, str]:
    """Return a neighbour's first management address by its index, IPv4 before IPv6."""
    found: dict[str, str] = {}
    for index in sorted_indexes(answers.column(MANAGEMENT_IF_SUBTYPE)):
        pieces = index_order(index)
        family, octets = pieces[_INDEX_PIECES : _INDEX_PIECES + 1], pieces[_INDEX_PIECES + 2 :]
        if not family or len(octets) != _OCTETS.get(family[0]) or max(octets) > _MAX_OCTET:
            continue
        neighbour = ".".join(index.split(".")[:_INDEX_PIECES])
        found.setdefault(neighbour, str(ip_address(bytes(octets))))
    return found


def _capabilities(value: Value | None) -> tuple[str, ...]:
    """Return the words of the bits that are set, the first bit being the highest (RFC 2578)."""
    octets = value if isinstance(value, bytes) else b""
    return tuple(
        word
        for bit, word in enumerate(CAPABILITIES.values())
        if octets and octets[0] & (_HIGHEST_BIT >> bit)
    )


def local_port(answers: Answers, port: str, names: Mapping[str, str], known: frozenset[str]) -> str:
    """Return the own port's name: as IF-MIB has it where LLDP names the same, else LLDP's own.

    `names` are IF-MIB's by ifIndex, `known` the same names.
    """
    said = [
        _word(answers.column(column).get(port))
        for column in (LOCAL_PORT_ID, LOCAL_PORT_DESCRIPTION)
    ]
    for word in said:
        if word in known:
            return word
    # The standard leaves the number open; nearly all devices take ifIndex.
    return names.get(port) or next((word for word in said if word), port)


def _name(answers: Answers, index: str, declared: Mapping[str, str]) -> str:
    chassis = answers.column(CHASSIS_ID).get(index)
    address = mac(chassis) if isinstance(chassis, bytes) else None
    if address is not None and address in declared:
        return declared[address]
    return text(answers.column(SYSTEM_NAME).get(index))


def _port(answers: Answers, index: str) -> str:
    if number(answers.column(PORT_ID_SUBTYPE).get(index)) not in _NO_NAMES:
        word = _word(answers.column(PORT_ID).get(index))
        if word:
            return word
    return text(answers.column(PORT_DESCRIPTION).get(index))


def _word(value: Value | None) -> str:
    """Return a text, and nothing of a hardware address, whose octets are no letters."""
    if isinstance(value, bytes) and not value.rstrip(b"\0").isascii():
        return ""
    if isinstance(value, bytes) and any(octet < ord(" ") for octet in value.rstrip(b"\0")):
        return ""
    return text(value)


READER = Reader(QUESTIONS, ("govnet_device_neighbour_info",), read)
