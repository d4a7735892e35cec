"""The judge is told which sites to judge again, from when on; and nothing of what lasts."""

from collections.abc import Callable

import pytest

from collector.series.labels import Targets
from collector.verdict.evidence.evidence import Evidence
from collector.wire import Received
from inventory.model import Inventory

Make = Callable[..., Received]
PC = "xa-a/pc-1"
CENTRE = "trung-tam/giam-sat"
UPTIME = "govnet_machine_uptime_seconds"
ALIVE = "govnet_machine_last_alive_timestamp_seconds"


@pytest.fixture
def evidence(small_province: Inventory) -> Evidence:
    return Evidence(Targets(small_province))


def far(*, answers: bool) -> list[tuple[object, ...]]:
    return [("govnet_link_reachable", float(answers), {"end": "far"})]


def test_a_run_that_goes_on_touches_nothing(evidence: Evidence, received: Make) -> None:
    evidence.apply(received(PC, 100.0, {("link", "xa-a/tslcd"): far(answers=True)}, seq=1))
    first = evidence.take_touched()
    evidence.apply(received(PC, 160.0, {("link", "xa-a/tslcd"): far(answers=True)}, seq=2))

    assert {"xa-a": 100.0} == first
    assert {} == evidence.take_touched()


def test_a_change_touches_from_when_it_was_measured(evidence: Evidence, received: Make) -> None:
    evidence.apply(received(PC, 100.0, {("link", "xa-a/tslcd"): far(answers=True)}, seq=1))
    evidence.take_touched()
    result = {("link", "xa-a/tslcd"): far(answers=False)}
    evidence.apply(received(PC, 160.0, result, seq=2, age_seconds=20.0))

    assert {"xa-a": 140.0} == evidence.take_touched()


def test_what_the_centre_sees_touches_the_site_it_looks_at(
    evidence: Evidence, received: Make
) -> None:
    evidence.apply(received(CENTRE, 100.0, seq=1))
    evidence.take_touched()
    evidence.apply(received(CENTRE, 160.0, {("link", "xa-b/tslcd"): far(answers=False)}, seq=2))

    assert {"trung-tam": 160.0, "xa-b": 160.0} == evidence.take_touched()


def test_a_service_is_touched_by_itself(evidence: Evidence, received: Make) -> None:
    """All sites may look at it: that one does costs no other site a judgement."""
    evidence.apply(received(PC, 100.0, {("service", "thu"): [("govnet_service_up", 0.0)]}))

    assert {"xa-a": 100.0, "thu": 100.0} == evidence.take_touched()


def test_a_report_that_ends_a_noticed_silence_touches(evidence: Evidence, received: Make) -> None:
    """It was made in time, but by its arrival the one before told the present no more."""
    evidence.apply(received(PC, 100.0, {("link", "xa-a/tslcd"): far(answers=True)}, seq=1))
    evidence.take_touched()
    late = {"seq": 2, "received_at": 290.0}
    evidence.apply(received(PC, 160.0, {("link", "xa-a/tslcd"): far(answers=True)}, **late))

    assert {"xa-a": 160.0} == evidence.take_touched()


def test_a_report_known_already_touches_nothing(evidence: Evidence, received: Make) -> None:
    for at in (100.0, 160.0, 900.0):
        evidence.apply(received(PC, at))
    evidence.take_touched()
    evidence.apply(received(PC, 160.0, received_at=1000.0))

    assert {} == evidence.take_touched()


def test_a_start_touches_from_the_last_sign_of_life_before_it(
    evidence: Evidence, received: Make
) -> None:
    evidence.apply(received(PC, 1000.0, seq=1))
    evidence.take_touched()
    result = {("machine", PC): [(UPTIME, 50.0), (ALIVE, 990.0)]}
    evidence.apply(received(PC, 2000.0, result, seq=2))
    started = evidence.take_touched()
    evidence.apply(
        received(PC, 2060.0, {("machine", PC): [(UPTIME, 110.0), (ALIVE, 990.0)]}, seq=3)
    )

    assert {"xa-a": 990.0} == started
    assert {} == evidence.take_touched()


def test_a_report_timed_before_the_last_one_touches(evidence: Evidence, received: Make) -> None:
    """A clock was corrected: that the machine told the present for so long is taken back."""
    evidence.apply(received(PC, 1000.0, seq=1))
    evidence.apply(received(PC, 1060.0, seq=2))
    evidence.take_touched()
    evidence.apply(received(PC, 1020.0, seq=3, received_at=1120.0))

    assert {"xa-a": 1020.0} == evidence.take_touched()
