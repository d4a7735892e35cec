"""The inventory compared with what was seen. Pure.

Seen, not declared:

1. An agent that waits for approval.
2. Agents that fill more places than the site declares by number (or where none is declared), and
   those of a site that left the inventory: one line per site.
3. What stands next to a device by LLDP and is no declared item; telephones aside.
4. Stations (addresses that routers and switches know) beyond those that the inventory explains:
   a site that declares 24 PCs by number has 24 stations that nobody declared one by one. One line
   per site, never a list of single PCs.

Declared, never seen: items of which there was no sign of life yet, and places that no agent fills.
A site that was never heard is one line, not its twenty items.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from collector.discovery.known import Known, KnownAtSite, address_of, clean, items_of, mac_of
from collector.discovery.sightings import DeviceSeen, Sightings
from collector.discovery.strangers import seen_at, strangers, things
from collector.siting import Siting, known_site
from inventory.model import (
    ConferencePoint,
    Device,
    Inventory,
    Lifecycle,
    Link,
    Machine,
    Service,
    Site,
    site_id,
)

AGENT_WAITING: Final = "agent_waiting"
BEYOND_COUNT: Final = "agent_beyond_count"
NEIGHBOUR: Final = "neighbour"
STATION: Final = "station"
UNDECLARED_KINDS: Final = (AGENT_WAITING, BEYOND_COUNT, NEIGHBOUR, STATION)
PLACES: Final = "places"
_KINDS: Final = {
    Site: "site",
    Link: "link",
    Device: "device",
    Machine: "machine",
    ConferencePoint: "point",
    Service: "service",
}
NEVER_SEEN_KINDS: Final = (*_KINDS.values(), PLACES)


class Undeclared(msgspec.Struct, frozen=True):
    """Something seen that nobody declared.

    `kind` is one of UNDECLARED_KINDS; `key` names it for good (agent id, MAC, address or name),
    `seen_by` is the device that saw it. `site` is empty for an agent that waits if code and network
    do not say one site. Agents beyond the count and stations are one line with their `number`.
    """

    site: str
    kind: str
    key: str
    name: str
    address: str
    seen_by: str
    number: int = 1


class NeverSeen(msgspec.Struct, frozen=True):
    """Something declared of which nobody ever saw a sign of life.

    `kind` is one of NEVER_SEEN_KINDS; for places (machines known by number) `missing` says how many
    were never filled, and `item` is the site. `site` is empty for a service that runs elsewhere.
    """

    site: str
    kind: str
    item: str
    name: str
    missing: int = 1


class Differences(msgspec.Struct, frozen=True):
    """Both lists, as of a moment (Unix seconds)."""

    as_of: float
    undeclared: tuple[Undeclared, ...]
    never_seen: tuple[NeverSeen, ...]


NOTHING: Final = Differences(0.0, (), ())
"""Nothing was compared yet."""


def differences(inventory: Inventory, sightings: Sightings) -> Differences:
    """Return what is seen and not declared, and what is declared and was never seen, by site."""
    undeclared = [
        *_waiting(inventory, sightings),
        *_beyond(inventory, sightings),
        *_around(inventory, sightings),
    ]
    return Differences(
        sightings.as_of,
        tuple(sorted(undeclared, key=lambda one: (one.site, _order(one.kind), one.key))),
        tuple(
            sorted(
                _never_seen(inventory, sightings),
                key=lambda one: (one.site, NEVER_SEEN_KINDS.index(one.kind), one.item),
            )
        ),
    )


def _order(kind: str) -> int:
    return UNDECLARED_KINDS.index(kind)


def _waiting(inventory: Inventory, sightings: Sightings) -> Iterator[Undeclared]:
    """Yield the agents that wait, where the inventory of now says that they stand."""
    siting = Siting(inventory)
    for agent in sightings.agents:
        if agent.state == "pending":
            site = known_site(siting, agent.proposed_site, agent.host) or ""
            name = clean(agent.hostname)
            yield Undeclared(site, AGENT_WAITING, agent.agent, name, agent.host, "")


def _beyond(inventory: Inventory, sightings: Sightings) -> Iterator[Undeclared]:
    """Yield how many agents fill more places than are declared, by site."""
    for site, (declared, filled) in sightings.places.items():
        if site in inventory.sites and filled > declared:
            yield _number(site, BEYOND_COUNT, filled - declared)
    gone = Counter(
        agent.site
        for agent in sightings.agents
        if agent.state == "active" and agent.site not in inventory.sites
    )
    for site, number in gone.items():
        yield _number(site, BEYOND_COUNT, number)


def _number(site: str, kind: str, number: int) -> Undeclared:
    return Undeclared(site, kind, kind, "", "", "", number)


def _around(inventory: Inventory, sightings: Sightings) -> Iterator[Undeclared]:
    """Yield what devices see around them."""
    known = Known(inventory, sightings)
    for site, seen in seen_at(sightings).items():
        here = known.sites.get(site)
        if here is None:
            continue
        for thing in strangers(known, here, seen):
            address = next(iter(thing.addresses), "")
            name = thing.name or thing.description
            yield Undeclared(site, NEIGHBOUR, thing.key, name, address, thing.seen_by)
        more = len(_stations(known, here, seen)) - _explained(here, sightings.places)
        if more > 0:
            yield _number(site, STATION, more)


def _stations(known: Known, here: KnownAtSite, seen: list[DeviceSeen]) -> set[str]:
    """Return the MAC addresses in the building that are no declared item, agent or neighbour."""
    neighbours = {mac for thing in things(seen) for mac in thing.macs}
    ours: set[str] = set()
    found: set[str] = set()
    for device in seen:
        for station in device.stations:
            mac = mac_of(station.mac)
            if not mac or mac in neighbours or not here.is_local(station.address):
                continue
            item = station.item or known.item(here, mac, station.address)
            is_known = bool(item) or here.is_gateway(station.address)
            (ours if is_known else found).add(mac)
    return found - ours


def _explained(here: KnownAtSite, places: Mapping[str, tuple[int, int]]) -> int:
    """Return how many stations the inventory explains without naming them.

    1. Places that no agent fills yet, and devices known only by number.
    2. Items declared one by one, and agents, of which neither MAC nor usable address is known.
    """
    site = here.site
    declared, filled = places.get(site.id, (site.machines_by_number(), 0))
    number = max(0, declared - filled) + sum(one.count for one in site.device_counts)
    agents = {agent.machine: agent for agent in here.agents}
    for item in items_of(site):
        is_single = isinstance(item, Device | Machine | ConferencePoint)
        is_there = is_single and item.lifecycle is Lifecycle.ACTIVE
        if is_there and item.id not in agents and not _is_recognised(here, item):
            number += 1
    for agent in agents.values():
        host = address_of(agent.host)
        if not mac_of(agent.mac) and (host is None or not here.is_inside(host)):
            number += 1
    return number


def _is_recognised(here: KnownAtSite, item: object) -> bool:
    """Whether a station that is this item would be recognised."""
    address = address_of(getattr(item, "address", None))
    is_addressed = address is not None and here.is_inside(address)
    return bool(mac_of(getattr(item, "mac", None))) or is_addressed


def _never_seen(inventory: Inventory, sightings: Sightings) -> Iterator[NeverSeen]:
    wanted = set(sightings.never_seen)
    silent = {site for site in wanted if site in inventory.sites}
    for item in inventory.items():
        if item.id not in wanted or item.lifecycle is not Lifecycle.ACTIVE:
            continue
        if isinstance(item, Service):
            yield NeverSeen(item.site or "", "service", item.id, item.name)
        elif item.id in silent or site_id(item.id) not in silent:
            name = getattr(item, "name", None) or ""
            yield NeverSeen(site_id(item.id), _KINDS[type(item)], item.id, name)
    for site, (declared, filled) in sightings.places.items():
        if site in inventory.sites and site not in silent and filled < declared:
            yield NeverSeen(site, PLACES, site, "", declared - filled)
