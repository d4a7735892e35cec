"""Which site each row of the sheet Điểm is: one that exists, or a new one and its id."""

from collections.abc import Mapping, Sequence

import msgspec

from inventory.model import Inventory, Site
from inventory.names import search_key
from inventory.problems import quoted
from inventory.workbook.proposed import (
    FILLED_BY_TEMPLATE,
    proposals,
    proposed_id,
    proposed_name,
)
from inventory.workbook.reading.mistakes import Mistakes
from inventory.workbook.reading.read import Row
from inventory.workbook.values import unit_of
from inventory.workbook.written import Written


class SiteRow(msgspec.Struct, frozen=True):
    """A row and its site's id; `site` is None for a new one.

    `is_untouched` says that it stands as the template made it, so that nobody has come to it.
    """

    row: Row
    id: str
    name: str
    site: Site | None
    is_untouched: bool = False


def site_rows(
    rows: Sequence[Row], inventory: Inventory, written: Written, mistakes: Mistakes
) -> tuple[SiteRow, ...]:
    """Return the rows with the site of each; reports rows without one, and a site in two rows."""
    known = _Known(inventory, rows)
    templated = {str(one["id"]): one for one in proposals(inventory, written)}
    found: dict[str, SiteRow] = {}
    for row in rows:
        identity = known.site_of(row, found, mistakes)
        if identity is None:
            continue
        site = inventory.sites.get(identity)
        if first := found.get(identity):
            where = "id" if "id" in row.values else "unit"
            hint = f"first in {first.row.at['id'] if 'id' in first.row.values else first.row.first}"
            mistakes.add(row.at[where], "each site in one row", f"{quoted(identity)} again", hint)
            continue
        proposed = templated.get(identity)
        found[identity] = SiteRow(
            row=row,
            id=identity,
            name=_name(row, site, inventory),
            site=site,
            is_untouched=site is None and proposed is not None and _is_as(proposed, row),
        )
    return tuple(found.values())


def _is_as(proposed: Mapping[str, object], row: Row) -> bool:
    return set(row.values) <= FILLED_BY_TEMPLATE and all(
        proposed.get(key) == value for key, value in row.values.items()
    )


def _name(row: Row, site: Site | None, inventory: Inventory) -> str:
    if "name" in row.values:
        return str(row.values["name"])
    if site is not None:
        return site.name
    unit = inventory.units.get(str(row.values.get("unit")))
    return proposed_name(unit) if unit is not None else ""


class _Known:
    """The sites of each unit, and the ids that are taken."""

    def __init__(self, inventory: Inventory, rows: Sequence[Row]) -> None:
        self._inventory = inventory
        self._of_unit: dict[str, list[Site]] = {}
        for site in inventory.sites.values():
            self._of_unit.setdefault(unit_of(site) or "", []).append(site)
        given = (str(row.values["id"]) for row in rows if "id" in row.values)
        self._taken = {*inventory.sites, *inventory.services, *given}
        self._new: dict[tuple[str, str], str] = {}

    def site_of(self, row: Row, found: Mapping[str, SiteRow], mistakes: Mistakes) -> str | None:
        """Return the id of a row's site, None after saying why there is none."""
        if "id" in row.values:
            identity = str(row.values["id"])
            if identity not in self._inventory.sites and "unit" not in row.values:
                if not mistakes.is_wrong(row.at["unit"]):
                    hint = f"{quoted(identity)} is a new site"
                    mistakes.add(row.at["unit"], "a unit that uses the site", "nothing", hint)
                return None
            return identity
        if "unit" not in row.values:
            if not mistakes.is_wrong(row.at["id"]) and not mistakes.is_wrong(row.at["unit"]):
                mistakes.add(row.at["id"], "the id of a site, or its unit", "nothing")
            return None
        if mistakes.is_wrong(row.at["id"]):
            return None
        return self._by_unit(row, found, mistakes)

    def _by_unit(self, row: Row, found: Mapping[str, SiteRow], mistakes: Mistakes) -> str | None:
        """Return the only site of the unit that the row can mean, or the id of a new one."""
        unit = str(row.values["unit"])
        alike = self._of_unit.get(unit, [])
        if name := search_key(str(row.values.get("name", ""))):
            alike = [one for one in alike if search_key(one.name) == name]
        if len(alike) == 1:
            return alike[0].id
        if len(alike) > 1:
            names = ", ".join(f"{one.name} [{one.id}]" for one in alike)
            mistakes.add(row.at["id"], f"one of the unit's sites: {names}", "nothing", "write it")
            return None
        own = name or search_key(proposed_name(self._inventory.units[unit]))
        if (again := self._new.get((unit, own))) and again in found:
            return again
        identity = proposed_id(unit, self._taken)
        self._taken.add(identity)
        self._new[unit, own] = identity
        return identity
