"""Which working time an item follows: always, never, or that of its site's people. Pure.

1. Not active, or of a site that is not active: never.
2. A site, a link, network and power devices, servers, whatever is `always_on`: always.
3. A service: its own calendar, else always.
4. PCs, printers, rooms: the site's calendar, else that of the unit that uses it on the day, else
   that of the nearest unit above which has one, else the built-in office hours.
"""

from collections.abc import Iterator
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
    site_id,
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
    """What an item follows, and the site it stands in (None for a service)."""

    follows: Follows
    site: str | None = None
    calendar: str | None = None


UNKNOWN = Rule(Follows.NEVER)
"""Of what is not in the inventory at all."""


def rules_of(inventory: Inventory) -> dict[str, Rule]:
    """Return the rule of every item; undeclared machines of a site follow its people."""
    servers = {
        one.id for one in inventory.machine_profiles.values() if one.role is MachineRole.SERVER
    }
    return dict(_rules(inventory, servers))


def people_rule(inventory: Inventory, item: str) -> Rule:
    """Return the rule of what is not declared: `site/whatever` is a PC of that site."""
    site = inventory.sites.get(site_id(item))
    if site is None or "/" not in item:
        return UNKNOWN
    active = site.lifecycle is Lifecycle.ACTIVE
    return Rule(Follows.PEOPLE if active else Follows.NEVER, site.id)


def people_calendar(inventory: Inventory, site: Site, day: date) -> str | None:
    """Return the calendar of a site's people on a day; None if no unit uses the site then."""
    unit_id = site.unit_on(day)
    if unit_id is None:
        return None
    if site.calendar is not None:
        return site.calendar
    while unit_id is not None:
        unit = inventory.units[unit_id]
        if unit.calendar is not None:
            return unit.calendar
        unit_id = unit.parent
    return OFFICE_HOURS.id


def _rules(inventory: Inventory, servers: set[str]) -> Iterator[tuple[str, Rule]]:
    for site in inventory.sites.values():
        # One rule of a kind per site: a hundred thousand items share them.
        rules = {follows: Rule(follows, site.id) for follows in Follows}
        yield site.id, rules[_if_active(site, Follows.ALWAYS)]
        for item in (*site.links, *site.devices, *site.machines, *site.conference_points):
            follows = _if_active(item, _follows(item, servers))
            yield item.id, rules[_if_active(site, follows)]
    for service in inventory.services.values():
        follows = Follows.ALWAYS if service.calendar is None else Follows.OWN
        yield service.id, Rule(_if_active(service, follows), None, service.calendar)


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
