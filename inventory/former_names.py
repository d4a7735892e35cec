"""What the units of an inventory were called before, for finding them by an old name. Pure.

Read from the units' `versions` and `lineage`; the official list is not asked.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from inventory.model import Inventory, Lifecycle, Unit
from inventory.names import search_key, spelling_key


class FormerName(NamedTuple):
    """A former name as it was written, and its `search_key`."""

    name: str
    key: str


def former_names(inventory: Inventory) -> Mapping[str, tuple[FormerName, ...]]:
    """Return by unit what it, and every unit that it came from, was called; never its own name.

    Units without former names are left out. Made once for an inventory: it asks every unit.
    """
    found = {unit.id: _distinct(inventory, unit) for unit in inventory.units.values()}
    return {unit: names for unit, names in found.items() if names}


def units_today(inventory: Inventory, unit: str) -> tuple[Unit, ...]:
    """Return the units in use that a former one went into, directly or by others between."""
    found: dict[str, Unit] = {}
    asked, seen = [unit], {unit}
    while asked:
        old = asked.pop(0)
        for one in inventory.units.values():
            if one.id not in seen and any(way.unit == old for way in one.lineage):
                seen.add(one.id)
                asked.append(one.id)
                if one.lifecycle is not Lifecycle.RETIRED:
                    found[one.id] = one
    return tuple(found.values())


def _distinct(inventory: Inventory, unit: Unit) -> tuple[FormerName, ...]:
    names: dict[str, str] = {}
    for name in _names(inventory, unit, set()):
        names.setdefault(spelling_key(name), name)
    names.pop(spelling_key(unit.name), None)
    return tuple(FormerName(name, search_key(name)) for name in names.values())


def _names(inventory: Inventory, unit: Unit, seen: set[str]) -> Iterator[str]:
    """Yield the names of former versions, and all names of the units of the lineage, in turn."""
    seen.add(unit.id)
    for version in reversed(unit.versions):
        yield version.name
    for way in unit.lineage:
        old = inventory.units.get(way.unit)
        if old is not None and old.id not in seen:
            yield old.name
            yield from _names(inventory, old, seen)
