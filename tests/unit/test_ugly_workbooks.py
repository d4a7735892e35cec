"""Workbooks as offices send them: each with its exact mistakes, or exactly what it changes."""

import difflib
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from govnet.errors import ConfigError
from inventory.difference.compare import difference
from inventory.difference.lines import lines
from inventory.workbook.importing.take_in import take_in
from tests.workbooks import book, make_province, saved

FOLDER = Path(__file__).parents[1] / "golden" / "workbooks"
UGLY: dict[str, Callable[[], bytes]] = {}


def ugly(build: Callable[[], bytes]) -> Callable[[], bytes]:
    UGLY[build.__name__] = build
    return build


def told(content: bytes, top: Path) -> str:
    """Return the mistakes; or what was passed over, what changes, and the changed lines."""
    try:
        taken = take_in(content, "sites.xlsx", top)
    except ConfigError as exc:
        return "".join(f"{line}\n" for line in exc.problems)
    found = [*taken.notes, *lines(difference(taken.before, taken.after))]
    for edit in taken.edits:
        before, after = (one.decode().splitlines() for one in (edit.before, edit.after))
        found += list(difflib.unified_diff(before, after, n=0, lineterm=""))[2:]
    return "".join(f"{line}\n" for line in found)


def sites(*rows: Sequence[Any]) -> bytes:
    return saved(book(rows))


COUNTS = ("Mã điểm", "Số máy tính làm việc", "Ngày kiểm đếm", "Nguồn số liệu")


@ugly
def days_stand_as_text_as_serial_numbers_and_the_other_way_round() -> bytes:
    return sites(
        COUNTS,
        ("bang-thanh", 25, "1-11-2026", "Kiểm kê"),
        ("nghien-loan", "21", 46327, "Kiểm kê"),
    )


@ugly
def a_day_that_no_month_has_and_a_month_before_the_day() -> bytes:
    return sites(
        COUNTS,
        ("bang-thanh", 25, "31/02/2026", "Kiểm kê"),
        ("nghien-loan", 21, "11/25/2026", "Kiểm kê"),
        ("ttdl", 1, "tháng 10", "Kiểm kê"),
    )


@ugly
def counts_are_text_with_spaces_decimals_and_words() -> bytes:
    return sites(
        COUNTS[:2],
        ("bang-thanh", "\u00a025 máy "),
        ("nghien-loan", "21,0"),
    )


@ugly
def counts_mean_two_numbers_or_none() -> bytes:
    return sites(
        COUNTS[:2],
        ("bang-thanh", "24,000"),
        ("nghien-loan", "khoảng 20"),
        ("ttdl", -1),
    )


@ugly
def a_new_count_needs_a_day_and_a_source() -> bytes:
    return sites(("Mã điểm", "Số máy chủ", "Ngày kiểm đếm"), ("ttdl", 54, None))


@ugly
def headers_are_merged_over_two_rows_below_a_title() -> bytes:
    made = book(
        [
            ("UBND TỈNH MẪU",),
            ("DANH SÁCH ĐIỂM NĂM 2026",),
            (),
            ("STT", "MÃ ĐIỂM", "Toạ độ", None, "ghi chu (*)"),
            (None, None, "vi do", "KINH ĐỘ", None),
            ("(1)", "(2)", "(3)", "(4)", "(5)"),
            (1, "bang-thanh", "22,6432° N", "105.7512", "Gần\u200b chợ "),
        ]
    )
    for area in ("A1:E1", "A4:A5", "B4:B5", "C4:D4", "E4:E5"):
        made.active.merge_cells(area)

    return saved(made)


@ugly
def a_unit_and_a_carrier_are_merged_down_over_two_buildings() -> bytes:
    made = book(
        [
            ("Đơn vị", "Tên điểm", "Hồ sơ mẫu", "Dải mạng", "Nhà mạng", "Mã kênh"),
            ("Xã Cao Minh", "Trụ sở", "commune-office", "10.19.9.0/24", "VNPT", "TSL-9"),
            (None, "Cơ sở 2", "nt", "10.19.10.0/24", None, "TSL-10"),
        ]
    )
    made.active.merge_cells("A2:A3")
    made.active.merge_cells("E2:E3")

    return saved(made)


@ugly
def a_circuit_is_merged_down_and_a_network_is_as_above() -> bytes:
    made = book(
        [
            ("Mã điểm", "Dải mạng", "Mã kênh"),
            ("bang-thanh", "10.19.7.0/24", "TSL-007"),
            ("nghien-loan", "nt", None),
        ]
    )
    made.active.merge_cells("C2:C3")

    return saved(made)


