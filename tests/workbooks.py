"""A small province to import workbooks into, and workbooks built in a few lines."""

import io
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook

from govnet.errors import ConfigError
from inventory.load import load
from inventory.model import Inventory
from inventory.workbook.importing.take_in import TakenIn, take_in
from inventory.workbook.writing.content import Purpose, content
from inventory.workbook.writing.write import workbook
from inventory.workbook.written import NOTHING_WRITTEN, Written, read_written

NOW = datetime(2026, 11, 29, tzinfo=UTC)
TOP = """\
# Danh mục của tỉnh.
include: [sites.yaml]
province: {id: tinh, code: "19", name: Tỉnh Mẫu, operator: Trung tâm Chuyển đổi số, centre: ttdl}
defaults:
  links: {technology: fiber, capacity_mbps: 200, far_end: {site: ttdl}}
  conference_points: {kind: codec, protocols: [sip_udp]}
carriers:
  - {id: vnpt, name: VNPT}
  - {id: viettel, name: Viettel}
calendars:
  - {id: office, sessions: {mon: [{start: "07:30", end: "17:00"}]}}
clusters:
  - {id: pac-nam, name: Cụm Pác Nặm}
profiles:
  machines:
    - {id: office-pc, name: Máy tính làm việc, role: pc}
    - {id: server, name: Máy chủ, role: server}
  sites:
    - id: commune-office
      kind: commune
      calendar: office
      links: [{id: tslcd, gateway: "+1"}]
      devices: [{id: cpe, kind: cpe, name: Bộ định tuyến, address: "+1", always_on: true}]
      machine_counts: [{profile: office-pc, count: 20, as_of: 2026-10-01, source: Ước tính}]
units:
  - {id: tinh, kind: province, name: Tỉnh Mẫu}
  - {id: bang-thanh, kind: commune, name: Xã Bằng Thành, code: "01864", parent: tinh}
  - {id: nghien-loan, kind: commune, name: Xã Nghiên Loan, code: "01882", parent: tinh}
  - {id: cao-minh, kind: commune, name: Xã Cao Minh, code: "01866", parent: tinh}
  - {id: tan-hoi, kind: commune, name: Xã Tân Hội, code: "01000", parent: tinh}
  - {id: tan-hoi-2, kind: ward, name: Phường Tân Hội, code: "01001", parent: tinh}
services:
  - {id: qlvb, name: Quản lý văn bản, kind: document_management, url: "https://qlvb.tinh.example/"}
"""
SITES = """\
# Mỗi dòng một điểm.
sites:
  - {id: ttdl, unit: tinh, name: Trung tâm dữ liệu, kind: data_centre, networks: [10.19.0.0/24]}
  # Xã đông nhất.
  - {id: bang-thanh, unit: bang-thanh, name: Trụ sở UBND xã Bằng Thành, profile: commune-office,
     networks: [10.19.7.0/24], carrier: vnpt, circuit: TSL-007, pcs: 24}   # đo lại cuối năm
  - {id: nghien-loan, unit: nghien-loan, name: Trụ sở UBND xã Nghiên Loan, profile: commune-office,
     networks: [10.19.8.0/24], carrier: vnpt, circuit: TSL-008}
"""
HEADERS = ("Mã điểm", "Đơn vị")


def make_province(folder: Path) -> Path:
    """Write the province into a folder; return its top file."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sites.yaml").write_text(SITES, encoding="utf-8")
    top = folder / "inventory.yaml"
    top.write_text(TOP, encoding="utf-8")
    return top


def book(rows: Sequence[Sequence[Any]], title: str = "Điểm", **sheets: Any) -> Workbook:
    """Return a workbook whose first sheet has these rows, the headers first."""
    made = Workbook()
    sheet = made.active
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    for name, others in sheets.items():
        other = made.create_sheet(name.replace("_", " "))
        for row in others:
            other.append(list(row))
    return made


def saved(made: Workbook) -> bytes:
    """Return the bytes of a workbook."""
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


def template(inventory: Inventory, written: Written = NOTHING_WRITTEN, *, now: datetime) -> bytes:
    """Return the workbook to fill in."""
    return workbook(inventory, written, content(inventory, written, Purpose.TEMPLATE), now)


def export(inventory: Inventory, written: Written = NOTHING_WRITTEN, *, now: datetime) -> bytes:
    """Return the workbook of everything that is declared."""
    return workbook(inventory, written, content(inventory, written, Purpose.EXPORT), now)


def exported(top: Path) -> bytes:
    """Return the workbook of everything declared."""
    return export(load(top), read_written(top), now=NOW)


def changed(content: bytes, change: Callable[[Workbook], None]) -> bytes:
    """Return a workbook after a change by a person."""
    made = load_workbook(io.BytesIO(content))
    change(made)
    return saved(made)


def column_of(sheet: Any, header: str) -> int:
    """Return the number of a column by its header."""
    for row in sheet.iter_rows():
        for cell in row:
            if cell.value == header:
                return int(cell.column)
    raise KeyError(header)


def errors(content: bytes, top: Path) -> list[str]:
    """Return every mistake of a workbook; none is an empty list."""
    try:
        take_in(content, "sites.xlsx", top)
    except ConfigError as exc:
        return exc.problems
    return []


def text_after(taken: TakenIn, name: str = "sites.yaml") -> str:
    """Return what a file would hold."""
    return {edit.path.name: edit.after for edit in taken.edits}[name].decode()


def files(folder: Path) -> Mapping[str, bytes]:
    """Return the content of every file of a folder."""
    return {one.name: one.read_bytes() for one in sorted(folder.iterdir())}
