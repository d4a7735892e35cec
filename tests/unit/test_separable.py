"""Which causes a site's inventory lets us tell apart, by what stands in and around it."""

from pathlib import Path

import pytest

from collector.derivation.credentials import Credentials
from collector.derivation.derive import Derivation
from collector.wire import AgentIdentity
from govnet.settings import DeviceSettings, Secret, SnmpAccess
from inventory.coverage.causes import table
from inventory.coverage.separable import (
    CAUSES,
    Hours,
    SiteCauses,
    When,
    counted,
    is_blind,
    separable,
)
from inventory.load import load
from inventory.model import Inventory

HEAD = """
province: {id: p, code: "68", name: Tỉnh, operator: Sở, centre: ttdl}
units: [{id: u, name: Đơn vị, kind: agency}]
carriers: [{id: vnpt, name: VNPT}, {id: viettel, name: Viettel}]
power_areas: [{id: f471, name: Lộ 471}]
calendars:
  - id: always
    holidays: null
    sessions:
      mon: &all [{start: "00:00", end: "12:00"}, {start: "12:00", end: "24:00"}]
      tue: *all
      wed: *all
      thu: *all
      fri: *all
      sat: *all
      sun: *all
profiles: {machines: [{id: pc, name: Máy tính, role: pc}, {id: sv, name: Máy chủ, role: server}]}
defaults:
  links: {technology: fiber, carrier: vnpt, far_end: {site: ttdl, address: 198.19.0.1}}
  machine_counts: {as_of: 2026-10-01, source: Kiểm kê}
sites:
  - {id: ttdl, unit: u, name: Trung tâm, kind: data_centre}
"""
LINK = "links: [{id: tslcd}]"
CPE = "{id: cpe, kind: cpe, address: 198.18.1.1, always_on: true}"
PCS = "machine_counts: [{profile: pc, count: 5}]"


def loaded(folder: Path, *sites: str) -> Inventory:
    text = HEAD
    for number, extra in enumerate(sites):
        text += f"  - id: xa-{number}\n    unit: u\n    name: Xã\n    kind: commune\n"
        text += "".join(f"    {line}\n" for line in extra.splitlines())
    path = folder / "inventory.yaml"
    path.write_text(text, encoding="utf-8")
    return load(path)


def told(found: SiteCauses, hours: Hours) -> dict[str, str]:
    return {cause: found.when[cause, hours].value for cause, of in found.when if of is hours}


def first(folder: Path, *sites: str) -> SiteCauses:
    return separable(loaded(folder, *sites))["xa-0"]


def test_an_ordinary_office_tells_from_the_backlog_by_day_and_nothing_at_night(
    tmp_path: Path,
) -> None:
    found = first(tmp_path, f"{LINK}\ndevices: [{CPE}]\n{PCS}")

    assert not found.is_blind
    assert told(found, Hours.WORKING) == dict.fromkeys(CAUSES, "after")
    assert told(found, Hours.OFF) == dict.fromkeys(CAUSES, "never")


SOFTWARE = """machines: [{id: m, profile: pc}]
conference_points: [{id: vc, kind: software, machine: m, address: 198.18.1.9}]"""


@pytest.mark.parametrize(
    "extra",
    [
        PCS,
        SOFTWARE,
        "devices: [{id: cpe, kind: cpe, address: 198.18.1.1}]",
        "conference_points: [{id: vc, kind: codec}]",
        "machines: [{id: m, profile: sv, address: 198.18.1.5}]",
    ],
)
def test_a_site_is_blind_where_the_centre_sees_nothing_that_is_always_on(
    tmp_path: Path, extra: str
) -> None:
    assert is_blind(loaded(tmp_path, extra).sites["xa-0"])


@pytest.mark.parametrize(
    "extra",
    [
        f"devices: [{CPE}]",
        "conference_points: [{id: vc, kind: codec, address: 198.18.1.9}]",
        "machines: [{id: m, profile: pc, address: 198.18.1.5, always_on: true}]",
        "lifecycle: planned",
    ],
)
def test_a_site_is_not_blind_with_a_device_or_codec_to_ask_or_when_nobody_uses_it(
    tmp_path: Path, extra: str
) -> None:
    assert not is_blind(loaded(tmp_path, extra).sites["xa-0"])


def test_nothing_is_told_of_a_blind_site_whose_pcs_are_off(tmp_path: Path) -> None:
    found = first(tmp_path, f"{LINK}\n{PCS}")

    assert found.is_blind
    assert found.when["power", Hours.WORKING] is When.AFTER
    assert set(told(found, Hours.OFF).values()) == {"never"}


