"""What stands in each column for a record of a filled inventory. Pure.

Export writes these values, and import writes only cells that differ from them. Values are the
inventory's own: ids where a drop-down shows names, full addresses where "+1" may be written.

A column of the sheet Điểm belongs to these fields of the YAML (`main_link` and the rest of this
file say which item is meant):

- `id`, `name`, `code`, `kind`, `postal_address`, `latitude`, `longitude`, `networks`, `calendar`,
  `cluster`, `power_area`, `lan`, `lifecycle`, `note`, `profile`: the site's field of that name.
- `unit`: `unit`, the short form of one open assignment. A site with several has `assignments`.
- `carrier`, `circuit`, `contract`, `capacity_mbps`: the short form of that name on the site where
  it is written there or the link lacks the field, else that field of `links[main_link(site)]`.
- `always_on_address`: `address` of the item of `always_on_target(site)`.
- `point_address`: `address` of the item of `point_target(site)`.
- `contact_role`, `contact_telephone`: `role` and `telephone` of `contacts[0]`; a list is replaced
  whole, so that the other contacts are written with it.
- `count:PROFILE`: of the first count that is not exempt `pcs.count`, of others `count` of
  `machine_counts[PROFILE]`; one that is new needs `as_of` and `source` too.
- `counted_on`, `counted_by`: `as_of` and `source` of every count of the row that is written, at
  the least of the first that is not exempt (`pcs.as_of`, `pcs.source`).

A column of another sheet belongs to the item's field of that name, with these exceptions: `site`
and `id` say which item; `from_sites` is `vantages: sites` or `centre`; an `upstream` or `machine`
without a slash is an item of the same site.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Final, NamedTuple

from inventory.editing.put import Plain
from inventory.model import (
    ConferencePoint,
    Contact,
    Device,
    Inventory,
    Item,
    Lifecycle,
    Link,
    Machine,
    MachineCount,
    PointKind,
    Record,
    Service,
    Site,
    Vantages,
    site_id,
)
from inventory.workbook.columns import PCS, Column, Sheet
from inventory.workbook.written import NOTHING_WRITTEN, Written

Row = Site | Device | ConferencePoint | Machine | Service
"""What one row of a sheet stands for."""
ALWAYS_ON_ITEM: Final = "cpe"
"""Local id of the device that is made where a site has nothing to put the address on."""
POINT_ITEM: Final = "vc"
"""Local id of the conference point that is made where a site has none."""


class Target(NamedTuple):
    """An item of a site: the list and the local id."""

    items: str
    item: str


def rows(inventory: Inventory, sheet: Sheet) -> Sequence[Row]:
    """Return what stands in the rows of a sheet, in the order of the inventory."""
    sites = inventory.sites.values()
    match sheet.key:
        case "sites":
            return list(sites)
        case "devices":
            return [one for site in sites for one in site.devices]
        case "points":
            return [one for site in sites for one in site.conference_points]
        case "machines":
            return [one for site in sites for one in site.machines]
        case "services":
            return list(inventory.services.values())
        case other:
            raise KeyError(other)


def cell_value(column: Column, row: Row, written: Written = NOTHING_WRITTEN) -> Plain | None:
    """Return what the inventory says in that column of a row, None where it says nothing.

    Choices are ids, dates `date`, networks and words lists of texts, flags true or false.
    """
    if isinstance(row, Site):
        return _of_site(column.key, row, written)
    if isinstance(row, Service):
        return row.vantages is Vantages.SITES if column.key == "from_sites" else _field(column, row)
    site = site_id(row.id)
    match column.key:
        case "site":
            return site
        case "id":
            return row.id.partition("/")[2]
        case "upstream" | "machine":
            value = _field(column, row)
            return value.removeprefix(f"{site}/") if isinstance(value, str) else value
    return _field(column, row)


def main_link(site: Site) -> Link | None:
    """Return the link that the site's row speaks of: the main one, in use or not yet."""
    planned = (one for one in site.links if one.lifecycle is not Lifecycle.RETIRED)
    return site.main_link() or next(planned, None)


