"""Every id that is referred to exists, once, and no chain of them closes.

Works on located data rather than records, so that one wrong field hides no dangling reference.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from inventory.doubt import is_in_doubt
from inventory.explain import Holder, spot_of
from inventory.located import Map, Seq
from inventory.problems import Problems, Spot, near, quoted
from inventory.profiles import ITEM_LISTS, maps_of

MAX_HINTS = 200
"""Near names are looked for for this many different wrong names."""
Filled = Mapping[str, list[Map]]
"""Located data after filling in, by kind of record."""

_FIELDS: tuple[tuple[str, str, str], ...] = (
    ("units", "parent", "units"),
    ("units", "cluster", "clusters"),
    ("units", "calendar", "calendars"),
    ("sites", "calendar", "calendars"),
    ("sites", "cluster", "clusters"),
    ("sites", "power_area", "power_areas"),
    ("services", "unit", "units"),
    ("services", "site", "sites"),
    ("services", "calendar", "calendars"),
    ("services", "machines", "machines"),
    ("conferences", "points", "conference_points"),
    ("conferences", "service", "services"),
)
"""Record list, field, kind referred to."""
_NESTED: tuple[tuple[str, str, str, str], ...] = (
    ("units", "versions", "parent", "units"),
    ("units", "lineage", "unit", "units"),
    ("sites", "assignments", "unit", "units"),
    ("sites", "links", "carrier", "carriers"),
    ("sites", "devices", "upstream", "devices"),
    ("sites", "machines", "profile", "machine_profiles"),
    ("sites", "machine_counts", "profile", "machine_profiles"),
    ("sites", "conference_points", "machine", "machines"),
    ("sites", "conference_points", "platform", "services"),
)
"""Record list, list within each record, field of its items, kind referred to."""
_NAMES = {
    "calendars": "a calendar",
    "carriers": "a carrier",
    "clusters": "a cluster",
    "power_areas": "a power area",
    "units": "a unit",
    "sites": "a site",
    "services": "a service",
    "machine_profiles": "a profile of machines",
    "devices": "a device",
    "machines": "a machine declared by itself",
    "conference_points": "a conference point",
}


@dataclass(frozen=True, slots=True)
class Index:
    """Every id by kind, and by its site for what belongs to one."""

    ids: dict[str, dict[str, Map]] = field(default_factory=dict)
    in_doubt: set[str] = field(default_factory=set)
    """Kinds, and sites as `id/`, of which a record may be hidden by a mistake."""
    _hints: dict[tuple[str, str, str], str] = field(default_factory=dict)

    def add(self, kind: str, record: Map) -> None:
        """Add a record under its id, if it has one that is text."""
        identity = record.get("id")
        if isinstance(identity, str):
            self.ids.setdefault(kind, {}).setdefault(identity, record)
        elif kind not in ITEM_LISTS:
            self.in_doubt.add(kind)

    def is_dangling(self, name: str, kind: str) -> bool:
        """Return whether a name is surely nobody's."""
        site, slash, _ = name.partition("/")
        if name in self.ids.get(kind, {}) or kind in self.in_doubt:
            return False
        known_site = site in self.ids.get("sites", {})
        return not slash or (
            f"{site}/" not in self.in_doubt if known_site else "sites" not in self.in_doubt
        )

    def near(self, wrong: str, kind: str, written: str) -> str:
        """Return a suggestion; for an item of a site, among that site's, in the written form.

        Remembered: a name that hundreds of records get wrong is looked for once. None for any
        further name after many: a person mends those first, and looking takes milliseconds each.
        """
        asked = (wrong, kind, written)
        if asked not in self._hints:
            if len(self._hints) >= MAX_HINTS:
                return ""
            self._hints[asked] = self._near(*asked)
        return self._hints[asked]

    def _near(self, wrong: str, kind: str, written: str) -> str:
        site, slash, _ = wrong.partition("/")
        known = self.ids.get(kind, {})
        if not slash:
            return near(wrong, known)
        if site not in self.ids.get("sites", {}):
            return near(site, self.ids.get("sites", {}))
        there = [name for name in known if name.startswith(site + "/")]
        if "/" in written:
            return near(wrong, there)
        return near(written, [name.partition("/")[2] for name in there])


