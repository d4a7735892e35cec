"""Seen and not declared, declared and never seen: what is a line of the lists, and what is not."""

from datetime import date

import msgspec
import pytest

from collector.discovery.differences import NeverSeen, Undeclared, differences
from collector.discovery.sightings import Neighbour, Sightings, Station
from inventory.model import Device, DeviceCount, DeviceKind, Inventory, Lifecycle, Link
from tests.judged_province import with_site
from tests.sightings import AT, SWITCH, agent, device, sightings, waiting


def undeclared(inventory: Inventory, seen: Sightings) -> list[tuple[str, str, str, int]]:
    found = differences(inventory, seen).undeclared
    return [(one.site, one.kind, one.key, one.number) for one in found]


def stations(number: int, **more: str) -> tuple[Station, ...]:
    return tuple(Station(f"02:00:00:01:00:{index:02x}", **more) for index in range(number))


def test_nothing_seen_and_everything_heard_is_no_difference(small_province: Inventory):
    found = differences(small_province, sightings(places={"xa-a": (4, 4)}))

    assert (found.as_of, found.undeclared, found.never_seen) == (AT, (), ())


def test_an_agent_that_waits_stands_where_code_and_network_agree(small_province: Inventory):
    province = with_site(small_province, "xa-b", networks=("198.18.2.0/24",))
    seen = sightings(
        waiting("a1", proposed_site="xa-b"),
        waiting("a2", host="198.18.2.9"),
        waiting("a3", proposed_site="xa-c", host="198.18.2.9"),
        waiting("a4", hostname="PC\x1b[31m-04\n"),
    )
    assert undeclared(province, seen) == [
        ("", "agent_waiting", "a3", 1),
        ("", "agent_waiting", "a4", 1),
        ("xa-b", "agent_waiting", "a1", 1),
        ("xa-b", "agent_waiting", "a2", 1),
    ]
    assert differences(province, seen).undeclared[1].name == "PC [31m-04"


def test_agents_beyond_the_declared_number_are_one_line_of_their_site(small_province: Inventory):
    places = {"xa-a": (4, 7), "xa-b": (0, 2), "xa-c": (3, 3)}

    assert undeclared(small_province, sightings(places=places)) == [
        ("xa-a", "agent_beyond_count", "agent_beyond_count", 3),
        ("xa-b", "agent_beyond_count", "agent_beyond_count", 2),
    ]


def test_agents_of_a_site_that_left_the_inventory_are_told(small_province: Inventory):
    seen = sightings(agent("a1", "cu"), agent("a2", "cu"), places={"cu": (0, 2)})

    assert undeclared(small_province, seen) == [
        ("cu", "agent_beyond_count", "agent_beyond_count", 2)
    ]


def test_a_neighbour_is_told_with_who_sees_it(small_province: Inventory):
    (found,) = differences(
        small_province, sightings(devices=(device("xa-a/cpe", SWITCH),))
    ).undeclared

    assert found == Undeclared(
        "xa-a", "neighbour", "02:00:00:00:00:22", "SW-Tang-2", "198.18.1.22", "xa-a/cpe"
    )


@pytest.mark.parametrize(
    "known",
    [
        {"mac": "02-00-00-00-00-22"},
        {"address": "198.18.1.22"},
        {"name": "sw-tang-2"},
        {"id": "xa-a/sw-tang-2"},
    ],
)
def test_a_neighbour_that_is_declared_is_no_difference(
    small_province: Inventory, known: dict[str, str]
):
    declared = Device(**({"id": "xa-a/sw", "kind": DeviceKind.SWITCH} | known))  # type: ignore[arg-type]
    province = with_site(
        small_province, "xa-a", devices=(*small_province.sites["xa-a"].devices, declared)
    )

    assert undeclared(province, sightings(devices=(device("xa-a/cpe", SWITCH),))) == []


@pytest.mark.parametrize(
    "changed",
    [
        {"capabilities": ("bridge", "telephone")},
        {"item": "xa-a/sw"},
        {"name": "", "mac": "", "address": ""},
    ],
)
def test_telephones_and_who_is_nobody_are_left_out(
    small_province: Inventory, changed: dict[str, object]
):
    neighbour = msgspec.structs.replace(SWITCH, **changed)

    assert undeclared(small_province, sightings(devices=(device("xa-a/cpe", neighbour),))) == []


def test_the_machine_of_an_agent_and_the_carriers_end_are_no_strangers(small_province: Inventory):
    site = small_province.sites["xa-a"]
    link = msgspec.structs.replace(site.links[0], next_hop="198.18.200.1")
    province = with_site(small_province, "xa-a", links=(link,))
    seen = sightings(
        agent("a1", hostname="PC-KE-TOAN", mac="02:00:00:00:00:50"),
        devices=(
            device(
                "xa-a/cpe",
                Neighbour("1", "pc-ke-toan.lan", capabilities=("station",)),
                Neighbour("2", "", mac="02-00-00-00-00-50"),
                Neighbour("3", "PE-01", address="198.18.200.1", capabilities=("router",)),
            ),
        ),
    )
    assert undeclared(province, seen) == []


