"""Who of what was seen is declared: by MAC address, by address, by name. Pure.

What strangers call themselves is foreign text: it is shortened, and rid of what does not print.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Final

from collector.discovery.sightings import AgentSeen, Neighbour, Sightings, Station
from inventory.model import (
    ConferencePoint,
    Device,
    Inventory,
    Lifecycle,
    Link,
    Machine,
    Site,
    site_id,
)
from inventory.names import search_key

TEXT_CHARACTERS: Final = 64
"""What a device says of itself is cut to this length."""
_REMEMBERED: Final = 16_384
"""A province's stations are the same every minute; reading them anew would be most of the work."""
_NO_MAC: Final = {"00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff"}
_HEX = re.compile(r"[0-9a-f]{12}")

Address = IPv4Address | IPv6Address
Declared = Link | Device | Machine | ConferencePoint


def clean(text: str) -> str:
    """Return foreign text on one line, without what does not print."""
    printable = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(printable.split())[:TEXT_CHARACTERS].strip()


@lru_cache(_REMEMBERED)
def mac_of(text: str | None) -> str:
    """Return a MAC address as six pairs with colons, empty for none or a placeholder."""
    digits = re.sub(r"[^0-9a-f]", "", (text or "").casefold())
    if not _HEX.fullmatch(digits):
        return ""
    mac = ":".join(digits[index : index + 2] for index in range(0, 12, 2))
    return "" if mac in _NO_MAC else mac


@lru_cache(_REMEMBERED)
def address_of(text: str | None) -> Address | None:
    """Return an address at which something can be found, None for any other text."""
    try:
        address = ip_address((text or "").strip())
    except ValueError:
        return None
    address = getattr(address, "ipv4_mapped", None) or address
    is_usable = not (
        address.is_link_local
        or address.is_loopback
        or address.is_multicast
        or address.is_unspecified
    )
    return address if is_usable else None


def name_of(text: str) -> str:
    """Return how a name is compared: without case and diacritics, of a host name the first part."""
    return search_key(text).partition(".")[0]


def items_of(site: Site) -> Iterator[Declared]:
    """Yield what is declared one by one in a building and is not retired."""
    items: tuple[Declared, ...] = (
        *site.links,
        *site.devices,
        *site.machines,
        *site.conference_points,
    )
    for item in items:
        if item.lifecycle is not Lifecycle.RETIRED:
            yield item


class Arp:
    """Which MAC address routers know for which address, at one site."""

    def __init__(self, stations: Iterable[Station]) -> None:
        self._macs: defaultdict[Address, set[str]] = defaultdict(set)
        self._addresses: defaultdict[str, set[Address]] = defaultdict(set)
        for station in stations:
            mac, address = mac_of(station.mac), address_of(station.address)
            if mac and address is not None:
                self._macs[address].add(mac)
                self._addresses[mac].add(address)

    def macs(self, address: Address) -> set[str]:
        """Return every MAC address that is known for an address."""
        return self._macs.get(address, set())

    def only_mac(self, address: Address | None) -> str:
        """Return the MAC address of an address, empty unless they belong to each other alone.

        A router that answers for others (proxy ARP) has several addresses: it says nothing.
        """
        macs = self._macs.get(address, set()) if address is not None else set()
        return next((one for one in macs if len(macs) == len(self._addresses[one]) == 1), "")

    def only_address(self, mac: str) -> Address | None:
        """Return the address of a MAC address, None unless they belong to each other alone."""
        addresses = self._addresses.get(mac, set())
        return next((one for one in addresses if self.only_mac(one)), None)


