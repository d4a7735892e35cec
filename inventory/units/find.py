"""Finds official units by what a person typed, under every name they ever had. Pure.

A name alone never decides: 2,991 names stand for 3,321 communes of today, and more for those of
before. `find` shows all that fit, `resolve` gives one only where a province, a parent or a code
decides.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

import msgspec

from inventory.names import sort_key
from inventory.problems import nearest
from inventory.units.became import today
from inventory.units.kinds import PROVINCE_CODE_DIGITS, word_of
from inventory.units.records import OfficialUnit, OfficialUnits, OfficialVersion
from inventory.units.typed import Typed, Word, glued, readings, typed, words

SHOWN = 30
"""So many matches are returned at most, unless asked otherwise."""


class Fit(IntEnum):
    """How well a name fits what was typed, the best first."""

    SPELLED = 0
    """Every diacritic is the same; only where the person typed some."""
    BARE = 1
    """Letters are the same; where diacritics were typed, those are the same."""
    OTHERWISE = 2
    """Letters are the same, the diacritics typed are others: another name."""
    PART = 3
    """What was typed is only a part of the name."""


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """A unit that fits, the version whose name it is, and what the unit is today."""

    unit: OfficialUnit
    version: OfficialVersion
    fit: Fit
    kind_fits: bool
    """The kind that was typed is its kind, or none was typed."""
    placed: bool
    """Something above it was typed too, or its code."""
    today: tuple[OfficialUnit, ...]


class Matches(msgspec.Struct, frozen=True, kw_only=True):
    """The units that fit, the best first; `total` counts those beyond the limit too."""

    found: tuple[Match, ...]
    total: int


class Resolution(msgspec.Struct, frozen=True, kw_only=True):
    """The one unit of today that was meant, or None and what it might be.

    `match` is by which name it was found: that of a former unit, where an old name was typed.
    """

    unit: OfficialUnit | None
    match: Match | None
    candidates: tuple[Match, ...]


class _Entry(NamedTuple):
    unit: OfficialUnit
    version: OfficialVersion


class _Index(NamedTuple):
    by_name: Mapping[str, tuple[_Entry, ...]]
    by_code: Mapping[str, tuple[_Entry, ...]]
    by_words: Mapping[str, tuple[_Entry, ...]]


def find(
    units: OfficialUnits, text: str, *, province: str | None = None, limit: int = SHOWN
) -> Matches:
    """Return the units that fit a text: a name or code, with parents after it if they are known.

    `province` is a name or code, of today or former: what lies or lay in it is kept. Where a kind
    was typed and fits some, the others are left out. One unit stands once, by its best name.
    """
    found = _matching(units, text, province)
    return Matches(found=tuple(found[:limit]), total=len(found))


def resolve(units: OfficialUnits, text: str, *, province: str | None = None) -> Resolution:
    """Return the one unit of today that a text means, if it means one: for programs.

    1. An id means its unit.
    2. Something beside the name must have been given: a province, a parent or a code.
    3. Kinds and diacritics that were typed must be the name's; the best spelled names count.
    4. A name or code in force counts before former ones.
    5. What is left must be one unit today, whether it had that name itself or came from one.
    """
    meant = units.units.get(text.strip())
    if meant is not None:
        match = _match(units, _Entry(meant, meant.newest), Fit.SPELLED, placed=True)
        return _resolution(match.today, (match,))
    found = _matching(units, text, province)
    fitting = [one for one in found if one.fit < Fit.OTHERWISE and one.kind_fits]
    best = [one for one in fitting if one.fit == fitting[0].fit]
    in_force = [one for one in best if one.version.valid_to is None]
    left = in_force or best
    meant_today = {unit.id: unit for one in left for unit in one.today}
    decided = bool(province) or all(one.placed for one in left)
    if not decided or len(meant_today) != 1:
        return Resolution(unit=None, match=None, candidates=tuple(found))
    return _resolution(tuple(meant_today.values()), left)


def provinces(units: OfficialUnits, text: str) -> frozenset[str]:
    """Return the ids of the provinces, of today and former, with that name or code; may be none."""
    known = _index(units)
    entries = list(known.by_code.get(text.strip().zfill(PROVINCE_CODE_DIGITS), ()))
    for reading in readings(words(text)):
        entries += known.by_name.get(glued(reading.name), ())
    return frozenset(one.unit.id for one in entries if one.version.parent is None)


def near_names(units: OfficialUnits, text: str) -> list[str]:
    """Return the name most like the one typed, as it is written, or nothing."""
    known = _index(units)
    parts = typed(text).parts
    if not parts:
        return []
    for reading in readings(parts[0]):
        name = glued(reading.name)
        # A mistake in the first letter is rare, and to compare all names takes seconds.
        found = nearest(name, [key for key in known.by_name if key[0] == name[0]])
        if found:
            return sorted({entry.version.name for entry in known.by_name[found[0]]}, key=sort_key)
    return []


def near_province(units: OfficialUnits, text: str) -> str:
    """Return the name of the province most like the one typed, or an empty text."""
    names = {
        glued(_name_words(unit.newest)): unit.newest.name
        for unit in units.units.values()
        if unit.newest.parent is None
    }
    found = [
        names[key]
        for reading in readings(words(text))
        for key in nearest(glued(reading.name), names)
    ]
    return found[0] if found else ""


def _resolution(meant: Sequence[OfficialUnit], matches: Sequence[Match]) -> Resolution:
    one = meant[0] if len(meant) == 1 else None
    return Resolution(unit=one, match=matches[0] if one else None, candidates=tuple(matches))


def _matching(units: OfficialUnits, text: str, province: str | None) -> list[Match]:
    within = provinces(units, province) if province else None
    asked = typed(text)
    best: dict[str, Match] = {}
    code = text.strip() if asked.parts else asked.code
    for match in _by_code(units, code) or _by_name(units, asked) or _by_part(units, asked):
        held = best.get(match.unit.id)
        if within is not None and not within & _around(units, match.unit):
            continue
        if asked.code and asked.code not in {one.code for one in match.unit.versions}:
            continue
        if held is None or _rank(match) < _rank(held):
            best[match.unit.id] = match
    if asked.code and not best:
        # The name is not that of the code: what the code means is shown, and decides nothing.
        by_code = _by_code(units, asked.code, Fit.OTHERWISE)
        best = {one.unit.id: one for one in by_code}
    ranked = sorted(best.values(), key=_rank)
    return [one for one in ranked if one.kind_fits] or ranked


def _by_code(units: OfficialUnits, code: str, fit: Fit = Fit.SPELLED) -> list[Match]:
    entries = _index(units).by_code.get(code, ())
    return [_match(units, entry, fit, placed=True) for entry in entries]


def _by_name(units: OfficialUnits, asked: Typed) -> list[Match]:
    """Return what has exactly that name; words after it must be names of what lies above."""
    if not asked.parts:
        return []
    found = []
    name, *parents = asked.parts
    for length in range(len(name), 0, -1):
        behind = [*([name[length:]] if name[length:] else []), *parents]
        for reading in readings(name[:length]):
            if not reading.kind and glued(reading.name).isdecimal():
                continue  # A number alone is no name.
            for entry in _index(units).by_name.get(glued(reading.name), ()):
                if _lies_in(units, entry.unit, behind):
                    fit = _fit(reading.name, _name_words(entry.version), marked=asked.marked)
                    placed = bool(behind or asked.code)
                    found.append(_match(units, entry, fit, reading.kind, placed=placed))
    return found


def _by_part(units: OfficialUnits, asked: Typed) -> list[Match]:
    """Return what has the words in its name, the last one perhaps unfinished."""
    if not asked.parts:
        return []
    found = []
    name, *parents = asked.parts
    for reading in readings(name):
        part = " " + " ".join(word.plain for word in reading.name)
        for key, entries in _index(units).by_words.items():
            if part in key:
                found += [
                    _match(units, entry, Fit.PART, reading.kind, placed=bool(parents))
                    for entry in entries
                    if _lies_in(units, entry.unit, parents)
                ]
    return found


def _match(units: OfficialUnits, entry: _Entry, fit: Fit, kind: str = "", *, placed: bool) -> Match:
    return Match(
        unit=entry.unit,
        version=entry.version,
        fit=fit,
        kind_fits=kind in {"", word_of(entry.version.name).casefold()},
        placed=placed,
        today=today(units, entry.unit),
    )


def _rank(match: Match) -> tuple[object, ...]:
    """Order: what fits best, then what is in force, then the higher tier, then the alphabet."""
    version = match.version
    return (
        match.fit,
        not match.kind_fits,
        version.valid_to is not None,
        len(version.code),
        sort_key(version.name),
        version.code,
        match.unit.id,
    )


def _fit(asked: Sequence[Word], name: Sequence[Word], *, marked: bool) -> Fit:
    """Return how well the typed words fit a name that has the same letters."""
    if not marked:
        return Fit.BARE
    if "".join(word.spelled for word in asked) == "".join(word.spelled for word in name):
        return Fit.SPELLED
    pairs = zip(asked, name, strict=False)
    same = len(asked) == len(name) and all(a.spelled == b.spelled or not a.marked for a, b in pairs)
    return Fit.BARE if same else Fit.OTHERWISE


def _lies_in(units: OfficialUnits, unit: OfficialUnit, parents: Iterable[Sequence[Word]]) -> bool:
    """Return whether all the parents that were typed are names of what is or was above a unit."""
    asked = list(parents)
    if not asked:
        return True
    names = {key for one in _around(units, unit) - {unit.id} for key in _keys(units.units[one])}
    return all(_is_made_of(part, names) for part in asked)


def _is_made_of(part: Sequence[Word], names: set[str]) -> bool:
    """Return whether words are such names, one after another, each with its kind or without."""
    if not part:
        return True
    return any(
        glued(reading.name) in names and _is_made_of(part[length:], names)
        for length in range(1, len(part) + 1)
        for reading in readings(part[:length])
    )


def _around(units: OfficialUnits, unit: OfficialUnit) -> frozenset[str]:
    """Return the ids of the unit, of what was ever above it, and of what is above it today."""
    found = {unit.id}
    for one in (unit, *today(units, unit)):
        for version in one.versions:
            found.update(_ids_above(units, version))
    return frozenset(found)


def _ids_above(units: OfficialUnits, version: OfficialVersion) -> Iterator[str]:
    while version.parent is not None:
        yield version.parent
        version = units.units[version.parent].newest


def _keys(unit: OfficialUnit) -> Iterator[str]:
    for version in unit.versions:
        yield glued(_name_words(version))


def _name_words(version: OfficialVersion) -> tuple[Word, ...]:
    return words(version.name.removeprefix(word_of(version.name)))


@lru_cache(maxsize=2)
def _index(units: OfficialUnits) -> _Index:
    by_name, by_code, by_words = defaultdict(list), defaultdict(list), defaultdict(list)
    for unit in units.units.values():
        for version in unit.versions:
            entry, name = _Entry(unit, version), _name_words(version)
            by_name[glued(name)].append(entry)
            by_code[version.code].append(entry)
            by_words[" " + " ".join(word.plain for word in name)].append(entry)
    return _Index(
        *({key: tuple(ones) for key, ones in by.items()} for by in (by_name, by_code, by_words))
    )
