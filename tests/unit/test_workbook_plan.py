"""Where the value of a cell is written, depending on how the site and its profile are written."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from inventory.workbook.importing.take_in import take_in
from tests.workbooks import book, errors, exported, make_province, saved, text_after

Write = Callable[[str], Path]
ID = "Mã điểm"


@pytest.fixture
def province(tmp_path: Path) -> Write:
    """Write the small province with further sites, and profiles for them."""

    def write(sites: str, profiles: str = "") -> Path:
        top = make_province(tmp_path)
        text = top.read_text(encoding="utf-8").replace("  sites:\n", f"  sites:\n{profiles}", 1)
        top.write_text(text, encoding="utf-8")
        with (tmp_path / "sites.yaml").open("a", encoding="utf-8") as file:
            file.write(sites)
        return top

    return write


def line_of(top: Path, site: str, *rows: Sequence[Any], **sheets: Any) -> str:
    """Return a site's line after the import."""
    taken = take_in(saved(book(rows, **sheets)), "x.xlsx", top)
    (line,) = (one for one in text_after(taken).splitlines() if f"id: {site}," in one)
    return line.strip().removeprefix("- ")


ANNEX = "    - {id: annex, kind: commune, links: [{id: tslcd, capacity_mbps: 100}]}\n"


def test_a_capacity_of_the_profiles_link_is_overridden_at_the_link(province: Write):
    top = province("  - {id: a, unit: cao-minh, name: A, profile: annex, carrier: vnpt}\n", ANNEX)

    assert line_of(top, "a", (ID, "Băng thông"), ("a", 300)) == (
        "{id: a, unit: cao-minh, name: A, profile: annex, carrier: vnpt,"
        " links: [{id: tslcd, capacity_mbps: 300}]}"
    )


def test_a_carrier_of_two_links_is_written_on_the_main_one_alone(province: Write):
    top = province(
        "  - {id: a, unit: cao-minh, name: A, kind: commune,"
        " links: [{id: m, carrier: vnpt}, {id: b, carrier: vnpt, backup: true}]}\n"
    )

    assert "links: [{id: m, carrier: viettel}, {id: b, carrier: vnpt, backup: true}]" in line_of(
        top, "a", (ID, "Nhà mạng"), ("a", "Viettel")
    )


def test_a_site_that_changed_hands_by_date_keeps_its_assignments(province: Write):
    top = province(
        "  - {id: a, name: A, kind: commune, assignments: ["
        "{unit: cao-minh, valid_to: 2026-01-01}, {unit: bang-thanh, valid_from: 2026-01-01}]}\n"
    )
    same = saved(book([(ID, "Đơn vị"), ("a", "Bằng Thành")]))
    other = saved(book([(ID, "Đơn vị"), ("a", "Cao Minh")]))

    assert take_in(same, "x.xlsx", top).edits == ()
    assert errors(other, top) == [
        (
            'Điểm!B2: cột "Đơn vị": expected the unit "bang-thanh", got "cao-minh" (the site'
            f" changed hands by date: edit its assignments in {top.parent / 'sites.yaml'}:9)"
        )
    ]


def test_an_item_of_a_range_is_left_to_the_file(province: Write):
    top = province(
        "  - {id: a, unit: cao-minh, name: A, kind: commune,"
        ' machines: [{id: "pc-[1-3]", profile: office-pc}]}\n'
    )
    rows = [("Điểm", "Mã máy", "Tên"), ("a", "pc-2", "Máy hai"), ("a", "pc-3", None)]

    assert errors(saved(book(rows, title="Máy")), top) == [
        (
            'Máy!C2: cột "Tên": expected no change of "pc-2", which is one of a range in the file,'
            " got one (write it as an item of its own there first)"
        )
    ]


def test_a_codec_beside_a_software_point_is_a_point_of_its_own(province: Write):
    top = province(
        "  - {id: a, unit: cao-minh, name: A, kind: commune, networks: [10.19.9.0/24],"
        " machines: [{id: hop, profile: office-pc}],"
        " conference_points: [{id: vc, kind: software, machine: hop}]}\n"
    )

    assert (
        "conference_points: [{id: vc, kind: software, machine: hop}, {id: vc-2, kind: codec,"
        ' name: Điểm cầu, address: "+10"}]'
    ) in line_of(top, "a", (ID, "Địa chỉ điểm cầu"), ("a", 10))


