"""The workbook that goes out: it opens, its lists exist, and no text of it is a formula."""

import re
import time
from collections.abc import Sequence
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET
from zipfile import ZipFile
from zoneinfo import ZoneInfo

import msgspec
import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from inventory.load import load
from inventory.model import (
    Device,
    DeviceKind,
    Inventory,
    Machine,
    MachineProfile,
    MachineRole,
    Unit,
    UnitKind,
)
from inventory.names import sort_key
from inventory.workbook.choices import Lookup, choices_of
from inventory.workbook.columns import CellKind, sheets
from inventory.workbook.values import cell_value, rows
from inventory.workbook.writing.content import Purpose, content, lacking
from inventory.workbook.writing.write import LISTS
from inventory.workbook.written import Written, read_written
from tests.workbooks import export, template

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 29, 8, 0, 0, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@pytest.fixture(scope="module")
def province() -> Inventory:
    return load(ROOT / "inventory.yaml")


@pytest.fixture(scope="module")
def written() -> Written:
    return read_written(ROOT / "inventory.yaml")


@pytest.fixture(scope="module")
def exported(province: Inventory, written: Written) -> bytes:
    return export(province, written, now=NOW)


@pytest.fixture(scope="module")
def book(exported: bytes) -> Workbook:
    return load_workbook(BytesIO(exported))


def sheet_of(book: Workbook, title: str) -> Worksheet:
    made = book[title]
    assert isinstance(made, Worksheet)
    return made


def values_of(made: Worksheet) -> list[tuple[Any, ...]]:
    return list(made.iter_rows(values_only=True))


def cells_of(data: bytes) -> list[ET.Element]:
    """Return every cell of every sheet as XML, as another program would read it."""
    with ZipFile(BytesIO(data)) as archive:
        parts = [
            ET.fromstring(archive.read(name))  # noqa: S314 - our own file
            for name in archive.namelist()
            if name.startswith("xl/worksheets/sheet")
        ]
    return [cell for one in parts for cell in one.iter(f"{MAIN}c")]


def texts(cells: Sequence[ET.Element]) -> list[str]:
    return ["".join(cell.itertext()) for cell in cells if cell.get("t") == "inlineStr"]


def without_communes(province: Inventory) -> Inventory:
    """Return the province on its first day: units, and no site but those of the centre."""
    kept = {key: site for key, site in province.sites.items() if site.kind == "data_centre"}
    return msgspec.structs.replace(province, sites=kept)


def test_the_whole_province_opens_with_a_row_for_every_record(
    book: Workbook, province: Inventory
) -> None:
    """More than the 206 sites of the issue's province, and all their items."""
    assert book.sheetnames == [
        "Hướng dẫn",
        *("Điểm", "Thiết bị", "Điểm cầu", "Máy", "Dịch vụ"),
        LISTS,
    ]
    for sheet in sheets(province):
        made = values_of(sheet_of(book, sheet.title))
        assert made[0] == tuple(column.header for column in sheet.columns)
        assert len(made) - 1 == len(rows(province, sheet)) > 0


def test_every_cell_reads_back_to_what_the_inventory_says(
    book: Workbook, province: Inventory, written: Written
) -> None:
    """Nothing is lost by names for ids, by dates or by lists in one cell."""
    read = {kind: Lookup(ones) for kind, ones in choices_of(province, written).items()}
    for sheet in sheets(province):
        made = values_of(sheet_of(book, sheet.title))[1:]
        for cells, row in zip(made, rows(province, sheet), strict=True):
            for cell, column in zip(cells, sheet.columns, strict=True):
                expected = cell_value(column, row, written)
                if column.kind is CellKind.CHOICE and column.choices and cell is not None:
                    (found,) = read[column.choices].find(cell)
                elif column.kind is CellKind.FLAG:
                    found = {"có": True, "không": False, None: None}[cell]
                elif isinstance(expected, list):
                    found = cell.split(", ")
                else:
                    found = cell.date() if isinstance(cell, datetime) else cell
                assert found == expected, (sheet.title, column.header, row.id)


def test_every_drop_down_refers_to_a_list_that_exists(book: Workbook, province: Inventory) -> None:
    """By a defined name, whose cells all hold a text."""
    for sheet in sheets(province):
        made = sheet_of(book, sheet.title)
        rules = made.data_validations.dataValidation
        assert len(rules) == len(sheet.columns)
        for column, rule in zip(sheet.columns, rules, strict=True):
            if column.kind is CellKind.FLAG:
                assert rule.formula1 == '"có,không"'
            if column.kind is not CellKind.CHOICE:
                continue
            assert rule.type == "list"
            reference = book.defined_names[str(rule.formula1)].attr_text
            assert reference is not None
            title, _, cells = reference.partition("!")
            listed = sheet_of(book, title.strip("'"))[cells.replace("$", "")]
            assert all(cell.value for (cell,) in listed)


