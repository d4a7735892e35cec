"""What of a site is judged, and what depends on what: taken from the inventory once. Pure.

The centre and the carrier's network stand above every site (`collector.verdict.shared`). Within a
site: the site's own connection, then its devices in the order of `upstream`, then what is plugged
into them. Services stand on their servers.
"""

from collections.abc import Iterable, Mapping
from typing import TypeAlias, TypeVar

import msgspec

from inventory.model import (
    ConferencePoint,
    Device,
    DeviceKind,
    Inventory,
    Item,
    Lifecycle,
    Link,
    Machine,
    MachineRole,
    Service,
    Site,
)

_JUDGED = (Lifecycle.ACTIVE, Lifecycle.EXEMPT)
_Item = TypeVar("_Item", bound=Item)


class MachineNode(msgspec.Struct, frozen=True):
    """A machine declared by itself. One that is no server and not designated alerts nobody."""

    id: str
    is_exempt: bool
    is_always: bool
    is_designated: bool


class SiteGraph(msgspec.Struct, frozen=True):
    """A site with everything in it that is judged.

    `lookouts` are what is always on there, as far as the centre looks at it (at its own site it
    would only see itself); `points` the conference points. `parents` maps an item to the devices
    that it depends on within the site, the nearest first.
    """

    site: Site
    is_centre: bool
    lookouts: tuple[str, ...]
    links: tuple[Link, ...]
    devices: tuple[Device, ...]
    points: tuple[ConferencePoint, ...]
    machines: tuple[MachineNode, ...]
    parents: dict[str, tuple[str, ...]]

    @property
    def main_link(self) -> Link | None:
        """The circuit normally used."""
        return self.site.main_link()


class ServiceGraph(msgspec.Struct, frozen=True):
    """A service, judged by itself: all sites may look at it. `home` is where its servers stand."""

    service: Service
    home: SiteGraph

    @property
    def site(self) -> Site:
        """The site of its servers."""
        return self.home.site


Graph: TypeAlias = SiteGraph | ServiceGraph
"""What has a timeline of its own."""


def graphs(inventory: Inventory) -> dict[str, SiteGraph]:
    """Return the graph of every site that is judged, by id."""
    centre = inventory.province.centre
    return {site.id: _graph(inventory, site, centre) for site in _judged(inventory.sites.values())}


def service_graphs(inventory: Inventory, sites: Mapping[str, SiteGraph]) -> dict[str, ServiceGraph]:
    """Return the graph of every service that is judged, by id; no site has the same one.

    One that is run elsewhere, or by a site that is not judged, is at home in the centre.
    """
    centre = sites.get(inventory.province.centre)
    found = {}
    for service in _judged(inventory.services.values()):
        home = sites.get(service.site or "", centre)
        if home is not None:
            found[service.id] = ServiceGraph(service, home)
    return found


def expected_always(inventory: Inventory, machine: Machine) -> bool:
    """Whether silence of the machine means that something is wrong, at any hour."""
    profile = inventory.machine_profiles.get(machine.profile)
    return machine.always_on or (profile is not None and profile.role is MachineRole.SERVER)


def _graph(inventory: Inventory, site: Site, centre: str) -> SiteGraph:
    always_on = site.always_on()
    devices = tuple(item for item in always_on if isinstance(item, Device))
    return SiteGraph(
        site=site,
        is_centre=site.id == centre,
        lookouts=() if site.id == centre else tuple(item.id for item in always_on),
        links=tuple(_judged(site.links)),
        devices=devices,
        points=tuple(_judged(site.conference_points)),
        machines=tuple(
            MachineNode(
                machine.id,
                is_exempt=machine.lifecycle is Lifecycle.EXEMPT,
                is_always=expected_always(inventory, machine),
                is_designated=machine.duty is not None,
            )
            for machine in _judged(site.machines)
        ),
        parents=_parents(site, devices),
    )


def _parents(site: Site, judged: tuple[Device, ...]) -> dict[str, tuple[str, ...]]:
    """Return what each item depends on; what nobody looks at holds nothing up."""
    upstream = {device.id: device.upstream for device in site.devices}
    looked_at = {device.id for device in judged}

    def above(item: str | None) -> tuple[str, ...]:
        chain: list[str] = []
        while item is not None and item not in chain:
            chain.append(item)
            item = upstream.get(item)
        return tuple(one for one in chain if one in looked_at)

    parents = {device.id: above(device.upstream) for device in judged}
    # Where one switch carries the office, everything is plugged into it.
    switches = [device for device in judged if device.kind is DeviceKind.SWITCH]
    if len(switches) == 1:
        chain = above(switches[0].id)
        plugged = (*site.conference_points, *site.machines)
        parents |= {item.id: chain for item in plugged if item.id not in parents}
    return parents


def _judged(items: Iterable[_Item]) -> list[_Item]:
    """Return the items that should exist now."""
    return [item for item in items if item.lifecycle in _JUDGED]
