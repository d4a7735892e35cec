"""Whether what somebody asks for can be: items of the inventory, times, reasons. Pure."""

from collections.abc import Iterable, Iterator
from typing import Final
from zoneinfo import ZoneInfo

from collector.maintenance.mistakes import Mistake
from collector.maintenance.records import Kind, Planned
from collector.maintenance.times import shown
from inventory.model import Inventory, Lifecycle
from inventory.problems import near

MAX_DAYS: Final = 366
"""Longest planned work; what stands still for longer is not in use, and the inventory says so."""
MAX_TEXT: Final = 500
"""Longest reason, in characters."""
_DAY_SECONDS = 86_400.0
_OUT_OF_USE = frozenset({Lifecycle.RETIRED, Lifecycle.EXEMPT})


def planned_mistakes(inventory: Inventory, planned: Planned) -> list[Mistake]:
    """Return everything that is wrong with what somebody enters."""
    found = list(_item_mistakes(inventory, planned))
    if planned.end <= planned.start:
        start = shown(planned.start, ZoneInfo(inventory.province.timezone))
        found.append(Mistake("backward", "end", start))
    elif planned.end - planned.start > MAX_DAYS * _DAY_SECONDS:
        found.append(Mistake("too_long", "end", str(MAX_DAYS)))
    if not planned.reason.strip():
        found.append(Mistake("no_reason", "reason"))
    elif len(planned.reason) > MAX_TEXT:
        found.append(Mistake("too_long_text", "reason", str(MAX_TEXT)))
    return found


def site_mistakes(inventory: Inventory, sites: Iterable[str]) -> list[Mistake]:
    """Return what is wrong with the sites that are said to be reached by a notice."""
    found = []
    for site in sites:
        known = inventory.sites.get(site)
        if known is None:
            found.append(Mistake("unknown_site", "sites", site, near(site, inventory.sites)))
        elif known.lifecycle in _OUT_OF_USE:
            found.append(Mistake("not_active", "sites", site))
    return found


def _item_mistakes(inventory: Inventory, planned: Planned) -> Iterator[Mistake]:
    known = {item.id: item for item in inventory.items()}
    item = known.get(planned.item)
    if item is None:
        hint = near(planned.item, inventory.sites if "/" not in planned.item else known)
        yield Mistake("unknown_item", "item", planned.item, hint)
    elif item.lifecycle in _OUT_OF_USE:
        yield Mistake("not_active", "item", planned.item)
    elif planned.kind is Kind.POWER_CUT and planned.item not in inventory.sites:
        yield Mistake("not_a_site", "item", planned.item)