def test_other_contacts_and_the_mailbox_stay(province: Write):
    top = province(
        "  - {id: a, unit: cao-minh, name: A, kind: commune, contacts: ["
        "{role: Văn phòng, email: vp@cao-minh.example}, {role: Trực}]}\n"
    )

    assert (
        'contacts: [{role: Văn phòng, email: vp@cao-minh.example, telephone: "0209386612"},'
        " {role: Trực}]"
    ) in line_of(top, "a", (ID, "Điện thoại"), ("a", 209386612))


def test_a_count_of_another_profile_gets_the_day_and_source_of_the_row(province: Write):
    top = province("  - {id: a, unit: cao-minh, name: A, profile: annex, carrier: vnpt}\n", ANNEX)
    headers = (ID, "Số máy chủ", "Ngày kiểm đếm", "Nguồn số liệu")

    assert (
        "machine_counts: [{profile: server, count: 3, as_of: 2026-11-01, source: Kiểm kê}]"
    ) in line_of(top, "a", headers, ("a", 3, "1/11/2026", "Kiểm kê"))


def test_a_newer_day_alone_dates_every_count_that_the_row_gives(province: Write):
    top = province(
        "  - {id: a, unit: cao-minh, name: A, kind: commune, machine_counts: ["
        "{profile: office-pc, count: 5, as_of: 2026-01-01, source: S},"
        " {profile: server, count: 1, as_of: 2026-01-01, source: S},"
        " {profile: server, count: 2, as_of: 2026-01-01, source: S, exempt: true,"
        " exempt_reason: mật}]}\n"
    )
    headers = (ID, "Số máy tính làm việc", "Số máy chủ", "Ngày kiểm đếm")

    assert line_of(top, "a", headers, ("a", 5, 1, "2/2/2026")).endswith(
        "machine_counts: [{profile: office-pc, count: 5, as_of: 2026-02-02, source: S},"
        " {profile: server, count: 1, as_of: 2026-02-02, source: S},"
        " {profile: server, count: 2, as_of: 2026-01-01, source: S, exempt: true,"
        " exempt_reason: mật}]}"
    )


def test_an_always_on_device_of_another_sheet_is_not_made_twice(province: Write):
    top = province("")
    site = (
        (ID, "Đơn vị", "Loại điểm", "Dải mạng", "Địa chỉ luôn bật"),
        ("a", "Cao Minh", "Trụ sở cấp xã", "10.19.9.0/24", "10.19.9.1"),
    )
    devices = [("Điểm", "Mã thiết bị", "Loại", "Địa chỉ IP"), ("a", "router", "Router", "+1")]

    assert line_of(top, "a", *site, Thiết_bị=devices) == (
        "{id: a, unit: cao-minh, name: Trụ sở UBND xã Cao Minh, kind: commune,"
        " networks: [10.19.9.0/24], devices: [{id: router, always_on: true, kind: cpe,"
        ' address: "+1"}]}'
    )


def test_a_router_has_two_addresses_in_two_sheets(province: Write):
    top = province("")
    devices = [("Điểm", "Mã thiết bị", "Địa chỉ IP"), ("bang-thanh", "cpe", "10.19.7.4")]

    def found(address: str) -> list[str]:
        rows = [(ID, "Địa chỉ luôn bật"), ("bang-thanh", address)]
        return errors(saved(book(rows, Thiết_bị=devices)), top)

    assert found("+4") == []
    assert found("+3") == [
        (
            'Thiết bị!C2: cột "Địa chỉ IP": expected what Điểm!B2 says, "10.19.7.3",'
            ' got "10.19.7.4" (both cells stand for the same thing)'
        )
    ]


def test_a_service_that_sites_test_too_says_so_in_its_vantages(province: Write):
    top = province("")
    rows = [("Mã dịch vụ", "Thử từ các điểm"), ("qlvb", "x")]

    taken = take_in(saved(book(rows, title="Dịch vụ")), "x.xlsx", top)

    assert 'url: "https://qlvb.tinh.example/", vantages: sites}' in text_after(taken, top.name)


