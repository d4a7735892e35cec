"""What holds only at present is ordered by when it was measured and cannot be forged or swollen."""

from collections.abc import Callable

import msgspec
import pytest

from collector.series.labels import Targets
from collector.series.state import AgentLive
from collector.verdict.evidence.evidence import Evidence
from collector.wire import AgentIdentity, Received
from inventory.model import Inventory

Make = Callable[..., Received]
PC = "xa-a/pc-1"
DROPPED = "govnet_agent_spool_dropped_reports_total"
ENDS = "govnet_service_certificate_expiry_timestamp_seconds"


@pytest.fixture
def evidence(small_province: Inventory) -> Evidence:
    return Evidence(Targets(small_province))


@pytest.mark.parametrize(
    ("size", "free", "expected"),
    [(100e9, 4e9, True), (1e12, 40e9, False), (20e9, 9e9, False)],
)
def test_a_disk_is_full_with_little_free_of_much(
    evidence: Evidence, received: Make, size: float, free: float, *, expected: bool
) -> None:
    disk = {"disk": "C"}
    samples = [
        ("govnet_machine_disk_size_bytes", size, disk),
        ("govnet_machine_disk_free_bytes", free, disk),
    ]
    evidence.apply(received(PC, 100.0, {("machine", PC): samples}))

    assert expected is evidence.newest.machines["xa-a"][PC].disk_full


def test_an_older_report_replaces_nothing_of_the_newest(evidence: Evidence, received: Make) -> None:
    evidence.apply(received(PC, 200.0, skew_seconds=1.0))
    evidence.apply(received(PC, 100.0, skew_seconds=9.0))

    newest = evidence.newest.machines["xa-a"][PC]
    assert (200.0, 1.0, 380.0) == (newest.at, newest.skew_seconds, newest.fresh_until)
    assert newest.fresh(380.0)
    assert not newest.fresh(380.1)


def test_a_new_spool_that_starts_at_zero_is_not_dropping(
    evidence: Evidence, received: Make
) -> None:
    for at, incarnation, dropped in ((100.0, "0", 5.0), (160.0, "1", 9.0), (220.0, "1", 9.0)):
        result = {("agent", PC): [(DROPPED, dropped)]}
        evidence.apply(received(PC, at, result, incarnation=incarnation * 16))

    assert evidence.newest.machines["xa-a"][PC].dropped_at == float("-inf")


def test_a_spool_that_drops_more_is_dropping(evidence: Evidence, received: Make) -> None:
    for at, dropped in ((220.0, 9.0), (100.0, 5.0), (160.0, 9.0)):
        evidence.apply(received(PC, at, {("agent", PC): [(DROPPED, dropped)]}))

    assert evidence.newest.machines["xa-a"][PC].dropped_at == 160.0


def test_the_first_certificate_to_end_is_known_while_it_is_seen(
    evidence: Evidence, received: Make
) -> None:
    evidence.apply(received(PC, 100.0, {("service", "thu"): [(ENDS, 5e9), (ENDS, 4e9)]}))
    evidence.apply(received("xa-b/pc-1", 100.0, {("service", "thu"): [(ENDS, 6e9)]}))

    assert evidence.newest.earliest_end("thu", 280.0, 60.0) == 4e9
    assert evidence.newest.earliest_end("thu", 281.0, 60.0) is None
    assert evidence.newest.earliest_end("thu", 281.0, 300.0) == 4e9
    assert evidence.newest.earliest_end("khac", 100.0, 300.0) is None


def test_a_newer_look_without_a_certificate_replaces_an_older_one(
    evidence: Evidence, received: Make
) -> None:
    evidence.apply(received(PC, 160.0, {("service", "thu"): [("govnet_service_up", 0.0)]}))
    evidence.apply(received(PC, 100.0, {("service", "thu"): [(ENDS, 4e9)]}))

    assert evidence.newest.earliest_end("thu", 170.0, 60.0) is None


def test_nobody_testifies_about_the_certificate_of_another_site(
    evidence: Evidence, received: Make
) -> None:
    name = "govnet_point_certificate_expiry_timestamp_seconds"
    evidence.apply(received("xa-b/pc-1", 100.0, {("conference", "xa-a/diem-cau"): [(name, 1.0)]}))

    assert {} == evidence.newest.certificates


def test_what_was_remembered_stands_until_something_newer_is_heard(
    evidence: Evidence, received: Make
) -> None:
    identity = AgentIdentity("xa-a.pc-1", "xa-a", PC)
    evidence.newest.remember(AgentLive(identity, "0" * 16, 150, 150.0, 151.0, 60.0, 2.0))
    remembered = evidence.newest.machines["xa-a"][PC]
    evidence.apply(received(PC, 100.0))
    still = evidence.newest.machines["xa-a"][PC]
    evidence.apply(received(PC, 200.0))

    assert (150.0, 330.0, 2.0) == (remembered.at, remembered.fresh_until, remembered.skew_seconds)
    assert still == remembered
    assert evidence.newest.machines["xa-a"][PC].at == 200.0


def test_what_left_the_inventory_is_dropped(
    evidence: Evidence, received: Make, small_province: Inventory
) -> None:
    evidence.apply(received(PC, 100.0, {("service", "thu"): [(ENDS, 4e9)]}))
    without = msgspec.structs.replace(small_province, sites={})
    evidence.replace_inventory(Targets(without))

    assert ({}, {}) == (evidence.newest.machines, evidence.newest.certificates["thu"])
