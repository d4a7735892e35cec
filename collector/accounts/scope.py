"""Which part of the province an account sees: the sites whose unit lies under its own today."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from inventory.model import Inventory


def sites_under(inventory: Inventory, unit: str, day: date) -> frozenset[str]:
    """Return the sites used on that day by the unit or by one below it; none for an unknown one."""
    if unit not in inventory.units:
        return frozenset()
    return frozenset(
        site.id
        for site in inventory.sites.values()
        if _is_under(inventory, site.unit_on(day), unit)
    )


def _is_under(inventory: Inventory, unit: str | None, top: str) -> bool:
    passed: set[str] = set()
    while unit is not None and unit not in passed:
        if unit == top:
            return True
        passed.add(unit)
        found = inventory.units.get(unit)
        unit = found.parent if found is not None else None
    return False


class Scopes:
    """Sites by unit, worked out once for each inventory and day of the province."""

    def __init__(self) -> None:
        self._inventory: Inventory | None = None
        self._day = date.min
        self._sites: dict[str, frozenset[str]] = {}

    def sites(self, inventory: Inventory, unit: str, now: float) -> frozenset[str]:
        """Return the sites under that unit as of now (Unix seconds)."""
        day = datetime.fromtimestamp(now, ZoneInfo(inventory.province.timezone)).date()
        if inventory is not self._inventory or day != self._day:
            self._inventory, self._day, self._sites = inventory, day, {}
        if unit not in self._sites:
            self._sites[unit] = sites_under(inventory, unit, day)
        return self._sites[unit]
