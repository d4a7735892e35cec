"""The inventory of the first day: what a person edits, and fills into the workbook.

124 communes with 23 second premises, and 59 agencies: 206 sites. Only what stands on paper anyway
is filled in: addresses, circuits, contacts, counts.
"""

import datetime as dt
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from tests.e2e.first_day.network import conference_point, network, router

SITES = 206
AGENCIES = 59
SECOND_PREMISES = 23
CARRIERS = ("VNPT", "Viettel")
PCS = 30

Row = dict[str, Any]


@dataclass(frozen=True)
class Written:
    """A site as it was filled in."""

    id: str
    number: int
    code: str


def edit_files(folder: Path) -> int:
    """Mend what `govnet init` marked, and name the agencies; return how many files that took."""
    top, sites = folder / "inventory.yaml", folder / "province/sites.yaml"
    agencies = folder / "province/agencies.yaml"
    _replace(top, r"operator: .*", "operator: Trung tâm Chuyển đổi số")
    _replace(sites, r"^ +note: \"SỬA.*\n", "")
    _replace(sites, r" +# SỬA$", "")
    _replace(agencies, r"name: Đơn vị vận hành \(SỬA\)(.*?)  +# SỬA.*", r"name: Đơn vị vận hành\1")
    with agencies.open("a", encoding="utf-8") as file:
        for number in range(1, AGENCIES + 1):
            name = f"Cơ quan cấp tỉnh {number:02d}"
            file.write(f"  - {{id: co-quan-{number:02d}, name: {name}, kind: agency}}\n")
    return 3


def _replace(path: Path, pattern: str, by: str) -> None:
    text, number = re.subn(pattern, by, path.read_text("utf-8"), flags=re.MULTILINE)
    assert number, f"{path}: nothing like {pattern!r}"
    path.write_text(text, "utf-8")


def fill_in(path: Path, machines: dict[int, list[Row]]) -> list[Written]:
    """Fill the workbook in; `machines` are rows of its sheet of machines, by number of the site."""
    book = load_workbook(path)
    sheet = book["Điểm"]
    rows = [one for one in _rows(sheet) if one["Mã điểm"].value != "ttdl"]
    assert len(rows) == SITES - SECOND_PREMISES
    communes = [one for one in rows if one["Hồ sơ mẫu"].value == "commune-office"]
    for one in communes[:SECOND_PREMISES]:
        _append(
            sheet,
            {
                "Mã điểm": f"{one['Mã điểm'].value}-2",
                "Đơn vị": one["Đơn vị"].value,
                "Tên điểm": f"{one['Tên điểm'].value}, cơ sở 2",
                "Hồ sơ mẫu": "commune-annex",
            },
        )
    rows = [one for one in _rows(sheet) if one["Mã điểm"].value != "ttdl"]
    written = []
    for number, row in enumerate(rows, 1):
        code = f"LD-{number:03d}"
        has_room = row["Hồ sơ mẫu"].value == "commune-office"
        values: Row = {
            "Mã ngắn": code,
            "Địa chỉ": f"Số {number} đường Trung tâm",
            "Vĩ độ": 11.5 + number / 1000,
            "Kinh độ": 107.9 + number / 1000,
            "Dải mạng": network(number),
            "Nhà mạng": CARRIERS[number % len(CARRIERS)],
            "Mã kênh": f"TSL-{number:04d}",
            "Băng thông (Mbps)": 200,
            "Địa chỉ luôn bật": router(number),
            "Địa chỉ điểm cầu": conference_point(number) if has_room else None,
            "Đầu mối": "Văn phòng",
            "Điện thoại": f"0263000{number:03d}",
            "Số máy tính làm việc": PCS,
            "Ngày kiểm đếm": dt.date(2026, 10, 1),
            "Nguồn số liệu": "Kiểm kê tài sản 2026",
        }
        for header, value in values.items():
            row[header].value = value
        written.append(Written(str(row["Mã điểm"].value), number, code))
    for number, some in machines.items():
        for values in some:
            _append(book["Máy"], {"Điểm": written[number - 1].id} | values)
    book.save(path)
    return written


def _headers(sheet: Worksheet) -> dict[str, int]:
    return {str(cell.value): cell.column for cell in sheet[1] if cell.value is not None}


def _rows(sheet: Worksheet) -> list[dict[str, Any]]:
    """Return the cells of every row that has an id, by header."""
    headers = _headers(sheet)
    found = [
        {header: sheet.cell(number, column) for header, column in headers.items()}
        for number in range(2, sheet.max_row + 1)
    ]
    return [one for one in found if one["Mã điểm"].value]


def _append(sheet: Worksheet, values: Row) -> None:
    headers = _headers(sheet)
    used = [row for row in range(2, sheet.max_row + 1) if sheet.cell(row, 1).value]
    number = max(used, default=1) + 1
    for header, value in values.items():
        sheet.cell(number, headers[header]).value = value
