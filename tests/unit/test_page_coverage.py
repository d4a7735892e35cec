"""The page of coverage: what it counts, what it leaves out, and what can be taken along."""

import io
from datetime import date

import msgspec
from openpyxl import load_workbook

from collector.pages.coverage import CoveragePage, Filters, build, sheet
from collector.pages.paging import PAGE_ROWS
from collector.series.labels import Targets
from collector.series.state import State
from collector.spreadsheet import csv_text, xlsx_bytes
from collector.verdict.coverage import AgentCoverage, Coverage, measure
from collector.verdict.spans import SpanKind
from collector.verdict.verdicts import ItemVerdict, Verdicts
from collector.wire import AgentIdentity
from inventory.model import Inventory, Lifecycle, Machine, MachineCount
from tests.judged_province import with_site

AT = 1_790_000_000.0
ENROLLED = ("xa-a/pc-1", "xa-a/pc-001", "xa-a/pc-002", "xa-a/may-chu", "xa-b/pc-001")
UP = {"xa-a/pc-1", "xa-a/pc-001"}


def known(province: Inventory, *measured: str) -> tuple[Inventory, Coverage, Verdicts]:
    """Return what is known while those of UP report and these items were measured."""
    identities = [AgentIdentity(one, one.partition("/")[0], one) for one in ENROLLED]
    coverage = measure(province, identities, State(Targets(province), {}), AT)
    agents = {
        name: AgentCoverage(one.site, name, name in UP, None)
        for name, one in coverage.agents.items()
    }
    items = {
        one: ItemVerdict(one, one.partition("/")[0], "down", AT, SpanKind.DEVICE)
        for one in measured
    }
    return (
        province,
        msgspec.structs.replace(coverage, agents=agents),
        Verdicts(AT, {}, items, frozenset()),
    )


def page(province: Inventory, *measured: str, **filters: object) -> CoveragePage:
    return build(*known(province, *measured), Filters(**filters))  # type: ignore[arg-type]


def test_numbers_stand_by_level_and_kind_over_what_is_declared(small_province: Inventory):
    found = page(small_province, "xa-a/cpe")

    assert found.headline == "2/7 máy đang báo về (28,57 %)"
    assert found.as_of.text == "21/09/2026 21:13:20"
    assert "01/10/2026, nguồn: kiểm kê" in found.declared_when
    (level,) = found.levels
    assert (level.name, level.sites, level.declared, level.exempt) == ("Xã", 8, 7, 1)
    kinds = {line.name: line for line in found.kinds}
    pcs = kinds["Máy tính"]
    assert (pcs.declared, pcs.exempt, pcs.enrolled, pcs.reporting) == (6, 1, "3", 2)
    assert (pcs.missing, pcs.share) == (3, "33,33 %")
    assert (kinds["Máy chủ"].declared, kinds["Máy chủ"].reporting) == (1, 0)
    assert kinds["Máy ghi danh ngoài số khai"].enrolled == "1"
    routers = kinds["Bộ định tuyến"]
    assert (routers.declared, routers.exempt, routers.enrolled, routers.reporting) == (5, 1, "–", 1)
    assert kinds["Cáp quang"].reporting == 0


def test_a_unit_shows_what_is_missing_and_no_single_office_pc(small_province: Inventory):
    found = page(small_province, unit="xa")

    assert (found.unit_name, found.units) == ("Xã", ())
    rows = {row.href: row for row in found.sites}
    a = rows["/sites/xa-a"]
    assert (a.reporting, a.enrolled, a.declared, a.exempt) == (2, 4, 7, 1)
    assert a.places == ("3 Máy tính chưa ghi danh",)
    assert ("Máy may-chu", "đã ghi danh, không báo về") in a.named
    assert ("Bộ định tuyến", "chưa đo được") in a.named
    assert ("Điểm cầu hội nghị", "danh mục chưa ghi địa chỉ") in a.named
    said = str(found)
    assert not any(name in said for name in ("pc-1", "pc-2", "pc-001", "pc-mat"))
    assert rows["/sites/xa-g"].reason == "Điểm được miễn: trụ sở mật"
    assert rows["/sites/xa-b"].places == ("1 máy ghi danh ngoài số khai",)


def test_designated_machines_are_named(small_province: Inventory):
    room = Machine(id="xa-b/phong-hop", profile="pc", vantage=True, name="Phòng họp")
    found = page(with_site(small_province, "xa-b", machines=(room,)), unit="xa")

    row = next(one for one in found.sites if one.href == "/sites/xa-b")
    assert ("Máy Phòng họp", "chưa ghi danh") in row.named


def test_units_are_searched_without_diacritics_and_sorted_by_what_they_lack(
    small_province: Inventory,
):
    assert [line.name for line in page(small_province, query="XA").units] == ["Xã"]
    assert page(small_province, query="khong co").units == ()
    assert page(small_province, worst=True).units[0].missing == 3


def test_ten_thousand_sites_come_in_pages(small_province: Inventory):
    like = small_province.sites["xa-b"]
    many = {
        f"d{number}": msgspec.structs.replace(like, id=f"d{number}", links=(), devices=())
        for number in range(10_000)
    }
    found = page(msgspec.structs.replace(small_province, sites=many), unit="xa", page=2)

    assert (len(found.sites), found.pages.total) == (PAGE_ROWS, 10_000)
    assert found.pages.after == "/coverage?unit=xa&page=3"


def test_what_is_taken_along_is_text_whatever_it_begins_with(small_province: Inventory):
    count = MachineCount(
        profile="pc", count=2, as_of=date(2026, 11, 1), source='=cmd|" /C calc"!A1'
    )
    province = with_site(small_province, "xa-c", machine_counts=(count,), name="+1-2")
    made = sheet(*known(province), "")

    text = csv_text(made.titles, made.rows)
    assert text.startswith("\ufeffĐơn vị;Cấp;")
    assert "'+1-2;Máy tính;Máy tính;2;01/11/2026;\"'=cmd" in text
    cells = load_workbook(io.BytesIO(xlsx_bytes(made.title, made.titles, made.rows))).worksheets[0]
    values = [cell for row in cells.iter_rows(min_row=2) for cell in row]
    assert {cell.data_type for cell in values if str(cell.value)[:1] in "=+"} == {"s"}
    assert any(cell.value == 2 and cell.data_type == "n" for cell in values)
    assert [row[2] for row in sheet(*known(province), "khong-co").rows] == [
        row[2] for row in made.rows
    ]


def test_an_exempt_site_leaves_the_denominator(small_province: Inventory):
    closed = with_site(small_province, "xa-a", lifecycle=Lifecycle.EXEMPT, exempt_reason="đang sửa")
    found = page(closed)

    assert found.headline == "Chưa khai máy nào"
    assert {line.name: line.exempt for line in found.kinds}["Máy tính"] == 7
