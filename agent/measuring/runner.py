"""The runner: starts checks when they are due and makes a durable report of what is newest.

What is due and what counts is decided in `agent.measuring.plan`; here are the threads, the clocks
and the spool. A report is on disk before the sender hears of it.
"""

import logging
from collections.abc import Callable
from pathlib import Path
from threading import Condition
from typing import Any, Protocol

from agent.checks.contract import Check, Context, PreviousRun
from agent.clock import Clock
from agent.listening.ports import PORTS
from agent.log import Fault
from agent.measuring.alive import write_alive
from agent.measuring.execute import execute
from agent.measuring.health import CHECK
from agent.measuring.plan import Plan, Task
from agent.measuring.schedule import FIRST_WITHIN_SECONDS, Schedule
from agent.measuring.workers import Workers, workers_for
from agent.sending.orders import Orders
from agent.spool.spool import Spool
from govnet.errors import JournalError
from govnet.report import Report, Result, Sample, encode_report
from govnet.settings import Settings

_log = logging.getLogger(__name__)

NEW_WITHIN_SECONDS = 2.0
"""The first start of an agent without settings: whoever has just enrolled it is looking at it."""

LONGEST_WAIT_SECONDS = 60.0
"""The runner looks up at least so often, whatever sleep of the machine did to its waits."""
NEW_RESULTS_SECONDS = 3.0
"""So long after the last first start of what is measured anew a report tells of it: what is there
has answered by then."""


class Pool(Protocol):
    """Where checks run; `agent.measuring.workers.Workers` outside tests."""

    def submit(self, task: Task) -> None:
        """Run the task soon."""
        ...

    def give_up_on(self, task: Task) -> None:
        """Replace the thread that is stuck in the task."""
        ...

    def resize(self, limit: int) -> None:
        """Use at most this many threads."""
        ...


