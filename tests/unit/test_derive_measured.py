"""Who is told to measure devices, circuits' quality, registrars and platforms, and with what."""

import itertools
import re

import msgspec
import pytest

from collector.derivation.credentials import Credentials, lacking
from collector.derivation.derive import Derivation
from collector.wire import AgentIdentity
from govnet.settings import (
    MAX_CHECKS,
    MAX_WORKERS,
    CheckSettings,
    Declared,
    DeviceSettings,
    FactsSettings,
    Login,
    PathSettings,
    Peer,
    ReflectorSettings,
    Secret,
    SnmpAccess,
    TrapSettings,
    decode,
    workers_needed,
)
from inventory.model import (
    Assignment,
    Device,
    DeviceKind,
    FarEnd,
    Inventory,
    Lan,
    Lifecycle,
    Link,
    Machine,
    Reflector,
    Service,
    Site,
    SiteKind,
    Technology,
)

ACCESS = SnmpAccess(community=Secret("s3cret"), port=1161)
LOGIN = Login(user="giamsat", password=Secret("pa55word"))
KNOWN = Credentials(snmp={"switches": ACCESS}, logins={"codecs": LOGIN})
CENTRE_AGENT = AgentIdentity("c", "ttdl", "ttdl/giam-sat")


def site(name: str, number: int = 1, **more: object) -> Site:
    fields: dict[str, object] = {
        "kind": SiteKind.COMMUNE,
        "networks": (f"198.18.{number}.0/24",),
        "links": (
            Link(
                id=f"{name}/tslcd",
                technology=Technology.FIBER,
                carrier="vnpt",
                far_end=FarEnd(site="ttdl"),
                dscp=46,
                test_bytes_per_day=10_000_000,
            ),
            Link(
                id=f"{name}/4g",
                technology=Technology.CELLULAR,
                carrier="vnpt",
                far_end=FarEnd(site="ttdl"),
                backup=True,
            ),
        ),
        "devices": (
            Device(
                id=f"{name}/sw1",
                kind=DeviceKind.SWITCH,
                address=f"198.18.{number}.2",
                mac="02-00-5E-00-00-02",
                snmp="switches",
                traps=True,
                always_on=True,
            ),
            Device(id=f"{name}/may-in", kind=DeviceKind.PRINTER, address=f"198.18.{number}.20"),
            Device(id=f"{name}/la", kind=DeviceKind.UPS, address=f"198.18.{number}.5", snmp="ups"),
        ),
        "machines": (
            Machine(id=f"{name}/pc-2", profile="pc", address=f"198.18.{number}.12", vantage=True),
            Machine(
                id=f"{name}/pc-1",
                profile="pc",
                address=f"198.18.{number}.11",
                mac="02:00:5e:00:00:0b",
                vantage=True,
            ),
            Machine(id=f"{name}/pc-3", profile="pc", address=f"198.18.{number}.13"),
        ),
    }
    return Site(id=name, name=name, assignments=(Assignment(unit="u"),), **(fields | more))  # type: ignore[arg-type]


CENTRE = site(
    "ttdl",
    0,
    kind=SiteKind.DATA_CENTRE,
    links=(),
    devices=(),
    machines=(
        Machine(id="ttdl/giam-sat", profile="server", address="198.18.0.11", vantage=True),
        Machine(id="ttdl/khac", profile="server", address="198.18.0.12"),
    ),
)


@pytest.fixture
def province(small_province: Inventory) -> Inventory:
    return with_sites(small_province, CENTRE, site("xa"), site("xb", 2))


def with_sites(inventory: Inventory, *sites: Site, **services: Service) -> Inventory:
    province = msgspec.structs.replace(
        inventory.province, centre="ttdl", reflector=Reflector(address="198.18.0.11", port=1862)
    )
    return msgspec.structs.replace(
        inventory, province=province, sites={one.id: one for one in sites}, services=services
    )


def agent(machine: str) -> AgentIdentity:
    return AgentIdentity(machine.replace("/", "."), machine.partition("/")[0], machine)


def told(
    inventory: Inventory, who: AgentIdentity, *others: AgentIdentity, known: Credentials = KNOWN
) -> tuple[CheckSettings, ...]:
    derivation = Derivation(inventory, [who, *others], credentials=known)
    settings = derivation.settings(who)
    assert decode(derivation.encoded(who)) == settings
    return settings.checks


def of(checks: tuple[CheckSettings, ...], kind: type[CheckSettings]) -> list[CheckSettings]:
    return [check for check in checks if isinstance(check, kind)]


