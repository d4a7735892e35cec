"""Whose word counts for the series of a device that several could measure."""

from collections.abc import Callable

import msgspec
import pytest

from collector.series.labels import Targets
from collector.series.state import State
from collector.wire import Received
from inventory.model import Inventory
from tests.unit.test_live_state import PC, lines

Make = Callable[..., Received]


CPE = "xa-a/cpe"
STANDBY = "xa-a/pc-2"
PORT = "govnet_port_up"


def ports(*names: str, value: float = 1.0) -> dict[tuple[str, str], list[tuple[object, ...]]]:
    return {("device", CPE): [(PORT, value, {"port": name}) for name in names]}


def test_series_of_a_device_do_not_tell_who_measured_it(state: State, received: Make) -> None:
    state.apply(received(PC, 100.0, ports("ge1")))

    assert lines(state, PORT) == [
        'govnet_port_up{site="xa-a",device="xa-a/cpe",port="ge1"} 1.0 100000'
    ]


def test_who_reports_a_device_last_has_its_series_and_nobody_else(
    state: State, received: Make
) -> None:
    state.apply(received(PC, 100.0, ports("ge1", "ge2")))
    state.apply(received(STANDBY, 101.0, ports("ge1", value=0.0)))

    expected = ['govnet_port_up{site="xa-a",device="xa-a/cpe",port="ge1"} 0.0 101000']
    assert lines(state, PORT) == expected
    assert len(lines(state, "govnet_check_success")) == 2

    state.apply(received("xa-a/may-chu", 100.5, ports("ge1", "ge9")))
    assert lines(state, PORT) == expected


def test_no_pc_of_an_office_speaks_for_a_device_that_the_centre_measures(
    state: State, received: Make
) -> None:
    state.apply(received(PC, 100.0, ports("ge1")))
    state.apply(received("trung-tam/giam-sat", 101.0, ports("ge1", value=0.0)))
    state.apply(received(PC, 102.0, ports("ge1", "ge9")))

    expected = ['govnet_port_up{site="xa-a",device="xa-a/cpe",port="ge1"} 0.0 101000']
    assert lines(state, PORT) == expected


def test_no_other_pc_speaks_for_a_device_that_a_marked_vantage_measures(
    small_province: Inventory, received: Make
) -> None:
    site = small_province.sites["xa-a"]
    machines = tuple(
        msgspec.structs.replace(machine, vantage=machine.id == STANDBY) for machine in site.machines
    )
    marked = msgspec.structs.replace(site, machines=machines)
    inventory = msgspec.structs.replace(
        small_province, sites=dict(small_province.sites) | {site.id: marked}
    )
    state = State(Targets(inventory), {})
    state.apply(received(STANDBY, 100.0, ports("ge1")))
    state.apply(received(PC, 101.0, {("device", CPE): [("govnet_no_such_metric", 1.0)]}))
    state.apply(received(PC, 102.0, ports("ge1", "ge9")))
    assert [line.rpartition(" ")[2] for line in lines(state, PORT)] == ["100000"]

    state.apply(received(STANDBY, 160.0, ports()))  # It stands by, or does not measure any more.
    state.apply(received(PC, 162.0, ports("ge1", "ge9")))
    assert [line.rpartition(" ")[2] for line in lines(state, PORT)] == ["162000", "162000"]


def test_what_devices_notify_and_registrars_list_is_told_by_the_centre_only(
    state: State, received: Make
) -> None:
    told = {
        ("trap", CPE): [("govnet_trap_received_total", 1.0, {"trap": "on_battery"})],
        ("registrar", "thu"): [("govnet_registrar_endpoint_registered", 0.0, {"endpoint": "a"})],
    }

    assert state.apply(received(PC, 100.0, told)) == {"foreign_target": 2}
    assert state.apply(received("trung-tam/giam-sat", 100.0, told)) == {}


def test_a_standby_that_says_nothing_takes_no_series_and_one_that_stops_gives_them_back(
    state: State, received: Make
) -> None:
    state.apply(received(PC, 100.0, ports("ge1")))
    state.apply(received(STANDBY, 101.0, ports()))
    assert len(lines(state, PORT)) == 1

    state.apply(received(STANDBY, 161.0, ports("ge1")))
    state.apply(received(STANDBY, 221.0, ports()))
    assert lines(state, PORT) == []

    state.apply(received(PC, 220.0, ports("ge1")))
    assert lines(state, PORT)[0].endswith(" 220000")


def test_a_device_whose_measurer_is_revoked_is_free_for_the_next(
    state: State, received: Make
) -> None:
    state.apply(received(STANDBY, 101.0, ports("ge1")))
    state.forget("xa-a.pc-2")
    assert lines(state, PORT) == []

    state.apply(received(PC, 100.0, ports("ge1")))
    assert len(lines(state, PORT)) == 1


def test_an_always_on_device_is_a_target_and_a_device(state: State, received: Make) -> None:
    both = ports("ge1") | {("always_on", CPE): [("govnet_target_reachable", 1)]}

    assert state.apply(received("trung-tam/giam-sat", 100.0, both)) == {}
    assert len(lines(state, PORT)) == len(lines(state, "govnet_target_reachable")) == 1


@pytest.mark.parametrize(
    ("check", "target", "name", "labels", "taken"),
    [
        ("device", CPE, "govnet_device_reachable", {"protocol": "nut"}, True),
        ("device", CPE, "govnet_device_reachable", {"protocol": "sip_udp"}, False),
        ("conference", "xa-a/diem-cau", "govnet_point_reachable", {"protocol": "snmp"}, True),
        ("conference", "xa-a/diem-cau", "govnet_point_reachable", {"protocol": "rtsp"}, False),
        ("conference", "xa-a/diem-cau", "govnet_point_registered", {"protocol": "sip"}, True),
        ("conference", "xa-a/diem-cau", "govnet_point_registered", {"protocol": "snmp"}, False),
        ("path", "xa-a/tslcd", "govnet_path_loss_ratio", {"direction": "forward"}, True),
        ("path", "xa-a/tslcd", "govnet_path_loss_ratio", {"direction": "receive"}, False),
        ("trap", CPE, "govnet_trap_received_total", {"trap": "on_battery"}, True),
        ("trap", CPE, "govnet_trap_received_total", {"trap": "coldStart"}, False),
        ("registrar", "thu", "govnet_registrar_endpoint_registered", {"endpoint": "a"}, True),
        ("facts", PC, "govnet_facts_firewall_on", {}, True),
        ("reflector", PC, "govnet_reflector_refused_total", {"reason": "rate"}, True),
    ],
)
def test_a_label_takes_the_words_of_its_check(  # noqa: PLR0917 - one row of the table
    state: State,
    received: Make,
    check: str,
    target: str,
    name: str,
    labels: dict[str, str],
    taken: bool,  # noqa: FBT001 - the table says it
) -> None:
    teller = "trung-tam/giam-sat" if check in ("trap", "registrar") else PC
    refused = state.apply(received(teller, 100.0, {(check, target): [(name, 1.0, labels)]}))

    assert refused == ({} if taken else {"bad_labels": 1})
