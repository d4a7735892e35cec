"""Which causes of a site's outage its inventory lets us tell apart, and when. Pure.

A site that falls silent as a whole looks the same for a cut fiber and a power cut: some witness
must speak that stands elsewhere, or was still on, and this says for every site whether there is
one, in working hours and outside them. Rules and words are explained in `docs/inventory.md`; what
is really said about an outage is decided by its evidence, not here.

A site is blind if the centre can see nothing in it that is always on: at 07:15 its PCs are rightly
off, and nobody knows whether it is connected.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date
from enum import StrEnum
from typing import Final

import msgspec

from inventory.following import OFFICE_HOURS, calendar_under
from inventory.model import (
    WEEKDAYS,
    Calendar,
    Device,
    DeviceKind,
    Inventory,
    Lan,
    Lifecycle,
    MachineRole,
    PointKind,
    Site,
)

CAUSES: Final = ("power", "link", "carrier", "lan", "equipment", "agent")
"""Causes that lie in or before one site, of `govnet.catalogue.CAUSES`."""
SEVERAL: Final = 2
"""Machines that must say the same of the LAN: one may have lost its own cable."""
OFFICE: Final = 3
"""Machines that must fall silent together: fewer may have been switched off one by one."""
MANY: Final = 3
"""Sites of one carrier that must fall silent together."""


class When(StrEnum):
    """When a cause can be told from every other one."""

    AT_ONCE = "at_once"
    """While the outage lasts."""
    AFTER = "after"
    """When the buffered reports of its machines have arrived."""
    NEVER = "never"


class Hours(StrEnum):
    """Whether the people of the site work, with their machines on."""

    WORKING = "working"
    OFF = "off"


class SiteCauses(msgspec.Struct, frozen=True):
    """What can be told about one site; a cause that it cannot have is left out."""

    site: str
    is_blind: bool
    when: dict[tuple[str, Hours], When]


class _Scene(msgspec.Struct, frozen=True):
    """What there is in and around a site at some hours.

    `machines` and, of them, `pcs` are those that are on. `carriers` and `areas` count watched sites
    by main carrier, and by power area and main carrier.
    """

    site: Site
    machines: int
    pcs: int
    carriers: Mapping[str, int]
    areas: Mapping[str, Mapping[str, int]]


def is_blind(site: Site) -> bool:
    """Return whether an active site has nothing always on that the centre could ask."""
    is_seen = bool(site.always_on()) or any(
        point.kind is not PointKind.SOFTWARE
        and point.address is not None
        and point.lifecycle is Lifecycle.ACTIVE
        for point in site.conference_points
    )
    return site.lifecycle is Lifecycle.ACTIVE and not is_seen


def separable(inventory: Inventory) -> dict[str, SiteCauses]:
    """Return what can be told about every active site, by id.

    The centre itself is left out: whatever fails there is the cause `centre`.
    """
    sites = [
        site
        for site in inventory.sites.values()
        if site.lifecycle is Lifecycle.ACTIVE and site.id != inventory.province.centre
    ]
    servers = {
        one.id for one in inventory.machine_profiles.values() if one.role is MachineRole.SERVER
    }
    result = {site.id: SiteCauses(site.id, is_blind(site), {}) for site in sites}
    for hours in Hours:
        on = {site.id: _machines_on(inventory, servers, site, hours) for site in sites}
        watched = [site for site in sites if not is_blind(site) or any(on[site.id])]
        carriers = Counter(carrier for site in watched if (carrier := _carrier(site)))
        areas: dict[str, Counter[str]] = defaultdict(Counter)
        for site in watched:
            if site.power_area is not None and (carrier := _carrier(site)):
                areas[site.power_area][carrier] += 1
        for site in sites:
            others, pcs = on[site.id]
            scene = _Scene(site, others + pcs, pcs, carriers, areas)
            when = result[site.id].when
            for cause, rule in _RULES.items():
                found = rule(scene)
                if found is not None:
                    # Nobody looks at it at these hours: nobody knows that it fell silent.
                    is_watched = scene.machines or not is_blind(site)
                    when[cause, hours] = found if is_watched else When.NEVER
    return result


def _power(scene: _Scene) -> When | None:
    """Told by a UPS, or by neighbours on the same feeder whose carrier is another one."""
    site = scene.site
    has_ups = any(
        device.kind is DeviceKind.UPS and device.address and device.lifecycle is Lifecycle.ACTIVE
        for device in site.devices
    )
    neighbours = scene.areas.get(site.power_area or "", {})
    if has_ups or any(carrier != _carrier(site) for carrier in neighbours):
        return When.AT_ONCE
    # Who was on says later how it ended: without a shutdown, at the time of the outage.
    return When.AFTER if scene.machines else When.NEVER


def _link(scene: _Scene) -> When | None:
    """Told by machines that see the gateway, and not the hop beyond it."""
    if scene.site.main_link() is None:
        return None
    if not scene.machines or not _knows_next_hop(scene.site):
        return When.NEVER
    return When.AT_ONCE if _has_other_way(scene.site) else When.AFTER


def _carrier_down(scene: _Scene) -> When | None:
    """Told by others that fall silent too, or by machines that see the next hop and no further."""
    carrier = _carrier(scene.site)
    if carrier is None:
        return None
    others = any(number for other, number in scene.carriers.items() if other != carrier)
    if others and scene.carriers.get(carrier, 0) >= MANY:
        return When.AT_ONCE
    if not scene.machines or not _knows_next_hop(scene.site):
        return When.NEVER
    return When.AT_ONCE if _has_other_way(scene.site) else When.AFTER


def _lan(scene: _Scene) -> When | None:
    """Told by a switch behind a router that answers, or by machines that see neither."""
    site = scene.site
    if site.lan is Lan.NONE:
        return None
    looked_at = {item.id: item for item in site.always_on()}
    for item in looked_at.values():
        if isinstance(item, Device) and item.upstream in looked_at:
            return When.AT_ONCE
    several = scene.machines >= SEVERAL or (scene.machines and not is_blind(site))
    return When.AFTER if several else When.NEVER


def _equipment(scene: _Scene) -> When | None:
    """Told by machines that see each other, and not the gateway."""
    if scene.machines and _has_other_way(scene.site):
        return When.AT_ONCE
    has_peers = scene.machines >= SEVERAL and scene.site.lan is not Lan.NONE
    return When.AFTER if has_peers else When.NEVER


def _agent(scene: _Scene) -> When | None:
    """Told by reports that were held back while gateway and far end answered."""
    is_told = scene.pcs >= OFFICE and not is_blind(scene.site)
    return When.AFTER if is_told else When.NEVER


_RULES: Final[Mapping[str, Callable[[_Scene], When | None]]] = {
    "power": _power,
    "link": _link,
    "carrier": _carrier_down,
    "lan": _lan,
    "equipment": _equipment,
    "agent": _agent,
}


def _carrier(site: Site) -> str | None:
    link = site.main_link()
    return None if link is None else link.carrier


def _has_other_way(site: Site) -> bool:
    """Whether machines may be heard by a second circuit when the first one's carrier fails."""
    return any(link.carrier != _carrier(site) for link in site.links_in_use())


