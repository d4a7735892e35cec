"""What is typed into cells is what changes; what is damaged changes nothing and is told plainly."""

import contextlib
import io
import zipfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.utils.exceptions import IllegalCharacterError

from collector.cli import main
from inventory.load import load
from inventory.model import Inventory
from inventory.workbook.columns import sheets
from inventory.workbook.importing.take_in import take_in
from inventory.workbook.values import cell_value, rows
from tests.workbooks import column_of, errors, exported, files, make_province, saved

ROOT = Path(__file__).parents[2]
WORDS = st.text(st.sampled_from("aăâbcdđeêghikưươờấ 0123456789-,.'\"#:&"), min_size=1, max_size=12)
TEXTS = WORDS.map(lambda text: " ".join(f"Số {text}".split()))


def _numbers(most: int) -> st.SearchStrategy[tuple[Any, Any]]:
    """Pairs of a value and one of the forms in which people write it."""
    forms = (
        lambda n: n,
        float,
        str,
        lambda n: f" {n} ",
        lambda n: f"{n},0",
        lambda n: f"{n}\u00a0",
    )
    return st.tuples(st.integers(1, most), st.sampled_from(forms)).map(
        lambda pair: (pair[0], pair[1](pair[0]))
    )


def _degrees(least: int, most: int) -> st.SearchStrategy[tuple[Any, Any]]:
    forms = (lambda n: n, str, lambda n: str(n).replace(".", ","), lambda n: f"{n:.4f}°")
    numbers = st.integers(least * 10_000, most * 10_000 - 1).map(lambda n: n / 10_000)
    return st.tuples(numbers, st.sampled_from(forms)).map(lambda pair: (pair[0], pair[1](pair[0])))


SAME = TEXTS.map(lambda text: (text, text))
EDITS: Mapping[str, st.SearchStrategy[tuple[Any, Any]]] = {
    "name": SAME,
    "postal_address": SAME,
    "note": TEXTS.map(lambda text: (text, f"  {text}\u200b")),
    "latitude": _degrees(8, 24),
    "longitude": _degrees(102, 110),
    "contract": SAME,
    "capacity_mbps": _numbers(999),
    "contact_role": SAME,
    "count:office-pc": _numbers(900),
    "lan": st.sampled_from([("none", "CHƯA CÓ"), ("partial", "mot phan"), ("partial", "partial")]),
    "cluster": st.sampled_from([("pac-nam", "Cụm Pác Nặm"), ("pac-nam", "cum pac nam")]),
    "always_on_address": st.integers(2, 200).map(lambda n: (f".{n}", f"+{n}")),
}
SITES = ("bang-thanh", "nghien-loan")


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_province(tmp_path_factory.mktemp("province"))


@pytest.fixture(scope="module")
def workbook(province: Path) -> bytes:
    return exported(province)


def values(inventory: Inventory) -> dict[tuple[str, str, str], object]:
    """Return what stands in every cell, by sheet, record and column."""
    return {
        (sheet.key, row.id, column.key): cell_value(column, row)
        for sheet in sheets(inventory)
        for row in rows(inventory, sheet)
        for column in sheet.columns
    }


def test_an_export_of_the_shipped_province_changes_nothing(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(ROOT)
    top = Path("inventory.yaml")

    taken = take_in(exported(top), "x.xlsx", top)

    assert ((), ()) == (taken.edits, taken.notes)


@given(st.data())
@settings(max_examples=25, deadline=None)
def test_edited_cells_become_exactly_these_changes(
    province: Path, workbook: bytes, data: st.DataObject
):
    before = values(load(province))
    made = load_workbook(io.BytesIO(workbook))
    sheet = made["Điểm"]
    ids = {sheet.cell(row, column_of(sheet, "Mã điểm")).value: row for row in range(1, 40)}
    columns = {one.key: one for one in sheets(load(province))[0].columns}
    cells = data.draw(
        st.sets(st.tuples(st.sampled_from(SITES), st.sampled_from(sorted(EDITS))), max_size=6)
    )
    if any(key in {"latitude", "longitude"} for _, key in cells):
        # One without the other is a mistake.
        cells |= {(site, key) for site in SITES for key in ("latitude", "longitude")}
    expected = dict(before)
    for site, key in sorted(cells):
        value, typed = data.draw(EDITS[key])
        if key == "always_on_address":
            network = str(before["sites", site, "networks"][0])
            value = network.rpartition(".")[0] + value
            expected["devices", f"{site}/cpe", "address"] = value
        if key == "name":
            value = f"{value} {site}"
            typed = value
        sheet.cell(ids[site], column_of(sheet, columns[key].header)).value = typed
        expected["sites", site, key] = value

    taken = take_in(saved(made), "x.xlsx", province)

    assert expected == values(taken.after)


def imported(content: bytes, province: Path) -> int:
    """Run the command on a file; return its exit status."""
    file = province.parent.with_name("corrupt.xlsx")
    file.write_bytes(content)
    with (
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()) as told,
    ):
        status = main(["inventory", "import", str(file), "--inventory", str(province), "--yes"])
    assert status == 0 or "\ncorrupt.xlsx: " in told.getvalue(), told.getvalue()
    return status


