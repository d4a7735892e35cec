"""What import is about to write: puts, and from which cell each came. And what equals what.

A cell changes something only where it differs from what the inventory means there already, in
whatever form either is written.
"""

import ipaddress
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import msgspec

from inventory.editing.put import Plain, Put
from inventory.files import Sources
from inventory.fill import first_network
from inventory.located import Map
from inventory.model import Inventory, Site
from inventory.problems import shown
from inventory.workbook.columns import CellKind, Column
from inventory.workbook.reading.cells import UnreadableError, Value, read_cell
from inventory.workbook.reading.mistakes import CellRef, Mistakes
from inventory.workbook.reading.texts import tidied
from inventory.workbook.written import Written

_NO_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - Excel's days have no zone; telephones none at all

Where = tuple[str, str]
"""A list of a site and the local id of one of its items; both empty for the site itself."""
Field = tuple[str, str, str, str, str]
"""Kind, record, list, item, field: what a put is to."""


class Base(msgspec.Struct, frozen=True):
    """The inventory before the import: what it means, and how it is written."""

    inventory: Inventory
    written: Written
    sources: Sources

    def profile(self, name: object) -> Map | None:
        """Return a profile of sites as written."""
        return next((one for one in self.sources.profiles["sites"] if one.get("id") == name), None)

    def site(self, identity: str) -> Map | None:
        """Return a site as written."""
        return next((one for one in self.sources.records["sites"] if one["id"] == identity), None)

    def default(self, kind: str, field: str) -> Any:
        """Return what all records of a kind have where nothing else is said."""
        defaults = self.sources.defaults.get(kind)
        return None if defaults is None else defaults.get(field)


class Planned:
    """Collects puts in order, and remembers the cell of every field, changed or not."""

    def __init__(self, mistakes: Mistakes) -> None:
        self.mistakes = mistakes
        self.puts: list[Put] = []
        self.changed: set[CellRef] = set()
        self._put: dict[Field, tuple[object, CellRef]] = {}
        self.cells: dict[Field, CellRef] = {}
        self.rows: dict[tuple[str, str, str, str], CellRef] = {}

    def saw(self, at: CellRef, kind: str, record: str, field: str, where: Where) -> None:
        """Remember that a field is a cell's."""
        self.cells.setdefault((kind, record, *where, field), at)

    def put(
        self,
        at: CellRef,
        kind: str,
        record: str,
        field: str,
        value: Plain,
        *,
        where: Where = ("", ""),
        means: object = None,
    ) -> None:
        """Write a value of a cell into a field; `where` is the list of a site and its item.

        Two cells may stand for one field: the router's address in its site's row and in its own.
        `means` is what such values are compared by, where one can be written in several ways.
        """
        self.saw(at, kind, record, field, where)
        meant = value if means is None else means
        known, first = self._put.setdefault((kind, record, *where, field), (meant, at))
        if known != meant:
            hint = "both cells stand for the same thing"
            self.mistakes.add(at, f"what {first} says, {shown(str(known))}", shown(value), hint)
        self.changed.add(at)
        self.puts.append(
            Put(kind=kind, record=record, field=field, value=value, items=where[0], item=where[1])
        )


def plain_of(value: Value) -> Plain:
    """Return a cell's value as YAML has it."""
    return list(value) if isinstance(value, tuple) else value


def differs(column: Column, value: Value, known: Plain | None, network: str | None = None) -> bool:
    """Return whether a cell says something else than the inventory.

    `network` is the site's first one, in which both may count addresses.
    """
    if known is None:
        return value != 0 if column.kind is CellKind.COUNT else value is not False
    if column.kind is CellKind.ADDRESS:
        return address(str(value), network) != address(str(known), network)
    return _comparable(column, value) != _comparable(column, known)


def address(text: str, network: str | None) -> object:
    """Return an address that equals another one however it is written."""
    try:
        if text.startswith("+") and network is not None:
            return ipaddress.ip_network(network)[int(text[1:])]
        return ipaddress.ip_address(text)
    except (ValueError, IndexError):
        return text


def networks_of(site: Site | None, values: Mapping[str, Value]) -> str | None:
    """Return the first network that a row gives, else the site's."""
    given = values.get("networks")
    if isinstance(given, tuple) and given:
        return given[0]
    return site.networks[0] if site is not None and site.networks else None


def network_of_profile(profile: Map | None) -> str | None:
    """Return the first network of a profile, if it has one at all."""
    found = first_network(profile) if profile is not None else None
    return None if found is None else str(found)


def _comparable(column: Column, value: object) -> object:
    """Return a value in the one form that a cell of its column is read to."""
    if column.key == "mac":
        return str(value).lower().replace("-", ":")
    if isinstance(value, list):
        value = tuple(value)
    if column.kind in {CellKind.NETWORKS, CellKind.WORDS}:
        ones = value if isinstance(value, tuple) else (str(value),)
        return tuple(_network(one) for one in ones)
    if column.kind in {CellKind.TELEPHONE, CellKind.TEXT}:
        text = tidied(str(value))
        return _telephone(text) if column.kind is CellKind.TELEPHONE else text
    if isinstance(value, int | float | bool | date):
        return value
    return str(value)


def _network(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text))
    except ValueError:
        return tidied(text)


def _telephone(text: str) -> object:
    try:
        return read_cell(CellKind.TELEPHONE, text, _NO_EPOCH)
    except UnreadableError:
        return text
