"""Which rows stand in the workbook, and what they still lack. Pure; how cells look is `sheet`."""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Final

from inventory.editing.put import Plain
from inventory.model import Inventory, Item, Lifecycle
from inventory.workbook.columns import PCS, Sheet, sheets
from inventory.workbook.proposed import proposals
from inventory.workbook.values import Row, cell_value, rows
from inventory.workbook.written import Written

Cells = Mapping[str, Plain]
"""One row: what stands in it by column key, without columns where nothing stands."""
Content = Mapping[str, Sequence[Cells]]
"""By key of a sheet its rows."""
_ASKED_FOR: Final = (
    ("mã ngắn", "code"),
    ("địa chỉ", "postal_address"),
    ("dải mạng", "networks"),
    ("nhà mạng", "carrier"),
    ("mã kênh", "circuit"),
    ("băng thông", "capacity_mbps"),
    ("địa chỉ luôn bật", "always_on_address"),
    ("đầu mối", "contact_role"),
    ("điện thoại", "contact_telephone"),
)
"""What every site should have in the end, as a person calls it, and its column."""


class Purpose(StrEnum):
    """What a workbook is made for."""

    TEMPLATE = "template"
    EXPORT = "export"


def content(inventory: Inventory, written: Written, purpose: Purpose) -> Content:
    """Return the rows of every sheet, in the order of the inventory.

    An export has everything that is declared. A template is what a person goes through by hand:
    besides the sites one row for each unit that has none, and of items only those that stand in a
    site one by one. Items of a profile are the same at a hundred sites, items of a range the same
    a hundred times: both are mended in the files, in one place.
    """
    found: dict[str, list[Cells]] = {}
    for sheet in sheets(inventory):
        kept: list[Cells] = [
            _cells(sheet, row, written)
            for row in rows(inventory, sheet)
            if purpose is Purpose.EXPORT or _is_single(sheet, row, written)
        ]
        if sheet.key == "sites" and purpose is Purpose.TEMPLATE:
            kept += proposals(inventory, written)
        found[sheet.key] = kept
    return found


def _is_single(sheet: Sheet, row: Item, written: Written) -> bool:
    return sheet.key in {"sites", "services"} or row.id in written.items


def _cells(sheet: Sheet, row: Row, written: Written) -> Cells:
    found = ((column.key, cell_value(column, row, written)) for column in sheet.columns)
    return {key: value for key, value in found if value is not None}


def proposed_sites(inventory: Inventory, what: Content) -> list[Cells]:
    """Return the rows of sites that are only proposed."""
    return [row for row in what["sites"] if row["id"] not in inventory.sites]


def lacking(what: Content) -> Iterator[tuple[str, int]]:
    """Yield, for everything that a site should have, its name and how many sites lack it.

    Only sites in use, and proposed ones; what no site lacks is left out.
    """
    expected = [
        row for row in what["sites"] if row.get("lifecycle", Lifecycle.ACTIVE) == Lifecycle.ACTIVE
    ]
    for name, key in _ASKED_FOR:
        count = sum(key not in row for row in expected)
        if count:
            yield name, count
    uncounted = sum(not any(key.startswith(PCS) for key in row) for row in expected)
    if uncounted:
        yield "số máy", uncounted