@ugly
def telephones_lost_their_first_nought_and_have_dots() -> bytes:
    return sites(
        ("Mã điểm", "Đầu mối", "Điện thoại"),
        ("bang-thanh", "Văn phòng HĐND và UBND", 263000001),
        ("nghien-loan", "Văn phòng", "0209.3 866 123"),
        ("ttdl", "Trực ca", "+84 209 386 6124"),
    )


@ugly
def two_telephones_in_a_cell_and_one_without_a_role() -> bytes:
    return sites(
        ("Mã điểm", "Đầu mối", "Điện thoại"),
        ("bang-thanh", "Văn phòng", "0209386612; 0912345678"),
        ("nghien-loan", None, 912345678),
    )


@ugly
def latitude_and_longitude_are_swapped_run_together_or_lost_their_comma() -> bytes:
    return sites(
        ("Mã điểm", "Vĩ độ", "Kinh độ"),
        ("bang-thanh", 105.7512, 22.6432),
        ("nghien-loan", "22.6432, 105.7512", None),
        ("ttdl", 226432, 1057512),
    )


@ugly
def two_rows_have_one_circuit_and_overlapping_networks() -> bytes:
    return sites(
        ("Mã điểm", "Đơn vị", "Hồ sơ mẫu", "Dải mạng", "Nhà mạng", "Mã kênh"),
        ("bang-thanh", None, None, "10.19.7.0/24", "VNPT", "TSL-007"),
        ("cao-minh", "Xã Cao Minh", "commune-office", "10.19.7.128/25", "VNPT", "TSL-007"),
    )


@ugly
def names_of_units_are_wrong_ambiguous_or_without_diacritics() -> bytes:
    return sites(
        ("Mã điểm", "Đơn vị", "Tên điểm", "Hồ sơ mẫu"),
        ("cao-minh", "x. cao minh", "Trụ sở", "commune-office"),
        ("tan-hoi", "Tân Hội", "Trụ sở", "commune-office"),
        ("bo-boc", "Xã Bộc Bố", "Trụ sở", "commune-office"),
        ("tan-hoi-2", 1001, "Trụ sở", "comune-office"),
    )


@ugly
def totals_sections_and_repeated_headers_are_passed_over() -> bytes:
    headers = ("Mã điểm", "Tên điểm", "Số máy tính làm việc")
    made = book(
        [
            headers,
            ("I. Khối xã",),
            ("bang-thanh", "Trụ sở mới", 25),
            (None, None, None),
            headers,
            ("nghien-loan", "-", 20),
            ("Tổng cộng: 2 điểm", None, 45),
        ]
    )
    made.active.merge_cells("A2:C2")

    return saved(made)


@ugly
def hidden_rows_and_columns_count_as_the_others() -> bytes:
    made = book([("Mã điểm", "Ghi chú"), ("bang-thanh", "Ẩn"), ("nghien-loan", None)])
    made.active.row_dimensions[2].hidden = True
    made.active.column_dimensions["B"].hidden = True

    return saved(made)


@ugly
def formulas_without_a_result_and_errors() -> bytes:
    return sites(COUNTS[:2], ("bang-thanh", "=10+15"), ("nghien-loan", "#N/A"))


@ugly
def unknown_columns_with_data_are_told_and_empty_ones_noted() -> bytes:
    return sites(
        ("Mã điểm", "Vỹ độ", "Ghi chú", "Người lập", None),
        ("bang-thanh", 22.6, "Mới", None, "xem lại"),
    )


@ugly
def a_site_stands_in_two_rows_and_ids_are_no_ids() -> bytes:
    return sites(
        ("Mã điểm", "Đơn vị", "Tên điểm"),
        ("bang-thanh", None, "Trụ sở A"),
        (None, "Bằng Thành", None),
        ("Cao Minh", "Xã Cao Minh", None),
        (None, None, "Nhà văn hoá"),
        ("BANG-THANH", None, None),
    )


@ugly
def excel_made_a_date_of_a_contract_and_dropped_digits() -> bytes:
    return sites(
        ("Mã điểm", "Số hợp đồng", "Mã kênh"),
        ("bang-thanh", datetime(2026, 12, 1), 1.23456789012346e17),  # noqa: DTZ001 - as in a cell
        ("nghien-loan", "12/2026", 8801),
    )


