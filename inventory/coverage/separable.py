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


class Facts(msgspec.Struct, frozen=True):
    """What of a site decides; `always` and `pcs` are numbers of machines."""

    site: str
    carrier: str | None
    """Of the main circuit; None without a circuit."""
    has_other_carrier: bool
    """By a circuit of which machines may be heard when the main one fails."""
    knows_next_hop: bool
    """The first router beyond the gateway is declared, or looked for by the agent."""
    power_area: str | None
    has_ups: bool
    ups_answers: bool
    """A UPS says by itself whether it has mains."""
    has_vantage: bool
    """A machine is marked to ask the site's devices. Where none is, the centre asks them."""
    vantage_stays_on: bool
    """Such a machine is on day and night."""
    has_lan: bool
    sees_device: bool
    """The centre sees a device that is always on."""
    sees_switch: bool
    """The centre sees a device, and another one that hangs on it."""
    is_blind: bool
    always: int
    pcs: int
    works_always: bool

    @property
    def ups_is_asked(self) -> bool:
        """Return whether a UPS is asked by somebody who is still on without mains.

        That is a machine that stays on, or the centre: it asks where no machine is marked for it,
        or where the site has no LAN by which one could.
        """
        is_asked_by_centre = not (self.has_vantage and self.has_lan)
        return self.ups_answers and (self.vantage_stays_on or is_asked_by_centre)

    def machines(self, hours: Hours) -> int:
        """Return how many machines are on at these hours."""
        return self.always + self.pcs_on(hours)

    def pcs_on(self, hours: Hours) -> int:
        """Return how many of them are PCs that follow the working hours."""
        return self.pcs if hours is Hours.WORKING or self.works_always else 0

    def is_watched(self, hours: Hours) -> bool:
        """Return whether anybody notices at these hours that the site fell silent."""
        return self.machines(hours) > 0 or not self.is_blind


class _Scene(msgspec.Struct, frozen=True):
    """A site at some hours.

    `machines` and, of them, `pcs` are those that are on. `carriers` counts the watched sites of the
    province by main carrier, `neighbours` those of the site's power area; the site is one of them.
    """

    site: Facts
    machines: int
    pcs: int
    carriers: Mapping[str, int]
    neighbours: Mapping[str, int]


class _Counts(msgspec.Struct, frozen=True):
    """Watched sites with a circuit, by main carrier, and by power area and main carrier."""

    carriers: Counter[str]
    areas: defaultdict[str, Counter[str]]


class Surroundings:
    """What the sites of a province are to each other: any site can be looked at among them."""

    def __init__(self, sites: Iterable[Facts]) -> None:
        self._beside: dict[str | None, str | None] = {}
        self._counts = {hours: _Counts(Counter(), defaultdict(Counter)) for hours in Hours}
        for site in sites:
            for hours, counts in self._counts.items():
                if counted_as := _counted_as(site, hours):
                    carrier, area = counted_as
                    counts.carriers[carrier] += 1
                    if area is not None:
                        counts.areas[area][carrier] += 1

    def causes(self, site: Facts, before: Facts | None = None) -> SiteCauses:
        """Return what can be told about a site.

        `before` is how it stands in the province if `site` is what it would be instead.
        """
        when = {}
        for hours in Hours:
            scene = self._scene(site, before or site, hours)
            is_watched = site.is_watched(hours)
            for cause, rule in _RULES.items():
                found = rule(scene)
                if found is not None:
                    # If nobody looks at it at these hours, nobody knows that it fell silent.
                    when[cause, hours] = found if is_watched else When.NEVER
        return SiteCauses(site.site, site.is_blind, when)

    def area_beside(self, carrier: str | None) -> str | None:
        """Return a power area in which a site of another carrier is watched at any hours."""
        if carrier not in self._beside:
            areas = self._counts[Hours.OFF].areas.items()
            beside = (area for area, of in areas if any(other != carrier for other in of))
            self._beside[carrier] = next(beside, None)
        return self._beside[carrier]

    def _scene(self, site: Facts, before: Facts, hours: Hours) -> _Scene:
        counts = self._counts[hours]
        carriers: Counter[str] = counts.carriers
        neighbours: Counter[str] = counts.areas.get(site.power_area or "", Counter())
        was, would_be = _counted_as(before, hours), _counted_as(site, hours)
        if was != would_be:
            carriers, neighbours = carriers.copy(), neighbours.copy()
            for number, counted_as in ((-1, was), (1, would_be)):
                if counted_as:
                    carrier, area = counted_as
                    carriers[carrier] += number
                    if area is not None and area == site.power_area:
                        neighbours[carrier] += number
            carriers, neighbours = +carriers, +neighbours  # Without those that count no more.
        return _Scene(site, site.machines(hours), site.pcs_on(hours), carriers, neighbours)


