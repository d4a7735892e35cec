"""The tables of a workbook -> rows of typed cells; what cannot be read is named by its cell."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import msgspec

from inventory.names import search_key
from inventory.problems import nearest, quoted
from inventory.workbook.choices import Choice, Lookup
from inventory.workbook.columns import CellKind, Choices, Column
from inventory.workbook.reading.cells import UnreadableError, Value, got, read_cell, text_of
from inventory.workbook.reading.mistakes import CellRef, Mistakes
from inventory.workbook.reading.numbers import degrees
from inventory.workbook.reading.package import Fault, Raw
from inventory.workbook.reading.tables import Table
from inventory.workbook.reading.texts import plain

_SHORT_LIST: Final = 8
"""Of so many words all are told, of more the nearest."""
_LISTED: Final[Mapping[Choices, str]] = {
    Choices.UNITS: "a unit of this province",
    Choices.SITES: "a site by its id, short code or name",
    Choices.SITE_PROFILES: "a profile of sites",
    Choices.MACHINE_PROFILES: "a profile of machines",
    Choices.CARRIERS: "a carrier",
    Choices.CALENDARS: "a calendar",
    Choices.CLUSTERS: "a cluster",
    Choices.POWER_AREAS: "a power area",
}
_EAST_OF_VIET_NAM: Final = (100.0, 120.0)
_NORTH_OF_VIET_NAM: Final = (5.0, 25.0)
"""Degrees around the country, its islands included: no latitude of it is a longitude of it."""


class Row(msgspec.Struct, frozen=True):
    """One row: its values by column key, and the cell of every column, empty ones included.

    `loosely` is what was written, by column key, where a choice was recognised by another name than
    the one in the drop-down, or by a code.
    """

    sheet: str
    number: int
    values: Mapping[str, Value]
    at: Mapping[str, CellRef]
    loosely: Mapping[str, str] = msgspec.field(default_factory=dict)

    @property
    def first(self) -> CellRef:
        """Return the cell that stands for the whole row."""
        return next(iter(self.at.values()))


def read_rows(
    table: Table,
    choices: Mapping[Choices, Sequence[Choice]],
    epoch: datetime,
    mistakes: Mistakes,
) -> tuple[Row, ...]:
    """Return the rows of a table. Choices become ids; a cell that is wrong is left out."""
    readers = {kind: (Lookup(ones), ones) for kind, ones in choices.items()}
    rows = []
    for number, cells in table.rows.items():
        at = {column.key: table.at(number, column) for column in table.sheet.columns}
        swapped = _swapped(cells)
        if swapped:
            hint = f"latitude and longitude seem swapped: {swapped}"
            mistakes.add(at["latitude"], "a latitude like 22,6432", got(cells["latitude"]), hint)
        values: dict[str, Value] = {}
        loosely: dict[str, str] = {}
        for column in table.sheet.columns:
            raw = cells.get(column.key)
            if raw is None or (swapped and column.key in {"latitude", "longitude"}):
                continue
            try:
                value = read_cell(column.kind, raw, epoch)
                if column.kind is CellKind.CHOICE and column.choices is not None:
                    lookup, ones = readers[column.choices]
                    written, value = str(value), _chosen(column, str(value), lookup, ones)
                    if not lookup.is_surely(written, value):
                        loosely[column.key] = written
            except UnreadableError as exc:
                mistakes.add(at[column.key], exc.expected, got(raw), exc.hint)
            else:
                values[column.key] = value
        rows.append(Row(table.sheet.key, number, values, at, loosely))
    return tuple(rows)


def _chosen(column: Column, text: str, lookup: Lookup, ones: Sequence[Choice]) -> str:
    """Return the id that a text means. Raises UnreadableError."""
    found = lookup.find(text) or lookup.find(plain(text))
    if len(found) == 1:
        return found[0]
    offered = [one for one in ones if one.offered]
    listed = _LISTED.get(column.choices or Choices.UNITS)
    if found:
        names = ", ".join(f"{one.shown} [{one.id}]" for one in ones if one.id in found)
        raise UnreadableError(f"one of {names}", f"write the id, like {found[0]}")
    if listed is None and len(offered) <= _SHORT_LIST:
        raise UnreadableError("one of " + ", ".join(quoted(one.shown) for one in offered))
    by_key = {search_key(one.shown): one.shown for one in offered}
    near = nearest(search_key(text), by_key)
    hint = f"did you mean {quoted(by_key[near[0]])}?" if near else ""
    raise UnreadableError(listed or "a name of the drop-down list", hint)


def _swapped(cells: Mapping[str, Raw]) -> str:
    """Return both numbers where latitude and longitude were exchanged, an empty text otherwise."""
    latitude, longitude = _loosely(cells.get("latitude")), _loosely(cells.get("longitude"))
    if latitude is None or longitude is None:
        return ""
    (west, east), (south, north) = _EAST_OF_VIET_NAM, _NORTH_OF_VIET_NAM
    is_swapped = west <= latitude <= east and south <= longitude <= north
    return f"{latitude} and {longitude}" if is_swapped else ""


def _loosely(raw: Raw | None) -> float | None:
    if raw is None or isinstance(raw, Fault | bool):
        return None
    try:
        return degrees(plain(text_of(raw)))
    except ValueError:
        return None
