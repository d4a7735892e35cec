"""What simulated agents say: every check as the catalogue has it, faults where they belong."""

import random
from dataclasses import replace

import pytest

from govnet.catalogue import CATALOGUE, Source
from govnet.report import Result
from govnet.settings import (
    CHECK_SETTINGS,
    AlwaysOnSettings,
    CheckSettings,
    ConferenceProtocol,
    ConferenceSettings,
    Declared,
    DeviceSettings,
    Endpoint,
    FactsSettings,
    LanSettings,
    LinkSettings,
    MachineSettings,
    PathEnd,
    PathSettings,
    Peer,
    ReflectorSettings,
    RegistrarSettings,
    Secret,
    ServiceSettings,
    Settings,
    SnmpAccess,
    TrapSettings,
)
from simulator.faults import CLOCK_ERROR_SECONDS, FaultKind, Faults
from simulator.moment import Moment
from simulator.values import results

NOW = 1_790_000_000.0
MACHINE = MachineSettings(target="xa-a/pc-1")
LAN = LanSettings(target="xa-a/pc-1", peers=(Peer(id="xa-a/pc-2", address="198.18.0.2"),))
LINK = LinkSettings(
    target="xa-a/tslcd", ends=tuple(PathEnd(end=end) for end in ("gateway", "next_hop", "far"))
)
ALWAYS_ON = AlwaysOnSettings(target="xa-b/cpe", address="198.18.1.1")
POINT = ConferenceSettings(
    target="xa-b/vc",
    protocols=(
        ConferenceProtocol(name="sip_udp", port=5060),
        ConferenceProtocol(name="h323", port=1720),
        ConferenceProtocol(name="cisco_xapi", port=443),
    ),
)
SECURE = ServiceSettings(target="cong", url="https://198.18.0.9/", expect_content="Cổng")
SERVICES = (
    SECURE,
    *(
        ServiceSettings(target=scheme, url=f"{scheme}://198.18.0.9")
        for scheme in ("http", "smtp", "imap", "imaps", "dns", "tcp")
    ),
)
ACCESS = SnmpAccess(community=Secret("s3cret"))
KINDS = ("switch", "cpe", "ups", "printer", "access_point", "camera")
DEVICES = tuple(
    DeviceSettings(
        target=f"xa-a/{kind}",
        kind=kind,
        snmp=ACCESS,
        declared=(Declared(id="xa-a/pc-2", mac="02:00:5e:00:00:02"),),
    )
    for kind in KINDS
)
STATION = DeviceSettings(target="xa-a/tram", url="http://198.18.0.9/", max_age_seconds=900.0)
TRAP = TrapSettings(target="xa-a/ups", snmp=ACCESS)
PATH = PathSettings(target="xa-a/tslcd", codecs=("g711", "g729"))
REFLECTOR = ReflectorSettings(target="xa-a/pc-1")
REGISTRAR = RegistrarSettings(target="vcs", endpoints=(Endpoint(id="xa-b/vc"),))
FACTS = FactsSettings(target="xa-a/pc-1")
EVERY_CHECK: tuple[CheckSettings, ...] = (
    *(MACHINE, LAN, LINK, ALWAYS_ON, POINT, *SERVICES),
    *(*DEVICES, STATION, TRAP, PATH, REFLECTOR, REGISTRAR, FACTS),
)
SOME_FAULTS = (
    (),
    *(((kind, item),) for kind, item in (
        (FaultKind.LINK_CUT, "xa-a"),
        (FaultKind.POWER_CUT, "xa-b"),
        (FaultKind.SLOW_LINK, "xa-a"),
        (FaultKind.MACHINE_OFF, "xa-b/pc-1"),
        (FaultKind.POINT_DOWN, "xa-b/vc"),
        (FaultKind.SERVICE_DOWN, "cong"),
        (FaultKind.CERTIFICATE_EXPIRING, "cong"),
        (FaultKind.DISK_FULL, "xa-a/pc-1"),
    )),
)  # fmt: skip


def measured(
    *checks: CheckSettings, faults: tuple[tuple[FaultKind, str], ...] = ()
) -> tuple[Result, ...]:
    """Return what an agent of xa-a says."""
    settings = Settings(agent="a1", site="xa-a", machine="xa-a/pc-1", checks=checks)
    return results(Moment(settings, Faults(frozenset(faults)), NOW, 5000.0, random.Random(1)))


def value(result: Result, name: str, **labels: str) -> float:
    (found,) = [
        sample.value
        for sample in result.samples
        if sample.name == name and labels.items() <= dict(sample.labels or {}).items()
    ]
    return found


def test_every_kind_of_check_is_simulated():
    assert set(CHECK_SETTINGS) == {type(check) for check in EVERY_CHECK}
    assert all(result.samples for result in measured(*EVERY_CHECK))


