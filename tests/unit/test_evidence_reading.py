"""What a report says becomes facts; what it does not say stays unknown."""

from collections.abc import Callable

import msgspec
import pytest

from collector.series.labels import Targets
from collector.verdict.evidence.evidence import Evidence
from collector.verdict.evidence.facts import Fact
from collector.verdict.evidence.runs import Run
from collector.wire import Received
from inventory.model import Inventory

Make = Callable[..., Received]
PC = "xa-a/pc-1"
CENTRE = "trung-tam/giam-sat"


@pytest.fixture
def evidence(small_province: Inventory) -> Evidence:
    return Evidence(Targets(small_province))


def facts(run: Run) -> dict[Fact, bool]:
    return {fact: said for fact in Fact if (said := run.says(fact)) is not None}


@pytest.mark.parametrize(
    ("check", "samples", "expected"),
    [
        ("machine", [("govnet_machine_on_mains", 1.0)], {Fact.MAINS: True}),
        ("machine", [("govnet_machine_on_mains", 0.0)], {Fact.MAINS: False}),
        ("lan", [("govnet_lan_gateway_reachable", 0.0)], {Fact.GATEWAY: False}),
        (
            "lan",
            [
                ("govnet_lan_interface_up", 1.0, {"interface": "a"}),
                ("govnet_lan_interface_up", 0.0, {"interface": "b"}),
            ],
            {Fact.CABLE: True},
        ),
        (
            "lan",
            [("govnet_lan_peers_assigned", 3.0), ("govnet_lan_peers_seen", 1.0)],
            {Fact.PEERS: True},
        ),
        (
            "lan",
            [("govnet_lan_peers_seen", 0.0), ("govnet_lan_peers_assigned", 3.0)],
            {Fact.PEERS: False},
        ),
        ("lan", [("govnet_lan_peers_assigned", 0.0), ("govnet_lan_peers_seen", 0.0)], {}),
        ("lan", [("govnet_lan_resolvers", 0.0), ("govnet_lan_resolvers_answering", 0.0)], {}),
        (
            "lan",
            [("govnet_lan_resolvers", 2.0), ("govnet_lan_resolvers_answering", 0.0)],
            {Fact.RESOLVERS: False},
        ),
        (
            "agent",
            [
                ("govnet_agent_path_in_use", 0.0, {"path": "tslcd"}),
                ("govnet_agent_path_in_use", 1.0, {"path": "internet"}),
            ],
            {Fact.DEDICATED: False},
        ),
    ],
)
def test_a_machine_states_facts_of_itself(
    evidence: Evidence,
    received: Make,
    check: str,
    samples: list[tuple[object, ...]],
    expected: dict[Fact, bool],
) -> None:
    evidence.apply(received(PC, 100.0, {(check, PC): samples}))

    assert {Fact.LIVE: True} | expected == facts(evidence.own["xa-a"][PC].runs[0])


@pytest.mark.parametrize(
    ("check", "target", "samples", "expected"),
    [
        (
            "link",
            "xa-a/tslcd",
            [
                ("govnet_link_reachable", 1.0, {"end": "gateway"}),
                ("govnet_link_reachable", 0.0, {"end": "next_hop"}),
                ("govnet_link_reachable", 0.0, {"end": "far"}),
                ("govnet_link_reachable", 1.0, {"end": "elsewhere"}),
            ],
            {Fact.GATEWAY: True, Fact.NEXT_HOP: False, Fact.FAR: False},
        ),
        (
            "link",
            "xa-a/tslcd",
            [("govnet_link_reachable", 0.0, {"end": "site"})],
            {Fact.ANSWERED: False},
        ),
        ("always_on", "xa-a/cpe", [("govnet_target_reachable", 1.0)], {Fact.ANSWERED: True}),
        (
            "conference",
            "xa-a/diem-cau",
            [
                ("govnet_point_reachable", 1.0, {"protocol": "sip_udp"}),
                ("govnet_point_reachable", 0.0, {"protocol": "h323"}),
            ],
            {Fact.ANSWERED: True},
        ),
        ("service", "thu", [("govnet_service_up", 0.0)], {Fact.ANSWERED: False}),
        ("service", "thu", [], {}),
        ("link", "xa-a/tslcd", [("govnet_service_up", 1.0)], {}),
    ],
)
def test_a_machine_states_facts_of_what_it_looks_at(
    evidence: Evidence,
    *,
    received: Make,
    check: str,
    target: str,
    samples: list[tuple[object, ...]],
    expected: dict[Fact, bool],
) -> None:
    evidence.apply(received(CENTRE, 100.0, {(check, target): samples}))

    (run,) = evidence.views[target][CENTRE].runs
    assert expected == facts(run)


