"""Which units there are and were, and what became of what, by the rules of `records`. Pure.

Units have no ids yet: parents and lineage are keys. A key says when it was so: of today, or of
before the reform, for one name and code may be two units.
"""

from datetime import date
from typing import Final

import msgspec

from inventory.units import table
from inventory.units.kinds import kind_of
from inventory.units.records import OfficialLineage, OfficialVersion
from inventory.units.source import Row, Source

REFORM: Final = date(2025, 7, 1)
"""The day on which districts ended and communes and provinces were merged."""


class Draft(msgspec.Struct, kw_only=True):
    """A unit before it has its id; the parents of its versions are keys of drafts."""

    versions: list[OfficialVersion]
    latitude: float | None = None
    longitude: float | None = None
    area_km2: float | None = None


class Drafts(msgspec.Struct, kw_only=True):
    """All drafts by key, and the lineage between the keys."""

    units: dict[str, Draft] = {}
    lineage: list[OfficialLineage] = []


def drafts(source: Source) -> Drafts:
    """Return units with versions: the same unit where the extent stayed, else another."""
    found = Drafts()
    _add_provinces(source, found)
    _add_districts(source, found)
    _add_communes(source, found)
    return found


def _add_provinces(source: Source, found: Drafts) -> None:
    today = {row["provinceKey"]: row for row in source.today.values()}
    before = {row["provinceKey"]: row for row in source.before.values()}
    for key, row in today.items():
        merged = source.provinces[key]
        since = REFORM if len(merged) > 1 else None
        found.units[_now(key)] = Draft(
            versions=[_version(row["province"], row["provinceCode"], valid_from=since)],
            latitude=_degrees(row["provinceLat"]),
            longitude=_degrees(row["provinceLon"]),
        )
        for old in merged if since else ():
            former = before[old]
            found.units[_then(old)] = Draft(
                versions=[_version(former["province"], former["provinceCode"], valid_to=REFORM)],
                latitude=_degrees(former["provinceLat"]),
                longitude=_degrees(former["provinceLon"]),
            )
            found.lineage.append(_lineage(_then(old), _now(key), "merged"))


def _add_districts(source: Source, found: Drafts) -> None:
    for row in source.before.values():
        province = _then(row["provinceKey"])
        # A province that took in no other is the same unit before and after.
        parent = province if province in found.units else _now(row["provinceKey"])
        found.units[_district(row)] = Draft(
            versions=[_version(row["district"], row["districtCode"], parent, valid_to=REFORM)],
            latitude=_degrees(row["districtLat"]),
            longitude=_degrees(row["districtLon"]),
        )


def _add_communes(source: Source, found: Drafts) -> None:
    went: dict[str, str] = {}
    for key, row in source.today.items():
        whole, parts = source.whole.get(key, ()), source.parts.get(key, ())
        draft = Draft(
            versions=[
                _version(row["ward"], row["wardCode"], _now(row["provinceKey"]), valid_from=REFORM)
            ],
            latitude=_degrees(row["wardLat"]),
            longitude=_degrees(row["wardLon"]),
            area_km2=row["wardAreaKm2"] or None,
        )
        found.units[_now(key)] = draft
        if len(whole) == 1 and not parts:
            former = source.before[whole[0]]
            went[whole[0]] = key
            if former["wardCode"] is None:
                found.lineage.append(_lineage(_district(former), _now(key), "renamed"))
            else:
                draft.versions.insert(0, _former_commune(former))
            continue
        found.lineage += [_lineage(_then(old), _now(key), "merged") for old in whole]
        found.lineage += [_lineage(_then(old), _now(key), table.PARTIAL) for old in parts]
    for key, row in source.before.items():
        if key not in went:
            found.units[_then(key)] = Draft(
                versions=[_former_commune(row)],
                latitude=_degrees(row["wardLat"]),
                longitude=_degrees(row["wardLon"]),
            )


def _former_commune(row: Row) -> OfficialVersion:
    return _version(row["ward"], row["wardCode"], _district(row), valid_to=REFORM)


def _version(
    name: str,
    code: str,
    parent: str | None = None,
    *,
    valid_from: date | None = None,
    valid_to: date | None = None,
) -> OfficialVersion:
    return OfficialVersion(
        name=name,
        kind=kind_of(name, code),
        code=code,
        parent=parent,
        valid_from=valid_from,
        valid_to=valid_to,
    )


def _lineage(old: str, new: str, kind: str) -> OfficialLineage:
    return OfficialLineage(old=old, new=new, kind=kind, on=REFORM, partial=kind == table.PARTIAL)


def _now(key: str) -> str:
    return f"now {key}"


def _then(key: str) -> str:
    return f"then {key}"


def _district(row: Row) -> str:
    return f"district {row['districtCode']}"


def _degrees(value: float | None) -> float | None:
    """Return the degrees to 4 places: 11 m, which is more than a commune's middle is worth."""
    return None if value is None else round(value, 4)
