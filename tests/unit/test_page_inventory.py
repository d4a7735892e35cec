"""The page of the inventory: what is found, what things tell of themselves, what differs."""

import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import msgspec
import pytest
from openpyxl import load_workbook

from collector.pages.inventory import Facts, Filters, InventoryPage, build, found, sheet
from collector.pages.paging import PAGE_ROWS
from collector.pages.stock import entries
from collector.spreadsheet import csv_text, xlsx_bytes
from collector.store import Store, open_store
from collector.store.device_facts import save_devices, told_of_some
from collector.store.machine_facts import Told, facts_of_some, save_told
from inventory.model import Device, DeviceKind, Inventory, Lifecycle
from tests.judged_province import with_site

AT = 1_790_000_000.0
DAY = date(2026, 9, 21)


@pytest.fixture
def province(small_province: Inventory) -> Inventory:
    """Give xa-b a switch that is known by everything."""
    switch = Device(
        id="xa-b/sw-1",
        name="Switch tầng 2 Bằng Thành",
        kind=DeviceKind.SWITCH,
        address="198.18.2.9",
        model="S5735",
        serial="2102351",
        asset_tag="TS-0042",
    )
    link = msgspec.structs.replace(small_province.sites["xa-b"].links[0], circuit="DLK/77-81")
    return with_site(small_province, "xa-b", devices=(switch,), links=(link,))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = open_store(tmp_path)
    yield made
    made.close()


def page(province: Inventory, facts: Facts | None = None, **filters: object) -> InventoryPage:
    asked = Filters(**filters)  # type: ignore[arg-type]
    everything = tuple(entries(province, DAY))
    return build(
        province, everything, found(province, everything, asked), facts or {}, asked, at=AT
    )


@pytest.mark.parametrize(
    "query",
    ["bang thanh", "XA-B/SW-1", "198.18.2.9", "2102351", "ts-0042", "s5735 tru so", "bo chuyen"],
)
def test_a_thing_is_found_by_whatever_is_known_of_it(province: Inventory, query: str):
    names = [row.entry.id for row in page(province, query=query).rows]
    assert names == ([] if query == "bo chuyen" else ["xa-b/sw-1"])


def test_a_line_is_found_by_its_circuit_and_a_service_by_its_name(province: Inventory):
    assert [row.entry.id for row in page(province, query="dlk/77").rows] == ["xa-b/tslcd"]
    (row,) = page(province, query="thư").rows
    assert (row.entry.id, row.kind, row.href) == ("thu", "Hệ thống dùng chung", "")


@pytest.mark.parametrize(
    ("filters", "number"),
    [
        ({"kind": "thiet-bi"}, 6),
        ({"kind": "may"}, 4),
        ({"sort": "Switch"}, 1),
        ({"sort": "S5735"}, 1),
        ({"lifecycle": "exempt"}, 2),
        ({"unit": "xa", "kind": "diem"}, 8),
        ({"unit": "khong-co"}, 0),
        ({"kind": "nonsense"}, 0),
    ],
)
def test_filters_leave_what_is_asked_for(province: Inventory, filters: dict[str, str], number: int):
    shown = page(province, **filters)

    assert (shown.pages.total, shown.is_filtered) == (number, True)
    assert shown.csv.startswith("/inventory.csv?")


def test_what_differs_from_what_is_told_is_marked(province: Inventory):
    told = {"model": "S5735-L24T4S-A1", "serial": "999", "family": "huawei", "firmware": "V200R021"}
    (row,) = page(province, {"xa-b/sw-1": told}, query="sw-1").rows

    assert (row.told.model, row.told.software) == ("S5735-L24T4S-A1", "huawei V200R021")
    assert [(one.what, one.declared, one.told) for one in row.told.differences] == [
        ("số sê-ri", "2102351", "999")
    ]


def test_a_machine_tells_maker_model_and_system(province: Inventory):
    facts = {"hardware.maker": "Dell", "hardware.model": "R650", "os.name": "Debian 12"}
    (row,) = page(province, {"xa-a/may-chu": facts}, query="may-chu").rows

    assert (row.told.model, row.told.software, row.told.differences) == (
        "Dell R650",
        "Debian 12",
        (),
    )


def test_ten_thousand_things_come_in_pages(province: Inventory):
    like = province.sites["xa-b"].devices[0]
    many = tuple(msgspec.structs.replace(like, id=f"xa-b/d{number}") for number in range(10_000))
    shown = page(with_site(province, "xa-b", devices=many), kind="thiet-bi", page=2)

    assert (len(shown.rows), shown.pages.first) == (PAGE_ROWS, 101)
    assert shown.pages.after == "/inventory?kind=thiet-bi&page=3"


def test_what_is_taken_along_is_text_whatever_it_begins_with(province: Inventory):
    bad = '=HYPERLINK("http://198.18.0.9")'
    everything = entries(with_site(province, "xa-c", name=bad, lifecycle=Lifecycle.PLANNED), DAY)
    made = sheet(list(everything), {"xa-b/sw-1": {"model": "@SUM(1)", "serial": "-1"}})
    rows = list(made.rows)

    text = csv_text(made.titles, rows)
    assert text.startswith("\ufeffLoại;Tên;")
    assert "'=HYPERLINK" in text
    assert ";'@SUM(1);'-1;" in text
    assert ";=" not in text
    cells = load_workbook(io.BytesIO(xlsx_bytes(made.title, made.titles, rows))).worksheets[0]
    assert "f" not in {cell.data_type for row in cells.iter_rows() for cell in row}


def test_facts_are_read_of_those_that_are_asked_for(store: Store):
    many = [f"a/pc-{number}" for number in range(1_200)]
    save_told(store, [Told(one, "x", AT, {"os.name": one}) for one in many])
    save_devices(store, [Told(one, "x", AT, {"model": one}) for one in many])

    assert facts_of_some(store, many) == {one: {"os.name": one} for one in many}
    assert told_of_some(store, ["a/pc-7", "b/none"]) == {"a/pc-7": {"model": "a/pc-7"}}
