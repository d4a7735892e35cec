"""Evidence that arrives late makes the past anew, and leaves alone what it says nothing about."""

from collections.abc import Callable
from itertools import pairwise

import msgspec
import pytest

from collector.verdict.spans import Span
from collector.wire import Received
from inventory.calendar import Expectation, Window
from inventory.model import Inventory
from tests.judged_province import CENTRE, START, Judged, Results, lan, path

MINUTE = 60.0
PC = "xa-b/pc-1"
OTHERS = ("xa-a/pc-1", "xa-c/pc-1", "xa-d/pc-1")


def noted() -> Results:
    ends = {("link", "xa-b/tslcd"): [path("next_hop", answers=True), path("far", answers=False)]}
    return lan(PC, gateway=True) | ends  # type: ignore[return-value]


def cut(province: Judged, minutes: int = 9) -> list[Received]:
    """Cut b off; return what its PC noted meanwhile, and does not send."""
    waiting = []
    for _ in range(minutes):
        province.now += MINUTE
        waiting.append(province.made(PC, noted()))
        for machine in OTHERS:
            province.hear(machine)
        province.look(a=True, b=False, c=True, d=True)
        province.judge()
    return waiting


def live(province: Judged, minutes: int) -> None:
    province.minutes(minutes, PC, *OTHERS, a=True, b=True, c=True, d=True)


def arrive(province: Judged, *late: Received) -> None:
    for one in late:
        province.evidence.apply(msgspec.structs.replace(one, received_at=province.now))
    province.judge()


def test_a_backlog_that_comes_hours_later_corrects_the_cause_and_not_the_times(
    alive: Judged,
) -> None:
    waiting = cut(alive)
    live(alive, 180)
    before = alive.story("xa-b")
    assert before[-2:] == [("down", "undetermined", 4.0), ("up", None, 13.0)]
    arrive(alive, *waiting)

    assert alive.story("xa-b")[-2:] == [("down", "carrier", 4.0), ("up", None, 13.0)]
    (case,) = [case for case in alive.judgement.record.book.cases() if case.outage.item == "xa-b"]
    assert [phase.cause for phase in case.outage.phases] == ["carrier"]


def test_a_correction_is_saved_from_the_moment_on_that_it_changes(alive: Judged) -> None:
    waiting = cut(alive)
    live(alive, 60)
    alive.judgement.record.take_spans()
    arrive(alive, *waiting)

    changed = {one.item: one for one in alive.judgement.record.take_spans()}
    assert changed["xa-b"].since == START + 4 * MINUTE
    assert [span.cause for span in changed["xa-b"].spans] == ["carrier", None]
    assert "xa-c" not in changed


def test_every_part_of_a_backlog_in_any_order_ends_in_the_same_history(
    small_province: Inventory, received: Callable[..., Received]
) -> None:
    stories = []
    for order in (1, -1):
        province = Judged(small_province, received)
        live(province, 3)
        waiting = cut(province)
        live(province, 5)
        for one in waiting[::order]:
            arrive(province, one)
        stories.append((province.story("xa-b"), province.story("xa-b/tslcd")))

    assert stories[0] == stories[1]


def test_a_site_thought_to_be_down_because_the_centre_could_not_look_is_corrected(
    alive: Judged,
) -> None:
    """The centre's own reports waited: they show that b answered all the time."""
    cpe = {("always_on", "xa-b/cpe"): [("govnet_target_reachable", 1.0)]}
    waiting = []
    for _ in range(9):
        alive.now += MINUTE
        waiting.append(alive.made(CENTRE, cpe))  # type: ignore[arg-type]
        for machine in OTHERS:
            alive.hear(machine)
        alive.judge()
    alive.now += MINUTE + 1
    assert alive.status("xa-b") == "unknown"
    arrive(alive, *waiting)

    assert alive.status("xa-b") == "up"
    assert [status for status, _, _ in alive.story("xa-b")] == ["up"]


def test_what_is_late_by_less_than_the_present_tells_nothing_new(alive: Judged) -> None:
    alive.now += MINUTE
    late = [alive.made(machine) for machine in (PC, *OTHERS)]
    alive.judge()
    alive.judgement.record.take_spans()
    alive.now += 20
    arrive(alive, *late)

    assert alive.judgement.record.take_spans() == ()


def window(start: float, end: float, expectation: Expectation) -> Window:
    return Window("xa-b", start, end, expectation)


@pytest.mark.parametrize("expectation", [Expectation.MAINTENANCE, Expectation.POWER_CUT])
def test_a_window_that_is_confirmed_afterwards_excludes_its_part_of_an_outage(
    alive: Judged, expectation: Expectation
) -> None:
    cut(alive)
    live(alive, 5)
    given = window(START + 8 * MINUTE, START + 10 * MINUTE, expectation)
    alive.judgement.set_windows({"xa-b": (given,)})
    alive.judge()

    said = [(status, since) for status, _, since in alive.story("xa-b")]
    assert said[-4:] == [("down", 4.0), ("maintenance", 8.0), ("down", 10.0), ("up", 13.0)]

    alive.judgement.set_windows({})
    alive.judge()
    said = [(status, since) for status, _, since in alive.story("xa-b")]
    assert said[-2:] == [("down", 4.0), ("up", 13.0)]


def test_a_site_that_works_within_its_window_is_up(alive: Judged) -> None:
    given = window(START, START + 3600, Expectation.MAINTENANCE)
    alive.judgement.set_windows({"xa-b": (given,)})
    live(alive, 5)

    assert alive.status("xa-b") == "up"


def test_an_outage_that_outlasts_its_window_is_down_when_that_ends(alive: Judged) -> None:
    given = window(START + 3 * MINUTE, START + 9 * MINUTE, Expectation.MAINTENANCE)
    alive.judgement.set_windows({"xa-b": (given,)})
    cut(alive, 5)
    assert alive.status("xa-b") == "maintenance"
    cut(alive, 3)

    verdict = alive.site("xa-b")
    assert (verdict.status, verdict.since) == ("down", START + 9 * MINUTE)


def test_a_window_excludes_nothing_before_its_start(alive: Judged) -> None:
    """The site was cut off before, and only noticed within it."""
    given = window(START + 5 * MINUTE, START + 9 * MINUTE, Expectation.MAINTENANCE)
    alive.judgement.set_windows({"xa-b": (given,)})
    cut(alive, 5)

    verdict = alive.site("xa-b")
    assert (verdict.status, verdict.since) == ("maintenance", START + 5 * MINUTE)


def test_spans_follow_each_other_without_a_gap(alive: Judged) -> None:
    waiting = cut(alive)
    live(alive, 5)
    arrive(alive, *waiting)
    cut(alive, 6)
    live(alive, 2)

    for item in ("xa-b", "xa-b/tslcd", "xa-b/cpe"):
        spans: tuple[Span, ...] = alive.judgement.record.spans(item)
        assert all(one.end == other.start for one, other in pairwise(spans))
        assert spans[-1].end is None
