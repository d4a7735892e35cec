"""Typed records of the official units. Ids are ours and for ever; codes, names, parents change.

A code is not an identity: of 3,321 codes of today 2,145 belonged to a commune with another name
before July 2025, so a unit is known by `id`, and what it was called and where it belonged are
versions with a period each.

Which unit is the same one is decided by its extent:

- A unit that neither took in another nor lost a part is the same before and after, whatever
  became of its name, kind, code and parent: it has a version for each (Xã Krông Na is now called
  Xã Buôn Đôn). All communes have at least the change of their parent on 1 July 2025, from a
  district to a province.
- A unit made of several, or of parts, is a new one, even under a name and code that one of them
  had; the old ones ended, and `OfficialLineage` says what went where. Provinces likewise.
- A district ended on 1 July 2025 and is no commune, even where one special zone has its whole
  extent (Huyện Lý Sơn, Đặc khu Lý Sơn): lineage of the kind `renamed`.

An id is the slug of the name (without its kind) that the unit had when it first came into the
data, a hyphen and its code of then: bang-thanh-01864. Where a unit that ended would have the id
of one that lasts, -cu is added to it: thai-nguyen-19-cu. Ids are written down in data/units.csv
and never made anew (`inventory.units.extract`).
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from functools import cached_property

import msgspec

from inventory.model import UnitKind


class OfficialVersion(msgspec.Struct, frozen=True, kw_only=True):
    """What a unit is or was called in a period; `valid_to` is the first day after it.

    `parent` is the id of the unit above. `valid_from` None: since before the data begin.
    """

    name: str
    kind: UnitKind
    code: str
    parent: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None


class OfficialUnit(msgspec.Struct, frozen=True, kw_only=True):
    """One unit with its versions, the newest last.

    Degrees are WGS 84, of about the middle of its area: no office stands there. What is not known
    of a unit is None.
    """

    id: str
    versions: tuple[OfficialVersion, ...]
    latitude: float | None = None
    longitude: float | None = None
    area_km2: float | None = None

    @property
    def newest(self) -> OfficialVersion:
        """Return what the unit is called now, or was called last."""
        return self.versions[-1]

    @property
    def is_current(self) -> bool:
        """Return whether the unit still exists."""
        return self.newest.valid_to is None


class OfficialLineage(msgspec.Struct, frozen=True, kw_only=True):
    """The unit `new` came from `old`, wholly or in part; `kind`: merged, split, renamed.

    `split` says that `old` went to several units, so `new` has a part of it; it is always partial.
    """

    old: str
    new: str
    kind: str
    on: date
    partial: bool = False


class OfficialUnits(msgspec.Struct, frozen=True, dict=True, eq=False):
    """All official units by id, and which came from which.

    Each is itself only (no `eq`), so that an index of it can be kept by it.
    """

    units: Mapping[str, OfficialUnit]
    lineage: tuple[OfficialLineage, ...]

    @cached_property
    def origins(self) -> Mapping[str, tuple[OfficialLineage, ...]]:
        """Return by id of a unit the lineage that leads to it, oldest names included."""
        return _grouped(self.lineage, "new")

    @cached_property
    def successors(self) -> Mapping[str, tuple[OfficialLineage, ...]]:
        """Return by id of a former unit the lineage that leads away from it."""
        return _grouped(self.lineage, "old")

    @cached_property
    def members(self) -> Mapping[str, tuple[OfficialUnit, ...]]:
        """Return by id the units that lie or lay directly below one."""
        found: defaultdict[str, dict[str, OfficialUnit]] = defaultdict(dict)
        for unit in self.units.values():
            for version in unit.versions:
                if version.parent is not None:
                    found[version.parent][unit.id] = unit
        return {parent: tuple(ones.values()) for parent, ones in found.items()}

    def with_code(self, code: str) -> list[OfficialUnit]:
        """Return all units that have or had a code, those in force first."""
        ones = (
            unit for unit in self.units.values() if any(one.code == code for one in unit.versions)
        )
        return sorted(ones, key=lambda unit: not unit.is_current)


def _grouped(
    lineage: tuple[OfficialLineage, ...], field: str
) -> dict[str, tuple[OfficialLineage, ...]]:
    found: defaultdict[str, list[OfficialLineage]] = defaultdict(list)
    for one in lineage:
        found[getattr(one, field)].append(one)
    return {unit: tuple(ones) for unit, ones in found.items()}
