"""The bytes of an Excel file -> grids of raw cells, within limits; hostile files are refused.

A workbook comes by e-mail from an office. Before openpyxl sees it, the archive is measured: what
it unpacks to, merged areas (openpyxl walks through every cell of them), entities in XML. What the
cells mean is not known here.
"""

import io
import math
import re
import warnings
import zipfile
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any, Final

import msgspec
from openpyxl import load_workbook
from openpyxl.utils.cell import get_column_letter, range_boundaries

from govnet.errors import ConfigError
from inventory.problems import quoted

MAX_FILE_BYTES: Final = 20 * 1024 * 1024
MAX_UNPACKED_BYTES: Final = 100 * 1024 * 1024
MAX_PARTS: Final = 2_000
MAX_SHEETS_BYTES: Final = 16 * 1024 * 1024
"""XML of sheets and texts together; openpyxl takes some fifty times as much memory."""
MAX_MERGED_CELLS: Final = 200_000
MAX_MERGED_AREAS: Final = 20_000
"""openpyxl compares each with all before it."""
MAX_SHARED_CHARACTERS: Final = 20_000_000
"""Of formulas filled down, longest times uses: openpyxl writes each out, a second for a million."""
MAX_ROWS: Final = 20_000
"""Rows with something in them, of one sheet: more than a province has of anything."""

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""A compound file: Excel before 2007, and workbooks with a password."""
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_MERGED = re.compile(rb"mergeCell\b[^>]*?\bref\s*=\s*[\"']([^\"']{1,40})")
_SHARED = re.compile(rb"\bf\b[^<>]*\bshared\b[^<>]*>([^<]*)")
"""A use of a formula that is written once for many cells, and its text where that stands."""
_DECLARED = (b"<!DOCTYPE", b"<!ENTITY")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_BEGINS_XML = (b"<", b"\xef\xbb\xbf", b"\x00<", *_UTF_16)
"""What XML may begin with, in any encoding, white space aside."""

Plain = str | int | float | bool | datetime | date | time | timedelta


class Fault(msgspec.Struct, frozen=True):
    """A cell that has no value a person wrote: an error of Excel, or a formula without a result."""

    text: str
    is_formula: bool = False


Raw = Plain | Fault


class Area(msgspec.Struct, frozen=True):
    """Cells merged into one; the value stands in the first, at `row` and `column`."""

    row: int
    column: int
    last_row: int
    last_column: int


class Grid(msgspec.Struct, frozen=True, dict=True):
    """One sheet as it stands: its non-empty cells by row and column, both counted from 1."""

    title: str
    is_hidden: bool
    cells: Mapping[tuple[int, int], Raw]
    merged: tuple[Area, ...]
    epoch: datetime
    """What its serial numbers of days count from."""

    @cached_property
    def rows(self) -> Mapping[int, Mapping[int, Raw]]:
        """Return the cells by row, then by column, both rising."""
        found: dict[int, dict[int, Raw]] = {}
        for (row, column), raw in sorted(self.cells.items(), key=lambda one: one[0]):
            found.setdefault(row, {})[column] = raw
        return found

    @cached_property
    def merged_by_column(self) -> Mapping[int, tuple[Area, ...]]:
        """Return the merged areas by the column of their value."""
        found: dict[int, list[Area]] = {}
        for area in self.merged:
            found.setdefault(area.column, []).append(area)
        return {column: tuple(areas) for column, areas in found.items()}


def coordinate(row: int, column: int) -> str:
    """Return the name of a cell, like C7."""
    return f"{get_column_letter(column)}{row}"


def read_grids(content: bytes, name: str) -> tuple[Grid, ...]:
    """Return the sheets of a workbook. `name` is the file's, for messages.

    Raises ConfigError with one line that says what the file is instead, or that it is damaged.
    """
    _check_kind(content, name)
    _check_package(content, name)
    values, formulas = (_opened(content, name, values=one) for one in (True, False))
    if not values.worksheets:
        hint = "charts alone are none"
        raise ConfigError(
            [f"{name}: expected an Excel workbook (.xlsx), got one without sheets ({hint})"]
        )
    try:
        return tuple(
            _grid(sheet, formulas[sheet.title], values.epoch, name) for sheet in values.worksheets
        )
    except ConfigError:
        raise
    except Exception as exc:  # openpyxl lets any error out for a damaged part
        raise _damaged(name, exc) from exc


def _check_kind(content: bytes, name: str) -> None:
    """Refuse what is no package of Office, with what to do about it."""
    got, hint = "", "save it as Excel Workbook (*.xlsx) and import that"
    if not content:
        got, hint = "an empty file", "copy or download it again"
    elif len(content) > MAX_FILE_BYTES:
        got, hint = f"more than {MAX_FILE_BYTES:,} bytes", "remove pictures and sheets not needed"
    elif content.startswith(_OLE) and _ENCRYPTED in content:
        got, hint = "one with a password", "remove the password in Excel (File, Info) and save it"
    elif content.startswith(_OLE):
        got = "a file of Excel 97-2003 (.xls)"
    elif content.startswith(b"%PDF"):
        got = "a PDF"
    elif not content.startswith(b"PK"):
        got = "text (.csv or a page saved as .xls)" if _is_text(content) else "something else"
    if got:
        raise ConfigError([f"{name}: expected an Excel workbook (.xlsx), got {got} ({hint})"])


def _is_text(content: bytes) -> bool:
    head = content[:4096]
    return head.startswith(_UTF_16) or not any(byte < 9 for byte in head)  # noqa: PLR2004 - controls


def _check_package(content: bytes, name: str) -> None:
    """Measure the archive and look for what would cost a reader of XML without end."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            reason = _refused_archive(archive) or _refused_parts(archive)
    except Exception as exc:  # zipfile and zlib raise half a dozen kinds
        raise _damaged(name, exc) from exc
    if reason:
        raise ConfigError([f"{name}: expected an Excel workbook (.xlsx), got {reason}"])


