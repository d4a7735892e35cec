"""How a site is filled in, and how files are found."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from govnet.errors import ConfigError
from inventory.coverage.separable import is_blind
from inventory.load import load
from inventory.model import Inventory, Site

HEAD = """
province: {id: p, code: "68", name: Tỉnh, operator: Sở, centre: c}
units: [{id: u, name: Đơn vị, kind: agency}]
carriers: [{id: vnpt, name: VNPT}, {id: viettel, name: Viettel}]
"""
PROFILE = """
profiles:
  machines: [{id: pc, name: Máy tính, role: pc}, {id: laptop, name: Máy xách tay, role: pc}]
  sites:
    - id: office
      kind: agency
      lan: partial
      links:
        - {id: main, technology: fiber, gateway: "+1", far_end: {site: c}}
        - {id: 4g, technology: cellular, carrier: viettel, backup: true, far_end: {site: c}}
      devices: [{id: cpe, kind: cpe, address: "+1"}, {id: sw, kind: switch, upstream: cpe}]
      machine_counts:
        - {profile: pc, count: 40, as_of: 2026-10-01, source: Kiểm kê}
        - {profile: laptop, count: 2, as_of: 2026-10-01, source: Kiểm kê}
"""


def loaded(folder: Path, text: str) -> Inventory:
    path = folder / "inventory.yaml"
    path.write_text(text, encoding="utf-8")
    return load(path)


def one_site(folder: Path, extra: str) -> Site:
    site = "sites:\n  - id: c\n    unit: u\n    name: Một\n    profile: office\n"
    lines = "".join(f"    {line}\n" for line in extra.splitlines())
    return loaded(folder, HEAD + PROFILE + site + lines).sites["c"]


def problems_of(path: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(path)
    return caught.value.problems


def test_field_of_the_site_wins_over_its_profile(tmp_path: Path) -> None:
    site = one_site(tmp_path, "carrier: vnpt\nnetworks: [198.18.1.0/24]\nlan: none")

    assert site.lan == "none"
    assert site.kind == "agency"


def test_item_of_the_site_overrides_the_profiles_field_by_field(tmp_path: Path) -> None:
    site = one_site(
        tmp_path,
        "carrier: vnpt\nnetworks: [198.18.1.0/24]\n"
        'devices: [{id: new, kind: ups}, {id: cpe, address: "+9"}, {id: sw, omit: true}]',
    )

    assert [(one.id, one.kind, one.address) for one in site.devices] == [
        ("c/cpe", "cpe", "198.18.1.9"),
        ("c/new", "ups", None),
    ]


def test_counts_merge_by_what_they_count_and_exempt_ones_stand_beside(tmp_path: Path) -> None:
    site = one_site(
        tmp_path,
        "carrier: vnpt\nnetworks: [198.18.1.0/24]\nmachine_counts:\n"
        "  - {profile: laptop, count: 5}\n"
        "  - {profile: pc, count: 1, as_of: 2026-10-02, source: Xã, exempt: true,"
        " exempt_reason: Mật}\n",
    )

    assert [(one.profile, one.count, one.exempt) for one in site.machine_counts] == [
        ("pc", 40, False),
        ("laptop", 5, False),
        ("pc", 1, True),
    ]


def test_short_forms_fill_the_links_that_lack_them(tmp_path: Path) -> None:
    site = one_site(
        tmp_path,
        "carrier: vnpt\ncircuit: A-1\ncontract: B-2\ncapacity_mbps: 100\n"
        "networks: [198.18.1.0/24]\nlinks: [{id: 4g, capacity_mbps: 20}]",
    )

    main, backup = site.links
    assert (main.carrier, main.circuit, main.contract, main.capacity_mbps) == (
        ("vnpt", "A-1", "B-2", 100)
    )
    assert (backup.carrier, backup.circuit, backup.contract, backup.capacity_mbps) == (
        ("viettel", None, None, 20)
    )


def test_pcs_override_the_first_count_only(tmp_path: Path) -> None:
    base = "carrier: vnpt\nnetworks: [198.18.1.0/24]\n"

    number = one_site(tmp_path, base + "pcs: 7").machine_counts
    detailed = one_site(tmp_path, base + "pcs: {count: 8, source: Xã}").machine_counts

    assert [(one.count, one.source) for one in number] == [(7, "Kiểm kê"), (2, "Kiểm kê")]
    assert [(one.count, one.source) for one in detailed] == [(8, "Xã"), (2, "Kiểm kê")]


def test_unit_is_short_for_one_assignment_without_end(tmp_path: Path) -> None:
    site = one_site(tmp_path, "carrier: vnpt\nnetworks: [198.18.1.0/24]")

    assert site.unit_on(datetime(1990, 1, 1, tzinfo=UTC).date()) == "u"


def test_defaults_apply_under_profile_and_short_forms(tmp_path: Path) -> None:
    text = (
        HEAD
        + PROFILE
        + "defaults: {links: {capacity_mbps: 50, carrier: viettel}, sites: {lan: none}}\n"
        + "sites: [{id: c, unit: u, name: Một, profile: office, carrier: vnpt,"
        + " networks: [198.18.1.0/24]}, {id: d, unit: u, name: Hai, kind: field}]\n"
    )

    sites = loaded(tmp_path, text).sites

    assert [link.carrier for link in sites["c"].links] == ["vnpt", "viettel"]
    assert [link.capacity_mbps for link in sites["c"].links] == [50, 50]
    assert [sites["c"].lan, sites["d"].lan] == ["partial", "none"]


def test_default_address_counts_in_the_network_of_each_site(tmp_path: Path) -> None:
    site = "  - {id: %s, unit: u, name: Một, kind: field, networks: [198.18.%s.0/24], %s}\n"
    link = "links: [{id: l, technology: fiber, carrier: vnpt, far_end: {site: c}}]"
    text = HEAD + 'defaults: {links: {gateway: "+1"}}\nsites:\n'

    sites = loaded(tmp_path, text + site % ("c", 1, link) + site % ("d", 2, link)).sites

    assert [one.links[0].gateway for one in sites.values()] == ["198.18.1.1", "198.18.2.1"]


def test_range_expands_to_items_with_other_fields_in_step(tmp_path: Path) -> None:
    site = one_site(
        tmp_path,
        "carrier: vnpt\nnetworks: [198.18.1.0/24]\n"
        'machines: [{id: "pc-[08-10]", profile: pc, address: "+[11-13]", name: "Máy [1-3]"}]',
    )

    assert [(one.id, one.address, one.name) for one in site.machines] == [
        ("c/pc-08", "198.18.1.11", "Máy 1"),
        ("c/pc-09", "198.18.1.12", "Máy 2"),
        ("c/pc-10", "198.18.1.13", "Máy 3"),
    ]


def test_address_counts_in_an_ipv6_network(tmp_path: Path) -> None:
    site = one_site(tmp_path, 'carrier: vnpt\nnetworks: ["2001:db8:1::/64", 198.18.1.0/24]')

    assert site.devices[0].address == "2001:db8:1::1"


def test_references_within_a_site_become_full_ids(tmp_path: Path) -> None:
    site = one_site(
        tmp_path,
        "carrier: vnpt\nnetworks: [198.18.1.0/24]\nmachines: [{id: may, profile: pc}]\n"
        "conference_points: [{id: v, kind: software, machine: may}]",
    )

    assert site.devices[1].upstream == "c/cpe"
    assert site.conference_points[0].machine == "c/may"


def test_time_without_offset_is_the_provinces_own(tmp_path: Path) -> None:
    text = (
        HEAD
        + "sites: [{id: c, unit: u, name: Một, kind: field}]\nconferences:\n"
        + "  - {id: a, title: A, starts_at: 2026-11-24 14:00, duration_minutes: 1,"
        + " all_points: true}\n"
        + "  - {id: b, title: B, starts_at: 2026-11-24T14:00:00Z, duration_minutes: 1,"
        + " all_points: true}\n"
    )

    conferences = loaded(tmp_path, text).conferences

    assert conferences["a"].starts_at == datetime(2026, 11, 24, 7, tzinfo=UTC)
    assert conferences["b"].starts_at == datetime(2026, 11, 24, 14, tzinfo=UTC)


def test_profile_is_not_changed_by_the_sites_that_use_it(tmp_path: Path) -> None:
    site = "  - {id: %s, unit: u, name: Một, profile: office, carrier: vnpt, %s}\n"
    text = HEAD + PROFILE + "sites:\n"
    first = site % ("c", "networks: [198.18.1.0/24], circuit: A, pcs: 1")

    sites = loaded(tmp_path, text + first + site % ("d", "networks: [198.18.2.0/24]")).sites

    assert sites["d"].links[0].circuit is None
    assert sites["d"].machine_counts[0].count == 40
    assert sites["d"].devices[0].address == "198.18.2.1"


def test_included_files_join_once_in_order(tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    for name in ("b", "a"):
        text = f"units: [{{id: {name}, name: Xã, kind: commune}}]\n"
        (tmp_path / "more" / f"{name}.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "more" / "empty.yaml").write_text("# chưa có\n", encoding="utf-8")
    text = 'include: [more/b.yaml, "more/*.yaml", "*.yaml"]\n' + HEAD

    inventory = loaded(tmp_path, text + "sites: [{id: c, unit: u, name: Một, kind: field}]\n")

    assert list(inventory.units) == ["u", "b", "a"]


def test_file_names_in_problems_are_relative_to_what_was_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "inv" / "more").mkdir(parents=True)
    (tmp_path / "inv" / "inventory.yaml").write_text("include: [more/a.yaml]\n", encoding="utf-8")
    (tmp_path / "inv" / "more" / "a.yaml").write_text("a: @\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    relative = problems_of(Path("inv/inventory.yaml"))
    absolute = problems_of(tmp_path / "inv" / "inventory.yaml")

    assert relative[-1].startswith("inv/more/a.yaml:1:4: ")
    assert absolute[-1].startswith(f"{tmp_path}/inv/more/a.yaml:1:4: ")


def test_top_file_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    missing = tmp_path / "none.yaml"

    assert problems_of(missing) == [
        f'{missing}:1:1: expected a file, got no such file: "{missing}"'
    ]
    assert problems_of(tmp_path) == [f'{tmp_path}:1:1: expected a file, got a folder: "{tmp_path}"']


def test_huge_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "inventory.yaml"
    with path.open("wb") as stream:
        os.truncate(stream.fileno(), 10**12)

    assert problems_of(path) == [
        f"{path}:1:1: expected a file of at most 33,554,432 bytes, got a larger one"
    ]


def test_include_through_a_link_outside_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "inv").mkdir()
    (tmp_path / "secret.yaml").write_text("units: []\n", encoding="utf-8")
    (tmp_path / "inv" / "more.yaml").symlink_to(tmp_path / "secret.yaml")
    path = tmp_path / "inv" / "inventory.yaml"
    text = "include: [more.yaml]\n" + HEAD + "sites: [{id: c, unit: u, name: A, kind: field}]\n"
    path.write_text(text, encoding="utf-8")

    assert [line.split(": ", 1)[1] for line in problems_of(path)] == [
        'include[0]: expected a file within the inventory\'s folder, got "more.yaml"'
    ]


def test_site_is_blind_without_an_active_always_on_item(tmp_path: Path) -> None:
    base = "carrier: vnpt\nnetworks: [198.18.1.0/24]\n"
    retired = "devices: [{id: cpe, always_on: true, lifecycle: retired}]"

    assert is_blind(one_site(tmp_path, base))
    assert is_blind(one_site(tmp_path, base + retired))
    assert not is_blind(one_site(tmp_path, base + "devices: [{id: cpe, always_on: true}]"))


def test_a_network_of_one_address_has_no_further_one_to_count(tmp_path: Path) -> None:
    path = tmp_path / "inventory.yaml"
    site = "sites:\n  - {id: c, unit: u, name: Một, profile: office, networks: [198.18.1.24/32]}\n"
    path.write_text(HEAD + PROFILE + site, encoding="utf-8")

    assert any("198.18.1.24/32 is only one" in line for line in problems_of(path))
