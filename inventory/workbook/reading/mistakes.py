"""Mistakes in a workbook: collected, sorted by sheet, row and column, one line each.

`Điểm!I7: cột "Vĩ độ": expected a latitude like 22,6432, got "abc"`: the rest of a line is worded
as those of the inventory's files are (`inventory.problems`).
"""

import msgspec

from inventory.workbook.reading.package import coordinate


class CellRef(msgspec.Struct, frozen=True, order=True):
    """A cell: the place of its sheet in the workbook, its row and column from 1, and its names.

    Where the sheet has no such column (`is_missing`) the row's first cell stands for it.
    """

    order: int
    row: int
    column: int
    sheet: str
    header: str = ""
    is_missing: bool = False

    def __str__(self) -> str:
        return f"{self.sheet}!{coordinate(self.row, self.column)}"

    @property
    def named(self) -> str:
        """Return the cell with its column's header, as lines begin."""
        missing = " (không có trong tờ)" if self.is_missing else ""
        return f'{self}: cột "{self.header}"{missing}' if self.header else str(self)


class Mistakes:
    """Collects mistakes of cells, and notes: what was passed over without being one."""

    def __init__(self) -> None:
        self._found: dict[tuple[CellRef, str], None] = {}
        self._cells: set[CellRef] = set()
        self.notes: list[str] = []

    def add(self, at: CellRef, expected: str, got: str, hint: str = "") -> None:
        """Record one mistake; `hint` is what to do about it."""
        tail = f" ({hint})" if hint else ""
        self.add_detail(at, f"expected {expected}, got {got}{tail}")

    def add_detail(self, at: CellRef, detail: str) -> None:
        """Record one mistake that is worded already."""
        self._found.setdefault((at, detail))
        self._cells.add(at)

    def __len__(self) -> int:
        return len(self._found)

    def cells(self) -> frozenset[CellRef]:
        """Return the cells that something is recorded of."""
        return frozenset(self._cells)

    def is_wrong(self, at: CellRef) -> bool:
        """Return whether something is recorded of that cell."""
        return at in self._cells

    def lines(self) -> list[str]:
        """Return one line per mistake."""
        return [f"{at.named}: {detail}" for at, detail in sorted(self._found)]
