"""Rows of the sheet Điểm -> puts. What a column belongs to is said in `inventory.workbook.values`.

An empty cell changes nothing; a new site says only what its profile does not say already.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from inventory.editing.put import Plain
from inventory.located import Map
from inventory.problems import quoted
from inventory.profiles import ITEM_LISTS, maps_of
from inventory.workbook.columns import Column
from inventory.workbook.importing.identify import SiteRow
from inventory.workbook.importing.meant import say_which_unit
from inventory.workbook.importing.plan_counts import plan_counts
from inventory.workbook.importing.planned import (
    Base,
    Planned,
    Where,
    address,
    differs,
    network_of_profile,
    networks_of,
    plain_of,
)
from inventory.workbook.reading.cells import Value
from inventory.workbook.values import (
    ALWAYS_ON_ITEM,
    POINT_ITEM,
    always_on_target,
    cell_value,
    main_link,
    point_target,
)

SITES: Final = "sites"
_FIELDS: Final = (
    *("profile", "kind", "code", "postal_address", "latitude", "longitude", "networks"),
    *("calendar", "cluster", "power_area", "lan", "lifecycle", "note"),
)
"""Columns that are the site's field of that name; unit and name are seen to before."""
_OF_ALL_LINKS: Final = ("carrier", "capacity_mbps")
_OF_LINK: Final = (*_OF_ALL_LINKS, "circuit", "contract")
_LINK_ITEM: Final = "tslcd"
"""Id of the link that is made where neither site nor profile has one."""


def plan_site(
    one: SiteRow,
    columns: Mapping[str, Column],
    base: Base,
    planned: Planned,
    items: Mapping[str, Where],
) -> None:
    """Add the puts of one row.

    `items` are those that other sheets declare in the site, by address: they are not made again.
    """
    _SiteRowPlan(one, columns, base, planned, items).run()


