"""The province that ships: complete, of today's shape, and of the size the offices reported."""

import ipaddress
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from inventory.load import load
from inventory.model import (
    DeviceKind,
    Duty,
    Inventory,
    Lan,
    Lifecycle,
    MachineRole,
    PointKind,
    PointProtocol,
    ServiceKind,
    Site,
    SiteKind,
    Technology,
    UnitKind,
)

ROOT = Path(__file__).parents[2]
ALLOWED_NETWORKS = (
    ipaddress.ip_network("198.18.0.0/15"),
    ipaddress.ip_network("2001:db8::/32"),
)
COMMUNE_KINDS = {UnitKind.COMMUNE, UnitKind.WARD, UnitKind.SPECIAL_ZONE}
BLIND_SITES = {"cu-jut-2", "tanh-linh-2"}


@pytest.fixture(scope="module")
def province() -> Inventory:
    return load(ROOT / "inventory.yaml")


def active_sites(province: Inventory, kind: SiteKind) -> list[Site]:
    return [
        site
        for site in province.sites.values()
        if site.kind is kind and site.lifecycle is Lifecycle.ACTIVE
    ]


def main_fibers(site: Site) -> int:
    return sum(
        link.technology is Technology.FIBER and not link.backup
        for link in site.links
        if link.lifecycle is Lifecycle.ACTIVE
    )


def addresses(province: Inventory) -> Iterator[str]:
    """Yield every address and network that the province names, in whatever field."""
    for site in province.sites.values():
        yield from site.networks
        for link in site.links:
            yield from filter(None, (link.gateway, link.next_hop, link.far_end.address))
        for item in (*site.devices, *site.machines, *site.conference_points):
            if item.address is not None:
                yield item.address
    for service in province.services.values():
        if service.address is not None:
            yield service.address


def test_has_124_communes_each_with_its_own_official_code(province: Inventory):
    communes = [
        unit
        for unit in province.units.values()
        if unit.kind in COMMUNE_KINDS and unit.lifecycle is Lifecycle.ACTIVE
    ]

    assert Counter(unit.kind for unit in communes) == {
        UnitKind.COMMUNE: 103,
        UnitKind.WARD: 20,
        UnitKind.SPECIAL_ZONE: 1,
    }
    codes = {unit.code for unit in communes if unit.code is not None}
    assert len(codes) == 124
    assert {len(code) for code in codes} == {5}
    assert {unit.parent for unit in communes} == {"lam-dong"}
    assert all(unit.cluster in province.clusters for unit in communes)


def test_every_active_unit_has_coordinates_within_the_province(province: Inventory):
    for unit in province.units.values():
        if unit.lifecycle is Lifecycle.ACTIVE:
            assert unit.latitude is not None, unit.id
            assert unit.longitude is not None, unit.id
            assert 10.4 < unit.latitude < 12.9, unit.id
            assert 107.2 < unit.longitude < 109.1, unit.id


def test_59_agency_buildings_and_147_commune_points_have_one_main_fiber_each(province: Inventory):
    agencies = active_sites(province, SiteKind.AGENCY)
    points = active_sites(province, SiteKind.COMMUNE)

    assert (len(agencies), len(points)) == (59, 147)
    assert {main_fibers(site) for site in (*agencies, *points)} == {1}


def test_circuit_numbers_are_unique(province: Inventory):
    circuits = Counter(
        link.circuit
        for site in province.sites.values()
        for link in site.links
        if link.circuit is not None
    )

    assert [circuit for circuit, times in circuits.items() if times > 1] == []
    assert len(circuits) >= 206 + 37


def test_every_commune_has_its_office_and_23_have_a_second_building(province: Inventory):
    sites = Counter(site.assignments[-1].unit for site in active_sites(province, SiteKind.COMMUNE))

    assert Counter(sites.values()) == {1: 101, 2: 23}
    assert all(province.sites[unit].id == unit for unit in sites)


def test_campus_has_54_units_54_servers_and_37_ftth_lines(province: Inventory):
    campus = active_sites(province, SiteKind.ADMINISTRATIVE_CENTRE)
    units = {site.assignments[-1].unit for site in campus}
    servers = [
        machine
        for site in province.sites.values()
        for machine in site.machines
        if province.machine_profiles[machine.profile].role is MachineRole.SERVER
    ]
    ftth = [
        link
        for site in province.sites.values()
        for link in site.links
        if link.technology is Technology.FTTH
    ]

    assert Counter(province.units[unit].kind for unit in units) == {
        UnitKind.AGENCY: 18,
        UnitKind.SUB_UNIT: 36,
    }
    assert len(servers) == 54
    assert len({server.address for server in servers}) == 54
    assert len(ftth) == 37


def test_every_commune_and_32_provincial_rooms_have_a_conference_point(province: Inventory):
    points = [
        (site, point)
        for site in province.sites.values()
        for point in site.conference_points
        if point.lifecycle is Lifecycle.ACTIVE
    ]
    of_communes = [site for site, _ in points if site.kind is SiteKind.COMMUNE]

    assert len({site.assignments[-1].unit for site in of_communes}) == len(of_communes) == 124
    assert len(points) - len(of_communes) == 32
    assert {point.kind for _, point in points} == set(PointKind)
    assert {protocol for _, point in points for protocol in point.protocols} == set(PointProtocol)
    assert all(point.address is not None and point.protocols for _, point in points)


def test_counts_and_single_machines_make_exactly_6000_office_pcs(province: Inventory):
    counted = [
        count
        for site in province.sites.values()
        for count in site.machine_counts
        if count.profile == "office-pc"
    ]
    declared = sum(
        machine.profile == "office-pc"
        for site in province.sites.values()
        for machine in site.machines
    )

    assert sum(count.count for count in counted) + declared == 6000
    assert all(count.source for count in counted)
    assert len({count.count for count in counted}) > 10


