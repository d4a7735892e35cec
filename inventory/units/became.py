"""Where an official unit lay, and what it is today. Pure."""

from collections.abc import Iterator

from inventory.units.records import OfficialUnit, OfficialUnits, OfficialVersion


def above(units: OfficialUnits, version: OfficialVersion) -> tuple[OfficialVersion, ...]:
    """Return what lay above a version in its time, the nearest first: district, province."""
    found = []
    while version.parent is not None:
        version = _in_time_of(version, units.units[version.parent])
        found.append(version)
    return tuple(found)


def today(units: OfficialUnits, unit: OfficialUnit) -> tuple[OfficialUnit, ...]:
    """Return the units in force that have its area now, sorted by code; itself if it is in force.

    A district that ended has those that its communes went to.
    """
    if unit.is_current:
        return (unit,)
    found = {one.id: one for one in _heirs(units, unit)}
    return tuple(sorted(found.values(), key=lambda one: one.newest.code))


def _heirs(units: OfficialUnits, unit: OfficialUnit) -> Iterator[OfficialUnit]:
    ways = units.successors.get(unit.id, ())
    next_ones = [units.units[way.new] for way in ways] or units.members.get(unit.id, ())
    for one in next_ones:
        if one.is_current:
            yield one
        else:
            yield from _heirs(units, one)


def _in_time_of(version: OfficialVersion, parent: OfficialUnit) -> OfficialVersion:
    """Return what the parent was called when the version ended, or is called now."""
    end = version.valid_to
    if end is None:
        return parent.newest
    in_time = (
        one
        for one in parent.versions
        if (one.valid_from is None or one.valid_from < end)
        and (one.valid_to is None or one.valid_to >= end)
    )
    return next(in_time, parent.newest)
