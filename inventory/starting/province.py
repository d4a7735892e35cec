"""Which province a person means: by its code, or by its name in any spelling. Pure."""

from collections.abc import Iterable
from typing import Final

from govnet.errors import ConfigError
from inventory.model import UnitKind
from inventory.names import search_key
from inventory.problems import nearest, quoted
from inventory.units.kinds import bare
from inventory.units.records import OfficialUnit, OfficialUnits

_EXPECTED: Final = "--province: expected the code or the name of a province of today, like 19"


def find_province(official: OfficialUnits, wanted: str) -> OfficialUnit:
    """Return the province of today with that code or name; diacritics and case do not matter.

    Raises ConfigError for any other: for a former province it says which one it is in now, else
    which names are like it.
    """
    every = [one for one in official.units.values() if one.newest.kind is UnitKind.PROVINCE]
    today = [one for one in every if one.is_current]
    found = [one for one in today if _is_meant(one, wanted)]
    if found:
        return found[0]
    for former in every:
        if not former.is_current and _is_meant(former, wanted):
            now = [official.units[one.new] for one in official.successors.get(former.id, ())]
            raise ConfigError([f"{_EXPECTED}; {former.newest.name} is now in {_named(now)}"])
    keys = {search_key(bare(one.newest.name)): one for one in today}
    like = [keys[key] for key in nearest(_key(wanted), keys)]
    like += [one for key, one in keys.items() if _key(wanted) in key and one not in like]
    hint = f" (did you mean {_named(like)}?)" if like and wanted.strip() else f": {_named(today)}"
    raise ConfigError([f"{_EXPECTED}, got {quoted(wanted)}{hint}"])


def _is_meant(province: OfficialUnit, wanted: str) -> bool:
    name = province.newest.name
    return wanted.strip() == province.newest.code or _key(wanted) in {
        search_key(name),
        search_key(bare(name)),
    }


def _key(wanted: str) -> str:
    """Return the key of what a person typed, whose word before the name may be a short one."""
    key = search_key(wanted)
    for short in ("tp.", "tp ", "t."):
        key = key.removeprefix(short).strip()
    return key


def _named(provinces: Iterable[OfficialUnit]) -> str:
    return ", ".join(f"{one.newest.code} {one.newest.name}" for one in provinces)
