"""The units of a province as lists of YAML: today's, and those that they came from. Pure.

Both are grouped under comments by the province and the district of before July 2025, in the order
of the official list. A unit of today stands in the district that most of it came from.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from inventory.editing.render import flow, plain
from inventory.model import UnitKind
from inventory.units.records import OfficialUnit, OfficialUnits

_CODED: Final = frozenset({2, 5})
"""Digits of codes that the inventory knows: districts, with three, are no more."""
_LAST: Final = "~"
"""Sorts behind every code."""


class Lists(NamedTuple):
    """The lines below `units:` in two files, and how many units of communes stand in each."""

    today: list[str]
    before: list[str]
    communes: int
    former_communes: int


def unit_lists(official: OfficialUnits, province: OfficialUnit) -> Lists:
    """Return the lists of a province of today."""
    communes = sorted(
        (one for one in official.members[province.id] if one.is_current),
        key=lambda one: one.newest.code,
    )
    former = _former(official, [province, *communes])
    return Lists(
        today=[*_today(official, province), "", *_grouped_today(official, communes)],
        before=list(_before(official, former)),
        communes=len(communes),
        former_communes=sum(not _is_above(one) for one in former),
    )


def _former(official: OfficialUnits, units: list[OfficialUnit]) -> list[OfficialUnit]:
    """Return every unit that is no more and that these came from or stood under, by code."""
    found: dict[str, OfficialUnit] = {}
    waiting = list(units)
    while waiting:
        one = waiting.pop()
        named = {origin.old for origin in official.origins.get(one.id, ())}
        named |= {version.parent for version in one.versions if version.parent is not None}
        for unit in sorted(named - found.keys()):
            if not official.units[unit].is_current:
                found[unit] = official.units[unit]
                waiting.append(official.units[unit])
    return sorted(found.values(), key=lambda one: one.newest.code)


def _grouped_today(official: OfficialUnits, communes: list[OfficialUnit]) -> Iterator[str]:
    groups: defaultdict[tuple[str, str], list[OfficialUnit]] = defaultdict(list)
    for one in communes:
        groups[_mostly(official, one)].append(one)
    order = sorted(groups, key=lambda group: [_code(official, unit) for unit in group])
    several = len({province for province, _ in order}) > 1
    shown = None
    for province, district in order:
        if several and province != shown:
            yield f"  # --- {_name(official, province)} cũ ---"
            shown = province
        yield f"  # {_name(official, district)}"
        for one in groups[province, district]:
            yield from _today(official, one)
        yield ""


def _mostly(official: OfficialUnits, unit: OfficialUnit) -> tuple[str, str]:
    """Return the ids of the former province and district of a unit, as far as they are known.

    A special zone may be the whole of an island district.
    """
    origins = [official.units[one.old] for one in official.origins.get(unit.id, ())]
    above = [one.id if _is_above(one) else one.newest.parent for one in origins]
    above += [version.parent for version in unit.versions[:-1]]
    districts = Counter(
        one
        for one in above
        if one is not None and official.units[one].newest.kind is UnitKind.DISTRICT
    )
    if not districts:
        return "", ""
    district = districts.most_common(1)[0][0]
    return official.units[district].newest.parent or "", district


def _today(official: OfficialUnits, unit: OfficialUnit) -> Iterator[str]:
    """Yield a unit that exists, with what it was called and what it came from.

    `kind: commune` and the province as its parent are defaults of the inventory.
    """
    now = unit.newest
    fields = _fields(unit, kind=now.kind is not UnitKind.COMMUNE)
    if now.kind is UnitKind.PROVINCE:
        fields["parent"] = None
    if now.valid_from is not None:
        fields["valid_from"] = now.valid_from
    line = f"  - {flow(plain(fields))[:-1]}"
    for part in (_versions(unit), _lineage(official, unit)):
        if part:
            yield f"{line},"
            yield from part[:-1]
            line = part[-1]
    yield f"{line}}}"


def _versions(unit: OfficialUnit) -> list[str]:
    written = []
    for version in unit.versions[:-1]:
        fields: dict[str, Any] = {"name": version.name, "kind": str(version.kind)}
        if len(version.code) in _CODED:
            fields["code"] = version.code
        for name in ("parent", "valid_from", "valid_to"):
            if getattr(version, name) is not None:
                fields[name] = getattr(version, name)
        written.append(flow(plain(fields)))
    return [f"     versions: [{', '.join(written)}]"] if written else []


def _lineage(official: OfficialUnits, unit: OfficialUnit) -> list[str]:
    origins = official.origins.get(unit.id, ())
    lines = []
    for origin in sorted(origins, key=lambda one: official.units[one.old].newest.code):
        fields: dict[str, Any] = {"unit": origin.old, "kind": origin.kind, "on": origin.on}
        if origin.partial:
            fields["partial"] = True
        name = official.units[origin.old].newest.name
        lines.append(f"       {flow(plain(fields))},  # {name}")
    return ["     lineage: [", *lines, "     ]"] if lines else []


def _before(official: OfficialUnits, former: list[OfficialUnit]) -> Iterator[str]:
    """Yield the units that are no more: provinces, districts, then the communes of each."""
    for kind, title in ((UnitKind.PROVINCE, "Tỉnh cũ"), (UnitKind.DISTRICT, "Huyện cũ")):
        ones = [one for one in former if one.newest.kind is kind]
        if ones:
            yield f"  # {title}"
            yield from (_retired(one) for one in ones)
            yield ""
    groups: defaultdict[str, list[OfficialUnit]] = defaultdict(list)
    for one in former:
        if not _is_above(one):
            groups[one.newest.parent or ""].append(one)
    for district in sorted(groups, key=lambda unit: _code(official, unit)):
        above = official.units.get(official.units[district].newest.parent or "")
        where = f" ({above.newest.name})" if above is not None else ""
        yield f"  # {_name(official, district)}{where}"
        yield from (_retired(one) for one in groups[district])
        yield ""


def _retired(unit: OfficialUnit) -> str:
    fields = _fields(unit, kind=True)
    fields["parent"] = unit.newest.parent
    fields["lifecycle"] = "retired"
    return f"  - {flow(plain(fields))}"


def _fields(unit: OfficialUnit, *, kind: bool) -> dict[str, Any]:
    now = unit.newest
    fields: dict[str, Any] = {"id": unit.id, "name": now.name}
    if kind:
        fields["kind"] = str(now.kind)
    if len(now.code) in _CODED:
        fields["code"] = now.code
    if unit.latitude is not None and unit.longitude is not None:
        fields |= {"latitude": unit.latitude, "longitude": unit.longitude}
    return fields


def _is_above(unit: OfficialUnit) -> bool:
    return unit.newest.kind in {UnitKind.PROVINCE, UnitKind.DISTRICT}


def _code(official: OfficialUnits, unit: str) -> str:
    return official.units[unit].newest.code if unit else _LAST


def _name(official: OfficialUnits, unit: str) -> str:
    return official.units[unit].newest.name if unit else "Đơn vị khác"