@pytest.mark.parametrize("faults", SOME_FAULTS, ids=str)
def test_values_carry_names_and_labels_of_the_catalogue(faults: tuple[tuple[FaultKind, str], ...]):
    for result in measured(*EVERY_CHECK, faults=faults):
        seen = set()
        for sample in result.samples:
            row = CATALOGUE[sample.name]
            assert row.source is Source.MEASUREMENT
            assert tuple(sample.labels or ()) == row.sample_labels
            if sample.name.endswith("_ratio"):
                assert 0 <= sample.value <= 1
            seen.add((sample.name, *(sample.labels or {}).values()))
        assert len(seen) == len(result.samples), f"{result.check}: a series twice"


def test_equal_seeds_give_equal_values():
    assert measured(*EVERY_CHECK) == measured(*EVERY_CHECK)


def test_behind_a_cut_link_only_the_gateway_answers():
    link, point, service, lan = measured(
        LINK, POINT, SECURE, LAN, faults=((FaultKind.LINK_CUT, "xa-a"),)
    )

    reachable = {
        end: value(link, "govnet_link_reachable", end=end) for end in ("gateway", "next_hop", "far")
    }
    assert reachable == {"gateway": 1.0, "next_hop": 0.0, "far": 0.0}
    assert value(point, "govnet_point_reachable", protocol="sip_udp") == 0.0
    assert value(service, "govnet_service_up") == 0.0
    assert value(lan, "govnet_lan_peers_seen") == 1.0


@pytest.mark.parametrize("kind", [FaultKind.LINK_CUT, FaultKind.POWER_CUT])
def test_the_centre_does_not_reach_a_site_that_is_cut_off(kind: FaultKind):
    device, point = measured(ALWAYS_ON, POINT, faults=((kind, "xa-b"),))

    assert value(device, "govnet_target_reachable") == 0.0
    assert value(point, "govnet_point_reachable", protocol="h323") == 0.0


def test_a_slow_link_loses_and_delays_beyond_the_gateway():
    (usual,) = measured(LINK)
    (slow,) = measured(LINK, faults=((FaultKind.SLOW_LINK, "xa-a"),))

    assert value(slow, "govnet_link_loss_ratio", end="far") > 0.1
    assert value(slow, "govnet_link_loss_ratio", end="gateway") == 0.0
    rtt = "govnet_link_rtt_seconds"
    assert value(slow, rtt, end="far") > 3 * value(usual, rtt, end="far")


@pytest.mark.parametrize(
    ("check", "fault", "metric"),
    [
        (SECURE, FaultKind.SERVICE_DOWN, "govnet_service_up"),
        (ALWAYS_ON, FaultKind.MACHINE_OFF, "govnet_target_reachable"),
    ],
)
def test_a_broken_item_is_down_and_another_is_not(
    check: CheckSettings, fault: FaultKind, metric: str
):
    other = replace(check, target="xa-b/khac")
    broken, healthy = measured(check, other, faults=((fault, check.target),))

    assert (value(broken, metric), value(healthy, metric)) == (0.0, 1.0)


def test_a_point_that_is_down_says_no_more_than_that():
    (point,) = measured(POINT, faults=((FaultKind.POINT_DOWN, "xa-b/vc"),))

    assert {"govnet_point_reachable"} == {sample.name for sample in point.samples}


def test_an_expiring_certificate_ends_within_the_warning_time():
    (soon,) = measured(SECURE, faults=((FaultKind.CERTIFICATE_EXPIRING, "cong"),))
    (late,) = measured(SECURE)

    ends = "govnet_service_certificate_expiry_timestamp_seconds"
    assert 0 < value(soon, ends) - NOW < 7 * 86400
    assert value(late, ends) - NOW > 90 * 86400


def test_a_full_disk_has_almost_nothing_free():
    (machine,) = measured(MACHINE, faults=((FaultKind.DISK_FULL, "xa-a/pc-1"),))
    size = value(machine, "govnet_machine_disk_size_bytes")

    assert value(machine, "govnet_machine_disk_free_bytes") / size < 0.05


def test_a_wrong_clock_does_not_move_the_end_of_a_certificate():
    (right,) = measured(SECURE)
    late = Moment(
        Settings(agent="a1", site="xa-a", machine="xa-a/pc-1", checks=(SECURE,)),
        Faults(frozenset({(FaultKind.CLOCK_WRONG, "xa-a/pc-1")})),
        NOW + CLOCK_ERROR_SECONDS,
        5000.0,
        random.Random(1),
    )
    (seen,) = results(late)

    ends = "govnet_service_certificate_expiry_timestamp_seconds"
    assert value(right, ends) == value(seen, ends)


