"""What was seen, brought together: agents, what their machines and the devices told.

In two steps: `present` copies what the running collector knows, on its event loop and in some
milliseconds; `read` reads the database and joins both, wherever there is time.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

import msgspec

from collector.discovery.never_seen import never_seen
from collector.discovery.sightings import AgentSeen, DeviceSeen, Neighbour, Sightings, Station
from collector.live import Live
from collector.store.database import Store
from collector.store.device_facts import told_of_devices
from collector.store.known_agents import AgentRow
from collector.store.machine_facts import FactRow, Told, facts_of_all
from govnet.surroundings import SeenNeighbour, SeenStation, unpack
from inventory.model import Device, Inventory, Lifecycle, Machine, plain_mac, site_id

MachineFacts = Mapping[str, Mapping[str, FactRow]]
"""What machines told of themselves, by full id and key."""

_MAC, _ADDRESSES = "mac", "addresses"


class Present(msgspec.Struct, frozen=True):
    """What the collector knew at `as_of` (Unix seconds), unchanged from then on."""

    as_of: float
    inventory: Inventory
    rows: tuple[AgentRow, ...]
    heard: frozenset[str]
    """Agents that ever reported."""
    never_seen: tuple[str, ...]


def present(live: Live, now: float) -> Present:
    """Return what the running collector knows."""
    return Present(
        now,
        live.inventory,
        live.registry.rows,
        frozenset(live.state.agents),
        tuple(never_seen(live.inventory, live.verdicts, live.evidence)),
    )


def read(store: Store, now_known: Present) -> Sightings:
    """Return everything seen, with what the database has of it."""
    return gather(now_known, facts_of_all(store), told_of_devices(store))


def gather(now_known: Present, machines: MachineFacts, devices: Iterable[Told]) -> Sightings:
    """Join what is known; what devices told that left the inventory counts no more."""
    inventory = now_known.inventory
    known = _Known(inventory)
    seen = tuple(known.device(one) for one in devices if one.subject in known.devices)
    met = {
        item
        for device in seen
        for item in (
            *(neighbour.item for neighbour in device.neighbours),
            *(station.item for station in device.stations),
        )
    }
    return Sightings(
        as_of=now_known.as_of,
        agents=tuple(
            _agent(row, row.identity.agent in now_known.heard, machines)
            for row in now_known.rows
            if row.revoked_at is None
        ),
        devices=seen,
        never_seen=tuple(item for item in now_known.never_seen if item not in met),
        places=_places(inventory, now_known.rows),
    )


def _agent(row: AgentRow, heard: bool, machines: MachineFacts) -> AgentSeen:  # noqa: FBT001 - a field's value
    identity = row.identity
    facts = machines.get(identity.machine, {})

    def text(key: str) -> str:
        return facts[key].text if key in facts else ""

    return AgentSeen(
        agent=identity.agent,
        state=row.state,
        site=identity.site,
        machine=identity.machine,
        host=row.host,
        hostname=row.hostname,
        enrolled_at=row.enrolled_at,
        proposed_site=row.proposed_site,
        network_site=row.network_site,
        heard=heard,
        serial=text("hardware.serial"),
        asset_tag=text("hardware.asset_tag"),
        model=text("hardware.model"),
        mac=_hardware_address(facts),
    )


def _hardware_address(facts: Mapping[str, FactRow]) -> str:
    """Return the MAC address of the network card that is in use, else of the first one."""
    cards = sorted(key.rpartition(".")[0] for key in facts if _is_card(key))
    in_use = [card for card in cards if f"{card}.{_ADDRESSES}" in facts]
    for card in (*in_use, *cards):
        return facts[f"{card}.{_MAC}"].text
    return ""


def _is_card(key: str) -> bool:
    return key.startswith("adapter.") and key.endswith(f".{_MAC}")


def _places(inventory: Inventory, rows: Iterable[AgentRow]) -> dict[str, tuple[int, int]]:
    """Return by active site the machines declared by number, and agents that are no other one."""
    declared = {machine.id for site in inventory.sites.values() for machine in site.machines}
    filled = Counter(
        site_id(machine)
        for machine in {row.identity.machine for row in rows if row.is_enrolled}
        if machine not in declared
    )
    return {
        site.id: (site.machines_by_number(), filled[site.id])
        for site in inventory.sites.values()
        if site.lifecycle is Lifecycle.ACTIVE and (site.machines_by_number() or filled[site.id])
    }


class _Known:
    """What the inventory says of hardware addresses."""

    def __init__(self, inventory: Inventory) -> None:
        self.devices: set[str] = set()
        self._macs: dict[str, str] = {}
        """By the full id of an item."""
        self._items: dict[tuple[str, str], str] = {}
        """By site and hardware address, the id of an active item."""
        for site in inventory.sites.values():
            self.devices.update(device.id for device in site.devices)
            items: tuple[Device | Machine, ...] = (*site.devices, *site.machines)
            for item in items:
                address = plain_mac(item.mac or "")
                self._macs[item.id] = address
                if address and item.lifecycle is Lifecycle.ACTIVE:
                    self._items[site.id, address] = item.id

    def device(self, told: Told) -> DeviceSeen:
        """Return what a device told; items of other sites are not its to name."""
        around = unpack(told.facts)
        site = site_id(told.subject)
        stations = (self._station(site, one) for one in around.stations)
        return DeviceSeen(
            device=told.subject,
            told_at=told.at,
            name=around.name,
            description=around.description,
            object_id=around.object_id,
            family=around.family,
            model=around.model,
            serial=around.serial,
            firmware=around.firmware,
            neighbours=tuple(self._neighbour(site, one) for one in around.neighbours),
            stations=tuple(station for station in stations if station.mac or station.item),
        )

    def _neighbour(self, site: str, seen: SeenNeighbour) -> Neighbour:
        mac, item = self._who(site, seen.mac, seen.item)
        return Neighbour(
            port=seen.port,
            name=seen.name,
            neighbour_port=seen.neighbour_port,
            description=seen.description,
            mac=mac,
            address=seen.address,
            capabilities=seen.capabilities,
            item=item,
        )

    def _station(self, site: str, seen: SeenStation) -> Station:
        mac, item = self._who(site, seen.mac, seen.item)
        return Station(mac=mac, address=seen.address, port=seen.port, item=item)

    def _who(self, site: str, mac: str, item: str) -> tuple[str, str]:
        """Return hardware address and item: what was declared after it was told is known too."""
        if item:
            is_known = site_id(item) == site and item in self._macs
            return (self._macs[item], item) if is_known else ("", "")
        return mac, self._items.get((site, mac), "")
