"""The workbook as bytes (XLSX, ECMA-376): guide, sheets, and a hidden sheet with the lists.

The same content at the same time gives the same bytes, so that a workbook can be compared and
kept in git.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from io import BytesIO
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.worksheet import Worksheet
from openpyxl.writer.excel import ExcelWriter

from inventory.model import Inventory
from inventory.names import sort_key
from inventory.workbook.choices import Choice, choices_of
from inventory.workbook.columns import Choices, sheets
from inventory.workbook.guide import TITLE, guide
from inventory.workbook.writing.content import Cells, Content, proposed_sites
from inventory.workbook.writing.sheet import (
    AUTHOR,
    cell_at,
    draw,
    fit_to_width,
    list_name,
    put_text,
)
from inventory.workbook.written import Written

LISTS: Final = "Danh mục"
"""Title of the hidden sheet."""
_SORTED: Final = frozenset({Choices.UNITS, Choices.SITES})
"""Lists of hundreds; the order of the others is the one in the files."""


def workbook(inventory: Inventory, written: Written, what: Content, now: datetime) -> bytes:
    """Return the workbook with these rows. `now` is in the province's own time."""
    made = Workbook()
    made.remove(made.worksheets[0])
    all_sheets = sheets(inventory)
    _draw_guide(made.create_sheet(TITLE), guide(inventory.province, all_sheets, now))
    choices = {**choices_of(inventory, written)}
    by_id = {kind: {one.id: one for one in ones} for kind, ones in choices.items()}
    choices[Choices.SITES] += _proposed(choices[Choices.SITES], proposed_sites(inventory, what))
    lists = {kind: names for kind, ones in choices.items() if (names := _offered(kind, ones))}
    for sheet in all_sheets:
        draw(made.create_sheet(sheet.title), sheet, what[sheet.key], by_id, lists)
    _draw_lists(made, lists)
    return _saved(made, now)


def _proposed(known: Sequence[Choice], ones: Sequence[Cells]) -> tuple[Choice, ...]:
    """Return the sites that are only proposed, so that other sheets can name them.

    By name, as import will know them; by id where several have one name.
    """
    taken = Counter([*(one.shown for one in known), *(str(one["name"]) for one in ones)])
    return tuple(
        Choice(id=identity, shown=name if taken[name] == 1 else identity, name=name)
        for identity, name in ((str(one["id"]), str(one["name"])) for one in ones)
    )


def _offered(kind: Choices, ones: Sequence[Choice]) -> list[str]:
    """Return the texts of a list; long ones by the alphabet, to find a name by its beginning."""
    names = [one.shown for one in ones if one.offered]
    return sorted(names, key=sort_key) if kind in _SORTED else names


def _draw_guide(made: Worksheet, lines: list[tuple[str, ...]]) -> None:
    made.column_dimensions["A"].width = 36
    made.column_dimensions["B"].width = 100
    for at, line in enumerate(lines, start=1):
        for number, text in enumerate(line, start=1):
            cell = cell_at(made, at, number)
            put_text(cell, text)
            cell.alignment = Alignment(wrap_text=len(line) > 1, vertical="top")
        if len(line) == 1:
            made.cell(at, 1).font = Font(bold=True, size=14 if at == 1 else 11)
    fit_to_width(made)


def _draw_lists(made: Workbook, lists: Mapping[Choices, list[str]]) -> None:
    """Write one column for each list, and the name by which drop-downs refer to it."""
    hidden = made.create_sheet(LISTS)
    hidden.sheet_state = "hidden"
    for number, (kind, names) in enumerate(lists.items(), start=1):
        for at, name in enumerate((str(kind), *names), start=1):
            put_text(cell_at(hidden, at, number), name)
        letter = get_column_letter(number)
        cells = f"{quote_sheetname(LISTS)}!${letter}$2:${letter}${len(names) + 1}"
        made.defined_names[list_name(kind)] = DefinedName(list_name(kind), attr_text=cells)


def _saved(made: Workbook, now: datetime) -> bytes:
    """Return the file, with `now` as the only time in it."""
    written_at = now.replace(tzinfo=None, microsecond=0)
    made.properties.creator = made.properties.lastModifiedBy = AUTHOR
    made.properties.created = made.properties.modified = written_at
    first = BytesIO()
    # Not Workbook.save: that sets the time of modification itself.
    ExcelWriter(made, ZipFile(first, "w")).save()
    final = BytesIO()
    with ZipFile(first) as source, ZipFile(final, "w", ZIP_DEFLATED) as target:
        for name in source.namelist():
            entry = ZipInfo(name, written_at.timetuple()[:6])
            entry.compress_type = ZIP_DEFLATED
            target.writestr(entry, source.read(name))
    return final.getvalue()
