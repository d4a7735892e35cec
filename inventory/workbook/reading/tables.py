"""A grid -> the table in it: where its headers are, which column is which, which rows have data.

Accepted: title rows above the headers, headers in any order and case, without diacritics, over two
rows, merged; tabs renamed. Passed over, with a note where it matters: the row that numbers columns,
headers repeated on every page, section rows, totals. Refused: data under a header nobody knows.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import msgspec

from inventory.problems import nearest, quoted
from inventory.workbook.columns import Column, Sheet
from inventory.workbook.guide import TITLE
from inventory.workbook.reading.cells import text_of
from inventory.workbook.reading.mistakes import CellRef, Mistakes
from inventory.workbook.reading.package import Grid, Raw, coordinate
from inventory.workbook.reading.texts import header_key, is_ditto, is_empty, is_totals, tidied

HEADER_ROWS: Final = 30
"""Headers are looked for in that many rows from the top."""
LEAST_HEADERS: Final = 2
SURE_HEADERS: Final = 4
"""With so many of its headers a sheet is recognised under any name."""
_COUNTERS: Final = frozenset(("stt", "tt", "sott", "sothutu", "no"))
_SECTION_COLUMNS: Final = 3
_NUMBERING: Final = re.compile(r"\(?([0-9]{1,2}|[A-Z])\)?")
REPEATED: Final = frozenset(
    (
        *("site", "unit", "profile", "kind", "postal_address", "carrier", "contract"),
        *("capacity_mbps", "contact_role", "contact_telephone", "counted_on", "counted_by"),
        *("calendar", "cluster", "power_area", "lan", "lifecycle", "note", "model", "protocols"),
        *("always_on", "vantage", "snmp", "from_sites"),
    )
)
"""Columns where a value may hold for the rows below: merged downwards, or "nt" (như trên)."""


class Table(msgspec.Struct, frozen=True):
    """The rows of one sheet: raw cells by row number and column key, and where columns stand."""

    sheet: Sheet
    order: int
    title: str
    columns: Mapping[str, int]
    rows: Mapping[int, Mapping[str, Raw]]

    def at(self, row: int, column: Column) -> CellRef:
        """Return the cell of a row and column; of a column that is not there, the row's first."""
        number = self.columns.get(column.key)
        first = min(self.columns.values())
        return CellRef(
            self.order, row, number or first, self.title, column.header, is_missing=number is None
        )


def tables(
    grids: Sequence[Grid], sheets: Sequence[Sheet], name: str, mistakes: Mistakes
) -> list[Table]:
    """Return the tables of a workbook, in the order of `sheets`; `name` is the file's."""
    found: dict[str, tuple[int, Grid]] = {}
    for sheet, order, grid in _matched(grids, sheets):
        if sheet.key in found:
            other = found[sheet.key][1].title
            at = CellRef(order, 1, 1, grid.title)
            mistakes.add(at, f"one sheet {quoted(sheet.title)}", "a second one", f"first {other}")
        else:
            found[sheet.key] = order, grid
    known = {id(grid) for _, grid in found.values()}
    for grid in grids:
        if grid.title != TITLE and grid.cells and not grid.is_hidden and id(grid) not in known:
            mistakes.notes.append(f"{grid.title}: bỏ qua, không phải tờ của bảng kê")
    if not found:
        names = ", ".join(quoted(sheet.title) for sheet in sheets)
        at = CellRef(0, 1, 1, grids[0].title if grids else name)
        mistakes.add(at, f"one of the sheets {names}", "none", "govnet inventory template")
    made = (_table(sheet, *found[sheet.key], mistakes) for sheet in sheets if sheet.key in found)
    return [one for one in made if one is not None]


def _matched(grids: Sequence[Grid], sheets: Sequence[Sheet]) -> Iterator[tuple[Sheet, int, Grid]]:
    """Yield which grid is which sheet: by the name of the tab, else by its headers."""
    by_title = {header_key(sheet.title): sheet for sheet in sheets}
    left: list[tuple[int, Grid]] = []
    titled = set()
    for order, grid in enumerate(grids):
        key = header_key(re.sub(r"\(\d+\)\s*\Z", "", grid.title))
        if key in by_title and grid.cells:
            titled.add(by_title[key].key)
            yield by_title[key], order, grid
        elif not grid.is_hidden:
            left.append((order, grid))
    for order, grid in left:
        scores = sorted(
            ((_header_row(grid, sheet)[1], sheet) for sheet in sheets),
            key=lambda one: one[0],
            reverse=True,
        )
        (best, sheet), (second, _) = scores[0], scores[1]
        if best >= SURE_HEADERS and best > second and sheet.key not in titled:
            titled.add(sheet.key)
            yield sheet, order, grid


