"""A runner on a clock that a test moves, with a check that runs when it is submitted."""

import errno
import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from agent.checks.contract import Context, PreviousRun
from agent.measuring.plan import State, Task
from agent.measuring.runner import Runner
from agent.sending.orders import Orders
from agent.spool.spool import Spool
from govnet.catalogue import CATALOGUE, Metric
from govnet.disk import Disk
from govnet.report import Sample
from govnet.settings import CheckAgain, CheckSettings, Settings, digest, encode


class MovableClock:
    """A wall clock and a monotonic clock that move apart as the test says."""

    def __init__(self) -> None:
        self.wall = 1_790_000_000.0
        self.mono = 100.0

    def time(self) -> float:
        return self.wall

    def monotonic(self) -> float:
        return self.mono

    def advance(self, seconds: float) -> None:
        self.wall += seconds
        self.mono += seconds


class CountingCheck:
    """Gives the number of its runs and remembers what it was told."""

    name = "machine"
    metrics: tuple[Metric, ...] = (CATALOGUE["govnet_machine_cpus"],)

    def __init__(self) -> None:
        self.contexts: list[Context] = []

    def run(self, target: CheckSettings, context: Context) -> Iterable[Sample]:
        del target
        self.contexts.append(context)
        yield Sample("govnet_machine_cpus", len(self.contexts))


class AtOnce:
    """A pool that runs a task in the caller's thread, or takes it and never comes home."""

    def __init__(self, run: Callable[[Task], None], clock: MovableClock) -> None:
        self._run = run
        self._clock = clock
        self.hang = False
        self.limit = 0
        self.lost: list[Task] = []

    def submit(self, task: Task) -> None:
        if self.hang:
            task.state = State.RUNNING
            task.started_at = self._clock.mono
        else:
            self._run(task)

    def give_up_on(self, task: Task) -> None:
        self.lost.append(task)

    def resize(self, limit: int) -> None:
        self.limit = limit


class FillableDisk(Disk):
    """A disk that takes nothing while it is full."""

    is_full = False

    def write(self, descriptor: int, data: bytes) -> int:
        if self.is_full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return super().write(descriptor, data)


class World:
    """A runner and all that it touches."""

    def __init__(self, state_dir: Path, previous_run: PreviousRun | None = None) -> None:
        self.clock = MovableClock()
        self.check = CountingCheck()
        self.disk = FillableDisk()
        self.spool = Spool(state_dir / "spool", clock=self.clock.time, disk=self.disk)
        self.state_dir = state_dir
        self.notified = 0
        self.runner = Runner(
            agent="a",
            orders=None,
            load=lambda _name: self.check,
            spool=self.spool,
            state_dir=state_dir,
            previous_run=previous_run,
            clock=self.clock,
            boot_id="boot-1",
            health=lambda: (Sample("govnet_agent_spool_waiting_reports", 0),),
            clock_offset=lambda: 0.25,
            on_report=self._notify,
            pool=self._make_pool,
        )

    def _make_pool(self, run: Callable[[Task], None]) -> AtOnce:
        self.pool = AtOnce(run, self.clock)
        return self.pool

    def _notify(self) -> None:
        self.notified += 1

    def order(
        self,
        *checks: CheckSettings,
        interval_seconds: float = 60.0,
        again: tuple[CheckAgain, ...] = (),
    ) -> Orders:
        settings = Settings(
            agent="a",
            site="xa-a",
            machine="pc-1",
            report_interval_seconds=interval_seconds,
            check_again=again,
            checks=checks,
        )
        encoded = encode(settings)
        orders = Orders(settings, encoded, digest(encoded))
        self.runner.take_over(orders)
        return orders

    def pass_time(self, seconds: float) -> None:
        """Let time pass in steps as long as the runner wants to wait."""
        until = self.clock.mono + seconds
        while self.clock.mono < until:
            wait_seconds = min(self.runner.step(), until - self.clock.mono)
            self.clock.advance(max(wait_seconds, 0.001))
        self.runner.step()

    def reports(self) -> list[dict[str, Any]]:
        return [json.loads(entry.report) for entry in self.spool.oldest(1 << 30, 1000)]
