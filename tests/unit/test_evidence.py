"""Evidence is ordered by when it was measured and cannot be forged or swollen."""

from collections.abc import Callable

import msgspec
import pytest

from collector.series.labels import Targets
from collector.verdict.lastseen import Evidence
from collector.wire import Received
from inventory.model import Inventory

Make = Callable[..., Received]
LINK = "xa-a/tslcd"


@pytest.fixture
def evidence(small_province: Inventory) -> Evidence:
    return Evidence(Targets(small_province), 0.0)


def look(received: Make, at: float, *, answers: bool, **more: object) -> Received:
    sample = ("govnet_link_reachable", float(answers), {"end": "far"})
    return received("xa-a/pc-1", at, {("link", LINK): [sample]}, **more)


def test_reports_in_any_order_leave_the_same_evidence(
    small_province: Inventory, received: Make
) -> None:
    reports = [look(received, at, answers=at != 200.0) for at in (100.0, 200.0, 300.0)]
    found = []
    for order in (reports, reports[::-1], reports * 2):
        evidence = Evidence(Targets(small_province), 0.0)
        for report in order:
            evidence.apply(report)
        found.append((evidence.signs, evidence.views, evidence.answered_at))

    assert found[0] == found[1] == found[2]
    assert found[0][2] == {LINK: 300.0}


def test_a_view_is_as_old_as_its_measurement(evidence: Evidence, received: Make) -> None:
    evidence.apply(look(received, 300.0, answers=True, age_seconds=100.0))

    assert evidence.views[LINK]["xa-a/pc-1"].measured_at == 200.0
    assert evidence.fresh_views(LINK, 380.0, 60.0)
    assert not evidence.fresh_views(LINK, 381.0, 60.0)
    assert evidence.fresh_views(LINK, 381.0, 300.0)


def test_nobody_testifies_about_another_site(evidence: Evidence, received: Make) -> None:
    sample = ("govnet_link_reachable", 1.0, {"end": "far"})
    evidence.apply(received("xa-b/pc-1", 100.0, {("link", LINK): [sample]}))

    assert evidence.views == {}


def test_words_that_are_no_end_of_a_link_are_not_kept(evidence: Evidence, received: Make) -> None:
    samples = [("govnet_link_reachable", 1.0, {"end": f"e{number}"}) for number in range(100)]
    evidence.apply(received("xa-a/pc-1", 100.0, {("link", LINK): samples}))

    assert evidence.views[LINK]["xa-a/pc-1"].answers == {}
    assert evidence.answered_at == {}


def test_a_new_spool_that_starts_at_zero_is_not_dropping(
    evidence: Evidence, received: Make
) -> None:
    name = "govnet_agent_spool_dropped_reports_total"
    for at, incarnation, dropped in ((100.0, "0", 5.0), (160.0, "1", 9.0), (220.0, "1", 9.0)):
        result = {("agent", "xa-a/pc-1"): [(name, dropped)]}
        evidence.apply(received("xa-a/pc-1", at, result, incarnation=incarnation * 16))

    assert evidence.signs["xa-a"]["xa-a/pc-1"].dropped_at == float("-inf")


def test_views_of_targets_that_left_the_inventory_are_dropped(
    evidence: Evidence, received: Make, small_province: Inventory
) -> None:
    evidence.apply(look(received, 100.0, answers=True))
    without = msgspec.structs.replace(small_province, sites={})
    evidence.replace_inventory(Targets(without))

    assert (evidence.views, evidence.answered_at) == ({}, {})