def _table(sheet: Sheet, order: int, grid: Grid, mistakes: Mistakes) -> Table | None:
    row, score = _header_row(grid, sheet)
    if score < LEAST_HEADERS:
        expected = "a row of headers like " + ", ".join(
            quoted(one.header) for one in sheet.columns[:3]
        )
        got = "none" if score == 0 else "only one of them"
        mistakes.add(CellRef(order, 1, 1, grid.title), expected, got)
        return None
    columns = _columns(grid, sheet, row, order, mistakes)
    table = Table(sheet, order, grid.title, columns, _rows(grid, sheet, row, columns, mistakes))
    _report_strays(grid, table, row, mistakes)
    return _spread(grid, table, mistakes)


def _names(sheet: Sheet) -> dict[str, str]:
    """Return the columns by the keys of their headers, with and without what stands in brackets."""
    short = [(header_key(re.sub(r"\(.*\)", "", one.header)), one.key) for one in sheet.columns]
    once = {key: of for key, of in short if sum(key == other for other, _ in short) == 1}
    return once | {header_key(one.header): one.key for one in sheet.columns}


def _headers(grid: Grid, row: int) -> dict[int, str]:
    """Return by column the text that stands in a row, from a merged cell above it too."""
    found = {
        area.column: text_of(grid.cells[area.row, area.column])
        for area in grid.merged
        if area.row < row <= area.last_row and (area.row, area.column) in grid.cells
    }
    return found | {at: text_of(raw) for at, raw in grid.rows.get(row, {}).items()}


def _header_row(grid: Grid, sheet: Sheet) -> tuple[int, int]:
    """Return the row with most headers of the sheet, the first of several, and how many."""
    names = _names(sheet)
    best = (1, 0)
    for row in grid.rows:
        if row > HEADER_ROWS:
            break
        found = {names.get(header_key(text)) for text in _headers(grid, row).values()} - {None}
        if len(found) > best[1]:
            best = (row, len(found))
    last = max(
        (area.last_row for area in grid.merged if area.row <= best[0] <= area.last_row), default=0
    )
    # Headers merged over two rows: nothing of its own stands in the second.
    is_header = last <= HEADER_ROWS and not any(best[0] < row <= last for row in grid.rows)
    return max(best[0], last if is_header else 0), best[1]


def _columns(grid: Grid, sheet: Sheet, row: int, order: int, mistakes: Mistakes) -> dict[str, int]:
    """Return where each column of the sheet stands: of two the one with data."""
    names = _names(sheet)
    filled = {at for one, cells in grid.rows.items() if one > row for at in cells}
    above = {at: text for at, text in _headers(grid, row - 1).items() if header_key(text) in names}
    known = [
        (at, text, key)
        for at, text in sorted((above | _headers(grid, row)).items())
        if (key := names.get(header_key(text))) is not None
    ]
    columns: dict[str, int] = {}
    for at, text, key in known:
        if at in filled and key in columns:
            here = CellRef(order, row, at, grid.title)
            first = coordinate(row, columns[key])
            mistakes.add(here, "each column once", f"{quoted(text)} again", f"first in {first}")
        if at in filled:
            columns.setdefault(key, at)
    for at, _, key in known:
        columns.setdefault(key, at)
    return columns


def _report_strays(grid: Grid, table: Table, row: int, mistakes: Mistakes) -> None:
    """Report data in columns that nobody knows: it would be lost without a word."""
    known = set(table.columns.values())
    names = {header_key(one.header): one.header for one in table.sheet.columns}
    own = _headers(grid, row)
    headers = _headers(grid, row - 1) | own
    filled: dict[int, list[int]] = {at: [] for at in own if at not in known}
    for number in table.rows:
        for at in grid.rows[number].keys() - known:
            filled.setdefault(at, []).append(number)
    for column, rows in sorted(filled.items()):
        text = own.get(column) or headers.get(column, "")
        if header_key(text) in _COUNTERS or (not text and _is_counting(grid, rows, column)):
            continue
        if rows and text:
            here = CellRef(table.order, row, column, table.title)
            found = nearest(header_key(text), names)
            hint = f"did you mean {quoted(names[found[0]])}?" if found else "remove the column"
            mistakes.add(here, "a column of this sheet", quoted(text), hint)
        elif rows:
            here = CellRef(table.order, rows[0], column, table.title)
            mistakes.add(here, "a header above", "none", "write one, or remove the column")
        elif text:
            mistakes.notes.append(
                f"{table.title}!{coordinate(row, column)}: bỏ qua cột trống {quoted(text)}"
            )