@given(
    st.binary(max_size=200),
    st.sampled_from([b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"]),
)
@settings(max_examples=40, deadline=None)
def test_bytes_that_are_no_workbook_are_refused(province: Path, content: bytes, magic: bytes):
    before = files(province.parent)

    assert imported(magic + content, province) == 2
    assert before == files(province.parent)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_a_torn_or_flipped_file_changes_nothing(
    province: Path, workbook: bytes, data: st.DataObject
):
    before = files(province.parent)
    content = bytearray(workbook)
    if data.draw(st.booleans()):
        del content[data.draw(st.integers(0, len(content) - 1)) :]
    places = st.integers(0, max(len(content) - 1, 0))
    for place in data.draw(st.lists(places, max_size=4 if content else 0)):
        content[place] ^= data.draw(st.integers(1, 255))

    assert imported(bytes(content), province) in (0, 2)
    assert before == files(province.parent)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_damage_within_the_parts_is_told_or_read_never_a_traceback(
    province: Path, workbook: bytes, data: st.DataObject
):
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as old, zipfile.ZipFile(made, "w") as new:
        names = sorted(old.namelist())
        hurt = data.draw(st.sampled_from(names))
        for name in names:
            part = bytearray(old.read(name))
            if name == hurt:
                for _ in range(data.draw(st.integers(1, 3))):
                    at = data.draw(st.integers(0, len(part)))
                    piece = data.draw(
                        st.sampled_from(
                            [b"", b"<", b">", b'"', b"&", b"-1", b"99999999", b"A1:XFD9"]
                        )
                        | st.binary(max_size=3)
                    )
                    part[at : at + data.draw(st.integers(0, 8))] = piece
            new.writestr(name, bytes(part))

    assert all(": expected " in line for line in errors(made.getvalue(), province))


JUNK = (
    st.sampled_from(
        [
            *(
                "nt",
                "-",
                "=1+1",
                "Tổng cộng",
                "có",
                "x",
                "10.19.7.0/24",
                "10.19.0.0/16",
                "+1",
                "+999",
            ),
            *(
                "bang-thanh",
                "Cao Minh",
                "Xã Tân Hội",
                "01866",
                "VNPT",
                "commune-office",
                "cpe",
                "sw1",
            ),
            *("Switch", "Đã bỏ", "miễn theo dõi", "31/12/2026", "1,700", "22,6", "TSL-007", "a/b"),
            *(
                "office",
                "software",
                "https://x.example/",
                "icmp, h323",
                "aa:bb:cc:dd:ee:ff",
                "\u202e",
            ),
            *(
                "[1-3]",
                "pc-[1-3]",
                "null",
                "true",
                "#",
                "&a",
                "*a",
                "{",
                "- a: b",
                "'",
                "\n",
                "\x7f",
            ),
        ]
    )
    | st.text(max_size=8)
    | st.integers(-5, 60_000)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.booleans()
    | st.dates(date(1900, 3, 1), date(2199, 1, 1))
)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_any_cells_at_all_are_read_or_told_never_a_traceback(province: Path, data: st.DataObject):
    made = Workbook()
    made.remove(made.active)
    for one in sheets(load(province)):
        sheet = made.create_sheet(one.title)
        sheet.append([column.header for column in one.columns])
        for row in range(2, data.draw(st.integers(2, 5))):
            columns = st.integers(1, len(one.columns))
            for column in {1, 2} | data.draw(st.sets(columns, max_size=6)):
                value = data.draw(JUNK)
                with contextlib.suppress(IllegalCharacterError):
                    sheet.cell(row, column).value = value

    assert all(": expected " in line for line in errors(saved(made), province))
