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
    near = near_province(official, wanted)
    every = [
        one
        for one in official.units.values()
        if one.is_current and one.newest.kind is UnitKind.PROVINCE and near in {"", one.newest.name}
    ]
    hint = f" (did you mean {_named(every)}?)" if near else f": {_named(every)}"
    raise ConfigError([f"{_EXPECTED}, {got}{hint}"])


def _named(ones: Iterable[OfficialUnit]) -> str:
    return ", ".join(f"{one.newest.code} {one.newest.name}" for one in ones)
