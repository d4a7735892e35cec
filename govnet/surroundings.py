"""Who a device is and what it sees around it, as facts of the check `device`.

Packed where it is measured, unpacked in the centre; what a person sees of it in
`govnet-agent show` is the packed text itself:

    name: sw-xa-a                      and description, object_id, family, model, serial, firmware
    neighbour.00: PORT|NAME|NEIGHBOUR'S PORT|WHO|ADDRESS|CAPABILITIES|DESCRIPTION
    stations.000: PORT|WHO,ADDRESS|WHO;PORT|WHO...
    neighbours.more: 3                 so many found no room; stations.more alike

WHO is a hardware address (12 hex digits), or the id of a declared item, which has a slash. Texts
have `%7C` for a bar, `%3B` for a semicolon, `%2C` for a comma, `%25` for `%`. A neighbour's
capabilities are one letter each (`CAPABILITIES`).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from govnet.report import MAX_FACT_CHARACTERS

MAX_NEIGHBOURS: Final = 64
MAX_STATIONS: Final = 600
MAX_STATION_FACTS: Final = 120
"""With the other keys these stay below `govnet.report.MAX_FACTS`."""
MAX_PORT_CHARACTERS: Final = 64

CAPABILITIES: Final[Mapping[str, str]] = {
    "O": "other",
    "P": "repeater",
    "B": "bridge",
    "W": "access_point",
    "R": "router",
    "T": "telephone",
    "C": "docsis",
    "S": "station",
}
"""LldpSystemCapabilitiesMap (LLDP-MIB), in the order of its bits."""

_FIELDS_OF_A_NEIGHBOUR: Final = 7
_MAC_CHARACTERS: Final = 12
_HEX: Final = frozenset("0123456789abcdef")
_QUOTED: Final = str.maketrans({"%": "%25", "|": "%7C", ";": "%3B", ",": "%2C"})


@dataclass(frozen=True, slots=True, order=True, kw_only=True)
class SeenNeighbour:
    """Who stands next to a device by LLDP, as it calls itself.

    `mac` is small hex with colons, `item` the id of a declared item; it has at most one of both.
    `capabilities` are words of `CAPABILITIES`.
    """

    port: str
    name: str = ""
    neighbour_port: str = ""
    mac: str = ""
    item: str = ""
    address: str = ""
    capabilities: tuple[str, ...] = ()
    description: str = ""


@dataclass(frozen=True, slots=True, order=True, kw_only=True)
class SeenStation:
    """Who a switch sees at a port, or a router at an IPv4 address; `mac` or `item` as above."""

    port: str = ""
    mac: str = ""
    item: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Everything that is told of a device; the `more_` ones found no room."""

    name: str = ""
    description: str = ""
    object_id: str = ""
    family: str = ""
    model: str = ""
    serial: str = ""
    firmware: str = ""
    neighbours: tuple[SeenNeighbour, ...] = ()
    stations: tuple[SeenStation, ...] = ()
    more_neighbours: int = 0
    more_stations: int = 0


_TEXTS: Final = ("name", "description", "object_id", "family", "model", "serial", "firmware")


def pack(around: Surroundings) -> dict[str, str]:
    """Return the facts. What is told does not depend on the order in which it was seen."""
    facts = {
        key: text[:MAX_FACT_CHARACTERS] for key in _TEXTS if (text := str(getattr(around, key)))
    }
    neighbours = sorted(set(around.neighbours))
    for number, neighbour in enumerate(neighbours[:MAX_NEIGHBOURS]):
        facts[f"neighbour.{number:02}"] = _neighbour_text(neighbour)
    stations = sorted(set(around.stations))
    told = 0
    for number, (text, count) in enumerate(_station_texts(stations[:MAX_STATIONS])):
        if number == MAX_STATION_FACTS:
            break
        facts[f"stations.{number:03}"] = text
        told += count
    more = {
        "neighbours.more": around.more_neighbours + max(0, len(neighbours) - MAX_NEIGHBOURS),
        "stations.more": around.more_stations + len(stations) - told,
    }
    return facts | {key: str(number) for key, number in more.items() if number}


