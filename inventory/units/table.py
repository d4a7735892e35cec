"""The two CSV files of the official units: text to records and back. Pure.

`units.csv` has one row for each version of a unit, the oldest first; position and area stand in
its newest one. `lineage.csv` has one row for each part that went from one unit to another.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import lru_cache
from io import StringIO
from typing import Final

from inventory.units.kinds import kind_of
from inventory.units.records import (
    OfficialLineage,
    OfficialUnit,
    OfficialUnits,
    OfficialVersion,
)

UNITS_HEADER: Final = (
    "unit",
    "name",
    "code",
    "parent",
    "valid_from",
    "valid_to",
    "latitude",
    "longitude",
    "area_km2",
)
LINEAGE_HEADER: Final = ("old", "new", "kind", "on")
PARTIAL: Final = "split"
"""The kind of lineage that says that the old unit went to several."""


def read(units: str, lineage: str) -> OfficialUnits:
    """Return the records of both files. Raises ValueError for a file of another form."""
    return OfficialUnits(
        units=dict(_units(_rows(units, UNITS_HEADER))),
        lineage=tuple(
            OfficialLineage(old=old, new=new, kind=kind, on=_day(on), partial=kind == PARTIAL)
            for old, new, kind, on in _rows(lineage, LINEAGE_HEADER)
        ),
    )


def write_units(units: Iterable[OfficialUnit]) -> str:
    """Return units.csv: provinces, districts, communes, each by code, what lasts before the rest.

    The versions of a unit stand together.
    """
    ordered = sorted(
        units,
        key=lambda unit: (len(unit.newest.code), unit.newest.code, not unit.is_current, unit.id),
    )
    return _written(UNITS_HEADER, (row for unit in ordered for row in _unit_rows(unit)))


def write_lineage(lineage: Iterable[OfficialLineage]) -> str:
    """Return lineage.csv, sorted by what came to be, then by what it came from."""
    ordered = sorted(lineage, key=lambda one: (one.new, one.on, one.old))
    return _written(
        LINEAGE_HEADER, ((one.old, one.new, one.kind, one.on.isoformat()) for one in ordered)
    )


def _rows(text: str, header: Sequence[str]) -> Iterator[list[str]]:
    rows = csv.reader(StringIO(text))
    found = next(rows, [])
    if found != list(header):
        raise ValueError(f"expected the columns {', '.join(header)}, got {', '.join(found)}")
    return rows


def _units(rows: Iterable[list[str]]) -> Iterator[tuple[str, OfficialUnit]]:
    """Yield the units; consecutive rows of the same id are versions of one."""
    versions: list[OfficialVersion] = []
    last: list[str] = []
    for row in rows:
        if last and last[0] != row[0]:
            yield last[0], _unit(last, versions)
            versions = []
        versions.append(_version(row))
        last = row
    if last:
        yield last[0], _unit(last, versions)


def _version(row: list[str]) -> OfficialVersion:
    _, name, code, parent, valid_from, valid_to, *_ = row
    return OfficialVersion(
        name=name,
        kind=kind_of(name, code),
        code=code,
        parent=parent or None,
        valid_from=_day(valid_from) if valid_from else None,
        valid_to=_day(valid_to) if valid_to else None,
    )


def _unit(row: list[str], versions: list[OfficialVersion]) -> OfficialUnit:
    latitude, longitude, area = row[6:]
    return OfficialUnit(
        id=row[0],
        versions=tuple(versions),
        latitude=float(latitude) if latitude else None,
        longitude=float(longitude) if longitude else None,
        area_km2=float(area) if area else None,
    )


@lru_cache(maxsize=256)
def _day(text: str) -> date:
    return date.fromisoformat(text)


def _unit_rows(unit: OfficialUnit) -> Iterator[tuple[str, ...]]:
    for version in unit.versions:
        newest = version is unit.newest
        yield (
            unit.id,
            version.name,
            version.code,
            version.parent or "",
            version.valid_from.isoformat() if version.valid_from else "",
            version.valid_to.isoformat() if version.valid_to else "",
            _number(unit.latitude if newest else None),
            _number(unit.longitude if newest else None),
            _number(unit.area_km2 if newest else None),
        )


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.7g}"


def _written(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()
