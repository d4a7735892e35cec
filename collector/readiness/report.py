"""The record of one conference as a workbook: one page that can be printed and filed. Pure.

Every text stays a text: titles and notes that begin with = + - @ are no formulas.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from io import BytesIO
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from openpyxl import Workbook
from openpyxl.cell import Cell, MergedCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from collector.maintenance.times import shown
from collector.readiness.records import Meeting, Part, PointState, RoomTick, SweepResult
from collector.readiness.wording import PART_WORDS, STATE_WORDS
from collector.verdict.outages.records import Case
from collector.verdict.wording import CAUSE_WORDS
from inventory.model import Inventory, site_id

_MOST_CHARACTERS: Final = 32_000
"""A cell holds 32,767."""
_NAME_WIDTH, _SWEEP_WIDTH, _NOTE_WIDTH = 34, 16, 46


def workbook(
    inventory: Inventory,
    meeting: Meeting,
    sweeps: Sequence[SweepResult],
    ticks: Sequence[RoomTick],
    cases: Iterable[Case],
) -> bytes:
    """Return the record: per point every sweep, the room's word, repairs, faults in the meeting."""
    zone = ZoneInfo(inventory.province.timezone)
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Biên bản"
    names = list(dict.fromkeys(one.sweep for one in sweeps))
    _head(sheet, inventory, meeting, zone)
    titles = ["Điểm cầu", *names, "Phòng họp xác nhận", "Khắc phục", "Sự cố trong giờ họp"]
    first = sheet.max_row + 2
    for column, title in enumerate(titles, start=1):
        _write(sheet.cell(first, column), title)
        sheet.cell(first, column).font = Font(bold=True)
    faults = _faults(meeting, cases, zone)
    for number, point in enumerate(meeting.points, start=first + 1):
        found = {one.sweep: one for one in sweeps if one.point == point}
        row = [
            _name(inventory, point),
            *(_result(found.get(name)) for name in names),
            _room(point, ticks, zone),
            _repairs([found[name] for name in names if name in found], zone),
            " ".join(faults.get(point, []) + faults.get(site_id(point), [])),
        ]
        for column, value in enumerate(row, start=1):
            _write(sheet.cell(number, column), value)
    widths = [_NAME_WIDTH, *[_SWEEP_WIDTH] * len(names), *[_NOTE_WIDTH] * 3]
    for column, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.freeze_panes = f"B{first + 1}"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    written = BytesIO()
    book.save(written)
    return written.getvalue()


def _head(sheet: Worksheet, inventory: Inventory, meeting: Meeting, zone: ZoneInfo) -> None:
    service = inventory.services.get(meeting.platform)
    end = datetime.fromtimestamp(meeting.ends_at, zone)
    lines = (
        (meeting.title, ""),
        ("Thời gian", f"{shown(meeting.starts_at, zone)} – {end:%H:%M}"),
        ("Nền tảng", service.name if service is not None else meeting.platform),
        ("Số điểm cầu", str(len(meeting.points))),
        ("Tình trạng", "Đã huỷ" if meeting.is_cancelled else ""),
    )
    for number, (name, text) in enumerate((one for one in lines if one[1] or one is lines[0]), 1):
        _write(sheet.cell(number, 1), name)
        _write(sheet.cell(number, 2), text)
        # A long title goes on to the right; wrapped it would make the first row a tower.
        for column in (1, 2):
            sheet.cell(number, column).alignment = Alignment(wrap_text=False)
    sheet.cell(1, 1).font = Font(bold=True, size=14)


def _result(found: SweepResult | None) -> str:
    if found is None:
        return "không có"
    word = STATE_WORDS[found.state]["vi"]
    return f"{word}: {found.reasons}" if found.reasons else word


def _room(point: str, ticks: Iterable[RoomTick], zone: ZoneInfo) -> str:
    """Return what the room said last of each part, and when."""
    newest = {one.part: one for one in ticks if one.point == point}
    said = [
        f"{PART_WORDS[Part(part)]['vi']}: {'tốt' if one.is_good else 'hỏng'}"
        for part, one in newest.items()
    ]
    if not said:
        return "chưa xác nhận"
    return f"{', '.join(said)} ({shown(max(one.at for one in newest.values()), zone)})"


def _repairs(found: Sequence[SweepResult], zone: ZoneInfo) -> str:
    """Return what was bad at one sweep and good at a later one."""
    lines = []
    for before, after in pairwise(found):
        is_mended = after.state in (PointState.READY, PointState.AT_RISK)
        if before.state is PointState.NOT_READY and is_mended:
            lines.append(f"Trước {shown(after.at, zone)}: đã khắc phục «{before.reasons}»")
    return " ".join(lines)


def _faults(meeting: Meeting, cases: Iterable[Case], zone: ZoneInfo) -> dict[str, list[str]]:
    """Return what went wrong within the meeting, by site or item."""
    found: dict[str, list[str]] = {}
    for case in cases:
        one = case.outage
        is_over = one.ended_at is not None and one.ended_at <= meeting.starts_at
        if case.is_withdrawn or one.started_at >= meeting.ends_at or is_over:
            continue
        end = "chưa hết" if one.ended_at is None else shown(one.ended_at, zone)
        cause = CAUSE_WORDS[case.cause]["vi"].lower()
        text = f"Sự cố số {one.number}: {shown(one.started_at, zone)} – {end}, {cause}."
        found.setdefault(one.item, []).append(text)
    return found


def _name(inventory: Inventory, point: str) -> str:
    site = inventory.sites.get(site_id(point))
    return f"{site.name} ({point})" if site is not None else point


def _write(cell: Cell | MergedCell, text: str) -> None:
    """Write a text as a text, whatever it looks like; control characters cannot be stored."""
    shown_text = "".join(char if char.isprintable() or char == "\n" else " " for char in text)
    assert isinstance(cell, Cell)  # noqa: S101 - nothing is merged here
    cell.value = shown_text[:_MOST_CHARACTERS]
    cell.data_type = "s"
    cell.quotePrefix = True
    cell.alignment = Alignment(wrap_text=True, vertical="top")
