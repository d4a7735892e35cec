"""What is proposed for the building of a unit that has none yet: its id, its name, its profile.

The template has a row with this for every such unit, and import uses the same id and name where
a row leaves them blank. Pure.
"""

from collections.abc import Collection, Iterator, Mapping
from itertools import count
from typing import Final

from inventory.editing.put import Plain
from inventory.model import Inventory, Lifecycle, SiteKind, Unit, UnitKind
from inventory.workbook.values import unit_of
from inventory.workbook.written import NOTHING_WRITTEN, Written

FILLED_BY_TEMPLATE: Final = frozenset({"id", "unit", "name", "profile", "kind"})
"""Columns that the template fills in for a site that is not declared yet.

A row where nothing else stands is one that nobody has come to: import passes over it.
"""
_COMMUNES: Final[Mapping[UnitKind, str]] = {
    UnitKind.COMMUNE: "xã",
    UnitKind.WARD: "phường",
    UnitKind.SPECIAL_ZONE: "đặc khu",
}
_HOUSED: Final[Mapping[UnitKind, SiteKind]] = {
    **dict.fromkeys(_COMMUNES, SiteKind.COMMUNE),
    UnitKind.AGENCY: SiteKind.AGENCY,
}
"""Kinds of units that have a building of their own, and of which kind it is."""


def proposals(
    inventory: Inventory, written: Written = NOTHING_WRITTEN
) -> Iterator[dict[str, Plain]]:
    """Yield, by column of the sheet Điểm, a row for each unit in use that has no site.

    The profile is the first in the files that is for that kind of building; without one the row
    names the kind itself.
    """
    housed = {unit_of(site) for site in inventory.sites.values()}
    taken = {*inventory.sites, *inventory.services}
    for unit in inventory.units.values():
        if unit.lifecycle is not Lifecycle.ACTIVE or unit.kind not in _HOUSED:
            continue
        if unit.id in housed:
            continue
        identity = proposed_id(unit.id, taken)
        taken.add(identity)
        row: dict[str, Plain] = {"id": identity, "unit": unit.id, "name": proposed_name(unit)}
        kind = _HOUSED[unit.kind]
        usual = (one for one, of in written.site_profiles.items() if of == kind)
        profile = next(usual, None)
        yield row | ({"kind": str(kind)} if profile is None else {"profile": profile})


def proposed_id(unit_id: str, taken: Collection[str]) -> str:
    """Return the unit's own id, or with -2, -3 ... behind it while that is taken.

    Sites and services share one name space.
    """
    if unit_id not in taken:
        return unit_id
    return next(one for number in count(2) if (one := f"{unit_id}-{number}") not in taken)


def proposed_name(unit: Unit) -> str:
    """Return the name of a unit's main building: Trụ sở UBND xã Bằng Thành, Trụ sở Sở Y tế."""
    word = _COMMUNES.get(unit.kind)
    if word is None:
        return f"Trụ sở {unit.name}"
    own = unit.name
    if own.casefold().startswith(f"{word} "):
        own = own[len(word) + 1 :]
    return f"Trụ sở UBND {word} {own}"