def check_ids(filled: Filled, problems: Problems) -> None:
    """Report duplicate ids and cycles of references."""
    index = _indexed(filled)
    _check_unique(filled, problems)
    _check_cycles(index.ids.get("units", {}), "parent", problems)
    _check_cycles(index.ids.get("devices", {}), "upstream", problems)


def check_references(filled: Filled, top: Map, problems: Problems) -> None:
    """Report references to what does not exist."""
    index = _indexed(filled)
    _check_fields(filled, index, problems)
    if isinstance(province := top.get("province"), Map):
        _check_field(province, "centre", "sites", index, problems)


def _indexed(filled: Filled) -> Index:
    index = Index()
    for kind, records in filled.items():
        for record in records:
            index.add(kind, record)
    for site in filled["sites"]:
        if is_in_doubt(site):
            index.in_doubt.add(f"{site.get('id')}/")
        for name in ITEM_LISTS:
            for item in maps_of(site, name):
                index.add(name, item)
    return index


def _check_fields(filled: Filled, index: Index, problems: Problems) -> None:
    for kind, name, target in _FIELDS:
        for record in filled[kind]:
            _check_field(record, name, target, index, problems)
    for kind, list_name, name, target in _NESTED:
        for record in filled[kind]:
            for item in maps_of(record, list_name):
                _check_field(item, name, target, index, problems)
    for site in filled["sites"]:
        for link in maps_of(site, "links"):
            if isinstance(far_end := link.get("far_end"), Map):
                _check_field(far_end, "site", "sites", index, problems)


def _check_unique(filled: Filled, problems: Problems) -> None:
    """Ids are unique by kind; sites and services share a name space, as do a site's items."""
    for kind, records in filled.items():
        if kind not in {"sites", "services"}:
            check_once(records, problems, "day" if kind == "changed_days" else "id")
    check_once([*filled["sites"], *filled["services"]], problems)
    for site in filled["sites"]:
        check_once([item for name in ITEM_LISTS for item in maps_of(site, name)], problems)
        for name, key in (("machine_counts", "profile"), ("device_counts", "kind")):
            exempt = [item for item in maps_of(site, name) if item.get("exempt") is True]
            counted = [item for item in maps_of(site, name) if item.get("exempt") is not True]
            check_once(exempt, problems, key)
            check_once(counted, problems, key)


def check_once(records: Iterable[Map], problems: Problems, key: str = "id") -> None:
    """Report every record whose `key` another one before it has."""
    seen: dict[str, Map] = {}
    for record in records:
        value = record.get(key)
        if not isinstance(value, str):
            continue
        if value in seen:
            first = seen[value].value_spot(key).place
            got = f"{quoted(record.written(key) or value)} again"
            hint = f"first in {first.file}:{first.line}"
            problems.add(record.value_spot(key), f"each {key} once", got, hint)
        else:
            seen[value] = record


def _check_field(record: Map, name: str, kind: str, index: Index, problems: Problems) -> None:
    """Report a reference, or each of a list of references, to what does not exist."""
    value = record.get(name)
    if isinstance(value, Seq):
        for position in range(len(value)):
            _check_one(value, position, kind, index, problems)
    else:
        _check_one(record, name, kind, index, problems)


def _check_one(holder: Holder, key: Any, kind: str, index: Index, problems: Problems) -> None:
    value = holder.get(key) if isinstance(holder, Map) else holder[key]
    if isinstance(value, str) and index.is_dangling(value, kind):
        written = holder.written(key) or value
        hint = index.near(value, kind, written)
        problems.add(spot_of(holder, key), _NAMES[kind], quoted(written), hint)


def _check_cycles(records: Mapping[str, Map], name: str, problems: Problems) -> None:
    """Report each cycle of references once, at its member that is written first."""
    done: set[str] = set()
    for start in records:
        chain: list[str] = []
        current: Any = start
        while isinstance(current, str) and current in records and current not in done:
            done.add(current)
            chain.append(current)
            current = records[current].get(name)
        if current in chain:
            cycle = chain[chain.index(current) :]
            spots: dict[Spot, str] = {records[one].value_spot(name): one for one in cycle}
            first = cycle.index(spots[min(spots)])
            ring = [*cycle[first:], *cycle[: first + 1]]
            problems.add(min(spots), f"a chain of {name} that ends", "a cycle " + " -> ".join(ring))
