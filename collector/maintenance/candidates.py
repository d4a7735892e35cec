"""Which sites an announced power cut may reach: the utility names hamlets, never offices. Pure.

Only a ranked guess for the person who decides. In the text of a notice are looked for:

1. communes of today, with the word before them (`xã Đơn Dương`) or without
2. communes of before that became part of one of today
3. hamlets and streets of sites' postal addresses
4. power areas, where nothing nearer was found
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final, NamedTuple

from collector.maintenance.records import Candidate, Match
from inventory.model import Inventory, Lifecycle, Site, Unit, UnitKind
from inventory.names import search_key, sort_key

_COMMUNES: Final = frozenset({UnitKind.COMMUNE, UnitKind.WARD, UnitKind.SPECIAL_ZONE})
_UNIT_WORDS: Final = ("xa", "phuong", "thi tran", "dac khu", "tt", "x", "p", "dk")
"""Before the name of a commune."""
_OTHER_WORDS: Final = (
    *("thon", "to dan pho", "tdp", "khu pho", "kp", "buon", "bon", "ap", "xom", "lang", "to"),
    *("huyen", "thi xa", "thanh pho", "tp", "tx", "tinh", "duong", "dien luc", "cau", "cho"),
)
"""Before the name of something else that happens to be called like a commune."""
_HAMLET_WORDS: Final = (*("thon", "to dan pho", "tdp", "khu pho", "buon", "bon", "ap", "xom"), "to")
_AREA_WORDS: Final = ("khu vuc dien", "khu vuc", "xuat tuyen")
_NO_WORD: Final = re.compile("[^0-9a-z]+")
_IN_BRACKETS: Final = re.compile(r"\([^)]*\)")
_PARTS: Final = re.compile(r"[,;]| - ")
_MARKS: Final = re.compile(r"[,;:()\[\]\n]")
_FEWEST_LETTERS: Final = 3
"""Shorter names stand in too many words."""
RANK: Final = {match: rank for rank, match in enumerate(Match)}
"""Match -> its place; the nearest is 0."""


class _Name(NamedTuple):
    """What a commune is or was called, without the word before it."""

    words: str
    unit: str
    is_former: bool


class _Mention(NamedTuple):
    """A name that the text holds; `is_said` with the word before it."""

    name: _Name
    is_said: bool


class Places:
    """The names of one inventory, ready to be looked for."""

    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory
        names = set(_names(inventory))
        # What is called today as before is today's.
        names -= {name._replace(is_former=True) for name in names if not name.is_former}
        self._names = sorted(names, key=lambda one: (-len(one.words), one))
        self._sites = [
            site for site in inventory.sites.values() if site.lifecycle is Lifecycle.ACTIVE
        ]
        self._addresses = dict(self._addressed())

    def candidates(self, area: str, day: date) -> tuple[Candidate, ...]:
        """Return the sites that the text of a notice may mean on that day, the nearest first."""
        text = _text(area)
        mentions = list(self._mentions(text))
        units = {mention.name.unit for mention in mentions}
        found: dict[str, Match] = {}
        for site in self._sites:
            here = {site.unit_on(day), *self._addresses.get(site.id, ())}
            matches = list(_by_unit(site, here, mentions))
            if matches or not units:
                matches += _by_hamlet(site, text)
            if matches:
                found[site.id] = min(matches, key=RANK.__getitem__)
        if not found:
            found = {site.id: Match.POWER_AREA for site in self._in_power_areas(text)}

        def order(site: str) -> tuple[int, object, str]:
            return RANK[found[site]], sort_key(self._inventory.sites[site].name), site

        return tuple(Candidate(site, found[site]) for site in sorted(found, key=order))

    def _mentions(self, text: str) -> Iterator[_Mention]:
        """Yield what the text names; a name within a longer one that it holds does not count."""
        taken: list[tuple[int, int]] = []
        for name in self._names:
            for found in re.finditer(f"(?<= ){re.escape(name.words)}(?= )", text):
                start, end = found.span()
                if any(
                    first <= start and end <= last and end - start < last - first
                    for first, last in taken
                ):
                    continue
                before = text[:start].rstrip()
                if not _ends_with(before, _OTHER_WORDS):
                    taken.append((start, end))
                    yield _Mention(name, _ends_with(before, _UNIT_WORDS))

    def _addressed(self) -> Iterator[tuple[str, frozenset[str]]]:
        """Yield sites with the communes that their postal address names as such."""
        for site in self._sites:
            if site.postal_address:
                mentions = self._mentions(_text(site.postal_address))
                yield site.id, frozenset(one.name.unit for one in mentions if one.is_said)

    def _in_power_areas(self, text: str) -> Iterator[Site]:
        areas = {
            area.id
            for area in self._inventory.power_areas.values()
            if any(f" {name} " in text for name in _area_names(area.name))
        }
        yield from (site for site in self._sites if site.power_area in areas)


def words(text: str) -> str:
    """Return a text as words of small Latin letters and digits with one space between them."""
    return " ".join(_NO_WORD.split(search_key(text))).strip()


def _text(written: str) -> str:
    """Return a text as words, with a mark where a comma or bracket parts them."""
    return f" {' | '.join(words(part) for part in _MARKS.split(written))} "


def _by_unit(
    site: Site, here: Iterable[str | None], mentions: Iterable[_Mention]
) -> Iterator[Match]:
    called = f" {words(site.name)} "
    for name, is_said in mentions:
        is_in_name = f" {name.words} " in called
        if name.unit not in here:
            if is_in_name and not name.is_former:
                yield Match.NAME_ALIKE
        elif not is_said:
            yield Match.UNIT_ALIKE
        elif not name.is_former:
            yield Match.UNIT
        else:
            yield Match.FORMER_SEAT if is_in_name else Match.FORMER_UNIT


def _by_hamlet(site: Site, text: str) -> Iterator[Match]:
    for part in _PARTS.split(site.postal_address or ""):
        phrase = words(part)
        core = _without(phrase, _HAMLET_WORDS)
        is_named = len(core) >= _FEWEST_LETTERS and not core.isdigit()
        if _starts_with(phrase, _UNIT_WORDS) or not core:
            continue
        if f" {phrase} " in text or (is_named and core != phrase and f" {core} " in text):
            yield Match.HAMLET


def _names(inventory: Inventory) -> Iterator[_Name]:
    for unit in inventory.units.values():
        if unit.kind not in _COMMUNES or unit.lifecycle is not Lifecycle.ACTIVE:
            continue
        for name in _cores(unit.name):
            yield _Name(name, unit.id, is_former=False)
        for former in _former_names(inventory, unit, {unit.id}):
            for name in _cores(former):
                yield _Name(name, unit.id, is_former=True)


def _former_names(inventory: Inventory, unit: Unit, seen: set[str]) -> Iterator[str]:
    yield from (version.name for version in unit.versions if version.kind in _COMMUNES)
    for line in unit.lineage:
        former = inventory.units.get(line.unit)
        if former is not None and former.id not in seen and former.kind in _COMMUNES:
            seen.add(former.id)
            yield former.name
            yield from _former_names(inventory, former, seen)


def _cores(name: str) -> Iterator[str]:
    """Yield the name without the word before it: of `Phường A - B` both `a b` and `a`."""
    plain = _IN_BRACKETS.sub(" ", name)
    for text in (plain, plain.partition(" - ")[0]):
        core = _without(words(text), _UNIT_WORDS)
        if len(core) >= _FEWEST_LETTERS:
            yield core


def _area_names(name: str) -> Iterator[str]:
    core = _without(words(name), _AREA_WORDS)
    parts = (_without(words(part), _AREA_WORDS) for part in name.split(" - "))
    yield from (part for part in (core, *parts) if len(part) >= _FEWEST_LETTERS)


def _without(text: str, leading: Iterable[str]) -> str:
    return next(
        (text.removeprefix(f"{word} ") for word in leading if text.startswith(f"{word} ")), text
    )


def _starts_with(text: str, leading: Iterable[str]) -> bool:
    return any(text.startswith(f"{word} ") for word in leading)


def _ends_with(text: str, trailing: Iterable[str]) -> bool:
    return any(f" {text}".endswith(f" {word}") for word in trailing)
