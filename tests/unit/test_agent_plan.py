"""What is due, what overruns, what a report holds."""

import itertools
from dataclasses import replace

import pytest

from agent.measuring.execute import Finding
from agent.measuring.plan import FACTS_AGAIN_SECONDS, OVERRUN_GRACE_SECONDS, Plan, State, Task
from agent.measuring.schedule import FIRST_WITHIN_SECONDS, Schedule, spread
from govnet.report import MAX_SAMPLES, Sample
from govnet.settings import CheckSettings, LanSettings, MachineSettings, Settings

MACHINE = MachineSettings(target="pc-1", interval_seconds=60, timeout_seconds=10)
LAN = LanSettings(target="pc-1", interval_seconds=60, timeout_seconds=10)
GOOD = Sample("govnet_machine_cpus", 4)


def settings(*checks: CheckSettings) -> Settings:
    return Settings(agent="a", site="s", machine="pc-1", checks=checks)


def found(value: float = 1) -> Finding:
    return Finding(0.5, None, (Sample("govnet_machine_cpus", value),))


class StillClock:
    """A clock that stands where it is put."""

    def __init__(self, monotonic: float = 100.0) -> None:
        self.now = monotonic

    def time(self) -> float:
        return 1_790_000_000.0

    def monotonic(self) -> float:
        return self.now


def started(plan: Plan, now: float) -> Task:
    """Let the only task become due and begin."""
    (task,) = plan.due(now)
    plan.begin(task, now)
    return task


# --- schedule -------------------------------------------------------------------------------------


def test_the_first_start_is_early_and_later_ones_keep_their_own_phase():
    schedule = Schedule("a", 60, now=1000)
    first = schedule.next_at
    phase = 1000 + spread("a") * 60

    assert 1000 <= first < 1000 + FIRST_WITHIN_SECONDS
    schedule.advance(first)
    second = schedule.next_at
    schedule.advance(second)

    assert (second - phase) % 60 == pytest.approx(0, abs=1e-6)
    assert schedule.next_at == pytest.approx(second + 60)


def test_starts_of_many_agents_are_spread_over_the_interval():
    phases = sorted(spread(f"agent-{number}") for number in range(200))

    assert max(b - a for a, b in itertools.pairwise(phases)) < 0.05
    assert phases[0] < 0.05
    assert phases[-1] > 0.95


def test_starts_missed_while_the_machine_slept_are_not_made_up_for():
    schedule = Schedule("a", 60, now=0)
    schedule.advance(100_000)

    assert 100_000 + 15 < schedule.next_at <= 100_000 + 75


# --- plan -----------------------------------------------------------------------------------------


def test_a_check_is_due_once_per_interval():
    plan = Plan("a")
    plan.take_over(settings(MACHINE), now=0)

    assert plan.due(-1) == []
    task = started(plan, 15)
    assert plan.due(16) == []
    plan.finish(task, found(), 16)

    assert plan.due(90.1) == [task]


def test_a_check_that_still_runs_is_not_started_twice():
    plan = Plan("a")
    plan.take_over(settings(replace(MACHINE, timeout_seconds=500)), now=0)
    started(plan, 15)

    assert plan.due(200) == []


def test_a_check_that_overruns_is_reported_as_error_and_its_late_finding_is_not_believed():
    plan = Plan("a")
    plan.take_over(settings(MACHINE), now=0)
    task = started(plan, 15)
    late_at = 15 + 10 + OVERRUN_GRACE_SECONDS

    assert plan.overruns(late_at - 0.1) == []
    assert plan.overruns(late_at) == [task]
    assert plan.overruns(late_at + 1) == []
    plan.finish(task, found(), late_at + 1)
    (result,) = plan.results(late_at + 2)

    assert result.error == "not finished after 12 s, allowed 10 s"
    assert result.samples == ()
    assert result.age_seconds == 2
    assert task.state is State.IDLE


def test_a_check_that_hangs_for_ever_shows_so_afresh_every_interval():
    plan = Plan("a")
    plan.take_over(settings(MACHINE), now=0)
    started(plan, 15)
    plan.overruns(30)

    assert plan.due(100) == []
    (result,) = plan.results(100)

    assert result.error == "not finished after 85 s, allowed 10 s"
    assert result.age_seconds == 0


def test_a_report_carries_the_newest_result_of_every_check_with_its_age():
    plan = Plan("a")
    plan.take_over(settings(MACHINE, LAN), now=0)
    for task in plan.due(15):
        plan.begin(task, 15)
        plan.finish(task, found(), 16)

    first, second = plan.results(40)

    assert (first.check, second.check) == ("machine", "lan")
    assert first.age_seconds == second.age_seconds == 24
    assert first.duration_seconds == 0.5


def test_a_check_that_has_not_run_yet_is_not_in_the_report():
    plan = Plan("a")
    plan.take_over(settings(MACHINE), now=0)

    assert plan.results(1) == ()


def test_new_settings_keep_what_is_unchanged_and_drop_what_is_gone():
    plan = Plan("a")
    plan.take_over(settings(MACHINE, LAN), now=0)
    for task in plan.due(15):
        plan.begin(task, 15)
        plan.finish(task, found(), 16)

    plan.take_over(settings(MACHINE, replace(LAN, gateway="198.18.0.1")), now=20)

    assert [result.check for result in plan.results(21)] == ["machine"]
    assert [task.settings.check for task in plan.due(36)] == ["lan"]