def _knows_next_hop(site: Site) -> bool:
    """Whether the first router beyond the gateway is declared, or looked for by the agent."""
    link = site.main_link()
    return link is not None and (link.next_hop is not None or link.far_end.address is not None)


def _machines_on(
    inventory: Inventory, servers: Collection[str], site: Site, hours: Hours
) -> tuple[int, int]:
    """Return how many machines are on: those that are always, and those of people."""
    always = sum(one.always_on or one.profile in servers for one in site.active_machines())
    always += sum(
        count.count
        for count in site.machine_counts
        if count.profile in servers and not count.exempt
    )
    pcs = site.expected_machines() - always
    return always, 0 if hours is Hours.OFF and not _works_always(inventory, site) else pcs


def _works_always(inventory: Inventory, site: Site) -> bool:
    """Return whether the people of the unit that came last work round the clock."""
    last = max(site.assignments, key=lambda one: one.valid_from or date.min)
    calendar = inventory.calendars.get(calendar_under(inventory, site, last.unit), OFFICE_HOURS)
    return _is_round_the_clock(calendar)


def _is_round_the_clock(calendar: Calendar) -> bool:
    """Return whether there are no hours outside the working ones."""
    return calendar.holidays is None and all(
        _covers_the_day(calendar, weekday) for weekday in WEEKDAYS
    )


def _covers_the_day(calendar: Calendar, weekday: str) -> bool:
    reached = "00:00"
    for session in sorted(calendar.sessions.get(weekday, ()), key=lambda one: one.start):
        if session.start != reached:
            return False
        reached = session.end
    return reached == "24:00"


def counted(found: Iterable[SiteCauses], cause: str, hours: Hours) -> dict[When, int]:
    """Return for how many sites a cause is told at once, after, and never."""
    numbers = Counter(one.when[cause, hours] for one in found if (cause, hours) in one.when)
    return {when: numbers[when] for when in When}
