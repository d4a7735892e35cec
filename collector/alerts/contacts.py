"""Whom to call: roles with telephone and mailbox from the inventory, never persons. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import msgspec

from inventory.model import Contact, Inventory, Site, Unit

NOBODY: Final = "Danh mục chưa ghi đầu mối nào để gọi."

_ORDER: Final = {
    "power": ("power_area", "site"),
    "link": ("carrier",),
    "carrier": ("carrier",),
    "lan": ("site",),
    "equipment": ("site",),
    "agent": ("site",),
    "centre": ("centre",),
    "undetermined": ("site", "power_area", "carrier"),
}
"""By cause, whose contacts are told, in the order in which to call."""


class Reached(msgspec.Struct, frozen=True):
    """A role that can be called, of whom: `telephone` and `email` are "" where none is known."""

    role: str
    holder: str
    telephone: str = ""
    email: str = ""


def of_site(inventory: Inventory, site: Site, unit: Unit | None, cause: str) -> str:
    """Return whom to call about a fault of a site."""
    held = _held(inventory, site, unit)
    return _listed(one for holder in _ORDER[cause] for one in held[holder])


def to_call(inventory: Inventory, site: Site, unit: Unit | None, cause: str) -> tuple[Reached, ...]:
    """Return everybody who may know of a fault of a site, first whom its cause concerns."""
    held = _held(inventory, site, unit)
    order = dict.fromkeys((*_ORDER[cause], "site", "carrier", "power_area"))
    return tuple(dict.fromkeys(one for holder in order for one in held[holder]))


def of_event(inventory: Inventory, carrier: str, power_area: str, cause: str) -> str:
    """Return whom to call about what many sites share; "" where they share nothing."""
    if cause == "centre":
        return _listed(_centre(inventory))
    if cause == "power":
        return _listed(_power_area(inventory, power_area))
    if cause in ("link", "carrier"):
        return _listed(_carrier(inventory, carrier))
    return _listed((*_power_area(inventory, power_area), *_carrier(inventory, carrier)))


def _held(inventory: Inventory, site: Site, unit: Unit | None) -> Mapping[str, tuple[Reached, ...]]:
    link = site.main_link()
    return {
        "site": tuple(_site(site, unit)),
        "power_area": tuple(_power_area(inventory, site.power_area or "")),
        "carrier": tuple(_carrier(inventory, link.carrier if link else "")),
        "centre": tuple(_centre(inventory)),
    }


def _site(site: Site, unit: Unit | None) -> Iterator[Reached]:
    """Yield the site's own contacts, those of its unit where it has none."""
    if site.contacts:
        return _reached(site.contacts, site.name)
    return _reached(unit.contacts, unit.name) if unit is not None else iter(())


def _power_area(inventory: Inventory, power_area: str) -> Iterator[Reached]:
    group = inventory.power_areas.get(power_area)
    return _reached(group.contacts[:1], group.name) if group is not None else iter(())


def _carrier(inventory: Inventory, carrier: str) -> Iterator[Reached]:
    """Yield the first contact: faults are told to the shift, the others are for contracts."""
    known = inventory.carriers.get(carrier)
    return _reached(known.contacts[:1], known.name) if known is not None else iter(())


def _centre(inventory: Inventory) -> Iterator[Reached]:
    centre = inventory.sites.get(inventory.province.centre)
    if centre is not None and centre.contacts:
        return _reached(centre.contacts, centre.name)
    return iter((Reached(inventory.province.operator, ""),))


def _reached(contacts: Iterable[Contact], holder: str) -> Iterator[Reached]:
    for one in contacts:
        yield Reached(one.role, holder, one.telephone or "", one.email or "")


def _worded(one: Reached) -> str:
    ways = ", ".join(how for how in (one.telephone, one.email) if how)
    role = f"{one.role} ({one.holder})" if one.holder else one.role
    return f"{role}: {ways}" if ways else role


def _listed(contacts: Iterable[Reached]) -> str:
    lines = list(dict.fromkeys(map(_worded, contacts)))
    return "; ".join(lines) + "." if lines else NOBODY