def test_the_finding_of_a_check_that_was_taken_away_is_dropped():
    plan = Plan("a")
    plan.take_over(settings(MACHINE), now=0)
    task = started(plan, 15)
    plan.take_over(settings(), now=16)
    plan.finish(task, found(), 17)

    assert plan.results(18) == ()
    assert plan.next_at() is None


def test_a_report_never_holds_more_samples_than_the_protocol_allows():
    plan = Plan("a")
    plan.take_over(settings(MACHINE, LAN), now=0)
    for task in plan.due(15):
        plan.begin(task, 15)
        samples = (Sample("govnet_machine_cpus", 1),) * (MAX_SAMPLES // 2 + 1)
        plan.finish(task, Finding(0.1, None, samples), 16)

    first, second = plan.results(17)

    assert len(first.samples) == MAX_SAMPLES // 2 + 1
    assert second.samples == ()
    assert second.error == "left out: a report holds 60000 samples"


def test_a_report_never_holds_more_bytes_than_the_collector_unpacks():
    plan = Plan("a")
    plan.take_over(settings(MACHINE, LAN), now=0)
    for task, size_bytes in zip(plan.due(15), (6 << 20, 2 << 20), strict=True):
        plan.begin(task, 15)
        plan.finish(task, Finding(0.1, None, (GOOD,), size_bytes=size_bytes), 16)

    first, second = plan.results(17)

    assert (first.samples, second.samples) == ((GOOD,), ())
    assert second.error == "left out: a report holds 7 MB of samples"


# --- one run --------------------------------------------------------------------------------------
# --- workers --------------------------------------------------------------------------------------
# --- facts ----------------------------------------------------------------------------------------


def reported(plan: Plan, now: float) -> dict[str, str] | None:
    """Make a report that is kept, and return the facts in it."""
    results = plan.results(now)
    plan.told(results, now)
    (result,) = results
    return None if result.facts is None else dict(result.facts)


def test_facts_are_told_once_and_again_when_they_changed_or_are_a_day_old():
    plan = Plan("a")
    plan.take_over(settings(MACHINE), 0)
    task = started(plan, 15)
    plan.finish(task, Finding(0.5, None, (), {"os.name": "A"}), 16)

    assert reported(plan, 20) == {"os.name": "A"}
    assert reported(plan, 80) is None
    task.keep(Finding(0.5, None, (), {"os.name": "A"}), 100)
    assert reported(plan, 140) is None
    task.keep(Finding(0.5, None, (), {"os.name": "B"}), 150)
    assert reported(plan, 200) == {"os.name": "B"}
    assert reported(plan, 200 + FACTS_AGAIN_SECONDS - 1) is None
    assert reported(plan, 200 + FACTS_AGAIN_SECONDS) == {"os.name": "B"}


def test_facts_of_a_report_that_was_not_kept_are_told_by_the_next_one():
    plan = Plan("a")
    plan.take_over(settings(MACHINE), 0)
    plan.finish(started(plan, 15), Finding(0.5, None, (), {"os.name": "A"}), 16)

    plan.results(20)

    assert reported(plan, 80) == {"os.name": "A"}


def test_a_run_that_failed_takes_no_facts_back():
    plan = Plan("a")
    plan.take_over(settings(MACHINE), 0)
    task = started(plan, 15)
    plan.finish(task, Finding(0.5, None, (), {"os.name": "A"}), 16)
    reported(plan, 20)
    task.keep(Finding(0.5, "no answer", ()), 100)

    assert reported(plan, 140) is None


def test_facts_that_the_newest_run_did_not_give_are_not_told():
    plan = Plan("a")
    plan.take_over(settings(MACHINE), 0)
    task = started(plan, 15)
    plan.finish(task, Finding(0.5, None, (), {"name": "sw1"}), 16)
    reported(plan, 20)
    task.keep(Finding(0.5, None, ()), 100)

    assert reported(plan, 20 + FACTS_AGAIN_SECONDS) is None
    task.keep(Finding(0.5, None, (), {"name": "sw1"}), 200)
    assert reported(plan, 20 + FACTS_AGAIN_SECONDS) == {"name": "sw1"}


def test_facts_of_many_targets_are_told_over_several_reports():
    """The centre's agent learns hundreds of devices in the minutes after its start."""
    plan = Plan("a")
    checks = [MachineSettings(target=f"pc-{number}") for number in range(9)]
    plan.take_over(settings(*checks), 0)
    for number, task in enumerate(plan.due(100)):
        facts = {f"fact.{key}": "x" * 250 for key in range(200)}
        plan.finish(task, Finding(0.5, None, (), facts | {"n": str(number)}), 101)
    counts, told = [], []
    for minute in range(1, 4):
        results = plan.results(60.0 * minute)
        plan.told(results, 60.0 * minute)
        found = [result.target for result in results if result.facts is not None]
        counts.append(len(found))
        told += found

    assert counts == [4, 4, 1]
    assert sorted(told) == [check.target for check in checks]