@pytest.mark.parametrize(
    ("header", "value", "expected"),
    [
        (
            "Mã kênh",
            "TSL-008",
            'each circuit of a carrier once, got "TSL-008" again (also in {file}:8)',
        ),
        (
            "Dải mạng",
            "10.19.8.0/25",
            (
                'a network that no other site has, got "10.19.8.0/25"'
                " (site nghien-loan has 10.19.8.0/24, also in {file}:8)"
            ),
        ),
    ],
)
def test_what_collides_with_a_site_that_is_not_in_the_workbook_is_told_at_its_cell(
    province: Write, header: str, value: str, expected: str
):
    top = province("")
    rows = [(ID, header), ("bang-thanh", value)]
    file = top.parent / "sites.yaml"

    found = errors(saved(book(rows)), top)

    assert found == [f'Điểm!B2: cột "{header}": expected {expected.format(file=file)}']


def test_of_two_cells_that_collide_the_changed_one_is_told(province: Write):
    top = province("")
    rows = [(ID, "Mã kênh"), ("bang-thanh", "TSL-008"), ("nghien-loan", "TSL-008")]

    assert errors(saved(book(rows)), top) == [
        (
            'Điểm!B2: cột "Mã kênh": expected each circuit of a carrier once, got "TSL-008" again'
            " (also in Điểm!B3)"
        )
    ]


def test_sites_that_are_gone_from_the_files_are_made_anew_from_an_export(tmp_path: Path):
    content = exported(make_province(tmp_path / "whole"))
    top = make_province(tmp_path / "part")
    file = top.parent / "sites.yaml"
    whole = file.read_text(encoding="utf-8")
    file.write_text(whole[: whole.index("  # Xã đông nhất.")], encoding="utf-8")

    taken = take_in(content, "x.xlsx", top)

    assert take_in(content, "x.xlsx", tmp_path / "whole" / top.name).before == taken.after


FORMER_UNITS = """\
  - {id: boc-bo, kind: commune, name: Xã Bộc Bố, code: "01864", lifecycle: retired}
  - {id: giao-hieu, kind: commune, name: Xã Giáo Hiệu, lifecycle: retired}
"""
MERGED = "lineage: [{unit: boc-bo, kind: merged, on: 2025-07-01}]"


@pytest.fixture
def merged(tmp_path: Path) -> Path:
    """Write the small province; Xã Bộc Bố went into Xã Bằng Thành, of Xã Giáo Hiệu nobody knows."""
    top = make_province(tmp_path)
    text = top.read_text(encoding="utf-8").replace("units:\n", f"units:\n{FORMER_UNITS}", 1)
    text = text.replace("Xã Bằng Thành, ", f"Xã Bằng Thành, {MERGED}, ", 1)
    top.write_text(text, encoding="utf-8")
    return top


def test_a_new_site_of_a_former_commune_is_refused_with_the_commune_of_today(merged: Path):
    rows = (
        ("Đơn vị", "Tên điểm", "Hồ sơ mẫu", "Nhà mạng"),
        ("Bộc Bố", "Cơ sở 2", "commune-office", "VNPT"),
        ("xa giao hieu", "Cơ sở 3", "commune-office", "VNPT"),
    )

    assert errors(saved(book(rows)), merged) == [
        (
            'Điểm!A2: cột "Đơn vị": expected a unit of today, got "Bộc Bố"'
            " (Xã Bộc Bố [boc-bo] is no more; today Xã Bằng Thành [bang-thanh])"
        ),
        (
            'Điểm!A3: cột "Đơn vị": expected a unit of today, got "xa giao hieu"'
            " (Xã Giáo Hiệu [giao-hieu] is no more)"
        ),
    ]


def test_a_site_that_is_given_up_may_be_one_of_a_former_commune(merged: Path):
    rows = (
        ("Đơn vị", "Tên điểm", "Loại điểm", "Tình trạng"),
        ("Bộc Bố", "Trụ sở cũ", "Trụ sở cấp xã", "Đã bỏ"),
    )

    assert "unit: boc-bo" in text_after(take_in(saved(book(rows)), "x.xlsx", merged))


def test_a_row_without_a_profile_is_told_that_one_would_do(province: Write):
    rows = (("Đơn vị", "Tên điểm", "Loại điểm", "Hồ sơ mẫu"), ("Cao Minh", "Cơ sở 2", None, None))

    assert errors(saved(book(rows)), province("")) == [
        (
            'Điểm!C2: cột "Loại điểm": expected a value of the drop-down list, got nothing'
            ' (or choose one in the column "Hồ sơ mẫu")'
        ),
    ]
