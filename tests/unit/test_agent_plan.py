"""What is due, what overruns, what a report holds; and one run held to its contract."""

import itertools
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest

from agent.checks.contract import Context
from agent.measuring.execute import MAX_FINDING_BYTES, Finding, execute
from agent.measuring.plan import FACTS_AGAIN_SECONDS, OVERRUN_GRACE_SECONDS, Plan, State, Task
from agent.measuring.schedule import FIRST_WITHIN_SECONDS, Schedule, spread
from agent.measuring.workers import FEWEST, Workers, workers_for
from govnet.catalogue import CATALOGUE, Metric
from govnet.errors import CheckError
from govnet.report import (
    MAX_FACT_CHARACTERS,
    MAX_FACTS,
    MAX_SAMPLES,
    Fact,
    Report,
    Result,
    Sample,
    encode_report,
)
from govnet.settings import (
    MAX_WORKERS,
    CheckSettings,
    LanSettings,
    MachineSettings,
    Settings,
)
from tests.unit.deadlines import HANG_SECONDS

MACHINE = MachineSettings(target="pc-1", interval_seconds=60, timeout_seconds=10)
LAN = LanSettings(target="pc-1", interval_seconds=60, timeout_seconds=10)


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


class MadeUpCheck:
    """A check that yields what it is told and then raises what it is told."""

    name = "machine"
    metrics: tuple[Metric, ...] = (
        CATALOGUE["govnet_machine_cpus"],
        CATALOGUE["govnet_machine_disk_size_bytes"],
    )

    def __init__(self, *samples: Sample | Fact, error: Exception | None = None) -> None:
        self._samples = samples
        self._error = error

    def run(self, target: CheckSettings, context: Context) -> Iterable[Sample | Fact]:
        del target, context
        yield from self._samples
        if self._error is not None:
            raise self._error


def run_of(check: MadeUpCheck) -> Finding:
    clock = StillClock()
    context = Context(timeout_seconds=10, deadline=clock.monotonic() + 10, clock=clock)
    return execute(lambda _name: check, MACHINE, context)


GOOD = Sample("govnet_machine_cpus", 4)


def test_samples_before_a_failure_are_kept():
    finding = run_of(MadeUpCheck(GOOD, error=CheckError("no battery driver")))

    assert finding.samples == (GOOD,)
    assert finding.error == "no battery driver"


def test_an_unexpected_exception_names_its_type():
    finding = run_of(MadeUpCheck(GOOD, error=ZeroDivisionError("division by zero")))

    assert finding.error == "unexpected ZeroDivisionError: division by zero"
    assert finding.samples == (GOOD,)


def test_an_endless_error_text_is_cut():
    finding = run_of(MadeUpCheck(error=CheckError("x" * 5000)))

    assert finding.error == "x" * 500


@pytest.mark.parametrize(
    ("sample", "problem"),
    [
        (
            Sample("govnet_lan_gateway_reachable", 1),
            "gave govnet_lan_gateway_reachable, which it does not announce",
        ),
        (
            Sample("govnet_machine_disk_size_bytes", 1),
            "gave govnet_machine_disk_size_bytes with labels [], expected disk",
        ),
        (
            Sample("govnet_machine_cpus", 1, {"disk": "/"}),
            "gave govnet_machine_cpus with labels ['disk'], expected none",
        ),
    ],
)
def test_a_sample_outside_the_catalogue_is_left_out_and_makes_the_run_an_error(
    sample: Sample, problem: str
):
    finding = run_of(MadeUpCheck(sample, GOOD))

    assert finding.error == problem
    assert finding.samples == (GOOD,)


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (
            Sample("govnet_machine_disk_size_bytes", 1, {"disk": "C\ud800"}),
            "gave govnet_machine_disk_size_bytes with a label that is no text",
        ),
        (
            Sample("govnet_machine_cpus", 10**400),
            "gave govnet_machine_cpus with too large a number",
        ),
        (Fact("disk.0.model", "\udcff"), "gave a fact disk.0.model that is no text"),
    ],
)
def test_what_cannot_be_written_costs_neither_the_others_nor_the_report(
    given: Sample | Fact, problem: str
):
    finding = run_of(MadeUpCheck(given, GOOD))

    assert (finding.error, finding.samples, finding.facts) == (problem, (GOOD,), None)


