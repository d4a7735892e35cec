"""What devices see around them that is no declared item: each real thing once. Pure.

The same switch is seen by two others, once with its MAC address, once with its own address. What
shares a MAC address or an address is one thing; a name joins only where no second thing has it,
since many devices leave the factory as "Switch". Where a router knows (ARP) one MAC address for an
address and nothing else behind either, both are of one thing.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec

from collector.discovery.known import (
    Arp,
    Known,
    KnownAtSite,
    address_of,
    clean,
    is_telephone,
    mac_of,
    name_of,
)
from collector.discovery.sightings import DeviceSeen, Neighbour, Sightings
from inventory.model import site_id


@dataclass(slots=True, eq=False)
class Thing:
    """One real thing at a site, as its neighbours see it.

    `seen` holds the full id of the device that sees it, and what that was told. `is_name_its_own`
    is false where a second thing of the site calls itself so.
    """

    seen: list[tuple[str, Neighbour]] = field(default_factory=list)
    is_name_its_own: bool = True

    @property
    def macs(self) -> list[str]:
        """Its MAC addresses, sorted."""
        return sorted({mac for _, one in self.seen if (mac := mac_of(one.mac))})

    @property
    def addresses(self) -> list[str]:
        """Its addresses as text, IPv4 first."""
        found = {address for _, one in self.seen if (address := address_of(one.address))}
        return [str(one) for one in sorted(found, key=lambda one: (one.version, int(one)))]

    @property
    def name(self) -> str:
        """How it calls itself."""
        return next((text for _, one in self.seen if (text := clean(one.name))), "")

    @property
    def description(self) -> str:
        """What it says it is."""
        return next((text for _, one in self.seen if (text := clean(one.description))), "")

    @property
    def capabilities(self) -> frozenset[str]:
        """What it says it can do."""
        return frozenset(word for _, one in self.seen for word in one.capabilities)

    @property
    def seen_by(self) -> str:
        """Full id of the device that sees it, the first by name if several do."""
        return min(device for device, _ in self.seen)

    @property
    def key(self) -> str:
        """What names it for good: its MAC address, else its address, else its name."""
        return next(iter((*self.macs, *self.addresses)), "") or self.name

    @property
    def tokens(self) -> set[str]:
        """What only one thing can have."""
        return {*self.macs, *self.addresses}


def things(seen: Iterable[DeviceSeen]) -> list[Thing]:
    """Return every neighbour of the devices of one site once."""
    seen = sorted(seen, key=lambda one: one.device)
    arp = Arp(station for device in seen for station in device.stations)
    made: list[Thing] = []
    by_token: dict[str, Thing] = {}
    unmarked: list[tuple[str, Neighbour]] = []
    for device in seen:
        for told in device.neighbours:
            neighbour = _completed(told, arp)
            thing = Thing([(device.device, neighbour)])
            if not thing.tokens:
                unmarked.append((device.device, neighbour))
                continue
            touched = (by_token[token] for token in sorted(thing.tokens) if token in by_token)
            for known in dict.fromkeys(touched):
                thing.seen = sorted([*known.seen, *thing.seen], key=lambda one: one[0])
                made.remove(known)
            by_token.update(dict.fromkeys(thing.tokens, thing))
            made.append(thing)
    _add_unmarked(made, unmarked)
    numbers = Counter(name_of(thing.name) for thing in made)
    for thing in made:
        thing.is_name_its_own = numbers[name_of(thing.name)] == 1
    return sorted(made, key=lambda thing: thing.key)


def _completed(told: Neighbour, arp: Arp) -> Neighbour:
    """Return a neighbour with the half that it did not tell."""
    mac, address = mac_of(told.mac), address_of(told.address)
    if mac and address is None and (found := arp.only_address(mac)) is not None:
        return msgspec.structs.replace(told, address=str(found))
    if address is not None and not mac:
        return msgspec.structs.replace(told, mac=arp.only_mac(address))
    return told


def _add_unmarked(made: list[Thing], unmarked: Iterable[tuple[str, Neighbour]]) -> None:
    """Add those of which only a name is known; of several that are called so it may be any."""
    for device, neighbour in unmarked:
        name = name_of(clean(neighbour.name))
        called = [thing for thing in made if name_of(thing.name) == name]
        if name and not called:
            made.append(Thing([(device, neighbour)]))
        elif name and len(called) == 1:
            called[0].seen.append((device, neighbour))


def declared(known: Known, site: KnownAtSite, thing: Thing) -> str:
    """Return the full id of the declared item or the agent's machine that this is, empty if none.

    A name says so only where no second thing of the site has it.
    """
    for _, one in thing.seen:
        if one.item:
            return one.item
    for _, one in thing.seen:
        if item := known.item(site, one.mac, one.address):
            return item
    return site.by_name.get(name_of(thing.name), "") if thing.is_name_its_own else ""


def strangers(known: Known, site: KnownAtSite, seen: Iterable[DeviceSeen]) -> list[Thing]:
    """Return the things around the devices of a site that nobody declared; telephones aside."""
    return [
        thing
        for thing in things(seen)
        if not any(is_telephone(one) for _, one in thing.seen) and not declared(known, site, thing)
    ]


def seen_at(sightings: Sightings) -> dict[str, list[DeviceSeen]]:
    """Return the devices that answered, by site."""
    found: defaultdict[str, list[DeviceSeen]] = defaultdict(list)
    for one in sightings.devices:
        found[site_id(one.device)].append(one)
    return found