def main_always_on(site: Site) -> Device | Machine | None:
    """Return the first always-on item with an address, whether the site is in use or not."""
    items: tuple[Device | Machine, ...] = (*site.devices, *site.machines)
    return next(
        (
            one
            for one in items
            if one.always_on and one.address and one.lifecycle is not Lifecycle.RETIRED
        ),
        None,
    )


def always_on_target(site: Site | None) -> Target:
    """Return the item whose address the column "Địa chỉ luôn bật" is.

    Without one that has an address: the first always-on device, else the device `cpe`, which is
    made where it is missing (`kind: cpe`, `always_on: true`).
    """
    found = None if site is None else main_always_on(site)
    if isinstance(found, Machine):
        return Target("machines", _local(found))
    if site is not None and found is None:
        found = next((one for one in site.devices if one.always_on), None)
    return Target("devices", ALWAYS_ON_ITEM if found is None else _local(found))


def main_point(site: Site) -> ConferencePoint | None:
    """Return the site's first conference point that is a device of its own."""
    return next(
        (
            one
            for one in site.conference_points
            if one.kind is not PointKind.SOFTWARE and one.lifecycle is not Lifecycle.RETIRED
        ),
        None,
    )


def point_target(site: Site | None) -> Target:
    """Return the item whose address the column "Địa chỉ điểm cầu" is; `vc` is made if need be."""
    point = None if site is None else main_point(site)
    return Target("conference_points", POINT_ITEM if point is None else _local(point))


def main_count(site: Site) -> MachineCount | None:
    """Return the count that `pcs` stands for and that date and source are shown of."""
    return next((one for one in site.machine_counts if not one.exempt), None)


def unit_of(site: Site) -> str | None:
    """Return the unit that uses the site for good: of its open assignment, else of the last."""
    open_ones = [one.unit for one in site.assignments if one.valid_to is None]
    every = open_ones or [one.unit for one in site.assignments]
    return every[-1] if every else None


def _first_contact(site: Site) -> Contact | None:
    return site.contacts[0] if site.contacts else None


_ELSEWHERE: Final[Mapping[str, tuple[Callable[[Site], Record | None], str]]] = {
    "carrier": (main_link, "carrier"),
    "circuit": (main_link, "circuit"),
    "contract": (main_link, "contract"),
    "capacity_mbps": (main_link, "capacity_mbps"),
    "always_on_address": (main_always_on, "address"),
    "point_address": (main_point, "address"),
    "contact_role": (_first_contact, "role"),
    "contact_telephone": (_first_contact, "telephone"),
    "counted_on": (main_count, "as_of"),
    "counted_by": (main_count, "source"),
}
"""Columns of a site that are fields of something in it: of what, and which."""


def _of_site(key: str, site: Site, written: Written) -> Plain | None:
    if key.startswith(PCS):
        profile = key.removeprefix(PCS)
        counts = (one for one in site.machine_counts if one.profile == profile and not one.exempt)
        return next((one.count for one in counts), None)
    if key == "unit":
        return unit_of(site)
    if key == "profile":
        return written.profile_of.get(site.id)
    if key not in _ELSEWHERE:
        return _plain(getattr(site, key))
    of, field = _ELSEWHERE[key]
    holder = of(site)
    return None if holder is None else _plain(getattr(holder, field))


def _field(column: Column, row: Item) -> Plain | None:
    return _plain(getattr(row, column.key))


def _plain(value: object) -> Plain | None:
    """Return a field as YAML has it: enums as words, tuples as lists, an empty one as nothing."""
    if isinstance(value, tuple):
        return [str(one) for one in value] or None
    if value is None or isinstance(value, bool | int | float | date):
        return value
    return str(value)


def _local(item: Item) -> str:
    return item.id.partition("/")[2]
