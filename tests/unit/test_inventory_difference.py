"""What differs between two inventories, and how a person reads it."""

from pathlib import Path

from inventory.difference.change import Change, FieldChange
from inventory.difference.compare import difference
from inventory.difference.lines import lines
from inventory.load import load

PROVINCE = """\
province: {id: p, code: "68", name: Tỉnh, operator: Sở, centre: ttdl}
units: [{id: u, name: Đơn vị, kind: agency}]
carriers: [{id: vnpt, name: VNPT}]
calendars: [{id: office, sessions: {mon: [{start: "07:30", end: "11:30"}]}}]
profiles:
  machines: [{id: pc, name: Máy tính, role: pc}]
  sites:
    - id: xa
      kind: commune
      links: [{id: main, technology: fiber, carrier: vnpt, gateway: "+1", far_end: {site: ttdl}}]
      devices: [{id: cpe, kind: cpe, address: "+1", snmp: routers}, {id: sw, kind: switch}]
      machine_counts: [{profile: pc, count: 40, as_of: 2026-10-01, source: Kiểm kê}]
sites:
  - {id: ttdl, unit: u, name: Trung tâm, kind: data_centre}
"""
SITES = "".join(
    f"  - {{id: xa-{n}, unit: u, name: Xã {n}, profile: xa, networks: [198.18.{n}.0/24]}}\n"
    for n in range(1, 9)
)
GOOD = PROVINCE + SITES


def between(folder: Path, before: str, after: str) -> tuple[Change, ...]:
    loaded = []
    for name, text in (("before", before), ("after", after)):
        path = folder / f"{name}.yaml"
        path.write_text(text, encoding="utf-8")
        loaded.append(load(path))
    return difference(*loaded)


def told(folder: Path, before: str, after: str) -> list[str]:
    return lines(between(folder, before, after))


def test_another_way_to_write_the_same_is_no_difference(tmp_path: Path) -> None:
    block = GOOD.replace(
        "  - {id: ttdl, unit: u, name: Trung tâm, kind: data_centre}\n",
        "  # Tên\n  - name: 'Trung tâm'\n    kind: data_centre\n    id: ttdl\n"
        "    assignments: [{unit: u}]\n    lan: present\n",
    )

    assert () == between(tmp_path, GOOD, block)
    assert ["Không có gì khác."] == lines(())


def test_a_change_of_a_profile_is_one_line_for_all_its_sites(tmp_path: Path) -> None:
    changes = between(tmp_path, GOOD, GOOD.replace("snmp: routers", "snmp: cpe"))

    field = FieldChange("snmp", "routers", "cpe")
    assert [Change("changed", "device", f"xa-{n}/cpe", (field,)) for n in range(1, 9)] == list(
        changes
    )
    assert [
        "~ 8 điểm (xa-1, xa-2, xa-3, xa-4, xa-5 và 3 điểm khác): devices[cpe].snmp: routers -> cpe",
        "Tổng cộng: đổi 8 thiết bị.",
    ] == lines(changes)


def test_an_added_site_is_one_line_with_what_is_in_it(tmp_path: Path) -> None:
    new = SITES.splitlines(keepends=True)[0].replace("xa-1", "xa-9").replace("18.1.", "18.9.")

    assert [
        "+ điểm xa-9: commune, Xã 1; 1 đường truyền, 2 thiết bị, 1 số đếm máy",
        "Tổng cộng: thêm 1 điểm, 1 đường truyền, 2 thiết bị, 1 số đếm máy.",
    ] == told(tmp_path, GOOD, GOOD + new)
    assert [
        "- điểm xa-9: commune, Xã 1; 1 đường truyền, 2 thiết bị, 1 số đếm máy",
        "Tổng cộng: bỏ 1 điểm, 1 đường truyền, 2 thiết bị, 1 số đếm máy.",
    ] == told(tmp_path, GOOD + new, GOOD)