def test_the_first_vantage_of_the_file_measures_the_devices_it_has_an_access_for(
    province: Inventory,
):
    (device,) = of(told(province, agent("xa/pc-2"), agent("xa/pc-1")), DeviceSettings)

    assert device == DeviceSettings(
        target="xa/sw1",
        address="198.18.1.2",
        kind="switch",
        snmp=ACCESS,
        declared=(Declared(id="xa/pc-1", mac="02:00:5e:00:00:0b"),),
        networks=("198.18.1.0/24",),
        interval_seconds=60.0,
        timeout_seconds=20.0,
    )


def test_the_other_vantages_are_told_beforehand_who_comes_before_them(province: Inventory):
    (device,) = of(told(province, agent("xa/pc-1"), agent("xa/pc-2")), DeviceSettings)

    assert isinstance(device, DeviceSettings)
    assert device.preceding == (Peer(id="xa/pc-2", address="198.18.1.12"),)


def test_nobody_else_is_given_a_secret(province: Inventory):
    agents = [agent("xa/pc-3"), agent("xa/pc-1"), agent("xa/pc-2"), agent("ttdl/khac")]
    derivation = Derivation(province, [*agents, CENTRE_AGENT], credentials=KNOWN)

    holding = {one.machine for one in agents if b"s3cret" in derivation.encoded(one)}
    assert holding == {"xa/pc-1", "xa/pc-2"}


def test_nobody_stands_by_for_one_that_cannot_be_looked_for(province: Inventory):
    machines = tuple(
        msgspec.structs.replace(one, address=None) if one.id == "xa/pc-2" else one
        for one in province.sites["xa"].machines
    )
    changed = with_sites(province, CENTRE, site("xa", machines=machines))

    assert of(told(changed, agent("xa/pc-1"), agent("xa/pc-2")), DeviceSettings) == []
    assert of(told(changed, agent("xa/pc-2"), agent("xa/pc-1")), DeviceSettings)


def test_who_stands_in_for_the_vantages_is_given_no_secret_and_the_centre_measures(
    province: Inventory,
):
    stand_in, marked = agent("xa/pc-3"), agent("xa/pc-2")
    agents = [stand_in, marked, CENTRE_AGENT]
    derivation = Derivation(province, agents, {"xa": (stand_in,)}, credentials=KNOWN)

    for one in (stand_in, marked):
        checks = derivation.settings(one).checks
        assert of(checks, DeviceSettings) == []
        assert not {b"s3cret", b"pa55word"} & {*re.findall(rb"[a-z0-9]+", derivation.encoded(one))}
    devices = of(derivation.settings(CENTRE_AGENT).checks, DeviceSettings)
    assert [device.target for device in devices] == ["xa/sw1", "xb/sw1"]


def test_the_centre_measures_the_devices_of_sites_without_agents(province: Inventory):
    devices = of(told(province, CENTRE_AGENT, agent("xa/pc-1")), DeviceSettings)

    assert [device.target for device in devices] == ["xb/sw1"]


def many_sites(province: Inventory, *addresses: str | None) -> Inventory:
    """Return forty sites without agents, and marked machines of the centre with these addresses."""
    machines = tuple(
        Machine(id=f"ttdl/m{number}", profile="server", address=address, vantage=True)
        for number, address in enumerate(addresses)
    )
    centre = msgspec.structs.replace(CENTRE, machines=machines)
    return with_sites(province, centre, *(site(f"x{number}", number) for number in range(1, 41)))


def first_devices(inventory: Inventory, *machines: str) -> list[list[str]]:
    """Return the devices that each machine measures unless others are off: of whom it is first."""
    derivation = Derivation(inventory, map(agent, machines), credentials=KNOWN)
    told = [of(derivation.settings(agent(one)).checks, DeviceSettings) for one in machines]
    assert len({tuple(sorted(each.target for each in checks)) for checks in told}) == 1
    return [
        [each.target for each in checks if isinstance(each, DeviceSettings) and not each.preceding]
        for checks in told
    ]


def test_the_marked_machines_of_the_centre_share_the_sites_and_stand_by_for_each_other(
    province: Inventory,
):
    inventory = many_sites(province, "198.18.0.11", "198.18.0.12", "198.18.0.13")

    shares = first_devices(inventory, "ttdl/m0", "ttdl/m1", "ttdl/m2")
    assert sorted(itertools.chain(*shares)) == sorted(f"x{number}/sw1" for number in range(1, 41))
    assert min(map(len, shares)) >= 8


def test_where_nobody_could_see_that_a_machine_of_the_centre_is_off_the_first_has_all(
    province: Inventory,
):
    inventory = many_sites(province, "198.18.0.11", None)

    assert [len(share) for share in first_devices(inventory, "ttdl/m0", "ttdl/m1")] == [40, 0]


def test_the_centre_measures_where_machines_have_no_lan(province: Inventory):
    changed = with_sites(province, CENTRE, site("xa", lan=Lan.NONE))

    assert of(told(changed, agent("xa/pc-2"), CENTRE_AGENT), DeviceSettings) == []
    devices = of(told(changed, CENTRE_AGENT, agent("xa/pc-2")), DeviceSettings)
    assert [device.target for device in devices] == ["xa/sw1"]