class _SiteRowPlan:
    """One row, its site before the import, and the profile it will have."""

    def __init__(
        self,
        one: SiteRow,
        columns: Mapping[str, Column],
        base: Base,
        planned: Planned,
        items: Mapping[str, Where],
    ) -> None:
        self.one, self.row, self.site = one, one.row, one.site
        self.columns, self.base, self.planned = columns, base, planned
        self.items = items
        self.raw = base.site(one.id) if one.site is not None else None
        was = base.written.profile_of.get(one.id)
        self.profile = base.profile(one.row.values.get("profile", was))
        self.network = networks_of(one.site, one.row.values) or network_of_profile(self.profile)

    def run(self) -> None:
        """Add all puts, in the order in which a person writes a site."""
        self.planned.rows[SITES, self.one.id, "", ""] = self.row.first
        for key, at in self.row.at.items():
            self.planned.saw(at, SITES, self.one.id, key, ("", ""))
        self._unit()
        self._name()
        for key in _FIELDS:
            if self._changes(key, self._known(key)):
                self._put(key, key)
        for key in _OF_LINK:
            self._link(key)
        self._always_on()
        self._point()
        self._contact()
        plan_counts(
            self.one,
            {key: column for key, column in self.columns.items() if key in self.row.values},
            self.base,
            self.planned,
            self.profile,
        )

    def _known(self, key: str) -> Plain | None:
        """Return what the site says in a column; of a new one, what its profile will say."""
        if self.site is not None:
            return cell_value(self.columns[key], self.site, self.base.written)
        own: Plain | None = (
            None if self.profile is None or key == "profile" else self.profile.get(key)
        )
        default: Plain | None = self.base.default(SITES, key)
        return default if own is None else own

    def _changes(self, key: str, known: Plain | None) -> bool:
        if key not in self.row.values:
            return False
        return differs(self.columns[key], self.row.values[key], known, self.network)

    def _put(
        self, key: str, field: str, where: tuple[str, str] = ("", ""), value: Value | None = None
    ) -> None:
        found = plain_of(self.row.values[key] if value is None else value)
        means = address(str(found), self.network) if field == "address" else None
        self.planned.put(
            self.row.at[key], SITES, self.one.id, field, found, where=where, means=means
        )

    def _unit(self) -> None:
        known = self._known("unit") if self.site is not None else None
        if not self._changes("unit", known):
            return
        if "assignments" in self.base.written.fields.get(self.one.id, ()):
            hint = f"the site changed hands by date: edit its assignments in {self._file()}"
            got = quoted(str(self.row.values["unit"]))
            self.planned.mistakes.add(
                self.row.at["unit"], f"the unit {quoted(str(known))}", got, hint
            )
            return
        if say_which_unit(self.row, self.base.inventory, self.planned.mistakes):
            self._put("unit", "unit")

    def _file(self) -> str:
        if self.raw is None:
            return "its file"
        place = self.raw.spot().place
        return f"{place.file}:{place.line}"

    def _name(self) -> None:
        if self.site is None:
            at = self.row.at["name"]
            self.planned.put(at, SITES, self.one.id, "name", self.one.name)
        elif self._changes("name", self.site.name):
            self._put("name", "name")

    def _link(self, key: str) -> None:
        """Put what is of the main link: short on the site where that means this link alone."""
        links = _links(self.raw, self.profile)
        main = main_link(self.site) if self.site is not None else None
        first = next((local for local, link in links.items() if link.get("backup") is not True), "")
        local = main.id.partition("/")[2] if main is not None else first or _LINK_ITEM
        where = ("links", local)
        self.planned.saw(self.row.at[key], SITES, self.one.id, key, where)
        known = self._known(key) if self.site is not None else None
        if self.site is None and local in links:
            known = links[local].get(key) or self.base.default("links", key)
        if not self._changes(key, known):
            return
        lacking = [one for one, link in links.items() if key not in link]
        if key not in _OF_ALL_LINKS:
            lacking = [first] if first in lacking else []
        is_short = key in self.base.written.fields.get(self.one.id, ()) or lacking == [local]
        self._put(key, key, ("", "") if is_short and local in links else where)

    def _always_on(self) -> None:
        key = "always_on_address"
        items, local = always_on_target(self.site)
        known = self._known(key) if self.site is not None else None
        device = _item(self.raw, self.profile, items, local)
        if self.site is None and self.profile is not None:
            marked = [
                one for one in maps_of(self.profile, "devices") if one.get("always_on") is True
            ]
            if marked:
                device, local = marked[0], str(marked[0].get("id"))
                known = device.get("address")
        declared = self._declared(key, ("devices", "machines"))
        where = declared or (items, local)
        self.planned.saw(self.row.at[key], SITES, self.one.id, "address", where)
        if not self._changes(key, known):
            return
        if declared:
            self._put(key, "always_on", declared, value=True)
            return
        if device is None:
            self._put(key, "kind", where, ALWAYS_ON_ITEM)
            self._put(key, "name", where, "Bộ định tuyến")
        self._put(key, "address", where)
        if device is None or (items == "devices" and device.get("always_on") is not True):
            self._put(key, "always_on", where, value=True)

    def _point(self) -> None:
        key = "point_address"
        items, local = point_target(self.site)
        known = self._known(key) if self.site is not None else None
        point = _item(self.raw, self.profile, items, local)
        if self.site is None and point is not None and point.get("kind") != "software":
            known = point.get("address")
        if known is None and (point is None or point.get("kind") == "software"):
            local, point = self._free_item(), None
        where = (items, local)
        self.planned.saw(self.row.at[key], SITES, self.one.id, "address", where)
        if not self._changes(key, known) or self._declared(key, ("conference_points",)):
            return
        if point is None:
            self._put(key, "kind", where, "codec")
            self._put(key, "name", where, "Điểm cầu")
        self._put(key, "address", where)
        if point is None and not self.base.default("conference_points", "protocols"):
            self._put(key, "protocols", where, ("icmp",))

    def _declared(self, key: str, lists: Sequence[str]) -> Where | None:
        """Return the item of another sheet that has the address of a cell."""
        text = str(address(str(self.row.values.get(key, "")), self.network))
        found = self.items.get(text)
        return found if found is not None and found[0] in lists else None

    def _free_item(self) -> str:
        """Return an id for a new conference point that no item of the site has."""
        taken = {
            str(one.get("id"))
            for holder in (self.raw, self.profile)
            for name in ITEM_LISTS
            for one in (maps_of(holder, name) if holder is not None else ())
        }
        names = (POINT_ITEM, *(f"{POINT_ITEM}-{number}" for number in range(2, 100)))
        return next(one for one in names if one not in taken)

    def _contact(self) -> None:
        """Put the first contact with the list it stands in: a list is replaced whole."""
        contacts = self.site.contacts if self.site is not None else ()
        given = {"role": "contact_role", "telephone": "contact_telephone"}
        if not any(self._changes(key, self._known_contact(key)) for key in given.values()):
            return
        listed: list[dict[str, Plain]] = [
            {
                field: str(value)
                for field in ("role", "telephone", "email")
                if (value := getattr(one, field)) is not None
            }
            for one in contacts
        ] or [{}]
        for field, key in given.items():
            if key in self.row.values:
                listed[0][field] = str(self.row.values[key])
        key = next(one for one in given.values() if one in self.row.values)
        if "role" not in listed[0]:
            at = self.row.at["contact_role"]
            if not self.planned.mistakes.is_wrong(at):
                hint = f"{self.row.at[key]} has a telephone"
                self.planned.mistakes.add(at, "whose telephone it is", "nothing", hint)
            return
        self.planned.put(self.row.at[key], SITES, self.one.id, "contacts", [*listed])

    def _known_contact(self, key: str) -> Plain | None:
        return self._known(key) if self.site is not None else None


def _links(site: Map | None, profile: Map | None) -> dict[str, dict[str, Any]]:
    """Return by local id the links that a site will have, with the fields that are written."""
    found: dict[str, dict[str, Any]] = {}
    for holder in (profile, site):
        for link in maps_of(holder, "links") if holder is not None else ():
            if link.get("omit") is True:
                found.pop(str(link.get("id")), None)
            else:
                found.setdefault(str(link.get("id")), {}).update(link)
    return found


def _item(site: Map | None, profile: Map | None, items: str, local: str) -> Map | None:
    """Return an item as written in the site or in its profile."""
    for holder in (site, profile):
        for one in maps_of(holder, items) if holder is not None else ():
            if one.get("id") == local:
                return one
    return None
