"""However often somebody asks, no check gets more than one extra run a minute.

The regular starts are those of an agent that nobody asks, worked out beside it.
"""

from collections import defaultdict
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from agent.measuring.again import LEAST_SECONDS
from agent.measuring.execute import Finding
from agent.measuring.plan import Plan, Task
from govnet.settings import AlwaysOnSettings, CheckAgain, Settings

HOUR_SECONDS = 3600.0
QUIET: tuple[float, list[tuple[int, str]], float] = (20.0, [], 0.0)
"""Everything runs its first time, and nobody asks."""
SITES = ("xa-a", "xa-b", "ttdl")
CHECKS = tuple(
    AlwaysOnSettings(
        target=f"{site}/sw-{number}",
        interval_seconds=interval,
        timeout_seconds=4.0,
        address="198.18.0.1",
    )
    for site in SITES
    for number, interval in enumerate((10.0, 60.0, 86_400.0))
)

steps = st.lists(
    st.tuples(
        st.floats(0.1, 40.0),
        st.lists(st.tuples(st.integers(0, 9), st.sampled_from(SITES)), max_size=4),
        st.floats(0.0, 8.0),
    ),
    min_size=1,
    max_size=25,
)
"""Seconds until the next settings, the requests that stand in them, how long runs take then."""


def settings(asked: list[tuple[int, str]]) -> Settings:
    requests = tuple(CheckAgain(id=str(number), site=site) for number, site in asked)
    return Settings(agent="a", site="ttdl", machine="ttdl/pc", check_again=requests, checks=CHECKS)


def starts(days: list[tuple[float, list[tuple[int, str]], float]]) -> dict[str, list[float]]:
    """Return when every check started, by target."""
    plan, now = Plan("a"), 0.0
    plan.take_over(settings([]), now)
    found: dict[str, list[float]] = defaultdict(list)
    under_way: list[tuple[float, Task]] = []
    for seconds, asked, lasts_seconds in days:
        plan.take_over(settings(asked), now)
        until = now + seconds
        while now < until:
            for ends_at, task in [each for each in under_way if each[0] <= now]:
                plan.finish(task, Finding(lasts_seconds, None, ()), now)
                under_way.remove((ends_at, task))
            for task in plan.due(now):
                plan.begin(task, now)
                found[task.settings.target].append(now)
                under_way.append((now + lasts_seconds, task))
            plan.overruns(now)
            plan.has_run_again(now)
            planned = plan.next_at()
            assert planned is not None
            now = max(now + 0.05, min(planned, until, *(end for end, _ in under_way)))
    return found


@given(days=steps)
def test_no_check_gets_more_than_one_extra_run_a_minute(
    days: list[tuple[float, list[tuple[int, str]], float]],
):
    rare = [check.target for check in CHECKS if check.interval_seconds > HOUR_SECONDS]
    asked = starts([QUIET, *days])

    for target in rare:
        # Its first run is over; hours pass until the next regular one.
        extra = [at for at in asked[target] if at >= QUIET[0]]
        assert all(later - earlier >= LEAST_SECONDS for earlier, later in pairwise(extra))


@given(days=steps)
def test_nothing_is_lost_of_the_regular_runs(
    days: list[tuple[float, list[tuple[int, str]], float]],
):
    """A regular start falls away only where an extra run is just under way."""
    lasting = [(seconds, asked, 0.0) for seconds, asked, _ in days]
    undisturbed = starts([(seconds, [], 0.0) for seconds, _, _ in days])
    asked = starts(lasting)

    for check in CHECKS:
        regular, found = undisturbed[check.target], asked[check.target]
        most = len(regular) + sum(seconds for seconds, _, _ in days) / LEAST_SECONDS + 1
        assert len(regular) <= len(found) <= most