def _counted_as(site: Facts, hours: Hours) -> tuple[str, str | None] | None:
    """Return the carrier and the power area by which a site counts as a neighbour, if it does."""
    if site.carrier is None or not site.is_watched(hours):
        return None
    return site.carrier, site.power_area


def is_blind(site: Site) -> bool:
    """Return whether an active site has nothing always on that the centre could ask."""
    is_seen = bool(site.always_on()) or any(
        point.kind is not PointKind.SOFTWARE
        and point.address is not None
        and point.lifecycle is Lifecycle.ACTIVE
        for point in site.conference_points
    )
    return site.lifecycle is Lifecycle.ACTIVE and not is_seen


def facts(inventory: Inventory) -> dict[str, Facts]:
    """Return what decides about every active site but the centre, by id.

    The centre itself is left out: whatever fails there is the cause `centre`.
    """
    servers = {
        one.id for one in inventory.machine_profiles.values() if one.role is MachineRole.SERVER
    }
    return {
        site.id: _facts(inventory, servers, site)
        for site in inventory.sites.values()
        if site.lifecycle is Lifecycle.ACTIVE and site.id != inventory.province.centre
    }


def separable(inventory: Inventory) -> dict[str, SiteCauses]:
    """Return what can be told about every active site but the centre, by id."""
    sites = facts(inventory)
    surroundings = Surroundings(sites.values())
    return {site: surroundings.causes(one) for site, one in sites.items()}


def counted(found: Iterable[SiteCauses], cause: str, hours: Hours) -> dict[When, int]:
    """Return for how many sites a cause is told at once, after, and never."""
    numbers = Counter(one.when[cause, hours] for one in found if (cause, hours) in one.when)
    return {when: numbers[when] for when in When}


def _power(scene: _Scene) -> When | None:
    """Told by a UPS, or by neighbours on the same feeder whose carrier is another one.

    What asks the UPS must outlast the mains as well: a machine that is on day and night, or the
    centre, which asks where no machine is marked as a vantage.
    """
    site = scene.site
    if site.ups_is_asked:
        return When.AT_ONCE
    if any(carrier != site.carrier for carrier in scene.neighbours):
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


def _facts(inventory: Inventory, servers: Collection[str], site: Site) -> Facts:
    link = site.main_link()
    always = sum(one.always_on or one.profile in servers for one in site.active_machines())
    always += sum(
        count.count
        for count in site.machine_counts
        if count.profile in servers and not count.exempt
    )
    looked_at = {item.id: item for item in site.always_on()}
    return Facts(
        site=site.id,
        carrier=None if link is None else link.carrier,
        has_other_carrier=link is not None
        and any(other.carrier != link.carrier for other in site.links_in_use()),
        knows_next_hop=link is not None
        and (link.next_hop is not None or link.far_end.address is not None),
        power_area=site.power_area,
        has_ups=any(_is_ups(device) for device in site.devices),
        ups_answers=any(_is_ups(device) and _answers(device) for device in site.devices),
        has_vantage=any(one.vantage for one in site.active_machines()),
        vantage_stays_on=any(
            one.vantage and (one.always_on or one.profile in servers)
            for one in site.active_machines()
        ),
        has_lan=site.lan is not Lan.NONE,
        sees_device=any(isinstance(item, Device) for item in looked_at.values()),
        sees_switch=any(
            isinstance(item, Device) and item.upstream in looked_at for item in looked_at.values()
        ),
        is_blind=is_blind(site),
        always=always,
        pcs=site.expected_machines() - always,
        works_always=_works_always(inventory, site),
    )


def _is_ups(device: Device) -> bool:
    return device.kind is DeviceKind.UPS and device.lifecycle is Lifecycle.ACTIVE


def _answers(ups: Device) -> bool:
    return ups.snmp is not None or (ups.url or "").startswith("nut:")


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
