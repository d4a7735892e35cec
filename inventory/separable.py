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


class _Facts(msgspec.Struct, frozen=True):
    """What of a site decides; `always` and `pcs` are numbers of machines."""

    site: str
    carrier: str | None
    """Of the main circuit; None without a circuit."""
    has_other_carrier: bool
    """By a circuit of which machines may be heard when the main one fails."""
    knows_next_hop: bool
    """The first router beyond the gateway is declared, or looked for by the agent."""
    power_area: str | None
    ups_is_asked: bool
    """A UPS says by itself whether it has mains, to somebody who is still on without."""
    has_lan: bool
    sees_switch: bool
    """The centre sees a device, and another one that hangs on it."""
    is_blind: bool
    always: int
    pcs: int
    works_always: bool


class _Scene(msgspec.Struct, frozen=True):
    """A site at some hours.

    `machines` and, of them, `pcs` are those that are on. `carriers` and `areas` count watched sites
    by main carrier, and by power area and main carrier.
    """

    site: _Facts
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
    servers = {
        one.id for one in inventory.machine_profiles.values() if one.role is MachineRole.SERVER
    }
    sites = [
        _facts(inventory, servers, site)
        for site in inventory.sites.values()
        if site.lifecycle is Lifecycle.ACTIVE and site.id != inventory.province.centre
    ]
    result = {one.site: SiteCauses(one.site, one.is_blind, {}) for one in sites}
    for hours in Hours:
        for scene in _scenes(sites, hours):
            # If nobody looks at it at these hours, nobody knows that it fell silent.
            is_watched = scene.machines or not scene.site.is_blind
            when = result[scene.site.site].when
            for cause, rule in _RULES.items():
                found = rule(scene)
                if found is not None:
                    when[cause, hours] = found if is_watched else When.NEVER
    return result


def counted(found: Iterable[SiteCauses], cause: str, hours: Hours) -> dict[When, int]:
    """Return for how many sites a cause is told at once, after, and never."""
    numbers = Counter(one.when[cause, hours] for one in found if (cause, hours) in one.when)
    return {when: numbers[when] for when in When}


def _scenes(sites: Iterable[_Facts], hours: Hours) -> list[_Scene]:
    carriers: Counter[str] = Counter()
    areas: dict[str, Counter[str]] = defaultdict(Counter)
    scenes: list[_Scene] = []
    for site in sites:
        pcs = site.pcs if hours is Hours.WORKING or site.works_always else 0
        scene = _Scene(site, site.always + pcs, pcs, carriers, areas)
        scenes.append(scene)
        if site.carrier is not None and (scene.machines or not site.is_blind):
            carriers[site.carrier] += 1
            if site.power_area is not None:
                areas[site.power_area][site.carrier] += 1
    return scenes


def _power(scene: _Scene) -> When | None:
    """Told by a UPS, or by neighbours on the same feeder whose carrier is another one.

    What asks the UPS must outlast the mains as well: a machine that is on day and night, or the
    centre, which asks where no machine is.
    """
    site = scene.site
    if site.ups_is_asked:
        return When.AT_ONCE
    neighbours = scene.areas.get(site.power_area or "", {})
    if any(carrier != site.carrier for carrier in neighbours):
        return When.AT_ONCE
    # Who was on says later how it ended: without a shutdown, at the time of the outage.
    return When.AFTER if scene.machines else When.NEVER


def _link(scene: _Scene) -> When | None:
    """Told by machines that see the gateway, and not the hop beyond it."""
    if scene.site.carrier is None:
        return None
    if not scene.machines or not scene.site.knows_next_hop:
        return When.NEVER
    return When.AT_ONCE if scene.site.has_other_carrier else When.AFTER


def _carrier_down(scene: _Scene) -> When | None:
    """Told by others that fall silent too, or by machines that see the next hop and no further."""
    carrier = scene.site.carrier
    if carrier is None:
        return None
    if scene.carriers[carrier] >= MANY and any(other != carrier for other in scene.carriers):
        return When.AT_ONCE
    return _link(scene)


def _lan(scene: _Scene) -> When | None:
    """Told by a switch behind a router that answers, or by machines that see neither."""
    if not scene.site.has_lan:
        return None
    if scene.site.sees_switch:
        return When.AT_ONCE
    several = scene.machines >= SEVERAL or (scene.machines and not scene.site.is_blind)
    return When.AFTER if several else When.NEVER


def _equipment(scene: _Scene) -> When | None:
    """Told by machines that see each other, and not the gateway."""
    if scene.machines and scene.site.has_other_carrier:
        return When.AT_ONCE
    has_peers = scene.machines >= SEVERAL and scene.site.has_lan
    return When.AFTER if has_peers else When.NEVER


def _agent(scene: _Scene) -> When | None:
    """Told by reports that were held back while gateway and far end answered."""
    is_told = scene.pcs >= OFFICE and not scene.site.is_blind
    return When.AFTER if is_told else When.NEVER


_RULES: Final[Mapping[str, Callable[[_Scene], When | None]]] = {
    "power": _power,
    "link": _link,
    "carrier": _carrier_down,
    "lan": _lan,
    "equipment": _equipment,
    "agent": _agent,
}


def _facts(inventory: Inventory, servers: Collection[str], site: Site) -> _Facts:
    link = site.main_link()
    always = sum(one.always_on or one.profile in servers for one in site.active_machines())
    always += sum(
        count.count
        for count in site.machine_counts
        if count.profile in servers and not count.exempt
    )
    looked_at = {item.id: item for item in site.always_on()}
    return _Facts(
        site=site.id,
        carrier=None if link is None else link.carrier,
        has_other_carrier=link is not None
        and any(other.carrier != link.carrier for other in site.links_in_use()),
        knows_next_hop=link is not None
        and (link.next_hop is not None or link.far_end.address is not None),
        power_area=site.power_area,
        ups_is_asked=_ups_is_asked(servers, site),
        has_lan=site.lan is not Lan.NONE,
        sees_switch=any(
            isinstance(item, Device) and item.upstream in looked_at for item in looked_at.values()
        ),
        is_blind=is_blind(site),
        always=always,
        pcs=site.expected_machines() - always,
        works_always=_works_always(inventory, site),
    )


def _ups_is_asked(servers: Collection[str], site: Site) -> bool:
    has_ups = any(
        device.kind is DeviceKind.UPS
        and device.lifecycle is Lifecycle.ACTIVE
        and (device.snmp is not None or (device.url or "").startswith("nut:"))
        for device in site.devices
    )
    stays_on = any(
        one.vantage and (one.always_on or one.profile in servers) for one in site.active_machines()
    )
    return has_ups and (stays_on or site.expected_machines() == 0)


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