def _is_counting(grid: Grid, rows: Sequence[int], column: int) -> bool:
    """Return whether a column only numbers its rows."""
    return all(text_of(grid.cells[row, column]).rstrip(".").isdecimal() for row in rows)


def _rows(
    grid: Grid, sheet: Sheet, header: int, columns: Mapping[str, int], mistakes: Mistakes
) -> dict[int, dict[str, Raw]]:
    """Return the rows with data."""
    headers = {one.key: header_key(one.header) for one in sheet.columns}
    keys = {at: key for key, at in columns.items()}
    texts = {
        row: {at: text for at, raw in cells.items() if not is_empty(text := text_of(raw))}
        for row, cells in grid.rows.items()
        if row > header
    }
    texts = {row: cells for row, cells in texts.items() if cells}
    sections = {
        area.row
        for area in grid.merged
        if area.last_column - area.column + 1 >= _SECTION_COLUMNS and area.row == area.last_row
    }
    first = min(texts, default=0)
    found: dict[int, dict[str, Raw]] = {}
    for row, cells in texts.items():
        what = _passed_over(cells, is_section=row in sections)
        if what:
            mistakes.notes.append(f"{grid.title}!{row}: bỏ qua {what}")
            continue
        mine = {keys[at]: text for at, text in cells.items() if at in keys}
        if not mine or (row == first and _is_numbering(cells.values())):
            continue
        if len(mine) > 1 and all(header_key(text) == headers[key] for key, text in mine.items()):
            continue
        found[row] = {key: grid.cells[row, columns[key]] for key in mine}
    return found


def _passed_over(cells: Mapping[int, str], *, is_section: bool) -> str:
    """Return what a row is that belongs to no record, empty for one that does."""
    first = next((text for text in cells.values() if not text.isdecimal()), "")
    if is_totals(first):
        return f"dòng cộng {quoted(first)}"
    if is_section and len(cells) == 1:
        return f"dòng đầu nhóm {quoted(first)}"
    return ""


def _is_numbering(texts: Iterable[str]) -> bool:
    """Return whether a row numbers the columns: (1) (2) (3), A B 1 2."""
    ones = list(texts)
    matched = [match[1] for one in ones if (match := _NUMBERING.fullmatch(one))]
    return len(matched) == len(ones) >= _SECTION_COLUMNS and len(set(matched)) == len(matched)


def _spread(grid: Grid, table: Table, mistakes: Mistakes) -> Table:
    """Give rows what a merged cell or "nt" takes from the row above."""
    rows = {row: dict(cells) for row, cells in table.rows.items()}
    for column in table.sheet.columns:
        at = table.columns.get(column.key)
        if at is None:
            continue
        for area in grid.merged_by_column.get(at, ()):
            covered = [row for row in range(area.row + 1, area.last_row + 1) if row in rows]
            if area.row not in rows or not covered:
                continue
            raw = rows[area.row].get(column.key)
            if raw is None:
                continue
            if column.key not in REPEATED:
                got = f"one merged over rows {area.row} to {area.last_row}"
                mistakes.add(table.at(area.row, column), "a cell for each row", got, "unmerge it")
                continue
            for row in covered:
                rows[row][column.key] = raw
        _fill_ditto(table, rows, column, mistakes)
    return msgspec.structs.replace(table, rows=rows)


def _fill_ditto(
    table: Table, rows: dict[int, dict[str, Raw]], column: Column, mistakes: Mistakes
) -> None:
    above: Raw | None = None
    for row, cells in rows.items():
        raw = cells.get(column.key)
        if isinstance(raw, str) and is_ditto(tidied(raw)):
            if column.key in REPEATED and above is not None:
                cells[column.key] = above
                continue
            hint = "như trên: " + (
                "each row has its own" if above is not None else "nothing is above"
            )
            mistakes.add(table.at(row, column), "a value", quoted(tidied(raw)), hint)
            del cells[column.key]
        above = cells.get(column.key)