def test_a_ups_that_no_check_reads_promises_nothing(tmp_path: Path) -> None:
    ups = f"{LINK}\ndevices: [{CPE}, {{id: ups, kind: ups, address: 198.18.1.5}}]"

    assert first(tmp_path, ups).when["power", Hours.OFF] is When.NEVER


@pytest.mark.parametrize(("carrier", "when"), [("viettel", When.AT_ONCE), ("vnpt", When.NEVER)])
def test_a_neighbour_on_the_feeder_tells_a_power_cut_if_its_carrier_is_another(
    tmp_path: Path, carrier: str, when: When
) -> None:
    here = f"power_area: f471\n{LINK}\ndevices: [{CPE}]"
    there = (
        f"power_area: f471\nlinks: [{{id: tslcd, carrier: {carrier}}}]\n"
        "devices: [{id: cpe, kind: cpe, address: 198.18.2.1, always_on: true}]"
    )

    assert first(tmp_path, here, there).when["power", Hours.OFF] is when


def test_a_blind_neighbour_tells_nothing_at_night(tmp_path: Path) -> None:
    here = f"power_area: f471\n{LINK}\ndevices: [{CPE}]"
    there = f"power_area: f471\nlinks: [{{id: tslcd, carrier: viettel}}]\n{PCS}"

    found = first(tmp_path, here, there)
    assert found.when["power", Hours.WORKING] is When.AT_ONCE
    assert found.when["power", Hours.OFF] is When.NEVER


def test_a_second_carrier_tells_a_cut_line_at_once_while_a_machine_is_on(tmp_path: Path) -> None:
    links = "links: [{id: tslcd}, {id: 4g, carrier: viettel, backup: true}]"
    same = "links: [{id: tslcd}, {id: 4g, backup: true}]"

    found = first(tmp_path, f"{links}\ndevices: [{CPE}]\n{PCS}")
    for cause in ("link", "carrier", "equipment"):
        assert found.when[cause, Hours.WORKING] is When.AT_ONCE
        assert found.when[cause, Hours.OFF] is When.NEVER
    found = first(tmp_path, f"{same}\ndevices: [{CPE}]\n{PCS}")
    assert found.when["link", Hours.WORKING] is When.AFTER


def test_without_a_hop_in_between_line_and_carrier_are_one(tmp_path: Path) -> None:
    silent = "links: [{id: tslcd, far_end: {site: ttdl}}]"
    named = "links: [{id: tslcd, far_end: {site: ttdl}, next_hop: 198.18.9.1}]"

    found = first(tmp_path, f"{silent}\ndevices: [{CPE}]\n{PCS}")
    assert {found.when[cause, Hours.WORKING] for cause in ("link", "carrier")} == {When.NEVER}
    found = first(tmp_path, f"{named}\ndevices: [{CPE}]\n{PCS}")
    assert {found.when[cause, Hours.WORKING] for cause in ("link", "carrier")} == {When.AFTER}


def test_many_sites_of_one_carrier_tell_that_it_failed_if_another_lives(tmp_path: Path) -> None:
    def office(number: int, carrier: str) -> str:
        cpe = f"{{id: cpe, kind: cpe, address: 198.18.{number}.1, always_on: true}}"
        return f"links: [{{id: tslcd, carrier: {carrier}}}]\ndevices: [{cpe}]"

    three = [office(number, "vnpt") for number in range(3)]
    assert first(tmp_path, *three).when["carrier", Hours.OFF] is When.NEVER
    found = separable(loaded(tmp_path, *three, office(3, "viettel")))
    assert found["xa-0"].when["carrier", Hours.OFF] is When.AT_ONCE
    assert found["xa-3"].when["carrier", Hours.OFF] is When.NEVER


def test_a_switch_behind_a_router_tells_a_dead_lan_at_any_hour(tmp_path: Path) -> None:
    switch = "{id: sw, kind: switch, address: 198.18.1.2, always_on: true, upstream: cpe}"

    found = first(tmp_path, f"{LINK}\ndevices: [{CPE}, {switch}]")
    assert found.when["lan", Hours.OFF] is When.AT_ONCE


def test_one_machine_tells_no_lan_from_equipment(tmp_path: Path) -> None:
    one = "machine_counts: [{profile: pc, count: 1}]"

    found = first(tmp_path, f"{LINK}\ndevices: [{CPE}]\n{one}")
    assert found.when["equipment", Hours.WORKING] is When.NEVER
    assert found.when["agent", Hours.WORKING] is When.NEVER
    assert first(tmp_path, f"{LINK}\n{one}").when["lan", Hours.WORKING] is When.NEVER


def test_what_cannot_fail_is_left_out(tmp_path: Path) -> None:
    found = first(tmp_path, f"lan: none\ndevices: [{CPE}]\n{PCS}")

    assert set(told(found, Hours.WORKING)) == {"power", "equipment", "agent"}


