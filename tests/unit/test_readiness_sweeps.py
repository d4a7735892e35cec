"""When points are asked again before a meeting, and that the budget holds."""

from collections import Counter

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.intake.limits import RateLimitedError
from collector.readiness.options import ConferenceOptions
from collector.readiness.records import Meeting
from collector.readiness.sweeps import (
    LATE_SECONDS,
    TRAIN_BYTES,
    TRAIN_SECONDS,
    Turns,
    due,
    load_of,
    sweeps_of,
    turns,
)

BEGINS = 1_790_000_000.0
OPTIONS = ConferenceOptions()


class Asked:
    """Notes who is to be checked again, and when."""

    def __init__(self) -> None:
        self.sites: list[tuple[str, float]] = []
        self.who: set[str] = set()

    def ask(self, site: str, at: float, who: str) -> None:
        self.sites.append((site, at))
        self.who.add(who)


def meeting(points: int = 226, **more: object) -> Meeting:
    given = {
        "id": "giao-ban",
        "title": "Giao ban",
        "starts_at": BEGINS,
        "ends_at": BEGINS + 7_200,
        "points": tuple(f"s{number}/vc" for number in range(points)),
    }
    return Meeting(**(given | more))  # type: ignore[arg-type]


def busiest(times: list[float]) -> float:
    """Return the most bytes per second that trains which begin then put on the way."""
    starts = sorted(times)
    most = max(sum(start <= other < start + TRAIN_SECONDS for other in starts) for start in starts)
    return most * TRAIN_BYTES / TRAIN_SECONDS


def test_sweeps_are_a_day_an_hour_and_minutes_before():
    found = sweeps_of(meeting(), OPTIONS)

    assert [(one.name, BEGINS - one.at) for one in found] == [
        ("T-24h", 86_400.0),
        ("T-60", 3_600.0),
        ("T-30", 1_800.0),
        ("T-10", 600.0),
    ]


def test_a_meeting_that_is_called_off_has_no_sweeps():
    assert sweeps_of(meeting(cancelled_at=BEGINS), OPTIONS) == ()


def test_a_sweep_is_taken_at_its_time_or_little_later_and_never_long_after():
    sweep = sweeps_of(meeting(), OPTIONS)[1]

    assert list(due([sweep], sweep.at - 1)) == []
    assert list(due([sweep], sweep.at)) == [sweep]
    assert list(due([sweep], sweep.at + LATE_SECONDS)) == []


def test_every_site_is_asked_once_before_the_sweep_is_taken():
    sweep = sweeps_of(meeting(), OPTIONS)[1]
    found = turns(meeting(), sweep, OPTIONS)

    assert Counter(site for site, _ in found) == Counter(f"s{number}" for number in range(226))
    assert max(at for _, at in found) < sweep.at


def test_226_points_stay_below_the_default_budget_within_four_minutes():
    load = load_of(226, OPTIONS)
    sweep = sweeps_of(meeting(), OPTIONS)[1]
    times = [at for _, at in turns(meeting(), sweep, OPTIONS)]

    assert load.spread_seconds < 240
    assert busiest(times) <= load.budget_bytes_per_second
    assert busiest(times) == load.peak_bytes_per_second


@given(budget=st.floats(100, 10_000), gap=st.floats(0, 5), sites=st.integers(1, 400))
def test_whatever_the_budget_trains_under_way_stay_below_it(budget: float, gap: float, sites: int):
    options = ConferenceOptions(budget_kbit_per_second=budget, least_gap_seconds=gap)
    load = load_of(sites, options)
    again = Asked()
    asking = Turns(options, again)
    for number in range(sites):
        asking.one(f"s{number}", BEGINS, "lan")

    assert load.peak_bytes_per_second <= load.budget_bytes_per_second * (1 + 1e-9)
    assert busiest([at for _, at in again.sites]) <= load.budget_bytes_per_second * (1 + 1e-9)


def test_a_sweep_is_planned_once_and_persons_wait_for_their_turn():
    again = Asked()
    asking = Turns(OPTIONS, again)
    sweep = sweeps_of(meeting(), OPTIONS)[1]

    assert asking.plan(meeting(), sweep, sweep.at - 3_000) == 0
    assert asking.plan(meeting(), sweep, sweep.at - 30) == 226
    assert asking.plan(meeting(), sweep, sweep.at - 29) == 0
    assert again.who == {"sweep"}
    assert asking.one("s3", sweep.at - 30, "lan") == pytest.approx(
        sweep.at - 30 + 226 * load_of(1, OPTIONS).gap_seconds
    )


def test_pressing_the_button_again_and_again_asks_nobody_twice_and_delays_no_sweep():
    again = Asked()
    asking = Turns(OPTIONS, again)
    sites = [f"s{number}" for number in range(226)]
    asking.all(sites, BEGINS - 3_600, "lan")
    last = [asking.all(sites, BEGINS - 3_600 + second, "lan") for second in range(1, 5)][-1]

    assert len(again.sites) <= 226 + 5, "only those that had their turn"
    assert last is not None
    assert last <= BEGINS - 3_600 + 235 * load_of(1, OPTIONS).gap_seconds


class Busy(Asked):
    """Refuses every other site, as one that was asked just now."""

    def ask(self, site: str, at: float, who: str) -> None:
        if int(site[1:]) % 2:
            raise RateLimitedError("asked just now", 30.0)
        super().ask(site, at, who)


def test_who_was_asked_just_now_keeps_no_other_from_being_asked():
    again = Busy()
    asking = Turns(OPTIONS, again)
    sweep = sweeps_of(meeting(), OPTIONS)[1]

    assert asking.plan(meeting(), sweep, sweep.at - 30) == 113
    assert len(again.sites) == 113
    assert asking.all(["s1", "s3"], sweep.at, "lan") is None


def test_a_meeting_that_is_moved_is_asked_anew():
    again = Asked()
    asking = Turns(OPTIONS, again)
    first = meeting()
    asking.plan(first, sweeps_of(first, OPTIONS)[3], BEGINS - 630)
    moved = msgspec.structs.replace(first, starts_at=BEGINS + 600)
    asking.plan(moved, sweeps_of(moved, OPTIONS)[3], BEGINS - 30)

    assert len(again.sites) == 2 * 226
