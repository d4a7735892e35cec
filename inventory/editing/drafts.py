"""Puts -> every touched record as it shall be, beside what is written of it.

Which file a record stands in, and which item of a site a put means, is decided here; how a file's
text changes is not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from inventory.editing.put import KEYS, Put
from inventory.editing.render import plain, same
from inventory.files import RECORD_LISTS, Sources
from inventory.located import Map
from inventory.problems import REFUSED, Place, Problems, Spot, one_of, quoted
from inventory.profiles import known_by, maps_of
from inventory.ranges import covers

UNIT, ASSIGNMENTS = "unit", "assignments"


@dataclass(slots=True)
class Draft:
    """One record: where it is written, None for a new one, and what it shall hold."""

    kind: str
    file: str
    written: Map | None
    wanted: dict[str, Any] = field(default_factory=dict)


def drafts(
    sources: Sources, puts: Sequence[Put], new_in: Mapping[str, Path], problems: Problems
) -> list[Draft]:
    """Return a draft for every record that is put to, in the order of the puts.

    What cannot be put goes to `problems`.
    """
    places = _Places(sources, new_in, problems)
    result: dict[tuple[str, str], Draft | None] = {}
    for put in puts:
        key = (put.kind, put.record)
        if key not in result:
            result[key] = places.draft(put)
        draft = result[key]
        if draft is None:
            continue
        if put.items:
            places.put_item(draft, put)
        else:
            places.put_field(draft, put)
    return [draft for draft in result.values() if draft is not None]


def key_of(kind: str) -> str:
    """Return the field by which records of a kind are known."""
    return "day" if kind == "changed_days" else "id"


class _Places:
    """Knows where everything is written."""

    def __init__(self, sources: Sources, new_in: Mapping[str, Path], problems: Problems) -> None:
        self._sources = sources
        self._problems = problems
        self._new_in = new_in
        self._records: dict[str, dict[object, list[Map]]] = {}
        self._profiles = {one.get("id"): one for one in reversed(sources.profiles["sites"])}

    def draft(self, put: Put) -> Draft | None:
        """Return a fresh draft of the put's record; None after saying why there is none."""
        if put.kind not in RECORD_LISTS:
            self._add(self._top(), one_of(RECORD_LISTS), quoted(put.kind))
            return None
        if put.kind not in self._records:
            known: dict[object, list[Map]] = {}
            for one in self._sources.records[put.kind]:
                known.setdefault(_text(one.get(key_of(put.kind))), []).append(one)
            self._records[put.kind] = known
        found = self._records[put.kind].get(put.record, [])
        if not found:
            file = self._file_of_new(put.kind)
            wanted = {key_of(put.kind): put.record}
            return Draft(put.kind, file, None, wanted) if file else None
        if len(found) > 1:
            first = found[0].spot().place
            hint = f"first in {first.file}:{first.line}; remove one of them"
            self._add(found[1].spot(), "one record to change", f"{quoted(put.record)} again", hint)
            return None
        return Draft(put.kind, found[0].spot().place.file, found[0], _copy(found[0]))

    def put_field(self, draft: Draft, put: Put) -> None:
        """Set a field of a record."""
        value = plain(put.value)
        if put.kind == "sites" and put.field == UNIT and ASSIGNMENTS in draft.wanted:
            if not same(draft.wanted[ASSIGNMENTS], [{UNIT: value}]):
                spot = draft.written.value_spot(ASSIGNMENTS) if draft.written else self._top()
                hint = "write the new assignment and its first day by hand"
                self._add(spot, "a site with unit", "one with assignments", hint)
            return
        draft.wanted[put.field] = value

    def put_item(self, draft: Draft, put: Put) -> None:
        """Set a field of an item of a site's list, making the item if it is missing."""
        if put.kind != "sites" or put.items not in KEYS:
            self._add(self._top(), f"a list of a site, {one_of(KEYS)}", quoted(put.items))
            return
        spot = self._spot_of(draft, put.items)
        listed = draft.wanted.get(put.items)
        if listed is None:
            listed = draft.wanted[put.items] = []
        if not isinstance(listed, list):
            self._add(spot, "a list", f"another value of {put.items}")
            return
        known = [one for one in listed if isinstance(one, dict) and known_by(one) == put.item]
        if len(known) > 1:
            self._add(spot, "one item to change", f"{quoted(put.item)} again", "remove one of them")
            return
        if not known and (range_spot := self._range(draft, put)):
            hint = f"write {quoted(put.item)} as an item of its own and shorten the range by hand"
            self._add(range_spot, "an item of its own to change", "a range that holds it", hint)
            return
        if known and known[0].get("omit") is True and put.field not in {"omit", KEYS[put.items]}:
            hint = "remove its omit by hand first"
            self._add(spot, "an item in use", f"{quoted(put.item)} with omit: true", hint)
            return
        if not known:
            known = [{KEYS[put.items]: put.item}]
            listed.append(known[0])
        known[0][put.field] = plain(put.value)

    def _range(self, draft: Draft, put: Put) -> Spot | None:
        """Return where a range stands, in the site or its profile, that the put's item is in."""
        profile = self._profiles.get(draft.wanted.get("profile"))
        for holder in (draft.written, profile):
            for one in maps_of(holder, put.items) if holder is not None else ():
                if covers(one.get("id"), put.item):
                    return one.spot()
        return None

    def _file_of_new(self, kind: str) -> str | None:
        """Return the name of the file that new records of a kind are written into."""
        files = self._sources.files
        if kind in self._new_in:
            wanted = self._new_in[kind].resolve()
            for name, written in files.items():
                if written.path.resolve() == wanted:
                    return name
            spot = Spot(Place(self._new_in[kind].as_posix(), 1, 1), "")
            self._add(spot, "a file of the inventory", "one that is not included")
            return None
        sizes = {name: len(list(maps_of(one.data, kind))) for name, one in files.items()}
        # The first of the longest: without any it is the top file.
        return max(sizes, key=lambda name: sizes[name])

    def _spot_of(self, draft: Draft, name: str) -> Spot:
        if draft.written is not None:
            return draft.written.value_spot(name)
        return Spot(Place(draft.file, 1, 1), f"{draft.kind}[{draft.wanted[key_of(draft.kind)]}]")

    def _top(self) -> Spot:
        return self._sources.top.spot()

    def _add(self, spot: Spot, expected: str, got: str, hint: str = "") -> None:
        self._problems.add(spot, expected, got, hint)


def _text(key: object) -> object:
    """Return a record's key as a put names it."""
    return key if isinstance(key, str) or key is None or key is REFUSED else str(key)


def _copy(value: Any) -> Any:
    """Return plain data of its own, of which nothing knows its place."""
    if isinstance(value, dict):
        return {key: _copy(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_copy(one) for one in value]
    return value
