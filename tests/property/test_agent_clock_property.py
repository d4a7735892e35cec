"""A wall clock that steps any way it likes: no seq twice, no negative duration, work goes on."""

import json
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.checks.contract import Context
from agent.measuring.plan import Task
from agent.measuring.runner import Runner
from agent.sending.orders import Orders
from agent.spool.spool import Spool
from govnet.catalogue import CATALOGUE, Metric
from govnet.report import Sample
from govnet.settings import CheckSettings, MachineSettings, Settings, digest, encode


class SteppingClock:
    wall = 1_790_000_000.0
    mono = 100.0

    def time(self) -> float:
        return self.wall

    def monotonic(self) -> float:
        return self.mono


class SlowCheck:
    """Takes a second, during which the wall clock may be set."""

    name = "machine"
    metrics: tuple[Metric, ...] = (CATALOGUE["govnet_machine_cpus"],)

    def __init__(self, clock: SteppingClock, steps: list[float]) -> None:
        self.clock = clock
        self.steps = steps
        self.runs = 0

    def run(self, target: CheckSettings, context: Context) -> Iterable[Sample]:
        del target, context
        self.runs += 1
        self.clock.mono += 1.0
        self.clock.wall += 1.0 + (self.steps.pop() if self.steps else 0.0)
        yield Sample("govnet_machine_cpus", 4)


class AtOnce:
    def __init__(self, run: object) -> None:
        self._run = run

    def submit(self, task: Task) -> None:
        self._run(task)  # type: ignore[operator]

    def give_up_on(self, task: Task) -> None:
        del task

    def resize(self, limit: int) -> None:
        del limit


STEPS = st.sampled_from([0.0, -1.0, -3600.0, -5e8, 5e8, 3600.0, 0.5])


@given(steps=st.lists(STEPS, max_size=40), between=st.lists(STEPS, min_size=1, max_size=10))
@settings(deadline=None, max_examples=25)
def test_a_stepping_wall_clock_makes_no_seq_twice_and_no_negative_duration(
    steps: list[float], between: list[float], tmp_path_factory: pytest.TempPathFactory
):
    state_dir: Path = tmp_path_factory.mktemp("state")
    clock = SteppingClock()
    check = SlowCheck(clock, list(steps))
    plain = Settings(
        agent="a",
        site="s",
        machine="s/m",
        checks=(MachineSettings(target="s/m", interval_seconds=60),),
    )
    encoded = encode(plain)
    orders = Orders(plain, encoded, digest(encoded))
    seen: dict[int, dict[str, object]] = {}
    for step in between:
        # Every turn is another process on the same spool.
        with Spool(state_dir / "spool", clock=clock.time) as spool:
            runner = Runner(
                agent="a",
                orders=orders,
                load=lambda _name: check,
                spool=spool,
                state_dir=state_dir,
                previous_run=None,
                clock=clock,
                boot_id="boot",
                health=lambda: (),
                clock_offset=lambda: None,
                on_report=lambda: None,
                pool=AtOnce,
            )
            until = clock.mono + 300
            while clock.mono < until:
                wait_seconds = runner.step()
                assert wait_seconds >= 0
                clock.mono += max(wait_seconds, 0.001)
                clock.wall += max(wait_seconds, 0.001)
            for entry in spool.oldest(1 << 30, 1000):
                report = json.loads(entry.report)
                assert seen.setdefault(entry.seq, report) == report
        clock.wall += step
        clock.mono += 30

    seqs = sorted(seen)
    assert seqs == list(range(1, len(seqs) + 1))
    assert len(seqs) >= 4 * len(between), "measures and reports at its pace whatever the wall says"
    assert check.runs >= 4 * len(between)
    monotonic = [seen[seq]["monotonic_seconds"] for seq in seqs]
    assert monotonic == sorted(monotonic)  # type: ignore[type-var]
    for report in seen.values():
        for result in report["results"]:  # type: ignore[attr-defined]
            assert result["duration_seconds"] >= 0
            assert result["age_seconds"] >= 0
