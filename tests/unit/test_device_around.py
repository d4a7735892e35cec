"""What of a device's tables is told, and what never: telephones, and who is of another network."""

from ipaddress import IPv4Network
from typing import Any

import pytest

from agent.devices import lldp, ports, stations
from agent.devices.addresses import HARDWARE_ADDRESS
from agent.devices.around import Site, around
from agent.devices.values import Answers
from govnet.surroundings import SeenNeighbour, SeenStation
from tests.recorded_device import value

PC, TELEPHONE, RADIO = "00:11:22:33:44:aa", "da:a1:19:00:00:01", "00:11:22:33:44:cc"
NETWORKS = (IPv4Network("198.18.7.0/24"),)


def index_of(address: str) -> str:
    return ".".join(str(int(piece, 16)) for piece in address.split(":"))


def at_port(address: str, number: int) -> dict[str, Any]:
    return {f"{stations.STATION_PORT}.{index_of(address)}": number}


def in_arp(address: str, claimed: str) -> dict[str, Any]:
    return {f"{HARDWARE_ADDRESS}.1.{claimed}": f"hex {address.replace(':', '')}"}


def names(*given: str) -> dict[str, Any]:
    return {f"{ports.IF_NAME}.{number}": name for number, name in enumerate(given, 1)}


def answers(values: dict[str, Any]) -> Answers:
    columns: dict[str, dict[str, Any]] = {}
    known = (
        *(each.column for each in (*lldp.QUESTIONS, *stations.QUESTIONS)),
        HARDWARE_ADDRESS,
    )
    for oid, plain in values.items():
        (column,) = {column for column in known if oid.startswith(f"{column}.")}
        columns.setdefault(column, {})[oid.removeprefix(f"{column}.")] = value(plain)
    return Answers({}, columns)


def told(values: dict[str, Any], site: Site = Site()) -> tuple[SeenStation, ...]:  # noqa: B008 - frozen
    return around(answers(values), site).stations


def test_an_address_and_a_port_of_one_station_are_told_together():
    values = names("GE1", "GE2") | at_port(PC, 2) | in_arp(PC, "198.18.7.10")

    assert told(values) == (SeenStation(port="GE2", mac=PC, address="198.18.7.10"),)


def test_a_declared_item_is_told_by_its_id_whatever_its_address():
    values = names("GE1") | at_port(TELEPHONE, 1) | in_arp(TELEPHONE, "198.18.9.9")
    site = Site(declared={TELEPHONE: "xa-a/pc-1"}, networks=NETWORKS)

    assert told(values, site) == (SeenStation(port="GE1", item="xa-a/pc-1"),)


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        (TELEPHONE, "made up by a telephone"),
        ("02:00:00:00:00:01", "made up"),
        ("01:00:5e:00:00:01", "a group"),
        ("33:33:00:00:00:01", "a group"),
        ("00:00:00:00:00:00", "nobody"),
    ],
)
def test_addresses_that_no_maker_gave_are_not_told(address: str, reason: str):
    values = names("GE1") | at_port(address, 1) | in_arp(address, "198.18.7.10")

    assert told(values) == (), reason


def test_who_has_only_addresses_of_other_networks_is_not_told():
    values = in_arp(PC, "198.18.9.10") | in_arp(RADIO, "198.18.9.11")
    values |= in_arp(RADIO, "198.18.7.11")

    assert told(values, Site(networks=NETWORKS)) == (SeenStation(mac=RADIO, address="198.18.7.11"),)
    assert len(told(values)) == 2


def test_who_is_at_a_radio_is_not_told_and_named_to_the_others():
    values = names("eth0", "wlan0") | {f"{ports.TYPE}.1": 6, f"{ports.TYPE}.2": 71}
    values |= at_port(PC, 2) | in_arp(PC, "198.18.7.10") | at_port(RADIO, 1)
    found = around(answers(values), Site())

    assert [station.mac for station in found.stations] == [RADIO]
    assert found.wireless == {PC}


def test_an_access_point_tells_of_nobody_whose_port_it_knows():
    values = names("eth0") | at_port(PC, 1) | at_port(RADIO, 1)
    site = Site(declared={RADIO: "xa-a/sw1"}, is_radio=True)

    assert told(values, site) == (SeenStation(port="eth0", item="xa-a/sw1"),)


def test_who_is_behind_a_declared_access_point_is_not_told():
    values = names("GE1", "GE2") | at_port(RADIO, 1) | at_port(PC, 1)
    values |= at_port("00:11:22:33:44:dd", 2)
    site = Site(declared={RADIO: "xa-a/ap1"}, radios=frozenset((RADIO,)))

    assert [station.item or station.mac for station in told(values, site)] == [
        "xa-a/ap1",
        "00:11:22:33:44:dd",
    ]


def neighbour(**fields: Any) -> dict[str, Any]:
    given = {
        lldp.CHASSIS_ID: "hex 0011223344cc",
        lldp.PORT_ID_SUBTYPE: 5,
        lldp.PORT_ID: "eth0",
        lldp.SYSTEM_NAME: "ap-tang-2",
        lldp.SYSTEM_DESCRIPTION: "An access point\nof somebody " + "x" * 200,
        lldp.CAPABILITIES_ENABLED: "hex 3000",
    } | fields
    row = {f"{column}.0.1.5": plain for column, plain in given.items()}
    return row | {
        f"{lldp.MANAGEMENT_IF_SUBTYPE}.0.1.5.2.16.{'.'.join(['32', '1'] + ['0'] * 14)}": 2,
        f"{lldp.MANAGEMENT_IF_SUBTYPE}.0.1.5.1.4.198.18.7.30": 2,
    }


def test_a_neighbour_is_told_with_everything_that_it_says_of_itself():
    (found,) = around(answers(names("GE1") | neighbour()), Site()).neighbours

    assert found == SeenNeighbour(
        port="GE1",
        name="ap-tang-2",
        neighbour_port="eth0",
        mac=RADIO,
        address="198.18.7.30",
        capabilities=("bridge", "access_point"),
        description=f"An access point of somebody {'x' * 92}",
    )


def test_who_is_behind_an_access_point_that_says_so_by_lldp_is_not_told():
    values = names("GE1") | neighbour() | at_port(PC, 1)

    assert told(values) == ()


@pytest.mark.parametrize("chassis", ["hex daa119000001", "a name", "hex 0511"])
def test_a_neighbour_without_a_makers_address_has_none(chassis: str):
    values = names("GE1") | neighbour(**{lldp.CHASSIS_ID: chassis})
    (found,) = around(answers(values), Site()).neighbours

    assert (found.mac, found.name) == ("", "ap-tang-2")


@pytest.mark.parametrize("index", ["0.1.5.1.4.198.18.7", "0.1.5", "0.1.5.6.3.1.2.3", "0.1.5.1.4"])
def test_management_addresses_of_other_kinds_are_left_out(index: str):
    values = {f"{lldp.PORT_ID}.0.1.5": "eth0", f"{lldp.MANAGEMENT_IF_SUBTYPE}.{index}": 2}
    (found,) = around(answers(values), Site()).neighbours

    assert found.address == ""
