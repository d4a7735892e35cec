"""The lists that drop-downs offer: what a person sees, and the id that it stands for.

A person may also type an id, a code or a name without diacritics (`Lookup`). Two records of one
name are never taken for each other: what is shown tells them apart, and a name alone that fits
both is ambiguous.
"""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count
from typing import Final, NamedTuple

import msgspec

from inventory.model import Carrier, Group, Inventory, Lifecycle, MachineProfile, Site, Unit
from inventory.names import search_key
from inventory.workbook.column import Choices
from inventory.workbook.words import ALSO, WORDS
from inventory.workbook.written import NOTHING_WRITTEN, Written

COMMUNE_CODE_DIGITS: Final = 5
"""Of a commune's code (QĐ 19/2025/QĐ-TTg): Excel drops the noughts in front."""
_KIND_OF_UNIT = re.compile(r"(?:xa |x\. ?|phuong |p\. ?|dac khu |dk\. ?|tinh |t\. ?)(?=.)")


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a drop-down.

    `shown` is unique in its list. `name` is the record's own, `codes` what else it is known by.
    What is not `offered` (a former commune) can still be read.
    """

    id: str
    shown: str
    name: str
    codes: tuple[str, ...] = ()
    offered: bool = True


class Lookup:
    """From what a person wrote in a cell to the ids it may mean."""

    def __init__(self, choices: Iterable[Choice]) -> None:
        """Prepare the tables, the surest reading first."""
        ones = tuple(choices)
        self._offered = frozenset(one.id for one in ones if one.offered)
        readings = (
            ((one.id, one.id) for one in ones),
            ((_exact(one.shown), one.id) for one in ones),
            ((_exact(one.name), one.id) for one in ones),
            ((search_key(one.shown), one.id) for one in ones),
            ((search_key(code), one.id) for one in ones for code in one.codes),
            ((search_key(one.name), one.id) for one in ones),
            ((_bare(one.name), one.id) for one in ones),
        )
        self._tables = tuple(_by_key(pairs) for pairs in readings)

    def find(self, text: str) -> tuple[str, ...]:
        """Return the id that the text means; several when it is ambiguous, none when unknown.

        In this order: the id, the text of the drop-down, the name as written, the text without
        diacritics, a code, the name without diacritics, the name without Xã, X., Phường, P....
        A record that is no longer offered gives way to one that is.
        """
        exact, key = _exact(text), search_key(text)
        code = key.zfill(COMMUNE_CODE_DIGITS) if key.isdecimal() else key
        asked = (text.strip(), exact, exact, key, key, key, _bare(text))
        for table, wanted in zip(self._tables, asked, strict=True):
            found = table.get(wanted, ())
            if found:
                return self._preferred(found)
        return self._preferred(self._tables[4].get(code, ()))

    def is_surely(self, text: str, identity: str) -> bool:
        """Return whether the text is the record's id or as the drop-down has it."""
        ids, shown = self._tables[:2]
        return identity in ids.get(text.strip(), ()) or identity in shown.get(_exact(text), ())

    def _preferred(self, found: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(one for one in found if one in self._offered) or found


def _by_key(pairs: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    found: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for key, identity in pairs:
        found[key][identity] = None
    return {key: tuple(ids) for key, ids in found.items()}


def _exact(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def _bare(name: str) -> str:
    """Return the key of a unit's name without the word for its kind."""
    return _KIND_OF_UNIT.sub("", search_key(name), count=1)


def choices_of(
    inventory: Inventory, written: Written = NOTHING_WRITTEN
) -> Mapping[Choices, tuple[Choice, ...]]:
    """Return every list of an inventory, records in its own order."""
    units = [_unit(inventory, one) for one in inventory.units.values()]
    lists = {
        Choices.UNITS: units,
        Choices.SITES: [_site(one) for one in inventory.sites.values()],
        Choices.SITE_PROFILES: [_Named(one, one) for one in written.site_profiles],
        Choices.MACHINE_PROFILES: _named(inventory.machine_profiles.values()),
        Choices.CARRIERS: _named(inventory.carriers.values()),
        Choices.CALENDARS: [_Named(one, one) for one in inventory.calendars],
        Choices.CLUSTERS: _named(inventory.clusters.values()),
        Choices.POWER_AREAS: _named(inventory.power_areas.values()),
    }
    words = {
        kind: tuple(
            Choice(id=str(one), shown=name, name=name, codes=ALSO.get(kind, {}).get(one, ()))
            for one, name in names.items()
        )
        for kind, names in WORDS.items()
    }
    return {**{kind: _told_apart(ones) for kind, ones in lists.items()}, **words}


class _Named(NamedTuple):
    """A record of a list; `hints` are what may tell it from others of its name, the best first."""

    id: str
    name: str
    codes: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    offered: bool = True


def _named(ones: Iterable[Carrier | Group | MachineProfile]) -> list[_Named]:
    return [_Named(one.id, one.name) for one in ones]


def _unit(inventory: Inventory, unit: Unit) -> _Named:
    parent = inventory.units.get(unit.parent or "")
    return _Named(
        unit.id,
        unit.name,
        codes=tuple(filter(None, (unit.code, unit.identifier))),
        hints=tuple(filter(None, (unit.code, parent.name if parent else None))),
        offered=unit.lifecycle is not Lifecycle.RETIRED,
    )


def _site(site: Site) -> _Named:
    return _Named(
        site.id,
        site.name,
        codes=(site.code,) if site.code else (),
        hints=(site.code,) if site.code else (),
        offered=site.lifecycle is not Lifecycle.RETIRED,
    )


def _told_apart(ones: Sequence[_Named]) -> tuple[Choice, ...]:
    """Return the lines of a list; equal names get what tells them apart in brackets.

    Names are equal when they are so without diacritics. What is shown is no other's name or id.
    """
    alike: defaultdict[str, list[_Named]] = defaultdict(list)
    for one in ones:
        alike[search_key(one.name)].append(one)
    ids = {one.id for one in ones}
    taken = ids | {_exact(one.name) for one in ones}
    made: list[Choice] = []
    for one in ones:
        others = alike[search_key(one.name)]
        shown = one.name
        if len(others) > 1 or (one.name.strip() in ids and one.name.strip() != one.id):
            shown = next(name for name in _names(one, others) if _exact(name) not in taken)
            taken.add(_exact(shown))
        made.append(
            Choice(id=one.id, shown=shown, name=one.name, codes=one.codes, offered=one.offered)
        )
    return tuple(made)


def _names(one: _Named, alike: Sequence[_Named]) -> Iterator[str]:
    """Yield names with something in brackets: what no other of that name has, then the id."""
    counts = Counter(hint for other in alike for hint in other.hints)
    for hint in one.hints:
        if counts[hint] == 1:
            yield f"{one.name} ({hint})"
    for number in count(1):
        yield f"{one.name} " + "(" * number + one.id + ")" * number
