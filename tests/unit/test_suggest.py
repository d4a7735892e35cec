"""Rows for the inventory: what is proposed from what was seen, and what is not."""

from datetime import date

import msgspec
import pytest

from collector.discovery.device_kinds import kind_of
from collector.discovery.sightings import Neighbour, Sightings, Station
from collector.discovery.suggest import Suggestion, suggest
from inventory.model import Device, DeviceKind, Inventory, Machine, MachineCount
from tests.judged_province import with_site
from tests.sightings import SWITCH, agent, device, sightings, waiting

CPE = "xa-a/cpe"
MAC = "02:00:00:00:00:33"


def ids(inventory: Inventory, seen: Sightings) -> list[str]:
    return [one.id for one in suggest(inventory, seen)]


def only(inventory: Inventory, seen: Sightings) -> Suggestion:
    (found,) = suggest(inventory, seen)
    return found


def fields(suggestion: Suggestion) -> dict[str, object]:
    return {put.field: put.value for put in suggestion.edits}


def with_device(inventory: Inventory, site: str = "xa-a", **more: object) -> Inventory:
    device = msgspec.structs.replace(inventory.sites[site].devices[0], **more)
    return with_site(inventory, site, devices=(device,))


def test_what_a_device_tells_and_the_inventory_lacks_is_filled_in(small_province: Inventory):
    seen = device(
        CPE, model="AR651", serial="21500", stations=(Station(MAC, address="198.18.1.1"),)
    )
    found = only(small_province, sightings(devices=(seen,)))

    assert (found.id, found.site, found.command) == (CPE, "xa-a", "")
    assert fields(found) == {"model": "AR651", "serial": "21500", "mac": MAC}
    assert {(put.kind, put.record, put.items, put.item) for put in found.edits} == {
        ("sites", "xa-a", "devices", "cpe")
    }
    assert found.title == f"Bổ sung cho cpe: model AR651, số sê-ri 21500, địa chỉ MAC {MAC}"


def test_what_contradicts_the_inventory_is_a_note_and_no_edit(small_province: Inventory):
    province = with_device(small_province, model="AR161", serial="A1", mac=MAC)
    seen = device(CPE, model="AR651", serial="a1", stations=(Station(MAC, address="198.18.1.1"),))
    found = only(province, sightings(devices=(seen,)))

    assert (found.id, found.edits, found.command) == (f"{CPE}:differs", (), "")
    assert "danh mục ghi AR161, mạng cho biết AR651" in found.reason
    assert "sê-ri" not in found.reason


@pytest.mark.parametrize(
    ("declared", "told"),
    [("Huawei AR651", "AR651"), ("AR651", "Huawei AR651 "), ("", "N/A"), ("", "\x00\x01")],
)
def test_a_model_with_its_maker_and_a_placeholder_say_nothing_new(
    small_province: Inventory, declared: str, told: str
):
    province = with_device(small_province, model=declared or None)

    assert ids(province, sightings(devices=(device(CPE, model=told),))) == []


def test_a_serial_that_two_devices_tell_is_none(small_province: Inventory):
    seen = tuple(device(name, serial="123456") for name in (CPE, "xa-a/other"))

    assert ids(small_province, sightings(devices=seen)) == []


@pytest.mark.parametrize(
    "stations",
    [
        (Station(MAC, address="198.18.1.1"), Station("02:00:00:00:00:34", address="198.18.1.1")),
        (Station(MAC, address="198.18.1.1"), Station(MAC, address="198.18.1.7")),
        (Station("02:00:00:00:00:99", address="198.18.1.1"),),
        (Station(MAC),),
    ],
    ids=["two MACs", "one router answers for both", "another item's MAC", "no address"],
)
def test_a_mac_that_may_be_anothers_is_not_proposed(
    small_province: Inventory, stations: tuple[Station, ...]
):
    machines = (
        Machine(id="xa-a/pc-1", profile="pc", address="198.18.1.7", mac="02:00:00:00:00:88"),
        Machine(id="xa-a/pc-2", profile="pc", mac="02:00:00:00:00:99"),
    )
    province = with_site(small_province, "xa-a", machines=machines)
    found = suggest(province, sightings(devices=(device(CPE, stations=stations),)))

    assert [one.id for one in found if one.edits] == []


def test_a_machine_gets_its_mac_too(small_province: Inventory):
    machine = Machine(id="xa-a/pc-1", profile="pc", address="198.18.1.7")
    province = with_site(small_province, "xa-a", machines=(machine,))
    seen = device(CPE, stations=(Station("02-00-00-00-00-33", address="198.18.1.7"),))
    found = only(province, sightings(devices=(seen,)))

    assert (found.id, fields(found)) == ("xa-a/pc-1", {"mac": MAC})
    assert found.edits[0].items == "machines"


