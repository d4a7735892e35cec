"""A start is known once, by the machine's own word, corrected by the collector's clock."""

from collections.abc import Callable
from itertools import permutations

import msgspec
import pytest

from collector.series.labels import Targets
from collector.verdict.evidence.evidence import Evidence
from collector.verdict.evidence.listening import Listened, Listening
from collector.wire import Received
from inventory.model import Inventory

Make = Callable[..., Received]
PC = "xa-a/pc-1"
UPTIME = "govnet_machine_uptime_seconds"
BOOTED = "govnet_machine_boot_timestamp_seconds"
ALIVE = "govnet_machine_last_alive_timestamp_seconds"
CLEAN = "govnet_machine_clean_stop"


@pytest.fixture
def evidence(small_province: Inventory) -> Evidence:
    return Evidence(Targets(small_province))


def booted(received: Received, boot_id: str, ahead_seconds: float = 0.0) -> Received:
    """Return the report as of that boot, by a clock that is ahead."""
    report = msgspec.structs.replace(
        received.report, boot_id=boot_id, created_at=received.at + ahead_seconds
    )
    return msgspec.structs.replace(received, report=report)


def test_one_start_is_kept_once_from_its_first_report_in_any_order(
    small_province: Inventory, received: Make
) -> None:
    reports = [
        booted(
            received(PC, at, {("machine", PC): [(UPTIME, uptime), (ALIVE, alive), (CLEAN, 0.0)]}),
            boot_id,
        )
        for at, uptime, alive, boot_id in (
            (1000.0, 100.0, 500.0, "b1"),
            (1060.0, 160.4, 500.0, "b1"),
            (1120.0, 219.6, 1061.0, "b1"),
            (2000.0, 50.0, 1125.0, "b2"),
        )
    ]
    found = []
    for order in permutations(reports):
        evidence = Evidence(Targets(small_province))
        for report in order:
            evidence.apply(report)
        found.append(evidence.starts)

    assert all(each == found[0] for each in found)
    assert [("b1", 900.0, 500.0), ("b1", 900.4, 1061.0), ("b2", 1950.0, 1125.0)] == [
        (start.boot_id, start.booted_at, start.last_alive_at) for start in found[0][PC]
    ]


def test_a_wrong_clock_moves_no_start(evidence: Evidence, received: Make) -> None:
    day = 86_400.0
    result = {("machine", PC): [(BOOTED, 900.0 + day), (ALIVE, 500.0 + day), (CLEAN, 1.0)]}
    evidence.apply(booted(received(PC, 1000.0, result), "b1", day))

    (start,) = evidence.starts[PC]
    assert (900.0, 500.0, True) == (start.booted_at, start.last_alive_at, start.is_clean)


def test_a_last_sign_of_life_after_its_own_report_is_not_believed(
    evidence: Evidence, received: Make
) -> None:
    result = {("machine", PC): [(UPTIME, 100.0), (ALIVE, 5000.0)]}
    evidence.apply(received(PC, 1000.0, result))

    (start,) = evidence.starts[PC]
    assert (900.0, None, None) == (start.booted_at, start.last_alive_at, start.is_clean)


def test_an_old_start_goes_but_not_the_one_that_lasts(evidence: Evidence, received: Make) -> None:
    for at, boot_id in ((1000.0, "b1"), (2000.0, "b2")):
        result = {("machine", PC): [(UPTIME, 100.0), (ALIVE, at - 500.0)]}
        evidence.apply(booted(received(PC, at, result), boot_id))
    evidence.expire(1e6)

    assert ["b2"] == [start.boot_id for start in evidence.starts[PC]]
    assert [2000.0] == [run.last_at for run in evidence.own["xa-a"][PC].runs]


def test_a_collector_that_ran_is_known_with_its_gaps() -> None:
    listened = Listened()
    listened.begin(100.0)
    listened.go_on(130.0)
    listened.go_on(120.0)
    listened.begin(200.0)
    listened.go_on(230.0)

    assert [Listening(100.0, 130.0), Listening(200.0, 230.0)] == listened.times


def test_what_a_clock_that_was_ahead_noted_goes() -> None:
    listened = Listened()
    for start, end in ((100.0, 130.0), (900.0, 990.0)):
        listened.begin(start)
        listened.go_on(end)
    listened.mark_saved()
    listened.begin(120.0)

    assert [Listening(100.0, 120.0), Listening(120.0, 120.0)] == listened.times
    assert listened.times == listened.unsaved()


def test_only_what_changed_of_the_runs_of_collectors_is_saved_again() -> None:
    listened = Listened()
    listened.restore([Listening(100.0, 130.0)])
    listened.begin(200.0)
    first = [*listened.unsaved()]
    listened.mark_saved()
    listened.go_on(230.0)

    assert [Listening(200.0, 230.0)] == first == listened.unsaved()
    listened.mark_unsaved(100.0)
    assert listened.times == listened.unsaved()
    listened.expire(150.0)
    assert [Listening(200.0, 230.0)] == listened.times == listened.unsaved()


def test_the_end_of_listening_goes_back_with_a_clock_that_was_ahead():
    listened = Listened()
    listened.begin(1000.0)
    listened.go_on(9000.0)

    listened.go_on(8999.0)
    assert [Listening(1000.0, 9000.0)] == listened.times

    listened.go_on(2000.0)
    assert [Listening(1000.0, 2000.0)] == listened.times