def test_the_first_of_the_centre_receives_the_notifications_of_every_site(province: Inventory):
    checks = told(province, CENTRE_AGENT, agent("ttdl/khac"), agent("xa/pc-1"))

    assert [check.target for check in of(checks, TrapSettings)] == ["xa/sw1", "xb/sw1"]
    assert of(told(province, agent("ttdl/khac"), CENTRE_AGENT), TrapSettings) == []


def test_without_credentials_only_what_needs_none_is_measured(province: Inventory):
    changed = with_sites(
        province,
        CENTRE,
        site(
            "xa",
            devices=(
                Device(id="xa/cam", kind=DeviceKind.CAMERA, url="rtsp://198.18.1.9/", snmp="x"),
                Device(id="xa/sw1", kind=DeviceKind.SWITCH, address="198.18.1.2", snmp="x"),
            ),
        ),
    )
    (device,) = of(told(changed, agent("xa/pc-2"), known=Credentials()), DeviceSettings)

    assert (device.target, device.snmp) == ("xa/cam", None)  # type: ignore[attr-defined]


@pytest.mark.parametrize(("report_seconds", "poll_seconds"), [(1.0, 60.0), (300.0, 300.0)])
def test_devices_are_asked_once_a_minute_at_most(
    province: Inventory, report_seconds: float, poll_seconds: float
):
    changed = msgspec.structs.replace(province, report_interval_seconds=report_seconds)
    checks = told(changed, agent("xa/pc-2"))

    for check in of(checks, DeviceSettings) + of(checks, PathSettings):
        assert check.interval_seconds == poll_seconds
        assert check.timeout_seconds <= check.interval_seconds


def test_every_vantage_measures_the_main_circuit_and_one_may_test_its_throughput(
    province: Inventory,
):
    first = of(told(province, agent("xa/pc-2"), agent("xa/pc-1")), PathSettings)
    second = of(told(province, agent("xa/pc-1"), agent("xa/pc-2")), PathSettings)

    path = PathSettings(
        target="xa/tslcd",
        address="198.18.0.11",
        port=1862,
        dscp=46,
        test_bytes_per_day=10_000_000,
        interval_seconds=60.0,
        timeout_seconds=10.0,
    )
    assert first == [path]
    assert [one.test_bytes_per_day for one in second] == [None]  # type: ignore[attr-defined]


def test_without_a_reflector_no_path_is_measured(province: Inventory):
    without = msgspec.structs.replace(
        province, province=msgspec.structs.replace(province.province, reflector=None)
    )

    for who in (agent("xa/pc-2"), CENTRE_AGENT):
        checks = told(without, who)
        assert of(checks, PathSettings) + of(checks, ReflectorSettings) == []


def test_the_machine_at_the_reflectors_address_answers_every_site_and_nobody_else(
    province: Inventory,
):
    unnumbered = site("xc", 3, networks=())
    retired = site("xd", 4, lifecycle=Lifecycle.RETIRED)
    changed = with_sites(province, *province.sites.values(), unnumbered, retired)

    (reflector,) = of(told(changed, CENTRE_AGENT, agent("xc/pc-1")), ReflectorSettings)
    assert reflector == ReflectorSettings(
        target="ttdl/giam-sat",
        port=1862,
        allow=("198.18.1.0/24", "198.18.2.0/24", "198.18.3.11/32"),
        interval_seconds=60.0,
        timeout_seconds=0.5,
    )
    assert of(told(changed, agent("ttdl/khac"), CENTRE_AGENT), ReflectorSettings) == []


def test_every_machine_reads_its_facts_four_times_a_day(province: Inventory):
    (facts,) = of(told(province, agent("xa/pc-3"), agent("xa/pc-2")), FactsSettings)

    assert (facts.target, facts.interval_seconds) == ("xa/pc-3", 6 * 3600)


def test_settings_of_the_largest_province_can_be_used(province: Inventory):
    """What matters most comes first; devices that are one too many are left out."""
    many = [site(f"x{number}", number % 250 + 1) for number in range(3_000)]
    checks = told(with_sites(province, CENTRE, *many), CENTRE_AGENT)

    assert len(checks) == MAX_CHECKS
    assert workers_needed(checks) <= MAX_WORKERS
    kinds = [check.check for check in checks]
    assert kinds.count("always_on") == kinds.count("link") == 3_000
    assert kinds.count("device") > 1_000


def test_every_name_that_nobody_knows_is_told_once(province: Inventory):
    assert lacking(province, KNOWN) == [
        "credentials: snmp: expected 'ups', which xa/la and 1 more name in the inventory, got none"
    ]