@pytest.mark.parametrize(("has_power", "on_mains"), [(True, 1.0), (False, 0.0)])
def test_a_machine_that_outlasts_the_mains_says_so(*, has_power: bool, on_mains: float):
    cut = () if has_power else ((FaultKind.POWER_CUT, "xa-a"), (FaultKind.ON_UPS, "xa-a/pc-1"))
    (machine,) = measured(MACHINE, faults=cut)

    assert on_mains == value(machine, "govnet_machine_on_mains")


def test_behind_a_dead_switch_a_machine_sees_nobody():
    lan, link = measured(LAN, LINK, faults=((FaultKind.SWITCH_DEAD, "xa-a"),))

    assert value(lan, "govnet_lan_peers_seen") == 0.0
    assert value(lan, "govnet_lan_gateway_reachable") == 0.0
    assert value(lan, "govnet_lan_interface_up") == 0.0
    assert value(link, "govnet_link_reachable", end="gateway") == 0.0


def test_behind_a_dead_router_the_office_sees_itself():
    lan, _ = measured(LAN, LINK, faults=((FaultKind.CPE_DEAD, "xa-a"),))

    assert value(lan, "govnet_lan_peers_seen") == 1.0
    assert value(lan, "govnet_lan_gateway_reachable") == 0.0


ROUTER, UPS = DEVICES[KINDS.index("cpe")], DEVICES[KINDS.index("ups")]


def test_a_router_has_no_light_while_its_circuit_is_cut():
    (usual,) = measured(ROUTER)
    (cut,) = measured(ROUTER, faults=((FaultKind.LINK_CUT, "xa-a"),))
    (other,) = measured(ROUTER, faults=((FaultKind.MAIN_CIRCUIT_CUT, "xa-a/tslcd"),))

    light = "govnet_optics_receive_light"
    assert [value(one, light) for one in (usual, cut, other)] == [1.0, 0.0, 0.0]
    assert "govnet_optics_receive_power_dbm" not in {sample.name for sample in cut.samples}


def test_a_device_that_is_down_answers_nobody_and_another_does():
    camera, printer = measured(
        replace(DEVICES[KINDS.index("switch")], target="xa-a/cam"),
        DEVICES[KINDS.index("printer")],
        faults=((FaultKind.DEVICE_DOWN, "xa-a/cam"),),
    )

    assert [sample.value for sample in camera.samples] == [0.0]
    assert value(printer, "govnet_device_reachable", protocol="snmp") == 1.0


def test_a_room_on_a_slow_circuit_has_a_poor_call():
    usual, slow = measured(POINT), measured(POINT, faults=((FaultKind.SLOW_LINK, "xa-b"),))

    losses = [
        value(point, "govnet_point_call_loss_ratio", direction="receive")
        for (point,) in (usual, slow)
    ]
    assert losses == [0.0, 0.12]


def test_a_dead_router_answers_nobody():
    (router,) = measured(ROUTER, faults=((FaultKind.CPE_DEAD, "xa-a"),))

    assert [sample.value for sample in router.samples] == [0.0]


def test_a_ups_that_outlasts_a_power_cut_says_so_by_itself():
    faults = (
        (FaultKind.POWER_CUT, "xa-a"),
        (FaultKind.ON_UPS, "xa-a"),
        (FaultKind.ON_UPS, "xa-a/ups"),
    )
    (usual,) = measured(UPS)
    ups, trap = measured(UPS, TRAP, faults=faults)

    assert value(usual, "govnet_ups_on_mains") == 1.0
    assert value(ups, "govnet_ups_on_mains") == 0.0
    assert value(trap, "govnet_trap_newest_timestamp_seconds", trap="on_battery") == NOW


def test_who_stands_by_measures_a_device_only_while_those_before_are_off():
    standby = replace(UPS, preceding=(Peer(id="xa-a/pc-0", address="198.18.0.9"),))

    (waiting,) = measured(standby)
    (measuring,) = measured(standby, faults=((FaultKind.MACHINE_OFF, "xa-a/pc-0"),))
    assert (len(waiting.samples), value(measuring, "govnet_ups_on_mains")) == (0, 1.0)


def test_a_slow_circuit_has_a_poor_grade_and_a_cut_one_none():
    (usual,) = measured(PATH)
    (slow,) = measured(PATH, faults=((FaultKind.SLOW_LINK, "xa-a"),))
    (cut,) = measured(PATH, faults=((FaultKind.LINK_CUT, "xa-a"),))

    assert value(usual, "govnet_path_grade_code") == 0.0
    assert value(slow, "govnet_path_grade_code") == 2.0
    assert value(cut, "govnet_path_reachable") == 0.0
