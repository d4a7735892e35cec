"""When the whole province is cut, the centre's agent is not late: played with its real plan."""

from collections import deque
from pathlib import Path

import pytest

from agent.measuring.execute import Finding
from agent.measuring.plan import Plan, Task
from agent.measuring.workers import workers_for
from collector.derivation.derive import DEVICE_WORKERS, Derivation
from collector.wire import AgentIdentity
from govnet.settings import (
    MAX_WORKERS,
    AlwaysOnSettings,
    DeviceSettings,
    Settings,
    workers_needed,
)
from inventory.load import load
from tests.credentials import credentials_for

INVENTORY = Path(__file__).parents[2] / "inventory.yaml"


@pytest.fixture(scope="module")
def centre() -> Settings:
    """Return what the centre's agent is told while it is the only one: all devices are its."""
    province = load(INVENTORY)
    site = province.province.centre
    agent = AgentIdentity("centre", site, f"{site}/pc-900")
    derivation = Derivation(province, [agent], credentials=credentials_for(province))
    return derivation.settings(agent)


def oldest_in_silence(settings: Settings, workers: int) -> float:
    """Let every check take all of its time; return the greatest age of a finding, in intervals.

    Ages are read every 5 s of the third and fourth round.
    """
    plan = Plan(settings.agent)
    plan.take_over(settings, 0.0)
    intervals = {(one.check, one.target): one.interval_seconds for one in settings.checks}
    waiting: deque[Task] = deque()
    running: list[Task] = []
    oldest = 0.0
    for quarter_second in range(4 * 4 * 60):
        now = quarter_second / 4
        ended = [task for task in running if now >= task.started_at + task.settings.timeout_seconds]
        for task in ended:
            plan.finish(task, Finding(task.settings.timeout_seconds, None, ()), now)
        running = [task for task in running if task not in ended]
        waiting.extend(plan.due(now))
        while waiting and len(running) < workers:
            task = waiting.popleft()
            plan.begin(task, now)
            running.append(task)
        if now >= 2 * 60 and now % 5 == 0:
            results = plan.results(now)
            assert len(results) > 0.9 * len(intervals)
            ages = (each.age_seconds / intervals[each.check, each.target] for each in results)
            oldest = max(oldest, *ages)
    return oldest


def test_the_shipped_province_needs_no_more_threads_than_an_agent_has(centre: Settings) -> None:
    assert len(centre.checks) > 700
    assert centre.report_interval_seconds == 60
    assert workers_needed(centre.checks) <= MAX_WORKERS


def test_many_devices_cost_no_other_check_its_time(centre: Settings) -> None:
    devices = [check for check in centre.checks if isinstance(check, DeviceSettings)]
    others = [check for check in centre.checks if isinstance(check, AlwaysOnSettings)]

    assert len(devices) > 600
    assert workers_needed(devices) >= DEVICE_WORKERS - 1
    assert min(check.timeout_seconds for check in devices) > 2.5
    assert min(check.timeout_seconds for check in others) > 3.9


def test_no_finding_grows_older_than_two_intervals_while_all_is_silent(centre: Settings) -> None:
    assert oldest_in_silence(centre, workers_for(centre.checks)) <= 2


def test_too_few_threads_would_be_late(centre: Settings) -> None:
    """The play is worth something: half of the threads are not enough."""
    workers = workers_for(centre.checks) // 2

    assert oldest_in_silence(centre, workers) > 2
