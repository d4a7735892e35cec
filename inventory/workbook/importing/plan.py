"""The rows of a whole workbook and an inventory -> what is to be written.

Nothing is deleted: what has no row, and what has an empty cell, stays as it is.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from inventory.model import ConferencePoint, Device, Inventory, Machine, Service, Site
from inventory.problems import quoted
from inventory.profiles import maps_of
from inventory.workbook.columns import Column, Sheet
from inventory.workbook.importing.identify import SiteRow
from inventory.workbook.importing.meant import say_which_unit
from inventory.workbook.importing.plan_sites import plan_site
from inventory.workbook.importing.planned import (
    Base,
    Planned,
    Where,
    address,
    differs,
    networks_of,
    plain_of,
)
from inventory.workbook.reading.cells import Value
from inventory.workbook.reading.mistakes import Mistakes
from inventory.workbook.reading.read import Row
from inventory.workbook.values import cell_value

_LISTS: Final[Mapping[str, str]] = {
    "devices": "devices",
    "points": "conference_points",
    "machines": "machines",
}
"""By sheet the list of a site that its rows are items of."""
_REQUIRED: Final = ("site", "id")


def plan(
    sheets: Sequence[Sheet],
    sites: Sequence[SiteRow],
    others: Mapping[str, Sequence[Row]],
    base: Base,
    mistakes: Mistakes,
) -> Planned:
    """Return the puts of all rows. `others` are the rows of all sheets but the first."""
    planned = Planned(mistakes)
    columns = {sheet.key: {one.key: one for one in sheet.columns} for sheet in sheets}
    used = {str(row.values.get("site")) for rows in others.values() for row in rows}
    untouched = [one for one in sites if one.is_untouched and one.id not in used]
    if untouched:
        mistakes.notes.append(
            f"{untouched[0].row.first.sheet}: bỏ qua {len(untouched)} dòng còn nguyên như file mẫu"
        )
    given = {one.id: one for one in sites}
    declared = _by_address(others, given, base)
    for one in sites:
        if one not in untouched:
            plan_site(one, columns["sites"], base, planned, declared.get(one.id, {}))
    for key, name in _LISTS.items():
        seen: dict[str, Row] = {}
        for row in others.get(key, ()):
            if not _is_whole(row, _REQUIRED, mistakes) or not _is_first(row, seen, mistakes):
                continue
            site = str(row.values["site"])
            # Of a site that could not be made its own row tells why.
            if site in given or site in base.inventory.sites:
                _plan_item(row, name, columns[key], given, base=base, planned=planned)
    seen = {}
    for row in others.get("services", ()):
        if _is_whole(row, ("id",), mistakes) and _is_first(row, seen, mistakes):
            _plan_service(row, columns["services"], base.inventory, planned)
    return planned


def _by_address(
    others: Mapping[str, Sequence[Row]], given: Mapping[str, SiteRow], base: Base
) -> dict[str, dict[str, Where]]:
    """Return by site the items that rows declare with an address, by that address."""
    found: dict[str, dict[str, Where]] = {}
    for key, name in _LISTS.items():
        for row in others.get(key, ()):
            if {"site", "id", "address"} <= set(row.values):
                site = str(row.values["site"])
                network = _network(site, given, base)
                text = str(address(str(row.values["address"]), network))
                found.setdefault(site, {}).setdefault(text, (name, str(row.values["id"])))
    return found


def _network(site: str, given: Mapping[str, SiteRow], base: Base) -> str | None:
    values = given[site].row.values if site in given else {}
    return networks_of(base.inventory.sites.get(site), values)


def _is_whole(row: Row, keys: Sequence[str], mistakes: Mistakes) -> bool:
    """Return whether a row says what it is about; reports each cell that is missing."""
    lacking = [key for key in keys if key not in row.values]
    for key in lacking:
        if not mistakes.is_wrong(row.at[key]):
            expected = "a site" if key == "site" else "an id"
            mistakes.add(row.at[key], expected, "nothing", "every row needs it")
    return not lacking


def _is_first(row: Row, seen: dict[str, Row], mistakes: Mistakes) -> bool:
    """Return whether no row before is about the same; reports both otherwise."""
    identity = "/".join(
        str(row.values[key]) for key in _REQUIRED if key in row.at and key in row.values
    )
    first = seen.setdefault(identity, row)
    if first is not row:
        hint = f"first in {first.at['id']}"
        mistakes.add(row.at["id"], "each item in one row", f"{quoted(identity)} again", hint)
    return first is row


def _plan_item(
    row: Row,
    items: str,
    columns: Mapping[str, Column],
    given: Mapping[str, SiteRow],
    *,
    base: Base,
    planned: Planned,
) -> None:
    """Add the puts of a row that is an item of a site."""
    site, local = str(row.values["site"]), str(row.values["id"])
    where = (items, local)
    planned.rows["sites", site, *where] = row.first
    known = base.inventory.sites.get(site)
    item = _item(known, items, local)
    network = _network(site, given, base)
    changed: list[tuple[str, Value]] = []
    for key, column in columns.items():
        if key in _REQUIRED:
            continue
        planned.saw(row.at[key], "sites", site, key, where)
        if key not in row.values:
            continue
        value = row.values[key]
        if key in {"upstream", "machine"}:
            value = str(value).removeprefix(f"{site}/")
        was = cell_value(column, item, base.written) if item is not None else None
        if item is None or differs(column, value, was, network):
            changed.append((key, value))
    if changed and item is not None and _is_of_range(site, items, local, base):
        at = row.at[changed[0][0]]
        hint = "write it as an item of its own there first"
        expected = f"no change of {quoted(local)}, which is one of a range in the file"
        planned.mistakes.add(at, expected, "one", hint)
        return
    if item is None and not changed:
        planned.put(row.at["id"], "sites", site, "id", local, where=where)
    for key, value in changed:
        means = address(str(value), network) if key == "address" else None
        planned.put(row.at[key], "sites", site, key, plain_of(value), where=where, means=means)


def _item(site: Site | None, items: str, local: str) -> Device | ConferencePoint | Machine | None:
    listed: tuple[Device | ConferencePoint | Machine, ...] = ()
    if site is not None:
        listed = getattr(site, items)
    return next((one for one in listed if one.id.partition("/")[2] == local), None)


def _is_of_range(site: str, items: str, local: str, base: Base) -> bool:
    """Return whether an item stands neither in its site nor in the profile by its own id."""
    if f"{site}/{local}" in base.written.items:
        return False
    profile = base.profile(base.written.profile_of.get(site))
    listed = maps_of(profile, items) if profile is not None else ()
    return not any(one.get("id") == local for one in listed)


def _plan_service(
    row: Row, columns: Mapping[str, Column], inventory: Inventory, planned: Planned
) -> None:
    identity = str(row.values["id"])
    planned.rows["services", identity, "", ""] = row.first
    service: Service | None = inventory.services.get(identity)
    for key, column in columns.items():
        field = "vantages" if key == "from_sites" else key
        planned.saw(row.at[key], "services", identity, field, ("", ""))
        if key not in row.values or key == "id":
            continue
        value = row.values[key]
        was = cell_value(column, service) if service is not None else None
        if service is not None and not differs(column, value, was):
            continue
        if key == "from_sites":
            if service is None and not value:
                continue
            value = "sites" if value else "centre"
        if key == "unit" and not say_which_unit(row, inventory, planned.mistakes):
            continue
        planned.put(row.at[key], "services", identity, field, plain_of(value))