def test_lists_are_hidden_and_the_guide_comes_first(book: Workbook) -> None:
    """A person sees what to do, not what the program needs."""
    assert sheet_of(book, LISTS).sheet_state == "hidden"
    guide = " ".join(str(cell) for row in values_of(sheet_of(book, "Hướng dẫn")) for cell in row)
    assert "Tỉnh Lâm Đồng" in guide
    assert "29/11/2026" in guide
    assert "govnet inventory import" in guide


def test_units_are_listed_by_the_vietnamese_alphabet(book: Workbook) -> None:
    """Among 180 names one is found by its beginning; Đ stands behind D."""
    listed = [str(row[0]) for row in values_of(sheet_of(book, LISTS))[1:] if row[0]]

    assert listed == sorted(listed, key=sort_key)
    assert listed.index("Xã Di Linh") < listed.index("Xã Đam Rông 1")


def test_excel_accepts_every_prompt(book: Workbook, province: Inventory) -> None:
    """It takes a file with a title over 32 or a prompt over 255 characters for damaged."""
    for sheet in sheets(province):
        for rule in sheet_of(book, sheet.title).data_validations.dataValidation:
            assert len(rule.promptTitle or "") <= 32
            assert len(rule.errorTitle or "") <= 32
            assert 0 < len(rule.prompt or "") <= 255
    assert all(len(name) <= 31 for name in book.sheetnames)


def test_headers_are_frozen_filtered_explained_and_required_ones_marked(
    book: Workbook, province: Inventory
) -> None:
    """Of every sheet; the mark also stands in words."""
    for sheet in sheets(province):
        made = sheet_of(book, sheet.title)
        assert str(made.freeze_panes).endswith("2")
        assert str(made.auto_filter.ref).startswith("A1:")
        assert made.page_setup.orientation == "landscape"
        for column, cell in zip(sheet.columns, made[1], strict=True):
            assert cell.comment is not None
            assert column.note in cell.comment.text
            assert cell.comment.text.startswith("Bắt buộc") == column.required


def test_columns_of_text_keep_noughts_in_rows_that_a_person_adds(
    book: Workbook, province: Inventory
) -> None:
    """A telephone typed below the last row is no number: the whole column is text."""
    for sheet in sheets(province):
        made = sheet_of(book, sheet.title)
        for number, column in enumerate(sheet.columns, start=1):
            letter = made.cell(1, number).column_letter
            shown = made.column_dimensions[letter].number_format
            if column.kind in {CellKind.TEXT, CellKind.ID, CellKind.TELEPHONE, CellKind.ADDRESS}:
                assert shown == "@"
            elif column.kind is CellKind.DATE:
                assert shown == "dd/mm/yyyy"


DANGEROUS = ('=HYPERLINK("http://198.18.0.1";"bấm")', "+1+1", "-2", "@SUM(A1)", "=1", "#N/A")


@pytest.mark.parametrize("text", DANGEROUS)
def test_a_text_that_begins_like_a_formula_is_stored_as_text(
    province: Inventory, text: str
) -> None:
    """Wherever it comes from: a name of a site, of a profile, of a commune."""
    sites = dict(list(province.sites.items())[:3])
    first, site = next(iter(sites.items()))
    sites[first] = msgspec.structs.replace(site, name=text, note=text)
    profiles = {"a": MachineProfile(id="a", name=text, role=MachineRole.PC)}
    evil = msgspec.structs.replace(province, sites=sites, machine_profiles=profiles)

    made = export(evil, now=NOW)

    cells = cells_of(made)
    assert not [cell for cell in cells if cell.find(f"{MAIN}f") is not None]
    assert {cell.get("t", "n") for cell in cells} <= {"inlineStr", "n"}
    assert text in texts(cells)
    if text[0] != "#":
        cell = sheet_of(load_workbook(BytesIO(made)), "Điểm")["C2"]
        assert (cell.value, cell.data_type, cell.quotePrefix) == (text, "s", True)


def test_control_characters_do_not_make_the_file_unreadable(province: Inventory) -> None:
    """XML has no place for them; a space stands instead."""
    first, site = next(iter(province.sites.items()))
    odd = msgspec.structs.replace(site, note="a\x07b")

    made = export(msgspec.structs.replace(province, sites={first: odd}), now=NOW)

    assert "a b" in texts(cells_of(made))


