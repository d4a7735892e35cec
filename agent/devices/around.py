"""What a device sees around it, as far as it may be told: see `docs/security.md`.

A station is told by its hardware address, a declared item by its id. What may be a personal
telephone is not told: an address that was made up, whoever is at a radio or behind an access
point; nor is who has an address outside the site's networks.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network

from agent.devices import addresses, lldp, stations
from agent.devices.values import Answers, is_of_a_maker
from govnet.surroundings import SeenNeighbour, SeenStation


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What is known of the site where the device stands.

    `declared` are ids by hardware address, `radios` the hardware addresses of declared access
    points. Without `networks` every IPv4 address counts as the site's. `is_radio`: the device is
    an access point itself.
    """

    declared: Mapping[str, str] = field(default_factory=dict)
    radios: frozenset[str] = frozenset()
    networks: tuple[IPv4Network, ...] = ()
    is_radio: bool = False


@dataclass(frozen=True, slots=True)
class Around:
    """What one round of questions showed; `wireless` are hardware addresses seen at a radio."""

    neighbours: tuple[SeenNeighbour, ...] = ()
    stations: tuple[SeenStation, ...] = ()
    wireless: frozenset[str] = frozenset()


def around(answers: Answers, site: Site) -> Around:
    """Return what a device's tables say."""
    neighbours = tuple(lldp.neighbours(answers, site.declared))
    ports = stations.station_ports(answers)
    radio_ports = stations.radio_ports(answers)
    wireless = frozenset(one for one, port in ports.items() if port and port in radio_ports)
    return Around(
        neighbours,
        tuple(_stations(answers, site, ports, _private_ports(neighbours, ports, site), wireless)),
        wireless,
    )


def _private_ports(
    neighbours: tuple[SeenNeighbour, ...], ports: Mapping[str, str], site: Site
) -> frozenset[str]:
    """Return the ports behind which an access point stands."""
    by_lldp = {one.port for one in neighbours if "access_point" in one.capabilities}
    by_table = {ports[radio] for radio in site.radios if radio in ports}
    return frozenset(by_lldp | by_table) - {""}


def _stations(
    answers: Answers,
    site: Site,
    ports: Mapping[str, str],
    private_ports: frozenset[str],
    wireless: frozenset[str],
) -> Iterator[SeenStation]:
    claimed = _claimed(answers)
    for hardware in sorted({*ports, *claimed}):
        port = ports.get(hardware, "")
        address = _own(claimed.get(hardware, ()), site.networks)
        item = site.declared.get(hardware, "")
        if item:
            yield SeenStation(port=port, item=item, address=address)
            continue
        is_private = (
            not is_of_a_maker(hardware)
            or hardware in wireless
            or port in private_ports
            or (site.is_radio and hardware in ports)
        )
        is_foreign = hardware in claimed and not address
        if not is_private and not is_foreign:
            yield SeenStation(port=port, mac=hardware, address=address)


def _claimed(answers: Answers) -> dict[str, list[str]]:
    """Return the IPv4 addresses by hardware address."""
    found: dict[str, list[str]] = {}
    for address, owners in addresses.claims(answers).items():
        for owner in owners:
            found.setdefault(owner, []).append(address)
    return found


def _own(claimed: list[str] | tuple[str, ...], networks: tuple[IPv4Network, ...]) -> str:
    """Return the lowest of the addresses that lie in the site's networks, "" if none does."""
    found = []
    for text in claimed:
        try:
            address = IPv4Address(text)
        except ValueError:
            continue
        if not networks or any(address in network for network in networks):
            found.append(address)
    return str(min(found)) if found else ""