def test_an_error_that_quotes_half_a_character_can_be_written():
    finding = run_of(MadeUpCheck(error=CheckError("no file \udcff")))

    assert finding.error == "no file ?"


def test_a_device_that_lies_about_its_ports_leaves_room_for_the_others():
    disks = (
        Sample("govnet_machine_disk_size_bytes", 1, {"disk": f"{number}{chr(0x4E00) * 60}"})
        for number in range(MAX_SAMPLES)
    )
    finding = run_of(MadeUpCheck(*disks))

    assert finding.error == "gave more than 512 kB; the rest is left out"
    assert 1000 < len(finding.samples) < 4000
    encoded = encode_report(
        Report(1, 0, 0, "b", 60, "", (Result("machine", "m", 0, 0, None, finding.samples),))
    )
    assert len(encoded) <= MAX_FINDING_BYTES + 1000


def test_a_check_whose_module_is_missing_is_an_error_of_that_check():
    def load(_name: str) -> MadeUpCheck:
        raise ModuleNotFoundError("No module named 'agent.checks.machine'")

    clock = StillClock()
    finding = execute(load, MACHINE, Context(timeout_seconds=1, deadline=1, clock=clock))

    assert finding.error == (
        "unexpected ModuleNotFoundError: No module named 'agent.checks.machine'"
    )


def test_what_is_left_of_the_time_never_goes_below_zero():
    clock = StillClock(100)
    context = Context(timeout_seconds=10, deadline=110, clock=clock)

    assert context.remaining_seconds() == 10
    clock.now = 200
    assert context.remaining_seconds() == 0


# --- workers --------------------------------------------------------------------------------------


def a_task(number: int) -> Task:
    record = MachineSettings(target=f"pc-{number}")
    return Task(record, Schedule(str(number), 60, 0))


def waits(condition: Callable[[], bool]) -> bool:
    """Wait until the condition holds; only broken code is waited for to the end."""
    turn = threading.Event()
    for _ in range(round(HANG_SECONDS / 0.01)):
        if condition():
            return True
        turn.wait(0.01)
    return condition()


def test_the_number_of_threads_follows_from_the_checks():
    office = (MACHINE, LAN)
    centre = tuple(replace(MACHINE, target=str(number)) for number in range(900))

    assert workers_for(office) == FEWEST
    assert workers_for(centre[:60]) == 10
    assert workers_for(centre) == MAX_WORKERS


def test_never_more_runs_at_once_than_allowed():
    gate = threading.Event()
    lock = threading.Lock()
    running, peak, done = [0], [0], [0]

    def run(_task: Task) -> None:
        with lock:
            running[0] += 1
            peak[0] = max(peak[0], running[0])
        gate.wait(HANG_SECONDS)
        with lock:
            running[0] -= 1
            done[0] += 1

    workers = Workers(run)
    workers.resize(3)
    for number in range(10):
        workers.submit(a_task(number))
    assert waits(lambda: running[0] == 3)
    gate.set()

    assert waits(lambda: done[0] == 10)
    assert peak[0] == 3


def test_a_hanging_check_does_not_take_a_thread_from_the_others():
    gate = threading.Event()
    done = []
    tasks = [a_task(number) for number in range(FEWEST + 1)]
    hanging = tasks[:FEWEST]

    def run(task: Task) -> None:
        if task in hanging:
            gate.wait(HANG_SECONDS)
        done.append(task)

    workers = Workers(run)
    for task in tasks:
        workers.submit(task)
    assert done == []
    for task in hanging:
        workers.give_up_on(task)

    assert waits(lambda: done == [tasks[-1]])
    gate.set()
    assert waits(lambda: len(done) == 3)


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


def test_facts_that_cannot_travel_are_an_error_and_the_others_are_kept():
    many = (Fact(f"many.{number}", "1") for number in range(MAX_FACTS))
    finding = run_of(MadeUpCheck(Fact("os.name", "x" * 300), Fact("OS name", "bad key"), *many))

    assert finding.facts is not None
    assert len(finding.facts) == MAX_FACTS
    assert finding.facts["os.name"] == "x" * MAX_FACT_CHARACTERS
    assert finding.error == "gave a fact named 'OS name', expected small letters, digits, dots"
