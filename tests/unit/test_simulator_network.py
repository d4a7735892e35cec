"""What reaches what in the simulated province, fault by fault."""

import pytest

from simulator.faults import FaultKind, Faults
from simulator.network import Network, Stop

LINK = "xa-a/tslcd"


def network(*pairs: tuple[FaultKind, str]) -> Network:
    return Network(Faults(frozenset(pairs)))


@pytest.mark.parametrize(
    ("kind", "item", "ends"),
    [
        (FaultKind.SLOW_LINK, "xa-a", {"gateway", "next_hop", "far"}),
        (FaultKind.LINK_CUT, "xa-a", {"gateway"}),
        (FaultKind.MAIN_CIRCUIT_CUT, LINK, {"gateway"}),
        (FaultKind.CARRIER_DOWN, "xa-a", {"gateway", "next_hop"}),
        (FaultKind.CENTRE_UPLINK_CUT, "ttdl", {"gateway", "next_hop"}),
        (FaultKind.CPE_DEAD, "xa-a", set()),
        (FaultKind.SWITCH_DEAD, "xa-a", set()),
        (FaultKind.POWER_CUT, "xa-a", set()),
        (FaultKind.LINK_CUT, "xa-b", {"gateway", "next_hop", "far"}),
    ],
)
def test_an_office_reaches_its_line_up_to_the_fault(kind: FaultKind, item: str, ends: set[str]):
    assert ends == network((kind, item)).ends_reached("xa-a", LINK)


@pytest.mark.parametrize(
    ("kind", "sends", "router_answers", "point_answers", "lan_works"),
    [
        (FaultKind.LINK_CUT, False, False, False, True),
        (FaultKind.CARRIER_DOWN, False, False, False, True),
        (FaultKind.CPE_DEAD, False, False, False, True),
        (FaultKind.SWITCH_DEAD, False, True, False, False),
        (FaultKind.POWER_CUT, False, False, False, False),
        (FaultKind.SENDING_BLOCKED, False, True, True, True),
        (FaultKind.DNS_BROKEN, True, True, True, True),
    ],
)
def test_a_fault_of_a_site_is_seen_from_both_sides(
    *, kind: FaultKind, sends: bool, router_answers: bool, point_answers: bool, lan_works: bool
):
    moment = network((kind, "xa-a"))
    seen = (
        moment.can_send("xa-a"),
        moment.centre_reaches("xa-a", "xa-a/cpe"),
        moment.centre_reaches("xa-a", "xa-a/vc"),
        moment.lan_works("xa-a"),
    )

    assert (sends, router_answers, point_answers, lan_works) == seen
    assert moment.can_send("xa-b")


def test_a_site_with_a_second_way_sends_while_the_centre_does_not_reach_it():
    moment = network((FaultKind.MAIN_CIRCUIT_CUT, LINK))

    assert moment.can_send("xa-a")
    assert not moment.centre_reaches("xa-a", "xa-a/cpe")
    assert {"gateway", "next_hop", "far"} == moment.ends_reached("xa-a", "xa-a/4g")


def test_a_centre_without_its_uplink_sees_itself_and_nobody_else():
    moment = network((FaultKind.CENTRE_UPLINK_CUT, "ttdl"))

    assert moment.can_send("ttdl")
    assert not moment.can_send("xa-a")
    assert not moment.centre_reaches("xa-a", "xa-a/cpe")
    assert moment.lan_works("xa-a")


def test_what_is_on_a_ups_outlasts_a_power_cut():
    power = (FaultKind.POWER_CUT, "xa-a")
    laptop = (FaultKind.ON_UPS, "xa-a/laptop")
    rack = (FaultKind.ON_UPS, "xa-a")

    assert Stop.POWER is network(power).stop_of("xa-a", "xa-a/laptop")
    assert network(power, laptop).stop_of("xa-a", "xa-a/laptop") is None
    assert not network(power, laptop).can_send("xa-a")
    assert network(power, laptop, rack).can_send("xa-a")
    assert not network(power, laptop, rack).is_on_mains("xa-a", "xa-a/laptop")
    assert network(laptop).is_on_mains("xa-a", "xa-a/laptop")
    assert not network((FaultKind.ON_BATTERY, "xa-a/laptop")).is_on_mains("xa-a", "xa-a/laptop")


def test_why_an_agent_does_not_work_is_told_apart():
    crash, off = (FaultKind.AGENT_CRASH, "xa-a/pc-1"), (FaultKind.MACHINE_OFF, "xa-a/pc-1")
    power = (FaultKind.POWER_CUT, "xa-a")

    assert Stop.CRASH is network(crash).stop_of("xa-a", "xa-a/pc-1")
    assert Stop.POWER is network(crash, power).stop_of("xa-a", "xa-a/pc-1")
    assert Stop.SWITCHED_OFF is network(off, power).stop_of("xa-a", "xa-a/pc-1")
    assert network(crash).stop_of("xa-a", "xa-a/pc-2") is None


def test_a_wrong_clock_is_two_years_slow():
    assert network((FaultKind.CLOCK_WRONG, "xa-a/pc-1")).clock_error_seconds("xa-a/pc-1") < -6e7
    assert not network().clock_error_seconds("xa-a/pc-1")
