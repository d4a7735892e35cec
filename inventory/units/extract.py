"""Makes the shipped CSV files out of the package vietnamadminunits: for a developer.

    python -m inventory.units.extract vietnamadminunits-1.0.4-py3-none-any.whl

The argument is the wheel or the folder it was unpacked to. The files in inventory/units/data/ are
read first: an id that a unit has there is kept, and no unit of theirs disappears. What cannot be
joined is printed and ends with exit status 1 before anything is written.
"""

import argparse
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from inventory.names import slug, spelling_key
from inventory.units import table
from inventory.units.drafts import Draft, Drafts, drafts
from inventory.units.kinds import bare
from inventory.units.records import OfficialUnit, OfficialUnits, OfficialVersion
from inventory.units.source import read_source, unjoined

DATA: Final = Path(__file__).with_name("data")
ENDED: Final = "-cu"
"""Added to the id of a unit that ended, where one that lasts has it."""


def main(arguments: Sequence[str]) -> int:
    """Write the files anew; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m inventory.units.extract", description="Make the official units' files anew."
    )
    parser.add_argument("source", type=Path, help="the package's wheel, or its unpacked folder")
    source = read_source(parser.parse_args(arguments).source)
    problems = unjoined(source)
    if problems:
        print("\n".join(problems))
        return 1
    present = _present()
    found = with_ids(drafts(source), present)
    lost = [present.units[unit] for unit in present.units.keys() - found.units.keys()]
    (DATA / "units.csv").write_text(table.write_units([*found.units.values(), *lost]), "utf-8")
    (DATA / "lineage.csv").write_text(
        table.write_lineage({*found.lineage, *present.lineage}), "utf-8"
    )
    new = len(found.units.keys() - present.units.keys())
    print(f"{len(found.units)} units, {new} of them new, {len(lost)} kept that the source lacks")
    return 0


def with_ids(found: Drafts, present: OfficialUnits) -> OfficialUnits:
    """Return the drafts as units. Those of `present` keep their ids."""
    ids = _ids(found.units, _known(present.units.values()))
    units = {
        ids[key]: OfficialUnit(
            id=ids[key],
            versions=tuple(
                msgspec.structs.replace(one, parent=ids[one.parent] if one.parent else None)
                for one in draft.versions
            ),
            latitude=draft.latitude,
            longitude=draft.longitude,
            area_km2=draft.area_km2,
        )
        for key, draft in found.units.items()
    }
    lineage = tuple(
        msgspec.structs.replace(one, old=ids[one.old], new=ids[one.new]) for one in found.lineage
    )
    return OfficialUnits(units=units, lineage=lineage)


def _ids(units: Mapping[str, Draft], known: Mapping[tuple[object, ...], str]) -> dict[str, str]:
    ids: dict[str, str] = {}
    taken = set(known.values())
    # What lasts comes first: it keeps the id it had, and has the plain one.
    lasting_first = sorted(units, key=lambda key: units[key].versions[-1].valid_to is not None)
    free = set(taken)
    for key in lasting_first:
        had = (known.get(_trace(version)) for version in reversed(units[key].versions))
        kept = next((unit for unit in had if unit in free), None)
        if kept is not None:
            ids[key] = kept
            free.remove(kept)
    for key in lasting_first:
        if key in ids:
            continue
        newest = units[key].versions[-1]
        made = f"{slug(bare(newest.name))}-{newest.code}"
        if made in taken and newest.valid_to is not None:
            made += ENDED
        if made in taken:
            raise ValueError(f"{newest.name} ({newest.code}): its id {made} is taken")
        ids[key] = made
        taken.add(made)
    return ids


def _known(units: Iterable[OfficialUnit]) -> dict[tuple[object, ...], str]:
    return {_trace(version): unit.id for unit in units for version in unit.versions}


def _trace(version: OfficialVersion) -> tuple[object, ...]:
    """Return what a version is recognised by, however a later source spells its name."""
    return version.code, spelling_key(version.name), version.valid_from


def _present() -> OfficialUnits:
    units, lineage = DATA / "units.csv", DATA / "lineage.csv"
    if not units.exists():
        return OfficialUnits(units={}, lineage=())
    return table.read(units.read_text("utf-8"), lineage.read_text("utf-8"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