def test_items_that_came_to_sites_or_left_them_name_the_sites(tmp_path: Path) -> None:
    with_ups = GOOD.replace("{id: sw, kind: switch}", "{id: ups, kind: ups, name: Bộ lưu điện}")

    assert [
        "+ devices[ups] (ups, Bộ lưu điện) ở 8 điểm (xa-1, xa-2, xa-3, xa-4, xa-5 và 3 điểm khác)",
        "- devices[sw] (switch) ở 8 điểm (xa-1, xa-2, xa-3, xa-4, xa-5 và 3 điểm khác)",
        "Tổng cộng: thêm 8 thiết bị; bỏ 8 thiết bị.",
    ] == told(tmp_path, GOOD, with_ups)


def test_addresses_that_move_with_their_network_are_in_its_line(tmp_path: Path) -> None:
    moved = GOOD.replace("[198.18.2.0/24]", "[198.19.2.0/24]")

    assert [
        "~ điểm xa-2: networks: 198.18.2.0/24 -> 198.19.2.0/24; kèm 2 địa chỉ trong dải",
        "Tổng cộng: đổi 1 điểm, 1 đường truyền, 1 thiết bị.",
    ] == told(tmp_path, GOOD, moved)


def test_every_kind_of_record_is_compared(tmp_path: Path) -> None:
    after = (
        GOOD.replace("name: Tỉnh", "name: Tỉnh Lâm Đồng")
        .replace("name: VNPT", "name: VNPT, contacts: [{role: Trực, telephone: '1900'}]")
        .replace("11:30", "12:00")
        .replace("centre}", "centre, conference_points: [{id: vc, kind: codec}]}")
        .replace("name: Máy tính", "name: Máy để bàn")
        .replace("198.18.3.0/24]", "198.18.3.0/24], pcs: 33, lan: partial")
    )
    after += """\
report_interval_seconds: 30
clusters: [{id: a, name: Cụm A}]
power_areas: [{id: a, name: Khu A}]
changed_days: [{day: 2026-12-24, off: true, reason: 12/QĐ}]
services: [{id: dvc, name: Dịch vụ công, kind: service_portal, url: "https://dvc.example/"}]
conferences:
  - {id: h, title: Họp, starts_at: 2026-12-01T14:00, duration_minutes: 60, all_points: true}
"""

    changes = between(tmp_path, GOOD, after)

    assert [
        "~ tỉnh p: name: Tỉnh -> Tỉnh Lâm Đồng",
        "~ tỉnh p: report_interval_seconds: 60 -> 30",
        "~ lịch làm việc office: sessions: mon: 07:30-11:30 -> mon: 07:30-12:00",
        "+ ngày đổi lịch 2026-12-24: off true",
        "~ nhà mạng vnpt: contacts: (không có) -> role Trực, telephone 1900",
        "+ cụm a: Cụm A",
        "+ khu vực điện a: Khu A",
        "~ loại máy pc: name: Máy tính -> Máy để bàn",
        "+ conference_points[vc] (codec) ở điểm ttdl",
        "~ điểm xa-3: lan: present -> partial",
        "~ điểm xa-3: machine_counts[pc].count: 40 -> 33",
        "+ dịch vụ dvc: service_portal, Dịch vụ công",
        "+ cuộc họp h: Họp",
    ] == lines(changes)[:-1]
    back = between(tmp_path, after, GOOD)
    assert sorted((one.kind, one.id) for one in back) == sorted(
        (one.kind, one.id) for one in changes
    )
    opposite = {"added": "removed", "removed": "added", "changed": "changed"}
    for one in changes:
        turned = tuple(FieldChange(each.name, each.after, each.before) for each in one.fields)
        assert Change(opposite[one.what], one.kind, one.id, turned) in back
    service = next(one for one in changes if one.kind == "service")
    assert {"name", "kind", "url"} == {one.name for one in service.fields}


def test_values_are_one_short_line_and_never_look_alike(tmp_path: Path) -> None:
    before = GOOD.replace("[198.18.4.0/24]", "[198.18.4.0/24], latitude: 11.5, longitude: 108.3")
    after = before.replace("11.5", '11.500000000001, note: "một\\nhai' + "!" * 200 + '"')

    assert [
        "~ điểm xa-4: note: (không có) -> một\\nhai" + "!" * 112 + "…",
        "~ điểm xa-4: latitude: 11.5 -> 11.500000000001",
        "Tổng cộng: đổi 1 điểm.",
    ] == told(tmp_path, before, after)
