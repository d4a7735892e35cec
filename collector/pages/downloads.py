"""Tables that a page lets people take along: the same rows as CSV or as a workbook."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from starlette.responses import Response

from collector.spreadsheet import Cell, csv_text, xlsx_bytes

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: `file` is its name without ending, `title` that of the sheet."""

    file: str
    title: str
    titles: Sequence[str]
    rows: Iterable[Sequence[Cell]]


async def as_csv(sheet: Callable[[], Sheet]) -> Response:
    """Return the table as CSV; made on another thread, since the loop takes reports meanwhile."""

    def made() -> tuple[str, str]:
        one = sheet()
        return one.file, csv_text(one.titles, one.rows)

    file, text = await asyncio.to_thread(made)
    headers = {"Content-Disposition": f'attachment; filename="{file}.csv"'}
    return Response(text, 200, headers, media_type="text/csv; charset=utf-8")


async def as_xlsx(sheet: Callable[[], Sheet]) -> Response:
    """Return the table as a workbook; made on another thread as well."""

    def made() -> tuple[str, bytes]:
        one = sheet()
        return one.file, xlsx_bytes(one.title, one.titles, one.rows)

    file, content = await asyncio.to_thread(made)
    headers = {"Content-Disposition": f'attachment; filename="{file}.xlsx"'}
    return Response(content, 200, headers, media_type=XLSX)