def test_the_same_inventory_gives_the_same_bytes(
    province: Inventory, written: Written, exported: bytes
) -> None:
    """So that a workbook in git changes only when the inventory does."""
    assert export(province, written, now=NOW) == exported
    with ZipFile(BytesIO(exported)) as archive:
        assert {one.date_time for one in archive.infolist()} == {(2026, 11, 29, 8, 0, 0)}


def test_the_template_of_the_first_day_has_a_row_for_every_commune_and_agency(
    province: Inventory, written: Written
) -> None:
    """The province ships 124 communes and its agencies; former communes have no row."""
    first_day = without_communes(province)

    made = values_of(
        sheet_of(load_workbook(BytesIO(template(first_day, written, now=NOW))), "Điểm")
    )

    columns = {name: at for at, name in enumerate(made[0])}
    by_unit = {row[columns["Đơn vị"]]: row for row in made[1:]}
    row = by_unit["Xã Đức Trọng"]
    assert row[columns["Mã điểm"]] == "duc-trong"
    assert row[columns["Tên điểm"]] == "Trụ sở UBND xã Đức Trọng"
    assert row[columns["Hồ sơ mẫu"]] == "commune-office"
    assert row[columns["Nhà mạng"]] is None
    communes = [name for name in by_unit if re.match("Xã|Phường|Đặc khu", name)]
    assert len(communes) == 124


def test_proposed_sites_can_be_chosen_on_the_other_sheets(
    province: Inventory, written: Written
) -> None:
    """A UPS of a commune whose site is not declared yet is typed in the same afternoon."""
    made = load_workbook(BytesIO(template(without_communes(province), written, now=NOW)))

    listed = {row[1] for row in values_of(sheet_of(made, LISTS))}

    assert "Trụ sở UBND xã Đức Trọng" in listed


def test_proposed_sites_of_one_name_are_chosen_by_id(province: Inventory) -> None:
    """Provinces that merged may have a commune of one name each."""
    units = {
        one: Unit(id=one, name="Xã Tân Hà", kind=UnitKind.COMMUNE) for one in ("tan-ha", "ha-2")
    }
    twice = msgspec.structs.replace(without_communes(province), units=units)

    listed = values_of(sheet_of(load_workbook(BytesIO(template(twice, now=NOW))), LISTS))

    assert {"tan-ha", "ha-2"} <= {row[1] for row in listed}


def test_the_template_leaves_items_of_profiles_and_ranges_to_the_files(
    province: Inventory, written: Written
) -> None:
    """Only a UPS that stands in its site's own list, not the router of every commune."""
    filled = content(province, written, Purpose.TEMPLATE)
    everything = content(province, written, Purpose.EXPORT)

    assert {row["id"] for row in filled["devices"]} >= {"ups"}
    assert len(filled["devices"]) < 100 < len(everything["devices"])


def test_what_sites_lack_is_counted_of_those_in_use(province: Inventory, written: Written) -> None:
    """The first day nothing but the unit and the profile is known."""
    what = content(without_communes(province), written, Purpose.TEMPLATE)

    lacks = dict(lacking(what))

    assert lacks["nhà mạng"] >= 124
    assert lacks["số máy"] >= 124
    assert "Điểm" not in lacks


def test_six_thousand_machines_are_written_in_seconds(province: Inventory) -> None:
    """A province that declares every PC by itself still gets its workbook."""
    first, site = next(iter(province.sites.items()))
    machines = tuple(
        Machine(id=f"{first}/pc-{n:04}", profile="office-pc", name=f"Máy {n}", asset_tag=f"{n:08}")
        for n in range(6_000)
    )
    ups = Device(id=f"{first}/ups", kind=DeviceKind.UPS)
    full = msgspec.structs.replace(site, machines=machines, devices=(ups,))

    started_at = time.thread_time()
    made = export(msgspec.structs.replace(province, sites={first: full}), now=NOW)

    assert time.thread_time() - started_at < 20
    assert len(made) < 2_000_000
    found = load_workbook(BytesIO(made), read_only=True)["Máy"]
    assert found.max_row == 6_001


def test_dates_are_dates(book: Workbook) -> None:
    """Excel sorts and filters them, and shows dd/mm/yyyy."""
    made = sheet_of(book, "Điểm")
    at = [cell.value for cell in made[1]].index("Ngày kiểm đếm") + 1
    cell = made.cell(2, at)

    assert cell.is_date
    assert cell.number_format == "dd/mm/yyyy"
    assert isinstance(cell.value, datetime)
    assert cell.value.date() == date(2026, 10, 1)