def _refused_archive(archive: zipfile.ZipFile) -> str:
    """Return what an archive is that is not read, empty for a workbook."""
    parts = archive.infolist()
    names = {part.filename for part in parts}
    if "xl/workbook.xml" not in names:
        other = _other_package(archive, names)
        return f"{other} (save it as Excel Workbook (*.xlsx) and import that)"
    if sum(part.file_size for part in parts) > MAX_UNPACKED_BYTES or len(parts) > MAX_PARTS:
        limit = f"{MAX_UNPACKED_BYTES:,} bytes in {MAX_PARTS:,} parts"
        return f"one that unpacks to more than {limit} (copy the rows into a new workbook)"
    sheets = sum(part.file_size for part in parts if _is_xml(archive, part))
    if sheets > MAX_SHEETS_BYTES:
        limit = f"{MAX_SHEETS_BYTES:,} bytes of cells"
        return f"one with more than {limit} (delete empty rows and columns with formats, sheets)"
    return ""


def _is_xml(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    """Return whether a part may be XML. Its name says nothing: a sheet may be called image1.png."""
    with archive.open(part) as stream:
        head = stream.read(64).lstrip()
    return not head or head.startswith(_BEGINS_XML)


def _refused_parts(archive: zipfile.ZipFile) -> str:
    """Return why the XML in an archive is not read, empty for what Excel writes."""
    cells = areas = uses = longest = 0
    for part in archive.infolist():
        if not _is_xml(archive, part):
            continue
        xml = archive.read(part)
        if xml.startswith(_UTF_16) or b"\0" in xml or any(word in xml for word in _DECLARED):
            hint = "open it in Excel or LibreOffice and save it again"
            return f"XML with declarations of its own ({hint})"
        merged = _MERGED.findall(xml)
        areas += len(merged)
        cells += sum(map(_cells_of, merged))
        for text in _SHARED.findall(xml):
            uses, longest = uses + 1, max(longest, len(text))
    if cells > MAX_MERGED_CELLS or areas > MAX_MERGED_AREAS:
        return f"one with {cells:,} merged cells (unmerge whole rows and columns)"
    if uses * longest > MAX_SHARED_CHARACTERS:
        hint = "copy the rows and paste their values only into a new workbook"
        return f"one with {uses:,} long formulas ({hint})"
    return ""


def _other_package(archive: zipfile.ZipFile, names: set[str]) -> str:
    if "mimetype" in names and b"opendocument" in archive.read("mimetype")[:100]:
        return "a document of LibreOffice (.ods)"
    if "xl/workbook.bin" in names:
        return "a binary workbook (.xlsb)"
    return "another kind of document"


def _cells_of(area: bytes) -> int:
    """Return how many cells an area like A1:C7 has."""
    left, top, right, bottom = range_boundaries(area.decode())
    if left and top and right and bottom:
        return int((right - left + 1) * (bottom - top + 1))
    return 0


def _opened(content: bytes, name: str, *, values: bool) -> Any:
    """Return the workbook with the results of its formulas, or with the formulas themselves."""
    try:
        with warnings.catch_warnings():
            # Of extensions that openpyxl does not keep: nothing is written back.
            warnings.simplefilter("ignore")
            return load_workbook(io.BytesIO(content), data_only=values, keep_links=False)
    except Exception as exc:  # openpyxl lets any error out for a damaged part
        raise _damaged(name, exc) from exc


def _grid(sheet: Any, formulas: Any, epoch: datetime, name: str) -> Grid:
    cells: dict[tuple[int, int], Raw] = {}
    # The cells that are there: `iter_rows` would make all up to one stray cell in row 1,048,576.
    for place, cell in sheet._cells.items():  # noqa: SLF001 - openpyxl has no public sparse access
        if (raw := _raw(cell)) is not None:
            cells[place] = raw
    for place, cell in formulas._cells.items():  # noqa: SLF001 - as above
        if cell.data_type == "f" and place not in cells:
            cells[place] = Fault(str(getattr(cell.value, "text", cell.value))[:60], is_formula=True)
    if len({row for row, _ in cells}) > MAX_ROWS:
        raise ConfigError([f"{name}: {sheet.title}: expected at most {MAX_ROWS:,} rows, got more"])
    areas = tuple(
        Area(area.min_row, area.min_col, area.max_row, area.max_col)
        for area in sheet.merged_cells.ranges
    )
    return Grid(sheet.title, sheet.sheet_state != "visible", cells, areas, epoch)


def _raw(cell: Any) -> Raw | None:
    value = cell.value
    if value is None:
        return None
    if cell.data_type == "e":
        return Fault(str(value))
    if isinstance(value, str) and not value.strip():
        return None
    if isinstance(value, float) and not math.isfinite(value):
        return Fault(str(value))
    return value if isinstance(value, Plain) else Fault(type(value).__name__)


def _damaged(name: str, exc: Exception) -> ConfigError:
    reason = quoted(str(exc)[:120] or type(exc).__name__)
    hint = "copy it again, or open it in Excel or LibreOffice and save it as .xlsx"
    return ConfigError(
        [f"{name}: expected an Excel workbook, got a damaged one: {reason} ({hint})"]
    )
