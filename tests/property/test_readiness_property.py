"""Never ready on evidence that is stale, missing or bad, whichever it is and with what it goes."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.readiness.records import Standing
from collector.wire import Received
from inventory.model import Inventory
from tests.judged_province import CENTRE
from tests.ready_points import (
    CODEC,
    PC_A,
    PC_B,
    PLATFORM,
    SOFTWARE,
    Rehearsal,
    Samples,
    answers,
    platform,
    train,
)

Spot = tuple[str, str, str]
NEEDED: dict[str, tuple[Spot, ...]] = {
    CODEC: ((PC_A, "path", "xa-a/tslcd"), (CENTRE, "conference", CODEC)),
    SOFTWARE: ((PC_B, "path", "xa-b/tslcd"), (PC_B, "service", PLATFORM)),
}
"""What is measured of each point, by machine, check and target."""
BAD: dict[str, list[Samples]] = {
    "path": [
        [("govnet_path_reachable", 0.0)],
        [("govnet_path_reachable", 1.0)],
        train(0.02, 1.0),
        train(0.2, 2.0),
        [sample for sample in train() if "loss" not in sample[0]],
        [sample for sample in train() if "grade" not in sample[0]],
        [sample for sample in train() if "rtt" not in sample[0]],
        [],
    ],
    "conference": [
        answers(sip_udp=0.0, h323=0.0, cisco_xapi=0.0),
        answers(sip_udp=0.0, h323=1.0, cisco_xapi=1.0),
        answers(cisco_xapi=1.0),
        [("govnet_point_registered", 1.0, {"protocol": "sip"})],
        [
            *answers(sip_udp=1.0, h323=1.0),
            ("govnet_point_registered", 0.0, {"protocol": "sip"}),
        ],
        [],
    ],
    "service": [
        platform(0.0, ()),
        platform(0.0, ("dns", "connect")),
        [sample for sample in platform() if sample[0] != "govnet_service_up"],
        [],
    ],
}
POINTS = st.sampled_from([CODEC, SOFTWARE])


@pytest.fixture(scope="session")
def made(small_province: Inventory, received: Callable[..., Received]) -> Callable[[], Rehearsal]:
    return lambda: Rehearsal(small_province, received)


@given(point=POINTS, data=st.data())
@settings(max_examples=60)
def test_what_is_bad_missing_or_stale_is_never_ready(
    made: Callable[[], Rehearsal], point: str, data: st.DataObject
) -> None:
    """Any set of faults in what is measured of a point, at least one: it is not ready."""
    rehearsal = made()
    rehearsal.pass_minutes(2)
    spots = data.draw(st.sets(st.sampled_from(NEEDED[point]), min_size=1))
    for machine, check, target in sorted(spots):
        how = data.draw(st.sampled_from(["bad", "missing"]))
        results = rehearsal.results[machine]
        if how == "bad":
            results[check, target] = data.draw(st.sampled_from(BAD[check]))
            minutes = 1
        else:
            del results[check, target]
            minutes = 4
        rehearsal.pass_minutes(minutes)

    found = rehearsal.points()
    assert found[point].state != "ready"
    assert any(one.standing is not Standing.GOOD for one in found[point].aspects)
    other = SOFTWARE if point == CODEC else CODEC
    assert found[other].state == "ready"


@given(age=st.floats(0.0, 4_000.0))
def test_nothing_is_ready_when_the_newest_report_is_older_than_three_intervals(
    made: Callable[[], Rehearsal], age: float
) -> None:
    rehearsal = made()
    rehearsal.pass_minutes(2)
    rehearsal.judged.now += age

    assert set(rehearsal.states().values()) == {"ready"} or age > 0
    if age > 180.0:
        assert "ready" not in rehearsal.states().values()


@given(order=st.permutations(range(4)), bad=st.integers(0, 3))
def test_late_reports_change_nothing_that_a_newer_one_said(
    made: Callable[[], Rehearsal], order: list[int], bad: int
) -> None:
    """Whatever order four reports arrive in, the newest one counts."""
    rehearsal = made()
    rehearsal.pass_minutes(2)
    reports = []
    for number in range(4):
        rehearsal.judged.now += 15.0
        results = dict(rehearsal.results[PC_A])
        results["path", "xa-a/tslcd"] = train(0.2, 2.0) if number == bad else train()
        reports.append(rehearsal.judged.made(PC_A, results))
    for number in order:
        rehearsal.readings.apply(reports[number])

    assert rehearsal.states()[CODEC] == ("not_ready" if bad == 3 else "ready")
