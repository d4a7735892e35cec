"""Tables for a spreadsheet, as CSV and as a workbook. Pure."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

Cell = str | int

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
"""A spreadsheet takes a text that begins so for a formula."""


def csv_text(titles: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """Return CSV as Excel reads it in Viet Nam: a byte-order mark, `;`; no cell is a formula."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(titles)
    writer.writerows([_harmless(str(cell)) for cell in row] for row in rows)
    return "\ufeff" + out.getvalue()


def xlsx_bytes(title: str, titles: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Return a workbook (XLSX, ECMA-376) of one sheet; texts are stored as texts, never formulas.

    `title` is the sheet's, 31 characters at most.
    """
    # Some hundredths of a second and 15 MB that only who exports needs.
    from openpyxl import Workbook  # noqa: PLC0415

    from inventory.workbook.writing.sheet import cell_at, fit_to_width, put_text  # noqa: PLC0415

    made = Workbook()
    sheet = made.worksheets[0]
    sheet.title = title
    for at, row in enumerate([titles, *rows], start=1):
        for number, value in enumerate(row, start=1):
            cell = cell_at(sheet, at, number)
            if isinstance(value, int):
                cell.value = value
            else:
                put_text(cell, value)
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = sheet.dimensions
    fit_to_width(sheet)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) and cell != "-" else cell