def unpack(facts: Mapping[str, str]) -> Surroundings:
    """Return what the facts tell; what is not of their form tells nothing."""
    neighbours: list[SeenNeighbour] = []
    stations: list[SeenStation] = []
    for key, text in sorted(facts.items()):
        if key.startswith("neighbour."):
            neighbours.extend(_neighbour(text))
        elif key.startswith("stations.") and key != "stations.more":
            stations.extend(_stations(text))
    return Surroundings(
        **{key: facts.get(key, "") for key in _TEXTS},
        neighbours=tuple(neighbours),
        stations=tuple(stations),
        more_neighbours=_count(facts.get("neighbours.more", "")),
        more_stations=_count(facts.get("stations.more", "")),
    )


def _neighbour_text(neighbour: SeenNeighbour) -> str:
    """Return the fact; where the room is short, the texts that identify least are cut."""
    letters = "".join(
        letter for letter, word in CAPABILITIES.items() if word in neighbour.capabilities
    )
    who, address = _who(neighbour.mac, neighbour.item), neighbour.address.translate(_QUOTED)
    room = MAX_FACT_CHARACTERS - (_FIELDS_OF_A_NEIGHBOUR - 1)
    room -= len(who) + len(address) + len(letters)
    cut = []
    for text, most in (
        (neighbour.port, MAX_PORT_CHARACTERS),
        (neighbour.name, room),
        (neighbour.neighbour_port, room),
        (neighbour.description, room),
    ):
        cut.append(_fitting(text, min(most, room)))
        room -= len(cut[-1])
    port, name, neighbour_port, description = cut
    return f"{port}|{name}|{neighbour_port}|{who}|{address}|{letters}|{description}"


def _neighbour(text: str) -> Iterator[SeenNeighbour]:
    fields = text.split("|")
    if len(fields) != _FIELDS_OF_A_NEIGHBOUR:
        return
    port, name, neighbour_port, who, address, letters, description = fields
    mac, item = _known(who) or ("", "")
    yield SeenNeighbour(
        port=unquote(port),
        name=unquote(name),
        neighbour_port=unquote(neighbour_port),
        mac=mac,
        item=item,
        address=unquote(address),
        capabilities=tuple(word for letter, word in CAPABILITIES.items() if letter in letters),
        description=unquote(description),
    )


def _station_texts(stations: Iterable[SeenStation]) -> Iterator[tuple[str, int]]:
    """Yield facts and how many stations each holds: as many as find room, by port."""
    line, count, open_port = "", 0, ""
    for station in stations:
        port = _fitting(station.port, MAX_PORT_CHARACTERS)
        who = _who(station.mac, station.item)
        entry = f"{who},{station.address.translate(_QUOTED)}" if station.address else who
        alone = f"{port}|{entry}"
        if not line:
            longer = alone
        elif port == open_port:
            longer = f"{line}|{entry}"
        else:
            longer = f"{line};{alone}"
        if len(longer) > MAX_FACT_CHARACTERS:
            yield line, count
            longer, count = alone, 0
        line, count, open_port = longer, count + 1, port
    if line:
        yield line, count


def _stations(text: str) -> Iterator[SeenStation]:
    for group in text.split(";"):
        port, *entries = group.split("|")
        for entry in entries:
            who, _, address = entry.partition(",")
            known = _known(who)
            if known is not None:
                mac, item = known
                yield SeenStation(port=unquote(port), mac=mac, item=item, address=unquote(address))


def _who(mac: str, item: str) -> str:
    return item or mac.replace(":", "")


def _known(who: str) -> tuple[str, str] | None:
    """Return hardware address and id, one of them empty; None if it is neither."""
    if "/" in who:
        return "", who
    if len(who) == _MAC_CHARACTERS and set(who) <= _HEX:
        return ":".join(who[start : start + 2] for start in range(0, _MAC_CHARACTERS, 2)), ""
    return None


def _fitting(text: str, room: int) -> str:
    """Return the text quoted, cut where the room ends and never within a quoted sign."""
    quoted = text.translate(_QUOTED)
    while len(quoted) > room:
        text = text[: max(0, min(room, len(text) - 1))]
        quoted = text.translate(_QUOTED)
    return quoted


def _count(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0