def test_machines_with_state_secrets_are_exempt_with_a_reason(province: Inventory):
    secret = [
        count
        for site in province.sites.values()
        for count in site.machine_counts
        if count.profile == "secret-pc"
    ]

    assert secret
    assert all(count.exempt and count.exempt_reason for count in secret)


def test_every_kind_of_item_is_there(province: Inventory):
    sites = list(province.sites.values())
    devices = {device.kind for site in sites for device in site.devices}
    lifecycles = {item.lifecycle for item in (*province.items(), *province.units.values())}

    assert devices == set(DeviceKind)
    assert {site.kind for site in sites} == set(SiteKind)
    assert {link.technology for site in sites for link in site.links} == set(Technology)
    assert {site.lan for site in sites} == set(Lan)
    assert {unit.kind for unit in province.units.values()} == set(UnitKind)
    assert {machine.duty for site in sites for machine in site.machines} == {None, *Duty}
    assert {service.kind for service in province.services.values()} == set(ServiceKind)
    assert lifecycles == set(Lifecycle)
    assert {count.kind for site in sites for count in site.device_counts} >= {
        DeviceKind.CAMERA,
        DeviceKind.ENVIRONMENTAL_STATION,
        DeviceKind.ACCESS_POINT,
    }
    assert any(site.classrooms for site in sites)
    assert len(province.carriers) >= 3
    assert len(province.clusters) >= 12
    assert len(province.power_areas) >= 25
    assert {"office", "office-saturday", "one-stop", "always"} <= set(province.calendars)
    assert any(conference.all_points for conference in province.conferences.values())
    assert any(unit.lineage for unit in province.units.values())
    assert any(unit.versions for unit in province.units.values())


def test_every_address_is_from_a_documentation_or_benchmark_range(province: Inventory):
    for text in addresses(province):
        network = ipaddress.ip_network(text, strict=False)
        assert any(
            network.version == allowed.version and network.subnet_of(allowed)
            for allowed in ALLOWED_NETWORKS
        ), text


def test_no_address_and_no_network_is_used_twice(province: Inventory):
    networks = Counter(network for site in province.sites.values() for network in site.networks)
    owners = Counter(
        item.address
        for site in province.sites.values()
        for item in (*site.devices, *site.machines)
        if item.address is not None
    )

    assert [network for network, times in networks.items() if times > 1] == []
    assert [address for address, times in owners.items() if times > 1] == []


def test_services_live_under_example_names_or_at_allowed_addresses(province: Inventory):
    for service in province.services.values():
        host = urlsplit(service.url).hostname or ""
        assert host.endswith(".example") or host.startswith("198.19."), service.url


def test_contacts_are_roles_without_telephone_numbers(province: Inventory):
    holders = (
        *province.carriers.values(),
        *province.clusters.values(),
        *province.power_areas.values(),
        *province.units.values(),
        *province.sites.values(),
        *province.services.values(),
    )

    contacts = [contact for holder in holders for contact in holder.contacts]
    assert contacts
    assert all(contact.telephone is None for contact in contacts)
    assert all((contact.email or ".example").endswith(".example") for contact in contacts)


def test_every_site_but_two_named_ones_has_something_always_on_to_ask(province: Inventory):
    blind = {
        site.id
        for site in province.sites.values()
        if site.lifecycle is Lifecycle.ACTIVE
        and not any(
            item.always_on and item.address is not None for item in (*site.devices, *site.machines)
        )
    }

    assert blind == BLIND_SITES


def test_the_centre_has_its_collector_and_the_machine_that_checks_from_there(province: Inventory):
    centre = province.sites[province.province.centre]
    machines = {machine.id: machine for machine in centre.machines}

    assert centre.kind is SiteKind.DATA_CENTRE
    assert machines["ttdl/giam-sat"].vantage
    assert machines["ttdl/trung-tam"].address == "198.19.0.12"
    assert {link.far_end.site for site in province.sites.values() for link in site.links} == {
        "ttdl"
    }
    router = next(device for device in centre.devices if device.address == "198.19.0.1")
    assert router.always_on


def test_every_commune_office_has_one_designated_one_stop_machine(province: Inventory):
    desks = [
        machine
        for site in active_sites(province, SiteKind.COMMUNE)
        for machine in site.machines
        if machine.duty is Duty.ONE_STOP
    ]

    assert len(desks) == 124
    assert all(desk.vantage and desk.address is not None for desk in desks)


def test_a_software_point_answers_at_its_machine(province: Inventory):
    for site in province.sites.values():
        machines = {machine.id: machine for machine in site.machines}
        for point in site.conference_points:
            if point.kind is PointKind.SOFTWARE:
                assert point.machine is not None
                assert machines[point.machine].address == point.address, point.id
                assert machines[point.machine].duty is Duty.CONFERENCE, point.id


def test_a_service_of_the_province_answers_at_one_of_its_machines(province: Inventory):
    addresses_of_machines = {
        machine.id: machine.address for site in province.sites.values() for machine in site.machines
    }

    for service in province.services.values():
        if service.site is not None:
            behind = {addresses_of_machines[machine] for machine in service.machines}
            asked = service.address or urlsplit(service.url).hostname
            assert asked in behind, service.id


def test_what_is_always_open_has_no_minute_in_which_nothing_is_expected(province: Inventory):
    sessions = province.calendars["always"].sessions

    assert set(sessions) == {"mon", "tue", "wed", "thu", "fri", "sat", "sun"}
    for (session,) in sessions.values():
        assert (session.start, session.end) == ("00:00", "24:00")
