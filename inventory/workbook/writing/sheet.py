"""One sheet as openpyxl makes it: headers, cells, drop-downs, formats, print set-up.

A text is always stored as text. Excel and LibreOffice take what begins with = + - @ for a formula
when a person types it or a CSV holds it; a string cell with `quotePrefix` stays what it is, also
when it is edited: a name like `=HYPERLINK(...)` runs nothing, `+10` is no 10.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from inventory.editing.put import Plain
from inventory.workbook.choices import Choice
from inventory.workbook.columns import CellKind, Choices, Column, Sheet
from inventory.workbook.writing.content import Cells

AUTHOR: Final = "govnet"
YES, NO = "có", "không"
"""How flags are written."""
SPARE_ROWS: Final = 500
"""Rows below the last one that have drop-downs too."""
_LIST_NAME: Final = "DM_"
_FORMATS: Final[Mapping[CellKind, str]] = {
    CellKind.NUMBER: "General",
    CellKind.COUNT: "0",
    CellKind.DATE: "dd/mm/yyyy",
    CellKind.LATITUDE: "0.0000##",
    CellKind.LONGITUDE: "0.0000##",
}
"""All other kinds are text, so that noughts in front stay."""
_TEXT: Final = "@"
_LIMITS: Final[Mapping[CellKind, dict[str, Any]]] = {
    CellKind.COUNT: {"type": "whole", "operator": "greaterThanOrEqual", "formula1": "0"},
    CellKind.NUMBER: {"type": "decimal", "operator": "greaterThan", "formula1": "0"},
    # A serial number: a date in a formula would be read by the language of the program.
    CellKind.DATE: {"type": "date", "operator": "greaterThan", "formula1": "36526"},
    CellKind.LATITUDE: {
        "type": "decimal",
        "operator": "between",
        "formula1": "-90",
        "formula2": "90",
    },
    CellKind.LONGITUDE: {
        "type": "decimal",
        "operator": "between",
        "formula1": "-180",
        "formula2": "180",
    },
}
"""What Excel itself warns of while a person types. 36526 is 1/1/2000."""
_MAX_CELL: Final = 32_767
_MAX_PROMPT_TITLE: Final = 32
_MAX_PROMPT: Final = 255
"""Excel takes a file with longer ones for damaged."""
_FIRST_COLUMNS: Final = {"sites": 3, "services": 2}
"""How many columns stay in sight beside the others; two in sheets of items."""
_PAPER: Final = {"sites": 8}
"""Paper that is not A4 (9): A3 for the many columns of sites (ECMA-376, ST_PaperSize)."""
_PLAIN_FILL = PatternFill("solid", fgColor="D9E2F0")
_REQUIRED_FILL = PatternFill("solid", fgColor="1F3864")
_EDGE = Border(bottom=Side(style="thin", color="7F7F7F"))


def list_name(kind: Choices) -> str:
    """Return the defined name of a list on the hidden sheet."""
    return f"{_LIST_NAME}{kind}"


def draw(
    made: Worksheet,
    sheet: Sheet,
    rows: Sequence[Cells],
    choices: Mapping[Choices, Mapping[str, Choice]],
    lists: Collection[Choices],
) -> None:
    """Fill an empty worksheet. `choices` are by id; `lists` are those that the workbook holds."""
    last = len(rows) + 1
    for number, column in enumerate(sheet.columns, start=1):
        letter = get_column_letter(number)
        dimension = made.column_dimensions[letter]
        dimension.width = column.width
        # For rows that a person adds: cells that are not there yet take the column's format.
        dimension.number_format = _FORMATS.get(column.kind, _TEXT)
        _head(cell_at(made, 1, number), column)
        made.add_data_validation(
            _validation(column, f"{letter}2:{letter}{last + SPARE_ROWS}", lists)
        )
    made.row_dimensions[1].height = 48  # Points: three lines.
    for at, row in enumerate(rows, start=2):
        for number, column in enumerate(sheet.columns, start=1):
            if column.key in row:
                names = choices.get(column.choices, {}) if column.choices else {}
                _fill(cell_at(made, at, number), column, row[column.key], names)
    made.freeze_panes = f"{get_column_letter(_FIRST_COLUMNS.get(sheet.key, 2) + 1)}2"
    made.auto_filter.ref = f"A1:{get_column_letter(len(sheet.columns))}{last}"
    _set_up_print(made, sheet)


def cell_at(made: Worksheet, row: int, column: int) -> Cell:
    """Return a cell; none of ours are merged."""
    found = made.cell(row, column)
    if not isinstance(found, Cell):
        raise TypeError(f"{found.coordinate} is merged")
    return found


def fit_to_width(made: Worksheet) -> None:
    """Print landscape, all columns on one page, as many pages as there are rows for."""
    made.page_setup.orientation = "landscape"
    made.page_setup.fitToWidth = 1
    made.page_setup.fitToHeight = 0
    made.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)


def put_text(cell: Cell, text: str) -> None:
    """Store a text as text, whatever it begins with."""
    clean = ILLEGAL_CHARACTERS_RE.sub(" ", text)
    cell.value = clean
    # Set after the value: openpyxl takes "=" for a formula and "#N/A" for an error.
    cell.data_type = "s"
    if clean[:1] in {"=", "+", "-", "@", "\t", "\r"}:
        cell.quotePrefix = True


def _head(cell: Cell, column: Column) -> None:
    put_text(cell, column.header)
    cell.font = Font(bold=True, color="FFFFFF" if column.required else "000000")
    cell.fill = _REQUIRED_FILL if column.required else _PLAIN_FILL
    cell.alignment = Alignment(wrap_text=True, vertical="center")
    cell.border = _EDGE
    text = f"Bắt buộc. {column.note}" if column.required else column.note
    cell.comment = Comment(text, AUTHOR, height=90, width=260)


def _fill(cell: Cell, column: Column, value: Plain, names: Mapping[str, Choice]) -> None:
    cell.number_format = _FORMATS.get(column.kind, _TEXT)
    shown = _shown(column, value, names)
    if isinstance(shown, str) and len(shown) > _MAX_CELL:
        # Cut, it would come back so; an empty cell changes nothing.
        cell.comment = Comment("Dài hơn một ô chứa được: sửa trong file danh mục.", AUTHOR)
    elif isinstance(shown, str):
        put_text(cell, shown)
    else:
        cell.value = shown


def _shown(column: Column, value: Plain, names: Mapping[str, Choice]) -> Any:
    """Return a value as it stands in a cell: names for ids, có/không, lists in one line."""
    if column.kind is CellKind.FLAG:
        return YES if value else NO
    if column.kind is CellKind.CHOICE:
        name = names.get(str(value))
        return str(value) if name is None else name.shown
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _validation(column: Column, cells: str, lists: Collection[Choices]) -> DataValidation:
    """Return a column's drop-down or limits, with the note to read while typing.

    Only a warning: an id or a code is as good as the name in the list, a number may be a text.
    """
    rule: dict[str, Any] = {}
    if column.kind is CellKind.FLAG:
        rule = {"type": "list", "formula1": f'"{YES},{NO}"'}
    elif column.choices is not None and column.choices in lists:
        rule = {"type": "list", "formula1": list_name(column.choices)}
    elif column.kind in _LIMITS:
        rule = _LIMITS[column.kind]
    return DataValidation(
        sqref=cells,
        allow_blank=True,
        showInputMessage=True,
        showErrorMessage=bool(rule),
        errorStyle="warning",
        errorTitle=column.header[:_MAX_PROMPT_TITLE],
        error="Giá trị này khác thường. Vẫn ghi?",
        promptTitle=column.header[:_MAX_PROMPT_TITLE],
        prompt=column.note[:_MAX_PROMPT],
        **rule,
    )


def _set_up_print(made: Worksheet, sheet: Sheet) -> None:
    fit_to_width(made)
    made.page_setup.paperSize = _PAPER.get(sheet.key, 9)
    made.print_title_rows = "1:1"
    if made.oddFooter is not None and made.oddFooter.right is not None:
        made.oddFooter.right.text = f"{sheet.title} &P/&N"
