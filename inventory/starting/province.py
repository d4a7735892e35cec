"""Which province a person means: by its code, or by its name in any spelling. Pure."""

from collections.abc import Iterable
from typing import Final

from govnet.errors import ConfigError
from inventory.model import UnitKind
from inventory.problems import quoted
from inventory.units.became import today
from inventory.units.find import near_province, provinces
from inventory.units.records import OfficialUnit, OfficialUnits

_EXPECTED: Final = "--province: expected the code or the name of a province of today, like 19"


def find_province(official: OfficialUnits, wanted: str) -> OfficialUnit:
    """Return the province of today with that code or name; diacritics and case do not matter.

    Raises ConfigError for any other: for a former province it says which one it is in now, else
    which name is like it, or all of them.
    """
    found = [official.units[one] for one in sorted(provinces(official, wanted))]
    for province in found:
        if province.is_current:
            return province
    got = f"got {quoted(wanted)}"
    if found:
        (former, *_) = found
        now = _named(today(official, former))
        raise ConfigError([f"{_EXPECTED}, {got}: {former.newest.name} is now in {now}"])
    hint = _hint(official, near_province(official, wanted))
    raise ConfigError([f"{_EXPECTED}, {got}{hint}"])


def _hint(official: OfficialUnits, near: str) -> str:
    """Return what to say of the nearest name, of today or former; without one all of today."""
    every = [one for one in official.units.values() if one.newest.kind is UnitKind.PROVINCE]
    if not near:
        return f": {_named(one for one in every if one.is_current)}"
    alike = sorted(
        (one for one in every if one.newest.name == near), key=lambda one: not one.is_current
    )
    nearest = alike[0]
    if nearest.is_current:
        return f" (did you mean {_named([nearest])}?)"
    now = _named(today(official, nearest))
    return f" (did you mean {nearest.newest.name}, which is now in {now}?)"


def _named(ones: Iterable[OfficialUnit]) -> str:
    return ", ".join(f"{one.newest.code} {one.newest.name}" for one in ones)