class Runner:
    """Measures and reports until it is stopped.

    `health` gives the agent's own samples, `clock_offset` what the sender has learnt of the
    collector's time, and `on_report` tells the sender that a report waits. `on_step` is called
    whenever something may have changed.
    """

    def __init__(
        self,
        *,
        agent: str,
        orders: Orders | None,
        load: Callable[[str], Check[Any]],
        spool: Spool,
        state_dir: Path,
        previous_run: PreviousRun | None,
        clock: Clock,
        boot_id: str,
        health: Callable[[], tuple[Sample, ...]],
        clock_offset: Callable[[], float | None],
        on_report: Callable[[], None],
        on_step: Callable[[], None] = lambda: None,
        pool: Callable[[Callable[[Task], None]], Pool] = Workers,
    ) -> None:
        self._agent = agent
        self._load = load
        self._spool = spool
        self._state_dir = state_dir
        self._previous_run = previous_run
        self._clock = clock
        self._boot_id = boot_id
        self._health = health
        self._clock_offset = clock_offset
        self._on_report = on_report
        self._on_step = on_step
        self._changed = Condition()
        self._stopping = False
        self._plan = Plan(agent)
        self._pool = pool(self._run_task)
        self._storing = Fault(_log, "keeping a report")
        self._living = Fault(_log, "leaving a sign of life")
        self._settings = Settings(agent=agent, site="", machine="")
        self._digest = ""
        self._reports = self._report_schedule(spread_seconds=NEW_WITHIN_SECONDS)
        if orders is not None:
            self.take_over(orders)

    def take_over(self, orders: Orders) -> None:
        """Measure by new settings from now on; what has not changed goes on undisturbed.

        Ports whose checks are gone close before this returns.
        """
        with self._changed:
            first = not self._digest
            changed = orders.settings.report_interval_seconds != self._reports.interval_seconds
            self._settings, self._digest = orders.settings, orders.digest
            if first or changed:
                # Every check has started by then, so the first full report is complete and early.
                self._reports = self._report_schedule(FIRST_WITHIN_SECONDS if first else 0.0)
            now = self._clock.monotonic()
            if self._plan.take_over(orders.settings, now) and not first:
                # Who has just declared something wants to see whether it is there.
                self._reports.bring_forward(now + FIRST_WITHIN_SECONDS + NEW_RESULTS_SECONDS)
            self._pool.resize(workers_for(self._plan.settings))
            self._changed.notify()
        PORTS.follow({record.check for record in orders.settings.checks})

    def run(self) -> None:
        """Measure and report until stopped, then leave the mark of a clean stop."""
        while True:
            wait_seconds = self.step()
            self._on_step()
            with self._changed:
                if self._stopping:
                    break
                self._changed.wait(wait_seconds)
        self._leave_sign_of_life(clean_stop=True)

    def stop(self) -> None:
        """Make `run` return soon; checks under way are not waited for."""
        with self._changed:
            self._stopping = True
            self._changed.notify()

    def step(self) -> float:
        """Do what is due now; return the seconds until there may be more to do."""
        with self._changed:
            now = self._clock.monotonic()
            due, late = self._plan.due(now), self._plan.overruns(now)
            if self._plan.has_run_again(now):
                # Somebody asked, and waits for what was found.
                self._reports.bring_forward(now)
            reports = now >= self._reports.next_at
            if reports:
                self._reports.advance(now)
        for task in late:
            self._pool.give_up_on(task)
        for task in due:
            self._pool.submit(task)
        if reports:
            self._report()
        with self._changed:
            planned = self._plan.next_at()
            next_at = (
                self._reports.next_at if planned is None else min(planned, self._reports.next_at)
            )
            return min(LONGEST_WAIT_SECONDS, max(0.0, next_at - self._clock.monotonic()))

    def _report_schedule(
        self, first_after_seconds: float = 0.0, spread_seconds: float = FIRST_WITHIN_SECONDS
    ) -> Schedule:
        interval = self._settings.report_interval_seconds
        now = self._clock.monotonic()
        return Schedule(self._agent, interval, now, first_after_seconds, spread_seconds)

    def _run_task(self, task: Task) -> None:
        """Run one task in a worker's thread."""
        started_at = self._clock.monotonic()
        with self._changed:
            self._plan.begin(task, started_at)
            self._changed.notify()
        timeout = task.settings.timeout_seconds
        context = Context(
            timeout_seconds=timeout,
            deadline=started_at + timeout,
            clock=self._clock,
            state_dir=self._state_dir,
            previous_run=self._previous_run,
            clock_offset_seconds=self._clock_offset(),
        )
        finding = execute(self._load, task.settings, context)
        with self._changed:
            self._plan.finish(task, finding, self._clock.monotonic())
            if self._plan.runs_again:
                self._changed.notify()

    def _report(self) -> None:
        """Make a report of everything newest and put it on disk."""
        own = self._health()
        self._leave_sign_of_life(clean_stop=False)
        try:
            seq = self._spool.next_seq()
            with self._changed:
                report = Report(
                    seq=seq,
                    created_at=self._clock.time(),
                    monotonic_seconds=self._clock.monotonic(),
                    boot_id=self._boot_id,
                    interval_seconds=self._settings.report_interval_seconds,
                    settings=self._digest,
                    results=(*self._own_result(own), *self._plan.results(self._clock.monotonic())),
                )
            self._spool.add(seq, encode_report(report))
        except (JournalError, OSError) as exc:
            self._storing.appeared(type(exc).__name__, exc, level=logging.ERROR)
            return
        with self._changed:
            self._plan.told(report.results, report.monotonic_seconds)
        self._storing.over()
        self._on_report()

    def _own_result(self, samples: tuple[Sample, ...]) -> tuple[Result, ...]:
        """Return the agent's result; there is none until the settings say which machine it is."""
        if not self._settings.machine:
            return ()
        return (Result(CHECK, self._settings.machine, 0.0, 0.0, None, samples),)

    def _leave_sign_of_life(self, *, clean_stop: bool) -> None:
        try:
            write_alive(self._state_dir, self._clock.time(), clean_stop=clean_stop)
        except OSError as exc:
            self._living.appeared(type(exc).__name__, exc, level=logging.ERROR)
        else:
            self._living.over()
