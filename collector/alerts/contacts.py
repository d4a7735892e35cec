"""Whom to call: roles with telephone and mailbox from the inventory, never persons. Pure."""

from collections.abc import Iterable, Iterator
from typing import Final

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


def of_site(inventory: Inventory, site: Site, unit: Unit | None, cause: str) -> str:
    """Return whom to call about a fault of a site."""
    link = site.main_link()
    held = {
        "site": _site(site, unit),
        "power_area": _power_area(inventory, site.power_area or ""),
        "carrier": _carrier(inventory, link.carrier if link else ""),
        "centre": _centre(inventory),
    }
    return _listed(one for holder in _ORDER[cause] for one in held[holder])


def of_event(inventory: Inventory, carrier: str, power_area: str, cause: str) -> str:
    """Return whom to call about what many sites share; "" where they share nothing."""
    if cause == "centre":
        return _listed(_centre(inventory))
    if cause == "power":
        return _listed(_power_area(inventory, power_area))
    if cause in ("link", "carrier"):
        return _listed(_carrier(inventory, carrier))
    return _listed((*_power_area(inventory, power_area), *_carrier(inventory, carrier)))


def _site(site: Site, unit: Unit | None) -> Iterator[str]:
    """Yield the site's own contacts, those of its unit where it has none."""
    if site.contacts:
        return _worded(site.contacts, site.name)
    return _worded(unit.contacts, unit.name) if unit is not None else iter(())


def _power_area(inventory: Inventory, power_area: str) -> Iterator[str]:
    group = inventory.power_areas.get(power_area)
    return _worded(group.contacts[:1], group.name) if group is not None else iter(())


def _carrier(inventory: Inventory, carrier: str) -> Iterator[str]:
    """Yield the first contact: faults are told to the shift, the others are for contracts."""
    known = inventory.carriers.get(carrier)
    return _worded(known.contacts[:1], known.name) if known is not None else iter(())


def _centre(inventory: Inventory) -> Iterator[str]:
    centre = inventory.sites.get(inventory.province.centre)
    if centre is not None and centre.contacts:
        return _worded(centre.contacts, centre.name)
    return iter((inventory.province.operator,))


def _worded(contacts: Iterable[Contact], holder: str) -> Iterator[str]:
    for contact in contacts:
        reached = ", ".join(how for how in (contact.telephone, contact.email) if how)
        role = f"{contact.role} ({holder})"
        yield f"{role}: {reached}" if reached else role


def _listed(contacts: Iterable[str]) -> str:
    lines = list(dict.fromkeys(contacts))
    return "; ".join(lines) + "." if lines else NOBODY