@dataclass(slots=True)
class KnownAtSite:
    """What of one site is declared or has an agent, by what it is recognised by -> its full id."""

    site: Site
    by_mac: dict[str, str] = field(default_factory=dict)
    by_address: dict[Address, str] = field(default_factory=dict)
    by_name: dict[str, str] = field(default_factory=dict)
    gateways: dict[Address, str] = field(default_factory=dict)
    """Of circuits: whose router it is has to be declared all the same."""
    agents: list[AgentSeen] = field(default_factory=list)
    arp: "Arp" = field(default_factory=lambda: Arp(()))
    networks: tuple[IPv4Network | IPv6Network, ...] = ()

    def __post_init__(self) -> None:
        self.networks = tuple(ip_network(one) for one in self.site.networks)
        for item in items_of(self.site):
            within = item.id.partition("/")[2]
            for name in (within, getattr(item, "name", None) or ""):
                if key := name_of(name):
                    self.by_name.setdefault(key, item.id)
            if mac := mac_of(getattr(item, "mac", None)):
                self.by_mac.setdefault(mac, item.id)
            texts = [getattr(item, "address", None)]
            if isinstance(item, Link):
                texts = [item.next_hop, item.far_end.address]
                if (address := address_of(item.gateway)) is not None:
                    self.gateways.setdefault(address, item.id)
            for text in texts:
                if (address := address_of(text)) is not None:
                    self.by_address.setdefault(address, item.id)

    def add_stations(self, stations: Iterable[Station]) -> None:
        """Recognise declared items by the MAC addresses that routers know for their addresses.

        Any of them makes a thing no stranger; as the item's own counts one that nothing else has.
        """
        self.arp = Arp(stations)
        for address, item in sorted(self.by_address.items(), key=lambda one: one[1]):
            for mac in sorted(self.arp.macs(address)):
                self.by_mac.setdefault(mac, item)

    def add_agent(self, agent: AgentSeen) -> None:
        """Recognise the machine of an agent too; it is no stranger."""
        self.agents.append(agent)
        if mac := mac_of(agent.mac):
            self.by_mac.setdefault(mac, agent.machine)
        if (address := address_of(agent.host)) is not None and self.is_inside(address):
            self.by_address.setdefault(address, agent.machine)
        if name := name_of(agent.hostname):
            self.by_name.setdefault(name, agent.machine)

    def is_inside(self, address: Address) -> bool:
        """Whether an address lies in the site's networks; nobody knows at a site without any."""
        return not self.networks or any(address in network for network in self.networks)

    def is_local(self, text: str) -> bool:
        """Whether something may stand in this building: what lies behind the circuit does not."""
        address = address_of(text)
        return address is None or self.is_inside(address)

    def is_gateway(self, text: str) -> bool:
        """Whether an address is that of a circuit's router."""
        return address_of(text) in self.gateways

    def item(self, mac: str, address: str) -> str:
        """Return who has this MAC address or this address, empty if nobody."""
        found = self.by_mac.get(mac_of(mac), "")
        if not found and (wanted := address_of(address)) is not None:
            found = self.by_address.get(wanted, "")
        return found


class Known:
    """Everything that is declared, by site, and across sites by MAC address and by network."""

    def __init__(self, inventory: Inventory, sightings: Sightings) -> None:
        self.sites = {one.id: KnownAtSite(one) for one in inventory.sites.values()}
        stations: defaultdict[str, list[Station]] = defaultdict(list)
        for device in sightings.devices:
            stations[site_id(device.device)] += device.stations
        for site_name, found in stations.items():
            if site_name in self.sites:
                self.sites[site_name].add_stations(found)
        for agent in sightings.agents:
            if agent.state == "active" and agent.site in self.sites:
                self.sites[agent.site].add_agent(agent)
        self._by_mac: dict[str, str] = {}
        self._by_address: dict[Address, str] = {}
        for site in self.sites.values():
            for mac, item in site.by_mac.items():
                self._by_mac.setdefault(mac, item)
            for address, item in site.by_address.items():
                self._by_address.setdefault(address, item)

    def item(self, site: KnownAtSite, mac: str, address: str) -> str:
        """Return who that is, here or, if it does not stand here, elsewhere; empty if nobody.

        Behind household routers all sites have the same addresses: an address of the site's own
        networks is never another site's.
        """
        found = site.item(mac, address) or self._by_mac.get(mac_of(mac), "")
        wanted = address_of(address)
        if found or wanted is None or site.is_inside(wanted):
            return found
        return self._by_address.get(wanted, "")


def is_telephone(neighbour: Neighbour) -> bool:
    """Whether a neighbour says that it is a telephone: nobody declares those."""
    return "telephone" in neighbour.capabilities
