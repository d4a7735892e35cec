"""Which working time an item follows: always, never, or that of its site's people. Pure.

1. Not active, or of a site that is not active: never.
2. A site, a link, network and power devices, servers, whatever is `always_on`: always.
3. A service: its own calendar, else always.
4. PCs, printers, rooms: the site's calendar, else that of the unit that uses it on the day, else
   that of the nearest unit above which has one, else the built-in office hours.
"""

from datetime import date
from enum import Enum

import msgspec

from inventory.model import (
    Calendar,
    ConferencePoint,
    Device,
    DeviceKind,
    Inventory,
    Item,
    Lifecycle,
    Machine,
    MachineRole,
    PointKind,
    Session,
    Site,
)

OFFICE_HOURS = Calendar(
    id="(office hours)",
    sessions={
        weekday: (Session(start="07:30", end="11:30"), Session(start="13:30", end="17:00"))
        for weekday in ("mon", "tue", "wed", "thu", "fri")
    },
)
"""Applies where nothing is declared (shared office hours, Monday to Friday). No id of the
inventory can be like its id."""
ALWAYS_ON_KINDS = frozenset(
    {
        DeviceKind.SWITCH,
        DeviceKind.CPE,
        DeviceKind.ONT,
        DeviceKind.MEDIA_CONVERTER,
        DeviceKind.UPS,
        DeviceKind.ACCESS_POINT,
        DeviceKind.CAMERA,
        DeviceKind.ENVIRONMENTAL_STATION,
        DeviceKind.SERVER_STORAGE,
    }
)
"""Devices that nobody switches off in the evening; printers, kiosks and projectors are."""


class Follows(Enum):
    """What decides when an item is expected."""

    NEVER = "never"
    ALWAYS = "always"
    PEOPLE = "people"
    """The working time of the site's people."""
    OWN = "own"
    """The calendar that a service names."""


class Rule(msgspec.Struct, frozen=True):
    """What an item follows, and the site it stands in (None for a service).

    `calendar` is a service's own, or that of the site's people; where that changes with the unit
    (`is_dated`) it has to be looked up for the day.
    """

    follows: Follows
    site: str | None = None
    calendar: str | None = None
    is_dated: bool = False


UNKNOWN = Rule(Follows.NEVER)
"""Of what is not in the inventory at all."""


class Rules(msgspec.Struct, frozen=True):
    """The rule of every declared item, and that of the people of every site."""

    items: dict[str, Rule]
    people: dict[str, Rule]

    def of(self, item: str) -> Rule:
        """Return an item's rule; a machine known only by number is any other id of a site."""
        rule = self.items.get(item)
        if rule is None:
            site, slash, _ = item.partition("/")
            rule = self.people.get(site, UNKNOWN) if slash else UNKNOWN
        return rule


def rules_of(inventory: Inventory) -> Rules:
    """Return what everything in the inventory follows."""
    servers = {
        one.id for one in inventory.machine_profiles.values() if one.role is MachineRole.SERVER
    }
    items: dict[str, Rule] = {}
    people: dict[str, Rule] = {}
    for site in inventory.sites.values():
        # One rule of a kind per site: a hundred thousand items share them.
        of_site = _rules_of_site(inventory, site)
        people[site.id] = of_site[_if_active(site, Follows.PEOPLE)]
        items[site.id] = of_site[_if_active(site, Follows.ALWAYS)]
        for item in (*site.links, *site.devices, *site.machines, *site.conference_points):
            follows = _if_active(item, _follows(item, servers))
            items[item.id] = of_site[_if_active(site, follows)]
    for service in inventory.services.values():
        follows = Follows.ALWAYS if service.calendar is None else Follows.OWN
        items[service.id] = Rule(_if_active(service, follows), calendar=service.calendar)
    return Rules(items, people)


def people_calendar(inventory: Inventory, site: Site, day: date) -> str | None:
    """Return the calendar of a site's people on a day; None if no unit uses the site then."""
    unit = site.unit_on(day)
    return None if unit is None else calendar_under(inventory, site, unit)


def calendar_under(inventory: Inventory, site: Site, unit_id: str) -> str:
    """Return the calendar of a site's people while that unit uses the site."""
    if site.calendar is not None:
        return site.calendar
    unit = inventory.units.get(unit_id)
    while unit is not None:
        if unit.calendar is not None:
            return unit.calendar
        unit = inventory.units.get(unit.parent or "")
    return OFFICE_HOURS.id


def _rules_of_site(inventory: Inventory, site: Site) -> dict[Follows, Rule]:
    is_dated = [(one.valid_from, one.valid_to) for one in site.assignments] != [(None, None)]
    calendar = None if is_dated else people_calendar(inventory, site, date.min)
    return {follows: Rule(follows, site.id, calendar, is_dated) for follows in Follows}


def _if_active(item: Item, follows: Follows) -> Follows:
    return follows if item.lifecycle is Lifecycle.ACTIVE else Follows.NEVER


def _follows(item: Item, servers: set[str]) -> Follows:
    """Return what an active item of a site follows: links and servers always work."""
    match item:
        case Device():
            always = item.always_on or item.kind in ALWAYS_ON_KINDS
        case Machine():
            always = item.always_on or item.profile in servers
        case ConferencePoint():
            always = item.kind is PointKind.MCU
        case _:
            always = True
    return Follows.ALWAYS if always else Follows.PEOPLE