def test_what_two_devices_see_is_one_thing(small_province: Inventory):
    by_mac = msgspec.structs.replace(SWITCH, address="")
    by_address = msgspec.structs.replace(SWITCH, mac="")
    by_name = msgspec.structs.replace(SWITCH, mac="", address="")
    seen = sightings(
        devices=(
            device("xa-a/cpe", by_mac, by_name),
            device("xa-a/x", by_address),
            device("xa-a/y", SWITCH),
        )
    )
    assert undeclared(small_province, seen) == [("xa-a", "neighbour", "02:00:00:00:00:22", 1)]


def test_a_name_that_two_devices_have_declares_neither(small_province: Inventory):
    declared = Device(id="xa-a/switch", kind=DeviceKind.SWITCH, mac="02:00:00:00:00:01")
    province = with_site(small_province, "xa-a", devices=(declared,))
    alike = [Neighbour(str(number), "Switch", mac=f"02:00:00:00:00:0{number}") for number in (1, 2)]
    assert undeclared(province, sightings(devices=(device("xa-a/switch", *alike),))) == [
        ("xa-a", "neighbour", "02:00:00:00:00:02", 1)
    ]


def test_stations_are_a_number_and_only_beyond_what_the_inventory_explains(
    small_province: Inventory,
):
    """Four places, one filled; two PCs, a server and a point declared without any address."""
    seen = (device("xa-a/cpe", stations=stations(11)),)
    places = {"xa-a": (4, 1)}

    assert undeclared(small_province, sightings(devices=seen, places=places)) == [
        ("xa-a", "station", "station", 4)
    ]
    printers = DeviceCount(
        kind=DeviceKind.PRINTER, count=4, as_of=date(2026, 10, 1), source="kiểm kê"
    )
    province = with_site(small_province, "xa-a", device_counts=(printers,))
    assert undeclared(province, sightings(devices=seen, places=places)) == []


def test_who_is_known_is_no_station_and_nobody_counts_twice(small_province: Inventory):
    site = small_province.sites["xa-a"]
    link: Link = msgspec.structs.replace(site.links[0], gateway="198.18.1.254")
    province = with_site(
        small_province,
        "xa-a",
        networks=("198.18.1.0/24",),
        links=(link,),
        machines=(),
        conference_points=(),
    )
    seen = sightings(
        agent("a1", host="198.18.1.50"),
        devices=(
            device(
                "xa-a/cpe",
                SWITCH,
                stations=(
                    Station("02:00:00:00:00:22"),
                    Station("02:00:00:00:00:33", address="198.18.1.50"),
                    Station("02:00:00:00:00:44", address="198.18.1.254"),
                    Station("02:00:00:00:00:55", item="xa-a/cpe"),
                    Station("02:00:00:00:00:66", address="198.18.99.1"),
                    Station("ff:ff:ff:ff:ff:ff"),
                    Station("02:00:00:00:00:77"),
                ),
            ),
            device("xa-a/x", stations=(Station("02:00:00:00:00:77", port="ge3"),)),
        ),
        places={"xa-a": (0, 0)},
    )
    found = undeclared(province, seen)
    assert found == [
        ("xa-a", "neighbour", "02:00:00:00:00:22", 1),
        ("xa-a", "station", "station", 1),
    ]


def test_a_site_that_was_never_heard_is_one_line(small_province: Inventory):
    seen = sightings(
        never_seen=("xa-a", "xa-a/cpe", "xa-a/pc-1", "xa-b/cpe", "xa-b/tslcd"),
        places={"xa-a": (4, 0), "xa-b": (3, 1)},
    )
    name = small_province.sites["xa-a"].name

    assert list(differences(small_province, seen).never_seen) == [
        NeverSeen("xa-a", "site", "xa-a", name),
        NeverSeen("xa-b", "link", "xa-b/tslcd", ""),
        NeverSeen("xa-b", "device", "xa-b/cpe", ""),
        NeverSeen("xa-b", "places", "xa-b", "", 2),
    ]


def test_what_is_not_in_use_or_left_the_inventory_is_not_missed(small_province: Inventory):
    site = small_province.sites["xa-b"]
    planned = msgspec.structs.replace(site.devices[0], lifecycle=Lifecycle.PLANNED)
    province = with_site(small_province, "xa-b", devices=(planned,))
    seen = sightings(never_seen=("xa-b/cpe", "xa-g", "cu", "cu/cpe"), places={"cu": (3, 0)})

    assert differences(province, seen).never_seen == ()


def test_a_service_is_missed_at_the_site_of_its_servers(small_province: Inventory):
    service = next(iter(small_province.services))
    (found,) = differences(small_province, sightings(never_seen=(service,))).never_seen

    declared = small_province.services[service]
    assert found == NeverSeen(declared.site or "", "service", service, declared.name)