def test_an_undeclared_neighbour_is_proposed_as_a_device(small_province: Inventory):
    found = only(small_province, sightings(devices=(device(CPE, SWITCH),)))

    assert (found.id, found.site) == ("xa-a/sw-tang-2", "xa-a")
    assert fields(found) == {
        "kind": "switch",
        "name": "SW-Tang-2",
        "address": "198.18.1.22",
        "mac": "02:00:00:00:00:22",
        "upstream": "cpe",
    }
    assert found.title == "Khai thêm bộ chuyển mạch sw-tang-2 (198.18.1.22)"
    assert "cpe cổng ge1 thấy bên cạnh" in found.reason


@pytest.mark.parametrize("untold", ["mac", "address"])
def test_what_a_neighbour_does_not_tell_comes_from_arp(small_province: Inventory, untold: str):
    mac, address = SWITCH.mac, SWITCH.address
    half = msgspec.structs.replace(SWITCH, **{untold: ""})
    known = device(CPE, half, stations=(Station(mac, address=address),))
    found = only(small_province, sightings(devices=(known,)))

    assert (fields(found)["mac"], fields(found)["address"]) == (mac, address)
    for other in (Station(MAC, address=address), Station(mac, address="198.18.1.99")):
        doubtful = device(CPE, half, stations=(Station(mac, address=address), other))
        assert untold not in fields(only(small_province, sightings(devices=(doubtful,))))


@pytest.mark.parametrize(
    ("capabilities", "description", "kind"),
    [
        (("bridge",), "", DeviceKind.SWITCH),
        (("bridge", "router"), "S5735 Huawei Versatile Routing Platform", DeviceKind.SWITCH),
        (("bridge", "router"), "MikroTik RouterOS 7.1", DeviceKind.CPE),
        (("router",), "", DeviceKind.CPE),
        (("bridge", "access_point"), "", DeviceKind.ACCESS_POINT),
        (("access_point", "router"), "wireless router", DeviceKind.CPE),
        (("bridge",), "HP LaserJet M404", DeviceKind.PRINTER),
        ((), "HIKVISION DS-2CD", DeviceKind.CAMERA),
        (("station",), "Windows", None),
        ((), "groups of people", None),
    ],
)
def test_the_kind_follows_what_a_device_says(
    capabilities: tuple[str, ...], description: str, kind: DeviceKind | None
):
    assert kind is kind_of(frozenset(capabilities), description)


def test_equal_names_are_told_apart_by_the_address_of_the_device(small_province: Inventory):
    alike = [
        Neighbour("1", "Switch", mac=f"02:00:00:00:00:0{number}", capabilities=("bridge",))
        for number in (1, 2)
    ]
    assert ids(small_province, sightings(devices=(device(CPE, *alike),))) == [
        "xa-a/switch-000001",
        "xa-a/switch-000002",
    ]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"name": "tslcd.xa.example", "capabilities": ("bridge",)}, []),
        ({"name": ""}, ["xa-a/switch-000022"]),
        ({"name": "", "mac": ""}, ["xa-a/switch-198-18-1-22"]),
        ({"capabilities": ("station",), "description": "Linux"}, []),
        ({"name": "Tầng 2/Đông"}, ["xa-a/tang-2-dong"]),
        ({"name": "---"}, ["xa-a/switch-000022"]),
    ],
    ids=["an item's name", "no name", "address alone", "a PC", "slug", "no letters"],
)
def test_the_id_comes_from_the_device_and_is_free(
    small_province: Inventory, change: dict[str, object], expected: list[str]
):
    neighbour = msgspec.structs.replace(SWITCH, **change)

    assert ids(small_province, sightings(devices=(device(CPE, neighbour),))) == expected


def test_what_stands_outside_the_sites_networks_is_not_proposed(small_province: Inventory):
    province = with_site(small_province, "xa-a", networks=("198.18.1.0/28",))

    assert ids(province, sightings(devices=(device(CPE, SWITCH),))) == []


def test_a_router_hangs_on_nothing_and_a_switch_above_is_not_turned_round(
    small_province: Inventory,
):
    sw = Device(id="xa-a/sw", kind=DeviceKind.SWITCH)
    cpe = small_province.sites["xa-a"].devices[0]
    province = with_site(small_province, "xa-a", devices=(cpe, sw))
    router = msgspec.structs.replace(
        SWITCH, name="r2", mac="02:00:00:00:00:44", address="", capabilities=("router",)
    )
    printer = msgspec.structs.replace(
        SWITCH, name="in", mac="02:00:00:00:00:45", address="", description="Printer"
    )
    seen = sightings(devices=(device("xa-a/sw", SWITCH, router, printer),))
    found = {one.id: fields(one).get("upstream") for one in suggest(province, seen)}

    assert found == {"xa-a/sw-tang-2": None, "xa-a/r2": None, "xa-a/in": "sw"}