def test_a_report_without_any_result_shows_that_the_machine_lived(
    evidence: Evidence, received: Make
) -> None:
    evidence.apply(received(PC, 100.0))

    assert evidence.own["xa-a"][PC].at(280.0) is not None
    assert evidence.own["xa-a"][PC].at(280.1) is None


def test_a_report_that_waited_is_evidence_but_was_not_live(
    evidence: Evidence, received: Make
) -> None:
    evidence.apply(received(PC, 100.0, received_at=160.0))
    evidence.apply(received(PC, 160.0, received_at=220.5, seq=101))

    first, second = evidence.own["xa-a"][PC].runs
    assert (True, False) == (first.says(Fact.LIVE), second.says(Fact.LIVE))


def test_a_result_measured_long_before_stays_fresh_as_long_as_its_report(
    evidence: Evidence, received: Make
) -> None:
    """A service is checked every 300 s and reported every 60 s."""
    for seq in range(1, 7):
        age_seconds = 60.0 * ((seq - 1) % 5)
        result = {("service", "thu"): [("govnet_service_up", 1.0)]}
        evidence.apply(received(CENTRE, 60.0 * seq, result, seq=seq, age_seconds=age_seconds))

    (run,) = evidence.views["thu"][CENTRE].runs
    assert (60.0, 360.0, 540.0) == (run.first_at, run.last_at, run.until)


def test_nobody_testifies_about_what_is_not_its_business(
    evidence: Evidence, received: Make
) -> None:
    sample = ("govnet_link_reachable", 1.0, {"end": "far"})
    evidence.apply(received("xa-b/pc-1", 100.0, {("link", "xa-a/tslcd"): [sample]}))
    evidence.apply(received("xa-b/pc-1", 160.0, {("link", ""): [sample]}))
    mains = [("govnet_machine_on_mains", 0.0)]
    evidence.apply(received("xa-b/pc-1", 220.0, {("machine", PC): mains}))
    evidence.apply(received("xa-lost/pc-1", 100.0))

    assert {} == evidence.views
    assert ["xa-b"] == list(evidence.own)
    assert all({Fact.LIVE: True} == facts(run) for run in evidence.own["xa-b"]["xa-b/pc-1"].runs)


def test_a_result_of_last_week_says_nothing(evidence: Evidence, received: Make) -> None:
    result = {("service", "thu"): [("govnet_service_up", 1.0)]}
    evidence.apply(received(CENTRE, 1e6, result, age_seconds=7 * 86_400.0))

    assert {} == evidence.views


def test_what_left_the_inventory_is_forgotten(
    evidence: Evidence, received: Make, small_province: Inventory
) -> None:
    sample = ("govnet_link_reachable", 1.0, {"end": "far"})
    for machine in (PC, CENTRE):
        evidence.apply(received(machine, 100.0, {("link", "xa-a/tslcd"): [sample]}))
    sites = {id_: site for id_, site in small_province.sites.items() if id_ != "xa-a"}
    evidence.replace_inventory(Targets(msgspec.structs.replace(small_province, sites=sites)))

    assert {} == evidence.views
    assert ["trung-tam"] == list(evidence.own)
    assert [CENTRE] == list(evidence.tracks)


def test_a_machine_whose_agent_is_gone_is_forgotten(evidence: Evidence, received: Make) -> None:
    sample = ("govnet_link_reachable", 1.0, {"end": "far"})
    evidence.apply(received(PC, 100.0, {("link", "xa-a/tslcd"): [sample]}))
    evidence.take_touched()
    evidence.forget(PC, "xa-a")

    assert ({}, {}, {}) == (evidence.views, evidence.own, evidence.tracks)
    assert {"xa-a": 100.0} == evidence.take_touched()


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_standby_that_stops_measuring_says_so_in_whatever_order_its_reports_come(
    evidence: Evidence, received: Make, order: tuple[int, ...]
) -> None:
    answers = [("govnet_device_reachable", 1.0, {"protocol": "snmp"})]
    reports = [
        received(
            "xa-a/pc-2", 100.0 + 60 * number, {("device", "xa-a/cpe"): samples}, seq=number + 1
        )
        for number, samples in enumerate((answers, []))
    ]
    for number in order:
        evidence.apply(reports[number])

    track = evidence.views["device:xa-a/cpe"]["xa-a/pc-2"]
    assert [(run.first_at, run.word != 0) for run in track.runs] == [(100.0, True), (160.0, False)]