@ugly
def addresses_have_commas_signs_that_excel_took_and_lie_elsewhere() -> bytes:
    return sites(
        ("Mã điểm", "Địa chỉ luôn bật", "Địa chỉ điểm cầu"),
        ("bang-thanh", "10,19,7,2", 10),
        ("nghien-loan", "10.19.8.1/24", "10.19.9.10"),
        ("ttdl", "10.019.0.1", "+300"),
    )


@ugly
def addresses_that_can_be_read_are_put_on_what_is_there_or_made() -> bytes:
    return sites(
        ("Mã điểm", "Địa chỉ luôn bật", "Địa chỉ điểm cầu"),
        ("bang-thanh", "10,19,7,2", 10),
        ("nghien-loan", "10.19.8.1", None),
        ("ttdl", "+1", "10.19.0.10"),
    )


@ugly
def tabs_are_renamed_or_are_none_of_ours() -> bytes:
    made = book([("Mã điểm", "Ghi chú"), ("bang-thanh", "Mới")], title="DIEM (2)")
    made.create_sheet("Sheet3").append(["Linh tinh"])

    return saved(made)


@ugly
def a_tab_is_known_by_its_headers_alone() -> bytes:
    made = book(
        [
            ("Mã điểm", "Đơn vị", "Tên điểm", "Vĩ độ", "Kinh độ"),
            ("bang-thanh", None, None, 22.6, 105.7),
        ],
        title="Sheet1",
    )

    return saved(made)


@ugly
def no_tab_is_ours() -> bytes:
    return saved(book([("a", "b"), (1, 2)], title="Sheet1"))


@ugly
def devices_name_sites_of_the_same_workbook_and_wrong_things() -> bytes:
    made = book(
        [
            ("Mã điểm", "Đơn vị", "Hồ sơ mẫu", "Dải mạng", "Nhà mạng"),
            ("cao-minh", "Cao Minh", "commune-office", "10.19.9.0/24", "Viettel"),
        ],
        Thiết_bị=[
            (
                "Điểm",
                "Mã thiết bị",
                "Tên",
                "Loại",
                "Địa chỉ IP",
                "Luôn bật",
                "Nối vào",
                "Địa chỉ MAC",
            ),
            ("Trụ sở UBND xã Cao Minh", "sw1", "Switch", "Bộ chuyển mạch", 2, "✓", "cpe", None),
            ("nghien-loan", "ups", None, None, "+2", "chưa rõ", "sw9", "aa"),
            (None, "sw2", None, "Switch", None, None, None, None),
            ("cao-minh", "sw1", None, None, None, None, None, None),
        ],
        Dịch_vụ=[
            ("Mã dịch vụ", "Tên", "Loại", "Địa chỉ (URL)", "Thử từ các điểm"),
            ("qlvb", None, None, None, "có"),
            ("thu", "Thư điện tử", "thu dien tu cong vu", "mail.tinh.example", None),
        ],
    )

    return saved(made)


@ugly
def a_bandwidth_has_its_unit_or_a_fraction() -> bytes:
    return sites(("Mã điểm", "Băng thông (Mbps)"), ("bang-thanh", "1 Gbps"), ("nghien-loan", "1,5"))


@ugly
def a_bandwidth_means_two_numbers_or_nothing() -> bytes:
    return sites(("Mã điểm", "Băng thông"), ("bang-thanh", "1,700"), ("nghien-loan", "0"))


@ugly
def letters_in_two_pieces_full_width_digits_and_no_diacritics() -> bytes:
    return sites(
        ("Mã điểm", "Ghi chu\u0301", "Số máy tính làm việc", "Tình trạng", "Mạng nội bộ"),
        ("bang-thanh", "Nha\u0300  mo\u031b\u0301i", "\uff12\uff15", "du kien", "CHUA CO"),
    )


@pytest.mark.parametrize("name", sorted(UGLY))
def test_an_ugly_workbook_is_taken_in_or_every_mistake_is_told(
    name: str,
    golden: Callable[[Path, str], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    make_province(tmp_path)
    monkeypatch.chdir(tmp_path)

    golden(FOLDER / f"{name}.txt", told(UGLY[name](), Path("inventory.yaml")))


def test_twenty_of_them_and_more_are_kept():
    assert len(UGLY) >= 20
    assert {f"{name}.txt" for name in UGLY} == {one.name for one in FOLDER.iterdir()}