def test_a_server_and_a_round_the_clock_office_tell_at_night_too(tmp_path: Path) -> None:
    server = "machines: [{id: sv, profile: sv}]"

    found = first(tmp_path, f"{LINK}\ndevices: [{CPE}]\n{server}\n{PCS}")
    assert told(found, Hours.OFF) == {
        "power": "after",
        "link": "after",
        "carrier": "after",
        "lan": "after",
        "equipment": "never",
        "agent": "never",
    }
    found = first(tmp_path, f"calendar: always\n{LINK}\ndevices: [{CPE}]\n{PCS}")
    assert told(found, Hours.OFF) == told(found, Hours.WORKING)


def test_exempt_machines_tell_nothing(tmp_path: Path) -> None:
    exempt = "machine_counts: [{profile: pc, count: 5, exempt: true, exempt_reason: Máy mật}]"

    found = first(tmp_path, f"{LINK}\ndevices: [{CPE}]\n{exempt}")
    assert set(told(found, Hours.WORKING).values()) == {"never"}


def test_the_centre_and_what_is_not_in_use_are_left_out(tmp_path: Path) -> None:
    assert set(separable(loaded(tmp_path, "lifecycle: planned", LINK))) == {"xa-1"}


def test_the_table_counts_every_site_once_for_each_cause_it_can_have(tmp_path: Path) -> None:
    found = separable(loaded(tmp_path, LINK, f"{LINK}\n{PCS}", PCS)).values()

    for hours in Hours:
        assert sum(counted(found, "power", hours).values()) == 3
        assert sum(counted(found, "link", hours).values()) == 2
    assert len(table(found)) == 3 + len(CAUSES)
    assert table([]) == []


UPS = "devices: [{id: cpe, kind: cpe, address: 198.18.1.1, always_on: true}, %s]"


@pytest.mark.parametrize(
    ("ups", "machines", "expected"),
    [
        ("{id: u, kind: ups, address: 198.18.1.5, snmp: ups}", "", "at_once"),
        ('{id: u, kind: ups, url: "nut://198.18.1.5/ups"}', "", "at_once"),
        ("{id: u, kind: ups, address: 198.18.1.5}", "", "never"),
        ("{id: u, kind: printer, address: 198.18.1.5, snmp: ups}", "", "never"),
        (
            "{id: u, kind: ups, address: 198.18.1.5, snmp: ups}",
            "machines: [{id: m, profile: sv, vantage: true}]",
            "at_once",
        ),
        (
            "{id: u, kind: ups, address: 198.18.1.5, snmp: ups}",
            "machines: [{id: m, profile: pc, vantage: true}]",
            "never",
        ),
        ("{id: u, kind: ups, address: 198.18.1.5, snmp: ups}", PCS, "at_once"),
        (
            "{id: u, kind: ups, address: 198.18.1.5, snmp: ups}",
            "lan: none\nmachines: [{id: m, profile: pc, vantage: true}]",
            "at_once",
        ),
    ],
)
def test_a_ups_tells_a_power_cut_to_whoever_outlasts_it(
    tmp_path: Path, ups: str, machines: str, expected: str
):
    found = first(tmp_path, f"{LINK}\n{UPS % ups}\n{machines}".strip())

    assert told(found, Hours.OFF)["power"] == expected


@pytest.mark.parametrize(
    "machines",
    [
        "",
        "machines: [{id: m, profile: pc}]",
        "machines: [{id: m, profile: pc, vantage: true}]",
        "lan: none\nmachines: [{id: m, profile: pc, vantage: true}]",
        "machines: [{id: m, profile: sv}]",
    ],
)
def test_at_night_a_ups_counts_just_where_the_centre_is_told_to_ask_it(
    tmp_path: Path, machines: str
):
    ups = "{id: u, kind: ups, address: 198.18.1.5, snmp: ups}"
    inventory = loaded(tmp_path, f"{LINK}\n{UPS % ups}\n{machines}".strip())
    centre = AgentIdentity("c", "ttdl", "ttdl/giam-sat")
    others = [
        AgentIdentity(one.id, "xa-0", one.id) for one in inventory.sites["xa-0"].active_machines()
    ]
    known = Credentials(snmp={"ups": SnmpAccess(community=Secret("s3cret"))})

    told_centre = Derivation(inventory, [centre, *others], credentials=known).settings(centre)

    asked = any(isinstance(one, DeviceSettings) for one in told_centre.checks)
    found = separable(inventory)["xa-0"]
    assert asked is (found.when["power", Hours.OFF] is When.AT_ONCE)