def test_a_site_that_the_centre_cannot_see_gets_its_router_watched(small_province: Inventory):
    sw = Device(id="xa-a/sw", kind=DeviceKind.SWITCH, address="198.18.1.2", mac=SWITCH.mac)
    province = with_device(small_province, always_on=False)
    (cpe,) = province.sites["xa-a"].devices
    province = with_site(province, "xa-a", devices=(sw, cpe))
    found = only(province, sightings(devices=(device(CPE, SWITCH),)))

    assert (found.id, fields(found)) == (f"{CPE}:always-on", {"always_on": True})
    only_switch = sightings(devices=(device("xa-a/pdu", SWITCH),))
    assert ids(province, only_switch) == ["xa-a/sw:always-on"]
    assert ids(small_province, sightings(devices=(device(CPE),))) == []


def test_waiting_agents_are_commands(small_province: Inventory):
    province = with_site(small_province, "xa-b", networks=("198.18.2.0/24",))
    seen = sightings(
        waiting("a1", proposed_site="xa-b"),
        waiting("a2", host="198.18.2.9"),
        waiting("a3", proposed_site="xa-c", host="198.18.2.9"),
        waiting("a4", proposed_site="gone"),
    )
    found = {one.id: (one.site, one.command) for one in suggest(province, seen)}

    assert found == {
        "agent:a1": ("xa-b", "govnet agents approve a1"),
        "agent:a2": ("xa-b", "govnet agents approve a2"),
        "agent:a3": ("", "govnet agents approve a3 --site MÃ-ĐIỂM"),
        "agent:a4": ("", "govnet agents approve a4 --site MÃ-ĐIỂM"),
    }


def test_more_agents_than_declared_raise_the_count_of_pcs(small_province: Inventory):
    found = only(small_province, sightings(places={"xa-a": (4, 6)}))

    (put,) = found.edits
    assert (found.id, put.field, put.items) == ("xa-a:count", "pcs", "")
    assert put.value == {
        "count": 6,
        "as_of": date(2026, 9, 21),
        "source": "số tác tử đã ghi danh",
    }
    assert found.title == "Nâng số máy tính khai theo số lượng từ 4 lên 6"


def test_a_site_without_a_count_gets_one_of_the_office_pcs(small_province: Inventory):
    found = only(small_province, sightings(places={"xa-b": (0, 2)}))

    assert {(put.items, put.item) for put in found.edits} == {("machine_counts", "pc")}
    assert fields(found)["count"] == 2


def test_an_exempt_count_of_the_same_machines_is_not_touched(small_province: Inventory):
    exempt = MachineCount(
        profile="pc",
        count=2,
        as_of=date(2026, 10, 1),
        source="kiểm kê",
        exempt=True,
        exempt_reason="máy mật",
    )
    province = with_site(small_province, "xa-b", machine_counts=(exempt,))

    assert ids(province, sightings(places={"xa-b": (0, 2)})) == []


@pytest.mark.parametrize(
    "same",
    [{"serial": "SN-1 "}, {"asset_tag": "TS-01"}, {"mac": "02-00-00-00-00-33"}],
)
def test_an_agent_that_is_a_declared_machine_is_renamed_not_counted(
    small_province: Inventory, same: dict[str, str]
):
    machine = Machine(id="xa-a/ke-toan", profile="pc", serial="sn-1", asset_tag="ts-01", mac=MAC)
    province = with_site(small_province, "xa-a", machines=(machine,))
    seen = sightings(agent("a1", machine="pc-007", **same), places={"xa-a": (4, 5)})
    found = only(province, seen)

    assert (found.id, found.site) == ("agent:a1:rename", "xa-a")
    assert found.command == "govnet agents rename a1 ke-toan"


def test_a_serial_that_two_agents_tell_renames_nobody(small_province: Inventory):
    machine = Machine(id="xa-a/ke-toan", profile="pc", serial="SN-1")
    province = with_site(small_province, "xa-a", machines=(machine,))
    both = [agent(name, serial="SN-1") for name in ("a1", "a2")]

    assert ids(province, sightings(*both)) == []
    held = sightings(agent("a1", serial="SN-1"), agent("a3", machine="ke-toan"))
    assert ids(province, held) == []


def test_an_agent_in_another_sites_network_is_a_note(small_province: Inventory):
    found = only(small_province, sightings(agent("a1", network_site="xa-b")))

    assert (found.site, found.edits, found.command) == ("xa-a", (), "")
    assert "govnet agents move a1 xa-b" in found.reason
